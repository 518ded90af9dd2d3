"""`phoenix-re dev` over the sandbox: what the UI is told of collecting, on a good and a bad day."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from phoenix_re import keys
from phoenix_re.collect.sources import SOURCES
from phoenix_re.markets import load_markets
from phoenix_re.resources.sandbox import VARIABLE
from phoenix_re.sandbox.client import Sandbox
from phoenix_re_tests.dev_server import DevServer, command, database_of, start, state_of

pytestmark = pytest.mark.integration

PHX = load_markets()["phx"]
ZIPS = ["85031", "85033", "85035"]
BAD_DAY = "85037"  # a ZIP of which nothing is cached
IN_ORDER = sorted(
    (name for name in PHX.sources if name in SOURCES and name != "facebook_marketplace"),
    key=lambda name: PHX.sources[name].priority,
)
ASKED_BY_ZIP = {
    *("reso_feed", "maricopa_assessor", "county_open_data", "phoenix_mls", "rentals", "zillow")
}
SUMS = {"requests", "cached", "found", "throttled", "retries", "bytes", "cost_usd", "seconds"}

METADATA = """label description ... on IntMetadataEntry { intValue }
  ... on FloatMetadataEntry { floatValue } ... on TextMetadataEntry { text }
  ... on JsonMetadataEntry { jsonString }
  ... on TableMetadataEntry { table { records schema { columns { name } } } }"""
TOLD = f"""query($key: AssetKeyInput!, $zips: [String!]) {{
  assetNodeOrError(assetKey: $key) {{ ... on AssetNode {{
    assetMaterializations(partitions: $zips, limit: 20) {{ partition
      metadataEntries {{ {METADATA} }} }}
    assetObservations(limit: 20) {{ metadataEntries {{ {METADATA} }} }}
    assetChecksOrError {{ ... on AssetChecks {{ checks {{ name executionForLatestMaterialization {{
      status evaluation {{ success severity description
      metadataEntries {{ {METADATA} }} }} }} }} }} }} }} }} }}"""


def told(server: DevServer, zips: list[str], stage: str = "raw_listings") -> dict[str, Any]:
    """What Dagster holds of a stage: materializations by ZIP, observations newest first, checks."""
    key = {"path": keys.asset_key_path("phx", stage)}
    node = server.graphql(TOLD, key=key, zips=zips)["assetNodeOrError"]
    return {
        "zips": {m["partition"]: values(m) for m in reversed(node["assetMaterializations"])},
        "observations": [values(observation) for observation in node["assetObservations"]],
        "checks": {
            check["name"]: check["executionForLatestMaterialization"]
            for check in node["assetChecksOrError"].get("checks", ())
        },
    }


def values(event: dict[str, Any]) -> dict[str, Any]:
    """label → value, in the order in which the UI shows them."""
    return {entry["label"]: value(entry) for entry in event["metadataEntries"]}


def value(entry: dict[str, Any]) -> Any:
    if "table" in entry:
        return [json.loads(record) for record in entry["table"]["records"]]
    if "jsonString" in entry:
        return json.loads(entry["jsonString"])
    return next(entry[kind] for kind in ("intValue", "floatValue", "text") if kind in entry)


@pytest.fixture(scope="module")
def collected(sandbox_dev: DevServer) -> Iterator[DevServer]:
    """Three ZIPs through all stages, launched as the UI does it."""
    backfill = sandbox_dev.materialize(ZIPS)
    assert {run["status"] for run in backfill["runs"]} == {"SUCCESS"}, backfill
    yield sandbox_dev
    command(sandbox_dev.home, "sandbox", "fault", "--clear")


def test_each_zip_goes_through_all_stages(collected: DevServer) -> None:
    for stage in keys.STAGES:
        assert told(collected, ZIPS, stage)["zips"].keys() == set(ZIPS), stage
    for zip_code in ZIPS:
        truth = command(collected.home, "sandbox", "truth", zip_code, "--json")
        stored = database_of(collected.home)["properties"]
        homes = stored.count_documents({"market": "phx", "zip": zip_code})
        assert homes == len(json.loads(truth.stdout)["houses"]) == 60


def test_each_zip_says_what_each_source_gave(collected: DevServer) -> None:
    figures = told(collected, ZIPS)["zips"]
    for zip_code in ZIPS:
        said = {
            name.removeprefix("source_"): sentence
            for name, sentence in figures[zip_code].items()
            if name.startswith("source_")
        }
        assert said.keys() == ASKED_BY_ZIP
        assert said["county_open_data"] == "not needed: maricopa_assessor answered"
        assert said["zillow"].startswith("not needed: ")
        found = sum(
            int(said[name].split(" found, ")[0].replace(",", ""))
            for name in ASKED_BY_ZIP - {"county_open_data", "zillow"}
        )
        assert found == figures[zip_code]["collected_found"] >= 60
        stored = database_of(collected.home)["raw_listings"]
        held = stored.count_documents({"market": "phx", "zip": zip_code})
        assert held == figures[zip_code]["listings"] == figures[zip_code]["collected_new"]


def test_each_run_is_an_observation_with_every_sources_report(collected: DevServer) -> None:
    of_zips = told(collected, ZIPS)
    runs = of_zips["observations"][: len(ZIPS)]
    for run in runs:
        assert [name for name in run if name in SOURCES] == IN_ORDER
        assert run.keys() >= {*SUMS, "properties_per_hour"}
        for name in SUMS - {"seconds"}:
            assert run[name] == pytest.approx(sum(run[source][name] for source in IN_ORDER)), name
        assert run["properties_per_hour"] == pytest.approx(
            run["found"] * 3600 / run["seconds"], rel=0.001
        )
        assert run["throttled"] == 0
        assert run["cost_usd"] == 0
    port = state_of(collected.home, "sandbox")["port"]
    with Sandbox(f"http://127.0.0.1:{port}") as sandbox:
        for name, stats in sandbox.stats().items():
            kinds = [n for kind, n in stats["by_kind"].items() if kind != "/robots.txt"]
            if name in IN_ORDER:
                asked = sum(run[name]["requests"] for run in runs)
                assert asked == sum(sum(by_status.values()) for by_status in kinds), name


def test_the_check_of_a_good_day_has_passed(collected: DevServer) -> None:
    check = told(collected, ZIPS)["checks"]["market_sources"]
    assert check["status"] == "SUCCEEDED"
    assert check["evaluation"]["description"] == "Nothing failed: 9 sources, 1 ZIP."
    tables = values(check["evaluation"])
    assert tables["failed"] == []
    assert [row["source"] for row in tables["sources"]] == IN_ORDER


def test_a_bad_day_is_green_and_says_why_and_who_covered(collected: DevServer) -> None:
    for upstream, fault in (
        ("phoenix_mls", "down=true"),
        ("rentals", "quota_used_up=true"),
        ("maricopa_assessor", "unauthorized=true"),
    ):
        switched = command(collected.home, "sandbox", "fault", upstream, fault)
        assert switched.returncode == 0, switched.stderr
    backfill = collected.materialize([BAD_DAY])
    assert [run["status"] for run in backfill["runs"]] == ["SUCCESS"]

    of_zip = told(collected, [BAD_DAY])
    check = of_zip["checks"]["market_sources"]
    assert (check["status"], check["evaluation"]["severity"]) == ("FAILED", "WARN")
    assert check["evaluation"]["description"] == (
        "3 of 9 sources failed (1 ZIP): maricopa_assessor, phoenix_mls, rentals."
    )
    troubles = {row["source"]: row for row in values(check["evaluation"])["failed"]}
    assert {name: row["covered_by"] for name, row in troubles.items()} == {
        "maricopa_assessor": "county_open_data",
        "phoenix_mls": "nobody",
        "rentals": "zillow",
    }
    assert {row["zips"] for row in troubles.values()} == {BAD_DAY}
    assert "MARICOPA_API_TOKEN" in troubles["maricopa_assessor"]["why"]
    assert "robots.txt" in troubles["phoenix_mls"]["why"]
    figures = of_zip["zips"][BAD_DAY]
    for name, row in troubles.items():
        assert figures[f"source_{name}"] == f"out: {row['why']}"
    assert figures["source_county_open_data"].endswith("covering for maricopa_assessor")
    report = of_zip["observations"][0]["rentals"]
    assert report["out"] == troubles["rentals"]["why"]


def test_ctrl_c_leaves_nothing_running(tmp_path: Path) -> None:
    server = start(tmp_path, "--sandbox")
    family = psutil.Process(server.process.pid).children(recursive=True)
    services = [psutil.Process(state_of(tmp_path, name)["pid"]) for name in ("mongo", "sandbox")]
    (dagster,) = [p for p in family if "dagster dev" in " ".join(p.cmdline())]
    told = dagster.environ()[VARIABLE]  # runs ask this sandbox, or fail; never the real upstreams
    assert told == f"http://127.0.0.1:{state_of(tmp_path, 'sandbox')['port']}"
    assert server.stop() == 0
    _, alive = psutil.wait_procs([*family, *services], timeout=30)
    assert [process.cmdline() for process in alive] == []
    assert of_home(tmp_path) == []


def of_home(home: Path) -> list[str]:
    """Command lines of processes that work in a home."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        try:
            if process.environ().get("PHOENIX_RE_HOME") == str(home):
                found.append(" ".join(process.info["cmdline"]))
        except psutil.Error:
            continue
    return found
