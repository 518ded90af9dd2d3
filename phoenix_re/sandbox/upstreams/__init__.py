"""Stand-ins of the upstreams, one module each: documented shapes, limits, errors and oddities."""

import importlib

from phoenix_re.sandbox.scene import Upstream

_MODULES = (
    "maricopa_assessor",
    "county_open_data",
    "phoenix_mls",
    "zillow",
    "rentals",
    "reso_feed",
    "instagram",
    "redfin_files",
    "zillow_research",
    "webshare",
)


def upstreams() -> dict[str, Upstream]:
    """name → stand-in, of every upstream that the sandbox serves."""
    found = (importlib.import_module(f"{__name__}.{module}").UPSTREAM for module in _MODULES)
    return {upstream.name: upstream for upstream in found}
