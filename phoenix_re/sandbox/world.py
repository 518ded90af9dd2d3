"""A synthetic world of homes and listings: every market, ZIP by ZIP, a pure function of its seed.

Nothing here knows an upstream or HTTP; `upstreams/` show the world in each upstream's shape.
The state at a moment is computed from (seed, ZIP, moment), so that there is nothing to store: a
restarted sandbox, at the same time, says the same. All of it is invented.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Literal

from phoenix_re.markets import Market
from phoenix_re.sandbox.wording import remarks_of

HOUSES_PER_ZIP = 400
START = datetime(2023, 1, 1, tzinfo=UTC)  # no listing is older
HORIZON_DAYS = 365 * 8
MEAN_DAYS_BETWEEN_LISTINGS = 900
YEARLY_GROWTH = 0.03
LEVEL_YEAR = datetime(2025, 1, 1, tzinfo=UTC)

# Dollars per square foot of a detached home built in 2000, and the MLS of the market.
_LEVEL = {"phx": 265, "sct": 410, "tuc": 230, "las": 270, "den": 320, "aus": 300}
_OTHER_LEVEL = 250
MLS_NAME = {"phx": "ARMLS", "sct": "ARMLS", "tuc": "MLSSAZ", "las": "GLVAR", "den": "RECOLORADO", "aus": "ACTRIS"}  # fmt: skip

_TYPES = (  # RESO PropertySubType, share, price level, median square feet
    ("Single Family Residence", 0.70, 1.0, 1650),
    ("Townhouse", 0.11, 0.92, 1250),
    ("Condominium", 0.12, 0.86, 950),
    ("Manufactured Home", 0.04, 0.55, 1150),
    ("Duplex", 0.03, 0.95, 1900),
)
_ATTACHED = {"Townhouse", "Condominium"}
_STREETS = (
    *("Copperquill", "Saltmoth", "Lanternbrush", "Verdwind", "Ochrefield", "Emberquail"),
    *("Thistlejack", "Palolark", "Bramblewren", "Dustlily", "Quietmesa", "Juniperbell"),
    *("Stonefinch", "Marigoldrun", "Windrye", "Cedarvane", "Hollowpine", "Larkspurbend"),
)
_SUFFIXES = ("St", "Ave", "Dr", "Ln", "Rd", "Way", "Ct", "Pl", "Blvd", "Cir")
_DIRECTIONS = ("N", "S", "E", "W")
_FIRST = ("Ada", "Bruno", "Carla", "Dmitri", "Elena", "Farid", "Grete", "Hugo", "Ines", "Jonas")
_LAST = ("Quillmore", "Saltfeather", "Brandwick", "Ostervale", "Tannerow", "Ferrowyn", "Maplethorn")

Status = Literal[
    "Coming Soon", "Active", "Active Under Contract", "Pending", "Closed",
    "Canceled", "Withdrawn", "Expired",
]  # fmt: skip
ENDED = frozenset({"Closed", "Canceled", "Withdrawn", "Expired"})


@dataclass(frozen=True, slots=True)
class House:
    """A home: what a surveyor would find. Areas in square feet, money in whole dollars."""

    id: str  # "85031-0007", the truth's own name; no upstream shows it
    market: str
    zip: str
    county: str
    county_fips: str
    apn: str  # in the county's own form, without punctuation
    street_number: str
    street_dir: str
    street_name: str
    street_suffix: str
    unit: str | None
    city: str
    state: str
    latitude: float
    longitude: float
    sub_type: str  # RESO PropertySubType
    bedrooms: int
    baths_full: int
    baths_half: int
    living_area: int
    lot_area: int
    year_built: int
    stories: int
    garage_spaces: int
    pool: bool
    solar: bool
    hoa_monthly: int | None
    subdivision: str
    owner: str
    owner_occupied: bool
    value: int  # at LEVEL_YEAR

    @property
    def street(self) -> str:
        """ "4512 W Copperquill St" """
        parts = (self.street_number, self.street_dir, self.street_name, self.street_suffix)
        return " ".join(part for part in parts if part)

    @property
    def baths(self) -> float:
        return self.baths_full + 0.5 * self.baths_half

    def value_at(self, at: datetime) -> int:
        years = (at - LEVEL_YEAR).days / 365.25
        return round(self.value * (1 + YEARLY_GROWTH) ** years)


@dataclass(frozen=True, slots=True)
class Listing:
    """One marketing of one house, as it stands at the moment asked for. Times are UTC."""

    house: House
    kind: Literal["sale", "rent"]  # prices of "rent" are dollars a month
    mls_number: str  # seven digits
    listing_key: str  # 26 digits
    status: Status
    list_price: int
    original_list_price: int
    previous_list_price: int | None
    listed_at: datetime
    status_changed_at: datetime
    price_changed_at: datetime | None
    modified_at: datetime  # the newest of all changes
    pending_at: datetime | None
    closed_at: datetime | None
    off_market_at: datetime | None
    close_price: int | None
    remarks: str
    photos: int
    agent: str
    agent_phone: str
    agent_email: str
    office: str
    relisting: bool  # the same home was on the market shortly before, under another number

    def days_on_market(self, at: datetime) -> int:
        end = self.pending_at or self.closed_at or self.off_market_at or at
        return max(0, (min(end, at) - self.listed_at).days)


@dataclass(frozen=True, slots=True)
class _Change:
    at: datetime
    status: Status | None = None
    price: int | None = None


class World:
    """Homes and their listings. `at` is a moment in UTC; a ZIP outside the markets is empty.

    `houses_per_zip`: one number for all, or a mapping with "default" for the ZIPs not named.
    """

    def __init__(
        self,
        markets: Mapping[str, Market],
        seed: int = 85031,
        houses_per_zip: int | Mapping[str, int] = HOUSES_PER_ZIP,
    ) -> None:
        self.markets = dict(markets)
        self.seed = seed
        self._sizes = houses_per_zip
        self._market_of = {z: market for market in self.markets.values() for z in market.zips}
        self.houses = lru_cache(maxsize=1024)(self._houses)
        self._histories = lru_cache(maxsize=1024)(self._make_histories)

    @property
    def zips(self) -> Sequence[str]:
        return list(self._market_of)

    def market_of(self, zip_code: str) -> Market | None:
        return self._market_of.get(zip_code)

    def listings(self, zip_code: str, at: datetime, kind: str = "sale") -> list[Listing]:
        """Every listing of the ZIP that has begun by `at`, ended ones included, as it then stands.

        In the order of their beginning.
        """
        found = (state_at(base, changes, at) for base, changes in self._histories(zip_code))
        return [x for x in found if x is not None and x.kind == kind]

    def rent_of(self, house: House, at: datetime) -> int:
        """Dollars a month: a gross yield of 5 to 8 %, lower for dearer homes."""
        value = house.value_at(at)
        return round(value * (0.08 - 0.03 * min(1.0, value / 900_000)) / 12 / 5) * 5

    # ── making it ───────────────────────────────────────────────────────────────────────────────

    def _random(self, *what: object) -> Random:
        text = "|".join(map(str, (self.seed, *what)))
        return Random(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))

    def _size(self, zip_code: str) -> int:
        if isinstance(self._sizes, int):
            return self._sizes
        return self._sizes.get(zip_code, self._sizes.get("default", HOUSES_PER_ZIP))

    def _houses(self, zip_code: str) -> tuple[House, ...]:
        market = self._market_of.get(zip_code)
        if market is None:
            return ()
        place = _place(zip_code)
        chance = self._random("zip", zip_code)
        level = _LEVEL.get(market.code, _OTHER_LEVEL) * math.exp(chance.gauss(0, 0.18))
        middle_year = chance.randint(1962, 2008)
        houses: list[House] = []
        while len(houses) < self._size(zip_code):
            chance = self._random("block", zip_code, len(houses))
            houses += self._block(market, zip_code, place, level, middle_year, chance, len(houses))
        return tuple(houses[: self._size(zip_code)])

    def _block(
        self,
        market: Market,
        zip_code: str,
        place: "_Place",
        level: float,
        middle_year: int,
        chance: Random,
        first: int,
    ) -> list[House]:
        """One house on its own lot, or one building with several units."""
        sub_type, _, factor, median_area = chance.choices(_TYPES, [t[1] for t in _TYPES])[0]
        units = chance.choice((4, 6, 8, 12)) if sub_type in _ATTACHED else 1
        number = chance.randint(10, 9899)
        direction = chance.choice(_DIRECTIONS)
        if market.state == "AZ" and chance.random() < 0.4:
            ordinal = chance.randint(3, 99)
            name, suffix = _ordinal(ordinal), chance.choice(("Ave", "St", "Dr", "Ln"))
        else:
            name, suffix = chance.choice(_STREETS), chance.choice(_SUFFIXES)
        latitude = place.latitude + chance.gauss(0, 0.010)
        longitude = place.longitude + chance.gauss(0, 0.012)
        year = max(1900, min(2025, round(chance.gauss(middle_year, 12))))
        subdivision = f"{chance.choice(_STREETS).upper()} {chance.choice(('ESTATES', 'MANOR', 'PARK', 'VILLAGE', 'TERRACE'))} {chance.randint(1, 9)}"  # fmt: skip
        county = market.counties[0] if place.county is None else next(
            (c for c in market.counties if c.name.lower() == place.county.lower()), market.counties[0]
        )  # fmt: skip
        hoa = chance.randrange(120, 480, 5) if units > 1 else (
            chance.randrange(20, 160, 5) if chance.random() < 0.35 else None
        )  # fmt: skip
        houses = []
        for at in range(units):
            area = max(420, round(median_area * math.exp(chance.gauss(0, 0.28))))
            beds = max(1, min(6, round(area / 520 + chance.gauss(0, 0.5))))
            pool = units == 1 and chance.random() < 0.28
            value = level * factor * area**0.93 * 1650**0.07
            value *= 1 + 0.0022 * (year - 2000) + (0.05 if pool else 0)
            value *= math.exp(chance.gauss(0, 0.09))
            index = first + at
            houses.append(
                House(
                    id=f"{zip_code}-{index:05d}",
                    market=market.code,
                    zip=zip_code,
                    county=county.name,
                    county_fips=county.fips,
                    apn=_apn(county.fips, zip_code, index),
                    street_number=str(number),
                    street_dir=direction,
                    street_name=name,
                    street_suffix=suffix,
                    unit=str(100 * (at // 4 + 1) + at % 4 + 1) if units > 1 else None,
                    city=place.city,
                    state=market.state,
                    latitude=round(latitude, 6),
                    longitude=round(longitude, 6),
                    sub_type=sub_type,
                    bedrooms=beds,
                    baths_full=max(1, round(beds * 0.62)),
                    baths_half=int(chance.random() < 0.3),
                    living_area=area,
                    lot_area=area if units > 1 else round(area * chance.uniform(2.2, 7)),
                    year_built=year,
                    stories=2 if chance.random() < 0.3 else 1,
                    garage_spaces=0 if units > 1 else chance.choice((0, 1, 2, 2, 2, 3)),
                    pool=pool,
                    solar=units == 1 and chance.random() < 0.15,
                    hoa_monthly=hoa,
                    subdivision=subdivision,
                    owner=f"{chance.choice(_LAST)} {chance.choice(_FIRST)}".upper(),
                    owner_occupied=chance.random() < 0.72,
                    value=max(45_000, round(value / 1000) * 1000),
                )
            )
        return houses

    def _make_histories(self, zip_code: str) -> tuple[tuple[Listing, tuple[_Change, ...]], ...]:
        histories = []
        for house in self.houses(zip_code):
            histories += self._marketings(house, "sale", self._random("sale", house.id))
            if not house.owner_occupied:
                histories += self._marketings(house, "rent", self._random("rent", house.id))
        return tuple(sorted(histories, key=lambda h: (h[0].listed_at, h[0].mls_number)))

    def _marketings(
        self, house: House, kind: Literal["sale", "rent"], chance: Random
    ) -> list[tuple[Listing, tuple[_Change, ...]]]:
        found = []
        days, relisting = chance.expovariate(1 / MEAN_DAYS_BETWEEN_LISTINGS), False
        while days < HORIZON_DAYS:
            begin = (START + timedelta(days=days)).replace(microsecond=0)
            number = chance.randrange(6_000_000, 7_999_999)
            base = self._base(house, kind, begin, number, relisting, chance)
            changes, again_after = _fate(base, chance)
            found.append((base, changes))
            end = changes[-1].at if changes else begin
            relisting = again_after is not None
            gap = again_after or 60 + chance.expovariate(1 / MEAN_DAYS_BETWEEN_LISTINGS)
            days = (end - START).total_seconds() / 86_400 + gap
        return found

    def _base(
        self,
        house: House,
        kind: Literal["sale", "rent"],
        begin: datetime,
        number: int,
        relisting: bool,
        chance: Random,
    ) -> Listing:
        fair = house.value_at(begin) if kind == "sale" else self.rent_of(house, begin)
        step = 1000 if kind == "sale" else 5
        asked = max(step, round(fair * chance.gauss(1.03, 0.05) / step) * step)
        agent = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
        coming_soon = kind == "sale" and chance.random() < 0.08
        phone = f"602-555-{chance.randint(100, 199):04d}"
        email = f"{agent.split()[0].lower()}@{agent.split()[1].lower()}.example"
        return Listing(
            house=house,
            kind=kind,
            mls_number=str(number),
            listing_key=f"{begin:%Y%m%d%H%M%S}{number:07d}00000",
            status="Coming Soon" if coming_soon else "Active",
            list_price=asked,
            original_list_price=asked,
            previous_list_price=None,
            listed_at=begin,
            status_changed_at=begin,
            price_changed_at=None,
            modified_at=begin,
            pending_at=None,
            closed_at=None,
            off_market_at=None,
            close_price=None,
            remarks=remarks_of(house, kind, chance, agent, phone, email),
            photos=chance.randint(1, 48),
            agent=agent,
            agent_phone=phone,
            agent_email=email,
            office=f"{chance.choice(_STREETS)} Realty",
            relisting=relisting,
        )


def state_at(base: Listing, changes: Sequence[_Change], at: datetime) -> Listing | None:
    """`base` after its changes up to `at`; None if it has not begun."""
    if at < base.listed_at:
        return None
    now = base
    for change in changes:
        if change.at > at:
            break
        if change.price is not None and change.status is None:
            now = replace(
                now,
                previous_list_price=now.list_price,
                list_price=change.price,
                price_changed_at=change.at,
                modified_at=change.at,
            )
            continue
        now = replace(now, status=change.status, status_changed_at=change.at, modified_at=change.at)
        if change.status == "Pending":
            now = replace(now, pending_at=change.at)
        elif change.status == "Active":
            now = replace(now, pending_at=None)
        elif change.status == "Closed":
            now = replace(now, closed_at=change.at, close_price=change.price)
        elif change.status in ENDED:
            now = replace(now, off_market_at=change.at)
    return now


def _fate(base: Listing, chance: Random) -> tuple[tuple[_Change, ...], float | None]:
    """What happens to a listing, in time order; and after how many days it is listed anew."""
    changes: list[_Change] = []
    at, price = base.listed_at, base.list_price
    if base.status == "Coming Soon":
        at += timedelta(days=chance.uniform(3, 14))
        changes.append(_Change(at, "Active"))
    step = 1000 if base.kind == "sale" else 5
    sale = base.kind == "sale"
    while chance.random() < 0.4:  # a cut every few weeks, rarely a raise
        at += timedelta(days=chance.uniform(7, 35))
        factor = chance.uniform(0.94, 0.985) if chance.random() < 0.93 else 1.02
        price = max(step, round(price * factor / step) * step)
        changes.append(_Change(at, price=price))
    at += timedelta(days=chance.expovariate(1 / (24 if sale else 15)) + 1)
    if chance.random() < 0.16:
        end: Status = chance.choice(("Canceled", "Withdrawn", "Expired"))
        changes.append(_Change(at, end))
        return _whole_seconds(changes), chance.uniform(2, 45) if chance.random() < 0.6 else None
    if sale and chance.random() < 0.15:
        changes.append(_Change(at, "Active Under Contract"))
        at += timedelta(days=chance.uniform(1, 6))
    changes.append(_Change(at, "Pending"))
    if chance.random() < 0.05:  # it falls through
        at += timedelta(days=chance.uniform(3, 20))
        changes.append(_Change(at, "Active"))
        at += timedelta(days=chance.uniform(4, 30))
        changes.append(_Change(at, "Pending"))
    at += timedelta(days=chance.uniform(18, 50) if sale else chance.uniform(2, 12))
    paid = max(step, round(price * chance.gauss(0.985, 0.02) / step) * step)
    changes.append(_Change(at, "Closed", paid))
    return _whole_seconds(changes), None


def _whole_seconds(changes: Sequence[_Change]) -> tuple[_Change, ...]:
    return tuple(replace(change, at=change.at.replace(microsecond=0)) for change in changes)


@dataclass(frozen=True, slots=True)
class _Place:
    city: str
    county: str | None
    latitude: float
    longitude: float


@lru_cache(maxsize=1024)
def _place(zip_code: str) -> _Place:
    import zipcodes

    found = zipcodes.matching(zip_code)
    if not found:
        return _Place("Nowhere", None, 39.0, -105.0)
    first = found[0]
    county = (first["county"] or "").removesuffix(" County") or None
    return _Place(first["city"], county, float(first["lat"]), float(first["long"]))


def _apn(fips: str, zip_code: str, index: int) -> str:
    """The county's own form: Maricopa 8 digits, Clark 11, Denver 13 with a leading zero, else 9."""
    lengths = {"04013": 8, "32003": 11, "08031": 13}
    digits = lengths.get(fips, 9)
    number = f"{int(zip_code) % 1000:03d}{index:05d}"
    if digits == 8:
        return number
    return ("0" if fips == "08031" else "1") + number.zfill(digits - 1)


def _ordinal(n: int) -> str:
    suffix = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{suffix}"
