"""The raw listings of one ZIP → its properties, and what went to quarantine.

Here records are read, judged (`rules/`), matched (`matching/`), and each field of a property is
chosen by a named rule (`choosing.py`). No database: the caller stores what comes out. No KPI:
`quality.py`.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from phoenix_re.collect.crosscheck import Agreement, Crosscheck, Witness, crosscheck
from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.sources import parcel_formats
from phoenix_re.collect.withdrawals import DELETED
from phoenix_re.markets import Market
from phoenix_re.validate.address import AddressKey
from phoenix_re.validate.choosing import (
    EITHER_FIELDS,
    HOME_FIELDS,
    LISTING_FIELDS,
    Statement,
    chosen_fields,
)
from phoenix_re.validate.episode import ACTIVE, UNDER_CONTRACT, Episode
from phoenix_re.validate.episodes import build_episode
from phoenix_re.validate.judging import Holding, ReadRecord, judge_zip
from phoenix_re.validate.matching import Decision, Identity, Link, identify, match, property_id
from phoenix_re.validate.overrides import Override
from phoenix_re.validate.rules import WITHOUT_HOME

Feed = tuple[str, str | None]  # source and MLS: one table may hold two MLSs of different habits
NEVER = datetime.max.replace(tzinfo=UTC)
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
    uncertain: list[dict[str, Any]] = field(default_factory=list)  # pairs that a person should see
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
    accepted: tuple[str, ...]  # rules that it breaks and an operator overruled
    observed_at: datetime  # UTC, when the newest version was first seen
    last_observed_at: datetime
    licence_class: str
    assumed: bool  # nothing says when it was seen but its file's time
    is_parcel: bool  # a home's record at the authority: it leads no property, it has no episode
    published_at: datetime | None
    trust: float  # of the market's policy
    earlier: ListingRecord | None = None  # as the version before had it

    def statement(self, at: int) -> Statement:
        return Statement(
            at=at,
            listing_id=self.listing_id,
            record=self.record,
            licence_class=self.licence_class,
            voice=self.identity.mls_number or self.record.source,
            address_key=self.identity.address.text if self.identity.address else None,
            observed_at=self.observed_at,
            last_observed_at=self.last_observed_at,
        )

    def witness(self, market: Market) -> Witness:
        seen_on = self.last_observed_at.astimezone(ZoneInfo(market.timezone)).date()
        return Witness(self.record.source, self.record, seen_on)


def build_properties(
    raw: Sequence[Mapping[str, Any]],
    facts: Mapping[str, Mapping[str, Mapping[str, Any]]],
    market: Market,
    zip: str,  # noqa: A002 - the name that the stages share
    *,
    decisions: Iterable[Decision] = (),
    read_record: ReadRecord | None = None,
    overrides: Collection[Override] = (),
) -> ZipProperties:
    """One document per home of the ZIP, one quarantine document per listing that breaks an ERROR.

    `raw`: stored listings with their `versions`, in any order. `facts`: listing id → field →
    `{state, value, evidence}`. `read_record` reads a payload (default: `collect.formats`).
    `decisions`: what people said of homes; `overrides`: what they accept, see `overrides.py`.
    A listing is judged by its newest version; older versions that break a rule leave the history.
    Raises `MarketError` where the market's `rules` cannot be used.
    """
    read = read_record or _formats_reader()
    raw = [d for d in raw if not _is_taken_back(d)]
    listings: list[_Listing] = []
    quarantined: list[dict[str, Any]] = []
    for judged in judge_zip(raw, market, zip, read, overrides):
        if isinstance(judged, Holding):
            listings.append(_listing(judged, market, zip))
        else:
            quarantined.append(judged)
    by_id = {listing.listing_id: listing for listing in listings}
    if len(by_id) < len(listings):
        raise ValueError(f"{market.code} {zip}: the same listing was given twice; give each once")
    properties: list[dict[str, Any]] = []
    checked = Crosscheck([], Agreement())
    matching = match((listing.identity for listing in listings), decisions)
    links: dict[str, list[Link]] = defaultdict(list)
    for link in matching.links:
        links[link.a].append(link)
    for group in matching.homes:
        members = [by_id[i.listing_id] for i in group]
        home = _property(members, group, facts, market, zip)
        home["links"] = [asdict(link) for i in group for link in links[i.listing_id]]
        home["content_hash"] = content_hash(home)
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
        uncertain=_uncertain(matching.uncertain, properties, market, zip),
        held={x.listing_id: Held(x.record, x.earlier, x.published_at) for x in listings},
    )


def _uncertain(
    pairs: Sequence[Link], properties: Sequence[Mapping[str, Any]], market: Market, zip5: str
) -> list[dict[str, Any]]:
    """A document per pair of listings that may be one home, with the homes that they are in."""
    home_of = {listing: home["_id"] for home in properties for listing in home["listing_ids"]}
    found = []
    for pair in pairs:
        said = asdict(pair)
        homes = {"property_a": home_of[pair.a], "property_b": home_of[pair.b]}
        text = json.dumps(said | homes, sort_keys=True)
        found.append(
            {
                "_id": f"{market.code}|{zip5}|{pair.a}|{pair.b}",
                "market": market.code,
                "zip": zip5,
                **said,
                **homes,
                "content_hash": hashlib.sha256(text.encode()).hexdigest(),
            }
        )
    return found


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


def _listing(judged: Holding, market: Market, zip5: str) -> _Listing:
    listing_id, newest, sightings = judged.listing_id, judged.newest, judged.sightings
    record = sightings[-1].record
    assumed = bool(newest.get("observed_assumed"))
    # A time that is only its file's must not tell which listing founded a home.
    founded_at = NEVER if assumed else judged.first_observed_at
    episode = build_episode(
        listing_id,
        sightings,
        market.timezone,
        sale_prices_disclosed=market.disclosure.sale_prices_disclosed,
    )
    return _Listing(
        listing_id=listing_id,
        record=record,
        identity=identify(listing_id, record, zip5, market, founded_at),
        episode=replace(episode, observed_assumed=True) if assumed else episode,
        warnings=judged.warnings,
        accepted=judged.accepted,
        observed_at=newest["observed_at"],
        last_observed_at=newest["last_observed_at"],
        licence_class=newest["licence_class"],
        assumed=assumed,
        is_parcel=record.source in parcel_formats(),
        published_at=newest.get("published_at"),
        trust=market.choosing.trust_of(record.source, newest["licence_class"]),
        earlier=sightings[-2].record if len(sightings) > 1 else None,
    )


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
    home_id = property_id(market.code, zip5, group)
    document: dict[str, Any] = {
        "_id": home_id,
        "market": market.code,
        "zip": zip5,
        "kind": _kind(members, addresses, chosen),
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
        # The ids that it may have had while it was part of what it is now.
        "former_ids": sorted({property_id(market.code, zip5, [i]) for i in group} - {home_id}),
        "mls_numbers": sorted({i.mls_number for i in group if i.mls_number is not None}),
        "facts": _merged_facts(ranked, facts),
        "warnings": sorted({rule_id for listing in ranked for rule_id in listing.warnings}),
        "accepted": sorted({rule_id for listing in ranked for rule_id in listing.accepted}),
        # When the newest news of it was published; with the time of serving, the freshness lag.
        "published_at": max((x.published_at for x in ranked if x.published_at), default=None),
    }
    return document


def _kind(
    members: Sequence[_Listing],
    addresses: Sequence[AddressKey],
    chosen: Mapping[str, Mapping[str, Any]],
) -> str:
    """What a property is (metrics.md §11): a unit where it has one; a parcel where nothing is said
    to stand on it; else a building, as a detached home is."""
    if addresses and addresses[0].unit:
        return "unit"
    if {"living_area", "year_built", "bedrooms_total"} & chosen.keys():
        return "building"
    land = _value(chosen, "property_type") in WITHOUT_HOME
    return "parcel" if land or all(listing.is_parcel for listing in members) else "building"


def _ranked(members: Sequence[_Listing]) -> list[_Listing]:
    """The lead first: the listing that was on the market last, as its latest witness tells.

    Where several sources speak of one MLS number, only the one that saw it last may lead: a file
    of May that says Active is no match for a feed of December that says Closed. A listing that
    nothing dates but its file's time leads only among its like.
    """
    witnesses: dict[str, _Listing] = {}

    def worth(listing: _Listing) -> tuple[bool, date, float, str]:
        # By day: a feed that tells only of changes is not seen again with each look at a page.
        seen_on = listing.last_observed_at.date()
        return not listing.assumed, seen_on, listing.trust, listing.listing_id

    for listing in sorted(members, key=worth):
        witnesses[listing.identity.mls_number or listing.listing_id] = listing

    def rank(listing: _Listing) -> tuple[bool, bool, bool, int, bool, float, str]:
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
    withheld = () if market.disclosure.sale_prices_disclosed else _UNDISCLOSED
    statements = {x.listing_id: x.statement(index[x.listing_id]) for x in ranked}
    return chosen_fields(
        [statements[x.listing_id] for x in of_lead],
        list(statements.values()),
        market.choosing,
        withheld=withheld,
    )


def _value(chosen: Mapping[str, Mapping[str, Any]], name: str) -> Any:
    return chosen[name]["value"] if name in chosen else None


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
