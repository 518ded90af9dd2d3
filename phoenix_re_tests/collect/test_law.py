"""Who may be asked at all."""

from datetime import date
from typing import Any

import pytest

from phoenix_re.collect.errors import AuthError, Refused
from phoenix_re.collect.law import objection
from phoenix_re.collect.sources import specs
from phoenix_re_tests.collect.askings import spec
from phoenix_re_tests.collect.budgets import market_with

ANSWERED_FOR = {"terms_accepted_on": date(2026, 1, 1), "terms_accepted_by": "A. Tester"}
KEY = {
    "credentials": {"key": "ZILLOW_KEY", "host": "ZILLOW_HOST"},
    "required_credentials": frozenset({"key"}),
}


def source(**settings: Any) -> Any:
    """A market's source; pydantic would not let an enabled one be unaccepted."""
    return market_with(zillow={"enabled": False, **settings}).sources["zillow"]


@pytest.mark.parametrize(
    ("light", "settings", "says"),
    [
        ("green", {}, None),
        ("green", {"terms_accepted": False}, "terms_accepted: true"),
        ("amber", {}, "terms_accepted_on"),
        ("amber", {"terms_accepted_on": date(2026, 1, 1)}, "terms_accepted_by"),
        ("amber", {"terms_accepted_by": "A. Tester"}, "terms_accepted_on"),
        ("amber", ANSWERED_FOR, None),
        ("amber", {**ANSWERED_FOR, "terms_accepted": False}, "terms_accepted: true"),
        ("red", ANSWERED_FOR, "no lawful interface"),
    ],
)
def test_lights_and_terms(light: str, settings: dict[str, Any], says: str | None) -> None:
    refusal = objection(spec(light=light), source(**settings), {})
    assert (refusal is None) == (says is None)
    if says is not None:
        assert isinstance(refusal, Refused)
        assert says in str(refusal)


def test_missing_credentials_are_named_by_their_variable() -> None:
    for given in ({}, {"host": "elsewhere"}):
        refusal = objection(spec(**KEY), source(), given)
        assert isinstance(refusal, AuthError)
        assert "set ZILLOW_KEY in .env" in str(refusal)
    assert objection(spec(**KEY), source(), {"key": "k"}) is None


def test_facebook_is_red_and_pages_are_amber() -> None:
    lights = {name: s.light for name, s in specs().items()}
    assert lights["facebook_marketplace"] == "red"
    assert lights["phoenix_mls"] == "amber"
