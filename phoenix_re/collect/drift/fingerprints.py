"""A fingerprint: what the payloads of one source, market and format look like, path by path.

A path is the nested keys with a dot, list items folded as `[]`, keys that are data (years, dates)
as `*`: `priceHistory[].price`, `taxAssessments.*.value`. Each path is counted once per payload, so
that n is the number of payloads however long their lists are. Pure functions; JSON in and out.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from phoenix_re.collect.drift import quantiles
from phoenix_re.collect.drift.values import is_blank, kind_and_number

MOST_PATHS = 300  # kept; what is there more often goes first
_MOST_WALKED = 3_000  # paths of one batch; only hostile payloads have more
_DEEPEST = 6
_LONGEST_LIST = 5  # items of a list that are looked at
_MOST_CATEGORIES = 20
_LONGEST_CATEGORY = 40
HALF_LIFE_DAYS = 28.0
_LEAST_KEPT = 200.0  # payloads that ageing leaves: a source that was silent is not forgotten
LEAST_JUDGED = 20  # payloads below which a batch's own share says nothing
LEAST_FOR_PSI = 50
_KEY_OF_DATA = re.compile(r"[0-9]{4,}|[0-9]{4}-[0-9]{2}.*")
_DIGITS = 6  # kept of every share and count


@dataclass(frozen=True, slots=True)
class Field:
    """One path. Counts are payloads, and after ageing no longer whole."""

    present: float = 0.0  # the key is there
    blank: float = 0.0  # of `present`: null, "", blanks, "********", "na", [], {}
    kinds: Mapping[str, float] = field(default_factory=dict)  # kind → payloads, blanks left out
    numbers: float = 0.0  # payloads with a number
    quantiles: tuple[float, ...] = ()  # of these numbers, at `quantiles.GRID`
    distinct: float = 0.0  # different numbers or short texts, at most
    categories: Mapping[str, float] = field(default_factory=dict)  # if few: value → payloads
    most_empty: float = 0.0  # the highest share of absent or blank in one batch, aged
    usual_psi: float = 0.0  # the highest PSI of one batch against those before it, aged

    @property
    def filled(self) -> float:
        return self.present - self.blank


NOTHING = Field()


@dataclass(frozen=True, slots=True)
class Fingerprint:
    payloads: float
    batches: float
    fields: Mapping[str, Field]
    cut: bool = False  # there were more paths than are kept

    def asked(self, path: str) -> float:
        """Payloads that have the object or list in which a path stands: they could have it."""
        if path.endswith("[]"):
            return self.fields.get(path[:-2], NOTHING).kinds.get("list", 0.0)
        parent = path.rpartition(".")[0]
        return (
            self.fields.get(parent, NOTHING).kinds.get("object", 0.0) if parent else self.payloads
        )

    def empty_share(self, path: str) -> float:
        """Share absent or blank among `asked`; 0 where none was."""
        asked = self.asked(path)
        filled = self.fields.get(path, NOTHING).filled
        return max(0.0, 1.0 - filled / asked) if asked else 0.0

    def to_document(self) -> dict[str, Any]:
        """JSON-like, for the store: paths as values, since a key there may not hold dots."""
        rows = []
        for path, found in sorted(self.fields.items()):
            row = {k: _stored(v) for k, v in asdict(found).items() if v not in (0.0, {}, ())}
            rows.append({"path": path, **row})
        return {
            "payloads": _stored(self.payloads),
            "batches": _stored(self.batches),
            "cut": self.cut,
            "fields": rows,
        }

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> "Fingerprint":
        fields = {
            row["path"]: Field(**{k: _restored(k, v) for k, v in row.items() if k != "path"})
            for row in document["fields"]
        }
        return cls(document["payloads"], document["batches"], fields, document["cut"])


def _stored(value: Any) -> Any:
    if isinstance(value, Mapping):
        return [[k, _stored(v)] for k, v in sorted(value.items())]
    if isinstance(value, tuple):
        return list(value)
    return round(value, _DIGITS) if isinstance(value, float) else value


def _restored(name: str, value: Any) -> Any:
    if name in {"kinds", "categories"}:
        return dict(value)
    return tuple(value) if name == "quantiles" else value


# ── made ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Seen:
    present: int = 0
    filled: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    numbers: list[float] = field(default_factory=list)
    texts: Counter[str] = field(default_factory=Counter)
    present_in: int = -1  # the payload that was counted last
    filled_in: int = -1


def fingerprint(payloads: Sequence[Mapping[str, Any]]) -> Fingerprint:
    """Of one batch. Values are taken as received; no payload is changed."""
    seen: dict[str, _Seen] = {}
    for number, payload in enumerate(payloads):
        for path, value in _leaves(payload, "", 0):
            found = seen.get(path)
            if found is None:
                if len(seen) >= _MOST_WALKED:
                    continue
                found = seen[path] = _Seen()
            _count(found, value, number)
    whole = Fingerprint(
        float(len(payloads)),
        1.0,
        {path: _field(found) for path, found in seen.items()},
        len(seen) >= _MOST_WALKED,
    )
    return _capped(_with_empty_shares(whole))


def _leaves(
    value: Mapping[str, Any] | list[Any], path: str, depth: int
) -> Iterator[tuple[str, Any]]:
    """(path, value) of every key and list item, outer ones first."""
    if isinstance(value, list):
        items: Any = ((f"{path}[]", item) for item in value[:_LONGEST_LIST])
    else:
        before = f"{path}." if path else ""
        items = ((before + _name(key), item) for key, item in value.items())
    for below, item in items:
        yield below, item
        if isinstance(item, dict | list) and depth < _DEEPEST:
            yield from _leaves(item, below, depth + 1)


def _name(key: object) -> str:
    text = str(key)
    return "*" if text[:1].isdigit() and _KEY_OF_DATA.fullmatch(text) else text


def _count(found: _Seen, value: Any, number: int) -> None:
    """The first value of a path that a payload fills in speaks for that payload."""
    if found.present_in != number:
        found.present_in = number
        found.present += 1
    if found.filled_in == number or is_blank(value):
        return
    found.filled_in = number
    found.filled += 1
    kind, amount = kind_and_number(value)
    found.kinds[kind] += 1
    if amount is not None:
        found.numbers.append(amount)
        text = f"{amount:g}"
    else:
        text = str(value).strip() if isinstance(value, str | bool) else ""
    if text and len(text) <= _LONGEST_CATEGORY:
        found.texts[text] += 1


def _field(found: _Seen) -> Field:
    few = len(found.texts) <= _MOST_CATEGORIES
    return Field(
        present=float(found.present),
        blank=float(found.present - found.filled),
        kinds={kind: float(n) for kind, n in found.kinds.items()},
        numbers=float(len(found.numbers)),
        quantiles=quantiles.quantiles(found.numbers) if found.numbers else (),
        distinct=float(len(found.texts)),
        categories={text: float(n) for text, n in found.texts.items()} if few else {},
    )


def _with_empty_shares(batch: Fingerprint) -> Fingerprint:
    fields = {
        path: replace(found, most_empty=batch.empty_share(path))
        if batch.asked(path) >= LEAST_JUDGED
        else found
        for path, found in batch.fields.items()
    }
    return replace(batch, fields=fields)


def _capped(whole: Fingerprint) -> Fingerprint:
    """The paths that are filled most often, the shallow ones first among equals."""
    if len(whole.fields) <= MOST_PATHS:
        return whole
    ranked = sorted(
        whole.fields.items(), key=lambda pair: (-pair[1].filled, pair[0].count("."), pair[0])
    )
    return replace(whole, fields=dict(ranked[:MOST_PATHS]), cut=True)


# ── merged ──────────────────────────────────────────────────────────────────────────────────────


def merge(old: Fingerprint, new: Fingerprint, days: float = 0.0) -> Fingerprint:
    """Both together, `old` aged by the days between them (half-life 28), so that what a season
    moves is followed and never piles up into an alarm."""
    weight = 0.5 ** (max(0.0, days) / HALF_LIFE_DAYS)
    if old.payloads:
        weight = max(weight, min(1.0, _LEAST_KEPT / old.payloads))
    fields = {
        path: replace(
            _merged(old.fields.get(path, NOTHING), new.fields.get(path, NOTHING), weight),
            most_empty=_most_empty(old, new, path, weight),
        )
        for path in sorted({*old.fields, *new.fields})
    }
    return _capped(
        Fingerprint(
            old.payloads * weight + new.payloads,
            old.batches * weight + new.batches,
            fields,
            old.cut or new.cut,
        )
    )


def _merged(old: Field, new: Field, weight: float) -> Field:
    categories = _sum(old.categories, new.categories, weight)
    distinct = max(old.distinct, new.distinct, float(len(categories)))
    if old.quantiles and new.quantiles:
        mixed = quantiles.mixed(old.quantiles, old.numbers * weight, new.quantiles, new.numbers)
    else:
        mixed = old.quantiles or new.quantiles
    return Field(
        present=old.present * weight + new.present,
        blank=old.blank * weight + new.blank,
        kinds=_sum(old.kinds, new.kinds, weight),
        numbers=old.numbers * weight + new.numbers,
        quantiles=mixed,
        distinct=distinct,
        categories=categories if distinct <= _MOST_CATEGORIES else {},
        usual_psi=max(old.usual_psi * weight, psi(old, new) or 0.0),
    )


def _sum(old: Mapping[str, float], new: Mapping[str, float], weight: float) -> dict[str, float]:
    return {k: old.get(k, 0.0) * weight + new.get(k, 0.0) for k in sorted({*old, *new})}


def _most_empty(old: Fingerprint, new: Fingerprint, path: str, weight: float) -> float:
    """The highest share of a batch so far, drawn towards the mean as it ages."""
    mean = old.empty_share(path)
    before = mean + (old.fields.get(path, NOTHING).most_empty - mean) * weight
    here = new.empty_share(path) if new.asked(path) >= LEAST_JUDGED else 0.0
    return max(0.0, before, here)


def psi(old: Field, new: Field) -> float | None:
    """Population stability index of a field, 0 where chance alone explains it with so many
    payloads; None where there are too few, or neither numbers nor categories."""
    if old.categories and new.categories:  # also numbers such as bedrooms: ties have no deciles
        value = quantiles.psi_of_categories(old.categories, new.categories)
        bins = len({*old.categories, *new.categories})
        n_old, n_new = sum(old.categories.values()), sum(new.categories.values())
    elif old.numbers and new.numbers:
        value = quantiles.psi_of_numbers(old.quantiles, new.quantiles)
        bins, n_old, n_new = 10, old.numbers, new.numbers
    else:
        return None
    if min(n_old, n_new) < LEAST_FOR_PSI:
        return None
    # Without any change it is about chi-squared times (1/n + 1/m): its mean, and four deviations.
    chance = (bins - 1 + 4 * (2 * (bins - 1)) ** 0.5) * (1 / n_old + 1 / n_new)
    return value if value > chance else 0.0
