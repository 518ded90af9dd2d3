"""`market_trends`: a ZIP's numbers, each with n, interval, method and `as_of`.

Reads `properties` (their episodes), calls `analyze/trends.py`, writes `market_trends`. `as_of` is
the local date of the newest observation in the ZIP, not today: the same data give the same cells.
Listings that nothing dates but their file's time are left out where others say when they were seen.
A changed cell makes a new revision of the document; no revision is ever overwritten.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from pymongo.client_session import ClientSession

from phoenix_re.analyze.cells import Cell
from phoenix_re.analyze.trends import STALE_AFTER_DAYS, zip_trends
from phoenix_re.assets.zip_run import ZipOutcome, ZipRun
from phoenix_re.collect.formats import format_named
from phoenix_re.mongo import Document, MongoStore
from phoenix_re.storage import MARKET_TRENDS, PROPERTIES
from phoenix_re.validate.episode import Episode

DESCRIPTION = "The ZIP's trends over 90 days: supply, prices, time on market, each with its error."
CODE_VERSION = "1"


def materialize(run: ZipRun) -> ZipOutcome:
    episodes = [
        (document["_id"], Episode.from_document(episode))
        for document in run.store.find_partition(PROPERTIES, run.where, fields=["episodes"])
        for episode in document["episodes"]
    ]
    if not episodes:
        return ZipOutcome({"episodes": 0, "cells": 0, "served": 0, "written": 0})
    collected = len(episodes)
    dated = [(home, episode) for home, episode in episodes if not episode.observed_assumed]
    episodes = dated or episodes
    as_of = max(episode.last_observed_on for _, episode in episodes)
    cells = zip_trends(
        episodes,
        market=run.market.code,
        zip=run.zip_code,
        as_of=as_of,
        sale_prices_disclosed=run.market.disclosure.sale_prices_disclosed,
        observed_since=_observed_since([episode for _, episode in episodes], as_of),
        sales_known_since=min((e.close_date for _, e in episodes if e.close_date), default=None),
        statuses_reported=_statuses_reported(episode for _, episode in episodes),
    )
    trends = {
        **run.where,
        "as_of": as_of.isoformat(),
        "cells": {cell.metric: cell.to_document() for cell in cells},
    }
    written = run.store.transaction(lambda session: _append_revision(run.store, trends, session))
    figures: dict[str, int | float | str] = {
        "episodes": len(episodes),
        "undated_left_out": collected - len(episodes),
        "cells": len(cells),
        "served": sum(cell.value is not None for cell in cells),
        "as_of": as_of.isoformat(),
        "written": int(written),
    }
    return ZipOutcome(figures | dict(_plotted(cells)))


def _observed_since(episodes: Sequence[Episode], as_of: date) -> date:
    """Since when the sources that still speak are watched; a file of last May covers nothing."""
    spans: dict[str, tuple[date, date]] = {}
    for episode in episodes:
        source = _source(episode)
        first, last = spans.get(source, (episode.first_observed_on, episode.last_observed_on))
        spans[source] = min(first, episode.first_observed_on), max(last, episode.last_observed_on)
    speaking = as_of - timedelta(days=STALE_AFTER_DAYS)
    return min(first for first, last in spans.values() if last >= speaking)


def _source(episode: Episode) -> str:
    return episode.listing_id.partition("|")[0]


def _statuses_reported(episodes: Iterable[Episode]) -> frozenset[str] | None:
    """What the ZIP's sources show, so that a quiet ZIP has a true zero; None if nobody knows."""
    seen: set[str] = set()
    sources: set[str] = set()
    for episode in episodes:
        seen.update(status.value for status in episode.statuses)
        sources.add(_source(episode))
    stated = frozenset[str]().union(*(format_named(source).statuses for source in sources))
    return stated | seen if stated else None


def _plotted(cells: list[Cell]) -> Iterator[tuple[str, int | float]]:
    """Served values for the UI's plots, money in dollars."""
    for cell in cells:
        if cell.value is None:
            continue
        if cell.unit == "cents":
            yield cell.metric.removesuffix("_cents") + "_usd", cell.value / 100
        else:
            yield cell.metric, cell.value


def _append_revision(store: MongoStore, trends: Document, session: ClientSession) -> bool:
    """Insert `trends` as the next revision unless it says what the newest one says."""
    text = json.dumps([trends["as_of"], trends["cells"]], sort_keys=True, default=str)
    content_hash = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    where = {"market": trends["market"], "zip": trends["zip"]}
    revisions = store.find_partition(MARKET_TRENDS, where, session)
    newest = max(revisions, key=lambda r: r["revision"], default=None)
    if newest and newest["content_hash"] == content_hash:
        return False
    revision = newest["revision"] + 1 if newest else 1
    store.db[MARKET_TRENDS].insert_one(
        {
            "_id": f"{trends['market']}|{trends['zip']}|{revision}",
            **trends,
            "revision": revision,
            "content_hash": content_hash,
            "published_at": datetime.now(UTC).replace(microsecond=0),
        },
        session=session,
    )
    return True
