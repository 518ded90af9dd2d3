"""Fingerprints and what is told from them: structure, types, shares, units; false alarms and power.

The last two tests print what they measured; `pytest -s` shows it.
"""

import csv
import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.collect.drift import Change, Fingerprint, compare, fingerprint, merge
from phoenix_re.collect.drift import quantiles as q
from phoenix_re.collect.drift.fingerprints import MOST_PATHS
from phoenix_re.collect.drift.values import is_blank, kind_and_number
from phoenix_re_tests.collect.drift_payloads import DRIFTS, Payload, drifted, pool

KNOWN_ROWS, BATCH = 480, 60


@pytest.fixture(scope="module")
def homes() -> list[Payload]:
    return pool(2_000, seed=1)


@pytest.fixture(scope="module")
def usual(homes: list[Payload]) -> Fingerprint:
    """Eight ZIPs of sixty homes."""
    batches = [fingerprint(homes[at : at + BATCH]) for at in range(0, KNOWN_ROWS, BATCH)]
    known = batches[0]
    for batch in batches[1:]:
        known = merge(known, batch)
    return known


def breaks(changes: list[Change]) -> list[tuple[str, str]]:
    return [(change.path, change.what) for change in changes if change.breaks]


def notes(changes: list[Change]) -> list[tuple[str, str]]:
    return [(change.path, change.what) for change in changes if not change.breaks]


# ── values and fingerprints ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("value", [None, "", "   ", "********", "***", "na", " NA ", "-", [], {}])
def test_what_says_nothing(value: Any) -> None:
    assert is_blank(value)


@pytest.mark.parametrize("value", [0, False, "0", "no", "nano", "n", [None], "*5*", "none left"])
def test_what_says_something(value: Any) -> None:
    assert not is_blank(value)


@pytest.mark.parametrize(
    ("value", "kind", "number"),
    [
        (3, "int", 3.0),
        (True, "truth", None),
        (2.5, "float", 2.5),
        (" $1,234,567 ", "number text", 1_234_567.0),
        ("164998      ", "number text", 164_998.0),
        ("394e3", "number text", 394_000.0),
        ("45%", "number text", 45.0),
        ("Yes", "truth text", None),
        ("2026-01-02T03:04:05Z", "date", None),
        ("11/10/2025", "date", None),
        ("4512 W Elm St", "text", None),
        ("1,133 sqft", "text", None),
        ("$", "text", None),
        ("(", "text", None),
        (10**400, "int", None),
        ({"a": 1}, "object", None),
        ([1], "list", None),
    ],
)
def test_kinds(value: Any, kind: str, number: float | None) -> None:
    assert kind_and_number(value) == (kind, number)


def test_paths_are_nested_keys_with_lists_and_data_keys_folded() -> None:
    payload = {
        "hoa": {"fee": 45},
        "photos": [{"url": "x"}, {"url": "y"}],
        "history": {"2024-09-18": {"price": 1}, "2025-01-01": {"price": 2}},
        "taxes": {"2024": 3},
    }
    assert set(fingerprint([payload]).fields) == {
        *("hoa", "hoa.fee", "photos", "photos[]", "photos[].url"),
        *("history", "history.*", "history.*.price", "taxes", "taxes.*"),
    }


def test_counts_are_payloads_however_long_their_lists() -> None:
    made = fingerprint([{"rooms": [{"m": 1}, {"m": 2}]}, {"rooms": []}, {"rooms": [{"m": None}]}])
    assert made.fields["rooms"].blank == 1
    assert made.asked("rooms[].m") == 2
    assert made.fields["rooms[].m"].filled == 1
    assert made.empty_share("rooms[].m") == 0.5


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)
payloads = st.lists(st.dictionaries(st.text(max_size=6), json_like, max_size=5), max_size=6)


@given(payloads, payloads, st.floats(0, 400))
def test_any_json_can_be_summed_up_stored_and_compared(
    first: list[dict[str, Any]], second: list[dict[str, Any]], days: float
) -> None:
    old, new = fingerprint(first), fingerprint(second)
    together = merge(old, new, days)
    stored = json.loads(json.dumps(together.to_document()))
    again = Fingerprint.of_document(stored)
    assert again.to_document() == together.to_document()
    assert not [c for c in compare(together, new) if c.breaks]  # too few to be sure of anything


@given(payloads)
def test_a_batch_never_differs_from_itself(batch: list[dict[str, Any]]) -> None:
    many = fingerprint(batch * 30)
    assert compare(many, many) == []


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60),
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60),
)
def test_mixed_quantiles_rise_and_stay_inside(first: list[float], second: list[float]) -> None:
    one, two = q.quantiles(first), q.quantiles(second)
    mixed = q.mixed(one, len(first), two, len(second))
    assert list(mixed) == sorted(mixed)
    assert min(first + second) == mixed[0]
    assert mixed[-1] == max(first + second)
    assert q.psi_of_numbers(one, one) == pytest.approx(0, abs=1e-9)


def test_more_paths_than_are_kept_are_cut_not_noted_for_ever() -> None:
    wide = [{f"f{number}": number for number in range(MOST_PATHS + 50)} for _ in range(30)]
    known = fingerprint(wide)
    assert len(known.fields) == MOST_PATHS
    assert known.cut
    assert breaks(compare(known, fingerprint(wide))) == []


# ── structure ───────────────────────────────────────────────────────────────────────────────────


def changed(homes: list[Payload], n: int = 60, **values: Any) -> Fingerprint:
    return fingerprint([{**home, **values} for home in homes[-n:]])


def without(homes: list[Payload], *keys: str, n: int = 60) -> Fingerprint:
    return fingerprint([{k: v for k, v in h.items() if k not in keys} for h in homes[-n:]])


def test_a_new_field_is_a_note(usual: Fingerprint, homes: list[Payload]) -> None:
    changes = compare(usual, changed(homes, virtualTour="https://x.example"))
    assert ("virtualTour", "new") in notes(changes)
    assert breaks(changes) == []


def test_a_field_that_was_always_there_is_missed(usual: Fingerprint, homes: list[Payload]) -> None:
    assert breaks(compare(usual, without(homes, "price"))) == [("price", "missing")]
    assert breaks(compare(usual, without(homes, "price", n=3))) == [("price", "missing")]


def test_one_payload_without_a_field_is_no_certainty(
    usual: Fingerprint, homes: list[Payload]
) -> None:
    assert breaks(compare(usual, without(homes, "price", n=1))) == []


def test_a_field_that_was_there_at_times_is_not_missed(
    usual: Fingerprint, homes: list[Payload]
) -> None:
    assert breaks(compare(usual, without(homes, "hoa", "lot"), lambda path: False)) == [
        ("hoa", "missing")  # the key was always there, if often null
    ]
    assert breaks(compare(usual, changed(homes, hoa=None))) == []


def test_children_of_a_missing_object_are_not_missed_as_well(
    usual: Fingerprint, homes: list[Payload]
) -> None:
    assert breaks(compare(usual, without(homes, "taxes"))) == [("taxes", "missing")]


@pytest.mark.parametrize(
    ("field", "value", "breaks_so"),
    [
        ("bedrooms", "three", True),
        ("bedrooms", "3", False),
        ("bedrooms", 3.0, False),
        ("yearBuilt", 1992, False),
        ("price", {"amount": 1}, True),
        ("remarks", ["a text"], True),
        ("pool", "yes", False),
        ("pool", "screened", True),
        ("listedDate", 1_770_000_000, True),
    ],
)
def test_what_parses_alike_is_a_note_and_what_does_not_breaks(
    usual: Fingerprint, homes: list[Payload], field: str, value: Any, breaks_so: bool
) -> None:
    changes = compare(usual, changed(homes, **{field: value}))
    assert ((field, "retyped") in breaks(changes)) is breaks_so
    assert ((field, "retyped") in notes(changes)) is not breaks_so


def test_nulls_break_only_where_the_field_is_read(usual: Fingerprint, homes: list[Payload]) -> None:
    chance = Random(7)
    batch = fingerprint(drifted(homes[-60:], "70 % null", chance))
    assert breaks(compare(usual, batch)) == [("price", "emptier")]
    assert breaks(compare(usual, batch, lambda path: path != "price")) == []
    assert ("price", "emptier") in notes(compare(usual, batch, lambda path: path != "price"))


def test_a_zip_of_condominiums_lacks_lots_and_breaks_nothing(
    usual: Fingerprint, homes: list[Payload]
) -> None:
    condos = [{**home, "propertyType": "Condo"} for home in homes[-80:]]
    for condo in condos[:70]:
        condo.pop("lot", None)
    changes = compare(usual, fingerprint(condos), mix=frozenset({"propertyType"}))
    assert breaks(changes) == []
    assert ("lot", "emptier") in notes(changes)
    assert ("propertyType", "moved") in notes(changes)


# ── units ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("growth", [0.5, 0.8, 1.3, 2.0, 4.0, 9.0])
def test_prices_of_another_zip_or_year_are_no_other_unit(
    usual: Fingerprint, homes: list[Payload], growth: float
) -> None:
    moved = [{**home, "price": round(home["price"] * growth)} for home in homes[-100:]]
    assert breaks(compare(usual, fingerprint(moved))) == []


def test_a_unit_change_names_its_factor(usual: Fingerprint, homes: list[Payload]) -> None:
    batch = fingerprint(drifted(homes[-60:], "sqft became m²", Random(3)))
    (change,) = [c for c in compare(usual, batch) if c.breaks]
    assert change.what == "unit"
    assert "square feet became square metres" in change.text


def test_larger_lots_alone_need_a_witness(usual: Fingerprint, homes: list[Payload]) -> None:
    country = [
        h | {"lot": {**h["lot"], "acres": h["lot"]["acres"] * 10.8}} for h in homes if "lot" in h
    ]
    changes = compare(usual, fingerprint(country[-100:]))
    assert breaks(changes) == []
    assert ("lot.acres", "unit") in notes(changes)


def test_seasons_are_followed(homes: list[Payload]) -> None:
    """Prices that double within a year, month by month, alarm nobody."""
    known = fingerprint(homes[:200])
    for month in range(1, 13):
        level = 2 ** (month / 12)
        batch = [{**h, "price": round(h["price"] * level)} for h in homes[month * 60 :][:60]]
        found = fingerprint(batch)
        assert breaks(compare(known, found)) == []
        known = merge(known, found, days=30)
    median = q.at(known.fields["price"].quantiles, 0.5)
    assert median > 1.4 * q.at(fingerprint(homes[:200]).fields["price"].quantiles, 0.5)


def test_a_source_that_was_silent_for_years_is_not_forgotten(usual: Fingerprint) -> None:
    aged = merge(usual, fingerprint([]), days=3_000)
    assert aged.payloads == pytest.approx(200)
    assert aged.asked("price") == pytest.approx(200)


# ── false alarms and power ──────────────────────────────────────────────────────────────────────


def test_false_alarms_on_unchanged_data(usual: Fingerprint, homes: list[Payload]) -> None:
    chance = Random(11)
    batches = 2_000
    alarms: Counter[str] = Counter()
    for number in range(batches):
        n = chance.randint(20, 200) if number % 10 == 0 else chance.randint(20, 30)
        found = compare(usual, fingerprint(chance.choices(homes, k=n)))
        alarms.update({"batches with a break": any(c.breaks for c in found)})
        alarms.update({"batches with a note": bool(found)})
    print(f"\n{batches:,} unchanged batches of 20–200: {dict(alarms)}")
    assert alarms["batches with a break"] / batches < 0.001
    assert alarms["batches with a note"] / batches < 0.05


def test_power_on_injected_drift(usual: Fingerprint, homes: list[Payload]) -> None:
    chance = Random(13)
    tries = 60
    found: Counter[tuple[str, int]] = Counter()
    for kind in DRIFTS:
        changed_homes = drifted(homes[KNOWN_ROWS:], kind, chance)
        for n in (20, 50):
            for _ in range(tries):
                batch = fingerprint(chance.choices(changed_homes, k=n))
                found[kind, n] += bool(breaks(compare(usual, batch)))
    print(f"\nfound of {tries}, in batches of 20 and of 50:")
    for kind in DRIFTS:
        print(f"  {kind:28} {found[kind, 20]:4} {found[kind, 50]:4}")
    assert all(found[kind, 50] >= 0.95 * tries for kind in DRIFTS), found


REAL = [
    ("armls_mlssaz_statuses_2025-12.csv", "zip"),
    ("tucson_mls_sales.csv", "zipcode"),
    ("king_county_sales_2014_2015.csv", "zipcode"),
    ("sacramento_sales_2008.csv", "zip"),
    ("zillow_maricopa_rent_2021.csv", "zip"),
]


@pytest.mark.parametrize(("file", "column"), REAL)
def test_real_zips_one_after_the_other_break_nothing(
    shared_data: Path, file: str, column: str
) -> None:
    """ZIPs differ in price, size and kind of home, and each is judged by those before it."""
    by_zip: dict[str, list[dict[str, str]]] = {}
    with (shared_data / "listings" / file).open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            by_zip.setdefault(row[column], []).append(row)
    known = fingerprint([])
    for zip_code in sorted(by_zip):
        batch = fingerprint(by_zip[zip_code][:400])
        assert breaks(compare(known, batch)) == [], zip_code
        known = merge(known, batch)
