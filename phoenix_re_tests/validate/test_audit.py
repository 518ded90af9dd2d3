"""Audits: what is drawn, how answers are judged, what the report claims."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.validate.audit import FIELDS, SheetError, draw, judged, recent, report

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_home(number: int, zip5: str = "85031", source: str = "feed", **stated: Any) -> dict[str, Any]:
    usual = {
        "unparsed_address": f"{number} Elm St",
        "living_area": 1_400.0,
        "list_price_cents": 31_500_050,
        "latitude": 33.5,
        "longitude": -112.1,
    }
    values = {k: v for k, v in (usual | stated).items() if v is not None}
    return {
        "_id": f"phx-{zip5}-{number:04}",
        "market": "phx",
        "zip": zip5,
        "address": values.get("unparsed_address"),
        "address_key": f"{number}||ELM",
        "latitude": values.get("latitude"),
        "longitude": values.get("longitude"),
        "sources": [{"source": source, "source_key": f"K{number}"}],
        "fields": {name: {"value": value, "from": 0} for name, value in values.items()},
    }


def some(**sizes: int) -> list[dict[str, Any]]:
    return [
        a_home(number, zip5.removeprefix("z"))
        for zip5, size in sizes.items()
        for number in range(1, size + 1)
    ]


def test_strata_get_their_share_and_weights_add_up_to_all() -> None:
    homes = some(z85031=100, z85033=50, z85035=3)
    drawn = draw("phx", homes, 30, 1, NOW)
    of_homes = {q["property_id"]: q for q in drawn}
    assert Counter(q["zip"] for q in of_homes.values()) == {"85031": 19, "85033": 10, "85035": 1}
    assert sum(q["weight"] for q in of_homes.values()) == pytest.approx(153)
    fields = {q["field"] for q in drawn}
    assert fields == {"unparsed_address", "living_area", "list_price_cents", "coordinates"}


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.integers(1, 300))
def test_any_size_is_drawn_exactly_and_nobody_twice(sizes: list[int], size: int) -> None:
    homes = [a_home(n, f"85{at:03}") for at, many in enumerate(sizes) for n in range(many)]
    drawn = draw("phx", homes, size, 1, NOW)
    assert len({q["property_id"] for q in drawn}) == min(size, len(homes))
    assert len({q["_id"] for q in drawn}) == len(drawn)


def test_a_seed_draws_the_same_in_any_order_and_another_seed_others() -> None:
    homes = some(z85031=100)
    first = draw("phx", homes, 20, 1, NOW)
    assert first == draw("phx", homes[::-1], 20, 1, NOW)
    other = draw("phx", homes, 20, 2, NOW)
    assert {q["property_id"] for q in first} != {q["property_id"] for q in other}


@pytest.mark.parametrize(
    ("field", "ours", "theirs", "correct"),
    [
        ("living_area", "1400.0", "1,414", True),
        ("living_area", "1400.0", "1415", False),
        ("coordinates", "33.5, -112.1", "33.50044, -112.1", True),
        ("coordinates", "33.5, -112.1", "33.50046 -112.1", False),
        ("parcel_number", "102-25-019", "10225019", True),
        ("parcel_number", "102-25-019", "10225018", False),
        ("year_built", "1980", "1980", True),
        ("year_built", "1980", "1981", False),
        ("list_price_cents", "315000.50", "$315,000.50", True),
        ("list_price_cents", "315000.50", "315000", False),
        ("close_date", "2026-01-02", "2026-01-03", False),
        ("standard_status", "Active Under Contract", "active  under contract", True),
        ("unparsed_address", "12 W Elm Street Apt 3", "12 West Elm St #3", True),
        ("unparsed_address", "12 W Elm Street Apt 3", "12 West Elm St #4", False),
        ("bedrooms_total", "3", "none", False),
    ],
)
def test_tolerances_are_those_of_the_specification(
    field: str, ours: str, theirs: str, correct: bool
) -> None:
    question = {"property_id": "p", "field": field, "ours": ours}
    found = judged(question, theirs, NOW)
    assert found["correct"] is correct
    assert found["judged_at"] == NOW


@pytest.mark.parametrize(
    ("field", "theirs"),
    [("bedrooms_total", "three"), ("year_built", "1980.5"), ("close_date", "1/2/2026"),
     ("coordinates", "33.5"), ("unparsed_address", "somewhere")],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_what_to_write(field: str, theirs: str) -> None:
    ours = {"close_date": "2026-01-02", "coordinates": "33.5, -112.1"}.get(field, "3")
    with pytest.raises(SheetError, match=FIELDS[field].expected.split(",", maxsplit=1)[0]):
        judged({"property_id": "p", "field": field, "ours": ours}, theirs, NOW)


def answers(field: str, right: int, wrong: int, left: int = 0) -> list[dict[str, Any]]:
    verdicts: list[bool | None] = [True] * right + [False] * wrong + [None] * left
    return [{"field": field, "correct": c, "weight": 2.0, "drawn_at": NOW} for c in verdicts]


def test_the_report_claims_only_what_the_bound_shows() -> None:
    audits = answers("year_built", 299, 0) + answers("living_area", 298, 0)
    audits += answers("bedrooms_total", 472, 1, left=7) + answers("parcel_number", 0, 0, left=3)
    rows = {row["field"]: row for row in report(audits, 0.99)}
    assert list(rows) == ["parcel_number", "living_area", "bedrooms_total", "year_built"]
    assert [row["shown"] for row in rows.values()] == [False, False, True, True]
    assert [row["more_needed"] for row in rows.values()] == [299, 1, 0, 0]
    assert rows["bedrooms_total"]["open"] == 7
    assert rows["bedrooms_total"]["weighted"] == pytest.approx(472 / 473)
    assert rows["parcel_number"]["lower"] is None


def test_only_judged_ones_of_the_last_draws_count() -> None:
    audits = answers("year_built", 1, 1, left=1)
    assert len(recent(audits, NOW + timedelta(days=89))) == 2
    assert recent(audits, NOW + timedelta(days=91)) == []
