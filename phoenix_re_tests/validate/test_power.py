"""Check power: known faults in a made-up ZIP are found, and by whom; a sound copy is let be."""

import random
from typing import Any

import pytest

from phoenix_re.validate.power import FAULTS, SOUND, Trial, summary, trials

from .listings import ZIP, a_market, read, stored, version

MARKET = a_market()


def a_zip(homes: int, seed: int = 7) -> list[dict[str, Any]]:
    """Listings of a feed that states all there is to state."""
    chance = random.Random(seed)
    raw = []
    for number in range(homes):
        area = chance.randint(1_000, 2_600)
        raw.append(
            stored(
                f"K{number}",
                version(
                    0,
                    unparsed_address=f"{100 + number} W Elm St",
                    property_type="Residential",
                    x_mls="ARMLS",
                    listing_id=str(7_000_000 + number),
                    parcel_number=f"102-25-{number:03}",
                    living_area=float(area),
                    lot_size_square_feet=float(chance.randint(5_000, 9_000)),
                    year_built=chance.randint(1955, 2020),
                    bedrooms_total=chance.randint(2, 5),
                    x_bathrooms_decimal=chance.choice([1.0, 1.5, 2.0, 2.5]),
                    latitude=33.4 + number / 10_000,
                    longitude=-112.1,
                    list_price_cents=area * chance.randint(180, 260) * 100,
                ),
            )
        )
    return raw


@pytest.fixture(scope="module")
def found() -> list[Trial]:
    return list(trials(a_zip(120), MARKET, ZIP, 1, read=read))


def test_nearly_all_faults_are_found_and_the_sound_copy_passes(found: list[Trial]) -> None:
    told = summary(found)
    assert told["false_alarms"] == []
    assert told["sound_copies"] == 1
    assert told["n"] == len(FAULTS)
    assert told["value"] >= 0.95, told["missed"]
    assert told["ci_low"] < told["value"]


def by_kind(found: list[Trial], kind: str) -> set[str]:
    return {check for trial in found if trial.kind == kind for check in trial.found_by}


def test_each_kind_is_found_by_the_check_that_is_for_it(found: list[Trial]) -> None:
    for kind, check in (
        ("nulls", "completeness"),
        ("nulls", "distribution_drift"),
        ("swap", "stability"),
        ("units", "unit_change"),
        ("stale", "freshness_lag_hours"),
        ("duplicates", "duplicates"),
        ("shifted join", "stability"),
    ):
        assert check in by_kind(found, kind), (kind, by_kind(found, kind))


def test_the_same_seed_tries_the_same(found: list[Trial]) -> None:
    few = [fault for fault in FAULTS if fault.kind in {"units", "stale"}]
    first = list(trials(a_zip(60), MARKET, ZIP, 3, read=read, faults=few))
    assert first == list(trials(a_zip(60), MARKET, ZIP, 3, read=read, faults=few))
    assert first[0].kind == SOUND


def test_a_fault_that_cannot_be_is_not_tried_and_a_small_zip_not_at_all() -> None:
    bare = [stored(f"K{n}", version(0, unparsed_address=f"{n} Elm St")) for n in range(1, 61)]
    tried = {trial.fault for trial in trials(bare, MARKET, ZIP, 1, read=read)}
    assert not any("year_built" in fault for fault in tried)
    assert any("list_price_cents × 100" in fault for fault in tried)
    assert list(trials(a_zip(39), MARKET, ZIP, 1, read=read)) == []


def test_misses_and_false_alarms_are_listed() -> None:
    told = summary(
        [
            Trial(ZIP, SOUND, SOUND, ("validity",), 3),
            Trial(ZIP, "units: x", "units", ("unit_change",), 9),
            Trial(ZIP, "stale: x", "stale", (), 9),
        ]
    )
    assert (told["k"], told["n"]) == (1, 2)
    assert told["missed"] == [{"zip": ZIP, "fault": "stale: x"}]
    assert told["false_alarms"] == [{"zip": ZIP, "checks": ["validity"]}]
    assert told["by_kind"]["stale"]["value"] == 0
