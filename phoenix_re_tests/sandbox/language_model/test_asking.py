"""Durations, settings and schemas as Ollama and llama.cpp read them."""

import math

import pytest

from phoenix_re.sandbox.language_model.asking import seconds
from phoenix_re.sandbox.language_model.engine import EngineError, same_name
from phoenix_re.sandbox.language_model.llama import enforceable
from phoenix_re.sandbox.language_model.residency import Settings
from phoenix_re.sandbox.language_model.scripted import instance


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (0, 0),
        ("0", 0),
        ("0s", 0),
        (300, 300),
        (1.5, 1.5),
        ("5m", 300),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("250ms", 0.25),
        (-1, math.inf),
        ("-1s", math.inf),
        ("-5m", math.inf),
    ],
)
def test_keep_alive(given: object, expected: float) -> None:
    assert seconds(given) == pytest.approx(expected)


@pytest.mark.parametrize("given", ["", "5", "5 m", "m", "5d", "five minutes", True, [5], {}])
def test_keep_alive_that_is_none(given: object) -> None:
    with pytest.raises(EngineError) as refused:
        seconds(given)
    assert refused.value.status == 400


def test_settings_come_from_ollamas_variables() -> None:
    assert Settings.of({}) == Settings()
    given = {
        "OLLAMA_NUM_PARALLEL": "3",
        "OLLAMA_MAX_QUEUE": "7",
        "OLLAMA_KEEP_ALIVE": "-1",
        "OLLAMA_CONTEXT_LENGTH": "2048",
    }
    assert Settings.of(given) == Settings(3, 7, math.inf, 2048)
    assert Settings.of({"OLLAMA_KEEP_ALIVE": "10m"}).keep_alive == 600
    for name, value in (("OLLAMA_NUM_PARALLEL", "0"), ("OLLAMA_KEEP_ALIVE", "soon")):
        with pytest.raises(ValueError, match=name):
            Settings.of({name: value})


def test_names_are_compared_as_ollama_does() -> None:
    assert same_name("llama3.2", "Llama3.2:latest")
    assert same_name("qwen:1.5b-Q4_K_M", "qwen:1.5b-q4_k_m")
    assert not same_name("llama3.2:1b", "llama3.2")


def test_patterns_are_spelt_out_and_nothing_else_changes() -> None:
    schema = {
        "properties": {
            "year": {"type": "string", "pattern": r"^\d{4}$"},
            "code": {"anyOf": [{"pattern": r"^[\w-]+\.\d+\\d$"}, {"type": "null"}]},
            "pattern": {"type": "integer"},
        }
    }
    assert enforceable(schema) == {
        "properties": {
            "year": {"type": "string", "pattern": "^[0-9]{4}$"},
            "code": {"anyOf": [{"pattern": r"^[A-Za-z0-9_-]+\.[0-9]+\\d$"}, {"type": "null"}]},
            "pattern": {"type": "integer"},
        }
    }


def test_the_plainest_instance_of_a_schema() -> None:
    schema = {
        "$defs": {"claim": {"type": "object", "properties": {"state": {"enum": ["no", "yes"]}}}},
        "type": "object",
        "properties": {
            "pool": {"$ref": "#/$defs/claim"},
            "year": {"type": ["integer", "null"], "minimum": 1900},
            "left_out": {"type": "string"},
            "note": {"type": "string", "minLength": 2},
            "is_new": {"type": "boolean"},
        },
        "required": ["pool", "year", "note", "is_new"],
    }
    assert instance(schema) == {
        "pool": {"state": "no"},
        "year": 1900,
        "note": "xx",
        "is_new": False,
    }
