"""The shape that an answer is held to, and how the prompt shows each field's legal values.

Both follow from the fields' contract in `enrich/facts.py`, so that they cannot drift from it.
"""

from collections.abc import Sequence
from typing import Any, Final

from phoenix_re.enrich.facts import FIELDS, MONTH_TO_MONTH, RENOVATED, SUMMARY_LIMIT, Field
from phoenix_re.enrich.model.money import MONEY_FIELDS, PERIODS

SCHEMA_VERSION: Final = "1"  # raise it with every change that `answer_format` can show


def shown_value(name: str, contract: Field) -> str:
    """In the prompt, behind the field's name."""
    if name in MONEY_FIELDS:
        return ' [{"amount","period"}]'
    match contract.kind:
        case "word":
            return f" [{'|'.join(contract.values)}]"
        case "words":
            return f" [list of {'|'.join(contract.values)}]"
        case "whole":
            return " [number]"
        case "age":
            return ' [{"year"} or {"years"} ago]'
        case "renovation":
            return f' [{{"year","what":list of {"|".join(RENOVATED)}}}]'
        case _:
            return ""


def answer_format() -> dict[str, Any]:
    """The schema of an answer: a list of claims, each of a field's own shape, none required.

    Written for llama.cpp's grammars: no `oneOf`, no backslash in a pattern. A claim begins with its
    evidence, so that a model reads before it judges, and it may end in "not_stated": a field once
    begun forces no assertion.
    """
    return {
        "type": "object",
        "properties": {
            "claims": {
                "type": "array",
                "maxItems": len(FIELDS),
                "items": {"anyOf": [_claim(name, contract) for name, contract in FIELDS.items()]},
            }
        },
        "required": ["claims"],
        "additionalProperties": False,
        "$defs": {"evidence": {"type": "string", "minLength": 1, "maxLength": SUMMARY_LIMIT}},
    }


def _claim(name: str, contract: Field) -> dict[str, Any]:
    states = ["yes", "no", "not_stated"] if contract.can_be_denied else ["yes", "not_stated"]
    properties = {
        "field": {"const": name},
        "evidence": {"$ref": "#/$defs/evidence"},
        "state": {"enum": states},
    }
    if legal := _legal_values(name, contract):
        properties["value"] = {"anyOf": [*legal, {"type": "null"}]}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _legal_values(name: str, contract: Field) -> list[dict[str, Any]]:
    year = {"type": "integer", "minimum": 1900, "maximum": 2100}
    if name in MONEY_FIELDS:
        return [_object(amount={"type": "number"}, period={"enum": list(PERIODS)})]
    match contract.kind:
        case "word":
            return [{"enum": list(contract.values)}]
        case "words":
            return [_list_of(contract.values)]
        case "whole":
            return [{"type": "integer", "minimum": 1, "maximum": 20}]
        case "month":
            pattern = "^20[0-9]{2}-(0[1-9]|1[0-2])$"
            return [{"const": MONTH_TO_MONTH}, {"type": "string", "pattern": pattern}]
        case "age":
            years = {"type": "integer", "minimum": 0, "maximum": 100}
            return [_object(year=year), _object(years=years)]
        case "renovation":
            return [_object(year={"anyOf": [year, {"type": "null"}]}, what=_list_of(RENOVATED))]
        case _:
            return []


def _list_of(values: Sequence[str]) -> dict[str, Any]:
    items = {"enum": list(values)}
    return {"type": "array", "items": items, "minItems": 1, "maxItems": len(values)}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
