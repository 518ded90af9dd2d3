"""What a reply means in general: which status is an error, and of which kind.

Sources with habits of their own judge first and call `general` for the rest.
"""

import email.utils
import json
from datetime import UTC, datetime

import httpx

from phoenix_re.collect.errors import (
    AuthError,
    MalformedBody,
    PermanentError,
    TransientError,
)

LONGEST_QUOTE = 200
LONGEST_BODY = 10_000  # characters of a malformed one that are kept


def general(source: str, response: httpx.Response) -> None:
    """Raise what the status says; nothing for 2xx and 3xx (304 is the cache's)."""
    status = response.status_code
    if status < 400:
        return
    where = f"{response.request.method} {without_secrets(response.request.url)} gave {status}"
    if status in {408, 425, 429} or status >= 500:
        raise TransientError(source, where, retry_after(response), throttled=status == 429)
    if status in {401, 403, 407}:
        raise AuthError(source, f"{where}: {said(response)}. Check the key and its rights.")
    raise PermanentError(source, f"{where}: {said(response)}")


def whole_json(source: str, response: httpx.Response) -> None:
    """Raise `MalformedBody` for a body that is no JSON, such as one that broke off.

    The reply to a POST is not quoted: it may be an access token, in pieces too.
    """
    try:
        json.loads(response.content)
    except (ValueError, RecursionError) as error:  # no JSON, no Unicode, no end of [[[
        body = response.text[:LONGEST_BODY] if response.request.method == "GET" else ""
        text = f"{without_secrets(response.request.url)} gave no JSON: {error}"
        raise MalformedBody(source, text, body) from error


def retry_after(response: httpx.Response, now: datetime | None = None) -> float | None:
    """Seconds of `Retry-After`: a number or an HTTP date (RFC 9110 §10.2.3); None: not said."""
    value = response.headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isdecimal():
        return float(value)
    try:
        then = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0.0, (then - (now or datetime.now(UTC))).total_seconds())


def said(response: httpx.Response) -> str:
    """The start of what the reply says, for messages."""
    text = " ".join(response.text.split()) or response.reason_phrase
    return text[:LONGEST_QUOTE]


def without_secrets(url: httpx.URL | str) -> str:
    """The URL without user, password and query values (keys travel there)."""
    url = httpx.URL(url) if isinstance(url, str) else url
    names = "&".join(dict.fromkeys(url.params.keys()))
    bare = url.copy_with(username=None, password=None, query=None, fragment=None)
    return f"{bare}?{names}" if names else str(bare)
