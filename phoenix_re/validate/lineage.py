"""What became of properties from one validation of a ZIP to the next: joined, merged, split.

Compares which listing belongs to which property before and after; no matching is done here. The
entries are the log of merges (`property_changes`), append-only.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from phoenix_re.validate.matching import Decision, Link

Property = Mapping[str, Any]

JOINED = "joined"  # listings came to a property, or met in a new one
MERGED = "merged"  # listings of two properties or more are one now
SPLIT = "split"  # listings of one property are in two or more now
RENAMED = "renamed"  # an older listing came to light, whose id the property bears now


@dataclass(frozen=True, slots=True)
class Moment:
    """When a validation was, and when the one before it; two of the same ZIP at once share both
    ends of the same change, so that it is logged once."""

    at: datetime  # UTC
    since: datetime | None


def changes(
    before: Iterable[Property],
    after: Iterable[Property],
    when: Moment,
    decisions: Sequence[Decision] = (),
) -> list[dict[str, Any]]:
    """The log entries of one validation, splits last.

    `before` and `after`: documents with `_id`, `listing_ids`; those of `after` also with `market`,
    `zip` and `links`. `decisions` explain splits; without one, a record has changed. A home of
    one listing that nobody joined is no entry.
    """
    was = {listing: home["_id"] for home in before for listing in home["listing_ids"]}
    homes = sorted(after, key=lambda home: home["_id"])
    parts: dict[str, set[str]] = defaultdict(set)
    for home in homes:
        for listing in home["listing_ids"]:
            if listing in was:
                parts[was[listing]].add(home["_id"])
    together = (_coming_together(home, was, parts, when) for home in homes)
    by_id = {home["_id"]: home for home in homes}
    apart = (
        _split(old, sorted(into), by_id, when, decisions) for old, into in sorted(parts.items())
    )
    return [entry for entry in (*together, *apart) if entry is not None]


def _coming_together(
    home: Property, was: Mapping[str, str], parts: Mapping[str, set[str]], when: Moment
) -> dict[str, Any] | None:
    listings: Sequence[str] = home["listing_ids"]
    origins = sorted({was[listing] for listing in listings if listing in was})
    newcomers = [listing for listing in listings if listing not in was]
    if len(origins) > 1:
        return _entry(MERGED, home, when, origins, listings)
    if newcomers and len(listings) > 1:
        stays = origins == [home["_id"]]
        return _entry(JOINED, home, when, origins, newcomers if stays else listings)
    if origins and origins[0] != home["_id"] and len(parts[origins[0]]) == 1:
        return _entry(RENAMED, home, when, origins, listings)
    return None


def _split(
    old: str,
    into: Sequence[str],
    homes: Mapping[str, Property],
    when: Moment,
    decisions: Sequence[Decision],
) -> dict[str, Any] | None:
    if len(into) == 1:
        return None
    listings = [listing for part in into for listing in homes[part]["listing_ids"]]
    because = [
        Link(min(d.listing_ids), max(d.listing_ids), "decision", None, {"decision": d.words})
        for d in decisions
        if not d.same and set(d.listing_ids) <= set(listings)
    ]
    entry = _entry(SPLIT, homes[into[0]], when, [old], listings)
    return entry | {"into": list(into), "because": [asdict(link) for link in because]}


def _entry(
    kind: str, home: Property, when: Moment, origins: Sequence[str], listings: Sequence[str]
) -> dict[str, Any]:
    about = set(listings)
    entry = {
        "market": home["market"],
        "zip": home["zip"],
        "kind": kind,
        "property_id": home["_id"],
        "from": list(origins),
        "listing_ids": sorted(listings),
        "because": [link for link in home["links"] if about & {link["a"], link["b"]}],
        "logged_at": when.at,
    }
    said = [home["zip"], kind, home["_id"], *origins, *entry["listing_ids"], str(when.since)]
    return {"_id": hashlib.sha256("\n".join(said).encode()).hexdigest()[:24], **entry}
