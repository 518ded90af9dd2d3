"""City, state and ZIP off the end of an address in one line: "…, Phoenix, AZ 85031".

Lines come cleaned by `address_line.py`: upper case, single spaces, commas followed by a space. A
line without commas is cut where a city ends that the Postal Service knows in that ZIP or state (or
that the caller names). Five digits that may as well be a unit are marked as doubtful. Nothing here
reads the street.
"""

import re
from collections.abc import Set
from dataclasses import dataclass
from functools import cache, lru_cache

from phoenix_re.validate.address import DESIGNATORS, DIRECTIONS, street_types
from phoenix_re.validate.street_name import SPANISH_TYPES, STATES

_STATE = "|".join(sorted({*STATES, *STATES.values()}, key=len, reverse=True))
_STATE_AND_ZIP = re.compile(rf"(?:^|[ ,]+)({_STATE})[ ,]+(\d{{5}})(?:[ -]?\d{{4}})?$")
# A spreadsheet took the ZIP for a number: "NJ 7030".
_STATE_AND_LOST_ZERO = re.compile(r"[ ,]+(CT|MA|ME|NH|NJ|RI|VT)[ ,]+(\d{4})$")
_STATE_LAST = re.compile(rf"(?:, | )({_STATE})$")
_ZIP_ALONE = re.compile(r"(\d{5})(?:-?\d{4})?")
_ZIP_LAST = re.compile(r" (\d{5})(?:-?\d{4})?$")
_CITY_AND_ZIP = re.compile(r"([A-Z][A-Z' -]+) (\d{5})(?:-?\d{4})?")
_COUNTRY = re.compile(r"[ ,]+(?:USA|U S A|UNITED STATES(?: OF AMERICA)?)$|(?:,|(?<=\d{5})) US$")
_CITY = re.compile(r"[A-Z][A-Z' -]{2,}")
_QUARTER_AND_CITY = re.compile(r"([NS][EW]) (.*)")
_LONGEST_CITY = 5  # words
_ABBREVIATED = {"MT": "MOUNT", "ST": "SAINT", "FT": "FORT"}

# What stands behind a comma and is a part of the house, not its city.
_DWELLINGS = (
    DESIGNATORS
    | {"ATTIC", "BACK", "BASEMENT", "BSMT", "CARRIAGE", "CASITA", "COTTAGE", "DOWN", "DOWNSTAIRS"}
    | {"DUPLEX", "FLOOR", "FRNT", "FRONT", "GARAGE", "GUEST", "GUESTHOUSE", "HALL", "HOUSE", "LEFT"}
    | {"LEVEL", "LOBBY", "LOFT", "LOWER", "MIDDLE", "OFC", "OFFICE", "PENTHOUSE", "REAR", "RIGHT"}
    | {"SIDE", "STUDIO", "TOWER", "UP", "UPPER", "UPSTAIRS", "VILLA", "WING"}
)
_USUAL_SUFFIXES = (
    {"AVE", "AVENUE", "BLVD", "BOULEVARD", "CIR", "CIRCLE", "COURT", "DR", "DRIVE", "LANE", "LN"}
    | {"LOOP", "PL", "PLACE", "RD", "ROAD", "STREET", "TER", "TRAIL", "TRL", "WAY"}
    | {"HIGHWAY", "HWY", "ROUTE", "RTE"}
)
_NO_NAME = SPANISH_TYPES | {"CLL", "CAM", "PSO"} | DIRECTIONS.keys()


@dataclass(frozen=True, slots=True)
class Cut:
    """A line cut into the street with its unit, and what stood behind it ("" where nothing)."""

    street: str
    city: str = ""
    state: str = ""  # the code
    zip5: str = ""
    zip_doubtful: bool = False  # "Mesa Rd, 13105": a ZIP, or a unit


def cut_tail(line: str, zip_known: str, cities: Set[str]) -> Cut:
    """Cut city, state and ZIP off. `zip_known` and `cities` are what others say of the address."""
    line = _COUNTRY.sub("", line)
    cut = _without_state_and_zip(line, zip_known)
    street, city = _without_last_segment(cut.street)
    if not city and _may_end_a_city(street.rsplit(" ", 1)[-1]):
        known = cities | _cities_of(zip_known or cut.zip5, cut.state)
        street, city = _without_city(street, known)
    return Cut(street, city, cut.state, cut.zip5, cut.zip_doubtful)


def city_name(city: str) -> str:
    """One spelling of a city: "Mt. Lemmon" is MOUNT LEMMON, "St. Louis" is SAINT LOUIS."""
    return _city_name(city) if city else ""


@lru_cache(maxsize=16_384)
def _city_name(city: str) -> str:
    words = re.sub(r"[^A-Z ]+", "", city.upper().replace("-", " ")).split()
    return " ".join(_ABBREVIATED.get(word, word) for word in words)


# ── state and ZIP ───────────────────────────────────────────────────────────────────────────────


def _without_state_and_zip(line: str, zip_known: str) -> Cut:
    if found := _STATE_AND_ZIP.search(line):
        return Cut(line[: found.start()], "", _code(found[1]), found[2])
    if found := _STATE_AND_LOST_ZERO.search(line):
        return Cut(line[: found.start()], "", found[1], f"0{found[2]}")
    head, comma, last = line.rpartition(", ")
    if comma and (only := _ZIP_ALONE.fullmatch(last)) and zip_known in {"", only[1]}:
        before = _without_state_and_zip(head, zip_known)
        sure = before.state or "-" in last or zip_known or _without_last_segment(head)[1]
        return Cut(before.street, "", before.state, only[1], zip_doubtful=not sure)
    if comma and (both := _CITY_AND_ZIP.fullmatch(last)) and _is_city(both[1]):
        return Cut(f"{head}, {both[1]}", "", "", both[2])
    found = _ZIP_LAST.search(line)
    if found and _ends_with_city_of(found[1], line[: found.start()]):
        return Cut(line[: found.start()], "", "", found[1])
    found = _STATE_LAST.search(line)
    if found and _is_state(line, last, found):
        return Cut(line[: found.start()], "", _code(found[1]))
    return Cut(line)


def _ends_with_city_of(zip5: str, line: str) -> bool:
    """Whether a line without commas ends with a city of that ZIP; else the digits are a unit."""
    last = line.rsplit(" ", 1)[-1]
    return _may_end_a_city(last) and bool(_without_city(line, _cities_of(zip5, ""))[1])


def _is_state(line: str, last: str, found: re.Match[str]) -> bool:
    """Whether a word at the end is a state: behind a comma, or behind a city; not "MAIN CT"."""
    if found[1] == "NE" and line.count(", ") < 2:
        return False  # "Peachtree St, NE" is north-east
    before = line[: found.start()]
    if found[0].startswith(",") or (last != line and _is_city(last[: -len(found[0])])):
        return True
    return bool(_without_city(before, _cities_of("", _code(found[1])))[1])


def _code(state: str) -> str:
    return STATES.get(state, state)


# ── the city ────────────────────────────────────────────────────────────────────────────────────


def _without_last_segment(line: str) -> tuple[str, str]:
    """(line without what stands behind its last comma, that as a city); "" where it is none."""
    head, comma, last = line.rpartition(", ")
    if not comma or not _is_city(last) or not any(c.isdigit() for c in head):
        return line, ""
    if quarter := _QUARTER_AND_CITY.fullmatch(last):  # "Bolton Rd, NW Atlanta"
        head, last = f"{head} {quarter[1]}", quarter[2]
    return head, city_name(last)


def _is_city(segment: str) -> bool:
    """Whether it looks like a city, and like no part of a house or street."""
    words = segment.split()
    return (
        _CITY.fullmatch(segment) is not None
        and _DWELLINGS.isdisjoint(words)
        and words[-1] not in DIRECTIONS
        and len(words[-1]) > 1
        and not (len(words) == 1 and words[0] in street_types())
    )


def _may_end_a_city(word: str) -> bool:
    """Whether looking for a city is worth the tables."""
    return (
        len(word) > 1 and word.isalpha() and word not in DESIGNATORS and word not in _USUAL_SUFFIXES
    )


def _without_city(line: str, known: Set[str]) -> tuple[str, str]:
    """Cut the longest known city off the end of a line, if a street is left before it."""
    words = line.replace(",", " ").split()
    named = [city_name(word) for word in words[-_LONGEST_CITY:]]
    for length in range(min(_LONGEST_CITY, len(words) - 2), 0, -1):
        city = " ".join(named[-length:])
        if city in known and _is_street(words[:-length]):
            return " ".join(words[:-length]), city
    return line, ""


def _is_street(words: list[str]) -> bool:
    """Whether a name is left behind the house number: "100 S CALLE" was cut too short."""
    return any(word not in _NO_NAME for word in words[1:])


@lru_cache(maxsize=16_384)
def _cities_of(zip5: str, state: str) -> frozenset[str]:
    if not zip5 and not state:
        return frozenset()
    by_zip, by_state = _city_tables()
    return by_zip.get(zip5, frozenset()) | by_state.get(state, frozenset())


@cache
def _city_tables() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """ZIP → cities, state → cities, as the Postal Service names them."""
    import zipcodes

    by_zip: dict[str, frozenset[str]] = {}
    by_state: dict[str, set[str]] = {}
    for row in zipcodes.list_all():
        names = frozenset(city_name(name) for name in (row["city"], *row["acceptable_cities"]))
        by_zip[row["zip_code"]] = names
        by_state.setdefault(row["state"], set()).update(names)
    return by_zip, {state: frozenset(names) for state, names in by_state.items()}
