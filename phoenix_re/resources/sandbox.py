"""The sandbox in place of the upstreams: whether a run asks it, and what is different then.

A run asks the sandbox that PHOENIX_RE_SANDBOX names, else the one of its home (`phoenix-re dev`,
`demo` and `sandbox up` start one): with the sandbox's credentials, within its limits, at its
simulated time, and every source of the market, since nobody's terms are touched.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from phoenix_re.collect.sources import SOURCES
from phoenix_re.home import home
from phoenix_re.markets import Market, Source

if TYPE_CHECKING:
    from phoenix_re.collect.asking import Access
    from phoenix_re.collect.lanes import Outfit
    from phoenix_re.sandbox.client import Sandbox

VARIABLE = "PHOENIX_RE_SANDBOX"
ACCEPTED_BY = "the sandbox"
_HOLDS = 5.0  # seconds: a run asks for every source


@dataclass(frozen=True, slots=True)
class SandboxInUse:
    """What the sandbox at one control address serves."""

    client: "Sandbox"
    bases: Mapping[str, str]  # source or service → base URL
    credentials: Mapping[str, Mapping[str, str]]
    time_scale: float
    world: str

    def access(self, source: str, timeout_seconds: float | None = None) -> "Access":
        from phoenix_re.collect.asking import Access, bounded

        base_url, credentials = self.bases.get(source, ""), self.credentials.get(source, {})
        return Access(base_url, credentials, bounded(timeout_seconds))

    def open_market(self, market: Market) -> Market:
        """The market with every source asked that the sandbox stands in for."""
        opened = {
            name: _opened(source) if name in SOURCES and name in self.bases else source
            for name, source in market.sources.items()
        }
        return market.model_copy(update={"sources": opened})

    def fit(self, outfit: "Outfit") -> "Outfit":
        return replace(
            outfit,
            observed_now=self.client.now,
            time_scale=self.time_scale,
            world=self.world,
        )


def _opened(source: Source) -> Source:
    return source.model_copy(
        update={
            "enabled": True,
            "terms_accepted": True,
            "terms_accepted_on": date(2026, 1, 1),
            "terms_accepted_by": ACCEPTED_BY,
            "fixed_usd_monthly": Decimal(0),  # nobody sends a bill
        }
    )


def sandbox_in_use() -> SandboxInUse | None:
    """The sandbox that PHOENIX_RE_SANDBOX names ("off": none), else the one that runs in this home;
    None: the real upstreams are asked. What was found holds for a few seconds."""
    named = os.environ.get(VARIABLE, "")
    return None if named == "off" else _found(named, str(home()), int(time.monotonic() // _HOLDS))


@lru_cache(maxsize=4)
def _found(named: str, _home: str, _moment: int) -> SandboxInUse | None:
    from phoenix_re.sandbox import service
    from phoenix_re.sandbox.client import Sandbox

    if named:
        client = Sandbox(named)
    else:
        running = service.running()
        if running is None:
            return None
        client = running.client
    status = client.status()
    return SandboxInUse(
        client=client,
        bases=status["bases"],
        credentials=status["credentials"],
        time_scale=1 / status["time_scale"],
        world=f"sandbox (seed {status['seed']})",
    )
