"""Whole runs over real sockets: everything lands once, a second run hardly asks, limits hold."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from phoenix_re.collect.collecting import LANE_WIDTH
from phoenix_re.mongo import MongoStore
from phoenix_re.sandbox.server import Sandbox, serve
from phoenix_re.storage import CURSORS
from phoenix_re_tests.collecting_runs import (
    SCALE,
    ZIPS,
    Runner,
    events,
    landed,
    phoenix,
    stand_ins,
    within_limits,
)

pytestmark = pytest.mark.integration

SOURCES = ("maricopa_assessor", "phoenix_mls", "reso_feed", "county_open_data")
ALL_DETAILS = {"options": {"details_per_run": 400}}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    started = datetime(2026, 3, 2, 17, tzinfo=UTC)
    with serve(
        upstreams=stand_ins(*SOURCES), houses_per_zip=30, time_scale=SCALE * 10, started=started
    ) as sandbox:
        yield sandbox


@pytest.fixture
def runner(sandbox: Sandbox, store: MongoStore, tmp_path: Path) -> Runner:
    sandbox.clear_stats()
    sandbox.clear_faults()
    return Runner(sandbox, store, tmp_path)


def test_everything_lands_once_and_the_next_run_hardly_asks(runner: Runner) -> None:
    market = phoenix(*SOURCES, phoenix_mls=ALL_DETAILS)
    first = runner.run(market)
    assert {(o.source, o.state) for o in first.all()} == {
        ("maricopa_assessor", "ok"),
        ("phoenix_mls", "ok"),
        ("reso_feed", "ok"),
        ("county_open_data", "not_needed"),
    }
    assert first.adds_up()
    assert first.sum("new") == first.sum("found") == len(landed(runner.store)) > 150
    assert within_limits(runner.sandbox)
    asked = sum(runner.requests(source) for source in SOURCES)
    stored, told = landed(runner.store), events(runner.store)

    for again in ("with the cache", "without the cache"):
        if again == "without the cache":
            runner.forget_cache()
        runner.sandbox.clear_stats()
        second = runner.run(market)
        assert second.adds_up()
        assert second.sum("new") == second.sum("changed") == 0, again
        assert sum(runner.requests(source) for source in SOURCES) <= 0.2 * asked, again
        assert landed(runner.store) == stored, again
        assert events(runner.store) == told, again


def test_reports_count_what_the_upstream_counted(runner: Runner) -> None:
    market = phoenix(*SOURCES, phoenix_mls=ALL_DETAILS)
    for label in ("first", "again"):
        runner.sandbox.clear_stats()
        run = runner.run(market, ZIPS[:1])
        for source in ("maricopa_assessor", "phoenix_mls", "reso_feed"):
            report = run.reports[source]
            assert report["requests"] == runner.requests(source), (label, source)
            assert report["requests"] == sum(report["requests_by_kind"].values())
            assert report["calls"] == report["requests"]
            assert report["found"] == sum(o.found for o in run.of(source))
            assert report["retries"] == report["throttled"] == 0
            assert report["errors"] == {}
            assert (report["p95_ms"] or 0) >= (report["p50_ms"] or 0)
        assert run.reports["county_open_data"]["requests"] == 0


def test_what_changes_upstream_lands_as_a_new_version(store: MongoStore, tmp_path: Path) -> None:
    with serve(
        upstreams=stand_ins("reso_feed"), houses_per_zip=60, time_scale=SCALE * 10
    ) as sandbox:
        runner = Runner(sandbox, store, tmp_path)
        market = phoenix("reso_feed")
        runner.run(market)
        before = landed(store)
        sandbox.advance(timedelta(days=30))
        later = runner.run(market)
        assert later.adds_up()
        assert later.sum("changed") > 0
        after = landed(store)
        assert all(after[key][: len(hashes)] == hashes for key, hashes in before.items())
        assert sum(map(len, after.values())) == sum(map(len, before.values())) + later.sum(
            "changed"
        ) + later.sum("new")


def test_priority_zips_come_first(runner: Runner) -> None:
    market = phoenix("maricopa_assessor")
    assert market.priority_zips == ZIPS
    others = [z for z in market.zips if z not in ZIPS][:6]
    before = len(runner.sandbox.log("maricopa_assessor"))
    run = runner.run(market, (*others, *reversed(ZIPS), others[0]))
    assert run.zips == [*reversed(ZIPS), *others]
    asked = [entry["query"] for entry in runner.sandbox.log("maricopa_assessor")[before:]]
    begun = [z for query in asked for z in run.zips if query == f"q={z}" or f"q={z}&" in query]
    assert set(ZIPS) < set(list(dict.fromkeys(begun))[:LANE_WIDTH])


def test_cursors_are_kept_only_where_there_are_any(runner: Runner) -> None:
    runner.run(phoenix("phoenix_mls", "maricopa_assessor"), ZIPS[:1])
    kept = [d["_id"] for d in runner.store.db[CURSORS].find()]
    assert "phoenix_mls|phx|85031" in kept
    assert all(d["state"] for d in runner.store.db[CURSORS].find())


def test_a_database_of_another_world_is_left_alone(runner: Runner) -> None:
    market = phoenix("reso_feed")
    runner.run(market, ZIPS[:1])
    stored = landed(runner.store)
    other = dataclasses.replace(runner, world="real").run(market, ZIPS[:1])
    (outcome,) = other.all()
    assert (outcome.state, outcome.error) == ("out", "Refused")
    assert "not mixed" in outcome.why
    assert other.reports["reso_feed"]["requests"] == 0
    assert landed(runner.store) == stored
