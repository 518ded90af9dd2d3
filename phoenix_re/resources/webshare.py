"""The proxy service as a Dagster resource: its lists of proxies, and the pool over them.

Without a key there is no pool, and sources whose market file asks for a proxy say so.
"""

import os
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
        from phoenix_re.collect.webshare import BASE_URL, Webshare, reading

        free, premium, url = self._plans()
        base_url = url or BASE_URL
        clock = SystemClock()
        client = httpx.Client(timeout=30)
        plans = []
        if free:
            plans.append(Webshare(client, free, clock, base_url=base_url))
        if premium:
            plans.append(
                Webshare(client, premium, clock, tier="premium", mode="backbone", base_url=base_url)
            )
        return ProxyPool(store, clock, reading(*plans)) if plans else None

    def _plans(self) -> tuple[str | None, str | None, str | None]:
        """Key of the free plan, of the premium plan, address of the API."""
        sandbox = sandbox_in_use()
        if sandbox is not None:
            key = sandbox.credentials.get(SERVICE, {}).get("key")
            return key, None, sandbox.bases.get(SERVICE)
        url = self.base_url or os.environ.get(URL_VARIABLE)
        return os.environ.get(FREE_KEY), os.environ.get(PREMIUM_KEY), url
