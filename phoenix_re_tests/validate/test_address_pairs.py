"""Real pairs of addresses, labelled by hand: how often the verdict is right.

`address_pair_labels.csv` names pairs of ../shared/data/duplicates by row and hash, not by address.
`sample`: 300 labelled first; 40 of the pairs that are equal once case and suffixes are
(`normalised_equal`), 260 of the others; how they were drawn is not on record. `census`: then all
others that are not equal so were read, but for those of which the verdict was "same building". Five
that it showed to be missed led to changes of the code, so of these it is no independent proof.
`undecidable` is a pair of which the reader cannot tell, either.
"""

import csv
import hashlib
import math
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from phoenix_re.validate.same_address import compare

from .listings import DATA

PAIRS = DATA / "duplicates" / "address_pairs_orders_vs_mls.csv"
LABELS = Path(__file__).with_name("address_pair_labels.csv")


class Judged(NamedTuple):
    label: str
    drawn: str
    hard: bool  # not equal once case and suffixes are: `normalised_equal` of the file
    said: str
    addresses: tuple[str, str]


@pytest.fixture(scope="module")
def pairs() -> list[list[str]]:
    if not PAIRS.is_file():
        pytest.skip(f"no real data at {PAIRS}")
    with PAIRS.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


@pytest.fixture(scope="module")
def judged(pairs: list[list[str]]) -> list[Judged]:
    with LABELS.open(encoding="utf-8", newline="") as file:
        labels = list(csv.DictReader(file))
    found: list[Judged] = []
    for label in labels:
        a, b, number, _, equal = pairs[int(label["row"]) - 1]
        digest = hashlib.sha256(f"{a}\n{b}\n{number}".encode()).hexdigest()
        assert digest.startswith(label["row_sha256"]), f"row {label['row']} is another pair"
        found.append(
            Judged(label["label"], label["drawn"], equal == "False", compare(a, b).kind, (a, b))
        )
    return found


def f1(judged: list[Judged]) -> float:
    """Of "same"; "unsure" counts as not found."""
    counted = Counter((j.label == "same", j.said == "same") for j in judged)
    right, wrong, missed = counted[True, True], counted[False, True], counted[True, False]
    return 2 * right / (2 * right + wrong + missed)


def test_the_labels_are_what_they_are_said_to_be(judged: list[Judged]) -> None:
    assert Counter(j.drawn for j in judged) == {"sample": 300, "census": 359}
    assert Counter(j.hard for j in judged if j.drawn == "sample") == {True: 260, False: 40}
    assert all(j.hard for j in judged if j.drawn == "census")


def test_f1_of_the_sample(judged: list[Judged]) -> None:
    sample = [j for j in judged if j.drawn == "sample"]
    assert f1(sample) >= 0.98
    assert math.isclose(f1(sample), 0.9968, abs_tol=5e-5)  # as docs/how-to/match-addresses.md says


def test_f1_of_all_that_are_hard(judged: list[Judged]) -> None:
    hard = [j for j in judged if j.hard and j.label != "undecidable"]
    assert f1(hard) >= 0.98
    assert math.isclose(f1(hard), 0.9803, abs_tol=5e-5)  # as docs/how-to/match-addresses.md says


def test_nothing_is_called_the_same_that_is_not(judged: list[Judged]) -> None:
    assert [j for j in judged if j.said == "same" and j.label != "same"] == []


def test_a_home_that_is_missed_is_left_to_a_person(judged: list[Judged]) -> None:
    """But for one, in which both sides state directions that differ."""
    missed = Counter(j.said for j in judged if j.label == "same" and j.said != "same")
    assert missed == {"unsure": 7, "different": 1}


def test_units_are_told_apart(judged: list[Judged]) -> None:
    of_units = [j for j in judged if j.label == "same_building" and j.drawn == "sample"]
    assert {j.said for j in of_units} == {"same_building"}


def test_no_two_units_are_one_home_in_any_pair(pairs: list[list[str]]) -> None:
    """By the bare text: a home that is the same has the same numbers. (Letters: see the census.)"""
    for a, b, *_ in pairs:
        if compare(a, b).kind == "same":
            assert _numbers(a) == _numbers(b), (a, b)


def _numbers(address: str) -> list[str]:
    street = address.partition(", ")[0]
    digits = ["".join(c for c in word if c.isdigit()).lstrip("0") for word in street.split()]
    return sorted(filter(None, digits))
