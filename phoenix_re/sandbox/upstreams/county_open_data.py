"""Stand-in of the counties' open data: ArcGIS layers and Austin's Socrata, under their real paths.

Errors of ArcGIS come with status 200; Pima refuses whoever does not look like a browser; a spatial
filter in another reference than Travis's own finds nothing. What rows say is in `county_layers.py`
(and `austin_permits.py`); the subset of SQL that clients may write in `county_sql.py`.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from phoenix_re.sandbox.scene import Scene, Upstream
from phoenix_re.sandbox.upstreams import austin_permits
from phoenix_re.sandbox.upstreams.county_layers import (
    LAYERS,
    OBJECT_ID,
    SQUARE_FEET_PER_ACRE,
    CountyLayer,
    milliseconds,
)
from phoenix_re.sandbox.upstreams.county_sql import (
    BadQuery,
    Condition,
    fits,
    may_be_in,
    parse_where,
)
from phoenix_re.sandbox.world import House, Listing

NAME = "county_open_data"
_IDS_PER_ZIP = 100_000
_HALF_LOT = 0.0001  # degrees
_FEET_PER_DEGREE = 364_000.0
TRAVIS_FEET = 2277  # EPSG


def routes(scene: Scene) -> list[BaseRoute]:
    made: list[BaseRoute] = []
    for layer in LAYERS:
        service = _Layer(scene, layer)
        methods = ["GET", "POST"]
        made.append(Route(layer.path, service.describe, methods=methods))
        made.append(Route(f"{layer.path}/query", service.query, methods=methods))
    permits = austin_permits.Permits(scene, NAME)
    return [*made, Route(austin_permits.PATH, permits.answer)]


def _error(code: int, message: str, *details: str) -> Response:
    """With status 200, as ArcGIS does."""
    return JSONResponse({"error": {"code": code, "message": message, "details": list(details)}})


class _Layer:
    def __init__(self, scene: Scene, layer: CountyLayer) -> None:
        self.scene = scene
        self.layer = layer
        self.pages = 0

    # ── endpoints ───────────────────────────────────────────────────────────────────────────────

    async def describe(self, request: Request) -> Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        types = {self._renamed(name): kind for name, kind in self.layer.types.items()}
        return JSONResponse(
            {
                "currentVersion": 11.1,
                "id": int(self.layer.path.rpartition("/")[2]),
                "name": self.layer.title,
                "type": "Feature Layer",
                "geometryType": "esriGeometryPolygon",
                "maxRecordCount": self.layer.most_rows,
                "objectIdField": OBJECT_ID,
                "fields": [
                    {"name": name, "type": kind, "alias": name} for name, kind in types.items()
                ],
            }
        )

    async def query(self, request: Request) -> Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        sent = {**request.query_params, **dict(parse_qsl((await request.body()).decode()))}
        types = {self._renamed(name): kind for name, kind in self.layer.types.items()}
        try:
            conditions = parse_where(sent.get("where", ""), types)
        except BadQuery as trouble:
            return _error(400, "Cannot perform query. Invalid query parameters.", str(trouble))
        if "where" not in sent and "objectIds" not in sent:
            return _error(400, "Cannot perform query. Invalid query parameters.")
        wrong = self._in_wrong_reference(sent)
        if "geometry" in sent and not wrong:
            return _error(400, "This stand-in has no spatial filters")
        rows = [] if wrong else list(self._rows(conditions))
        rows = [row for row in rows if _among(row, sent.get("objectIds", ""))]
        if sent.get("returnCountOnly") == "true":
            return JSONResponse({"count": len(rows) + self.scene.fault(NAME, "wrong_count", 0)})
        if sent.get("returnIdsOnly") == "true":
            ids = [row[OBJECT_ID] for row in rows]
            return JSONResponse({"objectIdFieldName": OBJECT_ID, "objectIds": ids})
        return self._page(rows, sent, types)

    def _refusal(self, request: Request) -> Response | None:
        agent = request.headers.get("user-agent", "")
        if self.layer.wants_browser and not agent.startswith("Mozilla/"):
            return Response("<html><body>403 Forbidden</body></html>", 403, media_type="text/html")
        code = self.scene.fault(NAME, "query_error")
        return _error(int(code), "Error performing query operation") if code else None

    def _page(
        self, rows: list[dict[str, Any]], sent: Mapping[str, str], types: Mapping[str, str]
    ) -> Response:
        wanted = sent.get("resultRecordCount", "")
        size = min(int(wanted) if wanted.isdecimal() else 10**9, self.layer.most_rows)
        offset = int(sent.get("resultOffset") or 0)
        stop = self.scene.fault(NAME, "early_stop")
        end = offset + size if not stop else min(offset + size, max(offset, int(stop)))
        page = rows[offset:end]
        self.pages += 1
        asked = sent.get("outFields", "*")
        names = list(types) if asked == "*" else [n.strip() for n in asked.split(",")]
        if strangers := [n for n in names if n not in types]:
            return _error(
                400,
                "Cannot perform query. Invalid query parameters.",
                f"'Invalid field: {strangers[0]}' parameter is invalid",
            )
        features = [self._feature(row, names, sent) for row in page]
        more = not stop and offset + size < len(rows)
        return JSONResponse(
            {
                "objectIdFieldName": OBJECT_ID,
                "geometryType": "esriGeometryPolygon",
                "spatialReference": {"wkid": int(sent.get("outSR") or self.layer.wkid)},
                "fields": [{"name": n, "type": types[n], "alias": n} for n in names],
                "features": features,
                **({"exceededTransferLimit": True} if more else {}),
            }
        )

    # ── rows ────────────────────────────────────────────────────────────────────────────────────

    def _rows(self, conditions: list[Condition]) -> Iterator[dict[str, Any]]:
        """By object id. A condition on the ZIP saves looking at the whole county."""
        kept = float(self.scene.fault(NAME, "cut_short", 1.0))
        for place, zip_code in enumerate(self._zips()):
            if not may_be_in(zip_code, conditions, self._renamed(self.layer.zip_field)):
                continue
            sales = self._last_sales(zip_code)
            houses = [
                h for h in self.scene.world.houses(zip_code) if h.county_fips == self.layer.fips
            ]
            for index, house in enumerate(houses[: round(len(houses) * kept)]):
                row = self._row(house, sales.get(house.id), place * _IDS_PER_ZIP + index + 1)
                if all(fits(row, condition) for condition in conditions):
                    yield row

    def _row(self, house: House, sale: Listing | None, number: int) -> dict[str, Any]:
        number -= self.pages * int(self.scene.fault(NAME, "moving_items", 0))
        row = {OBJECT_ID: number, **self.layer.row(house, sale, self.scene.now)}
        if self.scene.fault(NAME, "unit_change", False):
            for name in self.layer.acres:
                row[name] = round(row[name] * SQUARE_FEET_PER_ACRE)
        if self.scene.fault(NAME, "lost_zeros", False) and "SCHEDNUM" in row:
            row["SCHEDNUM"] = row["SCHEDNUM"].lstrip("0")
        return {
            **{self._renamed(name): value for name, value in row.items()},
            "_place": (house.longitude, house.latitude),
        }

    def _zips(self) -> list[str]:
        return [
            zip_code
            for market in self.scene.world.markets.values()
            if any(county.fips == self.layer.fips for county in market.counties)
            for zip_code in market.zips
        ]

    def _last_sales(self, zip_code: str) -> dict[str, Listing]:
        found = [
            x
            for x in self.scene.world.listings(zip_code, self.scene.now, "sale")
            if x.closed_at is not None
        ]
        return {x.house.id: x for x in sorted(found, key=lambda x: milliseconds(x.listed_at))}

    def _renamed(self, name: str) -> str:
        return self.scene.fault(NAME, "field_rename", {}).get(name, name)

    def _in_wrong_reference(self, sent: Mapping[str, str]) -> bool:
        """At Travis a spatial filter in another reference finds nothing, and nobody says so."""
        stated = sent.get("inSR", str(self.layer.wkid))
        return self.layer.wkid == TRAVIS_FEET and "geometry" in sent and stated != str(TRAVIS_FEET)

    def _feature(
        self, row: dict[str, Any], names: list[str], sent: Mapping[str, str]
    ) -> dict[str, Any]:
        feature: dict[str, Any] = {"attributes": {name: row[name] for name in names}}
        longitude, latitude = row["_place"]
        if sent.get("returnGeometry", "true") == "true":
            feature["geometry"] = {"rings": [_ring(longitude, latitude, sent.get("outSR", ""))]}
        return feature


def _ring(longitude: float, latitude: float, reference: str) -> list[list[float]]:
    """A square lot round the house: degrees if asked so, else feet of the layer's projection."""
    scale = 1.0 if reference == "4326" else _FEET_PER_DEGREE
    corners = ((-1, -1), (-1, 1), (1, 1), (1, -1), (-1, -1))
    return [
        [
            round((longitude + x * _HALF_LOT) * scale, 6),
            round((latitude + y * _HALF_LOT) * scale, 6),
        ]
        for x, y in corners
    ]


def _among(row: Mapping[str, Any], ids: str) -> bool:
    return not ids or str(row[OBJECT_ID]) in {one.strip() for one in ids.split(",")}


UPSTREAM = Upstream(
    name=NAME,
    routes=routes,
    credentials={"socrata_app_token": austin_permits.TOKEN},
    faults={
        "field_rename": "{old: new}: fields that are called otherwise, in all layers",
        "unit_change": "true: acres became square feet",
        "lost_zeros": "true: Denver's parcel numbers lost their leading zeros",
        "wrong_count": "a number that returnCountOnly is too high (or too low) by",
        "early_stop": "a number of rows after which paging by offset ends without a word",
        "cut_short": "share of the rows that is left (0 to 1), as for weeks in 2026",
        "moving_items": "a number that all object ids shrink by after each page",
        "query_error": "a code: every call is answered by that error, with status 200",
        "anonymous_calls": "calls a minute that Socrata allows without a token",
    },
)
