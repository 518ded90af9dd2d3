"""phoenixmlssearch.com: a WordPress site with the FlexMLS IDX plugin, template v1 or v2.

The search form, the suggestions (JSONP), results, details. Which listings a search gives is here;
how they are written is in `markup_v1.py` and `markup_v2.py`, in the words of `wording.py`.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from phoenix_re.sandbox.scene import Limit, Scene, Upstream
from phoenix_re.sandbox.upstreams.phoenix_mls import markup_v1, markup_v2
from phoenix_re.sandbox.upstreams.phoenix_mls.wording import NAME, Look, page, words_of
from phoenix_re.sandbox.world import MLS_NAME, Listing

MLS = "ARMLS"
SHOWN = ("Active", "Coming Soon", "Active Under Contract", "Pending", "Closed")
DEFAULT_SHOWN = frozenset(SHOWN) - {"Closed"}
LARGEST_PAGE, USUAL_PAGE = 25, 10

FAULTS = {
    "template": '"v1" (the default) or "v2": which template the site uses',
    "template_change": "true: the classes of rows and facts have new names (selector drift)",
    "field_rename": '"Square Footage" is called "Living Space"',
    "unit_change": "true: areas are square metres, without saying so",
    "wrong_totals": "a number: so many more matches are announced than there are",
    "moving_items": "true: between any two pages one listing moves to the front",
    "gone": "true: every detail page says that the listing is not available",
    "browsers_only": "true: a firewall answers 403 to who does not pass for a browser",
    "bot_check": "true: every page is a question whether one is human, status 200",
}
ROBOTS = """User-agent: *
Disallow: /wp-admin/
Disallow: /wp-login.php
Allow: /wp-admin/admin-ajax.php
"""


def routes(scene: Scene) -> list[BaseRoute]:
    site = _Site(scene)
    return [
        Route("/simple-search/", site.guarded(site.form)),
        Route("/quick_launch/omni", site.suggestions),
        Route("/mls/search", _with_slash),
        Route("/mls/search/", site.guarded(site.results)),
        Route("/mls/{words}", site.guarded(site.detail)),
    ]


def _with_slash(request: Request) -> Response:
    return RedirectResponse(f"/mls/search/?{request.url.query}", 301)


class _Site:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._searches = 0
        self._searched: dict[str, None] = {}  # ZIPs, where a listing is sought first

    def guarded(self, answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
        """`answer` behind the site's firewall."""

        def guard(request: Request) -> Response:
            agent = request.headers.get("user-agent", "")
            if self._fault("browsers_only") and "Mozilla" not in agent:
                return HTMLResponse(_FORBIDDEN, 403)
            return HTMLResponse(_BOT_CHECK) if self._fault("bot_check") else answer(request)

        return guard

    def form(self, request: Request) -> Response:
        return HTMLResponse(page("Simple Search", _FORM))

    def suggestions(self, request: Request) -> Response:
        """JSONP for the search box: from the third character on, listings and ZIPs."""
        term = request.query_params.get("_q", "").strip()
        found: list[dict[str, Any]] = []
        if len(term) >= 3:
            zips = [z for z in self._zips() if z.startswith(term)][:5]
            found = [_zip_suggestion(z) for z in zips]
            listings = (x for z in zips for x in self._listings(z))
            found += [_listing_suggestion(x) for x, _ in zip(listings, range(5), strict=False)]
        callback = request.query_params.get("callback", "callback")
        body = f"{callback}({json.dumps({'D': {'Results': found}})});"
        return Response(body, media_type="text/javascript")

    def results(self, request: Request) -> Response:
        query = request.query_params
        self._searches += 1
        found = self._ordered(_matching(self._asked(query), query), query.get("OrderBy", ""))
        size, number = _page_size(query.get("Limit", "")), max(1, _int(query.get("pg"), 1))
        shown = found[(number - 1) * size : number * size]
        look = Look(
            base=str(request.base_url).rstrip("/"),
            query=query,
            total=len(found) + int(self._fault("wrong_totals", 0)),
            page=number,
            pages=max(1, -(-len(found) // size)),
            now=self._scene.now,
            area_label="Living Space" if self._fault("field_rename") else "Square Footage",
            metric=bool(self._fault("unit_change")),
        )
        markup = markup_v2 if self._fault("template", "v1") == "v2" else markup_v1
        return HTMLResponse(self._drifted(page("Property Search", markup.results(shown, look))))

    def detail(self, request: Request) -> Response:
        words = request.path_params["words"]
        number = words.rpartition("mls_")[2]
        listing = None if self._fault("gone") else self._listing(number, words)
        if listing is None:
            return HTMLResponse(page("Listing Not Available", _GONE))
        look = Look(
            base=str(request.base_url).rstrip("/"),
            query=request.query_params,
            now=self._scene.now,
            metric=bool(self._fault("unit_change")),
        )
        markup = markup_v2 if self._fault("template", "v1") == "v2" else markup_v1
        title = f"{words_of(listing).one_line} (MLS# {number})"
        return HTMLResponse(self._drifted(page(title, markup.detail(listing, look))))

    def _drifted(self, html: str) -> str:
        """With `template_change`, what a theme's new author would do."""
        if not self._fault("template_change"):
            return html
        for old, new in (
            ("flexmls_connect__sr_result", "flexmls_card"),
            ("flexmls_connect__ld_property_detail", "flexmls_fact"),
            ("detail-label", "fact-name"),
            ('class="flexmls-listing ', 'class="flexmls-tile '),
        ):
            html = html.replace(old, new)
        return html

    def _asked(self, query: QueryParams) -> list[Listing]:
        numbers = _split(query.get("ListingId"))
        if numbers:  # other criteria are ignored
            return [x for number in numbers if (x := self._listing(number, "")) is not None]
        zips = _split(query.get("PostalCode")) or self._zips()
        self._searched |= dict.fromkeys(zips)
        statuses = set(_several(query, "StandardStatus")) or DEFAULT_SHOWN
        return [x for z in zips for x in self._listings(z) if x.status in statuses]

    def _listings(self, zip_code: str) -> list[Listing]:
        market = self._scene.world.market_of(zip_code)
        if market is None or MLS_NAME.get(market.code) != MLS:
            return []
        listings = self._scene.world.listings(zip_code, self._scene.now)
        return [x for x in listings if x.status in SHOWN]

    def _listing(self, number: str, words: str) -> Listing | None:
        """By its number alone; the ZIP in the words only makes finding it quick."""
        hint = next((word for word in words.split("-") if len(word) == 5 and word.isdigit()), "")
        zips = dict.fromkeys((hint, *self._searched, *self._zips()))
        listings = (x for z in zips for x in self._listings(z))
        return next((x for x in listings if x.mls_number == number), None)

    def _zips(self) -> list[str]:
        markets = self._scene.world.markets.values()
        return [z for market in markets if MLS_NAME.get(market.code) == MLS for z in market.zips]

    def _ordered(self, found: list[Listing], order: str) -> list[Listing]:
        key = _ORDERS.get(order.lstrip("-+"), _ORDERS["ListPrice"])
        ordered = sorted(found, key=lambda x: x.mls_number)
        ordered.sort(key=key, reverse=not order or order.startswith("-"))
        if self._fault("moving_items") and ordered:
            moved = self._searches % len(ordered)
            return ordered[len(ordered) - moved :] + ordered[: len(ordered) - moved]
        return ordered

    def _fault(self, name: str, default: Any = None) -> Any:
        return self._scene.fault(NAME, name, default)


_ORDERS: dict[str, Callable[[Listing], Any]] = {
    "ListPrice": lambda x: x.list_price,
    "BedsTotal": lambda x: x.house.bedrooms,
    "BathsTotal": lambda x: x.house.baths,
    "YearBuilt": lambda x: x.house.year_built,
    "BuildingAreaTotal": lambda x: x.house.living_area,
    "ModificationTimestamp": lambda x: x.modified_at,
}
_RANGES: dict[str, Callable[[Listing], float]] = {
    "Beds": lambda x: x.house.bedrooms,
    "Baths": lambda x: x.house.baths,
    "Price": lambda x: x.list_price,
    "SqFt": lambda x: x.house.living_area,
    "Year": lambda x: x.house.year_built,
}


def _matching(listings: Iterable[Listing], query: QueryParams) -> list[Listing]:
    found = list(listings)
    for name, value_of in _RANGES.items():
        least, most = query.get(f"Min{name}"), query.get(f"Max{name}")
        if least:
            found = [x for x in found if value_of(x) >= _int(least, 0)]
        if most:
            found = [x for x in found if value_of(x) <= _int(most, 10**9)]
    cities = {city.casefold() for city in _split(query.get("City"))}
    return [x for x in found if not cities or x.house.city.casefold() in cities]


def _several(query: QueryParams, name: str) -> list[str]:
    return [v for key in (name, f"{name}[]") for text in query.getlist(key) for v in _split(text)]


def _split(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _int(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default


def _page_size(text: str) -> int:
    size = _int(text, 0)
    return min(size, LARGEST_PAGE) if size > 0 else USUAL_PAGE


def _zip_suggestion(zip_code: str) -> dict[str, Any]:
    field = {"Id": f"PostalCode-{zip_code}", "Name": "Postal Code", "Value": zip_code}
    return {"Type": "Field", "Field": field | {"SparkQl": f"PostalCode Eq '{zip_code}'"}}


def _listing_suggestion(listing: Listing) -> dict[str, Any]:
    words, number = words_of(listing), listing.mls_number
    shown = {"Name": words.one_line, "Address": words.one_line, "Number": number}
    return {"Type": "Listing", "Listing": shown | {"SparkQl": f"ListingId Eq '{number}'"}}


def _too_many(_request: Request, seconds: float) -> Response:
    body = "<!DOCTYPE html><html><body><h1>429 Too Many Requests</h1></body></html>"
    return HTMLResponse(body, 429, {"Retry-After": str(max(1, round(seconds + 0.5)))})


_FORM = """<form action='/mls/search/' class='flexmls_connect__search'>
<select name='omni' data-placeholder='Enter an Address, City, Zip or MLS#'></select>
<button type='submit'>Search</button></form>"""
_GONE = "<div class='entry-content'>This listing is no longer available.</div>"
_FORBIDDEN = """<!DOCTYPE html><html><head><title>403 Forbidden</title></head>
<body><h1>Forbidden</h1><p>RunCloud 7G Firewall: this request has been blocked.</p></body></html>"""
_BOT_CHECK = """<!DOCTYPE html><html><head><title>Just a moment...</title></head>
<body><p>Please verify you are human.</p></body></html>"""

UPSTREAM = Upstream(
    name=NAME,
    routes=routes,
    limits=(Limit(60, 60.0),),
    throttled=_too_many,
    faults=FAULTS,
    robots=ROBOTS,
)
