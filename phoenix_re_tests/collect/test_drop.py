"""The drop folder's habits: which files wait, where handled ones go, what a name tells."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from phoenix_re.collect.drop import date_in_name, set_aside, storable_name, waiting_files
from phoenix_re.collect.files import open_listing_file
from phoenix_re.collect.formats import MappingError, keep_mapping, load_mapping
from phoenix_re.collect.json_objects import objects
from phoenix_re_tests.listing_files import HEADER


def put(folder: Path, name: str, age: float) -> Path:
    path = folder / name
    path.write_text(name)
    written = time.time() - age
    os.utime(path, (written, written))
    return path


def test_settled_files_wait_oldest_first(tmp_path: Path) -> None:
    older, old = put(tmp_path, "b.csv", 900), put(tmp_path, "a.csv", 90)
    for name in (".hidden", "~lock.csv"):
        put(tmp_path, name, 900)
    put(tmp_path, "growing.csv", 0)
    (tmp_path / "done").mkdir()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert list(waiting_files(tmp_path, time.time())) == [older, old]
    assert waiting_files(tmp_path / "nowhere", time.time()) == {}


def test_a_file_of_the_future_does_not_wait_for_ever(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", -86_400)
    assert list(waiting_files(tmp_path, time.time())) == [path]


def test_a_handled_file_never_replaces_another(tmp_path: Path) -> None:
    for expected in ("a.csv", "a.2.csv", "a.3.csv"):
        aside = set_aside(put(tmp_path, "a.csv", 0), "done")
        assert aside == tmp_path / "done" / expected
        assert aside.exists()
    with pytest.raises(FileNotFoundError):
        set_aside(tmp_path / "a.csv", "done")


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("redfin_2025-12-27.csv", 27),
        ("redfin_20251227-08-15.csv", 27),
        ("2025_13_40 2025_12_26.csv", 26),
        ("feed.csv", None),
        ("1202512271.csv", None),
    ],
)
def test_the_day_in_a_name(name: str, day: int | None) -> None:
    assert date_in_name(name) == (datetime(2025, 12, day, 12, tzinfo=UTC) if day else None)


def test_a_name_that_is_no_text_can_be_stored() -> None:
    assert storable_name(Path(os.fsdecode(b"a\xff.csv"))) == "a\ufffd.csv"


def test_a_kept_mapping_knows_its_table_and_no_other(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "{name: kept_mine, licence_class: operator_files, key: No, zip: 2021, "
        "columns: {list_price_cents: Ask}}"
    )
    kept = keep_mapping(mine, tmp_path / "kept", ["no", "2021", "Ask", "column_4"])
    assert kept == tmp_path / "kept" / "kept_mine.yaml"
    form = load_mapping(kept)
    assert form.recognises(["No", "2021", "ask", "column_4"])
    assert not form.recognises(["No", "2021", "Ask"])
    assert form.name == "kept_mine"
    without = load_mapping(keep_mapping(mine, tmp_path / "kept", None))
    assert without.by_name_only
    mine.write_text("name: 1")
    with pytest.raises(MappingError):
        keep_mapping(mine, tmp_path / "kept", None)
    assert [p.name for p in (tmp_path / "kept").iterdir()] == ["kept_mine.yaml"]


def test_a_table_that_became_shorter_meanwhile_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"prose\n\n\n{HEADER}\n")
    found = open_listing_file(path)
    path.write_text("")
    assert list(found) == []


@pytest.mark.parametrize("size", [1, 3, 1_000])
def test_what_python_writes_and_json_lacks_is_not_stated(size: int) -> None:
    import io

    text = (
        '[{"a": NaN, "b": [-Infinity, Infinity, "NaN, \\"Infinity\\\\"], "NaN": "\\\\"}, '
        f'{{"c": -{"7" * 5_000}}}, {{"d": 1e999}}]'
    )
    stream = io.StringIO(text)
    assert list(objects(lambda n: stream.read(min(n, size)))) == [
        {"a": None, "b": [None, None, 'NaN, "Infinity\\'], "NaN": "\\"},
        {"c": "-" + "7" * 5_000},
        {"d": "1E+999"},
    ]
