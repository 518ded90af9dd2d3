"""Labelled remarks: how a file of them is read, and how well two labellers agree.

The format is documented in `docs/reference/facts.md`. `labels/` beside this module holds the set
written for this project, as resolved: `remarks.jsonl`, on which extractors are judged and the gate
is made, and `development.jsonl`, which authors of rules may look at. What each of the two labellers
said before is in `first_pass.jsonl` and `second_pass.jsonl`, of both. No prompt quotes any of it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from phoenix_re.enrich.facts import FIELDS, SCORED, Value, read_value

FOLDER: Final = Path(__file__).with_name("labels")
RESOLVED: Final = FOLDER / "remarks.jsonl"
DEVELOPMENT: Final = FOLDER / "development.jsonl"
PASSES: Final = (FOLDER / "first_pass.jsonl", FOLDER / "second_pass.jsonl")

Label = tuple[str, Value | None]
"""State and value. ("not_stated", None) where a file says nothing."""

NOTHING: Final[Label] = ("not_stated", None)


class LabelError(ValueError):
    """A labelled file that cannot be read: which line, and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text with what a careful reader takes from it, for every field of `SCORED`."""

    id: str
    remarks: str
    market: str | None
    labels: Mapping[str, Label]
    fair_housing: Mapping[str, str]  # evidence → class


def read_labels(path: Path, texts: Mapping[str, str] | None = None) -> list[Labelled]:
    """Every line of a labelled file. `texts`: the remarks by id, for a file that has none.

    Raises `LabelError` with file and line, also where an evidence is not in its remarks.
    """
    rows = [_row(path, number, line, texts or {}) for number, line in _lines(path)]
    ids = [row.id for row in rows]
    if twice := {i for i in ids if ids.count(i) > 1}:
        raise LabelError(f"{path}: ids must differ; more than once: {', '.join(sorted(twice))}")
    if not rows:
        raise LabelError(f"{path}: no labelled remarks in it")
    return rows


def kappa(first: Sequence[Label], second: Sequence[Label]) -> float | None:
    """Cohen's kappa of two labellers of the same texts; None where both said one and the same of
    all of them, as chance alone would then agree as well.

    (observed - by chance) / (1 - by chance), Cohen 1960; a label is the state with its value.
    """
    if len(first) != len(second) or not first:
        raise ValueError(f"two labellings of the same texts are expected: {len(first)} and "
                         f"{len(second)}")  # fmt: skip
    n = len(first)
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    chance = sum(first.count(label) * second.count(label) for label in set(first)) / n**2
    return None if chance == 1 else (observed - chance) / (1 - chance)


def agreement(first: Sequence[Labelled], second: Sequence[Labelled]) -> dict[str, float | None]:
    """Cohen's kappa per field of `SCORED`, of texts that both have labelled."""
    other = {row.id: row for row in second}
    both = [(row, other[row.id]) for row in first if row.id in other]
    return {
        name: kappa([a.labels[name] for a, _ in both], [b.labels[name] for _, b in both])
        for name in SCORED
    }


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LabelError(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield number, line


def _row(path: Path, number: int, line: str, texts: Mapping[str, str]) -> Labelled:
    try:
        row = json.loads(line)
        remarks = row["remarks"] if "remarks" in row else texts[row["id"]]
        return Labelled(
            id=str(row["id"]),
            remarks=remarks,
            market=row.get("market"),
            labels=dict.fromkeys(SCORED, NOTHING)
            | {
                name: _label(name, fact, remarks)
                for name, fact in row["facts"].items()
                if name in SCORED or name not in FIELDS
            },
            fair_housing={flag["evidence"]: flag["class"] for flag in row.get("fair_housing", ())},
        )
    except json.JSONDecodeError as error:
        raise LabelError(f"{path}, line {number}: no JSON object: {error}") from error
    except KeyError as error:
        raise LabelError(f"{path}, line {number}: {error} is missing") from error
    except (TypeError, AttributeError, ValueError) as error:
        raise LabelError(f"{path}, line {number}: {error}") from error


def _label(name: str, fact: Mapping[str, Any], remarks: str) -> Label:
    if name not in FIELDS:
        raise ValueError(f"unknown field {name}; known: {', '.join(SCORED)}")
    state = fact["state"]
    if state not in ("yes", "no", "not_stated"):
        raise ValueError(f"{name}: state must be yes, no or not_stated, not {state!r}")
    evidence = fact.get("evidence")
    if evidence and evidence not in remarks:
        raise ValueError(f"{name}: evidence {evidence!r} is not in the remarks")
    value = read_value(name, fact.get("value"))
    if state != "yes" and value is not None:
        raise ValueError(f"{name}: only a yes has a value, not {state} {value!r}")
    return state, value
