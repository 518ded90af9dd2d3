"""An address as people and files write it, in one cell → a `Place`: its parts in one spelling.

Here a line is cut: floors, fractions and units in front out of it, what stands for nothing ("N/A",
"--", "# 0") away; `address_tail.py` takes city, state and ZIP, `address.py` reads the rest. Whether
two places are one is judged in `same_address.py`. The law of `address.py` holds here too: no letter
or digit that could name a unit is lost, and what cannot be told for sure is kept as a doubt.
"""

import html
import re
from dataclasses import dataclass
from functools import lru_cache

from phoenix_re.validate.address import DESIGNATORS, address_key, canonical_unit, street_types
from phoenix_re.validate.address_tail import Cut, city_name, cut_tail
from phoenix_re.validate.street_name import StreetName, numbered_road, street_name

LONGEST = 300  # characters of an address; what is longer is something else

_NOTHING_IN_FRONT = re.compile(r"^(?:(?:N/?A|NONE|NULL|UNKNOWN|-+)[ ,:;]+)+(?=#? ?\d)")
_ANNOUNCED = "|".join(sorted(map(re.escape, DESIGNATORS - {"NO", "NUM"}), key=len, reverse=True))
_NO_UNIT = re.compile(
    rf"[ ,]+(?:(?:{_ANNOUNCED})[ .:]*(?:N/A|NA|NONE|NULL|-+|0+)|(?:N/A|NULL|-+|0+))$"
)
_UNITS_IN_FRONT = re.compile(rf"^((?:(?:{_ANNOUNCED})[ .]*[A-Z0-9-]+[ ,]+)+)(?=\d)")
_HOUSE_AND_LETTER = re.compile(r"^(\d+)-([A-Z])(?= )")  # "109-A Wimbledon Sq"
_ONE_TO_TEN = "ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN"
_NUMBERS = {word: str(number) for number, word in enumerate(_ONE_TO_TEN.split(), start=1)}
_UNNAMED_UNIT = re.compile(rf"(?<=\S)[ ,]+(?:{_ANNOUNCED})[ ,.]*$")
_FRACTION = re.compile(r"^(\d+)[ -]+([1-3]/[2-4])(?= )")
_IN_ASCII = {"½": " 1/2 ", "¼": " 1/4 ", "¾": " 3/4 ", "–": "-", "—": "--"}
_LINE_BREAK = re.compile(r"[\r\n;]+")
_DOTTED_DIRECTION = re.compile(r"\b([NS])\. ?([EW])\.")  # "N.W."
_ABBREVIATED = re.compile(r"(?<=[A-Z])\.")
_COMMAS = re.compile(r" ?,[ ,]*")
_GLUED = re.compile(r"(?<=[ ,])(APT|UNIT|STE|SUITE|LOT|SPC|SPACE|BLDG|RM|TRLR|PH)(?=[A-Z]?\d)")
_OLD_DIRECTION = re.compile(r"^(\S*\d\S*) (N|S)O (?=[A-Z]{3})")  # "12 So. Main St"
_PENTHOUSE = re.compile(r"(?<=[ ,])PENTHOUSE(?=[ ,#]*[A-Z0-9]{0,3}$)")
# Dwellings that have a word for a name. Behind a street's suffix only: "12 Water Front" is none.
_DWELLING = re.compile(
    r"(?<=[ ,])(?P<suffix>[A-Z]+)[ ,(]+(?P<named>FRONT|FRNT|REAR|BACK|UPPER|LOWER|UPSTAIRS"
    r"|DOWNSTAIRS|BASEMENT|BSMT|ATTIC)(?: UNIT)?\)?$"
)
_DWELLINGS = {"FRONT": "FRNT", "BASEMENT": "BSMT", "UPSTAIRS": "UPPER", "DOWNSTAIRS": "LOWER"}
_FLOORS = {"FIRST": "1", "SECOND": "2", "THIRD": "3", "FOURTH": "4", "FIFTH": "5"}
_FLOOR = re.compile(
    rf"[ ,]+(?:(?P<n>\d+|{'|'.join(_FLOORS)})(?:ST|ND|RD|TH)? (?:FLOOR|FLR|FL)"
    r"|(?:FLOOR|FLR|FL) (?P<after>\d+)|(?P<named>LOWER|UPPER|GROUND) (?:LEVEL|FLOOR))"
    r"(?=[ ,]|$)"
)
_HOUSE = re.compile(r"([\d-]+)([A-Z]?)")


@dataclass(frozen=True, slots=True)
class Place:
    """One dwelling, or one building where no unit is named. Absent parts are empty strings."""

    number: str  # "4812"; "710-712" for a range
    behind: str  # what stands behind the number: "C", "1/2"
    predir: str
    postdir: str
    street: StreetName
    road: str  # whose highway: I, US, STATE, COUNTY; "" where it is none, or not said
    unit: str  # `unit*` of metrics.md §11, a floor as FL2
    unit_unnamed: bool  # announced, not named: "… Rd LOT"
    postdir_doubtful: bool  # "Paseo Cerro E": its east end, or its unit E
    city: str
    state: str
    zip5: str
    zip_doubtful: bool  # "Mesa Rd, 13105": a ZIP, or a unit


@dataclass(frozen=True, slots=True)
class NoPlace:
    """A text that names no house, and why, as the end of a sentence."""

    reason: str


@lru_cache(maxsize=65_536)
def read_place(text: str, zip5: str = "", city: str = "", other_city: str = "") -> Place | NoPlace:
    """The parts of an address. Never raises, whatever the text.

    `zip5` and `city` are what other columns say of it; they overrule the text. `other_city` is the
    city of the address it will be compared with: it helps to see where a line without commas ends.
    """
    if len(text) > LONGEST:
        return NoPlace(f"has more than {LONGEST} characters")
    line = _cleaned(text)
    if not any(c.isalnum() for c in line):
        return NoPlace("is empty")
    given_zip, given_city = zip5_of(zip5), city_name(city)
    cut = cut_tail(line, given_zip, {given_city, city_name(other_city)} - {""})
    return _placed(cut, given_zip or cut.zip5, given_city or cut.city)


def zip5_of(text: str) -> str:
    """The five digits of "85142-3958", "z95838" or "7030" (a lost zero); "" where it is no ZIP."""
    digits = re.match(r"\D*(\d{3,})", text or "")
    if digits is None or len(digits[1]) not in {3, 4, 5, 9}:
        return ""
    zip5 = digits[1].zfill(5)[:5]
    return zip5 if zip5.strip("0") else ""


def _placed(cut: Cut, zip5: str, city: str) -> Place | NoPlace:
    street, in_front = _without_units_in_front(cut.street)
    street, dwelling = _without_dwelling(street)
    street, floor = _without_floor(street)
    street = _NO_UNIT.sub("", street)
    unnamed = _UNNAMED_UNIT.search(street)
    if unnamed:
        street = street[: unnamed.start()]
    line, behind = _without_fraction(street)
    line, road = numbered_road(line)
    key = address_key(line, "")
    house = _HOUSE.fullmatch(key.house_number) if key else None
    if key is None or house is None:
        return NoPlace(_why_no_place(line))
    return Place(
        number=house[1],
        behind=behind or house[2],
        predir=key.predir,
        postdir=key.postdir,
        street=street_name(key.street, key.suffix, key.predir),
        road=road,
        unit=_unit(in_front, key.unit) + floor + dwelling,
        unit_unnamed=bool(unnamed) and not key.unit and not in_front,
        postdir_doubtful=_may_be_unit(key.postdir, key.predir if key.suffix else "", line),
        city=city,
        state=cut.state,
        zip5=zip5,
        zip_doubtful=cut.zip_doubtful,
    )


def _unit(in_front: str, behind: str) -> str:
    """`unit*` of "Apt 5, 123 Main St"; unit 0 is an MLS's "none"."""
    if not in_front:
        return "" if behind == "0" else behind
    return canonical_unit(f"{in_front} {behind}")


def _may_be_unit(postdir: str, echoed: str, line: str) -> bool:
    """A letter at the very end is a direction for sure only where `--` or a suffix says so.

    `echoed` is the direction in front where a suffix stands between: "855 N Kolb Road N".
    """
    ends_with_it = line.rstrip(" .,").endswith(f" {postdir}")
    return len(postdir) == 1 and postdir != echoed and ends_with_it and "--" not in line


def _why_no_place(line: str) -> str:
    if re.match(r"^0+(?:\s|$)", line):
        return "has house number 0, which an MLS writes where none is assigned"
    if not re.match(r"^#?\s*\d", line):
        return "has no house number"
    return "has no street" if len(line.split()) < 2 else "cannot be read as a house on a street"


# ── the text ────────────────────────────────────────────────────────────────────────────────────


def _cleaned(text: str) -> str:
    """Upper case, one space between words, commas for line breaks, fractions in ASCII."""
    text = _readable(html.unescape(text)).upper()
    if not text.isascii():
        for sign, written in _IN_ASCII.items():
            text = text.replace(sign, written)
    if _LINE_BREAK.search(text):
        text = _LINE_BREAK.sub(", ", text)
    if "." in text:
        text = _DOTTED_DIRECTION.sub(r"\1\2 ", text).replace(".", ". ")
        text = _ABBREVIATED.sub("", text)
    text = _COMMAS.sub(", ", " ".join(text.split())).strip(" ,.")
    text = _NOTHING_IN_FRONT.sub("", text)
    text = _OLD_DIRECTION.sub(r"\1 \2 ", _GLUED.sub(r"\1 ", text))
    first, space, rest = text.partition(" ")
    return f"{_NUMBERS[first]} {rest}" if space and first in _NUMBERS else text


def _readable(text: str) -> str:
    """ "VÃ­a" is "Vía" in UTF-8 that was taken for Windows' encoding."""
    if "Ã" not in text:
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text


def _without_units_in_front(line: str) -> tuple[str, str]:
    """ "Apt 5, 123 Main St" → ("123 Main St", "Apt 5")."""
    found = _UNITS_IN_FRONT.match(line)
    return (line, "") if found is None else (line[found.end() :], found[1])


def _without_fraction(line: str) -> tuple[str, str]:
    line = _HOUSE_AND_LETTER.sub(r"\1\2", line)
    found = _FRACTION.match(line)
    return (line, "") if found is None else (found[1] + line[found.end() :], found[2])


def _without_dwelling(line: str) -> tuple[str, str]:
    """ "12 Main St Rear" → ("12 Main St", "REAR"); PENTHOUSE stays, as PH."""
    found = _DWELLING.search(line)
    if found is None or found["suffix"] not in street_types():
        return _PENTHOUSE.sub("PH", line), ""
    return line[: found.end("suffix")], _DWELLINGS.get(found["named"], found["named"])


def _without_floor(line: str) -> tuple[str, str]:
    found = _FLOOR.search(line)
    if found is None or len(line[: found.start()].split()) < 2:
        return line, ""
    number = found["n"] or found["after"]
    floor = f"FL{_FLOORS.get(number, number)}" if number else found["named"]
    return line[: found.start()] + line[found.end() :], floor
