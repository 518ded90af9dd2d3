"""Sliding windows: as much as is allowed, never more, whatever the arrivals."""

from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.sandbox.scene import Limit
from phoenix_re.sandbox.traffic import Traffic

limits = st.lists(
    st.builds(Limit, st.integers(1, 5), st.sampled_from([1.0, 3.0, 10.0])), min_size=1, max_size=2
)
gaps = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0, 7.0]), max_size=60)


@given(limits, gaps)
def test_judged_as_by_the_definition(of: list[Limit], pauses: list[float]) -> None:
    now, accepted, arrived = 0.0, [], []
    traffic = Traffic(of, 1.0, lambda: now)
    for pause in pauses:
        now += pause
        arrived.append(now)
        within = {limit: [t for t in accepted if t > now - limit.seconds] for limit in of}
        allowed = all(len(times) < limit.calls for limit, times in within.items())
        wait = traffic.judge("", now)
        assert (wait == 0) == allowed
        if allowed:
            accepted.append(now)
        else:
            assert wait > 0
            free = now + wait
            for limit in of:
                assert sum(t > free - limit.seconds for t in accepted) < limit.calls
    for limit, told in zip(of, traffic.stats()["limits"], strict=True):
        busiest = max(
            (sum(t - limit.seconds < x <= t for x in arrived) for t in arrived), default=0
        )
        assert told["peak"] == busiest
        assert (
            max((sum(t - limit.seconds < x <= t for x in accepted) for t in accepted), default=0)
            <= limit.calls
        )


def test_clearing_the_counters_opens_no_window() -> None:
    traffic = Traffic([Limit(1, 60)], 1.0, lambda: 0.0)
    assert traffic.judge("", 0.0) == 0
    traffic.clear()
    assert traffic.judge("", 1.0) == 59
    assert traffic.stats()["limits"][0]["refused"] == 1
