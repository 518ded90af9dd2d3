"""Splink with its defaults over a table of listings: the peer of `matching.py`, in its own process.

Comparisons of its library at their default thresholds, u by random sampling, m by expectation
maximisation, clusters at 0.95: as its README has it. Run with the Python of `.tools/splink`, which
knows nothing of phoenix_re: LISTINGS.csv in, CLUSTERS.csv out; the last line is JSON.
"""

# pyright: reportMissingImports=false
import json
import resource
import sys
import time
from pathlib import Path

import duckdb
import splink.comparison_library as cl
from splink import (
    DuckDBAPI,
    Linker,
    SettingsCreator,
    block_on,
)

BLOCKS = (("zip", "house_number"), ("parcel",), ("zip", "living_area", "year_built"))
TRAINED_WITHIN = (("zip", "house_number"), ("zip", "living_area", "year_built"))
CLUSTERED_AT = 0.95


def main(listings: Path, clusters: Path) -> None:
    begin = time.perf_counter()
    database = duckdb.connect()
    database.execute("SET threads = 2")
    database.execute(
        "CREATE TABLE listings AS SELECT * FROM read_csv(?, header = true, all_varchar = false, "
        "types = {'unique_id': 'VARCHAR', 'zip': 'VARCHAR', 'parcel': 'VARCHAR', "
        "'house_number': 'VARCHAR', 'unit': 'VARCHAR'})",
        [str(listings)],
    )
    api = DuckDBAPI(connection=database)
    table = api.register("listings")
    linker = Linker(table, settings())
    linker.training.estimate_probability_two_random_records_match(
        [block_on("zip", "house_number", "street", "unit"), block_on("parcel")], recall=0.8
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    for columns in TRAINED_WITHIN:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns))
    pairs = linker.inference.predict(threshold_match_probability=0.5)
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, CLUSTERED_AT)
    relation = found.as_duckdbpyrelation().select("cluster_id, unique_id")
    relation.write_csv(str(clusters), header=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": time.perf_counter() - begin, "peak_mb": round(peak, 1)}))


def settings() -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.ExactMatch("house_number"),
            cl.JaroWinklerAtThresholds("street"),
            cl.ExactMatch("unit"),
            cl.ExactMatch("parcel"),
            cl.ExactMatch("mls_number"),
            cl.DistanceInKMAtThresholds("latitude", "longitude", [0.05, 0.5]),
            cl.ExactMatch("living_area"),
            cl.ExactMatch("bedrooms"),
            cl.ExactMatch("baths"),
            cl.ExactMatch("year_built"),
            cl.ExactMatch("price"),
        ],
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in BLOCKS],
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
