"""Instagram's Graph API: hashtag ids, the newest posts of a hashtag, the ledger of 30 in 7 days.

Posts are made from the world's homes for rent and for sale of the day; which hashtag they carry
follows from the post. Nothing here names a person.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from phoenix_re.sandbox.scene import Scene, Upstream

NAME = "instagram"
TOKEN = "sandbox-instagram-token"  # noqa: S105 - the sandbox's own
USER_ID = "17841400000000001"
MOST_HASHTAGS = 30
MOST_A_PAGE = 50
POSTS_A_DAY = 130  # of one hashtag
_FIELDS = {"id", "caption", "media_type", "media_url", "permalink", "timestamp", "like_count"}
_FIELDS |= {"comments_count", "children"}
_CALLS_AN_HOUR = 200


def routes(scene: Scene) -> list[BaseRoute]:
    """What the server remembers: when each hashtag was first asked for, how often its `after` was
    used, when it was called."""
    asked: dict[str, datetime] = {}
    turns: dict[str, int] = {}
    calls: list[datetime] = []

    def guarded(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def respond(request: Request) -> Response:
            calls.append(scene.now)
            response = _refusal(scene, request) or answer(request)
            response.headers.update(_usage(scene, calls))
            return response

        return respond

    def search(request: Request) -> Response:
        hashtag = request.query_params.get("q", "")
        if not hashtag or not hashtag.isascii():
            return error(400, 100, "Invalid parameter")
        if hashtag.startswith("nsfw"):
            return error(400, 24, "The requested resource does not exist")
        if not _may_ask(scene, asked, hashtag_id(hashtag)):
            return error(400, 18, "Too many hashtags were searched for")
        return JSONResponse({"data": [{"id": hashtag_id(hashtag)}]})

    def recent_media(request: Request) -> Response:
        wanted = request.path_params["hashtag_id"]
        if not _may_ask(scene, asked, wanted):
            return error(400, 18, "Too many hashtags were searched for")
        fields = set(request.query_params.get("fields", "id").split(","))
        if fields - _FIELDS:
            return error(400, 100, f"Tried accessing nonexisting field ({min(fields - _FIELDS)})")
        # `after` is the same text on every page: how far it is, only the server knows.
        turns[wanted] = turns.get(wanted, 0) + 1 if request.query_params.get("after") else 0
        return _page(scene, request, wanted, fields, turns[wanted])

    def recently_searched(request: Request) -> Response:
        _may_ask(scene, asked, None)
        most = min(MOST_HASHTAGS, int(request.query_params.get("limit", "25")))
        return JSONResponse({"data": [{"id": one} for one in list(asked)[:most]]})

    return [
        Route("/{version}/ig_hashtag_search", guarded(search)),
        Route(f"/{{version}}/{USER_ID}/recently_searched_hashtags", guarded(recently_searched)),
        Route("/{version}/{hashtag_id}/recent_media", guarded(recent_media)),
    ]


def hashtag_id(hashtag: str) -> str:
    return f"178{int(hashlib.sha256(hashtag.encode()).hexdigest()[:12], 16):015d}"[:17]


def _may_ask(scene: Scene, asked: dict[str, datetime], wanted: str | None) -> bool:
    """Asking again is free and does not set the clock back."""
    for one, when in list(asked.items()):
        if when <= scene.now - timedelta(days=7):
            del asked[one]
    if wanted is None or wanted in asked:
        return True
    if len(asked) >= MOST_HASHTAGS:
        return False
    asked[wanted] = scene.now
    return True


# ── posts ───────────────────────────────────────────────────────────────────────────────────────


def posts(scene: Scene, wanted: str) -> list[dict[str, Any]]:
    """All of the last 24 hours, newest first but for a few that stand in another's place."""
    found = sorted(_made(scene, wanted), key=lambda post: post["timestamp"], reverse=True)
    for at in range(3, len(found) - 1, 7):
        found[at], found[at + 1] = found[at + 1], found[at]
    return found


def _made(scene: Scene, wanted: str) -> Iterator[dict[str, Any]]:
    gap = timedelta(days=1) / POSTS_A_DAY
    newest = int(scene.now.timestamp() // gap.total_seconds())
    for number in range(newest - POSTS_A_DAY + 1, newest + 1):
        draw = int(hashlib.sha256(f"{wanted}|{number}".encode()).hexdigest()[:8], 16)
        at = datetime.fromtimestamp(number * gap.total_seconds(), scene.now.tzinfo)
        kind = ("IMAGE", "VIDEO", "CAROUSEL_ALBUM")[draw % 3]
        key = f"179{int(wanted[-5:]):05d}{number % 10**9:09d}"
        post: dict[str, Any] = {
            "id": key,
            "caption": _caption(draw),
            "media_type": kind,
            "permalink": f"https://www.instagram.com/p/{key}/",
            "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}+0000",
            "like_count": draw % 400,
            "comments_count": draw % 17,
        }
        if kind == "CAROUSEL_ALBUM":
            post["children"] = {"data": [{"id": f"{key}1"}, {"id": f"{key}2"}]}
        else:
            post["media_url"] = f"https://media.example/{key}.jpg"
        if draw % 5 == 0:
            del post["like_count"]  # its owner hides it
        if draw % 23 == 0:
            del post["caption"]
        yield post


def _caption(draw: int) -> str:
    beds, rent = 1 + draw % 4, 1200 + draw % 90 * 10
    return (
        f"{beds} bed near the canal, ${rent:,}/mo 🌵 #phoenixhomes",
        f"Just listed! {beds}BR with a pool, ${250 + draw % 300}k #phoenixhomes #justlisted",
        "Sunset over Camelback 🌅 #phoenixhomes",
        f"Price improvement on this {beds} bedroom, open house Saturday",
    )[draw // 7 % 4]


def _page(scene: Scene, request: Request, wanted: str, fields: set[str], turn: int) -> Response:
    most = min(MOST_A_PAGE, int(request.query_params.get("limit", "25")))
    everything = posts(scene, wanted)
    start = turn * most
    shown = [
        {n: v for n, v in post.items() if n in fields | {"id"}}
        for post in everything[start : start + most]
    ]
    if scene.fault(NAME, "renamed_field"):
        shown = [{("text" if n == "caption" else n): v for n, v in p.items()} for p in shown]
        shown = [{("published" if n == "timestamp" else n): v for n, v in p.items()} for p in shown]
    body: dict[str, Any] = {"data": shown}
    if start + most < len(everything):
        after = hashlib.sha256(wanted.encode()).hexdigest()[:24]
        url = request.url.include_query_params(after=after)
        body["paging"] = {"cursors": {"after": after}, "next": str(url)}
    return JSONResponse(body)


# ── refusals ────────────────────────────────────────────────────────────────────────────────────


def _refusal(scene: Scene, request: Request) -> Response | None:
    expected = scene.credentials.get(NAME, {"token": TOKEN})["token"]
    if request.query_params.get("access_token") != expected or scene.fault(NAME, "token_expired"):
        return error(400, 190, "Error validating access token: Session has expired", 463)
    if scene.fault(NAME, "no_permission"):
        return error(403, 10, "Application does not have permission for this action")
    if code := scene.fault(NAME, "throttled"):
        return error(403, int(code), "Application request limit reached")
    if request.query_params.get("user_id") != USER_ID:
        return error(400, 100, "Unsupported get request")
    return None


def error(status: int, code: int, message: str, subcode: int | None = None) -> Response:
    said: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
    if subcode is not None:
        said["error_subcode"] = subcode
    return JSONResponse({"error": said | {"fbtrace_id": "SANDBOXtrace"}}, status)


def _usage(scene: Scene, calls: list[datetime]) -> dict[str, str]:
    while calls and calls[0] <= scene.now - timedelta(hours=1):
        calls.pop(0)
    share = min(100, 100 * len(calls) // _CALLS_AN_HOUR)
    regained = int(scene.fault(NAME, "regain_minutes", 5)) if scene.fault(NAME, "throttled") else 0
    app = {"call_count": share, "total_cputime": share // 2, "total_time": share // 2}
    business = [{"type": "instagram", **app, "estimated_time_to_regain_access": regained}]
    return {
        "x-app-usage": json.dumps(app),
        "x-business-use-case-usage": json.dumps({USER_ID: business}),
    }


UPSTREAM = Upstream(
    name=NAME,
    routes=routes,
    faults={
        "token_expired": "error 190",
        "no_permission": "error 10 with status 403",
        "throttled": "this error code (4, 17, 32 or 613) with status 403",
        "regain_minutes": "estimated_time_to_regain_access while throttled",
        "renamed_field": "caption is called text, timestamp published",
    },
    credentials={"token": TOKEN, "user_id": USER_ID},
)
