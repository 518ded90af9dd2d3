"""One queue per source and key for all threads, processes and machines: `RateLimiter.wait`.

The state of a key is one tiny document. A slot is reserved there first and slept towards after, so
that all callers line up without asking again; who dies while sleeping has lost one slot, and no
lock is left behind. What a slot is, is arithmetic (`pacing.py`). Money is in `budget.py`.

A reservation compares and swaps: it replaces the document if its `version` is still the one that
was read. Threads of a process that arrive meanwhile are served by the same swap, so the number of
round trips falls as the queue grows. A call that would be made later than `Plan.tolerance` after
its slot (the machine was busy) moves its slot, or takes a new one where others depend on it.

Refused: `limits` has MongoDB and a moving window, but only says yes or no: callers poll, in no
order. `pyrate-limiter` waits, but has no MongoDB (Redis, PostgreSQL, or one machine). Neither
reserves ahead, knows `Retry-After`, or shrinks after a 429; `docs/explanation/limits-and-money.md`.
"""

import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from phoenix_re.collect.clock import Clock
from phoenix_re.collect.pacing import Log, Pace, Plan, plan, shared
from phoenix_re.markets import Market
from phoenix_re.storage import RATE_LIMITS

LONGEST_WAIT = 3_700.0  # seconds: an hour's limit is waited for, a day's is not
BACK_OFF = 5.0  # seconds without calls after a 429 that does not say how long
STALE = 0.25  # seconds after which a sleeper asks whether the upstream has said stop
LONGEST_LEAD = 1.0  # seconds
LONGEST_SLACK = 2.0  # seconds
BULK_SHARE = 0.2  # of the rate, in business hours

Document = dict[str, Any]


class Store(Protocol):
    """What the limiter needs of the database (`mongo.MongoStore` has it)."""

    db: Database[Document]


class WaitTooLong(Exception):  # noqa: N818 - says what is so
    """The next slot is further away than the caller wants to wait. None was reserved."""

    def __init__(self, source: str, until: datetime, seconds: float) -> None:
        super().__init__(
            f"{source}: its rate limit is used up until {until:%Y-%m-%d %H:%M:%S} UTC "
            f"(in {seconds:.0f} seconds)"
        )
        self.source = source
        self.until = until  # UTC
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class LimitState:
    """A key as it stands, for reports."""

    last_slot: datetime | None  # the newest given away, maybe in the future; UTC
    blocked_until: datetime | None  # by a 429; None: not blocked
    rate: float  # share of the permitted rate in use: 1, less after a 429


def bulk_share_now(market: Market, now: datetime) -> float | None:
    """Share of the rate that bulk work may take at `now` (UTC); None: all of it (nights)."""
    hour = now.astimezone(ZoneInfo(market.timezone)).hour
    hours = market.schedule.business_hours
    return BULK_SHARE if hours.min <= hour < hours.max else None


@dataclass(frozen=True, slots=True)
class _Slot:
    at: float
    number: int  # `Pace.calls` before it


@dataclass(slots=True)
class _Ticket:
    """A thread's wish for a slot, and what became of it."""

    plan: Plan
    slack: float  # seconds that it may be later than `Plan.tolerance`
    outcome: _Slot | WaitTooLong | None = None


@dataclass(slots=True)
class _Line:
    """A key's state as this process last saw it, and the threads that stand in line for it."""

    id: str
    source: str
    pace: Pace = field(default_factory=Pace)
    version: int = 0  # 0: no document is known
    seen_at: float = 0.0
    lead: float = 0.0  # seconds that a reservation takes, so that no slot is over before it is ours
    waiting: list[_Ticket] = field(default_factory=list)
    arriving: threading.Lock = field(default_factory=threading.Lock)
    at_the_store: threading.Lock = field(default_factory=threading.Lock)


class RateLimiter:
    """Share one among all threads of a process. `time_scale` multiplies all seconds of limits (and
    of the recovery after a 429), not those of `Retry-After` and `longest_wait`."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        time_scale: float = 1.0,
        longest_wait: float = LONGEST_WAIT,
    ) -> None:
        self._limits = store.db[RATE_LIMITS]
        self._clock = clock
        self._time_scale = time_scale
        self._longest_wait = longest_wait
        self._lines: dict[str, _Line] = {}
        self._opening = threading.Lock()

    def wait(
        self,
        source: str,
        key: str,
        limits: Sequence[tuple[int, float]],
        *,
        bulk_share: float | None = None,
    ) -> float:
        """Sleep until the next call may be made; the call is to be made at once. Returns seconds.

        `limits` are (calls, seconds), all kept. `key` is a short hash of the credential, never the
        credential. `bulk_share` is for bulk work (`bulk_share_now`). Raises `WaitTooLong`.
        """
        began = self._now()
        if bulk_share is not None:
            bulk = plan(shared(limits, bulk_share), self._time_scale)
            self._turn(self._line(source, f"{key}|bulk"), bulk)
        self._turn(self._line(source, key), plan(limits, self._time_scale))
        return self._now() - began

    def throttled(self, source: str, key: str, retry_after: float | None) -> None:
        """The upstream said 429: no call until `retry_after` seconds are over, then half the rate,
        which grows back by itself. All threads and processes obey, sleepers too."""
        line = self._line(source, key)
        seconds = BACK_OFF * self._time_scale if retry_after is None else retry_after
        with line.at_the_store:
            self._read(line)
            while True:
                pace = line.pace.copy()
                pace.throttled(self._now(), seconds, self._time_scale)
                if self._swapped(line, pace):
                    return

    def state(self, source: str, key: str) -> LimitState:
        line = self._line(source, key)
        with line.at_the_store:
            self._read(line)
        now, pace = self._now(), line.pace
        return LimitState(
            last_slot=_utc(pace.last) if pace.last else None,
            blocked_until=_utc(pace.blocked_until) if pace.blocked_until > now else None,
            rate=pace.rate(now, self._time_scale),
        )

    # ── a turn ──────────────────────────────────────────────────────────────────────────────────

    def _turn(self, line: _Line, planned: Plan) -> None:
        slack = 0.0
        while True:
            slot = self._reserved(line, planned, slack)
            self._sleep_until(slot.at - 2 * line.lead)
            if self._now() - line.seen_at > STALE:
                with line.at_the_store:
                    self._read(line)
            if slot.at < line.pace.blocked_until:  # a 429 came while we slept
                continue
            self._sleep_until(slot.at)
            late = self._now() - slot.at
            if late <= planned.tolerance + slack or self._postponed(line, planned, slot):
                return
            slack = min(LONGEST_SLACK, 2 * late)  # wider each time, or a slow machine never calls

    def _postponed(self, line: _Line, planned: Plan, slot: _Slot) -> bool:
        """Whether the slot could be moved to now: then the call may be made."""
        with line.at_the_store:
            while True:
                began = self._now()
                to = began + line.lead
                pace = line.pace.copy()
                if slot.at < pace.blocked_until or not pace.postpone(planned, slot.number, to):
                    return False
                if self._swapped(line, pace):
                    took = self._now() - began
                    if took <= line.lead + planned.tolerance:
                        return True
                    line.lead = min(LONGEST_LEAD, 2 * took)

    def _reserved(self, line: _Line, planned: Plan, slack: float) -> _Slot:
        """A slot of our own: from the thread that is at the store, or by going there."""
        ticket = _Ticket(planned, slack)
        with line.arriving:
            line.waiting.append(ticket)
        with line.at_the_store:
            if ticket.outcome is None:  # nobody served us, or who tried to failed
                with line.arriving:
                    others = [other for other in line.waiting if other is not ticket]
                    line.waiting.clear()
                self._reserve(line, [ticket, *others])
        if isinstance(ticket.outcome, WaitTooLong):
            raise ticket.outcome
        assert ticket.outcome is not None  # noqa: S101
        return ticket.outcome

    def _reserve(self, line: _Line, tickets: list[_Ticket]) -> None:
        """Give each ticket its slot, or the reason why not, in one swap."""
        began = self._now()
        if not line.version:
            self._read(line)
        while True:
            pace = line.pace.copy()
            outcomes = [self._slot(line, pace, ticket) for ticket in tickets]
            if pace.calls == line.pace.calls or self._swapped(line, pace):
                break
        for ticket, outcome in zip(tickets, outcomes, strict=True):
            ticket.outcome = outcome
        line.lead = max(0.9 * line.lead, min(LONGEST_LEAD, 1.5 * (self._now() - began)))

    def _slot(self, line: _Line, pace: Pace, ticket: _Ticket) -> _Slot | WaitTooLong:
        now = self._now()
        slot = pace.next_slot(ticket.plan, now + line.lead, pace.rate(now, self._time_scale))
        if slot - now > self._longest_wait:
            return WaitTooLong(line.source, _utc(slot), slot - now)
        pace.take(ticket.plan, slot, ticket.slack)
        return _Slot(slot, pace.calls - 1)

    # ── the document ────────────────────────────────────────────────────────────────────────────

    def _line(self, source: str, key: str) -> _Line:
        line_id = f"{source}|{key}"
        with self._opening:
            return self._lines.setdefault(line_id, _Line(line_id, source))

    def _read(self, line: _Line) -> None:
        document = self._limits.find_one({"_id": line.id}) or {}
        line.version = document.get("version", 0)
        line.pace = _pace(document)
        line.seen_at = self._now()

    def _swapped(self, line: _Line, pace: Pace) -> bool:
        """Store `pace` unless another process was faster; then its state is read."""
        document = {"_id": line.id, "version": line.version + 1, **_stored(pace)}
        if line.version:
            seen = {"_id": line.id, "version": line.version}
            swapped = self._limits.replace_one(seen, document).matched_count == 1
        else:
            swapped = self._inserted(document)
        if not swapped:
            self._read(line)
            return False
        line.version, line.pace, line.seen_at = line.version + 1, pace, self._now()
        return True

    def _inserted(self, document: Document) -> bool:
        try:
            self._limits.insert_one(document)
        except DuplicateKeyError:
            return False
        return True

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _sleep_until(self, moment: float) -> None:
        seconds = moment - self._now()
        if seconds > 0:
            self._clock.sleep(seconds)


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _stored(pace: Pace) -> Document:
    return {
        "calls": pace.calls,
        "last_slot": pace.last,
        "blocked_until": pace.blocked_until,
        "shrunk_to": pace.shrunk_to,
        "shrunk_at": pace.shrunk_at,
        "windows": [
            {
                "seconds": log.seconds,
                "block": log.block,
                "filled": log.filled,
                "marks": struct.pack(f"<{len(log.marks)}d", *log.marks),
            }
            for log in pace.logs
        ],
    }


def _pace(document: Document) -> Pace:
    if not document:
        return Pace()
    return Pace(
        calls=document["calls"],
        last=document["last_slot"],
        blocked_until=document["blocked_until"],
        shrunk_to=document["shrunk_to"],
        shrunk_at=document["shrunk_at"],
        logs=[
            Log(
                seconds=window["seconds"],
                block=window["block"],
                filled=window["filled"],
                marks=list(struct.unpack(f"<{len(window['marks']) // 8}d", window["marks"])),
            )
            for window in document["windows"]
        ],
    )
