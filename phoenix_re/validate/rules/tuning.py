"""The rules by which a market is judged: the code's, as its file tunes them, and its own."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.markets import Market, MarketError, Problem, RuleSetting
from phoenix_re.markets.reading import Steps
from phoenix_re.markets.values import nearest
from phoenix_re.validate.choosing import CHOSEN
from phoenix_re.validate.rules import catalogue
from phoenix_re.validate.rules.own import own_check, own_objections
from phoenix_re.validate.rules.rule import Breach, Case, Rule, Severity, broken


def rules_of(market: Market) -> tuple[Rule, ...]:
    """In the order of the catalogue, then the market's own by id; disabled ones left out.

    Raises `MarketError` where an entry names no rule, parameter or field that there is.
    """
    if problems := list(objections(market)):
        file = f"{market.code}.yaml"
        raise MarketError([Problem(file, ".".join(map(str, s)), text) for s, text in problems])
    settings = market.rules
    tuned = [
        _tuned(rule, settings[rule.id]) if rule.id in settings else rule
        for rule in catalogue.RULES
        if rule.id not in settings or settings[rule.id].enabled
    ]
    own = [_own(i, s) for i, s in sorted(settings.items()) if s.kind is not None and s.enabled]
    return (*tuned, *own)


def breaches(
    record: ListingRecord, case: Case, rules: Iterable[Rule] | None = None
) -> list[Breach]:
    """Every rule that the record breaks; `rules`: default those of the case's market."""
    return broken(record, case, rules_of(case.market) if rules is None else rules)


def objections(market: Market) -> Iterator[tuple[Steps, str]]:
    """(place in the market's file, what is wrong there) of every entry of `rules` and `choosing`
    that cannot be used."""
    for name in market.choosing.fields:
        if name not in CHOSEN:
            text = f"{name!r} is not chosen among sources{nearest(name, CHOSEN)}"
            yield ("choosing", "fields", name), text
    known = {rule.id: rule for rule in catalogue.RULES}
    for rule_id, setting in market.rules.items():
        rule = known.get(rule_id)
        if setting.kind is not None:
            found = list(own_objections(setting))
            if rule is not None:
                found.append(("kind", "the code has a rule of this id; give your own another"))
        elif rule is None:
            hint = nearest(rule_id, known)
            text = f"no rule {rule_id!r}{hint}; a rule of your own needs kind"
            found = [("", text)]
        else:
            found = _misfits(rule, setting)
        for entry, text in found:
            place = ("rules", rule_id, *entry.split(".")) if entry else ("rules", rule_id)
            yield place, text


def _misfits(rule: Rule, setting: RuleSetting) -> list[tuple[str, str]]:
    if rule.fixed and (not setting.enabled or setting.severity == "WARN"):
        return [("", "this rule always holds: it cannot be switched off or made a WARN")]
    allowed = ", ".join(rule.parameters) or "none"
    return [
        (f"parameters.{name}", f"{rule.id} has no parameter {name!r}; it has {allowed}")
        for name in setting.parameters
        if name not in rule.parameters
    ]


def _tuned(rule: Rule, setting: RuleSetting) -> Rule:
    return replace(
        rule,
        severity=Severity(setting.severity or rule.severity),
        sentence=setting.sentence or rule.sentence,
        check=partial(rule.check, **setting.parameters) if setting.parameters else rule.check,
    )


def _own(rule_id: str, setting: RuleSetting) -> Rule:
    severity, sentence = Severity(str(setting.severity)), str(setting.sentence)
    return Rule(rule_id, severity, sentence, own_check(setting))
