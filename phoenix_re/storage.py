"""The collections: their names, what a document is, and the indexes that serve every query.

A query that no index serves reads its whole collection, so each index starts with the equality
that the readers use; `phoenix_re_tests/integration/test_indexes.py` walks the `explain` of each.
"""

RAW_LISTINGS = "raw_listings"  # a listing of a source, with all its versions
LISTING_EVENTS = "listing_events"  # a real change of a listing, append-only
ENRICHMENTS = "enrichments"  # facts found in a listing's remarks
PROPERTIES = "properties"  # one real property
QUARANTINE = "quarantine"  # a row or listing that broke a rule
MARKET_TRENDS = "market_trends"  # the cells of a ZIP as of a day
PARTITIONS = "partitions"  # the newest outcome of a stage for a ZIP: counts, KPIs, held back or not
COUNTERS = "counters"  # the running number of listing_events

_ZIP = ["market", "zip"]

INDEXES: dict[str, list[list[str]]] = {
    RAW_LISTINGS: [_ZIP],
    LISTING_EVENTS: [_ZIP],
    ENRICHMENTS: [_ZIP],
    PROPERTIES: [_ZIP],
    QUARANTINE: [[*_ZIP, "stage"]],
    MARKET_TRENDS: [_ZIP],
    PARTITIONS: [["market", "stage"]],
}
