"""`phoenix-re quarantine` as an operator uses it: look, change a rule, replay, overrule, take back.

Through the command line in this process, on the sample listings, with market files of its own.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from phoenix_re.cli.main import app
from phoenix_re.mongo import MongoStore
from phoenix_re.storage import OVERRIDES, PROPERTIES
from phoenix_re_tests.conftest import PROJECT
from phoenix_re_tests.importing import uri_of

pytestmark = pytest.mark.integration

SAMPLE = PROJECT / "samples" / "redfin_download_2025-12-27.csv"
CHEAP, OLD, TBD = (f"redfin|ARMLS:99900{n}" for n in (15, 13, 11))
Command = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(PROJECT / "markets", tmp_path / "markets")
    monkeypatch.setenv("PHOENIX_RE_MARKETS", str(tmp_path / "markets"))
    return tmp_path / "markets"


@pytest.fixture
def command(store: MongoStore, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("MONGODB_URI", uri_of(store))

    def run(*words: str, exit_code: int = 0) -> Result:
        result = CliRunner().invoke(app, words)
        assert result.exit_code == exit_code, result.output + repr(result.exception)
        return result

    run("import", str(SAMPLE))
    run("materialize", "--market", "phx", "--zip", "85033")
    return run


def quarantine(command: Command, *words: str) -> Any:
    return json.loads(command("quarantine", *words, "--json").stdout)


def held(command: Command, *words: str) -> dict[str, str]:
    found = quarantine(command, "list", "--stage", "validated_properties", *words)
    return {d["listing_id"]: d["rule_id"] for d in found}


def tune(folder: Path, **changes: Any) -> None:
    path = folder / "phx.yaml"
    values = yaml.safe_load(path.read_text("utf-8"))
    path.write_text(yaml.safe_dump(values | changes, sort_keys=False), encoding="utf-8")


def test_look_filter_and_count(command: Command) -> None:
    everything = quarantine(command, "list")
    assert {d["stage"] for d in everything} == {"raw_listings", "validated_properties"}
    in_zip = held(command, "--zip", "85033")
    assert in_zip.items() >= {CHEAP: "price.below_range", OLD: "year_built.range"}.items()
    assert held(command, "--market", "phx", "--rule", "year_built.range") == {
        OLD: "year_built.range"
    }
    rows = quarantine(command, "list", "--stage", "raw_listings")
    assert {d["market"] for d in rows} == {None}
    counts = quarantine(command, "list", "--by-rule")
    assert sum(c["held"] for c in counts) >= len(everything)
    assert all(c["what must hold"].endswith(".") for c in counts)
    assert "redfin|ARMLS:9990013" in command("quarantine", "list", "--market", "phx").stdout


def test_show_tells_rule_reason_payload_and_what_to_do(command: Command) -> None:
    (one,) = quarantine(command, "list", "--rule", "year_built.range")
    for name in (one["id"], one["id"][:6], OLD, one["_id"]):
        shown = quarantine(command, "show", name)
        assert shown["rules"] == {"year_built.range": "The home is no older or newer than can be."}
        assert shown["payload"] == one["payload"]
        assert any(f"accept {one['id']}" in line for line in shown["what_to_do"])
    text = " ".join(command("quarantine", "show", OLD).stdout.split())
    assert "year_built 2099 is outside 1870 to" in text
    assert "If the home is right" in text
    row = quarantine(command, "list", "--stage", "raw_listings")[0]
    assert "Mend the file" in command("quarantine", "show", row["id"]).stdout


def test_a_changed_rule_brings_back_what_holds_now(command: Command, folder: Path) -> None:
    stays = quarantine(command, "replay", "--rule", "price.below_range")
    assert stays["came_back"] == []
    assert CHEAP in {d["listing"] for d in stays["stay"]}
    tune(folder, rules={"price.below_range": {"severity": "WARN"}})
    back = quarantine(command, "replay", "--rule", "price.below_range")
    assert [d["listing"] for d in back["came_back"]] == [CHEAP]
    assert back["failed"] == []
    assert CHEAP not in held(command)
    assert OLD in held(command)


def test_accept_and_undo(command: Command, store: MongoStore) -> None:
    (one,) = quarantine(command, "list", "--rule", "year_built.range")
    told = command("quarantine", "accept", one["id"], "--why", "seen the plans", "--by", "ada")
    assert "1 came back" in told.stdout
    assert OLD not in held(command)
    homes = store.find_partition(PROPERTIES, {"market": "phx", "zip": "85033"})
    (home,) = (p for p in homes if OLD in p["listing_ids"])
    assert home["accepted"] == ["year_built.range"]
    (word,) = store.find_partition(OVERRIDES, {"market": "phx", "zip": "85033"})
    assert (word["by"], word["why"], word["rule_id"]) == (
        "ada",
        "seen the plans",
        home["accepted"][0],
    )

    command("quarantine", "accept", one["id"], "--undo", "--why", "the plans were another's")
    assert held(command)[OLD] == "year_built.range"
    (word,) = store.find_partition(OVERRIDES, {"market": "phx", "zip": "85033"})
    assert word["undone"]["why"] == "the plans were another's"
    answer = command("quarantine", "accept", one["id"], "--undo", "--why", "twice", exit_code=1)
    assert "undone already" in " ".join(answer.stderr.split())


def test_a_mark_is_accepted_by_listing_and_rule(
    command: Command, folder: Path, store: MongoStore
) -> None:
    own = {"kind": "one_of", "field": "state_or_province", "values": ["NM"]}
    own |= {"severity": "WARN", "sentence": "The homes lie in New Mexico."}
    tune(folder, rules={"state.mexican": own})
    command("materialize", "--market", "phx", "--zip", "85033")
    homes = store.find_partition(PROPERTIES, {"market": "phx", "zip": "85033"})
    marked = next(p for p in homes if len(p["listing_ids"]) == 1)
    assert marked["warnings"] == ["state.mexican"]
    (listing,) = marked["listing_ids"]
    command("quarantine", "accept", listing, "--rule", "state.mexican", "--why", "so it is")
    homes = store.find_partition(PROPERTIES, {"market": "phx", "zip": "85033"})
    (home,) = (p for p in homes if listing in p["listing_ids"])
    assert (home["warnings"], home["accepted"]) == ([], ["state.mexican"])


MISTAKES = [
    (("show", "nothing"), "nothing with the id 'nothing' is held"),
    (("replay",), "say what: an id, --rule, --zip or --market"),
    (("list", "--stage", "trends"), "no stage 'trends' holds anything"),
    (("list", "--zip", "00000"), "ZIP 00000 is in no market"),
    (("accept", OLD, "--why", " "), "--why is empty"),
    (("accept", OLD, "--rule", "a.b", "--why", "x"), "no rule a.b"),
    (("accept", OLD, "--rule", "licence.unknown", "--why", "x"), "cannot be overruled"),
    (("accept", OLD, "--undo", "--why", "x"), "was accepted, or it was undone already"),
]


def test_mistakes_are_told_with_the_way_out(command: Command) -> None:
    for words, told in MISTAKES:
        answer = command("quarantine", *words, exit_code=1)
        assert told in " ".join(answer.stderr.split()), words


def test_a_row_that_is_no_listing_cannot_be_accepted(command: Command) -> None:
    row = quarantine(command, "list", "--stage", "raw_listings")[0]
    answer = command("quarantine", "accept", row["id"], "--why", "x", exit_code=1)
    assert "mend the file and import it again" in " ".join(answer.stderr.split())
    replayed = quarantine(command, "replay", row["id"])
    assert [len(replayed[n]) for n in ("came_back", "stay", "failed")] == [0, 1, 0]


def test_a_market_file_that_names_no_rule_is_refused_by_every_command(
    command: Command, folder: Path
) -> None:
    tune(folder, rules={"year_bilt.range": {"enabled": False}})
    checked = command("market", "check", exit_code=1)
    assert "phx.yaml:" in checked.stderr
    assert "did you mean year_built.range" in checked.stderr
    answer = command("quarantine", "list", exit_code=1)
    assert "rules.year_bilt.range" in " ".join(answer.stderr.split())
