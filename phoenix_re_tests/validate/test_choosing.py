"""Whose word becomes a field's value: trust × recency × agreement, whatever the order."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.markets import Choosing, load_markets
from phoenix_re.validate.address import address_key
from phoenix_re.validate.choosing import (
    CHOSEN,
    HOME_FIELDS,
    LISTING_FIELDS,
    Statement,
    chosen_fields,
    weight,
)

from .listings import START, ZIP, a_record

USUAL = Choosing()


def says(
    at: int, licence: str, *, days: int = 0, voice: str | None = None, **stated: Any
) -> Statement:
    seen = START + timedelta(days=days)
    record = a_record(source=f"source{at}", source_key=f"K{at}", **stated)
    key = address_key(record.unparsed_address, ZIP)
    return Statement(
        at=at,
        listing_id=f"source{at}|K{at}",
        record=record,
        licence_class=licence,
        voice=voice or f"source{at}",
        address_key=key.text if key else None,
        observed_at=seen,
        last_observed_at=seen,
    )


def value(name: str, *statements: Statement, policy: Choosing = USUAL) -> Any:
    return chosen_fields([], statements, policy)[name]["value"]


def test_the_more_trusted_wins() -> None:
    county, vendor = says(0, "public_record", year_built=1958), says(1, "vendor_api", year_built=60)
    assert value("year_built", county, vendor) == 1958
    assert value("year_built", vendor, county) == 1958


def test_two_independent_voices_that_agree_outweigh_a_better_one() -> None:
    county = says(0, "public_record", year_built=1958)
    mls = says(1, "mls_idx", year_built=1985)
    vendor = says(2, "vendor_api", year_built=1985)
    chosen = chosen_fields([], [county, mls, vendor], USUAL)["year_built"]
    assert chosen == {"value": 1985, "from": 1, "rule": "most_weight", "stating": 3, "agreeing": 2}
    alone = Choosing(agreement=0.0)
    assert value("year_built", county, mls, vendor, policy=alone) == 1958


def test_reports_of_one_mls_number_are_one_voice() -> None:
    county = says(0, "public_record", year_built=1958)
    mls = says(1, "mls_idx", voice="ARMLS|1", year_built=1985)
    copies = [says(n, "vendor_download", voice="ARMLS|1", year_built=1985) for n in (2, 3, 4)]
    assert value("year_built", county, mls, *copies) == 1958


def test_agreement_is_within_a_tolerance_and_the_value_is_one_that_was_said() -> None:
    county = says(0, "public_record", living_area=1_900.0)
    mls = says(1, "mls_licensed", living_area=1_450.0)
    vendor = says(2, "vendor_api", living_area=1_430.0)
    assert value("living_area", county, mls, vendor) == 1_450.0
    far = says(2, "vendor_api", living_area=1_300.0)
    assert value("living_area", county, mls, far) == 1_900.0


def test_spellings_of_one_address_and_one_city_agree() -> None:
    one = says(0, "public_record", unparsed_address="4812 W OSBORN RD", city="PHOENIX")
    other = says(1, "mls_idx", unparsed_address="4812 West Osborn Road", city="Phoenix")
    chosen = chosen_fields([], [one, other], USUAL)
    assert [chosen[n]["agreeing"] for n in ("unparsed_address", "city")] == [2, 2]


def test_a_word_grows_old() -> None:
    old = says(0, "public_record", days=0, living_area=1_450.0)
    assert value("living_area", old, says(1, "mls_licensed", days=200, living_area=2e3)) == 1_450.0
    assert value("living_area", old, says(1, "mls_licensed", days=300, living_area=2e3)) == 2_000.0
    assert weight(old, "living_area", (START + timedelta(days=730)).date(), USUAL) == 0.5


def test_policy_of_one_field_of_one_source_and_of_one_class() -> None:
    county = says(0, "public_record", living_area=1_450.0, year_built=1958)
    mls = says(1, "mls_licensed", living_area=2_000.0, year_built=1985)
    per_field = Choosing.model_validate(
        {"fields": {"living_area": {"trust": {"public_record": 0.1}}}}
    )
    assert value("living_area", county, mls, policy=per_field) == 2_000.0
    assert value("year_built", county, mls, policy=per_field) == 1958
    per_source = Choosing.model_validate({"sources": {"source1": 5}})
    assert value("living_area", county, mls, policy=per_source) == 2_000.0
    both = Choosing.model_validate(
        {"sources": {"source1": 5}, "fields": {"living_area": {"trust": {"mls_licensed": 0}}}}
    )
    assert value("living_area", county, mls, policy=both) == 1_450.0
    assert value("year_built", county, mls, policy=both) == 1985


def test_a_point_and_a_rent_are_chosen_whole() -> None:
    half = says(0, "public_record", latitude=33.5, x_rent_low_cents=1)
    whole = says(1, "operator_files", latitude=33.4, longitude=-112.1, x_rent_high_cents=9)
    chosen = chosen_fields([], [half, whole], USUAL)
    assert (chosen["latitude"]["from"], chosen["longitude"]["from"]) == (1, 1)
    assert chosen["x_rent_low_cents"]["from"] == 0
    assert "x_rent_high_cents" not in chosen  # of another source's interval


def test_the_lead_gives_the_marketing_and_its_type() -> None:
    lead = says(0, "operator_files", property_type="Residential Lease", list_price_cents=185_000)
    county = says(1, "public_record", property_type="Residential", list_price_cents=None)
    chosen = chosen_fields([lead], [lead, county], USUAL, withheld=("standard_status",))
    assert chosen["property_type"]["value"] == "Residential Lease"
    assert chosen["list_price_cents"] == {"value": 185_000, "from": 0, "rule": "lead_listing"}
    assert "standard_status" not in chosen
    silent = says(0, "operator_files")
    chosen = chosen_fields([silent], [silent, county], USUAL)
    assert chosen["property_type"] == {
        "value": "Residential",
        "from": 1,
        "rule": "lead_listing_else_most_weight",
    }


def test_every_shipped_market_has_a_trust_for_every_licence_and_fields_that_there_are() -> None:
    for market in load_markets().values():
        assert set(market.choosing.trust) == set(USUAL.trust)
        assert set(market.choosing.fields) <= CHOSEN
    assert not HOME_FIELDS & LISTING_FIELDS


@pytest.mark.parametrize("name", sorted(CHOSEN))
def test_every_field_that_can_be_tuned_is_chosen_by_its_tuning(name: str) -> None:
    parts: dict[str, dict[str, Any]] = {
        "coordinates": {"latitude": 33.4, "longitude": -112.1},
        "rent": {"x_rent_estimate_cents": 150_000},
    }
    one: dict[str, Any] = parts.get(name) or {
        name: "7 W Elm St" if name == "unparsed_address" else 7
    }
    other: dict[str, Any] = {p: f"1{v}" if isinstance(v, str) else v + 1 for p, v in one.items()}
    policy = Choosing.model_validate({"fields": {name: {"sources": {"source1": 9}}}})
    trusted = says(0, "public_record", **one)
    named = says(1, "operator_files", **other)
    for part, said in one.items():
        assert value(part, trusted, named) == said
        assert value(part, trusted, named, policy=policy) == other[part]


STATEMENTS = st.lists(
    st.tuples(
        st.sampled_from(["public_record", "mls_idx", "vendor_api", "unheard_of"]),
        st.integers(0, 900),
        st.sampled_from(["A", "B", None]),
        st.sampled_from([None, 1_400.0, 1_450.0, 1_500.0, 2_900.0]),
        st.sampled_from([None, 33.4, 33.5]),
    ),
    min_size=1,
    max_size=6,
)


@given(STATEMENTS, st.randoms(use_true_random=False))
def test_the_order_does_not_matter_and_every_value_was_said_by_its_source(drawn, random) -> None:
    statements = [
        says(at, licence, days=days, voice=voice, living_area=area, latitude=lat, longitude=-112.0)
        for at, (licence, days, voice, area, lat) in enumerate(drawn)
    ]
    chosen = chosen_fields([], statements, USUAL)
    shuffled = list(statements)
    random.shuffle(shuffled)
    assert chosen_fields([], shuffled, USUAL) == chosen
    for name, choice in chosen.items():
        assert getattr(statements[choice["from"]].record, name) == choice["value"]
        assert 1 <= choice.get("agreeing", 1) <= choice.get("stating", 1)
