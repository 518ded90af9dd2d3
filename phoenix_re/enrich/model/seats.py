"""What is known of each server and of each call in line: the state that `servers.py` guards.

Also here: where a call may still go, and what a server looks like from outside. No waiting and no
network.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Event
from typing import Final, Literal

from phoenix_re.enrich.model.breaker import Breaker
from phoenix_re.enrich.model.hosts import is_local
from phoenix_re.enrich.model.server import Kind, Look, Reply, Server, ServerFailure

State = Literal["ready", "resting", "on trial", "not asked yet"]

_NEWEST: Final = 0.3  # weight of the newest call in a server's speed
_ONCE: Final[frozenset[Kind]] = frozenset({"timeout", "rejected"})  # another try would be the same
_TWICE: Final[frozenset[Kind]] = frozenset({"dropped", "broken"})


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """A server as last seen. `calls` are those answered."""

    host: str
    state: State
    problem: str  # what is wrong and what to do; "" where nothing is
    local: bool
    version: str
    digest: str
    loaded: bool
    gpu_share: float | None
    slots: int
    busy: int
    calls: int
    failures: int
    seconds: float | None  # of a call, moving average


@dataclass(slots=True)
class Seat:
    """A server with all that is known of it; guarded by the lock of `Servers`."""

    server: Server
    breaker: Breaker
    slots: int
    slots_known: bool
    busy: int = 0
    calls: int = 0
    failures: int = 0
    seconds: float | None = None
    problem: str = ""
    look: Look | None = None
    warmed: bool = False

    def appeal(self) -> tuple[float, int]:
        """The higher, the sooner it is asked. One never asked is taken to be quick."""
        free = (self.slots - self.busy) / self.slots
        return (free / self.seconds if self.seconds else float("inf"), -self.calls)

    def answered(self, reply: Reply) -> None:
        self.calls += 1
        known = reply.seconds if self.seconds is None else self.seconds
        self.seconds = known + _NEWEST * (reply.seconds - known)

    def works(self) -> None:
        """It is asked freely again."""
        self.breaker.close()
        self.problem = ""

    def status(self) -> ServerStatus:
        look = self.look
        state: State = "ready" if look else "not asked yet"
        if not self.breaker.is_closed:
            state = "resting" if self.breaker.wakes_at() else "on trial"
        return ServerStatus(
            host=self.server.host,
            state=state,
            problem=self.problem,
            local=is_local(self.server.host),
            version=look.version if look else "",
            digest=look.digest if look else "",
            loaded=look.loaded if look else False,
            gpu_share=look.gpu_share if look else None,
            slots=self.slots,
            busy=self.busy,
            calls=self.calls,
            failures=self.failures,
            seconds=self.seconds,
        )


@dataclass(slots=True)
class Call:
    """One question in line."""

    woken: Event = field(default_factory=Event)
    failed: dict[str, int] = field(default_factory=dict)
    out: dict[str, str] = field(default_factory=dict)  # hosts not asked again, and why
    refused_by_all: bool = True  # every failure was a refusal of the request itself
    seat: Seat | None = None
    trial: bool = False

    def note(self, host: str, failure: ServerFailure) -> None:
        self.refused_by_all &= failure.kind == "rejected"
        if failure.kind in _ONCE or failure.kind in _TWICE:
            self.failed[host] = self.failed.get(host, 0) + 1
        if failure.kind in _ONCE or self.failed.get(host, 0) >= 2:
            self.out[host] = failure.message

    def choice(self, seats: Iterable[Seat]) -> list[Seat]:
        """Those it may still go to; of those that work, the ones that failed it least."""
        left = [s for s in seats if s.server.host not in self.out]
        least = min((self._failures(s) for s in left if s.breaker.is_closed), default=0)
        return [s for s in left if not s.breaker.is_closed or self._failures(s) <= least]

    def _failures(self, seat: Seat) -> int:
        return self.failed.get(seat.server.host, 0)
