"""The upstreams as Dagster resources: one per source, named like it.

Each says where its upstream is asked and reads its credentials from the environment when it is
first used, never at import. How an upstream is asked is in `phoenix_re/collect/`.
"""

import os
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

from phoenix_re.resources.sandbox import sandbox_in_use

if TYPE_CHECKING:
    from phoenix_re.collect.asking import Access


class SourceResource(dg.ConfigurableResource):
    """One upstream: `access()` is what `collect/` needs of it."""

    source: str = Field(description="Name of the source, a module of phoenix_re/collect/sources.")
    base_url: str | None = Field(
        default=None,
        description="Where it is asked; empty: PHOENIX_RE_URL_<SOURCE>, else the market file's "
        "base_url, else the upstream's own.",
    )

    def access(
        self, of_market: str | None = None, timeout_seconds: float | None = None
    ) -> "Access":
        """`of_market`: the market file's `base_url`; `timeout_seconds`: of a call, else the usual.
        Credentials that are not set are left out."""
        from phoenix_re.collect.asking import Access, bounded
        from phoenix_re.collect.sources import specs

        sandbox = sandbox_in_use()
        if sandbox is not None:
            return sandbox.access(self.source, timeout_seconds)
        spec = specs()[self.source]
        asked = self.base_url or os.environ.get(f"PHOENIX_RE_URL_{self.source.upper()}")
        found = {name: os.environ.get(variable, "") for name, variable in spec.credentials.items()}
        credentials = {name: value for name, value in found.items() if value}
        base_url = asked or of_market or spec.base_url
        return Access(base_url, credentials, bounded(timeout_seconds))
