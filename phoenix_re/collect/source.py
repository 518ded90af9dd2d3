"""What a source is: a `SourceSpec` a module under `sources/`, and the `Session` that it is handed.

A source knows its upstream's paths, paging, oddities and shapes, and nothing of limits, money,
caches, proxies, retries, storage or Dagster: those are the session's. `collect(session)` yields
what the upstream said, payload by payload; each is read by one of the spec's formats.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict

from phoenix_re.collect.formats.form import Format
from phoenix_re.markets import Market

M = TypeVar("M", bound=BaseModel)

Light = Literal["green", "amber", "red"]
"""green: lawful with key or licence. amber: a person must accept the terms, with date and name, in
the market file. red: refused, whatever the file says."""

Provides = Literal["sale_listings", "rental_listings", "parcels", "posts", "series"]


class Options(BaseModel):
    """Base of a source's own settings in a market file (`sources.<name>.options`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Found:
    """A listing or parcel: one payload, as received, and the name of the format that reads it."""

    payload: dict[str, Any]
    format: str


@dataclass(frozen=True, slots=True)
class Point:
    """One number of a published series. Revised values of a period differ in `released_on`."""

    series: str  # "zhvi", "zori", "redfin_median_sale_price" …
    zip: str
    period_end: date
    value: float
    unit: str  # "usd", "usd_per_month", "usd_per_sqft", "frac", "days", "months", "count"
    released_on: date


@dataclass(frozen=True, slots=True)
class Post:
    """A public post that may speak of homes. Nothing of a person is in it."""

    key: str
    text: str
    url: str | None
    posted_at: datetime  # UTC
    payload: dict[str, Any]


Item = Found | Point | Post


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of a listing: its newest version."""

    payload: Mapping[str, Any]
    last_observed_at: datetime
    source_modified_at: datetime | None


class Session(Protocol):
    """One source asked about one ZIP, or (`SourceSpec.scope`) about all ZIPs of a run at once.
    Everything that a source may use of the machinery."""

    source: str  # the spec's name
    market: Market
    zip: str  # empty where the scope is the market
    zips: Sequence[str]  # `(zip,)`, or all ZIPs of the run
    now: datetime  # UTC: the moment of this look, the `observed_at` of what it finds
    base_url: str  # without a slash at its end
    credentials: Mapping[str, str]  # by the names of `SourceSpec.credentials`; absent: not set

    def options(self, model: type[M]) -> M:
        """The market file's options of the source, as the source's own model."""
        ...

    def get(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        kind: str,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """GET `base_url + path` (or an absolute URL, such as a next link).

        Waits for the rate limit, reserves the price, asks the cache, obeys robots.txt, goes through
        a proxy where the market says so, retries what is transient, and counts. The reply has
        passed `SourceSpec.judge`. `kind` names the kind of call ("search", "detail", …): cache
        lifetime and report go by it. Raises `CollectError`s only.
        """
        ...

    def get_json(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        kind: str,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """`get`, and the body read as JSON; one that breaks off is tried again, then drift."""
        ...

    def post(
        self,
        path: str,
        *,
        kind: str,
        data: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """As `get`, never cached."""
        ...

    def token(self, fetch: Callable[[], tuple[str, float]], *, renew: bool = False) -> str:
        """An access token, kept in memory for the run's sessions of this source and key.

        `fetch` asks for one (by `post`) and gives it with its lifetime in seconds. Fetched anew
        when within 60 s of its expiry or when `renew`. Never stored, never logged.
        """
        ...

    def download(self, path: str, *, kind: str) -> Path:
        """A large file, streamed to this machine's disk and shared by all markets and processes.

        Asked again after `cache_hours` by a conditional request (`ETag`, `Last-Modified`). The
        file is as served: a `.gz` stays one. Do not write to it.
        """
        ...

    def check(self, contract: type[M], payload: Any, *, what: str) -> M:
        """`payload` through its contract; `ContractError` naming `what`, field and value."""
        ...

    def known(self, format: str) -> Mapping[str, Known]:  # noqa: A002
        """The listings of this ZIP that are stored under a format, by source key."""
        ...

    def parallel(self, calls: list[Callable[[], Any]]) -> Iterator[Any]:
        """Make calls at once, as many as the source allows; results in order, the first error
        raised. For detail pages."""
        ...

    def note(self, text: str) -> None:
        """A sentence for the run's report: a total that did not add up, a page limit reached."""
        ...

    cursor: MutableMapping[str, Any]
    """JSON-like state of (source, market, ZIP or ""). Kept once all that was found has landed."""


@dataclass(frozen=True, kw_only=True)
class SourceSpec:
    """A source: who it is, what law and shape it has, and how it is asked."""

    name: str
    title: str  # "Maricopa County Assessor"
    light: Light
    provides: frozenset[Provides]
    base_url: str  # of the real upstream; a market's options or the environment may name another
    formats: tuple[Format, ...]
    collect: Callable[[Session], Iterator[Item]]
    scope: Literal["zip", "market"] = "zip"
    """market: one file or feed speaks of all ZIPs; `collect` is called once a run, `Found`s may be
    of any ZIP of the market."""
    judge: Callable[[str, httpx.Response], None] | None = None
    """`judge(source, response)` raises what a reply means where the general rules of
    `judging.py` (401/403 auth, 408/429/5xx transient, other 4xx permanent) do not fit; it calls
    `judging.general` for the rest."""
    options: type[Options] = Options
    credentials: Mapping[str, str] = field(default_factory=dict)
    """name → environment variable: {"token": "MARICOPA_API_TOKEN"}."""
    required_credentials: frozenset[str] = frozenset()
    withdraws: Callable[[Mapping[str, Any]], bool] = lambda payload: False
    """Whether a payload takes back what was stored of its listing before (`withdrawals.py`)."""
    billed: Callable[[httpx.Response], bool] = lambda response: True
    """Whether an answered call costs its price (RentCast bills 200 only). Others are refunded."""
    cache_hours: Mapping[str, float] = field(default_factory=dict)
    """kind of call → hours (1 to 6) for which the cache answers; absent: asked anew. Kept are JSON
    replies, without the people that they name; pages made for people never."""
    private: frozenset[str] = frozenset()
    """Keys, at any depth, whose values are names, phones, e-mails: dropped before anything is
    stored."""
    hashed: frozenset[str] = frozenset()
    """Keys whose values are replaced by a keyed hash: owners, who matter as same-or-not."""
    robots: bool = False
    """Pages made for people: robots.txt is fetched and obeyed. APIs with a key have none to ask."""
    pages: bool = False
    """HTML pages: a proxy may be used (never on an API that identifies us by key)."""
