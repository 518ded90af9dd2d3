"""Runs of the collectors against a sandbox in this process, as small and quick as they can be."""

import importlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from phoenix_re.collect.asking import Access, bounded
from phoenix_re.collect.clock import Clock, SystemClock
from phoenix_re.collect.lanes import Outfit, collecting
from phoenix_re.collect.outcome import Outcome
from phoenix_re.collect.proxies import ProxyPool
from phoenix_re.markets import IntRange, Market, load_markets
from phoenix_re.mongo import MongoStore
from phoenix_re.sandbox.scene import Upstream
from phoenix_re.sandbox.server import Sandbox
from phoenix_re.storage import HTTP_CACHE, LISTING_EVENTS, QUARANTINE, RAW_LISTINGS

ZIPS = ("85031", "85033", "85035")
SCALE = 60.0
COUNTED = ("new", "changed", "unchanged", "outside", "quarantined")

logging.getLogger("httpx").setLevel(logging.WARNING)


def stand_ins(*names: str) -> dict[str, Upstream]:
    where = "phoenix_re.sandbox.upstreams"
    return {name: importlib.import_module(f"{where}.{name}").UPSTREAM for name in names}


def phoenix(*names: str, **settings: Mapping[str, Any]) -> Market:
    """Phoenix with these sources alone, accepted, without proxies, bulk work at any hour;
    `settings` by source."""
    market = load_markets()["phx"]
    accepted = {
        "enabled": True,
        "terms_accepted": True,
        "terms_accepted_on": date(2026, 1, 1),
        "terms_accepted_by": "A. Tester",
        "fixed_usd_monthly": Decimal(0),
        "proxy": "none",
    }
    sources = {
        name: market.sources[name].model_copy(update={**accepted, **settings.get(name, {})})
        for name in names
    }
    never = market.schedule.model_copy(update={"business_hours": IntRange(min=0, max=0)})
    return market.model_copy(update={"sources": sources, "schedule": never})


@dataclass
class Run:
    """What a run came to."""

    zips: list[str]
    by_zip: dict[str, dict[str, Outcome]]
    market_wide: dict[str, Outcome]
    reports: dict[str, dict[str, Any]]

    def of(self, source: str) -> list[Outcome]:
        return [outcomes[source] for outcomes in self.by_zip.values()]

    def all(self) -> list[Outcome]:
        return [o for outcomes in self.by_zip.values() for o in outcomes.values()]

    def sum(self, name: str) -> int:
        return sum(getattr(outcome, name) for outcome in (*self.all(), *self.market_wide.values()))

    def adds_up(self) -> bool:
        outcomes = [*self.all(), *self.market_wide.values()]
        return all(o.found == sum(getattr(o, name) for name in COUNTED) for o in outcomes)


@dataclass
class Runner:
    """`run` collects Phoenix ZIPs from the sandbox into the store."""

    sandbox: Any  # a `Sandbox`, or what another process knows of one
    store: MongoStore
    folder: Path
    clock: Clock = field(default_factory=SystemClock)
    timeout: float = 10.0
    pool: ProxyPool | None = None
    bases: dict[str, str] = field(default_factory=dict)  # in place of the sandbox's
    credentials: dict[str, Mapping[str, str]] = field(default_factory=dict)
    world: str = "sandbox"
    observed_now: Callable[[], datetime] | None = None

    def access(self, source: str) -> Access:
        bases: Mapping[str, str] = {**self.sandbox.bases, **self.bases}
        credentials = {**self.sandbox.credentials, **self.credentials}
        return Access(bases.get(source, ""), credentials.get(source, {}), bounded(self.timeout))

    def outfit(self) -> Outfit:
        return Outfit(
            store=self.store,
            markets=load_markets(),
            access=self.access,
            downloads=self.folder / "downloads",
            secret=b"0123456789abcdef",
            overall_usd=Decimal(25),
            pool=self.pool,
            clock=self.clock,
            observed_now=self.observed_now or (lambda: self.sandbox.now),
            time_scale=1 / self.sandbox.time_scale,
            world=self.world,
        )

    def run(self, market: Market, zips: Sequence[str] = ZIPS) -> Run:
        with collecting(self.outfit(), market, zips) as run:
            by_zip = {z: {o.source: o for o in run.outcomes(z)} for z in run.zips}
            market_wide = {o.source: o for o in run.market_outcomes()}
            reports = {r["source"]: r for r in run.reports()}
        return Run(run.zips, by_zip, market_wide, reports)

    def forget_cache(self) -> None:
        self.store.db[HTTP_CACHE].delete_many({})

    def requests(self, source: str) -> int:
        """As the sandbox counts them, without those for robots.txt."""
        kinds = self.sandbox.stats()[source]["by_kind"]
        return sum(sum(n.values()) for kind, n in kinds.items() if kind != "/robots.txt")


def landed(store: MongoStore, sources: Iterable[str] | None = None) -> dict[str, list[str]]:
    """listing → content hashes of its versions."""
    return {
        listing["_id"]: [version["content_hash"] for version in listing["versions"]]
        for listing in store.db[RAW_LISTINGS].find()
        if sources is None or listing["source"] in sources
    }


def events(store: MongoStore) -> list[tuple[str, str]]:
    """(listing, kind) of all events."""
    return sorted((e["listing_id"], e["kind"]) for e in store.db[LISTING_EVENTS].find())


def quarantined(store: MongoStore) -> list[str]:
    return sorted(d["_id"] for d in store.db[QUARANTINE].find())


def within_limits(sandbox: Sandbox) -> bool:
    """Whether no window of any upstream was ever fuller than allowed, and nobody was refused."""
    limits = [limit for stats in sandbox.stats().values() for limit in stats["limits"]]
    return all(limit["peak"] <= limit["calls"] and not limit["refused"] for limit in limits)
