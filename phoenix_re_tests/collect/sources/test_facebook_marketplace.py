"""Facebook Marketplace: never crawled, and what a person drops is read with its oddities."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.collect.errors import Refused
from phoenix_re.collect.files import open_listing_file
from phoenix_re.collect.formats import _BUILT_IN
from phoenix_re.collect.formats.facebook_marketplace import FACEBOOK_MARKETPLACE
from phoenix_re.collect.listing import ListingRecord, RawListing, Rejected
from phoenix_re.collect.sources.facebook_marketplace import SPEC
from phoenix_re.markets import load_markets
from phoenix_re.validate.rules import Case, breaches
from phoenix_re_tests.plain_session import PlainSession

NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)
PHX = load_markets()["phx"]
COLUMNS = (
    *("listing_id", "title", "price", "price_period", "city", "state", "zip", "bedrooms"),
    *("bathrooms", "property_type", "description", "url", "posted_at", "seen_at"),
)


def row(**changes: Any) -> dict[str, Any]:
    values = {
        "listing_id": "100200300",
        "title": "2BR 1BA in Maryvale 🌵",
        "price": "$1,450",
        "price_period": "month",
        "city": "Phoenix",
        "state": "AZ",
        "zip": "85033",
        "bedrooms": "",
        "bathrooms": "",
        "property_type": "Apartment",
        "description": "Close to everything.",
        "url": "https://www.facebook.com/marketplace/item/100200300/",
        "posted_at": "2026-02-27",
        "seen_at": "2026-03-01T09:30:00-07:00",
    }
    return values | changes


def read(**changes: Any) -> ListingRecord:
    payload = row(**changes)
    return FACEBOOK_MARKETPLACE.layout(tuple(payload)).record(payload)


def listing(**changes: Any) -> RawListing | Rejected:
    payload = row(**changes)
    return FACEBOOK_MARKETPLACE.layout(tuple(payload)).listing(payload, NOW, 1)


def broken_rules(**changes: Any) -> set[str]:
    found = breaches(read(**changes), Case(PHX, "85033", NOW.date()))
    return {breach.rule.id for breach in found if breach.is_error}


# ── it refuses ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"enabled": True, "terms_accepted": True},
        {
            "enabled": True,
            "terms_accepted": True,
            "terms_accepted_on": date(2026, 1, 1),
            "terms_accepted_by": "A. Person",
            "base_url": "http://testserver",
        },
    ],
)
def test_it_refuses_whatever_the_market_file_says(source: dict[str, Any]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"{request.url} was asked")

    ours = PHX.sources["facebook_marketplace"].model_copy(update=source)
    market = PHX.model_copy(update={"sources": {**PHX.sources, "facebook_marketplace": ours}})
    client = httpx.Client(transport=httpx.MockTransport(answer))
    session = PlainSession(SPEC, client, market, "85033", options={})
    with pytest.raises(Refused) as caught:
        session.collect()
    assert session.calls == []
    for said in ("no lawful way", "Graph API", "inbox", "facebook-marketplace.md"):
        assert said in caught.value.message


def test_it_is_red_and_off() -> None:
    assert SPEC.light == "red"
    assert SPEC.formats == ()
    assert all(not m.sources["facebook_marketplace"].enabled for m in load_markets().values())


# ── the dropped file ────────────────────────────────────────────────────────────────────────────


def test_a_dropped_file_is_told_by_its_columns(tmp_path: Path) -> None:
    text = io.StringIO()
    out = csv.DictWriter(text, COLUMNS)
    out.writeheader()
    out.writerow(row())
    out.writerow(row(listing_id="100200301", zip="85033-1234", price_period=""))
    file = tmp_path / "seen_in_march.csv"
    file.write_text(text.getvalue(), encoding="utf-8")
    assert FACEBOOK_MARKETPLACE in _BUILT_IN
    opened = open_listing_file(file)
    assert opened.format == "facebook_marketplace"
    assert [r.zip for r in opened if isinstance(r, RawListing)] == ["85033", "85033"]


def test_a_rental_is_read() -> None:
    record = read()
    assert record.unread == {}
    assert record.source_key == "100200300"
    assert record.property_type == "Residential Lease"
    assert record.property_sub_type == "Apartment"
    assert record.list_price_cents == 145_000
    assert (record.bedrooms_total, record.x_bathrooms_decimal) == (2, 1.0)
    assert (record.city, record.state_or_province, record.postal_code) == ("Phoenix", "AZ", "85033")
    assert record.unparsed_address is None
    assert record.standard_status == "Active"
    assert record.on_market_date == date(2026, 2, 27)
    assert broken_rules() == set()


@pytest.mark.parametrize("period", ["", "sale", "Total"])
def test_without_a_period_it_is_for_sale(period: str) -> None:
    record = read(price="$310,000", price_period=period, property_type="House")
    assert record.property_type == "Residential"
    assert record.property_sub_type == "Single Family Residence"
    assert record.list_price_cents == 31_000_000
    assert broken_rules(price="$310,000", price_period=period) == set()


@pytest.mark.parametrize("period", ["month", "Monthly", "mo", " per month "])
def test_words_for_a_month(period: str) -> None:
    assert read(price_period=period).list_price_cents == 145_000


@pytest.mark.parametrize("period", ["week", "night", "fortnight"])
def test_a_price_of_another_period_is_held(period: str) -> None:
    record = read(price_period=period)
    assert record.list_price_cents is None
    assert record.unread["list_price_cents"] == f"$1,450.00 for a period of {period!r}"
    assert "price.unreadable" in broken_rules(price_period=period)


@pytest.mark.parametrize("price", ["1234", "$1,234", "12345", "$123,456", "11111", "$999,999"])
def test_bait_is_held(price: str) -> None:
    assert read(price=price).list_price_cents is None
    assert "price.unreadable" in broken_rules(price=price)


@pytest.mark.parametrize("price", ["$1", "1", "0", "Free", "ask me", "$1,200 - $1,500"])
def test_prices_that_are_none_are_held(price: str) -> None:
    assert broken_rules(price=price) & {"price.below_range", "price.unreadable"}


@pytest.mark.parametrize("price", ["$1,111", "1235", "$9,999", "1450.00", "$1,450/mo"])
def test_plain_prices_are_not_taken_for_bait(price: str) -> None:
    assert broken_rules(price=price) == set()


def test_a_room_is_no_home_for_rent() -> None:
    record = read(property_type="Room only", price="$650")
    assert record.list_price_cents is None
    assert record.unread == {"list_price_cents": "$650.00 for a room"}


@pytest.mark.parametrize(
    ("title", "beds", "baths"),
    [
        ("2BR 1BA", 2, 1.0),
        ("3 bed / 2.5 bath townhouse", 3, 2.5),
        ("4-bedroom home, 2 bathrooms", 4, 2.0),
        ("Studio near the canal", 0, None),
        ("3BR house with an art studio", 3, None),
        ("Great house!!! 🏠🏠", None, None),
        ("Bedroom set for sale", None, None),
        ("built 1985, 3bd", 3, None),
        ("12.5 acres", None, None),
    ],
)
def test_titles_tell_of_rooms(title: str, beds: int | None, baths: float | None) -> None:
    record = read(title=title)
    assert (record.bedrooms_total, record.x_bathrooms_decimal) == (beds, baths)


def test_what_has_a_column_of_its_own_wins_over_the_title() -> None:
    record = read(title="3BR 2BA", bedrooms="Studio", bathrooms="1.5")
    assert (record.bedrooms_total, record.x_bathrooms_decimal) == (0, 1.5)


def test_the_key_may_come_from_the_url() -> None:
    assert read(listing_id="").source_key == "100200300"
    found = listing(listing_id="", url="")
    assert isinstance(found, Rejected)
    assert found.rule_id == "key.missing"


def test_the_same_listing_seen_on_another_day_is_unchanged() -> None:
    one, two = listing(), listing(seen_at="2026-03-02")
    assert isinstance(one, RawListing)
    assert isinstance(two, RawListing)
    assert one.listing_id == two.listing_id
    assert one.content_hash == two.content_hash
    assert one.observed_at == datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
    assert two.observed_at == datetime(2026, 3, 2, 12, tzinfo=UTC)
    other = listing(price="$1,400")
    assert isinstance(other, RawListing)
    assert other.content_hash != one.content_hash


@given(st.fixed_dictionaries({name: st.text(max_size=40) | st.none() for name in COLUMNS}))
def test_any_text_in_any_cell_is_read_or_held(cells: dict[str, Any]) -> None:
    found = FACEBOOK_MARKETPLACE.layout(COLUMNS).listing(cells, NOW, 1)
    assert isinstance(found, RawListing | Rejected)


@given(
    st.dictionaries(
        st.sampled_from(COLUMNS),
        st.integers() | st.floats() | st.booleans() | st.lists(st.integers()) | st.text(),
    )
)
def test_values_of_any_type_are_read_or_held(changes: dict[str, Any]) -> None:
    payload = row(**changes)
    record = FACEBOOK_MARKETPLACE.layout(tuple(payload)).record(payload)
    assert isinstance(record, ListingRecord)
    seen = FACEBOOK_MARKETPLACE.layout(tuple(payload)).listing(payload, NOW, 1)
    assert isinstance(seen, RawListing | Rejected)
