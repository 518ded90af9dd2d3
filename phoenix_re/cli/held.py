"""Documents of the quarantine for commands: found by what people type, told in sentences."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from phoenix_re.cli.output import fail
from phoenix_re.cli.store import documents
from phoenix_re.storage import QUARANTINE

if TYPE_CHECKING:
    from phoenix_re.markets import Market
    from phoenix_re.mongo import MongoStore

Document = dict[str, Any]


def one_held(store: "MongoStore", given: str) -> Document:
    """By its short id or the start of it, its listing, or its `_id`."""
    found = store.find_ids(QUARANTINE, [given]) or [
        d
        for d in documents(QUARANTINE)
        if d.get("listing_id") == given or short_id(d).startswith(given)
    ]
    if len(found) > 1:
        fail(f"{given!r} names {len(found)}: {', '.join(short_id(d) for d in found[:5])} …")
    return found[0] if found else fail(f"nothing with the id {given!r} is held")


def short_id(document: Mapping[str, Any]) -> str:
    """Ten characters that name a document: its `_id` is too long to type."""
    from phoenix_re.collect.versions import digest

    return digest(document["_id"])[:10]


def rule_ids(document: Mapping[str, Any]) -> list[str]:
    return document.get("rule_ids") or [document["rule_id"]]


def came_from(document: Mapping[str, Any]) -> str:
    return document.get("listing_id") or f"{document['file']} row {document['row']}"


def reason(document: Mapping[str, Any]) -> str:
    """Why, without the rule's id where there is but one."""
    told = document["reason"]
    return told if len(rule_ids(document)) > 1 else told.removeprefix(f"{document['rule_id']}: ")


def sentences(market: "Market | None") -> dict[str, str]:
    """id → sentence of every rule: the code's, the import's, the market's own."""
    from phoenix_re.collect.files import REJECTION_RULES
    from phoenix_re.validate.judging import MACHINERY
    from phoenix_re.validate.rules import RULES, rules_of

    of_listings = MACHINERY | {r.id: r.sentence for r in RULES}
    if market is None:  # of a row, which the import refused
        return of_listings | REJECTION_RULES
    return REJECTION_RULES | of_listings | {r.id: r.sentence for r in rules_of(market)}


def sentence(rule_id: str, market: "Market | None") -> str:
    return sentences(market).get(rule_id, "a rule that there is no more")


def advice(document: Mapping[str, Any], market: "Market | None") -> list[str]:
    if market is None:
        again = f"phoenix-re quarantine replay {short_id(document)}"
        return [
            "Mend the file and import it again; this row stays as a record.",
            f"If the reader was wrong (a mapping, a parser) and is mended: {again}",
        ]
    rule = document["rule_id"]
    return [
        "If the source is wrong: nothing. What it says next is judged anew.",
        f"If the home is right: phoenix-re quarantine accept {short_id(document)} --why …",
        f"If the rule is too narrow: `rules` or `validation` in markets/{market.code}.yaml, then "
        f"phoenix-re quarantine replay --market {market.code} --rule {rule}",
    ]
