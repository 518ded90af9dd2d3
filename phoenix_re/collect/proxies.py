"""Proxies shared by all threads and processes: which there are, how well they do, who uses which.

A proxy is leased for one call. Its health (moving averages of success and latency, failures in a
row), its rests and its leases lie in the collection `proxies`, one tiny document each, changed by
compare-and-swap on `version`; a lease ends by itself, so that a killed process keeps none. User and
password are never stored: they stay in the memory of each process, from the list that it read.

The list's API belongs to `webshare.py`, connections to `proxy_transport.py`, money to `budget.py`.
"""

import threading
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol, Self

from pymongo import UpdateOne
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from phoenix_re.collect.clock import Clock
from phoenix_re.collect.errors import AuthError, SourceDown, TransientError
from phoenix_re.collect.proxy_health import (
    Document,
    Failure,
    Rests,
    after_failure,
    after_success,
    fresh_health,
    live_leases,
    newcomer,
    rank,
    wakes_at,
)
from phoenix_re.storage import PROXIES

Tier = Literal["free", "premium"]
Policy = Literal["none", "free", "premium", "premium_when_limited"]  # `Source.proxy`

POLL_SECONDS = 0.2  # while every proxy is in use
LIST_LEASE_SECONDS = 120  # to read the list; a process killed meanwhile blocks others so long
OUT_MINUTES = 15  # a tier that refused us is not tried again for so long
PREMIUM_MINUTES = 30  # premium proxies are used for so long after a source limited us
FORGET_DAYS = 31  # a proxy that left the list keeps its document for so long
_LIST = "list"
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_SOON_ENOUGH = WriteConcern(w=1, j=False)  # losing health or a lease with the server harms nobody


class Store(Protocol):
    db: Database[Document]


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy of the list. `id` is unique within its tier."""

    id: str
    host: str
    port: int
    tier: Tier
    username: str = field(repr=False)
    password: str = field(repr=False)
    country: str | None = None
    valid: bool = True  # by the provider's own last look

    @property
    def key(self) -> str:
        return f"{self.tier}:{self.id}"


@dataclass(eq=False)
class Lease:
    """The use of one proxy for one call. Ends with the first of `ok`, `failed`, `release`, or the
    end of its `with` block; else by itself at `until`."""

    proxy: Proxy
    source: str
    until: datetime  # UTC
    id: str
    _pool: "ProxyPool" = field(repr=False)
    _over: bool = False

    def ok(self, bytes: int, seconds: float) -> None:  # noqa: A002 - the unit is the name
        """The call was answered: `bytes` both ways, in `seconds`."""
        self._end(lambda document: after_success(document, bytes, seconds))

    def failed(self, kind: Failure, bytes: int = 0) -> None:  # noqa: A002
        """The call failed through this proxy (`proxy_transport.blame` tells the kind).

        `dead` rests it, longer each time; `broken` rests it from the third time in a row;
        `limited` keeps it from this source for a while and turns `premium_when_limited` on;
        `refused` (407) takes its whole tier out of use for a while.
        """
        self._end(lambda document: self._pool.blame(self, document, kind, bytes))

    def release(self) -> None:
        """Give it back without a verdict."""
        self._end(lambda document: {})

    def _end(self, verdict: Callable[[Document], Document]) -> None:
        if not self._over:
            self._over = True
            self._pool.end(self, verdict)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.release()


class ProxyPool:
    """`list_proxies` reads the provider's lists (all tiers that are paid for).

    At most `per_proxy` leases a proxy at once, over all processes; `patience` is how many seconds
    `lease` waits for one. Safe among threads.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        list_proxies: Callable[[], Sequence[Proxy]],
        *,
        per_proxy: int = 2,
        lease_seconds: float = 120,
        refresh_seconds: float = 600,
        patience: float = 30,
        rests: Rests | None = None,
    ) -> None:
        self._documents = store.db[PROXIES].with_options(write_concern=_SOON_ENOUGH)
        self._clock = clock
        self._list_proxies = list_proxies
        self._per_proxy = per_proxy
        self._lease_time = timedelta(seconds=lease_seconds)
        self._refresh_time = timedelta(seconds=refresh_seconds)
        self._patience = patience
        self._rests = rests or Rests()
        self._known: Mapping[str, Proxy] | None = None  # with credentials, by key
        self._look_again = _LONG_AGO
        self._listing = threading.Lock()
        self._picking = threading.Lock()  # threads of one process need not race each other

    # ── which way ───────────────────────────────────────────────────────────────────────────────

    def tier(self, source: str, policy: Policy) -> Tier | None:
        """The proxies that a source's calls go through now; None: the direct way.

        `premium_when_limited` is the cheap way - free proxies, or none where the list has none -
        until the source answered 429 or 403 within the last half hour.
        """
        if policy == "none":
            return None
        if policy != "premium_when_limited":
            return policy
        limited = self._documents.find_one({"_id": f"limited:{source}"})
        if limited is not None and limited["until"] > self._clock.now():
            return "premium"
        return "free" if any(p.tier == "free" for p in self._proxies().values()) else None

    def saw_limit(self, source: str) -> None:
        """The source answered 429 or 403, whichever way it was asked."""
        until = self._clock.now() + timedelta(minutes=PREMIUM_MINUTES)
        self._put(f"limited:{source}", {"until": until})

    def traffic(self) -> dict[Tier, int]:
        """Bytes both ways through the proxies of each tier, over all processes, since ever (but
        without proxies that left the list more than a month ago)."""
        return {
            tier: sum(d["bytes"] for d in self._documents.find({"tier": tier}))
            for tier in ("free", "premium")
        }

    # ── leases ──────────────────────────────────────────────────────────────────────────────────

    def lease(self, source: str, tier: Tier, avoid: Collection[str] = ()) -> Lease:
        """The best free proxy but those whose `key` is in `avoid` (tried in vain by this call).

        Raises `AuthError` while the tier refuses us, `SourceDown` where the list has no usable
        proxy of the tier, `TransientError` (with `retry_after`) if none came free in time.
        """
        self._raise_if_out(source, tier)
        deadline = self._clock.now() + timedelta(seconds=self._patience)
        while True:
            known = self._proxies()
            with self._picking:
                now = self._clock.now()
                listed = [d for d in self._documents.find({"tier": tier}) if d["_id"] in known]
                usable = [d for d in listed if d["listed"] and d["valid"]]
                for document in rank(usable, source, avoid, self._per_proxy, now):
                    lease = self._take(document, known, source, now)
                    if lease is not None:
                        return lease
            if not usable:
                raise SourceDown(
                    source,
                    f"the proxy list has no usable {tier} proxy. Check the plan at the "
                    "provider, or set `proxy: none` for this source.",
                )
            wait = self._seconds_to_wait(usable, source, avoid, now)
            if now + timedelta(seconds=wait) > deadline:
                raise TransientError(
                    source, f"all {len(usable)} {tier} proxies rest or are in use", wait
                )
            self._clock.sleep(wait)

    def _take(
        self, document: Document, known: Mapping[str, Proxy], source: str, now: datetime
    ) -> Lease | None:
        until = now + self._lease_time
        lease = Lease(known[document["_id"]], source, until, uuid.uuid4().hex, self)
        leases = [*live_leases(document, now), {"id": lease.id, "until": until}]
        taken = self._swap(document, {"leases": leases, "used_at": now})
        return lease if taken else None

    def _seconds_to_wait(
        self, usable: Iterable[Document], source: str, avoid: Collection[str], now: datetime
    ) -> float:
        others = [wakes_at(d, source, now) for d in usable if d["_id"] not in avoid]
        if not others:
            return self._patience * 2  # this call has tried them all
        return max(POLL_SECONDS, (min(others) - now).total_seconds())

    def end(self, lease: Lease, verdict: Callable[[Document], Document]) -> None:
        """What `Lease` calls: free it and write what `verdict` says of its proxy's document."""
        while (document := self._documents.find_one({"_id": lease.proxy.key})) is not None:
            kept = [x for x in live_leases(document, self._clock.now()) if x["id"] != lease.id]
            if self._swap(document, {**verdict(document), "leases": kept}):
                return

    def blame(self, lease: Lease, document: Document, kind: Failure, bytes_: int) -> Document:
        """What a failure changes; see `Lease.failed`."""
        now = self._clock.now()
        if kind == "limited":
            self.saw_limit(lease.source)
        if kind == "refused":
            self._put(
                f"tier:{lease.proxy.tier}", {"out_until": now + timedelta(minutes=OUT_MINUTES)}
            )
        return after_failure(document, kind, lease.source, bytes_, now, self._rests)

    def _swap(self, document: Document, fields: Document) -> bool:
        """Write `fields` if nobody has written the document since it was read."""
        result = self._documents.update_one(
            {"_id": document["_id"], "version": document["version"]},
            {"$set": fields, "$inc": {"version": 1}},
        )
        return result.modified_count == 1

    def _put(self, id_: str, fields: Document) -> None:
        try:
            self._documents.update_one({"_id": id_}, {"$set": fields}, upsert=True)
        except DuplicateKeyError:  # another process inserted it in between
            self._documents.update_one({"_id": id_}, {"$set": fields})

    def _raise_if_out(self, source: str, tier: Tier) -> None:
        out = self._documents.find_one({"_id": f"tier:{tier}"})
        if out is not None and out["out_until"] > self._clock.now():
            raise AuthError(
                source,
                f"the {tier} proxies refused us (407): wrong user or password, or the plan's "
                f"bandwidth is used up. Look at the plan at the provider; they are tried again "
                f"after {out['out_until']:%H:%M} UTC.",
                out["out_until"],
            )

    # ── the list ────────────────────────────────────────────────────────────────────────────────

    def _proxies(self) -> Mapping[str, Proxy]:
        """The list as this process knows it. When it is due, the first process to notice reads it
        again; the others do so only if it then names a proxy that they have no password of."""
        with self._listing:
            now = self._clock.now()
            if self._known is not None and now < self._look_again:
                return self._known
            fresh_until = self._fetched_at() + self._refresh_time
            if self._known is not None and now < fresh_until and not self._strangers(self._known):
                self._look_again = fresh_until
            elif self._wait_for_turn(now):
                self._known = self._read_list()
            return self._known or {}

    def _fetched_at(self) -> datetime:
        state = self._documents.find_one({"_id": _LIST})
        return state["fetched_at"] if state else _LONG_AGO

    def _strangers(self, known: Mapping[str, Proxy]) -> bool:
        return any(d["_id"] not in known and d["listed"] for d in self._all())

    def _all(self) -> list[Document]:
        return [d for tier in ("free", "premium") for d in self._documents.find({"tier": tier})]

    def _wait_for_turn(self, now: datetime) -> bool:
        """Take the right to read the list. False: another process reads it, and we have one."""
        deadline = now + timedelta(seconds=max(self._patience, LIST_LEASE_SECONDS))
        while not self._take_turn(self._clock.now()):
            if self._known is not None:
                self._look_again = now + timedelta(seconds=self._patience)
                return False
            if self._clock.now() > deadline:
                raise TransientError("proxies", "another process keeps reading the proxy list")
            self._clock.sleep(POLL_SECONDS)
        return True

    def _take_turn(self, now: datetime) -> bool:
        fields = {"reading_until": now + timedelta(seconds=LIST_LEASE_SECONDS)}
        try:
            taken = self._documents.update_one(
                {"_id": _LIST, "reading_until": {"$lte": now}},
                {"$set": fields, "$setOnInsert": {"fetched_at": _LONG_AGO}},
                upsert=True,
            )
        except DuplicateKeyError:  # it exists, and its turn is not over
            return False
        return taken.modified_count == 1 or taken.upserted_id is not None

    def _read_list(self) -> Mapping[str, Proxy]:
        """Ask the provider. A list that cannot be had now leaves the old one in use."""
        done: Document = {"reading_until": self._clock.now()}
        try:
            proxies = {p.key: p for p in self._list_proxies()}
            done["fetched_at"] = self._clock.now()
            self._store_list(proxies, done["fetched_at"])
            self._look_again = done["fetched_at"] + self._refresh_time
        except TransientError:
            if self._known is None:
                raise
            self._look_again = self._clock.now() + timedelta(seconds=self._patience)
            return self._known
        finally:
            self._put(_LIST, done)
        return proxies

    def _store_list(self, proxies: Mapping[str, Proxy], now: datetime) -> None:
        stored = {d["_id"]: d for d in self._all()}
        writes = []
        for key, proxy in proxies.items():
            facts: dict[str, Any] = {
                "host": proxy.host,
                "port": proxy.port,
                "country": proxy.country,
                "valid": proxy.valid,
                "listed": True,
            }
            if key not in stored:
                first = {"tier": proxy.tier, **newcomer()}
                writes.append(
                    UpdateOne({"_id": key}, {"$set": facts, "$setOnInsert": first}, upsert=True)
                )
            elif any(stored[key].get(name) != value for name, value in facts.items()):
                if (stored[key]["host"], stored[key]["port"]) != (proxy.host, proxy.port):
                    facts |= fresh_health()
                writes.append(UpdateOne({"_id": key}, {"$set": facts}))
        for key, document in stored.items():
            if key not in proxies and document["listed"]:
                writes.append(UpdateOne({"_id": key}, {"$set": {"listed": False, "gone_at": now}}))
            elif key not in proxies and document["gone_at"] < now - timedelta(days=FORGET_DAYS):
                self._documents.delete_one({"_id": key, "listed": False})
        if writes:
            self._documents.bulk_write(writes, ordered=False)
