"""Zillow Research's file server: wide CSVs by ZIP, a new column each month, past values revised."""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from phoenix_re.sandbox.scene import Scene, Upstream
from phoenix_re.sandbox.upstreams import object_store as store
from phoenix_re.sandbox.world import World

NAME = "zillow_research"
_FOLDER = "/research/public_csvs"
_RENT_YIELD = 0.0052  # a month's rent as a share of the value


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    begins: date
    unmeasured: float  # share of ZIPs with blanks in their early years

    def value(self, seed: int, zip_code: str, month: int, release: int) -> float:
        worth = store.level(seed, zip_code, month) * store.revision(seed, zip_code, month, release)
        return worth if self is ZHVI else worth * _RENT_YIELD


ZHVI = _File(
    f"{_FOLDER}/zhvi/Zip_zhvi_uc_sfrcondo_tier_0.33_0.67_sm_sa_month.csv", date(2000, 1, 1), 0.2
)
ZORI = _File(f"{_FOLDER}/zori/Zip_zori_uc_sfrcondomfr_sm_month.csv", date(2015, 1, 1), 0.6)


def routes(scene: Scene) -> list[BaseRoute]:
    kept: dict[str, tuple[str, bytes]] = {}  # path → state, body: the newest of each file

    def serve(request: Request, file: _File) -> Response:
        missing = scene.fault(NAME, "missing")
        if missing:
            return store.error(403 if missing == 403 else 404, file.path.lstrip("/"))
        released = store.newest_release(scene.now)
        faults = sorted(scene.faults.get(NAME, {}).items())
        state = f"{file.path}|{released:%Y-%m}|{faults}"

        def body() -> bytes:
            if kept.get(file.path, ("",))[0] != state:
                kept[file.path] = state, table(scene, file, released)
            return kept[file.path][1]

        dated = None if scene.fault(NAME, "no_last_modified") else released
        return store.static(request, body, dated, state, "text/csv")

    def absent(request: Request) -> Response:
        return store.error(404, request.url.path.lstrip("/"))

    return [
        Route(ZHVI.path, lambda request: serve(request, ZHVI)),
        Route(ZORI.path, lambda request: serve(request, ZORI)),
        Route("/{rest:path}", absent),
    ]


def table(scene: Scene, file: _File, released: datetime) -> bytes:
    world, release = scene.world, store.month_of(released)
    months = range(store.month_of(file.begins), release)
    region = "ZipCode" if scene.fault(NAME, "header_change") else "RegionName"
    scale = 0.001 if scene.fault(NAME, "unit_change") else 1.0
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    keys = ("RegionType", "StateName", "State", "City", "Metro", "CountyName")
    ends = [store.last_day(month).isoformat() for month in months]
    out.writerow(("RegionID", "SizeRank", region, *keys, *ends))
    for rank, zip_code in enumerate(world.zips):
        name = str(int(zip_code)) if scene.fault(NAME, "lost_zeros") else zip_code
        cells = [
            ""
            if is_blank(world, file, zip_code, month)
            else repr(file.value(world.seed, zip_code, month, release) * scale)
            for month in months
        ]
        out.writerow((90_000 + rank, rank, name, "zip", *_place(world, zip_code), *cells))
    return text.getvalue().encode()


def is_blank(world: World, file: _File, zip_code: str, month: int) -> bool:
    """Some ZIPs were not measured in their first years, a few months are missing here and there."""
    late = store.fraction(world.seed, file.path, zip_code) < file.unmeasured
    waited = (
        12 + round(188 * store.fraction(world.seed, file.path, zip_code, "from")) if late else 0
    )
    begins = store.month_of(file.begins) + waited
    return month < begins or store.fraction(world.seed, file.path, zip_code, month) < 0.01


def _place(world: World, zip_code: str) -> tuple[str, str, str, str, str]:
    market = world.market_of(zip_code)
    state = market.state if market else ""
    city = market.name if market else ""
    county = f"{market.counties[0].name} County" if market else ""
    return state, state, city, f"{city} Metro Area, {state}", county


UPSTREAM = Upstream(
    name=NAME,
    routes=routes,
    faults={
        "missing": "404 (true) or 403 with an XML body: the file was renamed",
        "header_change": "RegionName is called ZipCode",
        "unit_change": "values in thousands",
        "no_last_modified": "replies without Last-Modified",
        "lost_zeros": "ZIPs as numbers",
    },
)
