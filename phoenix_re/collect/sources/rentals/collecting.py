"""How the rentals of a ZIP are asked for: one search, and one more call for those that left it.

A call may cost money, so a page is as large as the service allows, and what became of known
listings is asked only once a known one is no longer among those on the market.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, RootModel, model_validator

from phoenix_re.collect.errors import AuthError, ContractError
from phoenix_re.collect.parse import Unreadable, timestamp
from phoenix_re.collect.source import Found, Session
from phoenix_re.collect.sources.rentals.format import is_active
from phoenix_re.collect.sources.rentals.services import SERVICES, RentalsOptions, Service

OVERLAP = 10  # rows asked for again with the next page: some move to the front while we read
ENOUGH_TO_TELL = 5  # rows among which a field that none has was renamed, not just unknown


class Row(BaseModel):
    """What every rental must say, and the types of what it may say. Absent is as good as null."""

    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True)

    id: str = Field(min_length=1, max_length=200)
    zip_code: str = Field(validation_alias=AliasChoices("zipCode", "zipcode"))
    price: float | None = None
    bedrooms: float | None = None
    bathrooms: float | None = None
    square_footage: float | None = Field(None, alias="squareFootage")
    property_type: str | None = Field(None, alias="propertyType")
    status: str | None = None


class Rows(RootModel[list[Row]]):
    """A page. A field that not one row has was renamed: any without a price are enough to tell,
    what a rental may lack is missed only where several rows lack it."""

    @model_validator(mode="after")
    def _nothing_renamed(self) -> "Rows":
        several = len(self.root) >= ENOUGH_TO_TELL
        for name in ("price", "bedrooms", "property_type") if several else ("price",):
            if self.root and all(getattr(row, name) is None for row in self.root):
                raise ValueError(f"none of {len(self.root)} rows has {name}")
        return self


def collect(session: Session) -> Iterator[Found]:
    """Every rental on the market in the ZIP, once, and the end of those that left it."""
    options = session.options(RentalsOptions)
    if _looked_lately(session, options):
        return
    search = Search(session, options)
    active = search.rows(search.service.active, options.pages_per_run)
    for payload in active.values():
        yield Found(payload, search.service.format)
    yield from _ended(session, options, search, active)
    session.cursor["looked_at"] = session.now.isoformat()


def _looked_lately(session: Session, options: RentalsOptions) -> bool:
    try:
        before = timestamp(session.cursor.get("looked_at"), UTC)
    except Unreadable:
        before = None
    pause = timedelta(hours=options.hours_between_looks)
    return before is not None and session.now - before < pause


def _ended(
    session: Session, options: RentalsOptions, search: "Search", active: Mapping[str, Any]
) -> Iterator[Found]:
    """Known listings that are no longer on the market, as the service now shows them.

    Those that it shows nowhere are remembered and not asked for again.
    """
    form, lost = search.service.format, set(map(str, session.cursor.get("lost", ())))
    gone = [
        key
        for key, known in session.known(form).items()
        if is_active(known.payload) and key not in active and key not in lost
    ]
    calls = options.ended_calls_per_run if search.complete else 0
    if not gone or not calls:
        return
    if search.service.detail_path and len(gone) <= calls:
        found = {key: row for key in sorted(gone) if (row := search.one(key)) is not None}
        looked_at = gone
    elif search.service.inactive:
        found = search.rows(search.service.inactive, calls)
        looked_at = gone if search.complete else []
    else:
        return
    for payload in found.values():
        yield Found(payload, form)
    lost |= {key for key in looked_at if key not in found}
    session.cursor["lost"] = sorted(lost - set(active))


class Search:
    """The searches of one ZIP at the market's service."""

    def __init__(self, session: Session, options: RentalsOptions) -> None:
        self.session = session
        self.service: Service = options.chosen()
        self.complete = False  # whether the last search was read to its end
        # Only RentCast is where the spec says: others are at their own address, unless the
        # operator or the sandbox named one.
        ours = SERVICES["rentcast"].base_url
        self._base = self.service.base_url if session.base_url == ours else session.base_url
        self._headers = self._sign()

    def _sign(self) -> dict[str, str]:
        key = self.session.credentials.get(self.service.key)
        if not key:
            names = {"key": "RENTCAST_API_KEY", "rapidapi_key": "RAPIDAPI_KEY"}
            raise AuthError(
                self.session.source,
                f"no key: set {names[self.service.key]} in the environment or in .env",
            )
        if self.service.key == "key":
            return {"X-Api-Key": key}
        host = httpx.URL(self.service.base_url).host
        return {"X-RapidAPI-Key": key, "X-RapidAPI-Host": host}

    def rows(self, extra: Mapping[str, str], most_pages: int) -> dict[str, dict[str, Any]]:
        """Up to so many pages of a search: id → row. Rows that move from one page to another
        while we read come once; a total that does not add up is noted."""
        service, found, offset = self.service, {}, 0
        total: int | None = None
        for _ in range(most_pages):
            params = {
                service.zip_param: self.session.zip,
                service.limit_param: service.page_size,
                service.offset_param: offset,
                **service.params,
                **extra,
            }
            page, said = self._page(params)
            total = said if said is not None else total
            before = len(found)
            found.update((str(row["id"]), row) for row in page)
            end, nothing_new = offset + len(page), len(found) == before
            short = len(page) < service.page_size
            self.complete = nothing_new or (short if total is None else end >= total)
            if self.complete:
                break
            offset = max(offset + 1, end - OVERLAP)
        self._say_what_is_missing(found, total, most_pages)
        return found

    def _say_what_is_missing(self, found: Mapping[str, Any], total: int | None, pages: int) -> None:
        if not self.complete:
            self.session.note(f"{self.session.zip}: stopped after {pages} pages, there are more")
        elif total is not None and total != len(found):
            self.session.note(
                f"{self.session.zip}: {total} rentals were announced, {len(found)} were served"
            )

    def one(self, key: str) -> dict[str, Any] | None:
        """One listing by its id, which holds commas; None where the service no longer has it."""
        path = self.service.detail_path.format(id=quote(key, safe=""))
        response, body = self._ask(path, None, "detail")
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        payload = self._mapped(body)
        self.session.check(Row, payload, what=f"rental {key}")
        return payload

    def _page(self, params: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int | None]:
        response, body = self._ask(self.service.path, params, "search")
        if response.status_code == httpx.codes.NOT_FOUND:  # said of a ZIP without any
            return [], 0
        rows = at(body, self.service.rows)
        if not isinstance(rows, list):
            where = self.service.rows or "the body"
            raise ContractError(self.session.source, f"{where} is no list of rentals", body)
        page = [self._mapped(row) for row in rows]
        self.session.check(Rows, page, what="search")
        return page, self._total(response, body)

    def _ask(
        self, path: str, params: Mapping[str, Any] | None, kind: str
    ) -> tuple[httpx.Response, Any]:
        """The reply, whose headers hold the total, and its body."""
        response = self.session.get(self._base + path, params, kind=kind, headers=self._headers)
        return response, response.json()

    def _mapped(self, row: Any) -> Any:
        fields = self.service.fields
        if not fields or not isinstance(row, dict):
            return row
        return {name: x for name, where in fields.items() if (x := at(row, where)) is not None}

    def _total(self, response: httpx.Response, body: Any) -> int | None:
        where = self.service.total
        if not where:
            return None
        name = where.removeprefix("header:")
        value = response.headers.get(name) if name != where else at(body, where)
        text = str(value)
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def at(value: Any, path: str) -> Any:
    """What is at a dotted path of a reply; None where there is nothing."""
    for name in path.split(".") if path else ():
        value = value.get(name) if isinstance(value, dict) else None
    return value
