"""One host's pages of rows: signed requests, replies through their contract, next links followed.

What is asked for, and what becomes of the rows, is in `replicating.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from pydantic import (
    AliasChoices,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from phoenix_re.collect.errors import AuthError, ContractError
from phoenix_re.collect.source import Session
from phoenix_re.collect.sources.reso_feed.format import hidden
from phoenix_re.collect.sources.reso_feed.meaning import TokenRefused
from phoenix_re.collect.sources.reso_feed.vendors import VENDORS, ResoOptions

ENOUGH_TO_TELL = 5  # rows among which a field that none has was renamed, not just unknown
UNTOLD_LIFETIME = 600.0  # seconds of a token that does not say; a 401 renews it anyway
LONGEST_LIFETIME = 366 * 86_400


class Row(BaseModel):
    """What replication goes by; every row has it, one that must be deleted too."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    key: str = Field(
        min_length=1,
        max_length=255,
        validation_alias=AliasChoices("ListingKey", "ListingKeyNumeric"),
    )
    modified_at: AwareDatetime = Field(validation_alias="ModificationTimestamp")

    @field_validator("modified_at")
    @classmethod
    def _in_utc(cls, moment: datetime) -> datetime:
        try:
            return moment.astimezone(UTC)
        except OverflowError as error:
            raise ValueError("it is beyond the calendar") from error


class Rows(BaseModel):
    rows: list[Row]


class Content(BaseModel):
    """Fields whose loss would be drift. Restricted values are `********`: texts are allowed in
    numbers' places."""

    postal_code: str | int | None = Field(None, validation_alias="PostalCode")
    status: str | None = Field(None, validation_alias=AliasChoices("StandardStatus", "MlsStatus"))
    list_price: float | str | None = Field(None, validation_alias="ListPrice")
    living_area: float | str | None = Field(None, validation_alias="LivingArea")
    bedrooms: float | str | None = Field(None, validation_alias="BedroomsTotal")
    property_type: str | None = Field(None, validation_alias="PropertyType")

    @property
    def is_dwelling(self) -> bool:
        """Land, offices and whole apartment houses rightly lack bedrooms and area."""
        kind = "".join(filter(str.isalpha, self.property_type or "")).casefold()
        return kind in {"", "residential", "residentiallease"}


class Contents(BaseModel):
    """What a page's listings say. A field that not one of several has was renamed."""

    rows: list[Content]

    @model_validator(mode="after")
    def _nothing_renamed(self) -> "Contents":
        dwellings = [row for row in self.rows if row.is_dwelling]
        for name in ("postal_code", "status", "list_price", "living_area", "bedrooms"):
            rows = dwellings if name in {"living_area", "bedrooms"} else self.rows
            if len(rows) >= ENOUGH_TO_TELL and all(getattr(row, name) is None for row in rows):
                raise ValueError(f"none of {len(rows)} rows has {name}")
        return self


class Reply(BaseModel):
    """A reply to a search. The count may be text; next links may come as a header instead."""

    value: list[dict[str, Any]]
    count: int | None = Field(None, alias="@odata.count")
    next_link: str | None = Field(None, alias="@odata.nextLink")


class Event(BaseModel):
    """An entry of the log of changes (RESO EntityEvent)."""

    sequence: int = Field(validation_alias="EntityEventSequence")
    resource: str = Field(validation_alias="ResourceName")
    key: str = Field(validation_alias="ResourceRecordKey")

    model_config = ConfigDict(coerce_numbers_to_str=True)


class Events(BaseModel):
    rows: list[Event]


@dataclass(frozen=True, slots=True)
class Listed:
    """A row as received, with what replication goes by."""

    payload: dict[str, Any]
    key: str
    modified_at: datetime  # UTC


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a resource, the link to the next page, and how many there are on all."""

    rows: list[dict[str, Any]]
    next_url: str | None
    count: int | None


class Feed:
    """A session's host, as its market uses it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.options = session.options(ResoOptions)
        self.vendor = self.options.chosen()
        # Only the first vendor is where the spec says: others are at their own address, unless
        # the operator or the sandbox named one.
        ours = session.base_url == VENDORS["spark"].base_url
        self._base = self.vendor.base_url if ours else session.base_url
        self._ours = ours
        self.root = self._base + self.vendor.root.format(dataset=self.options.dataset)

    # ── pages ───────────────────────────────────────────────────────────────────────────────────

    def page(self, url: str, params: Mapping[str, Any] | None, kind: str) -> Page:
        response, body = self._ask(url, params, kind)
        reply = self.session.check(Reply, body, what=kind)
        link = reply.next_link or response.links.get("next", {}).get("url")
        followed = self._followed(link, response.request.url) if link else None
        return Page(reply.value, followed, reply.count)

    def listings(self, page: Page) -> list[Listed]:
        """The page's rows through their contracts."""
        keys = self.session.check(Rows, {"rows": page.rows}, what="Property").rows
        shown = [row for row in page.rows if not hidden(row)]
        self.session.check(Contents, {"rows": shown}, what="Property")
        return [
            Listed(payload, row.key, row.modified_at)
            for payload, row in zip(page.rows, keys, strict=True)
        ]

    def events(self, page: Page) -> list[Event]:
        return self.session.check(Events, {"rows": page.rows}, what="EntityEvent").rows

    def _followed(self, link: str, asked: httpx.URL) -> str:
        """The link as a whole URL, else verbatim. Our token goes to no other host."""
        try:
            url = asked.join(link)
        except (httpx.InvalidURL, ValueError) as error:
            raise ContractError(self.session.source, f"the next link is no URL: {error}") from error
        safe = url.scheme == "https" or (url.scheme == "http" and asked.scheme == "http")
        if url.host not in {asked.host, httpx.URL(self._base).host} or not safe:
            raise ContractError(
                self.session.source,
                f"the next link leads elsewhere ({url.scheme}://{url.host}); our token stays here",
            )
        return str(url) if httpx.URL(link).is_relative_url else link

    # ── asking ──────────────────────────────────────────────────────────────────────────────────

    def _ask(
        self, url: str, params: Mapping[str, Any] | None, kind: str
    ) -> tuple[httpx.Response, Any]:
        """The reply and its body. A token that has expired is renewed once."""
        try:
            return self._ask_once(url, params, kind, renew=False)
        except TokenRefused as refused:
            if self.vendor.auth != "oauth2":
                raise AuthError(self.session.source, refused.message) from refused
        try:
            return self._ask_once(url, params, kind, renew=True)
        except TokenRefused as refused:
            text = f"{refused.message} A new token is refused too."
            raise AuthError(self.session.source, text) from refused

    def _ask_once(
        self, url: str, params: Mapping[str, Any] | None, kind: str, *, renew: bool
    ) -> tuple[httpx.Response, Any]:
        token = self._token(renew=renew)
        headers = {"Accept": "application/json", "OData-Version": "4.0", **self.vendor.headers}
        if self.vendor.auth == "query_token":
            signed = {**(params or {}), "access_token": token}
            url, params = str(httpx.URL(url).copy_merge_params(signed)), None
        else:
            headers["Authorization"] = f"Bearer {token}"
        response = self.session.get(url, params, kind=kind, headers=headers)
        return response, response.json()

    def _token(self, *, renew: bool) -> str:
        if self.vendor.auth == "oauth2":
            return self.session.token(self._fetch_token, renew=renew)
        return self._credential("token", "RESO_ACCESS_TOKEN")

    def _credential(self, name: str, variable: str) -> str:
        found = self.session.credentials.get(name)
        if not found:
            raise AuthError(
                self.session.source, f"no {name}: set {variable} in the environment or in .env"
            )
        return found

    def _fetch_token(self) -> tuple[str, float]:
        """A token and its lifetime in seconds (OAuth2 client credentials, RFC 6749 §4.4)."""
        where = self.vendor.token_url
        if where.startswith("http") and not self._ours:
            where = httpx.URL(where).path
        form = {
            "grant_type": "client_credentials",
            "client_id": self._credential("client_id", "RESO_CLIENT_ID"),
            "client_secret": self._credential("client_secret", "RESO_CLIENT_SECRET"),
            "scope": self.vendor.scope,
        }
        url = where if where.startswith("http") else self._base + where
        response = self.session.post(url, kind="token", data=form)
        body = response.json()
        # Not `check`: its error would keep the reply, which holds the token.
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not token:
            raise ContractError(self.session.source, "the token's reply has no access_token")
        lasts = body.get("expires_in")
        if isinstance(lasts, bool) or not isinstance(lasts, int | float):
            return token, UNTOLD_LIFETIME
        return token, float(lasts) if 0 <= lasts <= LONGEST_LIFETIME else UNTOLD_LIFETIME
