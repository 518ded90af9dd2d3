"""What a reply of a RESO host means: Spark's codes, OAuth's and OData's errors, quota headers.

Spark's texts change; its codes do not. Only codes and statuses decide here.
"""

import email.utils
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from phoenix_re.collect import judging
from phoenix_re.collect.errors import AuthError, CollectError, PermanentError, TransientError

LONGEST_KEPT = 10_000  # characters of a body that is no JSON
_EPOCH_MILLISECONDS = 10**11  # more is a moment, less a length of time

Meaning = Callable[[str, httpx.Response], CollectError]


class TokenRefused(PermanentError):  # noqa: N818
    """401: the token may just have expired. With OAuth a new one is asked for, once; so this is no
    `AuthError` yet, which would end the source at once."""


class NotOffered(PermanentError):  # noqa: N818
    """404: the host has no such resource."""


def _auth(advice: str) -> Meaning:
    return lambda source, response: AuthError(source, advice)


def _permanent(advice: str) -> Meaning:
    return lambda source, response: PermanentError(
        source, f"{advice} ({response.status_code}: {judging.said(response)})"
    )


def _transient(what: str, *, throttled: bool = False) -> Meaning:
    return lambda source, response: TransientError(
        source, what, wait(response), throttled=throttled
    )


SPARK_CODES: Mapping[str, Meaning] = {
    "1000": _auth("the key is not valid: check RESO_ACCESS_TOKEN"),
    "1010": _auth("the key is disabled: ask the MLS to enable it"),
    "1015": _auth("the key's user is not active: ask the MLS"),
    "1019": _auth("this machine's address or the User-Agent is not allowed with the key"),
    "1020": lambda source, response: TokenRefused(source, "the token has expired: get a new one"),
    "1021": _auth("the key is for replication: set base_url to https://replication.sparkapi.com"),
    "1040": _permanent("the filter is not understood; see options.zip_filter and filters"),
    "1041": _permanent("the filter is too long: lower options.keys_per_call"),
    "1050": _permanent("a parameter is missing; see options.overrides"),
    "1053": _permanent("a parameter is not valid; see options.overrides"),
    "1500": _auth("the resource is not in the key's service level: ask the MLS for it"),
    "1510": _transient("the service is down"),
    "1515": _transient("the request took too long"),
    "1516": _permanent("the filter or order makes the request too slow: lower overrides.page_size"),
    "1550": _transient("over the rate limit (1550)", throttled=True),
    "3000": _permanent("the Data Dictionary version is not supported; see options.overrides.root"),
}
_OAUTH_REFUSALS = frozenset(
    {"invalid_client", "invalid_grant", "unauthorized_client", "invalid_scope", "access_denied"}
)


def judge(source: str, response: httpx.Response) -> None:
    """Raise what the reply means."""
    status = response.status_code
    if status == httpx.codes.OK:
        judging.whole_json(source, response)
    if status < 400:
        return
    error = _error(response)
    raised = SPARK_CODES.get(str(error.get("code") or error.get("Code")))
    if raised is not None:
        raise raised(source, response)
    if error.get("oauth") in _OAUTH_REFUSALS:
        raise AuthError(
            source,
            f"no token: {error['oauth']}. Check RESO_CLIENT_ID, RESO_CLIENT_SECRET and the scope",
        )
    if status == httpx.codes.UNAUTHORIZED:
        raise TokenRefused(source, f"the token is refused: {judging.said(response)}")
    if status == httpx.codes.NOT_FOUND:
        where = judging.without_secrets(response.request.url)
        raise NotOffered(source, f"{where} gave 404: {judging.said(response)}")
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise TransientError(source, "over the rate limit", wait(response), throttled=True)
    judging.general(source, response)


def _error(response: httpx.Response) -> dict[str, Any]:
    """The error object of OData or of Spark's first API; OAuth's word for it under `oauth`."""
    try:
        body = response.json()
    except ValueError:
        return {}
    if not isinstance(body, dict):
        return {}
    error = body.get("error") or body.get("D")
    if isinstance(error, str):
        return {"oauth": error}
    return error if isinstance(error, dict) else {}


def wait(response: httpx.Response) -> float | None:
    """Seconds to wait: `Retry-After`, else Trestle's `Hour-Quota-ResetTime` (milliseconds: a moment
    by the host's own clock, or a length of time)."""
    told = judging.retry_after(response)
    reset = response.headers.get("hour-quota-resettime", "")
    if told is not None or not (reset.isascii() and reset.isdecimal() and len(reset) < 16):
        return told
    milliseconds = int(reset)
    if milliseconds < _EPOCH_MILLISECONDS:
        return milliseconds / 1000
    return max(0.0, milliseconds / 1000 - _its_time(response).timestamp())


def _its_time(response: httpx.Response) -> datetime:
    try:
        return email.utils.parsedate_to_datetime(response.headers.get("date", ""))
    except ValueError:
        return datetime.now(UTC)
