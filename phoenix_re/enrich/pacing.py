"""Servers at the pace that their batches have shown to be best: measures, learns, sets the width.

Sits between the questions (`asking.py`) and the servers (`model/servers.py`). A window of a server
is a batch of `batches.py`; one in which the server was not kept busy says nothing of what it can do
and is not counted. Whether this machine is short of anything matters for servers on it only.

A server that answers within a second is sent one request more than its plan says, to wait there:
the way from one answer to the next question, some 10 ms where the processors are busy, would cost
it percents. A slower one is not: what waits at a server cannot go to another that is free sooner.
"""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import quantiles
from typing import Any, Final

import psutil

from phoenix_re.collect.clock import Clock
from phoenix_re.enrich.batches import MOST_CONCURRENT, Batch, BatchPlans, Learnt, learn
from phoenix_re.enrich.model.servers import Reply, Servers

LEAST_BUSY: Final = 0.8  # share of its width that a server must have been kept busy
LEAST_MEMORY: Final = 0.05  # share of this machine's memory that must be free
MOST_LOAD: Final = 3.0  # runnable processes a core
AHEAD_BELOW_S: Final = 1.0  # 95th percentile of a server that is sent one request ahead


def pressure_here() -> str:
    """What this machine is short of; "" if nothing."""
    memory = psutil.virtual_memory()
    if memory.available < LEAST_MEMORY * memory.total:
        return "memory"
    if os.getloadavg()[0] > MOST_LOAD * (os.cpu_count() or 1):
        return "processor"
    return ""


@dataclass(slots=True)
class _Window:
    """A server's calls since its last batch."""

    learnt: Learnt
    ahead: int = 0  # requests that wait at the server beside those of the plan
    began: float | None = None  # when the first of them was sent
    failures_before: int = 0
    errors: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def at_once(self) -> int:
        return self.learnt.plan.concurrent + self.ahead


class Pacing:
    """The servers of one run with what is known of each. Share it among threads.

    `now`: seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        servers: Servers,
        plans: BatchPlans,
        clock: Clock,
        now: Callable[[], float],
        pressure: Callable[[], str] = pressure_here,
    ) -> None:
        self.servers = servers
        self._plans = plans
        self._clock = clock
        self._now = now
        self._pressure = pressure
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}
        for status in servers.status():
            learnt = plans.of(status.host, status.digest)
            if not learnt.throughput:  # what the server said of its slots, until it is measured
                learnt = replace(learnt, plan=replace(learnt.plan, concurrent=status.slots))
            self._begin(status.host, learnt, status.failures)

    @property
    def width(self) -> int:
        """Requests at once, of all servers; one more each, so that the next is there in time."""
        return sum(window.at_once + 1 for window in self._windows.values())

    @property
    def timeout_s(self) -> float:
        """What a request may take, on the slowest of the servers."""
        return max(window.learnt.plan.timeout_s for window in self._windows.values())

    def at_once(self, host: str) -> int:
        """Requests that the server has been given together, at this moment."""
        return self._windows[host].at_once

    def rows(self) -> list[dict[str, Any]]:
        """What is known of each server, for tables."""
        return [
            {"server": host, **asdict(window.learnt.plan), "why": window.learnt.why}
            for host, window in self._windows.items()
        ]

    def ask(
        self, messages: Sequence[dict[str, str]], schema: Mapping[str, Any], timeout_s: float
    ) -> Reply:
        """See `Servers.ask`."""
        return self.servers.ask(messages, schema, timeout_s)

    def answered(self, reply: Reply, *, usable: bool) -> None:
        """Count a reply; with the last of a batch, learn from it."""
        with self._lock:
            window = self._windows[reply.server]
            if window.began is None:
                window.began = self._now() - reply.seconds
            own = window.learnt.plan.concurrent / window.at_once
            window.seconds.append(reply.seconds * own)  # without its turn behind another
            window.errors += not usable
            if len(window.seconds) < window.learnt.plan.size:
                return
            self._close(reply, window)

    def _close(self, reply: Reply, window: _Window) -> None:
        status = next(s for s in self.servers.status() if s.host == reply.server)
        plan, wall = window.learnt.plan, self._now() - (window.began or 0.0)
        unanswered = status.failures - window.failures_before
        if sum(window.seconds) < LEAST_BUSY * wall * plan.concurrent and not unanswered:
            self._begin(reply.server, window.learnt, status.failures)
            return
        cuts = quantiles(window.seconds, n=20, method="inclusive")
        batch = Batch(
            at=self._clock.now().replace(microsecond=0),
            size=plan.size,
            concurrent=plan.concurrent,
            timeout_s=plan.timeout_s,
            texts=len(window.seconds) + unanswered,
            errors=window.errors + unanswered,
            unanswered=unanswered,
            seconds=round(wall, 3),
            p50_s=round(cuts[9], 3),
            p95_s=round(cuts[18], 3),
            pressure=self._pressure() if status.local else "",
        )
        learnt = learn(window.learnt, batch, MOST_CONCURRENT)
        self._plans.keep(reply.server, self.servers.model, reply.digest, learnt, batch)
        self._begin(reply.server, learnt, status.failures)

    def _begin(self, host: str, learnt: Learnt, failures: int) -> None:
        """A new window by what is known."""
        usual = dict(learnt.latency).get(learnt.plan.concurrent)
        ahead = int(usual is not None and usual < AHEAD_BELOW_S)
        window = _Window(learnt, ahead, failures_before=failures)
        self._windows[host] = window
        self.servers.use_slots(host, window.at_once)
