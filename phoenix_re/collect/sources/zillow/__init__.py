"""Zillow's listings as resellers on RapidAPI hand them on: three hosts, one interface.

`hosts.py` holds what differs between them as data, `reading.py` their formats, `collecting.py`
which calls are worth their place in a small monthly quota. The resellers change name and shape
often, and their right to the data is unclear: an operator must opt in.
"""

from phoenix_re.collect.source import SourceSpec
from phoenix_re.collect.sources.zillow.collecting import collect, judge
from phoenix_re.collect.sources.zillow.hosts import BASE_URL, ZillowOptions
from phoenix_re.collect.sources.zillow.reading import ZILLOW56, ZILLOW_COM1, ZILLOW_ZLLW

__all__ = ["SPEC", "ZillowOptions"]

SPEC = SourceSpec(
    name="zillow",
    title="Zillow through RapidAPI",
    light="amber",
    provides=frozenset({"sale_listings", "rental_listings"}),
    base_url=BASE_URL,
    formats=(ZILLOW56, ZILLOW_COM1, ZILLOW_ZLLW),
    collect=collect,
    judge=judge,
    options=ZillowOptions,
    credentials={"key": "RAPIDAPI_KEY"},
    required_credentials=frozenset({"key"}),
    cache_hours={"search": 6.0, "recheck": 0.0},
    private=frozenset(
        {
            *("agentName", "agentEmail", "agentPhoneNumber", "agentLicenseNumber", "brokerName"),
            *("brokerPhoneNumber", "coAgentName", "coAgentNumber", "buyerAgentName"),
            *("attributionInfo", "contact_recipients", "listed_by", "listing_agent"),
            *("brokerPhone", "agentPhone", "listingAgents", "contactPhone", "buildingPhone"),
        }
    ),
)
