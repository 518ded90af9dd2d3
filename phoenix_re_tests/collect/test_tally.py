"""The numbers of a run: they add up, whichever thread counts."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.collect.tally import Tally


def test_many_threads_count_right() -> None:
    tally = Tally("mls")

    def work() -> None:
        for n in range(200):
            tally.add(calls=1, retries=n % 2)
            tally.request("search" if n % 4 else "detail", 0.01, 10)
            tally.wait(0.5)
            tally.trouble_with("TransientError")
            tally.note("a total did not add up")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = tally.report(10)
    assert (said["calls"], said["requests"], said["retries"], said["bytes"]) == (
        *(1600, 1600, 800),
        16000,
    )
    assert said["requests_by_kind"] == {"search": 1200, "detail": 400}
    assert said["waited_seconds"] == 800
    assert said["errors"] == {"TransientError": 1600}
    assert said["notes"] == ["a total did not add up (×1600)"]


def test_shares_and_money() -> None:
    tally = Tally("mls")
    for _ in range(4):
        tally.add(calls=1)
    tally.request("search", 0.1, 100)
    tally.add(cached=3, nano_usd=1_500_000_000, found=50)
    said = tally.report(3600 / 2)
    assert (said["calls"], said["requests"], said["cached"]) == (1, 1, 3)
    assert said["cache_share"] == 0.75
    assert said["properties_per_hour"] == 100
    assert said["cost_usd"] == 1.5


def test_nothing_was_asked() -> None:
    said = Tally("mls").report(0)
    assert said["p50_ms"] is None
    assert said["properties_per_hour"] == said["cache_share"] == 0


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60))
def test_percentiles_are_nearest_ranks(seconds: list[float]) -> None:
    tally = Tally("mls")
    for value in seconds:
        tally.request("search", value, 0)
    said = tally.report(1)
    for name, share in (("p50_ms", 0.5), ("p95_ms", 0.95)):
        value = said[name] / 1000
        below = sum(s <= value + 1e-5 for s in seconds)
        strictly = sum(s < value - 1e-5 for s in seconds)
        assert below >= share * len(seconds) - 1e-9
        assert strictly < share * len(seconds)


def test_the_median_of_two_is_the_lower() -> None:
    tally = Tally("mls")
    for value in (0.001, 0.009):
        tally.request("search", value, 0)
    assert tally.report(1)["p50_ms"] == pytest.approx(1)
