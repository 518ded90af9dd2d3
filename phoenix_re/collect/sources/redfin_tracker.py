"""The market tracker files of Redfin's Data Center: which layouts there are, and one file's rows.

In 2026 the Data Center was rebuilt. The old tracker (`LEGACY`, a gzip of tabs) was put out last on
2026-06-02 and is still served; its successors are plain CSV files with other headers, percents in
place of fractions, price drops in a file of their own, and two series that mean something else:
the share sold above list is measured against the *original* list price, and the median list price
is of *new* listings only. Those two have names of their own here, so that nobody splices them.
Changes by month and year are not read: they follow from the levels, and their units have moved.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from phoenix_re.collect.errors import ContractError
from phoenix_re.collect.parse import Unreadable, day
from phoenix_re.collect.sources.published import Table, month_of, number_in

DOWNLOADS_PAGE = "https://www.redfin.com/news/data-center/downloads/"

KINDS = {  # PROPERTY_TYPE_ID, or the text of PROPERTY TYPE → our word
    **dict.fromkeys(("-1", "all residential"), "all"),
    **dict.fromkeys(("6", "single family residential"), "single_family"),
    **dict.fromkeys(("3", "condo/co-op"), "condo"),
    **dict.fromkeys(("13", "townhouse"), "townhouse"),
    **dict.fromkeys(("4", "multi-family (2-4 unit)"), "multi_family"),
}
_FEWEST_JUDGED = 3


@dataclass(frozen=True, slots=True)
class Metric:
    """A level. `scale` makes percents fractions; the median of a file must be `least` to `most`."""

    column: str
    series: str
    unit: str
    least: float
    most: float
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Layout:
    """One header. Names are lower-case; `_` and white space are the same."""

    name: str
    header: frozenset[str]
    region: str
    region_type: tuple[str, str]  # column, and its value of ZIPs
    window: tuple[str, str]  # column, and its value of the three-month windows
    kind: str  # column of the property type; absent from the file: all residential
    metrics: tuple[Metric, ...]

    @property
    def read(self) -> tuple[str, ...]:
        """The columns without which it cannot be read."""
        columns = (self.region, self.region_type[0], self.window[0], "period end", "last updated")
        return (*columns, *(metric.column for metric in self.metrics))


def _metrics(*rows: tuple[str, str, str]) -> tuple[Metric, ...]:
    """(column, series, measure); `percent …` are fractions times 100."""
    found = []
    for column, series, measure in rows:
        unit, least, most = _MEASURES[measure.removeprefix("percent ")]
        scale = 0.01 if measure.startswith("percent ") else 1.0
        found.append(Metric(column, f"redfin_{series}", unit, least, most, scale))
    return tuple(found)


_MEASURES = {
    "price": ("usd", 10_000, 100_000_000),
    "price per foot": ("usd_per_sqft", 5, 20_000),
    "count": ("count", 0, 1e7),
    "days": ("days", 0, 2_000),
    "months": ("months", 0, 500),
    "ratio": ("frac", 0.5, 2),
    "share": ("frac", 0, 1),
    "common share": ("frac", 0.005, 1),  # never nil: a percent that became a fraction shows
}

_LEGACY_METRICS = _metrics(
    ("median sale price", "median_sale_price", "price"),
    ("median list price", "median_list_price", "price"),
    ("median ppsf", "median_ppsf", "price per foot"),
    ("median list ppsf", "median_list_ppsf", "price per foot"),
    ("homes sold", "homes_sold", "count"),
    ("pending sales", "pending_sales", "count"),
    ("new listings", "new_listings", "count"),
    ("inventory", "inventory", "count"),
    ("months of supply", "months_of_supply", "months"),
    ("median dom", "median_dom", "days"),
    ("avg sale to list", "avg_sale_to_list", "ratio"),
    ("sold above list", "sold_above_list", "share"),
    ("price drops", "price_drops", "share"),
    ("off market in two weeks", "off_market_in_two_weeks", "share"),
)
_HOUSING_METRICS = _metrics(
    ("homes sold", "homes_sold", "count"),
    ("median sale price nsa ($)", "median_sale_price", "price"),
    ("median days on market (days)", "median_dom", "days"),
    ("average sale to list ratio (%)", "avg_sale_to_list", "percent ratio"),
    ("share sold above original list (%)", "sold_above_original_list", "percent share"),
    ("new listings", "new_listings", "count"),
    ("active listings", "active_listings", "count"),
    ("inventory", "inventory", "count"),
    ("pending sales", "pending_sales", "count"),
    ("median new listing price ($)", "median_new_listing_price", "price"),
    ("median new listing price per sq.ft. ($)", "median_new_listing_ppsf", "price per foot"),
    ("median sale price per sq.ft. ($)", "median_ppsf", "price per foot"),
    ("months of supply", "months_of_supply", "months"),
    ("percent off market in two weeks (%)", "off_market_in_two_weeks", "percent share"),
)
_DROP_METRICS = _metrics(
    ("price drops", "price_drop_count", "count"),
    ("average size of price drop (%)", "avg_price_drop", "percent common share"),
    ("percent active with price drops (%)", "active_with_price_drops", "percent common share"),
    ("homes sold with price drops", "sold_with_price_drops", "count"),
)


def _changes(metric: Metric) -> tuple[str, str]:
    """The month's and the year's change: `homes sold mom (%)`, `… ratio mom (ppts)`."""
    stem = metric.column.rsplit(" (", 1)[0]
    unit = {"frac": "(ppts)", "days": "(days)"}.get(metric.unit, "(%)")
    return f"{stem} mom {unit}", f"{stem} yoy {unit}"


def _header(names: str, metrics: Sequence[Metric]) -> frozenset[str]:
    levels = {metric.column for metric in metrics}
    return frozenset({*names.split(", "), *levels, *(c for m in metrics for c in _changes(m))})


LEGACY = Layout(
    "legacy tracker",
    frozenset(
        {
            *("period begin", "period end", "period duration", "region type", "region type id"),
            *("table id", "is seasonally adjusted", "region", "city", "state", "state code"),
            *("property type", "property type id", "parent metro region"),
            *("parent metro region metro code", "last updated"),
            *(f"{m.column}{change}" for m in _LEGACY_METRICS for change in ("", " mom", " yoy")),
        }
    ),
    region="region",
    region_type=("region type", "zip code"),
    window=("period duration", "90"),
    kind="property type id",
    metrics=_LEGACY_METRICS,
)
_KEYS_2026 = "last updated, frequency, period begin, period end, region type, region name, metro"
HOUSING_MARKET = Layout(
    "housing market",
    _header(f"{_KEYS_2026}, region id", _HOUSING_METRICS),
    region="region name",
    region_type=("region type", "zip"),
    window=("frequency", "rolling 3 months"),
    kind="property type",
    metrics=_HOUSING_METRICS,
)
PRICE_DROPS = Layout(
    "price drops",
    _header(_KEYS_2026, _DROP_METRICS),
    region="region name",
    region_type=("region type", "zip"),
    window=("frequency", "rolling 3 months"),
    kind="property type",
    metrics=_DROP_METRICS,
)
LAYOUTS = (LEGACY, HOUSING_MARKET, PRICE_DROPS)
_SOMETIMES = {"property type", "is seasonally adjusted"}  # in the file by property types


@dataclass(frozen=True, slots=True)
class Reading:
    """One ZIP's row of one month: the layout's metrics in their order, None where not measured."""

    period_end: date
    released_on: date | None
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Readings:
    layout: Layout
    rows: Mapping[tuple[str, str], Mapping[int, Reading]]  # (ZIP, kind) → month → reading
    remarks: Sequence[str]  # what differs from the header that we know and does no harm


def read(
    source: str,
    file: str,
    table: Table,
    zips: set[str],
    kinds: set[str],
    first_month: int,
    renamed: Mapping[str, str],
) -> Readings:
    """All rows of our ZIPs, kinds and months. `renamed`: a new header's name → the one we know.

    Raises `ContractError`: columns that are missing, with what is new beside them; a window or a
    unit that has changed; two rows that contradict each other.
    """
    known = {normal(new): normal(old) for new, old in renamed.items()}
    names = [known.get(name, name) for name in map(normal, table.columns)]
    layout, remarks = _layout_of(source, file, names)
    at = {name: position for position, name in enumerate(names)}
    rows: dict[tuple[str, str], dict[int, Reading]] = {}
    windows: set[str] = set()
    for cells in table.rows:
        row = _Row(source, file, layout, at, cells)
        zip_code, kind = row.zip_code(), row.kind()
        if zip_code not in zips or kind not in kinds or row.is_adjusted():
            continue
        windows.add(window := row["", layout.window[0]].casefold())
        if window != layout.window[1]:
            continue
        reading = row.reading()
        month = month_of(reading.period_end)
        if month >= first_month:
            before = rows.setdefault((zip_code, kind), {}).setdefault(month, reading)
            _refuse_contradiction(source, file, zip_code, before, reading)
    if windows and layout.window[1] not in windows:
        raise ContractError(
            source,
            f"{file}: {layout.window[0]} is {', '.join(sorted(windows))}, {layout.window[1]} is "
            f"expected: the periods have changed. See {DOWNLOADS_PAGE}",
        )
    _refuse_other_units(source, file, layout, rows)
    return Readings(layout, rows, remarks)


def normal(name: str) -> str:
    return " ".join(name.replace("_", " ").split()).casefold()


def _layout_of(source: str, file: str, names: Sequence[str]) -> tuple[Layout, list[str]]:
    present = set(names)
    layout = max(LAYOUTS, key=lambda one: len(present & set(one.read)) / len(one.read))
    missing = sorted(layout.header - present - {"metro"})
    new = sorted(present - layout.header - _SOMETIMES)
    needed = [name for name in layout.read if name not in present]
    told = f"missing: {', '.join(missing) or 'none'}; new: {', '.join(new[:40]) or 'none'}"
    if needed:
        raise ContractError(
            source,
            f"{file}: the header of the {layout.name} has changed ({told}). If columns were only "
            f"renamed, say so in options.renamed (new: old). What they mean: {DOWNLOADS_PAGE}",
            list(names),
        )
    return layout, [f"{file}: the header differs, {told}"] if missing or new else []


@dataclass(frozen=True, slots=True)
class _Row:
    source: str
    file: str
    layout: Layout
    at: Mapping[str, int]
    cells: Sequence[str]

    def __getitem__(self, default_and_name: tuple[str, str]) -> str:
        default, name = default_and_name
        position = self.at.get(name)
        return default if position is None else self.cells[position].strip()

    def zip_code(self) -> str | None:
        """From `Zip Code: 85031` or `85031`; None where the region is no ZIP."""
        column, expected = self.layout.region_type
        if self["", column].casefold() != expected:
            return None
        region = self["", self.layout.region].rpartition(":")[2].strip()
        return region.zfill(5) if region.isdecimal() else None

    def kind(self) -> str | None:
        return KINDS.get(self["-1", self.layout.kind].casefold())

    def is_adjusted(self) -> bool:
        return self["f", "is seasonally adjusted"].casefold() in {"t", "true"}

    def reading(self) -> Reading:
        ended = self._day("period end")
        if ended is None:
            raise ContractError(self.source, f"{self.file}: a row without PERIOD END", self.cells)
        values = []
        for metric in self.layout.metrics:
            where = f"{self.file}: {metric.column} of {self['', self.layout.region]}, {ended}"
            value = number_in(self.source, self["", metric.column], where)
            values.append(None if value is None else round(value * metric.scale, 10))
        return Reading(ended, self._day("last updated"), tuple(values))

    def _day(self, column: str) -> date | None:
        try:
            return day(self["", column])
        except Unreadable as error:
            raise ContractError(
                self.source, f"{self.file}: {column}: {error}", self.cells
            ) from error


def _refuse_contradiction(
    source: str, file: str, zip_code: str, one: Reading, other: Reading
) -> None:
    if one.values != other.values:
        raise ContractError(
            source,
            f"{file} has two rows for {zip_code} that end on {one.period_end} and differ: is there "
            "a new breakdown?",
            [one.values, other.values],
        )


def _refuse_other_units(
    source: str,
    file: str,
    layout: Layout,
    rows: Mapping[tuple[str, str], Mapping[int, Reading]],
) -> None:
    for metric, values in zip(layout.metrics, _by_metric(layout, rows), strict=True):
        if (
            len(values) < _FEWEST_JUDGED
            or metric.least <= (middle := median(values)) <= metric.most
        ):
            continue
        raise ContractError(
            source,
            f"{file}: {metric.column} is {middle:g} {metric.unit} in the middle of "
            f"{len(values)} values, not {metric.least:g} to {metric.most:g}: has the unit changed?",
            values[:40],
        )


def _by_metric(
    layout: Layout, rows: Mapping[tuple[str, str], Mapping[int, Reading]]
) -> Iterator[list[float]]:
    readings = [reading for months in rows.values() for reading in months.values()]
    for position in range(len(layout.metrics)):
        yield [v for r in readings if (v := r.values[position]) is not None]
