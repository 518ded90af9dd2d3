"""What stands before the wire: robots, money, limits; and what is paid for which ending."""

import threading
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from phoenix_re.collect.errors import (
    AuthError,
    BudgetExceeded,
    PermanentError,
    QuotaExceeded,
    Refused,
    SourceOut,
    TransientError,
)
from phoenix_re.mongo import MongoStore
from phoenix_re.storage import HTTP_CACHE, RATE_LIMITS, SPENDING
from phoenix_re_tests.collect.askings import BASE, asking, clock_of, counts
from phoenix_re_tests.fake_clock import FakeClock

pytestmark = pytest.mark.integration

OK = httpx.Response(200, text="fine")
PRICED = {"price_per_call_usd": Decimal("0.01"), "monthly_budget_usd": Decimal("0.03")}


def spent(store: MongoStore) -> tuple[int, int]:
    """(nano-dollars, open reservations)"""
    month = store.db[SPENDING].find_one() or {"caps": {}, "open": {}}
    return month["caps"].get("overall", {}).get("taken", 0), len(month["open"])


# ── robots and proxies ──────────────────────────────────────────────────────────────────────────


def test_what_robots_forbid_is_never_sent(store: MongoStore, tmp_path: Path) -> None:
    text = "User-agent: *\nDisallow: /private/\nCrawl-delay: 10\n"
    with asking(
        store, tmp_path, OK, settings=PRICED, robots=lambda _: httpx.Response(200, text=text)
    ) as (made, upstream):
        for _ in range(2):
            made.call("GET", f"{BASE}/open", kind="search")
        assert clock_of(made).slept[-1] == pytest.approx(10, rel=0.2)
        with pytest.raises(Refused, match=r"forbids http://homes\.example/private/x"):
            made.call("GET", f"{BASE}/private/x", kind="search")
        assert [r.url.path for r in upstream.asked] == ["/open", "/open"]
        assert spent(store) == (20_000_000, 0)


def test_pages_that_want_a_proxy_are_not_asked_without(store: MongoStore, tmp_path: Path) -> None:
    with asking(store, tmp_path, OK, settings={"proxy": "free"}, pages=True) as (made, upstream):
        with pytest.raises(AuthError, match="WEBSHARE_API_KEY"):
            made.call("GET", f"{BASE}/x", kind="search")
        assert upstream.asked == []
    with asking(store, tmp_path, OK, settings={"proxy": "free"}) as (made, upstream):
        made.call("GET", f"{BASE}/x", kind="search")  # an API that knows us by a key
        assert len(upstream.asked) == 1


# ── money ───────────────────────────────────────────────────────────────────────────────────────


def test_a_cap_is_never_passed_and_names_the_setting(store: MongoStore, tmp_path: Path) -> None:
    with asking(store, tmp_path, OK, settings=PRICED) as (made, upstream):
        for _ in range(3):
            made.call("GET", f"{BASE}/x", kind="search")
        with pytest.raises(BudgetExceeded, match="monthly_budget_usd"):
            made.call("GET", f"{BASE}/x", kind="search")
        assert len(upstream.asked) == 3
        assert spent(store) == (30_000_000, 0)
        assert counts(made)["cost_usd"] == 0.03
        assert len(counts(made)["notes"]) == 1  # 80 % are spent


@pytest.mark.parametrize(
    ("answer", "calls_paid"),
    [
        (httpx.Response(404), 1),
        (httpx.Response(503), 3),  # each try is a call; the cap ends them
        (httpx.ReadTimeout("late"), 3),  # it may have been counted there
        (httpx.ConnectError("refused"), 0),
        (httpx.ConnectTimeout("late"), 0),
        (httpx.UnsupportedProtocol("no scheme"), 0),
        (RuntimeError("a fault of ours"), 0),
    ],
)
def test_what_each_ending_costs(
    store: MongoStore, tmp_path: Path, answer: Any, calls_paid: int
) -> None:
    with asking(store, tmp_path, answer, settings=PRICED) as (made, _):
        with pytest.raises((PermanentError, TransientError, SourceOut, RuntimeError)):
            made.call("GET", f"{BASE}/x", kind="search")
        assert spent(store) == (calls_paid * 10_000_000, 0)


def test_replies_that_are_not_billed_are_given_back(store: MongoStore, tmp_path: Path) -> None:
    settings = {**PRICED, "requests_per_month": 1}
    answers = (httpx.Response(404), OK)
    with asking(
        store, tmp_path, *answers, settings=settings, billed=lambda r: r.status_code == 200
    ) as (made, _):
        with pytest.raises(PermanentError):
            made.call("GET", f"{BASE}/x", kind="search")
        assert spent(store) == (0, 0)
        made.call("GET", f"{BASE}/x", kind="search")
        with pytest.raises(QuotaExceeded):
            made.call("GET", f"{BASE}/x", kind="search")


def test_the_last_call_of_a_quota_goes_to_one_thread(store: MongoStore, tmp_path: Path) -> None:
    with asking(store, tmp_path, OK, settings={"requests_per_month": 5}) as (made, upstream):
        ended: list[str] = []

        def work() -> None:
            try:
                ended.append(made.call("GET", f"{BASE}/x", kind="search").text)
            except QuotaExceeded as error:
                ended.append(type(error).__name__)

        threads = [threading.Thread(target=work) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(ended) == ["QuotaExceeded"] * 7 + ["fine"] * 5
        assert len(upstream.asked) == 5


def test_a_free_call_and_a_cached_one_touch_neither_money_nor_limits(
    store: MongoStore, tmp_path: Path
) -> None:
    answer = httpx.Response(200, json=["fine"])
    with asking(store, tmp_path, answer, cache_hours={"search": 1.0}) as (made, upstream):
        for _ in range(3):
            assert made.call("GET", f"{BASE}/x", kind="search").json() == ["fine"]
        assert len(upstream.asked) == 1
        said = counts(made)
        assert (said["calls"], said["requests"], said["cached"]) == (1, 1, 2)
    assert store.db[SPENDING].find_one() is None
    assert store.db[RATE_LIMITS].find_one() is None
    assert store.db[HTTP_CACHE].find_one() is not None


# ── limits ──────────────────────────────────────────────────────────────────────────────────────


def test_a_limit_too_far_away_ends_the_source_and_gives_the_money_back(
    store: MongoStore, tmp_path: Path
) -> None:
    settings = {**PRICED, "requests_per_day": 1}
    with asking(store, tmp_path, OK, settings=settings) as (made, upstream):
        made.call("GET", f"{BASE}/x", kind="search")
        with pytest.raises(SourceOut, match="zillow: its rate limit is used up until 2026") as out:
            made.call("GET", f"{BASE}/x", kind="search")
        assert out.value.until is not None
        assert "next run" in str(out.value)
        assert len(upstream.asked) == 1
        assert spent(store) == (10_000_000, 0)


def test_bulk_work_takes_a_small_share_by_day(store: MongoStore, tmp_path: Path) -> None:
    noon = datetime(2026, 3, 2, 19, tzinfo=UTC)  # in Phoenix
    night = datetime(2026, 3, 2, 9, tzinfo=UTC)
    took = {}
    for name, at in (("noon", noon), ("night", night)):
        clock = FakeClock(at)
        with asking(
            store,
            tmp_path,
            OK,
            settings={"requests_per_second": 10},
            clock=clock,
            provides=frozenset({"parcels"}),
        ) as (made, _):
            store.db[RATE_LIMITS].delete_many({})
            for _ in range(21):
                made.call("GET", f"{BASE}/x", kind="search")
            took[name] = (clock.now() - at).total_seconds()
    assert took["night"] == pytest.approx(2, rel=0.2)
    assert took["noon"] == pytest.approx(10, rel=0.2)
