"""When a server that failed is asked again: pure arithmetic on the time it is told.

Libraries were looked at (pybreaker, circuitbreaker): both wrap a call and sleep for one fixed time.
Here the question comes before the call, of several servers at once ("who may be asked, and if
nobody, when?"), and the rest grows with each failed trial.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Rests:
    """Seconds. A rest doubles with every trial that failed, up to the longest."""

    first: float = 1.0
    longest: float = 300.0
    failures: int = 3  # in a row before a server rests, where one does not suffice


class Breaker:
    """Closed: asked freely. Open: rests. Half-open, when the rest is over: one call tries it.

    Not safe among threads: `Servers` guards it. Calls that were under way when it opened decide
    nothing any more; only the trial does.
    """

    def __init__(self, rests: Rests) -> None:
        self._rests = rests
        self._in_a_row = 0
        self._openings = 0
        self._until: datetime | None = None
        self._on_trial = False
        self.out_since: datetime | None = None

    @property
    def is_closed(self) -> bool:
        return self._until is None

    def admits(self, now: datetime) -> bool:
        """May a call be made? If it is not closed, that call is the trial: `begin_trial`."""
        return self._until is None or (now >= self._until and not self._on_trial)

    def wakes_at(self) -> datetime | None:
        """When the rest ends; None where it does not rest, or a trial is under way."""
        return None if self._on_trial else self._until

    def begin_trial(self) -> None:
        self._on_trial = True

    def end_trial(self) -> None:
        """The trial said nothing about the server: another call may try at once."""
        self._on_trial = False

    def succeeded(self, *, trial: bool) -> None:
        self._in_a_row = 0
        if trial or self._until is None:
            self.close()

    def close(self) -> None:
        self._in_a_row = self._openings = 0
        self._until = self.out_since = None
        self._on_trial = False

    def failed(
        self, now: datetime, *, trial: bool, at_once: bool = False, cost_s: float = 0.0
    ) -> None:
        """`at_once`: one failure suffices. `cost_s`: what the call cost; the rest is no shorter, so
        that a server that hangs wastes at most half of one caller's time."""
        if self._until is not None and not trial:
            return
        self._in_a_row += 1
        if not (trial or at_once or self._in_a_row >= self._rests.failures):
            return
        grown = self._rests.first * 2.0 ** min(self._openings, 30)
        rest = min(self._rests.longest, max(grown, cost_s))
        self._openings += 1
        self._until = now + timedelta(seconds=rest)
        self._on_trial = False
        self.out_since = self.out_since or now
