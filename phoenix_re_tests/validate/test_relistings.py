"""Relistings of one home join, other units of a building never do: on the real file."""

import itertools
import re
from collections import defaultdict

import pytest

from phoenix_re.validate.same_address import compare

from .relistings import FILE, Row, counts, matched, rows

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason=f"no real data at {FILE}")


@pytest.fixture(scope="module")
def listings() -> list[Row]:
    return rows()


def test_the_counts(listings: list[Row]) -> None:
    assert counts(listings) == {
        "rows": 3810,
        "homes": 1761,
        "rows_of_relisted_homes": 3808,
        "homes_with_units": 114,
        "homes_of_two_units": 0,
        "buildings": 1735,
        "buildings_of_several_units": 13,
        "units_of_these": 39,
        "undecidable": 2,
        "on_market_twice": 4,
        "asked_of_a_person": 1,
    }


def test_no_home_holds_two_numbers(listings: list[Row]) -> None:
    """By the bare text: whatever is a number or a lone letter could name a unit."""
    for of_zip, matching in matched(listings):
        for home in matching.homes:
            named = {_marks(of_zip[i.listing_id]["address"]) for i in home}
            assert len(named) == 1, named


def test_every_relisting_joins_its_home(listings: list[Row]) -> None:
    for of_zip, matching in matched(listings):
        homes: dict[str, set[int]] = defaultdict(set)
        for at, home in enumerate(matching.homes):
            for identity in home:
                homes[of_zip[identity.listing_id]["formatted_address"]].add(at)
        split = [address for address, of in homes.items() if len(of) > 1]
        assert all(address.startswith("0 ") for address in split), split


def test_match_addresses_says_the_same_of_the_relistings(listings: list[Row]) -> None:
    """Rows of one home are the same address; two homes are, only where a person is asked."""
    for of_zip, matching in matched(listings):
        asked = {frozenset((link.a, link.b)) for link in matching.uncertain}
        by_number: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for home in matching.homes:
            said = [(i.listing_id, of_zip[i.listing_id]["address"]) for i in home]
            if home[0].address is not None:
                assert {compare(said[0][1], other).kind for _, other in said} == {"same"}, said
                by_number[home[0].address.house_number].append(said[0])
        for homes in by_number.values():
            for (a, one), (b, other) in itertools.combinations(homes, 2):
                same = compare(one, other).kind == "same"
                assert not same or frozenset((a, b)) in asked, (one, other)


def _marks(address: str) -> frozenset[str]:
    street = address.partition(", ")[0].upper()
    return frozenset(re.findall(r"\b[A-Z]?\d+[A-Z]?\b|\b[A-DF-MO-RT-VX-Z]\b", street))
