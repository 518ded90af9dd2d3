"""Batches judged against the stored fingerprint, which follows those that hold.

`fingerprints` has one document per source, market and format; `drift` keeps the broken batches:
what changed, when, where, and a few payloads as received. Payloads come here cleaned of personal
data. The caller raises, falls back and lands; what a payload holds raises nothing here.
"""

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from phoenix_re.collect.clock import Clock, SystemClock
from phoenix_re.collect.drift.comparing import Change, compare
from phoenix_re.collect.drift.fingerprints import Fingerprint, fingerprint, merge
from phoenix_re.collect.formats.form import Format, normalise
from phoenix_re.collect.landing import Store
from phoenix_re.collect.versions import Document, digest
from phoenix_re.storage import DRIFT, FINGERPRINTS

MOST_SAMPLES = 5  # payloads kept of a broken batch
MOST_SAMPLED = 200_000  # characters of JSON that they may have together
_REMEMBERED = 500  # batches that are known to be in a fingerprint
_ATTEMPTS = 8
_KINDS = frozenset({"property_type", "property_sub_type"})
_PLACES = frozenset(  # of course they differ from ZIP to ZIP
    {"latitude", "longitude", "listing_id", "parcel_number", "city", "county_or_parish"}
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Sentences for the report; with one break or more the batch must not land."""

    notes: list[str]
    breaks: list[str]
    changes: tuple[Change, ...] = ()


def matters(form: Format) -> Callable[[str], bool]:
    """Whether a path is one that the format reads: its own name, or the key that it is under."""
    exact, prefixes = _columns(
        [
            *(name for f in (*form.fields, form.zip) for name in f.columns),
            *(name for names in form.signature for name in names),
            *(name for total in form.sums for name in total.weights),
            *(form.observed_at.columns if form.observed_at else ()),
        ]
    )

    def is_read(path: str) -> bool:
        top = normalise(path.partition(".")[0].removesuffix("[]"))
        return normalise(path) in exact or top in exact or top.startswith(prefixes)

    return is_read


def kinds_of_home(form: Format) -> frozenset[str]:
    """The paths of a format that tell what kind of home it is."""
    return _columns_of(form, _KINDS)


def _columns_of(form: Format, names: frozenset[str]) -> frozenset[str]:
    return frozenset(column for f in form.fields if f.name in names for column in f.columns)


def _columns(names: Iterable[str]) -> tuple[frozenset[str], tuple[str, ...]]:
    known = [normalise(name) for name in names]
    prefixes = tuple(name[:-1] for name in known if name.endswith("*"))
    return frozenset(known), prefixes


class Drift:
    """Judges, remembers and accepts. Safe among threads and processes."""

    def __init__(self, store: Store, clock: Clock | None = None) -> None:
        self._db = store.db
        self._clock = clock or SystemClock()
        self._turn = threading.Lock()  # lanes of one process do not race for one document

    def judge(
        self,
        source: str,
        market: str,
        form: Format,
        payloads: Sequence[Mapping[str, Any]],
        *,
        zip_code: str = "",
    ) -> Verdict:
        """What a batch has otherwise than those before it. One that holds becomes part of the
        fingerprint, once; one that breaks is kept in `drift` and does not."""
        if not payloads:
            return Verdict([], [])
        batch = fingerprint(payloads)
        place = _Place(source, market, form.name, zip_code)
        with self._turn:
            changes = self._judged(place, form, batch)
            broken = [change for change in changes if change.breaks]
            if broken:
                self._keep(place, broken, batch, payloads)
            else:
                self._recovered(place)
        return Verdict(
            [change.text for change in changes if not change.breaks],
            [change.text for change in broken],
            tuple(changes),
        )

    def accept(self, source: str, market: str) -> list[str]:
        """Take the open broken batches for the new shape; the names of the formats concerned.

        The fingerprint of each format starts again from these batches. None open: [].
        """
        there = self._db[DRIFT].find(_of(source, market))
        found = [d for d in there if d["state"] == "open" and "batch" in d]
        formats = sorted({d["format"] for d in found})
        with self._turn:
            for name in formats:
                batches = [
                    Fingerprint.of_document(d["batch"]) for d in found if d["format"] == name
                ]
                shape = batches[0]
                for batch in batches[1:]:
                    shape = merge(shape, batch)
                self._replace(_Place(source, market, name, ""), shape)
            for document in found:
                self._close(document["_id"], "accepted")
        return formats

    # ── the fingerprint ─────────────────────────────────────────────────────────────────────────

    def _judged(self, place: "_Place", form: Format, batch: Fingerprint) -> list[Change]:
        """Compare and, if it holds, merge. Another process may be quicker: then once more."""
        mark = digest(batch.to_document())[:16]
        changes: list[Change] = []
        for _ in range(_ATTEMPTS):
            stored = self._db[FINGERPRINTS].find_one({"_id": place.shape_id})
            if stored is None:
                if self._insert(place, batch, [mark]):
                    return []
                continue
            known = Fingerprint.of_document(stored["shape"])
            places = {*_columns_of(form, _PLACES), *form.zip.columns}
            changes = [
                change
                for change in compare(known, batch, matters(form), kinds_of_home(form))
                if change.what != "moved" or change.path not in places
            ]
            if mark in stored["recent"] or any(change.breaks for change in changes):
                return changes
            now = self._clock.now()
            days = (now - stored["updated_at"]).total_seconds() / 86_400
            shape = merge(known, batch, days)
            recent = [*stored["recent"], mark][-_REMEMBERED:]
            document = self._document(place, shape, recent, stored["revision"] + 1, now)
            where = {"_id": place.shape_id, "revision": stored["revision"]}
            if self._db[FINGERPRINTS].replace_one(where, document).matched_count:
                return changes
        return changes  # the batch was judged; that it is not in the statistics harms nobody

    def _insert(self, place: "_Place", shape: Fingerprint, recent: list[str]) -> bool:
        document = self._document(place, shape, recent, 1, self._clock.now())
        try:
            self._db[FINGERPRINTS].insert_one(document)
        except DuplicateKeyError:
            return False
        return True

    def _replace(self, place: "_Place", shape: Fingerprint) -> None:
        stored = self._db[FINGERPRINTS].find_one({"_id": place.shape_id}, {"revision": 1})
        revision = stored["revision"] + 1 if stored else 1
        document = self._document(place, shape, [], revision, self._clock.now())
        self._db[FINGERPRINTS].replace_one({"_id": place.shape_id}, document, upsert=True)

    @staticmethod
    def _document(
        place: "_Place", shape: Fingerprint, recent: list[str], revision: int, now: datetime
    ) -> Document:
        return {
            "_id": place.shape_id,
            "source": place.source,
            "market": place.market,
            "format": place.format,
            "revision": revision,
            "updated_at": now,
            "recent": recent,
            "shape": shape.to_document(),
        }

    # ── broken batches ──────────────────────────────────────────────────────────────────────────

    def _keep(
        self,
        place: "_Place",
        broken: Sequence[Change],
        batch: Fingerprint,
        payloads: Sequence[Mapping[str, Any]],
    ) -> None:
        """One document per place and set of changes: a drift that goes on does not pile up."""
        key = f"{place.id}|{digest([[c.path, c.what] for c in broken])[:12]}"
        now = self._clock.now()
        stored = self._db[DRIFT].find_one({"_id": key}, {"first_at": 1, "times": 1, "state": 1})
        goes_on = stored is not None and stored["state"] == "open"
        document = {
            "_id": key,
            "source": place.source,
            "market": place.market,
            "zip": place.zip,
            "format": place.format,
            "state": "open",
            "reasons": [{"path": c.path, "what": c.what, "text": c.text} for c in broken],
            "first_at": stored["first_at"] if stored and goes_on else now,
            "last_at": now,
            "times": stored["times"] + 1 if stored and goes_on else 1,
            "payloads_in_batch": len(payloads),
            "payloads": _sample(payloads),
            "batch": batch.to_document(),
        }
        self._db[DRIFT].replace_one({"_id": key}, document, upsert=True)

    def _recovered(self, place: "_Place") -> None:
        """The same place has its usual shape again: nobody should accept the broken one now."""
        where = _of(place.source, place.market)
        for document in self._db[DRIFT].find(where, {"state": 1, "format": 1, "zip": 1}):
            same = (document["format"], document["zip"]) == (place.format, place.zip)
            if same and document["state"] == "open":
                self._close(document["_id"], "recovered")

    def _close(self, key: str, state: str) -> None:
        change = {"state": state, "closed_at": self._clock.now()}
        self._db[DRIFT].update_one({"_id": key}, {"$set": change})


@dataclass(frozen=True, slots=True)
class _Place:
    source: str
    market: str
    format: str
    zip: str

    @property
    def shape_id(self) -> str:
        return f"{self.source}|{self.market}|{self.format}"

    @property
    def id(self) -> str:
        return f"{self.shape_id}|{self.zip}"


def _of(source: str, market: str) -> Document:
    return {"source": source, "market": market}


def _sample(payloads: Sequence[Mapping[str, Any]]) -> list[str]:
    """The first payloads as JSON texts: any key and number fits into a text."""
    kept: list[str] = []
    left = MOST_SAMPLED
    for payload in payloads[:MOST_SAMPLES]:
        text = json.dumps(payload, default=str, ensure_ascii=True)
        if len(text) <= left:
            kept.append(text)
            left -= len(text)
    return kept
