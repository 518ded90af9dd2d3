"""`phoenix-re demo` over the sandbox: what it prints is what is so in the sandbox's world.

The demo runs as a process of its own, twice in a fresh home, whose services stay up between. What
is so is asked of the sandbox itself.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from phoenix_re.markets import load_markets
from phoenix_re.resources.sandbox import VARIABLE
from phoenix_re.sandbox.client import Sandbox
from phoenix_re_tests.conftest import PROJECT
from phoenix_re_tests.dev_server import command, database_of, state_of
from phoenix_re_tests.dump import OUR_CLOCK, dump

pytestmark = pytest.mark.integration

PHX = load_markets()["phx"]
ZIPS = ["85031", "85033", "85035"]
HOUSES = 60
OF_A_RUN = {"http_cache", "proxies", "rate_limits", "source_runs", "spending", "cursors"}
"""Collections in which the machinery notes what it does; the others are what came of it."""

SEEN = {"seen_at", "last_observed_at"}  # a page that shows a listing again


@dataclass(frozen=True)
class Demo:
    """What two runs in one home said (the first as JSON), asked and left behind."""

    home: Path
    told: dict[str, Any]
    asked: dict[str, int]
    stored: dict[str, list[Any]]
    printed: str
    asked_again: dict[str, int]
    stored_again: dict[str, list[Any]]


def run(home: Path, *words: str) -> str:
    done = command(home, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def counted(home: Path) -> dict[str, int]:
    """source → requests that reached its stand-in since the last look, those for rules aside."""
    with Sandbox(f"http://127.0.0.1:{state_of(home, 'sandbox')['port']}") as sandbox:
        by_kind = {name: stats["by_kind"] for name, stats in sandbox.stats().items()}
        sandbox.clear_stats()
    return {
        source: sum(sum(n.values()) for kind, n in kinds.items() if kind != "/robots.txt")
        for source, kinds in by_kind.items()
        if source in PHX.sources
    }


def kept(home: Path) -> dict[str, list[Any]]:
    """Without what tells of the run itself: when, and how much of it was news."""
    stored = dump(database_of(home), without=OUR_CLOCK | SEEN)
    for stamp in stored["partitions"]:
        news = {"written", "newest_observation", "homes_changed"}
        stamp["figures"] = {
            name: figure
            for name, figure in stamp["figures"].items()
            if name not in news and not name.startswith(("collected_", "source_"))
        }
    rows = [row for row in stored["quality_metrics"] if row["zip"]]  # the others are of a run
    for row in rows:
        del row["content_hash"]  # covers freshness, which is of our clock
    stored["quality_metrics"] = rows
    return {name: documents for name, documents in stored.items() if name not in OF_A_RUN}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    home = tmp_path_factory.mktemp("sandbox_demo")
    run(home, "services", "up")
    run(home, "sandbox", "up", "--houses-per-zip", str(HOUSES))
    told = json.loads(run(home, "demo", "--json"))
    asked, stored = counted(home), kept(home)
    printed = run(home, "demo")
    yield Demo(home, told, asked, stored, printed, counted(home), kept(home))
    run(home, "sandbox", "down")
    run(home, "services", "down")


def table(printed: str, title: str) -> list[dict[str, str]]:
    """The rows under a title, first lines only, by heading."""
    _, _, below = printed.partition(f"{title}")
    heading, *lines = [line for line in below.splitlines()[1:] if "─" not in line]
    names = re.split(r" {2,}", heading.strip())
    rows = []
    for line in lines:
        if not line.strip():
            break
        if not line.startswith(" "):
            cells = re.split(r" {2,}", line.strip())
            rows.append(dict(zip(names, cells, strict=False)))
    return rows


def test_the_properties_are_the_homes_of_the_world(demo: Demo) -> None:
    assert [(row["zip"], row["outcome"]) for row in demo.told["zips"]] == [
        (zip_code, "done") for zip_code in ZIPS
    ]
    for row in demo.told["zips"]:
        truth = json.loads(run(demo.home, "sandbox", "truth", row["zip"], "--json"))
        assert row["properties out"] == len(truth["houses"]) == HOUSES
        known = {listing["mls_number"] for listing in truth["listings"]}
        mls = database_of(demo.home)["raw_listings"].find(
            {"market": "phx", "zip": row["zip"], "source": "phoenix_mls"}, {"source_key": 1}
        )
        numbers = {document["source_key"].rpartition(":")[2] for document in mls}
        assert numbers
        assert numbers <= known


def test_the_table_of_sources_is_what_the_upstreams_counted(demo: Demo) -> None:
    calls = {row["source"]: row["calls"] for row in demo.told["sources"]}
    assert calls == {source: demo.asked[source] for source in calls}
    assert {source for source, n in demo.asked.items() if n} <= calls.keys()
    remarks = {row["source"]: row["remark"] for row in demo.told["sources"]}
    assert remarks["county_open_data"] == remarks["zillow"] == "fallback, not needed"
    assert remarks["instagram"].startswith("no hashtags: ")
    assert remarks["phoenix_mls"] == remarks["reso_feed"] == ""
    assert {row["429"] for row in demo.told["sources"]} == {0}


def test_the_numbers_are_for_machines_too(demo: Demo) -> None:
    assert demo.told.keys() == {"files", "sources", "zips", "kpis", "trends"}
    assert demo.told["files"] == []
    assert demo.told["kpis"].keys() == demo.told["trends"].keys() == set(ZIPS)
    for zip_code in ZIPS:
        assert all(kpi["passed"] for kpi in demo.told["kpis"][zip_code].values())
        assert demo.told["trends"][zip_code]["cells"]["inventory"]["value"] is not None


def test_a_second_run_changes_nothing_and_hardly_asks(demo: Demo) -> None:
    assert sum(demo.asked_again.values()) <= 0.2 * sum(demo.asked.values())
    assert demo.stored_again.keys() == demo.stored.keys()
    for name, documents in demo.stored.items():
        assert demo.stored_again[name] == documents, name
    printed = {row["source"]: int(row["calls"]) for row in table(demo.printed, "Sources")}
    assert printed == {source: demo.asked_again[source] for source in printed}
    of_zips = [row for row in table(demo.printed, "ZIPs") if row["zip"] in ZIPS]
    assert [row["properties out"] for row in of_zips] == [str(HOUSES)] * 3
    assert "Traceback" not in demo.printed
    assert max(len(line.rstrip()) for line in demo.printed.splitlines()) <= 100


def test_the_sandbox_of_the_home_is_asked_whatever_the_environment_says(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "off")
    told = json.loads(run(demo.home, "demo", "--json"))
    assert {row["source"] for row in told["sources"]} >= {"reso_feed", "phoenix_mls"}


def test_a_database_of_ones_own_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phoenix_re_tests.dev_server.UNSET", set())
    monkeypatch.setenv("MONGODB_URI", "mongodb://127.0.0.1:1/mine")
    refused = command(tmp_path, "demo")
    assert refused.returncode == 1
    assert "env -u MONGODB_URI make demo" in " ".join(refused.stderr.split())
    assert not (tmp_path / "sandbox").exists()


def test_a_home_of_another_world_is_refused(demo: Demo, tmp_path: Path) -> None:
    sample = PROJECT / "samples" / "mls_status_2025-12-27.csv"
    run(tmp_path, "import", str(sample))
    for home, words in ((tmp_path, ("demo",)), (demo.home, ("demo", "--samples"))):
        refused = command(home, *words)
        assert refused.returncode == 1
        said = " ".join(refused.stderr.split())
        assert "PHOENIX_RE_HOME=/tmp/demo phoenix-re demo" in said
    assert "this home holds the listings of the sandbox (seed 85031)" in said
    held = database_of(demo.home)["raw_listings"].count_documents({})
    assert held == len(demo.stored_again["raw_listings"])
