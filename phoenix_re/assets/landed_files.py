"""`landed_files`: listing files from the inbox, read into `raw_listings` and set aside.

Reads the files named in its config (the inbox sensor names them), calls `collect/`, writes raw
listings, events and quarantine, and moves each file to `inbox/done/` or `inbox/refused/`. Its
metadata say which ZIPs of which market have news; a sensor materializes those.
"""

from pathlib import Path

import dagster as dg

from phoenix_re.collect.drop import land_file, set_aside
from phoenix_re.collect.files import UnrecognisedFile
from phoenix_re.markets import load_markets, market_of_zip, markets_folder
from phoenix_re.resources.mongo import MongoResource

KEY = dg.AssetKey(["files", "landed_files"])
TOUCHED = "touched_zips"  # metadata: {market: [zip, …]}


class LandedFilesConfig(dg.Config):
    paths: list[str]  # absolute; files that are gone by now are skipped


@dg.asset(
    key=KEY,
    group_name="files",
    kinds={"python", "mongodb"},
    description="Listing files from the drop folder, landed row by row; each row is accounted for.",
)
def landed_files(
    context: dg.AssetExecutionContext, config: LandedFilesConfig, mongo: MongoResource
) -> dg.MaterializeResult:
    store = mongo.get()
    markets = market_of_zip(load_markets(markets_folder()))
    rows, touched, refused = [], {}, {}
    for path in map(Path, config.paths):
        if not path.exists():
            context.log.info(f"{path.name} is gone: an earlier run has landed it")
            continue
        try:
            landed = land_file(path, store, markets)
        except UnrecognisedFile as problem:
            refused[path.name] = str(problem)
            set_aside(path, "refused")
            continue
        set_aside(path, "done")
        rows.append(landed.as_row())
        for market, zips in landed.touched.items():
            touched.setdefault(market, set()).update(zips)
    if refused and not rows:
        raise dg.Failure(
            f"No file could be read: {refused}", metadata={"refused": refused}, allow_retries=False
        )
    return dg.MaterializeResult(
        metadata={
            "files": len(rows),
            "rows_read": sum(row["read"] for row in rows),
            "by_file": dg.MetadataValue.json(rows),
            "refused": dg.MetadataValue.json(refused),
            TOUCHED: dg.MetadataValue.json({m: sorted(z) for m, z in touched.items()}),
        }
    )
