"""The four hosts' habits: paths, page sizes, tokens, what each insists on, and how each refuses."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from phoenix_re.sandbox.scene import Scene
from phoenix_re.sandbox.upstreams.reso_feed.rows import Spelling

CREDENTIALS = {
    "token": "sandbox-reso-token",
    "client_id": "sandbox-reso-client",
    "client_secret": "sandbox-reso-secret",
}
TOKEN_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Host:
    """One host. `replication` is the path below the root that pages without `$orderby`."""

    name: str
    root: str
    default_top: int
    most_top: int
    spelling: Spelling
    replication: str = ""
    replication_most_top: int = 0
    skip_links: bool = False  # next links count rows of the live data, not of a snapshot
    orders: bool = True  # `$orderby` is allowed
    expands: bool = True
    counts_as_text: bool = False
    needs_gzip: bool = False
    needs_system: bool = False
    most_top_expanded: int = 0
    quota_headers: bool = False
    events: bool = False


HOSTS = (
    Host(
        name="spark",
        root="/Version/3/Reso/OData",
        default_top=10,
        most_top=1000,
        spelling=Spelling(masked=frozenset({"TaxAnnualAmount", "PrivateRemarks"})),
        counts_as_text=True,
        events=True,
    ),
    Host(
        name="bridge",
        root="/api/v2/OData/{dataset}",
        default_top=10,
        most_top=200,
        spelling=Spelling(human=False, joined=True),
        replication="/Property/replication",
        replication_most_top=2000,
    ),
    Host(
        name="trestle",
        root="/trestle/odata",
        default_top=10,
        most_top=1000,
        spelling=Spelling(human=False),
        skip_links=True,
        quota_headers=True,
        events=True,
    ),
    Host(
        name="mlsgrid",
        root="/v2",
        default_top=500,
        most_top=5000,
        spelling=Spelling(mls_grid=True),
        skip_links=True,
        orders=False,
        needs_gzip=True,
        needs_system=True,
        most_top_expanded=1000,
    ),
)
# Spark's code → the HTTP status that it comes with.
SPARK_STATUS: Mapping[int, int] = {
    **dict.fromkeys((1000, 1010, 1020), 401),
    **dict.fromkeys((1015, 1019, 1021, 1500), 403),
    **dict.fromkeys((1040, 1041, 1050, 1053, 3000), 400),
    **dict.fromkeys((1510, 1515, 1516), 503),
    1550: 429,
}


def host_of(request: Request) -> Host:
    """Whose path it is; Spark's where it is nobody's."""
    path = request.url.path
    for host in HOSTS:
        if path.startswith(host.root.partition("{")[0]):
            return host
    return HOSTS[0]


def refusal(status: int, code: Any, message: str) -> Response:
    return JSONResponse(
        {"error": {"code": code, "message": message}}, status, {"OData-Version": "4.0"}
    )


def door(scene: Scene, host: Host, request: Request) -> Response | None:
    """What keeps a caller out, in the order in which the hosts look."""
    if host.needs_gzip and "gzip" not in request.headers.get("accept-encoding", ""):
        return refusal(400, "400", "COMPRESSION REQUIRED")
    code = scene.fault("reso_feed", "spark_code")
    if code and host.name == "spark":
        return refusal(SPARK_STATUS[code], code, f"Error {code}")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer":
        token = request.query_params.get("access_token", "") if host.name == "bridge" else ""
    if token == credentials(scene)["token"]:
        return None
    expired = _is_expired(scene, token)
    if expired is False:
        return None
    if host.name == "spark":
        told = (1020, "Session token has expired") if expired else (1000, "Invalid API key")
        return refusal(401, *told)
    return refusal(401, "401", "Token expired" if expired else "Unauthorized")


def credentials(scene: Scene) -> Mapping[str, str]:
    return {**CREDENTIALS, **scene.credentials.get("reso_feed", {})}


def _seal(scene: Scene, text: str) -> str:
    secret = credentials(scene)["client_secret"].encode()
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:24]


def _is_expired(scene: Scene, token: str) -> bool | None:
    """None: not a token that we gave. The end of its life is in it."""
    end, _, seal = token.partition("-")
    if not end.isdecimal() or not hmac.compare_digest(seal, _seal(scene, end)):
        return None
    return scene.clock() * 1000 >= int(end)


def token_route(scene: Scene) -> Callable[[Request], Any]:
    """OAuth2 client credentials."""

    async def answer(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(errors="replace")))
        valid = credentials(scene)
        if form.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        if any(form.get(name) != valid[name] for name in ("client_id", "client_secret")):
            return JSONResponse({"error": "invalid_client"}, 401)
        seconds = scene.fault("reso_feed", "token_seconds", TOKEN_SECONDS)
        end = str(round((scene.clock() + seconds) * 1000))
        told = max(seconds, TOKEN_SECONDS)  # one that dies early does not say so
        return JSONResponse(
            {
                "access_token": f"{end}-{_seal(scene, end)}",
                "token_type": "Bearer",
                "expires_in": told,
            }
        )

    return answer


def throttled(request: Request, wait: float) -> Response:
    host = host_of(request)
    if host.name == "spark":
        return refusal(429, 1550, "Over rate limit")
    response = refusal(429, "429", "Too many requests")
    if host.name == "trestle":
        response.headers["Hour-Quota-ResetTime"] = str(round(wait * 1000))
    else:
        response.headers["Retry-After"] = str(max(1, round(wait)))
    return response


def key_of(request: Request) -> str:
    signed = request.headers.get("authorization") or request.query_params.get("access_token", "")
    return f"{host_of(request).name} {signed}"
