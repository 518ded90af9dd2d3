"""The ZIP stages of a market as one step: four asset nodes, a partition per ZIP, partial success.

Why one `multi_asset` and not four assets: in a run over a range of ZIPs a raised error skips the
downstream assets of *all* ZIPs, and a blocking check would stop them all. Here each ZIP walks
through the selected stages by itself; a good ZIP gets its materializations and check results, a
bad one is left out, and the step fails at the end naming the bad ones. Dagster then shows exactly
those ZIPs as failed, and "retry from failure" runs just those.

What a stage does is in its own module; nothing here knows listings.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from types import ModuleType
from typing import Any

import dagster as dg
from pymongo.errors import ConnectionFailure

from phoenix_re import home, keys
from phoenix_re.assets import llm_enriched, market_trends, raw_listings, validated_properties
from phoenix_re.assets.collection import (
    COLLECTING_STAGE,
    collected_from,
    open_collecting,
    sources_check_spec,
    told,
)
from phoenix_re.assets.enriching import READING_STAGE, open_reading, read_told
from phoenix_re.assets.validated_properties import judge_run
from phoenix_re.assets.zip_run import HeldBackError, ZipOutcome, ZipRun
from phoenix_re.checks.kpis import (
    KPI_STAGE,
    market_check_specs,
    market_evaluations,
    zip_check_specs,
    zip_evaluations,
)
from phoenix_re.collect.formats import register_mappings
from phoenix_re.markets import Market

STAGE_MODULES: Mapping[str, ModuleType] = {
    "raw_listings": raw_listings,
    "llm_enriched": llm_enriched,
    "validated_properties": validated_properties,
    "market_trends": market_trends,
}

AHEAD = 8  # ZIPs whose listings are held in memory while a model reads those of the first

progress_log = logging.getLogger("phoenix_re.zips")
"""A record per finished ZIP with `.market`, `.zip`, `.failure` (None: good), for progress bars."""


def zip_partitions(market: Market) -> dg.StaticPartitionsDefinition:
    """The market's ZIPs in the order of its file."""
    return dg.StaticPartitionsDefinition(list(market.zips))


def stage_key(market: str, stage: str) -> dg.AssetKey:
    return dg.AssetKey(keys.asset_key_path(market, stage))


def build_zip_stages(
    market: Market, landed_files: dg.AssetKey, markets: Mapping[str, Market] | None = None
) -> dg.AssetsDefinition:
    """The market's `multi_asset`: `[market, stage]` for each stage, ZIP-partitioned.

    `markets`: all there are (a listing that a source finds in another one's ZIP is that one's);
    default: this one.
    """
    partitions = zip_partitions(market)
    markets = markets or {market.code: market}

    @dg.multi_asset(
        name=keys.pipeline_name(market.code),
        specs=list(_specs(market, partitions, landed_files)),
        check_specs=[
            *zip_check_specs(market, partitions),
            *market_check_specs(market),
            sources_check_spec(market),
        ],
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.multi_run(market.schedule.chunk_zips),
        op_tags=keys.run_tags(market.code),
        required_resource_keys={"mongo", "webshare", "ollama", *collected_from(market)},
    )
    def zip_stages(context: dg.AssetExecutionContext) -> Iterator[Any]:
        selected = [
            s for s in keys.STAGES if stage_key(market.code, s) in context.selected_asset_keys
        ]
        if not selected:
            raise dg.Failure(
                f"These checks are results of {COLLECTING_STAGE} and {KPI_STAGE}: materialize "
                "those for the ZIPs instead.",
                allow_retries=False,
            )
        if not context.has_partition_key and not context.has_partition_key_range:
            raise dg.Failure("Choose ZIPs: a partition or a range of them.", allow_retries=False)
        wanted_checks = context.selected_asset_check_keys
        resources = context.resources
        store = resources.mongo.get()
        register_mappings(home.mappings())
        failures: dict[str, str] = {}
        zips_in_run = len(context.partition_keys)
        collects = COLLECTING_STAGE in selected
        with (
            open_collecting(
                resources, markets, market, context.partition_keys if collects else ()
            ) as run,
            open_reading(resources, store, market, selected) as reader,
        ):

            def ended(walk: _Walk) -> None:
                if walk.failure:
                    failures[walk.run.zip_code] = walk.failure

            walks = (
                _Walk(ZipRun(store, market, zip_code, partial(run.outcomes, zip_code), reader))
                for zip_code in run.zips or context.partition_keys
            )
            events = _events(walks, selected, ended)
            summary = told(store, market, run, context.run.run_id) if collects else ()
            for event in chain(events, summary, read_told(market, reader)):
                if not isinstance(event, dg.AssetCheckEvaluation) or (
                    event.asset_check_key in wanted_checks
                ):
                    yield event
            calls = run.reports()
        if KPI_STAGE in selected:
            figures = judge_run(store, market, context.run.run_id, failures, zips_in_run, calls)
            for evaluation in market_evaluations(store, market, figures):
                if evaluation.asset_check_key in wanted_checks:
                    yield evaluation
        if failures:
            raise dg.Failure(
                f"{len(failures)} of {zips_in_run} ZIPs failed: "
                + "; ".join(f"{z} ({why})" for z, why in list(failures.items())[:10]),
                metadata={"failed_zips": dg.MetadataValue.json(failures)},
                allow_retries=False,
            )

    return zip_stages


def _specs(
    market: Market, partitions: dg.PartitionsDefinition, landed_files: dg.AssetKey
) -> Iterator[dg.AssetSpec]:
    upstream = landed_files
    for stage in keys.STAGES:
        key = stage_key(market.code, stage)
        yield dg.AssetSpec(
            key,
            deps=[upstream],
            description=STAGE_MODULES[stage].DESCRIPTION,
            code_version=STAGE_MODULES[stage].CODE_VERSION,
            group_name=keys.group_name(market.code),
            kinds=set(keys.asset_kinds(stage)),
            owners=list(market.owners),
            tags=keys.asset_tags(market.code, stage),
            partitions_def=partitions,
            skippable=True,
        )
        upstream = key


def _events(
    walks: Iterable["_Walk"], stages: list[str], ended: Callable[["_Walk"], None]
) -> Iterator[Any]:
    """All ZIPs through all stages, in their order. While a model reads the remarks of one, the next
    are collected, up to `AHEAD` of them."""
    first = [stage for stage in stages if stage == COLLECTING_STAGE]
    rest = [stage for stage in stages if stage != COLLECTING_STAGE]
    reading: deque[_Walk] = deque()
    for walk in walks:
        yield from walk.through(first)
        if READING_STAGE in rest:
            walk.begin_reading()
        reading.append(walk)
        while reading and (reading[0].is_read or len(reading) > AHEAD):
            yield from _to_the_end(reading.popleft(), rest, ended)
    while reading:
        yield from _to_the_end(reading.popleft(), rest, ended)


def _to_the_end(
    walk: "_Walk", stages: list[str], ended: Callable[["_Walk"], None]
) -> Iterator[Any]:
    yield from walk.through(stages)
    market, zip_code = walk.run.market.code, walk.run.zip_code
    progress_log.info(
        "%s %s: %s", market, zip_code, walk.failure or "done",
        extra={"market": market, "zip": zip_code, "failure": walk.failure},
    )  # fmt: skip
    ended(walk)


@dataclass(slots=True)
class _Walk:
    """One ZIP on its way through the stages; `failure` says where and why it stopped."""

    run: ZipRun
    failure: str | None = None

    def begin_reading(self) -> None:
        """Hand the remarks to the model; nobody waits for it yet."""
        if self.failure is None:
            try:
                _ = self.run.pending
            except ConnectionFailure:
                raise
            except Exception as error:  # noqa: BLE001 - one bad ZIP must not take down the others
                self.failure = f"{READING_STAGE}: {type(error).__name__}: {error}"

    @property
    def is_read(self) -> bool:
        """Whether going on would wait for nobody."""
        return self.failure is not None or self.run.pending is None or self.run.pending.is_ready

    def through(self, stages: list[str]) -> Iterator[Any]:
        if self.failure is not None:
            return
        market, zip_code = self.run.market, self.run.zip_code
        for stage in stages:
            try:
                outcome = self._materialize(stage)
            except ConnectionFailure:
                raise  # the store is gone: every further ZIP would wait for it and fail too
            except HeldBackError as held:
                self.failure = f"held back before {stage}: {held}"
                return
            except Exception as error:  # noqa: BLE001 - one bad ZIP must not take down the others
                self.failure = f"{stage}: {type(error).__name__}: {error}"
                return
            yield dg.AssetMaterialization(
                stage_key(market.code, stage), partition=zip_code, metadata=dict(outcome.figures)
            )
            yield from zip_evaluations(market, zip_code, outcome.kpis)
            if outcome.held_back:
                self.failure = f"held back after {stage}: {outcome.held_back}"
                return

    def _materialize(self, stage: str) -> ZipOutcome:
        position = keys.STAGES.index(stage)
        if position:
            self.run.refuse_if_held_back(keys.STAGES[position - 1])
        materialize: Callable[[ZipRun], ZipOutcome] = STAGE_MODULES[stage].materialize
        outcome = materialize(self.run)
        self.run.stamp(stage, outcome)
        return outcome
