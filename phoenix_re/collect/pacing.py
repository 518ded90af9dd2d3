"""When the next call may be made: pure arithmetic of rate limits over the calls made so far.

`plan` turns (calls, seconds) limits into windows with a guard each; `Pace` is what is remembered of
a key; `next_slot` and `Pace.take` move it on. Times are seconds since 1970. Who stores a `Pace`,
shares it among processes and sleeps is in `rate_limit.py`.

A window of N calls in S seconds holds as judged where calls arrive, if call k+N is made S + guard
after call k, and no call is on its way `guard` seconds longer than another. So each window keeps
the time of every call (of every block of calls, where N is large), and nothing is guessed from
averages: what an hour has left over may be used at the pace of the minute.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

GUARD = 0.013  # share of a window that absorbs jitter; with blocks it leaves > 98 % of the rate
LONGEST_GUARD = 1.0  # seconds; no jitter is longer
SHORT = 1.0  # windows under a second (limits scaled in time) get an absolute guard …
SHORT_GUARD = 0.1  # … where a longer window is what binds in the long run
WIDEST_SPACING = 1.0  # seconds between calls, at most, where the windows are not used up
MARKS = 400  # times kept of a window; more calls than these share marks

LEAST_RATE = 1 / 16  # how far 429s shrink the rate
RECOVERY = 600.0  # seconds in which it would grow from nothing to the whole
SAME_EVENT = 2.0  # 429s within so many seconds are calls that were under way together


@dataclass(frozen=True, slots=True)
class Window:
    """At most `calls` in any `seconds`; `guard` more seconds pass before the next."""

    calls: int
    seconds: float
    guard: float

    @property
    def block(self) -> int:
        """Calls that share one mark."""
        return math.ceil(self.calls / MARKS)


@dataclass(frozen=True, slots=True)
class Plan:
    """`spacing` keeps calls from coming all at once; `tolerance` is how late one may be made."""

    windows: tuple[Window, ...]
    spacing: float
    tolerance: float


def plan(limits: Sequence[tuple[int, float]], time_scale: float = 1.0) -> Plan:
    """Windows for (calls, seconds) limits, all seconds multiplied by `time_scale`."""
    for calls, seconds in limits:
        if calls < 1 or seconds <= 0:
            raise ValueError(f"a limit of {calls} calls in {seconds} seconds cannot be kept")
    fewest: dict[float, int] = {}
    for calls, seconds in limits:
        fewest[seconds] = min(calls, fewest.get(seconds, calls))
    scaled = sorted((seconds * time_scale, calls) for seconds, calls in fewest.items())
    if not scaled:
        return Plan((), 0.0, math.inf)
    slowest = max(seconds * (1 + GUARD) / calls for seconds, calls in scaled)
    windows = tuple(
        Window(calls, seconds, _guard(seconds, spare=slowest * calls - seconds))
        for seconds, calls in scaled
    )
    shortest = windows[0]
    spacing = (shortest.seconds + shortest.guard) / shortest.calls
    return Plan(
        windows=windows,
        spacing=min(spacing, WIDEST_SPACING * time_scale),
        tolerance=min(window.guard for window in windows) / 2,
    )


def shared(limits: Sequence[tuple[int, float]], share: float) -> list[tuple[int, float]]:
    """The limits that leave `1 - share` of each to others."""
    return [
        (int(calls * share), seconds) if calls * share >= 1 else (1, seconds / (calls * share))
        for calls, seconds in limits
    ]


def _guard(seconds: float, spare: float) -> float:
    """`spare`: by how much the window could be longer without slowing the long run."""
    relative = min(GUARD * seconds, LONGEST_GUARD)
    if seconds >= SHORT:
        return relative
    return max(relative, min(SHORT_GUARD, spare))


@dataclass(slots=True)
class Log:
    """The calls of a window: the time of the last call of each block, oldest first."""

    seconds: float
    block: int
    filled: int = 0  # calls in the newest block
    marks: list[float] = field(default_factory=list)

    def gate(self, calls: int) -> float | None:
        """A time after which at most `calls - 1` calls were made; None: so few were made ever."""
        open_block = len(self.marks) - (1 if 0 < self.filled < self.block else 0)
        index = open_block - calls // self.block
        return self.marks[index] if index >= 0 else None

    def add(self, at: float) -> None:
        if 0 < self.filled < self.block:
            self.marks[-1] = at
            self.filled += 1
        else:
            self.marks.append(at)
            self.filled = 1
        del self.marks[: -MARKS - 1]

    def back(self, later: int) -> int:
        """How many blocks before the newest a call lies, after which `later` more were made."""
        return 0 if later < self.filled else 1 + (later - self.filled) // self.block

    def copy(self) -> "Log":
        return Log(self.seconds, self.block, self.filled, self.marks[:])

    def with_block(self, block: int) -> "Log":
        """The same calls in blocks of another size (the limit was changed), none of them earlier
        than it was."""
        calls = [at for at in self.marks[:-1] for _ in range(self.block)]
        calls += self.marks[-1:] * self.filled
        changed = Log(self.seconds, block)
        for at in calls:
            changed.add(at)
        return changed


@dataclass(slots=True)
class Pace:
    """What is remembered of a key. An old one says nothing and does no harm."""

    calls: int = 0  # ever
    last: float = 0.0  # the newest slot given away, maybe in the future
    blocked_until: float = 0.0
    shrunk_to: float = 1.0
    shrunk_at: float = 0.0
    logs: list[Log] = field(default_factory=list)

    def copy(self) -> "Pace":
        return replace(self, logs=[log.copy() for log in self.logs])

    def rate(self, now: float, time_scale: float = 1.0) -> float:
        """Share of the permitted rate that is used now: 1, or less for a while after a 429."""
        grown = max(0.0, now - self.shrunk_at) / (RECOVERY * time_scale)
        return min(1.0, self.shrunk_to + grown)

    def next_slot(self, plan: Plan, earliest: float, rate: float = 1.0) -> float:
        """When the next call may be made, at the given share of the rate."""
        at = max(earliest, self.blocked_until, self.last + plan.spacing / rate)
        for window in plan.windows:
            gate = self._log(window).gate(window.calls)
            if gate is not None:
                at = max(at, gate + (window.seconds + window.guard) / rate)
        return at

    def take(self, plan: Plan, at: float, slack: float = 0.0) -> None:
        """Give the slot away to a caller who may be `slack` seconds later than usual. It counts in
        every window known of the key, the caller's or not."""
        for window in plan.windows:
            self._log(window)
        for log in self.logs:
            log.add(at + slack)
        self.last = at + slack
        self.calls += 1

    def postpone(self, plan: Plan, number: int, to: float) -> bool:
        """The call that was `calls` when it was taken is only made at `to`. False where it cannot
        be so: calls that must keep their distance from it have been given their slots already."""
        later = self.calls - 1 - number
        logs = [self._log(window) for window in plan.windows]
        if later < 0 or any(
            log.back(later) >= window.calls // log.block
            for window, log in zip(plan.windows, logs, strict=True)
        ):
            return False
        for log in self.logs:
            index = len(log.marks) - 1 - log.back(later)
            if index >= 0:
                log.marks[index] = max(log.marks[index], to)
        return True

    def throttled(self, now: float, retry_after: float, time_scale: float = 1.0) -> None:
        """A 429 came: nothing until `retry_after` seconds are over, then half the rate."""
        if now >= self.shrunk_at + SAME_EVENT * time_scale:
            self.shrunk_to = max(LEAST_RATE, self.rate(now, time_scale) / 2)
        self.blocked_until = max(self.blocked_until, now + retry_after)
        self.shrunk_at = self.blocked_until  # it grows from there

    def _log(self, window: Window) -> Log:
        for index, log in enumerate(self.logs):
            if log.seconds == window.seconds:
                if log.block != window.block:
                    self.logs[index] = log.with_block(window.block)
                return self.logs[index]
        self.logs.append(Log(window.seconds, window.block))
        return self.logs[-1]
