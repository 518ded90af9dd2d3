"""One ZIP in one run: where it is in the store, what its listings are, what each stage says of it.

The four stage modules take a `ZipRun` and return a `ZipOutcome`; `zip_stages.py` turns the outcome
into Dagster's events; `stamp` keeps the newest one per stage in the store, for the next stage, the
CLI and the market-wide checks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from phoenix_re.collect.formats import read_record
from phoenix_re.collect.outcome import Outcome
from phoenix_re.markets import Market
from phoenix_re.mongo import Document, MongoStore
from phoenix_re.storage import PARTITIONS, RAW_LISTINGS
from phoenix_re.validate.quality import KpiResult

if TYPE_CHECKING:
    from phoenix_re.enrich.asking import Inquiry, Pending


@dataclass(frozen=True, slots=True)
class ZipOutcome:
    """`figures` are plain numbers and strings that the UI plots; `held_back` says why, if so."""

    figures: Mapping[str, int | float | str]
    kpis: Mapping[str, KpiResult] = field(default_factory=dict)
    held_back: str | None = None


class HeldBackError(Exception):
    """The stage before has not run here, or the ZIP missed a blocking KPI in it."""


def nobody_asked() -> Sequence[Outcome]:
    """A run that collects nothing, such as one of later stages only."""
    return ()


@dataclass(frozen=True)
class Reader:
    """The model that reads a run's remarks along with the rules, or why none does."""

    inquiry: "Inquiry | None" = None
    why: str = "this run asks no model"

    def named(self, rules: str) -> str:
        """Who reads, for people."""
        return rules if self.inquiry is None else f"{rules} + {self.inquiry.extractor}"


@dataclass(frozen=True)
class ZipRun:
    store: MongoStore
    market: Market
    zip_code: str
    collected: Callable[[], Sequence[Outcome]] = nobody_asked
    """What the sources did for the ZIP; waits until all have been asked."""
    asked: Reader = Reader()

    @property
    def where(self) -> dict[str, str]:
        """The filter that finds this ZIP in every collection."""
        return {"market": self.market.code, "zip": self.zip_code}

    @cached_property
    def raw_listings(self) -> list[Document]:
        """Read once, after collecting, so that all stages of a run speak of the same listings."""
        return self.store.find_partition(RAW_LISTINGS, self.where)

    @cached_property
    def remarks(self) -> list[tuple[Document, str]]:
        """The listings that have public remarks, as last seen, with them."""
        found = [
            (one, read_record(one["source"], one["versions"][-1]["payload"]).public_remarks)
            for one in self.raw_listings
        ]
        return [(listing, remarks) for listing, remarks in found if remarks]

    @cached_property
    def pending(self) -> "Pending | None":
        """The model's answers to the remarks, asked for at the first look; None: of nobody."""
        if self.asked.inquiry is None:
            return None
        texts = [remarks for _, remarks in self.remarks]
        return self.asked.inquiry.ask(texts, urgent=self.zip_code in self.market.priority_zips)

    def stamp(self, stage: str, outcome: ZipOutcome) -> None:
        """Record the outcome as the newest of this stage."""
        document = {
            "_id": self._stamp_id(stage),
            **self.where,
            "stage": stage,
            "figures": dict(outcome.figures),
            "kpis": {name: asdict(kpi) for name, kpi in outcome.kpis.items()},
            "held_back": outcome.held_back,
            "materialized_at": datetime.now(UTC).replace(microsecond=0),
        }
        self.store.upsert(PARTITIONS, [document])

    def last_materialized_at(self, stage: str) -> datetime | None:
        """When `stage` was stamped last for this ZIP; None: never."""
        found = self.store.find_ids(PARTITIONS, [self._stamp_id(stage)])
        return found[0]["materialized_at"] if found else None

    def refuse_if_held_back(self, stage: str) -> None:
        """Raise `HeldBackError` if `stage` has not run or ended beyond a blocking KPI."""
        found = self.store.find_ids(PARTITIONS, [self._stamp_id(stage)])
        if not found:
            raise HeldBackError(f"{stage} has not run for this ZIP; materialize it first")
        if found[0]["held_back"]:
            raise HeldBackError(found[0]["held_back"])

    def _stamp_id(self, stage: str) -> str:
        return f"{self.market.code}|{self.zip_code}|{stage}"
