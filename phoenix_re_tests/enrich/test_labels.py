"""Labelled files: read whole or refused with file and line; agreement of two labellers."""

import json
from pathlib import Path
from typing import Any

import pytest

from phoenix_re.enrich.facts import SCORED, Age, Renovation
from phoenix_re.enrich.labels import NOTHING, LabelError, agreement, kappa, read_labels

REMARKS = "Private pool, roof 2019, remodeled kitchen. HOA $50/mo. Views of the mountains. No spa."
FACTS: dict[str, Any] = {
    "pool": {"state": "yes", "value": "private", "evidence": "Private pool"},
    "spa": {"state": "no", "evidence": "No spa"},
    "roof": {"state": "yes", "value": {"year": 2019}},
    "renovation": {"state": "yes", "value": {"year": None, "what": ["kitchen"]}},
    "hoa": {"state": "yes", "value": 5000},
    "view": {"state": "yes", "value": ["mountain"]},
}


def written(folder: Path, *rows: dict[str, Any] | str) -> Path:
    path = folder / "labels.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def row(**changes: Any) -> dict[str, Any]:
    return {"id": "a", "remarks": REMARKS, "facts": FACTS} | changes


def test_every_scored_field_has_a_label(tmp_path: Path) -> None:
    (found,) = read_labels(written(tmp_path, row()))
    assert found.labels.keys() == set(SCORED)
    assert found.labels["pool"] == ("yes", "private")
    assert found.labels["spa"] == ("no", None)
    assert found.labels["roof"] == ("yes", Age(year=2019))
    assert found.labels["renovation"] == ("yes", Renovation(None, ("kitchen",)))
    assert found.labels["view"] == ("yes", ("mountain",))
    assert found.labels["garage"] == NOTHING
    assert found.market is None
    assert found.fair_housing == {}


def test_a_pass_without_texts_takes_them_by_id(tmp_path: Path) -> None:
    without = {"id": "a", "facts": FACTS}
    (found,) = read_labels(written(tmp_path, without), {"a": REMARKS})
    assert found.remarks == REMARKS
    with pytest.raises(LabelError, match=r"line 1: 'a' is missing"):
        read_labels(written(tmp_path, without), {"b": REMARKS})


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("{", "line 2: no JSON object"),
        ({"id": "b", "facts": {}}, "line 2: 'b' is missing"),
        (row(id="b", facts={"poool": {"state": "yes"}}), "unknown field poool"),
        (row(id="b", facts={"pool": {"state": "maybe"}}), "not 'maybe'"),
        (row(id="b", facts={"pool": {"state": "yes", "value": "big"}}), "no legal|not a legal"),
        (row(id="b", facts={"pool": {"state": "no", "value": "private"}}), "only a yes"),
        (row(id="b", facts={"pool": {"state": "yes", "evidence": "a pool"}}), "not in the remarks"),
        (row(id="b", facts=[]), "line 2"),
        (row(), "more than once: a"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, bad: Any, says: str) -> None:
    with pytest.raises(LabelError, match=says):
        read_labels(written(tmp_path, row(), bad))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="no labelled remarks"):
        read_labels(written(tmp_path, ""))
    with pytest.raises(LabelError, match="cannot be read"):
        read_labels(tmp_path / "absent.jsonl")


def test_kappa_of_a_worked_example() -> None:
    """Cohen's own kind of table: 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no → 0.4."""
    yes, no = ("yes", None), ("no", None)
    first = [yes] * 25 + [no] * 25
    second = [yes] * 20 + [no] * 5 + [yes] * 10 + [no] * 15
    assert kappa(first, second) == pytest.approx(0.4)
    assert kappa(first, first) == 1
    assert kappa([yes, yes], [yes, yes]) is None


def test_agreement_counts_values_and_only_what_both_labelled(tmp_path: Path) -> None:
    other = {**FACTS, "pool": {"state": "yes", "value": "community"}}
    first = read_labels(written(tmp_path, row(), row(id="b", facts={}), row(id="c", facts={})))
    second = read_labels(written(tmp_path, row(facts=other), row(id="b", facts={})))
    found = agreement(first, second)
    assert found["pool"] == pytest.approx(1 / 3)  # observed 1/2, by chance 1/4
    assert found["hoa"] == 1
    assert found["carport"] is None
