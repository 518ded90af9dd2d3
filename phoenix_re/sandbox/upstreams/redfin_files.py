"""Redfin's Data Center (an object store's files, old and new layout) and the site's CSV export.

One host here, two in life. The old tracker is renewed until 2026-06-02 and served for ever after.
"""

import csv
import gzip
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from phoenix_re.sandbox.scene import Scene, Upstream
from phoenix_re.sandbox.upstreams import object_store as store
from phoenix_re.sandbox.upstreams.redfin_figures import DROPS, HOUSING, Figures, figures
from phoenix_re.sandbox.world import MLS_NAME, House, Listing

NAME = "redfin_files"
HISTORY_MONTHS = 36
LEGACY_ENDS = datetime(2026, 6, 2, 18, 16, 13, tzinfo=UTC)
HOUSING_PATH = "/redfin_data_center/housing_market/monthly/all_zips.csv"
DROPS_PATH = "/redfin_data_center/price_drops/monthly/all_zips.csv"
LEGACY_PATH = "/redfin_market_tracker/zip_code_market_tracker.tsv000.gz"
EXPORT_PATH = "/stingray/api/gis-csv"
MOST_ROWS = 350

_LEGACY_METRICS = (
    *("median_sale_price", "median_list_price", "median_ppsf", "median_list_ppsf", "homes_sold"),
    *("pending_sales", "new_listings", "inventory", "months_of_supply", "median_dom"),
    *("avg_sale_to_list", "sold_above_list", "price_drops", "off_market_in_two_weeks"),
)
_LEGACY_KEYS = (
    *("PERIOD_BEGIN", "PERIOD_END", "PERIOD_DURATION", "REGION_TYPE", "REGION_TYPE_ID"),
    *("TABLE_ID", "IS_SEASONALLY_ADJUSTED", "REGION", "CITY", "STATE", "STATE_CODE"),
    *("PROPERTY_TYPE", "PROPERTY_TYPE_ID"),
)
_LEGACY_KINDS = (("All Residential", -1, 1.0), ("Single Family Residential", 6, 1.08))


def routes(scene: Scene) -> list[BaseRoute]:
    kept: dict[str, tuple[str, bytes]] = {}

    def serve(
        request: Request,
        make: Callable[[Scene, datetime], bytes],
        ends: datetime | None,
        media: str,
    ) -> Response:
        path = request.url.path
        if missing := scene.fault(NAME, "missing"):
            return store.error(404 if missing == 404 else 403, path.lstrip("/"))
        released = store.newest_release(scene.now)
        released = released if ends is None else min(released, ends)
        state = f"{path}|{released}|{sorted(scene.faults.get(NAME, {}).items())}"

        def body() -> bytes:
            if kept.get(path, ("",))[0] != state:
                kept[path] = state, make(scene, released)
            return kept[path][1]

        return store.static(request, body, released, state, media)

    def absent(request: Request) -> Response:
        return store.error(403, request.url.path.lstrip("/"))

    csv_type, gz_type = "text/csv", "binary/octet-stream"
    return [
        Route(HOUSING_PATH, lambda r: serve(r, housing_market, None, csv_type)),
        Route(DROPS_PATH, lambda r: serve(r, price_drops, None, csv_type)),
        Route(LEGACY_PATH, lambda r: serve(r, legacy_tracker, LEGACY_ENDS, gz_type)),
        Route(EXPORT_PATH, lambda r: _export(scene, r)),
        Route("/{rest:path}", absent),
    ]


# ── the Data Center ─────────────────────────────────────────────────────────────────────────────


def housing_market(scene: Scene, released: datetime) -> bytes:
    return _new_layout(scene, released, HOUSING, ("REGION ID",))


def price_drops(scene: Scene, released: datetime) -> bytes:
    return _new_layout(scene, released, DROPS, ())


def _new_layout(
    scene: Scene, released: datetime, metrics: Sequence[tuple[str, str]], more: tuple[str, ...]
) -> bytes:
    header = ["LAST UPDATED", "FREQUENCY", "PERIOD BEGIN", "PERIOD END", *more]
    header += ["REGION TYPE", "REGION NAME", "METRO"]
    for column, _ in metrics:
        header += [column, *_changes(column)]
    lines = [_line(_with_faults(scene, header), ",", "NA")]
    window = "Monthly" if scene.fault(NAME, "window_change") else "Rolling 3 Months"
    percent = 1.0 if scene.fault(NAME, "unit_change") else 100.0
    for at, found in _all_figures(scene, released):
        begin, end = store.first_day(found.month - 2), store.last_day(found.month)
        row: list[object] = [f"{released:%Y-%m-%d}", window, f"{begin}", f"{end}"]
        row += [at + 2500] if more else []
        row += ["Zip", found.zip_code, f"{_place(scene, found.zip_code)[0]} metro area"]
        for column, name in metrics:
            value = found.values[name]
            shown = value * percent if value is not None and "(%)" in column else value
            row += [None if shown is None else round(shown, 4), None, 1.5]
        lines.append(_line(row, ",", "NA"))
        if scene.fault(NAME, "contradiction"):
            lines.append(_line([*row[:-3], 99.5, None, 1.5], ",", "NA"))
    return "".join(lines).encode()


def _line(cells: Sequence[object], delimiter: str, blank: str) -> str:
    """Texts in quotes, numbers bare."""
    shown = (blank if c is None else f'"{c}"' if isinstance(c, str) else str(c) for c in cells)
    return delimiter.join(shown) + "\n"


def _place(scene: Scene, zip_code: str) -> tuple[str, str]:
    """ "Phoenix, AZ", "AZ" """
    market = scene.world.market_of(zip_code)
    return (f"{market.name}, {market.state}", market.state) if market else ("", "")


def _changes(column: str) -> tuple[str, str]:
    stem = column.rsplit(" (", 1)[0]
    rates = ("RATIO", "SHARE", "PERCENT", "AVERAGE SIZE")
    unit = "(PPTS)" if any(word in stem for word in rates) else "(%)"
    unit = "(DAYS)" if column.endswith("(DAYS)") else unit
    return f"{stem} MOM {unit}", f"{stem} YOY {unit}"


def legacy_tracker(scene: Scene, released: datetime) -> bytes:
    header = list(_LEGACY_KEYS)
    for name in _LEGACY_METRICS:
        header += [name.upper(), f"{name.upper()}_MOM", f"{name.upper()}_YOY"]
    header += ["PARENT_METRO_REGION", "PARENT_METRO_REGION_METRO_CODE", "LAST_UPDATED"]
    lines = [_line(_with_faults(scene, header), "\t", "")]
    percent = 100.0 if scene.fault(NAME, "unit_change") else 1.0
    for at, found in _all_figures(scene, released):
        city, state = _place(scene, found.zip_code)
        begin, end = store.first_day(found.month - 2), store.last_day(found.month)
        for kind, kind_id, dearer in _LEGACY_KINDS:
            row: list[object] = [f"{begin}", f"{end}", 90, "zip code", 2, 40_000 + at, "f"]
            row += [f"Zip Code: {found.zip_code}", "", state, state, kind, kind_id]
            for name in _LEGACY_METRICS:
                value = found.values[name]
                factor = dearer if name.endswith(("_price", "_ppsf")) else 1.0
                factor *= percent if name in {"avg_sale_to_list", "sold_above_list"} else 1.0
                row += [None if value is None else round(value * factor, 6), None, 0.01]
            row += [f"{city} metro area", 38_060, f"{released:%Y-%m-%d %H:%M:%S}"]
            lines.append(_line(row, "\t", ""))
    return gzip.compress("".join(lines).encode(), compresslevel=1, mtime=0)


def _all_figures(scene: Scene, released: datetime) -> Iterator[tuple[int, Figures]]:
    """Newest period first, as the files are."""
    release = store.month_of(released)
    for month in range(release - 1, release - 1 - HISTORY_MONTHS, -1):
        for at, zip_code in enumerate(scene.world.zips):
            yield at, figures(scene.world.seed, zip_code, month, release)


def _with_faults(scene: Scene, header: list[str]) -> list[str]:
    change = scene.fault(NAME, "header_change")
    if change == "lower":
        return [name.lower() for name in header]
    if change:
        renamed = {"MEDIAN SALE PRICE NSA ($)": "MEDIAN SALE PRICE ($)"}
        renamed |= {"MEDIAN_SALE_PRICE": "MEDIAN_PRICE_SOLD", "PRICE DROPS": "PRICE CUTS"}
        return [renamed.get(name, name) for name in header]
    return header


# ── the site's export ───────────────────────────────────────────────────────────────────────────

_URL = "URL (SEE https://www.redfin.com/buy-a-home/comparative-market-analysis FOR INFO ON PRICING)"
_COLUMNS = (
    *("SALE TYPE", "SOLD DATE", "PROPERTY TYPE", "ADDRESS", "CITY", "STATE OR PROVINCE"),
    *("ZIP OR POSTAL CODE", "PRICE", "BEDS", "BATHS", "LOCATION", "SQUARE FEET", "LOT SIZE"),
    *("YEAR BUILT", "DAYS ON MARKET", "$/SQUARE FEET", "HOA/MONTH", "STATUS"),
    *("NEXT OPEN HOUSE START TIME", "NEXT OPEN HOUSE END TIME", _URL, "SOURCE", "MLS#"),
    *("FAVORITE", "INTERESTED", "LATITUDE", "LONGITUDE"),
)
_DISCLAIMER = (
    "In accordance with local MLS rules, some MLS listings are not included in the download"
)
_TYPES = {
    "Single Family Residence": "Single Family Residential",
    "Condominium": "Condo/Co-op",
    "Townhouse": "Townhouse",
    "Manufactured Home": "Mobile/Manufactured Home",
    "Duplex": "Multi-Family (2-4 Unit)",
}


def region_id(zip_code: str) -> int:
    """Redfin's own number of a ZIP (made up)."""
    return int(zip_code) * 7 % 100_003


def _export(scene: Scene, request: Request) -> Response:
    if "Mozilla" not in request.headers.get("user-agent", "") or scene.fault(NAME, "bot_wall"):
        page = "<html><head><title>ERROR: The request could not be satisfied</title></head></html>"
        return HTMLResponse(page, 403, headers={"server": "CloudFront"})
    asked = request.query_params
    zips = {region_id(z): z for z in scene.world.zips}
    zip_code = zips.get(int(asked.get("region_id", "0")))
    if zip_code is None or asked.get("region_type") != "2":
        return Response("", media_type="text/csv")
    most = min(MOST_ROWS, int(asked.get("num_homes", MOST_ROWS)))
    rows = [_row(x, scene.now) for x in shown(scene, zip_code, asked.get("sold_within_days"))]
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(_COLUMNS)
    out.writerow([_DISCLAIMER])
    out.writerows(rows[:most])
    return Response(text.getvalue(), media_type="text/csv")


def shown(scene: Scene, zip_code: str, sold_within_days: str | None) -> list[Listing]:
    """Homes for sale, or those sold in the last days."""
    listings = scene.world.listings(zip_code, scene.now)
    if sold_within_days is None:
        return [x for x in listings if x.status in {"Active", "Coming Soon"}]
    days = int(sold_within_days)
    return [x for x in listings if x.closed_at and (scene.now - x.closed_at).days < days]


def _row(listing: Listing, now: datetime) -> list[object]:
    house, sold = listing.house, listing.closed_at
    price = listing.close_price if sold else listing.list_price
    slug = f"{address(house)}-{house.zip}".replace(" ", "-").replace("#", "unit-")
    home = 10**7 + int(listing.mls_number)
    url = f"https://www.redfin.com/{house.state}/{house.city}/{slug}/home/{home}"
    return [
        *(
            "PAST SALE" if sold else "MLS Listing",
            f"{sold:%B}-{sold.day}-{sold.year}" if sold else "",
        ),
        *(_TYPES[house.sub_type], address(house), house.city, house.state, house.zip, price),
        *(house.bedrooms, house.baths, house.subdivision, house.living_area),
        *("" if house.unit else house.lot_area, house.year_built),
        *("" if sold else listing.days_on_market(now), round((price or 0) / house.living_area)),
        *(house.hoa_monthly or "", "Sold" if sold else listing.status, "", "", url),
        *(MLS_NAME.get(house.market, "MLS"), listing.mls_number, "N", "Y"),
        *(house.latitude, house.longitude),
    ]


def address(house: House) -> str:
    return f"{house.street} #{house.unit}" if house.unit else house.street


UPSTREAM = Upstream(
    name=NAME,
    routes=routes,
    faults={
        "missing": "403 (true) or 404 with an XML body: the file was renamed",
        "header_change": '"lower": all headers in lower case; true: columns renamed',
        "unit_change": "ratios change between percent and fraction",
        "window_change": "FREQUENCY says Monthly",
        "contradiction": "every row comes twice, with another last figure",
        "bot_wall": "the export answers 403 to browsers too",
    },
)
