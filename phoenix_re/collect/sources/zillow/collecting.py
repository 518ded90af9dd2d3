"""Which calls are made: few. All pages once in a while, else the newest until a page of known ones.

The sort is by listing date, so a page on which every home was known when the last finished look
was made ends the look. A ZIP with more hits than a query can reach is split by price.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from phoenix_re.collect import judging, parse
from phoenix_re.collect.errors import AuthError, ContractError, QuotaExceeded, TransientError
from phoenix_re.collect.parse import Unreadable
from phoenix_re.collect.source import Found, Known, Session
from phoenix_re.collect.sources.zillow.hosts import (
    ADAPTERS,
    BASE_URL,
    FEW_ROWS,
    Adapter,
    Host,
    Offer,
    Page,
    ZillowOptions,
    missing_keys,
    single,
)

LOWEST_SPLIT = 1_000  # dollars: below it a band is not split in ratios
_WAITS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}


def judge(source: str, response: httpx.Response) -> None:
    """RapidAPI's gateway answers for all hosts: what its sentences mean."""
    status = response.status_code
    if status not in {401, 403, 404, 429}:
        judging.general(source, response)
        return
    said, host = judging.said(response), response.request.headers.get("x-rapidapi-host", "the API")
    words = said.lower()
    if status == 429 and "quota" in words:
        raise QuotaExceeded(
            source,
            f"{host}: the plan's calls are used up. Wait for the reset, buy a larger plan, or set "
            "options.host to another reseller.",
            _reset(response),
        )
    if status == 429:
        told = next((s for word, s in _WAITS.items() if f"per {word}" in words), 1.0)
        wait = judging.retry_after(response)
        raise TransientError(
            source, f"{host}: {said}", told if wait is None else wait, throttled=True
        )
    if status == 404 and "exist" in words:
        raise ContractError(
            source,
            f"{host}: {said}. The reseller moved: set options.hosts (address, path), or "
            "options.host to another one.",
            response.text,
        )
    if status in {401, 403}:
        raise AuthError(
            source,
            f"{host}: {said}. Check RAPIDAPI_KEY, and that its account is subscribed to {host} at "
            "rapidapi.com.",
        )
    judging.general(source, response)


def _reset(response: httpx.Response) -> datetime | None:
    seconds = response.headers.get("x-ratelimit-requests-reset", "").strip()
    if not seconds.isdecimal() or len(seconds) > 9:
        return None
    return datetime.now(UTC) + timedelta(seconds=int(seconds))


@dataclass(slots=True)
class _Look:
    """One offer of one ZIP at one host."""

    session: Session
    options: ZillowOptions
    offer: Offer
    known: Mapping[str, Known]
    seen: set[str]  # keys that this run has given, of whatever offer
    given: int = 0
    buildings: int = 0
    strangers: int = 0
    early: bool = False  # ended at a page of known homes

    @property
    def host(self) -> Host:
        return self.options.hosts[self.options.host]

    @property
    def adapter(self) -> Adapter:
        return ADAPTERS[self.options.host]

    @property
    def cursor_key(self) -> str:
        return f"{self.options.host}/{self.offer}"

    def run(self) -> Iterator[Found]:
        state = self.session.cursor.get(self.cursor_key, {})
        now = self.session.now
        swept = _moment(state.get("swept_at"))
        finished = _moment(state.get("finished_at"))
        is_due = swept is None or now - swept >= timedelta(days=self.options.sweep_days)
        yield from self._band(None, None if is_due else finished)
        self._note_oddities()
        swept_at = state["swept_at"] if self.early else now.isoformat()
        self.session.cursor[self.cursor_key] = {
            "swept_at": swept_at,
            "finished_at": now.isoformat(),
        }

    def _band(self, band: tuple[int, int] | None, since: datetime | None) -> Iterator[Found]:
        """All homes of a price band (None: any price), or the newest ones where all older ones
        were known at `since`."""
        before = self.given
        first = self._page(band, 1)
        yield from self._new(first)
        if since is not None and self._all_known(first, since):
            self.early = True
            return
        parts = self._parts(band) if first.total > self.host.reach else []
        for part in parts:
            yield from self._band(part, None)
        if parts:
            return
        yield from self._other_pages(band, first, since, before)

    def _other_pages(
        self, band: tuple[int, int] | None, first: Page, since: datetime | None, before: int
    ) -> Iterator[Found]:
        for number in range(2, self._last_page(first) + 1):
            page = self._page(band, number)
            yield from self._new(page)
            if since is not None and self._all_known(page, since):
                self.early = True
                return
            if not page.payloads and not page.buildings:
                break
        rows = self.given - before + self.buildings + self.strangers
        if first.total > self.host.reach:
            self.session.note(
                f"{self.session.zip}: {first.total} homes at one price, only {self.host.reach} can "
                "be had"
            )
        elif band is None and rows != first.total:
            self.session.note(
                f"{self.session.zip}: {first.total} hits are announced, {rows} different ones are "
                f"shown ({self.offer})"
            )

    def _parts(self, band: tuple[int, int] | None) -> list[tuple[int, int]]:
        """The band in two at the geometric middle of its prices; none where it is too narrow."""
        low, high = band or (0, self.options.highest_price[self.offer])
        if high / max(low, LOWEST_SPLIT) < self.options.smallest_band:
            return []
        middle = int(math.sqrt(max(low, LOWEST_SPLIT) * high))
        return [(low, middle), (middle + 1, high)]

    def _last_page(self, first: Page) -> int:
        stated = max(first.pages, math.ceil(first.total / self.host.page_size))
        return min(stated, self.host.most_pages)

    def _page(self, band: tuple[int, int] | None, number: int) -> Page:
        host, session = self.host, self.session
        params: dict[str, str] = {
            host.location: session.zip,
            host.status: host.offers[self.offer],
            host.page: str(number),
            **host.newest,
        }
        if band is not None:
            low, high = band
            texts = host.bands[self.offer]
            params |= {name: text.format(low=low, high=high) for name, text in texts.items()}
        base = f"https://{host.address}" if session.base_url == BASE_URL else session.base_url
        headers = {
            "X-RapidAPI-Key": session.credentials.get("key", ""),
            "X-RapidAPI-Host": host.address,
        }
        reply = session.get_json(base + host.path, params, kind="search", headers=headers)
        return self._read(reply, number)

    def _read(self, reply: object, number: int) -> Page:
        what = f"page {number} of {self.host.address}{self.host.path}"
        if (home := single(reply, self.options.host)) is not None:
            return Page([home], 1, 1)
        page = self.adapter.rows(self.session.check(self.adapter.contract, reply, what=what))
        if number == 1 and page.total and not page.payloads and not page.buildings:
            raise ContractError(
                self.session.source, f"{what}: {page.total} hits and not one row", reply
            )
        if gone := missing_keys(self.adapter, page.payloads):
            raise ContractError(
                self.session.source,
                f"{what}: no row has {', '.join(gone)}. If the reseller renamed them, choose "
                "another one in options.host until the format here is mended.",
                reply,
            )
        return page

    def _new(self, page: Page) -> Iterator[Found]:
        """Homes of the page that no page before it had."""
        self.buildings += page.buildings
        strangers = 0
        for payload in page.payloads:
            if self._is_elsewhere(payload):
                strangers += 1
                continue
            key = self._key(payload)
            if key in self.seen:
                continue
            if key:
                self.seen.add(key)
            self.given += 1
            yield Found(payload, self.adapter.format.name)
        self.strangers += strangers
        if strangers >= FEW_ROWS and strangers == len(page.payloads):
            raise ContractError(
                self.session.source,
                f"{self.host.address} gave only homes outside {self.session.zip}: it no longer "
                "obeys its location parameter",
                page.payloads[0],
            )

    def _is_elsewhere(self, payload: Mapping[str, Any]) -> bool:
        try:
            found = self.adapter.format.zip.parse(payload.get(self.adapter.zip_key))
        except Unreadable:
            return False  # the door says what is wrong with it
        return found != self.session.zip

    def _all_known(self, page: Page, since: datetime) -> bool:
        """Whether the last finished look, at `since`, knew all of the page. What a look that broke
        off has stored proves nothing of the pages behind it."""
        keys = [self._key(p) for p in page.payloads if not self._is_elsewhere(p)]
        stored = [self.known.get(key) for key in keys]
        return bool(keys) and all(k is not None and k.last_observed_at <= since for k in stored)

    def _key(self, payload: Mapping[str, Any]) -> str:
        try:
            zpid = parse.identifier(payload.get("zpid"))
        except Unreadable:
            return ""
        if not zpid:
            return ""
        return f"zpid:{zpid}:rent" if self.offer == "rent" else f"zpid:{zpid}"

    def _note_oddities(self) -> None:
        zip_code = self.session.zip
        if self.buildings:
            self.session.note(
                f"{zip_code}: {self.buildings} rental buildings without a price were passed over"
            )
        if self.strangers:
            self.session.note(f"{zip_code}: {self.strangers} homes of other ZIPs were passed over")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def collect(session: Session) -> Iterator[Found]:
    """Each home of the offers once: one that is sold and offered again counts as offered."""
    options = session.options(ZillowOptions)
    known = session.known(ADAPTERS[options.host].format.name)
    order: tuple[Offer, ...] = ("sale", "sold", "rent")
    seen: set[str] = set()
    for offer in order:
        if offer in options.offers:
            yield from _Look(session, options, offer, known, seen).run()
