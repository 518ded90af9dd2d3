"""Servers and runs that die while remarks are read: nothing lost, nothing asked twice."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from phoenix_re.assets import llm_enriched
from phoenix_re.mongo import MongoStore
from phoenix_re.storage import ENRICHMENTS, MODEL_DAYS, PARTITIONS, QUESTIONS_OPEN
from phoenix_re_tests.dump import OUR_CLOCK, dump
from phoenix_re_tests.enriching_runs import (
    GATE,
    MARKETS,
    PHX,
    READ_BY_MODEL,
    answered,
    figures,
    hosts_of,
    land_homes,
    materializing,
    new_store,
    observed,
    pools,
    quiet,
    reader,
    run_stages,
    wait_for,
)
from phoenix_re_tests.inquiries import serving

pytestmark = pytest.mark.integration

ONE, OTHER = PHX.zips[40:42]
STAGE_RESULTS = (ENRICHMENTS, "properties", "quarantine", "market_trends", PARTITIONS)


@pytest.fixture(autouse=True)
def _asked_of_scripted_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_NUM_PARALLEL", "1")
    monkeypatch.delenv("OLLAMA_HOSTS", raising=False)


@pytest.fixture
def own_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llm_enriched, "load_gate", lambda: GATE)


def read_of(store: MongoStore) -> list[str]:
    """Of each enrichment, who read it."""
    return [document["extractor"] for document in store.db[ENRICHMENTS].find()]


@pytest.mark.usefixtures("own_gate")
def test_one_server_dies_it_comes_back_and_the_other_dies(
    store: MongoStore, tmp_path: Path
) -> None:
    """Every remark enriched once, no call repeated that had answered, and the run is green."""
    land_homes(store, tmp_path, ONE, pools(30))
    land_homes(store, tmp_path, OTHER, pools(30, first=30))
    engines = [reader(0.01), reader(0.01)]
    with serving(*engines) as (one, other), ThreadPoolExecutor(1) as conductor:

        def told(server: Any) -> int:
            return server.traffic.answered_by_hash().total()

        def kill_one_then_the_other() -> None:
            wait_for(lambda: told(one) >= 4, "the first answers")
            quiet(engines[0], one, store)
            one.kill()
            engines[0].release()
            already = told(other)
            wait_for(lambda: told(other) >= already + 4, "answers of the one that is left")
            quiet(engines[1], other, store)
            before = told(one)
            one.restart()
            wait_for(lambda: told(one) > before, "answers of the one that is back")
            other.kill()

        killing = conductor.submit(kill_one_then_the_other)
        result = run_stages(store, hosts_of([one, other]), ONE, OTHER)
        killing.result()
        assert result.success
        assert sorted(answered([one, other]).values()) == [1] * 60
        assert observed(result)["model_calls"] == 60
    of_zips = figures(result)
    for zip_code in (ONE, OTHER):
        assert (of_zips[zip_code]["model_read"], of_zips[zip_code]["model_unread"]) == (30, 0)
        assert of_zips[zip_code]["model_facts_served"] == 30
    assert all(extractor.endswith(f"+{READ_BY_MODEL}") for extractor in read_of(store))
    states = {record.data["host"]: record.data["state"]
              for record in observed(result)["servers"].records}  # fmt: skip
    assert states[one.url] == "ready"
    assert states[other.url] != "ready"
    assert store.db[QUESTIONS_OPEN].estimated_document_count() == 0


@pytest.fixture
def undisturbed(mongo_uri: str, tmp_path: Path) -> Iterator[dict[str, list[Any]]]:
    """What a run leaves that nobody kills."""
    (tmp_path / "undisturbed").mkdir()
    with new_store(mongo_uri) as store, serving(reader()) as servers:
        land_both(store, tmp_path / "undisturbed")
        assert run_stages(store, hosts_of(servers), ONE, OTHER).success
        yield results_of(store)


def land_both(store: MongoStore, folder: Path) -> None:
    land_homes(store, folder, ONE, pools(12))
    land_homes(store, folder, OTHER, pools(12, first=12))


def results_of(store: MongoStore) -> dict[str, list[Any]]:
    """What the stages stored, without what they had to write for it."""
    found = dump(store.db, without=OUR_CLOCK | {"written"})
    return {name: found[name] for name in STAGE_RESULTS if name in found}


def test_a_run_killed_while_the_model_reads_repeats_no_answered_call(
    store: MongoStore, tmp_path: Path, undisturbed: dict[str, list[Any]]
) -> None:
    """`kill -9` in the middle of the first ZIP, again in the second; the third run ends it.

    Both times the run waits for the model: a transaction that is killed keeps its documents locked
    for up to a minute, here as on MongoDB (`test_killed_runs.py` kills at any moment).
    """
    land_both(store, tmp_path)
    engine = reader()
    with serving(engine) as (server,):
        for kills, (least, begun) in enumerate(((5, OTHER), (17, ONE)), 1):
            stage = "raw_listings" if begun == OTHER else "market_trends"
            with materializing(store, [server], [ONE, OTHER]) as process:
                wait_for(
                    lambda least=least: server.traffic.answered_by_hash().total() >= least,
                    "answers", 60,
                )  # fmt: skip
                quiet(engine, server, store)
                wait_for(
                    lambda stamp=f"phx|{begun}|{stage}": bool(store.find_ids(PARTITIONS, [stamp])),
                    "the run to wait",
                )
                assert process.poll() is None
                process.send_signal(signal.SIGKILL)
                process.wait(30)
            assert server.traffic.wait_for_status(499, times=kills)  # the server has noticed
            engine.release()
        assert store.db[QUESTIONS_OPEN].estimated_document_count() > 0  # leases of the dead
        result = run_stages(store, server.url, ONE, OTHER)
        assert result.success
        assert sorted(answered([server]).values()) == [1] * 24
    assert results_of(store) == undisturbed
    assert store.db[QUESTIONS_OPEN].estimated_document_count() == 0


def test_two_processes_that_read_the_same_texts_make_one_call_a_text(
    store: MongoStore, tmp_path: Path
) -> None:
    """phx in a process of its own, tuc in this one, at the same time."""
    tucson = MARKETS["tuc"]
    there = tucson.zips[1]
    land_homes(store, tmp_path, ONE, pools(15))
    land_homes(store, tmp_path, there, pools(15)[::-1])
    engine = reader(0.01)
    engine.hold()
    with serving(engine, slots=4) as servers, materializing(store, servers, [ONE]) as process:

        def release_when_both_ask() -> bool:
            both = engine.wait_until_active(2, 60)
            engine.release()
            return both

        with ThreadPoolExecutor(1) as conductor:
            both = conductor.submit(release_when_both_ask)
            result = run_stages(store, hosts_of(servers), there, there, market=tucson)
            assert both.result(), "the two did not ask at the same time"
        assert process.wait(60) == 0
        assert result.success
        assert sorted(answered(servers).values()) == [1] * 15
    assert figures(result)[there]["model_read"] == 15
    stamp = store.db[PARTITIONS].find_one({"_id": f"phx|{ONE}|llm_enriched"})
    assert stamp
    assert stamp["figures"]["model_read"] == 15
    assert {claim["pool"]["state"] for claim in withheld_or_served(store)} == {"yes"}
    calls = {d["_id"].partition("|")[0]: d["calls"] for d in store.db[MODEL_DAYS].find()}
    assert calls.keys() == {"phx", "tuc"}
    assert sum(calls.values()) == 15


def withheld_or_served(store: MongoStore) -> list[dict[str, Any]]:
    """What was found in each text, whether the committed gate lets it through or not."""
    return [d["withheld"] | d["facts"] for d in store.db[ENRICHMENTS].find()]
