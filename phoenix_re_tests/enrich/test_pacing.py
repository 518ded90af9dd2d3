"""What a server is given at once: by its plan, and one ahead where its answers are quick."""

import time
from datetime import UTC, datetime

import pytest

from phoenix_re.collect.clock import SystemClock
from phoenix_re.enrich.batches import Batch, BatchPlans, Learnt, Plan
from phoenix_re.enrich.model.servers import Servers
from phoenix_re.enrich.pacing import Pacing
from phoenix_re.sandbox.language_model.server import ThreadedServer
from phoenix_re_tests.inquiries import MODEL, inquiry, scripted, serving, texts

pytestmark = pytest.mark.integration


def warmed(server: ThreadedServer, slots: int) -> Servers:
    pool = Servers([server.url], MODEL, slots=slots)
    pool.warm()
    return pool


def remember(store, pool: Servers, width: int, p95_s: float) -> None:
    """That so many at once are the best, and how long an answer takes."""
    (status,) = pool.status()
    learnt = Learnt(
        Plan(concurrent=width),
        throughput=((width, width / p95_s), (width + 1, width / p95_s)),
        latency=((width, p95_s), (width + 1, 2 * p95_s)),
    )
    batch = Batch(datetime.now(UTC), 20, width, 30.0, 20, 0, 0, 20 * p95_s / width, p95_s, p95_s)
    BatchPlans(store).keep(status.host, MODEL, status.digest, learnt, batch)


@pytest.mark.parametrize(("p95_s", "at_once"), [(0.4, 3), (7.0, 2)])
def test_a_quick_server_is_sent_one_more_than_its_plan(store, p95_s: float, at_once: int) -> None:
    with serving(scripted(), slots=2) as (server,):
        pool = warmed(server, 2)
        remember(store, pool, 2, p95_s)
        pacing = Pacing(pool, BatchPlans(store), SystemClock(), time.monotonic)
        assert pacing.at_once(server.url) == at_once
        assert [one.slots for one in pool.status()] == [at_once]
        assert pacing.width == at_once + 1
        pool.close()


def test_what_waits_at_a_server_is_neither_latency_nor_cost(store) -> None:
    """One slot, two requests there: each is under way for two turns, one of them behind another."""
    with serving(scripted(0.1)) as servers:
        pool = warmed(servers[0], 1)
        remember(store, pool, 1, 0.1)
        pool.close()
        with inquiry(store, servers) as run:
            run.ask(texts(22)).result()
        (known,) = BatchPlans(store).all()
        assert known.batches[-1].concurrent == 1
        assert 0.1 <= known.batches[-1].p50_s < 0.17
        assert run.seconds > 1.5 * run.server_seconds
        assert 2.0 < run.server_seconds < 22 * 0.17


def test_one_text_after_the_other_fills_all_slots(store) -> None:
    """A ZIP may bring a single new text: it does not wait for that of the ZIP before."""
    engine = scripted()
    with serving(engine, slots=3) as servers, inquiry(store, servers, slots=3) as run:
        engine.hold()
        asked = []
        for number in range(3):
            asked.append(run.ask(texts(1, first=number)))
            assert engine.wait_until_active(number + 1)
        engine.release()
        assert all(read.claims for one in asked for read in one.result().values())
