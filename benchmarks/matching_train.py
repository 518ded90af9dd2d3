"""The weights of the matching model, counted on the truth of a world that no benchmark judges.

Pairs that exact keys leave open are compared as in production; of each answer, m is its share
among pairs of one home and u among pairs of two (half a pair added to each count, so that what was
never seen is not impossible). The two thresholds are the lowest, in quarter bits, at which of the
pairs within the next two bits so many are one home, and the model itself says so, too: its
questions are not wholly independent, so neither alone is believed.

    .venv/bin/python benchmarks/matching.py --train
"""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matching_world import Told, faults_in_words

from phoenix_re.validate.matching import identify
from phoenix_re.validate.matching.comparing import ANSWERS, WEIGHTS, Answers, Weights, bits_of
from phoenix_re.validate.matching.homes import undecided

MERGE_RIGHT, REVIEW_RIGHT = (0.98, 0.9), (0.25, 0.25)  # as counted, as the model says

Judged = tuple[Answers, bool]  # of a pair: how it compares, whether it is one home


def judged_pairs(told: Mapping[str, Sequence[Told]], market_of: Mapping[str, Any]) -> list[Judged]:
    """ZIP → what was told there → the pairs that exact keys leave open."""
    found: list[Judged] = []
    for zip5, listings in told.items():
        house = {t.listing_id: t.house for t in listings}
        identities = (
            identify(t.listing_id, t.record, zip5, market_of[zip5], t.founded_at) for t in listings
        )
        found += [(answers, house[a] == house[b]) for a, b, answers in undecided(identities)]
    return found


def train(pairs: Sequence[Judged], seed: int, into: Path = WEIGHTS) -> dict[str, Any]:
    """Count, choose the thresholds, write; the written."""
    same, two = (Counter[tuple[str, str]]() for _ in range(2))
    for answers, is_one in pairs:
        for question, answer in zip(Answers._fields, answers, strict=True):
            if answer is not None:
                (same if is_one else two)[question, answer] += 1
    ones = sum(is_one for _, is_one in pairs)
    bits: dict[str, dict[str, float]] = {}
    counted: dict[str, dict[str, list[int]]] = {}
    for question, answers in ANSWERS.items():
        of_same = sum(same[question, a] + 0.5 for a in answers)
        of_two = sum(two[question, a] + 0.5 for a in answers)
        counted[question] = {a: [same[question, a], two[question, a]] for a in answers}
        bits[question] = {
            a: round(
                math.log2((same[question, a] + 0.5) / of_same)
                - math.log2((two[question, a] + 0.5) / of_two),
                2,
            )
            for a in answers
        }
    prior = round(math.log2(ones / (len(pairs) - ones)), 2)
    merge, review = _thresholds(pairs, Weights(prior, 0, 0, bits))
    written = {
        "made": {
            "by": "benchmarks/matching.py --train, on the truth of benchmarks/matching_world.py",
            "seed": seed,
            "pairs_of_one_home": ones,
            "pairs_of_two": len(pairs) - ones,
            "faults": faults_in_words(),
            "counted": counted,
        },
        "prior_bits": prior,
        "merge_bits": merge,
        "review_bits": review,
        "bits": bits,
    }
    into.write_text(_json(written))
    return written


def _json(written: Mapping[str, Any]) -> str:
    return json.dumps(written, indent=1) + "\n"


def _thresholds(pairs: Sequence[Judged], by: Weights) -> tuple[float, float]:
    scored = sorted((bits_of(a, by), one) for a, one in pairs if not a.contradictory)
    found = []
    for share, said in (MERGE_RIGHT, REVIEW_RIGHT):
        own = math.ceil(4 * math.log2(said / (1 - said)))
        steps = (step / 4 for step in range(own, int(4 * scored[-1][0])))
        found.append(next(step for step in steps if _from_here_on(scored, step, share)))
    return found[0], found[1]


def _from_here_on(scored: Sequence[tuple[float, bool]], step: float, share: float) -> bool:
    within = [one for bits, one in scored if step <= bits < step + 2]
    return bool(within) and sum(within) >= share * len(within)
