"""Facts cannot be asserted without exact evidence, and survive the way into BSON and back."""

import pickle

import bson
import pytest

from phoenix_re.enrich.facts import (
    FIELDS,
    NOT_STATED,
    Fact,
    Facts,
    Quote,
    Renovation,
    remarks_hash,
)

TEXT = "Private pool, kitchen remodeled in 2018, no HOA. Señal: 🏊"


def _facts(**stated: Fact) -> Facts:
    return Facts(TEXT, "test-1", dict.fromkeys(FIELDS, NOT_STATED) | stated)


def _quoted(text: str) -> Quote:
    return Quote.of(TEXT, text)


def test_a_quote_is_cut_from_the_remarks_or_does_not_exist() -> None:
    assert _quoted("Private pool") == "Private pool"
    assert Quote(TEXT, 8, 12) == "pool"
    for bad in ("private pool", "Private  pool", ""):
        with pytest.raises(ValueError, match="claim must be dropped"):
            _quoted(bad)
    for start, end in ((0, 0), (5, 3), (-4, 2), (0, len(TEXT) + 1)):
        with pytest.raises(ValueError, match="no text at"):
            Quote(TEXT, start, end)
    assert pickle.loads(pickle.dumps(_quoted("pool"))) == "pool"


@pytest.mark.parametrize("state", ["yes", "no"])
def test_an_assertion_needs_a_quote(state: str) -> None:
    for evidence in (None, "Private pool"):
        with pytest.raises(ValueError, match="needs a Quote"):
            Fact(state, None, evidence)  # type: ignore[arg-type]  # the wrong call is the test


def test_states_keep_their_rules() -> None:
    with pytest.raises(ValueError, match="needs a Quote"):
        Fact("not_stated", None, _quoted("pool"))
    with pytest.raises(ValueError, match="only an asserted yes has a value"):
        Fact("no", "private", _quoted("pool"))
    with pytest.raises(ValueError, match="only an asserted yes has a value"):
        Fact("not_stated", "private")
    with pytest.raises(ValueError, match="state must be"):
        Fact("maybe", None, _quoted("pool"))  # type: ignore[arg-type]  # the wrong call is the test


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pool", "public"),
        ("garage", 0),
        ("garage", True),
        ("garage", "two"),
        ("hoa", 45.5),
        ("condition", "lovely"),
        ("renovation", Renovation(2018, ())),
        ("renovation", Renovation(1492, ("kitchen",))),
        ("renovation", Renovation(2018, ("kitchen", "bathrooms"))),
        ("renovation", Renovation(2018, ("attic",))),
        ("motivation", "divorce"),
    ],
)
def test_a_value_outside_its_fields_contract_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{field}: .* is not a legal value"):
        _facts(**{field: Fact("yes", value, _quoted("pool"))})  # type: ignore[arg-type]  # the test


def test_facts_hold_every_field_and_only_evidence_of_these_remarks() -> None:
    with pytest.raises(ValueError, match="missing or unknown: \\['pool'\\]"):
        Facts(TEXT, "t", {n: NOT_STATED for n in FIELDS if n != "pool"})
    with pytest.raises(ValueError, match="not in these remarks"):
        _facts(pool=Fact("yes", "private", Quote("Another pool", 0, 7)))
    with pytest.raises(ValueError, match="condition cannot be denied"):
        _facts(condition=Fact("no", None, _quoted("no")))


def test_through_bson_and_back() -> None:
    facts = _facts(
        pool=Fact("yes", "private", _quoted("Private pool")),
        hoa=Fact("no", None, _quoted("no HOA")),
        renovation=Fact(
            "yes", Renovation(2018, ("kitchen",)), _quoted("kitchen remodeled in 2018")
        ),
    )
    document = bson.decode(bson.encode(facts.to_document()))
    assert document["facts"]["renovation"]["value"] == {"year": 2018, "what": ["kitchen"]}
    assert document["facts"].keys() == {"pool", "hoa", "renovation"}
    assert Facts.from_document(document, TEXT) == facts


def test_a_document_is_read_only_against_its_own_remarks() -> None:
    document = _facts(pool=Fact("yes", "private", _quoted("Private pool"))).to_document()
    with pytest.raises(ValueError, match="remarks have changed"):
        Facts.from_document(document, TEXT + " ")
    document["facts"]["pool"]["evidence"] = "Huge pool"
    with pytest.raises(ValueError, match="not in the remarks"):
        Facts.from_document(document, TEXT)
    document["facts"] = {"basement": {}}
    with pytest.raises(ValueError, match="unknown fields \\['basement'\\]"):
        Facts.from_document(document, TEXT)


def test_the_hash_takes_any_text() -> None:
    assert len(remarks_hash("\ud800 broken")) == 64
    assert remarks_hash("a") != remarks_hash("a ")
