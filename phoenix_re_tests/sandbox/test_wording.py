"""What remarks claim holds for their home."""

import re
from datetime import UTC, datetime

from phoenix_re.markets import load_markets, markets_folder
from phoenix_re.sandbox.homes import Listing
from phoenix_re.sandbox.world import World

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def _check(x: Listing) -> set[str]:
    """Compare each claim with the home; which claims were found."""
    house, text, found = x.house, x.remarks, set()

    def claimed(name: str, pattern: str) -> re.Match[str] | None:
        match = re.search(pattern, text)
        if match:
            found.add(name)
        return match

    if match := claimed("bedrooms", r"(\d) bedrooms?\b"):
        assert int(match[1]) == house.bedrooms
        assert ("bedrooms" in match[0]) == (house.bedrooms > 1)
    if match := claimed("area", r"about ([\d,]+) square feet in (.+?)\."):
        assert int(match[1].replace(",", "")) == house.living_area
        assert match[2] == house.city
    if match := claimed("built", r"this (.+) built in (\d{4})"):
        assert match[1] == house.sub_type.lower()
        assert int(match[2]) == house.year_built
    if match := claimed("subdivision", r"Located in (.+?),"):
        assert match[1].upper() == house.subdivision
    if match := claimed("dues", r"HOA dues are \$(\d+) a month"):
        assert int(match[1]) == house.hoa_monthly
    if match := claimed("garage", r"(\d)-car garage"):
        assert int(match[1]) == house.garage_spaces
    if claimed("private pool", r"Private pool|own sparkling pool"):
        assert house.pool
    if claimed("community pool", "community pool"):
        assert house.unit
    if claimed("no pool", "No pool"):
        assert not house.pool
    if claimed("no HOA", "No HOA"):
        assert house.hoa_monthly is None
    if claimed("solar", r"[Ss]olar"):
        assert house.solar
    if claimed("sold with", r"convey|assumed by buyer|bring all offers"):
        assert x.kind == "sale"
    if claimed("lease", "one-year lease"):
        assert x.kind == "rent"
    if match := claimed("agent", r"Call (.+) at (\S+) or write to (\S+)\.$"):
        assert (match[1], match[2], match[3]) == (x.agent, x.agent_phone, x.agent_email)
    return found


def test_every_claim_holds_and_every_claim_is_made_somewhere() -> None:
    world = World(load_markets(markets_folder()), houses_per_zip=300)
    made: set[str] = set()
    for zip_code in ("85031", "85251", "80202"):
        for kind in ("sale", "rent"):
            for listing in world.listings(zip_code, NOW, kind):
                found = _check(listing)
                assert found
                made |= found
    assert made == {
        *("bedrooms", "area", "built", "subdivision", "dues", "garage", "private pool"),
        *("community pool", "no pool", "no HOA", "solar", "sold with", "lease", "agent"),
    }


def test_a_pool_or_fee_that_the_home_has_is_always_named() -> None:
    world = World(load_markets(markets_folder()), houses_per_zip=200)
    for x in world.listings("85031", NOW):
        assert x.house.pool == bool(re.search(r"Private pool|own sparkling pool", x.remarks))
        assert bool(x.house.hoa_monthly) == ("HOA dues" in x.remarks)
