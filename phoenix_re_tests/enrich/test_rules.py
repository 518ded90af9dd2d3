"""The rule-based extractor: precision on the development set, exact evidence on any text, work
that grows no faster than the text, and speed.

The development set (`labelled_remarks.yaml`) is as old as the first eight fields and knows no
others; the rules were written with an eye on it. What the rules are worth on texts that nobody
looked at is for `evaluate-extraction` to say.
"""

import csv
import json
import math
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.enrich.facts import FIELDS, Facts, Renovation
from phoenix_re.enrich.rules import EXTRACTOR_VERSION, TOPICS, extract
from phoenix_re.enrich.rules.text import Remarks, near_words, phrases, word_set

LABELLED = Path(__file__).with_name("labelled_remarks.yaml")
REAL = Path(__file__).parents[3] / "shared" / "data" / "text"
LABELLED_FIELDS = (
    *("pool", "garage", "hoa", "condition", "renovation", "solar", "casita", "motivation"),
)
ROWS: list[dict[str, Any]] = yaml.safe_load(LABELLED.read_text(encoding="utf-8"))


def _gold(row: dict[str, Any], field: str) -> tuple[str, Any]:
    label = row.get(field, "not_stated")
    if label == "not_stated" or label is False:
        return ("no" if label is False else "not_stated"), None
    if isinstance(label, dict):
        return "yes", Renovation(label["year"], tuple(label["what"]))
    return "yes", (None if label is True else label)


def _score(field: str) -> tuple[int, int, int, list[str]]:
    """Asserted, right, asserted by gold, and what went wrong. Right: state and value are equal."""
    asserted = right = wanted = 0
    wrong = []
    for row in ROWS:
        fact, gold = extract(row["remarks"])[field], _gold(row, field)
        said = (fact.state, fact.value)
        asserted += fact.state != "not_stated"
        wanted += gold[0] != "not_stated"
        right += said == gold != ("not_stated", None)
        if said != gold:
            wrong.append(f"  {field}: gold {gold}, got {said} from {row['remarks'][:90]!r}")
    return asserted, right, wanted, wrong


def test_the_labelled_set_is_broad_enough() -> None:
    assert len(ROWS) >= 120
    assert len({row["remarks"] for row in ROWS}) == len(ROWS)
    assert {key for row in ROWS for key in row} == {"remarks", *LABELLED_FIELDS}
    for field in LABELLED_FIELDS:
        assert sum(field in row for row in ROWS) >= 10, field


def test_macro_precision_on_the_labelled_set() -> None:
    scores = {field: _score(field) for field in LABELLED_FIELDS}
    report = "\n".join(
        f"{field:11} precision {right}/{asserted}  recall {right}/{wanted}\n" + "\n".join(wrong)
        for field, (asserted, right, wanted, wrong) in scores.items()
    )
    precision = [right / asserted for asserted, right, _, _ in scores.values()]
    recall = [right / wanted for _, right, wanted, _ in scores.values()]
    assert sum(precision) / len(precision) >= 0.97, report
    assert min(precision) >= 0.95, report
    assert sum(recall) / len(recall) >= 0.9, report


def _check(remarks: str) -> Facts:
    """Every contract of `Facts` at once: fields, values, evidence exact; and the way back."""
    facts = Facts(remarks, EXTRACTOR_VERSION, extract(remarks))
    assert Facts.from_document(facts.to_document(), remarks) == facts
    return facts


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_evidence_is_exact_on_the_labelled_set(row: dict[str, Any]) -> None:
    _check(row["remarks"])


SAID = {  # text → the facts that it states, as (state, value)
    "No pool, but the community pool is across the street.": {"pool": ("yes", "community")},
    "Sparkling private pool out back. Sorry, no pool.": {},
    "No HOA. HOA dues are $50 per month.": {},
    "No HOA! Low HOA!": {},
    "Completely remodeled home, sold as-is.": {
        "condition": ("yes", "remodeled"),
        "renovation": ("yes", Renovation(None, ("whole_home",))),
    },
    "Newly remodeled home that needs some TLC.": {
        "renovation": ("yes", Renovation(None, ("whole_home",)))
    },
    "2 car garage and a 3 car garage.": {"garage": ("yes", None)},
    "Leased solar panels upstairs, owned solar panels downstairs.": {"solar": ("yes", None)},
    "Motivated seller, but the owner is in no hurry.": {},
    "HOA dues are $1,200 annually": {"hoa": ("yes", 10000)},
    "HOA dues are $1,000 per year": {"hoa": ("yes", 8333)},
    "Part of the garage is currently converted into a gym.": {"garage": ("yes", None)},
    "A detached garage that has been converted to a studio.": {"garage": ("no", None)},
    "Insulated garage door with a new opener.": {},
    "Roof with solar fan.": {},
    "The home has solar installed.": {"solar": ("yes", None)},
    "Great schools w/out the HOA or high taxes.": {"hoa": ("no", None)},
    "Buyer to verify schools, taxes, lot size and HOA dues.": {},
    "While the HOA is voluntary, most join.": {},
    "An appliance garage with storage above.": {},
    "Updated kitchen, 2016 HVAC.": {"renovation": ("yes", Renovation(None, ("kitchen",)))},
    "Newly remodeled (2015) kitchen.": {},
    "Third bedroom with in-law suite options.": {},
    "Kitchen remodeled '07.": {"renovation": ("yes", Renovation(2007, ("kitchen",)))},
    "Renovated 1960s bungalow": {
        "condition": ("yes", "remodeled"),
        "renovation": ("yes", Renovation(None, ("whole_home",))),
    },
}


@pytest.mark.parametrize("text", SAID)
def test_negation_contradiction_and_values(text: str) -> None:
    facts = {name: extract(text)[name] for name in LABELLED_FIELDS}
    stated = {n: (f.state, f.value) for n, f in facts.items() if f.state != "not_stated"}
    assert stated == SAID[text]


def test_the_markets_own_words() -> None:
    words = {
        "casita": ["Ohana", "guest  house", " "],
        "in_law": ["Multi-Gen Suite"],
        "hoa": ["POA", "c++ (club)~"],
        "arizona_room": ["Arizona room"],
    }
    assert "arizona_room" not in TOPICS
    assert extract("Large ohana out back. POA dues are $90 per quarter.")["casita"].value is None
    facts = extract("Large Ohana out back. POA dues are $90 per quarter.", words)
    assert (facts["casita"].value, facts["casita"].evidence) == ("other", "Ohana")
    assert (facts["hoa"].value, facts["hoa"].evidence) == (3000, "POA dues are $90 per quarter")
    assert extract("Private multi-gen suite.", words)["casita"].value == "in_law"
    assert extract("A guest house.", words)["casita"].value == "guest_house"
    assert extract("An Arizona room.", words)["casita"].state == "not_stated"
    assert extract("Room to build an ohana.", words)["casita"].state == "not_stated"


def test_evidence_keeps_case_entities_and_marks_of_the_given_text() -> None:
    assert extract("A 2&nbsp;Car&#32;GARAGE.")["garage"].evidence == "2&nbsp;Car&#32;GARAGE"
    assert extract("KITCHEN<b> Remodeled</b> ’18")["renovation"].evidence is not None
    assert extract("İİİ Heated in\u2011ground Pool")["pool"].evidence == "in\u2011ground Pool"


VOCABULARY = """
pool private community garage 2 two car converted no hoa dues $250 per month quarter solar owned
leased kitchen remodeled in 2019 '98 home updated as is needs tlc casita guest house room for a
seller motivated estate sale tenant occupied lease through 5/27 rented at $1,450 /mo mountain view
spa carport rv gate new roof 2021 bank owned cash only as-is ramp elevator arv flip
&amp; <br> . ! , - ~ 🏊 İ ’ not never
"""
WORDS = st.sampled_from(sorted(VOCABULARY.split()))


@given(st.one_of(st.text(), st.lists(WORDS, max_size=40).map(" ".join)))
def test_any_text_gives_valid_facts_with_exact_evidence(text: str) -> None:
    _check(text)
    assert len(Remarks(text).folded) == len(text)


@given(st.lists(WORDS, max_size=30).map(" ".join))
def test_the_same_text_in_capitals_or_with_wider_blanks_says_the_same(text: str) -> None:
    def stated(remarks: str) -> dict[str, Any]:
        said = {n: (f.state, f.value) for n, f in extract(remarks).items()}
        said.pop("summary")  # whose value is the text itself
        return said

    plain = text.replace("İ", "").replace("&amp;", "and")
    assert stated(plain.upper()) == stated(plain)


HOSTILE = [
    "pool ",
    "room for ",
    "kitchen and bath, ",
    "recently updated and ",
    "2 car ",
    "2 car large attached oversized ",
    "hoa fees are of only ",
    "hoa $1 ",
    "solar panels are ",
    "the seller is very ",
    "guest casita or ",
    "completely ",
    "no ",
    "- ",
    "~",
    "&amp;",
    "<b ",
    "'98 and ",
    "ignore instruction ",
    "tenant in place with a lease that is good ",
    "currently is now leased ",
    "tenant long term paying ",
    "unit a rents for $1,200 and ",
    "rented for just about $1,450-",
    "arv of about ",
    "tlc for ",
    "owner will consider a possible ",
    "cash or hard money ",
    "not a short sale or ",
    "shed and fence convey ",
    "wide door ",
    "near the old ",
    "perfect for a young ",
    "ends 5/",
    "$1",
    "a",
]


@pytest.mark.parametrize("token", HOSTILE)
def test_work_grows_no_faster_than_the_text(token: str) -> None:
    """CPU per character of 8× the text, over that of the text itself; quadratic would be 8."""
    short = token * (8_000 // len(token))

    def cost(text: str) -> float:
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            extract(text)
            best = min(best, time.process_time() - start)
        return best / len(text)

    assert cost(short * 8) / max(cost(short), 1e-8) < 4


FILLER = """
Welcome to this lovely home on a quiet cul-de-sac close to parks, shops and dining.
The open floor plan has tile in all the right places and carpet in the bedrooms.
Step into the kitchen with granite counters, a large island and stainless appliances.
The primary suite has double sinks, a soaking tub and a walk-in closet.
Out back, a wide patio under fruit trees and low-care landscaping.
Vaulted ceilings and big windows fill the living room with light.
Upstairs are three bedrooms, a loft and a second full bath.
Minutes to the freeway, the airport and downtown.
The laundry room has cabinets and a sink, and the washer and dryer stay.
The same hands have kept it in wonderful shape for thirty years.
Fresh paint inside and out, new fixtures, fans in every room.
Come see it today, it will not be here tomorrow!
""".strip().split("\n")


def test_two_thousand_remarks_a_second_on_one_core() -> None:
    """CPU time, for other processes share the core, and of each text its best of up to forty, for
    they slow it down all the same. Texts as long as real ones (some 450 characters), every third
    with what one row of the development set says."""
    choose = random.Random(7)
    texts = []
    for row in ROWS:
        texts += [" ".join(choose.sample(FILLER, 7)) for _ in range(2)]
        texts.append(" ".join([*choose.sample(FILLER, 6), row["remarks"]]))
    assert 400 <= sum(map(len, texts)) / len(texts) <= 560
    best = [math.inf] * len(texts)
    for _ in range(40):
        for at, text in enumerate(texts):
            start = time.process_time()
            extract(text)
            best[at] = min(best[at], time.process_time() - start)
        if len(texts) / sum(best) >= 2_000:
            break
    assert len(texts) / sum(best) >= 2_000


def _real_remarks() -> Iterator[str]:
    for path in sorted(REAL.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                yield row.get("description") or row.get("text") or ""
    for path in sorted(REAL.glob("*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))["remarks"]


@pytest.mark.skipif(not REAL.is_dir(), reason=f"needs the real listing texts in {REAL}")
def test_real_remarks_give_valid_facts_with_exact_evidence() -> None:
    asserted = dict.fromkeys(FIELDS, 0)
    for remarks in _real_remarks():
        for name, fact in _check(remarks).facts.items():
            asserted[name] += fact.state != "not_stated"
    assert all(count >= 20 for field, count in asserted.items() if field in LABELLED_FIELDS)
    assert all(count >= 5 for count in asserted.values()), asserted


def test_a_phrase_is_looked_for_only_near_whole_words() -> None:
    mention = phrases([("said", "red (?:door|barn)")])
    text = Remarks("A red door. " + "x" * 200 + " And behind it, in the field, a red barn.")
    found = [m.group() for m in near_words(word_set("field"), mention, text, 5, 12)]
    assert found == ["red barn"]
    assert not [*near_words(word_set("fiel"), mention, text, 500, 500)]
    both = [m.group() for m in near_words(word_set("door red"), mention, text, 5, 12)]
    assert both == ["red door", "red barn"]
