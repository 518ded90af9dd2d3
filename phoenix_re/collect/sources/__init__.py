"""The upstreams, one module each. A new one is added to `_MODULES` and described in
`docs/how-to/add-a-source.md`; its formats are then known everywhere."""

import importlib
from functools import lru_cache

from phoenix_re.collect.source import SourceSpec

_MODULES = (
    "maricopa_assessor",
    "county_open_data",
    "phoenix_mls",
    "zillow",
    "rentals",
    "reso_feed",
    "instagram",
    "facebook_marketplace",
    "redfin_files",
    "zillow_research",
)


@lru_cache(maxsize=1)
def specs() -> dict[str, SourceSpec]:
    """name → spec, of every source there is."""
    found = (importlib.import_module(f"{__name__}.{module}").SPEC for module in _MODULES)
    return {spec.name: spec for spec in found}
