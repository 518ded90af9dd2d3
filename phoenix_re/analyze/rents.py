"""What homes ask in rent, and how that compares with what they sell for (metrics.md §2).

Rental listings are one thing, a vendor's rent estimates for homes on sale another: the latter have
their own metrics, `x_rent_estimate_…`.
"""

from collections.abc import Sequence
from statistics import median

from phoenix_re.analyze.cells import Cell, all_suppressed, median_cell
from phoenix_re.analyze.marketing import Marketing
from phoenix_re.analyze.zip_view import ZipView, asking_price, counted, known_prices, note_of

STRATUM_FROM_N = 5


def rents(view: ZipView) -> list[Cell]:
    rented = [(m, rent) for m in view.active_rentals if (rent := m.list_price_on(view.as_of))]
    metrics = "rent_median_cents", "rent_psf_cents", "rent_to_price_frac"
    if not view.rentals:
        none = f"no rental listing of {view.place} has been collected"
        return all_suppressed(metrics, view.window, none) + _rent_estimates(view)
    areas = [(rent, m.episode.living_area) for m, rent in rented]
    return [
        median_cell(metrics[0], view.window, [rent for _, rent in rented], view.cut),
        median_cell(
            metrics[1],
            view.window,
            [rent / area for rent, area in areas if area and area > 0],
            view.cut,
        ),
        _rent_to_price(view, rented),
        *_rent_estimates(view),
    ]


def _rent_to_price(view: ZipView, rented: Sequence[tuple[Marketing, int]]) -> Cell:
    asked: dict[tuple[object, object], list[int]] = {}
    for home in view.active:
        asked.setdefault(_stratum(home), []).extend(known_prices([asking_price(home, view.as_of)]))
    values = {
        stratum: median(prices)
        for stratum, prices in asked.items()
        if None not in stratum and len(prices) >= STRATUM_FROM_N
    }
    ratios = [12 * rent / values[key] for m, rent in rented if (key := _stratum(m)) in values]
    unmatched = counted(
        len(rented) - len(ratios),
        f"rentals without {STRATUM_FROM_N} homes for sale of the same bedrooms and type left out",
    )
    return median_cell("rent_to_price_frac", view.window, ratios, note_of(view.cut, unmatched))


def _stratum(marketing: Marketing) -> tuple[object, object]:
    return marketing.episode.bedrooms_total, marketing.episode.property_sub_type


def _rent_estimates(view: ZipView) -> list[Cell]:
    metrics = "x_rent_estimate_median_cents", "x_rent_estimate_to_list_price_frac"
    estimated = [
        (rent, known_prices([asking_price(m, view.as_of)]))
        for m in view.active
        if (rent := m.episode.x_rent_estimate_cents) and rent > 0
    ]
    if not estimated:
        none = f"no source of {view.place} gives a rent estimate for an active listing"
        return all_suppressed(metrics, view.window, none)
    note = note_of(view.cut, "a vendor's estimates, not asking rents")
    ratios = [12 * rent / price for rent, prices in estimated for price in prices]
    return [
        median_cell(metrics[0], view.window, [rent for rent, _ in estimated], note),
        median_cell(metrics[1], view.window, ratios, note),
    ]
