"""Runs in which upstreams fail, refuse, drift or break off: who covers, what is told and kept."""

import dataclasses
import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from phoenix_re.collect.asking import IN_FLIGHT
from phoenix_re.collect.clock import SystemClock
from phoenix_re.collect.collecting import LANE_WIDTH
from phoenix_re.collect.lanes import collecting
from phoenix_re.collect.proxies import ProxyPool
from phoenix_re.collect.source import Found, Session
from phoenix_re.collect.sources import specs
from phoenix_re.collect.webshare import Webshare
from phoenix_re.mongo import MongoStore
from phoenix_re.sandbox.server import Sandbox, serve
from phoenix_re.storage import CURSORS, DRIFT, LISTING_EVENTS, RAW_LISTINGS, SPENDING
from phoenix_re_tests.collecting_runs import (
    SCALE,
    ZIPS,
    Runner,
    events,
    landed,
    phoenix,
    quarantined,
    stand_ins,
)

pytestmark = pytest.mark.integration

SOURCES = ("maricopa_assessor", "county_open_data", "phoenix_mls", "zillow", "rentals")
ALL_DETAILS = {"options": {"details_per_run": 400}}
DIME = Decimal("0.10")


class Impatient(SystemClock):
    """The pauses between tries are cut short: there is nothing to wait for."""

    def sleep(self, seconds: float) -> None:
        super().sleep(min(seconds, 0.2))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    upstreams = stand_ins(*SOURCES, "reso_feed", "webshare")
    with serve(upstreams=upstreams, houses_per_zip=30, time_scale=SCALE * 10) as sandbox:
        yield sandbox


@pytest.fixture
def runner(sandbox: Sandbox, store: MongoStore, tmp_path: Path) -> Iterator[Runner]:
    sandbox.clear_stats()
    yield Runner(sandbox, store, tmp_path, Impatient())
    sandbox.clear_faults()


def formats_of(source: str) -> set[str]:
    return {form.name for form in specs()[source].formats}


# ── who covers for whom ─────────────────────────────────────────────────────────────────────────


def test_nobody_answers(runner: Runner) -> None:
    """Connection refused, and a host that does not resolve: the others are green and cover."""
    runner.sandbox.fault("maricopa_assessor", down=True)
    runner.bases["rentals"] = "http://no-such-host.invalid"
    runner.bases["phoenix_mls"] = "http://nor-this-one.invalid"
    run = runner.run(phoenix(*SOURCES))
    for source, host in (("maricopa_assessor", "127.0.0.1"), ("rentals", "no-such-host.invalid")):
        assert {o.state for o in run.of(source)} == {"out"}
        assert {o.error for o in run.of(source)} == {"SourceDown"}
        assert run.reports[source]["out"] == run.of(source)[0].why
        assert host in run.of(source)[0].why
        assert "Is the address right and the upstream up?" in run.of(source)[0].why
        assert run.reports[source]["requests"] == 0
        assert run.reports[source]["errors"]["SourceDown"] == 1
    assert {(o.state, o.covers_for) for o in run.of("county_open_data")} == {
        ("ok", ("maricopa_assessor",))
    }
    mls = run.of("phoenix_mls")[0]
    assert (mls.state, mls.error) == ("out", "Refused")  # it cannot say what it allows
    assert "nor-this-one.invalid/robots.txt cannot be had (ConnectError)" in mls.why
    assert {(o.state, o.covers_for) for o in run.of("zillow")} == {
        ("ok", ("phoenix_mls", "rentals"))
    }
    assert run.adds_up()
    assert landed(runner.store, formats_of("county_open_data"))
    assert landed(runner.store, formats_of("zillow"))


def test_out_of_quota_and_out_of_budget(runner: Runner) -> None:
    market = phoenix(
        *("phoenix_mls", "zillow", "rentals"),
        rentals={"requests_per_month": 1},
        zillow={"price_per_call_usd": DIME, "monthly_budget_usd": DIME},
    )
    run = runner.run(market)
    rentals, zillow = run.reports["rentals"], run.reports["zillow"]
    assert rentals["requests"] == runner.requests("rentals") == 1
    assert "calls a month of its plan are used up" in rentals["out"]
    assert "requests_per_month" in rentals["out"]
    assert any(o.error == "QuotaExceeded" for o in run.of("rentals"))
    assert zillow["requests"] == runner.requests("zillow") == 1
    assert zillow["cost_usd"] == 0.1
    assert "monthly_budget_usd" in zillow["out"]
    assert any("rentals" in o.covers_for for o in run.of("zillow"))
    assert any("is spent or reserved" in note for note in zillow["notes"])
    assert {o.state for o in run.of("phoenix_mls")} == {"ok"}
    spent = next(iter(runner.store.db[SPENDING].find()))
    assert spent["caps"]["overall"]["taken"] == 100_000_000
    assert spent["open"] == {}


@pytest.mark.parametrize(
    "fault", [{"template_change": True}, {"field_rename": True}, {"unit_change": True}]
)
def test_a_drifted_source(runner: Runner, fault: dict[str, Any]) -> None:
    market = phoenix("phoenix_mls", "zillow", phoenix_mls=ALL_DETAILS)
    first = runner.run(market, ZIPS[:2])
    assert {o.state for o in first.of("phoenix_mls")} == {"ok"}
    assert {o.state for o in first.of("zillow")} == {"not_needed"}
    mls = formats_of("phoenix_mls")
    before = landed(runner.store, mls)
    runner.forget_cache()
    runner.sandbox.fault("phoenix_mls", **fault)
    run = runner.run(market)
    drifted = [o for o in run.of("phoenix_mls") if o.state == "failed"]
    assert [o.error for o in drifted] == ["ContractError"] * len(drifted)
    assert len(drifted) >= 1
    assert landed(runner.store, mls) == before
    assert {z for z in ZIPS if run.by_zip[z]["phoenix_mls"].state == "failed"} == {
        z for z in ZIPS if run.by_zip[z]["zillow"].covers_for == ("phoenix_mls",)
    }
    assert {o.state for o in run.of("zillow")} <= {"ok", "not_needed"}
    kept = list(runner.store.db[DRIFT].find({"source": "phoenix_mls", "market": "phx"}))
    assert {d["state"] for d in kept} == {"open"}
    assert {d["zip"] for d in kept} == {
        z for z in ZIPS if run.by_zip[z]["phoenix_mls"].state == "failed"
    }
    assert all(d["payloads"] and d["reasons"][0]["text"] for d in kept)
    assert all(isinstance(json.loads(text), dict) for d in kept for text in d["payloads"])
    assert run.adds_up()
    runner.sandbox.clear_faults()
    runner.forget_cache()
    assert {o.state for o in runner.run(market).of("phoenix_mls")} == {"ok"}
    assert {d["state"] for d in runner.store.db[DRIFT].find()} == {"recovered"}
    assert landed(runner.store, mls).keys() > before.keys()


def test_a_fault_in_a_source_s_own_code(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = specs()["phoenix_mls"]
    key = runner.sandbox.credentials["rentals"]["key"]

    def faulty(session: Session) -> Iterator[Found]:
        found = real.collect(session)
        if session.zip == ZIPS[1]:
            yield next(found)  # type: ignore[misc]
            raise ValueError(f"an index out of range, and {key}")
        yield from found  # type: ignore[misc]

    broken = {**specs(), "phoenix_mls": dataclasses.replace(real, collect=faulty)}
    monkeypatch.setattr("phoenix_re.collect.lanes.specs", lambda: broken)
    runner.credentials["phoenix_mls"] = {"key": key}
    run = runner.run(phoenix("phoenix_mls", "zillow", "maricopa_assessor"))
    outcome = run.by_zip[ZIPS[1]]["phoenix_mls"]
    assert (outcome.state, outcome.error, outcome.found) == ("failed", "ValueError", 1)
    assert "an index out of range" in outcome.why
    assert key not in outcome.why
    assert "Please report it" in outcome.why
    assert run.by_zip[ZIPS[1]]["zillow"].covers_for == ("phoenix_mls",)
    others = [
        o for z in ZIPS for o in run.by_zip[z].values() if z != ZIPS[1] or "mls" not in o.source
    ]
    assert {o.state for o in others} == {"ok", "not_needed"}
    assert run.reports["phoenix_mls"]["errors"] == {"ValueError": 1}
    assert "Traceback" in caplog.text


def test_a_token_is_asked_for_once_and_renewed_when_it_expires(runner: Runner) -> None:
    options = {"vendor": "trestle", "entity_events": False}
    market = phoenix("reso_feed", reso_feed={"options": options})
    zips = market.zips[:12]
    run = runner.run(market, zips)
    assert {o.state for o in run.all()} == {"ok"}
    assert run.reports["reso_feed"]["requests_by_kind"]["token"] == 1
    assert run.sum("found") > 50
    runner.forget_cache()
    for name in (CURSORS, RAW_LISTINGS, LISTING_EVENTS):
        runner.store.db[name].delete_many({})
    runner.sandbox.fault("reso_feed", token_seconds=1.5, latency_ms=400)
    again = runner.run(market, zips)
    assert {o.state for o in again.all()} == {"ok"}
    assert again.reports["reso_feed"]["requests_by_kind"]["token"] >= 2
    assert again.sum("new") == run.sum("found")


# ── law and manners ─────────────────────────────────────────────────────────────────────────────


def test_sources_that_may_not_be_asked(runner: Runner) -> None:
    market = phoenix(
        *("maricopa_assessor", "phoenix_mls", "facebook_marketplace", "rentals"),
        phoenix_mls={"terms_accepted_by": ""},
        maricopa_assessor={"terms_accepted": False},
    )
    runner.credentials["rentals"] = {}
    run = runner.run(market, ZIPS[:1])
    said = {o.source: (o.state, o.error, o.why) for o in run.all()}
    assert {state for state, _, _ in said.values()} == {"out"}
    assert said["facebook_marketplace"][1] == "Refused"
    assert "no lawful interface" in said["facebook_marketplace"][2]
    assert "terms_accepted_by" in said["phoenix_mls"][2]
    assert "terms_accepted: true" in said["maricopa_assessor"][2]
    assert said["rentals"][1] == "AuthError"
    assert specs()["rentals"].credentials["key"] in said["rentals"][2]
    assert all(not stats["requests"] for stats in runner.sandbox.stats().values())


def test_robots_that_forbid(store: MongoStore, tmp_path: Path) -> None:
    (name,) = upstreams = stand_ins("phoenix_mls")
    robots = "User-agent: phoenix_re\nDisallow: /mls/\n"
    closed = {name: dataclasses.replace(upstreams[name], robots=robots)}
    with serve(upstreams=closed, houses_per_zip=10, time_scale=SCALE) as sandbox:
        runner = Runner(sandbox, store, tmp_path)
        run = runner.run(phoenix(name))
        assert {(o.state, o.error) for o in run.all()} == {("out", "Refused")}
        assert "robots.txt of 127.0.0.1 forbids" in run.all()[0].why
        assert set(sandbox.stats()[name]["by_kind"]) == {"/robots.txt"}


def test_a_run_that_is_broken_off_asks_nothing_further(runner: Runner) -> None:
    runner.sandbox.fault("maricopa_assessor", latency_ms=200)
    market = phoenix("maricopa_assessor")
    run = collecting(runner.outfit(), market, market.zips[:40])

    def begin_and_interrupt() -> None:
        with run:
            while not runner.requests("maricopa_assessor"):
                time.sleep(0.01)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begin_and_interrupt()
    assert runner.requests("maricopa_assessor") <= LANE_WIDTH + IN_FLIGHT
    assert run.reports()[0]["out"] == "the run was broken off"


# ── a bad day ───────────────────────────────────────────────────────────────────────────────────


def test_faults_of_every_kind_lose_nothing_and_store_nothing_twice(
    sandbox: Sandbox, store: MongoStore, tmp_path: Path
) -> None:
    """5 % 5xx, 2 % never answered, 1 % cut bodies, 10 % dead proxies, against a run without."""
    sources = ("maricopa_assessor", "phoenix_mls")
    market = phoenix(*sources, phoenix_mls={**ALL_DETAILS, "proxy": "free"})
    observed = sandbox.now
    plain, faulty = (
        Runner(sandbox, _database(store, part), tmp_path / part, observed_now=lambda: observed)
        for part in ("plain", "faulty")
    )
    try:
        with httpx.Client() as client:
            for runner in (plain, faulty):
                key = sandbox.credentials["webshare"]["key"]
                service = Webshare(client, key, runner.clock, base_url=sandbox.bases["webshare"])
                runner.pool = ProxyPool(runner.store, runner.clock, service.proxies)
            undisturbed = plain.run(market)
            assert {o.state for o in undisturbed.all()} == {"ok"}
            sandbox.fault("webshare", dead_proxies=0.1)
            for source in sources:
                sandbox.fault(source, error_5xx=0.05, hang=0.02, truncate=0.01)
            faulty.timeout = 1.0
            run = faulty.run(market)
        calls = sum(r["calls"] for r in run.reports.values())
        failed = sum(sum(r["errors"].values()) for r in run.reports.values())
        assert calls > 150
        assert sum(r["retries"] for r in run.reports.values()) > 0.03 * calls
        assert failed < 0.03 * calls
        assert sum(o.state == "ok" for o in run.all()) >= 0.95 * len(run.all())
        assert run.adds_up()
        assert landed(faulty.store) == landed(plain.store)
        assert events(faulty.store) == events(plain.store)
        assert quarantined(faulty.store) == quarantined(plain.store)
    finally:
        sandbox.clear_faults()
        for runner in (plain, faulty):
            runner.store.client.drop_database(runner.store.db.name)


def _database(store: MongoStore, part: str) -> MongoStore:
    from phoenix_re.storage import INDEXES

    other = MongoStore(store.uri, f"{store.db.name}_{part}")
    other.ensure_indexes(INDEXES)
    return other
