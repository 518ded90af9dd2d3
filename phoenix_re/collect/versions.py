"""Versions of a listing and the events between them: pure functions over one stored document.

A version is a stretch of time in which the source said the same, with every moment at which it was
seen to. Versions are a function of the set of observations, and events of the versions, so both
come out the same whatever order the observations come in. Storing them belongs to `landing.py`.
"""

import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from phoenix_re.collect.listing import RawListing

Document = dict[str, Any]

_WATCHED = (("status_changed", "standard_status"), ("price_changed", "price_cents"))


def observe(
    listing: Document | None,
    row: RawListing,
    market_of_zip: Mapping[str, str],
    published_at: datetime,
    now: datetime,
    *,
    assumed: bool = False,
) -> tuple[Document, str]:
    """The listing after `row`, and "new", "changed" or "unchanged". `listing` is not modified.

    A row whose payload is that of the version before or after it in time stretches that version;
    otherwise it becomes a version of its own, in its place in time. Rows of the same moment are
    ordered by content hash, so that the order of arrival does not matter. "unchanged" is the very
    `listing` that was given where the moment was known too and its ZIP is still in its market.

    `assumed`: nothing says when the row was true; `observed_at` is the time of its file. A version
    that was ever seen at a stated time is not `observed_assumed`.
    """
    version: Document = _version(row, published_at, now) | {"observed_assumed": assumed}
    versions = [] if listing is None else listing["versions"]
    point = (version["observed_at"], row.content_hash, version)
    merged = _runs(sorted([*_points(versions), point], key=lambda p: (p[0], p[1])), version)
    zip_code = merged[-1]["zip"]
    market = _market(zip_code, listing, market_of_zip)
    known = listing is not None and _sightings(merged) == _sightings(versions)
    if listing is not None and known and listing["market"] == market:
        return listing, "unchanged"
    after = {
        "_id": row.listing_id,
        "market": market,
        "zip": zip_code,
        "source": row.source,
        "source_key": row.source_key,
        "versions": merged,
    }
    if listing is None:
        return after, "new"
    same = [v["content_hash"] for v in merged] == [v["content_hash"] for v in versions]
    return after, "unchanged" if same else "changed"


def _market(zip_code: str, listing: Document | None, market_of_zip: Mapping[str, str]) -> str:
    """A late row of an older ZIP leaves the listing where it is, even in a market that the caller
    does not import for."""
    if listing is not None and zip_code == listing["zip"] and zip_code not in market_of_zip:
        return listing["market"]
    return market_of_zip[zip_code]


def _version(row: RawListing, published_at: datetime, now: datetime) -> Document:
    milliseconds = row.observed_at.microsecond // 1000 * 1000  # what the database keeps
    observed_at = row.observed_at.replace(microsecond=milliseconds)
    version = {
        "content_hash": row.content_hash,
        "payload": row.payload,
        "zip": row.zip,
        "observed_at": observed_at,
        "last_observed_at": observed_at,
        "seen_at": [observed_at],
        "published_at": published_at,
        "landed_at": now,
        "licence_class": row.licence_class,
    }
    optional = {
        "source_modified_at": row.source_modified_at,
        "url": row.url,
        "standard_status": row.standard_status,
        "price_cents": row.price_cents,
        "changed_on": row.changed_on.isoformat() if row.changed_on else None,
    }
    return version | {k: v for k, v in optional.items() if v is not None}


def _points(versions: Sequence[Document]) -> list[tuple[datetime, str, Document]]:
    """Each moment at which each version was seen. All are kept: were only the ends of a version
    known, a different version that comes in late and falls between them could not be placed."""
    return [(moment, v["content_hash"], v) for v in versions for moment in v["seen_at"]]


def _runs(points: Sequence[tuple[datetime, str, Document]], newcomer: Document) -> list[Document]:
    """Neighbouring observations of one content become one version.

    What is stored stays: the newcomer lends a version its payload and times of landing only where
    it is alone. (The clock could not decide: rows of one second have one `landed_at`.)
    """
    runs = []
    for _, group in itertools.groupby(points, key=lambda p: p[1]):
        members = list(group)
        stored = next((m[2] for m in members if m[2] is not newcomer), newcomer)
        seen_at = list(dict.fromkeys(m[0] for m in members))
        moments = {"observed_at": seen_at[0], "last_observed_at": seen_at[-1], "seen_at": seen_at}
        assumed = all(m[2].get("observed_assumed", False) for m in members)
        runs.append(stored | moments | {"observed_assumed": assumed})
    return runs


def _sightings(versions: Sequence[Document]) -> list[tuple[str, list[datetime]]]:
    return [(v["content_hash"], v["seen_at"]) for v in versions]


def events_of(listing: Document | None) -> list[Document]:
    """Each real change between versions, oldest first, with deterministic `_id`s.

    A version that does not state a status or a price - or states one that we cannot read - ends
    nothing: the next one that does is compared with the last that did. `source_time` is the moment
    at which the source was first seen to say so; `source_date` the local date of the change where
    the source states it.
    """
    if listing is None:
        return []
    versions = listing["versions"]
    first = versions[0]
    events = [_event(listing, first, "listed", None, first.get("standard_status"), None)]
    last = {name: first.get(name) for _, name in _WATCHED}
    for version in versions[1:]:
        for kind, name in _WATCHED:
            old, new = last[name], version.get(name)
            if old is not None and new is not None and old != new:
                events.append(_event(listing, version, kind, old, new, name))
            last[name] = old if new is None else new
    return events


def _event(
    listing: Document, version: Document, kind: str, old: Any, new: Any, name: str | None
) -> Document:
    when: datetime = version["observed_at"]
    identity = [listing["_id"], kind, old, new, when.isoformat()]
    event = {
        "_id": digest(identity),
        "market": listing["market"],
        "zip": listing["zip"],
        "listing_id": listing["_id"],
        "source": listing["source"],
        "source_key": listing["source_key"],
        "kind": kind,
        "old": old,
        "new": new,
        "source_time": when,
    }
    if name is not None:
        event["field"] = name
    if kind == "listed":
        event["price_cents"] = version.get("price_cents")
    if changed_on := version.get("changed_on"):
        event["source_date"] = changed_on
    return event


def digest(value: Any) -> str:
    """Hex BLAKE2b of any JSON-like value; the same for the same content."""
    text = json.dumps(value, sort_keys=True, default=_plain, ensure_ascii=False)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
