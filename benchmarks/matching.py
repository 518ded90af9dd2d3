"""How well and how fast listings are matched, beside Splink's defaults and an exact-address join.

The truth is the sandbox's, made harder (`matching_world.py`): three witnesses, 100,000 listings.
Ours runs as in production, ZIP by ZIP, from the record to the homes, on one core. The weights of
the model were made on another seed (`--train`, which writes `weights.json`).

    make bench-matching        (or .venv/bin/python benchmarks/matching.py [--listings 20000])

The last line is JSON. `precision`, `recall`: of pairs of listings of one home, what blocking
misses counted; `over_merge`: homes that hold listings of two; `duplicate_rate_upper`: homes that
are served more than once / homes served, upper end of the exact one-sided 95 % interval;
`uncertain`: pairs for the review queue, `uncertain_right`: share of them that are one home;
`beyond_exact_keys`, `beyond_exact_address`: share of true pairs that these alone do not join;
`seconds_100k`: per 100,000 listings; `peak_mb`: of a process that matches as many in one call;
`per_record_growth_10k_1m`: CPU seconds per listing in one call of 1,000,000 / of 10,000;
`splink_default`, `exact_join`: the peers, the same listings.
"""

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from matching_train import judged_pairs, train
from matching_world import Told, faults_in_words, markets, told_of
from scipy.stats import beta

from phoenix_re.markets import Market
from phoenix_re.validate.address import address_key
from phoenix_re.validate.matching import identify, match

TRAINED_ON, JUDGED_ON = 20260101, 20260202  # seeds
HOMES_PER_ZIP = 1000  # of the sandbox; with the lookalikes about 1,060
ONE_CALL = (10_000, 100_000, 1_000_000)
PROJECT = Path(__file__).resolve().parents[1]
PEER = PROJECT / "benchmarks" / "matching_splink.py"
PEER_PYTHON = PROJECT / ".tools" / "splink" / "bin" / "python"
COLUMNS = (
    *("unique_id", "zip", "house_number", "street", "unit", "parcel", "latitude", "longitude"),
    *("living_area", "bedrooms", "baths", "year_built", "lot_size", "price", "mls_number"),
)


@dataclass
class World:
    """What was told, ZIP by ZIP, and of which home each listing is true."""

    told: dict[str, list[Told]] = field(default_factory=dict)
    market_of: dict[str, Market] = field(default_factory=dict)
    house: dict[str, str] = field(default_factory=dict)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--listings", type=int, default=100_000)
    parser.add_argument("--train", action="store_true", help="make weights.json anew")
    parser.add_argument("--quick", action="store_true", help="no growth, no Splink")
    parser.add_argument("--one-call", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one_call:
        print(json.dumps(one_call(options.one_call)))
    elif options.train:
        world = world_of(options.listings, TRAINED_ON)
        made = train(judged_pairs(world.told, world.market_of), TRAINED_ON)
        print(json.dumps(made["made"] | {k: v for k, v in made.items() if k != "made"}))
    else:
        print(json.dumps(measure(options.listings, quick=options.quick)))


def world_of(listings: int, seed: int) -> World:
    """As many ZIPs of all markets as it takes."""
    world = World()
    for zip5, market, told in zips_of(listings, seed):
        world.told[zip5], world.market_of[zip5] = told, market
        world.house.update((t.listing_id, t.house) for t in told)
    return world


def zips_of(listings: int, seed: int) -> Iterator[tuple[str, Market, list[Told]]]:
    """ZIPs of all markets mixed, until there are so many listings."""
    zips = [(zip5, market) for market in markets().values() for zip5 in market.zips]
    Random(seed).shuffle(zips)
    left = listings
    for zip5, market in zips:
        if left > 0:
            told = told_of(market, zip5, HOMES_PER_ZIP, seed)[:left]
            left -= len(told)
            yield zip5, market, told


def measure(listings: int, *, quick: bool) -> dict[str, Any]:
    cost = {} if quick else growth()  # first: a child's peak begins at its parent's
    world = world_of(listings, JUDGED_ON)
    begin, began_cpu = time.perf_counter(), time.process_time()
    results = {
        zip5: match(
            identify(t.listing_id, t.record, zip5, world.market_of[zip5], t.founded_at)
            for t in told
        )
        for zip5, told in world.told.items()
    }
    seconds, cpu = time.perf_counter() - begin, time.process_time() - began_cpu
    homes = [[i.listing_id for i in home] for r in results.values() for home in r.homes]
    doubts = [link for r in results.values() for link in r.uncertain]
    right = sum(world.house[link.a] == world.house[link.b] for link in doubts)
    result: dict[str, Any] = {
        "listings": listings,
        "zips": len(world.told),
        **score(homes, world.house),
        "uncertain": len(doubts),
        "uncertain_right": round(right / len(doubts), 4) if doubts else None,
        "links": dict(Counter(link.because for r in results.values() for link in r.links)),
        "seconds_100k": round(seconds / listings * 100_000, 2),
        "cpu_seconds_100k": round(cpu / listings * 100_000, 2),
        "faults": faults_in_words(),
        "exact_join": exact_join(world),
    }
    show("ours", result)
    show("exact address", result["exact_join"])
    keys = exact_keys(world)
    show("exact keys", keys)
    result["beyond_exact_keys"] = round(1 - keys["recall"], 4)
    result["beyond_exact_address"] = round(1 - result["exact_join"]["recall"], 4)
    if not quick:
        result["splink_default"] = splink_default(world)
        show("Splink", result["splink_default"])
    return result | cost


def show(name: str, scored: Mapping[str, Any]) -> None:
    names = ("precision", "recall", "over_merge", "duplicate_rate_upper", "seconds_100k")
    print(f"{name:14}", *(f"{n} {scored[n]}" for n in names if n in scored), flush=True)


def score(homes: Sequence[Sequence[str]], house: Mapping[str, str]) -> dict[str, Any]:
    """Pairs and homes against the truth (metrics.md §11)."""
    true = Counter(house[listing_id] for home in homes for listing_id in home)
    found = right = mixed = 0
    for home in homes:
        within = Counter(house[listing_id] for listing_id in home)
        found += _pairs(len(home))
        right += sum(map(_pairs, within.values()))
        mixed += len(within) > 1
    doubled = (
        len(homes)
        - len(true)
        + sum(len({house[listing_id] for listing_id in home}) - 1 for home in homes)
    )
    return {
        "precision": round(right / found, 5),
        "recall": round(right / sum(map(_pairs, true.values())), 5),
        "over_merge": round(mixed / len(homes), 6),
        "homes": len(homes),
        "duplicate_rate": round(doubled / len(homes), 5),
        "duplicate_rate_upper": round(float(beta.ppf(0.95, doubled + 1, len(homes) - doubled)), 5),
    }


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


# ── peers ───────────────────────────────────────────────────────────────────────────────────────


def exact_join(world: World) -> dict[str, Any]:
    """The join that anyone would write: one address in capitals, its parts abbreviated, one ZIP."""
    begin = time.perf_counter()
    found: dict[Hashable, list[str]] = defaultdict(list)
    for zip5, told in world.told.items():
        for t in told:
            found[address_key(t.record.unparsed_address, zip5) or t.listing_id].append(t.listing_id)
    seconds = time.perf_counter() - begin
    count = len(world.house)
    return score(list(found.values()), world.house) | {
        "seconds_100k": round(seconds / count * 100_000, 2)
    }


def exact_keys(world: World) -> dict[str, Any]:
    """Ours without what the model joins."""
    homes: list[list[str]] = []
    for zip5, told in world.told.items():
        identities = [
            identify(t.listing_id, t.record, zip5, world.market_of[zip5], t.founded_at)
            for t in told
        ]
        result = match(identities)
        parent = {i.listing_id: i.listing_id for i in identities}

        def root(name: str, parent: dict[str, str] = parent) -> str:
            while parent[name] != name:
                name = parent[name]
            return name

        for link in result.links:
            if link.because != "model":
                parent[root(link.b)] = root(link.a)
        found: dict[str, list[str]] = defaultdict(list)
        for name in parent:
            found[root(name)].append(name)
        homes += found.values()
    return score(homes, world.house)


def splink_default(world: World) -> dict[str, Any]:
    """Splink with comparisons and thresholds as its documentation has them, in its own process."""
    with tempfile.TemporaryDirectory() as folder:
        table, clusters = Path(folder, "listings.csv"), Path(folder, "clusters.csv")
        with table.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(rows(world))
        ran = subprocess.run(
            [PEER_PYTHON, PEER, table, clusters], check=True, capture_output=True, text=True
        )
        spent = json.loads(ran.stdout.splitlines()[-1])
        found: dict[str, list[str]] = defaultdict(list)
        with clusters.open(newline="") as file:
            for row in csv.DictReader(file):
                found[row["cluster_id"]].append(row["unique_id"])
    count = len(world.house)
    return score(list(found.values()), world.house) | {
        "seconds_100k": round(spent.pop("seconds") / count * 100_000, 2),
        **spent,
    }


def rows(world: World) -> Iterator[tuple[Any, ...]]:
    """What Splink is given: the same facts, and the address in the parts that we read it into."""
    for zip5, told in world.told.items():
        for t in told:
            r, key = t.record, address_key(t.record.unparsed_address, zip5)
            number = f"{r.x_mls}|{r.listing_id}" if r.listing_id else None
            street = key._replace(house_number="", unit="").display.strip() if key else None
            yield (
                *(t.listing_id, zip5, key and key.house_number, street),
                *(key and (key.unit or "none"), r.parcel_number),
                *(r.latitude, r.longitude, r.living_area, r.bedrooms_total),
                *(r.x_bathrooms_decimal, r.year_built, r.lot_size_square_feet),
                *(r.list_price_cents, number),
            )


# ── cost ────────────────────────────────────────────────────────────────────────────────────────


def growth() -> dict[str, Any]:
    """One call for all, which production never makes: does a listing cost more among many?"""
    costs = {}
    for count in ONE_CALL:
        command = [sys.executable, __file__, "--one-call", str(count)]
        ran = subprocess.run(command, check=True, capture_output=True, text=True)
        costs[count] = json.loads(ran.stdout.splitlines()[-1])
        print(f"{count:>9,} in one call: {costs[count]}", flush=True)
    per_record = {n: cost["cpu_seconds"] / n for n, cost in costs.items()}
    return {
        "peak_mb": costs[100_000]["peak_mb"],
        "one_call": {str(n): cost for n, cost in costs.items()},
        "per_record_growth_10k_1m": round(per_record[1_000_000] / per_record[10_000], 3),
    }


def one_call(count: int) -> dict[str, Any]:
    identities = [
        identify(t.listing_id, t.record, zip5, market, t.founded_at)
        for zip5, market, told in zips_of(count, JUDGED_ON)
        for t in told
    ]
    begin = time.process_time()
    result = match(identities)
    seconds = time.process_time() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu_seconds": round(seconds, 3), "homes": len(result.homes), "peak_mb": round(peak, 1)}


if __name__ == "__main__":
    main()
