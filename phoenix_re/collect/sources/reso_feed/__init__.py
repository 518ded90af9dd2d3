"""MLS listings through a RESO Web API: Spark, Bridge, Trestle, MLS Grid. Always under a licence.

Hosts are data (`vendors.py`); `feed.py` asks, `replicating.py` says for what, `meaning.py` reads
errors, `format.py` reads rows and drops what the licence forbids to keep.
"""

from phoenix_re.collect.source import SourceSpec
from phoenix_re.collect.sources.reso_feed.format import FORMAT, PRIVATE, withdraws
from phoenix_re.collect.sources.reso_feed.meaning import judge
from phoenix_re.collect.sources.reso_feed.replicating import collect
from phoenix_re.collect.sources.reso_feed.vendors import VENDORS, ResoOptions

SPEC = SourceSpec(
    name="reso_feed",
    title="RESO Web API",
    light="green",
    provides=frozenset({"sale_listings"}),
    base_url=VENDORS["spark"].base_url,
    formats=(FORMAT,),
    collect=collect,
    withdraws=withdraws,
    judge=judge,
    options=ResoOptions,
    credentials={
        "token": "RESO_ACCESS_TOKEN",
        "client_id": "RESO_CLIENT_ID",
        "client_secret": "RESO_CLIENT_SECRET",
    },
    cache_hours={"events": 1},
    private=PRIVATE,
)
