"""Real files of three sources through validation, read where they lie: every row, every merge."""

import csv
from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest

from phoenix_re.collect.formats import format_named
from phoenix_re.collect.listing import RawListing
from phoenix_re.validate.address import address_key
from phoenix_re.validate.canonical import read_property
from phoenix_re.validate.properties import ZipProperties, build_properties
from phoenix_re.validate.quality import zip_quality

from .listings import DATA, a_market

SERVED = datetime(2025, 12, 28, tzinfo=UTC)
FILES = {
    "mls_status_feed": "armls_mlssaz_statuses_2025-12.csv",
    "redfin": "redfin_download_phoenix_2025-05.csv",
    "zillow_maricopa_rent_2021": "zillow_maricopa_rent_2021.csv",
}
MARKET = a_market()


def raw_by_zip() -> dict[str, list[dict]]:
    by_zip: dict[str, dict[str, dict]] = defaultdict(dict)
    for source, name in FILES.items():
        path = DATA / "listings" / name
        if not path.is_file():
            pytest.skip(f"no real data at {path}")
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            layout = format_named(source).layout(tuple(reader.fieldnames or ()))
            for number, row in enumerate(reader, start=1):
                listing = layout.listing(dict(row), SERVED, number)
                if isinstance(listing, RawListing):
                    by_zip[listing.zip][listing.listing_id] = document_of(listing)
    return {zip5: list(documents.values()) for zip5, documents in by_zip.items()}


def document_of(listing: RawListing) -> dict:
    only_version = {
        "content_hash": listing.content_hash,
        "payload": listing.payload,
        "observed_at": listing.observed_at,
        "last_observed_at": listing.observed_at,
        "licence_class": listing.licence_class,
        "published_at": listing.observed_at,
    }
    return {"_id": listing.listing_id, "source": listing.source, "versions": [only_version]}


@pytest.fixture(scope="module")
def results() -> dict[str, ZipProperties]:
    return {
        zip5: build_properties(raw, {}, MARKET, zip5) for zip5, raw in sorted(raw_by_zip().items())
    }


def test_every_listing_is_accounted_for(results: dict[str, ZipProperties]) -> None:
    assert sum(result.listings for result in results.values()) > 27_500
    for zip5, result in results.items():
        assert result.listings == result.used + len(result.quarantined), zip5


def test_hardly_anything_is_quarantined(results: dict[str, ZipProperties]) -> None:
    held = sum(len(result.quarantined) for result in results.values())
    assert 0 < held < 0.005 * sum(result.listings for result in results.values())


def test_every_merge_is_explained(results: dict[str, ZipProperties]) -> None:
    """A link fewer than listings, each with its reason in words, and all of them connected."""
    reasons: Counter[str] = Counter()
    for result in results.values():
        for home in result.properties:
            joined = {listing: {listing} for listing in home["listing_ids"]}
            for link in home["links"]:
                assert link["evidence"], home["_id"]
                reasons[link["because"]] += 1
                united = joined[link["a"]] | joined[link["b"]]
                joined |= dict.fromkeys(united, united)
            assert len(home["links"]) == len(home["listing_ids"]) - 1
            assert all(len(part) == len(joined) for part in joined.values()), home["_id"]
    assert reasons["address"] > 1_500
    assert reasons.total() == sum(
        result.used - len(result.properties) for result in results.values()
    )


def test_the_order_of_the_files_does_not_matter(results: dict[str, ZipProperties]) -> None:
    for zip5, raw in list(raw_by_zip().items())[::12]:
        turned = build_properties(raw[::-1], {}, MARKET, zip5)
        assert turned.properties == results[zip5].properties


def test_no_property_has_two_units(results: dict[str, ZipProperties]) -> None:
    merged = 0
    for zip5, raw in raw_by_zip().items():
        lines = {}
        for document in raw:
            payload = document["versions"][-1]["payload"]
            record = format_named(document["source"]).layout(tuple(payload)).record(payload)
            lines[document["_id"]] = record.unparsed_address
        for home in results[zip5].properties:
            keys = [address_key(lines[listing], zip5) for listing in home["listing_ids"]]
            assert len({key.unit for key in keys if key and key.unit}) <= 1, home["address_key"]
            merged += len(keys) > 1
    assert merged > 1_500


def test_no_two_properties_are_one(results: dict[str, ZipProperties]) -> None:
    ids = [home["_id"] for result in results.values() for home in result.properties]
    assert len(ids) == len(set(ids))
    for zip5, result in results.items():
        for home in result.properties:
            home["served_at"] = SERVED
        kpis = zip_quality(result, MARKET)
        assert kpis["duplicates"].k == 0, zip5
        assert kpis["row_accounting"].value == 1.0


def test_every_property_reads_as_the_canonical_model(results: dict[str, ZipProperties]) -> None:
    kinds = {"parcel": 0, "building": 0, "unit": 0}
    for result in results.values():
        for document in result.properties:
            home = read_property(document)
            kinds[home.x_kind] += 1
            assert (home.unit is not None) == (home.x_kind == "unit") == bool(document["unit"])
    assert min(kinds["building"], kinds["unit"]) > 1_000


def test_hardly_anything_is_marked_by_the_neighbours(results: dict[str, ZipProperties]) -> None:
    """A few in ten thousand are real oddities; more would be a rule that cries wolf."""
    marked = sum(
        "price_per_square_foot.unlikely" in home["warnings"]
        or "coordinates.outside_zip" in home["warnings"]
        for result in results.values()
        for home in result.properties
    )
    assert marked < 0.005 * sum(len(result.properties) for result in results.values())
