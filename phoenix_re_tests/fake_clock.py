"""A clock that only moves when told to, or when somebody sleeps on it. Safe among threads."""

import threading
from datetime import UTC, datetime, timedelta


class FakeClock:
    def __init__(self, at: datetime = datetime(2026, 3, 2, 17, tzinfo=UTC)) -> None:
        self._at = at
        self._lock = threading.Lock()
        self.slept: list[float] = []

    def now(self) -> datetime:
        with self._lock:
            return self._at

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self._at += timedelta(seconds=max(0.0, seconds))

    def advance(self, **parts: float) -> None:
        with self._lock:
            self._at += timedelta(**parts)
