"""Two sources on one home: tolerances, what is not comparable, symmetry and repetition."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.collect.crosscheck import TOLERANCES, Agreement, Witness, crosscheck, metres
from phoenix_re.collect.listing import ListingRecord

DAY = date(2026, 3, 2)


def witness(source: str, seen_on: date | None = DAY, key: str = "1", **values: Any) -> Witness:
    return Witness(source, ListingRecord(source, key, **values), seen_on)


def fields(*witnesses: Witness) -> list[str]:
    found = crosscheck("phx", "85031", "phx-85031-1", witnesses)
    return [document["field"] for document in found.disagreements]


def compared(*witnesses: Witness) -> set[str]:
    found = crosscheck("phx", "85031", "phx-85031-1", witnesses)
    return {name for name, _, _ in found.agreement.compared}


@pytest.mark.parametrize(
    ("name", "value", "within", "beyond"),
    [
        ("living_area", 2_000.0, 1_905.0, 1_890.0),
        ("lot_size_square_feet", 7_000.0, 7_300.0, 7_500.0),
        ("year_built", 1992, 1992, 1993),
        ("bedrooms_total", 3, 3, 4),
        ("x_bathrooms_decimal", 2.0, 2.5, 2.75),
        ("standard_status", "Active Under Contract", "Pending", "Active"),
        ("standard_status", "Canceled", "Expired", "Closed"),
        ("list_price_cents", 30_000_000, 30_000_000, 30_000_100),
        ("pool_private_yn", True, True, False),
        ("parcel_number", "103-06-005A", "10306005a", "103-06-005B"),
    ],
)
def test_tolerances(name: str, value: Any, within: Any, beyond: Any) -> None:
    assert fields(witness("a", **{name: value}), witness("b", **{name: within})) == []
    assert compared(witness("a", **{name: value}), witness("b", **{name: within})) == {name}
    assert fields(witness("a", **{name: value}), witness("b", **{name: beyond})) == [name]


def test_coordinates_are_compared_in_metres() -> None:
    here: dict[str, Any] = {"latitude": 33.4931, "longitude": -112.1731}
    near: dict[str, Any] = {"latitude": 33.4946, "longitude": -112.1731}  # 167 m
    far: dict[str, Any] = {"latitude": 33.4951, "longitude": -112.1731}  # 222 m
    assert fields(witness("a", **here), witness("b", **near)) == []
    assert fields(witness("a", **here), witness("b", **far)) == ["coordinates"]
    assert metres((0, 0), (0, 1)) == pytest.approx(111_195, abs=1)
    assert compared(witness("a", latitude=0.0, longitude=0.0), witness("b", **far)) == set()


def test_price_needs_the_same_day_status_and_kind_of_offer() -> None:
    asked = witness("a", list_price_cents=30_000_000, standard_status="Active")
    assert fields(asked, witness("b", list_price_cents=29_000_000, standard_status="Active")) == [
        "list_price_cents"
    ]
    sold = witness("b", list_price_cents=29_000_000, standard_status="Pending")
    assert fields(asked, sold) == ["standard_status"]
    later = witness("b", date(2026, 3, 3), list_price_cents=29_000_000, standard_status="Closed")
    assert fields(asked, later) == []
    rented = witness("b", list_price_cents=180_000, property_type="Residential Lease")
    assert compared(asked, rented) == set()


def test_an_older_listing_of_the_home_is_no_disagreement() -> None:
    now = witness("a", key="2", listing_id="6855826", standard_status="Active")
    then = witness("a", key="1", listing_id="5850573", standard_status="Closed")
    assert fields(then, now, witness("b", listing_id="6855826", standard_status="Active")) == []
    assert fields(then, now, witness("b", listing_id="6855826", standard_status="Closed")) == [
        "standard_status"
    ]
    assert compared(then, now, witness("b", standard_status="Active")) == set()


def test_a_disagreement_holds_both_values_and_a_lasting_id() -> None:
    one, other = witness("a", year_built=1992), witness("b", key="7", year_built=1993)
    (document,) = crosscheck("phx", "85031", "phx-85031-1", [other, one]).disagreements
    assert document["sources"] == ["a", "b"]
    assert document["source_keys"] == ["1", "7"]
    assert document["values"] == [1992, 1993]
    assert (document["market"], document["zip"]) == ("phx", "85031")
    changed = witness("b", key="7", year_built=1999)
    (again,) = crosscheck("phx", "85031", "phx-85031-1", [one, changed]).disagreements
    assert again["_id"] == document["_id"]
    assert again["content_hash"] != document["content_hash"]


def test_agreement_adds_up_over_properties() -> None:
    total = Agreement()
    for year in (1992, 1992, 1993):
        pair = [witness("assessor", year_built=1992), witness("zillow", year_built=year)]
        total.add(crosscheck("phx", "85031", "p", pair).agreement)
    assert total.rows() == [
        {
            "field": "year_built",
            "sources": ["assessor", "zillow"],
            "n": 3,
            "k": 2,
            "share": pytest.approx(2 / 3),
        }
    ]


@st.composite
def witnesses(draw: st.DrawFn) -> Witness:
    maybe = st.none()
    return witness(
        draw(st.sampled_from("abc")),
        draw(maybe | st.sampled_from([DAY, date(2026, 3, 3)])),
        draw(st.sampled_from("12")),
        living_area=draw(maybe | st.floats(0, 1e5)),
        year_built=draw(maybe | st.integers(1990, 1993)),
        x_bathrooms_decimal=draw(maybe | st.sampled_from([1.0, 1.5, 2.0, 2.75])),
        latitude=draw(maybe | st.floats(-90, 90)),
        longitude=draw(maybe | st.floats(-180, 180)),
        standard_status=draw(maybe | st.sampled_from(["Active", "Pending", "Closed", "Expired"])),
        list_price_cents=draw(maybe | st.integers(0, 3)),
        property_type=draw(maybe | st.sampled_from(["Residential", "Residential Lease"])),
    )


@given(st.lists(witnesses(), max_size=5), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(seen: list[Witness], chance: Any) -> None:
    usual = crosscheck("phx", "85031", "p", seen)
    shuffled = [*seen, *seen]
    chance.shuffle(shuffled)
    assert crosscheck("phx", "85031", "p", shuffled) == usual


@given(witnesses())
def test_nobody_disagrees_with_himself(one: Witness) -> None:
    twin = one._replace(source="z")
    found = crosscheck("phx", "85031", "p", [one, twin])
    assert found.disagreements == []
    assert found.agreement.compared == found.agreement.agreed
    assert crosscheck("phx", "85031", "p", [one, one]).agreement.compared == {}


@given(witnesses(), witnesses())
def test_every_comparison_agrees_or_is_told(one: Witness, other: Witness) -> None:
    found = crosscheck("phx", "85031", "p", [one, other])
    compared_n = sum(found.agreement.compared.values())
    assert compared_n == sum(found.agreement.agreed.values()) + len(found.disagreements)
    assert {d["field"] for d in found.disagreements} <= set(TOLERANCES)
