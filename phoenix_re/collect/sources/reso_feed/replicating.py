"""Which listings are asked for: those that changed since the last look, by time or by event.

The cursor holds the newest `ModificationTimestamp` that was read (`at`) and the keys that had it
(`keys`): the next look asks for that very moment again and passes over those keys, so that of two
changes in one moment none is lost and none is read twice. Where the host sends rows in the order of
their modification the cursor moves with every page, and a replication that broke off goes on there.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx

from phoenix_re.collect.errors import ContractError
from phoenix_re.collect.parse import Unreadable, timestamp
from phoenix_re.collect.source import Found, Known, Session
from phoenix_re.collect.sources.reso_feed.feed import Event, Feed, Listed
from phoenix_re.collect.sources.reso_feed.format import FORMAT, hidden, permitted, tombstone
from phoenix_re.collect.sources.reso_feed.meaning import NotOffered

MOST_PAGES_WITHOUT_NEWS = 3


def collect(session: Session) -> Iterator[Found]:
    """Every listing of the ZIP that changed since the last look, once."""
    feed = Feed(session)
    if not feed.options.entity_events or not feed.vendor.events:
        yield from _kept(feed, changed_since(feed))
        return
    try:
        listed, sequence = _by_events(feed)
    except NotOffered:
        session.note("the host offers no EntityEvent: replicated by time")
        listed, sequence = changed_since(feed), None
    yield from _kept(feed, listed)
    if sequence is not None:
        session.cursor["sequence"] = sequence


def _kept(feed: Feed, listed: Iterator[Listed]) -> Iterator[Found]:
    """What may be stored of the rows. One that must go and was never stored leaves nothing."""
    session = feed.session
    known = session.known(FORMAT.name)
    for row in listed:
        if hidden(row.payload):
            if row.key in known and known[row.key].payload.get("StandardStatus") != "Delete":
                yield Found(tombstone(row.payload, session.zip), FORMAT.name)
        elif not _is_stored(row, known):
            yield Found(permitted(row.payload, media=feed.options.media), FORMAT.name)


def _is_stored(row: Listed, known: Mapping[str, Known]) -> bool:
    """Whether just this version is stored (the store keeps milliseconds)."""
    before = known.get(row.key)
    if before is None or before.source_modified_at is None:
        return False
    return abs(before.source_modified_at - row.modified_at) < timedelta(milliseconds=1)


# ── by time ──────────────────────────────────────────────────────────────────────────────────────


class Mark:
    """A moment, and the keys of the rows of that very moment that were read."""

    def __init__(self, at: datetime | None, keys: Sequence[str]) -> None:
        self.at = at
        self.keys = set(keys)

    @classmethod
    def of(cls, cursor: Mapping[str, Any]) -> "Mark":
        try:
            at = timestamp(cursor.get("at"), UTC)
        except Unreadable:
            at = None
        keys = cursor.get("keys")
        return cls(at, [str(key) for key in keys] if at and isinstance(keys, list) else [])

    def covers(self, row: Listed) -> bool:
        return row.modified_at == self.at and row.key in self.keys

    def take(self, row: Listed) -> None:
        if self.at is None or row.modified_at > self.at:
            self.at, self.keys = row.modified_at, set()
        if row.modified_at == self.at:
            self.keys.add(row.key)

    def keep(self, session: Session) -> None:
        if self.at is None:
            session.cursor.pop("at", None)
            session.cursor.pop("keys", None)
        else:
            session.cursor["at"] = odata(self.at)
            session.cursor["keys"] = sorted(self.keys)


def odata(moment: datetime) -> str:
    """`2026-03-02T17:00:00.123Z`"""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return f"{text.removesuffix('000')}Z"


def changed_since(feed: Feed) -> Iterator[Listed]:
    """Rows modified at the cursor's moment or later. Moves the cursor."""
    session, read = feed.session, Mark.of(feed.session.cursor)
    newest = Mark(read.at, sorted(read.keys))
    seen: dict[str, datetime] = {}
    ordered = feed.vendor.ordered
    first = read.at is None
    url, params = feed.root + feed.vendor.resource, _search(feed, read.at, first=first)
    count, stale = None, 0
    last: list[Listed] = []
    while True:
        page = feed.page(url, params, "search")
        rows = feed.listings(page)
        if ordered and not _in_order([*last, *rows]):
            ordered = False
            read.keep(session)  # where pages are in no order, only the whole is worth keeping
        last = rows[-1:]
        count = page.count if count is None else count
        fresh = [r for r in rows if not read.covers(r) and seen.get(r.key) != r.modified_at]
        seen.update((row.key, row.modified_at) for row in rows)
        for row in fresh:
            yield row
            newest.take(row)
        if ordered:
            newest.keep(session)
        if page.next_url is None:
            break
        stale = 0 if fresh else stale + 1
        if stale >= MOST_PAGES_WITHOUT_NEWS:
            raise ContractError(session.source, f"{stale} pages brought nothing new, with a link")
        url, params = page.next_url, None
        if ordered and _counts_rows(page.next_url) and _moves_on(rows):
            url = feed.root + feed.vendor.resource
            params = _search(feed, rows[-1].modified_at, first=first)
    newest.keep(session)
    _say_what_is_missing(session, count, len(seen))


def _counts_rows(link: str) -> bool:
    """Whether a next link counts rows (`$skip`). It then passes over some when others move to the
    end meanwhile: where rows come in order, the next page is asked for by its first moment."""
    return "$skip" in httpx.URL(link).params


def _moves_on(rows: Sequence[Listed]) -> bool:
    return bool(rows) and rows[0].modified_at < rows[-1].modified_at


def _in_order(rows: Sequence[Listed]) -> bool:
    return all(a.modified_at <= b.modified_at for a, b in pairwise(rows))


def _say_what_is_missing(session: Session, count: int | None, served: int) -> None:
    if count is not None and count != served:
        session.note(f"{session.zip}: {count} listings were announced, {served} were served")


def _search(feed: Feed, since: datetime | None, *, first: bool) -> dict[str, Any]:
    """The parameters of a search for what changed at `since` or later."""
    since = max(filter(None, (since, feed.options.since)), default=None)
    return _params(
        feed,
        [
            *([f"ModificationTimestamp ge {odata(since)}"] if since else []),
            *(feed.vendor.first_filters if first else ()),
        ],
        {
            **({"$orderby": feed.vendor.orderby} if feed.vendor.orderby else {}),
            **({"$count": "true"} if feed.vendor.count else {}),
        },
    )


def _params(feed: Feed, conditions: Sequence[str], more: Mapping[str, str]) -> dict[str, Any]:
    options, vendor = feed.options, feed.vendor
    conditions = [
        *(text.format(system=quoted(options.system)) for text in vendor.filters),
        *conditions,
        options.zip_filter.format(zip=feed.session.zip),
        *options.filters,
    ]
    expand = {"$expand": "Media"} if options.media and vendor.expand_media else {}
    return {
        "$filter": " and ".join(conditions),
        "$top": vendor.page_size,
        **more,
        **expand,
        **vendor.params,
    }


def quoted(text: str) -> str:
    """The inside of an OData string: its quotes doubled."""
    return text.replace("'", "''")


# ── by event ─────────────────────────────────────────────────────────────────────────────────────


def _by_events(feed: Feed) -> tuple[Iterator[Listed], int | None]:
    """The listings that the log of events names since the last look, and the log's newest number.

    Without a last look, or with more changes than it pays to ask for one by one: by time.
    """
    last = feed.session.cursor.get("sequence")
    if not isinstance(last, int):
        newest = _events(feed, None)
        return changed_since(feed), newest[0].sequence if newest else 0
    events = _events(feed, last)
    sequence = max((event.sequence for event in events), default=last)
    keys = list(dict.fromkeys(e.key for e in events if e.resource == "Property"))
    if len(keys) > feed.options.event_keys_at_most:
        return changed_since(feed), sequence
    return _named(feed, keys), sequence


def _events(feed: Feed, last: int | None) -> list[Event]:
    """Events after number `last`, in order; with None, just the newest one."""
    url: str | None = f"{feed.root}/EntityEvent"
    params: Mapping[str, Any] | None = {"$orderby": "EntityEventSequence desc", "$top": 1}
    if last is not None:
        params = {
            "$filter": f"EntityEventSequence gt {last}",
            "$orderby": "EntityEventSequence asc",
            "$top": feed.vendor.page_size,
        }
    events: list[Event] = []
    while url is not None:
        page = feed.page(url, params, "events")
        found = [e for e in feed.events(page) if not events or e.sequence > events[-1].sequence]
        events += found
        url, params = (page.next_url if found and last is not None else None), None
    return events


def _named(feed: Feed, keys: Sequence[str]) -> Iterator[Listed]:
    """The listings of these keys that are in the ZIP, some dozens a call."""
    size = feed.options.keys_per_call
    for start in range(0, len(keys), size):
        named = " or ".join(f"ListingKey eq '{quoted(key)}'" for key in keys[start : start + size])
        url: str | None = feed.root + feed.vendor.resource
        params: Mapping[str, Any] | None = _params(feed, [f"({named})"], {})
        while url is not None:
            page = feed.page(url, params, "search")
            yield from feed.listings(page)
            url, params = (page.next_url if page.rows else None), None
