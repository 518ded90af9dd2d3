"""The operator's word on which listings are one home: kept for good, undone by a later word.

What a decision does to homes is in `matching/`; here it is only written down and read. A decision
names listings, not properties: those are what they are because of it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from phoenix_re.collect.arrivals import put
from phoenix_re.collect.landing import Store
from phoenix_re.collect.versions import Document
from phoenix_re.storage import MATCH_DECISIONS
from phoenix_re.validate.matching import Decision


class UnknownDecisionError(LookupError):
    """No decision has this id; the message says what was asked for."""


def decide(
    store: Store,
    where: Mapping[str, str],
    *,
    same: bool,
    these: Iterable[str],
    those: Iterable[str],
    by: str,
    why: str,
    at: datetime,
) -> Document:
    """Write down that `these` listings and `those` are one home, or are not; the document.

    `where`: market and ZIP. ValueError where a side is empty, both share a listing, or `why` is
    blank: whoever reads the log next year has nothing else.
    """
    left, right = sorted(set(these)), sorted(set(those))
    if not left or not right or set(left) & set(right):
        raise ValueError("a decision is about two groups of listings that share none")
    if not why.strip():
        raise ValueError("say why, in a sentence")
    said = ["same" if same else "apart", *left, "|", *right, at.isoformat()]
    document = {
        "_id": hashlib.sha256("\n".join(said).encode()).hexdigest()[:12],
        **where,
        "same": same,
        "these": left,
        "those": right,
        "by": by,
        "why": why.strip(),
        "at": at,
    }
    put(store, MATCH_DECISIONS, [document])
    return document


def undo(store: Store, decision_id: str, *, by: str, why: str, at: datetime) -> Document:
    """Take a decision back; it stays in the log. Taking it back twice changes nothing."""
    found = store.find_ids(MATCH_DECISIONS, [decision_id])
    if not found:
        raise UnknownDecisionError(
            f"no decision {decision_id}; `phoenix-re properties decisions` lists them"
        )
    document = found[0]
    if "undone" not in document:
        document["undone"] = {"by": by, "why": why.strip(), "at": at}
        put(store, MATCH_DECISIONS, [document])
    return document


def standing(documents: Iterable[Mapping[str, Any]]) -> list[Decision]:
    """What holds of what people decided, as `match` takes it, oldest first.

    Whoever says that two groups of listings are two homes also says that each group is one.
    """
    holding = [d for d in documents if "undone" not in d]
    return [
        Decision(d["_id"], same, tuple(listings), d["by"], d["at"], d["why"])
        for d in sorted(holding, key=lambda d: (d["at"], d["_id"]))
        for same, listings in _words(d)
    ]


def _words(document: Mapping[str, Any]) -> list[tuple[bool, list[str]]]:
    these, those = document["these"], document["those"]
    if document["same"]:
        return [(True, [*these, *those])]
    groups = [(True, group) for group in (these, those) if len(group) > 1]
    return [*groups, (False, [these[0], those[0]])]
