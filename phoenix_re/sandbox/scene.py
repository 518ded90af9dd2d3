"""What an upstream's stand-in is made from: the world, the simulated time, its faults' switches.

`server.py` runs one `Upstream` per port and applies, around each, what all have in common: the
request log, rate limits, and the general faults. What only one upstream can do wrong (a renamed
field, a changed template) its module reads from `scene.fault(...)` itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from phoenix_re.sandbox.world import World

GENERAL_FAULTS: Mapping[str, str] = {
    "latency_ms": "every reply waits so long, in milliseconds (a number, or [least, most])",
    "throttle": "share of calls answered 429 (0 to 1)",
    "error_5xx": "share of calls answered 500, 502, 503 or 504",
    "reset": "share of connections cut before an answer",
    "hang": "share of calls that are never answered (the client's time runs out)",
    "slow_body": "share of replies whose body trickles",
    "truncate": "share of bodies cut in the middle, the connection too",
    "malformed": "share of JSON bodies that break off, while HTTP says that they are whole",
    "bom_html": "share of calls answered by an HTML page that begins with a BOM, status 200",
    "down": "true: connections are refused",
}

REASON_HEADER = "x-sandbox-reason"
"""A reply with this header is sent with its value as the reason phrase ("HTTP/1.1 500 Bad token");
the header itself is not sent. Plain ASGI has no place for one."""


class SandboxError(Exception):
    """What was asked of the sandbox cannot be. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` in any `seconds` (a sliding window, judged on arrival)."""

    calls: int
    seconds: float


@dataclass(slots=True)
class Scene:
    """What an upstream module may ask. `started` + the time since then, times `speed`, is now."""

    world: World
    started: datetime  # simulated, UTC
    clock: Callable[[], float]  # seconds, monotonic
    speed: float = 1.0
    advanced: timedelta = timedelta(0)
    faults: dict[str, dict[str, Any]] = field(default_factory=dict)  # upstream → fault → value
    credentials: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict
    )  # source → name → valid value
    bases: dict[str, str] = field(default_factory=dict)  # upstream → its base URL
    proxy_ports: Sequence[int] = ()  # of the proxies that "webshare" lists
    _zero: float = 0.0

    def __post_init__(self) -> None:
        self._zero = self.clock()

    @property
    def now(self) -> datetime:
        """Simulated time, UTC."""
        passed = (self.clock() - self._zero) * self.speed
        return (self.started + self.advanced + timedelta(seconds=passed)).astimezone(UTC)

    def fault(self, upstream: str, name: str, default: Any = None) -> Any:
        return self.faults.get(upstream, {}).get(name, default)


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """One stand-in. `name` is the source's name (or of a service, such as "webshare")."""

    name: str
    routes: Callable[[Scene], list[BaseRoute]]
    limits: tuple[Limit, ...] = ()
    throttled: Callable[[Request, float], Response] | None = None
    """The upstream's own 429 (or what it sends in its place), given the seconds to wait."""
    key_of: Callable[[Request], str] | None = None
    """Whose limit a request counts against; default: one for all."""
    faults: Mapping[str, str] = field(default_factory=dict)
    """Its own faults: name → what it does."""
    credentials: Mapping[str, str] = field(default_factory=dict)
    """What the sandbox accepts, by the names of `SourceSpec.credentials`."""
    robots: str | None = None
    """Its robots.txt; None: 404."""
