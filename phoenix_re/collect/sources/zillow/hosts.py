"""What differs between the resellers, as data: names of hosts, paths, parameters, keys of replies.

All of it is SEEN or INFERRED in the upstream's document and can be overridden in a market file
(`sources.zillow.options.hosts`), since these services move often.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from phoenix_re.collect.formats.form import Format
from phoenix_re.collect.source import Options
from phoenix_re.collect.sources.zillow.reading import (
    ZILLOW56,
    ZILLOW_COM1,
    ZILLOW_ZLLW,
    flattened,
    without_open_house,
)

BASE_URL = "https://zillow56.p.rapidapi.com"
Offer = Literal["sale", "rent", "sold"]
HostName = Literal["zillow56", "com1", "zllw"]


class Host(BaseModel):
    """A reseller's search call. `bands`: how a price range is asked for, by offer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str
    path: str
    location: str = "location"
    page: str = "page"
    status: str
    offers: Mapping[Offer, str]
    newest: Mapping[str, str]  # parameters that put the newest listing first
    bands: Mapping[Offer, Mapping[str, str]]  # parameter → text with {low} and {high}
    most_pages: int = Field(ge=1)
    page_size: int = Field(ge=1)

    @property
    def reach(self) -> int:
        """Most listings that one query gives, page by page."""
        return self.most_pages * self.page_size


_PRICE = {"price_min": "{low}", "price_max": "{high}"}
_MIN_MAX = {"minPrice": "{low}", "maxPrice": "{high}"}
_RENT_MIN_MAX = {"rentMinPrice": "{low}", "rentMaxPrice": "{high}"}
_RANGE = {"listPriceRange": "min:{low}, max:{high}"}

HOSTS: Mapping[HostName, Host] = {
    "zillow56": Host(
        address="zillow56.p.rapidapi.com",
        path="/search",
        status="status",
        offers={"sale": "forSale", "rent": "forRent", "sold": "recentlySold"},
        newest={"sortSelection": "days"},  # INFERRED: Zillow's own word for it
        bands={"sale": _PRICE, "rent": _PRICE, "sold": _PRICE},
        most_pages=20,
        page_size=41,
    ),
    "com1": Host(
        address="zillow-com1.p.rapidapi.com",
        path="/propertyExtendedSearch",
        status="status_type",
        offers={"sale": "ForSale", "rent": "ForRent", "sold": "RecentlySold"},
        newest={"sort": "Newest"},
        bands={"sale": _MIN_MAX, "rent": _RENT_MIN_MAX, "sold": _MIN_MAX},
        most_pages=20,
        page_size=41,
    ),
    "zllw": Host(
        address="zllw-working-api.p.rapidapi.com",
        path="/search/byaddress",
        status="listingStatus",
        offers={"sale": "For_Sale", "rent": "For_Rent", "sold": "Sold"},
        newest={"sortOrder": "Newest"},
        bands={"sale": _RANGE, "rent": _RANGE, "sold": _RANGE},
        most_pages=5,
        page_size=200,
    ),
}


class ZillowOptions(Options):
    """Which reseller is asked, for what, and how often all of it."""

    host: HostName = "zillow56"
    hosts: Mapping[HostName, Host] = HOSTS
    offers: tuple[Offer, ...] = ("sale",)
    sweep_days: int = Field(default=14, ge=1)
    """All pages are read so often; in between only the newest listings, until a page of known
    ones. Price changes of older listings are thus seen every `sweep_days`."""
    highest_price: Mapping[Offer, int] = {"sale": 20_000_000, "rent": 50_000, "sold": 20_000_000}
    smallest_band: float = Field(default=1.05, gt=1)  # a band of high/low below it is not split


class _Reply(BaseModel):
    model_config = ConfigDict(extra="allow")


class _Reply56(_Reply):
    results: list[dict[str, Any]] | None
    totalResultCount: int = 0  # noqa: N815 - the reply's own names, here and below
    totalPages: int = 1  # noqa: N815


class _ReplyCom1(_Reply):
    props: list[dict[str, Any]] | None
    totalResultCount: int = 0  # noqa: N815
    totalPages: int = 1  # noqa: N815


class _Counts(_Reply):
    totalMatchingCount: int  # noqa: N815


class _Pages(_Reply):
    totalPages: int = 1  # noqa: N815


class _ReplyZllw(_Reply):
    searchResults: list[dict[str, Any]] | None  # noqa: N815
    resultsCount: _Counts  # noqa: N815
    pagesInfo: _Pages = _Pages()  # noqa: N815


@dataclass(frozen=True, slots=True)
class Page:
    """Payloads of homes, the number of hits and of pages that the reply states, and how many rows
    were whole buildings without a price."""

    payloads: list[dict[str, Any]]
    total: int
    pages: int
    buildings: int = 0


@dataclass(frozen=True, slots=True)
class Adapter:
    """How a reseller's reply is read: its contract, its rows, the format of one payload."""

    format: Format
    contract: type[BaseModel]
    rows: Callable[[Any], Page]
    needs: tuple[str, ...]  # keys that some row of a page must have
    zip_key: str


def _is_building(row: Mapping[str, Any]) -> bool:
    """A rental building: several homes, no price of its own."""
    priced = row.get("price") is not None or row.get("price/value") is not None
    return not priced and any(key in row for key in ("units", "matchingHomeCount", "groupType"))


def _page(payloads: list[dict[str, Any]], total: int, pages: int) -> Page:
    homes = [payload for payload in payloads if not _is_building(payload)]
    return Page(homes, total, pages, len(payloads) - len(homes))


def _rows_56(reply: _Reply56) -> Page:
    payloads = [without_open_house(row, "listing_sub_type") for row in reply.results or []]
    return _page(payloads, reply.totalResultCount, reply.totalPages)


def _rows_com1(reply: _ReplyCom1) -> Page:
    payloads = [without_open_house(row, "listingSubType") for row in reply.props or []]
    return _page(payloads, reply.totalResultCount, reply.totalPages)


def _flat(home: dict[str, Any]) -> dict[str, Any]:
    listing = home.get("listing")
    if isinstance(listing, dict):
        home = {**home, "listing": without_open_house(listing, "listingSubType")}
    return flattened(home)


def _rows_zllw(reply: _ReplyZllw) -> Page:
    """Everything of a row sits under `property`; `resultType` beside it or in it."""
    payloads = []
    for row in reply.searchResults or []:
        inside = row.get("property")
        payload = _flat(inside if isinstance(inside, dict) else row)
        if "resultType" in row:
            payload["resultType"] = row["resultType"]
        payloads.append(payload)
    return _page(payloads, reply.resultsCount.totalMatchingCount, reply.pagesInfo.totalPages)


FEW_ROWS = 5  # on fewer rows, that a key is nowhere says nothing
_OF_A_HOME = ("bedrooms", "bathrooms", "livingArea")  # a lot has none
_NEEDS = ("zpid", "price", *_OF_A_HOME)

ADAPTERS: Mapping[HostName, Adapter] = {
    "zillow56": Adapter(
        *(ZILLOW56, _Reply56, _rows_56, (*_NEEDS, "homeType", "homeStatus", "streetAddress")),
        zip_key="zipcode",
    ),
    "com1": Adapter(
        *(ZILLOW_COM1, _ReplyCom1, _rows_com1),
        needs=(*_NEEDS, "propertyType", "listingStatus", "address"),
        zip_key="address",
    ),
    "zllw": Adapter(
        *(ZILLOW_ZLLW, _ReplyZllw, _rows_zllw),
        needs=("zpid", "price/value", *_OF_A_HOME, "propertyType"),
        zip_key="address/zipcode",
    ),
}


def missing_keys(adapter: Adapter, payloads: Sequence[Mapping[str, Any]]) -> list[str]:
    """Keys that some row of a page must have and none of several has: these were renamed."""
    kinds = [row.get("homeType") or row.get("propertyType") for row in payloads]
    homes = [row for row, kind in zip(payloads, kinds, strict=True) if not _is_lot(kind)]
    missing = []
    for key in adapter.needs:
        rows = homes if key in _OF_A_HOME else payloads
        if len(rows) >= FEW_ROWS and not any(key in row for row in rows):
            missing.append(key)
    return missing


def _is_lot(kind: object) -> bool:
    """`LOT`, `lotsLand`, `Vacant Land`."""
    return isinstance(kind, str) and any(word in kind.casefold() for word in ("lot", "land"))


def single(reply: object, host: HostName) -> dict[str, Any] | None:
    """The payload where the reply is the one home that matched, in place of a list of one."""
    if not isinstance(reply, dict) or "zpid" not in reply:
        return None
    if host == "zllw":
        return _flat(reply)
    return without_open_house(reply, "listing_sub_type" if host == "zillow56" else "listingSubType")
