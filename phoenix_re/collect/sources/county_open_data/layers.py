"""What a market file says of its counties' layers, and how a row of one becomes a payload.

    options:
      layers:
        pima_parcels:
          kind: arcgis
          url: https://gisdata.pima.gov/arcgis1/…/MapServer/12
          format: county_open_data_pima
          fields: {PARCEL: PARCEL_ID}   # the format's PARCEL is called PARCEL_ID here

`fields` answers a renamed field without new code: the row stays as received, and gets a copy under
the name that the format reads. With the format `county_open_data_table`, whose names are ours
(`parcel_number`, `postal_code`, `living_area`, …), it describes a county that no format knows.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, Self

import httpx
from pydantic import Field, field_validator, model_validator

from phoenix_re.collect.errors import ContractError
from phoenix_re.collect.formats.form import Format, normalise
from phoenix_re.collect.source import Options
from phoenix_re.collect.sources.county_open_data.formats import BY_NAME, columns_read

HASHED = frozenset({"OWNER_NAME", "OWNER", "OWNER2", "MAIL1", "py_owner_name"})
PERSONAL = re.compile(
    r"owner|mail|incareof|in_care|phone|contractor|applicant|taxpayer|grantor|grantee|^py_",
    re.IGNORECASE,
)
"""Fields that tell of persons, by name: not even handed on, unless `HASHED` at the door."""


class Layer(Options):
    """One layer or table. All of it is inferred until `?f=json` or the operator confirms it."""

    kind: Literal["arcgis", "socrata"] = "arcgis"
    url: str = Field(description="up to the layer's number, or to the dataset's .json")
    format: str = Field(description="county_open_data_pima …, or county_open_data_table")
    fields: Mapping[str, str] = Field(
        default_factory=dict, description="name that the format reads → the layer's own field"
    )
    without: tuple[str, ...] = Field(
        default=(), description="names that the format reads and the layer does not have"
    )
    where: str = Field(default="", description="a condition more, in the layer's SQL")
    page_size: int = Field(default=1000, ge=1, description="at most; the layer's own limit holds")
    geometry: bool = Field(default=False, description="outlines in degrees, for the coordinates")
    modified_field: str | None = Field(
        default=None, description="time of a row's last edit: then only edited rows are asked for"
    )
    user_agent: str | None = Field(
        default=None, description="in place of our own, where a county asks for another form"
    )

    @field_validator("url")
    @classmethod
    def _absolute(cls, url: str) -> str:
        if not url.startswith(("https://", "http://")) or not httpx.URL(url).host:
            raise ValueError("a whole URL is expected, https://…")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if self.format not in BY_NAME:
            raise ValueError(f"no format {self.format!r}; known: {', '.join(BY_NAME)}")
        return self

    @property
    def form(self) -> Format:
        return BY_NAME[self.format]

    @property
    def path(self) -> str:
        return httpx.URL(self.url).raw_path.decode("ascii")

    def own_name(self, column: str) -> str:
        """What the layer calls the column that the format reads."""
        return self.fields.get(column, column)

    @property
    def zip_field(self) -> str:
        return self.own_name(self.form.zip.columns[0])

    @property
    def expected(self) -> list[str]:
        """The layer's own names of all that is read, the mapped ones included."""
        read = [c for c in columns_read(self.form) if c not in self.without]
        return list(dict.fromkeys((*map(self.own_name, read), *self.fields.values())))


class CountyOptions(Options):
    layers: Mapping[str, Layer] = Field(default_factory=dict)
    sweep_days: float = Field(default=7, gt=0, description="days between sweeps of a ZIP")
    edited_hours: float = Field(
        default=20, ge=0, description="hours between two questions for edited rows"
    )
    pages_per_run: int = Field(default=50, ge=1, description="pages of a layer and ZIP in a run")
    resume_hours: float = Field(
        default=24, gt=0, description="an open sweep goes on so long; then it begins again"
    )
    count_tolerance: float = Field(
        default=0.02, ge=0, lt=1, description="share of the counted rows that may be missing"
    )
    shrink_tolerance: float = Field(
        default=0.3, ge=0, le=1, description="share that a layer may lose from sweep to sweep"
    )


def missing_from(layer: Layer, present: Iterable[str]) -> list[str]:
    """The layer's fields that are read and not there, without regard to case."""
    there = {normalise(name) for name in present}
    return [name for name in layer.expected if normalise(name) not in there]


def require(source: str, name: str, layer: Layer, present: Iterable[str]) -> None:
    """Raise `ContractError` where a field that is read is gone, or a copy would hide a field."""
    present = list(present)
    if gone := missing_from(layer, present):
        read = next((c for c, own in layer.fields.items() if own == gone[0]), gone[0])
        raise ContractError(
            source,
            f"the layer {name} has no field {', '.join(gone)} any more. It has: "
            f"{', '.join(present[:60])}. Say how it is called now in the market file "
            f"(sources.{source}.options.layers.{name}.fields: {{{read}: …}}), or that it has none "
            f"(without: [{read}]).",
            {"fields": present},
        )
    taken = {normalise(field) for field in present} & {normalise(copy) for copy in layer.fields}
    if taken:
        raise ContractError(
            source,
            f"options.layers.{name}.fields maps {', '.join(sorted(taken))}, but the layer has "
            "fields of that name itself. Take that line out.",
            {"fields": present},
        )


def payload_of(
    name: str, layer: Layer, attributes: Mapping[str, Any], geometry: object = None
) -> dict[str, Any]:
    """The row as received, without what tells of persons, with what `formats.py` speaks of."""
    kept = {
        key: value for key, value in attributes.items() if key in HASHED or not PERSONAL.search(key)
    }
    spelling = {normalise(key): key for key in kept}
    copies = {
        read: kept[spelling[normalise(own)]]
        for read, own in layer.fields.items()
        if normalise(own) in spelling
    }
    payload = {**kept, **copies, "x_layer": name}
    return payload if geometry is None else {**payload, "x_geometry": geometry}
