"""The raw listings of one ZIP → its properties, and what went to quarantine.

Here records are read, judged (`rules.py`), merged (`merge.py`), and each field of a property is
chosen by a named rule. No database: the caller stores what comes out. No KPI: `quality.py`.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from phoenix_re.collect.crosscheck import Agreement, Crosscheck, Witness, crosscheck
from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.sources import parcel_formats
from phoenix_re.collect.withdrawals import DELETED
from phoenix_re.markets import Market
from phoenix_re.validate.episode import ACTIVE, UNDER_CONTRACT, Episode
from phoenix_re.validate.episodes import Sighting, build_episode
from phoenix_re.validate.merge import Identity, identify, merge, property_id
from phoenix_re.validate.rules import Breach, Case, breaches, without_placeholders

STAGE = "validated_properties"
Feed = tuple[str, str | None]  # source and MLS: one table may hold two MLSs of different habits
ReadRecord = Callable[[str, Mapping[str, Any]], ListingRecord]

# Facts of the marketing, which must all come from one listing; everything else is the home's.
LISTING_FIELDS = frozenset(
    {
        "x_mls",
        "listing_id",
        "standard_status",
        "list_price_cents",
        "original_list_price_cents",
        "close_price_cents",
        "concessions_amount_cents",
        "listing_contract_date",
        "on_market_date",
        "purchase_contract_date",
        "close_date",
        "x_changed_on",
        "x_days_on_market_reported",
        "public_remarks",
        "modification_timestamp",
        "url",
    }
)
# What is for sale may change (a house, then its lease), but hardly ever does.
EITHER_FIELDS = frozenset({"property_type"})
HOME_FIELDS = (
    frozenset(f.name for f in fields(ListingRecord))
    - LISTING_FIELDS
    - EITHER_FIELDS
    - {
        "source",
        "source_key",
        "unread",
    }
)
# For the home itself the authority's records come first, then the MLSs, then vendors.
TRUST = {
    "public_record": 5,
    "mls_licensed": 4,
    "mls_idx": 3,
    "vendor_api": 2,
    "vendor_download": 1,
    "operator_files": 0,
}
LEAD_LISTING = "lead_listing"
MOST_TRUSTED_NEWEST = "most_trusted_newest"
LEAD_ELSE_TRUSTED = "lead_listing_else_most_trusted"
_UNDISCLOSED = ("close_price_cents", "concessions_amount_cents")


@dataclass(frozen=True, slots=True)
class ZipProperties:
    """All that became of a ZIP's listings: `listings == used + len(quarantined)`."""

    properties: list[dict[str, Any]]
    quarantined: list[dict[str, Any]]
    listings: int
    used: int
    carried: dict[Feed, frozenset[str]] = field(default_factory=dict)  # feed → fields it states
    disagreements: list[dict[str, Any]] = field(default_factory=list)  # of sources about one home
    agreement: Agreement = field(default_factory=Agreement)
    held: dict[str, "Held"] = field(default_factory=dict)  # listing id → what was read of it


@dataclass(frozen=True, slots=True)
class Held:
    """A listing that holds, as it was read: for those who count what sources say."""

    record: ListingRecord
    earlier: ListingRecord | None  # the version before, if there was one
    published_at: datetime | None  # UTC, of the newest version


@dataclass(frozen=True, slots=True)
class _Listing:
    """A listing that holds: its newest record, its keys, its history."""

    listing_id: str
    record: ListingRecord
    identity: Identity
    episode: Episode
    warnings: tuple[str, ...]
    observed_at: datetime  # UTC, when the newest version was first seen
    last_observed_at: datetime
    licence_class: str
    assumed: bool  # nothing says when it was seen but its file's time
    is_parcel: bool  # a home's record at the authority: it leads no property, it has no episode
    published_at: datetime | None
    earlier: ListingRecord | None = None  # as the version before had it

    @property
    def trust(self) -> int:
        return TRUST.get(self.licence_class, -1)

    def witness(self, market: Market) -> Witness:
        seen_on = self.last_observed_at.astimezone(ZoneInfo(market.timezone)).date()
        return Witness(self.record.source, self.record, seen_on)


def build_properties(
    raw: Sequence[Mapping[str, Any]],
    facts: Mapping[str, Mapping[str, Mapping[str, Any]]],
    market: Market,
    zip: str,  # noqa: A002 - the name that the stages share
    *,
    read_record: ReadRecord | None = None,
) -> ZipProperties:
    """One document per home of the ZIP, one quarantine document per listing that breaks an ERROR.

    `raw`: stored listings with their `versions`, in any order. `facts`: listing id → field →
    `{state, value, evidence}`. `read_record` reads a payload (default: `collect.formats`). A
    listing is judged by its newest version; older versions that break a rule leave the history.
    """
    read = read_record or _formats_reader()
    raw = [d for d in raw if not _is_taken_back(d)]
    listings: list[_Listing] = []
    quarantined: list[dict[str, Any]] = []
    for document in raw:
        judged = _judge(document, market, zip, read)
        if isinstance(judged, _Listing):
            listings.append(judged)
        else:
            quarantined.append(judged)
    by_id = {listing.listing_id: listing for listing in listings}
    if len(by_id) < len(listings):
        raise ValueError(f"{market.code} {zip}: the same listing was given twice; give each once")
    properties: list[dict[str, Any]] = []
    checked = Crosscheck([], Agreement())
    for group in merge(listing.identity for listing in listings):
        members = [by_id[i.listing_id] for i in group]
        home = _property(members, group, facts, market, zip)
        properties.append(home)
        of_home = crosscheck(market.code, zip, home["_id"], [m.witness(market) for m in members])
        checked.disagreements.extend(of_home.disagreements)
        checked.agreement.add(of_home.agreement)
    return ZipProperties(
        properties=sorted(properties, key=lambda p: p["_id"]),
        quarantined=sorted(quarantined, key=lambda q: q["_id"]),
        listings=len(raw),
        used=sum(len(p["listing_ids"]) for p in properties),
        carried=_carried(listings),
        disagreements=checked.disagreements,
        agreement=checked.agreement,
        held={x.listing_id: Held(x.record, x.earlier, x.published_at) for x in listings},
    )


def expand(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """field → `{value, source, source_key, observed_at, licence_class, rule}`, for display."""
    expanded: dict[str, dict[str, Any]] = {}
    for name, chosen in document["fields"].items():
        source = document["sources"][chosen["from"]]
        expanded[name] = {"value": chosen["value"], **source, "rule": chosen["rule"]}
    return expanded


def _formats_reader() -> ReadRecord:
    from phoenix_re.collect.formats import read_record

    return read_record


def _is_taken_back(document: Mapping[str, Any]) -> bool:
    """Whether its feed has taken the listing back: it is not served, nor counted as a listing."""
    versions = document["versions"]
    return bool(versions) and versions[-1].get("standard_status") == DELETED


# ── one listing ─────────────────────────────────────────────────────────────────────────────────


def _judge(
    document: Mapping[str, Any], market: Market, zip5: str, read: ReadRecord
) -> _Listing | dict[str, Any]:
    """The listing, or its quarantine document."""
    versions = sorted(document["versions"], key=lambda v: v["observed_at"])
    held = _Quarantine(document, versions[-1] if versions else {}, market, zip5)
    if not versions:
        return held.because("versions.missing", "no version of the listing is stored")
    sightings: list[Sighting] = []
    broken: list[Breach] = []
    for version in versions:
        try:
            record = without_placeholders(read(document["source"], version["payload"]))
        except (ValueError, LookupError) as error:
            if version is versions[-1]:
                return held.because("record.unreadable", f"{type(error).__name__}: {error}")
            continue
        day = version["observed_at"].astimezone(ZoneInfo(market.timezone)).date()
        broken = breaches(record, Case(market, zip5, day))
        if not any(breach.is_error for breach in broken):
            seen = Sighting(record, version["observed_at"], version["last_observed_at"])
            sightings.append(seen)
    if errors := [breach for breach in broken if breach.is_error]:
        reason = "; ".join(f"{e.rule.id}: {e.reason}" for e in errors)
        return held.because(errors[0].rule.id, reason)
    warnings = tuple(breach.rule.id for breach in broken)
    return _listing(document["_id"], versions[-1], sightings, warnings, market, zip5)


def _listing(
    listing_id: str,
    newest: Mapping[str, Any],
    sightings: Sequence[Sighting],
    warnings: tuple[str, ...],
    market: Market,
    zip5: str,
) -> _Listing:
    record = sightings[-1].record
    assumed = bool(newest.get("observed_assumed"))
    episode = build_episode(
        listing_id,
        sightings,
        market.timezone,
        sale_prices_disclosed=market.disclosure.sale_prices_disclosed,
    )
    return _Listing(
        listing_id=listing_id,
        record=record,
        identity=identify(listing_id, record, zip5, market),
        episode=replace(episode, observed_assumed=True) if assumed else episode,
        warnings=warnings,
        observed_at=newest["observed_at"],
        last_observed_at=newest["last_observed_at"],
        licence_class=newest["licence_class"],
        assumed=assumed,
        is_parcel=record.source in parcel_formats(),
        published_at=newest.get("published_at"),
        earlier=sightings[-2].record if len(sightings) > 1 else None,
    )


@dataclass(frozen=True, slots=True)
class _Quarantine:
    """Where a listing goes that cannot be used, with all that a replay needs."""

    document: Mapping[str, Any]
    version: Mapping[str, Any]
    market: Market
    zip: str

    def because(self, rule_id: str, reason: str) -> dict[str, Any]:
        listing_id = self.document["_id"]
        said = self.version.get("content_hash", "")
        return {
            "_id": f"{self.market.code}|{self.zip}|{STAGE}|{listing_id}|{said}",
            "market": self.market.code,
            "zip": self.zip,
            "stage": STAGE,
            "rule_id": rule_id,
            "reason": reason,
            "listing_id": listing_id,
            "payload": self.version.get("payload"),
            "content_hash": f"{said}|{rule_id}|{reason}",
        }


def _carried(listings: Sequence[_Listing]) -> dict[Feed, frozenset[str]]:
    """Which fields each feed states for at least one listing of the ZIP."""
    carried: dict[Feed, set[str]] = defaultdict(set)
    for listing in listings:
        carried[listing.record.source, listing.record.x_mls] |= {
            name
            for name in HOME_FIELDS | LISTING_FIELDS | EITHER_FIELDS
            if getattr(listing.record, name) is not None
        }
    return {feed: frozenset(names) for feed, names in carried.items()}


# ── one property ────────────────────────────────────────────────────────────────────────────────


def _property(
    members: Sequence[_Listing],
    group: Sequence[Identity],
    facts: Mapping[str, Mapping[str, Mapping[str, Any]]],
    market: Market,
    zip5: str,
) -> dict[str, Any]:
    ranked = _ranked(members)
    index = {listing.listing_id: at for at, listing in enumerate(ranked)}
    chosen = _chosen_fields(ranked, index, market)
    addresses = sorted({i.address for i in group if i.address is not None})
    document: dict[str, Any] = {
        "_id": property_id(market.code, zip5, group),
        "market": market.code,
        "zip": zip5,
        "address": _value(chosen, "unparsed_address"),
        "unit": (addresses[0].unit or None) if addresses else None,
        "address_key": addresses[0].text if addresses else None,
        "latitude": _value(chosen, "latitude"),
        "longitude": _value(chosen, "longitude"),
        "sources": [
            {
                "source": listing.record.source,
                "source_key": listing.record.source_key,
                "x_mls": listing.record.x_mls,
                "observed_at": listing.last_observed_at,
                "licence_class": listing.licence_class,
            }
            for listing in ranked
        ],
        "fields": chosen,
        "episodes": [x.episode.to_document() for x in ranked if not x.is_parcel],
        "listing_ids": sorted(index),
        "mls_numbers": sorted({i.mls_number for i in group if i.mls_number is not None}),
        "facts": _merged_facts(ranked, facts),
        "warnings": sorted({rule_id for listing in ranked for rule_id in listing.warnings}),
        # When the newest news of it was published; with the time of serving, the freshness lag.
        "published_at": max((x.published_at for x in ranked if x.published_at), default=None),
    }
    document["content_hash"] = content_hash(document)
    return document


def _ranked(members: Sequence[_Listing]) -> list[_Listing]:
    """The lead first: the listing that was on the market last, as its latest witness tells.

    Where several sources speak of one MLS number, only the one that saw it last may lead: a file
    of May that says Active is no match for a feed of December that says Closed. A listing that
    nothing dates but its file's time leads only among its like.
    """
    witnesses: dict[str, _Listing] = {}

    def worth(listing: _Listing) -> tuple[bool, date, int, str]:
        # By day: a feed that tells only of changes is not seen again with each look at a page.
        seen_on = listing.last_observed_at.date()
        return not listing.assumed, seen_on, listing.trust, listing.listing_id

    for listing in sorted(members, key=worth):
        witnesses[listing.identity.mls_number or listing.listing_id] = listing

    def rank(listing: _Listing) -> tuple[bool, bool, bool, int, bool, int, str]:
        witness = witnesses[listing.identity.mls_number or listing.listing_id]
        return (
            listing.is_parcel,
            listing is not witness,
            listing.assumed,
            -_last_alive(listing.episode).toordinal(),
            not _on_market(listing.episode),
            -listing.trust,
            listing.listing_id,
        )

    return sorted(members, key=rank)


def _on_market(episode: Episode) -> bool:
    status = episode.standard_status
    return status in ACTIVE or status in UNDER_CONTRACT or status == "Coming Soon"


def _last_alive(episode: Episode) -> date:
    """The last day on which the listing is known to have been on the market, or its end.

    A listing first seen closed or off the market, without a date, ended at an unknown day before:
    then only its start counts.
    """
    if _on_market(episode) or not episode.statuses:
        return episode.last_observed_on
    ended = episode.close_date or episode.off_market_date
    if ended is None and len(episode.statuses) > 1:
        ended = episode.statuses[-1].since
    return ended or episode.purchase_contract_date or episode.on_market_date or date.min


def _chosen_fields(
    ranked: Sequence[_Listing], index: Mapping[str, int], market: Market
) -> dict[str, dict[str, Any]]:
    lead = ranked[0]
    of_lead = [lead] + [
        other
        for other in ranked[1:]
        if lead.identity.mls_number and other.identity.mls_number == lead.identity.mls_number
    ]
    by_trust = sorted(ranked, key=lambda x: (-x.trust, -x.observed_at.timestamp(), x.listing_id))
    withheld = () if market.disclosure.sale_prices_disclosed else _UNDISCLOSED
    chosen: dict[str, dict[str, Any]] = {}
    for names, candidates, rule in (
        (HOME_FIELDS, by_trust, MOST_TRUSTED_NEWEST),
        (LISTING_FIELDS.difference(withheld), of_lead, LEAD_LISTING),
        (EITHER_FIELDS, of_lead + by_trust, LEAD_ELSE_TRUSTED),
    ):
        for name in names:
            for listing in candidates:
                value = _said(listing.record, name)
                if value is not None:
                    chosen[name] = {
                        "value": _storable(value),
                        "from": index[listing.listing_id],
                        "rule": rule,
                    }
                    break
    return dict(sorted(chosen.items()))


def _said(record: ListingRecord, name: str) -> Any:
    """A field's value; half a point says nothing, lest two sources make one place together."""
    if name in {"latitude", "longitude"} and None in {record.latitude, record.longitude}:
        return None
    return getattr(record, name)


def _value(chosen: Mapping[str, Mapping[str, Any]], name: str) -> Any:
    return chosen[name]["value"] if name in chosen else None


def _storable(value: Any) -> Any:
    """Dates as ISO strings (BSON has none); moments stay moments."""
    return (
        value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value
    )


def _merged_facts(
    ranked: Sequence[_Listing], facts: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> dict[str, dict[str, Any]]:
    """Each fact from the first listing, in rank, whose remarks state it; evidence kept."""
    merged: dict[str, dict[str, Any]] = {}
    for listing in ranked:
        for name, fact in facts.get(listing.listing_id, {}).items():
            silent = name not in merged or merged[name].get("state") == "not_stated"
            if silent and (name not in merged or fact.get("state") != "not_stated"):
                merged[name] = {**fact, "listing_id": listing.listing_id}
    return dict(sorted(merged.items()))


def content_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 of what a property says, without what moves when the same is seen again that day.

    Left out: `sources[].observed_at`, `published_at`, `content_hash` itself. The day of the last
    observation counts: trends rest on it.
    """
    said = {k: v for k, v in document.items() if k not in ("content_hash", "published_at")}
    said["sources"] = [_without(s, "observed_at") for s in document["sources"]]
    text = json.dumps(said, sort_keys=True, default=_iso, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _without(mapping: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if key != name}


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
