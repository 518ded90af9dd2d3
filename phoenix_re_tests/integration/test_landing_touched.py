"""What landing tells of ZIPs, and where events are after a listing has moved."""

from datetime import timedelta

import pytest

from phoenix_re.collect import landing
from phoenix_re.collect.landing import Origin, land
from phoenix_re.collect.listing import RawListing, Rejected
from phoenix_re.mongo import MongoStore
from phoenix_re_tests.collect.test_versions import MARKET_OF, START, row

pytestmark = pytest.mark.integration


def put(store: MongoStore, *rows: RawListing | Rejected) -> landing.Landed:
    return land(rows, store, MARKET_OF, Origin("f.csv", "feed", START))


def test_a_listing_that_moves_touches_the_zip_it_left(store: MongoStore) -> None:
    put(store, row(0, "85031"))
    assert put(store, row(1, "85701")).touched == {"phx": {"85031"}, "tuc": {"85701"}}


def test_a_zip_given_to_another_market_takes_its_listings_along_when_the_file_comes_again(
    store: MongoStore,
) -> None:
    put(store, row(0), row(1, price=90))
    moved = MARKET_OF | {"85031": "tuc"}
    again = land([row(0), row(1, price=90)], store, moved, Origin("f.csv", "feed", START))
    assert again.unchanged == 2
    assert again.touched == {"phx": {"85031"}, "tuc": {"85031"}}
    for collection in ("raw_listings", "listing_events"):
        assert {d["market"] for d in store.db[collection].find()} == {"tuc"}


def test_a_row_seen_again_touches_its_zip_and_a_known_one_does_not(store: MongoStore) -> None:
    put(store, row(0))
    again = put(store, row(1))
    assert (again.unchanged, again.touched) == (1, {"phx": {"85031"}})
    known = put(store, row(1))
    assert (known.unchanged, known.touched, known.seen) == (1, {}, {"phx": {"85031"}})


@pytest.mark.parametrize("at_once", [True, False])
def test_events_follow_their_listing(store: MongoStore, at_once: bool) -> None:
    rows = [row(0), row(1, price=90), row(2, "85701", price=90), row(0.5, "85701", price=95)]
    for some in [rows] if at_once else [[r] for r in rows]:
        put(store, *some)
    events = list(store.db["listing_events"].find())
    assert {(e["market"], e["zip"]) for e in events} == {("tuc", "85701")}
    standing = [(e["old"], e["new"]) for e in events if "superseded_at" not in e]
    assert sorted(standing, key=str) == [(100, 95), (95, 90), (None, "Active")]


def test_large_rows_travel_in_small_batches(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "BATCH_CHARACTERS", 1_000)
    bad = [Rejected("zip.missing", "no ZIP", {"a": ["x" * 400, {"b": 5}]}, n) for n in range(9)]
    batches: list[int] = []
    landed = land(bad, store, MARKET_OF, Origin("f.csv", "feed", START), batches.append)
    assert batches == [3, 3, 3]
    assert landed.quarantined == store.db["quarantine"].count_documents({}) == 9


def test_a_batch_that_is_tried_again_counts_once(store: MongoStore) -> None:
    """The body of a transaction is run again on a conflict: its first account must not remain."""

    class Twice:
        db = store.db
        find_ids = staticmethod(store.find_ids)

        @staticmethod
        def transaction(work):
            def after_an_abort(session):
                work(session)
                session.abort_transaction()
                session.start_transaction()
                return work(session)

            return store.transaction(after_an_abort)

    rows = [row(0), row(1, price=90), Rejected("zip.missing", "no ZIP", {}, 3)]
    landed = land(rows, Twice(), MARKET_OF, Origin("f.csv", "feed", START))
    assert (landed.read, landed.new, landed.changed, landed.quarantined) == (3, 1, 1, 1)
    assert [e["seq"] for e in store.db["listing_events"].find().sort("seq")] == [1, 2]


def test_two_listings_of_one_file_at_two_moments(store: MongoStore) -> None:
    landed = put(store, row(0), row(0), row(2), row(1, price=5))
    assert (landed.new, landed.unchanged, landed.changed) == (1, 2, 1)
    (listing,) = store.db["raw_listings"].find()
    assert [v["observed_at"] - START for v in listing["versions"]] == [
        timedelta(days=n) for n in range(3)
    ]
