"""RapidAPI's gateway with three resellers of Zillow's listings behind it, on one port.

Which of them is meant is told by `X-RapidAPI-Host`, as the gateway tells them apart. Keys, quotas
and sentences of the gateway are here; what a row looks like is in `rows.py`.
"""

import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from phoenix_re.sandbox.scene import Limit, Scene, Upstream
from phoenix_re.sandbox.upstreams.zillow import rows
from phoenix_re.sandbox.world import Listing

NAME = "zillow"
KEY = "sandbox-rapidapi-key"
MONTHLY_QUOTA = 500
_NO_KEY = "Invalid API key. Go to https://docs.rapidapi.com/docs/keys for more info."
SOLD_DAYS = 365  # how far back "recently sold" goes

FAULTS = {
    "monthly_quota": f"a number: calls a month that the plan allows (default: {MONTHLY_QUOTA})",
    "not_subscribed": "true: the key's account is not subscribed",
    "endpoint_gone": "true: the search endpoint does not exist any more",
    "api_gone": "true: the whole API does not exist any more",
    "field_rename": '"livingArea" is called "homeArea"',
    "unit_change": "true: living areas are square metres, without saying so",
    "wrong_totals": "a number: so many more hits are announced than there are",
    "moving_items": "true: between any two calls one listing moves to the front",
    "page_size": "a number: rows a page, in place of the host's own",
    "single_match": "true: a search answers with one home's object in place of a list",
}


@dataclass(frozen=True)
class Reseller:
    """A host: its search path, the words of its parameters, its pages, its reply."""

    path: str
    status: str
    offers: dict[str, str]  # its word → sale, rent, sold
    low: tuple[str, ...]
    high: tuple[str, ...]
    page_size: int
    most_pages: int
    row: Callable[[Listing, Scene, bool], dict[str, Any]]
    reply: Callable[[list[dict[str, Any]], "Hits"], dict[str, Any]]
    status_required: bool = False
    bare_single: bool = False  # one hit: the home's object in place of a list


@dataclass(frozen=True)
class Hits:
    total: int
    page: int
    pages: int
    page_size: int


def _reply_56(found: list[dict[str, Any]], hits: Hits) -> dict[str, Any]:
    return {
        "results": found,
        "resultsPerPage": hits.page_size,
        "totalPages": hits.pages,
        "totalResultCount": hits.total,
    }


def _reply_com1(found: list[dict[str, Any]], hits: Hits) -> dict[str, Any]:
    reply = _reply_56(found, hits)
    return {"props": reply.pop("results"), **reply, "currentPage": hits.page}


def _reply_zllw(found: list[dict[str, Any]], hits: Hits) -> dict[str, Any]:
    counts = {"totalMatchingCount": hits.total, "ungroupedResultCount": 0}
    return {
        "message": "200",
        "source": "sandbox",
        "resultsCount": counts | {"scrapeable_count": min(hits.total, 1000)},
        "pagesInfo": {
            "totalPages": hits.pages,
            "currentPage": hits.page,
            "resultsPerPage": hits.page_size,
        },
        "searchResults": found,
    }


RESELLERS = {
    "zillow56.p.rapidapi.com": Reseller(
        path="/search",
        status="status",
        offers={"forSale": "sale", "forRent": "rent", "recentlySold": "sold"},
        low=("price_min",),
        high=("price_max",),
        page_size=41,
        most_pages=20,
        row=rows.zillow56,
        reply=_reply_56,
    ),
    "zillow-com1.p.rapidapi.com": Reseller(
        path="/propertyExtendedSearch",
        status="status_type",
        offers={"ForSale": "sale", "ForRent": "rent", "RecentlySold": "sold"},
        low=("minPrice", "rentMinPrice"),
        high=("maxPrice", "rentMaxPrice"),
        page_size=41,
        most_pages=20,
        row=rows.com1,
        reply=_reply_com1,
        bare_single=True,
    ),
    "zllw-working-api.p.rapidapi.com": Reseller(
        path="/search/byaddress",
        status="listingStatus",
        offers={"For_Sale": "sale", "For_Rent": "rent", "Sold": "sold"},
        low=(),
        high=(),
        page_size=200,
        most_pages=5,
        row=rows.zllw,
        reply=_reply_zllw,
        status_required=True,
    ),
}


def routes(scene: Scene) -> list[BaseRoute]:
    return [Route("/{path:path}", _Gateway(scene).answer)]


class _Gateway:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._calls: Counter[tuple[str, str, str]] = Counter()  # (key, host, month) → calls
        self._searches = 0
        self._lock = threading.Lock()  # the server answers in threads

    def answer(self, request: Request) -> Response:
        key, host = _key(request), request.headers.get("x-rapidapi-host", "").lower()
        if not key:
            return _said(401, _NO_KEY)
        if key != self._valid_key() or self._fault("not_subscribed"):
            return _said(403, "You are not subscribed to this API.")
        reseller = RESELLERS.get(host)
        if reseller is None or self._fault("api_gone"):
            return _said(404, "API doesn't exists")
        counted, spent = self._count(key, host)
        if spent:
            owner = host.partition(".")[0]
            text = (
                "You have exceeded the MONTHLY quota for Requests on your current plan, BASIC. "
                f"Upgrade your plan at https://rapidapi.com/sandbox/api/{owner}"
            )
            return _said(429, text, counted)
        path = f"/{request.path_params['path']}"
        if path != reseller.path or self._fault("endpoint_gone"):
            return _said(404, f"Endpoint '{path}' does not exist", counted)
        if reseller.status_required and reseller.status not in request.query_params:
            return _said(400, f"{reseller.status} is required", counted)
        return JSONResponse(self._search(reseller, request.query_params), headers=counted)

    def _count(self, key: str, host: str) -> tuple[dict[str, str], bool]:
        """(the headers that tell of the quota, whether this call is one too many)"""
        now = self._scene.now
        quota = int(self._fault("monthly_quota", MONTHLY_QUOTA))
        bucket = (key, host, f"{now:%Y-%m}")
        with self._lock:
            spent = self._calls[bucket] >= quota
            self._calls[bucket] += not spent
            left = quota - self._calls[bucket]
        first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        turn = first.replace(year=now.year + now.month // 12, month=now.month % 12 + 1)
        return {
            "x-ratelimit-requests-limit": str(quota),
            "x-ratelimit-requests-remaining": str(left),
            "x-ratelimit-requests-reset": str(round((turn - now).total_seconds())),
        }, spent

    def _search(self, reseller: Reseller, query: QueryParams) -> dict[str, Any]:
        offer = reseller.offers.get(query.get(reseller.status, ""), "sale")
        self._searches += 1
        low, high = _band(reseller, dict(query))
        found = [
            x
            for zip_code in re.findall(r"\b\d{5}\b", query.get("location", ""))
            for x in offered(self._scene, zip_code, offer)
            if low <= rows.price_of(x) <= high
        ]
        found.sort(key=lambda x: (x.closed_at or x.listed_at, x.mls_number), reverse=True)
        if self._fault("moving_items") and found:
            moved = self._searches % len(found)
            found = found[len(found) - moved :] + found[: len(found) - moved]
        return self._reply(reseller, found, _whole(query.get("page", "")))

    def _reply(self, reseller: Reseller, found: list[Listing], page: int) -> dict[str, Any]:
        metric = bool(self._fault("unit_change"))
        is_single = reseller.bare_single and len(found) == 1
        if found and (is_single or self._fault("single_match")):
            return rows.single(found[0], self._scene)
        size = int(self._fault("page_size", reseller.page_size))
        pages = min(reseller.most_pages, -(-len(found) // size))
        shown = found[(page - 1) * size : page * size] if page <= reseller.most_pages else []
        total = len(found) + int(self._fault("wrong_totals", 0))
        reply = reseller.reply(
            [reseller.row(x, self._scene, metric) for x in shown],
            Hits(total, page, pages, size),
        )
        return _renamed(reply) if self._fault("field_rename") else reply

    def _valid_key(self) -> str:
        return self._scene.credentials.get(NAME, {}).get("key", KEY)

    def _fault(self, name: str, default: Any = None) -> Any:
        return self._scene.fault(NAME, name, default)


def offered(scene: Scene, zip_code: str, offer: str) -> list[Listing]:
    """What Zillow shows of a ZIP. A home that is offered again is not shown as sold."""
    now = scene.now
    kind = "rent" if offer == "rent" else "sale"
    listings = scene.world.listings(zip_code, now, kind)
    on_market = {
        x.house.id: x
        for x in listings
        if x.status in {"Active", "Coming Soon", "Active Under Contract"}
    }
    if offer != "sold":
        return list(on_market.values())
    sold = {
        x.house.id: x
        for x in listings
        if x.closed_at is not None and (now - x.closed_at).days < SOLD_DAYS
    }
    return [x for x in sold.values() if x.house.id not in on_market]


def _band(reseller: Reseller, query: dict[str, str]) -> tuple[int, int]:
    text = query.get("listPriceRange", "")
    low = re.search(r"min:\s*(\d+)", text)
    high = re.search(r"max:\s*(\d+)", text)
    if low or high:
        return int(low[1]) if low else 0, int(high[1]) if high else 10**12
    lows = [int(query[name]) for name in reseller.low if query.get(name, "").isdecimal()]
    highs = [int(query[name]) for name in reseller.high if query.get(name, "").isdecimal()]
    return max(lows, default=0), min(highs, default=10**12)


def _renamed(value: Any) -> Any:
    if isinstance(value, list):
        return [_renamed(item) for item in value]
    if isinstance(value, dict):
        return {
            "homeArea" if name == "livingArea" else name: _renamed(v) for name, v in value.items()
        }
    return value


def _whole(text: str) -> int:
    return max(1, int(text)) if text.isdecimal() else 1


def _key(request: Request) -> str:
    return request.headers.get("x-rapidapi-key", "")


def _said(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"message": message}, status, headers)


def _per_second(_request: Request, _seconds: float) -> Response:
    return _said(
        429,
        "You have exceeded the rate limit per second for your plan, BASIC, by the API provider",
    )


UPSTREAM = Upstream(
    name=NAME,
    routes=routes,
    limits=(Limit(5, 1.0),),
    throttled=_per_second,
    key_of=_key,
    faults=FAULTS,
    credentials={"key": KEY},
)
