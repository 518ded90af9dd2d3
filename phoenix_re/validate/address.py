"""One line of an address → the key under which two listings are the same home (metrics.md §11).

Only spelling is judged here. Which listings merge is decided in `matching/`, and no geocoder and no
list of streets is asked. usaddress and usaddress-scourgify read what is not plain; when they
refuse, or lose a word, the words are read by position (`_by_position`).

The law of this module: every letter and digit of the line that is not a designator reaches the
key, so two different units can never share one. Where a reading is doubtful we rather miss a
merge than make a wrong one.
"""

import html
import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

DIRECTIONS = {
    "NORTH": "N",
    "SOUTH": "S",
    "EAST": "E",
    "WEST": "W",
    "NORTHEAST": "NE",
    "NORTHWEST": "NW",
    "SOUTHEAST": "SE",
    "SOUTHWEST": "SW",
} | {d: d for d in ("N", "S", "E", "W", "NE", "NW", "SE", "SW")}

# Words that announce a unit and are not part of its name.
DESIGNATORS = (
    frozenset({"APT", "APARTMENT", "UNIT", "UN", "STE", "SUITE", "#", "NO", "NUM", "NUMBER"})
    | {"LOT", "SPC", "SPACE", "SP", "BLDG", "BLD", "BUILDING", "RM", "ROOM", "TRLR", "TRAILER"}
    | {"CONDO"}
)
_BUILDINGS = frozenset({"BLDG", "BLD", "BUILDING"})
# Words that are a unit without a number.
_NAMED_UNITS = frozenset({"FRNT", "REAR", "BSMT", "OFC", "PENTHOUSE"})
# What Spanish street words of the South-West are shortened to (scourgify knows only English ones).
_SPANISH = {
    "CLL": "CALLE",
    "CLLE": "CALLE",
    "CAM": "CAMINO",
    "CMNO": "CAMINO",
    "CMO": "CAMINO",
    "PSO": "PASEO",
    "PLCTA": "PLACITA",
    "AVDA": "AVENIDA",
}
# Spanish street types stand in front, so nothing marks where the street ends.
_SPANISH_TYPES = frozenset(_SPANISH.values()) | {"VIA", "CIRCULO", "CORTE", "RIO"}
# After these a number names the road: "HIGHWAY 82", "COUNTY ROAD 12". Not a unit.
_NUMBERED_ROADS = frozenset(
    {"HIGHWAY", "HWY", "HY", "ROUTE", "RTE", "RT", "INTERSTATE", "I", "IH", "US", "LOOP"}
) | {"COUNTY", "STATE", "ROAD", "RD", "CR", "SR", "FS", "FM", "RR", "RM"}
_HOUSE_NUMBER = re.compile(r"0*(\d+)(?:([-/&])(\d+))?([A-Z]?)")
_RUNS = re.compile(r"\d+|[A-Z]+")
_JOINED_NUMBERS = re.compile(r"(?<=\d)\s*&\s*(?=\d+\b(?!(?:ST|ND|RD|TH)\b))")  # "710 & 712"
_SILENT = re.compile(r"['`´’.]")
_HYPHENATED = re.compile(r"(?<=[A-Z]{2})-(?=[A-Z]{2})")
_DASHES = re.compile(r"(^|\s)--+(?=\s|$)")
_NO_WORD = re.compile(r"[^A-Z0-9#&/\-]+")
_WORDY = re.compile(r"[A-Z0-9#]")


class AddressKey(NamedTuple):
    """An address in USPS Publication 28's abbreviations; absent parts are empty strings."""

    house_number: str
    predir: str
    street: str
    suffix: str
    postdir: str
    zip5: str
    unit: str

    @property
    def text(self) -> str:
        """`house_number|predir|street|suffix|postdir|zip5|unit*`, the form that is stored."""
        return "|".join(self)

    @property
    def building(self) -> "AddressKey":
        """The same address without its unit."""
        return self._replace(unit="")

    @property
    def display(self) -> str:
        """One line for people, in the abbreviations of the key."""
        parts = (self.house_number, self.predir, self.street, self.suffix, self.postdir)
        line = " ".join(part for part in parts if part)
        return f"{line} # {self.unit}" if self.unit else line


@lru_cache(maxsize=65_536)
def address_key(line: str | None, zip5: str) -> AddressKey | None:
    """The key of a street line (without city, state, ZIP) in a ZIP of five digits.

    None where the line names no single place: no house number, house number 0 (an MLS's "not
    assigned"), no street, or a designator without its number ("16101 N El Mirage Rd LOT").
    """
    words = _words(line or "")
    words, unit_words = _split_unit(words)
    if unit_words is None or len(words) < 2:
        return None
    if _plain(words):
        number, street_words, more_unit = words[0], words[1:], []
    else:
        number, street_words, more_unit = _by_library(words) or _by_position(words)
    house_number = _house_number(number)
    street = _street(street_words)
    if house_number is None or street is None:
        return None
    return AddressKey(house_number, *street, zip5, _unit(more_unit + unit_words))


def canonical_unit(text: str | None) -> str:
    """`unit*`: upper case, without designator, punctuation and leading zeros. "" where none.

    A hyphen stays between two numbers ("1-11"), since "1-11" and "11-1" are two homes; between a
    number and a letter it goes ("12-B" = "12B").
    """
    return _unit(_words(text or ""))


def _words(line: str) -> list[str]:
    """Upper-case words; `--` (an MLS's "no street suffix") and `#` are words of their own."""
    text = _repaired(html.unescape(line)).upper()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).upper()
        text = "".join(c for c in text if not unicodedata.combining(c))
    text = _JOINED_NUMBERS.sub("&", text) if "&" in text else text
    text = _SILENT.sub("", text).replace("#", " # ")
    text = _HYPHENATED.sub(" ", text) if "-" in text else text
    text = _DASHES.sub(r"\1 -- ", text) if "--" in text else text
    words = _NO_WORD.sub(" ", text).split()
    return [word for word in words if word.isalnum() or word == "--" or _WORDY.search(word)]


def _repaired(line: str) -> str:
    """ "V√≠a" is "Vía" in UTF-8 that a Mac program took for its own encoding."""
    if "√" not in line:
        return line
    try:
        return line.encode("mac_roman").decode("utf-8")
    except UnicodeError:
        return line


def _split_unit(words: list[str]) -> tuple[list[str], list[str] | None]:
    """(words of building and street, words of the unit); None as unit: announced, not named."""
    if len(words) > 2 and words[0] == "#" and _named(words[1]):  # "#19 6770 W State Rte 89A"
        rest, unit = _split_unit(words[2:])
        return rest, None if unit is None else [words[1], *unit]
    if "--" in words:
        return _split_at_dashes(words)
    return _split_at_designator(words) or _split_after_suffix(words)


def _split_at_dashes(words: list[str]) -> tuple[list[str], list[str] | None]:
    """`--` stands where the suffix would: what follows is a direction, then a unit."""
    at = words.index("--")
    after = [word for word in words[at + 1 :] if word != "--"]
    direction = after[:1] if after and after[0] in DIRECTIONS else []
    street, unit = _split_at_designator(words[:at]) or (words[:at], [])
    tail = after[len(direction) :]
    if unit is None or (tail and tail[-1] in DESIGNATORS):
        return words, None
    return street + direction, tail if unit and _unit(unit) == _unit(tail) else unit + tail


def _split_at_designator(words: list[str]) -> tuple[list[str], list[str] | None] | None:
    """At the first APT, UNIT, #, … with a street before it; None where there is none."""
    for at in range(2, len(words)):
        if words[at] in DESIGNATORS and not (at == 2 and words[1] in DIRECTIONS):
            if at + 1 == len(words):
                return words, None
            if _named(words[at + 1]) or words[at + 1] in DESIGNATORS:
                unit = words[at:]
                return _without_echo(words[:at]), unit if any(
                    w not in DESIGNATORS for w in unit
                ) else None
        elif words[at] in _NAMED_UNITS and at + 1 == len(words):
            return words[:at], [words[at]]
    return None


def _split_after_suffix(words: list[str]) -> tuple[list[str], list[str]]:
    """ "GOLF LINKS ROAD 14", "MARYLAND AVE A", "CAMINO ESPLENDORA 2110": unannounced units."""
    suffixes = street_types()
    first_name = 2 if len(words) > 2 and words[1] in DIRECTIONS else 1
    for at in range(len(words) - 1, first_name, -1):
        if words[at] not in suffixes or words[at - 1] in _NUMBERED_ROADS:
            continue
        after = at + 1
        if after < len(words) and words[after] in DIRECTIONS:
            after += 1
        tail = words[after:]
        if tail and _named(tail[-1]):
            return words[:after], tail
        break
    last = len(words) - 1
    if last > first_name and words[last - 1] not in _NUMBERED_ROADS:
        lettered = len(words[last]) == 1 and words[last] not in DIRECTIONS
        if (lettered and words[first_name] in _SPANISH_TYPES) or _numbered(words[last]):
            return words[:last], words[last:]
    return words, []


def _without_echo(words: list[str]) -> list[str]:
    """ "5855 N Kolb Road N UNIT 7103": the direction said twice is one."""
    return words[:-1] if len(words) > 3 and words[-1] == words[1] in DIRECTIONS else words


def _numbered(word: str) -> bool:
    """ "2110", "F-110", "2J"; not "24TH"."""
    return any(c.isdigit() for c in word) and not re.fullmatch(r"\d+(ST|ND|RD|TH)", word)


def _named(word: str) -> bool:
    """Whether a word can name a unit: it holds a digit, or is one or two letters."""
    return any(c.isdigit() for c in word) or (len(word) <= 2 and word.isalpha())


def _plain(words: list[str]) -> bool:
    """`number [direction] words [suffix]`, in which the library's reading is the positional one.

    The library is asked for a letter behind the number and for a unit at the end; a line that has
    neither need not pay its price. Held to by a test that compares both over every such line of
    the real files.
    """
    number, *rest = words
    if len(rest) > 1 and rest[0] in DIRECTIONS:
        rest = rest[1:]
    with_suffix = len(rest) > 1 and rest[-1] in street_types()
    return (
        number.isdigit()
        and (with_suffix or not _named(rest[-1]))
        and all(len(word) > 1 and word.isalnum() and not word.isdigit() for word in rest)
        and not any(word in DIRECTIONS for word in rest)
    )


def _by_library(words: list[str]) -> tuple[str, list[str], list[str]] | None:
    """(house number, words of the street, words of the unit) as usaddress labels them.

    None where scourgify refuses the line, drops a word, or cuts the house number otherwise than
    with or without one letter behind it ("513 C Bailey Hl").
    """
    from probableparsing import RepeatedLabelError
    from scourgify.exceptions import AddressNormalizationError
    from scourgify.normalize import parse_address_string

    try:
        labelled = parse_address_string(" ".join(words))
    except (AddressNormalizationError, RepeatedLabelError):
        return None
    number, rest = words[0], words[1:]
    if len(rest) > 1 and len(rest[0]) == 1 and labelled.get("AddressNumberSuffix") == rest[0]:
        number, rest = number + rest[0], rest[1:]
    elif labelled.get("AddressNumber") != number:
        return None
    if "".join(labelled.values()).replace(" ", "") != "".join(words):
        return None
    unit = rest[-1:] if _occupies(rest[-1], labelled.get("OccupancyIdentifier", "")) else []
    street = rest[: len(rest) - len(unit)]
    if not unit or not street or street[-1] in street_types() or street[-1] in DIRECTIONS:
        return number, rest, []  # "S AVE B" is Avenue B; after a suffix the unit is gone already
    return number, street, unit


def _occupies(word: str, identifier: str) -> bool:
    return _named(word) and identifier.split()[-1:] == [word]


def _by_position(words: list[str]) -> tuple[str, list[str], list[str]]:
    """The fallback: the first word is the house number, all others are the street."""
    return words[0], words[1:], []


def _street(words: list[str]) -> tuple[str, str, str, str] | None:
    """(predir, street, suffix, postdir); the street is never empty, else None."""
    words = list(words)
    predir = postdir = suffix = ""
    if len(words) > 1 and words[0] in DIRECTIONS and not _only_a_suffix(words[1:]):
        predir = DIRECTIONS[words.pop(0)]
    if len(words) > 1 and words[-1] in DIRECTIONS:
        postdir = DIRECTIONS[words.pop()]
    if len(words) > 1 and words[-1] in street_types():
        suffix = street_types()[words.pop()]
    if not words:
        return None
    words[0] = _SPANISH.get(words[0], words[0])
    street = " ".join(words)
    if (
        street.isdigit() and len(street) < 10 and suffix
    ):  # "30 Dr" is 30th Drive; "S 400 W" is a grid line and stays
        street = _ordinal(int(street))
    return predir, street, suffix, postdir


def _only_a_suffix(words: list[str]) -> bool:
    """ "205 N ST": the direction is the street's name."""
    return len(words) == 1 and words[0] in street_types()


def _house_number(word: str) -> str | None:
    match = _HOUSE_NUMBER.fullmatch(word)
    if match is None or match[1] == "0":
        return None
    number, joint, other, letter = match.groups()
    return f"{number}{'-' + other if joint else ''}{letter}"


def _unit(words: list[str]) -> str:
    """`unit*` of words; the building goes first: "UNIT 4 BLDG 3" = "BLDG 3 UNIT 4" = "3-4".

    A building alone keeps its designator: building 3 is not unit 3.
    """
    buildings: list[str] = []
    others: list[str] = []
    in_building = False
    for word in words:
        if word in DESIGNATORS:
            in_building = word in _BUILDINGS
        else:
            (buildings if in_building else others).append(word)
            in_building = False
    unit = "BLDG" if buildings and not others else ""
    for run in _RUNS.findall(" ".join(buildings + others)):
        if run.isdigit():
            unit += ("-" if unit[-1:].isdigit() else "") + (run.lstrip("0") or "0")
        else:
            unit += run
    return unit


def _ordinal(number: int) -> str:
    from scourgify.normalize import get_ordinal_indicator

    return f"{number}{get_ordinal_indicator(number).upper()}"


@lru_cache(maxsize=1)
def street_types() -> dict[str, str]:
    """Every spelling of a street suffix → Publication 28's abbreviation (scourgify's table).

    "LA" is left out: here it is the Spanish article (La Paz), not "lane".
    """
    from scourgify.address_constants import STREET_TYPE_ABBREVIATIONS

    table: dict[str, str] = dict(STREET_TYPE_ABBREVIATIONS)
    table |= {abbreviation: abbreviation for abbreviation in table.values()}
    table.pop("LA", None)
    return table
