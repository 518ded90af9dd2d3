"""Any other table, told by a small YAML file which column fills which field.

A mapping holds names of columns, never rows. `mappings/` beside this package holds those of public
data sets that users have; a user's own comes with `--mapping FILE`. How to write one is in
`docs/reference`; every mistake is answered with the place, the value and the nearest right name.
"""

import difflib
import os
import re
from collections.abc import Mapping as MappingABC
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic import (
    Field as Described,
)

from phoenix_re.collect import lookups, parse
from phoenix_re.collect.formats.form import FIELD_PARSERS, Field, Format, Sum, extracting, normalise
from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.parse import Parser, Unreadable
from phoenix_re.markets import LicenceClass

PARSERS: dict[str, Parser] = {
    "text": parse.text,
    "slug": parse.slug,
    "identifier": parse.identifier,
    "upper": parse.upper,
    "money": parse.money_cents,
    "number": parse.number,
    "integer": parse.integer,
    "date": parse.day,
    "timestamp": parse.timestamp,
    "yes_no": parse.yes_no,
    "square_feet": parse.square_feet,
    "acres": parse.acres,
    "standard_status": lookups.standard_status,
    "property_type": lookups.property_type,
    "property_sub_type": lookups.property_sub_type,
}
_UNITS: dict[str, Parser] = {"square_feet": parse.square_feet, "acres": parse.acres}
Name = Annotated[str, Described(min_length=1)]
_FOLDER = Path(__file__).parent.parent / "mappings"


class MappingError(ValueError):
    """A mapping file that cannot be used; the message names file, place, value and remedy."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Extract(_Strict):
    """A column, or the part of it that the one group of `pattern` finds."""

    column: Name
    pattern: str | None = None
    parser: str | None = None
    unit: Literal["square_feet", "acres"] | None = None
    zone: str | None = None

    @field_validator("pattern")
    @classmethod
    def _one_group(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            try:
                groups = re.compile(pattern).groups
            except re.error as error:
                raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
            if groups != 1:
                raise ValueError(f"{pattern!r} has {groups} groups; put ( ) round the part wanted")
        return pattern

    @field_validator("parser")
    @classmethod
    def _known_parser(cls, name: str | None) -> str | None:
        if name is not None and name not in PARSERS:
            raise ValueError(f"no parser {name!r}{_nearest(name, PARSERS)}")
        return name

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError) as error:
                raise ValueError(f"{name!r} is no time zone (e.g. America/Phoenix)") from error
        return name

    @model_validator(mode="after")
    def _one_reading(self) -> Self:
        if sum(choice is not None for choice in (self.parser, self.unit)) > 1:
            raise ValueError("give `parser` or `unit`, not both")
        if self.zone is not None and self.parser not in (None, "timestamp"):
            raise ValueError("`zone` goes with timestamps only")
        return self

    def reading(self, default: Parser) -> Parser:
        reads = PARSERS[self.parser] if self.parser else default
        if self.unit:
            reads = _UNITS[self.unit]
        if self.zone:
            reads = partial(parse.timestamp, zone=ZoneInfo(self.zone))
        return extracting(self.pattern, reads) if self.pattern else reads


class Added(_Strict):
    """A sum of columns times weights: `{sum: {full_baths: 1, half_baths: 0.5}}`.

    A column that states nothing counts as none, unless the sum must be `complete`.
    """

    sum: dict[str, float] = Described(min_length=1)
    complete: bool = False


class ColumnMapping(_Strict):
    """The whole of a mapping file.

    A file is recognised without being asked for by its exact `header`, or by having all columns of
    `recognise_by`; a mapping with neither is used by name or through `--mapping` only.
    """

    name: str = Described(pattern=r"^[a-z][a-z0-9_]{2,60}$")
    description: str = ""
    licence_class: LicenceClass
    key: Name | list[Name]
    zip: Name | None = None
    zip_from: Extract | None = None
    columns: dict[str, Name | Extract | Added]
    constants: dict[str, Name] = {}
    volatile: list[Name] = []
    observed_at: Name | Extract | None = None
    header: list[Name] | None = None
    recognise_by: list[Name] | None = None

    @field_validator("columns", "constants")
    @classmethod
    def _known_fields(cls, fields: dict[str, Any]) -> dict[str, Any]:
        for name in fields:
            if name == "postal_code":
                raise ValueError("`postal_code` is filled from `zip` or `zip_from`")
            if name not in FIELD_PARSERS:
                raise ValueError(f"no field {name!r}{_nearest(name, FIELD_PARSERS)}")
        return fields

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.zip is None) == (self.zip_from is None):
            raise ValueError("give exactly one of `zip` (a column) and `zip_from` (a pattern)")
        if not self.keys:
            raise ValueError("`key` names no column")
        for name, value in self.constants.items():
            try:
                FIELD_PARSERS[name](value)
            except Unreadable as error:
                raise ValueError(f"constants.{name}: {error}") from error
        if self.header is not None:
            listed = set(map(normalise, self.header))
            unlisted = sorted(n for n in self.referenced() if normalise(n) not in listed)
            if unlisted:
                raise ValueError(f"`header` lacks the columns {', '.join(unlisted)}")
        return self

    @property
    def keys(self) -> list[str]:
        return [self.key] if isinstance(self.key, str) else self.key

    def referenced(self) -> list[str]:
        """Every column that the mapping reads, once, in the order of the file."""
        names = [*self.keys, self.zip or (self.zip_from.column if self.zip_from else "")]
        for spec in self.columns.values():
            if isinstance(spec, Added):
                names.extend(spec.sum)
            else:
                names.append(spec if isinstance(spec, str) else spec.column)
        if self.observed_at is not None:
            seen = self.observed_at
            names.append(seen if isinstance(seen, str) else seen.column)
        return list(dict.fromkeys([*names, *self.volatile]))

    def to_format(self) -> Format:
        return Format(
            name=self.name,
            licence_class=self.licence_class,
            signature=tuple((name,) for name in self.recognise_by or self.referenced()),
            fields=tuple(
                _field(name, spec, FIELD_PARSERS[name])
                for name, spec in self.columns.items()
                if not isinstance(spec, Added)
            ),
            sums=tuple(
                Sum(name, spec.sum, spec.complete)
                for name, spec in self.columns.items()
                if isinstance(spec, Added)
            ),
            constants={name: FIELD_PARSERS[name](value) for name, value in self.constants.items()},
            key=partial(_joined_key, self.keys),
            zip=_field("postal_code", self.zip or self.zip_from or "", parse.zip5),
            volatile=frozenset(self.volatile),
            observed_at=(
                _field("observed_at", self.observed_at, parse.timestamp)
                if self.observed_at
                else None
            ),
            header=frozenset(map(normalise, self.header)) if self.header else None,
            by_name_only=not self.header and not self.recognise_by,
        )


def _field(name: str, spec: str | Extract, default: Parser) -> Field:
    if isinstance(spec, str):
        return Field(name, (spec,), default)
    return Field(name, (spec.column,), spec.reading(default))


def _joined_key(
    columns: list[str], _record: ListingRecord, payload: MappingABC[str, Any]
) -> str | None:
    """The key columns joined by colons; a row that lacks one of them has no key."""
    parts = []
    for column in columns:
        try:
            part = parse.identifier(payload.get(column))
        except Unreadable:
            return None
        if part is None:
            return None
        parts.append(part)
    return ":".join(parts)


def _nearest(name: str, known: MappingABC[str, Any]) -> str:
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(close)}?" if close else f"; known: {', '.join(known)}"


def load_mapping(path: Path) -> Format:
    """Read a mapping file. Raises `MappingError`; OS errors pass through."""
    return _validated(path, _document(path)).to_format()


def keep_mapping(path: Path, folder: Path, header: Sequence[str] | None) -> Path:
    """Copy a mapping file into `folder` under its format's name, for other processes to register.

    A mapping that does not say by what it is recognised gets `header`, the columns of the table
    that it has just read: the next such table needs no `--mapping`. An older copy is replaced.
    """
    document = _document(path)
    mapping = _validated(path, document)
    if header and not mapping.header and not mapping.recognise_by:
        document = document | {"header": list(header)}
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{mapping.name}.yaml"
    new = kept.with_suffix(f".{os.getpid()}.new")
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    new.write_text(f"# Kept by phoenix-re; a copy of {path.name!a}.\n{text}", encoding="utf-8")
    return new.replace(kept)


def _document(path: Path) -> dict[str, Any]:
    try:
        # Everything is text: a column named No or 2021 is neither False nor a number.
        document = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=yaml.BaseLoader)  # noqa: S506 - it makes nothing but texts, lists and tables
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise MappingError(f"{path}: not a YAML file: {error}") from error
    if not isinstance(document, dict):
        raise MappingError(f"{path}: a mapping file is a table of `name`, `key`, `zip`, `columns`…")
    return document


def _validated(path: Path, document: dict[str, Any]) -> ColumnMapping:
    try:
        return ColumnMapping.model_validate(document)
    except ValidationError as error:
        places = "; ".join(_place(detail) for detail in error.errors(include_url=False))
        raise MappingError(f"{path}: {places}") from error


def _place(detail: Any) -> str:
    at = ".".join(str(part) for part in detail["loc"]) or "the file"
    if detail["type"] == "extra_forbidden":
        close = _nearest(str(detail["loc"][-1]), ColumnMapping.model_fields)
        return f"{at}: there is no such entry{close}"
    message = detail["msg"].removeprefix("Value error, ")
    given = detail["input"]
    shown = f" (given: {given!r})" if isinstance(given, str | int | float) else ""
    return f"{at}: {message}{shown}"


def shipped_mappings() -> list[Format]:
    """The mappings of public data sets that come with the package."""
    return [load_mapping(path) for path in sorted(_FOLDER.glob("*.yaml"))]
