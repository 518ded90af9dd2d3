"""What an operator accepts although a rule forbids it: a rule, of one version of one listing.

The word holds for that version only: what its source says anew is judged anew. Pure; the documents
are kept in `overrides` and written by `phoenix-re quarantine accept`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Override:
    """`content_hash` names the version; `at` is UTC."""

    listing_id: str
    content_hash: str
    rule_id: str
    by: str
    at: datetime
    why: str

    def to_document(self, market: str, zip_code: str) -> dict[str, Any]:
        """For the collection; the ZIP is the listing's, by which its stage finds the override."""
        key = f"{self.listing_id}|{self.content_hash}|{self.rule_id}"
        return {"_id": key, "market": market, "zip": zip_code, "undone": None, **asdict(self)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        return cls(**{name: document[name] for name in cls.__dataclass_fields__})


def in_force(documents: Iterable[Mapping[str, Any]]) -> list[Override]:
    """Those that were not undone."""
    return [Override.from_document(d) for d in documents if d["undone"] is None]


def accepted_rules(overrides: Iterable[Override]) -> dict[tuple[str, str], frozenset[str]]:
    """(listing, version) → the rules that are overruled for it."""
    rules: dict[tuple[str, str], set[str]] = defaultdict(set)
    for override in overrides:
        rules[override.listing_id, override.content_hash].add(override.rule_id)
    return {version: frozenset(ids) for version, ids in rules.items()}
