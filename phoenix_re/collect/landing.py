"""Rows in, versions and events out: how what sources say is stored, verbatim and once.

One document per listing in `raw_listings`, with its versions in time order (`versions.py`); events
in `listing_events`, unusable rows in `quarantine`. Each batch of rows is one transaction: a process
killed at any moment leaves whole batches, and landing the file again finds them unchanged.

Reading files belongs to `files.py`; judging values to `validate/`.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database

from phoenix_re.collect.listing import RawListing, Rejected
from phoenix_re.collect.versions import Document, digest, events_of, observe
from phoenix_re.storage import COUNTERS, LISTING_EVENTS, QUARANTINE, RAW_LISTINGS

BATCH_ROWS = 2_000
STAGE = "raw_listings"

T = TypeVar("T")
Row = RawListing | Rejected


class Store(Protocol):
    """What landing needs of the database (`resources/mongo.py` has it)."""

    db: Database[Document]

    def transaction(self, work: Callable[[ClientSession], T]) -> T: ...

    def find_ids(
        self, collection: str, ids: Iterable[Any], session: ClientSession | None = None
    ) -> list[Document]: ...


@dataclass(slots=True)
class Landed:
    """What became of a file's rows; `new + changed + unchanged + outside + quarantined == read`."""

    file: str
    format: str
    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    outside: int = 0
    quarantined: int = 0
    reasons: Counter[str] = field(default_factory=Counter)  # rule id → rows
    outside_zips: Counter[str] = field(default_factory=Counter)
    touched: dict[str, set[str]] = field(default_factory=dict)  # market → ZIPs with news

    def add(self, other: "Landed") -> None:
        for name in ("read", "new", "changed", "unchanged", "outside", "quarantined"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.reasons.update(other.reasons)
        self.outside_zips.update(other.outside_zips)
        for market, zips in other.touched.items():
            self.touched.setdefault(market, set()).update(zips)

    def as_row(self) -> Document:
        return {
            "file": self.file,
            "format": self.format,
            "read": self.read,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "outside": self.outside,
            "quarantined": self.quarantined,
            "reasons": dict(self.reasons.most_common()),
            "touched": {market: len(zips) for market, zips in sorted(self.touched.items())},
        }


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows come from, as far as it is stored with them."""

    file: str
    format: str
    published_at: datetime  # UTC: when the file was written; freshness is measured from it


def land(
    rows: Iterable[Row],
    store: Store,
    market_of_zip: Mapping[str, str],
    origin: Origin,
    progress: Callable[[int], None] | None = None,
) -> Landed:
    """Store `rows` batch by batch and count what became of them.

    `market_of_zip` decides what is inside. `progress(rows)` is called after each batch.
    """
    total = Landed(origin.file, origin.format)
    for rows_of_batch in _batches(rows, BATCH_ROWS):
        batch = _Batch(rows_of_batch, store, market_of_zip, origin)
        part = store.transaction(batch.land)
        total.add(part)
        if progress is not None:
            progress(part.read)
    return total


@dataclass(frozen=True)
class _Batch:
    """Some rows on their way into the store; `land` is the body of one transaction."""

    rows: Sequence[Row]
    store: Store
    market_of_zip: Mapping[str, str]
    origin: Origin

    def land(self, session: ClientSession) -> Landed:
        now = datetime.now(UTC).replace(microsecond=0)
        part = Landed(self.origin.file, self.origin.format, read=len(self.rows))
        rejected = [row for row in self.rows if isinstance(row, Rejected)]
        listings = [row for row in self.rows if isinstance(row, RawListing)]
        part.quarantined = len(rejected)
        part.reasons.update(row.rule_id for row in rejected)
        part.outside_zips.update(r.zip for r in listings if r.zip not in self.market_of_zip)
        part.outside = part.outside_zips.total()

        inside = [row for row in listings if row.zip in self.market_of_zip]
        ids = {row.listing_id for row in inside}
        before = {d["_id"]: d for d in self.store.find_ids(RAW_LISTINGS, ids, session)}
        after = self._observe(inside, before, now, part)
        self._write_listings(before, after, session)
        self._write_events(before, after, now, session)
        self._write_quarantine(rejected, now, session)
        return part

    def _observe(
        self,
        rows: Sequence[RawListing],
        before: Mapping[str, Document],
        now: datetime,
        part: Landed,
    ) -> dict[str, Document]:
        """The listings that `rows` make news of, as they are afterwards; counts into `part`."""
        after: dict[str, Document] = {}
        for row in rows:
            known = after.get(row.listing_id) or before.get(row.listing_id)
            listing, outcome = observe(
                known, row, self.market_of_zip, self.origin.published_at, now
            )
            setattr(part, outcome, getattr(part, outcome) + 1)
            if outcome != "unchanged":
                part.touched.setdefault(listing["market"], set()).add(listing["zip"])
            if listing is not known:
                after[row.listing_id] = listing
        return after

    def _write_listings(
        self, before: Mapping[str, Document], after: Mapping[str, Document], session: ClientSession
    ) -> None:
        collection = self.store.db[RAW_LISTINGS]
        new = [listing for key, listing in after.items() if key not in before]
        updates = [
            UpdateOne({"_id": key}, {"$set": _difference(before[key], listing)})
            for key, listing in after.items()
            if key in before
        ]
        if new:
            collection.insert_many(new, ordered=False, session=session)
        if updates:
            collection.bulk_write(updates, ordered=False, session=session)

    def _write_events(
        self,
        before: Mapping[str, Document],
        after: Mapping[str, Document],
        now: datetime,
        session: ClientSession,
    ) -> None:
        """Append the events that are news; mark those that a late arrival proved wrong.

        A price that two snapshots showed to fall at noon may turn out, when an older file comes in
        late, to have fallen at ten: the event of noon stays, with `superseded_at`, and the new one
        is appended under a higher `seq`.
        """
        true_before = {e["_id"]: e for key in after for e in events_of(before.get(key))}
        true_now = {e["_id"]: e for listing in after.values() for e in events_of(listing)}
        superseded = true_before.keys() - true_now.keys()
        fresh = {i: e for i, e in true_now.items() if i not in true_before}
        # An event that was superseded may turn out to be true after all.
        once = [i for i, e in fresh.items() if e["listing_id"] in before]
        revived = {e["_id"] for e in self.store.find_ids(LISTING_EVENTS, once, session)}
        self._append_events([e for i, e in fresh.items() if i not in revived], now, session)
        updates = [UpdateOne({"_id": i}, {"$set": {"superseded_at": now}}) for i in superseded]
        updates += [UpdateOne({"_id": i}, {"$unset": {"superseded_at": ""}}) for i in revived]
        if updates:
            self.store.db[LISTING_EVENTS].bulk_write(updates, ordered=False, session=session)

    def _append_events(
        self, events: Sequence[Document], now: datetime, session: ClientSession
    ) -> None:
        if not events:
            return
        last = self.store.db[COUNTERS].find_one_and_update(
            {"_id": LISTING_EVENTS}, {"$inc": {"n": len(events)}}, upsert=True, session=session
        )
        first_seq = (last["n"] if last else 0) + 1
        numbered = [
            event | {"seq": seq, "detected_at": now} for seq, event in enumerate(events, first_seq)
        ]
        self.store.db[LISTING_EVENTS].insert_many(numbered, ordered=True, session=session)

    def _write_quarantine(
        self, rejected: Sequence[Rejected], now: datetime, session: ClientSession
    ) -> None:
        """Each bad row once, however often its file comes in."""
        documents = {}
        for row in rejected:
            key = digest([self.origin.format, row.rule_id, row.payload, row.row])
            documents[key] = {
                "_id": key,
                "market": None,
                "zip": None,
                "stage": STAGE,
                "rule_id": row.rule_id,
                "reason": row.reason,
                "format": self.origin.format,
                "file": self.origin.file,
                "row": row.row,
                "payload": row.payload,
                "quarantined_at": now,
            }
        known = {d["_id"] for d in self.store.find_ids(QUARANTINE, documents, session)}
        fresh = [document for key, document in documents.items() if key not in known]
        if fresh:
            self.store.db[QUARANTINE].insert_many(fresh, ordered=False, session=session)


def _difference(before: Document, after: Document) -> Document:
    """The smallest `$set`: the moments of the same versions, or the versions as a whole."""
    hashes = [[v["content_hash"] for v in listing["versions"]] for listing in (before, after)]
    if hashes[0] != hashes[1]:
        return {name: after[name] for name in ("market", "zip", "versions")}
    return {
        f"versions.{i}.{name}": new[name]
        for i, (old, new) in enumerate(zip(before["versions"], after["versions"], strict=True))
        for name in ("observed_at", "last_observed_at", "seen_at")
        if old[name] != new[name]
    }


def _batches(rows: Iterable[T], size: int) -> Iterable[list[T]]:
    iterator = iter(rows)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
