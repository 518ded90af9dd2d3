"""The registry of a ZIP's metrics: name, unit and definition of every number that is served.

The order is the order of serving and of docs/reference/trends.md. Nothing is computed here; see
`trends.py`.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Metric(NamedTuple):
    unit: str
    definition: str
    source: str


METRICS: Mapping[str, Metric] = {
    "active_listings": Metric("count", "Listings active on at least one day of the window.", "§2"),
    "inventory": Metric("count", "Listings active at the end of the day.", "§2"),
    "new_listings": Metric(
        "count", "Listings that came on the market in the window, relists left out.", "§2, §11"
    ),
    "pending_sales": Metric("count", "Listings that went under contract in the window.", "§2"),
    "pending_sales_redfin": Metric(
        "count", "Of pending_sales those at most 90 days on the market at contract.", "§2"
    ),
    "homes_sold": Metric("count", "Valid sales closed in the window.", "§1, §2"),
    "median_sale_price_cents": Metric("cents", "Median close price of the valid sales.", "§2"),
    "median_list_price_new_cents": Metric(
        "cents", "Median list price, on the day they came on, of the new listings.", "§2"
    ),
    "median_list_price_active_cents": Metric(
        "cents", "Median latest list price of the active listings.", "§2"
    ),
    "median_ppsf_cents": Metric(
        "cents", "Median close price per square foot of living area of the valid sales.", "§2"
    ),
    "median_concession_adj_price_cents": Metric(
        "cents", "Median close price less concessions, of the sales that state both.", "§2"
    ),
    "months_of_supply_3m": Metric("months", "inventory x 3 / sales of 90 days.", "§2"),
    "months_of_supply_1m": Metric("months", "inventory / sales of 30 days.", "§2"),
    "absorption_rate_frac": Metric(
        "fraction", "Sales of 90 days / 3 / inventory: sold a month per listing.", "§2"
    ),
    "median_dom_days": Metric(
        "days",
        "Median days from on market to contract or off market, of the listings that left in the "
        "window; above 365 dropped.",
        "§2",
    ),
    "median_dom_episode_days": Metric(
        "days", "Same listings: median days in status Active, summed over spells.", "§2"
    ),
    "median_dom_auc_days": Metric(
        "days", "Same, Active Under Contract counted as still showing.", "§2"
    ),
    "median_cdom_days": Metric(
        "days",
        "Same as median_dom_episode_days, plus the earlier episodes of a relisted property.",
        "§2, §11",
    ),
    "age_of_inventory_days": Metric(
        "days", "Median days since on market of the inventory; 1 to 365 only.", "§2"
    ),
    "days_to_close": Metric(
        "days", "Median days from contract to closing of the valid sales.", "§2"
    ),
    "pct_off_market_14d_frac": Metric(
        "fraction", "Share of the new listings under contract within 14 days.", "§2"
    ),
    "pending_ratio_frac": Metric(
        "fraction", "Listings under contract at the end of the day / inventory.", "§2"
    ),
    "sale_to_last_list_median_frac": Metric(
        "fraction", "Median of close price / last list price; outside 0.5 to 1.5 dropped.", "§2"
    ),
    "sale_to_last_list_mean_frac": Metric("fraction", "Mean of the same ratios.", "§2"),
    "sale_to_original_list_median_frac": Metric(
        "fraction", "Median of close price / original list price; same bounds.", "§2"
    ),
    "sale_to_original_list_mean_frac": Metric("fraction", "Mean of the same ratios.", "§2"),
    "sold_above_last_frac": Metric(
        "fraction", "Share of sales above the last list price; same bounds.", "§2"
    ),
    "sold_above_original_frac": Metric(
        "fraction", "Share of sales above the original list price; same bounds.", "§2"
    ),
    "price_drop_share_frac": Metric(
        "fraction",
        "Share of active_listings with a price cut of 1 to 50 % in the window; corrections of "
        "the same day are none.",
        "§2",
    ),
    "price_drop_size_frac": Metric("fraction", "Median size of those cuts, 1 - new/old.", "§2"),
    "share_sold_with_drop_frac": Metric(
        "fraction", "Share of the valid sales with at least one such cut before.", "§2"
    ),
    "delistings": Metric(
        "count", "Listings canceled, withdrawn or expired in the window without a contract.", "§2"
    ),
    "cancellation_rate_frac": Metric(
        "fraction",
        "Contracts fallen through in the window / pending_sales; may exceed 1, since a failed "
        "contract may be older.",
        "§2",
    ),
    "rent_median_cents": Metric(
        "cents", "Median asking rent a month of the rental listings active in the window.", "§2"
    ),
    "rent_psf_cents": Metric(
        "cents", "Median asking rent a month per square foot of the same.", "§2"
    ),
    "rent_to_price_frac": Metric(
        "fraction",
        "Median of 12 x asking rent / median list price of the active listings with the same "
        "bedrooms and type.",
        "§2",
    ),
    "x_rent_estimate_median_cents": Metric(
        "cents", "Median of a vendor's monthly rent estimates of the active listings.", "ours"
    ),
    "x_rent_estimate_to_list_price_frac": Metric(
        "fraction",
        "Median of 12 x a vendor's rent estimate / list price of the same active listing.",
        "ours",
    ),
}
