"""What a source yields, on its way into the store: cleaned, judged for drift, landed in slices.

Listings and parcels become versions and events (`landing.py`); numbers of published series and
public posts go to collections of their own. The source's cursor is kept after the slice that it
covers, never before.
"""

import copy
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pymongo import ReplaceOne
from pymongo.errors import BulkWriteError

from phoenix_re.collect.drift import Drift
from phoenix_re.collect.errors import ContractError
from phoenix_re.collect.formats import format_named
from phoenix_re.collect.landing import DUPLICATE_KEY, Landed, Origin, Row, Store, land
from phoenix_re.collect.listing import RawListing
from phoenix_re.collect.privacy import clean
from phoenix_re.collect.source import Found, Item, Known, Point, Post, SourceSpec
from phoenix_re.collect.versions import Document, digest
from phoenix_re.collect.withdrawals import forget_earlier
from phoenix_re.markets import Market, Source
from phoenix_re.storage import CURSORS, POSTS, RAW_LISTINGS, SERIES

NO_ROW = 0  # replies have no row numbers: the same bad payload is quarantined once
SLICE_ITEMS = 400
SLICE_SECONDS = 20  # a slow source's finds do not wait longer than so for the store

_landing = threading.Lock()  # lanes take turns: events are numbered, and two transactions collide


@dataclass(frozen=True, slots=True)
class Door:
    """Where everything of one source in one market comes in."""

    store: Store
    spec: SourceSpec
    source: Source
    market: Market
    market_of_zip: Mapping[str, str]
    drift: Drift
    secret: bytes  # of the keyed hashes
    observed_at: datetime


@dataclass(slots=True)
class Arrived:
    """Counts of what came in; `notes` are sentences on drift that breaks nothing."""

    found: int = 0
    landed: Landed = field(default_factory=lambda: Landed("", ""))
    points: int = 0
    posts: int = 0
    notes: list[str] = field(default_factory=list)


def receive(
    door: Door,
    items: Iterable[Item],
    cursor: MutableMapping[str, Any],
    zip_code: str,
    arrived: Arrived,
) -> None:
    """Take in all that a source yields of a ZIP ("" for the market) and count it into `arrived`.

    Raises what the source does. What came before the error has landed and is counted, unless it was
    the drifted slice itself: that is kept apart (`drift`) and a `ContractError` says what changed.
    """
    saved = copy.deepcopy(dict(cursor))
    for items_of_slice in _slices(items):
        _land_slice(door, items_of_slice, zip_code, arrived)
        saved = _save_cursor(door, zip_code, cursor, saved)
    _save_cursor(door, zip_code, cursor, saved)


def _slices(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Slices end before the source goes on, so that its cursor speaks of landed items only. What
    came before an error is still handed on."""
    batch: list[Item] = []
    since = time.monotonic()
    trouble: Exception | None = None
    try:
        for item in items:
            batch.append(item)
            if len(batch) >= SLICE_ITEMS or time.monotonic() - since > SLICE_SECONDS:
                yield batch
                batch, since = [], time.monotonic()
    except Exception as error:  # noqa: BLE001 - raised below, whatever it is
        trouble = error
    if batch:
        yield batch
    if trouble is not None:
        raise trouble


def _land_slice(door: Door, items: Sequence[Item], zip_code: str, arrived: Arrived) -> None:
    by_format: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        if isinstance(item, Found):
            payload = clean(item.payload, door.spec.private, door.spec.hashed, door.secret)
            by_format.setdefault(item.format, []).append(payload)
    for name, payloads in by_format.items():
        _refuse_drift(door, name, payloads, zip_code, arrived)
    for name, payloads in by_format.items():
        arrived.found += len(payloads)
        _land_listings(door, name, payloads, arrived.landed)
    points = [item for item in items if isinstance(item, Point)]
    arrived.points += _keep(door, SERIES, [_series_document(door, p) for p in points])
    posts = [item for item in items if isinstance(item, Post)]
    arrived.posts += _keep(door, POSTS, [_post_document(door, p) for p in posts])


def _refuse_drift(
    door: Door, name: str, payloads: list[dict[str, Any]], zip_code: str, arrived: Arrived
) -> None:
    verdict = door.drift.judge(
        door.spec.name, door.market.code, format_named(name), payloads, zip_code=zip_code
    )
    arrived.notes += verdict.notes
    if verdict.breaks:
        raise ContractError(
            door.spec.name,
            f"{name} drifted: {'; '.join(verdict.breaks)}. The payloads are kept; look at them "
            "with `phoenix-re drift list`, and if the new shape is right, `phoenix-re drift accept "
            f"{door.spec.name} --market {door.market.code}`",
        )


def _land_listings(
    door: Door, name: str, payloads: Sequence[dict[str, Any]], total: Landed
) -> None:
    form = format_named(name)
    rows: list[Row] = []
    for payload in payloads:
        row = form.layout(tuple(payload)).listing(payload, door.observed_at, NO_ROW)
        if isinstance(row, RawListing):
            row = replace(row, licence_class=door.source.licence_class)
        rows.append(row)
    origin = Origin(door.spec.name, name, published_at=door.observed_at)
    with _landing:
        total.add(land(rows, door.store, door.market_of_zip, origin))
        listings = (row for row in rows if isinstance(row, RawListing))
        taken_back = [x.listing_id for x in listings if door.spec.withdraws(x.payload)]
        if taken_back:
            forget_earlier(door.store, taken_back)


def _series_document(door: Door, point: Point) -> Document:
    content = {
        "series": point.series,
        "zip": point.zip,
        "period_end": point.period_end.isoformat(),
        "released_on": point.released_on.isoformat(),
    }
    return {
        "_id": "|".join(content.values()),
        "market": door.market.code,
        "source": door.spec.name,
        "value": point.value,
        "unit": point.unit,
        "licence_class": door.source.licence_class,
        **content,
    }


def _post_document(door: Door, post: Post) -> Document:
    said = clean(
        {"text": post.text, "payload": post.payload},
        door.spec.private,
        door.spec.hashed,
        door.secret,
    )
    return {
        "_id": f"{door.spec.name}|{post.key}",
        "market": door.market.code,
        "source": door.spec.name,
        "url": post.url,
        "posted_at": post.posted_at,
        "licence_class": door.source.licence_class,
        **said,
    }


def _keep(door: Door, collection: str, documents: Sequence[Document]) -> int:
    """Insert what is new and replace what differs; how many documents that were."""
    wanted = {d["_id"]: d | {"content_hash": digest(d)} for d in documents}
    if not wanted:
        return 0
    stored = {d["_id"]: d for d in door.store.find_ids(collection, wanted)}
    changed = [
        d for i, d in wanted.items() if stored.get(i, {}).get("content_hash") != d["content_hash"]
    ]
    put(door.store, collection, changed)
    return len(changed)


def put(store: Store, collection: str, documents: Sequence[Document]) -> None:
    """Insert or replace. Again where another process inserted one of them at the same moment."""
    replacing = [ReplaceOne({"_id": d["_id"]}, d, upsert=True) for d in documents]
    if not replacing:
        return
    try:
        store.db[collection].bulk_write(replacing, ordered=False)
    except BulkWriteError as error:
        if {problem["code"] for problem in error.details["writeErrors"]} != {DUPLICATE_KEY}:
            raise
        store.db[collection].bulk_write(replacing, ordered=False)


# ── what is known already ───────────────────────────────────────────────────────────────────────


def _cursor_id(door: Door, zip_code: str) -> str:
    return f"{door.spec.name}|{door.market.code}|{zip_code}"


def load_cursor(door: Door, zip_code: str) -> dict[str, Any]:
    found = door.store.find_ids(CURSORS, [_cursor_id(door, zip_code)])
    return copy.deepcopy(found[0]["state"]) if found else {}


def _save_cursor(
    door: Door, zip_code: str, cursor: MutableMapping[str, Any], saved: Document
) -> Document:
    """Keep the cursor if it is not as it was `saved` last; what is saved now."""
    if cursor == saved:
        return saved
    state = copy.deepcopy(dict(cursor))
    put(door.store, CURSORS, [{"_id": _cursor_id(door, zip_code), "state": state}])
    return state


def known_listings(store: Store, market: str, zip_code: str, form: str) -> dict[str, Known]:
    """source key → the newest version of each listing of the ZIP that is stored under a format."""
    known: dict[str, Known] = {}
    where = {"market": market, "zip": zip_code, "source": form}
    for listing in store.db[RAW_LISTINGS].find(where):
        newest = listing["versions"][-1]
        known[listing["source_key"]] = Known(
            newest["payload"], newest["last_observed_at"], newest.get("source_modified_at")
        )
    return known
