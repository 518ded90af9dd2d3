"""How the assessor is asked: sweeps over a ZIP's search pages, then details, a few a run.

Parcels change rarely. A sweep is made every `sweep_days` and goes on where the run before it
stopped; details are asked for parcels that never had any, then for the oldest. The cursor holds
`parcels` and `rentals` (`swept_at`, the open `sweep`, the last `shortfall`) and `detailed_at`.
"""

import math
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StrictInt, StrictStr
from pydantic import Field as Described

from phoenix_re.collect.errors import ContractError
from phoenix_re.collect.formats.form import Format
from phoenix_re.collect.source import Found, Options, Session
from phoenix_re.collect.sources.maricopa_assessor.formats import (
    DETAILS,
    PARCEL,
    RENTAL,
    plain_apn,
)

Cursor = MutableMapping[str, Any]


class AssessorOptions(Options):
    """Paths and sizes of the upstream, and how much of it is asked for."""

    property_path: str = "/search/property/"
    rental_path: str = "/search/rental/"
    parcel_path: str = "/parcel/{apn}"
    page_rows: int = Described(
        default=25, ge=1, description="rows of a search page, fixed upstream"
    )
    user_agent: str = Described(default="null", description="the county's documents ask for null")
    sweep_days: float = Described(default=7, gt=0, description="days between sweeps of a ZIP")
    pages_per_run: int = Described(default=300, ge=1, description="search pages of a ZIP in a run")
    pages_at_once: int = Described(default=8, ge=1, description="search pages asked in parallel")
    rentals: bool = Described(default=True, description="whether rental registrations are swept")
    details_for: tuple[str, ...] = ("RESIDENTIAL",)
    details_per_run: int = Described(default=25, ge=0, description="parcels of a ZIP, 2 calls each")
    details_days: float = Described(default=90, gt=0, description="days until asked again")
    details_every_hours: float = Described(
        default=20, ge=0, description="hours between two runs that ask for a ZIP's details"
    )


# ── contracts ───────────────────────────────────────────────────────────────────────────────────


def _whole(value: object) -> object:
    """Years and square feet come as whole numbers in text; a fraction means another unit."""
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise ValueError("a whole number as text is expected")
    if isinstance(value, str) and value.strip() and not value.strip().isdecimal():
        raise ValueError("a whole number as text is expected (has the unit changed?)")
    return value


Whole = Annotated[str | int | None, BeforeValidator(_whole)]


class _Reply(BaseModel):
    model_config = ConfigDict(extra="allow")


class ParcelHit(_Reply):
    APN: StrictStr
    SitusAddress: StrictStr | None
    SitusCity: StrictStr | None
    SitusZip: StrictStr | None
    PropertyType: StrictStr | None


class RentalHit(_Reply):
    APN: StrictStr
    Address: StrictStr | None
    City: StrictStr | None
    Zip: StrictStr | None


class ParcelPage(_Reply):
    TOTAL: StrictInt
    Results: list[ParcelHit]


class RentalPage(_Reply):
    TOTAL: StrictInt
    Results: list[RentalHit]


class ResidentialDetails(_Reply):
    ConstructionYear: Whole
    LotSize: Whole
    LivableSpace: Whole


class Valuation(_Reply):
    TaxYear: StrictStr
    FullCashValue: StrictStr | None


class Valuations(_Reply):
    years: list[Valuation]


# ── collecting ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Search:
    """One of the assessor's searches, of which ZIPs are swept."""

    name: str  # in the cursor
    kind: str
    path: str
    contract: type[ParcelPage] | type[RentalPage]
    form: Format
    zip_field: str


Hits = dict[str, dict[str, Any]]
"""What this run has seen of a search, by parcel number."""


def collect(session: Session) -> Iterator[Found]:
    options = session.options(AssessorOptions)
    parcels = _Search("parcels", "search", options.property_path, ParcelPage, PARCEL, "SitusZip")
    looked: Hits = {}
    yield from _sweep(session, options, parcels, looked)
    if options.rentals:
        rentals = _Search(
            "rentals", "rental_search", options.rental_path, RentalPage, RENTAL, "Zip"
        )
        yield from _sweep(session, options, rentals, {})
    yield from _details(session, options, looked)


def _headers(session: Session, options: AssessorOptions) -> dict[str, str]:
    return {"AUTHORIZATION": session.credentials["token"], "User-Agent": options.user_agent}


def _older(moment: str | None, than: timedelta, now: datetime) -> bool:
    return moment is None or now - datetime.fromisoformat(moment) >= than


# ── sweeps ──────────────────────────────────────────────────────────────────────────────────────


def _sweep(
    session: Session, options: AssessorOptions, search: _Search, looked: Hits
) -> Iterator[Found]:
    """Every hit of the ZIP once, page by page; the cursor moves on after each page."""
    state: Cursor = session.cursor.setdefault(search.name, {})
    every = timedelta(days=options.sweep_days)
    if "sweep" not in state and not _older(state.get("swept_at"), every, session.now):
        return
    started = session.now.replace(microsecond=0).isoformat()
    sweep: Cursor = state.setdefault("sweep", _first_page(started))
    seen = _seen_since(session, search.form, datetime.fromisoformat(sweep["started"]))
    room = options.pages_per_run
    while room > 0:
        batch = _next_pages(sweep, options, room)
        room -= len(batch)
        for page in session.parallel(
            [partial(_page, session, options, search, number) for number in batch]
        ):
            hits: list[dict[str, Any]] = page["Results"]
            for hit in hits:
                if _is_new_of_zip(hit, search, session.zip, seen, looked):
                    yield Found(hit, search.form.name)
            sweep["total"] = page["TOTAL"]
            sweep["rows"] += len(hits)
            sweep["outside"] += sum(_zip_of(hit, search) != session.zip for hit in hits)
            sweep["page"] += 1
            if not hits or (sweep["rows"] >= page["TOTAL"] and len(hits) < options.page_rows):
                break
        else:
            continue
        if _is_complete(session, search, state, len(seen)):
            return
    session.note(
        f"{search.name} of {session.zip}: {sweep['page'] - 1} pages of about "
        f"{math.ceil((sweep['total'] or 0) / options.page_rows)} are read; the next run goes on."
    )


def _first_page(started: str, *, second: bool = False) -> Cursor:
    return {
        "started": started,
        "page": 1,
        "rows": 0,
        "outside": 0,
        "total": None,
        "second": second,
    }


def _seen_since(session: Session, form: Format, started: datetime) -> set[str]:
    """Keys that earlier runs of this sweep have landed."""
    known = session.known(form.name)
    return {key for key, listing in known.items() if listing.last_observed_at >= started}


def _next_pages(sweep: Cursor, options: AssessorOptions, room: int) -> list[int]:
    """The first page alone, as it tells how many there are; beyond the last one at a time."""
    if sweep["total"] is None:
        return [sweep["page"]]
    last = math.ceil(sweep["total"] / options.page_rows)
    size = min(room, options.pages_at_once, max(1, last - sweep["page"] + 1))
    return list(range(sweep["page"], sweep["page"] + size))


def _page(
    session: Session, options: AssessorOptions, search: _Search, number: int
) -> dict[str, Any]:
    """One page as received, its contract checked."""
    page = session.get_json(
        search.path,
        {"q": session.zip, "page": number},
        kind=search.kind,
        headers=_headers(session, options),
    )
    session.check(search.contract, page, what=f"page {number} of {search.path}?q={session.zip}")
    return page


def _zip_of(hit: dict[str, Any], search: _Search) -> str:
    return (hit[search.zip_field] or "").strip()[:5]


def _is_new_of_zip(
    hit: dict[str, Any], search: _Search, zip_code: str, seen: set[str], looked: Hits
) -> bool:
    """The search is full text: hits of other ZIPs are theirs. A hit may move to a later page."""
    apn = plain_apn(hit["APN"])
    if apn is None or _zip_of(hit, search) != zip_code:
        return False
    looked[apn] = hit
    is_new = apn not in seen
    seen.add(apn)
    return is_new


def _is_complete(session: Session, search: _Search, state: Cursor, seen: int) -> bool:
    """Whether the sweep is over. Parcels that moved between pages were missed: then, once, all
    pages are read again, unless the sweep before it came out as short (a total that is wrong)."""
    sweep = state["sweep"]
    shortfall = max(0, (sweep["total"] or 0) - seen - sweep["outside"])
    if shortfall and shortfall != state.get("shortfall") and not sweep["second"]:
        sweep.update(_first_page(sweep["started"], second=True))
        return False
    if shortfall:
        session.note(
            f"{search.name} of {session.zip}: the county counts {sweep['total']} hits, "
            f"{seen + sweep['outside']} different ones were found."
        )
    state["swept_at"] = sweep["started"]
    state["shortfall"] = shortfall
    del state["sweep"]
    return True


# ── details ─────────────────────────────────────────────────────────────────────────────────────


def _details(session: Session, options: AssessorOptions, looked: Hits) -> Iterator[Found]:
    """Details of parcels that have none or old ones, oldest first, at most `details_per_run`."""
    pause = timedelta(hours=options.details_every_hours)
    if not _older(session.cursor.get("detailed_at"), pause, session.now):
        return
    due = _due(session, options, looked)[: options.details_per_run]
    calls = [partial(_detail, session, options, hit) for hit in due]
    for payload in session.parallel(calls):
        yield Found(payload, DETAILS.name)
    session.cursor["detailed_at"] = session.now.isoformat()


def _due(session: Session, options: AssessorOptions, looked: Hits) -> list[dict[str, Any]]:
    known = {apn: dict(parcel.payload) for apn, parcel in session.known(PARCEL.name).items()}
    detailed = {
        apn: details.last_observed_at for apn, details in session.known(DETAILS.name).items()
    }
    latest = session.now - timedelta(days=options.details_days)
    never = datetime.min.replace(tzinfo=session.now.tzinfo)
    due = [
        (detailed.get(apn, never), apn, hit)
        for apn, hit in {**known, **looked}.items()
        if str(hit.get("PropertyType") or "").strip() in options.details_for
        and detailed.get(apn, never) < latest
    ]
    return [hit for _, _, hit in sorted(due, key=lambda one: one[:2])]


def _detail(session: Session, options: AssessorOptions, hit: dict[str, Any]) -> dict[str, Any]:
    """The situs of the search hit, every field of residential-details, and `Valuations`, each as
    received. A parcel that the county has no details of keeps its situs, and is not asked at once
    again."""
    apn = hit["APN"]
    base = options.parcel_path.format(apn=plain_apn(apn))
    headers = _headers(session, options)
    details = session.get_json(f"{base}/residential-details", kind="detail", headers=headers)
    valuations = session.get_json(f"{base}/valuations", kind="detail", headers=headers)
    situs = {key: hit.get(key) for key in ("APN", *_SITUS_FIELDS)}
    if details == []:  # "not found" where an object is expected
        details = {}
    else:
        session.check(ResidentialDetails, details, what=f"residential-details of {apn}")
    session.check(Valuations, {"years": valuations}, what=f"valuations of {apn}")
    if clash := sorted(situs.keys() & details.keys()):
        raise ContractError(
            session.source, f"residential-details of {apn} now has {', '.join(clash)} too", details
        )
    return {**situs, **details, "Valuations": valuations}


_SITUS_FIELDS = ("SitusAddress", "SitusCity", "SitusZip", "PropertyType")
