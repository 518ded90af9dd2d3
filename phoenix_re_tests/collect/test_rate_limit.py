"""Pacing as arithmetic: simulated workers, no server and no waiting."""

import heapq
import random
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phoenix_re.collect.pacing import LEAST_RATE, MARKS, RECOVERY, Log, Pace, plan, shared
from phoenix_re.collect.rate_limit import BULK_SHARE, bulk_share_now
from phoenix_re_tests.collect.budgets import market_with
from phoenix_re_tests.collect.windows import worst_excess

START = 1_790_000_000.0
FLOAT = 1e-6  # what times of 1.8e9 seconds lose in arithmetic

LIMITS = st.lists(
    st.tuples(
        st.integers(1, 1500),
        st.one_of(st.sampled_from([1.0, 60.0, 3600.0, 86400.0]), st.floats(0.05, 100.0)),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda limit: limit[1],
)


def arrivals_of(
    limits: list[tuple[int, float]],
    *,
    workers: int,
    seconds: float,
    most: int,
    seed: int,
    think: float = 0,
    stalls: float = 0,
) -> list[float]:
    """Workers that share a pace: their clocks disagree, they wake late, the wire delays them, all
    of it as far as the plan tolerates. `think`: longest time between two calls of one of them.
    `stalls`: share of wake-ups that are later than is tolerated."""
    chance = random.Random(seed)
    planned, pace = plan(limits), Pace()
    jitter = min(window.guard for window in planned.windows)
    offsets = [chance.uniform(0, jitter / 4) for _ in range(workers)]
    happens: list[tuple[float, int, tuple[float, int] | None]] = [
        (START + chance.uniform(0, think), worker, None) for worker in range(workers)
    ]
    heapq.heapify(happens)
    arrivals: list[float] = []
    while happens[0][0] < START + seconds and len(arrivals) < most:
        now, worker, slot = heapq.heappop(happens)
        local = now + offsets[worker]
        if slot is not None:  # awake, to call
            at, number = slot
            if local - at <= planned.tolerance or pace.postpone(planned, number, local):
                arrivals.append(now + chance.uniform(0, jitter / 4))
                heapq.heappush(happens, (now + chance.uniform(0, think), worker, None))
                continue
        at = pace.next_slot(planned, local)
        pace.take(planned, at)
        late = chance.uniform(0, planned.tolerance)
        if chance.random() < stalls:
            late += chance.uniform(0, 50 * jitter)
        called = at - offsets[worker] + late
        heapq.heappush(happens, (called, worker, (at, pace.calls - 1)))
    return arrivals


@settings(max_examples=80)
@given(
    limits=LIMITS,
    workers=st.integers(1, 12),
    think=st.one_of(st.just(0.0), st.floats(0, 5), st.floats(0, 4000)),
    stalls=st.sampled_from([0.0, 0.02, 0.5]),
    seed=st.integers(0, 10**6),
)
def test_no_window_is_ever_exceeded(
    limits: list[tuple[int, float]], workers: int, think: float, stalls: float, seed: int
) -> None:
    arrivals = arrivals_of(
        limits,
        workers=workers,
        seconds=10**9,
        most=2_000,
        seed=seed,
        think=think,
        stalls=stalls,
    )
    for calls, seconds in limits:
        assert worst_excess(arrivals, calls, seconds) <= FLOAT


@settings(max_examples=40)
@given(limits=LIMITS, seed=st.integers(0, 10**6))
def test_98_percent_is_used_when_there_is_enough_to_do(
    limits: list[tuple[int, float]], seed: int
) -> None:
    rate, period = min((calls / seconds, seconds) for calls, seconds in limits)
    windows = max(3, round(20 / (rate * period)))
    arrivals = arrivals_of(limits, workers=50, seconds=windows * period, most=10**6, seed=seed)
    made = sum(at < START + windows * period for at in arrivals)
    assert made + 1 >= 0.98 * rate * windows * period


@pytest.mark.parametrize(
    "limits",
    [
        [(20, 1.0)],
        [(2, 1.0), (7_200, 3_600.0), (40_000, 86_400.0)],
        [(60, 60.0), (1_000, 3_600.0)],
        [(1_000, 10.0), (60, 1 / 6)],  # the same, an hour in ten seconds
        [(203, 10.0)],
    ],
)
def test_the_limits_of_real_upstreams_are_used_and_kept(limits: list[tuple[int, float]]) -> None:
    rate, period = min((calls / seconds, seconds) for calls, seconds in limits)
    arrivals = arrivals_of(limits, workers=8, seconds=3 * period, most=10**6, seed=7)
    made = sum(at < START + 3 * period for at in arrivals)
    assert made + 1 >= 0.98 * 3 * rate * period
    for calls, seconds in limits:
        assert worst_excess(arrivals, calls, seconds) <= FLOAT


def test_after_idleness_an_hours_calls_may_be_made_at_the_pace_of_the_minute() -> None:
    arrivals = arrivals_of(
        [(60, 60.0), (1_000, 3_600.0)], workers=4, seconds=600, most=10**6, seed=1
    )
    assert 580 <= len(arrivals) <= 600


def test_calls_are_spread_and_do_not_come_all_at_once() -> None:
    planned, pace = plan([(20, 1.0)]), Pace()
    slots = []
    for _ in range(3):
        slots.append(pace.next_slot(planned, START))
        pace.take(planned, slots[-1])
    assert slots[0] == START
    assert slots[1] - slots[0] == pytest.approx(0.05 * 1.013, abs=FLOAT)
    assert slots[2] - slots[1] == pytest.approx(0.05 * 1.013, abs=FLOAT)


def test_an_old_state_says_nothing() -> None:
    planned, pace = plan([(2, 1.0), (10, 3_600.0)]), Pace()
    for _ in range(10):
        pace.take(planned, pace.next_slot(planned, START))
    assert pace.next_slot(planned, START) >= START + 3_600
    assert pace.next_slot(planned, START + 10_000) == START + 10_000


def test_a_call_counts_in_windows_that_another_market_set() -> None:
    strict, loose, pace = plan([(10, 60.0)]), plan([(100, 60.0)]), Pace()
    for _ in range(10):
        pace.take(loose, pace.next_slot(loose, START))
    assert pace.next_slot(strict, START) >= START + 60
    assert pace.next_slot(loose, START) < START + 12


@given(
    before=st.integers(1, 9), after=st.integers(1, 9), gaps=st.lists(st.floats(0, 9), max_size=60)
)
def test_a_changed_limit_keeps_the_calls_and_makes_none_of_them_earlier(
    before: int, after: int, gaps: list[float]
) -> None:
    log, times = Log(60.0, before), []
    for gap in gaps:
        times.append((times[-1] if times else START) + gap)
        log.add(times[-1])
    changed = log.with_block(after)
    calls = [at for at in changed.marks[:-1] for _ in range(after)]
    calls += changed.marks[-1:] * changed.filled
    assert len(calls) == len(times)
    assert all(kept >= made for kept, made in zip(calls, times, strict=True))


def test_a_late_call_moves_its_slot_unless_others_depend_on_it() -> None:
    planned, pace = plan([(2, 1.0)]), Pace()
    pace.take(planned, START)
    assert pace.postpone(planned, 0, START + 0.3)
    pace.take(planned, pace.next_slot(planned, START))
    assert pace.next_slot(planned, START) == pytest.approx(START + 0.3 + 1.013, abs=FLOAT)
    pace.take(planned, START + 1.4)  # keeps its distance from the first, which can wait no more
    assert not pace.postpone(planned, 0, START + 0.6)
    assert pace.postpone(planned, 1, START + 0.6)


def test_a_log_stays_small() -> None:
    log = Log(86_400.0, 100)
    for n in range(100_000):
        log.add(START + n)
    assert len(log.marks) <= MARKS + 1


def test_the_same_window_twice_means_the_stricter() -> None:
    assert [w.calls for w in plan([(30, 60.0), (10, 60.0)]).windows] == [10]


def test_time_scale_shortens_all_windows() -> None:
    scaled = plan([(60, 60.0), (1_000, 3_600.0)], 1 / 360)
    assert [w.seconds for w in scaled.windows] == [pytest.approx(1 / 6), pytest.approx(10)]


@pytest.mark.parametrize("limit", [(0, 1.0), (5, 0.0), (-1, 60.0)])
def test_a_limit_that_nobody_can_keep_is_refused(limit: tuple[int, float]) -> None:
    with pytest.raises(ValueError, match="cannot be kept"):
        plan([limit])


# ── after a 429 ─────────────────────────────────────────────────────────────────────────────────


def test_a_429_blocks_halves_the_rate_and_is_forgotten_with_time() -> None:
    planned, pace = plan([(10, 1.0)]), Pace()
    pace.take(planned, START)
    pace.throttled(START, retry_after=30)
    assert pace.next_slot(planned, START, pace.rate(START)) == START + 30
    pace.take(planned, START + 30)
    at_half_rate = pace.next_slot(planned, START + 30, pace.rate(START + 30))
    assert at_half_rate - (START + 30) == pytest.approx(2 * 0.1 * 1.013, abs=FLOAT)
    assert pace.rate(START + 30 + RECOVERY / 4) == pytest.approx(0.75)
    assert pace.rate(START + 30 + RECOVERY / 2) == 1.0


def test_429s_of_calls_that_were_under_way_together_count_once() -> None:
    pace = Pace()
    for n in range(8):
        pace.throttled(START + n / 10, retry_after=5)
    assert pace.rate(START + 1) == 0.5
    pace.throttled(START + 60, retry_after=5)  # again, although at half the rate
    assert pace.rate(START + 60) < 0.31


@given(st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e4)), max_size=30))
def test_the_rate_never_falls_to_nothing_and_always_comes_back(
    events: list[tuple[float, float]],
) -> None:
    pace, now = Pace(), START
    for gap, retry_after in events:
        now += gap
        pace.throttled(now, retry_after)
        assert pace.blocked_until >= now + retry_after
        assert LEAST_RATE <= pace.rate(now) < 1
    assert pace.rate(max(now, pace.blocked_until) + RECOVERY) == 1.0


# ── bulk work ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("hour_utc", "share"),
    [(14, None), (15, BULK_SHARE), (0, BULK_SHARE), (1, None), (6, None)],
)
def test_bulk_work_takes_a_small_share_in_the_markets_business_hours(
    hour_utc: int, share: float | None
) -> None:
    market = market_with()  # America/Phoenix, UTC-7; 8 to 18
    assert bulk_share_now(market, datetime(2026, 3, 2, hour_utc, tzinfo=UTC)) == share


def test_business_hours_follow_summer_time() -> None:
    market = market_with("den").model_copy(update={"timezone": "America/Denver"})
    assert bulk_share_now(market, datetime(2026, 7, 1, 14, 30, tzinfo=UTC)) == BULK_SHARE
    assert bulk_share_now(market, datetime(2026, 12, 1, 14, 30, tzinfo=UTC)) is None


def test_a_share_of_the_limits_leaves_the_rest_of_each() -> None:
    assert shared([(2, 1.0), (1_000, 3_600.0)], 0.2) == [(1, 2.5), (200, 3_600.0)]
