"""The commands as a person or a script uses them: exit codes, JSON, what a mistake is told."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from phoenix_re import keys
from phoenix_re_tests.conftest import PROJECT

pytestmark = pytest.mark.integration

PROGRAM = str(Path(sys.executable).parent / "phoenix-re")
Command = Callable[..., subprocess.CompletedProcess]


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory):
    """`phoenix-re …` in one home with the sample listings imported and 85031 materialized."""
    home = tmp_path_factory.mktemp("cli")
    ours = {"PHOENIX_RE_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
    ours["PHOENIX_RE_INBOX"] = str(home / "inbox")
    kept = {
        k: v for k, v in os.environ.items() if k not in {"MONGODB_URI", "OLLAMA_HOSTS", "COLUMNS"}
    }

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [PROGRAM, *words],
            env=kept | ours | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    assert run("services", "up").returncode == 0
    samples = sorted(p for p in (PROJECT / "samples").iterdir() if p.suffix in {".csv", ".json"})
    assert run("import", *map(str, samples)).returncode == 0
    done = run("materialize", "--market", "phx", "--zip", "85031", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    yield run
    assert run("services", "down").returncode == 0


def rows(answer: subprocess.CompletedProcess) -> list[dict[str, Any]]:
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_trends_as_json_carry_what_a_number_needs(command: Command) -> None:
    cells = rows(command("show", "trends", "--market", "phx", "--zip", "85031", "--json"))
    assert {(cell["market"], cell["zip"]) for cell in cells} == {("phx", "85031")}
    served = [cell for cell in cells if cell["value"] is not None]
    assert len(served) > 20
    for cell in cells:
        assert {"n", "ci_low", "ci_high", "method", "as_of", "published_at", "unit"} <= cell.keys()
        assert (cell["value"] is None) == (cell["method"] == "suppressed")
        assert cell["value"] is not None or cell["reason"]


def test_properties_as_json_name_the_source_of_each_field(command: Command) -> None:
    homes = rows(command("show", "properties", "--zip", "85031", "--json"))
    assert len(homes) > 50
    for home in homes:
        for field in home["fields"].values():
            assert {
                "value", "source", "source_key", "observed_at", "licence_class", "rule"
            } <= field.keys()  # fmt: skip


def test_events_come_in_time_order_with_prices_in_dollars(command: Command) -> None:
    events = rows(command("show", "events", "--market", "phx", "--json"))
    times = [event["source_time"] for event in events]
    assert times == sorted(times)
    cuts = [event for event in events if event["kind"] == "price_changed"]
    assert cuts
    assert all(10_000 < cut["new"] < 1_000_000 for cut in cuts)
    only = rows(command("show", "events", "--market", "phx", "--kind", "price_changed", "--json"))
    assert only == cuts


def test_quarantine_has_rule_and_reason(command: Command) -> None:
    held = rows(command("show", "quarantine", "--json"))
    assert {"zip.missing", "row.too_many_columns"} <= {document["rule_id"] for document in held}
    assert all(document["reason"] for document in held)
    in_zip = rows(command("show", "quarantine", "--zip", "85031", "--json"))
    assert all(document["zip"] == "85031" for document in in_zip)


@pytest.mark.parametrize("what", ["trends", "properties", "events", "quarantine"])
def test_tables_are_printed_and_an_empty_place_says_what_to_do(command: Command, what: str) -> None:
    assert "8503" in command("show", what, "--market", "phx").stdout
    empty = command("show", what, "--market", "aus", "--zip", "78701")
    assert empty.returncode == 0
    assert "phoenix-re import" in empty.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("materialize", "--market", "xyz", "--all"), "no market 'xyz'; known: aus"),
        (("materialize", "--market", "phx"), "--zip 85031"),
        (("materialize", "--market", "phx", "--zip", "78701"), "not in market phx: 78701"),
        (("materialize", "--market", "phx", "--all", "--stage", "x"), "the stages are raw_list"),
        (("show", "trends", "--market", "xyz"), "no market 'xyz'"),
        (("show", "trends", "--zip", "00000"), "ZIP 00000 is in no market"),
    ],
)
def test_mistakes_are_told_with_the_way_out(
    command: Command, words: tuple[str, ...], told: str
) -> None:
    answer = command(*words)
    assert answer.returncode == 1
    assert told in " ".join(answer.stderr.split())
    assert "Traceback" not in answer.stderr


def test_one_stage_of_a_zip_can_be_computed_alone(command: Command) -> None:
    words = ("--market", "phx", "--zip", "85031", "--stage", "market_trends", "--json")
    assert rows(command("materialize", *words)) == [
        {"market": "phx", "zip": "85031", "outcome": "done", "reason": None}
    ]


def test_doctor_is_content_here_and_names_what_is_wrong(command: Command) -> None:
    checks = {row["check"]: row for row in rows(command("doctor", "--json"))}
    assert checks["mongodb"]["state"] == checks["markets"]["state"] == "ok"
    assert f"{len(keys.STAGES)}" not in checks["python"]["do"]

    unreachable = "mongodb://someone:secret@127.0.0.1:1/?serverSelectionTimeoutMS=300"
    answer = command("doctor", "--json", MONGODB_URI=unreachable)
    assert answer.returncode == 1
    sick = {row["check"]: row for row in json.loads(answer.stdout)}["mongodb"]
    assert sick["state"] == "error"
    assert "127.0.0.1:1" in sick["finding"]
    assert "MONGODB_URI" in sick["do"]
    assert "secret" not in answer.stdout + answer.stderr


def test_an_unreachable_store_is_one_sentence(command: Command) -> None:
    unreachable = "mongodb://someone:secret@127.0.0.1:1/?serverSelectionTimeoutMS=300"
    answer = command("show", "trends", MONGODB_URI=unreachable)
    assert answer.returncode == 1
    assert "MONGODB_URI" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "secret" not in answer.stderr


def test_services_say_how_they_are(command: Command) -> None:
    mongo, model = rows(command("services", "status", "--json"))
    assert (mongo["service"], mongo["running"], mongo["stays"]) == ("mongo", True, True)
    assert (model["service"], model["running"]) == ("language model", False)


def test_help_teaches_without_loading_dagster(command: Command) -> None:
    answer = command("import", "--help")
    assert answer.returncode == 0
    assert "phoenix-re import redfin_2025-12-27.csv" in answer.stdout
    light = "import sys, phoenix_re.cli.main; sys.exit('dagster' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", light], check=False).returncode == 0
