"""Inbox and changed ZIPs: what a tick asks for, also after two landings and a landing that died."""

import json
import os
import time
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pymongo.errors import AutoReconnect

from phoenix_re import home, keys
from phoenix_re.assets import landed_files
from phoenix_re.assets.landed_files import KEY, build_landed_files
from phoenix_re.automation.ranges import RANGE_START
from phoenix_re.build import build_defs
from phoenix_re.markets import load_markets
from phoenix_re.mongo import MongoStore
from phoenix_re.resources.mongo import MongoResource
from phoenix_re.storage import INDEXES

pytestmark = pytest.mark.integration

MARKETS = load_markets()
HEADER = (
    "mls_number,status,address,formatted_address,price,list_date,days_on_market,market,snapshot,zip"
)


@pytest.fixture
def instance():
    with dg.instance_for_test() as instance:
        yield instance


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PHOENIX_RE_INBOX", str(tmp_path))
    return home.inbox()


def drop(inbox: Path, name: str, zip_code: str, age: float = 60) -> Path:
    row = (
        f'1{zip_code},Active,"1 W Elm ST, Phoenix, AZ {zip_code}",x,"$300,000",12/01/2025,2,'
        f"Phoenix,2025-12-20T10-00-00,{zip_code}"
    )
    path = inbox / name
    path.write_text(f"{HEADER}\n{row}\n")
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def land(store: MongoStore, instance: dg.DagsterInstance, *paths: Path) -> bool:
    mongo = MongoResource(uri=store.uri, database=store.db.name, indexes=INDEXES)
    config = {"ops": {"files__landed_files": {"config": {"paths": [str(p) for p in paths]}}}}
    return dg.materialize(
        [build_landed_files(MARKETS)],
        instance=instance,
        resources={"mongo": mongo},
        run_config=config,
        raise_on_error=False,
    ).success


def tick(name: str, instance: dg.DagsterInstance, cursor: str | None = None) -> Any:
    repository = build_defs(markets=MARKETS).get_repository_def()
    context = dg.build_sensor_context(
        instance=instance, cursor=cursor, repository_def=repository, sensor_name=name
    )
    return repository.get_sensor_def(name).evaluate_tick(context)


def asked(result: Any) -> set[tuple[str | None, str]]:
    return {(r.job_name, r.tags[RANGE_START]) for r in result.run_requests or ()}


def test_two_landings_between_ticks_are_both_looked_at(
    store: MongoStore, instance: dg.DagsterInstance, inbox: Path
) -> None:
    for name, zip_code in (("a.csv", "85031"), ("b.csv", "85701")):
        assert land(store, instance, drop(inbox, name, zip_code))
    assert land(store, instance, inbox / "gone.csv")
    first = tick(keys.CHANGED_ZIPS_SENSOR, instance)
    assert asked(first) == {("phx_zips", "85031"), ("tuc_zips", "85701")}
    again = tick(keys.CHANGED_ZIPS_SENSOR, instance, first.cursor)
    assert not again.run_requests
    assert "no file has landed" in again.skip_message


def test_a_landing_that_dies_has_told_of_the_files_it_moved(
    store: MongoStore,
    instance: dg.DagsterInstance,
    inbox: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good, bad = drop(inbox, "a.csv", "85031"), drop(inbox, "b.csv", "85033")
    whole = landed_files.land_file

    def dies_at_b(path: Path, *rest: Any) -> Any:
        if path == bad:
            raise AutoReconnect("the server is gone")
        return whole(path, *rest)

    monkeypatch.setattr(landed_files, "land_file", dies_at_b)
    assert not land(store, instance, good, bad)
    assert (inbox / "done" / "a.csv").exists()
    assert bad.exists()
    assert asked(tick(keys.CHANGED_ZIPS_SENSOR, instance)) == {("phx_zips", "85031")}


def test_the_inbox_asks_once_for_settled_files_whatever_their_names(
    instance: dg.DagsterInstance, inbox: Path
) -> None:
    drop(inbox, "growing.csv", "85031", age=0)
    assert "no settled file" in tick(keys.INBOX_SENSOR, instance).skip_message
    drop(inbox, "old.csv", "85031")
    odd = os.fsencode(inbox) + b"/caf\xe9.csv"
    (inbox / "odd.csv").write_text("x")
    os.utime(inbox / "odd.csv", (time.time() - 90, time.time() - 90))
    (inbox / "odd.csv").rename(os.fsdecode(odd))
    (request,) = tick(keys.INBOX_SENSOR, instance).run_requests
    paths = request.run_config["ops"]["files__landed_files"]["config"]["paths"]
    assert [Path(path).name for path in paths] == ["caf\N{REPLACEMENT CHARACTER}.csv", "old.csv"]
    assert json.dumps(request.run_config).encode()
    (same,) = tick(keys.INBOX_SENSOR, instance).run_requests
    assert same.run_key == request.run_key


def test_each_landed_file_is_a_materialization_with_its_account(
    store: MongoStore, instance: dg.DagsterInstance, inbox: Path
) -> None:
    land(store, instance, drop(inbox, "a.csv", "85031"))
    events = instance.fetch_materializations(KEY, limit=5, ascending=True).records
    told = [e.asset_materialization.metadata for e in events if e.asset_materialization]
    account: Any = told[0]["account"].value
    assert account["read"] == 1
    assert told[0]["touched_zips"].value == {"phx": ["85031"]}
    assert told[-1]["files"].value == 1
