"""Store and sandbox for commands: as configured, with errors that say what to do."""

from typing import TYPE_CHECKING

from phoenix_re.cli.output import fail
from phoenix_re.mongo import MongoStore, open_store, without_password
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


def open_cli_sandbox() -> "Sandbox":
    """The sandbox of this home, found or started; it stays up while this process lives."""
    from phoenix_re.sandbox import service

    try:
        return service.use().client
    except service.EmbeddedServerError as problem:
        fail(str(problem))
