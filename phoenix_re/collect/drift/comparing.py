"""What changed between what a source usually sends and a batch: notes and breaks.

A break stops the batch before it lands: a field that was practically always there is gone, its
type is another, its unit is another, or one that is read has become empty. All else is a note.
Batches are ZIPs, and ZIPs differ: so structure counts as soon as it is certain, shares only beyond
what chance and any batch before explain, and distributions never break (see `units.py`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from phoenix_re.collect.drift.fingerprints import (
    LEAST_JUDGED,
    NOTHING,
    Field,
    Fingerprint,
    psi,
)
from phoenix_re.collect.drift.units import UnitChange, unit_change
from phoenix_re.collect.drift.values import FAMILY

What = Literal["new", "missing", "retyped", "mixed", "emptier", "unit", "moved"]

_ALWAYS = 0.99  # of the payloads: practically always there
_LEAST_CERTAIN = 3  # payloads of a batch from which on structure can be certain
_CHANCE = 1e-6  # of seeing so little by accident
_Z = 4.75  # one in a million, one-sided
_SELDOM_EMPTY = 0.2  # a field emptier than this is no ground for a break
_JUMP = 0.25  # beyond the emptiest batch so far
_BATCHES = 5.0  # batches after which it is known how far ZIPs differ
_FOREIGN = 0.2  # share of another type that breaks a field that is read
_PSI = 0.2  # metrics.md §10
_PSI_OVER_USUAL = 1.5
_OTHER_MIX = 0.2  # PSI of the kinds of home


@dataclass(frozen=True, slots=True)
class Change:
    """One difference at one path; `text` is a sentence for the operator."""

    path: str
    what: What
    breaks: bool
    text: str


def compare(
    old: Fingerprint,
    new: Fingerprint,
    matters: Callable[[str], bool] = lambda path: True,
    mix: frozenset[str] = frozenset(),
) -> list[Change]:
    """What `new`, a batch, has otherwise than `old`, breaks first.

    `matters(path)`: whether the field is read. `mix`: paths that tell the kind of home; where a
    batch is of other homes than before, what it lacks is no drift.
    """
    if old.payloads < LEAST_JUDGED:
        return []
    other_homes = any(
        (psi(old.fields.get(p, NOTHING), new.fields.get(p, NOTHING)) or 0) > _OTHER_MIX for p in mix
    )
    judge = _Judge(old, new, matters, other_homes)
    changes = [change for path in sorted({*old.fields, *new.fields}) for change in judge.of(path)]
    if new.payloads >= LEAST_JUDGED:
        changes += judge.units()
    return sorted(changes, key=lambda change: (not change.breaks, change.path, change.what))


class _Judge:
    def __init__(
        self, old: Fingerprint, new: Fingerprint, matters: Callable[[str], bool], other_homes: bool
    ) -> None:
        self._old = old
        self._new = new
        self._matters = matters
        self._other_homes = other_homes

    def of(self, path: str) -> Iterator[Change]:
        old, new = self._old.fields.get(path), self._new.fields.get(path)
        if old is None:
            share = new.present / self._new.payloads if new else 0.0
            if new and (not self._old.cut or share >= 0.5):
                yield Change(path, "new", False, f"{path} is new ({_kinds(new)})")
            return
        now = new or NOTHING
        asked = self._new.asked(path)
        if asked and now.present == 0 and not self._new.cut and self._was_always(path, old.present):
            if self._is_certain(path, old.present, asked):
                text = f"{path} is gone: it was in {_share(old.present, self._old.asked(path))}"
                yield Change(path, "missing", True, f"{text} and is in none of {asked:g}")
            return
        if now.filled:
            yield from self._types(path, old, now)
            yield from self._moved(path, old, now)
        if asked:
            yield from self._emptier(path, old, asked)

    # ── structure ───────────────────────────────────────────────────────────────────────────────

    def _was_always(self, path: str, count: float) -> bool:
        asked = self._old.asked(path)
        return asked >= LEAST_JUDGED and count >= _ALWAYS * asked

    def _is_certain(self, path: str, count: float, n: float) -> bool:
        """Whether none of `n` is no accident. Few payloads count only against a flawless record."""
        asked = self._old.asked(path)
        lacking = max(0.0, asked - count)
        if n < LEAST_JUDGED and (n < _LEAST_CERTAIN or lacking > 1e-6):
            return False
        return ((lacking + 0.5) / (asked + 1)) ** n < _CHANCE

    def _types(self, path: str, old: Field, new: Field) -> Iterator[Change]:
        seen, now = _families(old), _families(new)
        foreign = {f: n for f, n in now.items() if seen.get(f, 0.0) < 0.01 * old.filled}
        strangers = sum(foreign.values())
        if old.filled < LEAST_JUDGED:
            return
        if strangers == 0:
            yield from self._written_otherwise(path, old, new)
            return
        text = f"{path} was {_kinds(old)} and is {_kinds(new)}"
        if strangers >= 0.9 * new.filled and self._is_certain_type(old, foreign, new.filled):
            yield Change(path, "retyped", True, text)
        elif new.filled >= LEAST_JUDGED and _wilson(strangers, new.filled)[0] > _FOREIGN:
            yield Change(path, "mixed", self._matters(path), text)
        elif strangers / new.filled > 0.02:
            yield Change(path, "mixed", False, text)

    def _is_certain_type(self, old: Field, foreign: dict[str, float], n: float) -> bool:
        before = sum(_families(old).get(family, 0.0) for family in foreign)
        if n < LEAST_JUDGED and (n < _LEAST_CERTAIN or before > 1e-6):
            return False
        return ((before + 0.5) / (old.filled + 1)) ** n < _CHANCE

    def _written_otherwise(self, path: str, old: Field, new: Field) -> Iterator[Change]:
        """3 where it was "3": it parses alike."""
        known = {kind for kind, n in old.kinds.items() if n >= 0.01 * old.filled}
        fresh = {kind for kind, n in new.kinds.items() if n >= 0.5 * new.filled}
        if fresh - known and new.filled >= _LEAST_CERTAIN:
            text = f"{path} was {_kinds(old)} and is {_kinds(new)}; it is read alike"
            yield Change(path, "retyped", False, text)

    # ── shares ──────────────────────────────────────────────────────────────────────────────────

    def _emptier(self, path: str, old: Field, asked: float) -> Iterator[Change]:
        before, now = self._old.empty_share(path), self._new.empty_share(path)
        seen = self._old.asked(path)
        if now <= before or seen < LEAST_JUDGED:
            return
        text = f"{path} is empty in {now:.0%} of {asked:g}; it was in {before:.1%} of {seen:.0f}"
        if now == 1 and self._was_always(path, old.filled):
            if self._is_certain(path, old.filled, asked):
                yield Change(path, "emptier", self._matters(path), text)
            return
        if asked < LEAST_JUDGED:
            return
        lowest = _wilson(now * asked, asked)[0]
        highest = _wilson(before * seen, seen)[1]
        if lowest <= highest or lowest <= old.most_empty:
            return
        breaks = (
            self._matters(path)
            and not self._other_homes
            and before <= _SELDOM_EMPTY
            and now >= old.most_empty + _JUMP
            and self._old.batches >= _BATCHES
        )
        yield Change(path, "emptier", breaks, text)

    # ── distributions ───────────────────────────────────────────────────────────────────────────

    def _moved(self, path: str, old: Field, new: Field) -> Iterator[Change]:
        value = psi(old, new)
        if value is None or not self._matters(path) or self._old.batches < _BATCHES:
            return
        if value >= _PSI and value > _PSI_OVER_USUAL * old.usual_psi:
            yield Change(path, "moved", False, f"{path} is distributed otherwise: PSI {value:.2f}")

    def units(self) -> list[Change]:
        found = {
            path: change
            for path, old in self._old.fields.items()
            if (now := self._new.fields.get(path)) is not None
            and (change := unit_change(path, old, now)) is not None
        }
        return [
            Change(
                path,
                "unit",
                not change.small or (not self._other_homes and _is_witnessed(change, found)),
                f"{path} is {change.factor:.4g} times what it was: {change.meaning}",
            )
            for path, change in found.items()
        ]


def _is_witnessed(change: UnitChange, found: dict[str, UnitChange]) -> bool:
    """Lots of town and country differ tenfold: there another field must have changed as well."""
    return not change.land or any(
        not other.land and other.factor == change.factor for other in found.values()
    )


def _families(field: Field) -> dict[str, float]:
    counts: dict[str, float] = {}
    for kind, n in field.kinds.items():
        counts[FAMILY[kind]] = counts.get(FAMILY[kind], 0.0) + n
    return counts


def _kinds(field: Field) -> str:
    """ "int", or "number text 80 %, text 20 %" """
    if not field.filled:
        return "always empty"
    shares = sorted(((n / field.filled, kind) for kind, n in field.kinds.items()), reverse=True)
    if len(shares) == 1 or shares[0][0] > 0.995:
        return shares[0][1]
    return ", ".join(f"{kind} {share:.0%}" for share, kind in shares if share >= 0.005)


def _share(count: float, total: float) -> str:
    return f"{count / total:.1%} of {total:.0f}"


def _wilson(k: float, n: float) -> tuple[float, float]:
    """Wilson's interval for a share at one in a million, one-sided."""
    p, z2 = k / n, _Z * _Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
