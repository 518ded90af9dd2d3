"""`landed_files`: listing files from the inbox, read into `raw_listings` and set aside.

Reads the files named in its config (the inbox sensor names them), calls `collect/`, writes raw
listings, events and quarantine, and moves each file to `inbox/done/` or `inbox/refused/`. A table
of one's own is recognised by the mapping that `phoenix-re import --mapping` has kept. The asset's
materializations, one a file, say which ZIPs to look at; a sensor has those computed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from phoenix_re.collect.drop import land_file, set_aside, storable_name
from phoenix_re.collect.files import UnrecognisedFile
from phoenix_re.collect.formats import MappingError
from phoenix_re.collect.landing import Landed
from phoenix_re.markets import Market, market_of_zip
from phoenix_re.mongo import MongoStore
from phoenix_re.resources.mongo import MongoResource

KEY = dg.AssetKey(["files", "landed_files"])
TOUCHED = "touched_zips"  # metadata: {market: [zip, …]}


class LandedFilesConfig(dg.Config):
    paths: list[str]  # absolute; files that are gone by now are skipped


def build_landed_files(markets: Mapping[str, Market]) -> dg.AssetsDefinition:
    """The asset; rows whose ZIP is in none of `markets` are outside."""
    market_of = market_of_zip(markets)

    @dg.asset(
        key=KEY,
        group_name=KEY.path[0],
        kinds={"python", "mongodb"},
        description="Listing files from the drop folder, landed; each row is accounted for.",
    )
    def landed_files(
        context: dg.AssetExecutionContext, config: LandedFilesConfig, mongo: MongoResource
    ) -> dg.MaterializeResult:
        fate = _Fate()
        for path in map(Path, config.paths):
            _land(context, path, mongo.get(), market_of, fate)
        if not fate.landed and (fate.refused or fate.left):
            raise dg.Failure(
                f"No file could be read: {fate.refused | fate.left}",
                metadata={"refused": fate.refused, "left": fate.left},
                allow_retries=False,
            )
        return dg.MaterializeResult(metadata=fate.metadata())

    return landed_files


def _land(
    context: dg.AssetExecutionContext,
    path: Path,
    store: MongoStore,
    market_of: Mapping[str, str],
    fate: "_Fate",
) -> None:
    name = storable_name(path)
    try:
        landed = land_file(path, store, market_of)
    except FileNotFoundError:
        context.log.info(f"{name} is gone: an earlier run has landed it")
    except UnrecognisedFile as problem:
        context.log.warning(f"refused: {problem}")
        fate.refused[name] = str(problem)
        _set_aside(context, path, "refused")
    except MappingError as problem:
        raise dg.Failure(
            f"A kept mapping cannot be used; mend or remove it: {problem}", allow_retries=False
        ) from problem
    except OSError as problem:
        context.log.warning(f"left in the inbox, to be tried again: {problem}")
        fate.left[name] = str(problem)
    else:
        # Told before the file is moved: whatever happens next, its ZIPs are known.
        context.log_event(dg.AssetMaterialization(KEY, metadata=_account(landed)))
        fate.landed.append(landed)
        _set_aside(context, path, "done")


def _set_aside(context: dg.AssetExecutionContext, path: Path, where: str) -> None:
    try:
        set_aside(path, where)
    except FileNotFoundError:
        context.log.info(f"{storable_name(path)} was set aside by another run")


@dataclass
class _Fate:
    """What became of the files."""

    landed: list[Landed] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    def metadata(self) -> dict[str, Any]:
        rows = [one.as_row() for one in self.landed]
        return {
            "files": len(rows),
            **{name: sum(row[name] for row in rows) for name in ("new", "changed", "quarantined")},
            "rows_read": sum(row["read"] for row in rows),
            "by_file": dg.MetadataValue.json(rows),
            "refused": dg.MetadataValue.json(self.refused),
            "left": dg.MetadataValue.json(self.left),
        }


def _account(landed: Landed) -> dict[str, Any]:
    """One file's materialization. `touched_zips` are the ZIPs that it changed and all ZIPs of its
    rows: a run that was killed in the middle has stored rows of which nobody was told, and to the
    run that lands the file again they are unchanged. ZIPs without news write nothing.
    """
    zips: dict[str, set[str]] = {}
    for found in (landed.touched, landed.seen):
        for market, some in found.items():
            zips.setdefault(market, set()).update(some)
    touched = {market: sorted(some) for market, some in sorted(zips.items())}
    return {
        "account": dg.MetadataValue.json(landed.as_row()),
        TOUCHED: dg.MetadataValue.json(touched),
    }
