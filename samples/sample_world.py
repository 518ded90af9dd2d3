"""The invented world behind the sample files: homes in three ZIPs and what happened to them.

A home has attributes and a value that follows size, age and ZIP; a listing is a home's dated
history of statuses and prices. How a file spells any of it belongs to `make_samples.py`.
Everything comes from one seed, so the same world appears on every machine.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

SEED = 85031
FIRST_SNAPSHOT = date(2025, 12, 20)
SECOND_SNAPSHOT = date(2025, 12, 27)

# ZIP → (latitude, longitude) of its centre, from the `zipcodes` package.
CENTRE = {
    "85031": (33.4939, -112.1696),
    "85033": (33.4944, -112.2132),
    "85035": (33.4724, -112.1832),
}
# Dollars of a 1,400 sq ft house, an 860 sq ft condo and a 1,150 sq ft townhouse built in 1975.
LEVEL = {
    "85031": {"house": 332_000, "condo": 182_000, "townhouse": 236_000},
    "85033": {"house": 341_000, "condo": 189_000, "townhouse": 243_000},
    "85035": {"house": 324_000, "condo": 176_000, "townhouse": 229_000},
}
# House numbers on the west-bound streets, as the avenues count them there.
WEST_NUMBERS = {"85031": (4_300, 5_899), "85033": (6_700, 8_299), "85035": (5_100, 6_699)}
REFERENCE_AREA = {"house": 1400, "condo": 860, "townhouse": 1150}
PRICE_BOUNDS = {
    "house": (250_000, 480_000),
    "condo": (130_000, 260_000),
    "townhouse": (180_000, 330_000),
}
CONDITION_FACTOR = {"original": 0.965, "kept": 1.0, "remodeled": 1.05, "fixer": 0.9}

# How many listings of each ZIP meet which fate (see `_history`). 85035 is thin on purpose.
FATES = {
    "85031": {
        "sold": 34, "closes": 3, "goes_pending": 4, "falls_through": 1, "pending": 6,
        "active": 14, "cut_this_week": 5, "cut_before": 4, "typo_corrected": 1,
        "coming_soon_opens": 1, "coming_soon": 1, "withdrawn_returns": 1, "withdrawn": 2,
        "cancelled": 2, "expired": 2, "new": 6, "relisted": 2,
    },
    "85033": {
        "sold": 27, "closes": 2, "goes_pending": 3, "falls_through": 0, "pending": 6,
        "active": 14, "cut_this_week": 4, "cut_before": 3, "typo_corrected": 0,
        "coming_soon_opens": 1, "coming_soon": 0, "withdrawn_returns": 1, "withdrawn": 2,
        "cancelled": 2, "expired": 2, "new": 6, "relisted": 1,
    },
    "85035": {
        "sold": 7, "closes": 1, "goes_pending": 2, "falls_through": 0, "pending": 4,
        "active": 17, "cut_this_week": 2, "cut_before": 1, "typo_corrected": 0,
        "coming_soon_opens": 1, "coming_soon": 0, "withdrawn_returns": 1, "withdrawn": 1,
        "cancelled": 1, "expired": 2, "new": 5, "relisted": 1,
    },
}  # fmt: skip
# Of the sold: condos, townhouses; the rest are houses. 85035 has too few condos for a median.
SOLD_ATTACHED = {"85031": (8, 3), "85033": (6, 2), "85035": (1, 1)}
# Sales before the last 90 days, as a download of six months holds them; none is in the feed.
SOLD_EARLIER = {"85031": 31, "85033": 26, "85035": 9}
EARLIER_DAYS = 80, 171  # before the first snapshot

STREETS = (
    "N 52nd Ave", "N 54th Ln", "N 57th Dr", "N 63rd Ave", "N 65th Dr", "N 71st Ave", "N 73rd Ln",
    "W Copperquill St", "W Saltmoth Dr", "W Lanternbrush Ln", "W Verdwind Ave", "W Ochrefield Rd",
    "W Emberquail Way", "W Thistlejack St", "W Palolark Dr", "W Bramblewren Ln", "W Dustlily Ct",
)  # fmt: skip
# Complex → (kind, address, name of the subdivision, monthly dues, community pool).
COMPLEXES = {
    "85031": (
        ("condo", "70210 N 53rd Ave", "LANTERN COURT CONDOMINIUMS", 235, True),
        ("condo", "5350 W Quietmesa Rd", "QUIETMESA VILLAS CONDO", 198, False),
        ("townhouse", "4815 W Saltmoth Dr", "SALTMOTH TOWNHOMES", 160, True),
    ),
    "85033": (
        ("condo", "70640 N 72nd Ave", "PALO LARK CONDOMINIUM PHASE 2", 249, True),
        ("townhouse", "7311 W Verdwind Ave", "VERDWIND PATIO HOMES", 145, True),
    ),
    "85035": (
        ("condo", "70118 N 64th Ln", "THISTLE GARDENS CONDO", 214, True),
        ("townhouse", "6520 W Dustlily Ct", "DUSTLILY TOWNHOUSES", 152, False),
    ),
}
TRACTS = {
    "85031": ("EMBER QUAIL PARK 3", "COPPERQUILL MANOR", "OCHREFIELD UNIT 2"),
    "85033": ("BRAMBLE WREN ESTATES 5", "LANTERNBRUSH WEST", "VERDWIND TERRACE 11"),
    "85035": ("DUSTLILY VILLAGE", "SALTMOTH HEIGHTS 4"),
}


@dataclass(frozen=True)
class Home:
    """One house or unit. Areas in square feet, fee and value in dollars."""

    zip: str
    kind: str  # "house", "condo", "townhouse"
    street: str  # "70210 N 53rd Ave"
    unit: str | None
    subdivision: str
    parcel_number: str
    latitude: float
    longitude: float
    beds: int
    baths_full: int
    baths_half: int
    living_area: int
    lot_area: int | None
    year_built: int
    garage_spaces: int
    pool: str  # "private", "community", "none"
    fee_monthly: int | None
    condition: str  # "original", "kept", "remodeled", "fixer"
    renovated: int | None
    solar: str | None  # "owned", "leased"
    casita: bool
    value: int

    @property
    def baths(self) -> float:
        return self.baths_full + self.baths_half / 2


@dataclass(frozen=True)
class Listing:
    """One marketing of a home. Histories are (day, value) in time order; prices in dollars."""

    mls_number: str
    home: Home
    fate: str
    statuses: tuple[tuple[date, str], ...]
    prices: tuple[tuple[date, int], ...]  # asking prices
    original_price: int
    contract_on: date | None = None
    closed_on: date | None = None
    close_price: int | None = None
    concessions: int | None = None
    motivated: bool = False

    @property
    def listed_on(self) -> date:
        return self.statuses[0][0]

    @property
    def on_market_on(self) -> date | None:
        """The first day as Active; none while still Coming Soon."""
        return next((day for day, status in self.statuses if status == "Active"), None)

    def status_on(self, day: date) -> str | None:
        return _latest(self.statuses, day)

    def asking_price_on(self, day: date) -> int | None:
        return _latest(self.prices, day)

    def shown_price_on(self, day: date) -> int:
        """The one price that a feed shows: the sale price once closed, before that the asking."""
        price = self.close_price if self.status_on(day) == "Closed" else self.asking_price_on(day)
        if price is None:
            raise ValueError(f"{self.mls_number} has no price on {day}: listed {self.listed_on}")
        return price

    def last_changed_on(self, day: date) -> date:
        return max(d for d, _ in (*self.statuses, *self.prices) if d <= day)


def _latest(history, day: date):
    return next((value for since, value in reversed(history) if since <= day), None)


def build_world() -> list[Listing]:
    """All listings of the sample world: those of the last months by ZIP, then earlier sales."""
    rng = Random(f"{SEED}:world")
    listings: list[Listing] = []
    used: dict[str, set[tuple[str, str | None]]] = {zip_code: set() for zip_code in FATES}
    for zip_code, fates in FATES.items():
        kinds = _kinds_of_sold(zip_code, rng)
        previous_homes: list[Home] = []  # of listings that failed and may come back
        for fate in (name for name, count in fates.items() for _ in range(count)):
            if fate == "relisted":
                home = previous_homes.pop(0)
            else:
                kind = kinds.pop() if fate == "sold" else _kind(rng)
                home = _home(zip_code, kind, len(listings), used[zip_code], rng)
            if fate in {"cancelled", "expired"}:
                previous_homes.append(home)
            listings.append(_listing(f"99{len(listings) * 37 + 10_400:05d}", home, fate, rng))
    rng = Random(f"{SEED}:earlier")  # a stream of its own: the rest of the world stays as it is
    for n, zip_code in enumerate(z for z, count in SOLD_EARLIER.items() for _ in range(count)):
        home = _home(zip_code, _kind(rng), len(listings), used[zip_code], rng)
        listings.append(_listing(f"99{10_363 - n * 37:05d}", home, "sold_earlier", rng))
    return listings


def _kinds_of_sold(zip_code: str, rng: Random) -> list[str]:
    condos, townhouses = SOLD_ATTACHED[zip_code]
    houses = FATES[zip_code]["sold"] - condos - townhouses
    kinds = ["house"] * houses + ["condo"] * condos + ["townhouse"] * townhouses
    rng.shuffle(kinds)
    return kinds


def _kind(rng: Random) -> str:
    return rng.choices(("house", "condo", "townhouse"), (0.76, 0.16, 0.08))[0]


def _home(zip_code: str, kind: str, serial: int, used: set, rng: Random) -> Home:
    condition = rng.choices(("original", "kept", "remodeled", "fixer"), (0.15, 0.5, 0.25, 0.1))[0]
    renovated = rng.randint(2016, 2025) if condition == "remodeled" else None
    latitude, longitude = CENTRE[zip_code]
    place = {
        "zip": zip_code,
        "kind": kind,
        "parcel_number": f"999-{zip_code[3:]}-{serial + 101:03d}",  # book 999 does not exist
        "condition": condition,
        "renovated": renovated,
    }
    if kind == "house":
        street = _unused(lambda: (_house_address(zip_code, rng), None), used)[0]
        area = min(max(round(rng.gauss(1420, 260)), 940), 2050)
        body = {
            "street": street,
            "unit": None,
            "subdivision": rng.choice(TRACTS[zip_code]),
            "latitude": round(latitude + rng.uniform(-0.005, 0.005), 7),
            "longitude": round(longitude + rng.uniform(-0.012, 0.012), 7),
            "beds": 2 if area < 1050 else 3 if area < 1500 else rng.choice((3, 4, 4, 5)),
            "baths_full": 1 if area < 1080 else 2 if area < 1800 else rng.choice((2, 3)),
            "baths_half": 1 if area >= 1300 and rng.random() < 0.15 else 0,
            "living_area": area,
            "lot_area": rng.randrange(5_200, 9_400, 7),
            "year_built": _year(condition, 1955, 2006, rng),
            "garage_spaces": rng.choices((0, 1, 2, 3), (0.45, 0.1, 0.4, 0.05))[0],
            "pool": "private" if rng.random() < 0.24 else "none",
            "fee_monthly": rng.choice((38, 52, 65)) if rng.random() < 0.08 else None,
            "solar": rng.choices((None, "owned", "leased"), (0.8, 0.1, 0.1))[0],
            "casita": rng.random() < 0.07,
        }
    else:
        complexes = [c for c in COMPLEXES[zip_code] if c[0] == kind]
        chosen = complexes[rng.randrange(len(complexes))]
        street, unit = _unused(lambda: (chosen[1], str(rng.randint(2, 64))), used)
        lowest, highest = (620, 1120) if kind == "condo" else (960, 1340)
        area = rng.randint(lowest, highest)
        place_of_complex = Random(chosen[1])  # every unit stands where its complex stands
        body = {
            "street": street,
            "unit": unit,
            "subdivision": chosen[2],
            "latitude": round(latitude + place_of_complex.uniform(-0.005, 0.005), 7),
            "longitude": round(longitude + place_of_complex.uniform(-0.012, 0.012), 7),
            "beds": (1 if area < 700 else 2) if kind == "condo" else (2 if area < 1150 else 3),
            "baths_full": 1 if area < 900 else 2,
            "baths_half": 1 if kind == "townhouse" else 0,
            "living_area": area,
            "lot_area": None if kind == "condo" else rng.randrange(900, 2_100, 7),
            "year_built": place_of_complex.randint(1972, 1985),
            "garage_spaces": 1 if kind == "townhouse" and rng.random() < 0.4 else 0,
            "pool": "community" if chosen[4] else "none",
            "fee_monthly": chosen[3],
            "solar": None,
            "casita": False,
        }
    return Home(**place, **body, value=_value(zip_code, kind, condition, body, rng))


def _house_address(zip_code: str, rng: Random) -> str:
    """Nowhere to be looked up: W names are invented, and no avenue there reaches 70000 north."""
    street = rng.choice(STREETS)
    lowest, highest = WEST_NUMBERS[zip_code] if street.startswith("W") else (70_000, 70_999)
    return f"{rng.randint(lowest, highest)} {street}"


def _unused(draw, used: set):
    while (address := draw()) in used:
        pass
    used.add(address)
    return address


def _year(condition: str, first: int, last: int, rng: Random) -> int:
    return rng.randint(first, 1985 if condition == "original" else last)


def _value(zip_code: str, kind: str, condition: str, body: dict, rng: Random) -> int:
    """Dollars: log-linear in size, age, pool, garage, condition, with 3 % of noise."""
    log_value = (
        math.log(LEVEL[zip_code][kind])
        + 0.55 * math.log(body["living_area"] / REFERENCE_AREA[kind])
        + 0.0025 * (body["year_built"] - 1975)
        + 0.045 * (body["pool"] == "private")
        + 0.012 * body["garage_spaces"]
        + 0.05 * body["casita"]
        + math.log(CONDITION_FACTOR[condition])
        + rng.gauss(0, 0.03)
    )
    lowest, highest = PRICE_BOUNDS[kind]
    return round(min(max(math.exp(log_value), lowest * 1.06), highest * 0.94))


def _asking(value: float, rng: Random) -> int:
    """A price as sellers write them: 5,000 steps, often a little below."""
    return round(value / 5_000) * 5_000 - rng.choice((0, 0, 100, 100, 1, 500))


def _listing(mls_number: str, home: Home, fate: str, rng: Random) -> Listing:
    statuses, contract_on, closed_on = _history(fate, rng)
    original = _asking(home.value * rng.uniform(1.0, 1.035), rng)
    prices = _asking_prices(fate, original, statuses, contract_on, rng)
    close_price = concessions = None
    if closed_on:
        close_price = round(prices[-1][1] * min(rng.gauss(0.988, 0.014), 1.03) / 500) * 500
        concessions = rng.choice((None, None, 3_000, 5_000, 7_500))
    return Listing(
        mls_number,
        home,
        fate,
        tuple(statuses),
        tuple(prices),
        original,
        contract_on,
        closed_on,
        close_price,
        concessions,
        motivated=rng.random() < 0.22,
    )


def _history(fate: str, rng: Random) -> tuple[list[tuple[date, str]], date | None, date | None]:
    """(statuses, contract day, closing day) of a listing with that fate."""

    def before(days: int) -> date:
        return FIRST_SNAPSHOT - timedelta(days)

    between = FIRST_SNAPSHOT + timedelta(rng.choice((2, 3, 4, 6)))  # a working day of that week
    if fate in {"sold", "sold_earlier", "closes"}:
        days = EARLIER_DAYS if fate == "sold_earlier" else (2, 79)
        closed = between if fate == "closes" else _working_day(before(rng.randint(*days)))
        contract = closed - timedelta(rng.randint(24, 44))
        listed = contract - timedelta(rng.randint(4, 70))
        steps = [(listed, "Active"), (contract, "Pending"), (closed, "Closed")]
        return steps, contract, closed
    if fate == "new":
        return [(FIRST_SNAPSHOT + timedelta(rng.randint(1, 6)), "Active")], None, None
    if fate == "relisted":
        return [(before(rng.randint(3, 20)), "Active")], None, None
    if fate in {"coming_soon", "coming_soon_opens"}:
        steps = [(before(rng.randint(1, 5)), "Coming Soon")]
        if fate == "coming_soon_opens":
            steps.append((between, "Active"))
        return steps, None, None
    listed = before(rng.randint(35, 115))
    steps = [(listed, "Active")]
    if fate == "goes_pending":
        return [*steps, (between, "Pending")], between, None
    if fate == "pending":
        contract = before(rng.randint(2, 30))
        return [*steps, (contract, "Pending")], contract, None
    if fate == "falls_through":
        return [*steps, (before(12), "Pending"), (between, "Active")], None, None
    if fate == "withdrawn_returns":
        return [*steps, (before(9), "Withdrawn"), (between, "Active")], None, None
    if fate in {"withdrawn", "cancelled", "expired"}:
        ended = before(rng.randint(22, 32))
        return [*steps, (ended, fate.capitalize())], None, None
    return steps, None, None


def _working_day(day: date) -> date:
    return day - timedelta(max(0, day.weekday() - 4))


def _asking_prices(
    fate: str,
    original: int,
    statuses: list[tuple[date, str]],
    contract_on: date | None,
    rng: Random,
) -> list[tuple[date, int]]:
    listed = statuses[0][0]
    cut = _asking(original * rng.uniform(0.945, 0.98), rng)
    in_the_week = FIRST_SNAPSHOT + timedelta(rng.randint(1, 6))
    if fate == "cut_this_week":
        return [(listed, original), (in_the_week, cut)]
    if fate == "cut_before":
        return [(listed, original), (FIRST_SNAPSHOT - timedelta(rng.randint(3, 25)), cut)]
    if fate == "typo_corrected":
        wrong = original // 10  # a digit lost in typing
        return [(listed, original), (FIRST_SNAPSHOT, wrong), (in_the_week, original)]
    if contract_on and (contract_on - listed).days > 35 and rng.random() < 0.5:
        return [(listed, original), (listed + timedelta(28), cut)]
    return [(listed, original)]
