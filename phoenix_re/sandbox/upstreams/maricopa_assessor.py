"""Stand-in of the Maricopa County Assessor's API: its search, parcels and odd ways of saying no.

A bad token is a 500 that says so in its reason phrase (`scene.REASON_HEADER`), an unknown path an
HTML page with a BOM and status 200, an unknown parcel a 404 or `[]`. Only homes of the world that
lie in Maricopa County are here; bodies of `owner-details` and `address` are our guess.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from phoenix_re.sandbox.scene import REASON_HEADER, Limit, Scene, Upstream
from phoenix_re.sandbox.upstreams import assessor_rolls as rolls
from phoenix_re.sandbox.world import House, Listing, World

NAME = "maricopa_assessor"
FIPS = "04013"
PAGE_ROWS = 25
STRANGERS = 2  # hits of another ZIP that the full text finds too
TOKEN = "sandbox-assessor-token"  # noqa: S105 - of the sandbox, opens nothing else

_HEADERS = {
    "Cache-Control": ("no-store, no-cache, must-revalidate, max-age=0,post-check=0, pre-check=0"),
    "Pragma": "no-cache",
    "Expires": "0",
    "X-Powered-By": "ASP.NET",
    "cf-cache-status": "DYNAMIC",
}
_PAGE = (
    '\ufeff<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"   '
    '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\r\n'
    '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">\r\n\t<head>\r\n'
    "\t\t<title>Assessor</title>\r\n\t</head>\r\n\t<body></body>\r\n</html>\r\n"
)


_T = TypeVar("_T")


def _json(content: Any) -> Response:
    return JSONResponse(content, headers=_HEADERS)


def _said(status: int, phrase: str) -> Response:
    """No body; what is wrong stands in the reason phrase."""
    return Response(
        status_code=status,
        headers={**_HEADERS, "Content-Type": "text/html; charset=UTF-8", REASON_HEADER: phrase},
    )


def no_such_page(_request: Request) -> Response:
    content_type = "text/html;charset=UTF-8"
    return Response(_PAGE.encode(), headers={**_HEADERS, "Content-Type": content_type})


Handler = Callable[[Request], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def routes(scene: Scene) -> list[BaseRoute]:
    assessor = _Assessor(scene)

    def behind_token(area: str, handler: Handler) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            valid = scene.credentials.get(NAME, UPSTREAM.credentials)["token"]
            refused = scene.fault(NAME, "unauthorized", False)
            if refused or request.headers.get("authorization") != valid:
                return _said(500, f"[{area}]:Unauthorized access! Please contact support.")
            return handler(request)

        return endpoint

    def nothing(_request: Request) -> Response:
        return _json(_hits([], 1))

    return [
        Route("/search/property/", behind_token("search", assessor.search_property)),
        Route("/search/rp/", behind_token("search", assessor.search_property)),
        Route("/search/sub/", behind_token("search", assessor.search_subdivision)),
        Route("/search/rental/", behind_token("search", assessor.search_rental)),
        Route("/search/bpp/", behind_token("search", nothing)),
        Route("/search/mh/", behind_token("search", nothing)),
        Route("/parcel/{apn}", behind_token("parcel", assessor.parcel)),
        Route("/parcel/{apn}/{part:path}", behind_token("parcel", assessor.part)),
        Route("/mapid/parcel/{apn}", behind_token("mapid", lambda _: _json([]))),
        Route("/{anything:path}", no_such_page),
    ]


class _Assessor:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.moves: dict[str, int] = {}

    # ── searches ────────────────────────────────────────────────────────────────────────────────

    def search_property(self, request: Request) -> Response:
        query, page = _query(request)
        houses = self._moved(list(_matching(self.scene.world, query)), query, page)
        return self._page(houses, page, rolls.search_hit)

    def search_rental(self, request: Request) -> Response:
        query, page = _query(request)
        let = [house for house in _matching(self.scene.world, query) if not house.owner_occupied]
        return self._page(let, page, rolls.rental_registration)

    def search_subdivision(self, request: Request) -> Response:
        query, page = _query(request)
        counts: dict[str, int] = {}
        for house in _all_houses(self.scene.world):
            if query and query in house.subdivision:
                counts[house.subdivision] = counts.get(house.subdivision, 0) + 1
        found = [
            {"SubdivisionName": name, "ParcelCount": count}
            for name, count in sorted(counts.items())
        ]
        return self._page(found, page, dict)

    def _page(
        self, matching: Sequence[_T], page: int, shown: Callable[[_T], dict[str, Any]]
    ) -> Response:
        found = _hits(matching, page)
        found["Results"] = [shown(one) for one in found["Results"]]
        found["TOTAL"] += int(self.scene.fault(NAME, "wrong_totals", 0))
        for old, new in self.scene.fault(NAME, "field_rename", {}).items():
            for hit in found["Results"]:
                if old in hit:
                    hit[new] = hit.pop(old)
        return _json(found)

    def _moved(self, houses: list[House], query: str, page: int) -> list[House]:
        """With the fault: at each later page one parcel leaves the served part for the end."""
        if page > 1 and self.moves.get(query, 0) < self.scene.fault(NAME, "moving_items", 0):
            self.moves[query] = self.moves.get(query, 0) + 1
        away = self.moves.get(query, 0)
        return houses[away:] + houses[:away]

    # ── parcels ─────────────────────────────────────────────────────────────────────────────────

    def parcel(self, request: Request) -> Response:
        house = _by_apn(self.scene.world, request.path_params["apn"])
        if house is None:
            return _said(404, "[parcel]:Requested content was not found")
        return _json(rolls.whole_parcel(house, self.scene.now, self._last_sale(house)))

    def part(self, request: Request) -> Response:
        part = request.path_params["part"].strip("/")
        house = _by_apn(self.scene.world, request.path_params["apn"])
        if part not in _PARTS:
            return no_such_page(request)
        if house is None or _PARTS[part] is None:
            return _json([])
        content = self._part(part, house)
        if part == "residential-details" and self.scene.fault(NAME, "unit_change", False):
            content["LotSize"] = f"{int(content['LotSize']) / 43_560:.4f}"
        return _json(content)

    def _part(self, part: str, house: House) -> Any:
        now = self.scene.now
        match part:
            case "residential-details":
                return rolls.residential_details(house)
            case "valuations":
                return rolls.valuations(house, now)
            case "mapids":
                return rolls.map_ids()
            case _:
                whole = rolls.whole_parcel(house, now, self._last_sale(house))
                keys = _PARTS[part] or ()
                return whole["Owner"] if keys == ("Owner",) else {key: whole[key] for key in keys}

    def _last_sale(self, house: House) -> Listing | None:
        listings = self.scene.world.listings(house.zip, self.scene.now, "sale")
        closed = [x for x in listings if x.house.id == house.id and x.closed_at is not None]
        return max(closed, key=lambda x: str(x.closed_at), default=None)


_PARTS: dict[str, tuple[str, ...] | None] = {  # None: answered by [] for every parcel
    "propertyinfo": ("MCR", "PropertyDescription", "PropertyType", "LotSize", "SubdivisionName"),
    "address": ("PropertyAddress",),
    "owner-details": ("Owner",),
    "valuations": (),
    "residential-details": (),
    "mapids": (),
    "improvements": None,
}


def _query(request: Request) -> tuple[str, int]:
    page = request.query_params.get("page", "1")
    query = " ".join(request.query_params.get("q", "").upper().split())
    return query, max(1, int(page)) if page.isdecimal() else 1


def _hits(hits: Sequence[Any], page: int) -> dict[str, Any]:
    first = (page - 1) * PAGE_ROWS
    return {"TOTAL": len(hits), "Results": list(hits[first : first + PAGE_ROWS])}


def _matching(world: World, query: str) -> Iterable[House]:
    """Full text: all words somewhere in the parcel's line. A ZIP finds a few strangers as well."""
    if not query:
        return []
    zips = _zips(world)
    if query in zips:
        own = sorted(_in_county(world, query), key=lambda house: house.apn)
        neighbour = zips[(zips.index(query) + 1) % len(zips)]
        return own + ([] if neighbour == query else list(_in_county(world, neighbour))[:STRANGERS])
    words = set(query.split())
    return [house for house in _all_houses(world) if words <= _words(house)]


def _words(house: House) -> set[str]:
    line = f"{rolls.situs(house)} {house.city} {house.subdivision} {house.owner} {house.apn}"
    return set(line.upper().split())


def _zips(world: World) -> list[str]:
    return [
        zip_code
        for market in world.markets.values()
        if any(county.fips == FIPS for county in market.counties)
        for zip_code in market.zips
    ]


def _in_county(world: World, zip_code: str) -> Iterator[House]:
    return (house for house in world.houses(zip_code) if house.county_fips == FIPS)


def _all_houses(world: World) -> Iterator[House]:
    for zip_code in _zips(world):
        yield from _in_county(world, zip_code)


def _by_apn(world: World, written: str) -> House | None:
    """Dashes, dots and spaces do not matter. A parcel number of the world begins as a ZIP ends."""
    apn = "".join(filter(str.isalnum, written)).upper()
    for zip_code in _zips(world):
        if apn[:3] == zip_code[-3:]:
            for house in _in_county(world, zip_code):
                if house.apn == apn:
                    return house
    return None


UPSTREAM = Upstream(
    name=NAME,
    routes=routes,
    limits=(Limit(1000, 3600),),
    key_of=lambda request: request.headers.get("authorization", ""),
    credentials={"token": TOKEN},
    faults={
        "unauthorized": "true: every token is refused, as one that has run out",
        "field_rename": "{old: new}: keys of search hits that are called otherwise",
        "unit_change": "true: LotSize is in acres",
        "wrong_totals": "a number that TOTAL is too high (or too low) by",
        "moving_items": "a number of parcels that move to the end while pages are read",
    },
)
