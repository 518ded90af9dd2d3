"""The code location that workspace.yaml and pyproject.toml name. What is in it: `build.py`."""

import dagster as dg

from phoenix_re.build import build_defs


@dg.definitions
def defs() -> dg.Definitions:
    return build_defs()
