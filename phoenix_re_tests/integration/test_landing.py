"""`collect/landing.py` against the embedded server: versions, events, accounting, any order."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.collect.landing import Landed, Origin, land
from phoenix_re.collect.listing import RawListing, Rejected
from phoenix_re.collect.versions import events_of, observe
from phoenix_re.mongo import MongoStore

MARKET_OF = {"85031": "phx", "85033": "phx", "85701": "tuc"}
START = datetime(2025, 12, 20, 12, tzinfo=UTC)


def row(
    key: str = "ARMLS:1",
    day: float = 0,
    status: str = "Active",
    price: int = 300_000,
    zip_code: str = "85031",
    note: str = "",
) -> RawListing:
    payload = {"status": status, "price": str(price), "note": note}
    return RawListing(
        source="feed",
        source_key=key,
        zip=zip_code,
        payload=payload,
        content_hash=f"{status}-{price}-{zip_code}-{note}",
        observed_at=START + timedelta(days=day),
        licence_class="mls_idx",
        standard_status=status,
        price_cents=price * 100,
    )


def put(store: MongoStore, *rows: RawListing | Rejected) -> Landed:
    return land(rows, store, MARKET_OF, Origin("f.csv", "feed", START))


def shown(store: MongoStore) -> list[tuple]:
    """The events that still hold, as a person reads them."""
    events = store.db["listing_events"].find({"superseded_at": {"$exists": False}})
    return sorted(
        (e["source_key"], e["source_time"], e["kind"], str(e["old"]), str(e["new"])) for e in events
    )


@pytest.mark.integration
def test_the_five_counts_add_up(store: MongoStore) -> None:
    landed = put(
        store,
        row("ARMLS:1"),
        row("ARMLS:1", day=1, price=290_000),
        row("ARMLS:1", day=2, price=290_000),
        row("ARMLS:2", zip_code="86001"),
        Rejected("zip.missing", "no ZIP", {"zip": "-"}, 5),
    )
    assert (landed.read, landed.new, landed.changed) == (5, 1, 1)
    assert (landed.unchanged, landed.outside, landed.quarantined) == (1, 1, 1)
    assert landed.touched == {"phx": {"85031"}}
    assert landed.as_row()["reasons"] == {"zip.missing": 1}


@pytest.mark.integration
def test_landing_again_changes_nothing(store: MongoStore) -> None:
    rows = [row("ARMLS:1"), row("ARMLS:1", 1, price=1), row("ARMLS:2"), row("ARMLS:1", 2)]
    bad = Rejected("zip.missing", "no ZIP", {"zip": "-"}, 5)
    put(store, *rows, bad)
    before = everything(store)
    again = put(store, *rows, bad)
    assert (again.new, again.changed, again.unchanged, again.quarantined) == (0, 0, 4, 1)
    assert everything(store) == before


def everything(store: MongoStore) -> dict[str, list]:
    names = ("raw_listings", "listing_events", "quarantine", "counters")
    return {n: sorted(store.db[n].find(), key=lambda d: str(d["_id"])) for n in names}


@pytest.mark.integration
def test_events_say_each_change_once_in_any_order_of_arrival(store: MongoStore) -> None:
    history = [
        row(day=0, status="Active", price=300_000),
        row(day=1, status="Active", price=290_000),
        row(day=2, status="Pending", price=290_000),
        row(day=3, status="Closed", price=285_000),
    ]
    expected = None
    for number, order in enumerate(itertools.permutations(history)):
        for one in order:
            put(store, RawListing(**{**_values(one), "source_key": f"ARMLS:{number}"}))
        put(store, *(RawListing(**{**_values(h), "source_key": f"ARMLS:{number}"}) for h in order))
        events = [e[1:] for e in shown(store) if e[0] == f"ARMLS:{number}"]
        expected = expected or events
        assert events == expected
    kinds = [(kind, old, new) for _, kind, old, new in expected or []]
    assert kinds == [
        ("listed", "None", "Active"),
        ("price_changed", "30000000", "29000000"),
        ("status_changed", "Active", "Pending"),
        ("price_changed", "29000000", "28500000"),
        ("status_changed", "Pending", "Closed"),
    ]


def _values(listing: RawListing) -> dict:
    return {name: getattr(listing, name) for name in RawListing.__dataclass_fields__}


@pytest.mark.integration
def test_a_late_file_supersedes_and_numbers_only_grow(store: MongoStore) -> None:
    put(store, row(day=0), row(day=2, price=290_000))
    put(store, row(day=1, price=290_000))
    events = sorted(store.db["listing_events"].find(), key=lambda e: e["seq"])
    assert [e["seq"] for e in events] == [1, 2, 3]
    assert [e["kind"] for e in events] == ["listed", "price_changed", "price_changed"]
    assert ["superseded_at" in e for e in events] == [False, True, False]
    assert events[2]["source_time"] == START + timedelta(days=1)


@pytest.mark.integration
def test_a_price_that_comes_back_is_two_changes(store: MongoStore) -> None:
    put(store, row(day=0), row(day=1, price=310_000), row(day=2))
    prices = [e[2:] for e in shown(store) if e[2] == "price_changed"]
    assert prices == [
        ("price_changed", "30000000", "31000000"),
        ("price_changed", "31000000", "30000000"),
    ]


@pytest.mark.integration
def test_absence_is_not_a_delisting(store: MongoStore) -> None:
    put(store, row("ARMLS:1"), row("ARMLS:2"))
    put(store, row("ARMLS:1", day=1))
    assert {e[2] for e in shown(store)} == {"listed"}


@pytest.mark.integration
def test_a_listing_whose_zip_was_mended_moves(store: MongoStore) -> None:
    put(store, row(zip_code="85031"))
    put(store, row(day=1, zip_code="85701"))
    found = list(store.db["raw_listings"].find())
    assert [(d["market"], d["zip"], len(d["versions"])) for d in found] == [("tuc", "85701", 2)]


@pytest.mark.integration
def test_payload_keys_that_mongo_could_mind_are_kept(store: MongoStore) -> None:
    odd = {"$/SQUARE FEET": "200", "a.b": "1", "": "x", "emoji 🏠": "ü", "nested": [{"$x": 1}]}
    one = RawListing(**{**_values(row()), "payload": odd})
    put(store, one)
    (stored,) = store.db["raw_listings"].find()
    assert stored["versions"][0]["payload"] == odd


moments = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from(["Active", "Pending"]), st.sampled_from([1, 2])),
    min_size=1,
    max_size=8,
    unique_by=lambda point: point[0],
)


@given(points=moments, data=st.data())
def test_versions_and_events_do_not_depend_on_the_order(points: list, data: st.DataObject) -> None:
    def land_all(order: list) -> tuple[list, list]:
        listing = None
        for day, status, price in order:
            listing, _ = observe(
                listing, row(day=day, status=status, price=price), MARKET_OF, START, START
            )
        assert listing is not None
        return [(v["content_hash"], v["seen_at"]) for v in listing["versions"]], [
            (e["kind"], e["old"], e["new"], e["source_time"]) for e in events_of(listing)
        ]

    assert land_all(data.draw(st.permutations(points))) == land_all(sorted(points))
