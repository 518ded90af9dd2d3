"""Zillow Research's public files: home values (ZHVI) and asking rents (ZORI) by ZIP and month.

Wide tables, one column for each month end. A new column comes each month, and past values are
revised: every value is kept with the day on which it was put out. Free to use with attribution.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from statistics import median
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from phoenix_re.collect.errors import ContractError
from phoenix_re.collect.source import Item, Options, Point, Session, SourceSpec
from phoenix_re.collect.sources.published import (
    Said,
    changed_on,
    digest_of,
    each,
    judge_for,
    last_day,
    month_of,
    number_in,
    table_of,
)

PAGE = "https://www.zillow.com/research/data/"
_MONTH = re.compile(r"((?:19|20)[0-9]{2})-([0-9]{2})(?:-[0-9]{2})?")
_FOLDER = "/research/public_csvs"


class SeriesFile(BaseModel):
    """One file: where it is, and what a believable value is (its median over a ZIP's months)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(pattern=r"^/")
    unit: Literal["usd", "usd_per_month", "count", "days", "frac"]
    least: float = 0
    most: float = 1e12


class ZillowResearchOptions(Options):
    """`more_files` adds series by name: inventory, days to pending … of the ZIP level."""

    files: Mapping[str, SeriesFile] = {
        "zhvi": SeriesFile(
            path=f"{_FOLDER}/zhvi/Zip_zhvi_uc_sfrcondo_tier_0.33_0.67_sm_sa_month.csv",
            unit="usd",
            least=5_000,
            most=50_000_000,
        ),
        "zori": SeriesFile(
            path=f"{_FOLDER}/zori/Zip_zori_uc_sfrcondomfr_sm_month.csv",
            unit="usd_per_month",
            least=100,
            most=50_000,
        ),
    }
    more_files: Mapping[str, SeriesFile] = {}
    months: int = Field(default=60, ge=1, le=600)  # how far back values are taken


def collect(session: Session) -> Iterator[Item]:
    options = session.options(ZillowResearchOptions)
    files = {**options.files, **options.more_files}
    return each(
        session,
        [partial(_file, session, name, file, options.months) for name, file in files.items()],
    )


def _file(session: Session, series: str, file: SeriesFile, months: int) -> Iterator[Point]:
    path = session.download(file.path, kind="file")
    said = Said(session.cursor, series)
    stamp = said.stamp(path, months)
    zips = said.unread(session.zips, stamp)
    if not zips:
        return
    absent = set(zips)
    with table_of(session.source, path, zips) as table:
        names = _Columns.of(session.source, path.name, table.columns)
        released = changed_on(path, last_day(max(names.months.values())), session.now)
        first = month_of(session.now) - months + 1
        for row in table.rows:
            zip_code = row[names.region].strip().zfill(5)  # tools that re-save lose the zero
            if zip_code not in absent:
                continue
            absent.discard(zip_code)
            names.refuse_other_regions(session.source, path.name, row)
            values = names.values(session.source, series, row, first)
            _refuse_other_units(session.source, series, file, zip_code, list(values.values()))
            digests = {month: digest_of(value) for month, value in values.items()}
            for month in said.news(zip_code, digests):
                yield Point(series, zip_code, last_day(month), values[month], file.unit, released)
            said.remember(zip_code, stamp, digests)
    if absent:
        session.note(f"{path.name} has no row for {_listed(absent)}")
    for zip_code in absent:
        said.remember(zip_code, stamp, {})


class _Columns(BaseModel):
    """Where things stand in the wide table."""

    region: int
    kind: int | None
    months: dict[int, int]  # position → month

    @classmethod
    def of(cls, source: str, file: str, columns: Sequence[str]) -> "_Columns":
        at = {name.strip().casefold(): position for position, name in enumerate(columns)}
        months = {
            position: int(found[1]) * 12 + int(found[2]) - 1
            for position, name in enumerate(columns)
            if (found := _MONTH.fullmatch(name.strip())) and 1 <= int(found[2]) <= 12
        }
        if "regionname" not in at or not months:
            lacking = "RegionName" if "regionname" not in at else "a column for any month"
            raise ContractError(
                source,
                f"{file}: the header lacks {lacking}. It begins with {', '.join(columns[:12])}. "
                f"See {PAGE}",
                list(columns[:40]),
            )
        return cls(region=at["regionname"], kind=at.get("regiontype"), months=months)

    def refuse_other_regions(self, source: str, file: str, row: Sequence[str]) -> None:
        if self.kind is not None and row[self.kind].strip().casefold() != "zip":
            kind = row[self.kind]
            raise ContractError(
                source, f"{file} speaks of regions of type {kind!r}; its Zip_ version is needed"
            )

    def values(self, source: str, series: str, row: Sequence[str], first: int) -> dict[int, float]:
        """Month → value, without what is blank or older than the month `first`."""
        found = {}
        for position, month in self.months.items():
            if month >= first:
                where = f"{series} of {row[self.region]}, {last_day(month)}"
                value = number_in(source, row[position], where)
                if value is not None:
                    found[month] = value
        return found


def _refuse_other_units(
    source: str, series: str, file: SeriesFile, zip_code: str, values: Sequence[float]
) -> None:
    if values and not file.least <= (middle := median(values)) <= file.most:
        raise ContractError(
            source,
            f"{series} of {zip_code} is {middle:g} in the middle, not {file.least:g} to "
            f"{file.most:g} {file.unit}: has the unit changed?",
            list(values),
        )


def _listed(zips: set[str]) -> str:
    shown = sorted(zips)
    more = f" and {len(shown) - 10} more" if len(shown) > 10 else ""
    return ", ".join(shown[:10]) + more


SPEC = SourceSpec(
    name="zillow_research",
    title="Zillow Research data files",
    light="green",
    provides=frozenset({"series"}),
    base_url="https://files.zillowstatic.com",
    formats=(),
    collect=collect,
    scope="market",
    judge=judge_for(PAGE),
    options=ZillowResearchOptions,
    cache_hours={"file": 6},
)
