"""A market's file tunes the code's rules and adds its own; what cannot be used names its place."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.markets import MarketError, RuleSetting, load_markets, read_markets
from phoenix_re.validate.rules import RULES, Case, Severity, breaches, objections, rules_of
from phoenix_re.validate.rules.own import DATES, FIELDS, NUMBERS

from .breaking import BREAKING, DAY
from .listings import ZIP, a_market, a_record

SMALL: dict[str, Any] = {
    "code": "slc",
    "name": "Salt Lake City",
    "state": "UT",
    "timezone": "America/Denver",
    "counties": [{"name": "Salt Lake", "fips": "49035"}],
    "owners": ["team:operations"],
    "budget_usd_monthly": 5,
    "disclosure": {"sale_prices_disclosed": False},
    "sources": {"files": {"licence_class": "operator_files"}},
    "zips": ["84101"],
}


def market_with(**rules: Any):
    return a_market(rules={i: RuleSetting.model_validate(r) for i, r in rules.items()})


def broken(record: ListingRecord, rules: dict[str, Any]) -> list[str]:
    market = market_with(**rules)
    return [b.rule.id for b in breaches(record, Case(market, ZIP, DAY))]


TUNABLE = [rule.id for rule in RULES if not rule.fixed]


@pytest.mark.parametrize("rule_id", TUNABLE)
def test_every_rule_but_the_fixed_can_be_switched_off(rule_id: str) -> None:
    rules = rules_of(market_with(**{rule_id: {"enabled": False}}))
    assert [r.id for r in rules] == [r.id for r in RULES if r.id != rule_id]
    example = BREAKING[rule_id]
    assert breaches(example.record(), example.case(), rules) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_parameter_can_be_set(rule) -> None:
    for name in rule.parameters:
        market = market_with(**{rule.id: {"parameters": {name: 7.5}}})
        (tuned,) = (r for r in rules_of(market) if r.id == rule.id)
        assert tuned.parameters == {**rule.parameters, name: 7.5}


def test_severity_and_sentence_are_the_markets() -> None:
    market = market_with(**{"address.no_key": {"severity": "ERROR", "sentence": "No lots."}})
    (rule,) = (r for r in rules_of(market) if r.id == "address.no_key")
    assert (rule.severity, rule.sentence) == (Severity.ERROR, "No lots.")


def test_a_parameter_moves_the_border() -> None:
    low = a_record(close_price_cents=15_000_000)
    assert broken(low, {}) == ["close_price.far_from_list"]
    assert broken(low, {"close_price.far_from_list": {"parameters": {"lowest": 0.4}}}) == []


OWN: dict[str, tuple[dict[str, Any], ListingRecord, ListingRecord]] = {
    "range": (
        {"kind": "range", "field": "stories_total", "max": 4},
        a_record(stories_total=5.0),
        a_record(stories_total=4.0),
    ),
    "required": (
        {"kind": "required", "field": "living_area", "property_types": ["Residential"]},
        a_record(property_type="Residential"),
        a_record(property_type="Land"),
    ),
    "one_of": (
        {"kind": "one_of", "field": "city", "values": ["Phoenix", "Glendale"]},
        a_record(city="Atlantis"),
        a_record(city="Glendale"),
    ),
    "order": (
        {"kind": "order", "earlier": "listing_contract_date", "later": "on_market_date"},
        a_record(listing_contract_date=date(2025, 9, 2), on_market_date=date(2025, 9, 1)),
        a_record(listing_contract_date=date(2025, 9, 2), on_market_date=date(2025, 9, 2)),
    ),
    "ratio": (
        {"kind": "ratio", "field": "tax_annual_amount_cents", "of": "list_price_cents", "max": 0.1},
        a_record(tax_annual_amount_cents=31_500_000),
        a_record(tax_annual_amount_cents=300_000),
    ),
}


@pytest.mark.parametrize("kind", list(OWN))
@pytest.mark.parametrize("severity", ["WARN", "ERROR"])
def test_a_rule_of_ones_own(kind: str, severity: str) -> None:
    setting, bad, good = OWN[kind]
    rules = {f"own.{kind}": setting | {"severity": severity, "sentence": "It must hold."}}
    assert broken(bad, rules) == [f"own.{kind}"]
    assert broken(good, rules) == []
    assert broken(ListingRecord("feed", "K", list_price_cents=20_000_000), rules) == []
    (rule,) = (r for r in rules_of(market_with(**rules)) if r.id == f"own.{kind}")
    assert rule.severity == severity
    assert rule.sentence == "It must hold."


def test_the_fields_of_own_rules_are_those_of_a_listing() -> None:
    assert {"living_area", "list_price_cents", "year_built"} <= NUMBERS
    assert {"on_market_date", "x_changed_on"} <= DATES
    assert not NUMBERS & DATES
    assert "unread" not in FIELDS


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"year_bilt.range": {"enabled": False}}, "year_bilt.range", "did you mean year_built.range"),
    ({"year_built.range": {"severity": "FATAL"}}, "year_built.range.severity", "'FATAL' is not"),
    ({"dates.future": {"parameters": {"days": 3}}}, "dates.future.parameters.days", "it has days_"),
    ({"dates.future": {"enabeld": False}}, "dates.future.enabeld", "did you mean enabled"),
    ({"licence.unknown": {"enabled": False}}, "licence.unknown", "cannot be switched off"),
    ({"key.missing": {"severity": "WARN"}}, "key.missing", "cannot be switched off"),
    ({"Pool": {"enabled": False}}, "Pool", "lower-case words with a dot"),
    ({"dates.future": {"field": "city"}}, "dates.future", "needs kind"),
    ({"own.a": {"kind": "sql"}}, "own.a.kind", "'sql' is not allowed"),
    ({"own.a": {"kind": "range", "field": "city"}}, "own.a", "needs severity, sentence"),
    ({"dates.future": OWN["range"][0]}, "dates.future.kind", "the code has a rule of this id"),
    ({"own.a": OWN["range"][0] | {"field": "storeys"}}, "own.a.field", "'storeys' is not allowed"),
    ({"own.a": OWN["range"][0] | {"field": "city"}}, "own.a.field", "a number of a listing"),
    ({"own.a": OWN["range"][0] | {"min": 5}}, "own.a", "min 5 is above max 4"),
    ({"own.a": {"kind": "range", "field": "stories_total"}}, "own.a", "needs min, max or both"),
    ({"own.a": OWN["order"][0] | {"later": "city"}}, "own.a.later", "a date of a listing"),
    ({"own.a": OWN["order"][0] | {"min": 5}}, "own.a", "kind order has no min"),
    ({"own.a": OWN["required"][0] | {"property_types": ["Castle"]}}, "own.a.property_types", "Cas"),
]


@pytest.mark.parametrize(("rules", "field", "says"), WRONG, ids=lambda value: str(value)[:30])
def test_a_mistake_names_file_line_field_and_value(
    tmp_path: Path, rules: dict[str, Any], field: str, says: str
) -> None:
    words = {"severity": "WARN", "sentence": "It must hold."}
    told = {
        i: (words | r if "kind" in r and "severity" not in says else r) for i, r in rules.items()
    }
    path = tmp_path / "slc.yaml"
    path.write_text(yaml.safe_dump(SMALL | {"rules": told}, sort_keys=False), encoding="utf-8")
    with pytest.raises(MarketError) as caught:
        load_markets(tmp_path, objections)
    assert re.search(
        rf"^slc\.yaml:\d+: rules\.{re.escape(field)}: .*{re.escape(says)}", str(caught.value), re.M
    ), str(caught.value)


def test_a_choosing_field_that_is_none_is_a_mistake_too(tmp_path: Path) -> None:
    wrong = {"choosing": {"fields": {"livin_area": {"half_life_days": 30}}}}
    (tmp_path / "slc.yaml").write_text(yaml.safe_dump(SMALL | wrong), encoding="utf-8")
    _, (problem,) = read_markets(tmp_path, objections)
    assert problem.field == "choosing.fields.livin_area"
    assert "did you mean living_area" in problem.message


def test_defaults_and_market_merge_rule_by_rule(tmp_path: Path) -> None:
    shared = {"rules": {"dates.future": {"parameters": {"days_of_grace": 3}}}}
    (tmp_path / "_defaults.yaml").write_text(yaml.safe_dump(shared), encoding="utf-8")
    own = SMALL | {"rules": {"dates.future": {"severity": "ERROR"}}}
    (tmp_path / "slc.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
    (rule,) = (
        r for r in rules_of(load_markets(tmp_path, objections)["slc"]) if r.id == "dates.future"
    )
    assert (rule.severity, rule.parameters) == (Severity.ERROR, {"days_of_grace": 3})


def test_rules_that_slipped_through_unchecked_stop_the_zip_with_their_place() -> None:
    with pytest.raises(MarketError, match=r"phx\.yaml: rules\.a\.b: no rule 'a\.b'"):
        rules_of(market_with(**{"a.b": {"enabled": False}}))


VALUE = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)


@given(
    st.dictionaries(
        st.sampled_from(["a.b", "dates.future", "own.x"]),
        st.dictionaries(
            st.sampled_from(sorted(RuleSetting.model_fields)),
            VALUE | st.sampled_from(["range", "order", "city", "list_price_cents", "WARN"]),
            max_size=5,
        ),
        max_size=2,
    )
)
def test_nothing_in_a_file_makes_the_check_fall_over(tmp_path_factory, rules) -> None:
    folder = tmp_path_factory.mktemp("markets")
    (folder / "slc.yaml").write_text(yaml.safe_dump(SMALL | {"rules": rules}), encoding="utf-8")
    found, problems = read_markets(folder, objections)
    if not problems:
        rules_of(found["slc"])
