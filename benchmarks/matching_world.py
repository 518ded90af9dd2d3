"""Homes that are hard to tell apart, and witnesses who tell of them badly: the truth of matching.

The sandbox's homes and marketings (`phoenix_re.sandbox`), with what it lacks: tracts of one plan
15 m apart, twins ("Main St", "Main Ave"; N and S), condominiums of one plan. Three witnesses
tell of them, each in its spelling and with its faults; `Faults` says how many. All is a function
of the seed. Nothing is matched or measured here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.markets import Market, load_markets
from phoenix_re.sandbox.building import houses_of, pick, random_of
from phoenix_re.sandbox.homes import House, Listing
from phoenix_re.sandbox.marketing import lives_of, state_at

AT = datetime(2026, 3, 1, tzinfo=UTC)
PROJECT = Path(__file__).resolve().parents[1]

SHARE_OF_TRACTS, SHARE_OF_TWINS, SHARE_OF_OPPOSITES = 0.10, 0.12, 0.06  # of detached homes
SHARE_OF_UNCUT = 0.15  # of tracts: all their homes still stand under one parcel number
BUILDERS = 0.3  # share of tracts and twins whose builder has one price for a plan
_OPPOSITE = {"N": "S", "S": "N", "E": "W", "W": "E"}
_LONG = {
    "N": "North",
    "S": "South",
    "E": "East",
    "W": "West",
    "St": "Street",
    "Ave": "Avenue",
    "Dr": "Drive",
    "Ln": "Lane",
    "Rd": "Road",
    "Ct": "Court",
    "Pl": "Place",
    "Blvd": "Boulevard",
    "Cir": "Circle",
    "Way": "Way",
}
_DEGREE = 111_195  # metres
_LAND = "Residential"


@dataclass(frozen=True)
class Faults:
    """Shares of a witness's rows, but for `jitter` (metres, one sigma of its coordinates)."""

    typo: float = 0.0  # one letter of the street's name left out, doubled, swapped or another
    no_direction: float = 0.0
    no_suffix: float = 0.0
    wrong_suffix: float = 0.0
    no_unit: float = 0.0
    wrong_number: float = 0.0  # one digit of the house number
    no_parcel: float = 0.0
    wrong_parcel: float = 0.0
    no_place: float = 0.0
    misplaced: float = 0.0  # by 80 m to 2.5 km
    jitter: float = 0.0
    rounded_area: float = 0.0  # to tens of square feet
    wrong_area: float = 0.0  # by 3 to 20 %
    wrong_year: float = 0.0
    wrong_rooms: float = 0.0
    fact_left_out: float = 0.0  # of each fact
    old_price: float = 0.0


MLS = Faults(
    typo=0.012,
    no_direction=0.015,
    no_suffix=0.01,
    wrong_suffix=0.001,
    no_unit=0.001,
    wrong_number=0.0005,
    no_parcel=0.08,
    wrong_parcel=0.004,
    no_place=0.02,
    misplaced=0.005,
    jitter=8,
    wrong_area=0.03,
    wrong_year=0.02,
    wrong_rooms=0.02,
    fact_left_out=0.03,
)
PORTAL = Faults(
    typo=0.015,
    no_direction=0.04,
    no_suffix=0.025,
    wrong_suffix=0.001,
    no_unit=0.002,
    wrong_number=0.0005,
    no_parcel=1.0,
    no_place=0.01,
    misplaced=0.015,
    jitter=20,
    rounded_area=0.3,
    wrong_area=0.04,
    wrong_year=0.03,
    wrong_rooms=0.04,
    fact_left_out=0.05,
    old_price=0.1,
)
COUNTY = Faults(
    typo=0.002,
    no_direction=0.01,
    no_suffix=0.01,
    no_unit=0.001,
    jitter=10,
    wrong_area=0.08,
    wrong_year=0.01,
    wrong_rooms=0.06,
    fact_left_out=0.05,
)
PORTAL_SHARE = 0.8  # of marketings that the portal shows, too


class Told(NamedTuple):
    """What a witness said, when it was first heard, and of which home it is true."""

    listing_id: str
    record: ListingRecord
    founded_at: datetime
    house: str


def markets() -> dict[str, Market]:
    return load_markets(PROJECT / "markets")


def told_of(market: Market, zip5: str, homes: int, seed: int) -> list[Told]:
    """All that the three witnesses say of a ZIP of so many homes of the sandbox, and the added."""
    chance = random_of(seed, "witnesses", zip5)
    told: list[Told] = []
    houses = hard_homes(market, zip5, homes, seed)
    of_builders = {h.id.partition("-t")[0] for h in houses if "-t" in h.id}
    for house in houses:
        stem = house.id.partition("-t")[0]
        of_builder = stem in of_builders and random_of(seed, "builder", stem).random() < BUILDERS
        told += _told_of_home(house, seed, chance, one_price=of_builder)
    chance.shuffle(told)
    return told


def hard_homes(market: Market, zip5: str, homes: int, seed: int) -> list[House]:
    """The sandbox's homes of a ZIP, with neighbours of their plan, twins and opposites."""
    chance = random_of(seed, "hard", zip5)
    found: list[House] = []
    taken: set[tuple[str | None, ...]] = set()
    plans: dict[tuple[str, str], House] = {}
    uncut: set[str] = set()  # parcels of which whole tracts are cut only later

    def add(house: House) -> None:
        where = (house.street_number, house.street_dir, house.street_name, house.street_suffix)
        if (*where, house.unit) not in taken:
            taken.add((*where, house.unit))
            added = house.id.count("-") > 1
            of_tract = "tract" in house.id and house.apn in uncut
            own = f"9{zip5[-3:]}{len(found):05d}"
            found.append(replace(house, apn=own) if added and not of_tract else house)

    for house in houses_of(market, zip5, homes, seed):
        if house.unit is None:
            add(house)
            if chance.random() < SHARE_OF_UNCUT:
                uncut.add(house.apn)
            for other in _lookalikes(house, chance):
                add(other)
        else:  # two plans to a building
            plan = plans.setdefault(
                (house.street, "odd" if house.unit[-1] in "13" else "even"), house
            )
            add(_of_plan(house, plan) if chance.random() < 0.7 else house)
    return found


def _lookalikes(house: House, chance: Random) -> Iterator[House]:
    if chance.random() < SHARE_OF_TRACTS:
        number = int(house.street_number)
        for at in range(1, 3 + int(6 * chance.random())):
            near = replace(
                house,
                id=f"{house.id}-tract{at}",
                street_number=str(number + 4 * at),
                longitude=round(house.longitude + at * 15 / 92_000, 6),
            )
            yield _own_lot(near if chance.random() < 0.6 else _other_plan(near, chance), chance)
    if chance.random() < SHARE_OF_TWINS:
        suffix = pick(chance, tuple(s for s in _LONG if len(s) > 1 and s != house.street_suffix))
        twin = replace(
            house,
            id=f"{house.id}-twin",
            street_suffix=suffix,
            longitude=round(house.longitude + chance.uniform(60, 140) / 92_000, 6),
        )
        yield _own_lot(twin if chance.random() < 0.5 else _other_plan(twin, chance), chance)
    if chance.random() < SHARE_OF_OPPOSITES:
        opposite = replace(
            house,
            id=f"{house.id}-opposite",
            street_dir=_OPPOSITE[house.street_dir],
            latitude=round(house.latitude + chance.uniform(400, 3000) / _DEGREE, 6),
        )
        yield _own_lot(opposite if chance.random() < 0.3 else _other_plan(opposite, chance), chance)


def _of_plan(house: House, plan: House) -> House:
    return replace(
        house,
        bedrooms=plan.bedrooms,
        baths_full=plan.baths_full,
        baths_half=plan.baths_half,
        living_area=plan.living_area,
        lot_area=plan.lot_area,
        value=plan.value,
    )


def _own_lot(house: House, chance: Random) -> House:
    """In a tract a third of the lots are of one size."""
    same = chance.random() < 0.33
    return (
        house if same else replace(house, lot_area=round(house.lot_area * chance.uniform(0.8, 1.3)))
    )


def _other_plan(house: House, chance: Random) -> House:
    factor = chance.uniform(0.7, 1.5)
    return replace(
        house,
        living_area=max(420, round(house.living_area * factor)),
        bedrooms=max(1, min(6, round(house.bedrooms * factor))),
        baths_full=max(1, round(house.bedrooms * factor * 0.62)),
        value=round(house.value * factor, -3),
        year_built=house.year_built + pick(chance, (0, 0, 1, -1, 3)),
    )


# ── what the witnesses say ──────────────────────────────────────────────────────────────────────


def _told_of_home(house: House, seed: int, chance: Random, *, one_price: bool) -> list[Told]:
    """`one_price`: its builder asks the same for every home of a plan."""
    told: list[Told] = []
    kinds = ("sale",) if house.owner_occupied else ("sale", "rent")
    for kind in kinds:
        for at, life in enumerate(lives_of(house, kind, seed, AT)):
            life.mls_number = f"{house.id}-{kind}{at}"
            listing = state_at(life, AT)
            assert listing is not None
            if one_price and kind == "sale":
                listing = replace(listing, list_price=house.value, original_list_price=house.value)
            told.append(_mls(listing, chance))
            if chance.random() < PORTAL_SHARE:
                told.append(_portal(listing, chance))
    if told:
        told.append(_county(house, chance))
    return told


def _mls(listing: Listing, chance: Random) -> Told:
    key = f"mls|{listing.mls_number}"
    record = _record(listing.house, "mls", key, MLS, chance, ("#", False))
    record.x_mls, record.listing_id = "INVENTED", listing.mls_number
    record.list_price_cents = listing.list_price * 100
    record.property_type = _LAND if listing.kind == "sale" else "Residential Lease"
    return Told(key, record, listing.listed_at, listing.house.id)


def _portal(listing: Listing, chance: Random) -> Told:
    key = f"portal|{listing.mls_number}"
    record = _record(listing.house, "portal", key, PORTAL, chance, ("APT ", True))
    old = chance.random() < PORTAL.old_price
    record.list_price_cents = (listing.original_list_price if old else listing.list_price) * 100
    record.property_type = _LAND if listing.kind == "sale" else "Residential Lease"
    return Told(key, record, listing.listed_at + timedelta(hours=9), listing.house.id)


def _county(house: House, chance: Random) -> Told:
    key = f"county|{house.id}"
    record = _record(house, "county", key, COUNTY, chance, ("UNIT ", False))
    record.unparsed_address = (record.unparsed_address or "").upper()
    return Told(key, record, AT - timedelta(days=30), house.id)


def _record(
    house: House, source: str, key: str, faults: Faults, chance: Random, style: tuple[str, bool]
) -> ListingRecord:
    def happens(share: float) -> bool:
        return chance.random() < share

    def unless(left_out: float, value):
        return None if happens(left_out) else value

    latitude, longitude = _place(house, faults, chance)
    has_place = not happens(faults.no_place)
    area = float(house.living_area)
    if happens(faults.wrong_area):
        area = round(area * (1 + chance.choice((-1, 1)) * chance.uniform(0.03, 0.2)))
    elif happens(faults.rounded_area):
        area = round(area, -1)
    digits = house.apn if not happens(faults.wrong_parcel) else f"8{chance.randrange(10**7):07d}"
    rooms = house.bedrooms + (chance.choice((-1, 1)) if happens(faults.wrong_rooms) else 0)
    left_out = faults.fact_left_out
    return ListingRecord(
        source=source,
        source_key=key,
        unparsed_address=_line(house, faults, chance, *style),
        postal_code=house.zip,
        county_or_parish=house.county,
        parcel_number=unless(faults.no_parcel, digits),
        latitude=latitude if has_place else None,
        longitude=longitude if has_place else None,
        bedrooms_total=unless(left_out, rooms),
        x_bathrooms_decimal=unless(left_out, house.baths),
        living_area=unless(left_out, area),
        lot_size_square_feet=unless(left_out, None if house.unit else float(house.lot_area)),
        year_built=unless(
            left_out,
            house.year_built + (chance.choice((-2, -1, 1, 2)) if happens(faults.wrong_year) else 0),
        ),
    )


def _place(house: House, faults: Faults, chance: Random) -> tuple[float, float]:
    north, east = chance.gauss(0, faults.jitter), chance.gauss(0, faults.jitter)
    if chance.random() < faults.misplaced:
        north += chance.choice((-1, 1)) * chance.uniform(80, 2500)
    return round(house.latitude + north / _DEGREE, 6), round(house.longitude + east / 92_000, 6)


def _line(house: House, faults: Faults, chance: Random, unit_word: str, long: bool) -> str:
    number, direction, suffix = house.street_number, house.street_dir, house.street_suffix
    name = (
        _mistyped(house.street_name, chance) if chance.random() < faults.typo else house.street_name
    )
    if chance.random() < faults.wrong_number:
        at = chance.randrange(len(number))
        number = (
            number[:at] + str((int(number[at]) + 1 + chance.randrange(8)) % 10) + number[at + 1 :]
        )
    if chance.random() < faults.no_direction:
        direction = ""
    if chance.random() < faults.wrong_suffix:
        suffix = pick(chance, tuple(s for s in _LONG if len(s) > 1 and s != suffix))
    if chance.random() < faults.no_suffix:
        suffix = ""
    if long:
        direction, suffix = _LONG.get(direction, ""), _LONG.get(suffix, "")
    line = " ".join(part for part in (number, direction, name, suffix) if part)
    unit = None if chance.random() < faults.no_unit else house.unit
    return f"{line} {unit_word}{unit}" if unit else line


def _mistyped(name: str, chance: Random) -> str:
    """A number is not mistyped here: 30th for 31st is another street, and nobody could tell."""
    if name[0].isdigit():
        return name
    at = 1 + chance.randrange(len(name) - 2)
    return chance.choice(
        (
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
            name[:at] + pick(chance, "aeiostrn") + name[at + 1 :],
        )
    )


def faults_in_words() -> dict[str, dict[str, float]]:
    """What the benchmark prints: witness → fault → share (jitter in metres)."""
    named: Sequence[tuple[str, Faults]] = (("mls", MLS), ("portal", PORTAL), ("county", COUNTY))
    return {name: {k: v for k, v in vars(faults).items() if v} for name, faults in named}
