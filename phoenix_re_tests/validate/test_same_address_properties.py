"""Same home or not, whatever the spelling, the unit, the order, and for any text at all."""

import re
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.validate.address_line import NoPlace, read_place
from phoenix_re.validate.same_address import KINDS, Verdict, compare

from .test_same_address import kind

# ── one home, however it is spelt ───────────────────────────────────────────────────────────────

DIRECTIONS = [("N", "North"), ("S", "South"), ("E", "East"), ("W", "West"), ("SW", "Southwest")]
STREETS = [  # (name and suffix, spelt otherwise)
    ("Larkspur Rd", "Larkspur Road"),
    ("30th Dr", "30 Drive"),
    ("1st Ave", "First Avenue"),
    ("Lynx Lk Trl", "Lynx Lake Trail"),
    ("Saint Kateri Ln", "St Kateri Lane"),
    ("Mt Hope Blvd", "Mount Hope Boulevard"),
    ("Cll Flor", "Calle Flor"),
    ("Cam Del Monte", "Camino Del Monte"),
    ("Pso De Amigos", "Paseo De Amigos"),
    ("Ave De Las Flores", "Avenida De Las Flores"),
    ("Via Del Norte", "Vía Del Norte"),
    ("Hwy 60", "Highway 60"),
    ("SR 89A", "State Route 89-A"),
    ("Green Valley Cir", "Green Vly Circle"),
    ("Ave Ronca", "Avenida Ronca"),
    ("Peak View Rd", "Peakview Road"),
    ("MLK Blvd", "Martin Luther King Jr Boulevard"),
    ("FM 12", "Farm To Market Road 12"),
]
UNITS = st.from_regex(r"[A-DF-HJ-M]?[1-9][0-9]{0,3}[A-D]?", fullmatch=True)
UNIT_SPELLINGS = [
    " Apt {}",
    " Apt{}",
    " Unit {}",
    " #{}",
    " # {}",
    ", Ste. {}",
    " Lot {}",
    ", Spc {}",
]
TAILS = [
    "",
    ", Mesa, AZ 85201",
    " Mesa AZ 85201",
    ", Mesa, Arizona 85201-0012",
    ", Mesa, AZ, 85201",
]
CASES: list[Callable[[str], str]] = [str, str.upper, str.lower, str.title]


@st.composite
def homes(draw: st.DrawFn) -> tuple[int, int, int, str]:
    return (
        draw(st.integers(1, 99_999)),
        draw(st.integers(0, len(DIRECTIONS) - 1)),
        draw(st.integers(0, len(STREETS) - 1)),
        draw(st.one_of(st.just(""), UNITS)),
    )


@st.composite
def spellings(draw: st.DrawFn, home: tuple[int, int, int, str]) -> str:
    """One of the ways to write a home: case, spaces, points, abbreviations, how a unit is said."""
    number, direction, street, unit = home
    line = f"{number} {draw(st.sampled_from(DIRECTIONS[direction]))} "
    line += draw(st.sampled_from(STREETS[street]))
    if unit:
        line += draw(st.sampled_from(UNIT_SPELLINGS)).format(unit)
    line = draw(st.sampled_from(CASES))(line)
    if draw(st.booleans()):
        line = re.sub(r"\b(N|S|E|W|Rd|Dr|Ln|Ave|Cir|Trl|Blvd|Mt|St|Cll)\b(?= )", r"\1.", line)
    line += draw(st.sampled_from(TAILS))
    gap = draw(st.sampled_from([" ", "  ", "\t"]))
    return (
        draw(st.sampled_from(["", " ", "-- "]))
        + line.replace(" ", gap)
        + draw(st.sampled_from(["", ",", ".", " "]))
    )


@given(st.data(), homes())
def test_spelling_does_not_matter(data: st.DataObject, home: tuple[int, int, int, str]) -> None:
    a, b = data.draw(spellings(home)), data.draw(spellings(home))
    assert kind(a, b) == "same", (a, b, compare(a, b))


@given(st.data(), homes(), UNITS)
def test_other_units_are_never_one_home(
    data: st.DataObject, home: tuple[int, int, int, str], unit: str
) -> None:
    other = (*home[:3], unit)
    a, b = data.draw(spellings(home)), data.draw(spellings(other))
    said = kind(a, b)
    if home[3] == unit:
        assert said == "same"
    else:
        assert said in {"same_building", "unsure"}, (a, b, compare(a, b))
        assert said == "same_building" or home[3].endswith(unit) or unit.endswith(home[3])


@given(st.data(), homes(), homes())
def test_other_houses_are_never_one_home(
    data: st.DataObject, home: tuple[int, int, int, str], other: tuple[int, int, int, str]
) -> None:
    a, b = data.draw(spellings(home)), data.draw(spellings(other))
    if home != other:
        assert kind(a, b) != "same", (a, b)


# ── any text ────────────────────────────────────────────────────────────────────────────────────

NAMES = ["St", "Rd", "Ave", "Paseo", "Via", "Elm", "Oak", "La", "Apt", "Unit", "Bldg", "Lot", "Hwy"]
MARKS = [
    "12",
    "7",
    "007",
    "305",
    "B7",
    "7B",
    "1-2",
    "2J",
    "5th",
    "N",
    "E",
    "S",
    "C",
    "&",
    "--",
    "#",
]
ODD = [",", ".", "1/2", "½", "AZ", "Mesa", "85201", "13105", "FL", "Floor", "CT", "US", "N/A", "0"]
LINES = st.builds(" ".join, st.lists(st.sampled_from(NAMES + MARKS + ODD), max_size=9))
HOUSES = st.builds("{} {}".format, st.integers(0, 99_999), LINES)
TEXTS = st.one_of(st.text(max_size=60), LINES, HOUSES)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_any_text_has_a_verdict_and_the_order_does_not_matter(
    a: str, b: str, zip5: str, city: str
) -> None:
    verdict = compare(a, b, zip_a=zip5, city_b=city)
    assert isinstance(verdict, Verdict)
    assert verdict.kind in KINDS
    assert verdict.reason
    assert verdict.kind == compare(b, a, zip_b=zip5, city_a=city).kind


@given(TEXTS)
def test_a_place_is_the_same_as_itself(line: str) -> None:
    place = read_place(line)
    complete = not isinstance(place, NoPlace) and not place.unit_unnamed
    assert compare(line, line).kind == ("same" if complete else "unsure")


@given(HOUSES, HOUSES)
def test_the_same_house_has_the_same_numbers(a: str, b: str) -> None:
    if compare(a, b).kind == "same":
        assert _numbers(a) == _numbers(b), (a, b)


@given(HOUSES, st.sampled_from(MARKS), st.integers(0, 9))
def test_a_word_with_a_number_more_is_another_home(line: str, mark: str, at: int) -> None:
    words = line.split()
    longer = " ".join([*words[: 1 + at], mark, *words[1 + at :]])
    if any(c in "123456789" for c in mark) and compare(line, longer).kind == "same":
        assert _numbers(line) == _numbers(longer), (line, longer)


def _numbers(line: str) -> set[str]:
    """What could name a house or a unit in a line; ZIPs and "none" (0) cannot."""
    line = line.replace("½", " 1/2 ")
    found = {number.lstrip("0") for number in re.findall(r"\d+", line)}
    return found - {"", "85201", "13105"}
