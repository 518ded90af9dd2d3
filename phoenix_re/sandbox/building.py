"""Homes of a ZIP: where they stand, what they are, what they are worth. All of it is invented.

A ZIP is built block by block out of one sequence of chances, so that its first homes are the same
however many are asked for. Nothing here knows of listings.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import NamedTuple, TypeVar

from phoenix_re.markets import County, Market
from phoenix_re.sandbox.homes import House

T = TypeVar("T")

# Dollars per square foot of a detached home built in 2000.
_LEVEL = {"phx": 265, "sct": 410, "tuc": 230, "las": 270, "den": 320, "aus": 300}
_OTHER_LEVEL = 250


class _Type(NamedTuple):
    name: str  # RESO PropertySubType
    share: float
    level: float  # of price
    median_area: int  # square feet


_TYPES = (
    _Type("Single Family Residence", 0.70, 1.0, 1650),
    _Type("Townhouse", 0.11, 0.92, 1250),
    _Type("Condominium", 0.12, 0.86, 950),
    _Type("Manufactured Home", 0.04, 0.55, 1150),
    _Type("Duplex", 0.03, 0.95, 1900),
)
_SHARES = [kind.share for kind in _TYPES]
_ATTACHED = frozenset({"Townhouse", "Condominium"})
STREETS = (
    *("Copperquill", "Saltmoth", "Lanternbrush", "Verdwind", "Ochrefield", "Emberquail"),
    *("Thistlejack", "Palolark", "Bramblewren", "Dustlily", "Quietmesa", "Juniperbell"),
    *("Stonefinch", "Marigoldrun", "Windrye", "Cedarvane", "Hollowpine", "Larkspurbend"),
)
_SUFFIXES = ("St", "Ave", "Dr", "Ln", "Rd", "Way", "Ct", "Pl", "Blvd", "Cir")
_ORDINAL_SUFFIXES = ("Ave", "St", "Dr", "Ln")
_DIRECTIONS = ("N", "S", "E", "W")
_ESTATES = ("ESTATES", "MANOR", "PARK", "VILLAGE", "TERRACE")
FIRST = ("Ada", "Bruno", "Carla", "Dmitri", "Elena", "Farid", "Grete", "Hugo", "Ines", "Jonas")
LAST = ("Quillmore", "Saltfeather", "Brandwick", "Ostervale", "Tannerow", "Ferrowyn", "Maplethorn")


def houses_of(market: Market, zip_code: str, count: int, seed: int) -> tuple[House, ...]:
    """The first `count` homes of a ZIP of `market`."""
    chance = random_of(seed, "houses", zip_code)
    place = _place(zip_code)
    county = _county(market, place)
    level = _LEVEL.get(market.code, _OTHER_LEVEL) * math.exp(chance.gauss(0, 0.18))
    middle_year = chance.randint(1962, 2008)
    taken: set[str] = set()
    houses: list[House] = []
    while len(houses) < count:
        block = _block(market, zip_code, place, middle_year, taken, chance)
        for unit in block.units:
            houses.append(_house(block, unit, county, level, len(houses), chance))
    return tuple(houses[:count])


def random_of(*what: object) -> Random:
    """A sequence of chances of its own for each `what`."""
    text = "|".join(map(str, what))
    return Random(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))


def pick(chance: Random, values: Sequence[T]) -> T:
    """As `Random.choice`, and four times as fast."""
    return values[int(chance.random() * len(values))]


@dataclass(frozen=True, slots=True)
class Place:
    """A ZIP on the map."""

    city: str
    county: str | None
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class _Block:
    """A lot with one home, or one building of several; what its homes share."""

    market: str
    state: str
    zip: str
    city: str
    type: _Type
    units: tuple[str | None, ...]
    number: str
    direction: str
    street: str
    suffix: str
    latitude: float
    longitude: float
    year: int
    stories: int
    hoa: int | None
    subdivision: str


def _block(
    market: Market,
    zip_code: str,
    place: Place,
    middle_year: int,
    taken: set[str],
    chance: Random,
) -> _Block:
    kind = chance.choices(_TYPES, _SHARES)[0]
    attached = kind.name in _ATTACHED
    number, direction, street, suffix = _free_address(market.state == "AZ", taken, chance)
    return _Block(
        market=market.code,
        state=market.state,
        zip=zip_code,
        city=place.city,
        type=kind,
        units=_unit_numbers(pick(chance, (4, 6, 8, 12))) if attached else (None,),
        number=number,
        direction=direction,
        street=street,
        suffix=suffix,
        latitude=round(place.latitude + chance.gauss(0, 0.010), 6),
        longitude=round(place.longitude + chance.gauss(0, 0.012), 6),
        year=max(1900, min(2025, round(chance.gauss(middle_year, 12)))),
        stories=2 if chance.random() < 0.3 else 1,
        hoa=_hoa(attached, chance),
        subdivision=f"{pick(chance, STREETS).upper()} {pick(chance, _ESTATES)} "
        f"{1 + int(9 * chance.random())}",
    )


def _free_address(has_ordinals: bool, taken: set[str], chance: Random) -> tuple[str, str, str, str]:
    """Number, direction, name and suffix that no other block of the ZIP has."""
    while True:
        number = str(10 + int(9890 * chance.random()))
        direction = pick(chance, _DIRECTIONS)
        if has_ordinals and chance.random() < 0.4:
            street, suffix = (
                _ordinal(3 + int(97 * chance.random())),
                pick(chance, _ORDINAL_SUFFIXES),
            )
        else:
            street, suffix = pick(chance, STREETS), pick(chance, _SUFFIXES)
        address = f"{number} {direction} {street} {suffix}"
        if address not in taken:
            taken.add(address)
            return number, direction, street, suffix


def _unit_numbers(count: int) -> tuple[str, ...]:
    """Four to a floor: 101 to 104, 201 …"""
    return tuple(str(100 * (at // 4 + 1) + at % 4 + 1) for at in range(count))


def _hoa(attached: bool, chance: Random) -> int | None:
    if attached:
        return 120 + 5 * int(72 * chance.random())
    return 20 + 5 * int(28 * chance.random()) if chance.random() < 0.35 else None


def _house(
    block: _Block, unit: str | None, county: County, level: float, index: int, chance: Random
) -> House:
    detached = unit is None
    area = max(420, round(block.type.median_area * math.exp(chance.gauss(0, 0.28))))
    bedrooms = max(1, min(6, round(area / 520 + chance.gauss(0, 0.5))))
    pool = detached and chance.random() < 0.28
    value = level * block.type.level * area**0.93 * 1650**0.07
    value *= 1 + 0.0022 * (block.year - 2000) + (0.05 if pool else 0)
    value *= math.exp(chance.gauss(0, 0.09))
    return House(
        id=f"{block.zip}-{index:05d}",
        market=block.market,
        zip=block.zip,
        county=county.name,
        county_fips=county.fips,
        apn=_apn(county.fips, block.zip, index),
        street_number=block.number,
        street_dir=block.direction,
        street_name=block.street,
        street_suffix=block.suffix,
        unit=unit,
        city=block.city,
        state=block.state,
        latitude=block.latitude,
        longitude=block.longitude,
        sub_type=block.type.name,
        bedrooms=bedrooms,
        baths_full=max(1, round(bedrooms * 0.62)),
        baths_half=int(chance.random() < 0.3),
        living_area=area,
        lot_area=round(area * chance.uniform(2.2, 7)) if detached else area,
        year_built=block.year,
        stories=block.stories,
        garage_spaces=pick(chance, (0, 1, 2, 2, 2, 3)) if detached else 0,
        pool=pool,
        solar=detached and chance.random() < 0.15,
        hoa_monthly=block.hoa,
        subdivision=block.subdivision,
        owner=f"{pick(chance, LAST)} {pick(chance, FIRST)}".upper(),
        owner_occupied=chance.random() < 0.72,
        value=max(45_000, round(value / 1000) * 1000),
    )


def _apn(fips: str, zip_code: str, index: int) -> str:
    """The county's own form: Maricopa 8 digits, Clark 11, Denver 13 with a leading zero, else 9."""
    digits = {"04013": 8, "32003": 11, "08031": 13}.get(fips, 9)
    number = f"{int(zip_code) % 1000:03d}{index:05d}"
    if digits == 8:
        return number
    return ("0" if fips == "08031" else "1") + number.zfill(digits - 1)


def _ordinal(n: int) -> str:
    suffix = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{suffix}"


# ── the map ─────────────────────────────────────────────────────────────────────────────────────


def _county(market: Market, place: Place) -> County:
    """The market's county that the ZIP lies in; its first one where the map names another."""
    named = (county for county in market.counties if county.name == place.county)
    return next(named, market.counties[0])


def _place(zip_code: str) -> Place:
    return _places().get(zip_code, Place("Nowhere", None, 39.0, -105.0))


@lru_cache(maxsize=1)
def _places() -> dict[str, Place]:
    import zipcodes

    return {
        row["zip_code"]: Place(
            row["city"],
            (row["county"] or "").removesuffix(" County") or None,
            float(row["lat"]),
            float(row["long"]),
        )
        for row in zipcodes.list_all()
    }
