"""Scores by hand: precision, recall, false assertions, macro means and the gate."""

from typing import Any

import pytest

from phoenix_re.enrich.evaluation import evaluate, gate_entry, is_found, is_right
from phoenix_re.enrich.facts import SCORED, Age, Fact, Quote, Renovation
from phoenix_re.enrich.gate import gate_of
from phoenix_re.enrich.labels import NOTHING, Labelled
from phoenix_re.proportions import wilson

TEXT = "Pool. HOA $50."


def labelled(name: str, **labels: tuple[str, object]) -> Labelled:
    known = dict.fromkeys(SCORED, NOTHING) | labels
    return Labelled(name, TEXT, None, known, {})  # type: ignore[arg-type]


def claim(state: str = "yes", value: object = None) -> Fact:
    return Fact(state, value, Quote.of(TEXT, "Pool"))  # type: ignore[arg-type]


ROWS = [
    labelled("right", pool=("yes", "private")),
    labelled("wrong value", pool=("yes", "community")),
    labelled("missed", pool=("no", None)),
    labelled("nothing said"),
]
SAID = {
    "right": {"pool": claim(value="private")},
    "wrong value": {"pool": claim(value="private"), "hoa": claim(value=5000)},
    "missed": {},
    "nothing said": {"pool": claim(value="private")},
}


def test_the_figures_of_a_field() -> None:
    report = evaluate(ROWS, lambda row: SAID[row.id])
    score = report.scores["pool"]
    assert (score.labelled, score.claimed, score.right, score.false) == (3, 3, 1, 1)
    assert score.precision == pytest.approx(1 / 3)
    assert score.recall == pytest.approx(1 / 3)
    assert score.f1 == pytest.approx(1 / 3)
    assert score.false_assertion_rate == 1
    assert {(m.id, m.field) for m in report.mistakes} == {
        ("wrong value", "pool"),
        ("wrong value", "hoa"),
        ("missed", "pool"),
        ("nothing said", "pool"),
    }


def test_the_macro_figures() -> None:
    told = evaluate(ROWS, lambda row: SAID[row.id]).to_document()
    assert told["macro_precision"] == pytest.approx((1 / 3 + 0) / 2)  # pool and hoa made claims
    assert told["macro_recall"] == pytest.approx(1 / 3)  # only pool is labelled
    assert told["macro_f1"] == pytest.approx((1 / 3 + 0) / 2)
    assert told["false_assertion_rate"] == pytest.approx(2 / (len(SCORED) * 4 - 3))
    assert told["evidence_exact"] == 1
    assert told["fields"]["pool"]["precision_low"] == pytest.approx(wilson(1, 3)[0])
    assert told["fields"]["carport"]["precision"] is None


def test_nothing_to_measure_is_none() -> None:
    told = evaluate([labelled("x")], lambda row: {}).to_document()
    assert told["macro_precision"] is told["macro_f1"] is told["evidence_exact"] is None
    assert told["false_assertion_rate"] == 0


def test_an_amount_may_be_a_dollar_off() -> None:
    assert is_right("hoa", ("yes", 8333), ("yes", 8300))
    assert not is_right("hoa", ("yes", 8333), ("yes", 8200))
    assert not is_right("garage", ("yes", 2), ("yes", 3))
    assert not is_right("garage", ("yes", None), ("yes", 2))
    assert not is_right("hoa", ("yes", 5000), ("no", None))


@pytest.mark.parametrize(
    ("field", "label", "said"),
    [
        ("garage", 2, None),
        ("view", ("golf", "mountain"), ("golf",)),
        ("renovation", Renovation(2019, ("bathrooms", "kitchen")), Renovation(None, ("kitchen",))),
        ("roof", Age(year=2019), None),
    ],
)
def test_less_than_there_is_to_say_is_right_and_not_found(
    field: str, label: Any, said: Any
) -> None:
    assert is_right(field, ("yes", label), ("yes", said))
    assert not is_found(field, ("yes", label), ("yes", said))
    assert is_found(field, ("yes", label), ("yes", label))


@pytest.mark.parametrize(
    ("field", "label", "said"),
    [
        ("garage", None, 2),
        ("view", ("golf",), ("golf", "mountain")),
        ("renovation", Renovation(2019, ("kitchen",)), Renovation(2020, ("kitchen",))),
        ("renovation", Renovation(None, ("kitchen",)), Renovation(None, ("bathrooms",))),
        ("roof", Age(year=2019), Age(years=6)),
        ("pool", "community", "private"),
    ],
)
def test_more_or_other_than_there_is_to_say_is_wrong(field: str, label: Any, said: Any) -> None:
    assert not is_right(field, ("yes", label), ("yes", said))


@pytest.mark.parametrize(("wrong", "serves"), [(0, True), (1, False)])
def test_73_right_of_73_open_the_gate_and_one_mistake_closes_it(wrong: int, serves: bool) -> None:
    """Wilson's lower bound of n of n is n / (n + 1.96²): 0.95 from n = 73 on."""
    rows = [labelled(str(i), pool=("yes", None)) for i in range(73 - wrong)]
    rows += [labelled(f"wrong {i}") for i in range(wrong)]
    report = evaluate(rows, lambda row: {"pool": claim()})
    entry = gate_entry(report)
    assert entry["fields"]["pool"]["served"] is serves
    assert gate_of({"extractors": {"r": entry}}).serves("r", "pool") is serves
    assert entry["fields"]["spa"] == {
        "claimed": 0,
        "right": 0,
        "precision_low": None,
        "served": False,
    }
