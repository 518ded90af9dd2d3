"""What normalisers promise of any value: spelling does not matter, twice is once, raw is kept.

Single forms and monsters are in `test_parse.py`, addresses in `validate/test_address.py`; the forms
of the upstreams (`shared/upstreams/README.md`) are named here where they are not there.
"""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.collect import lookups, parse
from phoenix_re.collect.formats import format_named
from phoenix_re.collect.formats.form import FIELD_PARSERS, Field, Format
from phoenix_re.collect.listing import RawListing, Rejected
from phoenix_re.collect.parse import SQUARE_FEET_PER_ACRE, Unreadable

SEEN = datetime(2025, 11, 3, tzinfo=UTC)
FILLING = st.text(alphabet=" -_/.", max_size=3)


@st.composite
def respelled(draw: st.DrawFn, names: st.SearchStrategy[str]) -> tuple[str, str]:
    """(name, the same in another case, with other characters between its letters)."""
    name = draw(names)
    letters = [c for c in name if c.isalpha()]
    spelled = "".join(
        (c.upper() if draw(st.booleans()) else c.lower()) + draw(FILLING) for c in letters
    )
    return name, spelled


@given(respelled(st.sampled_from(sorted(lookups.STANDARD_STATUSES))))
def test_a_status_is_read_in_any_spelling(pair: tuple[str, str]) -> None:
    name, spelled = pair
    if len(spelled.strip()) <= parse.LONGEST_SCALAR:
        assert lookups.standard_status(spelled) == name


@given(respelled(st.sampled_from(sorted(lookups.PROPERTY_TYPES))))
def test_a_type_is_read_in_any_spelling(pair: tuple[str, str]) -> None:
    name, spelled = pair
    if len(spelled.strip()) <= parse.LONGEST_SCALAR:
        assert lookups.property_type(spelled) == name


@given(respelled(st.sampled_from(sorted(lookups.PROPERTY_SUB_TYPES))))
def test_a_sub_type_is_read_in_any_spelling(pair: tuple[str, str]) -> None:
    name, spelled = pair
    if len(spelled.strip()) <= parse.LONGEST_SCALAR:
        assert lookups.property_sub_type(spelled) == name


@pytest.mark.parametrize(
    ("read", "allowed"),
    [
        (lookups.standard_status, lookups.STANDARD_STATUSES),
        (lookups.property_type, lookups.PROPERTY_TYPES),
        (lookups.property_sub_type, lookups.PROPERTY_SUB_TYPES),
    ],
)
@given(value=st.text(max_size=30) | st.sampled_from(["House", "Condo/Co-op", "sold", "for_rent"]))
def test_a_lookup_gives_its_own_names_or_nothing(read, allowed, value: str) -> None:
    try:
        found = read(value)
    except Unreadable:
        return
    assert found is None or found in allowed
    assert read(found) == found


SQFT = st.integers(1, 10**9).map(lambda hundredths: hundredths / 100)
FEET = st.sampled_from([" sqft", "sqft", " sq. ft.", " SF", " square feet", " ft²", ""])
ACRES = st.sampled_from([" acres", " acre", " ac", "AC.", ""])


@given(SQFT, FEET)
def test_square_feet_in_any_spelling(area: float, unit: str) -> None:
    assert parse.square_feet(f"{area:,.2f}{unit}") == area
    assert parse.square_feet(area) == area
    if unit:
        assert parse.acres(f"{area:,.2f}{unit}") == area  # a stated unit is honoured


@given(st.integers(1, 10**7).map(lambda n: n / 1000), ACRES)
def test_acres_in_any_spelling(acres: float, unit: str) -> None:
    square_feet = round(acres * SQUARE_FEET_PER_ACRE, 2)
    assert parse.acres(f"{acres:,.3f}{unit}") == square_feet
    assert parse.acres(acres) == square_feet
    if unit:
        assert parse.square_feet(f"{acres:,.3f}{unit}") == square_feet


BATHS = st.integers(0, 9)


@given(BATHS, BATHS, BATHS, BATHS, st.sampled_from(["{}", "{}.0", " {} ", "{} baths"]))
def test_baths_are_full_and_three_quarters_and_halves_and_quarters(
    full: int, three_quarter: int, half: int, quarter: int, written: str
) -> None:
    parts = {
        "BathroomsFull": full,
        "BathroomsThreeQuarter": three_quarter,
        "BathroomsHalf": half,
        "BathroomsOneQuarter": quarter,
    }
    payload = {"ListingKey": "1", "PostalCode": "85031", "BathroomsTotalInteger": 99}
    payload |= {name: written.format(n) for name, n in parts.items()}
    record = format_named("reso").layout(tuple(payload)).record(payload)
    exact = full + 0.75 * three_quarter + 0.5 * half + 0.25 * quarter
    assert record.x_bathrooms_decimal == exact


@given(st.text(alphabet="0123456789ABQR", min_size=1, max_size=14), st.data())
def test_a_parcel_number_is_its_letters_and_digits(number: str, data: st.DataObject) -> None:
    spelled = "".join(
        data.draw(FILLING) + (c.lower() if data.draw(st.booleans()) else c) for c in number
    )
    key = parse.apn(number)
    assert parse.apn(spelled) == key
    assert parse.apn(f"0{spelled}") == key  # zeros in front get lost where it is kept as a number
    assert key is None or parse.apn(key) == key
    assert (key is None) == (not number.strip("0"))


@given(st.lists(st.integers(1, 10**13 - 1), min_size=2, max_size=2, unique=True))
def test_other_numbers_are_other_parcels(numbers: list[int]) -> None:
    one, other = (parse.apn(f"{n:013d}") for n in numbers)
    assert one != other
    assert parse.apn(numbers[0]) == one  # as a re-saved table has it
    assert parse.apn(float(numbers[0])) == one


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("102-25-019", "10225019"),  # Maricopa: book, map, parcel
        ("102-25-019A", "10225019A"),
        (10225019, "10225019"),
        ("0512345678901", "512345678901"),  # Denver
        (512345678901.0, "512345678901"),
        ("000-00-000", None),
        (" -- ", None),
    ],
)
def test_parcel_numbers_of_the_upstreams(value: object, key: str | None) -> None:
    assert parse.apn(value) == key


VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
VALUES |= st.text(max_size=20) | st.dates() | st.datetimes(timezones=st.just(UTC))


@pytest.mark.parametrize(
    "read",
    [
        *(parse.text, parse.identifier, parse.upper, parse.number, parse.integer, parse.yes_no),
        *(parse.square_feet, parse.day, parse.timestamp, parse.zip5, parse.apn),
    ],
)
@given(value=VALUES)
def test_what_was_read_reads_as_itself(read, value: object) -> None:
    try:
        found = read(value)
    except Unreadable:
        return
    assert found is None or read(found) == found


# ── the raw value is kept ───────────────────────────────────────────────────────────────────────

CELLS = st.sampled_from(["TBD", "12 or 13", "??", "3,5", "1e", "31/31/2025", "$1.2M", "maybe", "7"])
EVERY_FIELD = Format(
    name="every_field",
    licence_class="operator_files",
    signature=(("key",),),
    fields=tuple(Field.of(name, name) for name in FIELD_PARSERS),
    key=lambda record, payload: payload["key"],
    zip=Field("postal_code", ("zip",), parse.zip5),
    by_name_only=True,
)


@pytest.mark.parametrize("name", ["redfin", "reso", "homeharvest", "mls_status_feed"])
@given(data=st.data())
def test_the_payload_is_kept_as_received(name: str, data: st.DataObject) -> None:
    form = format_named(name)
    columns = sorted({f.columns[0].rstrip("*") for f in (*form.fields, form.zip)})
    cells = data.draw(st.dictionaries(st.sampled_from(columns), CELLS, min_size=1, max_size=9))
    payload = {names[0]: "" for names in form.signature} | cells
    row = form.layout(tuple(payload)).listing(dict(payload), SEEN, 1)
    assert isinstance(row, RawListing | Rejected)
    assert row.payload == payload


@given(st.dictionaries(st.sampled_from(sorted(FIELD_PARSERS)), CELLS, min_size=1))
def test_what_cannot_be_read_is_kept_beside_what_can(cells: dict[str, str]) -> None:
    payload = {"key": "1", "zip": "85031"} | cells
    record = EVERY_FIELD.layout(tuple(payload)).record(payload)
    for name, cell in cells.items():
        try:
            read = FIELD_PARSERS[name](cell)
        except Unreadable:
            assert record.unread[name] == cell
            assert getattr(record, name) is None
        else:
            assert getattr(record, name) == read
            assert name not in record.unread
