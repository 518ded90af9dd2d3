"""The real thing over GraphQL: partial success, retry from failure, the inbox, Ctrl-C."""

import shutil
from pathlib import Path
from typing import Any

import psutil
import pytest

from phoenix_re import keys
from phoenix_re_tests.conftest import PROJECT
from phoenix_re_tests.dev_server import DevServer, database_of, start, state_of, wait_for

pytestmark = pytest.mark.integration

ZIPS = ["85031", "85033", "85035"]
BAD = "85033"

PARTITIONS = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  assetPartitionStatuses { ... on DefaultPartitionStatuses {
    materializedPartitions failedPartitions } } } } }"""
CHECKS = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  assetChecksOrError { ... on AssetChecks { checks { name executionForLatestMaterialization {
    status evaluation { partition metadataEntries { label ... on TableMetadataEntry {
      table { records } } } } } } } } } } }"""
RETRY = """mutation($params: ReexecutionParams!) { reexecutePartitionBackfill(
  reexecutionParams: $params) { __typename ... on LaunchBackfillSuccess { backfillId }
  ... on PythonError { message } } }"""
RUNS = "{ runsOrError { ... on Runs { results { jobName status } } } }"


def key(stage: str) -> dict[str, Any]:
    return {"path": keys.asset_key_path("phx", stage)}


def statuses(server: DevServer, stage: str) -> tuple[set[str], set[str]]:
    node = server.graphql(PARTITIONS, key=key(stage))["assetNodeOrError"]
    found = node["assetPartitionStatuses"]
    return set(found["materializedPartitions"]), set(found["failedPartitions"])


def test_one_bad_zip_fails_alone_and_is_retried_alone(dev_server: DevServer) -> None:
    database = database_of(dev_server.home)
    victim = database["raw_listings"].find_one({"market": "phx", "zip": BAD})
    assert victim is not None
    database["raw_listings"].update_one({"_id": victim["_id"]}, {"$set": {"versions": "broken"}})

    launched = dev_server.materialize(ZIPS)
    good = set(ZIPS) - {BAD}
    for stage in keys.STAGES:
        assert statuses(dev_server, stage) == (good, {BAD}), stage

    database["raw_listings"].replace_one({"_id": victim["_id"]}, victim)
    retried = dev_server.graphql(
        RETRY, params={"parentRunId": launched["id"], "strategy": "FROM_FAILURE"}
    )["reexecutePartitionBackfill"]
    assert retried["__typename"] == "LaunchBackfillSuccess", retried
    before = {s["_id"]: s["materialized_at"] for s in database["partitions"].find()}
    backfill = dev_server.end_of(retried["backfillId"])
    assert [run["status"] for run in backfill["runs"]] == ["SUCCESS"]
    for stage in keys.STAGES:
        assert statuses(dev_server, stage) == (set(ZIPS), set()), stage
    rerun = {
        s["zip"]
        for s in database["partitions"].find()
        if s["materialized_at"] != before.get(s["_id"])
    }
    assert rerun == {BAD}


def test_checks_speak_of_zips_and_of_the_market(dev_server: DevServer) -> None:
    done = dev_server.command("materialize", "--market", "phx", *zip_options(ZIPS), "--json")
    assert done.returncode == 0, done.stderr
    node = dev_server.graphql(CHECKS, key=key("validated_properties"))["assetNodeOrError"]
    checks = {
        c["name"]: c["executionForLatestMaterialization"]
        for c in node["assetChecksOrError"]["checks"]
    }
    assert (
        set(checks)
        == {*keys.KPI_CHECKS, *(f"market_{k}" for k in keys.KPI_CHECKS)} - keys.OF_THE_MARKET
    )
    for name, execution in checks.items():
        assert execution["status"] in {"SUCCEEDED", "FAILED"}, name
        of_a_zip = not name.startswith("market_")
        assert (execution["evaluation"]["partition"] in ZIPS) == of_a_zip
    tables = {
        entry["label"]: entry["table"]["records"]
        for entry in checks["market_validity"]["evaluation"]["metadataEntries"]
        if "table" in entry
    }
    assert len(tables["by_zip"]) == len(ZIPS)


def test_a_dropped_file_becomes_trends(dev_server: DevServer) -> None:
    inbox = dev_server.home / "inbox"
    dropped = inbox / "new_2025-12-28.csv"
    lines = (PROJECT / "samples" / "mls_status_2025-12-27.csv").read_text().splitlines()
    row = next(line for line in lines if line.endswith(",85035"))
    shutil.copy(PROJECT / "README.md", inbox / "not-a-listing.md")
    dropped.write_text(f"{lines[0]}\n{row.replace(row.split(',')[0], '9999991')}\n")
    done = inbox / "done" / dropped.name
    wait_for(lambda: done.exists() or None, 240, "the landing of the dropped file")
    assert (inbox / "refused" / "not-a-listing.md").exists()

    def stamped() -> bool | None:
        listing = database_of(dev_server.home)["properties"].find_one(
            {"market": "phx", "zip": "85035", "mls_numbers": "ARMLS|9999991"}
        )
        return bool(listing) or None

    wait_for(stamped, 240, "the property of the dropped listing")


def test_ctrl_c_stops_everything(tmp_path: Path) -> None:
    server = start(tmp_path, "--no-sandbox")
    family = psutil.Process(server.process.pid).children(recursive=True)
    mongo = psutil.Process(state_of(server.home, "mongo")["pid"])
    assert len(family) >= 4
    assert server.stop() == 0
    gone, alive = psutil.wait_procs([*family, mongo], timeout=30)
    assert [process.cmdline() for process in alive] == []
    assert mongo in gone


def zip_options(zips: list[str]) -> list[str]:
    return [word for zip_code in zips for word in ("--zip", zip_code)]
