"""Months of supply and absorption: what is for sale over what sells (metrics.md §2).

A ratio of two counts, for one ZIP and for several together; never the mean of the ZIPs' ratios.
"""

from collections.abc import Iterable, Mapping

from phoenix_re.analyze.cells import Cell, Period, count_ratio_cell, suppressed
from phoenix_re.analyze.zip_view import ZipView, counted
from phoenix_re.validate.episode import ACTIVE


def supply(view: ZipView) -> list[Cell]:
    three, one = view.period(90, view.sales_since), view.period(30, view.sales_since)
    quarter = _why_no_supply(view, three, 90)
    month = _why_no_supply(view, one, 30)
    inventory = len(view.inventory)
    stale = view.stale_note(ACTIVE)
    sales_90d, sales_30d = len(view.sold_in(three)), len(view.sold_in(one))
    cells = (
        ("months_of_supply_3m", three, quarter, inventory, sales_90d, sales_90d, 3.0),
        ("months_of_supply_1m", one, month, inventory, sales_30d, sales_30d, 1.0),
        ("absorption_rate_frac", three, quarter, sales_90d, inventory, sales_90d, 1 / 3),
    )
    return [
        suppressed(metric, period, why)
        if why
        else count_ratio_cell(metric, period, above, below, n=n, scale=scale, note=stale)
        for metric, period, why, above, below, n, scale in cells
    ]


def _why_no_supply(view: ZipView, period: Period, days: int) -> str | None:
    why = view.no_active or view.no_sales
    if why or period.window_days == days:
        return why
    known = view.cut_note(period, days, view.sales_since)
    return f"{days} days of sales are needed; {known}"


def months_of_supply(zips: Iterable[tuple[int, int]]) -> float | None:
    """Of several ZIPs together: `sum(inventory) x 3 / sum(sales_90d)`, from such pairs.

    Never the mean of the ZIPs' ratios. None below 5 sales in all. Source: metrics.md §2.
    """
    pairs = list(zips)
    inventory, sales = sum(i for i, _ in pairs), sum(s for _, s in pairs)
    return inventory * 3 / sales if sales >= 5 else None


def pooled_months_of_supply(zips: Mapping[str, Mapping[str, Cell]]) -> Cell:
    """months_of_supply_3m of all ZIPs together, from `{zip: {metric: cell}}` of one day.

    A ZIP whose inventory or 90 days of sales is not known is left out of both sums, and said so.
    Raises ValueError for no ZIP, or when the cells are not of one day.
    """
    days = {cells["inventory"].as_of for cells in zips.values()}
    if len(days) != 1:
        raise ValueError(f"months of supply pools ZIPs of one day, not of {sorted(days)}")
    known = [
        (stock.value, sold.value)
        for cells in zips.values()
        if (stock := cells["inventory"]).value is not None
        and (sold := cells["homes_sold"]).value is not None
        and sold.window_days == 90
    ]
    inventory, sales = sum(int(i) for i, _ in known), sum(int(s) for _, s in known)
    left_out = counted(len(zips) - len(known), f"of {len(zips)} ZIPs not known, left out")
    return count_ratio_cell(
        "months_of_supply_3m",
        Period(days.pop(), 90),
        inventory,
        sales,
        n=sales,
        scale=3.0,
        note=left_out,
    )
