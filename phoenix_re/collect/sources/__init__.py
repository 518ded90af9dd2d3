"""The upstreams, one module each. A new one is added to `SOURCES` and described in
`docs/how-to/add-a-source.md`; its formats are then known everywhere."""

import importlib
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phoenix_re.collect.source import SourceSpec

SOURCES = (
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
def specs() -> dict[str, "SourceSpec"]:
    """name → spec, of every source there is."""
    found = (importlib.import_module(f"{__name__}.{module}").SPEC for module in SOURCES)
    return {spec.name: spec for spec in found}


@lru_cache(maxsize=1)
def parcel_formats() -> frozenset[str]:
    """Names of the formats whose records are parcels: homes, not listings of homes."""
    only_parcels = (spec for spec in specs().values() if spec.provides == {"parcels"})
    return frozenset(form.name for spec in only_parcels for form in spec.formats)
