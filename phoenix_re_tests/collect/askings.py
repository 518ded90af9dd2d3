"""An `Asking` of its own for each test: a fake clock, a made-up upstream, an empty database."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from phoenix_re.collect.asking import Access, Asking
from phoenix_re.collect.budget import Budget
from phoenix_re.collect.downloads import Downloads
from phoenix_re.collect.metered import Rules
from phoenix_re.collect.rate_limit import RateLimiter
from phoenix_re.collect.robots import Robots
from phoenix_re.collect.source import SourceSpec
from phoenix_re.collect.tally import Tally
from phoenix_re.mongo import MongoStore
from phoenix_re_tests.collect.budgets import market_with
from phoenix_re_tests.fake_clock import FakeClock

BASE = "http://homes.example"
Answer = Callable[[httpx.Request], httpx.Response] | httpx.Response | Exception


@dataclass
class Upstream(httpx.BaseTransport):
    """Gives one answer after the other, the last one for ever; remembers what it was asked."""

    answers: Sequence[Answer]
    asked: list[httpx.Request] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, stream=answer.stream)
        return answer(request)


def spec(**more: Any) -> SourceSpec:
    usual: dict[str, Any] = {
        "name": "zillow",
        "title": "Homes",
        "light": "green",
        "provides": frozenset({"sale_listings"}),
        "base_url": BASE,
        "formats": (),
        "collect": lambda session: iter(()),
    }
    return SourceSpec(**usual | more)


@contextmanager
def asking(
    store: MongoStore,
    folder: Path,
    *answers: Answer,
    credentials: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
    robots: Callable[[str], httpx.Response] | None = None,
    clock: FakeClock | None = None,
    **of_spec: Any,
) -> Iterator[tuple[Asking, Upstream]]:
    clock = clock or FakeClock()
    market = market_with(zillow=dict(settings or {}))
    rules = Rules(
        spec=spec(**of_spec),
        source=market.sources["zillow"],
        market=market,
        limiter=RateLimiter(store, clock),
        limiter_key="k",
        budget=Budget(store, clock, Decimal(25)),
        clock=clock,
        tally=Tally("zillow"),
        robots=Robots(robots, clock, "phoenix_re/1") if robots else None,
    )
    upstream = Upstream(answers)
    access = Access(BASE, dict(credentials or {}))
    made = Asking(rules, access, store, Downloads(folder, clock), upstream)
    try:
        yield made, upstream
    finally:
        made.close()


def clock_of(made: Asking) -> FakeClock:
    clock = made.rules.clock
    assert isinstance(clock, FakeClock)
    return clock


def counts(made: Asking) -> dict[str, Any]:
    return made.rules.tally.report(1.0)
