"""Maricopa County Assessor: parcels by ZIP, their details and valuations, rental registrations.

Needs a free token from the county (contact form, "API Question/Token"). What a reply means is here,
how the pages are walked in `collecting.py`, how payloads are read in `formats.py`.
"""

import httpx

from phoenix_re.collect import judging
from phoenix_re.collect.errors import AuthError, TransientError
from phoenix_re.collect.source import SourceSpec
from phoenix_re.collect.sources.maricopa_assessor.collecting import AssessorOptions, collect
from phoenix_re.collect.sources.maricopa_assessor.formats import DETAILS, PARCEL, RENTAL

NAME = "maricopa_assessor"


def judge(source: str, response: httpx.Response) -> None:
    """A refused token is a 500 whose reason phrase says so; a path that does not exist is a page.

    The phrase travels in HTTP/1.1 only: this source must not be asked over HTTP/2.
    """
    if response.status_code == 500 and "unauthorized access" in response.reason_phrase.casefold():
        raise AuthError(
            source,
            f"the county refuses the token ({response.reason_phrase}). Check MARICOPA_API_TOKEN; a "
            "token is free: the county's contact form, subject 'API Question/Token'.",
        )
    judging.general(source, response)
    kind = response.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind == "text/html":
        where = judging.without_secrets(response.request.url)
        raise TransientError(
            source,
            f"{where} gave an HTML page in place of JSON. If it stays so, the path no longer "
            f"exists: correct sources.{NAME}.options in the market file.",
        )


SPEC = SourceSpec(
    name=NAME,
    title="Maricopa County Assessor",
    light="green",
    provides=frozenset({"parcels"}),
    base_url="https://mcassessor.maricopa.gov",
    formats=(PARCEL, DETAILS, RENTAL),
    collect=collect,
    judge=judge,
    options=AssessorOptions,
    credentials={"token": "MARICOPA_API_TOKEN"},
    required_credentials=frozenset({"token"}),
    cache_hours={"detail": 6},  # pages never: a second look must not see the first one's again
    private=frozenset({"Contact", "Agent"}),
    hashed=frozenset({"Ownership", "Owner"}),
)
