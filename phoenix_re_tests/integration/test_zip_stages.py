"""A market's step over a range of ZIPs: held back, refused, mended; what Dagster is told."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from phoenix_re import keys
from phoenix_re.assets.landed_files import KEY
from phoenix_re.assets.zip_stages import build_zip_stages, stage_key
from phoenix_re.automation.ranges import range_tags
from phoenix_re.build import default_resources
from phoenix_re.collect.drop import land_file
from phoenix_re.markets import load_markets, market_of_zip
from phoenix_re.mongo import MongoStore
from phoenix_re.resources.mongo import MongoResource
from phoenix_re.storage import INDEXES
from phoenix_re_tests.conftest import PROJECT

pytestmark = pytest.mark.integration

PHX = load_markets()["phx"]
FIRST, BAD, LAST = PHX.zips[30:33]
HEADER = (
    "mls_number,status,address,formatted_address,price,list_date,days_on_market,market,snapshot,zip"
)


def feed(path: Path, zip_code: str, prices: Sequence[str], snapshot: str = "2025-12-20") -> Path:
    """A status feed of active listings, one house a price."""
    rows = [
        f'{zip_code}{n:02},Active,"{n}1 W Elm ST, Phoenix, AZ {zip_code}",x,"{price}",12/01/2025,2,'
        f"Phoenix,{snapshot}T10-00-00,{zip_code}"
        for n, price in enumerate(prices, 1)
    ]
    path.write_text("\n".join([HEADER, *rows]))
    return path


def land(store: MongoStore, path: Path) -> None:
    land_file(path, store, market_of_zip({"phx": PHX}))


def run(
    store: MongoStore, instance: dg.DagsterInstance, stages: Sequence[str] = keys.STAGES
) -> dg.ExecuteInProcessResult:
    mongo = MongoResource(uri=store.uri, database=store.db.name, indexes=INDEXES)
    return dg.materialize(
        [build_zip_stages(PHX, KEY)],
        instance=instance,
        resources={**default_resources(), "mongo": mongo},
        selection=[stage_key("phx", stage) for stage in stages],
        tags=range_tags(FIRST, LAST),
        raise_on_error=False,
    )


def statuses(instance: dg.DagsterInstance, stage: str) -> dict[str, str | None]:
    partitions = dg.StaticPartitionsDefinition(list(PHX.zips))
    found = instance.get_status_by_partition(
        stage_key("phx", stage), [FIRST, BAD, LAST], partitions
    )
    return {z: status.value if status else None for z, status in (found or {}).items()}


def evaluations(result: dg.ExecuteInProcessResult) -> dict[tuple[str, str | None], Any]:
    return {(e.check_name, e.partition): e for e in result.get_asset_check_evaluations()}


def newest_cells(store: MongoStore, zip_code: str) -> dict[str, Any]:
    (*_, newest) = sorted(
        store.find_partition("market_trends", {"market": "phx", "zip": zip_code}),
        key=lambda revision: revision["revision"],
    )
    return newest["cells"]


@pytest.fixture
def instance():
    with dg.instance_for_test() as instance:
        yield instance


def test_a_zip_that_misses_a_blocking_kpi_is_held_back_alone_until_it_is_mended(
    store: MongoStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    good = ["$300,000"] * 12
    land(store, feed(tmp_path / "a.csv", FIRST, good))
    land(store, feed(tmp_path / "b.csv", BAD, [*good[:9], "$1", "call", "$2"]))
    land(store, feed(tmp_path / "c.csv", LAST, good))

    result = run(store, instance)
    assert not result.success
    for stage in keys.STAGES[:3]:
        assert statuses(instance, stage) == dict.fromkeys([FIRST, BAD, LAST], "MATERIALIZED")
    assert statuses(instance, "market_trends") == {
        FIRST: "MATERIALIZED", BAD: "FAILED", LAST: "MATERIALIZED"
    }  # fmt: skip
    checks = evaluations(result)
    assert not checks["validity", BAD].passed
    assert checks["validity", BAD].severity == dg.AssetCheckSeverity.ERROR
    assert checks["validity", FIRST].passed
    assert not checks["market_success", None].passed
    table = checks["market_validity", None].metadata["by_zip"].value.records
    assert [record.data["zip"] for record in table] == [BAD, FIRST, LAST]  # the worst first
    (failure,) = [e for e in result.all_events if e.is_step_failure]
    assert f"{BAD} (held back after validated_properties: validity 0.75" in str(failure)
    assert store.find_partition("market_trends", {"market": "phx", "zip": BAD}) == []
    held = store.find_partition("quarantine", {"market": "phx", "zip": BAD})
    assert {q["rule_id"] for q in held} == {"price.below_range", "price.unreadable"}

    alone = run(store, instance, ["market_trends"])
    assert not alone.success
    assert store.find_partition("market_trends", {"market": "phx", "zip": BAD}) == []

    land(store, feed(tmp_path / "d.csv", BAD, good, snapshot="2025-12-21"))
    mended = run(store, instance)
    assert mended.success
    assert statuses(instance, "market_trends") == dict.fromkeys([FIRST, BAD, LAST], "MATERIALIZED")
    assert store.find_partition("quarantine", {"market": "phx", "zip": BAD}) == []
    assert newest_cells(store, BAD)["inventory"]["value"] == 12


def test_a_quiet_zip_has_true_zeros_where_its_source_would_show_more(
    store: MongoStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    land(store, feed(tmp_path / "a.csv", FIRST, ["$300,000"] * 12))
    assert run(store, instance).success
    cells = newest_cells(store, FIRST)
    assert [cells[m]["value"] for m in ("delistings", "homes_sold", "pending_sales")] == [0, 0, 0]
    assert cells["median_sale_price_cents"]["method"] == "suppressed"


def download(path: Path) -> Path:
    """A Redfin download of the first house of the feed."""
    header = (PROJECT / "samples" / "redfin_download_2025-12-27.csv").read_text().splitlines()[0]
    cells = ["MLS Listing", "", "Single Family Residential", "11 W Elm St", "Phoenix", "AZ", FIRST]
    cells += ["250000", "3", "2", "", "1400", "6000", "1980", "3", "", "", "Active", "", ""]
    cells += ["https://example.com/home/1", "ARMLS", f"{FIRST}01", "N", "Y", "33.5", "-112.1"]
    path.write_text(f"{header}\n{','.join(cells)}\n")
    return path


def test_an_old_file_of_another_source_covers_no_window(
    store: MongoStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    land(store, feed(tmp_path / "feed.csv", FIRST, ["$300,000"] * 12))
    land(store, download(tmp_path / "redfin_2025-05.csv"))
    assert run(store, instance).success
    delistings = newest_cells(store, FIRST)["delistings"]
    assert (delistings["value"], delistings["window_days"]) == (0, 1)
    assert "observed since 2025-12-20" in delistings["reason"]


def test_an_undated_file_moves_no_date_where_another_is_dated(
    store: MongoStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    """A download of unknown age says Active of a home that the feed shows as sold."""
    listed = feed(tmp_path / "feed.csv", FIRST, ["$300,000"] * 12)
    listed.write_text(listed.read_text().replace("Active", "Closed", 1))
    land(store, listed)
    land(store, download(tmp_path / "download.csv"))
    assert run(store, instance).success
    cells = newest_cells(store, FIRST)
    assert (cells["inventory"]["value"], cells["inventory"]["as_of"]) == (11, "2025-12-20")
    homes = store.find_partition("properties", {"market": "phx", "zip": FIRST})
    (home,) = [home for home in homes if len(home["listing_ids"]) == 2]
    assert home["fields"]["standard_status"]["value"] == "Closed"
    assert home["fields"]["bedrooms_total"]["value"] == 3


def test_a_listing_that_moves_between_zips_is_enriched_in_any_order_of_zips(
    store: MongoStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    for zip_code, day in ((LAST, "27"), (FIRST, "28")):
        home = {
            "ListingKey": "K1", "PostalCode": zip_code, "StandardStatus": "Active",
            "ListPrice": 300000, "UnparsedAddress": "12 W Elm St", "StateOrProvince": "AZ",
            "PublicRemarks": "Sparkling private pool.",
            "ModificationTimestamp": f"2025-12-{day}T10:00:00Z",
        }  # fmt: skip
        path = tmp_path / f"reso_2025-12-{day}.json"
        path.write_text(json.dumps({"value": [home]}))
        land(store, path)
        assert run(store, instance).success  # FIRST is computed before LAST
    enriched = {e["zip"] for e in store.db["enrichments"].find()}
    assert enriched == {FIRST}


def test_a_zip_without_listings_is_materialized_with_nothing(
    store: MongoStore, instance: dg.DagsterInstance
) -> None:
    result = run(store, instance)
    assert result.success
    figures = {
        (m.asset_key.path[-1], m.partition): m.metadata
        for m in (e.materialization for e in result.get_asset_materialization_events())
    }
    assert len(figures) == 12
    assert figures["market_trends", FIRST]["cells"].value == 0
    assert store.db["market_trends"].estimated_document_count() == 0


def test_a_second_run_writes_nothing(
    store: MongoStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    land(store, feed(tmp_path / "a.csv", FIRST, ["$300,000"] * 12))
    run(store, instance)
    again = run(store, instance)
    written = [
        event.materialization.metadata["written"].value
        for event in again.get_asset_materialization_events()
        if "written" in event.materialization.metadata
    ]
    assert len(written) == 9
    assert set(written) == {0}
