"""Fair-housing flags: phrases about people are found, phrases about houses are not.

Every text here is invented.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.enrich.facts import FIELDS
from phoenix_re.enrich.fair_housing import CLASSES, flags
from phoenix_re.enrich.rules import extract

FLAGGED: dict[str, dict[str, str]] = {  # class → text → evidence
    "familial_status": {
        "This home is perfect for families.": "perfect for families",
        "Ideal for a growing family!": "Ideal for a growing family",
        "No children please.": "No children",
        "A real bachelor pad downtown.": "bachelor pad",
        "Great for empty nesters.": "Great for empty nesters",
        "Quiet building, mature couple preferred.": "mature couple",
        "ADULTS ONLY": "ADULTS ONLY",
        "Great neighborhood to raise a family.": "raise a family",
        "Kid-friendly street.": "Kid-friendly",
        "Perfect home for a young couple.": "Perfect home for a young couple",
        "In a family-friendly neighborhood.": "family-friendly",
    },
    "religion": {
        "Walking distance to the church.": "Walking distance to the church",
        "Near the synagogue and shops.": "Near the synagogue",
        "A lovely Christian home.": "Christian home",
        "Close to St. Mary church.": "Close to St. Mary church",
    },
    "race_or_national_origin": {
        "In a Hispanic neighborhood.": "Hispanic neighborhood",
        "An exclusive ethnic area.": "exclusive ethnic area",
        "Growing Asian community.": "Asian community",
        "No immigrants.": "No immigrants",
        "Must speak English.": "Must speak English",
    },
    "sex": {
        "Ideal for a single woman.": "Ideal for a single woman",
        "Female preferred.": "Female preferred",
        "Men only, shared bath.": "Men only",
        "Great for a professional woman.": "Great for a professional woman",
    },
    "disability": {
        "Not suitable for wheelchairs.": "Not suitable for wheelchairs",
        "For able-bodied buyers.": "able-bodied",
        "Not recommended for the elderly.": "Not recommended for the elderly",
        "Sorry, not wheelchair accessible.": "not wheelchair accessible",
    },
    "age_restricted": {
        "55+ community with golf.": "55+ community",
        "55 and over only.": "55 and over",
        "Active adult resort.": "Active adult resort",
        "Age-restricted park.": "Age-restricted",
        "Senior living at its best.": "Senior living",
        "Lovely adult community.": "adult community",
    },
}
CASES = [(name, text) for name, texts in FLAGGED.items() for text in texts]


@pytest.mark.parametrize(("name", "text"), CASES)
def test_phrases_about_people_are_flagged(name: str, text: str) -> None:
    assert [(f.protected_class, str(f.evidence)) for f in flags(text)] == [
        (name, FLAGGED[name][text])
    ]
    assert flags(text.upper())[0].protected_class == name


def test_every_class_has_examples() -> None:
    assert FLAGGED.keys() == set(CLASSES)


@pytest.mark.parametrize(
    "text",
    [
        "Family room with fireplace and a single family lot.",
        "Perfect for family gatherings and movie nights.",
        "Ideal for entertaining family and friends.",
        "Master bedroom with his and hers closets.",
        "Walking distance to schools and parks.",
        "Ramp, grab bars and a roll-in shower; wheelchair accessible.",
        "Mother-in-law suite above the garage.",
        "Mature trees and mature landscaping.",
        "A couple of blocks from the lake.",
        "White kitchen, black granite, a white area rug in the den.",
        "On Church Street, east of Temple Ave.",
        "Man cave and she shed.",
        "Not age restricted, all ages welcome.",
        "Over 55 acres of trails and 55+ trees.",
        "Near Indian School Rd and the Chinese garden.",
        "Entertaining with or without kids.",
        "Equal housing opportunity.",
        "Bedroom for kids or guests, two singles fit.",
        "Handyman special with a new community center.",
        "",
    ],
)
def test_phrases_about_houses_are_not(text: str) -> None:
    assert flags(text) == []


def test_several_are_told_in_order_word_for_word() -> None:
    found = flags("Perfect for families! Near the church. 55+ COMMUNITY.")
    assert [f.protected_class for f in found] == ["familial_status", "religion", "age_restricted"]
    assert [str(f.evidence) for f in found] == [
        "Perfect for families",
        "Near the church",
        "55+ COMMUNITY",
    ]


def test_no_fact_is_made_of_a_flag() -> None:
    text = " ".join(text for texts in FLAGGED.values() for text in texts)
    assert not FIELDS.keys() & set(CLASSES)
    quoted = {str(f.evidence).lower() for f in flags(text)}
    for name, fact in extract(text).items():
        if name != "accessibility":  # "wheelchair accessible" is a feature too, here denied
            assert str(fact.evidence).lower() not in quoted, name


@given(st.text())
def test_evidence_is_exact_on_any_text(text: str) -> None:
    for flag in flags(text + " perfect for families " + text):
        assert flag.evidence in text + " perfect for families " + text
        assert flag.protected_class in CLASSES
