"""Rows that the import refused, read once more: what can be a listing by now lands.

A row comes back after the reader has changed: a parser, a mapping, a market's list of ZIPs. Only a
row whose cells were kept with their columns can be read again; text that was no row (too many
cells, an open quote) needs its file mended and imported anew. Listings that broke a rule are the
`validated_properties` stage's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from phoenix_re.collect.formats import UnknownFormat, format_named
from phoenix_re.collect.landing import Landed, Origin, Store, land
from phoenix_re.collect.listing import RawListing, Rejected
from phoenix_re.collect.source import SourceSpec
from phoenix_re.collect.sources import specs
from phoenix_re.collect.withdrawals import forget_earlier
from phoenix_re.markets import Market, market_of_zip
from phoenix_re.storage import QUARANTINE


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one refused row: `listing_id` and its place, or why it `stays`."""

    id: str
    rule_id: str
    listing_id: str | None = None
    market: str | None = None
    zip: str | None = None
    stays: str | None = None


def replay_rows(
    documents: Iterable[Mapping[str, Any]], store: Store, markets: Mapping[str, Market]
) -> list[Replayed]:
    """Read each refused row again and land it; it leaves the quarantine once it is stored.

    Killed in between, it is stored and still refused: the next replay finds it unchanged and takes
    it out.
    """
    zips = market_of_zip(markets)
    return [_replay(document, store, markets, zips) for document in documents]


def _replay(
    document: Mapping[str, Any],
    store: Store,
    markets: Mapping[str, Market],
    zips: Mapping[str, str],
) -> Replayed:
    outcome = Replayed(document["_id"], document["rule_id"])
    row = _read(document)
    if not isinstance(row, RawListing):
        return replace(outcome, stays=row)
    if row.zip not in zips:
        return replace(outcome, stays=f"it can be read now, but {row.zip} is in no market")
    market = markets[zips[row.zip]]
    spec = _source_of(document["format"])
    if spec is not None and spec.name in market.sources:
        row = replace(row, licence_class=market.sources[spec.name].licence_class)
    landed = _land(row, document, store, zips)
    if landed.quarantined:
        return replace(outcome, stays="; ".join(landed.reasons))
    if spec is not None and spec.withdraws(row.payload):
        forget_earlier(store, [row.listing_id])
    store.db[QUARANTINE].delete_one({"_id": document["_id"]})
    return replace(outcome, listing_id=row.listing_id, market=market.code, zip=row.zip)


def _read(document: Mapping[str, Any]) -> RawListing | str:
    """The row as a listing, or why it is none."""
    payload = document["payload"]
    if not isinstance(payload, dict):
        return "only the text of the row is kept: mend its file and import it again"
    try:
        layout = format_named(document["format"]).layout(tuple(payload))
    except UnknownFormat as problem:
        return str(problem)
    seen = document.get("observed_at") or document["quarantined_at"]
    row = layout.listing(dict(payload), seen, document["row"])
    return f"{row.rule_id}: {row.reason}" if isinstance(row, Rejected) else row


def _land(
    row: RawListing, document: Mapping[str, Any], store: Store, zips: Mapping[str, str]
) -> Landed:
    published = document.get("published_at") or document["quarantined_at"]
    seen = document.get("observed_at") or document["quarantined_at"]
    assumed = seen if document.get("observed_assumed", True) else None
    origin = Origin(document["file"], document["format"], published, assumed, seen)
    return land([row], store, zips, origin)


def _source_of(name: str) -> SourceSpec | None:
    """The source whose replies a format reads; None: a format of files."""
    having = (s for s in specs().values() if any(form.name == name for form in s.formats))
    return next(having, None)
