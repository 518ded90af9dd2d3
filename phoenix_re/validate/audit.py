"""Accuracy by audit: a random sample of served values against the authority (metrics.md §10).

Drawing, judging and reporting, as pure functions; who looks at the authority is a person with a
sheet, or a test with the sandbox's truth. What a rule can tell is validity, never accuracy.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from phoenix_re.collect.crosscheck import metres
from phoenix_re.proportions import exact_lower, trials_needed
from phoenix_re.validate.address import address_key

WINDOW_DAYS = 90  # audits of older draws speak of older code and data
AREA_SHARE, METRES = 0.01, 50.0  # metrics.md §10
NOTHING = "none"  # what the sheet says where the authority has no such home or value


class SheetError(ValueError):
    """A line of the sheet that cannot be taken, with what is wrong and what would be right."""


@dataclass(frozen=True, slots=True)
class Audited:
    """A field that is audited: how it is written in a sheet, and when two values are the same."""

    read: Callable[[str], Any]  # ValueError for what is no such value
    same: Callable[[Any, Any], bool]
    expected: str  # what is to be written


def _equal(ours: Any, theirs: Any) -> bool:
    return ours == theirs


def _area(ours: float, theirs: float) -> bool:
    return abs(ours - theirs) <= AREA_SHARE * abs(theirs) + 1e-9


def _place(ours: tuple[float, float], theirs: tuple[float, float]) -> bool:
    return metres(ours, theirs) <= METRES


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def _whole(text: str) -> int:
    number = _number(text)
    if number != int(number):
        raise ValueError(f"{text!r} is no whole number")
    return int(number)


def _cents(text: str) -> int:
    return round(_number(text.replace("$", "")) * 100)


def _day(text: str) -> str:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()


def _letters(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum())


def _point(text: str) -> tuple[float, float]:
    latitude, longitude = text.replace(",", " ").split()
    return float(latitude), float(longitude)


def _address(text: str) -> str:
    key = address_key(text, "00000")
    if key is None:
        raise ValueError(f"{text!r} names no single place")
    return key.text


_AREA = Audited(_number, _area, "square feet")
_WORD = Audited(_words, _equal, "the same word as ours, or the right one")
_DAY = Audited(_day, _equal, "YYYY-MM-DD")
_MONEY = Audited(_cents, _equal, "dollars")
FIELDS: Mapping[str, Audited] = {
    "unparsed_address": Audited(_address, _equal, "house number, street and unit"),
    "parcel_number": Audited(_letters, _equal, "the county's number"),
    "coordinates": Audited(_point, _place, "latitude, longitude in degrees"),
    "property_type": _WORD,
    "property_sub_type": _WORD,
    "living_area": _AREA,
    "lot_size_square_feet": _AREA,
    "bedrooms_total": Audited(_whole, _equal, "a whole number"),
    "x_bathrooms_decimal": Audited(_number, _equal, "baths, a half for a half one"),
    "year_built": Audited(_whole, _equal, "a year"),
    "standard_status": _WORD,
    "list_price_cents": _MONEY,
    "close_price_cents": _MONEY,
    "on_market_date": _DAY,
    "close_date": _DAY,
}


# ── drawing ─────────────────────────────────────────────────────────────────────────────────────


def draw(
    market: str, properties: Iterable[Mapping[str, Any]], size: int, seed: int, now: datetime
) -> list[dict[str, Any]]:
    """A stratified random sample of `size` served properties, each with its audited fields.

    Strata: lead source and ZIP. Each gets its share of `size` by its number of properties (largest
    remainders, at least one while there are enough), so that all weigh nearly the same; `weight`
    is the number of properties in the stratum over those drawn from it. The same seed draws the
    same properties from the same ones.
    """
    strata: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for home in sorted(properties, key=lambda p: p["_id"]):
        strata[home["sources"][0]["source"], home["zip"]].append(home)
    shares = _shares({key: len(homes) for key, homes in strata.items()}, size)
    chance = random.Random(seed)
    name = f"{market}-{now:%Y%m%dT%H%M%S}-{seed}"
    drawn: list[dict[str, Any]] = []
    for key in sorted(strata):
        homes = chance.sample(strata[key], shares[key])
        for home in sorted(homes, key=lambda p: p["_id"]):
            weight = len(strata[key]) / shares[key]
            drawn += _questions(name, home, "|".join(key), weight, now)
    return drawn


def _shares(sizes: Mapping[tuple[str, str], int], size: int) -> dict[tuple[str, str], int]:
    whole = sum(sizes.values())
    size = min(size, whole)
    exact = {key: size * n / whole for key, n in sizes.items()}
    least = 1 if size >= len(sizes) else 0
    shares = {key: max(least, int(share)) for key, share in exact.items()}
    by_remainder = sorted(exact, key=lambda key: (int(exact[key]) - exact[key], key))
    while sum(shares.values()) < size:
        for key in by_remainder:
            if sum(shares.values()) < size and shares[key] < sizes[key]:
                shares[key] += 1
    while sum(shares.values()) > size:  # where small strata were given one
        able = [key for key, share in shares.items() if share > least]
        shares[max(able, key=lambda key: (shares[key] - exact[key], key))] -= 1
    return shares


def _questions(
    draw_id: str, home: Mapping[str, Any], stratum: str, weight: float, now: datetime
) -> Iterable[dict[str, Any]]:
    for name in FIELDS:
        chosen = home["fields"].get("latitude" if name == "coordinates" else name)
        if chosen is None or (name == "unparsed_address" and home["address_key"] is None):
            continue
        source = home["sources"][chosen["from"]]
        yield {
            "_id": f"{draw_id}|{home['_id']}|{name}",
            "market": home["market"],
            "zip": home["zip"],
            "draw": draw_id,
            "drawn_at": now,
            "stratum": stratum,
            "weight": weight,
            "property_id": home["_id"],
            "address": home["address"],
            "field": name,
            "ours": _written(home, name),
            "source": source["source"],
            "source_key": source["source_key"],
            "url": home["fields"].get("url", {}).get("value"),
            "theirs": None,
            "correct": None,
            "judged_at": None,
        }


def _written(home: Mapping[str, Any], name: str) -> str:
    """Our value as the sheet shows it."""
    if name == "coordinates":
        return f"{home['latitude']}, {home['longitude']}"
    value = home["fields"][name]["value"]
    if name.endswith("_cents"):
        return f"{value / 100:.2f}"
    if isinstance(value, datetime):
        return value.date().isoformat()
    return str(value)


# ── judging ─────────────────────────────────────────────────────────────────────────────────────


def judged(question: Mapping[str, Any], theirs: str, now: datetime) -> dict[str, Any]:
    """The question with the authority's value and whether ours is right.

    Raises `SheetError` for what cannot be read as the field's value. `none`: the authority has no
    such value, so ours is wrong.
    """
    audited = FIELDS[question["field"]]
    said = theirs.strip()
    if said.casefold() == NOTHING:
        correct = False
    else:
        try:
            correct = audited.same(audited.read(question["ours"]), audited.read(said))
        except ValueError as error:
            raise SheetError(
                f"{question['property_id']} {question['field']}: {said!r} cannot be compared with "
                f"{question['ours']!r} ({error}); write {audited.expected}, or {NOTHING}, or leave "
                "it empty"
            ) from None
    return {**question, "theirs": said, "correct": correct, "judged_at": now}


def recent(audits: Iterable[Mapping[str, Any]], now: datetime) -> list[Mapping[str, Any]]:
    """The judged ones of the last 90 days' draws."""
    since = window(now)
    return [a for a in audits if a["correct"] is not None and a["drawn_at"] >= since]


def window(now: datetime) -> datetime:
    """Draws before this are too old to tell of today's data."""
    return now - timedelta(days=WINDOW_DAYS)


# ── reporting ───────────────────────────────────────────────────────────────────────────────────


def report(audits: Sequence[Mapping[str, Any]], share: float) -> list[dict[str, Any]]:
    """Per field: what is shown of it, the worst first.

    `lower`: exact one-sided 95 % bound of k of n; it holds for one look at a sample in which all
    weigh alike (proportional strata; then it errs, if at all, on the safe side). `weighted`: the
    inverse-probability estimate, which differs where weights do. `more_needed`: right ones in a
    row until more than `share` is shown. `open`: drawn, not judged; they count neither way.
    """
    by_field: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for audit in audits:
        by_field[audit["field"]].append(audit)
    rows = []
    for name, of_field in by_field.items():
        answered = [a for a in of_field if a["correct"] is not None]
        n, k = len(answered), sum(a["correct"] for a in answered)
        weight = sum(a["weight"] for a in answered)
        lower = exact_lower(k, n) if n else None
        rows.append(
            {
                "field": name,
                "k": k,
                "n": n,
                "open": len(of_field) - n,
                "value": k / n if n else None,
                "weighted": sum(a["weight"] for a in answered if a["correct"]) / weight
                if n
                else None,
                "lower": lower,
                "shown": lower is not None and lower > share,
                "more_needed": max(0, trials_needed(n - k, share) - n),
            }
        )
    return sorted(
        rows, key=lambda r: (r["shown"], -1 if r["lower"] is None else r["lower"], r["field"])
    )
