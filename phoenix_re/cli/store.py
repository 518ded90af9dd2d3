"""Store and sandbox for commands: as configured, with errors that say what to do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from phoenix_re.cli.markets import known_markets
from phoenix_re.cli.output import fail
from phoenix_re.mongo import Document, MongoStore, open_store, without_password
from phoenix_re.storage import INDEXES

if TYPE_CHECKING:
    from phoenix_re.sandbox.client import Sandbox


def open_cli_store() -> MongoStore:
    """The configured store, or an exit with the reason and the way out."""
    import os

    from pymongo.errors import PyMongoError

    from phoenix_re.sandbox.mongo_server import EmbeddedServerError

    try:
        return open_store(indexes=INDEXES)
    except EmbeddedServerError as problem:
        fail(str(problem))
    except PyMongoError as problem:
        uri = os.environ.get("MONGODB_URI")
        fail(
            f"MongoDB at {without_password(uri) if uri else 'the embedded server'} fails: "
            f"{type(problem).__name__}. Check MONGODB_URI in .env, or unset it to use the embedded "
            "server; `phoenix-re doctor` tells more."
        )


def documents(
    collection: str, market: str | None = None, zip_code: str | None = None
) -> Iterator[Document]:
    """Of a ZIP, a market, or everywhere; then also those that belong to no market.

    By index only: every query names a market. Ends the command where there is no such place.
    """
    from phoenix_re.markets import market_of_zip

    markets = known_markets(market)
    if zip_code is not None and market is None:
        market = market_of_zip(markets).get(zip_code)
        if market is None:
            fail(f"ZIP {zip_code} is in no market")
    store = open_cli_store()
    for code in [market] if market else [*markets, None]:
        where: Document = {"market": code} | ({"zip": zip_code} if zip_code else {})
        yield from store.find_partition(collection, where)


def open_cli_sandbox() -> "Sandbox":
    """The sandbox of this home, found or started; it stays up while this process lives."""
    from phoenix_re.sandbox import service

    try:
        return service.use().client
    except service.EmbeddedServerError as problem:
        fail(str(problem))
