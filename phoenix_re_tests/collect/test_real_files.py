"""The public files that users bring, read where they lie; no row of them is kept here."""

from itertools import pairwise
from pathlib import Path

import pytest

from phoenix_re.collect import formats
from phoenix_re.collect.files import UnrecognisedFile, open_listing_file
from phoenix_re.collect.listing import RawListing, Rejected

DATA = Path(__file__).parents[2].parent / "shared" / "data"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the shared data folder {DATA} is not on this machine"
)

FILES = {  # file → format, rows, rejected rows by rule
    "listings/redfin_download_phoenix_2025-05.csv": ("redfin", 122, {}),
    "listings/armls_mlssaz_statuses_2025-12.csv": (
        *("mls_status_feed", 24_468),
        {"zip.missing": 6, "zip.malformed": 4},
    ),
    "listings/armls_mlssaz_changes_2025-12.csv": ("mls_status_feed", 432, {}),
    "listings/tucson_mls_sales.csv": ("tucson_mls_sales", 5_000, {}),
    "listings/zillow_maricopa_rent_2021.csv": ("zillow_maricopa_rent_2021", 3_159, {}),
    "listings/sacramento_sales_2008.csv": ("sacramento_sales_2008", 932, {}),
    "listings/king_county_sales_2014_2015.csv": ("king_county_sales_2014_2015", 21_612, {}),
    "listings/homeharvest_schema_sample.csv": ("homeharvest", 86, {}),
    "text/austin_listings_with_remarks.csv": ("austin_listings_with_remarks", 4_935, {}),
    "text/texas_listings_with_remarks_2024.csv": ("texas_listings_with_remarks_2024", 242, {}),
    "text/armls_record_with_remarks.json": ("armls_record", 1, {}),
    "duplicates/relistings_same_address.csv": ("mls_status_feed", 3_810, {}),
}
REPEATED_KEYS = {"listings/armls_mlssaz_changes_2025-12.csv"}  # versions of the same listings
UNREAD = {"text/austin_listings_with_remarks.csv": {"property_type": 1, "property_sub_type": 1}}


def test_no_file_of_the_folders_is_forgotten():
    found = {str(p.relative_to(DATA)) for f in ("listings", "text") for p in (DATA / f).iterdir()}
    assert found <= set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_recognised_counted_and_read(name):
    if not (DATA / name).is_file():
        pytest.skip(f"{name} is not in the shared data folder")
    form, count, expected = FILES[name]
    found = open_listing_file(DATA / name)
    assert found.format == form
    rows = list(found)
    assert len(rows) == count
    rules: dict[str, int] = {}
    for row in rows:
        if isinstance(row, Rejected):
            rules[row.rule_id] = rules.get(row.rule_id, 0) + 1
    assert rules == expected
    listings = [row for row in rows if isinstance(row, RawListing)]
    if name not in REPEATED_KEYS:
        assert len({row.source_key for row in listings}) == len(listings)
    unread: dict[str, int] = {}
    for row in listings:
        record = formats.read_record(row.source, row.payload)
        assert (record.source_key, record.postal_code) == (row.source_key, row.zip)
        for field in record.unread:
            unread[field] = unread.get(field, 0) + 1
    assert unread == UNREAD.get(name, {})


def test_pairs_of_addresses_are_no_listings():
    path = DATA / "duplicates" / "address_pairs_orders_vs_mls.csv"
    if not path.is_file():
        pytest.skip("the address pairs are not in the shared data folder")
    with pytest.raises(UnrecognisedFile, match="order_address"):
        open_listing_file(path)


def test_changes_are_real_events_with_local_dates_for_tucson_only():
    path = DATA / "listings" / "armls_mlssaz_changes_2025-12.csv"
    if not path.is_file():
        pytest.skip("the changes are not in the shared data folder")
    rows = [row for row in open_listing_file(path) if isinstance(row, RawListing)]
    assert all((row.changed_on is not None) == row.source_key.startswith("MLSSAZ") for row in rows)
    assert all(row.standard_status and row.price_cents for row in rows)
    by_listing: dict[str, list[RawListing]] = {}
    for row in rows:
        by_listing.setdefault(row.source_key, []).append(row)
    for versions in by_listing.values():
        for before, after in pairwise(versions):
            assert before.observed_at <= after.observed_at
            assert before.content_hash != after.content_hash
