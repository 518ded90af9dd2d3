"""What reached one upstream, and whether its limits allowed it: log, counters, sliding windows.

Nothing is answered here: `gate.py` asks `judge` when a request arrives and notes what became of it.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from phoenix_re.sandbox.scene import Limit

LOG_LENGTH = 10_000  # the newest requests; counters know all
MOST_KINDS = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. Times are real; `seconds` until the last byte was handed over."""

    at: datetime
    key: str  # whose limit it counted against
    method: str
    path: str
    query: str
    kind: str  # the path with its variables named: "/parcel/{apn}"
    status: int | None  # None: never answered
    seconds: float
    sent_bytes: int
    fault: str | None  # the general fault that struck, or "limit"


class _Window:
    """One limit for one key: the arrivals of the last `seconds`."""

    __slots__ = ("accepted", "arrived", "calls", "peak", "refused", "seconds")

    def __init__(self, calls: int, seconds: float) -> None:
        self.calls = calls
        self.seconds = seconds
        self.accepted: deque[float] = deque()
        self.arrived: deque[float] = deque(maxlen=max(10_000, 2 * calls))
        self.peak = 0  # the most that ever arrived within `seconds`, refused ones included
        self.refused = 0

    def wait(self, now: float) -> float:
        """Count an arrival; seconds until a call would be allowed (0: it is)."""
        since = now - self.seconds
        for times in (self.accepted, self.arrived):
            while times and times[0] <= since:
                times.popleft()
        self.arrived.append(now)
        self.peak = max(self.peak, len(self.arrived))
        return 0.0 if len(self.accepted) < self.calls else self.accepted[0] - since


class Traffic:
    """Requests to one upstream. `limits` hold in real seconds divided by `time_scale`."""

    def __init__(
        self, limits: Sequence[Limit], time_scale: float, clock: Callable[[], float]
    ) -> None:
        self._limits = [Limit(limit.calls, limit.seconds / time_scale) for limit in limits]
        self._clock = clock
        self._windows: dict[str, list[_Window]] = {}
        self.clear()

    def clear(self) -> None:
        """Forget log and counters; the windows stay full, or a limit could be exceeded by it."""
        self.log: deque[Entry] = deque(maxlen=LOG_LENGTH)
        self._kinds: dict[str, Counter[str]] = {}
        self._faults: Counter[str] = Counter()
        self._sent_bytes = 0
        self._at_once = self._most_at_once = 0
        self._first: float | None = None
        self._last: float | None = None
        for windows in self._windows.values():
            for window in windows:
                window.peak, window.refused = 0, 0

    def arrive(self) -> float:
        """A request is here; the clock's reading."""
        now = self._clock()
        self._first = now if self._first is None else self._first
        self._last = now
        self._at_once += 1
        self._most_at_once = max(self._most_at_once, self._at_once)
        return now

    def judge(self, key: str, now: float) -> float:
        """Seconds that the caller has to wait; 0: allowed, and counted. A refusal uses nothing."""
        windows = self._windows.get(key)
        if windows is None:
            windows = [_Window(limit.calls, limit.seconds) for limit in self._limits]
            self._windows[key] = windows
        waits = [window.wait(now) for window in windows]
        longest = max(waits, default=0.0)
        for window, wait in zip(windows, waits, strict=True):
            if longest <= 0:
                window.accepted.append(now)
            elif wait > 0:
                window.refused += 1
        return longest

    def leave(self, entry: Entry) -> None:
        """The request has been dealt with."""
        self._at_once = max(0, self._at_once - 1)
        self.log.append(entry)
        kind = entry.kind
        if kind not in self._kinds and len(self._kinds) >= MOST_KINDS:
            kind = "(others)"
        status = "none" if entry.status is None else str(entry.status)
        self._kinds.setdefault(kind, Counter())[status] += 1
        self._sent_bytes += entry.sent_bytes
        if entry.fault:
            self._faults[entry.fault] += 1

    def seconds_since(self, then: float) -> float:
        return self._clock() - then

    def stats(self) -> dict[str, Any]:
        """Counters as JSON. A limit was never exceeded while its `peak` is at most its `calls`.

        May be asked from any thread: what is counted on meanwhile is copied first.
        """
        by_kind = {kind: dict(counts) for kind, counts in list(self._kinds.items())}
        by_status: Counter[str] = Counter()
        for counts in by_kind.values():
            by_status.update(counts)
        span = 0.0 if self._first is None or self._last is None else self._last - self._first
        return {
            "requests": by_status.total(),
            "by_status": dict(by_status),
            "by_kind": by_kind,
            "faults": dict(self._faults),
            "sent_bytes": self._sent_bytes,
            "most_at_once": self._most_at_once,
            "span_seconds": round(span, 6),  # from the first arrival to the last
            "limits": [self._limit_stats(at, limit) for at, limit in enumerate(self._limits)],
        }

    def _limit_stats(self, at: int, limit: Limit) -> dict[str, Any]:
        windows = [windows[at] for windows in list(self._windows.values())]
        return {
            "calls": limit.calls,
            "seconds": limit.seconds,  # real ones, scaled
            "keys": len(windows),
            "peak": max((window.peak for window in windows), default=0),
            "refused": sum(window.refused for window in windows),
        }


def now_utc() -> datetime:
    return datetime.now(UTC)


def as_json(entry: Entry) -> dict[str, Any]:
    return asdict(entry) | {"at": entry.at.isoformat(), "seconds": round(entry.seconds, 6)}
