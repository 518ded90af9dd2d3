"""Redfin: the Data Center's market tracker by ZIP; and, where allowed, the site's listing export.

The Data Center's files are meant for download, free with attribution. They are read as they stand
on its object store; `options.files` says which, and their layout is told by their header
(`redfin_tracker.py`). The export is off (`redfin_export.py`).
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Literal

import httpx
from pydantic import Field

from phoenix_re.collect.source import Item, Options, Point, Session, SourceSpec
from phoenix_re.collect.sources import redfin_export, redfin_tracker
from phoenix_re.collect.sources.published import (
    Said,
    changed_on,
    digest_of,
    each,
    judge_for,
    month_of,
    table_of,
)

_FOLDER = "/redfin_data_center"
LEGACY_FILE = "/redfin_market_tracker/zip_code_market_tracker.tsv000.gz"
_STALE_DAYS = 80  # a month's data come by the middle of the next one


class RedfinFilesOptions(Options):
    """`files` may also name `LEGACY_FILE`, for the series as they were defined until June 2026, or
    `…/property_types/monthly/all_zips.csv`, for kinds other than all."""

    files: tuple[str, ...] = (
        f"{_FOLDER}/housing_market/monthly/all_zips.csv",
        f"{_FOLDER}/price_drops/monthly/all_zips.csv",
    )
    kinds: tuple[Literal["all", "single_family", "condo", "townhouse", "multi_family"], ...] = (
        "all",
    )
    months: int = Field(default=60, ge=1, le=600)  # how far back values are taken
    renamed: Mapping[str, str] = {}  # a column's new name → the name that we know
    site_export: bool = False
    export: redfin_export.ExportOptions = redfin_export.ExportOptions()


def collect(session: Session) -> Iterator[Item]:
    options = session.options(RedfinFilesOptions)
    jobs: list[Callable[[], Iterator[Item]]] = [
        partial(_file, session, path, options) for path in options.files
    ]
    if options.site_export:
        # Another host than the Data Center's, unless the whole source was turned elsewhere.
        as_ever = session.base_url == SPEC.base_url
        site_url = options.export.site_url if as_ever else session.base_url
        jobs.append(partial(redfin_export.listings, session, options.export, site_url))
    return each(session, jobs)


def _file(session: Session, file: str, options: RedfinFilesOptions) -> Iterator[Point]:
    path = session.download(file, kind="file")
    said = Said(session.cursor, file)
    stamp = said.stamp(path, options.months, options.kinds, sorted(options.renamed.items()))
    zips = said.unread(session.zips, stamp)
    if not zips:
        return
    first_month = month_of(session.now) - options.months + 1
    with table_of(session.source, path, zips) as table:
        readings = redfin_tracker.read(
            session.source,
            path.name,
            table,
            zips,
            set(options.kinds),
            first_month,
            options.renamed,
        )
    _remark(session, file, readings, zips)
    for (zip_code, kind), months in sorted(readings.rows.items()):
        name = f"{zip_code}_{kind}"
        digests = {month: digest_of(*reading.values) for month, reading in months.items()}
        for month in said.news(name, digests):
            reading = months[month]
            released = reading.released_on or changed_on(path, reading.period_end, session.now)
            for metric, value in zip(readings.layout.metrics, reading.values, strict=True):
                if value is not None:
                    series = metric.series if kind == "all" else f"{metric.series}_{kind}"
                    yield Point(series, zip_code, reading.period_end, value, metric.unit, released)
        said.remember(name, stamp, digests)
    for zip_code in zips:
        said.remember(zip_code, stamp, {})


def _remark(session: Session, file: str, readings: redfin_tracker.Readings, zips: set[str]) -> None:
    for remark in readings.remarks:
        session.note(remark)
    absent = sorted(zips - {zip_code for zip_code, _ in readings.rows})
    if absent:
        more = f" and {len(absent) - 10} more" if len(absent) > 10 else ""
        session.note(f"{file} has no row for {', '.join(absent[:10])}{more}")
    ends = [r.period_end for months in readings.rows.values() for r in months.values()]
    if ends and (session.now.date() - max(ends)).days > _STALE_DAYS:
        session.note(
            f"{file} ends with {max(ends)}: it is no longer renewed. Look for its successor on "
            f"{redfin_tracker.DOWNLOADS_PAGE} and set options.files."
        )


_judge_store = judge_for(redfin_tracker.DOWNLOADS_PAGE)


def _judge(source: str, response: httpx.Response) -> None:
    is_export = "region_id" in response.request.url.params
    (redfin_export.judge if is_export else _judge_store)(source, response)


SPEC = SourceSpec(
    name="redfin_files",
    title="Redfin Data Center",
    light="green",
    provides=frozenset({"series", "sale_listings"}),
    base_url="https://redfin-public-data.s3.us-west-2.amazonaws.com",
    formats=(redfin_export.EXPORT,),
    collect=collect,
    scope="market",
    judge=_judge,
    options=RedfinFilesOptions,
    cache_hours={"file": 6, "export": 6},
    robots=True,
)
