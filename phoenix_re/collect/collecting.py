"""A run's sources × ZIPs: who is asked when, who covers for whom.

Every source has a lane of its own (threads), so that each keeps its own limit busy. A lane takes
the ZIPs in the order given, priority ZIPs first. A `fallback` source looks at a ZIP only after the
sources before it that give the same kind of data, and only where none of them answered.

One source's failure is a sentence in the report and never another source's, a fault in its code
too (with its traceback in the log). A database that is away fails whoever looks at the outcome. How
a call is made is in `asking.py`, what becomes of its answer in `arrivals.py`.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Self

from pymongo.errors import PyMongoError

from phoenix_re.collect.arrivals import Arrived, Door, known_listings, load_cursor, receive
from phoenix_re.collect.asking import Asking
from phoenix_re.collect.errors import CollectError, ContractError, SourceOut
from phoenix_re.collect.outcome import Outcome
from phoenix_re.collect.source import Known
from phoenix_re.collect.unreadable import keep_unreadable, readable_again
from phoenix_re.collect.zip_session import ZipSession

LANE_WIDTH = 4  # ZIPs of one source at once
_log = logging.getLogger(__name__)


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
        self._provides: dict[str, frozenset[str]] = {
            lane.name: frozenset(lane.asking.spec.provides) for lane in lanes
        }
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

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error is not None:
            for lane in self._lanes:
                lane.asking.give_up(SourceOut(lane.name, "the run was broken off"))
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
        mine = self._provides[self._lanes[at].name]
        return tuple(
            lane.name
            for lane in self._lanes[:at]
            if lane.asking.spec.scope == "zip" and self._provides[lane.name] & mine
        )

    def _for_zip(self, lane: Lane, zip_code: str, before: tuple[str, ...]) -> Outcome:
        if not (lane.is_fallback and before):
            return self._collect(lane, zip_code, ())
        outcomes = {name: self._work[zip_code][name].result() for name in before}
        answered = [name for name, outcome in outcomes.items() if outcome.state == "ok"]
        given = frozenset[str]().union(*(self._provides[name] for name in answered))
        wanted = self._provides[lane.name] - given
        failed = tuple(
            name
            for name, outcome in outcomes.items()
            if outcome.state in {"failed", "out"} and self._provides[name] & wanted
        )
        if not failed:
            return Outcome(lane.name, "not_needed", f"{', '.join(answered)} answered")
        return self._collect(lane, zip_code, failed)

    def _collect(self, lane: Lane, zip_code: str, covered: tuple[str, ...]) -> Outcome:
        asking, arrived = lane.asking, Arrived()
        outcome = Outcome(lane.name, "ok", covers_for=covered)
        try:
            if asking.out is not None:
                raise asking.out.with_traceback(None)
            self._receive(lane, zip_code, arrived)
            readable_again(lane.door, zip_code)
        except SourceOut as error:
            asking.give_up(error)
            outcome = _ended(outcome, error, error.message)
            outcome = replace(outcome, state="out")
        except CollectError as error:
            outcome = _ended(outcome, error, error.message)
            if isinstance(error, ContractError):
                keep_unreadable(lane.door, zip_code, error, asking.hiding_credentials)
        except PyMongoError:
            raise
        except Exception as error:  # noqa: BLE001 - told below, in the log and in the outcome
            _log.exception("%s has a fault (%s)", lane.name, zip_code or "all ZIPs")
            asking.rules.tally.trouble_with(type(error).__name__)
            why = f"the source's own code failed: {type(error).__name__}: {error}"[:300]
            why = f"{asking.hiding_credentials(why)}. Please report it with the log's traceback."
            outcome = _ended(outcome, error, why)
        self._busy[lane.name] = time.monotonic() - self._started
        asking.rules.tally.add(found=arrived.found)
        for note in arrived.notes:
            asking.rules.tally.note(note)
        return _counted(outcome, arrived)

    def _receive(self, lane: Lane, zip_code: str, arrived: Arrived) -> None:
        door = lane.door
        session = ZipSession(
            lane.asking,
            zip_code,
            (zip_code,) if zip_code else tuple(self.zips),
            load_cursor(door, zip_code),
            _Known(door, zip_code).of,
            door.observed_at,
        )
        receive(door, lane.asking.spec.collect(session), session.cursor, zip_code, arrived)


def _ended(outcome: Outcome, error: Exception, why: str) -> Outcome:
    return replace(outcome, state="failed", why=why, error=type(error).__name__)


def _counted(outcome: Outcome, arrived: Arrived) -> Outcome:
    landed = arrived.landed
    return replace(
        outcome,
        found=arrived.found,
        new=landed.new,
        changed=landed.changed,
        unchanged=landed.unchanged,
        outside=landed.outside,
        quarantined=landed.quarantined,
        points=arrived.points,
        posts=arrived.posts,
        drift_notes=tuple(arrived.notes),
    )


class _Known:
    """The stored listings of a ZIP, format by format, read when first asked for. A session's own:
    those of all ZIPs of a run would not fit into a small machine's memory."""

    def __init__(self, door: Door, zip_code: str) -> None:
        self._door = door
        self._zip = zip_code
        self._read: dict[str, Mapping[str, Known]] = {}
        self._turn = threading.Lock()

    def of(self, form: str) -> Mapping[str, Known]:
        if not self._zip:
            return {}
        with self._turn:
            if form not in self._read:
                store, market = self._door.store, self._door.market.code
                self._read[form] = known_listings(store, market, self._zip, form)
            return self._read[form]
