"""Marketings: what counts once, which dates are known, what a timeline answers."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from phoenix_re.analyze.marketing import Spell, marketings, one_per_marketing, timeline
from phoenix_re.validate.episode import Dated, Episode
from phoenix_re_tests.analyze.worlds import AS_OF, SINCE, ago, listing


def one(episode: Episode, since: date = SINCE):
    (marketing,) = marketings([("home", episode)], since)
    return marketing


def test_overlapping_reports_of_two_sources_are_one_marketing():
    mls = listing(ago(50), contract=ago(20), key="mls|1")
    vendor = listing(ago(49), key="redfin|9", seen_until=ago(25), living_area=1500.0)
    (merged,) = one_per_marketing([vendor, mls])
    assert merged.listing_id == "mls|1"  # seen first, so it leads
    assert merged.standard_status == "Pending"
    assert merged.living_area == 1500.0


def test_a_relist_on_the_day_of_the_withdrawal_is_a_second_episode():
    first = listing(ago(80), off=ago(40), seen_until=ago(40))
    second = listing(ago(40), key="mls|2")
    assert one_per_marketing([second, first]) == [first, second]
    before, after = marketings([("home", first), ("home", second)], SINCE)
    assert after.earlier is before
    assert before.earlier is None


def first_seen(day: date, status: str = "Active", key: str = "portal|1") -> Episode:
    """One sight of a listing by a source that does not say when it began."""
    return Episode(key, (Dated(day, status),), (Dated(day, 390_000_00),), day, day)


def test_a_portal_that_shows_an_open_listing_on_the_same_day_is_no_relist():
    feed = listing(ago(50), seen_until=AS_OF)
    (merged,) = one_per_marketing([feed, first_seen(AS_OF)])
    assert merged.listing_id == "mls|1"


@pytest.mark.parametrize(("silence", "marketings_seen"), [(30, 1), (31, 2)])
def test_an_open_listing_that_fell_silent_goes_on_in_another_source(
    silence: int, marketings_seen: int
):
    feed = listing(ago(90), seen_until=ago(silence))
    assert len(one_per_marketing([feed, first_seen(AS_OF, "Pending")])) == marketings_seen


def test_what_the_other_source_shows_after_the_silence_holds():
    feed = listing(ago(90), seen_until=ago(9))
    (merged,) = one_per_marketing([feed, first_seen(AS_OF, "Pending")])
    assert [s.value for s in merged.statuses] == ["Active", "Pending"]
    assert merged.list_price_cents == 390_000_00


@pytest.mark.parametrize("ended", [None, ago(30)])
@pytest.mark.parametrize("started", [None, ago(60), ago(10)])
def test_a_listing_that_was_over_at_first_sight_hides_no_open_one(
    started: date | None, ended: date | None
):
    """Of one snapshot: the old number is Canceled, the new one for sale."""
    over = replace(first_seen(AS_OF, "Canceled", "mls|1"), off_market_date=ended)
    now = replace(first_seen(AS_OF, key="mls|2"), on_market_date=started)
    found = one_per_marketing([over, now])
    assert {e.standard_status for e in found} == {"Canceled", "Active"}
    assert one_per_marketing([now, over]) == found


def test_a_stated_start_after_the_silence_is_a_relist():
    feed = listing(ago(90), seen_until=ago(9))
    assert len(one_per_marketing([feed, listing(ago(5), key="mls|2")])) == 2


@pytest.mark.parametrize(("gap", "relisted"), [(90, True), (91, False)])
def test_relist_within_ninety_days(gap: int, relisted: bool):
    first = listing(ago(200), off=ago(150), seen_until=ago(150))
    second = listing(ago(150) + timedelta(days=gap))
    _, after = marketings([("home", first), ("home", second)], SINCE)
    assert (after.earlier is not None) is relisted


def test_a_listing_after_a_sale_is_no_relist():
    sold = listing(ago(120), contract=ago(100), closed=ago(70), seen_until=ago(70))
    _, after = marketings([("home", sold), ("home", listing(ago(30), key="mls|2"))], SINCE)
    assert after.earlier is None


def test_one_sale_told_by_mls_and_deed_counts_once():
    mls = listing(ago(110), contract=ago(90), closed=ago(60), sold_for=400_000, seen_until=ago(60))
    deed = Episode(
        "recorder|7",
        (Dated(ago(40), "Closed"),),
        (),
        ago(40),
        AS_OF,
        close_date=ago(55),
        close_price_cents=400_000_00,
    )
    (merged,) = one_per_marketing([deed, mls])
    assert (merged.close_date, merged.close_price_cents) == (ago(60), 400_000_00)
    assert len(one_per_marketing([replace(deed, close_price_cents=450_000_00), mls])) == 2
    assert len(one_per_marketing([replace(deed, close_date=ago(28)), mls])) == 2
    unpriced = replace(mls, close_price_cents=None)
    assert one_per_marketing([unpriced, deed])[0].close_price_cents == 400_000_00


def test_a_closing_known_to_any_source_closes_it():
    lagging = listing(ago(50), seen_until=ago(5), key="portal|1")
    mls = listing(ago(49), contract=ago(30), closed=ago(10), sold_for=390_000, seen_until=ago(10))
    (merged,) = one_per_marketing([lagging, mls])
    assert (merged.standard_status, merged.close_date) == ("Closed", ago(10))


def test_a_lagging_source_does_not_reopen_a_sale():
    mls = listing(ago(50), contract=ago(40), closed=ago(20), seen_until=ago(20))
    portal = replace(
        listing(ago(50), key="portal|1"),
        statuses=(Dated(ago(50), "Active"), Dated(ago(15), "Pending"), Dated(ago(9), "Active")),
    )
    (merged,) = one_per_marketing([portal, mls])
    assert merged.standard_status == "Closed"


def test_sale_and_lease_of_one_home_are_two_marketings():
    lease = listing(ago(30), price=1_900, key="mls|2", property_type="Residential Lease")
    assert len(marketings([("home", listing(ago(40))), ("home", lease)], SINCE)) == 2


def test_first_sight_is_no_event():
    seen = Episode("mls|1", (Dated(SINCE, "Pending"),), (), SINCE, AS_OF)
    assert one(seen).contracts == ()
    assert one(replace(seen, purchase_contract_date=ago(500))).contracts == (ago(500),)


def test_start_is_unknown_where_it_stood_when_we_first_looked():
    seen = Episode("mls|1", (Dated(SINCE, "Active"),), (), SINCE, AS_OF)
    assert one(seen).started_on is None
    later = replace(seen, statuses=(Dated(ago(9), "Active"),), first_observed_on=ago(9))
    assert one(later).started_on == ago(9)


def test_timeline_uses_stated_dates_before_our_first_sight():
    sold = Episode(
        "mls|1",
        (Dated(ago(10), "Closed"),),
        (),
        ago(10),
        AS_OF,
        on_market_date=ago(100),
        purchase_contract_date=ago(60),
        close_date=ago(20),
    )
    assert timeline(sold) == (
        Spell(ago(100), "Active"),
        Spell(ago(60), "Pending"),
        Spell(ago(20), "Closed"),
    )


def test_contract_that_falls_through_and_a_second_one():
    wavering = replace(
        listing(ago(60)),
        statuses=(
            Dated(ago(60), "Active"),
            Dated(ago(50), "Active Under Contract"),
            Dated(ago(45), "Pending"),
            Dated(ago(40), "Active"),
            Dated(ago(30), "Pending"),
            Dated(ago(1), "Closed"),
        ),
    )
    marketing = one(wavering)
    assert marketing.contracts == (ago(50), ago(30))
    assert marketing.fell_through == (ago(40),)
    assert marketing.days_in(frozenset({"Active"}), ago(1)) == 20


def test_price_cuts_ignore_corrections_of_the_same_day():
    day = ago(20)
    prices = [(ago(60), 400_000), (day, 40_000), (day, 400_000), (ago(10), 380_000)]
    priced = replace(listing(ago(60)), list_prices=tuple(Dated(d, p * 100) for d, p in prices))
    (cut,) = one(priced).price_cuts
    assert (cut.on, cut.fraction) == (ago(10), pytest.approx(0.05))


def test_last_list_price_is_not_the_price_shown_at_the_closing():
    sold = listing(ago(60), cuts={ago(40): 390_000, ago(5): 371_000}, closed=ago(5))
    assert one(sold).last_list_price == 390_000_00


def test_what_was_over_at_first_sight_was_not_seen_active() -> None:
    """ARMLS: a list date, Closed at first sight, no date of closing."""
    closed = Episode(
        "mls|1", (Dated(SINCE, "Closed"),), (), SINCE, AS_OF, on_market_date=SINCE - timedelta(60)
    )
    (marketing,) = marketings([("home", closed)], SINCE)
    assert not marketing.active_within(SINCE, AS_OF, AS_OF)


def test_coming_soon_has_not_come_on_the_market() -> None:
    soon = Episode("mls|1", (Dated(SINCE, "Coming Soon"),), (), SINCE, AS_OF, on_market_date=SINCE)
    (marketing,) = marketings([("home", soon)], SINCE)
    assert marketing.started_on is None
    assert not marketing.active_within(SINCE, AS_OF, AS_OF)


def test_reported_days_on_market_tell_an_old_listing_from_a_new_one() -> None:
    day = SINCE + timedelta(days=3)
    old = replace(first_seen(day), x_days_on_market_reported=113)
    (marketing,) = marketings([("home", old)], SINCE)
    assert marketing.started_on == day - timedelta(days=113)
