"""Markets for tests of limits and money: as small as a market can be."""

from decimal import Decimal
from typing import Any

from phoenix_re.markets import Disclosure, Market, Source


def market_with(code: str = "phx", budget: Any = Decimal(10), **sources: dict[str, Any]) -> Market:
    """A market whose sources (enabled, terms accepted) have these settings."""
    usual = {"enabled": True, "licence_class": "vendor_api", "terms_accepted": True}
    return Market.model_validate(
        {
            "code": code,
            "name": code,
            "state": "AZ",
            "timezone": "America/Phoenix",
            "counties": ({"name": "Maricopa", "fips": "04013"},),
            "owners": ("team:data",),
            "budget_usd_monthly": budget,
            "disclosure": Disclosure(sale_prices_disclosed=True),
            "sources": {
                name: Source.model_validate(usual | settings)
                for name, settings in (sources or {"zillow": {}}).items()
            },
            "zips": ("85031",),
        }
    )
