"""How the value of a home's field is chosen among the sources that state it: the policy's numbers.

How they are used is in `validate/choosing.py`.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, StrictFloat

from phoenix_re.markets.values import LicenceClass, Model, Word

Trust = Annotated[StrictFloat, Field(ge=0)]

# The authority's records first, then the MLS, then vendors. Two lesser ones that agree outweigh a
# better one; no single vendor outweighs an MLS.
_TRUST: Mapping[LicenceClass, float] = {
    "public_record": 1.0,
    "mls_licensed": 0.8,
    "mls_idx": 0.7,
    "vendor_api": 0.4,
    "vendor_download": 0.3,
    "operator_files": 0.2,
}


class FieldChoice(Model):
    """Of one field, what differs from the policy of all."""

    trust: Mapping[LicenceClass, Trust] = Field(
        default_factory=dict, description="trust by licence class"
    )
    sources: Mapping[Word, Trust] = Field(
        default_factory=dict, description="trust by source, before its licence class"
    )
    half_life_days: StrictFloat | None = Field(
        default=None, gt=0, description="days in which a word loses half its weight"
    )
    agreement: StrictFloat | None = Field(
        default=None, ge=0, le=1, description="share of their weight that agreeing sources add"
    )


class Choosing(Model):
    """Trust × recency × agreement, for all fields of the home and field by field."""

    trust: Mapping[LicenceClass, Trust] = Field(
        default=_TRUST, description="trust by licence class, 0 or more"
    )
    sources: Mapping[Word, Trust] = Field(
        default_factory=dict, description="trust by source, before its licence class"
    )
    half_life_days: StrictFloat = Field(
        default=730.0, gt=0, description="days in which a word loses half its weight"
    )
    agreement: StrictFloat = Field(
        default=1.0, ge=0, le=1, description="share of their weight that agreeing sources add"
    )
    fields: Mapping[Word, FieldChoice] = Field(
        default_factory=dict, description="a mapping of field to what differs for it"
    )

    def trust_of(self, source: str, licence_class: str, field: str | None = None) -> float:
        """The field's word on the source, else on its licence class, else the same of all fields;
        0 for a licence class that none names."""
        own = self.fields.get(field or "", _NOTHING)
        words: tuple[tuple[Mapping[str, float], str], ...] = (
            (own.sources, source),
            ({**own.trust}, licence_class),
            (self.sources, source),
            ({**self.trust}, licence_class),
        )
        return next((named[name] for named, name in words if name in named), 0.0)

    def half_life_of(self, field: str) -> float:
        return self.fields.get(field, _NOTHING).half_life_days or self.half_life_days

    def agreement_of(self, field: str) -> float:
        own = self.fields.get(field, _NOTHING).agreement
        return self.agreement if own is None else own


_NOTHING = FieldChoice()
