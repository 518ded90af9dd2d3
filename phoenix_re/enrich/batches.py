"""How many remarks a server is given at once, and how many together: found out while it works.

A batch is `size` remarks of one server, answered by `concurrent` requests at a time, each bounded
by `timeout_s`. After every batch its throughput is compared with the best known of the same server
and model: as long as more at once brings more, one more is tried, then larger batches; errors,
timeouts, latency that grows without throughput, and a machine short of memory or processor shrink
it. What was learnt is kept per server and weights in `batch_plans`, with the batches behind it.

This is arithmetic on what was measured. Who measures is `pacing.py`; who shows it is
`phoenix-re batch-optimizer`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from statistics import median
from typing import Any, Final, Protocol

from pymongo.database import Database

from phoenix_re.storage import BATCH_PLANS

Document = dict[str, Any]

LEAST_SIZE, MOST_SIZE = 5, 35  # remarks
MOST_CONCURRENT: Final = 16
LEAST_TIMEOUT_S, MOST_TIMEOUT_S = 30.0, 300.0
GAIN: Final = 1.05  # more at once must bring 5 % more, else it is not worth its latency
FEW_ERRORS: Final = 0.1  # share of a batch
SLOWER: Final = 2.0  # latency beyond that multiple of the best known is too much
PATIENCE: Final = 6.0  # a request may take so many times the 95th percentile before it is given up
PROBE_AGAIN: Final = 20  # batches after which a settled plan is tried one larger once more
SMOOTHING: Final = 0.5  # weight of the newest batch in what is known of a width
KEPT: Final = 200  # batches in the history


@dataclass(frozen=True, slots=True)
class Plan:
    """Remarks a batch, requests at once, seconds a request may take."""

    size: int = 20
    concurrent: int = 2
    timeout_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch came to. `pressure` says what this machine was short of; "" elsewhere."""

    at: datetime
    size: int
    concurrent: int
    timeout_s: float
    texts: int
    errors: int  # requests without a usable answer
    unanswered: int  # of them, those that the server gave no answer to in time
    seconds: float
    p50_s: float
    p95_s: float
    pressure: str = ""

    @property
    def per_second(self) -> float:
        """Answers that could be used."""
        return (self.texts - self.errors) / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Learnt:
    """What is known of one server: the plan, and per width its throughput and latency."""

    plan: Plan = Plan()
    throughput: tuple[tuple[int, float], ...] = ()  # (concurrent, remarks a second), smoothed
    latency: tuple[tuple[int, float], ...] = ()  # (concurrent, p95 seconds), smoothed
    settled: int = 0  # batches since the width last moved
    why: str = "not measured yet"

    @property
    def best(self) -> int:
        """The width of the highest throughput; of equal ones (within 5 %) the narrowest."""
        known = dict(self.throughput)
        if not known:
            return self.plan.concurrent
        most = max(known.values())
        return min(width for width, speed in known.items() if speed * GAIN >= most)


def learn(before: Learnt, batch: Batch, most_concurrent: int = MOST_CONCURRENT) -> Learnt:
    """What is known after one more batch, and the plan for the next.

    `most_concurrent`: what the server says it takes at once.
    """
    if reason := _trouble(before, batch):
        return _smaller(before, batch, reason)
    speeds = _smoothed(before.throughput, batch.concurrent, batch.per_second)
    latencies = _smoothed(before.latency, batch.concurrent, batch.p95_s)
    known = replace(before, throughput=speeds, latency=latencies)
    timeout = min(MOST_TIMEOUT_S, max(LEAST_TIMEOUT_S, PATIENCE * batch.p95_s))
    size = min(MOST_SIZE, known.plan.size + 5)
    best, width = known.best, batch.concurrent
    if width > best:
        plan = Plan(size, best, timeout)
        return replace(
            known, plan=plan, settled=0, why=f"{width} at once bring no more than {best}"
        )
    settled = before.settled + 1
    untried = width + 1 not in dict(speeds)
    if width < most_concurrent and (untried or settled >= PROBE_AGAIN):
        plan = Plan(size, width + 1, timeout)
        return replace(
            known, plan=plan, settled=0, why=f"{width} at once went well: trying one more"
        )
    plan = Plan(size, min(best, most_concurrent), timeout)
    return replace(
        known, plan=plan, settled=settled, why=f"{plan.concurrent} at once are the best known"
    )


def _trouble(before: Learnt, batch: Batch) -> str:
    if batch.texts and batch.errors / batch.texts > FEW_ERRORS:
        return f"{batch.errors} of {batch.texts} requests failed"
    if batch.pressure:
        return f"this machine is short of {batch.pressure}"
    quickest = min((p95 for width, p95 in before.latency if width < batch.concurrent), default=None)
    slower = [s for width, s in before.throughput if width < batch.concurrent]
    if (
        quickest is not None
        and slower
        and batch.p95_s > SLOWER * quickest
        and batch.per_second < GAIN * max(slower)
    ):
        return f"latency rose to {batch.p95_s:.1f} s without more throughput"
    return ""


def _smaller(before: Learnt, batch: Batch, reason: str) -> Learnt:
    plan = before.plan
    longer = MOST_TIMEOUT_S if batch.unanswered else plan.timeout_s
    narrower = Plan(
        size=max(LEAST_SIZE, plan.size * 3 // 4),
        concurrent=max(1, min(plan.concurrent, batch.concurrent) - 1),
        timeout_s=longer,
    )
    speeds = tuple(pair for pair in before.throughput if pair[0] < batch.concurrent)
    tried = (*speeds, (batch.concurrent, batch.per_second))
    return replace(before, plan=narrower, throughput=tried, settled=0, why=reason)


def _smoothed(
    known: Sequence[tuple[int, float]], width: int, value: float
) -> tuple[tuple[int, float], ...]:
    by_width = dict(known)
    old = by_width.get(width, value)
    by_width[width] = (1 - SMOOTHING) * old + SMOOTHING * value
    return tuple(sorted(by_width.items()))


# ── across runs ─────────────────────────────────────────────────────────────────────────────────


class Store(Protocol):
    """What this needs of the database (`mongo.MongoStore` has it)."""

    db: Database[Document]


@dataclass(frozen=True, slots=True)
class Remembered:
    """One server and its model, as the collection holds them."""

    server: str
    model: str
    digest: str
    learnt: Learnt
    batches: tuple[Batch, ...]  # newest last


class BatchPlans:
    """What is known of every server and model. The last to write wins: it has measured last."""

    def __init__(self, store: Store) -> None:
        self._plans = store.db[BATCH_PLANS]

    def of(self, server: str, digest: str) -> Learnt:
        """What was learnt of these weights on that server, the defaults if nothing."""
        document = self._plans.find_one({"_id": f"{server}|{digest}"})
        return _remembered(document).learnt if document else Learnt()

    def keep(self, server: str, model: str, digest: str, learnt: Learnt, batch: Batch) -> None:
        """Store it, with one more batch in the history."""
        self._plans.update_one(
            {"_id": f"{server}|{digest}"},
            {
                "$set": {
                    "server": server,
                    "model": model,
                    "digest": digest,
                    "plan": asdict(learnt.plan),
                    "throughput": [list(pair) for pair in learnt.throughput],
                    "latency": [list(pair) for pair in learnt.latency],
                    "settled": learnt.settled,
                    "why": learnt.why,
                },
                "$push": {"batches": {"$each": [asdict(batch)], "$slice": -KEPT}},
            },
            upsert=True,
        )

    def apply(self, server: str, digest: str, plan: Plan) -> None:
        """Make the next run begin with `plan`."""
        self._plans.update_one({"_id": f"{server}|{digest}"}, {"$set": {"plan": asdict(plan)}})

    def all(self) -> list[Remembered]:
        """Every server and model, by name."""
        return [_remembered(document) for document in self._plans.find().sort("_id", 1)]


def recommended(one: Remembered) -> Plan:
    """The plan that all kept batches speak for; without any, the one that is in force.

    The width of the highest median throughput, of equal ones (within 5 %) the narrowest; as many
    remarks a batch as went well; a time limit of `PATIENCE` times that width's 95th percentile.
    """
    sound = [batch for batch in one.batches if not batch.pressure]
    if not sound:
        return one.learnt.plan
    speeds = {
        width: median(batch.per_second for batch in sound if batch.concurrent == width)
        for width in {batch.concurrent for batch in sound}
    }
    width = min(w for w, speed in speeds.items() if speed * GAIN >= max(speeds.values()))
    of_width = [batch for batch in sound if batch.concurrent == width]
    quiet = [batch.size for batch in of_width if batch.errors <= FEW_ERRORS * batch.texts]
    limit = PATIENCE * median(batch.p95_s for batch in of_width)
    return Plan(
        size=max(quiet, default=LEAST_SIZE),
        concurrent=width,
        timeout_s=round(min(MOST_TIMEOUT_S, max(LEAST_TIMEOUT_S, limit)), 1),
    )


def _remembered(document: Document) -> Remembered:
    return Remembered(
        document["server"],
        document["model"],
        document["digest"],
        Learnt(
            Plan(**document["plan"]),
            tuple((int(width), speed) for width, speed in document["throughput"]),
            tuple((int(width), p95) for width, p95 in document["latency"]),
            document["settled"],
            document["why"],
        ),
        tuple(Batch(**batch) for batch in document["batches"]),
    )
