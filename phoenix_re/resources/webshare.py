"""The proxy service as a Dagster resource: its lists of proxies, and the pool over them.

Without a key there is no pool, and sources whose market file asks for a proxy say so.
"""

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

from phoenix_re.resources.sandbox import sandbox_in_use

if TYPE_CHECKING:
    from phoenix_re.collect.proxies import ProxyPool
    from phoenix_re.mongo import MongoStore

FREE_KEY = "WEBSHARE_API_KEY"  # a plan of proxies that cost nothing by the gigabyte
PREMIUM_KEY = "WEBSHARE_PREMIUM_API_KEY"  # a residential plan, paid by the gigabyte
URL_VARIABLE = "PHOENIX_RE_URL_WEBSHARE"
SERVICE = "webshare"


@dataclass(frozen=True, slots=True)
class _Plans:
    """The keys of both plans; where API and premium proxies are, if not at Webshare."""

    free: str | None = field(repr=False)
    premium: str | None = field(repr=False)
    base_url: str | None
    backbone_host: str | None


class WebshareResource(dg.ConfigurableResource):
    """Webshare: `pool(store)` leases proxies to the sources that may use them."""

    base_url: str | None = Field(
        default=None, description=f"Where its API is asked; empty: {URL_VARIABLE}, else its own."
    )

    def pool(self, store: "MongoStore") -> "ProxyPool | None":
        """None where no key is set."""
        import httpx

        from phoenix_re.collect.clock import SystemClock
        from phoenix_re.collect.proxies import ProxyPool
        from phoenix_re.collect.webshare import BACKBONE_HOST, BASE_URL, Webshare, reading

        client, clock, plans = httpx.Client(timeout=30), SystemClock(), self._plans()
        base_url = plans.base_url or BASE_URL
        lists = []
        if plans.free:
            lists.append(Webshare(client, plans.free, clock, base_url=base_url))
        if plans.premium:
            lists.append(
                Webshare(
                    client,
                    plans.premium,
                    clock,
                    tier="premium",
                    mode="backbone",
                    base_url=base_url,
                    backbone_host=plans.backbone_host or BACKBONE_HOST,
                )
            )
        return ProxyPool(store, clock, reading(*lists)) if lists else None

    def _plans(self) -> _Plans:
        sandbox = sandbox_in_use()
        if sandbox is not None:
            key = sandbox.credentials.get(SERVICE, {}).get("key")
            return _Plans(key, key, sandbox.bases.get(SERVICE), "127.0.0.1")
        url = self.base_url or os.environ.get(URL_VARIABLE)
        return _Plans(os.environ.get(FREE_KEY), os.environ.get(PREMIUM_KEY), url, None)
