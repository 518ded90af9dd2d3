"""What asking a source came to: calls, bytes, time, money, trouble. Reported elsewhere.

One `Tally` per source and run, shared by its threads; `rows` of it go into the asset's metadata and
the collection `source_runs`.
"""

import math
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

NANO = 1_000_000_000  # nano-dollars of a dollar
_KEPT_LATENCIES = 20_000


@dataclass
class Tally:
    """Counters of one source. Seconds, bytes, nano-dollars. Safe among threads."""

    source: str
    counts: Counter[str] = field(default_factory=Counter)
    trouble: Counter[str] = field(default_factory=Counter)  # kind of error → calls or ZIPs
    by_kind: Counter[str] = field(default_factory=Counter)  # kind of call → requests
    notes: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    waited: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, **amounts: int) -> None:
        """Add to counters: calls, cached, not_modified, throttled, retries, nano_usd, found."""
        with self._lock:
            self.counts.update(amounts)

    def request(self, kind: str, seconds: float, size: int) -> None:
        with self._lock:
            self.counts.update(requests=1, bytes=size)
            self.by_kind[kind] += 1
            if len(self.latencies) < _KEPT_LATENCIES:
                self.latencies.append(seconds)

    def wait(self, seconds: float) -> None:
        with self._lock:
            self.waited += seconds

    def trouble_with(self, kind: str) -> None:
        with self._lock:
            self.trouble[kind] += 1

    def note(self, text: str) -> None:
        with self._lock:
            self.notes[text] += 1

    def report(self, seconds: float) -> dict[str, Any]:
        """Plain numbers. `seconds`: how long the source was at work.

        `calls` are what the source wanted to know and the cache did not; each took one `request`
        that reached the upstream, or more, or none. `cache_share` = replies from the cache / all
        replies; `properties_per_hour` = listings and parcels found / hours; p50 and p95 by nearest
        rank.
        """
        with self._lock:
            counts, latencies = dict(self.counts), sorted(self.latencies)
            asked = counts.get("requests", 0)
            cached = counts.get("cached", 0)
            return {
                "source": self.source,
                "calls": counts.get("calls", 0) - cached,
                "requests": asked,
                "requests_by_kind": dict(self.by_kind.most_common()),
                "bytes": counts.get("bytes", 0),
                "found": counts.get("found", 0),
                "properties_per_hour": round(counts.get("found", 0) / seconds * 3600, 1)
                if seconds > 0
                else 0.0,
                "cached": cached,
                "cache_share": round(cached / (asked + cached), 4) if asked + cached else 0.0,
                "not_modified": counts.get("not_modified", 0),
                "throttled": counts.get("throttled", 0),
                "retries": counts.get("retries", 0),
                "errors": dict(self.trouble.most_common()),
                "p50_ms": _rank(latencies, 0.50),
                "p95_ms": _rank(latencies, 0.95),
                "waited_seconds": round(self.waited, 3),
                "seconds": round(seconds, 3),
                "cost_nano_usd": counts.get("nano_usd", 0),
                "cost_usd": counts.get("nano_usd", 0) / NANO,
                "notes": [f"{text} (×{n})" if n > 1 else text for text, n in self.notes.items()],
            }


def _rank(ordered: list[float], share: float) -> float | None:
    """Milliseconds at the nearest rank; None without a call."""
    if not ordered:
        return None
    return round(ordered[math.ceil(share * len(ordered)) - 1] * 1000, 2)
