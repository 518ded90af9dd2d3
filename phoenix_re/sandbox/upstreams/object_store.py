"""What stand-ins of object stores share: conditional requests, XML errors, the day of a release.

Not a stand-in itself. Figures of the published series are functions of (seed, ZIP, month, release);
they are not computed from the homes of the world, of which a whole market would take minutes.
"""

import email.utils
import hashlib
import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from random import Random

from starlette.requests import Request
from starlette.responses import Response

RELEASE_DAY = 14
_ERRORS = {
    403: ("AccessDenied", "Access Denied"),
    404: ("NoSuchKey", "The specified key does not exist."),
}


def month_of(day: date | datetime) -> int:
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    return date.fromordinal(first_day(month + 1).toordinal() - 1)


def newest_release(now: datetime) -> datetime:
    """The last middle of a month, 18:00 UTC; it speaks of the month before and all earlier ones."""
    this = now.replace(day=RELEASE_DAY, hour=18, minute=0, second=0, microsecond=0)
    if this <= now:
        return this
    before = first_day(month_of(now) - 1)
    return datetime(before.year, before.month, RELEASE_DAY, 18, tzinfo=UTC)


def chance(*what: object) -> Random:
    return Random(_number(what))


def fraction(*what: object) -> float:
    """0 to 1, as random as `chance` and much cheaper."""
    return _number(what) / 2**64


def _number(what: tuple[object, ...]) -> int:
    text = "|".join(map(str, what)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest())


@lru_cache(maxsize=4096)
def _base_and_growth(seed: int, zip_code: str) -> tuple[float, float]:
    drawn = chance(seed, "level", zip_code)
    return 330_000 * math.exp(drawn.gauss(0, 0.3)), 1 + drawn.uniform(0.01, 0.06)


def level(seed: int, zip_code: str, month: int) -> float:
    """What the ZIP's typical home is worth in a month, in dollars, before any smoothing."""
    base, growth = _base_and_growth(seed, zip_code)
    wobble = 1 + 0.02 * (fraction(seed, "wobble", zip_code, month) - 0.5)
    return base * growth ** ((month - month_of(date(2020, 1, 1))) / 12) * wobble


def revision(seed: int, zip_code: str, month: int, release: int) -> float:
    """A factor near 1: what a year of later knowledge changes. After it the month is settled."""
    settled = month + 12
    return 1 + 0.01 * (fraction(seed, zip_code, month, min(release, settled)) - 0.5)


def static(
    request: Request,
    body: Callable[[], bytes],
    modified: datetime | None,
    state: str,
    media_type: str,
) -> Response:
    """200 with validators, or 304. `state` names the content; `modified` None: no Last-Modified."""
    etag = f'"{hashlib.md5(state.encode(), usedforsecurity=False).hexdigest()}"'
    headers = {"etag": etag, "accept-ranges": "bytes", "server": "AmazonS3"}
    if modified is not None:
        headers["last-modified"] = email.utils.format_datetime(modified, usegmt=True)
    known, since = (request.headers.get(n) for n in ("if-none-match", "if-modified-since"))
    unchanged = (
        known == etag if known else since is not None and since == headers.get("last-modified")
    )
    if unchanged:
        return Response(status_code=304, headers=headers)
    return Response(body(), headers=headers, media_type=media_type)


def error(status: int, key: str) -> Response:
    code, message = _ERRORS[status]
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message><Key>{key}</Key>"
        "<RequestId>SANDBOX0000000001</RequestId></Error>"
    )
    return Response(text, status, media_type="application/xml")
