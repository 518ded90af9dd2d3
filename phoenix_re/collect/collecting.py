"""A run's sources × ZIPs: who is asked when, who covers for whom.

Every source has a lane of its own (threads), so that each keeps its own limit busy. A lane takes
the ZIPs in the order given, priority ZIPs first. A `fallback` source looks at a ZIP only after the
sources before it that give the same kind of data, and only where none of them answered.

One source's failure is a sentence in the report and never another source's. How a call is made is
in `asking.py`, what becomes of its answer in `arrivals.py`.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Self

from phoenix_re.collect.arrivals import (
    Door,
    known_listings,
    load_cursor,
    receive,
)
from phoenix_re.collect.asking import Asking
from phoenix_re.collect.errors import CollectError, SourceOut
from phoenix_re.collect.outcome import Outcome, State
from phoenix_re.collect.source import Known
from phoenix_re.collect.zip_session import ZipSession

LANE_WIDTH = 4  # ZIPs of one source at once


@dataclass(frozen=True, slots=True)
class Lane:
    """One source ready to be asked, and where its finds go."""

    asking: Asking
    door: Door

    @property
    def name(self) -> str:
        return self.asking.spec.name

    @property
    def is_fallback(self) -> bool:
        return self.door.source.use == "fallback"


class Collecting:
    """A run over `zips`, in that order: `with Collecting(lanes, zips) as run: run.outcomes(zip)`.

    `lanes` in the order in which they are to be trusted to cover for each other. Leaving the block
    waits for what is under way and starts nothing further.
    """

    def __init__(self, lanes: Sequence[Lane], zips: Sequence[str]) -> None:
        self._lanes = list(lanes)
        self.zips = list(zips)
        self._pools = {
            lane.name: ThreadPoolExecutor(LANE_WIDTH, thread_name_prefix=f"lane-{lane.name}")
            for lane in lanes
        }
        self._work: dict[str, dict[str, Future[Outcome]]] = {z: {} for z in zips}
        self._market_wide: dict[str, Future[Outcome]] = {}
        self._known: dict[str, _KnownListings] = {z: _KnownListings(z) for z in zips}
        self._started = time.monotonic()
        self._busy: dict[str, float] = {}

    def __enter__(self) -> Self:
        for lane in self._lanes:
            if lane.asking.spec.scope == "market":
                task = self._pools[lane.name].submit(self._collect, lane, "", ())
                self._market_wide[lane.name] = task
        for zip_code in self.zips:
            for at, lane in enumerate(self._lanes):
                if lane.asking.spec.scope == "zip":
                    self._work[zip_code][lane.name] = self._pools[lane.name].submit(
                        self._for_zip, lane, zip_code, self._before(at)
                    )
        return self

    def __exit__(self, *_: object) -> None:
        for pool in self._pools.values():
            pool.shutdown(cancel_futures=True)
        for lane in self._lanes:
            lane.asking.close()

    def outcomes(self, zip_code: str) -> list[Outcome]:
        """What each source did for the ZIP, as soon as all are done with it."""
        return [task.result() for task in self._work.get(zip_code, {}).values()]

    def market_outcomes(self) -> list[Outcome]:
        """What the sources did that speak of all ZIPs at once."""
        return [task.result() for task in self._market_wide.values()]

    def reports(self) -> list[dict[str, Any]]:
        """One report per source: `Tally.report`, and why it is out, if so."""
        return [
            lane.asking.rules.tally.report(self._busy.get(lane.name, 0.0))
            | {"out": lane.asking.out.message if lane.asking.out else None}
            for lane in self._lanes
        ]

    # ── one source, one ZIP ─────────────────────────────────────────────────────────────────────

    def _before(self, at: int) -> tuple[str, ...]:
        """The sources that `lanes[at]` would cover for."""
        mine = self._lanes[at].asking.spec.provides
        return tuple(
            lane.name
            for lane in self._lanes[:at]
            if lane.asking.spec.scope == "zip" and lane.asking.spec.provides & mine
        )

    def _for_zip(self, lane: Lane, zip_code: str, before: tuple[str, ...]) -> Outcome:
        covered: tuple[str, ...] = ()
        if lane.is_fallback and before:
            outcomes = [self._work[zip_code][name].result() for name in before]
            if any(outcome.state == "ok" for outcome in outcomes):
                answered = next(o.source for o in outcomes if o.state == "ok")
                return Outcome(lane.name, "not_needed", f"{answered} answered")
            covered = tuple(o.source for o in outcomes if o.state != "not_needed")
        return self._collect(lane, zip_code, covered)

    def _collect(self, lane: Lane, zip_code: str, covered: tuple[str, ...]) -> Outcome:
        asking, door = lane.asking, lane.door
        if asking.out is not None:
            why = asking.out
            return Outcome(lane.name, "out", why.message, type(why).__name__, covers_for=covered)
        session = ZipSession(
            asking,
            zip_code,
            (zip_code,) if zip_code else tuple(self.zips),
            load_cursor(door, zip_code),
            lambda: self._known[zip_code].of(door) if zip_code else {},
            door.observed_at,
        )
        try:
            arrived = receive(door, asking.spec.collect(session), session.cursor, zip_code)
        except CollectError as error:
            if isinstance(error, SourceOut):
                asking.give_up(error)
            state: State = "out" if isinstance(error, SourceOut) else "failed"
            return Outcome(
                lane.name, state, error.message, type(error).__name__, covers_for=covered
            )
        finally:
            self._busy[lane.name] = time.monotonic() - self._started
        asking.rules.tally.add(found=arrived.found)
        for note in arrived.notes:
            asking.rules.tally.note(note)
        landed = arrived.landed
        return Outcome(
            lane.name,
            "ok",
            found=arrived.found,
            new=landed.new,
            changed=landed.changed,
            unchanged=landed.unchanged,
            outside=landed.outside,
            quarantined=landed.quarantined,
            points=arrived.points,
            posts=arrived.posts,
            covers_for=covered,
            drift_notes=tuple(arrived.notes),
        )


@dataclass
class _KnownListings:
    """The stored listings of a ZIP, read once a run for all its sources."""

    zip_code: str
    _found: Mapping[str, Mapping[str, Known]] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, door: Door) -> Mapping[str, Mapping[str, Known]]:
        with self._lock:
            if self._found is None:
                self._found = known_listings(door.store, door.market.code, self.zip_code)
            return self._found
