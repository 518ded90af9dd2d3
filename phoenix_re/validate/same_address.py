"""Do two addresses name the same home? Judged part by part, with the reason in words.

The hard rule (metrics.md §11): never are two units one home, and a unit is never its building.
Whatever could be a unit and may not be one makes the answer *unsure*. What is a mere spelling is
told in `address_line.py` and `street_name.py`; nothing is looked up, and no score is made.

The tolerances were chosen on 24,442 addresses of the feeds of Phoenix and Tucson (December 2025):

- A direction that only one side states: of 21,665 houses (number, street, suffix, ZIP) 4 exist
  with two directions, so a missing one is taken for the other's.
- A suffix that only one side states: 17 of 21,723 houses exist with two; taken likewise, except
  where a number is the street (30th Dr, 30th Ave).
- One letter of a long name: in one ZIP 26 pairs of names differ so, half of them typing errors
  (AMBERWOD), half real neighbours (CRESTON, PRESTON). So it is *unsure*.
"""

import re
from dataclasses import dataclass
from typing import Literal

from phoenix_re.validate.address_line import NoPlace, Place, read_place
from phoenix_re.validate.street_name import StreetName

Kind = Literal["same", "different", "same_building", "unsure"]
KINDS: tuple[Kind, ...] = ("same", "same_building", "different", "unsure")

LONG_NAME = 6  # letters from which one other letter may be a slip of the finger
_RUNS = re.compile(r"\d+|[A-Z]+")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of two addresses.

    `parts` are those that were compared, in order: name → "equal", "differs", "missing" (on one
    side or, for a unit, said without its name), "near" (perhaps a slip), "absent" (on both sides).
    """

    kind: Kind
    reason: str
    parts: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Part:
    """One part compared: how it stands, what it means for the answer, and the words for it."""

    stands: str
    kind: Kind = "same"
    said: str = ""


def compare(
    a: str, b: str, *, zip_a: str = "", zip_b: str = "", city_a: str = "", city_b: str = ""
) -> Verdict:
    """Whether two addresses are the same home. Symmetric in its kind; never raises.

    An address is a street line, or a line with city, state and ZIP behind it. ZIP and city may be
    given beside it; they then overrule what the line says.
    """
    left, right = read_place(a, zip_a, city_a), read_place(b, zip_b, city_b)
    if isinstance(left, NoPlace) or isinstance(right, NoPlace):
        return Verdict("unsure", _not_places(left, right), {})
    if left.city == right.city or (left.city and right.city):
        return compare_places(left, right)
    # The city that one side says may stand at the other's end without a comma.
    first, second = (
        read_place(a, zip_a, city_a, right.city),
        read_place(b, zip_b, city_b, left.city),
    )
    if isinstance(first, Place) and isinstance(second, Place):
        return compare_places(first, second)
    return compare_places(left, right)


def compare_places(left: Place, right: Place) -> Verdict:
    """The verdict on two addresses that were read."""
    found = {
        "house_number": _house_number(left, right),
        "street": _street(left, right),
        "direction": _direction(left, right),
        "suffix": _suffix(left, right),
        "area": _area(left, right),
        "unit": _unit(left, right),
    }
    parts = {name: part.stands for name, part in found.items()}
    for kind in ("different", "unsure", "same_building"):
        said = [part.said for part in found.values() if part.kind == kind]
        if said:
            return Verdict(kind, "; ".join(said), parts)
    notes = [part.said for part in found.values() if part.said]
    return Verdict("same", "; ".join(["no part differs", *notes]), parts)


def _not_places(left: Place | NoPlace, right: Place | NoPlace) -> str:
    if isinstance(left, NoPlace) and isinstance(right, NoPlace) and left == right:
        return f"each address {left.reason}"
    sides = (("first", left), ("second", right))
    return "; ".join(
        f"the {name} address {side.reason}" for name, side in sides if isinstance(side, NoPlace)
    )


# ── house and street ────────────────────────────────────────────────────────────────────────────


def _house_number(left: Place, right: Place) -> _Part:
    if left.number == right.number:
        return _Part("equal")
    if _share_a_house(left.number, right.number):
        said = (
            f"house numbers {left.number} and {right.number} overlap: one home of several, or all"
        )
        return _Part("near", "unsure", said)
    return _Part("differs", "different", f"house numbers differ: {left.number}, {right.number}")


def _share_a_house(a: str, b: str) -> bool:
    """ "77-79" and "77"; also "37-12" and "3712", which some write without the hyphen."""
    ones, others = a.split("-"), b.split("-")
    if a.replace("-", "") == b.replace("-", ""):
        return True
    if len(ones) == len(others) == 1:
        return False
    return _within(ones, others) or _within(others, ones)


def _within(numbers: list[str], bounds: list[str]) -> bool:
    low, high = int(bounds[0]), int(bounds[-1])
    return any(low <= int(number) <= high for number in numbers)


def _street(left: Place, right: Place) -> _Part:
    one, other = left.street, right.street
    if one.is_named_as(other):
        if left.road and right.road and left.road != right.road:
            said = f"other roads of one number: {_called(left)}, {_called(right)}"
            return _Part("differs", "different", said)
        return _Part("equal")
    names = f"{_called(left)}, {_called(right)}"
    if one.suffix and other.suffix and one.suffix != other.suffix:
        return _Part("differs", "different", f"streets differ: {names}")
    if _one_slip(one, other):
        said = f"street names differ by one letter ({names}): a slip, or a street nearby"
        return _Part("near", "unsure", said)
    if _lacks_words(one.words, other.words) or _lacks_words(other.words, one.words):
        return _Part("near", "unsure", f"one street name says more than the other: {names}")
    return _Part("differs", "different", f"streets differ: {names}")


def _called(place: Place) -> str:
    """A street as its name in words, for the reason."""
    if place.road and place.street.words[0] == "HWY":
        return " ".join((place.road, *place.street.words))
    return " ".join(filter(None, (*place.street.words, place.street.suffix)))


def _one_slip(one: StreetName, other: StreetName) -> bool:
    """One letter other, more, fewer or swapped, in a long name without digits."""
    a, b = sorted((one.letters, other.letters), key=len)
    if len(a) < LONG_NAME or len(b) - len(a) > 1 or any(c.isdigit() for c in a + b):
        return False
    start = 0
    while start < len(a) and a[start] == b[start]:
        start += 1
    x, y = a[start:], b[start:]
    if len(a) < len(b):
        return x == y[1:]
    return x[1:] == y[1:] or (x[:2] == y[1::-1] and x[2:] == y[2:])


def _lacks_words(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """Whether `long` is `short` with words put in somewhere, or both end in one letter each.

    Such a letter may be a unit ("Tierra B", "Tierra C") or the name's ("Circle B", "Circle I");
    Avenue A and Avenue B have no other name.
    """
    rest = iter(long)
    if len(short) < len(long) and all(word in rest for word in short):
        return True
    return (
        len(short) == len(long) > 1
        and short[:-1] == long[:-1] != ("AVE",)
        and len(short[-1]) == len(long[-1]) == 1
    )


def _suffix(left: Place, right: Place) -> _Part:
    one, other = left.street.suffix, right.street.suffix
    if left.street.is_cut_off(right.street):
        longer = max(left.street, right.street, key=lambda street: len(street.words))
        return _Part("missing", "same", f"only one side says {longer.suffix}")
    if one == other:
        return _Part("equal" if one else "absent")
    is_number = left.street.is_number or right.street.is_number
    if not one or not other:
        said = f"only one side says {one or other}"
        return _Part("missing", "unsure" if is_number else "same", said)
    said = f"street suffixes differ: {one}, {other}"
    return _Part("differs", "different" if is_number else "unsure", said)


def _direction(left: Place, right: Place) -> _Part:
    """Directions in front of and behind the name count as one set: "Rock Pl S" is "S Rock Pl"."""
    one = {left.predir, left.postdir} - {""}
    other = {right.predir, right.postdir} - {""}
    if one == other:
        return _behind_on_one_side(left, right) or _Part("equal" if one else "absent")
    if not one <= other and not other <= one:
        said = f"directions differ: {_listed(one)}, {_listed(other)}"
        is_part = any(a in b or b in a for a in one for b in other)  # N, NE
        return _Part("differs", "unsure" if is_part else "different", said)
    more = _listed(one ^ other)
    doubt = _behind_on_one_side(left, right)
    if doubt:
        return doubt
    if any(p.street.is_number and not p.street.suffix for p in (left, right)):
        return _Part("missing", "unsure", f"only one side says {more}, and the street is a number")
    if not _one_area(left, right):
        said = f"only one side says {more}, and no ZIP or city is shared that would make up for it"
        return _Part("missing", "unsure", said)
    return _Part("missing", "same", f"only one side says {more}")


def _behind_on_one_side(left: Place, right: Place) -> _Part | None:
    """A letter at the end of one address only, which may be its unit."""
    for one, other in ((left, right), (right, left)):
        moved = one.postdir == other.predir and not one.predir  # "Rock Pl S", "S Rock Pl"
        if one.postdir_doubtful and not other.postdir and not moved:
            return _Part("missing", "unsure", f"the {one.postdir} at one end may be a unit")
    return None


def _listed(directions: set[str]) -> str:
    return " ".join(sorted(directions))


# ── ZIP, city, state ────────────────────────────────────────────────────────────────────────────


def _area(left: Place, right: Place) -> _Part:
    if left.state and right.state and left.state != right.state:
        return _Part("differs", "different", f"states differ: {left.state}, {right.state}")
    if left.zip5 and right.zip5:
        return _both_zips(left, right)
    if (left.zip5 and left.zip_doubtful) or (right.zip5 and right.zip_doubtful):
        said = f"{left.zip5 or right.zip5} at the end may be a ZIP or a unit"
        return _Part("missing", "unsure", said)
    if left.city and right.city:
        if _one_city(left.city, right.city):
            return _Part("equal")
        said = f"cities differ ({left.city}, {right.city}) and not both say a ZIP"
        return _Part("differs", "unsure", said)
    stated = bool(left.zip5 or right.zip5 or left.city or right.city)
    if stated:
        return _Part("missing", "same", "only one side says where")
    return _Part("absent", "same", "neither side says where")


def _both_zips(left: Place, right: Place) -> _Part:
    zips = f"{left.zip5}, {right.zip5}"
    if left.zip5 == right.zip5:
        return _Part("equal")  # the city may be called otherwise: Laveen is Phoenix
    other_city = left.city and right.city and not _one_city(left.city, right.city)
    if left.zip5[:3] != right.zip5[:3] or other_city:
        return _Part("differs", "different", f"ZIPs differ: {zips}")
    return _Part("near", "unsure", f"ZIPs differ ({zips}) in one area: an error, or another street")


def _one_city(a: str, b: str) -> bool:
    return a.replace(" ", "") == b.replace(" ", "")


def _one_area(left: Place, right: Place) -> bool:
    """Whether something else than the street says that both are in one place."""
    if left.zip5 and right.zip5:
        return left.zip5 == right.zip5
    return bool(left.city and right.city) and _one_city(left.city, right.city)


# ── units ───────────────────────────────────────────────────────────────────────────────────────


def _unit(left: Place, right: Place) -> _Part:
    if left.behind != right.behind:
        return _behind(left, right)
    one, other = left.unit, right.unit
    if left.unit_unnamed or right.unit_unnamed:
        both = left.unit_unnamed and right.unit_unnamed
        said = "a unit is announced but not named"
        return _Part("missing", "unsure" if both else "same_building", said)
    if one == other:
        return _Part("equal" if one else "absent")
    if not one or not other:
        said = f"one house and street, but only one side says a unit ({one or other})"
        return _Part("missing", "same_building", said)
    if one.replace("-", "") == other.replace("-", "") and ("-" in one) is not ("-" in other):
        return _Part("near", "unsure", f"units {one} and {other} may be one, written otherwise")
    if _ends_with(one, other) or _ends_with(other, one):
        said = f"units {one} and {other}: one may say its building, too"
        return _Part("near", "unsure", said)
    return _Part("differs", "same_building", f"one house and street, other units: {one}, {other}")


def _behind(left: Place, right: Place) -> _Part:
    """ "52C" and "52": a letter or fraction behind the number is a dwelling of that house."""
    units = {left.unit, right.unit}
    behind = {left.behind, right.behind}
    if units == behind and "" in units:
        said = f"{max(units)} stands behind the number on one side, as a unit on the other"
        return _Part("near", "unsure", said)
    numbers = ", ".join(" ".join(filter(None, (p.number, p.behind))) for p in (left, right))
    return _Part("differs", "same_building", f"one house, other dwellings of it: {numbers}")


def _ends_with(long: str, short: str) -> bool:
    runs, last = _RUNS.findall(long), _RUNS.findall(short)
    return len(runs) > len(last) and runs[-len(last) :] == last
