"""Phoenix MLS Search: ARMLS listings as FlexMLS' IDX pages show them to the public.

Search pages give 25 listings a call, newest change first; a detail page is read only for a listing
that is new or changed. `pages.py` knows the markup, `reading.py` the format, `site.py` how a page
is asked for, `collecting.py` which. Display only (`mls_idx`); needs the consent of the site and of
ARMLS. It never passes for a browser: where the site's firewall turns programs away, it is refused.
Its pages name agents, so the HTTP cache keeps none of them (only JSON can be kept without people);
what need not be read again is known by digests.
"""

from phoenix_re.collect.source import SourceSpec
from phoenix_re.collect.sources.phoenix_mls.collecting import collect
from phoenix_re.collect.sources.phoenix_mls.reading import PHOENIX_MLS, PRIVATE_LABELS
from phoenix_re.collect.sources.phoenix_mls.site import PhoenixMlsOptions, judge

__all__ = ["SPEC", "PhoenixMlsOptions"]

SPEC = SourceSpec(
    name="phoenix_mls",
    title="Phoenix MLS Search",
    light="amber",
    provides=frozenset({"sale_listings"}),
    base_url="https://phoenixmlssearch.com",
    formats=(PHOENIX_MLS,),
    collect=collect,
    judge=judge,
    options=PhoenixMlsOptions,
    private=PRIVATE_LABELS,
    robots=True,
    pages=True,
)
