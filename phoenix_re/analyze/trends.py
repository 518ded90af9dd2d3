"""The numbers of one ZIP (metrics.md §2): what each is, and how it comes from its episodes.

`METRICS` (`metrics.py`) lists what is served, `zip_trends` computes all of it; a number that the
data cannot support comes back as a suppressed cell that says why. How a cell is built is in
`cells.py`; what can be known of the ZIP in `zip_view.py`; which sales count in `sales.py`.
Comparisons between ZIPs (`temperature.py`) and series over time are not here.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from phoenix_re.analyze.cells import (
    Cell,
    Period,
    all_suppressed,
    count_ratio_cell,
    event_cell,
    mean_cell,
    median_cell,
    share_cell,
    stock_cell,
    suppressed,
)
from phoenix_re.analyze.marketing import (
    Marketing,
    PriceCut,
    marketings,
)
from phoenix_re.analyze.metrics import METRICS
from phoenix_re.analyze.rents import rents
from phoenix_re.analyze.sales import (
    Closings,
    price_per_square_foot,
)
from phoenix_re.analyze.supply import supply
from phoenix_re.analyze.zip_view import ZipView, asking_price, counted, known_prices, note_of
from phoenix_re.validate.episode import ACTIVE, OFF_MARKET, UNDER_CONTRACT, Episode

WINDOW_DAYS = 90  # metrics.md §1: ZIP level default
STALE_AFTER_DAYS = 30  # an open listing that nobody has seen for longer is of unknown status
PRELIMINARY_DAYS = 14
LONGEST_DOM_DAYS = 365
REDFIN_LONGEST_PENDING_DAYS = 90
CUT_BOUNDS = 0.01, 0.5
SALE_TO_LIST_BOUNDS = 0.5, 1.5
DELISTED = frozenset({"Canceled", "Withdrawn", "Expired"})


def zip_trends(
    episodes: Sequence[tuple[str, Episode]],
    *,
    market: str,
    zip: str,  # noqa: A002 - the name that the stages share
    as_of: date,
    sale_prices_disclosed: bool,
    observed_since: date | None,
    window_days: int = WINDOW_DAYS,
    observed_through: date | None = None,
    sales_known_since: date | None = None,
    statuses_reported: frozenset[str] | None = None,
    stale_after_days: int = STALE_AFTER_DAYS,
) -> list[Cell]:
    """Every metric of `METRICS` for one ZIP, in that order, from (property_id, episode) pairs.

    `as_of` is the last day of every window. `observed_since` is the first day on which a source
    of the ZIP was read (None: the first sight of any episode); nothing before it is knowable, so
    windows are cut there and `window_days` of a cell says how much it covers.
    `observed_through` is the last such day (None: the last sight of any episode).
    `sales_known_since` reaches further back where a source states its past closings completely.
    `statuses_reported`: what the market's sources are known to report; without it, a kind of
    status that no episode of the ZIP ever had is taken as not reported, and its count is
    suppressed rather than 0.

    Raises ValueError for a window shorter than a day. Source: metrics.md §1, §2.
    """
    if window_days < 1:
        raise ValueError(f"window_days must be 1 or more, not {window_days}")
    first_sight = min((episode.first_observed_on for _, episode in episodes), default=None)
    since = observed_since or first_sight
    last_sight = max((episode.last_observed_on for _, episode in episodes), default=None)
    through = observed_through or last_sight
    place = f"ZIP {zip} of market {market}"
    if first_sight is None or since is None or through is None:
        return all_suppressed(METRICS, Period(as_of), f"no listing of {place} has been collected")
    blind = _cannot_see(place, as_of, since, through, stale_after_days)
    if blind:
        return all_suppressed(METRICS, Period(as_of), blind)
    view = ZipView(
        marketings(episodes, since),
        place=place,
        as_of=as_of,
        since=since,
        through=through,
        sales_since=min(sales_known_since or since, since),
        window_days=window_days,
        stale_after_days=stale_after_days,
        prices_disclosed=sale_prices_disclosed,
        reported=statuses_reported,
    )
    cells = {cell.metric: cell for family in _FAMILIES for cell in family(view)}
    return [cells[metric] for metric in METRICS]


def _cannot_see(
    place: str, as_of: date, since: date, through: date, stale_after_days: int
) -> str | None:
    if as_of < since:
        return f"{place} has been observed since {since} only; {as_of} is not knowable"
    if as_of > through + timedelta(days=stale_after_days):
        return f"no source has shown {place} since {through}, {(as_of - through).days} days ago"
    return None


# --- families of metrics ------------------------------------------------------------------------


def _stocks(view: ZipView) -> list[Cell]:
    if view.no_active:
        return [
            *all_suppressed(("active_listings", *_OF_ACTIVE), view.window, view.no_active),
            *all_suppressed(("inventory", *_OF_INVENTORY), view.day, view.no_active),
        ]
    stale = view.stale_note(ACTIVE)
    asked = [asking_price(m, view.as_of) for m in view.active]
    started = [m.started_on for m in view.inventory]
    ages = [(view.as_of - day).days for day in started if day]
    pending = len(view.standing(UNDER_CONTRACT))
    inventory = len(view.inventory)
    return [
        stock_cell("active_listings", view.window, len(view.active), note_of(view.cut, stale)),
        stock_cell("inventory", view.day, inventory, stale),
        median_cell(
            "median_list_price_active_cents",
            view.window,
            known_prices(asked),
            note_of(view.cut, stale),
        ),
        median_cell(
            "age_of_inventory_days",
            view.day,
            [age for age in ages if 1 <= age <= LONGEST_DOM_DAYS],
            note_of(
                stale,
                counted(started.count(None), "on the market since an unknown day, left out"),
            ),
        ),
        suppressed("pending_ratio_frac", view.day, view.no_contracts, inventory)
        if view.no_contracts
        else count_ratio_cell(
            "pending_ratio_frac",
            view.day,
            pending,
            inventory,
            n=inventory,
            note=note_of(stale, view.stale_note(UNDER_CONTRACT)),
        ),
    ]


_OF_ACTIVE = ("median_list_price_active_cents",)
_OF_INVENTORY = ("age_of_inventory_days", "pending_ratio_frac")


def _newcomers(view: ZipView) -> list[Cell]:
    metrics = "new_listings", "median_list_price_new_cents", "pct_off_market_14d_frac"
    if view.no_active:
        return all_suppressed(metrics, view.window, view.no_active)
    relists = sum(view.in_window(m.started_on) for m in view.for_sale if m.earlier)
    left_out = counted(relists, "relisted within 90 days, left out")
    undated = sum(m.started_on is None for m in view.for_sale)
    unknown = counted(undated, "first seen after an unknown start, not counted as new")
    note = note_of(view.cut, left_out)
    quick = sum(_days_to_contract(m) <= PRELIMINARY_DAYS for m in view.new)
    ripe_on = view.as_of + timedelta(days=PRELIMINARY_DAYS)
    preliminary = view.through < ripe_on
    return [
        event_cell("new_listings", view.window, len(view.new), note_of(note, unknown)),
        median_cell(
            "median_list_price_new_cents",
            view.window,
            known_prices(m.first_list_price for m in view.new),
            note,
        ),
        suppressed(metrics[2], view.window, view.no_contracts, len(view.new))
        if view.no_contracts
        else share_cell(
            metrics[2],
            view.window,
            quick,
            len(view.new),
            note_of(note, f"too low until observed through {ripe_on}" if preliminary else None),
            preliminary,
        ),
    ]


def _days_to_contract(marketing: Marketing) -> float:
    if not marketing.contracts or marketing.started_on is None:
        return float("inf")
    return (marketing.contracts[0] - marketing.started_on).days


def _contracts(view: ZipView) -> list[Cell]:
    metrics = "pending_sales", "pending_sales_redfin", "cancellation_rate_frac"
    if view.no_contracts:
        return all_suppressed(metrics, view.window, view.no_contracts)
    signed = len(view.contracted)
    terms = [(day - m.started_on).days for m, day in view.contracted if m.started_on]
    fallen = sum(view.in_window(day) for m in view.for_sale for day in m.fell_through)
    return [
        event_cell(metrics[0], view.window, signed, view.cut),
        event_cell(
            metrics[1],
            view.window,
            sum(term <= REDFIN_LONGEST_PENDING_DAYS for term in terms),
            note_of(view.cut, counted(signed - len(terms), "of unknown start left out")),
        ),
        count_ratio_cell(metrics[2], view.window, fallen, signed, n=signed, note=view.cut),
    ]


def _departures(view: ZipView) -> list[Cell]:
    silent = view.unreported(OFF_MARKET, "a listing off the market")
    gone = sum(_delisted_within(m, view) for m in view.for_sale)
    return [
        suppressed("delistings", view.window, silent)
        if silent
        else event_cell("delistings", view.window, gone, view.cut),
        *_days_on_market(view),
    ]


def _delisted_within(marketing: Marketing, view: ZipView) -> bool:
    spell = marketing.spell_on(view.as_of)
    return bool(
        spell
        and spell.status in DELISTED
        and spell.dated
        and view.in_window(spell.since)
        and not marketing.ever_under_contract
    )


def _days_on_market(view: ZipView) -> list[Cell]:
    metrics = (
        "median_dom_days",
        "median_dom_episode_days",
        "median_dom_auc_days",
        "median_cdom_days",
    )
    silent = view.unreported(UNDER_CONTRACT | OFF_MARKET, "a listing leaving the market")
    if silent:
        return all_suppressed(metrics, view.window, silent)
    leaving = [(m, m.left_market_within(view.first, view.as_of)) for m in view.for_sale]
    left = [(m, day) for m, day in leaving if day]
    timed = [(m, m.started_on, day) for m, day in left if m.started_on and m.started_on <= day]
    spans = [(day - start).days for _, start, day in timed]
    active = [m.days_in(ACTIVE, day) for m, _, day in timed]
    shown = [m.days_in(_SHOWN, _off_show(m, day, view.as_of)) for m, _, day in timed]
    cumulated = [days for m, _, day in timed if (days := _cdom(m, day)) is not None]
    note = note_of(view.cut, counted(len(left) - len(timed), "of unknown start left out"))
    values = [s for s in spans if s <= LONGEST_DOM_DAYS], active, shown, cumulated
    return [
        median_cell(metric, view.window, days, note)
        for metric, days in zip(metrics, values, strict=True)
    ]


_SHOWN = ACTIVE | {"Active Under Contract"}


def _off_show(marketing: Marketing, left: date, as_of: date) -> date:
    """When a listing that left on `left` also ceased to be shown, if it has."""
    ends = (s.since for s in marketing.timeline if s.since >= left and s.status not in _SHOWN)
    return min(next(ends, as_of), as_of)


def _cdom(marketing: Marketing, until: date) -> int | None:
    """Days in ACTIVE of this episode and those it continues; None if one began unknown."""
    days, one = marketing.days_in(ACTIVE, until), marketing.earlier
    while one:
        if one.started_on is None:
            return None
        days += one.days_in(ACTIVE, one.episode.last_observed_on)
        one = one.earlier
    return days


# --- sales --------------------------------------------------------------------------------------


def _sales(view: ZipView) -> list[Cell]:
    period = view.period(view.window_days, view.sales_since)
    cut = view.cut_note(period, view.window_days, view.sales_since)
    if view.no_sales:
        return all_suppressed(("homes_sold", *_OF_SALES, *_OF_PRICES), period, view.no_sales)
    sold = view.sold_in(period)
    undated = counted(view.closings.undated, "closed on an unknown day, not counted")
    terms = [
        (m.closed_on - m.contracts[-1]).days
        for m in sold
        if m.closed_on and m.contracts and m.contracts[-1] <= m.closed_on
    ]
    known = [m for m in sold if _price_history_known(m)]
    dropped = sum(_sold_after_drop(m) for m in known)
    history = counted(len(sold) - len(known), "without price history left out")
    cells = [
        event_cell("homes_sold", period, len(sold), note_of(cut, undated, _invalid(view.closings))),
        median_cell(
            "days_to_close",
            period,
            terms,
            note_of(cut, counted(len(sold) - len(terms), "without a contract date left out")),
        ),
        share_cell("share_sold_with_drop_frac", period, dropped, len(known), note_of(cut, history)),
    ]
    if not view.prices_disclosed:
        secret = f"the state of {view.place} does not disclose sale prices"
        return cells + all_suppressed(_OF_PRICES, period, secret)
    return cells + _sale_prices(sold, period, cut)


_OF_SALES = "days_to_close", "share_sold_with_drop_frac"
_OF_PRICES = (
    "median_sale_price_cents",
    "median_ppsf_cents",
    "median_concession_adj_price_cents",
    "sale_to_last_list_median_frac",
    "sale_to_last_list_mean_frac",
    "sold_above_last_frac",
    "sale_to_original_list_median_frac",
    "sale_to_original_list_mean_frac",
    "sold_above_original_frac",
)


def _invalid(known: Closings) -> str | None:
    reasons: Counter[str] = known.invalid
    listed = ", ".join(f"{many} {reason}" for reason, many in sorted(reasons.items()))
    return f"not valid sales, in all of the history: {listed}" if listed else None


def _price_history_known(marketing: Marketing) -> bool:
    """A cut before our first sight would show: we know the first price, or saw it come on."""
    if marketing.episode.original_list_price_cents:
        return marketing.first_list_price is not None
    started = marketing.started_on
    return started is not None and marketing.episode.first_observed_on <= started


def _sold_after_drop(marketing: Marketing) -> bool:
    first, last = marketing.first_list_price, marketing.last_list_price
    closing = marketing.timeline[-1].since
    seen = any(_in_bounds(cut) for cut in marketing.price_cuts if cut.on < closing)
    return seen or bool(first and last and _in_bounds(PriceCut(closing, 1 - last / first)))


def _in_bounds(cut: PriceCut) -> bool:
    return CUT_BOUNDS[0] < cut.fraction < CUT_BOUNDS[1]


def _sale_prices(sold: Sequence[Marketing], period: Period, cut: str | None) -> list[Cell]:
    priced = [m for m in sold if m.episode.close_price_cents]
    note = note_of(cut, counted(len(sold) - len(priced), "sales without a price left out"))
    prices = [price for m in priced if (price := m.episode.close_price_cents)]
    per_foot = [ppsf for m in priced if (ppsf := price_per_square_foot(m)) is not None]
    conceded = [
        m.episode.close_price_cents - m.episode.concessions_amount_cents
        for m in priced
        if m.episode.close_price_cents and m.episode.concessions_amount_cents is not None
    ]
    return [
        median_cell("median_sale_price_cents", period, prices, note),
        median_cell("median_ppsf_cents", period, per_foot, note),
        median_cell("median_concession_adj_price_cents", period, conceded, note)
        if conceded
        else suppressed(
            "median_concession_adj_price_cents", period, "no source states concessions"
        ),
        *_against_list("last", [(m, m.last_list_price) for m in priced], period, note),
        *_against_list(
            "original", [(m, m.episode.original_list_price_cents) for m in priced], period, note
        ),
    ]


def _against_list(
    which: str,
    sales: Sequence[tuple[Marketing, int | None]],
    period: Period,
    note: str | None,
) -> list[Cell]:
    all_ratios = [
        marketing.episode.close_price_cents / listed
        for marketing, listed in sales
        if listed and marketing.episode.close_price_cents
    ]
    least, most = SALE_TO_LIST_BOUNDS
    ratios = [ratio for ratio in all_ratios if least <= ratio <= most]
    note = note_of(
        note,
        counted(len(sales) - len(all_ratios), f"without {which} list price left out"),
        counted(len(all_ratios) - len(ratios), "ratios outside 0.5 to 1.5 dropped"),
    )
    above = sum(ratio > 1 for ratio in ratios)
    return [
        median_cell(f"sale_to_{which}_list_median_frac", period, ratios, note),
        mean_cell(f"sale_to_{which}_list_mean_frac", period, ratios, note),
        share_cell(f"sold_above_{which}_frac", period, above, len(ratios), note),
    ]


# --- supply against demand ----------------------------------------------------------------------


# --- price cuts ---------------------------------------------------------------------------------


def _price_cuts(view: ZipView) -> list[Cell]:
    metrics = "price_drop_share_frac", "price_drop_size_frac"
    if view.no_active:
        return all_suppressed(metrics, view.window, view.no_active)
    cuts = [
        [cut.fraction for cut in m.price_cuts if _in_bounds(cut) and view.in_window(cut.on)]
        for m in view.active
    ]
    return [
        share_cell(metrics[0], view.window, sum(map(bool, cuts)), len(cuts), note=view.cut),
        median_cell(metrics[1], view.window, [size for sizes in cuts for size in sizes], view.cut),
    ]


_FAMILIES = (
    _stocks,
    _newcomers,
    _contracts,
    _departures,
    _sales,
    supply,
    _price_cuts,
    rents,
)
