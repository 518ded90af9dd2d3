"""The synthetic world keeps its rules: unique keys, legal lives, prices that follow the home."""

import json
import statistics
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pandas as pd
import pytest
import zipcodes
from hypothesis import given, settings
from hypothesis import strategies as st

from phoenix_re.markets import load_markets, markets_folder
from phoenix_re.sandbox.homes import ENDED, Listing
from phoenix_re.sandbox.world import MLS_NAME, START, World

MARKETS = load_markets(markets_folder())
NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
ZIP = "85031"
LEGAL = {
    "Coming Soon": {"Active"},
    "Active": {"Active Under Contract", "Pending", "Canceled", "Withdrawn", "Expired"},
    "Active Under Contract": {"Pending"},
    "Pending": {"Active", "Closed"},
}

moments = st.integers(-40, 3650).map(lambda days: START + timedelta(days=days, hours=7))


@pytest.fixture(scope="module")
def world() -> World:
    return World(MARKETS)


@pytest.fixture(scope="module")
def small_everywhere() -> World:
    return World(MARKETS, houses_per_zip=12)


def everything(world: World, at: datetime, zip_code: str = ZIP) -> list[Listing]:
    return world.listings(zip_code, at, "sale") + world.listings(zip_code, at, "rent")


def ranked(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Spearman's rank correlation."""
    return pd.Series(xs).corr(pd.Series(ys), method="spearman")


# ── names and keys ──────────────────────────────────────────────────────────────────────────────


def test_no_two_homes_of_a_zip_share_address_or_parcel() -> None:
    houses = World(MARKETS, houses_per_zip={ZIP: 6000, "default": 1}).houses(ZIP)
    assert len(houses) == 6000
    assert len({(house.street, house.unit) for house in houses}) == 6000
    assert len({house.apn for house in houses}) == 6000
    assert len({house.id for house in houses}) == 6000


def test_listing_numbers_are_unique_in_an_mls_and_keys_everywhere(small_everywhere: World) -> None:
    numbers: Counter[tuple[str, str]] = Counter()
    keys: Counter[str] = Counter()
    for zip_code in small_everywhere.zips:
        for listing in everything(small_everywhere, NOW, zip_code):
            numbers[MLS_NAME[listing.house.market], listing.mls_number] += 1
            keys[listing.listing_key] += 1
            assert len(listing.mls_number) == 7
            assert len(listing.listing_key) == 26
            assert listing.listing_key.isdecimal()
    assert len(numbers) > 5_000
    assert set(numbers.values()) == {1}
    assert set(keys.values()) == {1}


def test_a_zip_of_thousands_of_homes_has_longer_numbers_and_no_repeats() -> None:
    world = World(MARKETS, houses_per_zip={ZIP: 8_000, "default": 1})
    numbers = [listing.mls_number for listing in everything(world, NOW)]
    assert len(set(numbers)) == len(numbers)
    assert {len(number) for number in numbers} == {7, 8}


def test_a_zip_appended_to_a_market_changes_no_other() -> None:
    market = MARKETS["tuc"]
    fewer = World({"tuc": market.model_copy(update={"zips": market.zips[:-1]})}, houses_per_zip=20)
    all_of_them = World({"tuc": market}, houses_per_zip=20)
    for zip_code in fewer.zips:
        assert fewer.listings(zip_code, NOW) == all_of_them.listings(zip_code, NOW)


def test_the_first_homes_are_the_same_however_many_there_are() -> None:
    few, many = (World(MARKETS, houses_per_zip=n).houses(ZIP) for n in (50, 200))
    assert few == many[:50]


# ── places and prices ───────────────────────────────────────────────────────────────────────────


def test_homes_stand_near_the_centroid_of_their_zip(small_everywhere: World) -> None:
    for zip_code in small_everywhere.zips[::10]:
        (place,) = zipcodes.matching(zip_code)
        for house in small_everywhere.houses(zip_code):
            assert abs(house.latitude - float(place["lat"])) < 0.06
            assert abs(house.longitude - float(place["long"])) < 0.07
            assert house.state == small_everywhere.markets[house.market].state
            assert house.county in {c.name for c in MARKETS[house.market].counties}


def test_prices_follow_area_type_age_and_pool(world: World) -> None:
    homes = world.houses(ZIP)
    detached = [h for h in homes if h.sub_type == "Single Family Residence"]
    assert ranked([h.living_area for h in detached], [h.value for h in detached]) > 0.8
    per_foot = [h.value / h.living_area**0.93 for h in detached]
    assert ranked([h.year_built for h in detached], per_foot) > 0.1

    def median_per_foot(sub_type: str) -> float:
        of_type = [h.value / h.living_area for h in homes if h.sub_type == sub_type]
        return statistics.median(of_type)

    assert median_per_foot("Manufactured Home") < 0.8 * median_per_foot("Single Family Residence")
    with_pool = [v for v, h in zip(per_foot, detached, strict=True) if h.pool]
    without = [v for v, h in zip(per_foot, detached, strict=True) if not h.pool]
    assert statistics.median(with_pool) > statistics.median(without)


def test_what_is_asked_and_paid_follows_what_the_home_is_worth(world: World) -> None:
    sales = world.listings(ZIP, NOW)
    worth = [x.house.value_at(x.listed_at) for x in sales]
    assert ranked(worth, [x.original_list_price for x in sales]) > 0.95
    assert all(0.8 < x.original_list_price / v < 1.3 for x, v in zip(sales, worth, strict=True))
    paid = [x.close_price / x.list_price for x in sales if x.close_price]
    assert 0.97 < statistics.median(paid) < 1.0
    lets = world.listings(ZIP, NOW, "rent")
    assert all(
        0.75 < x.original_list_price / world.rent_of(x.house, x.listed_at) < 1.35 for x in lets
    )


def test_time_makes_homes_dearer(world: World) -> None:
    house = world.houses(ZIP)[0]
    later = NOW + timedelta(days=3650)
    assert 1.3 < house.value_at(later) / house.value_at(NOW) < 1.4


# ── lives ───────────────────────────────────────────────────────────────────────────────────────


def states_of_each(world: World) -> dict[str, list[Listing]]:
    """listing key → its states, one for each moment at which something changed."""
    by_key: dict[str, list[Listing]] = {}
    changes = {x.modified_at for x in everything(world, NOW)}
    for _ in range(12):  # no life has more changes that later ones hide
        earlier = {
            x.modified_at
            for moment in changes
            for x in everything(world, moment - timedelta(seconds=1))
        }
        if earlier <= changes:
            break
        changes |= earlier
    for moment in sorted(changes):
        for listing in everything(world, moment):
            states = by_key.setdefault(listing.listing_key, [])
            if not states or states[-1] != listing:
                states.append(listing)
    return by_key


def test_every_life_is_legal() -> None:
    world = World(MARKETS, houses_per_zip={ZIP: 60, "default": 1})
    lives = states_of_each(world)
    assert len(lives) > 60
    seen = Counter()
    for states in lives.values():
        assert states[0].status in {"Coming Soon", "Active"}
        assert states[0].modified_at == states[0].listed_at
        for state in states:
            _consistent(state)
        for before, after in pairwise(states):
            assert after.modified_at > before.modified_at
            if after.status != before.status:
                assert after.status in LEGAL[before.status], (before.status, after.status)
                assert after.list_price == before.list_price
                assert after.status_changed_at == after.modified_at
                seen[after.status] += 1
            else:
                assert after.list_price != before.list_price
                assert after.previous_list_price == before.list_price
                assert after.price_changed_at == after.modified_at
    assert seen.keys() >= {"Active", "Pending", "Closed", "Canceled", "Withdrawn", "Expired"}


def _consistent(x: Listing) -> None:
    assert (x.status == "Closed") == (x.closed_at is not None) == (x.close_price is not None)
    assert (x.status in ENDED - {"Closed"}) == (x.off_market_at is not None)
    assert (x.status in {"Pending", "Closed"}) == (x.pending_at is not None)
    assert START <= x.listed_at <= x.modified_at
    assert x.modified_at == max(x.status_changed_at, x.price_changed_at or x.listed_at)
    assert (x.previous_list_price is None) == (x.price_changed_at is None)
    assert x.listed_at.microsecond == x.modified_at.microsecond == 0
    assert x.list_price > 0
    assert x.days_on_market(NOW) >= 0


def test_a_home_is_on_the_market_once_at_a_time(world: World) -> None:
    for days in range(0, 1400, 140):
        at = NOW - timedelta(days=days)
        for kind in ("sale", "rent"):
            live = Counter(
                x.house.id for x in world.listings(ZIP, at, kind) if x.status not in ENDED
            )
            assert live
            assert set(live.values()) == {1}


def test_who_found_no_buyer_may_come_again_under_another_number(world: World) -> None:
    by_house: dict[tuple[str, str], list[Listing]] = {}
    for listing in everything(world, NOW):
        by_house.setdefault((listing.house.id, listing.kind), []).append(listing)
    again = 0
    for listings in by_house.values():
        assert not listings[0].relisting
        for before, after in pairwise(listings):
            assert after.mls_number != before.mls_number
            ended = before.closed_at or before.off_market_at
            assert ended is not None
            assert after.listed_at > ended
            if after.relisting:
                assert before.status in ENDED - {"Closed"}
                assert after.listed_at - ended <= timedelta(days=46)
                again += 1
    assert again >= 10


def test_listings_come_in_the_order_of_their_beginning(world: World) -> None:
    began = [x.listed_at for x in world.listings(ZIP, NOW)]
    assert began == sorted(began)
    assert len(began) > 300


# ── a pure function of seed and moment ──────────────────────────────────────────────────────────


@settings(max_examples=25)
@given(st.lists(moments, min_size=1, max_size=6))
def test_the_state_at_a_moment_does_not_depend_on_what_was_asked_before(
    asked: list[datetime],
) -> None:
    sizes = {ZIP: 15, "default": 1}
    one = World(MARKETS, houses_per_zip=sizes)
    for at in asked:
        fresh = World(MARKETS, houses_per_zip=sizes)
        assert everything(one, at) == everything(fresh, at)


def test_another_seed_is_another_world() -> None:
    one, same, other = (World(MARKETS, seed, 10) for seed in (1, 1, 2))
    assert everything(one, NOW) == everything(same, NOW)
    assert one.houses(ZIP) != other.houses(ZIP)


def test_what_is_over_stays_as_it_was(world: World) -> None:
    later = {x.listing_key: x for x in everything(world, NOW + timedelta(days=800))}
    over = [x for x in everything(world, NOW) if x.status in ENDED]
    assert over
    assert all(later[x.listing_key] == x for x in over)
    assert len(later) > len(everything(world, NOW))


def test_a_list_that_was_changed_by_its_receiver_is_no_harm(world: World) -> None:
    first = world.listings(ZIP, NOW)
    count = len(first)
    first.clear()
    assert len(world.listings(ZIP, NOW)) == count


def test_before_the_beginning_and_outside_the_markets_there_is_nothing(world: World) -> None:
    assert world.listings(ZIP, START - timedelta(days=1)) == []
    assert world.houses("00501") == ()
    assert world.listings("00501", NOW) == []
    assert world.market_of("00501") is None


def test_the_truth_is_json_and_names_every_home(world: World) -> None:
    told = json.loads(json.dumps(world.truth(ZIP, NOW)))
    homes = {home["id"] for home in told["houses"]}
    assert len(homes) == 400
    assert {x["house"] for x in told["listings"]} <= homes
    assert len(told["listings"]) == len(everything(world, NOW))
    assert datetime.fromisoformat(told["at"]) == NOW
