"""The formats that we know, found by a file's columns or by name. Files are opened elsewhere."""

import difflib
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from phoenix_re.collect.formats.facebook_marketplace import FACEBOOK_MARKETPLACE
from phoenix_re.collect.formats.form import Format, Layout
from phoenix_re.collect.formats.homeharvest import HOMEHARVEST
from phoenix_re.collect.formats.mapped import (
    ColumnMapping,
    MappingError,
    keep_mapping,
    load_mapping,
    shipped_mappings,
)
from phoenix_re.collect.formats.mls_status_feed import MLS_STATUS_FEED
from phoenix_re.collect.formats.redfin import REDFIN
from phoenix_re.collect.formats.reso import RESO
from phoenix_re.collect.listing import ListingRecord, RawListing, Rejected

__all__ = [
    "ColumnMapping",
    "Format",
    "Layout",
    "MappingError",
    "UnknownFormat",
    "format_named",
    "keep_mapping",
    "known_formats",
    "load_mapping",
    "nearest_format",
    "read_listing",
    "read_record",
    "recognise",
    "register",
    "register_mappings",
]

_BUILT_IN = (REDFIN, MLS_STATUS_FEED, HOMEHARVEST, RESO, FACEBOOK_MARKETPLACE)


class UnknownFormat(LookupError):  # noqa: N818 - says what is so
    """No format has this name; the message says which there are and how to add one."""


@lru_cache(maxsize=1)
def _registry() -> dict[str, Format]:
    from phoenix_re.collect.sources import specs  # they are written in terms of this package

    of_sources = (form for spec in specs().values() for form in spec.formats)
    return {form.name: form for form in (*of_sources, *_BUILT_IN, *shipped_mappings())}


def known_formats() -> tuple[Format, ...]:
    """Built-in formats, those of the sources, shipped mappings, and what was registered since."""
    return tuple(_registry().values())


def register(form: Format) -> Format:
    """Make a mapped format known by its name, so that `read_record` finds it.

    Raises `MappingError` where the name belongs to a built-in format.
    """
    if any(form.name == built_in.name for built_in in _BUILT_IN):
        raise MappingError(f"{form.name!r} is a built-in format; give the mapping another name")
    _registry()[form.name] = form
    return form


def register_mappings(folder: Path) -> list[str]:
    """Register every `*.yaml` of a folder; the names. A missing folder holds none."""
    return [register(load_mapping(path)).name for path in sorted(folder.glob("*.yaml"))]


def format_named(name: str) -> Format:
    """The format of this name. Raises `UnknownFormat`."""
    form = _registry().get(name)
    if form is None:
        close = difflib.get_close_matches(name, _registry(), n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise UnknownFormat(
            f"There is no format {name!r}.{hint} Known: {', '.join(_registry())}. A table of "
            "another shape is read through a mapping file (`--mapping FILE`)."
        )
    return form


def recognise(columns: Iterable[str]) -> Format | None:
    """The format whose columns these are; the most demanding one where several fit."""
    names = tuple(columns)
    fitting = [f for f in known_formats() if not f.by_name_only and f.recognises(names)]
    return max(fitting, key=lambda f: (f.header is not None, len(f.signature)), default=None)


def nearest_format(columns: Iterable[str]) -> Format | None:
    """The format that shares most columns with a file that none recognises, if any are shared."""
    names = tuple(columns)
    best = max(known_formats(), key=lambda f: (f.likeness(names), not f.by_name_only))
    return best if best.likeness(names) > 0 else None


def read_record(source: str, payload: Mapping[str, Any]) -> ListingRecord:
    """The typed reading of one payload of the format that `RawListing.source` names.

    Never raises for what a payload says: texts that cannot be read are in `unread`. Raises
    `UnknownFormat` where a mapping that once read the file is not registered.
    """
    return format_named(source).layout(tuple(payload)).record(payload)


def read_listing(
    source: str, payload: dict[str, Any], observed_at: datetime, row: int = 1
) -> RawListing | Rejected:
    """One payload of an upstream, not of a file, as a `RawListing`, or why it cannot be one.

    `observed_at` (UTC) is used where the payload does not state when it was seen.
    """
    return format_named(source).layout(tuple(payload)).listing(payload, observed_at, row)
