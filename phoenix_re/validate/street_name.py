"""Spellings of one street's name → one form: ordinals, saints, Spanish types, numbered roads.

What belongs here is spelling alone; whether two names that differ still mean one street is judged
in `same_address.py`. Names are lists of upper-case words as `address.py` gives them. The forms made
here are compared and thrown away; no property id depends on them.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from phoenix_re.validate.address import DIRECTIONS, street_types

ARTICLES = frozenset({"DE", "DEL", "EL", "LA", "LAS", "LO", "LOS"})
SPANISH_TYPES = frozenset(
    {"AVENIDA", "CALLE", "CAMINO", "CIRCULO", "CORTE", "PASEO", "PLACITA", "RETORNO", "RIO", "VIA"}
)

# Suffixes that the MLSs of Arizona write and Publication 28 does not know.
_LOCAL_SUFFIXES = {"LP": "LOOP", "CI": "CIR", "PW": "PKWY", "PY": "PKWY", "BL": "BLVD", "WA": "WAY"}
_SPANISH_IN_FRONT = {"AV": "AVENIDA", "AVE": "AVENIDA", "AVD": "AVENIDA", "AVDA": "AVENIDA"} | {
    "CL": "CALLE",
    "CM": "CAMINO",
    "CTE": "CORTE",
    "PCTA": "PLACITA",
    "PLCTA": "PLACITA",
    "RET": "RETORNO",
}
# "Cajeme Corte": behind the name a Spanish type is what its English suffix is.
_SPANISH_BEHIND = {"AVENIDA": "AVE", "CALLE": "ST", "CIRCULO": "CIR", "CORTE": "CT"}
_IN_FRONT = {"ST": "SAINT", "STA": "SANTA", "MT": "MOUNT", "FT": "FORT"}
_LOCAL_WORDS = {"POINTE": "PT"}  # which PT stands for as well as for POINT
# Suffixes that end a street; others (View, Crest, Canyon) are as often the end of its name.
_ENDS_A_STREET = frozenset(
    {"ALY", "AVE", "BLVD", "CIR", "CT", "DR", "HWY", "LN", "LOOP", "PKWY", "PL", "RD", "SQ", "ST"}
) | {"TER", "TRL", "WAY"}
_ONES = "FIRST SECOND THIRD FOURTH FIFTH SIXTH SEVENTH EIGHTH NINTH"
_TEENS = (
    "TENTH ELEVENTH TWELFTH THIRTEENTH FOURTEENTH FIFTEENTH SIXTEENTH SEVENTEENTH EIGHTEENTH "
    "NINETEENTH"
)
_TENS = "TWENT THIRT FORT FIFT SIXT SEVENT EIGHT NINET"  # -IETH, -Y
_ORDINAL_WORDS = {word: str(n) for n, word in enumerate(f"{_ONES} {_TEENS}".split(), start=1)} | {
    f"{word}IETH": str(10 * n) for n, word in enumerate(_TENS.split(), start=2)
}
_TENS_WORDS = {f"{word}Y": 10 * n for n, word in enumerate(_TENS.split(), start=2)}
_KING = re.compile(r"(?:DR )?(?:M ?L ?K|M ?L KING|MARTIN (?:LUTHER|L) KING)(?: JR)?")
_ORDINAL = re.compile(r"0*(\d+)(?:ST|ND|RD|TH)")

STATES: dict[str, str] = (
    {"ALABAMA": "AL", "ALASKA": "AK", "ARIZONA": "AZ", "ARKANSAS": "AR", "CALIFORNIA": "CA"}
    | {"COLORADO": "CO", "CONNECTICUT": "CT", "DELAWARE": "DE", "DISTRICT OF COLUMBIA": "DC"}
    | {"FLORIDA": "FL", "GEORGIA": "GA", "HAWAII": "HI", "IDAHO": "ID", "ILLINOIS": "IL"}
    | {"INDIANA": "IN", "IOWA": "IA", "KANSAS": "KS", "KENTUCKY": "KY", "LOUISIANA": "LA"}
    | {"MAINE": "ME", "MARYLAND": "MD", "MASSACHUSETTS": "MA", "MICHIGAN": "MI"}
    | {"MINNESOTA": "MN", "MISSISSIPPI": "MS", "MISSOURI": "MO", "MONTANA": "MT"}
    | {"NEBRASKA": "NE", "NEVADA": "NV", "NEW HAMPSHIRE": "NH", "NEW JERSEY": "NJ"}
    | {"NEW MEXICO": "NM", "NEW YORK": "NY", "NORTH CAROLINA": "NC", "NORTH DAKOTA": "ND"}
    | {"OHIO": "OH", "OKLAHOMA": "OK", "OREGON": "OR", "PENNSYLVANIA": "PA"}
    | {"RHODE ISLAND": "RI", "SOUTH CAROLINA": "SC", "SOUTH DAKOTA": "SD", "TENNESSEE": "TN"}
    | {"TEXAS": "TX", "UTAH": "UT", "VERMONT": "VT", "VIRGINIA": "VA", "WASHINGTON": "WA"}
    | {"WEST VIRGINIA": "WV", "WISCONSIN": "WI", "WYOMING": "WY"}
)
"""Name → code."""

_ROAD_WORD = r"(?:HIGHWAY|HIWAY|HWY|HY|ROUTE|RTE|RT)"
_DIRECTION = "|".join(sorted(DIRECTIONS, key=len, reverse=True))
# A state's code is a road's system too ("AZ 89A"), but NE is north-east, and CT, CO mean others.
_STATE_CODE = "|".join(sorted(set(STATES.values()) - {"NE", "CT", "CO", "LA", "AL", "DE"}))
_STATE = "|".join((*STATES, "AL", "CO", "CT", "DE", "LA"))
_NUMBERED_ROAD = re.compile(
    rf"^(?P<house>\S*\d\S* (?:(?:{_DIRECTION}) )?)"
    rf"(?:(?P<interstate>(?:INTERSTATE|IH|I)(?:[ -]{_ROAD_WORD})?)"
    rf"|(?P<us>U ?S(?:[ -]{_ROAD_WORD})?)"
    rf"|(?P<state>SR|(?:STATE|ST) {_ROAD_WORD}|STATE (?:ROAD|RD)"
    rf"|(?:{_STATE_CODE})(?:[ -](?:STATE )?{_ROAD_WORD})?|(?:{_STATE}) (?:STATE )?{_ROAD_WORD})"
    rf"|(?P<county>CR|(?:COUNTY|CO) (?:ROAD|RD|{_ROAD_WORD}))"
    r"|(?P<fm>FM(?: (?:ROAD|RD))?|FARM(?: TO MARKET)? (?:ROAD|RD))"
    rf"|(?P<any>{_ROAD_WORD}))"
    r"[ -]?(?:NO |NUMBER |# ?)?(?P<number>\d+(?:[ -]?[A-Z])?)(?P<rest>(?:[ ,].*)?)$"
)
_WORD_AGAIN = re.compile(rf"^ {_ROAD_WORD}(?= |$)")  # "US 401 HWY"


class StreetName(NamedTuple):
    """A street's name in the one form: words, and the suffix in Publication 28's abbreviation."""

    words: tuple[str, ...]
    suffix: str
    spelt: str  # the name's letters as written: PEAKVIEW, where the words are PEAK VW

    def is_named_as(self, other: "StreetName") -> bool:
        """Whether the names are one, however cut into words: Peak View Rd, Peak Vw, Peakview."""
        return self.letters == other.letters or self.spelt == other.spelt or self.is_cut_off(other)

    def is_cut_off(self, other: "StreetName") -> bool:
        """Whether one is the other without its suffix: "Sand Crest", "Sand Crest Dr"."""
        short, long = sorted((self, other), key=lambda name: len(name.words))
        if not short.suffix or not long.suffix or short.suffix in _ENDS_A_STREET:
            return False
        words = (street_types().get(word, word) for word in short.words)
        return (*words, short.suffix) == long.words

    @property
    def letters(self) -> str:
        """The words without the spaces between them: MOON GAZE is MOONGAZE."""
        return "".join(self.words)

    @property
    def is_number(self) -> bool:
        """Whether a number alone names the street: 30th; what follows it then matters."""
        return len(self.words) == 1 and self.words[0].isdigit()


@lru_cache(maxsize=16_384)
def street_name(street: str, suffix: str, predir: str) -> StreetName:
    """The one form of a street as `AddressKey` has it. Never empty where `street` is not."""
    words = street.split()
    while len(words) > 1 and predir and DIRECTIONS.get(words[0]) == predir:
        del words[0]  # "E E Thomas Rd"
    words, suffix = _one_suffix(words, suffix)
    if _KING.fullmatch(" ".join(words)):
        words = ["MARTIN", "LUTHER", "KING"]
    words = _ordinals(words)
    last = len(words) - 1
    formed = tuple(_word(word, at, words) if last else word for at, word in enumerate(words))
    return StreetName(formed, suffix, "".join(words))


def numbered_road(line: str) -> tuple[str, str]:
    """(the line with its highway written HIGHWAY 89A, whose it is: I, US, STATE, COUNTY, FM or "").

    `line` is upper-case, house number first. A line without such a road comes back as it is.
    """
    found = _NUMBERED_ROAD.match(line)
    if found is None:
        return line, ""
    number = re.sub("[ -]", "", found["number"])
    # "HIGHWAY 60 E": a letter apart is part of the road only where no suffix to it is a direction.
    if found["number"][-2:-1] == " " and number[-1] in DIRECTIONS:
        number = f"{number[:-1]} {number[-1]}"
    systems = ("interstate", "us", "state", "county", "fm")
    system = next((name for name in systems if found[name] is not None), "")
    rest = _WORD_AGAIN.sub("", found["rest"])
    return f"{found['house']}HIGHWAY {number}{rest}", system.upper()


def _one_suffix(words: list[str], suffix: str) -> tuple[list[str], str]:
    """The suffix said twice ("Oro Pw Parkway"), in local letters ("Lp") or in Spanish behind."""
    if len(words) < 2:
        return words, suffix
    last = words[-1]
    meant = street_types().get(last) or _LOCAL_SUFFIXES.get(last)
    if suffix and meant == suffix:
        return words[:-1], suffix
    if not suffix and last in _LOCAL_SUFFIXES:
        return words[:-1], _LOCAL_SUFFIXES[last]
    if not suffix and last in _SPANISH_BEHIND and words[0] not in SPANISH_TYPES:
        return words[:-1], _SPANISH_BEHIND[last]
    return words, suffix


def _ordinals(words: list[str]) -> list[str]:
    """THIRTIETH, THIRTY FIRST, 30TH and 30 are one word each: the number."""
    formed: list[str] = []
    for word in words:
        ordinal = _ORDINAL.fullmatch(word)
        number = ordinal[1] if ordinal else _ORDINAL_WORDS.get(word)
        if number is None:
            formed.append(word)
        elif formed and formed[-1] in _TENS_WORDS and len(number) == 1:
            formed[-1] = str(_TENS_WORDS[formed[-1]] + int(number))
        else:
            formed.append(number)
    return formed


def _word(word: str, at: int, words: list[str]) -> str:
    """A word of a name of two or more: abbreviations as the Post has them, saints in full."""
    if at == 0:
        # "Ave Ronca", "Ave De Las Flores" are Spanish; "Ave B", "Ave Of The Saints" are not.
        if word in _SPANISH_IN_FRONT and len(words[1]) > 1 and words[1] != "OF":
            return _SPANISH_IN_FRONT[word]
        if word in _IN_FRONT or word in _IN_FRONT.values():
            return _IN_FRONT.get(word, word)
    if at == len(words) - 1 and word in DIRECTIONS:
        return DIRECTIONS[word]
    return _LOCAL_WORDS.get(word) or street_types().get(word, word)
