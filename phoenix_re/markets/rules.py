"""How a market judges by a rule: one of the code's rules tuned, or a rule of the market's own.

Only the shape of the entries of `rules:`. Which rules, parameters and fields there are belongs to
`validate/rules`, which says what is wrong with an entry (`tuning.objections`).
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, StrictFloat, StrictStr, model_validator

from phoenix_re.markets.values import Model, Name, Word, matching

RuleId = Annotated[
    str,
    matching(
        r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+",
        "a rule's id is lower-case words with a dot between, such as pool.missing",
    ),
]
Kind = Literal["range", "required", "one_of", "order", "ratio"]

_NEEDED: Mapping[str, tuple[str, ...]] = {
    "range": ("field",),
    "required": ("field",),
    "one_of": ("field", "values"),
    "order": ("earlier", "later"),
    "ratio": ("field", "of"),
}
_WITH_ENDS = frozenset({"range", "ratio"})
_OF_OWN_RULES = ("field", "of", "earlier", "later", "values", "min", "max", "property_types")


class RuleSetting(Model):
    """An entry of `rules:`. With `kind` it is a rule of the market's own; without, it tunes one."""

    enabled: StrictBool = Field(default=True, description="false: nobody is judged by it")
    severity: Literal["WARN", "ERROR"] | None = Field(
        default=None, description="WARN marks the property, ERROR quarantines the listing"
    )
    sentence: Name | None = Field(default=None, description="what must hold, for people")
    parameters: Mapping[Word, StrictFloat] = Field(
        default_factory=dict, description="numbers of a rule of the code"
    )
    kind: Kind | None = Field(default=None, description="what a rule of the market's own checks")
    field: Word | None = Field(default=None, description="the field that is judged")
    of: Word | None = Field(default=None, description="ratio: field / of")
    earlier: Word | None = Field(default=None, description="order: the date that comes first")
    later: Word | None = Field(default=None, description="order: the date that comes no earlier")
    values: tuple[StrictStr | StrictBool | StrictFloat, ...] = Field(
        default=(), description="one_of: what is allowed"
    )
    min: StrictFloat | None = Field(default=None, description="range, ratio: the lower end")
    max: StrictFloat | None = Field(default=None, description="range, ratio: the upper end")
    property_types: tuple[Name, ...] = Field(
        default=(), description="RESO PropertyTypes that it is for; none: all"
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = {name for name in _OF_OWN_RULES if getattr(self, name) not in (None, ())}
        if self.kind is None:
            if given:
                raise ValueError(
                    f"{', '.join(sorted(given))} belongs to a rule of one's own, which needs kind"
                )
            return self
        needed = _NEEDED[self.kind]
        if missing := [n for n in (*needed, "severity", "sentence") if not getattr(self, n)]:
            raise ValueError(f"kind {self.kind} needs {', '.join(missing)}")
        ends = {"min", "max"} if self.kind in _WITH_ENDS else set()
        if ends and not given & ends:
            raise ValueError(f"kind {self.kind} needs min, max or both")
        if strange := given - set(needed) - ends - {"property_types"}:
            raise ValueError(f"kind {self.kind} has no {', '.join(sorted(strange))}")
        if self.parameters:
            raise ValueError("parameters are for rules of the code")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is above max {self.max:g}")
        return self
