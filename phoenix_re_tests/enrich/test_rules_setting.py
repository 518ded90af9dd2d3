"""What the words around a thing make of it: the home's own, shared, denied, planned or somebody
else's. The texts are in `rules_setting.yaml`, in the manner of agents, owners, lenders and feeds;
every one is our own."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from phoenix_re.enrich.facts import Fact, Quote, State, Value
from phoenix_re.enrich.rules import extract
from phoenix_re.enrich.rules.carport import carport
from phoenix_re.enrich.rules.casita import casita
from phoenix_re.enrich.rules.garage import garage
from phoenix_re.enrich.rules.pool import pool
from phoenix_re.enrich.rules.rv_parking import rv_parking
from phoenix_re.enrich.rules.solar import solar
from phoenix_re.enrich.rules.spa import spa
from phoenix_re.enrich.rules.text import Remarks
from phoenix_re.enrich.rules.view import view

READ: Final[Mapping[str, Callable[[Remarks], Fact]]] = {
    "pool": pool,
    "spa": spa,
    "garage": garage,
    "carport": carport,
    "rv_parking": rv_parking,
    "casita": casita,
    "solar": solar,
    "view": view,
}
TEXTS: Final = yaml.safe_load(
    Path(__file__).with_name("rules_setting.yaml").read_text(encoding="utf-8")
)
CASES: Final = [
    (name, said, text)
    for name, groups in TEXTS["said"].items()
    for said, texts in groups.items()
    for text in texts
]


def _meant(name: str, said: str) -> tuple[State, Value | None]:
    if said in ("yes", "no"):
        return said, None
    if said == "nothing":
        return "not_stated", None
    if name == "view":
        return "yes", tuple(said.split(" "))
    return "yes", int(said) if said.isdecimal() else said


@pytest.mark.parametrize(("name", "said", "text"), CASES)
def test_what_the_words_around_a_thing_make_of_it(name: str, said: str, text: str) -> None:
    fact = READ[name](Remarks(text))
    assert (fact.state, fact.value) == _meant(name, said)
    if fact.state != "not_stated":
        assert isinstance(fact.evidence, Quote)
        assert fact.evidence in text


@pytest.mark.parametrize(("name", "said", "text"), CASES)
def test_capitals_and_wide_blanks_change_nothing(name: str, said: str, text: str) -> None:
    fact = READ[name](Remarks(text.upper().replace(" ", "  ")))
    assert (fact.state, fact.value) == _meant(name, said)


@pytest.mark.parametrize("row", TEXTS["together"], ids=lambda row: row["text"][:40])
def test_whole_texts_state_this_and_no_more(row: dict[str, Any]) -> None:
    facts = {name: extract(row["text"])[name] for name in READ}
    stated = {
        name: fact.state if fact.value is None else fact.value
        for name, fact in facts.items()
        if fact.state != "not_stated"
    }
    due = {k: tuple(v) if isinstance(v, list) else v for k, v in row["states"].items()}
    assert stated == due


def test_every_field_is_tried_from_every_side() -> None:
    for name in READ:
        said = [said for field, said, _ in CASES if field == name]
        assert said.count("nothing") >= 13
        assert said.count("no") >= 4
        assert len(said) >= 45


HOSTILE: Final = [
    *("no pool, spa or ", "room for a pool, ", "the neighbor has a garage ", "community with a "),
    *("neither a carport nor ", "solar panels, owned ", "two car garage was ", "you see the "),
    *("rv gate and ", "views run to ", "could be a casita and ", "hot tub and ", "panels on the "),
]


@pytest.mark.parametrize("token", HOSTILE)
def test_work_grows_no_faster_than_the_text(token: str) -> None:
    """CPU per character of 8× the text, over that of the text itself; quadratic would be 8."""
    short = token * (4_000 // len(token))

    def cost(text: str) -> float:
        best = float("inf")
        for _ in range(3):
            remarks = Remarks(text)
            start = time.process_time()
            for read in READ.values():
                read(remarks)
            best = min(best, time.process_time() - start)
        return best / len(text)

    assert cost(short * 8) / max(cost(short), 1e-8) < 4
