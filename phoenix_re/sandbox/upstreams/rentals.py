"""RentCast, its predecessor Realty Mole on RapidAPI, and a service that nobody has documented.

One port serves the three: RentCast under `/v1`, Realty Mole at `/rentalListings`, the invented one
at `/listings`, in a shape of its own. The world's rentals are named here by their address: a home
that is let again keeps its id, and what was before is in `history`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from phoenix_re.sandbox.scene import Limit, Scene, Upstream
from phoenix_re.sandbox.world import House, Listing

KEY = "sandbox-rentcast-key"
RAPIDAPI_KEY = "sandbox-rapidapi-key"
MOST_ROWS = 500
DEFAULT_ROWS = 50

_ON_THE_MARKET = {"Active", "Active Under Contract"}
_TYPES = {
    "Single Family Residence": "Single Family",
    "Townhouse": "Townhouse",
    "Condominium": "Condo",
    "Manufactured Home": "Manufactured",
    "Duplex": "Multi-Family",
}
FAULTS: Mapping[str, str] = {
    "field_rename": "true: `price` is called `rent`",
    "unit_change": "true: prices are in cents",
    "total_off": "a number added to every announced total",
    "no_total": "true: the total is not announced",
    "moves": "so many rows move from the front to the back between two calls",
    "empty_is_404": "true: a ZIP without rentals is answered 404, not by an empty list",
    "subscription_inactive": "true: every call is answered 403, the plan has ended",
    "quota_used_up": "true: every call is answered by a bill not paid (RapidAPI: the monthly 429)",
}


def _fault(scene: Scene, name: str) -> Any:
    return scene.fault("rentals", name)


# ── the world in the services' words ─────────────────────────────────────────────────────────────


def _z(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}T00:00:00.000Z"


def _lines(house: House) -> tuple[str, str | None, str]:
    """Street, unit, and all of it in one line."""
    unit = f"Apt {house.unit}" if house.unit else None
    whole = ", ".join(
        part for part in (house.street, unit, house.city, f"{house.state} {house.zip}") if part
    )
    return house.street, unit, whole


def _off_the_market(listing: Listing) -> datetime | None:
    if listing.status in _ON_THE_MARKET:
        return None
    return listing.pending_at or listing.closed_at or listing.off_market_at


def _entry(listing: Listing, at: datetime) -> dict[str, Any]:
    removed = _off_the_market(listing)
    return {
        "event": "Rental Listing",
        "price": listing.list_price,
        "listingType": "Standard",
        "listedDate": _day(listing.listed_at),
        "removedDate": _day(removed) if removed else None,
        "daysOnMarket": max(1, ((removed or at) - listing.listed_at).days),
    }


def _row(scene: Scene, episodes: Sequence[Listing], at: datetime) -> dict[str, Any]:
    """RentCast's object: keys without a value are absent, not null, but for two."""
    newest = episodes[-1]
    house = newest.house
    street, unit, whole = _lines(house)
    chance = Random(house.id)
    mls = {"mlsName": "ARMLS" if house.state == "AZ" else "MLS", "mlsNumber": newest.mls_number}
    person = {"name": newest.agent, "phone": newest.agent_phone, "email": newest.agent_email}
    office = {"name": newest.office, "website": "https://office.example"}
    row: dict[str, Any] = {
        "id": whole.replace(" ", "-"),
        "formattedAddress": whole,
        "addressLine1": street,
        "addressLine2": unit,
        "city": house.city,
        "state": house.state,
        "stateFips": house.county_fips[:2],
        "zipCode": house.zip,
        "county": house.county,
        "countyFips": house.county_fips[2:],
        "latitude": house.latitude,
        "longitude": house.longitude,
        "propertyType": _TYPES[house.sub_type],
        "bedrooms": house.bedrooms,
        "bathrooms": house.baths,
        "squareFootage": house.living_area,
        "yearBuilt": house.year_built,
        "status": "Active" if newest.status in _ON_THE_MARKET else "Inactive",
        **_entry(newest, at),
        "createdDate": _day(episodes[0].listed_at),
        "lastSeenDate": _z(_off_the_market(newest) or at),
        "history": {f"{x.listed_at:%Y-%m-%d}": _entry(x, at) for x in episodes},
    }
    del row["event"]
    if chance.random() < 0.7:
        row["lotSize"] = house.lot_area
    if house.hoa_monthly and chance.random() < 0.6:
        row["hoa"] = {"fee": house.hoa_monthly}
    if chance.random() < 0.75:  # the others were found on a site, not in an MLS
        row |= {**mls, "listingAgent": person, "listingOffice": office}
    if _fault(scene, "unit_change"):
        row["price"] *= 100
    if _fault(scene, "field_rename"):
        row["rent"] = row.pop("price")
    return row


def _rows(scene: Scene, zip_code: str) -> list[dict[str, Any]]:
    at = scene.now
    episodes: dict[str, list[Listing]] = {}
    for listing in scene.world.listings(zip_code, at, "rent"):
        episodes.setdefault(_lines(listing.house)[2], []).append(listing)
    return [_row(scene, found, at) for found in episodes.values()]


def _old_row(row: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Realty Mole's object of the same rental."""
    same = (
        *("id", "formattedAddress", "longitude", "latitude", "city", "state", "county"),
        *("bedrooms", "bathrooms", "propertyType", "squareFootage", "price", "rent"),
    )
    listed = datetime.fromisoformat(row["listedDate"])
    return {
        **{name: row[name] for name in same if name in row},
        "zipcode": row["zipCode"],
        "address": ", ".join(filter(None, (row["addressLine1"], row["addressLine2"]))),
        "publishedDate": row["listedDate"],
        "daysOld": round((at - listed).total_seconds() / 86_400, 4),
    }


def _mapped_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The undocumented service's object: nested, and with a person's telephone in it."""
    return {
        "id": row["id"],
        "address": {
            "full": row["formattedAddress"],
            "street": row["addressLine1"],
            "unit": row["addressLine2"],
            "city": row["city"],
            "state": row["state"],
            "zip": row["zipCode"],
        },
        "location": {"lat": row["latitude"], "lng": row["longitude"]},
        "type": row["propertyType"],
        "beds": row["bedrooms"],
        "baths": row["bathrooms"],
        "sqft": row["squareFootage"],
        **({"rent": row["price"]} if "price" in row else {"monthly": row["rent"]}),
        "listed_on": row["listedDate"][:10],
        "manager": {"call": "602-555-0142"},
    }


# ── answering ────────────────────────────────────────────────────────────────────────────────────


def _refusal(status: int, error: str, message: str) -> Response:
    return JSONResponse({"status": status, "error": error, "message": message}, status)


def _rapidapi_refusal(status: int, message: str) -> Response:
    return JSONResponse({"message": message}, status)


def _rentcast_door(scene: Scene, request: Request) -> Response | None:
    """What keeps a caller out, if anything does."""
    key = request.headers.get("x-api-key")
    if key is None:
        return _refusal(
            *(401, "auth/api-key-invalid"),
            "No API key provided in request. An API key must be provided in the 'X-Api-Key' header",
        )
    if key != scene.credentials.get("rentals", {}).get("key", KEY):
        return _refusal(401, "auth/api-key-invalid", "The API key is invalid")
    if _fault(scene, "subscription_inactive"):
        return _refusal(403, "billing/subscription-inactive", "The subscription is not active")
    if _fault(scene, "quota_used_up"):
        return _refusal(403, "billing/payment-required", "The last invoice has not been paid")
    return None


def _rapidapi_door(scene: Scene, request: Request) -> Response | None:
    key = request.headers.get("x-rapidapi-key")
    if key is None or not request.headers.get("x-rapidapi-host"):
        return _rapidapi_refusal(401, "Invalid API key. Go to https://docs.rapidapi.com")
    valid = scene.credentials.get("rentals", {}).get("rapidapi_key", RAPIDAPI_KEY)
    if key != valid or _fault(scene, "subscription_inactive"):
        return _rapidapi_refusal(403, "You are not subscribed to this API.")
    if _fault(scene, "quota_used_up"):
        return _rapidapi_refusal(
            429,
            "You have exceeded the MONTHLY quota for Requests on your current plan, BASIC. "
            "Upgrade your plan at https://rapidapi.com/example/api/example",
        )
    return None


def _number(request: Request, name: str, default: int, least: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdecimal()) or not least <= int(text) <= most:
        raise ValueError(f"{name} must be a number from {least} to {most}")
    return int(text)


class _Shelf:
    """Pages of a list, some of whose rows move while it is read (the fault `moves`)."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._calls = 0

    def page(
        self, request: Request, rows: list[dict[str, Any]]
    ) -> tuple[list[dict[str, Any]], int]:
        moved = (_fault(self._scene, "moves") or 0) * self._calls
        self._calls += 1
        if rows:
            rows = rows[moved % len(rows) :] + rows[: moved % len(rows)]
        limit = _number(request, "limit", DEFAULT_ROWS, 1, MOST_ROWS)
        offset = _number(request, "offset", 0, 0, 10**9)
        return rows[offset : offset + limit], len(rows) + (_fault(self._scene, "total_off") or 0)


def routes(scene: Scene) -> list[BaseRoute]:
    shelf = _Shelf(scene)

    def guarded(
        door: Callable[[Scene, Request], Response | None],
        refuse: Callable[[str], Response],
        answer: Callable[[Request], Response],
    ) -> Callable[[Request], Response]:
        def answered(request: Request) -> Response:
            refused = door(scene, request)
            if refused is not None:
                return refused
            try:
                return answer(request)
            except ValueError as error:
                return refuse(str(error))

        return answered

    def wanted(request: Request, zip_name: str) -> list[dict[str, Any]]:
        zip_code = request.query_params.get(zip_name, "")
        if len(zip_code) != 5 or not zip_code.isdecimal():
            raise ValueError(f"{zip_name} must be a ZIP code of five digits")
        status = request.query_params.get("status", "Active")
        if status not in {"Active", "Inactive"}:
            raise ValueError("status must be Active or Inactive")
        return [row for row in _rows(scene, zip_code) if row["status"] == status]

    def rentcast(request: Request) -> Response:
        rows, total = shelf.page(request, wanted(request, "zipCode"))
        if not rows and _fault(scene, "empty_is_404"):
            return _refusal(404, "resource/not-found", "No listings were found")
        asked = request.query_params.get("includeTotalCount") == "true"
        tell = asked and not _fault(scene, "no_total")
        return JSONResponse(rows, headers={"X-Total-Count": str(total)} if tell else None)

    def rentcast_one(request: Request) -> Response:
        key = request.path_params["id"]
        for row in _rows(scene, key[-5:]):
            if row["id"] == key:
                return JSONResponse(row)
        return _refusal(404, "resource/not-found", "No listing was found for this id")

    def realty_mole(request: Request) -> Response:
        rows, _ = shelf.page(request, wanted(request, "zipCode"))
        return JSONResponse([_old_row(row, scene.now) for row in rows])

    def undocumented(request: Request) -> Response:
        rows, total = shelf.page(request, wanted(request, "zip"))
        told = {} if _fault(scene, "no_total") else {"total": total}
        return JSONResponse({**told, "results": [_mapped_row(row) for row in rows]})

    def bad(message: str) -> Response:
        return _refusal(400, "resource/bad-request", message)

    def rapidapi_bad(message: str) -> Response:
        return _rapidapi_refusal(400, message)

    search = "/v1/listings/rental/long-term"
    return [
        Route(search, guarded(_rentcast_door, bad, rentcast)),
        Route(search + "/{id}", guarded(_rentcast_door, bad, rentcast_one)),
        Route("/rentalListings", guarded(_rapidapi_door, rapidapi_bad, realty_mole)),
        Route("/listings", guarded(_rapidapi_door, rapidapi_bad, undocumented)),
    ]


def throttled(request: Request, _wait: float) -> Response:
    if "x-rapidapi-key" in request.headers:
        return _rapidapi_refusal(429, "Too many requests")
    return _refusal(
        *(429, "auth/rate-limit-exceeded"),
        "The rate limit of 20 requests per second has been exceeded",
    )


def key_of(request: Request) -> str:
    return request.headers.get("x-api-key") or request.headers.get("x-rapidapi-key") or ""


UPSTREAM = Upstream(
    name="rentals",
    routes=routes,
    limits=(Limit(20, 1),),
    throttled=throttled,
    key_of=key_of,
    faults=FAULTS,
    credentials={"key": KEY, "rapidapi_key": RAPIDAPI_KEY},
)
