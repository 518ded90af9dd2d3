"""Which pages are asked for: newest change first, until a page that says nothing new.

A look is one search over some statuses of a ZIP. What each row of the last finished look said is
kept in the cursor as digests; a page of nothing but such rows ends the look, for all behind it
changed earlier still. A look that broke off leaves no digests, so that nothing behind it is lost.
Every `sweep_days` a look goes to the end, whatever the pages say.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from typing import Any

from phoenix_re.collect.errors import CollectError, PermanentError, TransientError
from phoenix_re.collect.source import Found, Known, Session
from phoenix_re.collect.sources.phoenix_mls.pages import DETAIL, ResultsPage
from phoenix_re.collect.sources.phoenix_mls.reading import PHOENIX_MLS, PRIVATE_LABELS, key_of
from phoenix_re.collect.sources.phoenix_mls.site import (
    PhoenixMlsOptions,
    of_this_zip,
    read_results,
    try_detail,
)


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
            page = read_results(self.session, self.options, self.look.statuses, number, kind)
            self.totals.append(page.total)
            rows = of_this_zip(self.session, page)
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
        calls = [partial(try_detail, self._session, self._options, row) for _, row in chosen]
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


def digest_of(row: Mapping[str, str]) -> str:
    """What a row of the results says of its listing, in twelve hex digits."""
    said = {k: v for k, v in row.items() if k not in PHOENIX_MLS.volatile | PRIVATE_LABELS}
    text = json.dumps(said, sort_keys=True, ensure_ascii=True)
    return blake2b(text.encode(), digest_size=6).hexdigest()
