"""Markets, payloads and stored listings that the tests of this folder share; all made up.

A payload here is a mapping of `ListingRecord` fields, and `read` turns it into the record, so that
what is tested is validation and not the reading of one source's columns.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.markets import County, Disclosure, Market, Range, Ranges, Source

ZIP = "85031"
START = datetime(2025, 11, 3, 16, tzinfo=UTC)  # a Monday, 9 o'clock in Phoenix
DATA = Path(__file__).parents[3] / "shared" / "data"


def a_market(state: str = "AZ", *, disclosed: bool = True, **more: Any) -> Market:
    values: dict[str, Any] = {
        "code": "phx",
        "name": "Phoenix",
        "state": state,
        "timezone": "America/Phoenix",
        "counties": (County(name="Maricopa", fips="04013"),),
        "owners": ("team:operations",),
        "budget_usd_monthly": 25,
        "disclosure": Disclosure(sale_prices_disclosed=disclosed),
        "sources": {"files": Source(licence_class="operator_files")},
        "validation": Ranges(
            latitude=Range(min=32.5, max=34.1), longitude=Range(min=-113.4, max=-111.0)
        ),
        "zips": (ZIP,),
    }
    return Market(**(values | more))


def a_record(**stated: Any) -> ListingRecord:
    """A listing that breaks no rule, but for what is stated otherwise."""
    usual: dict[str, Any] = {
        "source": "feed",
        "source_key": "K1",
        "postal_code": ZIP,
        "list_price_cents": 31_500_000,
        "standard_status": "Active",
    }
    return ListingRecord(**(usual | stated))


def read(source: str, payload: Mapping[str, Any]) -> ListingRecord:
    if "torn" in payload:
        raise ValueError("the payload is torn")
    return ListingRecord(source=source, **payload)


def version(day: int, **stated: Any) -> dict[str, Any]:
    """A version first seen `day` days after START and last seen an hour later."""
    seen = START + timedelta(days=day)
    payload = {"list_price_cents": 31_500_000, "standard_status": "Active"} | stated
    return {
        "content_hash": f"{hash_of(payload)}",
        "payload": payload,
        "observed_at": seen,
        "last_observed_at": seen + timedelta(hours=1),
        "source_modified_at": None,
        "url": None,
        "licence_class": "mls_licensed",
        "published_at": seen + timedelta(minutes=5),
    }


def hash_of(payload: Mapping[str, Any]) -> str:
    return ";".join(f"{name}={payload[name]}" for name in sorted(payload))


def stored(key: str, *versions: dict[str, Any], source: str = "feed") -> dict[str, Any]:
    """A document of `raw_listings`, with the source's key written into each payload."""
    for each in versions:
        each["payload"].setdefault("source_key", key)
    return {
        "_id": f"{source}|{key}",
        "market": "phx",
        "zip": ZIP,
        "source": source,
        "source_key": key,
        "versions": list(versions),
    }
