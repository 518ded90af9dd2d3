"""Quality for real: rows beside the properties, a unit change that holds a ZIP back, an audit by
the sandbox's truth, the monitor and the power of the checks over what is stored."""

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from typer.testing import CliRunner

from phoenix_re.assets.check_power import build_check_power
from phoenix_re.assets.zip_run import ZipRun
from phoenix_re.assets.zip_stages import STAGE_MODULES
from phoenix_re.cli import audit, check_power, drift, quality_monitor
from phoenix_re.cli.main import app
from phoenix_re.mongo import MongoStore
from phoenix_re.resources.mongo import MongoResource
from phoenix_re.sandbox.server import serve
from phoenix_re.storage import AUDITS, CHECK_POWER, QUALITY_METRICS, VALUE_SHAPES
from phoenix_re_tests.collecting_runs import SCALE, Runner, phoenix, stand_ins
from phoenix_re_tests.integration.test_zip_stages import (
    BAD,
    FIRST,
    LAST,
    PHX,
    evaluations,
    feed,
    land,
    run,
    statuses,
)

pytestmark = pytest.mark.integration


@pytest.fixture
def instance():
    with dg.instance_for_test() as instance:
        yield instance


@pytest.fixture
def command(store: MongoStore, monkeypatch: pytest.MonkeyPatch):
    """`phoenix-re …` on the test's own database."""
    for module in (audit, check_power, drift, quality_monitor):
        monkeypatch.setattr(module, "open_cli_store", lambda: store)

    def run_command(*words: str) -> Any:
        return CliRunner().invoke(app, list(words))

    return run_command


def rows_of(store: MongoStore, zip_code: str) -> dict[str, dict[str, Any]]:
    found = store.find_partition(QUALITY_METRICS, {"market": "phx", "zip": zip_code})
    return {document["source"]: document for document in found}


def a_day_later(store: MongoStore) -> None:
    """What was kept today was kept yesterday."""
    yesterday = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
    for document in list(store.db[VALUE_SHAPES].find()):
        place = f"{document['market']}|{document['zip']}|{document['source']}"
        store.db[VALUE_SHAPES].delete_one({"_id": document["_id"]})
        store.upsert(VALUE_SHAPES, [document | {"_id": f"{place}|{yesterday}", "day": yesterday}])


def prices(factor: int = 1) -> list[str]:
    return [f"${(300 + 3 * n) * factor:,},000" for n in range(45)]


def test_a_unit_change_holds_its_zip_back_until_it_is_accepted(
    store: MongoStore, instance: dg.DagsterInstance, tmp_path: Path, command: Any
) -> None:
    for zip_code in (FIRST, BAD, LAST):
        land(store, feed(tmp_path / f"{zip_code}.csv", zip_code, prices()))
    first = run(store, instance)
    assert first.success
    document = rows_of(store, BAD)["mls_status_feed"]
    assert document["fields"]["list_price_cents"]["populated"] == [45, 45]
    run(store, instance)
    assert rows_of(store, BAD)["mls_status_feed"]["_id"] == document["_id"]  # a row a day
    assert evaluations(first)["unit_change", BAD].passed
    assert not evaluations(first)["market_accuracy", None].passed

    a_day_later(store)
    land(store, feed(tmp_path / "cents.csv", BAD, prices(100), snapshot="2025-12-21"))
    result = run(store, instance)
    assert not result.success
    assert statuses(instance, "market_trends") == {
        FIRST: "MATERIALIZED", BAD: "FAILED", LAST: "MATERIALIZED"
    }  # fmt: skip
    checks = evaluations(result)
    assert checks["unit_change", BAD].severity == dg.AssetCheckSeverity.ERROR
    assert not checks["unit_change", BAD].passed
    assert checks["unit_change", FIRST].passed
    table = checks["market_unit_change", None].metadata["by_zip"].value.records
    assert table[0].data["zip"] == BAD
    fields = checks["market_completeness", None].metadata["by_source_and_field"].value.records
    assert {record.data["source"] for record in fields} == {"*", "mls_status_feed"}
    assert not run(store, instance).success  # a second run of the day says the same

    told = json.loads(command("quality-monitor", "--market", "phx", "--json").stdout)[0]
    (held,) = told["held_back"]
    assert (held["zip"], held["why"]) == (BAD, "unit_change 1 is beyond 0")
    (kpi,) = [k for k in told["kpis"] if k["kpi"] == "unit_change"]
    assert (kpi["worst"], kpi["judged"], kpi["good"]) == (BAD, 3, 2)
    screen = command("quality-monitor", "--market", "phx")
    assert screen.exit_code == 0, screen.output

    accepted = command("drift", "accept", "mls_status_feed", "--market", "phx")
    assert accepted.exit_code == 0, accepted.output
    assert run(store, instance).success


def collected(store: MongoStore, folder: Path, houses: int) -> dict[str, Any]:
    """A ZIP of the sandbox, collected and validated; its truth."""
    market = phoenix("reso_feed", "maricopa_assessor")
    names = ("reso_feed", "maricopa_assessor")
    with serve(upstreams=stand_ins(*names), houses_per_zip=houses, time_scale=SCALE) as sandbox:
        assert Runner(sandbox, store, folder).run(market, ["85031"]).sum("found")
        truth = sandbox.scene.world.truth("85031", sandbox.now)
    zip_run = ZipRun(store, PHX, "85031")
    for stage, module in STAGE_MODULES.items():
        zip_run.stamp(stage, module.materialize(zip_run))
    return truth


def by_truth(lines: Sequence[dict[str, str]], truth: dict[str, Any]) -> None:
    """Fill the sheet as a surveyor would: the home by its street, then what is there."""
    homes = {(h["street_number"], h["street_name"].lower(), h["unit"]): h for h in truth["houses"]}
    for line in lines:
        found = [
            h
            for (number, name, unit), h in homes.items()
            if line["address"].split(" ")[0] == number
            and name in line["address"].lower()
            and (unit is None or unit.lower() in line["address"].lower().split(" ")[-1])
        ]
        if len(found) == 1:
            said = {
                "bedrooms_total": found[0]["bedrooms"],
                "year_built": found[0]["year_built"],
                "living_area": found[0]["living_area"],
            }
            line["authority_value"] = str(said.get(line["field"], ""))


def test_an_audit_by_the_sandboxs_truth(store: MongoStore, tmp_path: Path, command: Any) -> None:
    truth = collected(store, tmp_path, 60)
    sheet = tmp_path / "sheet.csv"
    words = ("audit", "draw", "--market", "phx", "--size", "40", "--out", str(sheet))
    drawn = command(*words)
    assert drawn.exit_code == 0, drawn.output
    assert command(*words).exit_code == 1  # a sheet is never written over
    with sheet.open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len({line["property"] for line in lines}) == 40
    by_truth(lines, truth)
    wrong = next(
        line for line in lines if line["field"] == "year_built" and line["authority_value"]
    )
    right, wrong["authority_value"] = wrong["authority_value"], "built long ago"
    write(sheet, lines)
    refused = command("audit", "record", str(sheet))
    assert refused.exit_code == 1
    assert not [a for a in store.db[AUDITS].find() if a["correct"] is not None]

    wrong["authority_value"] = str(int(right) + 1)
    write(sheet, lines)
    for _ in range(2):  # safe to repeat
        assert command("audit", "record", str(sheet)).exit_code == 0
    told = json.loads(command("audit", "report", "--market", "phx", "--json").stdout)
    rows = {row["field"]: row for row in told}
    for name in ("bedrooms_total", "living_area"):
        assert rows[name]["k"] == rows[name]["n"] >= 30, rows[name]
        assert not rows[name]["shown"]
        assert rows[name]["more_needed"] == 299 - rows[name]["n"]
    assert rows["year_built"]["n"] - rows["year_built"]["k"] == 1

    zip_run = ZipRun(store, PHX, "85031")
    STAGE_MODULES["validated_properties"].materialize(zip_run)
    counted = rows_of(store, "85031")["*"]["fields"]["year_built"]["audited"]
    assert counted == [rows["year_built"]["k"], rows["year_built"]["n"]]


def write(sheet: Path, lines: Sequence[dict[str, str]]) -> None:
    with sheet.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)


def test_the_checks_find_the_faults_in_what_a_sandbox_serves(
    store: MongoStore, tmp_path: Path, command: Any
) -> None:
    collected(store, tmp_path, 120)
    before = store.db["properties"].estimated_document_count()
    done = command("check-power", "--market", "phx", "--json")
    told = json.loads(done.stdout)
    assert told["n"] >= 25
    assert told["value"] >= 0.95, told["missed"]
    assert told["false_alarms"] == []
    assert done.exit_code == 0
    assert store.db["properties"].estimated_document_count() == before
    mongo = MongoResource(uri=store.uri, database=store.db.name)
    result = dg.materialize([build_check_power(PHX)], resources={"mongo": mongo})
    (check,) = result.get_asset_check_evaluations()
    assert (check.check_name, check.passed) == ("check_power", True)
    (row,) = store.find_partition(CHECK_POWER, {"market": "phx", "day": told["day"]})
    assert len(row["trials"]) == row["n"] + row["sound_copies"]


def test_power_of_nothing_says_what_to_do(command: Any) -> None:
    done = command("check-power", "--market", "phx")
    assert done.exit_code == 1
    assert "materialize" in done.output
