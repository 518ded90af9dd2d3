"""A feed takes a listing back, or hides its address: nothing of before is kept or served."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from phoenix_re.collect.arrivals import Arrived, Door, receive
from phoenix_re.collect.drift import Drift
from phoenix_re.collect.source import Found
from phoenix_re.collect.sources import specs
from phoenix_re.markets import load_markets, market_of_zip
from phoenix_re.mongo import MongoStore
from phoenix_re.storage import LISTING_EVENTS, RAW_LISTINGS
from phoenix_re.validate.properties import build_properties

pytestmark = pytest.mark.integration

MARKETS = load_markets()
ZIP = "85031"
FIRST = datetime(2026, 3, 2, 17, tzinfo=UTC)


def row(key: str, **changes: Any) -> dict[str, Any]:
    shown = {
        "ListingKey": key,
        "ListingId": f"69{key}",
        "StandardStatus": "Active",
        "PropertyType": "Residential",
        "ListPrice": 300_000,
        "UnparsedAddress": f"{key} W Saltmoth Ln",
        "PostalCode": ZIP,
        "PublicRemarks": f"Come to {key} W Saltmoth Ln.",
        "ModificationTimestamp": "2026-03-01T10:00:00Z",
    }
    return shown | changes


def say(store: MongoStore, at: datetime, *rows: dict[str, Any]) -> None:
    spec, market = specs()["reso_feed"], MARKETS["phx"]
    door = Door(
        store=store,
        spec=spec,
        source=market.sources["reso_feed"],
        market=market,
        market_of_zip=market_of_zip(MARKETS),
        drift=Drift(store),
        secret=b"of the test alone",
        observed_at=at,
    )
    receive(door, [Found(r, "reso_feed") for r in rows], {}, ZIP, Arrived())


def test_a_listing_taken_back_leaves_its_key_alone(store: MongoStore) -> None:
    say(store, FIRST, row("101"), row("102"))
    say(store, FIRST + timedelta(days=1), row("101", ListPrice=290_000))
    gone = {"ListingKey": "101", "PostalCode": ZIP, "StandardStatus": "Delete"}
    say(store, FIRST + timedelta(days=2), gone)
    listing = store.db[RAW_LISTINGS].find_one({"_id": "reso_feed|101"})
    assert listing is not None
    assert [v["payload"] for v in listing["versions"]] == [gone]
    events = store.db[LISTING_EVENTS].find({"market": "phx", "zip": ZIP})
    assert {e["listing_id"] for e in events} == {"reso_feed|102"}

    found = list(store.db[RAW_LISTINGS].find())
    served = build_properties(found, {}, MARKETS["phx"], ZIP)
    assert (served.listings, served.used, served.quarantined) == (1, 1, [])
    assert [home["listing_ids"] for home in served.properties] == [["reso_feed|102"]]


def test_a_hidden_address_is_nowhere_in_what_was_said_before(store: MongoStore) -> None:
    say(store, FIRST, row("101"))
    hidden = row("101", InternetAddressDisplayYN=False)
    del hidden["UnparsedAddress"], hidden["PublicRemarks"]
    say(store, FIRST + timedelta(days=1), hidden)
    listing = store.db[RAW_LISTINGS].find_one({"_id": "reso_feed|101"})
    assert listing is not None
    assert len(listing["versions"]) == 1
    assert "Saltmoth" not in str(listing)
