"""Real public files beside the project: every row accounted for, every change shown once.

Skipped where ../shared/data is absent; no row of it is in the project.
"""

import csv
import itertools
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from phoenix_re.collect import lookups
from phoenix_re.collect.drop import land_file
from phoenix_re.markets import load_markets, market_of_zip
from phoenix_re.mongo import MongoStore

pytestmark = pytest.mark.integration

CHANGES = "listings/armls_mlssaz_changes_2025-12.csv"
STATUSES = "listings/armls_mlssaz_statuses_2025-12.csv"


@pytest.fixture(scope="module")
def market_of() -> dict[str, str]:
    return market_of_zip(load_markets())


def test_each_file_lands_with_every_row_in_one_count(
    store: MongoStore, shared_data: Path, market_of: dict[str, str]
) -> None:
    files = [p for folder in ("listings", "text") for p in sorted((shared_data / folder).iterdir())]
    assert len(files) >= 11
    for path in files:
        landed = land_file(path, store, market_of)
        parts = landed.new + landed.changed + landed.unchanged + landed.outside
        assert parts + landed.quarantined == landed.read, path.name
        assert landed.read > 0
        assert landed.reasons.total() == landed.quarantined


def test_the_disclaimer_is_not_a_row(
    store: MongoStore, shared_data: Path, market_of: dict[str, str]
) -> None:
    landed = land_file(
        shared_data / "listings/redfin_download_phoenix_2025-05.csv", store, market_of
    )
    assert (landed.format, landed.read) == ("redfin", 122)


@pytest.mark.parametrize("order", [(CHANGES, STATUSES), (STATUSES, CHANGES)])
def test_events_reproduce_the_changes_file(
    store: MongoStore, shared_data: Path, market_of: dict[str, str], order: tuple[str, str]
) -> None:
    for name in (*order, *reversed(order)):
        land_file(shared_data / name, store, market_of)
    shown = Counter(
        (e["source_key"].partition(":")[2], e["kind"], str(e["old"]), str(e["new"]))
        for e in store.db["listing_events"].find({"superseded_at": {"$exists": False}})
        if e["kind"] != "listed"
    )
    of_the_changes_file = changes_by_hand([shared_data / CHANGES], market_of)
    assert of_the_changes_file.total() > 200
    assert {change: shown[change] for change in of_the_changes_file} == of_the_changes_file
    # Three closings of the changes file are Pending again in the newer rows of the statuses file.
    both = changes_by_hand([shared_data / CHANGES, shared_data / STATUSES], market_of)
    assert shown == both
    assert (both - of_the_changes_file).total() == 6


def changes_by_hand(paths: list[Path], market_of: dict[str, str]) -> Counter:
    """Read with the csv module alone: neighbours in time of one listing that differ."""
    history = defaultdict(list)
    for path in paths:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                if row["zip"] in market_of:
                    history[row["mls_number"]].append(row)
    expected: Counter = Counter()
    for number, rows in history.items():
        for old, new in itertools.pairwise(sorted(rows, key=lambda r: r["snapshot"])):
            if old["status"] != new["status"]:
                before, after = (lookups.standard_status(r["status"]) for r in (old, new))
                expected[number, "status_changed", str(before), str(after)] += 1
            if old["price"] != new["price"]:
                before, after = (str(round(100 * _usd(r["price"]))) for r in (old, new))
                expected[number, "price_changed", before, after] += 1
    return expected


def _usd(text: str) -> float:
    return float(text.replace("$", "").replace(",", ""))
