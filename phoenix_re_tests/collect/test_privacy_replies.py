"""Whole replies: what the cache may keep of them, and what an unreadable one may show."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.collect.privacy import clean
from phoenix_re.collect.privacy.replies import People

PEOPLE = People(frozenset({"listingOffice"}), frozenset({"Ownership"}), b"0123456789abcdef")
RENTAL = {
    "id": "54-Example-St,-Phoenix,-AZ-85033",
    "addressLine1": "54 Ada Quillmore Dr",
    "price": 1650,
    "listingAgent": {"name": "Ada Quillmore", "phone": "6025550100", "email": "ada@q.example"},
    "listingOffice": {"name": "Quillmore Homes", "phone": "6025550101"},
}
PARCEL = {"APN": "10300001", "Ownership": "QUILLMORE ADA/QUILLMORE BO ", "SitusZip": "85031"}
NAMED = ("quillmore ada", "ada quillmore", "602", "ada@q")


def kept(reply: Any) -> Any:
    body = PEOPLE.out_of_body(json.dumps(reply).encode())
    assert body is not None
    return json.loads(body)


def of_the_door(payload: dict[str, Any]) -> dict[str, Any]:
    return clean(payload, PEOPLE.private, PEOPLE.hashed, PEOPLE.secret)


@pytest.mark.parametrize(
    "reply",
    [
        [RENTAL, PARCEL],
        {"TOTAL": 2, "Results": [PARCEL, RENTAL]},
        {"value": [{"property": RENTAL}], "@odata.nextLink": "https://x.example/?$skiptoken=9"},
        RENTAL,
        {"note": "Call Ada Quillmore at 602-555-0100", "owners": [{"name": "ADA QUILLMORE"}]},
    ],
)
def test_nobody_is_left_in_what_is_kept(reply: Any) -> None:
    said = json.dumps(kept(reply)).lower().replace("54 ada quillmore dr", "")
    assert not [name for name in NAMED if name in said]


def test_a_record_is_kept_as_the_door_would_make_it_whatever_stands_beside_it() -> None:
    neighbour = {"id": "2", "addressLine1": "9 Ada Quillmore Dr", "price": 1}
    assert kept([RENTAL, neighbour]) == [of_the_door(RENTAL), neighbour]
    assert kept({"Results": [RENTAL, neighbour]})["Results"] == [of_the_door(RENTAL), neighbour]
    assert of_the_door(kept([PARCEL])[0]) == of_the_door(PARCEL)


def test_the_way_to_the_next_page_is_kept() -> None:
    link = "https://x.example/Property?$skiptoken=abcdef0123456789&access=1"
    assert kept({"@odata.nextLink": link, "value": [PARCEL]})["@odata.nextLink"] == link


@pytest.mark.parametrize("body", [b'{"count": 2}', b"[]", b'[{"price":1.50}]', b'{"a": [1, {}]}'])
def test_what_names_nobody_is_kept_byte_for_byte(body: bytes) -> None:
    assert PEOPLE.out_of_body(body) is body


@pytest.mark.parametrize("body", [b"<html>Ada</html>", b'[{"id": 1', b'"Ada"', b"7", b"", b"\xff"])
def test_what_is_no_json_is_not_kept(body: bytes) -> None:
    assert PEOPLE.out_of_body(body) is None


PAGE = """<div title='1 Elm St'><div><span class='l'>Listing Agent: </span>
 <span class='v'>Ada Quillmore</span></div><div><b>Owner Name:</b> Bo Quillmore</div>
 <div><span>Agent Phone:</span> <span>602-555-0100</span></div>
 <span>Subdivision: </span><span>Quillmore Park</span></div><meta content="by Ada Quillmore">"""
BROKEN = """[{"id": "1", "listingAgent": {"name": "Ada Quillmore", "office": {"tel": "1"},
 "languages": ["English", {"x": "}"}]}, "price": 5, "owner": {"names": ["Bo Quillmore"],
 "mailingAddress": {"formattedAddress": "7 Elm St"""


def test_a_page_keeps_its_build_and_loses_its_people() -> None:
    said = PEOPLE.out_of_text(PAGE)
    assert "Ada" not in said
    assert "Bo Quillmore" not in said
    assert "602" not in said
    assert "<span class='v'>[name]</span>" in said
    assert "<span>Quillmore Park</span>" in said


def test_json_that_broke_off_loses_its_people() -> None:
    said = PEOPLE.out_of_text(BROKEN)
    assert said == '[{"id": "1", "listingAgent": "[name]", "price": 5, "owner": "[name]"'


@given(st.text(alphabet='"{}[]<>:\\ aB:', max_size=60) | st.text())
def test_any_text_is_taken(text: str) -> None:
    said = PEOPLE.out_of_text(f'<b>Owner:</b>Bo Quillmore<i>{{"agent": ["Ada Quillmore", "{text}')
    assert "Quillmore" not in said


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["owner", "owners", "name", "agent", "rows", "@x", "id"]) | st.text(),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_reply_is_taken_and_cleaning_twice_is_cleaning_once(reply: Any) -> None:
    once = PEOPLE.out_of_body(json.dumps(reply).encode())
    if isinstance(reply, dict | list):
        assert once is not None
        assert PEOPLE.out_of_body(once) == once
    else:
        assert once is None
