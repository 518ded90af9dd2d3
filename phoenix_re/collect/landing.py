"""Rows in, versions and events out: how what sources say is stored, verbatim and once.

One document per listing in `raw_listings`, with its versions in time order (`versions.py`); events
in `listing_events`, unusable rows in `quarantine`. Each batch of rows is one transaction: a process
killed at any moment leaves whole batches, and landing the file again finds them unchanged. The body
of the transaction may run several times, so it reads its batch and returns its own account.

Reading files belongs to `files.py`; judging values to `validate/`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import bson
from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import BulkWriteError, PyMongoError, ServerSelectionTimeoutError

from phoenix_re.collect.listing import RawListing, Rejected
from phoenix_re.collect.versions import Document, digest, events_of, observe
from phoenix_re.storage import COUNTERS, LISTING_EVENTS, QUARANTINE, RAW_LISTINGS

BATCH_ROWS = 2_000
BATCH_CHARACTERS = 16 << 20  # rows of a megabyte each travel in smaller batches
LARGEST_LISTING = 15 << 20  # bytes; a document may have 16 MB
ATTEMPTS = 5
DUPLICATE_KEY = 11000
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


class StoreAwayError(PyMongoError):
    """No server was found in the time that the connection string gives it."""


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
    touched: dict[str, set[str]] = field(default_factory=dict)  # market → ZIPs that differ now
    seen: dict[str, set[str]] = field(default_factory=dict)  # market → ZIPs of the rows inside

    def add(self, other: "Landed") -> None:
        for name in ("read", "new", "changed", "unchanged", "outside", "quarantined"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.reasons.update(other.reasons)
        self.outside_zips.update(other.outside_zips)
        for mine, others in ((self.touched, other.touched), (self.seen, other.seen)):
            for market, zips in others.items():
                mine.setdefault(market, set()).update(zips)

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
    assumed_at: datetime | None = None  # UTC: given to rows that nothing dates; None: all are dated
    observed_at: datetime | None = None  # UTC: of rows without their own; None: of publication


def land(
    rows: Iterable[Row],
    store: Store,
    market_of_zip: Mapping[str, str],
    origin: Origin,
    progress: Callable[[int], None] | None = None,
) -> Landed:
    """Store `rows` batch by batch and count what became of them.

    `market_of_zip` decides what is inside. `progress(rows)` is called after each batch.

    A ZIP is `touched` where a document of one of its listings changed: by a new or changed row, by
    the same row seen at another moment (which moves the ZIP's `as_of`), by a listing that came or
    left. The rows of a file that was landed before touch nothing.
    """
    total = Landed(origin.file, origin.format)
    for rows_of_batch in _batches(rows):
        batch = _Batch(rows_of_batch, total.read + 1, store, market_of_zip, origin)
        part = _commit(batch, store)
        total.add(part)
        if progress is not None:
            progress(part.read)
    return total


def _commit(batch: "_Batch", store: Store) -> Landed:
    """One transaction, again where another process has just inserted what this one found absent."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return store.transaction(batch.land_or_give_up)
        except BulkWriteError as error:
            codes = {problem["code"] for problem in error.details.get("writeErrors", ())}
            if codes != {DUPLICATE_KEY} or attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


@dataclass(frozen=True)
class _Batch:
    """Some rows on their way into the store; `land` is the body of one transaction."""

    rows: Sequence[Row]
    first_row: int  # 1-based, in the file
    store: Store
    market_of_zip: Mapping[str, str]
    origin: Origin

    def land_or_give_up(self, session: ClientSession) -> Landed:
        """PyMongo would look for an absent server again and again, for minutes, without a word."""
        try:
            return self.land(session)
        except ServerSelectionTimeoutError as error:
            raise StoreAwayError(str(error)) from error

    def land(self, session: ClientSession) -> Landed:
        now = datetime.now(UTC).replace(microsecond=0)
        part = Landed(self.origin.file, self.origin.format, read=len(self.rows))
        rejected = [row for row in self.rows if isinstance(row, Rejected)]
        inside: list[tuple[int, RawListing]] = []
        for number, row in enumerate(self.rows, self.first_row):
            if isinstance(row, Rejected):
                continue
            if market := self.market_of_zip.get(row.zip):
                inside.append((number, row))
                part.seen.setdefault(market, set()).add(row.zip)
            else:
                part.outside_zips[row.zip] += 1
        part.outside = part.outside_zips.total()

        ids = {row.listing_id: None for _, row in inside}
        before = {d["_id"]: d for d in self.store.find_ids(RAW_LISTINGS, ids, session)}
        after = self._observe(inside, before, now, part, rejected)
        part.quarantined = len(rejected)
        part.reasons.update(row.rule_id for row in rejected)
        for key, listing in after.items():
            for home in (before.get(key, listing), listing):
                part.touched.setdefault(home["market"], set()).add(home["zip"])
        self._write_listings(before, after, session)
        self._write_events(before, after, now, session)
        self._write_quarantine(rejected, now, session)
        return part

    def _observe(
        self,
        rows: Sequence[tuple[int, RawListing]],
        before: Mapping[str, Document],
        now: datetime,
        part: Landed,
        rejected: list[Rejected],
    ) -> dict[str, Document]:
        """The listings that `rows` make news of, as they are afterwards; counts into `part`."""
        after: dict[str, Document] = {}
        for number, row in rows:
            known = after.get(row.listing_id) or before.get(row.listing_id)
            assumed = row.observed_at == self.origin.assumed_at
            listing, outcome = observe(
                known, row, self.market_of_zip, self.origin.published_at, now, assumed=assumed
            )
            if outcome == "changed" and len(bson.encode(listing)) > LARGEST_LISTING:
                rejected.append(_too_large(row, number, len(listing["versions"])))
                continue
            setattr(part, outcome, getattr(part, outcome) + 1)
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
        is appended under a higher `seq`. Events follow their listing to another ZIP.
        """
        true_before = {e["_id"]: e for key in after for e in events_of(before.get(key))}
        true_now = {e["_id"]: e for listing in after.values() for e in events_of(listing)}
        superseded = true_before.keys() - true_now.keys()
        fresh = {i: e for i, e in true_now.items() if i not in true_before}
        # An event that was superseded may turn out to be true after all.
        once = [i for i, e in fresh.items() if e["listing_id"] in before]
        revived = {e["_id"] for e in self.store.find_ids(LISTING_EVENTS, once, session)}
        self._append_events([e for i, e in fresh.items() if i not in revived], now, session)
        homes = {key: {n: after[key][n] for n in ("market", "zip")} for key in after}
        updates = [
            UpdateOne({"_id": i}, {"$set": homes[e["listing_id"]] | {"superseded_at": now}})
            for i, e in true_before.items()
            if i in superseded
        ]
        updates += [
            UpdateOne(
                {"_id": i},
                {"$set": homes[fresh[i]["listing_id"]], "$unset": {"superseded_at": ""}},
            )
            for i in revived
        ]
        updates += [
            UpdateOne({"_id": i}, {"$set": homes[e["listing_id"]]})
            for i, e in true_before.items()
            if i in true_now and (e["market"], e["zip"]) != tuple(homes[e["listing_id"]].values())
        ]
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
                "published_at": self.origin.published_at,
                "observed_at": self.origin.observed_at or self.origin.published_at,
                "observed_assumed": self.origin.assumed_at is not None,
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
    moved = {"market": after["market"]} if before["market"] != after["market"] else {}
    return moved | {
        f"versions.{i}.{name}": new[name]
        for i, (old, new) in enumerate(zip(before["versions"], after["versions"], strict=True))
        for name in ("observed_at", "last_observed_at", "seen_at", "observed_assumed")
        if old.get(name) != new.get(name)
    }


def _too_large(row: RawListing, number: int, versions: int) -> Rejected:
    reason = (
        f"with this row the {versions} versions of {row.listing_id!r} would pass "
        f"{LARGEST_LISTING:,} bytes"
    )
    return Rejected("listing.too_large", reason, row.payload, number)


def _batches(rows: Iterable[Row]) -> Iterable[list[Row]]:
    batch: list[Row] = []
    characters = 0
    for row in rows:
        batch.append(row)
        characters += _characters(row.payload)
        if len(batch) == BATCH_ROWS or characters > BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _characters(value: Any) -> int:
    """About how much text a payload is; a number counts as ten characters."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(len(v) if type(v) is str else _characters(v) for v in value.values())
    return sum(map(_characters, value)) if isinstance(value, list) else 10
