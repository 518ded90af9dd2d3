"""From raw listings to properties: nothing lost, nothing doubled, the same twice, every field
with its source and its rule."""

import copy
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.validate.episode import Episode
from phoenix_re.validate.properties import ZipProperties, build_properties, expand

from .breaking import NEIGHBOURS
from .listings import START, ZIP, a_market, read, stored, version

MARKET = a_market()
HOUSE = "4812 W Osborn Rd"


def build(*raw: dict[str, Any], facts: Any = None, market=MARKET) -> ZipProperties:
    return build_properties(list(raw), facts or {}, market, ZIP, read_record=read)


def only(result: ZipProperties) -> dict[str, Any]:
    assert result.quarantined == []
    (found,) = result.properties
    return found


def test_a_listing_with_key_zip_and_price_only_is_a_property() -> None:
    home = only(build(stored("K1", version(0))))
    assert home["_id"].startswith("phx-85031-")
    assert (home["market"], home["zip"]) == ("phx", ZIP)
    assert home["address"] is home["unit"] is home["address_key"] is home["latitude"] is None
    assert home["listing_ids"] == ["feed|K1"]
    assert home["fields"]["list_price_cents"] == {
        "value": 31_500_000,
        "from": 0,
        "rule": "lead_listing",
    }
    assert home["warnings"] == []


def test_two_sources_of_one_home_are_one_property_with_both_episodes() -> None:
    result = build(
        stored("K1", version(0, unparsed_address=f"{HOUSE} # 7")),
        stored("K2", version(1, unparsed_address="4812 West Osborn Road 7"), source="other"),
    )
    home = only(result)
    assert home["listing_ids"] == ["feed|K1", "other|K2"]
    assert home["unit"] == "7"
    assert home["address_key"] == "4812|W|OSBORN|RD||85031|7"
    episodes = [Episode.from_document(document) for document in home["episodes"]]
    assert {e.listing_id for e in episodes} == {"feed|K1", "other|K2"}
    assert (result.listings, result.used) == (2, 2)


def test_the_marketing_comes_whole_from_the_listing_on_the_market() -> None:
    sold = version(
        0,
        unparsed_address=HOUSE,
        standard_status="Closed",
        list_price_cents=None,
        close_price_cents=20_000_000,
        close_date=date(2025, 10, 20),
    )
    active = version(0, unparsed_address=HOUSE, on_market_date=date(2025, 10, 1))
    home = only(build(stored("OLD", sold), stored("NEW", active)))
    assert home["fields"]["standard_status"]["value"] == "Active"
    assert home["fields"]["on_market_date"]["value"] == "2025-10-01"
    assert "close_price_cents" not in home["fields"]
    assert home["sources"][0]["source_key"] == "NEW"


def test_between_two_that_left_the_market_the_later_leads() -> None:
    def closed(day: date) -> dict[str, Any]:
        return version(0, unparsed_address=HOUSE, standard_status="Closed", close_date=day)

    home = only(build(stored("A", closed(date(2024, 5, 1))), stored("B", closed(date(2025, 5, 1)))))
    assert home["fields"]["close_date"] == {
        "value": "2025-05-01",
        "from": 0,
        "rule": "lead_listing",
    }
    assert home["sources"][0]["source_key"] == "B"


def test_an_active_listing_last_seen_before_a_sale_does_not_lead() -> None:
    active = version(0, unparsed_address=HOUSE)
    sale = date(2025, 11, 20)
    sold = version(30, unparsed_address=HOUSE, standard_status="Closed", close_date=sale)
    home = only(build(stored("A", active), stored("B", sold)))
    assert home["fields"]["standard_status"]["value"] == "Closed"


def test_an_undated_end_does_not_outrank_a_listing_on_the_market() -> None:
    active = version(0, unparsed_address=HOUSE)
    expired = version(2, unparsed_address=HOUSE, standard_status="Expired")
    home = only(build(stored("A", active), stored("B", expired)))
    assert home["fields"]["standard_status"]["value"] == "Active"


def test_of_one_mls_number_the_source_that_saw_it_last_leads_and_the_other_fills_in() -> None:
    same = {"unparsed_address": HOUSE, "x_mls": "ARMLS", "listing_id": "67"}
    active = version(0, **same, on_market_date=date(2025, 10, 1), public_remarks="Sunny.")
    closed = version(30, **same, standard_status="Closed")
    home = only(build(stored("A", active), stored("B", closed, source="other")))
    fields = home["fields"]
    assert (fields["standard_status"]["value"], fields["standard_status"]["from"]) == ("Closed", 0)
    assert (fields["public_remarks"]["value"], fields["public_remarks"]["from"]) == ("Sunny.", 1)
    assert home["mls_numbers"] == ["ARMLS|67"]


def test_the_home_itself_comes_from_the_most_trusted_source() -> None:
    vendor = version(5, unparsed_address=HOUSE, year_built=1960, living_area=1_400.0)
    vendor["licence_class"] = "vendor_download"
    county = version(0, unparsed_address=HOUSE, year_built=1958)
    county["licence_class"] = "public_record"
    home = only(build(stored("V", vendor), stored("C", county)))
    shown = expand(home)
    assert shown["year_built"] == {
        "value": 1958,
        "source": "feed",
        "source_key": "C",
        "x_mls": None,
        "observed_at": START + timedelta(hours=1),
        "licence_class": "public_record",
        "rule": "most_weight",
    }
    assert shown["living_area"]["source_key"] == "V"
    assert set(shown) == set(home["fields"])


def test_of_equally_trusted_statements_the_newest_wins() -> None:
    home = only(
        build(
            stored("A", version(0, unparsed_address=HOUSE, year_built=1958)),
            stored("B", version(3, unparsed_address=HOUSE, year_built=1959)),
        )
    )
    assert home["fields"]["year_built"]["value"] == 1959


def test_a_point_never_has_its_halves_from_two_sources() -> None:
    home = only(
        build(
            stored("A", version(0, unparsed_address=HOUSE, latitude=33.5)),
            stored("B", version(0, unparsed_address=HOUSE, longitude=-112.1)),
        )
    )
    assert home["latitude"] is home["longitude"] is None
    assert home["warnings"] == ["coordinates.half"]


def test_an_error_quarantines_the_listing_with_rule_reason_and_payload() -> None:
    broken = version(0, list_price_cents=100, bedrooms_total=33)
    result = build(stored("K1", broken), stored("K2", version(0)))
    (held,) = result.quarantined
    assert held["rule_id"] == "price.below_range"
    assert "bedrooms.range" in held["reason"]
    assert held["payload"] == broken["payload"]
    assert held["stage"] == "validated_properties"
    assert held["listing_id"] == "feed|K1"
    assert (result.listings, result.used) == (2, 1)
    assert build(stored("K1", broken)).quarantined == [held]


def test_what_cannot_be_read_or_was_never_stored_is_quarantined_too() -> None:
    result = build(stored("K1", version(0, torn=True)), stored("K2"))
    assert [q["rule_id"] for q in result.quarantined] == ["record.unreadable", "versions.missing"]
    assert "torn" in result.quarantined[0]["reason"]


def test_a_repaired_listing_is_used_without_its_broken_past() -> None:
    home = only(
        build(
            stored(
                "K1",
                version(0, list_price_cents=100),
                version(1),
                version(2, torn=True, x=1),
                version(3),
            )
        )
    )
    episode = Episode.from_document(home["episodes"][0])
    assert [price.value for price in episode.list_prices] == [31_500_000]
    assert episode.first_observed_on == date(2025, 11, 4)


def test_a_warning_marks_the_property() -> None:
    home = only(build(stored("K1", version(0, unparsed_address="Lot 5"))))
    assert home["warnings"] == ["address.no_key"]


def test_texas_prices_are_not_served() -> None:
    texas = a_market("TX", disclosed=False)
    sold = version(0, standard_status="Closed", close_price_cents=30_000_000)
    home = only(build(stored("K1", sold), market=texas))
    assert "close_price_cents" not in home["fields"]
    assert "close_price_cents" not in home["episodes"][0]
    assert home["warnings"] == ["close_price.undisclosed"]


def test_facts_keep_their_evidence_and_a_silence_does_not_hide_them() -> None:
    facts = {
        "feed|A": {"pool": {"state": "not_stated", "value": None, "evidence": None}},
        "feed|B": {"pool": {"state": "yes", "value": True, "evidence": "sparkling pool"}},
    }
    home = only(
        build(
            stored("A", version(0, unparsed_address=HOUSE)),
            stored("B", version(0, unparsed_address=HOUSE, standard_status="Expired")),
            facts=facts,
        )
    )
    assert home["facts"]["pool"] == {
        "state": "yes",
        "value": True,
        "evidence": "sparkling pool",
        "listing_id": "feed|B",
    }


def test_seeing_the_same_again_that_day_changes_no_content_hash() -> None:
    raw = stored("K1", version(0, unparsed_address=HOUSE))
    before = only(build(raw))
    again = copy.deepcopy(raw)
    again["versions"][-1]["last_observed_at"] += timedelta(minutes=5)
    after = only(build(again))
    assert after["content_hash"] == before["content_hash"]
    again["versions"][-1]["last_observed_at"] += timedelta(days=9)
    assert only(build(again))["content_hash"] != before["content_hash"]  # trends rest on the day
    after = only(build(again))
    assert after["sources"][0]["observed_at"] == before["sources"][0]["observed_at"] + timedelta(
        days=9, minutes=5
    )
    dearer = copy.deepcopy(raw)
    dearer["versions"].append(
        version(4, unparsed_address=HOUSE, list_price_cents=32_000_000, source_key="K1")
    )
    assert only(build(dearer))["content_hash"] != before["content_hash"]


def test_the_same_listing_twice_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="given twice"):
        build(stored("K1", version(0)), stored("K1", version(0)))


def test_an_empty_zip_has_nothing() -> None:
    result = build()
    assert (result.properties, result.quarantined, result.listings, result.used) == ([], [], 0, 0)


PAYLOADS = st.fixed_dictionaries(
    {
        "unparsed_address": st.sampled_from(
            [None, HOUSE, f"{HOUSE} 1", f"{HOUSE} # 2", "0 Elm St"]
        ),
        "list_price_cents": st.sampled_from([None, 100, 20_000_000, 30_000_000]),
        "standard_status": st.sampled_from([None, "Active", "Pending", "Closed", "Sold!"]),
        "parcel_number": st.sampled_from([None, "102-25-019", "102-25-020"]),
        "listing_id": st.sampled_from([None, "1", "2"]),
        "x_mls": st.just("ARMLS"),
        "year_built": st.sampled_from([None, 0, 1958, 3000]),
    }
)
RAW = st.lists(st.lists(PAYLOADS, max_size=3), max_size=7).map(
    lambda listings: [
        stored(f"K{at}", *(version(day, **payload) for day, payload in enumerate(versions)))
        for at, versions in enumerate(listings)
    ]
)


@given(RAW, st.randoms(use_true_random=False))
def test_accounting_order_independence_and_idempotence(raw, random) -> None:
    result = build(*raw)
    assert result.listings == len(raw) == result.used + len(result.quarantined)
    used = [listing for home in result.properties for listing in home["listing_ids"]]
    held = [document["listing_id"] for document in result.quarantined]
    assert sorted(used + held) == sorted(document["_id"] for document in raw)
    shuffled = copy.deepcopy(raw)
    random.shuffle(shuffled)
    assert build(*shuffled) == result
    ids = [home["_id"] for home in result.properties]
    assert len(ids) == len(set(ids))


@given(st.permutations(range(len(NEIGHBOURS) + 1)))
def test_what_the_zip_tells_does_not_depend_on_the_order(order) -> None:
    odd = {**NEIGHBOURS[3], "source_key": "K1", "list_price_cents": 160_000_000}
    raw = [stored(said["source_key"], version(0, **said)) for said in (*NEIGHBOURS, odd)]
    result = build(*(raw[at] for at in order))
    marked = {p["listing_ids"][0]: p["warnings"] for p in result.properties if p["warnings"]}
    assert marked == {"feed|K1": ["price_per_square_foot.unlikely"]}
    assert result == build(*raw)


@given(RAW)
def test_no_property_has_two_units(raw) -> None:
    by_id = {document["_id"]: document for document in raw}
    for home in build(*raw).properties:
        lines = {
            by_id[listing]["versions"][-1]["payload"]["unparsed_address"]
            for listing in home["listing_ids"]
        }
        assert not {f"{HOUSE} 1", f"{HOUSE} # 2"} <= lines
