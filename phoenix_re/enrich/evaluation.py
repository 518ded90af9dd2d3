"""How right extractors are, field by field, on labelled remarks; and the gate that follows.

A claim is **right** when all that it says is so: the label's state, and of the value nothing that
the label does not say (a claim without a value, or with some of several words, is right and
incomplete; an amount may be a dollar off). A label is **found** when the claim says all of it.
Precision is the share of right among the claims made, recall the share of found among those
labelled; `exact_precision` is the share of claims that say neither less nor more. Macro
figures are plain means over the fields, so that a rare field counts as much as a common one. A
false assertion is a claim where the label says nothing (metrics.md §12). Who reads the labels is
`labels.py`; nothing here asks a model.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from phoenix_re.enrich.cascade import Combined, Finding, combine, open_fields
from phoenix_re.enrich.facts import SCORED, Fact, Renovation
from phoenix_re.enrich.gate import LEAST_PRECISION, Gate, gate_of
from phoenix_re.enrich.labels import Label, Labelled
from phoenix_re.proportions import wilson

AMOUNTS: Final = frozenset({"hoa", "rent"})
TOLERANCE_CENTS: Final = 100

Extractor = Callable[[Labelled], Mapping[str, Fact]]


@dataclass(frozen=True, slots=True)
class Score:
    """One extractor on one field, in labelled texts."""

    texts: int
    labelled: int  # say something
    claimed: int
    right: int
    found: int  # right and complete
    false: int  # claims where the label says nothing

    @property
    def precision(self) -> float | None:
        return self.right / self.claimed if self.claimed else None

    @property
    def recall(self) -> float | None:
        return self.found / self.labelled if self.labelled else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        if not self.claimed and not self.labelled:
            return None
        both = (self.precision or 0.0) + (self.recall or 0.0)
        return 2 * (self.precision or 0.0) * (self.recall or 0.0) / both if both else 0.0

    @property
    def false_assertion_rate(self) -> float | None:
        silent = self.texts - self.labelled
        return self.false / silent if silent else None

    def to_document(self) -> dict[str, Any]:
        """With 95 % intervals of Wilson; None where there is nothing to measure."""
        low, high = wilson(self.right, self.claimed) if self.claimed else (None, None)
        found_low, found_high = wilson(self.found, self.labelled) if self.labelled else (None, None)
        return {
            "labelled": self.labelled,
            "claimed": self.claimed,
            "right": self.right,
            "found": self.found,
            "precision": self.precision,
            "precision_low": low,
            "precision_high": high,
            "recall": self.recall,
            "recall_low": found_low,
            "recall_high": found_high,
            "f1": self.f1,
            "exact_precision": self.found / self.claimed if self.claimed else None,
            "false_assertion_rate": self.false_assertion_rate,
        }


@dataclass(frozen=True, slots=True)
class Mistake:
    """A claim that is wrong or incomplete, or a label that was not found."""

    id: str
    field: str
    label: Label
    said: Label
    evidence: str | None
    is_right: bool  # what was said is so, only not all of it


@dataclass(frozen=True, slots=True)
class Report:
    """One extractor on all texts."""

    scores: Mapping[str, Score]
    claims: int
    exact: int  # whose evidence is in the remarks, character by character
    mistakes: Sequence[Mistake]

    @property
    def macro_f1(self) -> float | None:
        return _mean([score.f1 for score in self.scores.values()])

    def to_document(self) -> dict[str, Any]:
        """`macro_precision, macro_recall, macro_f1, false_assertion_rate, evidence_exact, fields`.

        Means over the fields that have the figure; `false_assertion_rate` over all cells whose
        label says nothing.
        """
        scores = self.scores.values()
        silent = sum(score.texts - score.labelled for score in scores)
        return {
            "macro_precision": _mean([score.precision for score in scores]),
            "macro_recall": _mean([score.recall for score in scores]),
            "macro_f1": self.macro_f1,
            "false_assertion_rate": sum(s.false for s in scores) / silent if silent else None,
            "evidence_exact": self.exact / self.claims if self.claims else None,
            "fields": {name: score.to_document() for name, score in self.scores.items()},
        }


def evaluate(labelled: Sequence[Labelled], extract: Extractor) -> Report:
    """Ask `extract` of every text and compare."""
    found = [(row, extract(row)) for row in labelled]
    claims = [
        (row, fact) for row, facts in found for fact in facts.values() if fact.state != "not_stated"
    ]
    mistakes = [
        Mistake(
            row.id,
            name,
            row.labels[name],
            _said(facts, name),
            _evidence(facts, name),
            is_right(name, row.labels[name], _said(facts, name)),
        )
        for row, facts in found
        for name in SCORED
        if not is_found(name, row.labels[name], _said(facts, name))
    ]
    return Report(
        scores={
            name: _score(name, [(row.labels[name], _said(facts, name)) for row, facts in found])
            for name in SCORED
        },
        claims=len(claims),
        exact=sum((fact.evidence or "") in row.remarks for row, fact in claims),
        mistakes=mistakes,
    )


def is_right(name: str, label: Label, said: Label) -> bool:
    """All that is said is so."""
    if label[0] != said[0]:
        return False
    match label[1], said[1]:
        case (_, None):
            return True
        case (int(due), int(told)) if name in AMOUNTS:
            return abs(due - told) <= TOLERANCE_CENTS
        case (tuple(due), tuple(told)):
            return set(told) <= set(due)
        case (Renovation() as due, Renovation() as told):
            return told.year in (None, due.year) and set(told.what) <= set(due.what)
        case (due, told):
            return due == told


def is_found(name: str, label: Label, said: Label) -> bool:
    """What is said is right, and all that there was to say."""
    if name in AMOUNTS and isinstance(label[1], int) and isinstance(said[1], int):
        return is_right(name, label, said)
    return label == said


def facts_of(combined: Combined) -> dict[str, Fact]:
    """What a cascade serves, as an extractor's answer."""
    return {name: claim.fact for name, claim in combined.facts.items()}


def gate_entry(report: Report) -> dict[str, Any]:
    """An extractor's part of the gate file: per field the evidence, and what follows from it."""
    fields = {}
    for name, score in report.scores.items():
        low = wilson(score.right, score.claimed)[0] if score.claimed else None
        fields[name] = {
            "claimed": score.claimed,
            "right": score.right,
            "precision_low": None if low is None else round(low, 4),
            "served": low is not None and round(low, 4) >= LEAST_PRECISION,
        }
    return {"fields": fields}


def fingerprint(path: Path) -> str:
    """SHA-256 of a labelled file, by which a gate names what it was measured on."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _said(facts: Mapping[str, Fact], name: str) -> Label:
    fact = facts.get(name)
    return ("not_stated", None) if fact is None else (fact.state, fact.value)


def _evidence(facts: Mapping[str, Fact], name: str) -> str | None:
    fact = facts.get(name)
    return None if fact is None or fact.evidence is None else str(fact.evidence)


def _score(name: str, cells: Sequence[tuple[Label, Label]]) -> Score:
    stated = [(label, said) for label, said in cells if said[0] != "not_stated"]
    return Score(
        texts=len(cells),
        labelled=sum(label[0] != "not_stated" for label, _ in cells),
        claimed=len(stated),
        right=sum(is_right(name, label, said) for label, said in stated),
        found=sum(is_found(name, label, said) for label, said in stated),
        false=sum(label[0] == "not_stated" for label, _ in stated),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


# ── rules, model and cascade side by side ───────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Comparison:
    """All on the same texts. `model` and `cascade` are as the rules alone where nobody was asked:
    the model then made no claim."""

    rules_name: str
    model_name: str | None
    rules: Report
    model: Report
    rest: Report  # the model's claims on fields that the rules left open
    cascade: Report

    def gate_entries(self) -> dict[str, Any]:
        """What each has proven: the rules by all their claims, the model by those that count, on
        fields that the rules leave open."""
        entries = {self.rules_name: gate_entry(self.rules)}
        return entries | ({self.model_name: gate_entry(self.rest)} if self.model_name else {})


def compare(
    labelled: Sequence[Labelled],
    rules: Mapping[str, Finding],
    model: Mapping[str, Finding],
) -> Comparison:
    """`rules` and `model`: what each found, by id of the text; a text without an entry states
    nothing. The cascade takes the model's word only for fields in which `rest` passes the gate."""
    rules_name = next(iter(rules.values())).extractor
    model_name = next((finding.extractor for finding in model.values()), None)
    nothing = Finding(model_name or "")
    rest = evaluate(labelled, lambda row: _open_only(rules[row.id], model.get(row.id, nothing)))
    bounds: dict[str, Mapping[str, float]] = {rules_name: dict.fromkeys(SCORED, 1.0)}
    if model_name:
        bounds |= gate_of({"extractors": {model_name: gate_entry(rest)}}).bounds
    gate = Gate(bounds)
    return Comparison(
        rules_name,
        model_name,
        rules=evaluate(labelled, lambda row: rules[row.id].facts),
        model=evaluate(labelled, lambda row: model.get(row.id, nothing).facts),
        rest=rest,
        cascade=evaluate(
            labelled, lambda row: facts_of(combine(rules[row.id], model.get(row.id), gate))
        ),
    )


def _open_only(rules: Finding, model: Finding) -> dict[str, Fact]:
    return {name: model.facts[name] for name in open_fields(rules.facts) if name in model.facts}
