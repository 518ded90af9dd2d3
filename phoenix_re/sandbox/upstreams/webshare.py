"""Webshare's proxy list, whose rows are the sandbox's own proxies (`proxy_server.py`).

Whoever starts the proxies writes their ports into `scene.proxy_ports` and hands them
`behaviour(scene)`, so that the faults of this upstream reach them while they run.
"""

import math
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from phoenix_re.sandbox.proxy_server import PASSWORD, USERNAME, Behaviour
from phoenix_re.sandbox.scene import Limit, Scene, Upstream

NAME = "webshare"
KEY = "sandbox-webshare-key"
PATH = "/api/v2/proxy/list/"
MODES = ("direct", "backbone")
DEFAULT_ROWS = 25
MOST_ROWS = 250
INVALID = 2  # the last so many of ten or more proxies are listed as not valid, though they work

_PLACES = (
    ("US", "Phoenix", 'Uab "Example Net"', 64500),
    ("US", "Denver", "Example Transit", 64501),
    ("US", None, "Example Fibre", 64502),
    ("DE", "Berlin", "Beispielnetz GmbH", 64503),
    ("GB", "London", "Example Hosting Ltd", 64504),
)
_WAYS: tuple[Behaviour, ...] = ("refuse", "hang", "close")
FAULTS: Mapping[str, str] = {
    "dead_proxies": "share of the proxies that are dead (0 to 1), spread evenly over the list",
    "dead_how": "refuse, hang or close, for all dead proxies (default: in turn)",
    "bandwidth_used_up": "true: every proxy answers 407",
    "account": "2fa_needed, account_suspended or account_deleted: the list answers 403",
    "plain_errors": "true: the texts of a 400 are plain strings, as the documentation shows them",
    "field_rename": "true: `proxy_address` is called `address`",
}


def behaviour(scene: Scene) -> Callable[[int], Behaviour]:
    """How the proxy with an index behaves at the moment it is asked."""

    def of(index: int) -> Behaviour:
        if scene.fault(NAME, "bandwidth_used_up"):
            return "no_bandwidth"
        share = float(scene.fault(NAME, "dead_proxies", 0.0))
        dead_before, dead = (math.floor(round(n * share, 9)) for n in (index, index + 1))
        if dead == dead_before:
            return "ok"
        return scene.fault(NAME, "dead_how") or _WAYS[dead_before % len(_WAYS)]

    return of


def routes(scene: Scene) -> list[BaseRoute]:
    def listed(request: Request) -> Response:
        return _refusal(scene, request) or _page(scene, request)

    return [Route(PATH, listed, methods=["GET"])]


def _refusal(scene: Scene, request: Request) -> Response | None:
    given = request.headers.get("authorization", "")
    if not given.startswith("Token "):
        return _reply(401, {"detail": "Authentication credentials were not provided."})
    if given != f"Token {scene.credentials.get(NAME, {}).get('key', KEY)}":
        return _reply(401, {"detail": "Invalid token."})
    if code := scene.fault(NAME, "account"):
        return _reply(403, {"detail": "You cannot use the API.", "code": code})
    mode = request.query_params.get("mode")
    if mode in MODES:
        return None
    if mode is None:
        text, code = "This field is required.", "required"
    else:
        text, code = f'"{mode}" is not a valid choice.', "invalid_choice"
    plain = scene.fault(NAME, "plain_errors")
    return _reply(400, {"mode": [text if plain else {"message": text, "code": code}]})


def _page(scene: Scene, request: Request) -> Response:
    asked = request.query_params
    rows = _chosen(_rows(scene, asked["mode"]), asked)
    size = _number(asked.get("page_size"), DEFAULT_ROWS)
    size = min(size, MOST_ROWS)
    page = _number(asked.get("page"), 0) if "page" in asked else 1
    pages = max(1, math.ceil(len(rows) / size))
    if not 1 <= page <= pages:
        return _reply(404, {"detail": "Invalid page."})
    return _reply(
        200,
        {
            "count": len(rows),
            "next": _link(request, page + 1) if page < pages else None,
            "previous": _link(request, page - 1) if page > 1 else None,
            "results": rows[(page - 1) * size : page * size],
        },
    )


def _rows(scene: Scene, mode: str) -> list[dict[str, Any]]:
    ports = scene.proxy_ports
    address = "address" if scene.fault(NAME, "field_rename") else "proxy_address"
    rows = []
    for index, port in enumerate(ports):
        country, city, asn, number = _PLACES[index % len(_PLACES)]
        nowhere = mode == "backbone" and index == 0
        rows.append(
            {
                "id": f"{mode[0]}-{10_500 + index}",
                "username": USERNAME,
                "password": PASSWORD,
                address: None if nowhere else "127.0.0.1",
                "port": port,
                "valid": len(ports) < 10 or index < len(ports) - INVALID,
                "last_verification": "2025-06-09T23:34:00.095501-07:00",
                "country_code": country,
                "city_name": city,
                "asn_name": asn,
                "asn_number": number,
                "high_country_confidence": True,
                "created_at": "2024-01-14T11:58:10.246406-08:00",
            }
        )
    return rows


def _chosen(rows: list[dict[str, Any]], asked: Mapping[str, str]) -> list[dict[str, Any]]:
    countries = {c for c in asked.get("country_code__in", "").split(",") if c}
    valid = {"true": True, "false": False}.get(asked.get("valid", "").lower())
    return [
        row
        for row in rows
        if (not countries or row["country_code"] in countries)
        and (valid is None or row["valid"] is valid)
    ]


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and int(text) > 0 else default


def _link(request: Request, page: int) -> str:
    return str(request.url.include_query_params(page=page))


def _reply(status: int, body: object, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse(body, status, {"X-Request-ID": uuid.uuid4().hex, **(headers or {})})


def throttled(request: Request, wait: float) -> Response:
    seconds = max(1, math.ceil(wait))
    detail = f"Request was throttled. Expected available in {seconds} seconds."
    return _reply(429, {"detail": detail}, {"Retry-After": str(seconds)})


UPSTREAM = Upstream(
    name=NAME,
    routes=routes,
    limits=(Limit(180, 60),),
    throttled=throttled,
    faults=FAULTS,
    credentials={"key": KEY},
)
