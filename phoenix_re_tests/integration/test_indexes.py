"""No query of ours reads a whole collection: the plan of each is walked."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import monitoring

from phoenix_re.assets.check_power import try_checks
from phoenix_re.assets.validated_properties import judge_run
from phoenix_re.assets.zip_run import ZipRun
from phoenix_re.assets.zip_stages import STAGE_MODULES
from phoenix_re.checks.kpis import market_evaluations
from phoenix_re.cli import quality_monitor
from phoenix_re.cli.store import documents
from phoenix_re.collect.clock import SystemClock
from phoenix_re.collect.drift import Drift
from phoenix_re.collect.drop import land_file
from phoenix_re.collect.proxies import ProxyPool
from phoenix_re.collect.sources import specs
from phoenix_re.collect.webshare import Webshare
from phoenix_re.enrich.model.prompt import load_prompt
from phoenix_re.markets import load_markets, market_of_zip
from phoenix_re.mongo import MongoStore
from phoenix_re.sandbox.server import serve
from phoenix_re.storage import (
    DISAGREEMENTS,
    INDEXES,
    MATCH_DECISIONS,
    MATCH_REVIEWS,
    PROPERTY_CHANGES,
    QUARANTINE,
    SOURCE_RUNS,
)
from phoenix_re_tests.collecting_runs import SCALE, Runner, phoenix, stand_ins
from phoenix_re_tests.conftest import PROJECT
from phoenix_re_tests.inquiries import changed_prompt, inquiry, scripted, serving, texts

pytestmark = pytest.mark.integration


class Finds(monitoring.CommandListener):
    """The filters of all find commands that the process sends."""

    def __init__(self) -> None:
        self.filters: set[tuple[str, tuple[str, ...]]] = set()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name == "find":
            self.filters.add((event.command["find"], tuple(event.command["filter"])))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


def stages_of(plan: Any) -> Iterator[str]:
    if isinstance(plan, Mapping):
        if isinstance(plan.get("stage"), str):
            yield plan["stage"]
        for value in plan.values():
            yield from stages_of(value)
    elif isinstance(plan, list):
        for value in plan:
            yield from stages_of(value)


VALUES = {
    "market": "phx",
    "zip": "85031",
    "stage": "validated_properties",
    "source": "phoenix_mls",
    "state": "open",
    "tier": "free",
    "series": "zhvi",
    "expires_at": {"$lte": datetime(2026, 3, 2, tzinfo=UTC)},
    "fresh_until": {"$gt": datetime(2026, 3, 2, tzinfo=UTC)},
    "text_hash": {"$in": ["x"]},
    "_id": {"$in": ["x"]},
    "day": {"$gte": "2026-03-02"},
}


def collect(store: MongoStore, folder: Path) -> None:
    """Two runs of sources that between them use all of the machinery, drift included."""
    names = (
        *("phoenix_mls", "reso_feed", "zillow_research", "instagram", "maricopa_assessor"),
        "webshare",
    )
    tags = {"options": {"hashtags": ["phoenixhomes"]}}
    market = phoenix(*names[:-1], phoenix_mls={"proxy": "free"}, instagram=tags)
    with serve(upstreams=stand_ins(*names), houses_per_zip=25, time_scale=SCALE) as sandbox:
        listed = Webshare(
            httpx.Client(),
            sandbox.credentials["webshare"]["key"],
            SystemClock(),
            base_url=sandbox.bases["webshare"],
        )
        pool = ProxyPool(store, SystemClock(), listed.proxies)
        runner = Runner(sandbox, store, folder, pool=pool)
        assert runner.run(market, ["85031"]).sum("found")
        runner.run(market, ["85031"])
    drift = Drift(store)
    drift.judge("phoenix_mls", "phx", specs()["phoenix_mls"].formats[0], [{"a": 1}] * 30)
    drift.accept("phoenix_mls", "phx")
    store.find_partition(SOURCE_RUNS, {"market": "phx"})
    store.find_partition(DISAGREEMENTS, {"market": "phx", "zip": "85031"})


def read(store: MongoStore) -> None:
    """Remarks asked about under one prompt, then under the next."""
    with serving(scripted()) as servers:
        for prompt in (load_prompt(), changed_prompt(load_prompt(), "pool")):
            with inquiry(store, servers, prompt=prompt) as run:
                assert run.ask(texts(25)).result()
                assert run.report()["figures"]["calls"] == 25


def test_every_find_is_served_by_an_index(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    finds = Finds()
    listening = MongoStore(store.uri, store.db.name)
    listening.client = type(store.client)(store.uri, event_listeners=[finds], tz_aware=True)
    listening.db = listening.client[store.db.name]
    collect(listening, tmp_path)
    read(listening)
    markets = load_markets()
    for path in sorted((PROJECT / "samples").glob("*2025-12-2*")):
        land_file(path, listening, market_of_zip(markets))
        land_file(path, listening, market_of_zip(markets))
    run = ZipRun(listening, markets["phx"], "85031")
    for stage, module in STAGE_MODULES.items():
        run.stamp(stage, module.materialize(run))
        run.refuse_if_held_back(stage)
    listening.find_partition("partitions", {"market": "phx", "stage": "validated_properties"})
    judge_run(listening, markets["phx"], "run", {}, 1, [])
    list(market_evaluations(listening, markets["phx"], {}))
    quality_monitor._told(listening, markets["phx"], "85031", 14)
    try_checks(listening, markets["phx"], 1)
    listening.find_partition("check_power", {"market": "phx", "day": "2026-03-02"})
    monkeypatch.setattr("phoenix_re.cli.store.open_cli_store", lambda: listening)
    shown = ("market_trends", "properties", "listing_events", QUARANTINE)
    for collection in (*shown, PROPERTY_CHANGES, MATCH_REVIEWS, MATCH_DECISIONS):
        for place in ((None, None), ("phx", None), ("phx", "85031")):
            assert list(documents(collection, *place)) is not None
    listening.client.close()

    assert len(finds.filters) > 12
    for collection, fields in finds.filters:
        where = {field: VALUES[field] for field in fields}
        plan = store.db[collection].find(where).explain()["queryPlanner"]["winningPlan"]
        found = set(stages_of(plan))
        assert found & {"IXSCAN", "IDHACK", "CLUSTERED_IXSCAN", "EXPRESS_IXSCAN"}, (
            collection,
            fields,
            found,
        )
    assert {name for name, _ in finds.filters} >= set(INDEXES) - {"counters"}
