"""ZIPs to contiguous partition ranges: a Dagster range run covers neighbours in the market's order.

A run costs about as much as twenty ZIPs that have nothing new, so islands with a small gap between
them become one range. Pure functions; schedules, sensors and the CLI turn ranges into runs.
"""

from collections.abc import Collection, Iterator, Sequence

GAP = 20  # unchanged ZIPs between two changed ones that are cheaper to pass through than a run

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


def ranges(
    wanted: Collection[str], zips: Sequence[str], size: int, gap: int = GAP
) -> Iterator[tuple[str, str]]:
    """(first, last) of each range of at most `size` ZIPs that together cover `wanted`.

    `zips` is the market's order. Ranges never overlap; with `gap=0` they hold nothing unwanted.
    Raises ValueError for a ZIP that is not in the market.
    """
    if unknown := sorted(set(wanted) - set(zips)):
        raise ValueError(f"not in this market: {', '.join(unknown)}")
    wanted_at = [i for i, zip_code in enumerate(zips) if zip_code in set(wanted)]
    start = end = None
    for i in wanted_at:
        if start is not None and end is not None and i - end - 1 <= gap and i - start < size:
            end = i
            continue
        if start is not None and end is not None:
            yield zips[start], zips[end]
        start = end = i
    if start is not None and end is not None:
        yield zips[start], zips[end]


def range_tags(first: str, last: str) -> dict[str, str]:
    return {RANGE_START: first, RANGE_END: last}
