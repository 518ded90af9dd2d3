"""Address keys: the traps of the real files, and the law that no unit is ever lost."""

import csv
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.validate import address
from phoenix_re.validate.address import address_key, canonical_unit

from .listings import DATA

ZIP = "85031"


def text_of(line: str) -> str | None:
    key = address_key(line, ZIP)
    return None if key is None else key.text


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("4812 West Osborn Road", "4812|W|OSBORN|RD||85031|"),
        ("4812 W OSBORN RD", "4812|W|OSBORN|RD||85031|"),
        ("  4812  w. Osborn Rd.  ", "4812|W|OSBORN|RD||85031|"),
        ("4812 Osborn Rd", "4812||OSBORN|RD||85031|"),
        ("731 N Palma -- #54", "731|N|PALMA|||85031|54"),
        ("731 N Palma -- 54", "731|N|PALMA|||85031|54"),
        ("731 N Palma -- # 54", "731|N|PALMA|||85031|54"),
        ("18 E Paloma --", "18|E|PALOMA|||85031|"),
        ("18 E Paloma -- N", "18|E|PALOMA||N|85031|"),
        ("9 W Sunny Rd UNIT B", "9|W|SUNNY|RD||85031|B"),
        ("9 W Sunny Rd B", "9|W|SUNNY|RD||85031|B"),
        ("9 W Sunny Rd # 5", "9|W|SUNNY|RD||85031|5"),
        ("9 W Sunny Rd Apt 005", "9|W|SUNNY|RD||85031|5"),
        ("9 W Sunny Rd Unit E101", "9|W|SUNNY|RD||85031|E101"),
        ("9 W Sunny Rd BLDG 3 UNIT 12", "9|W|SUNNY|RD||85031|3-12"),
        ("9 W Sunny Rd Unit 12 Bldg 3", "9|W|SUNNY|RD||85031|3-12"),
        ("9 W Sunny Rd Bldg 3", "9|W|SUNNY|RD||85031|BLDG3"),
        ("12345 N FM 1325", "12345|N|FM 1325|||85031|"),
        ("12345 N RM 620", "12345|N|RM 620|||85031|"),
        ("9 W Sunny Rd SPC 7", "9|W|SUNNY|RD||85031|7"),
        ("9 W Sunny Rd Lot 7", "9|W|SUNNY|RD||85031|7"),
        ("#19 677 W State Rte 89A --", "677|W|STATE RTE 89A|||85031|19"),
        ("62 W State Route 89A, lot 21 -- 21", "62|W|STATE ROUTE 89A|||85031|21"),
        ("62 W Golf Meadow Road 14", "62|W|GOLF MEADOW|RD||85031|14"),
        ("700 E Mesa Drive yucca 3", "700|E|MESA|DR||85031|YUCCA3"),
        ("700 E Mesa Road 13105", "700|E|MESA|RD||85031|13105"),
        ("700 E Mesa Road N UNIT 13105", "700|E|MESA|RD|N|85031|13105"),
        ("700 N Mesa Road N UNIT 13105", "700|N|MESA|RD||85031|13105"),
        ("56 N Camino Flor 2110", "56|N|CAMINO FLOR|||85031|2110"),
        ("56 S Paseo Flor C", "56|S|PASEO FLOR|||85031|C"),
        ("56 S Paseo Flor APT C", "56|S|PASEO FLOR|||85031|C"),
        ("56 W Paseo Flor 2J", "56|W|PASEO FLOR|||85031|2J"),
        ("56 Cll Flor", "56||CALLE FLOR|||85031|"),
        ("56 Calle Flor", "56||CALLE FLOR|||85031|"),
        ("56 S Vía Flor", "56|S|VIA FLOR|||85031|"),
        ("56 S V√≠a Flor", "56|S|VIA FLOR|||85031|"),
        ("56 N Rio-Santa Flor", "56|N|RIO SANTA FLOR|||85031|"),
        ("56 E Calle La Paz", "56|E|CALLE LA PAZ|||85031|"),
        ("4406 N 30 Dr", "4406|N|30TH|DR||85031|"),
        ("4406 N 30th Dr", "4406|N|30TH|DR||85031|"),
        ("4406 N 22 ST", "4406|N|22ND|ST||85031|"),
        ("409 S 400 W", "409|S|400||W|85031|"),
        ("17 W Highway 60 --", "17|W|HIGHWAY 60|||85031|"),
        ("17 HIGHWAY 82", "17||HIGHWAY 82|||85031|"),
        ("17 W Rd 1 -- S", "17|W|RD 1||S|85031|"),
        ("17 S Ave B", "17|S|AVE B|||85031|"),
        ("17 N ST", "17||N|ST||85031|"),
        ("17 N D ST", "17|N|D|ST||85031|"),
        ("52 C Bailey Hl", "52C||BAILEY|HL||85031|"),
        ("52C Bailey Hl", "52C||BAILEY|HL||85031|"),
        ("0052 Bailey Hl", "52||BAILEY|HL||85031|"),
        ("710 &amp; 712 N 11th Avenue", "710-712|N|11TH|AVE||85031|"),
        ("77-79 S Grande Avenue", "77-79|S|GRANDE|AVE||85031|"),
        ("37 S Toma Rd -- 26 &amp; 27", "37|S|TOMA|RD||85031|26-27"),
    ],
)
def test_key(line: str, key: str) -> None:
    assert text_of(line) == key


@pytest.mark.parametrize(
    "line",
    [
        None,
        "",
        "   ",
        "--",
        "4812",
        "Lot 5",
        "LOT 12 W Osborn Rd",
        "TBD S Camino Flor Lot 80",
        "0 E Hopeful Drive",
        "000 Vulture Ranch --",
        "16XX3 N 16th ST",
        "16101 N El Mirador Rd LOT",
        "#",
        "# 5",
        "W Osborn Rd",
    ],
)
def test_no_single_place_has_no_key(line: str | None) -> None:
    assert address_key(line, ZIP) is None


def test_the_zip_belongs_to_the_key() -> None:
    assert address_key("4812 W Osborn Rd", "85033") != address_key("4812 W Osborn Rd", "85031")


def test_building_and_display() -> None:
    key = address_key("4812 West Osborn Road Apt 7", ZIP)
    assert key is not None
    assert key.display == "4812 W OSBORN RD # 7"
    assert key.building == address_key("4812 W Osborn Rd", ZIP)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        (None, ""),
        ("", ""),
        ("#", ""),
        ("Unit", ""),
        ("#234", "234"),
        ("apt 0012", "12"),
        ("12-B", "12B"),
        ("12B", "12B"),
        ("No. 5", "5"),
        ("1-11", "1-11"),
        ("11-1", "11-1"),
        ("0", "0"),
        ("PH3", "PH3"),
    ],
)
def test_canonical_unit(text: str | None, unit: str) -> None:
    assert canonical_unit(text) == unit


@pytest.mark.parametrize(
    "line",
    ["5 N3122", "30 A & B", "103 S Verde Pl &amp; 110 E Copper St", "55 W 33RD S PL S"],
)
def test_the_library_refuses_and_position_decides(line: str) -> None:
    words, unit = address._split_unit(address._words(line))
    assert address._by_library(words) is None
    number, street, _ = address._by_position(words)
    assert (number, street, unit) == (words[0], words[1:], [])


def test_a_refused_line_still_has_its_key() -> None:
    assert text_of("5 N3122") == "5||N3122|||85031|"


STREETS = [
    "4812 W Osborn Rd",
    "56 S Paseo Flor",
    "17 N 30th Dr",
    "62 Golf Meadow Lane",
    "9 E Elm --",
]
UNITS = st.from_regex(r"[A-Z]?[0-9]{1,4}[A-D]?|[1-9][0-9]?-[1-9][0-9]?", fullmatch=True)
SPELLINGS = ["{} Unit {}", "{} #{}", "{} # {}", "{} APT {}", "{}, ste {}", "{} -- {}", "{} Lot {}"]


@given(
    st.sampled_from(STREETS), UNITS, UNITS, st.sampled_from(SPELLINGS), st.sampled_from(SPELLINGS)
)
def test_units_are_equal_exactly_if_their_canonical_forms_are(
    street: str, one: str, other: str, spelling: str, other_spelling: str
) -> None:
    left = address_key(spelling.format(street, one), ZIP)
    right = address_key(other_spelling.format(street, other), ZIP)
    assert left is not None
    assert right is not None
    assert left.unit
    assert left.building == right.building == address_key(street, ZIP)
    assert (left == right) is (canonical_unit(one) == canonical_unit(other))


def numbers_in(text: str) -> set[str]:
    return {number.lstrip("0") or "0" for number in re.findall(r"\d+", text)}


NAMES = ("St", "Rd", "Ave", "Paseo", "Via", "Elm", "Oak", "La", "Apt", "Unit", "Bldg", "Lot")
MARKS = (
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
)
WORDS = st.sampled_from(NAMES + MARKS)


@given(st.integers(1, 99_999), st.lists(WORDS, min_size=1, max_size=7))
def test_no_number_of_any_line_is_lost(number: int, words: list[str]) -> None:
    line = f"{number} {' '.join(words)}"
    key = address_key(line, "")
    if key is not None:
        assert numbers_in(key.text) == numbers_in(line)


@given(st.text(max_size=40))
def test_any_text_has_a_key_or_none(line: str) -> None:
    key = address_key(line, ZIP)
    assert key is None or (key.house_number and key.street and key.text.count("|") == 6)


# ── the real files ──────────────────────────────────────────────────────────────────────────────


def real_lines() -> list[str]:
    folder = DATA / "listings"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}")
    return sorted(set(_status_lines(folder)) | set(_redfin_lines(folder)))


def _status_lines(folder) -> Iterator[str]:
    with (folder / "armls_mlssaz_statuses_2025-12.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield row["address"].rsplit(",", 2)[0].strip()


def _redfin_lines(folder) -> Iterator[str]:
    with (folder / "redfin_download_phoenix_2025-05.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["ADDRESS"]:
                yield row["ADDRESS"]


def test_the_plain_path_gives_the_librarys_key_on_every_real_line() -> None:
    plain = [
        words
        for line in real_lines()
        if (words := address._split_unit(address._words(line))[0]) and address._plain(words)
    ]
    assert len(plain) > 15_000
    different = [w for w in plain if address._by_library(w) != address._by_position(w)]
    assert different == []


def test_no_number_of_a_real_line_is_lost() -> None:
    import html

    lost = [
        line
        for line in real_lines()
        if (key := address_key(line, ""))
        and numbers_in(key.text) != numbers_in(html.unescape(line))
    ]
    assert lost == []


def test_other_units_of_one_building_never_share_a_key() -> None:
    path = DATA / "duplicates" / "address_pairs_orders_vs_mls.csv"
    if not path.is_file():
        pytest.skip(f"no real data at {path}")
    split = re.compile(r"(.*), [^,]*, AZ (\d{5})", re.IGNORECASE)
    same = wrong = 0
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            left, right = split.match(row["order_address"]), split.match(row["mls_address"])
            if left and right and address_key(*left.groups()) == address_key(*right.groups()):
                same += 1
                # Only the city may differ beyond spelling.
                wrong += numbers_in(left[1]) != numbers_in(right[1])
    assert same > 1_550
    assert wrong == 0
