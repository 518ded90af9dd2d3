"""Rules before the model, the gate over both, disagreements on record."""

from phoenix_re.enrich.cascade import Finding, combine, open_fields, served
from phoenix_re.enrich.facts import NOT_STATED, Fact, Quote
from phoenix_re.enrich.gate import Gate, gate_of

REMARKS = "Sparkling pool, hot tub, 2 car garage and a carport. No HOA."
RULES, MODEL = "rules-9", "llm@1 facts-1"


def fact(state: str, evidence: str, value: object = None) -> Fact:
    return Fact(state, value, Quote.of(REMARKS, evidence))  # type: ignore[arg-type]


def gate(**fields: tuple[float, float]) -> Gate:
    """field=(bound of the rules, bound of the model)."""
    return Gate(
        {
            RULES: {name: bounds[0] for name, bounds in fields.items()},
            MODEL: {name: bounds[1] for name, bounds in fields.items()},
        }
    )


OPEN = gate(pool=(0.99, 0.99), garage=(0.99, 0.99), spa=(0.99, 0.99), hoa=(0.99, 0.99))
POOL = fact("yes", "Sparkling pool", "private")
SHARED = fact("yes", "pool", "community")
SPA = fact("yes", "hot tub")


def test_the_model_fills_what_the_rules_leave_open() -> None:
    found = combine(Finding(RULES, {"pool": POOL}), Finding(MODEL, {"spa": SPA}), OPEN)
    assert {name: claim.extractor for name, claim in found.facts.items()} == {
        "pool": RULES,
        "spa": MODEL,
    }
    assert not found.withheld
    assert not found.disagreements


def test_a_rule_is_believed_and_the_contradiction_recorded() -> None:
    found = combine(Finding(RULES, {"pool": POOL}), Finding(MODEL, {"pool": SHARED}), OPEN)
    assert found.facts["pool"].fact == POOL
    first, second = found.disagreements["pool"]
    assert (first.fact, second.fact) == (POOL, SHARED)


def test_no_value_is_no_contradiction() -> None:
    bare = fact("yes", "garage")
    counted = fact("yes", "2 car garage", 2)
    found = combine(Finding(RULES, {"garage": bare}), Finding(MODEL, {"garage": counted}), OPEN)
    assert not found.disagreements


def test_what_the_gate_withholds_is_kept_aside() -> None:
    closed = gate(pool=(0.94, 0.2), spa=(0.99, 0.94))
    found = combine(Finding(RULES, {"pool": POOL}), Finding(MODEL, {"spa": SPA}), closed)
    assert not found.facts
    assert {name: claim.fact for name, claim in found.withheld.items()} == {
        "pool": POOL,
        "spa": SPA,
    }


def test_where_the_rule_may_not_speak_the_model_may() -> None:
    found = combine(
        Finding(RULES, {"pool": POOL}), Finding(MODEL, {"pool": SHARED}), gate(pool=(0.5, 0.97))
    )
    assert found.facts["pool"].extractor == MODEL
    assert "pool" in found.disagreements


def test_a_model_that_was_never_evaluated_serves_nothing() -> None:
    found = combine(Finding(RULES), Finding("other@2 facts-1", {"spa": SPA}), OPEN)
    assert not found.facts
    assert set(found.withheld) == {"spa"}
    assert not OPEN.knows("other@2 facts-1")


def test_served_facts_are_checked_once_more() -> None:
    found = combine(Finding(RULES, {"pool": POOL}), None, OPEN)
    facts = served(REMARKS, found, RULES)
    assert facts.facts["pool"] == POOL
    assert facts.facts["spa"] == NOT_STATED
    assert "spa" in open_fields(facts.facts)
    assert "pool" not in open_fields(facts.facts)


def test_a_field_without_claims_has_proven_nothing() -> None:
    read = gate_of(
        {
            "extractors": {
                RULES: {"fields": {"pool": {"precision_low": None}, "spa": {"precision_low": 0.95}}}
            }
        }
    )
    assert not read.serves(RULES, "pool")
    assert read.serves(RULES, "spa")
    assert read.served_by(RULES) == ["spa"]
