"""What was asked of a language-model server: one entry a request, and counts by prompt.

It outlives a server that is killed and started again, so that a test can see what was repeated.
May be read from any thread.
"""

import threading
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from phoenix_re.sandbox.language_model.engine import Ask

_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to `/api/chat` or `/api/generate`. An empty one only loads or unloads."""

    number: int
    path: str
    model: str
    hash: str  # `engine.prompt_hash`
    is_empty: bool
    arrived: datetime  # UTC
    status: int | None = None  # None: not ended; 499: the client left; 500 also after 200 was sent
    ended: datetime | None = None


class Traffic:
    """The newest requests, oldest first, in `asked`."""

    def __init__(self) -> None:
        self._by_number: dict[int, Asked] = {}
        self._next = 0
        self._changed = threading.Condition()

    @property
    def asked(self) -> list[Asked]:
        with self._changed:
            return list(self._by_number.values())

    def asked_by_hash(self) -> Counter[str]:
        """How often each prompt arrived, whatever became of it."""
        return Counter(one.hash for one in self.asked if not one.is_empty)

    def answered_by_hash(self) -> Counter[str]:
        """How often each prompt was answered to the end."""
        return Counter(one.hash for one in self.asked if one.status == 200 and not one.is_empty)

    def by_status(self) -> Counter[int | None]:
        return Counter(one.status for one in self.asked)

    def wait_for_status(self, status: int | None, times: int = 1, seconds: float = 10) -> bool:
        """Wait until so many requests have ended so (None: are under way); whether they have."""
        with self._changed:
            return self._changed.wait_for(
                lambda: sum(one.status == status for one in self._by_number.values()) >= times,
                seconds,
            )

    def clear(self) -> None:
        """Forget the requests that have ended."""
        with self._changed:
            self._by_number = {n: o for n, o in self._by_number.items() if o.status is None}

    def arrived(self, ask: Ask, path: str) -> int:
        with self._changed:
            number = self._next
            self._next += 1
            empty = not ask.messages and not ask.raw
            now = datetime.now(UTC)
            self._by_number[number] = Asked(number, path, ask.model, ask.hash, empty, now)
            if len(self._by_number) > _KEPT:
                del self._by_number[next(iter(self._by_number))]
            self._changed.notify_all()
            return number

    def ended(self, number: int, status: int) -> None:
        with self._changed:
            if number in self._by_number:
                now = datetime.now(UTC)
                self._by_number[number] = replace(self._by_number[number], status=status, ended=now)
            self._changed.notify_all()
