"""Market temperature (metrics.md §2.1): how hot a ZIP is beside the other ZIPs of its market.

A pure function over the cells of many ZIPs. Relative by construction: the same ZIP among other
neighbours gets another temperature. The absolute label, by months of supply, stands beside it.
"""

from collections.abc import Mapping, Sequence
from statistics import NormalDist, fmean, median

from phoenix_re.analyze.cells import Cell, Period, suppressed, unit_of

METRIC = "market_temperature"
LEAST_INPUTS = 4
LEAST_ZIPS = 5  # below, "median of the others" says nothing
CLIP = 3.0

# +1: more is hotter; -1: less is hotter.
INPUTS = {
    "sale_to_last_list_median_frac": +1,
    "sold_above_last_frac": +1,
    "pct_off_market_14d_frac": +1,
    "median_dom_days": -1,
    "price_drop_share_frac": -1,
    "months_of_supply_3m": -1,
}


def market_temperature(zips: Mapping[str, Mapping[str, Cell]]) -> dict[str, Cell]:
    """`100 x Phi(mean of robust z)` per ZIP, from `{zip: {metric: cell}}` of one day.

    z = (x - median) / (1.4826 MAD) over the ZIPs that serve the input, clipped to +-3, signed so
    that more is hotter. An input that fewer than 5 ZIPs serve, or in which they do not differ
    (MAD 0), is not available; a ZIP with fewer than 4 inputs is suppressed. `n` is the number of
    inputs used. Raises ValueError when the cells are not of one day.
    """
    days = {cell.as_of for cells in zips.values() for cell in cells.values()}
    if len(days) > 1:
        raise ValueError(f"temperature compares ZIPs on one day, not on {sorted(days)}")
    if not days:
        return {}
    period = Period(days.pop())
    scores: dict[str, dict[str, float]] = {zip_code: {} for zip_code in zips}
    for metric, sign in INPUTS.items():
        values = {
            zip_code: float(cell.value)
            for zip_code, cells in zips.items()
            if (cell := cells.get(metric)) and cell.value is not None
        }
        for zip_code, z in _robust_z(values).items():
            scores[zip_code][metric] = sign * z
    return {
        zip_code: _temperature(scores[zip_code], zips[zip_code], period, len(zips))
        for zip_code in zips
    }


def _robust_z(values: Mapping[str, float]) -> dict[str, float]:
    if len(values) < LEAST_ZIPS:
        return {}
    middle = median(values.values())
    spread = 1.4826 * median(abs(value - middle) for value in values.values())
    if not spread:
        return {}
    return {
        zip_code: max(-CLIP, min(CLIP, (value - middle) / spread))
        for zip_code, value in values.items()
    }


def _temperature(
    scores: Mapping[str, float], cells: Mapping[str, Cell], period: Period, of_zips: int
) -> Cell:
    if len(scores) < LEAST_INPUTS:
        have = ", ".join(scores) or "none"
        reason = (
            f"{len(scores)} of the 6 inputs are available ({have}); at least {LEAST_INPUTS} are "
            f"needed, each served by {LEAST_ZIPS} ZIPs or more that differ in it"
        )
        return suppressed(METRIC, period, reason, len(scores))
    used: Sequence[Cell] = [cells[metric] for metric in scores]
    return Cell(
        METRIC,
        unit_of(METRIC),
        100 * NormalDist().cdf(fmean(scores.values())),
        len(scores),
        "direct",
        period.as_of,
        low_sample=any(cell.low_sample for cell in used),
        preliminary=any(cell.preliminary for cell in used),
        reason=f"relative to the {of_zips} ZIPs compared; n counts the inputs used",
    )


def temperature_label(temperature: float) -> str:
    """hot, warm, balanced, cool or cold; relative, as the temperature is."""
    for least, label in ((80, "hot"), (60, "warm"), (40, "balanced"), (20, "cool")):
        if temperature >= least:
            return label
    return "cold"


def supply_label(months_of_supply: float) -> str:
    """The absolute label: below 3 months of supply the seller's market, above 6 the buyer's."""
    if months_of_supply < 3:
        return "seller"
    return "buyer" if months_of_supply > 6 else "balanced"
