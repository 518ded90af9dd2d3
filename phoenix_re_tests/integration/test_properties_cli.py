"""`phoenix-re properties`: what a person says of homes is done at once, explained, and undone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from phoenix_re.cli.main import app
from phoenix_re.resources.mongo import MongoStore
from phoenix_re_tests.importing import uri_of
from phoenix_re_tests.listing_files import feed, feed_line, write

pytestmark = pytest.mark.integration

ZIP = "85031"
FIRST, RELISTED, NEIGHBOUR = (f"mls_status_feed|ARMLS:690000{n}" for n in (1, 2, 3))
Command = Callable[..., Any]


@pytest.fixture
def command(store: MongoStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`phoenix-re …` on one home that was relisted, and its neighbour; `--json` is read."""
    monkeypatch.setenv("MONGODB_URI", uri_of(store))
    monkeypatch.setenv("PHOENIX_RE_HOME", str(tmp_path))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    monkeypatch.delenv("OLLAMA_HOSTS", raising=False)

    def run(*words: str, fails: bool = False) -> Any:
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == int(fails), result.output
        assert isinstance(result.exception, SystemExit | None), result.exception
        return json.loads(result.stdout) if "--json" in words and not fails else result.output

    lines = [
        feed_line(1, snapshot="2025-12-20T10-00-00"),
        feed_line(2, address="1 West Elm Street", snapshot="2025-12-25T10-00-00"),
        feed_line(3, snapshot="2025-12-25T10-00-00"),
    ]
    run("import", str(write(tmp_path / "feed.csv", feed(lines))), "--json")
    run("materialize", "--market", "phx", "--zip", ZIP, "--json")
    return run


def homes(store: MongoStore) -> dict[str, str]:
    """listing id → property id."""
    found = store.find_partition("properties", {"market": "phx", "zip": ZIP})
    return {listing: home["_id"] for home in found for listing in home["listing_ids"]}


def test_a_split_is_done_at_once_and_undone(command: Command, store: MongoStore) -> None:
    before = homes(store)
    home = before[FIRST]
    assert before == {FIRST: home, RELISTED: home, NEIGHBOUR: before[NEIGHBOUR]}

    said = command("properties", "split", home, "--listing", RELISTED, "--why", "a duplex",
                   "--by", "ada", "--json")  # fmt: skip
    apart = homes(store)
    assert apart[FIRST] == home  # who has the founding listing keeps the id
    assert len(set(apart.values())) == 3
    assert said["properties"] == {k: apart[k] for k in (FIRST, RELISTED)}
    told = command("properties", "why", RELISTED, "--json")
    assert [(d["by"], d["why"], d["same"]) for d in told["decisions"]] == [
        ("ada", "a duplex", False)
    ]
    assert (told["log"][-1]["kind"], told["log"][-1]["from"]) == ("split", [home])

    assert "a duplex" in told["log"][-1]["because"][0]["evidence"]["decision"]

    decision = said["decision"]["_id"]
    command("properties", "undo", decision, "--why", "one house after all", "--by", "ada", "--json")
    assert homes(store) == before
    assert command("properties", "why", apart[RELISTED], "--json")["_id"] == home  # a former id
    kinds = [c["kind"] for c in command("properties", "log", "--market", "phx", "--json")]
    assert kinds == ["joined", "split", "merged"]
    (kept,) = command("properties", "decisions", "--json")
    assert kept["undone"]["why"] == "one house after all"


def test_a_merge_keeps_the_elder_and_can_be_told_apart_again(
    command: Command, store: MongoStore
) -> None:
    before = homes(store)
    merged = command("properties", "merge", before[NEIGHBOUR], before[FIRST], "--why", "one lot",
                     "--json")  # fmt: skip
    assert set(homes(store).values()) == {before[FIRST]} == set(merged["properties"].values())
    told = command("properties", "why", before[NEIGHBOUR], "--json")
    assert told["former_ids"]
    assert "decision" in {link["because"] for link in told["links"]}
    words = command("properties", "why", before[FIRST])
    assert "one lot" in words

    command("properties", "split", before[FIRST], "--listing", NEIGHBOUR, "--why", "two after all")
    assert homes(store) == before
    # The later word holds; said of homes that are two already, it keeps them so.
    command("properties", "apart", before[FIRST], before[NEIGHBOUR], "--why", "seen it")
    assert homes(store) == before
    again = command("materialize", "--market", "phx", "--zip", ZIP, "--json")
    assert again[0]["outcome"] == "done"
    assert homes(store) == before


def test_what_cannot_be_is_told_in_a_sentence(command: Command, store: MongoStore) -> None:
    before = homes(store)
    home, other = before[FIRST], before[NEIGHBOUR]
    because = ("--why", "x")
    for words, said in (
        (("why", "phx-85031-000000000000"), "no property"),
        (("why", "nonsense"), "no property"),
        (("merge", home, FIRST, *because), "they are one home"),
        (("split", home, "--listing", NEIGHBOUR, *because), "has no listing"),
        (("split", other, "--listing", NEIGHBOUR, *because), "all its listings"),
        (("merge", home, other, "--why", " "), "say why"),
        (("undo", "0" * 12, *because), "no decision"),
    ):
        assert said in " ".join(command("properties", *words, fails=True).split()), words
    assert homes(store) == before
    assert command("properties", "review") == "Nothing is in doubt.\n"
