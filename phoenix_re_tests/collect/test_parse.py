"""Single values: every form met in the wild, round trips, and nothing but `Unreadable` raised."""

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.collect import lookups, parse
from phoenix_re.collect.parse import Unreadable

PARSERS = [
    parse.text,
    parse.identifier,
    parse.upper,
    parse.slug,
    parse.money_cents,
    parse.number,
    parse.integer,
    parse.square_feet,
    parse.acres,
    parse.yes_no,
    parse.day,
    parse.timestamp,
    lookups.standard_status,
    lookups.property_type,
    lookups.property_sub_type,
]
MISSING = [None, "", "  ", "None", "NA", "N/A", "n/a", "-", "--", "null", "********", [], {}]
MISSING += [float("nan"), Decimal("NaN"), Decimal("sNaN")]
ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text(max_size=100)
    | st.text(alphabet="0123456789.,-+/:$() eETZzAPMacNOVsqft", max_size=30)
    | st.dates()
    | st.datetimes(timezones=st.none() | st.just(UTC))
    | st.lists(st.text(max_size=3), max_size=2)
    | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
)


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("value", MISSING, ids=repr)
def test_what_says_nothing_is_none(parser, value):
    assert parser(value) is None


def complaint(parser, value):
    """What the parser says against the value; any other error than `Unreadable` passes through."""
    try:
        parser(value)
    except Unreadable as error:
        return str(error)
    return ""


@pytest.mark.parametrize("parser", [*PARSERS, parse.zip5])
@given(value=ANYTHING)
def test_nothing_but_unreadable_is_raised(parser, value):
    assert len(complaint(parser, value)) < 300


@pytest.mark.parametrize("parser", [*PARSERS, parse.zip5])
@pytest.mark.parametrize(
    "value",
    [10**5000, -(10**5000), 1e308, math.inf, Decimal("1e999999"), "9" * 100_000, " " * 10**6 + "9"],
    ids=["huge", "-huge", "float", "inf", "decimal", "digits", "padded"],
)
def test_monsters_are_unreadable_or_read_at_once(parser, value):
    assert len(complaint(parser, value)) < 300


@pytest.mark.parametrize(
    ("value", "cents"),
    [
        ("$309,999", 30_999_900),
        ("$9,500/mo", 950_000),
        ("$9,500 / month", 950_000),
        ("394e3", 39_400_000),
        ("164998      ", 16_499_800),
        ("$1", 100),
        ("0", 0),
        ("1698.28", 169_828),
        ("221900.0", 22_190_000),
        ("  $ 2,950,000 USD", 295_000_000),
        ("-31.5", -3_150),
        ("($500)", -50_000),
        ("0.125", 12),  # half a cent goes to the even one
        ("0.135", 14),
        (320000, 32_000_000),
        (320000.10, 32_000_010),
        (0.1 + 0.2, 30),
        (Decimal("19.99"), 1_999),
    ],
)
def test_money(value, cents):
    assert parse.money_cents(value) == cents


@pytest.mark.parametrize(
    "value",
    [
        "call",
        "$1.2M",
        "450K",
        "1,2",
        "12,34",
        "$",
        "1 000",
        "€5",
        "1-2",
        "(5",
        "5)",
        "(-5)",
        "٣",
        True,
    ],
)
def test_money_that_is_none(value):
    with pytest.raises(Unreadable):
        parse.money_cents(value)


@given(st.integers(-(10**12), 10**12))
def test_money_round_trip(cents):
    dollars = Decimal(cents) / 100
    assert parse.money_cents(f"${dollars:,.2f}") == cents
    assert parse.money_cents(str(dollars)) == cents
    assert parse.money_cents(float(dollars)) == cents
    assert parse.money_cents(dollars) == cents


@pytest.mark.parametrize(
    "value",
    [
        "85031",
        "85031-1234",
        "85031 1234",
        "850311234",
        "85031.0",
        " 85031 ",
        "z85031",
        85031,
        85031.0,
    ],
)
def test_zip(value):
    assert parse.zip5(value) == "85031"


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        *((v, "zip.missing") for v in ("-", "N/A", "", " ", None, "None", float("nan"), [])),
        *(
            (v, "zip.malformed")
            for v in (
                "00000",
                "8503",
                8503,
                "V6B 1A1",
                "85031x",
                "85031.5",
                True,
                "850 31",
                "٨٥٠٣١",
            )
        ),
    ],
)
def test_zip_that_is_none(value, rule):
    with pytest.raises(Unreadable) as caught:
        parse.zip5(value)
    assert caught.value.rule_id == rule


@given(st.integers(1, 99_999))
def test_zip_round_trip(number):
    assert parse.zip5(f"{number:05d}") == f"{number:05d}"
    assert parse.zip5(f"{number:05d}-0001") == f"{number:05d}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("11/10/2025", date(2025, 11, 10)),
        ("1/2/25", date(2025, 1, 2)),
        ("2025-11-10", date(2025, 11, 10)),
        ("October-31-2025", date(2025, 10, 31)),
        ("October 31, 2025", date(2025, 10, 31)),
        ("May-3-2025 12:00 PM", date(2025, 5, 3)),
        ("19-APR-21", date(2021, 4, 19)),
        ("19-APR-50", date(1950, 4, 19)),
        ("20141013T000000", date(2014, 10, 13)),
        ("20141013", date(2014, 10, 13)),
        (20141013, date(2014, 10, 13)),
        ("2025-12-25T23-54-54", date(2025, 12, 25)),
        ("2025-06-09T20:34:00.123Z", date(2025, 6, 9)),
        ("2025-06-09T23:34:00-07:00", date(2025, 6, 9)),
        (1735689600000, date(2025, 1, 1)),
        ("1735689600000", date(2025, 1, 1)),
        (1735689600, date(2025, 1, 1)),
        (datetime(2025, 1, 1, 5, tzinfo=UTC), date(2025, 1, 1)),
    ],
)
def test_day(value, expected):
    assert parse.day(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        *("2025-02-30", "13/01/2025", "Smarch-3-2025", "2025", "yesterday", "00/00/0000"),
        *("2025-01-01 25:00", "20251301", 5, True, 10**14, "2025-01-01T10:00:00+99:00", 1.5),
    ],
)
def test_day_that_is_none(value):
    with pytest.raises(Unreadable):
        parse.day(value)


@given(st.dates())
def test_day_round_trip(on):
    assert parse.day(on.isoformat()) == on
    assert parse.day(f"{on.month}/{on.day}/{on.year:04d}") == on
    assert parse.day(f"{on:%B}-{on.day}-{on.year:04d}") == on


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-12-25T23-54-54", datetime(2025, 12, 26, 6, 54, 54, tzinfo=UTC)),
        ("2018-11-26 03:47:01", datetime(2018, 11, 26, 10, 47, 1, tzinfo=UTC)),
        ("2025-06-09T20:34:00.123Z", datetime(2025, 6, 9, 20, 34, 0, 123000, tzinfo=UTC)),
        ("2025-06-09T20:34:00+02:00", datetime(2025, 6, 9, 18, 34, tzinfo=UTC)),
        ("May-3-2025 12:30 AM", datetime(2025, 5, 3, 7, 30, tzinfo=UTC)),
        ("May-3-2025 12:30 PM", datetime(2025, 5, 3, 19, 30, tzinfo=UTC)),
        ("2025-06-09", datetime(2025, 6, 9, 7, tzinfo=UTC)),
        (1735689600123, datetime(2025, 1, 1, 0, 0, 0, 123000, tzinfo=UTC)),
    ],
)
def test_timestamp_local_to_phoenix_unless_it_says_otherwise(value, expected):
    assert parse.timestamp(value, zone=ZoneInfo("America/Phoenix")) == expected


@given(st.integers(-(2**53), 7 * 2**50), st.integers(-14 * 60, 14 * 60))
def test_timestamp_round_trip(microseconds, minutes):
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    aware = moment.astimezone(timezone(timedelta(minutes=minutes)))
    assert parse.timestamp(aware.isoformat()) == aware
    assert parse.timestamp(aware) == aware


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Active", "Active"),
        ("for_sale", "Active"),
        ("Cancelled", "Canceled"),
        ("Sold", "Closed"),
        ("SOLD", "Closed"),
        ("Contingent", "Active Under Contract"),
        ("ActiveUnderContract", "Active Under Contract"),
        ("active under contract", "Active Under Contract"),
        ("Coming Soon", "Coming Soon"),
        ("COMING_SOON", "Coming Soon"),
        ("Withdrawn", "Withdrawn"),
    ],
)
def test_standard_status(value, expected):
    assert lookups.standard_status(value) == expected


@pytest.mark.parametrize("value", ["OFF_MARKET", "whatever", "A", 3, True, ["Active"]])
def test_standard_status_that_is_none(value):
    with pytest.raises(Unreadable):
        lookups.standard_status(value)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("Single Family Residential", ("Residential", "Single Family Residence")),
        ("SINGLE_FAMILY", ("Residential", "Single Family Residence")),
        ("Condo/Co-op", ("Residential", "Condominium")),
        ("Townhouse", ("Residential", "Townhouse")),
        ("Mobile/Manufactured Home", ("Residential", "Manufactured Home")),
        ("Multi-Family (2-4 Unit)", ("Residential Income", "Multi Family")),
        ("Vacant Land", ("Land", "Unimproved Land")),
        ("LAND", ("Land", None)),
        ("Residential", ("Residential", None)),
    ],
)
def test_property_kinds_of_vendors(value, kind):
    assert (lookups.property_type(value), lookups.property_sub_type(value)) == kind


def test_reso_lookups_in_both_spellings():
    assert lookups.property_type("ResidentialLease") == "Residential Lease"
    assert lookups.property_type("Residential Lease") == "Residential Lease"
    assert lookups.property_sub_type("SingleFamilyResidence") == "Single Family Residence"
    assert lookups.property_sub_type("Hotel/Motel") == "Hotel/Motel"


@pytest.mark.parametrize(
    ("parser", "value", "expected"),
    [
        (parse.square_feet, "1,133 sqft", 1133.0),
        (parse.square_feet, "1133", 1133.0),
        (parse.square_feet, "0.25 acres", 10_890.0),
        (parse.square_feet, 1420.0, 1420.0),
        (parse.acres, "0.83", 36_154.8),
        (parse.acres, "7,055 Sq. Ft.", 7055.0),
        (parse.acres, 2, 87_120.0),
        (parse.number, "2.75", 2.75),
        (parse.number, "2.5 baths", 2.5),
        (parse.number, "-112.0044617", -112.0044617),
        (parse.integer, "3.0", 3),
        (parse.integer, "3 beds", 3),
        (parse.integer, 1986, 1986),
        (parse.yes_no, "Y", True),
        (parse.yes_no, "false", False),
        (parse.yes_no, 1, True),
        (parse.identifier, "6855826.0", "6855826"),
        (parse.identifier, 6855826.0, "6855826"),
        (parse.identifier, "172-50-027-Q", "172-50-027-Q"),
        (parse.upper, " armls ", "ARMLS"),
        (parse.slug, "6800-Woodland-Dr", "6800 Woodland Dr"),
        (parse.slug, "RANCHO_CORDOVA", "RANCHO CORDOVA"),
    ],
)
def test_the_rest(parser, value, expected):
    assert parser(value) == expected


@pytest.mark.parametrize(
    ("parser", "value"),
    [
        (parse.integer, "3.5"),
        (parse.integer, "three"),
        (parse.number, "1,13"),
        (parse.number, True),
        (parse.number, math.inf),
        (parse.square_feet, "2 - 4.9 Acres"),
        (parse.yes_no, "maybe"),
        (parse.text, {"a": 1}),
        (parse.identifier, "x" * 201),
    ],
)
def test_the_rest_that_is_none(parser, value):
    with pytest.raises(Unreadable):
        parser(value)


@given(st.floats(-1e12, 1e12))
def test_number_round_trip(number):
    assert parse.number(repr(number)) == number
    assert parse.number(number) == number


@given(st.integers(-(10**12), 10**12))
def test_integer_round_trip(number):
    assert parse.integer(f"{number:,}") == number


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("12 W ELM ST, Phoenix, AZ 85009", ("12 W ELM ST", "Phoenix", "AZ")),
        ("12 W Elm St, Bldg 3, Green Valley, AZ", ("12 W Elm St, Bldg 3", "Green Valley", "AZ")),
        ("12 Elm -- PH3, Rock Point, so 86545-1234", ("12 Elm -- PH3", "Rock Point", "SO")),
        ("12 W Elm St", ("12 W Elm St", None, None)),
        (",,,", (",,,", None, None)),
        ("," * 5000, ("," * 5000, None, None)),
    ],
)
def test_split_address(line, parts):
    assert parse.split_address(line) == parts


@given(st.text(max_size=400))
def test_split_address_loses_nothing_it_does_not_name(line):
    street, city, state = parse.split_address(line)
    assert street in line
    assert (city is None) == (state is None)
