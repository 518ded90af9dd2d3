"""Versions and events of one listing: what is one change, and what does not depend on the clock."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from phoenix_re.collect.listing import RawListing
from phoenix_re.collect.versions import Document, events_of, observe

MARKET_OF = {"85031": "phx", "85033": "phx", "85701": "tuc"}
START = datetime(2025, 12, 20, 12, tzinfo=UTC)


def row(day: float, zip_code: str = "85031", **changes: Any) -> RawListing:
    status, price = changes.get("status", "Active"), changes.get("price", 100)
    return RawListing(
        source="feed",
        source_key="ARMLS:1",
        zip=zip_code,
        payload={"status": status, "price": price, "snapshot": day},
        content_hash=f"{status}-{price}-{zip_code}",
        observed_at=START + timedelta(days=day),
        licence_class="mls_idx",
        standard_status=status,
        price_cents=price,
    )


def after(*rows: RawListing, landed: datetime = START, step: int = 0) -> Document:
    listing = None
    for number, one in enumerate(rows):
        now = landed + timedelta(seconds=number * step)
        listing, _ = observe(listing, one, MARKET_OF, START, now)
    assert listing is not None
    return listing


def changes(listing: Document) -> list[tuple[str, Any, Any]]:
    return [(e["kind"], e["old"], e["new"]) for e in events_of(listing)[1:]]


def test_a_status_that_is_unknown_for_a_while_does_not_hide_a_change() -> None:
    listing = after(row(0), row(1, status=None), row(2, status="Pending"))
    assert changes(listing) == [("status_changed", "Active", "Pending")]
    assert events_of(listing)[1]["source_time"] == START + timedelta(days=2)


def test_a_price_that_is_unknown_for_a_while_does_not_hide_a_change() -> None:
    assert changes(after(row(0), row(1, price=None), row(2, price=90))) == [
        ("price_changed", 100, 90)
    ]
    assert changes(after(row(0), row(1, price=None), row(2))) == []


def test_the_first_known_status_is_no_change() -> None:
    listing = after(row(0, status=None), row(1), row(2, status="Closed"))
    assert [e["new"] for e in events_of(listing)] == [None, "Closed"]


@pytest.mark.parametrize("step", [0, 5])
def test_what_is_stored_stays_whatever_the_clock_says(step: int) -> None:
    """Batches of one second, or of several: a late, older row of a version adds only its moment."""
    listing = after(row(5), row(3), row(9), step=step)
    (version,) = listing["versions"]
    assert version["payload"]["snapshot"] == 5
    assert version["landed_at"] == START
    assert [(m - START).days for m in version["seen_at"]] == [3, 5, 9]


def test_the_same_moment_again_is_the_same_document() -> None:
    listing = after(row(0), row(1, price=90))
    again, outcome = observe(listing, row(0), MARKET_OF, START, START)
    assert again is listing
    assert outcome == "unchanged"


def test_a_late_row_leaves_a_listing_in_a_market_that_is_not_imported() -> None:
    listing = after(row(5, "85701"))
    moved, outcome = observe(listing, row(1, "85031"), {"85031": "phx"}, START, START)
    assert (moved["market"], moved["zip"], outcome) == ("tuc", "85701", "changed")
