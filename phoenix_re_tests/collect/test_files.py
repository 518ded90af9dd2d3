"""What a file is and what its rows are, whatever the file: every trap met in downloads."""

import codecs
import csv
import gzip
import io
import json
import os
import tracemalloc
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phoenix_re.collect import delimited, formats, json_objects
from phoenix_re.collect.files import REJECTION_RULES, UnrecognisedFile, open_listing_file
from phoenix_re.collect.listing import RawListing, Rejected

SOME_TIME = datetime(2025, 5, 1, 12, tzinfo=UTC)
COLUMNS = [
    "mls_number",
    "status",
    "address",
    "price",
    "list_date",
    "days_on_market",
    "market",
    "snapshot",
    "zip",
]
HEADER = ",".join(COLUMNS)
DISCLAIMER = (
    "In accordance with local MLS rules, some MLS listings are not included in the download"
)

several = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def cells(number, **changes):
    row = {
        "mls_number": str(6_900_000 + number),
        "status": "Active",
        "address": f"{number} W Elm St",
        "price": f"${number},000",
        "list_date": "11/10/2025",
        "days_on_market": "3",
        "market": "Phoenix",
        "snapshot": "2025-12-25T22-59-25",
        "zip": "85031",
    }
    return list({**row, **changes}.values())


def line(number, delimiter=",", **changes):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="").writerow(cells(number, **changes))
    return text.getvalue()


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="listings.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


def read(path: Path, **options: Any) -> list[Any]:
    return list(open_listing_file(path, **options))


def summary(rows: Iterable[Any]) -> list[int | str]:
    """Each row in a word: a listing's number, or the rule it breaks."""
    return [
        int(row.source_key.partition(":")[2]) - 6_900_000
        if isinstance(row, RawListing)
        else row.rule_id
        for row in rows
    ]


# ── Nothing in it ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("content", ["", "\n\n  \n", "\ufeff"])
def test_an_empty_file_has_no_rows_and_no_format(write, content):
    found = open_listing_file(write(content))
    assert (found.format, found.columns, list(found)) == ("empty", (), [])


@pytest.mark.parametrize("content", [HEADER, HEADER + "\n", HEADER + "\r\n\r\n,,,,,,,,\n"])
def test_a_header_alone_has_no_rows(write, content):
    found = open_listing_file(write(content))
    assert (found.format, list(found)) == ("mls_status_feed", [])
    assert found.columns == tuple(COLUMNS)


@pytest.mark.parametrize("content", ["[]", '{"value": []}', '{"@odata.context": "x", "value":[]}'])
def test_json_without_objects_has_no_rows(write, content):
    found = open_listing_file(write(content, "a.json"))
    assert (found.format, list(found)) == ("empty", [])


# ── Rows and their order ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_line_endings_and_delimiters(write, ending, delimiter):
    content = ending.join([delimiter.join(COLUMNS), *(line(n, delimiter) for n in (1, 2, 3))])
    rows = read(write(content))
    assert summary(rows) == [1, 2, 3]
    assert rows[1].payload == dict(zip(COLUMNS, cells(2), strict=True))


def test_the_line_that_excel_puts_before_the_header(write):
    content = "\n".join(["sep=;", ";".join(COLUMNS), line(1, ";")])
    assert summary(read(write(content))) == [1]


def test_a_file_can_be_read_twice_and_from_any_name(write):
    found = open_listing_file(write(f"{HEADER}\n{line(1)}\n", "download"))
    assert summary(found) == summary(found) == [1]


def test_rows_keep_their_numbers_and_texts(write):
    content = "\n".join([HEADER, line(1), "", line(2, zip="-"), HEADER, "1,2", line(3)])
    rows = read(write(content))
    assert summary(rows) == [1, "zip.missing", "row.too_few_columns", 3]
    assert [row.row for row in rows if isinstance(row, Rejected)] == [2, 3]
    assert rows[1].payload["mls_number"] == "6900002"
    assert rows[2].payload == "1,2"
    assert {row.rule_id for row in rows if isinstance(row, Rejected)} <= set(REJECTION_RULES)


@pytest.mark.parametrize(
    "disclaimer",
    [
        f'"{DISCLAIMER}"',
        f'"{DISCLAIMER}"' + "," * (len(COLUMNS) - 1),
        DISCLAIMER,
        f'"{DISCLAIMER}",',
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_disclaimers_are_no_rows_wherever_they_stand(write, disclaimer, place):
    lines = [HEADER, line(1), line(2)]
    lines.insert(place, disclaimer)
    assert summary(read(write("\n".join(lines)))) == [1, 2]


def test_repeated_headers_and_blank_lines_are_no_rows(write):
    lines = [HEADER, line(1), "", f" {HEADER}", ",,,", "," * 8, line(2), "   "]
    assert summary(read(write("\n".join(lines)))) == [1, 2]


def test_too_many_and_too_few_cells(write):
    lines = [
        HEADER,
        line(1) + ",more",
        line(2) + ",, ",
        line(3).rpartition(",")[0],
        "6900004",
        line(5),
    ]
    assert summary(read(write("\n".join(lines)))) == [
        *("row.too_many_columns", 2, "row.too_few_columns", "row.too_few_columns", 5),
    ]


def test_columns_without_a_name_or_with_the_same_get_one(write):
    content = f",{HEADER},status\nx,{line(1)},again\n"
    (row,) = read(write(content))
    assert row.payload["column_1"] == "x"
    assert (row.payload["status"], row.payload["status (2)"]) == ("Active", "again")


def test_a_row_without_a_key_is_rejected(write):
    assert summary(read(write(f"{HEADER}\n{line(1, mls_number=' ')}\n"))) == ["key.missing"]


# ── Quotes ───────────────────────────────────────────────────────────────────────────────────────


def test_a_quoted_cell_may_hold_lines_delimiters_and_quotes(write):
    address = 'Lot 5,\nthe "big" one\r\n\rby the road'
    rows = read(write("\n".join([HEADER, line(1, address=address), line(2)])))
    assert summary(rows) == [1, 2]
    assert rows[0].payload["address"] == address


@pytest.mark.parametrize("followers", [1, 3, 3_000])
@pytest.mark.parametrize("quoted_later", [False, True])
@pytest.mark.parametrize("price", ["$1", "$1,000"])
def test_a_quote_never_closed_does_not_swallow_the_rest(write, followers, quoted_later, price):
    broken = line(1, price=price).replace("1 W Elm St", '"1 W Elm St')
    good = [line(n, price="$2") for n in range(2, followers + 2)]
    if quoted_later:
        good[-1] = line(followers + 1, address="a, b")
    rows = read(write("\n".join([HEADER, broken, *good])))
    assert summary(rows) == ["row.unclosed_quote", *range(2, followers + 2)]
    assert rows[0].payload.startswith("6900001")


def test_a_quote_closed_by_chance_far_below_does_not_hide_rows(write):
    lines = [HEADER, '6900001,"Active', line(2), line(3), 'x"', line(4)]
    assert summary(read(write("\n".join(lines)))) == [
        *("row.unclosed_quote", 2, 3, "row.too_few_columns", 4),
    ]


def test_every_line_with_an_open_quote_is_rejected_alone(write):
    broken = [line(n, price="1").replace(",Active,", ',Active,"') for n in range(50)]
    rows = read(write("\n".join([HEADER, *broken, line(60)])))
    assert summary(rows) == ["row.unclosed_quote"] * 50 + [60]


def test_quotes_out_of_order_inside_one_line_are_read_all_the_same(write):
    odd = line(1).replace("1 W Elm St", '"5" pipe road"')
    rows = read(write("\n".join([HEADER, odd, line(2).replace("2 W", '2" W')])))
    assert summary(rows) == [1, 2]
    assert [row.payload["address"] for row in rows] == ['5" pipe road', '2" W Elm St']


# ── Too long ─────────────────────────────────────────────────────────────────────────────────────


def test_a_gigantic_line_is_skipped_in_flat_memory(write):
    content = "\n".join([HEADER, line(1), "x" * (6 * delimited.LONGEST_LINE), line(2)])
    path = write(content)
    tracemalloc.start()
    rows = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert summary(rows) == [1, "row.too_long", 2]
    assert len(rows[1].payload) <= delimited.KEPT
    assert peak < 4 * delimited.LONGEST_LINE + (1 << 22)


def test_a_gigantic_line_behind_an_open_quote(write):
    broken = line(1, price="1").replace("1 W Elm St", '"1 W Elm St')
    lines = [HEADER, broken, line(2, price="2"), "x" * (delimited.LONGEST_LINE + 5), line(3)]
    assert summary(read(write("\n".join(lines)))) == ["row.unclosed_quote", 2, "row.too_long", 3]


def test_a_gigantic_cell_is_rejected(write):
    long = line(1, address="x" * (csv.field_size_limit() + 1))
    assert summary(read(write("\n".join([HEADER, long, line(2)])))) == ["row.too_long", 2]


def test_a_long_file_is_read_in_flat_memory(write):
    path = write("\n".join([HEADER, *(line(n) for n in range(20_000))]))
    tracemalloc.start()
    count = sum(1 for _ in open_listing_file(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < path.stat().st_size * 4  # caches of texts are bounded; rows are not kept


# ── Encodings and compression ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8"),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: text.encode("utf-32"),
        lambda text: text.encode("latin-1"),
        lambda text: text.encode("cp1252"),
        lambda text: gzip.compress(text.encode("utf-8")),
        lambda text: gzip.compress(text.encode("utf-16")),
    ],
)
def test_encodings_and_gzip(write, encode):
    content = f"{HEADER}\n{line(1, address='5 Cañon Peñasco')}\n{line(2)}\n"
    rows = read(write(encode(content)))
    assert summary(rows) == [1, 2]
    assert rows[0].payload["address"] == "5 Cañon Peñasco"


def test_a_stray_byte_far_behind_the_sample_is_read_as_cp1252(write):
    lines = [line(n) for n in range(6_000)]
    content = "\n".join([HEADER, line(1, address="Peñasco"), *lines]).encode("utf-8")
    rows = read(
        write(content + b"\n" + line(9, address="5 Can~on").replace("n~", "ñ").encode("cp1252"))
    )
    assert rows[0].payload["address"] == "Peñasco"
    assert rows[-1].payload["address"] == "5 Cañon"


def test_nul_bytes_are_dropped(write):
    rows = read(write(f"{HEADER}\n{line(1)}\0\n\0{line(2)}\n"))
    assert summary(rows) == [1, 2]
    assert rows[0].payload["zip"] == "85031"


def test_a_gzip_file_cut_off_gives_its_rows_first(write):
    lines = [line(n, address=os.urandom(8).hex()) for n in range(40_000)]
    packed = gzip.compress("\n".join([HEADER, *lines]).encode())
    rows = read(write(packed[: len(packed) * 9 // 10]))
    assert summary(rows[:30_000]) == list(range(30_000))
    assert summary(rows)[-1] == "file.truncated"


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────


def reso(number, **changes):
    return {
        "ListingKey": f"K:{6_900_000 + number}",
        "StandardStatus": "Active",
        "ListPrice": 320000.10,
        "PostalCode": "85031",
        "Media": [{"Order": 0}],
        **changes,
    }


@pytest.mark.parametrize(
    "wrap",
    [
        json.dumps,
        lambda rows: json.dumps({"@odata.context": "x", "value": rows, "@odata.nextLink": "y"}),
        lambda rows: json.dumps({"value": rows}, indent=1),
        lambda rows: "\n".join(json.dumps(row) for row in rows),
        lambda rows: "\ufeff" + json.dumps(rows),
    ],
)
def test_json_in_its_wrappings(write, wrap):
    found = open_listing_file(write(wrap([reso(1), reso(2)]), "a.json"))
    assert found.format == "reso"
    rows: list[Any] = list(found)
    assert summary(rows) == [1, 2]
    assert rows[0].payload == reso(1)
    assert rows[0].price_cents == 32_000_010


def test_one_bare_object(write):
    assert summary(read(write(json.dumps(reso(1)), "a.json"))) == [1]
    assert summary(read(write(json.dumps(reso(1)).encode("utf-16"), "b.json"))) == [1]


def test_what_is_no_object_is_rejected_in_its_place(write):
    rows = read(write(json.dumps([1, reso(1), [reso(2)], None, "x", reso(3), {}]), "a.json"))
    assert summary(rows) == [
        *("row.not_an_object", 1, "row.not_an_object", "row.not_an_object"),
        *("row.not_an_object", 3, "key.missing"),
    ]


@pytest.mark.parametrize("cut", [1, 2, 20, 90])
def test_truncated_json_gives_its_whole_objects_first(write, cut):
    content = json.dumps({"value": [reso(1), reso(2), reso(3)]})
    rows = summary(read(write(content[:-cut], "a.json")))
    assert rows[-1] == "file.truncated"
    assert rows[:-1] in ([1, 2, 3], [1, 2])


def test_broken_json_gives_its_whole_objects_first(write):
    content = f"[{json.dumps(reso(1))}, {{'single': 'quotes'}}, {json.dumps(reso(2))}]"
    assert summary(read(write(content, "a.json"))) == [1, "file.broken"]


def test_deep_json_is_rejected_and_reading_goes_on(write):
    deep = json.loads("[" * 60 + "]" * 60)
    rows = read(write(json.dumps([reso(1), reso(2, Deep=deep), reso(3)]), "a.json"))
    assert summary(rows) == [1, "row.too_deep", 3]


def test_a_bottomless_pit_of_brackets_ends(write):
    path = write("[" * 2_000_000, "a.json")
    with pytest.raises(UnrecognisedFile, match="no object"):
        open_listing_file(path)


def test_a_gigantic_object_ends_the_reading(write):
    huge = reso(2, PublicRemarks="x" * (json_objects.LONGEST_OBJECT + 200_000))
    assert summary(read(write(json.dumps([reso(1), huge, reso(3)]), "a.json"))) == [
        1,
        "row.too_long",
    ]


def test_names_with_nul_and_halves_of_characters_can_be_stored(write):
    content = json.dumps([reso(1, **{"No\0te": "x", "PublicRemarks": "a\ud800b"})])
    (row,) = read(write(content, "a.json"))
    assert row.payload["Note"] == "x"
    assert row.payload["PublicRemarks"].encode()


def test_numbers_beyond_64_bits_stay_as_digits(write):
    content = json.dumps([reso(1, ListingKeyNumeric=10**25)])
    (row,) = read(write(content, "a.json"))
    assert row.payload["ListingKeyNumeric"] == "1" + "0" * 25


# ── Times, formats, mappings ─────────────────────────────────────────────────────────────────────


def test_observed_at_is_the_rows_then_the_callers_then_the_files(write):
    with_snapshot = write(f"{HEADER}\n{line(1)}\n")
    (row,) = read(with_snapshot, observed_at=SOME_TIME)
    assert row.observed_at == datetime(2025, 12, 26, 5, 59, 25, tzinfo=UTC)
    without = write(json.dumps(reso(1)), "a.json")
    os.utime(without, (1_700_000_000, 1_700_000_000))
    assert read(without)[0].observed_at == datetime.fromtimestamp(1_700_000_000, UTC)
    local = SOME_TIME.astimezone(timezone(timedelta(hours=-7)))
    assert read(without, observed_at=local)[0].observed_at == SOME_TIME
    with pytest.raises(ValueError, match="time zone"):
        open_listing_file(without, observed_at=datetime(2025, 5, 1))  # noqa: DTZ001 - the point


def test_a_format_asked_for_by_name(write):
    path = write(f"{HEADER}\n{line(1)}\n")
    assert summary(read(path, format="mls_status_feed")) == [1]
    with pytest.raises(UnrecognisedFile, match="lacks the columns SALE TYPE"):
        open_listing_file(path, format="redfin")
    with pytest.raises(formats.UnknownFormat, match="mls_status_feed"):
        open_listing_file(path, format="mls_status")


MAPPING = """
name: my_table
licence_class: operator_files
key: [No, Date]
zip: Postal
columns: {list_price_cents: Ask, listing_contract_date: Date}
"""


def test_a_table_of_its_own_through_a_mapping_file(write):
    mapping = write(MAPPING, "my_table.yaml")
    table = write("My export of today\n\nNo;Date;Postal;Ask\n1;1/2/2025;85031;$5\n2;;85031;$6\n")
    with pytest.raises(UnrecognisedFile, match="--mapping"):
        open_listing_file(table)
    good, keyless = read(table, mapping=mapping)
    assert (good.source, good.source_key, good.price_cents) == ("my_table", "1:1/2/2025", 500)
    assert keyless.rule_id == "key.missing"
    assert formats.read_record("my_table", good.payload).list_price_cents == 500
    with pytest.raises(UnrecognisedFile, match="lacks the columns Ask"):
        open_listing_file(write("No,Date,Postal\n1,2,3\n"), mapping=mapping)


# ── What we cannot read ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04" + bytes(50), "Excel workbook"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "picture"),
        (bytes(range(256)) * 20, "binary"),
        (b"\x1f\x8b" + b"not gzip at all", "damaged gzip"),
        (b"\x1f\x8b", "damaged gzip"),
        ("<!DOCTYPE html><html>403 Forbidden</html>", "web page"),
        ("a,b,c\n1,2,3\n", "Columns seen: a, b, c"),
        ("just a sentence of prose\n", "none that could be told apart"),
        ('{"error": {"code": 401, "message": "no"}}', "Columns seen: error"),
        ("[1, 2", "no object"),
        ("{nonsense}", "no object"),
        ("x" * 2_000_000, "none that could be told apart"),
    ],
)
def test_other_files_are_named_and_the_way_out_is_told(write, content, message):
    with pytest.raises(UnrecognisedFile) as caught:
        open_listing_file(write(content, "thing"))
    assert message in str(caught.value)
    assert "thing" in str(caught.value)


def test_the_nearest_format_is_named_with_what_is_lacking(write):
    columns = [column for column in COLUMNS if column != "price"]
    with pytest.raises(UnrecognisedFile, match="'mls_status_feed', for which it lacks price"):
        open_listing_file(write(",".join(columns)))


def test_folders_and_missing_files_are_the_systems_errors(tmp_path):
    with pytest.raises(IsADirectoryError):
        open_listing_file(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_listing_file(tmp_path / "nowhere.csv")


# ── Whatever the bytes ───────────────────────────────────────────────────────────────────────────

JUNK = st.binary(max_size=300) | st.text(alphabet=',;"\n\r\t\0{}[]:a1é ', max_size=200).map(
    str.encode
)


@several
@given(JUNK)
def test_arbitrary_bytes_are_read_or_unrecognised(write, content):
    try:
        rows = read(write(content))
    except UnrecognisedFile:
        return
    assert all(isinstance(row, RawListing | Rejected) for row in rows)


def read_unless_binary(path):
    """Junk behind a header can be so much that the file is no text any more."""
    try:
        return read(path)
    except UnrecognisedFile as error:
        if "binary" not in str(error):
            raise
        return []


@several
@given(JUNK, st.sampled_from([",", "\t"]), st.booleans())
def test_arbitrary_bytes_behind_a_header(write, junk, delimiter, packed):
    content = delimiter.join(COLUMNS).encode() + b"\n" + junk + b"\n" + line(1, delimiter).encode()
    rows = read_unless_binary(write(gzip.compress(content) if packed else content))
    assert all(isinstance(row, RawListing) or row.rule_id in REJECTION_RULES for row in rows)
    assert [row.row for row in rows if isinstance(row, Rejected)] == [
        number for number, row in enumerate(rows, start=1) if isinstance(row, Rejected)
    ]


@several
@given(JUNK)
def test_arbitrary_bytes_behind_an_object(write, junk):
    rows = read_unless_binary(write(json.dumps(reso(1)).encode() + b"\n" + junk, "a.json"))
    assert summary(rows)[:1] in ([1], [])
    assert all(isinstance(row, RawListing) or row.rule_id in REJECTION_RULES for row in rows)


KINDS = {
    "good": (line, lambda n: n),
    "lines": (lambda n: line(n, address="a\nb\n\nc, d"), lambda n: n),
    "no zip": (lambda n: line(n, zip=""), lambda _: "zip.missing"),
    "bad zip": (lambda n: line(n, zip="0"), lambda _: "zip.malformed"),
    "no key": (lambda n: line(n, mls_number=""), lambda _: "key.missing"),
    "wide": (lambda n: line(n) + ",x", lambda _: "row.too_many_columns"),
    "narrow": (lambda n: f"{6_900_000 + n},Active", lambda _: "row.too_few_columns"),
    "open quote": (
        lambda n: line(n, price=n if n % 2 else "$1,000").replace(f"{n} W Elm", f'"{n} W Elm'),
        lambda _: "row.unclosed_quote",
    ),
    "blank": (lambda _: "", None),
    "commas": (lambda _: ",,,,,,,,", None),
    "header": (lambda _: HEADER, None),
    "disclaimer": (lambda _: f'"{DISCLAIMER}"', None),
}


@several
@given(st.lists(st.sampled_from(sorted(KINDS)), max_size=30), st.sampled_from(["\n", "\r\n", "\r"]))
def test_rows_in_are_listings_and_rejected_rows_out(write, kinds, ending):
    made = [(KINDS[kind], number) for number, kind in enumerate(kinds, start=1)]
    lines = [make(number) for (make, _), number in made]
    rows = read(write(ending.join([HEADER, *lines, ""])))
    assert summary(rows) == [expect(number) for (_, expect), number in made if expect is not None]


@several
@given(st.lists(st.lists(st.text(alphabet=',;"\n\r x', max_size=6), min_size=9, max_size=9)))
def test_what_a_csv_writer_writes_is_read_back(write, table):
    table = [[str(6_900_000 + n), *row[1:8], "85031"] for n, row in enumerate(table)]
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *table])
    rows = read(write(text.getvalue()))
    assert [list(row.payload.values()) for row in rows] == table
