"""Homes for rent from RentCast, its predecessor Realty Mole, or another service by configuration.

RentCast's free plan has 50 calls a month and bills more without a stop; only 200s count. Which
service, and where its things are, is data (`services.py`); rows are read by `format.py`.
"""

import re

import httpx

from phoenix_re.collect import judging
from phoenix_re.collect.errors import AuthError, QuotaExceeded, TransientError
from phoenix_re.collect.source import SourceSpec
from phoenix_re.collect.sources.rentals.collecting import collect
from phoenix_re.collect.sources.rentals.format import FORMATS
from phoenix_re.collect.sources.rentals.services import SERVICES, RentalsOptions

_MONTHLY = re.compile(r"\bmonthly\s+quota\b", re.IGNORECASE)


def judge(source: str, response: httpx.Response) -> None:
    """RentCast tells by `error` of its envelope, RapidAPI by `message`; else the general rules."""
    if response.status_code == httpx.codes.OK:
        judging.whole_json(source, response)
    if response.status_code < 400:
        return
    error, message = _envelope(response)
    if error == "resource/not-found":
        return  # no rental there: an answer
    if error.startswith("billing/"):
        if "subscription" in error:
            raise AuthError(source, f"{error}: renew the subscription at app.rentcast.io")
        raise QuotaExceeded(source, f"{error}: the plan is used up until the next billing period")
    if error.startswith("auth/rate-limit"):
        raise TransientError(source, error, judging.retry_after(response), throttled=True)
    if error.startswith("auth/"):
        raise AuthError(source, f"{error}: check RENTCAST_API_KEY")
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS and _MONTHLY.search(message):
        raise QuotaExceeded(source, "the plan's calls of this month are used up (RapidAPI)")
    judging.general(source, response)


def _envelope(response: httpx.Response) -> tuple[str, str]:
    try:
        body = response.json()
    except ValueError:
        return "", ""
    if not isinstance(body, dict):
        return "", ""
    return tuple(  # type: ignore[return-value]
        value if isinstance(value := body.get(name), str) else "" for name in ("error", "message")
    )


def billed(response: httpx.Response) -> bool:
    """RentCast counts its 200s; RapidAPI counts whatever reached the service."""
    if "x-rapidapi-key" in response.request.headers:
        return response.status_code != httpx.codes.TOO_MANY_REQUESTS
    return response.status_code == httpx.codes.OK


SPEC = SourceSpec(
    name="rentals",
    title="RentCast (rentals)",
    light="green",
    provides=frozenset({"rental_listings"}),
    base_url=SERVICES["rentcast"].base_url,
    formats=tuple(FORMATS.values()),
    collect=collect,
    judge=judge,
    options=RentalsOptions,
    credentials={"key": "RENTCAST_API_KEY", "rapidapi_key": "RAPIDAPI_KEY"},
    billed=billed,
    cache_hours={"search": 6, "detail": 6},
    private=frozenset(
        {
            *("listingAgent", "listingOffice", "builder", "owner"),
            *("agentName", "agentPhone", "agentEmail", "contact", "contactName"),
            *("phone", "email", "website"),
        }
    ),
)
