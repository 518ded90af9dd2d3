"""Each listing of a ZIP judged by the market's rules: what holds of it, or its quarantine document.

A pure function of the ZIP's stored listings, the market and what an operator accepts, whatever the
order of the listings: what is usual in the ZIP is found first, from all of them. What the rules are
is in `rules/`; what becomes of listings that hold, in `properties.py`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.markets import Market
from phoenix_re.validate.episodes import Sighting
from phoenix_re.validate.overrides import Override, accepted_rules
from phoenix_re.validate.rules import (
    Breach,
    Case,
    Rule,
    Surroundings,
    breaches,
    rules_of,
    surroundings,
    without_placeholders,
)

STAGE = "validated_properties"
MACHINERY = {
    "versions.missing": "A version of the listing is stored.",
    "record.unreadable": "The payload can be read, by a format or mapping that is there.",
}
"""Rules of the machinery, which no market tunes and no operator overrules: there is no record."""
ReadRecord = Callable[[str, Mapping[str, Any]], ListingRecord]


@dataclass(frozen=True, slots=True)
class Holding:
    """A listing that holds. `sightings`: its versions that break no ERROR, the newest last."""

    listing_id: str
    newest: Mapping[str, Any]  # the stored version
    first_observed_at: datetime  # UTC, of the oldest version, whether it holds or not
    sightings: Sequence[Sighting]
    warnings: tuple[str, ...]  # ids of rules that the newest version breaks
    accepted: tuple[str, ...]  # those that an operator overruled for it


def judge_zip(
    raw: Sequence[Mapping[str, Any]],
    market: Market,
    zip5: str,
    read: ReadRecord,
    overrides: Collection[Override],
) -> Iterator[Holding | dict[str, Any]]:
    """What holds of each listing, or its quarantine document, in the order of `raw`."""
    told = [_read_versions(document, read) for document in raw]
    newest = (versions[-1].record for versions in told if versions)
    around = surroundings((r for r in newest if isinstance(r, ListingRecord)), market)
    rules = rules_of(market)
    fixed = {rule.id for rule in rules if rule.fixed}
    accepted = accepted_rules(o for o in overrides if o.rule_id not in fixed)
    bench = _Bench(market, zip5, rules, around, accepted)
    for document, versions in zip(raw, told, strict=True):
        yield bench.judge(document, versions)


@dataclass(frozen=True, slots=True)
class _Version:
    """A stored version with its record, or with why it cannot be read."""

    stored: Mapping[str, Any]
    record: ListingRecord | Exception


def _read_versions(document: Mapping[str, Any], read: ReadRecord) -> list[_Version]:
    """In the order of time."""
    versions = []
    for stored in sorted(document["versions"], key=lambda v: v["observed_at"]):
        try:
            record = without_placeholders(read(document["source"], stored["payload"]))
        except (ValueError, LookupError) as error:
            versions.append(_Version(stored, error))
        else:
            versions.append(_Version(stored, record))
    return versions


@dataclass(frozen=True, slots=True)
class _Bench:
    """Where the listings of a ZIP are judged."""

    market: Market
    zip: str
    rules: Sequence[Rule]
    around: Surroundings
    accepted: Mapping[tuple[str, str], frozenset[str]]  # listing, content hash → rules overruled

    def judge(
        self, document: Mapping[str, Any], versions: Sequence[_Version]
    ) -> Holding | dict[str, Any]:
        """The listing, or its quarantine document."""
        newest = versions[-1] if versions else None
        held = _Quarantine(document, newest.stored if newest else {}, self.market, self.zip)
        if newest is None:
            return held.because("versions.missing", "no version of the listing is stored")
        if isinstance(newest.record, Exception):
            error = newest.record
            return held.because("record.unreadable", f"{type(error).__name__}: {error}")
        sightings: list[Sighting] = []
        earlier: list[ListingRecord] = []
        broken: list[Breach] = []
        accepted: frozenset[str] = frozenset()
        for version in versions:
            if isinstance(version.record, Exception):
                continue
            broken = self._breaches(version.record, version.stored, earlier)
            said = version.stored.get("content_hash", "")
            accepted = self.accepted.get((document["_id"], said), frozenset())
            if not any(b.is_error and b.rule.id not in accepted for b in broken):
                moments = version.stored["observed_at"], version.stored["last_observed_at"]
                sightings.append(Sighting(version.record, *moments))
                earlier.append(version.record)
        if errors := [b for b in broken if b.is_error and b.rule.id not in accepted]:
            reason = "; ".join(f"{e.rule.id}: {e.reason}" for e in errors)
            return held.because(errors[0].rule.id, reason, [e.rule.id for e in errors])
        ids = [breach.rule.id for breach in broken]
        return Holding(
            document["_id"],
            newest.stored,
            versions[0].stored["observed_at"],
            sightings,
            tuple(i for i in ids if i not in accepted),
            tuple(i for i in ids if i in accepted),
        )

    def _breaches(
        self, record: ListingRecord, stored: Mapping[str, Any], earlier: Sequence[ListingRecord]
    ) -> list[Breach]:
        case = Case(
            self.market,
            self.zip,
            stored["observed_at"].astimezone(ZoneInfo(self.market.timezone)).date(),
            stored.get("licence_class") or "",
            self.around,
            earlier,
        )
        return breaches(record, case, self.rules)


@dataclass(frozen=True, slots=True)
class _Quarantine:
    """Where a listing goes that cannot be used, with all that a replay needs."""

    document: Mapping[str, Any]
    version: Mapping[str, Any]
    market: Market
    zip: str

    def because(self, rule_id: str, reason: str, broken: Sequence[str] = ()) -> dict[str, Any]:
        listing_id = self.document["_id"]
        said = self.version.get("content_hash", "")
        return {
            "_id": f"{self.market.code}|{self.zip}|{STAGE}|{listing_id}|{said}",
            "market": self.market.code,
            "zip": self.zip,
            "stage": STAGE,
            "rule_id": rule_id,
            "rule_ids": list(broken) or [rule_id],
            "reason": reason,
            "listing_id": listing_id,
            "version": said,  # the content hash of what was judged
            "payload": self.version.get("payload"),
            "content_hash": f"{said}|{rule_id}|{reason}",
        }
