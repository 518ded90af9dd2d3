"""The collections: their names, what a document is, and the indexes that serve every query.

A query that no index serves reads its whole collection, so each index starts with the equality
that the readers use; `phoenix_re_tests/integration/test_indexes.py` walks the `explain` of each.
"""

RAW_LISTINGS = "raw_listings"  # a listing of a source, with all its versions
LISTING_EVENTS = "listing_events"  # a real change of a listing, append-only
ENRICHMENTS = "enrichments"  # facts found in a listing's remarks
PROPERTIES = "properties"  # one real property
QUARANTINE = "quarantine"  # a row or listing that broke a rule
OVERRIDES = "overrides"  # a rule that an operator overruled for one version of a listing
MARKET_TRENDS = "market_trends"  # the cells of a ZIP as of a day
PARTITIONS = "partitions"  # the newest outcome of a stage for a ZIP: counts, KPIs, held back or not
COUNTERS = "counters"  # the running number of listing_events
SERIES = "series"  # numbers of a ZIP that others publish, by period and date of release
POSTS = "posts"  # public posts that may speak of homes
CURSORS = "cursors"  # how far a source has been read, per market and ZIP
RATE_LIMITS = "rate_limits"  # when a source may be asked next, per key
SPENDING = "spending"  # dollars and calls of a month, per cap
HTTP_CACHE = "http_cache"  # replies that need not be asked for again yet
PROXIES = "proxies"  # proxies with their health, and who uses which
FINGERPRINTS = "fingerprints"  # what a source's payloads usually look like
DRIFT = "drift"  # payloads that broke their source's contract, kept as received
SOURCE_RUNS = "source_runs"  # what asking a source in a run came to: calls, bytes, cost …
DISAGREEMENTS = "disagreements"  # fields of one home in which two sources differ
MATCH_REVIEWS = "match_reviews"  # pairs of listings that may be one home: a person should look
MATCH_DECISIONS = "match_decisions"  # what a person decided: one home, or not
PROPERTY_CHANGES = "property_changes"  # the log: listings joined, properties merged and split
ANSWERS = "answers"  # what a model said of a text, under one prompt and one model's weights
QUESTIONS_OPEN = "questions_open"  # who is asking a model about a text at this moment
BATCH_PLANS = "batch_plans"  # how much a server of models is given at once, and why
MODEL_DAYS = "model_days"  # calls, seconds and dollars of a market's model in a UTC day
QUALITY_METRICS = "quality_metrics"  # counts of what a source said of a ZIP's homes, per day
VALUE_SHAPES = "value_shapes"  # how a source's values lay in a ZIP on a day: what drift is told by
AUDITS = "audits"  # served values that a person checked, or is to check, against the authority
CHECK_POWER = "check_power"  # faults put into copies of a market's data, and which were found

_ZIP = ["market", "zip"]

INDEXES: dict[str, list[list[str]]] = {
    RAW_LISTINGS: [[*_ZIP, "source"]],
    LISTING_EVENTS: [_ZIP],
    ENRICHMENTS: [_ZIP],
    PROPERTIES: [_ZIP],
    QUARANTINE: [[*_ZIP, "stage"]],
    OVERRIDES: [_ZIP],
    MARKET_TRENDS: [_ZIP],
    PARTITIONS: [["market", "stage"]],
    SERIES: [_ZIP],
    POSTS: [["market"]],
    DRIFT: [["source", "market"]],
    SOURCE_RUNS: [["market", "source"]],
    DISAGREEMENTS: [_ZIP],
    HTTP_CACHE: [["expires_at"]],
    PROXIES: [["tier"]],
    MATCH_REVIEWS: [_ZIP],
    MATCH_DECISIONS: [_ZIP],
    PROPERTY_CHANGES: [_ZIP],
    ANSWERS: [["text_hash"]],
    QUALITY_METRICS: [[*_ZIP, "day"], ["market", "source", "day"]],
    VALUE_SHAPES: [_ZIP],
    AUDITS: [_ZIP],
    CHECK_POWER: [["market", "day"]],
}
