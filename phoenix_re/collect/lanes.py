"""From a market's file to lanes that can run: every enabled source with all that it needs.

The one place where the machinery of `collect/` is put together. What cannot be asked (law, terms,
credentials, a database of another world) is a lane that is out from the start and says why.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path

import httpx

from phoenix_re.collect.arrivals import Door
from phoenix_re.collect.asking import Access, Asking
from phoenix_re.collect.budget import Budget
from phoenix_re.collect.clock import Clock, SystemClock
from phoenix_re.collect.collecting import Collecting, Lane
from phoenix_re.collect.downloads import Downloads
from phoenix_re.collect.drift import Drift
from phoenix_re.collect.errors import Refused, SourceOut
from phoenix_re.collect.landing import Store
from phoenix_re.collect.law import objection
from phoenix_re.collect.metered import Rules
from phoenix_re.collect.proxies import ProxyPool
from phoenix_re.collect.proxy_transport import ProxyTransports
from phoenix_re.collect.rate_limit import RateLimiter
from phoenix_re.collect.robots import Robots, user_agent
from phoenix_re.collect.source import SourceSpec
from phoenix_re.collect.sources import specs
from phoenix_re.collect.tally import Tally
from phoenix_re.collect.world import REAL, claim
from phoenix_re.markets import Market, market_of_zip

FILES = "files"  # the operator's own: they come through the inbox, nobody is asked


@dataclass(frozen=True)
class Outfit:
    """What a run brings along, the same for all its sources.

    `time_scale` and `observed_now` are the sandbox's: limits in windows so many times as long, and
    its simulated time. `world` names where the data come from; a database holds one world only.
    """

    store: Store
    markets: Mapping[str, Market]  # all there are
    access: Callable[[str], Access]  # of a source, by name
    downloads: Path
    secret: bytes
    overall_usd: Decimal
    pool: ProxyPool | None = None  # of proxies
    clock: Clock = field(default_factory=SystemClock)
    observed_now: Callable[[], datetime] | None = None
    time_scale: float = 1.0
    world: str = REAL


def collecting(outfit: Outfit, market: Market, zips: Sequence[str]) -> Collecting:
    """A run over `zips`: priority ZIPs first, then in the order given."""
    first = set(market.priority_zips)
    ordered = sorted(dict.fromkeys(zips), key=lambda z: z not in first)
    return Collecting(lanes(outfit, market), ordered)


def lanes(outfit: Outfit, market: Market) -> list[Lane]:
    """A lane per enabled source, in the market's order."""
    asked = [specs()[name] for name in market.sources_in_order if name in specs()]
    if not asked:
        return []
    stranger = claim(outfit.store, outfit.world)
    limiter = RateLimiter(outfit.store, outfit.clock, time_scale=outfit.time_scale)
    budget = Budget(outfit.store, outfit.clock, outfit.overall_usd, outfit.markets.values())
    return [_lane(outfit, market, spec, limiter, budget, stranger) for spec in asked]


def _lane(
    outfit: Outfit,
    market: Market,
    spec: SourceSpec,
    limiter: RateLimiter,
    budget: Budget,
    stranger: str | None,
) -> Lane:
    source = market.sources[spec.name]
    access = outfit.access(spec.name)
    rules = Rules(
        spec=spec,
        source=source,
        market=market,
        limiter=limiter,
        limiter_key=_key_of(access),
        budget=budget,
        clock=outfit.clock,
        tally=Tally(spec.name),
        robots=_robots(access, outfit.clock) if spec.robots else None,
        pool=outfit.pool if spec.pages else None,
        proxy_transports=ProxyTransports() if _through_proxies(outfit, market, spec) else None,
    )
    asking = Asking(
        rules,
        access,
        outfit.store,
        Downloads(outfit.downloads, _ObservedClock(outfit)),
        secret=outfit.secret,
    )
    objecting: SourceOut | None = objection(spec, source, access.credentials)
    if objecting is None and stranger is not None:
        objecting = Refused(spec.name, stranger)
    if objecting is not None:
        asking.give_up(objecting)
    observed = (outfit.observed_now or outfit.clock.now)()
    door = Door(
        store=outfit.store,
        spec=spec,
        source=source,
        market=market,
        market_of_zip=market_of_zip(outfit.markets),
        drift=Drift(outfit.store, _ObservedClock(outfit)),
        secret=outfit.secret,
        observed_at=observed.replace(microsecond=0),
    )
    return Lane(asking, door)


def _through_proxies(outfit: Outfit, market: Market, spec: SourceSpec) -> bool:
    return spec.pages and outfit.pool is not None and market.sources[spec.name].proxy != "none"


@dataclass(frozen=True)
class _ObservedClock:
    """Age of what was received is told in observed time, which the sandbox may have moved."""

    outfit: Outfit

    def now(self) -> datetime:
        return (self.outfit.observed_now or self.outfit.clock.now)()

    def sleep(self, seconds: float) -> None:
        self.outfit.clock.sleep(seconds)


def _key_of(access: Access) -> str:
    """Whose limit it is: a hash of the credentials, else of the address."""
    said = "|".join(f"{k}={v}" for k, v in sorted(access.credentials.items())) or access.base_url
    return blake2b(said.encode(), digest_size=6).hexdigest()


def _robots(access: Access, clock: Clock) -> Robots:
    def fetch(url: str) -> httpx.Response:
        return httpx.get(
            url,
            headers={"User-Agent": user_agent()},
            timeout=access.timeout,
            follow_redirects=True,
        )

    return Robots(fetch, clock, user_agent())
