"""The optimizer against servers that are simulated by a formula: it finds their width, and backs
off from trouble."""

from datetime import UTC, datetime

import pytest

from phoenix_re.enrich.batches import (
    LEAST_SIZE,
    LEAST_TIMEOUT_S,
    MOST_SIZE,
    MOST_TIMEOUT_S,
    Batch,
    BatchPlans,
    Learnt,
    Plan,
    Remembered,
    learn,
    recommended,
)

AT = datetime(2026, 3, 2, 3, tzinfo=UTC)


def batch(plan: Plan, slots: int, *, seconds: float = 7.0, **changes: object) -> Batch:
    """Of a server that answers `slots` requests at once, each in `seconds`; more wait in line."""
    latency = seconds * max(1.0, plan.concurrent / slots)
    figures = {
        "at": AT,
        "size": plan.size,
        "concurrent": plan.concurrent,
        "timeout_s": plan.timeout_s,
        "texts": plan.size,
        "errors": 0,
        "unanswered": 0,
        "seconds": plan.size * seconds / min(plan.concurrent, slots),
        "p50_s": latency,
        "p95_s": latency,
    }
    return Batch(**{**figures, **changes})  # type: ignore[arg-type]


def run(slots: int, batches: int, learnt: Learnt | None = None, most: int = 16) -> list[Learnt]:
    known = [learnt or Learnt()]
    for _ in range(batches):
        known.append(learn(known[-1], batch(known[-1].plan, slots), most))
    return known


@pytest.mark.parametrize(("slots", "found"), [(1, 2), (2, 2), (3, 3), (4, 4), (8, 8)])
def test_it_finds_as_many_at_once_as_the_server_takes(slots: int, found: int) -> None:
    """Of one slot too: one request is on its way while the other is worked on."""
    widths = [learnt.plan.concurrent for learnt in run(slots, 15)]
    assert widths[-1] == found
    assert max(widths) <= found + 1


def test_the_seeds_growth_is_found_on_a_server_of_three() -> None:
    """20 remarks and 2 at once become 35 and 3, and 300 s become what the latency asks for."""
    last = run(3, 10)[-1].plan
    assert (last.size, last.concurrent) == (MOST_SIZE, 3)
    assert last.timeout_s == pytest.approx(6 * 7.0)


def test_it_never_passes_what_the_server_says_it_takes() -> None:
    assert max(learnt.plan.concurrent for learnt in run(8, 15, most=2)) == 2


def test_a_server_that_became_wider_is_found_again() -> None:
    settled = run(2, 10)[-1]
    assert run(4, 60, settled)[-1].plan.concurrent == 4


def test_errors_and_timeouts_shrink_it() -> None:
    before = run(3, 10)[-1]
    after = learn(before, batch(before.plan, 3, errors=6, unanswered=6))
    assert after.plan.concurrent == before.plan.concurrent - 1
    assert after.plan.size < before.plan.size
    assert after.plan.timeout_s == MOST_TIMEOUT_S
    assert "6 of 35 requests failed" in after.why


def test_pressure_on_this_machine_shrinks_it() -> None:
    after = learn(Learnt(), batch(Plan(), 2, pressure="memory"))
    assert after.plan.concurrent == 1
    assert "short of memory" in after.why


def test_it_shrinks_no_further_than_one_request_of_a_small_batch() -> None:
    learnt = Learnt()
    for _ in range(20):
        learnt = learn(learnt, batch(learnt.plan, 1, errors=learnt.plan.size))
    assert (learnt.plan.concurrent, learnt.plan.size) == (1, LEAST_SIZE)


def test_latency_without_throughput_shrinks_it() -> None:
    known = learn(Learnt(Plan(20, 1)), batch(Plan(20, 1), 1))
    thrashing = batch(Plan(20, 2), 1, seconds=12.0, p95_s=24.0)
    assert "latency rose" in learn(known, thrashing).why


def test_the_timeout_stays_within_its_bounds() -> None:
    assert learn(Learnt(), batch(Plan(), 2, seconds=0.1)).plan.timeout_s == LEAST_TIMEOUT_S
    assert learn(Learnt(), batch(Plan(), 2, seconds=200.0)).plan.timeout_s == MOST_TIMEOUT_S


def test_the_recommendation_is_the_narrowest_of_the_best_widths() -> None:
    steps = run(3, 12)
    batches = tuple(batch(learnt.plan, 3) for learnt in steps[:-1])
    known = Remembered("http://a:11434", "llama3.2", "d1", steps[-1], batches)
    assert recommended(known) == Plan(MOST_SIZE, 3, 42.0)
    untouched = Remembered("http://a:11434", "llama3.2", "d1", Learnt(), ())
    assert recommended(untouched) == Plan()


@pytest.mark.integration
def test_it_is_remembered_per_server_and_weights(store) -> None:
    plans = BatchPlans(store)
    learnt = run(3, 10)[-1]
    assert plans.of("http://a:11434", "d1") == Learnt()
    for _ in range(3):
        plans.keep("http://a:11434", "llama3.2", "d1", learnt, batch(learnt.plan, 3))
    assert plans.of("http://a:11434", "d1") == learnt
    assert plans.of("http://a:11434", "d2") == Learnt()
    assert plans.of("http://b:11434", "d1") == Learnt()
    plans.apply("http://a:11434", "d1", Plan(10, 1, 60.0))
    (found,) = plans.all()
    assert found.learnt.plan == Plan(10, 1, 60.0)
    assert len(found.batches) == 3
    assert found.batches[0] == batch(learnt.plan, 3)
