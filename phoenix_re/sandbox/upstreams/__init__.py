"""Stand-ins of the upstreams, one module each: documented shapes, limits, errors and oddities."""

import importlib
from types import ModuleType

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
    """name → stand-in, of every upstream that the sandbox serves. `ModuleNotFoundError` names the
    module that is missing."""
    found = [_module(name).UPSTREAM for name in _MODULES]
    return {upstream.name: upstream for upstream in found}


def _module(name: str) -> ModuleType:
    full_name = f"{__name__}.{name}"
    try:
        return importlib.import_module(full_name)
    except ModuleNotFoundError as problem:
        if problem.name != full_name:
            raise
        raise ModuleNotFoundError(
            f"the stand-in {name!r} is listed in {__name__} but there is no module {full_name}",
            name=full_name,
        ) from problem
