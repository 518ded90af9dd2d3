"""`phoenix-re match-addresses`: the files people have, what they see, and the exit codes."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from phoenix_re.cli import output
from phoenix_re.cli.main import app

ROWS = [
    ("12 N Elm St, Mesa, AZ 85201", "12 North Elm Street, Mesa, AZ 85201", "same"),
    ("12 N Peña Blvd # 5", "12 N Pena Blvd Apt 6", "same_building"),
    ("12 N Elm St", "14 N Elm St", "different"),
    ("", "12 N Elm St", "unsure"),
]


def run(*arguments: str | Path) -> Any:
    words = ["match-addresses", *map(str, arguments)]
    return CliRunner().invoke(app, words, env={"COLUMNS": "160"})


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def table(delimiter: str = ",") -> str:
    lines = [["ours", "theirs"], *(row[:2] for row in ROWS)]
    return "".join(delimiter.join(f'"{cell}"' for cell in line) + "\n" for line in lines)


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    return written(tmp_path / "pairs.csv", table())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_table_is_read(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = written(tmp_path / "pairs.txt", table(delimiter), encoding)
    result = run(path, "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert [(p["a"], p["b"], p["verdict"]) for p in said["pairs"]] == ROWS
    assert [p["row"] for p in said["pairs"]] == [1, 2, 3, 4]
    assert said["counts"] == {"same": 1, "same_building": 1, "different": 1, "unsure": 1}


def test_the_screen_has_the_reason_and_a_summary(
    pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output.out, "width", 160)  # so that no cell is broken
    result = run(pairs)
    assert result.exit_code == 0
    for words in ("same building", "other units: 5", "house numbers", "first address"):
        assert words in result.stdout
    assert "4 pairs in" in result.stdout


def test_more_rows_than_a_screen_has_are_counted(tmp_path: Path) -> None:
    path = written(tmp_path / "pairs.csv", "a,b\n" + "12 Elm St,12 Elm Street\n" * 1234)
    result = run(path)
    assert "… and 1,214 more; --out FILE writes them all" in result.stdout
    assert "1,234 pairs in" in result.stdout


@pytest.mark.parametrize("option", ["--out", "--output"])
def test_the_written_file_has_all_columns_and_two_more(pairs: Path, option: str) -> None:
    out = pairs.with_name("out.csv")
    result = run(pairs, option, out)
    assert result.exit_code == 0, result.output
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["ours"], r["theirs"], r["verdict"]) for r in rows] == ROWS
    assert all(row["reason"] for row in rows)
    assert sorted(p.name for p in pairs.parent.iterdir()) == ["out.csv", "pairs.csv"]


def test_zip_and_city_beside_the_line(tmp_path: Path) -> None:
    path = written(
        tmp_path / "pairs.csv",
        "a,b,zip_a,zip_b,city\n12 N Elm St,12 Elm St,85201,85201,Mesa\n"
        "12 N Elm St,12 N Elm St,85201,10001,Mesa\n",
    )
    bare = json.loads(run(path, "--columns", "a,b", "--json").stdout)
    beside = ("--zip-columns", "zip_a,zip_b", "--city-columns", "city")
    told = json.loads(run(path, "--columns", "A,B", *beside, "--json").stdout)
    assert [p["verdict"] for p in bare["pairs"]] == ["unsure", "same"]
    assert [p["verdict"] for p in told["pairs"]] == ["same", "different"]


@pytest.mark.parametrize(
    ("text", "arguments", "code", "said"),
    [
        ("a,b,c\n1,2,3\n", (), 1, "has 3 columns: say which two hold the addresses"),
        ("a,b,c\n1,2,3\n", ("--columns", "a,x"), 1, "has no column 'x'. Its columns: a, b, c"),
        ("a,b,c\n1,2,3\n", ("--columns", "a"), 2, "name two columns with a comma between"),
        ("a,b,c\n1,2,3\n", ("--columns", "a,a"), 2, "name two columns with a comma between"),
        ("", (), 1, "is empty"),
        ("a,b\n", (), 1, "has a header and no rows"),
        ("just text\n", (), 1, "has no header of two columns or more"),
        ('{"a": 1}', (), 1, "is JSON; save the table as CSV"),
        ("a,verdict\n1,2\n", ("--out", "new.csv"), 1, "has a column 'verdict' already"),
        ("a,b\n1,2\n", ("--out", "nowhere/new.csv"), 1, "there is no folder"),
        ("a,b\n1,2\n", ("--out", "pairs.csv"), 1, "is the file that is read"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "pairs.csv", text)
    result = run("pairs.csv", *arguments)
    assert result.exit_code == code
    assert said in " ".join(result.output.replace("│", " ").split())
    assert [p.name for p in tmp_path.iterdir()] == ["pairs.csv"]
    assert (tmp_path / "pairs.csv").read_text("utf-8") == text


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    result = run(tmp_path / "nope.csv")
    assert result.exit_code == 1
    assert "No such file or directory" in " ".join(result.output.split())
