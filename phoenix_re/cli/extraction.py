"""`phoenix-re evaluate-extraction`: how right the extractors are on labelled remarks."""

import json as json_module
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from phoenix_re.cli.output import Json, fail, out, print_json, show

if TYPE_CHECKING:
    from phoenix_re.enrich.cascade import Finding
    from phoenix_re.enrich.evaluation import Comparison, Mistake
    from phoenix_re.enrich.labels import Label, Labelled

LabelsFile = Annotated[
    Path | None,
    typer.Option(
        "--labels",
        help="A labelled file (docs/reference/facts.md); default: the set of this project.",
    ),
]
Ask = Annotated[
    bool, typer.Option("--model/--no-model", help="Ask the model of OLLAMA_HOSTS too, if there.")
]
Mistakes = Annotated[
    bool, typer.Option("--mistakes", help="List every wrong claim and every fact not found.")
]
WriteGate = Annotated[
    bool,
    typer.Option("--write-gate", help="Write the release gate anew from these figures."),
]


def evaluate_extraction(
    labels: LabelsFile = None,
    model: Ask = True,
    mistakes: Mistakes = False,
    write_gate: WriteGate = False,
    json: Json = False,
) -> None:
    """Precision and recall per field, of the rules, the model and both together.

    The cascade: rules first, the model for what they leave open, in fields where these figures
    would open the release gate for it. A field whose precision has a lower bound (95 %) under 0.95
    is served as null; the last column says which are served.

    \b
      phoenix-re evaluate-extraction
      phoenix-re evaluate-extraction --mistakes --no-model
      OLLAMA_HOSTS=http://127.0.0.1:11434 phoenix-re evaluate-extraction --write-gate
    """
    from phoenix_re.enrich.evaluation import compare
    from phoenix_re.enrich.labels import RESOLVED, LabelError, read_labels

    path = labels or RESOLVED
    try:
        labelled = read_labels(path)
    except LabelError as problem:
        fail(str(problem))
    if write_gate and path != RESOLVED:
        fail("the gate is written from the project's own labels only; leave --labels out")
    asked, why = _model_findings(labelled) if model else ({}, "not asked (--no-model)")
    found = compare(labelled, _rules_findings(labelled), asked)
    if write_gate:
        _write_gate(path, len(labelled), found.gate_entries())
    if json:
        print_json(_told(path, len(labelled), found, why))
        return
    _show(path, len(labelled), found, why)
    if mistakes:
        _show_mistakes(found)


def _rules_findings(labelled: "Sequence[Labelled]") -> "dict[str, Finding]":
    from phoenix_re.enrich.cascade import Finding
    from phoenix_re.enrich.rules import EXTRACTOR_VERSION, extract

    words = _terminology()
    return {
        row.id: Finding(EXTRACTOR_VERSION, extract(row.remarks, words.get(row.market or "")))
        for row in labelled
    }


def _model_findings(labelled: "Sequence[Labelled]") -> "tuple[dict[str, Finding], str]":
    """What the model says of each text, and why it was not asked where it was not."""
    from phoenix_re.cli.progress import counting
    from phoenix_re.cli.store import open_cli_store
    from phoenix_re.enrich.cascade import Finding
    from phoenix_re.markets import load_markets
    from phoenix_re.resources.language_model import NOBODY, model_in_use, open_inquiry

    markets = load_markets()
    findings: dict[str, Finding] = {}
    why = ""
    in_use = model_in_use(next(iter(markets.values())))
    if in_use is None:
        return {}, NOBODY
    store = open_cli_store()
    for code in dict.fromkeys(row.market for row in labelled):
        rows = [row for row in labelled if row.market == code]
        inquiry, why = open_inquiry(
            store,
            markets.get(code or "") or next(iter(markets.values())),
            in_use=replace(in_use, seconds=None),
            terminology=markets[code].terminology if code in markets else {},
            night=True,
        )
        if inquiry is None:
            return {}, why
        with inquiry, counting(f"asking about {code or 'no market'}", len(rows)) as step:
            pending = [(row, inquiry.ask([row.remarks])) for row in rows]
            for row, asked in pending:
                read = asked.result()[row.remarks]
                step()
                if read.claims is not None:
                    findings[row.id] = Finding(inquiry.extractor, read.claims.facts)
    return findings, why


def _terminology() -> "Mapping[str, Mapping[str, Sequence[str]]]":
    from phoenix_re.markets import load_markets

    return {code: market.terminology for code, market in load_markets().items()}


def _write_gate(path: Path, texts: int, entries: dict[str, Any]) -> None:
    """The file with these extractors' entries; those of other models stay if they were measured on
    the same labels. Rules of an earlier version can run no more."""
    from phoenix_re.enrich.evaluation import fingerprint
    from phoenix_re.enrich.gate import GATE_FILE, LEAST_PRECISION

    labels = {"file": path.name, "sha256": fingerprint(path), "remarks": texts}
    known: dict[str, Any] = {}
    if GATE_FILE.exists():
        before = json_module.loads(GATE_FILE.read_text("utf-8"))
        known = before["extractors"] if before["labels"] == labels else {}
        known = {name: entry for name, entry in known.items() if not name.startswith("rules-")}
    document = {
        "written_by": "phoenix-re evaluate-extraction --write-gate",
        "rule": f"served where Wilson's 95 % lower bound of precision >= {LEAST_PRECISION}",
        "labels": labels,
        "extractors": dict(sorted((known | entries).items())),
    }
    GATE_FILE.write_text(json_module.dumps(document, indent=1) + "\n", "utf-8")


def _told(path: Path, texts: int, found: "Comparison", why: str) -> dict[str, Any]:
    from phoenix_re.enrich.evaluation import gate_entry

    gated = gate_entry(found.cascade)["fields"]
    return {
        "labels": str(path),
        "remarks": texts,
        "extractors": {"rules": found.rules_name, "model": found.model_name},
        "why_no_model": why or None,
        "rules": found.rules.to_document(),
        "model": found.model.to_document(),
        "cascade": found.cascade.to_document(),
        "served": [name for name, entry in gated.items() if entry["served"]],
    }


def _show(path: Path, texts: int, found: "Comparison", why: str) -> None:
    from phoenix_re.enrich.evaluation import gate_entry

    gated = gate_entry(found.cascade)["fields"]
    rows = []
    for name, score in found.cascade.scores.items():
        told, rules = score.to_document(), found.rules.scores[name]
        rows.append(
            {
                "field": name,
                "labelled": score.labelled,
                "precision": told["precision"],
                "at least": told["precision_low"],
                "recall": told["recall"],
                "F1": told["f1"],
                "F1 rules": rules.f1,
                "F1 model": found.model.scores[name].f1,
                "served": gated[name]["served"],
            }
        )
    show(rows, as_json=False, title=f"{texts} remarks of {path.name}", empty="")
    for name, report in (
        ("rules", found.rules),
        ("model", found.model),
        ("cascade", found.cascade),
    ):
        told = report.to_document()
        out.print(
            f"{name:8} macro precision {_share(told['macro_precision'])}, "
            f"macro F1 {_share(told['macro_f1'])}, "
            f"false assertions {_share(told['false_assertion_rate'])}, "
            f"evidence exact {_share(told['evidence_exact'])}",
            highlight=False,
        )
    who = found.model_name or f"nobody: {why}"
    out.print(f"rules: {found.rules_name}; model: {who}", highlight=False)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"


def _show_mistakes(found: "Comparison") -> None:
    rows = [
        {
            "text": mistake.id,
            "field": mistake.field,
            "label": _words(mistake.label),
            "said": _words(mistake.said),
            "wrong": _kind(mistake),
            "evidence": mistake.evidence or "",
        }
        for mistake in found.cascade.mistakes
    ]
    rows.sort(key=lambda row: (row["field"], row["text"]))
    show(rows, as_json=False, title="\nMistakes of the cascade", empty="No mistake.")


def _kind(mistake: "Mistake") -> str:
    if mistake.said[0] == "not_stated":
        return "not found"
    return "incomplete" if mistake.is_right else "wrong"


def _words(label: "Label") -> str:
    state, value = label
    return state if value is None else f"{state} {value}"
