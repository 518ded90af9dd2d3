"""Which pages are asked for: newest change first, until a page that says nothing new.

A look is one search over some statuses of a ZIP. What each row of the last finished look said is
kept in the cursor as digests; a page of nothing but such rows ends the look, for all behind it
changed earlier still. A look that broke off leaves no digests, so that nothing behind it is lost.
Every `sweep_days` a look goes to the end, whatever the pages say.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from typing import Any

import httpx
from pydantic import Field

from phoenix_re.collect import judging
from phoenix_re.collect.errors import (
    CollectError,
    ContractError,
    PermanentError,
    Refused,
    TransientError,
)
from phoenix_re.collect.source import Found, Known, Options, Session
from phoenix_re.collect.sources.phoenix_mls import pages
from phoenix_re.collect.sources.phoenix_mls.pages import DETAIL, PageChanged, ResultsPage
from phoenix_re.collect.sources.phoenix_mls.reading import PHOENIX_MLS, PRIVATE_LABELS, key_of

_CHALLENGE = re.compile(r"captcha|verify you are human|just a moment\.\.\.|cf-chl", re.IGNORECASE)
_SERVER_ID = re.compile(r"[?&]m=(\d+)")
_END_OF_PAGE = 2_000  # characters in which </html> must stand; caching plugins write behind it


class PhoenixMlsOptions(Options):
    """What the site is taken to look like (INFERRED or SEEN in the plugin), and how much to ask."""

    search_path: str = "/mls/search/"
    page_size: int = Field(default=25, ge=1, le=25)
    order: str = "-ModificationTimestamp"
    statuses: tuple[str, ...] = ("Active", "Coming Soon", "Active Under Contract", "Pending")
    ended_statuses: tuple[str, ...] = ("Closed",)
    ended_pages_at_first: int = Field(default=4, ge=1)
    """Pages of ended listings on the first look; later looks go back to what is known."""
    ended_digests: int = Field(default=400, ge=100)
    sweep_days: int = Field(default=7, ge=1)
    details_per_run: int = Field(default=20, ge=0)
    """Detail pages per ZIP and run; the rest is remembered for the next."""
    most_pages: int = Field(default=400, ge=1)
    expected_labels: tuple[str, ...] = ("# of Bedrooms", "# of Bathrooms", "Square Footage")
    results: tuple[pages.ResultsTemplate, ...] = pages.RESULTS
    details: tuple[pages.DetailTemplate, ...] = pages.DETAILS


def judge(source: str, response: httpx.Response) -> None:
    """A firewall's page, a page that breaks off, a page that is not the plugin's."""
    if response.status_code == 403:
        raise Refused(
            source,
            f"{response.request.url.host} turns programs away (403, a firewall such as RunCloud "
            "7G). Ask the site's owner to let our User-Agent in, or use the licensed reso_feed; "
            "we do not pass for a browser.",
        )
    if response.status_code != 200:
        judging.general(source, response)
        return
    text, where = response.text, judging.without_secrets(response.request.url)
    if _CHALLENGE.search(text) and "flexmls_connect__" not in text:
        raise Refused(
            source, f"{where} asks for proof of a human. Ask the site's owner for access."
        )
    if "</html>" not in text[-_END_OF_PAGE:].lower():
        raise TransientError(source, f"{where}: the page breaks off after {len(text)} characters")
    if "flexmls-idx-search-unavailable" in text:
        raise TransientError(source, f"{where}: the site's own search is not available")
    if "flexmls" not in text.lower() and "listing not available" not in text.lower():
        raise ContractError(source, f"{where} is no FlexMLS page: {judging.said(response)}", text)


@dataclass(frozen=True, slots=True)
class _Look:
    name: str  # of its digests in the cursor
    statuses: tuple[str, ...]
    first_pages: int | None  # most pages as long as nothing is known; None: to the end
    keeps: int | None  # most digests kept


@dataclass(slots=True)
class _Sweep:
    """One look at work. `digests` of the rows that it gave; `finished` once it may be believed."""

    session: Session
    options: PhoenixMlsOptions
    look: _Look
    state: Mapping[str, Any]  # of the last finished look; empty: never
    digests: dict[str, str] = field(default_factory=dict)
    totals: list[int] = field(default_factory=list)
    repeats: int = 0
    full: bool = True
    finished: bool = False

    def rows(self) -> Iterator[tuple[dict[str, str], bool]]:
        """(search facts, whether they are new or changed) of each listing once."""
        known = set() if self._is_due_for_all() else set(self.state.get("digests", ()))
        yield from self._walk(known, "search")
        if self._lost_some():
            yield from self._walk(set(), "recheck")
        self._note_totals()
        self.finished = True

    def new_state(self) -> dict[str, Any]:
        """For the cursor. Older digests are kept where the look did not go to the end."""
        digests = list(self.digests.values())
        if not self.full or self.look.keeps is not None:
            digests += [d for d in self.state.get("digests", ()) if d not in set(digests)]
        now = self.session.now.isoformat()
        swept_at = now if self.full else self.state.get("swept_at", now)
        return {"digests": digests[: self.look.keeps], "swept_at": swept_at}

    def _is_due_for_all(self) -> bool:
        if self.look.first_pages is not None or not self.state:
            return not self.state
        swept_at = datetime.fromisoformat(self.state["swept_at"])
        return self.session.now - swept_at >= timedelta(days=self.options.sweep_days)

    def _walk(self, known: set[str], kind: str) -> Iterator[tuple[dict[str, str], bool]]:
        limit = self.options.most_pages
        if self.look.first_pages is not None and not self.state:
            limit = self.look.first_pages
        old = set(self.state.get("digests", ()))
        for number in range(1, limit + 1):
            page = _results(self.session, self.options, self.look, number, kind)
            self.totals.append(page.total)
            rows = _of_this_zip(self.session, page)
            changed = False
            for row in rows:
                digest = digest_of(row)
                changed |= digest not in known
                if row["MLS#"] in self.digests:
                    self.repeats += kind == "search"
                    continue
                self.digests[row["MLS#"]] = digest
                yield row, digest not in old
            if rows and not changed:
                self.full = False
                return
            if not page.rows or not (page.has_next or self._more_than_shown(page)):
                return
            if kind == "recheck" and len(self.digests) >= page.total:
                return
        if limit == self.options.most_pages:
            self.session.note(f"stopped after {limit} pages of {', '.join(self.look.statuses)}")
        self.full = self.look.first_pages is not None

    def _more_than_shown(self, page: ResultsPage) -> bool:
        full = len(page.rows) >= self.options.page_size
        return full and len(self.digests) != page.total

    def _lost_some(self) -> bool:
        """Whether listings moved between pages while these were read, and some may be missing."""
        moved = self.repeats > 0 or len(set(self.totals)) > 1
        capped = self.look.first_pages is not None and not self.state
        return self.full and moved and not capped and len(self.digests) < self.totals[-1]

    def _note_totals(self) -> None:
        capped = self.look.first_pages is not None and not self.state
        if self.full and not capped and len(self.digests) != self.totals[-1]:
            self.session.note(
                f"{self.session.zip}: the site speaks of {self.totals[-1]} matches, its pages show "
                f"{len(self.digests)} ({', '.join(self.look.statuses)})"
            )


def collect(session: Session) -> Iterator[Found]:
    """Every listing whose page of results was read, once; see the module for which pages are."""
    options = session.options(PhoenixMlsOptions)
    visit = _Visit(session, options, session.known(PHOENIX_MLS.name))
    sweeps = [
        _Sweep(session, options, look, session.cursor.get(look.name, {}))
        for look in _looks(options)
    ]
    trouble: CollectError | None = None
    try:
        for sweep in sweeps:
            for row, changed in sweep.rows():
                yield from visit.meet(row, changed)
        yield from visit.details()
    except CollectError as error:
        trouble = error
    yield from visit.rest()
    session.cursor["details_due"] = list(visit.waiting)
    for sweep in sweeps:
        if sweep.finished:
            session.cursor[sweep.look.name] = sweep.new_state()
    if trouble is not None:
        raise trouble


def _looks(options: PhoenixMlsOptions) -> list[_Look]:
    """Ended listings first: one that ends between the two looks is then found by the next run,
    and never given twice."""
    ended = _Look(
        "ended", options.ended_statuses, options.ended_pages_at_first, options.ended_digests
    )
    offered = _Look("offered", options.statuses, None, None)
    return [look for look in (ended, offered) if look.statuses]


class _Visit:
    """What a run gives of a ZIP: each listing once, those that need it with a fresh detail page.

    `waiting` for their detail page are, by MLS number, the search facts of new and changed
    listings, then of those that earlier runs did not come to.
    """

    def __init__(
        self, session: Session, options: PhoenixMlsOptions, known: Mapping[str, Known]
    ) -> None:
        self._session = session
        self._options = options
        self._known = known
        self._given: set[str] = set()
        self._unseen: dict[str, dict[str, str]] = {}
        for number in session.cursor.get("details_due", ()):
            if facts := self._kept(number, detail=False):
                self._unseen[number] = facts
        self._due: dict[str, dict[str, str]] = {}

    @property
    def waiting(self) -> dict[str, dict[str, str]]:
        return self._due | self._unseen

    def meet(self, row: dict[str, str], changed: bool) -> Iterator[Found]:
        number = row["MLS#"]
        if number in self._given:
            return
        self._given.add(number)
        overdue = self._unseen.pop(number, None) is not None
        kept = self._kept(number, detail=True)
        if self._options.details_per_run and (changed or overdue or not kept):
            self._due[number] = row
        else:
            yield self._found(row, kept)

    def details(self) -> Iterator[Found]:
        """Detail pages, as many as a run may read. One that cannot be read waits for the next run;
        a site that refuses, or a changed template, ends them. Homes still offered come first."""
        ended = self._options.ended_statuses
        chosen = sorted(self.waiting.items(), key=lambda pair: pair[1].get("Status") in ended)
        chosen = chosen[: self._options.details_per_run]
        calls = [partial(_try_detail, self._session, self._options, row) for _, row in chosen]
        for (number, row), answer in zip(chosen, self._session.parallel(calls), strict=False):
            if isinstance(answer, TransientError):
                self._session.note(f"the detail page of {number} waits: {answer.message}")
                continue
            if isinstance(answer, CollectError) and not isinstance(answer, PermanentError):
                raise answer
            seen = self._due.pop(number, None) is not None
            self._unseen.pop(number, None)
            if isinstance(answer, dict):
                yield self._found(row, answer)
            else:
                why = answer.message if answer else "the site says that it is no longer available"
                self._session.note(f"no detail page of {number}: {why}")
                if seen:
                    yield self._found(row, self._kept(number, detail=True))

    def rest(self) -> Iterator[Found]:
        """Listings that were seen and whose detail page must wait, with what is known of it."""
        self._unseen = self._due | self._unseen
        rest, self._due = self._due, {}
        for number, row in rest.items():
            yield self._found(row, self._kept(number, detail=True))

    def _kept(self, number: str, *, detail: bool) -> dict[str, str]:
        """The stored part of a listing that its detail page gave, or that the search gave."""
        known = self._known.get(key_of(number))
        payload = known.payload if known is not None else {}
        return {k: v for k, v in payload.items() if k.startswith(DETAIL) is detail}

    @staticmethod
    def _found(row: Mapping[str, str], detail: Mapping[str, str]) -> Found:
        return Found({**row, **detail}, PHOENIX_MLS.name)


# ── one page ────────────────────────────────────────────────────────────────────────────────────


def _results(
    session: Session, options: PhoenixMlsOptions, look: _Look, number: int, kind: str
) -> ResultsPage:
    """A page of results; one that looks changed is asked for once more, past the cache."""
    params = {
        "PostalCode": session.zip,
        "StandardStatus[]": list(look.statuses),
        "OrderBy": options.order,
        "Limit": options.page_size,
        "pg": number,
    }

    def read(kind: str) -> ResultsPage:
        html = session.get(options.search_path, params, kind=kind).text
        try:
            page = pages.read_results(html, options.results)
            if number == 1 and page.total and not page.rows:
                raise PageChanged(f"{page.total} matches are announced and none is shown")
            if missing := pages.missing_labels(page.rows, options.expected_labels):
                raise PageChanged(f"no row says {', '.join(missing)}: were these renamed?")
        except PageChanged as error:
            raise _drifted(session, f"page {number} of the results", error, html) from error
        return page

    try:
        page = read(kind)
    except ContractError:
        page = read("recheck")
    if page.unnamed:
        session.note(f"{session.zip}: {page.unnamed} rows without an MLS number were passed over")
    return page


def _of_this_zip(session: Session, page: ResultsPage) -> list[dict[str, str]]:
    rows = [row for row in page.rows if row.get("ZIP", session.zip) == session.zip]
    strangers = len(page.rows) - len(rows)
    if strangers and not rows:
        raise ContractError(
            session.source,
            f"PostalCode={session.zip} gave only listings of other ZIPs ({page.rows[0].get('ZIP')} "
            "…): the site no longer obeys the parameter. Compare options of the source.",
            page.rows[0],
        )
    if strangers:
        session.note(f"{session.zip}: {strangers} listings of other ZIPs were passed over")
    return [row if "ZIP" in row else row | {"Searched ZIP": session.zip} for row in rows]


def _try_detail(
    session: Session, options: PhoenixMlsOptions, row: Mapping[str, str]
) -> dict[str, str] | CollectError | None:
    """The detail facts, what went wrong, or None: the site says that the listing is gone."""
    try:
        return _detail(session, options, row)
    except CollectError as error:
        return error


def _detail(
    session: Session, options: PhoenixMlsOptions, row: Mapping[str, str]
) -> dict[str, str] | None:
    link = row.get("Link", "")
    number, server = row["MLS#"], _SERVER_ID.search(link)
    path = pages.path_of(link)
    if path is None:
        raise PermanentError(session.source, f"{link[:80]!r} is no link to a listing")
    params = {"ListingId": number} | ({"m": server[1]} if server else {})

    def read(kind: str) -> dict[str, str] | None:
        html = session.get(path, params, kind=kind).text
        try:
            return pages.read_detail(html, options.details, number)
        except PageChanged as error:
            raise _drifted(session, f"the detail page of {number}", error, html) from error

    try:
        return read("detail")
    except ContractError:
        return read("recheck")


def _drifted(session: Session, what: str, error: PageChanged, html: str) -> ContractError:
    return ContractError(
        session.source,
        f"{session.zip}, {what}: {error}. If the site has changed its template, set the selectors "
        f"in sources.{session.source}.options.results or .details.",
        html,
    )


def digest_of(row: Mapping[str, str]) -> str:
    """What a row of the results says of its listing, in twelve hex digits."""
    said = {k: v for k, v in row.items() if k not in PHOENIX_MLS.volatile | PRIVATE_LABELS}
    text = json.dumps(said, sort_keys=True, ensure_ascii=True)
    return blake2b(text.encode(), digest_size=6).hexdigest()
