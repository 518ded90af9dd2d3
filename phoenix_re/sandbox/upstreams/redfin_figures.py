"""The figures that the stand-in of Redfin's Data Center shows of a ZIP's three months."""

from collections.abc import Mapping
from dataclasses import dataclass

from phoenix_re.sandbox.upstreams import object_store as store

HOUSING = (  # column of the new layout, figure
    ("HOMES SOLD", "homes_sold"),
    ("MEDIAN SALE PRICE NSA ($)", "median_sale_price"),
    ("MEDIAN DAYS ON MARKET (DAYS)", "median_dom"),
    ("AVERAGE SALE TO LIST RATIO (%)", "avg_sale_to_list"),
    ("SHARE SOLD ABOVE ORIGINAL LIST (%)", "sold_above_original_list"),
    ("NEW LISTINGS", "new_listings"),
    ("ACTIVE LISTINGS", "active_listings"),
    ("INVENTORY", "inventory"),
    ("PENDING SALES", "pending_sales"),
    ("MEDIAN NEW LISTING PRICE ($)", "median_new_listing_price"),
    ("MEDIAN NEW LISTING PRICE PER SQ.FT. ($)", "median_new_listing_ppsf"),
    ("MEDIAN SALE PRICE PER SQ.FT. ($)", "median_ppsf"),
    ("MONTHS OF SUPPLY", "months_of_supply"),
    ("PERCENT OFF MARKET IN TWO WEEKS (%)", "off_market_in_two_weeks"),
)
DROPS = (
    ("PRICE DROPS", "price_drop_count"),
    ("AVERAGE SIZE OF PRICE DROP (%)", "avg_price_drop"),
    ("PERCENT ACTIVE WITH PRICE DROPS (%)", "price_drops"),
    ("HOMES SOLD WITH PRICE DROPS", "sold_with_price_drops"),
)


@dataclass(frozen=True, slots=True)
class Figures:
    zip_code: str
    month: int
    values: Mapping[str, float | None]


def figures(seed: int, zip_code: str, month: int, release: int) -> Figures:
    """Of the three months that end with `month`, as known at the release in the month `release`.

    The newest count of sales is short of the late ones; small areas have blanks.
    """
    chance = store.chance(seed, "redfin", zip_code, month)
    size = store.chance(seed, "size", zip_code).randint(3, 140)
    sold = max(
        0,
        round(size * chance.uniform(0.8, 1.2))
        - (chance.randint(1, 3) if month == release - 1 else 0),
    )
    price = round(store.level(seed, zip_code, month) / 500) * 500
    drops = chance.uniform(0.12, 0.4)
    above = chance.uniform(0.05, 0.45)
    active = round(size * 2.2)
    values: dict[str, float | None] = {
        "homes_sold": sold,
        "median_sale_price": price,
        "median_list_price": price + 9_000,
        "median_new_listing_price": price + 4_000,
        "median_ppsf": round(price / 1650, 2),
        "median_list_ppsf": round(price / 1600, 2),
        "median_new_listing_ppsf": round(price / 1620, 2),
        "pending_sales": round(size * chance.uniform(0.8, 1.1)),
        "new_listings": round(size * chance.uniform(0.9, 1.4)),
        "active_listings": active,
        "inventory": round(active * 0.6),
        "months_of_supply": round(active * 0.6 * 3 / sold, 2) if sold else None,
        "median_dom": chance.randint(15, 80),
        "avg_sale_to_list": round(chance.uniform(0.95, 1.02), 4),
        "sold_above_list": round(above, 4),
        "sold_above_original_list": round(above * 0.8, 4),
        "price_drops": round(drops, 4),
        "price_drop_count": round(active * drops),
        "avg_price_drop": round(chance.uniform(0.02, 0.06), 4),
        "sold_with_price_drops": round(sold * drops),
        "off_market_in_two_weeks": round(chance.uniform(0.1, 0.5), 4),
    }
    if sold < 10:
        for name in ("median_ppsf", "off_market_in_two_weeks", "avg_price_drop"):
            values[name] = None
    return Figures(zip_code, month, values)
