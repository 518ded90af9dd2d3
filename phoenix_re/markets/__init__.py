"""Markets: one file a metro. What one is (`model.py`), how files are read (`reading.py`), and how
a new one is written from public tables (`new.py`). No Dagster and no network; how assets are called
is in `phoenix_re/keys.py`.
"""

from phoenix_re.markets.choosing import Choosing, FieldChoice
from phoenix_re.markets.model import (
    AtLeast,
    AtMost,
    County,
    Disclosure,
    Enrichment,
    IntRange,
    Kpis,
    Market,
    Range,
    Ranges,
    Schedule,
    Source,
    Threshold,
    YearBuiltRange,
)
from phoenix_re.markets.reading import (
    DEFAULTS_FILE,
    FOLDER_VARIABLE,
    MarketError,
    Problem,
    load_markets,
    market_of_zip,
    markets_folder,
    merged,
    read_markets,
)
from phoenix_re.markets.rules import RuleSetting
from phoenix_re.markets.values import Fips, LicenceClass

__all__ = [
    "DEFAULTS_FILE",
    "FOLDER_VARIABLE",
    "AtLeast",
    "AtMost",
    "Choosing",
    "County",
    "Disclosure",
    "Enrichment",
    "FieldChoice",
    "Fips",
    "IntRange",
    "Kpis",
    "LicenceClass",
    "Market",
    "MarketError",
    "Problem",
    "Range",
    "Ranges",
    "RuleSetting",
    "Schedule",
    "Source",
    "Threshold",
    "YearBuiltRange",
    "load_markets",
    "market_of_zip",
    "markets_folder",
    "merged",
    "read_markets",
]
