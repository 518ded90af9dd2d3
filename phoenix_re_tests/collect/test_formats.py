"""What the columns of each format mean, how formats are told apart, and what counts as a change."""

from dataclasses import asdict
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.collect import formats
from phoenix_re.collect.formats import MappingError, UnknownFormat
from phoenix_re.collect.formats.form import FIELD_PARSERS
from phoenix_re.collect.formats.reso import pascal_case
from phoenix_re.collect.listing import ListingRecord, RawListing, Rejected

NOW = datetime(2025, 5, 1, 12, tzinfo=UTC)
URL_COLUMN = (
    "URL (SEE https://www.redfin.com/buy-a-home/comparative-market-analysis FOR INFO ON PRICING)"
)


def redfin(**changes):
    row = {
        "SALE TYPE": "MLS Listing",
        "SOLD DATE": "",
        "PROPERTY TYPE": "Townhouse",
        "ADDRESS": "54 Example St, Unit 5",
        "CITY": "Phoenix",
        "STATE OR PROVINCE": "AZ",
        "ZIP OR POSTAL CODE": "85033-1234",
        "PRICE": "$185,000",
        "BEDS": "2",
        "BATHS": "1.75",
        "LOCATION": "EXAMPLE CONDOS",
        "SQUARE FEET": "900",
        "LOT SIZE": "",
        "YEAR BUILT": "1984",
        "DAYS ON MARKET": "4",
        "$/SQUARE FEET": "206",
        "HOA/MONTH": "210",
        "STATUS": "Active",
        "NEXT OPEN HOUSE START TIME": "May-3-2025 12:00 PM",
        "NEXT OPEN HOUSE END TIME": "",
        URL_COLUMN: "https://example.org/AZ/Phoenix/54-Example-St-85033/unit-5/home/10000002",
        "SOURCE": "ARMLS",
        "MLS#": "6900002",
        "FAVORITE": "N",
        "INTERESTED": "Y",
        "LATITUDE": "33.49",
        "LONGITUDE": "-112.21",
    }
    return {**row, **{name.replace("_", " "): value for name, value in changes.items()}}


def status_row(**changes):
    row = {
        "mls_number": "6900003",
        "status": "Active",
        "address": "12 W ELM ST 7, Phoenix, AZ 85031",
        "formatted_address": "12 w elm st 7 phoenix az 85031",
        "price": "$309,999",
        "list_date": "11/10/2025",
        "days_on_market": "3",
        "market": "Phoenix",
        "snapshot": "2025-12-25T22-59-25",
        "zip": "85031",
    }
    return {**row, **changes}


def homeharvest(**changes):
    row = {
        "property_url": "https://example.org/detail/1",
        "property_id": "111",
        "listing_id": "222",
        "mls": "ARMLS",
        "mls_id": "6900004",
        "status": "FOR_SALE",
        "text": "A made-up home.",
        "style": "SINGLE_FAMILY",
        "full_street_line": "1 Made Up Ln Unit 2",
        "city": "Phoenix",
        "state": "AZ",
        "zip_code": "85035",
        "beds": "3",
        "full_baths": "2",
        "half_baths": "1",
        "days_on_mls": "10",
        "list_price": "400000",
        "list_date": "2025-03-03",
        "sold_price": "350000",
        "last_sold_date": "2019-02-28",
        "hoa_fee": "35",
    }
    return {**row, **changes}


def reso(**changes):
    row = {
        "ListingKey": "20250101000000000001000000",
        "ListingId": "6900001",
        "OriginatingSystemName": "ARMLS",
        "StandardStatus": "ActiveUnderContract",
        "PropertyType": "Residential",
        "PropertySubType": "SingleFamilyResidence",
        "ListPrice": 320000.00,
        "OriginalListPrice": 329000,
        "ClosePrice": None,
        "BedroomsTotal": 3,
        "BathroomsTotalInteger": 3,
        "BathroomsFull": 2,
        "BathroomsHalf": 1,
        "LivingArea": 1420.0,
        "LotSizeAcres": 0.14,
        "YearBuilt": 1986,
        "UnparsedAddress": "1234 N 55th Ave, Phoenix, AZ 85031",
        "PostalCode": "85031",
        "PoolPrivateYN": True,
        "AssociationFee": 300,
        "AssociationFeeFrequency": "Quarterly",
        "ListingContractDate": "2025-06-01",
        "StatusChangeTimestamp": "2025-06-10T02:00:00Z",
        "PriceChangeTimestamp": "2025-06-05T02:00:00Z",
        "StateOrProvince": "AZ",
        "TaxAnnualAmount": "********",
        "ModificationTimestamp": "2025-06-09T20:34:00.123Z",
        "DaysOnMarket": 8,
        "Media": [{"MediaURL": "https://example.org/1.jpg?signature=1"}],
    }
    return {**row, **changes}


def listing(source, payload):
    found = formats.read_listing(source, payload, NOW)
    assert isinstance(found, RawListing), found
    return found


# ── Recognition ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        (redfin(), "redfin"),
        (status_row(), "mls_status_feed"),
        (homeharvest(), "homeharvest"),
        (reso(), "reso"),
    ],
)
def test_formats_are_told_by_their_columns_in_any_order_and_case(payload, name):
    columns = list(payload)
    for spelling in (columns, columns[::-1], [f"  {c.lower()} " for c in columns]):
        found = formats.recognise(spelling)
        assert found is not None
        assert found.name == name


@pytest.mark.parametrize("column", ["SALE TYPE", "PRICE", URL_COLUMN])
def test_without_a_signature_column_nothing_is_recognised(column):
    payload = redfin()
    del payload[column]
    assert formats.recognise(payload) is None
    nearest = formats.nearest_format(payload)
    assert nearest is not None
    assert nearest.name == "redfin"


def test_a_shipped_mapping_is_recognised_by_its_exact_header_only():
    columns = [
        "rownames",
        "city",
        "zip",
        "beds",
        "baths",
        "sqft",
        "type",
        "price",
        "latitude",
        "longitude",
    ]
    found = formats.recognise(columns)
    assert found is not None
    assert found.name == "sacramento_sales_2008"
    assert formats.recognise([*columns, "my_own_column"]) is None


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(UnknownFormat, match="Did you mean 'redfin'"):
        formats.read_record("redfinn", {})


@pytest.mark.parametrize("source", [form.name for form in formats.known_formats()])
@given(payload=st.data())
def test_read_record_never_raises_whatever_a_payload_says(source, payload):
    form = formats.format_named(source)
    names = sorted({name.rstrip("*") for field in form.fields for name in field.columns})
    values = st.none() | st.text(max_size=20) | st.integers() | st.floats() | st.lists(st.none())
    row = payload.draw(st.dictionaries(st.sampled_from(names), values, max_size=8))
    record = formats.read_record(source, row)
    assert record.source == source
    assert isinstance(formats.read_listing(source, row, NOW), RawListing | Rejected)


# ── Redfin ───────────────────────────────────────────────────────────────────────────────────────


def test_redfin_listing():
    record = formats.read_record("redfin", redfin())
    assert record.unread == {}
    assert {name: value for name, value in asdict(record).items() if value not in (None, {})} == {
        "source": "redfin",
        "source_key": "ARMLS:6900002",
        "x_mls": "ARMLS",
        "listing_id": "6900002",
        "standard_status": "Active",
        "property_type": "Residential",
        "property_sub_type": "Townhouse",
        "unparsed_address": "54 Example St, Unit 5",
        "city": "Phoenix",
        "state_or_province": "AZ",
        "postal_code": "85033",
        "latitude": 33.49,
        "longitude": -112.21,
        "list_price_cents": 18_500_000,
        "x_days_on_market_reported": 4,
        "bedrooms_total": 2,
        "x_bathrooms_decimal": 1.75,
        "living_area": 900.0,
        "year_built": 1984,
        "x_association_fee_monthly_cents": 21_000,
        "url": "https://example.org/AZ/Phoenix/54-Example-St-85033/unit-5/home/10000002",
    }


def test_redfin_past_sale_shows_what_it_sold_for():
    payload = redfin(SALE_TYPE="PAST SALE", SOLD_DATE="October-31-2025", STATUS="Sold")
    record = formats.read_record("redfin", payload)
    assert record.standard_status == "Closed"
    assert record.close_date == date(2025, 10, 31)
    assert (record.close_price_cents, record.list_price_cents) == (18_500_000, None)
    raw = listing("redfin", payload)
    assert (raw.standard_status, raw.price_cents) == ("Closed", 18_500_000)


def test_redfin_past_sale_with_odd_status_or_price():
    payload = redfin(SALE_TYPE="PAST SALE", STATUS="whatever", PRICE="ask")
    record = formats.read_record("redfin", payload)
    assert record.standard_status == "Closed"
    assert record.unread == {"close_price_cents": "ask"}


def test_redfin_without_mls_number_is_named_by_its_home():
    assert listing("redfin", redfin(**{"MLS#": ""})).source_key == "home:10000002"
    nameless = redfin(**{"MLS#": "", URL_COLUMN.replace("_", " "): ""})
    rejected = formats.read_listing("redfin", nameless, NOW, row=7)
    assert isinstance(rejected, Rejected)
    assert (rejected.rule_id, rejected.row, rejected.payload) == ("key.missing", 7, nameless)


def test_redfin_old_header_reads_and_hashes_like_the_new_one():
    new = redfin()
    old = {
        {
            URL_COLUMN: "URL (SEE http://www.redfin.com/old FOR INFO ON PRICING)",
            "STATE OR PROVINCE": "STATE",
            "ZIP OR POSTAL CODE": "ZIP",
        }.get(name, name): value
        for name, value in new.items()
    }
    assert formats.recognise(old) is formats.recognise(new)
    assert formats.read_record("redfin", old) == formats.read_record("redfin", new)
    assert listing("redfin", old).content_hash == listing("redfin", new).content_hash


@pytest.mark.parametrize(
    "changes",
    [
        {"DAYS_ON_MARKET": "5"},
        {"FAVORITE": "Y"},
        {"INTERESTED": "N"},
        {"NEXT_OPEN_HOUSE_START_TIME": ""},
        {"ADDRESS": "  54 Example St, Unit 5 "},
    ],
)
def test_what_says_nothing_of_the_listing_does_not_change_its_hash(changes):
    before, after = listing("redfin", redfin()), listing("redfin", redfin(**changes))
    assert before.content_hash == after.content_hash


@pytest.mark.parametrize("changes", [{"PRICE": "$184,000"}, {"STATUS": "Pending"}, {"BEDS": "3"}])
def test_what_says_something_does(changes):
    before, after = listing("redfin", redfin()), listing("redfin", redfin(**changes))
    assert before.content_hash != after.content_hash


@given(st.permutations(list(redfin())))
def test_the_order_of_columns_does_not_change_the_hash(order):
    payload = redfin()
    shuffled = {name: payload[name] for name in order}
    assert listing("redfin", shuffled).content_hash == listing("redfin", payload).content_hash


def test_unreadable_values_do_not_reject_a_row():
    payload = redfin(PRICE="ask agent", BEDS="many", YEAR_BUILT="-")
    assert isinstance(formats.read_listing("redfin", payload, NOW), RawListing)
    record = formats.read_record("redfin", payload)
    assert record.unread == {"list_price_cents": "ask agent", "bedrooms_total": "many"}


@pytest.mark.parametrize(("value", "rule"), [("-", "zip.missing"), ("8503", "zip.malformed")])
def test_a_row_without_usable_zip_is_rejected(value, rule):
    rejected = formats.read_listing("redfin", redfin(ZIP_OR_POSTAL_CODE=value), NOW)
    assert isinstance(rejected, Rejected)
    assert rejected.rule_id == rule
    assert value in rejected.reason


# ── The status feed ──────────────────────────────────────────────────────────────────────────────


def test_status_feed_of_phoenix():
    raw = listing("mls_status_feed", status_row())
    assert raw.source_key == "ARMLS:6900003"
    assert raw.listing_id == "mls_status_feed|ARMLS:6900003"
    assert raw.observed_at == datetime(2025, 12, 26, 5, 59, 25, tzinfo=UTC)
    assert (raw.standard_status, raw.price_cents, raw.changed_on) == ("Active", 30_999_900, None)
    record = formats.read_record("mls_status_feed", raw.payload)
    assert record.listing_contract_date == date(2025, 11, 10)
    assert record.x_days_on_market_reported is None  # the feed's number is wrong there
    assert (record.unparsed_address, record.city, record.state_or_province, record.x_mls) == (
        *("12 W ELM ST 7", "Phoenix", "AZ", "ARMLS"),
    )


def test_status_feed_of_tucson_gives_the_date_of_the_last_change():
    payload = status_row(market="Tucson", status="Pending", list_date="12/26/2025")
    raw = listing("mls_status_feed", payload)
    assert (raw.source_key, raw.changed_on) == ("MLSSAZ:6900003", date(2025, 12, 26))
    record = formats.read_record("mls_status_feed", payload)
    assert (record.x_changed_on, record.listing_contract_date) == (date(2025, 12, 26), None)
    assert (record.x_days_on_market_reported, record.close_date) == (3, None)


def test_status_feed_closed_rows():
    tucson = formats.read_record(
        "mls_status_feed", status_row(market="Tucson", status="Closed", price="$1")
    )
    assert (tucson.close_price_cents, tucson.list_price_cents) == (100, None)
    assert (tucson.close_date, tucson.x_changed_on) == (date(2025, 11, 10), date(2025, 11, 10))
    phoenix = formats.read_record("mls_status_feed", status_row(status="Closed"))
    assert (phoenix.close_date, phoenix.listing_contract_date) == (None, date(2025, 11, 10))
    assert listing("mls_status_feed", status_row(status="Closed")).price_cents == 30_999_900


def test_status_feed_unreadable_date_is_kept_under_its_meaning():
    payload = status_row(market="Tucson", list_date="soon", price="?", status="Closed")
    record = formats.read_record("mls_status_feed", payload)
    assert record.unread == {"x_changed_on": "soon", "close_price_cents": "?"}


def test_status_feed_of_an_unknown_market_claims_nothing():
    raw = listing("mls_status_feed", status_row(market="Las Vegas"))
    assert raw.source_key == "Las Vegas:6900003"
    record = formats.read_record("mls_status_feed", raw.payload)
    assert record.unread == {"x_mls": "Las Vegas"}
    assert record.listing_contract_date is None


def test_status_feed_snapshots_of_a_resting_listing_hash_alike():
    later = status_row(snapshot="2025-12-27T11-38-51", days_on_market="5")
    before, after = listing("mls_status_feed", status_row()), listing("mls_status_feed", later)
    assert before.content_hash == after.content_hash
    assert before.observed_at < after.observed_at


def test_an_unreadable_snapshot_leaves_the_time_of_the_file():
    assert listing("mls_status_feed", status_row(snapshot="?")).observed_at == NOW


# ── HomeHarvest ──────────────────────────────────────────────────────────────────────────────────


def test_homeharvest_active_listing_does_not_close_by_an_earlier_sale():
    record = formats.read_record("homeharvest", homeharvest())
    assert (record.close_date, record.close_price_cents) == (None, None)
    assert record.list_price_cents == 40_000_000
    assert record.x_bathrooms_decimal == 2.5
    assert record.on_market_date == date(2025, 3, 3)
    assert (record.source_key, record.x_mls, record.listing_id) == ("222", "ARMLS", "6900004")


def test_homeharvest_sold_listing():
    payload = homeharvest(status="SOLD", half_baths="", listing_id="")
    record = formats.read_record("homeharvest", payload)
    assert (record.close_date, record.close_price_cents) == (date(2019, 2, 28), 35_000_000)
    assert (record.x_bathrooms_decimal, record.source_key) == (2.0, "property:111")
    assert listing("homeharvest", payload).price_cents == 35_000_000


def test_homeharvest_off_market_is_unread():
    record = formats.read_record("homeharvest", homeharvest(status="OFF_MARKET"))
    assert record.unread == {"standard_status": "OFF_MARKET"}


# ── RESO ─────────────────────────────────────────────────────────────────────────────────────────


def test_names_map_by_rule():
    assert pascal_case("list_price_cents") == "ListPrice"
    assert pascal_case("pool_private_yn") == "PoolPrivateYN"
    assert pascal_case("lot_size_square_feet") == "LotSizeSquareFeet"


def test_every_field_has_a_parser():
    apart = {"source", "source_key", "postal_code", "unread"}
    assert set(FIELD_PARSERS) == set(ListingRecord.__dataclass_fields__) - apart


def test_reso_listing():
    record = formats.read_record("reso", reso())
    assert record.unread == {}
    assert record.source_key == "20250101000000000001000000"
    assert record.standard_status == "Active Under Contract"
    assert record.property_sub_type == "Single Family Residence"
    assert (record.list_price_cents, record.original_list_price_cents) == (32_000_000, 32_900_000)
    assert record.x_bathrooms_decimal == 2.5
    assert record.lot_size_square_feet == 6098.4
    assert (record.unparsed_address, record.city) == ("1234 N 55th Ave", "Phoenix")
    assert record.x_association_fee_monthly_cents == 10_000
    assert record.x_changed_on == date(2025, 6, 9)  # 02:00 UTC is the evening before in Phoenix
    assert record.tax_annual_amount_cents is None  # masked by the vendor
    assert record.pool_private_yn is True
    assert record.modification_timestamp == datetime(2025, 6, 9, 20, 34, 0, 123000, tzinfo=UTC)
    raw = listing("reso", reso())
    assert raw.source_modified_at == record.modification_timestamp


def test_reso_oddities():
    payload = reso(
        StandardStatus=None,
        MlsStatus="Pending",
        UnparsedAddress=None,
        StreetNumber=1234,
        StreetDirPrefix="N",
        StreetName="55th",
        StreetSuffix="Ave",
        UnitNumber="5",
        BathroomsFull=None,
        BathroomsHalf=None,
        AssociationFeeFrequency=None,
        ListingKey=None,
    )
    record = formats.read_record("reso", payload)
    assert record.standard_status == "Pending"
    assert record.unparsed_address == "1234 N 55th Ave #5"
    assert record.x_bathrooms_decimal == 3
    assert record.x_association_fee_monthly_cents is None
    assert record.source_key == "ARMLS:6900001"


def test_reso_hash_leaves_out_signed_media_and_ticking_days():
    later = reso(DaysOnMarket=9, Media=[], **{"@odata.etag": "x"})
    assert listing("reso", later).content_hash == listing("reso", reso()).content_hash
    changed = reso(ListPrice=310000)
    assert listing("reso", changed).content_hash != listing("reso", reso()).content_hash


# ── Mapping files ────────────────────────────────────────────────────────────────────────────────

MAPPING = """
name: my_county
licence_class: operator_files
key: [parcel, sold_on]
zip_from: {column: url, pattern: "-(\\\\d{5})/"}
observed_at: {column: seen, zone: America/Denver}
constants: {standard_status: sold, state_or_province: co}
volatile: [seen]
columns:
  parcel_number: parcel
  close_date: sold_on
  close_price_cents: price
  lot_size_square_feet: {column: lot, unit: acres}
  x_bathrooms_decimal: {sum: {full: 1, half: 0.5}, complete: true}
  url: url
"""


def test_a_mapping_file_reads_a_table_of_its_own(tmp_path):
    path = tmp_path / "my.yaml"
    path.write_text(MAPPING)
    assert formats.register_mappings(tmp_path) == ["my_county"]
    payload = {
        "parcel": "12-34",
        "sold_on": "19-APR-21",
        "price": "$5",
        "lot": "2",
        "full": "1",
        "half": "1",
        "url": "https://example.org/x-80202/",
        "seen": "2025-01-01 00:00:00",
    }
    raw = listing("my_county", payload)
    assert (raw.source_key, raw.zip) == ("12-34:19-APR-21", "80202")
    assert raw.observed_at == datetime(2025, 1, 1, 7, tzinfo=UTC)
    assert (raw.standard_status, raw.price_cents) == ("Closed", 500)
    record = formats.read_record("my_county", payload)
    assert (record.lot_size_square_feet, record.x_bathrooms_decimal) == (87_120.0, 1.5)
    assert record.state_or_province == "CO"
    assert formats.read_record("my_county", {**payload, "half": ""}).x_bathrooms_decimal is None
    assert formats.recognise(payload) is None  # only when asked for


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("close_price_cents", "close_prize_cents", "did you mean close_price_cents"),
        ("unit: acres", "unit: hectares", "square_feet"),
        ("unit: acres", "parser: akres", "did you mean acres"),
        ("volatile:", "volatil:", "did you mean volatile"),
        ("standard_status: sold", "standard_status: gone", "constants.standard_status"),
        ("America/Denver", "America/Dnever", "time zone"),
        ("-(\\\\d{5})/", "-(\\\\d{5}/", "regular expression"),
        ("-(\\\\d{5})/", "-\\\\d{5}/", "put ( ) round"),
        ("key: [parcel, sold_on]", "key: []", "`key` names no column"),
        ("zip_from:", "zip: x\nzip_from:", "exactly one"),
        ("name: my_county", "name: My County", "name"),
        ("operator_files", "mine", "licence_class"),
        ("columns:", "header: [a]\ncolumns:", "`header` lacks the columns"),
        ("columns:", "columns: [", "not a YAML file"),
    ],
)
def test_mistakes_in_a_mapping_file_are_named(tmp_path, old, new, message):
    path = tmp_path / "bad.yaml"
    assert old in MAPPING
    path.write_text(MAPPING.replace(old, new))
    with pytest.raises(MappingError) as caught:
        formats.load_mapping(path)
    assert message in str(caught.value)
    assert "bad.yaml" in str(caught.value)


def test_a_mapping_file_cannot_take_a_built_in_name(tmp_path):
    path = tmp_path / "my.yaml"
    path.write_text(MAPPING.replace("my_county", "redfin"))
    with pytest.raises(MappingError, match="built-in"):
        formats.register(formats.load_mapping(path))
