"""Collectors killed by `kill -9`, and two at once: nothing lost, nothing twice, no limit passed."""

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from phoenix_re.mongo import MongoStore
from phoenix_re.sandbox.server import Sandbox, serve
from phoenix_re_tests.collecting_process import carry_out, order
from phoenix_re_tests.collecting_runs import (
    ZIPS,
    events,
    landed,
    quarantined,
    stand_ins,
    within_limits,
)

pytestmark = pytest.mark.integration

SOURCES = ("maricopa_assessor", "phoenix_mls")
KILLS = 3


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Its simulated time stands still, so that runs can be compared."""
    with serve(upstreams=stand_ins(*SOURCES), houses_per_zip=20, time_scale=40, speed=0) as sandbox:
        yield sandbox


def test_a_killed_collector_leaves_nothing_that_the_next_does_not_mend(
    sandbox: Sandbox, store: MongoStore, tmp_path: Path
) -> None:
    wanted = order(sandbox, store, tmp_path, SOURCES, ZIPS)
    undisturbed = replace(wanted, database=f"{store.db.name}_undisturbed")
    carry_out(undisturbed)
    asked_in_all = _asked(sandbox)
    sandbox.clear_stats()
    chance = random.Random(20261125)
    in_the_middle = 0
    for _ in range(KILLS):
        before = _asked(sandbox)
        enough = before + chance.randrange(1, asked_in_all // KILLS)
        child = wanted.start()
        while child.poll() is None and _asked(sandbox) < enough:
            time.sleep(0.01)
        in_the_middle += child.poll() is None
        child.kill()
        child.wait()
    assert in_the_middle == KILLS
    carry_out(wanted)
    whole = undisturbed.store()
    assert len(landed(whole)) > 100
    assert landed(store) == landed(whole)
    assert events(store) == events(whole)
    assert quarantined(store) == quarantined(whole)
    assert within_limits(sandbox)
    whole.client.drop_database(whole.db.name)


def test_two_processes_share_one_limit(sandbox: Sandbox, store: MongoStore, tmp_path: Path) -> None:
    halves = (ZIPS[:2], ("85037", "85043"))
    children = [
        order(sandbox, store, tmp_path / str(n), SOURCES, half).start()
        for n, half in enumerate(halves)
    ]
    assert [child.wait(60) for child in children] == [0, 0]
    assert within_limits(sandbox)
    assert {d["zip"] for d in store.db.raw_listings.find({}, {"zip": 1})} == {
        *halves[0],
        *halves[1],
    }
    stored = landed(store)
    assert len(events(store)) == len(set(stored)) == len(stored)
    numbers = [e["seq"] for e in store.db.listing_events.find({}, {"seq": 1})]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_two_processes_on_the_same_zips_end_as_one_does(
    sandbox: Sandbox, store: MongoStore, tmp_path: Path
) -> None:
    wanted = order(sandbox, store, tmp_path, SOURCES, ZIPS[:1])
    alone = replace(wanted, database=f"{store.db.name}_alone")
    carry_out(alone)
    children = [wanted.start(), wanted.start()]
    assert [child.wait(60) for child in children] == [0, 0]
    one = alone.store()
    assert landed(store) == landed(one)
    assert events(store) == events(one)
    one.client.drop_database(one.db.name)


def _asked(sandbox: Sandbox) -> int:
    return sum(stats["requests"] for stats in sandbox.stats().values())
