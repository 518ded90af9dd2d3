"""Rows of `quality_metrics`: hand-made ZIPs with known counts, per source and all together."""

from datetime import date, timedelta
from typing import Any

import pytest

from phoenix_re.proportions import exact_lower, wilson
from phoenix_re.validate.properties import build_properties
from phoenix_re.validate.quality import zip_quality
from phoenix_re.validate.quality_rows import EVERY, quality_documents, rows, summed

from .listings import START, ZIP, a_market, read, stored, version

MARKET = a_market()
DAY = date(2025, 11, 3)


def documents(*raw: dict[str, Any], audits: tuple = (), hours: float = 1.0) -> dict[str, Any]:
    result = build_properties(list(raw), {}, MARKET, ZIP, read_record=read)
    for home in result.properties:
        home["served_at"] = START + timedelta(hours=hours)
    kpis = zip_quality(result, MARKET)
    found = quality_documents("phx", ZIP, DAY, result, kpis, audits)
    return {document["source"]: document for document in found}


def two_sources() -> list[dict[str, Any]]:
    return [
        stored("A", version(0, unparsed_address="1 Elm St", living_area=1_400.0, year_built=1980)),
        stored("B", version(0, unparsed_address="2 Elm St", living_area=1_500.0)),
        stored("L", version(0, unparsed_address="3 Elm St", property_type="Land")),
        stored("X", version(0, list_price_cents=100)),
        stored("A", version(0, unparsed_address="1 Elm St", living_area=2_000.0, year_built=1980),
               source="other"),
    ]  # fmt: skip


def test_counts_per_source_and_field() -> None:
    of = documents(*two_sources())
    assert list(of) == [EVERY, "feed", "other"]
    feed = of["feed"]["fields"]
    assert feed["living_area"]["populated"] == [2, 2]  # land owes none
    assert feed["year_built"]["populated"] == [1, 2]
    assert feed["list_price_cents"]["valid"] == [3, 4]
    assert feed["living_area"]["agreeing"] == [0, 1]
    assert feed["year_built"]["agreeing"] == [1, 1]
    assert feed["bedrooms_total"]["populated"] == [0, 2]  # critical, though nobody carries it
    assert "pool_private_yn" not in feed
    assert of["feed"]["valid"] == [3, 4]
    assert of["other"]["valid"] == [1, 1]
    assert of[EVERY]["fields"]["living_area"]["populated"] == [2, 2]
    assert of[EVERY]["valid"] == [4, 5]
    assert of[EVERY]["duplicates"] == [0, 3]
    assert of[EVERY]["kpis"]["validity"]["k"] == 4


@pytest.mark.parametrize(("hours", "fresh"), [(1.0, 3), (9.0, 0)])
def test_fresh_is_served_within_two_hours(hours: float, fresh: int) -> None:
    of = documents(*two_sources(), hours=hours)
    assert of["feed"]["fresh"] == [fresh, 3]


def test_audits_count_where_the_value_came_from() -> None:
    audits = tuple(
        {"source": source, "field": "year_built", "correct": correct}
        for source, correct in (("feed", True), ("feed", False), ("other", True))
    )
    of = documents(*two_sources(), audits=audits)
    assert of["feed"]["fields"]["year_built"]["audited"] == [1, 2]
    assert of[EVERY]["fields"]["year_built"]["audited"] == [2, 3]


def test_the_same_result_gives_the_same_hashes() -> None:
    raw = two_sources()
    assert documents(*raw) == documents(*reversed(raw))


def test_rows_carry_value_and_interval() -> None:
    audits = ({"source": "feed", "field": "year_built", "correct": True},)
    feed = documents(*two_sources(), audits=audits)["feed"]
    by = {(row["field"], row["metric"]): row for row in rows(feed)}
    row = by["year_built", "populated"]
    assert (row["k"], row["n"], row["value"]) == (1, 2, 0.5)
    assert (row["ci_low"], row["ci_high"]) == wilson(1, 2)
    assert by["year_built", "audited"]["ci_low"] == exact_lower(1, 1)
    assert by[None, "valid"]["value"] == 0.75
    assert {row["day"] for row in by.values()} == {"2025-11-03"}


def test_zips_are_summed_the_lowest_first() -> None:
    feed = documents(*two_sources())["feed"]
    first, *_ = found = summed([feed, feed])
    assert first["value"] == 0
    whole = {(row["source"], row["field"], row["metric"]): row for row in found}
    assert (whole["feed", "year_built", "populated"]["k"]) == 2
    assert (whole["feed", "year_built", "populated"]["n"]) == 4
    assert found[-1]["metric"] == "duplicates"
