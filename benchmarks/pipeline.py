"""Rows per second through the four stages, beside a bare loop over the same file in the same run.

The bare loop is the floor: it parses the CSV with the csv module and bulk-inserts each row as it is
into the same embedded server, with the same journaled writes, no index, no question asked. The
pipeline lands the same file (versions, events, accounting) and takes every ZIP that has listings
through the four stages' functions. `--dagster` runs the ZIPs as Dagster runs instead, as
`phoenix-re materialize` does, and shows what orchestration adds.

The bare loop stores one document a row without an index; the pipeline stores three that are found
by ZIP (listing, event, property). What the mere insertion of those costs is measured as well: no
pipeline that stores them can be faster, whatever it computes.

    .venv/bin/python benchmarks/pipeline.py [--file FEED.csv] [--dagster]

The last line is JSON: rows, seconds, rows_per_s, ratio_to_bare, peak_mb (of this process), through,
bare_seconds, insert_only_seconds.
"""

import argparse
import csv
import json
import os
import resource
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
FEED = PROJECT.parent / "shared/data/listings/armls_mlssaz_statuses_2025-12.csv"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, default=FEED)
    parser.add_argument("--dagster", action="store_true", help="through Dagster runs")
    options = parser.parse_args()
    if not options.file.exists():
        parser.exit(2, f"{options.file} is not here; give one with --file\n")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        os.environ |= {"PHOENIX_RE_HOME": home, "DAGSTER_HOME": f"{home}/dagster"}
        os.environ.pop("MONGODB_URI", None)
        measure(options.file, through_dagster=options.dagster)


def measure(path: Path, *, through_dagster: bool) -> None:
    from phoenix_re.mongo import open_store
    from phoenix_re.sandbox import mongo_server
    from phoenix_re.storage import INDEXES

    store = open_store(indexes=INDEXES)
    rows, bare = bare_loop(path, store)
    print(f"bare loop     {bare:7.2f} s   {rows / bare:8,.0f} rows/s")

    start = time.perf_counter()
    landed = land(path, store)
    landing = time.perf_counter() - start
    print(f"landing       {landing:7.2f} s   {rows / landing:8,.0f} rows/s")
    stages = run_dagster(landed) if through_dagster else run_stages(landed, store)
    for name, seconds in stages.items():
        print(f"{name:22} {seconds:7.2f} s")
    total = landing + sum(stages.values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    stored = {name: store.db[name].estimated_document_count() for name in INDEXES}
    print("stored", json.dumps(stored))
    insert_only = insert_again(store)
    print(f"insertion of that alone {insert_only:7.2f} s")
    store.client.close()
    mongo_server.stop()
    figures = {
        "rows": rows,
        "seconds": round(total, 2),
        "rows_per_s": round(rows / total, 1),
        "ratio_to_bare": round(bare / total, 4),
        "peak_mb": round(peak, 1),
        "through": "dagster" if through_dagster else "stages",
        "bare_seconds": round(bare, 2),
        "insert_only_seconds": round(insert_only, 2),
    }
    print(json.dumps(figures))


def bare_loop(path: Path, store) -> tuple[int, float]:
    start = time.perf_counter()
    rows, batch = 0, []
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            batch.append(row)
            rows += 1
            if len(batch) == 1000:
                store.db["bare"].insert_many(batch, ordered=False)
                batch = []
    if batch:
        store.db["bare"].insert_many(batch, ordered=False)
    return rows, time.perf_counter() - start


def insert_again(store) -> float:
    """Seconds to insert the stored documents once more, into new collections with that index."""
    from phoenix_re.storage import INDEXES, LISTING_EVENTS, PROPERTIES, RAW_LISTINGS

    seconds = 0.0
    for name in (RAW_LISTINGS, LISTING_EVENTS, PROPERTIES):
        documents = list(store.db[name].find())
        copy = store.db[f"{name}_again"]
        for fields in INDEXES[name]:
            copy.create_index([(field, 1) for field in fields])
        start = time.perf_counter()
        for first in range(0, len(documents), 1000):
            copy.insert_many(documents[first : first + 1000], ordered=False)
        seconds += time.perf_counter() - start
    return seconds


def land(path: Path, store) -> dict[str, set[str]]:
    from phoenix_re.collect.drop import land_file
    from phoenix_re.markets import load_markets, market_of_zip

    landed = land_file(path, store, market_of_zip(load_markets()))
    print("landed", json.dumps({k: v for k, v in landed.as_row().items() if k != "reasons"}))
    return landed.touched


def run_stages(touched: dict[str, set[str]], store) -> dict[str, float]:
    from phoenix_re import keys
    from phoenix_re.assets.zip_run import ZipRun
    from phoenix_re.assets.zip_stages import STAGE_MODULES
    from phoenix_re.markets import load_markets

    markets = load_markets()
    seconds: dict[str, float] = dict.fromkeys(keys.STAGES, 0.0)
    for code, zips in touched.items():
        for zip_code in sorted(zips):
            run = ZipRun(store, markets[code], zip_code)
            for stage in keys.STAGES:
                start = time.perf_counter()
                run.stamp(stage, STAGE_MODULES[stage].materialize(run))
                seconds[stage] += time.perf_counter() - start
    return seconds


def run_dagster(touched: dict[str, set[str]]) -> dict[str, float]:
    from phoenix_re import keys
    from phoenix_re.cli.materialize import run_zips
    from phoenix_re.markets import load_markets

    markets = load_markets()
    seconds = {}
    for code, zips in touched.items():
        start = time.perf_counter()
        run_zips(
            markets[code],
            [z for z in markets[code].zips if z in zips],
            list(keys.STAGES),
            quiet=True,
        )
        seconds[f"runs of {code}"] = time.perf_counter() - start
    return seconds


if __name__ == "__main__":
    main()
