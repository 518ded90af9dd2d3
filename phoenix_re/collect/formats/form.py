"""What a format is: how it is recognised, and how one payload of it is read. All of it is data.

A `Format` says which columns make it out, which column fills which field through which parser, and
which columns say nothing about the listing. A `Layout` is a format bound to the columns of one
file, so that the work per row is a loop over pairs. Formats themselves are the other modules here.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from phoenix_re.collect import lookups, parse
from phoenix_re.collect.listing import ListingRecord, RawListing, Rejected
from phoenix_re.collect.parse import Parser, Unreadable
from phoenix_re.collect.privacy import clean, hash_key
from phoenix_re.home import home

_LONGEST_UNREAD = 200
_LONGEST_SEARCHED = 10_000
_HASH_BYTES = 20
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str)

FIELD_PARSERS: dict[str, Parser] = {
    **dict.fromkeys(("x_mls", "state_or_province"), parse.upper),
    **dict.fromkeys(("listing_id", "parcel_number"), parse.identifier),
    **dict.fromkeys(("unparsed_address", "city", "county_or_parish"), parse.text),
    **dict.fromkeys(("public_remarks", "url"), parse.text),
    "standard_status": lookups.standard_status,
    "property_type": lookups.property_type,
    "property_sub_type": lookups.property_sub_type,
    **dict.fromkeys(("latitude", "longitude", "x_bathrooms_decimal"), parse.number),
    **dict.fromkeys(("stories_total", "garage_spaces"), parse.number),
    **dict.fromkeys(("living_area", "lot_size_square_feet"), parse.square_feet),
    **dict.fromkeys(("bedrooms_total", "year_built", "x_days_on_market_reported"), parse.integer),
    **dict.fromkeys(("pool_private_yn", "association_yn"), parse.yes_no),
    "modification_timestamp": parse.timestamp,
    "x_changed_on": parse.day,
    **{
        name: parse.money_cents if name.endswith("_cents") else parse.day
        for name in ListingRecord.__dataclass_fields__
        if name.endswith(("_cents", "_date"))
    },
}
"""The parser of every field of `ListingRecord` that a format may fill, unless it names another."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field and where it comes from: the first of `columns` that the file has.

    A column is matched without regard to case and white space; `URL (SEE*` matches by prefix.
    """

    name: str
    columns: tuple[str, ...]
    parse: Parser

    @classmethod
    def of(cls, name: str, *columns: str, parse: Parser | None = None) -> "Field":
        return cls(name, columns, parse or FIELD_PARSERS[name])


@dataclass(frozen=True, slots=True)
class Sum:
    """A field that is the sum of columns times weights: `full_baths` + 0.5 `half_baths`.

    Not stated where none of the columns - or, if it must be `complete`, not each - states a number.
    """

    name: str
    weights: Mapping[str, float]
    complete: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Format:
    """A recognised shape of listing files. Compared by identity; see the module for the terms."""

    name: str
    licence_class: str
    signature: tuple[tuple[str, ...], ...]  # all of these, each in one of its spellings
    fields: tuple[Field, ...]
    key: Callable[[ListingRecord, Mapping[str, Any]], str | None]
    zip: Field
    sums: tuple[Sum, ...] = ()
    constants: Mapping[str, Any] = field(default_factory=dict)
    volatile: frozenset[str] = frozenset()  # columns that tell of the observation, not the listing
    observed_at: Field | None = None
    refine: Callable[[ListingRecord, Mapping[str, Any]], None] | None = None
    header: frozenset[str] | None = None  # recognised only with exactly these columns
    by_name_only: bool = False  # never recognised by its columns: the user asks for it
    statuses: frozenset[str] = frozenset()  # StandardStatus that its files show; empty: not known
    private: frozenset[str] = frozenset()  # keys of people, beside those that all sources use
    hashed: frozenset[str] = frozenset()  # keys of owners, who matter as same-or-not

    def recognises(self, columns: Iterable[str]) -> bool:
        present = {normalise(column) for column in columns}
        if self.header is not None:
            return present == self.header
        return not self.missing_from(present)

    def missing_from(self, columns: Iterable[str]) -> list[str]:
        """The columns of the signature that a file lacks, each in its first spelling."""
        present = {normalise(column): column for column in columns}
        return [names[0] for names in self.signature if _find(present, names) is None]

    def likeness(self, columns: Iterable[str]) -> float:
        """Share of the columns that this format would read (0 to 1), to name the nearest one."""
        present = {normalise(column) for column in columns}
        known = {normalise(name) for f in (*self.fields, self.zip) for name in f.columns}
        return len(present & known) / max(1, len(present | known))

    def layout(self, columns: tuple[str, ...]) -> "Layout":
        """This format bound to the columns of one file or the keys of one object."""
        return _layout(self, columns)


@lru_cache(maxsize=4)
def _secret(_home: Path) -> bytes:
    """The key of the hashes, read once and not for every row."""
    return hash_key()


@lru_cache(maxsize=1024)
def _layout(form: Format, columns: tuple[str, ...]) -> "Layout":
    return Layout(form, columns)


def normalise(column: str) -> str:
    """A column's name without regard to case and white space."""
    return " ".join(column.split()).casefold()


def _find(present: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    """The file's own spelling of the first of `names` that it has."""
    for name in names:
        wanted = normalise(name)
        if wanted.endswith("*"):
            for column in present:
                if column.startswith(wanted[:-1]):
                    return present[column]
        elif wanted in present:
            return present[wanted]
    return None


def extracting(pattern: str, parser: Parser) -> Parser:
    """`parser` on what the one group of `pattern` finds in the text; not stated if it does not."""
    expression = re.compile(pattern)

    def parse_part(value: object) -> Any:
        match = (
            expression.search(parse.shown(value, _LONGEST_SEARCHED)) if value is not None else None
        )
        return parser(match[1] if match else None)

    return parse_part


class Layout:
    """Reads the payloads of one format that have the same columns."""

    def __init__(self, form: Format, columns: tuple[str, ...]) -> None:
        present = {normalise(column): column for column in columns}
        self.format = form
        self._fields = [
            (f.name, column, f.parse)
            for f in form.fields
            if (column := _find(present, f.columns)) is not None
        ]
        self._sums = [
            (s, [(_find(present, (column,)), weight) for column, weight in s.weights.items()])
            for s in form.sums
        ]
        self._zip_column = _find(present, form.zip.columns)
        seen = form.observed_at
        self._observed_column = _find(present, seen.columns) if seen else None
        self._hashed = self._hashed_columns(present)

    def _hashed_columns(self, present: Mapping[str, str]) -> list[tuple[str, str]]:
        """(the file's column, its one name in the hash), sorted, without the volatile ones."""
        form = self.format
        first_spelling = {
            column: normalise(f.columns[0])
            for f in (*form.fields, form.zip)
            if (column := _find(present, f.columns)) is not None
        }
        ignored = {_find(present, (name,)) for name in form.volatile}
        return sorted(
            (
                (column, first_spelling.get(column, name))
                for name, column in present.items()
                if column not in ignored
            ),
            key=lambda pair: pair[1],
        )

    def record(self, payload: Mapping[str, Any]) -> ListingRecord:
        """The payload in RESO's words. What cannot be read is kept as text in `unread`."""
        form = self.format
        record = ListingRecord(form.name, "", **form.constants)
        unread = record.unread
        for name, column, parse_value in self._fields:
            value = payload.get(column)
            if value is None or value == "":
                continue
            try:
                parsed = parse_value(value)
            except Unreadable:
                unread[name] = parse.shown(value, _LONGEST_UNREAD)
                continue
            if parsed is not None:
                setattr(record, name, parsed)
        for total, parts in self._sums:
            self._add_up(record, total, parts, payload)
        try:
            record.postal_code = self._zip(payload)
        except Unreadable as error:
            unread["postal_code"] = parse.shown(error, _LONGEST_UNREAD)
        if form.refine is not None:
            form.refine(record, payload)
        record.source_key = form.key(record, payload) or ""
        return record

    @staticmethod
    def _add_up(
        record: ListingRecord,
        total: Sum,
        parts: list[tuple[str | None, float]],
        payload: Mapping[str, Any],
    ) -> None:
        stated = []
        for column, weight in parts:
            value = payload.get(column) if column is not None else None
            try:
                parsed = parse.number(value)
            except Unreadable:
                record.unread[total.name] = parse.shown(value, _LONGEST_UNREAD)
                return
            if parsed is not None:
                stated.append(parsed * weight)
        if len(stated) == len(parts) or (stated and not total.complete):
            setattr(record, total.name, sum(stated))

    def _zip(self, payload: Mapping[str, Any]) -> str:
        value = payload.get(self._zip_column) if self._zip_column is not None else None
        return self.format.zip.parse(value)

    def listing(
        self, payload: dict[str, Any], observed_at: datetime, row: int
    ) -> RawListing | Rejected:
        """The payload as a `RawListing`, or why it cannot be one: no key, or no usable ZIP.

        What names a person is taken out here, before anything is stored (`collect/privacy`).
        """
        payload = clean(payload, self.format.private, self.format.hashed, _secret(home()))
        record = self.record(payload)
        if not record.source_key:
            reason = f"the row has nothing to name it by: {_key_hint(self.format)}"
            return Rejected("key.missing", reason, payload, row)
        if record.postal_code is None:
            try:
                self._zip(payload)
            except Unreadable as error:
                return Rejected(error.rule_id, str(error), payload, row)
        closed = record.standard_status == "Closed" and record.close_price_cents is not None
        return RawListing(
            source=record.source,
            source_key=record.source_key,
            zip=record.postal_code or "",
            payload=payload,
            content_hash=self.content_hash(payload),
            observed_at=self._observed(payload) or observed_at,
            licence_class=self.format.licence_class,
            source_modified_at=record.modification_timestamp,
            url=record.url,
            standard_status=record.standard_status,
            price_cents=record.close_price_cents if closed else record.list_price_cents,
            changed_on=record.x_changed_on,
        )

    def _observed(self, payload: Mapping[str, Any]) -> datetime | None:
        seen = self.format.observed_at
        if seen is None or self._observed_column is None:
            return None
        try:
            return seen.parse(payload.get(self._observed_column))
        except Unreadable:
            return None

    def content_hash(self, payload: Mapping[str, Any]) -> str:
        """Hex BLAKE2b of the payload as canonical JSON: sorted columns, none of them volatile, no
        white space around texts. An old header's spelling hashes like the new one's."""
        content = {name: _stripped(payload.get(column)) for column, name in self._hashed}
        return blake2b(_CANONICAL.encode(content).encode(), digest_size=_HASH_BYTES).hexdigest()


def _stripped(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return [_stripped(item) for item in value]
    if isinstance(value, dict):
        return {str(name).strip(): _stripped(item) for name, item in value.items()}
    return value.isoformat() if isinstance(value, date) else value


def _key_hint(form: Format) -> str:
    return f"the key of the format {form.name!r} is empty or unreadable"
