"""What a proxy's document says of its health, and which proxy is the next: pure functions.

Storage, leases and the list belong to `proxies.py`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

Document = dict[str, Any]

Failure = Literal["dead", "broken", "limited", "refused"]
"""dead: no connection or tunnel. broken: the call broke off or timed out; the target may be to
blame. limited: the target answered 429 or 403. refused: the proxy answered 407."""

WEIGHT = 0.2  # of the newest call in the moving averages
BROKEN_IN_A_ROW = 3  # before a proxy rests for calls that broke off
LEAST_SCORE = 0.02  # so that one that failed gets another chance after its rest
LONGEST_IDLE_SECONDS = 3_600.0


@dataclass(frozen=True, slots=True)
class Rests:
    """How long, in seconds. The first rest doubles with each further failure in a row."""

    first: float = 30
    longest: float = 3_600
    from_source: float = 300  # from a source that answered 429 or 403


def newcomer() -> Document:
    """The fields of a proxy that was never used."""
    return {**fresh_health(), "used_at": None, "bytes": 0, "leases": [], "version": 0}


def fresh_health() -> Document:
    """Nothing is held against a proxy whose address is new. Latency in seconds."""
    return {"success": 1.0, "latency": 1.0, "failures": 0, "rests_until": None, "limited": {}}


def after_success(document: Document, bytes_: int, seconds: float) -> Document:
    """The fields that change when a call went through."""
    return {
        "success": _moved(document["success"], 1.0),
        "latency": _moved(document["latency"], max(0.0, seconds)),
        "failures": 0,
        "rests_until": None,
        "bytes": document["bytes"] + bytes_,
    }


def after_failure(
    document: Document, kind: Failure, source: str, bytes_: int, now: datetime, rests: Rests
) -> Document:
    """The fields that change when a call did not go through."""
    fields: Document = {"bytes": document["bytes"] + bytes_}
    if kind == "limited":
        limited = {name: until for name, until in document["limited"].items() if until > now}
        return {
            **fields,
            "limited": {**limited, source: now + timedelta(seconds=rests.from_source)},
        }
    failures = document["failures"] + 1
    fields |= {"success": _moved(document["success"], 0.0), "failures": failures}
    doublings = failures - (BROKEN_IN_A_ROW if kind == "broken" else 1)
    if doublings >= 0:
        rest = min(rests.longest, rests.first * 2.0 ** min(doublings, 30))
        fields["rests_until"] = now + timedelta(seconds=rest)
    return fields


def live_leases(document: Document, now: datetime) -> list[Document]:
    return [lease for lease in document["leases"] if lease["until"] > now]


def wakes_at(document: Document, source: str, now: datetime) -> datetime:
    """When it may be used for the source as far as rests go; `now` if it may."""
    ends = (document["rests_until"], document["limited"].get(source))
    return max([now, *(end for end in ends if end is not None)])


def rank(
    documents: Iterable[Document],
    source: str,
    avoid: Collection[str],
    per_proxy: int,
    now: datetime,
) -> list[Document]:
    """Those that may be used now, the next one first.

    The order is score × time since the last use: a proxy twice as good is used twice as often, and
    each comes round.
    """
    free = [
        d
        for d in documents
        if d["_id"] not in avoid
        and wakes_at(d, source, now) <= now
        and len(live_leases(d, now)) < per_proxy
    ]

    def turn(document: Document) -> tuple[float, int, str]:
        return (-score(document) * _idle(document, now), len(document["leases"]), document["_id"])

    return sorted(free, key=turn)


def score(document: Document) -> float:
    """0 to 1: the share of calls that went through, less for slow ones (1 s halves it)."""
    return max(LEAST_SCORE, document["success"] / (1 + document["latency"]))


def _idle(document: Document, now: datetime) -> float:
    if document["used_at"] is None:
        return LONGEST_IDLE_SECONDS
    seconds = (now - document["used_at"]).total_seconds()
    return min(LONGEST_IDLE_SECONDS, max(0.001, seconds))


def _moved(average: float, newest: float) -> float:
    return (1 - WEIGHT) * average + WEIGHT * newest
