"""`phoenix-re import` through the command: its JSON, its options, its exit codes, its mappings."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from phoenix_re.resources.mongo import MongoStore
from phoenix_re_tests.importing import Importer, uri_of
from phoenix_re_tests.listing_files import feed, feed_line, reso, write

pytestmark = pytest.mark.integration

PROGRAM = str(Path(sys.executable).parent / "phoenix-re")


@pytest.fixture
def importer(store: MongoStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    monkeypatch.setenv("MONGODB_URI", uri_of(store))
    monkeypatch.setenv("PHOENIX_RE_HOME", str(tmp_path / "home"))
    return Importer(store)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    rows = [feed_line(1), feed_line(2, zip="85701", market="Tucson"), feed_line(3, zip="10001")]
    return write(tmp_path / "good.csv", feed([*rows, feed_line(4, zip="-")]))


def test_one_object_per_file_with_the_five_counts(importer: Importer, good: Path) -> None:
    reply = write(good.parent / "reply.json", json.dumps({"value": [reso(1)]}))
    answer = importer(good, reply)
    assert answer.exit_code == 0  # a row in quarantine is no failure
    assert answer.files == [
        {
            "file": "good.csv",
            "format": "mls_status_feed",
            "read": 4,
            "new": 2,
            "changed": 0,
            "unchanged": 0,
            "outside": 1,
            "quarantined": 1,
            "reasons": {"zip.missing": 1},
            "touched": {"phx": 1, "tuc": 1},
        },
        {
            "file": "reply.json",
            "format": "reso",
            "read": 1,
            "new": 1,
            "changed": 0,
            "unchanged": 0,
            "outside": 0,
            "quarantined": 0,
            "reasons": {},
            "touched": {"phx": 1},
        },
    ]


def test_the_same_file_twice_in_one_command_changes_nothing_the_second_time(
    importer: Importer, good: Path
) -> None:
    first, second = importer(good, good).files
    assert (first["new"], second["new"], second["unchanged"]) == (2, 0, 2)
    assert second["touched"] == {}
    assert importer.rules() == {"zip.missing": 1}


def test_a_market_of_choice_leaves_the_others_outside(importer: Importer, good: Path) -> None:
    (row,) = importer(good, "--market", "phx").files
    assert (row["new"], row["outside"], row["touched"]) == (1, 2, {"phx": 1})
    result = importer.text(good, "--market", "[/nowhere]")
    assert result.exit_code == 1
    assert "no market '[/nowhere]'; known: aus" in " ".join(result.stderr.split())


def test_a_late_row_of_another_market_is_placed_where_only_one_is_imported(
    importer: Importer, good: Path
) -> None:
    moved = [
        feed_line(1, zip="85701", snapshot="2025-12-27T10-00-00"),
        feed_line(1, zip="85031", snapshot="2025-12-26T10-00-00"),
    ]
    importer(write(good.parent / "new.csv", feed(moved[:1])))
    (row,) = importer(write(good.parent / "old.csv", feed(moved[1:])), "--market", "phx").files
    assert (row["changed"], row["touched"]) == (1, {"tuc": 1})


def test_a_format_asked_for(importer: Importer, good: Path) -> None:
    assert importer(good, "--format", "mls_status_feed").files[0]["new"] == 2
    assert "lacks the columns SALE TYPE" in importer(good, "--format", "redfin").files[0]["error"]
    result = importer.text(good, "--format", "refdin")
    assert result.exit_code == 1
    assert "Did you mean 'redfin'?" in result.stderr


def test_a_refused_file_does_not_keep_the_others_out(importer: Importer, good: Path) -> None:
    odd = write(good.parent / "[red]odd[b].csv", "[/a],b\n1,2\n")
    unknown = write(good.parent / "unknown.csv", "[/x],[bold]y\n1,2\n")
    table = write(good.parent / "table.csv", "x,[/y],[bold]z\n1,2,3\n")
    answer = importer(odd, good.parent, good, good.parent / "nowhere.csv", unknown, table)
    assert answer.exit_code == 1
    assert [row["read"] for row in answer.files] == [0, 0, 4, 0, 0, 0]
    assert ["error" in row for row in answer.files] == [True, True, False, True, True, True]
    assert "folder" in answer.files[1]["error"]
    assert "No such file" in answer.files[3]["error"]
    assert "x, [/y], [bold]z" in answer.files[5]["error"]
    shown = importer.text(odd, good, table)  # brackets are no markup
    assert "refused" in shown.stderr
    assert "[/y]" in shown.stderr
    assert "1 quarantined under zip.missing" in shown.stdout


@pytest.mark.parametrize(
    ("time", "stored"),
    [
        ("2025-05-01", "2025-05-01T12:00:00+00:00"),
        ("2025-05-01T18:00-07:00", "2025-05-02T01:00:00+00:00"),
        ("2025-05-01T18:00:00+05:45", "2025-05-01T12:15:00+00:00"),
        ("1969-12-31 23:59:59+14:00", "1969-12-31T09:59:59+00:00"),
    ],
)
def test_observed_at_in_any_zone(
    importer: Importer, tmp_path: Path, time: str, stored: str
) -> None:
    importer(write(tmp_path / "a.json", json.dumps([reso(1)])), "--observed-at", time)
    (listing,) = importer.store.db["raw_listings"].find()
    assert listing["versions"][0]["observed_at"].isoformat() == stored


@pytest.mark.parametrize(
    "time", ["yesterday", "2025-13-01", "0001-01-01T00:00+14:00", "9999-12-31T23:00-02:00", "[/x]"]
)
def test_a_time_that_is_none_is_refused_with_an_example(
    importer: Importer, good: Path, time: str
) -> None:
    result = importer.text(good, "--observed-at", time)
    assert result.exit_code == 1
    assert "2025-05-01" in result.stderr
    assert importer.keys() == set()


def test_a_home_that_is_none_is_named(
    importer: Importer, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MONGODB_URI")
    monkeypatch.setenv("PHOENIX_RE_HOME", str(good))
    result = importer.text(good)
    assert result.exit_code == 1
    assert "PHOENIX_RE_HOME" in result.stderr


# ── Mappings ─────────────────────────────────────────────────────────────────────────────────────

MAPPING = """
name: parcels_of_the_test
licence_class: operator_files
key: [Parcel, Sold]
zip: Post code
columns: {close_price_cents: Paid, close_date: Sold, parcel_number: Parcel}
constants: {standard_status: Closed}
"""
TABLE = "Parcel;Sold;Post code;Paid;No\n1-2;1/2/2025;85031;$5,000;1\n1-3;1/3/2025;85033;$6,000;2\n"


def test_a_mapping_works_later_in_another_process(
    importer: Importer, tmp_path: Path, store: MongoStore
) -> None:
    """Rows can be read there, and the next such table is known without `--mapping`."""
    table = write(tmp_path / "table.csv", TABLE)
    mapping = write(tmp_path / "mine.yaml", MAPPING)
    refused = phoenix_re("import", table, "--json")
    assert refused.returncode == 1
    assert "--mapping" in json.loads(refused.stdout)[0]["error"]
    first = phoenix_re("import", table, "--mapping", mapping, "--json")
    assert (json.loads(first.stdout)[0]["format"], json.loads(first.stdout)[0]["new"]) == (
        *("parcels_of_the_test", 2),
    )
    mapping.unlink()
    again = json.loads(phoenix_re("import", table, "--json").stdout)[0]
    assert (again["format"], again["unchanged"]) == ("parcels_of_the_test", 2)
    named = phoenix_re("import", table, "--format", "parcels_of_the_test", "--json")
    assert json.loads(named.stdout)[0]["unchanged"] == 2

    (listing,) = store.find_partition("raw_listings", {"market": "phx", "zip": "85031"})
    read = (
        "import json, sys\n"
        "from phoenix_re import home\n"
        "from phoenix_re.collect.formats import read_record, register_mappings\n"
        "register_mappings(home.mappings())\n"
        "source, payload = json.load(sys.stdin)\n"
        "print(read_record(source, payload).close_price_cents)\n"
    )
    payload = json.dumps([listing["source"], listing["versions"][0]["payload"]])
    done = subprocess.run(
        [sys.executable, "-c", read], input=payload, capture_output=True, text=True, check=True
    )
    assert done.stdout == "500000\n"


def phoenix_re(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=120, env=os.environ,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (MAPPING.replace("close_date", "close_day"), "did you mean close_date"),
        (MAPPING.replace("parcels_of_the_test", "redfin"), "built-in"),
        ("[" * 5_000, "YAML"),
        ("name: [/x]", "name"),
        (b"\xff\xfe\x00", "YAML"),
        ("", "mapping file"),
    ],
)
def test_a_mapping_with_a_mistake_is_answered_with_the_remedy(
    importer: Importer, good: Path, content: str | bytes, message: str
) -> None:
    mapping = write(good.parent / "bad.yaml", content)
    result = importer.text(good, "--mapping", mapping)
    assert result.exit_code == 1
    assert message in " ".join(result.stderr.split())
    assert importer.keys() == set()
    assert not (good.parent / "home" / "mappings").exists()


def test_a_kept_mapping_that_went_bad_is_named(importer: Importer, good: Path) -> None:
    folder = good.parent / "home" / "mappings"
    folder.mkdir(parents=True)
    write(folder / "spoilt.yaml", "name: x")
    result = importer.text(good)
    assert result.exit_code == 1
    assert "spoilt.yaml" in "".join(result.stderr.split())


def test_a_mapping_that_does_not_fit_is_not_kept(importer: Importer, good: Path) -> None:
    mapping = write(good.parent / "mine.yaml", MAPPING)
    (row,) = importer(good, "--mapping", mapping).files
    assert "lacks the columns Parcel" in row["error"]
    assert not (good.parent / "home" / "mappings").exists()
