"""Who hosts RESO feeds, as data: addresses, how a caller signs, page sizes, what each insists on.

A market file's `options.overrides` overrules any of it: much is known from documentation only.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, PositiveInt, model_validator

from phoenix_re.collect.source import Options

VendorName = Literal["spark", "bridge", "trestle", "mlsgrid"]


class Vendor(Options):
    """One host. `{dataset}` in paths is the market's."""

    base_url: str
    root: str  # path of the service document
    resource: str = "/Property"  # below the root: what is replicated
    auth: Literal["bearer", "oauth2", "query_token"] = "bearer"
    token_url: str = ""  # oauth2: a path at `base_url`, or a whole URL
    scope: str = "api"
    page_size: PositiveInt
    headers: Mapping[str, str] = Field(default_factory=dict)
    params: Mapping[str, str] = Field(default_factory=dict)  # of every search
    filters: tuple[str, ...] = ()  # what each filter must say besides; `{system}` is the market's
    first_filters: tuple[str, ...] = ()  # … when nothing is stored yet
    count: bool = True  # whether `$count=true` may be asked
    orderby: str = "ModificationTimestamp asc,ListingKey asc"  # empty: it may not be asked
    ordered: bool = True
    """Whether rows come in the order of their modification: then what was read stays read when a
    replication breaks off in the middle."""
    expand_media: bool = True  # whether `$expand=Media` may be asked
    events: bool = False  # whether it offers EntityEvent


VENDORS: Mapping[VendorName, Vendor] = {
    "spark": Vendor(
        base_url="https://replication.sparkapi.com",
        root="/Version/3/Reso/OData",
        token_url="https://sparkplatform.com/openid/token",  # noqa: S106 - an address
        page_size=1000,
        events=True,
    ),
    "bridge": Vendor(
        base_url="https://api.bridgedataoutput.com",
        root="/api/v2/OData/{dataset}",
        resource="/Property/replication",
        page_size=2000,
        count=False,
        orderby="",
        ordered=False,
        expand_media=False,
    ),
    "trestle": Vendor(
        base_url="https://api.cotality.com",
        root="/trestle/odata",
        auth="oauth2",
        token_url="/trestle/oidc/connect/token",  # noqa: S106 - an address
        page_size=1000,
        events=True,
    ),
    "mlsgrid": Vendor(
        base_url="https://api.mlsgrid.com",
        root="/v2",
        page_size=5000,
        headers={"Accept-Encoding": "gzip"},
        filters=("OriginatingSystemName eq '{system}'",),
        first_filters=("MlgCanView eq true",),
        count=False,
        orderby="",
        expand_media=True,
    ),
}
MLSGRID_MOST_WITH_MEDIA = 1000


class ResoOptions(Options):
    """`sources.reso_feed.options` of a market file."""

    vendor: VendorName = "spark"
    overrides: Mapping[str, Any] = Field(
        default_factory=dict, description="settings of the vendor that differ from ours"
    )
    dataset: str = Field(default="", description="Bridge: the MLS's dataset, such as armls")
    system: str = Field(default="", description="MLS Grid: OriginatingSystemName, such as actris")
    zip_filter: str = Field(
        default="PostalCode eq '{zip}'", description="how a ZIP is asked for, in OData"
    )
    filters: tuple[str, ...] = Field(
        default=(), description="more conditions of every search, such as PropertyType eq …"
    )
    since: datetime | None = Field(
        default=None, description="older changes are never asked for; with an offset or Z"
    )
    media: bool = Field(default=False, description="keep Media, not just how many there are")
    entity_events: bool = Field(
        default=False, description="ask the log of events which listings changed"
    )
    keys_per_call: PositiveInt = Field(default=40, description="changed listings asked at once")
    event_keys_at_most: PositiveInt = Field(
        default=400, description="more changes than these are replicated by time instead"
    )

    @model_validator(mode="after")
    def _named(self) -> "ResoOptions":
        if self.vendor == "bridge" and not self.dataset:
            raise ValueError("vendor bridge needs dataset: the MLS's name in Bridge's paths")
        if self.vendor == "mlsgrid" and not self.system:
            raise ValueError("vendor mlsgrid needs system: the OriginatingSystemName of the MLS")
        if self.since is not None and self.since.tzinfo is None:
            raise ValueError("since needs an offset, such as 2024-01-01T00:00:00Z")
        return self

    def chosen(self) -> Vendor:
        """The vendor with the market's own settings laid over ours."""
        vendor = {**VENDORS[self.vendor].model_dump(), **self.overrides}
        if self.media and self.vendor == "mlsgrid":
            vendor["page_size"] = min(vendor["page_size"], MLSGRID_MOST_WITH_MEDIA)
        return Vendor.model_validate(vendor)
