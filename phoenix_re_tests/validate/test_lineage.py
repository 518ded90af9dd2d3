"""The log of merges: what is told of a ZIP whose listings change homes."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.validate.lineage import Moment, changes

FIRST = Moment(datetime(2025, 11, 3, tzinfo=UTC), None)
NEXT = Moment(datetime(2025, 11, 4, tzinfo=UTC), datetime(2025, 11, 3, tzinfo=UTC))


def homes(**listings: str) -> list[dict[str, Any]]:
    """`homes(p="ab")`: property p of the listings a and b, which a link explains."""
    return [
        {
            "_id": name,
            "market": "phx",
            "zip": "85031",
            "listing_ids": sorted(letters),
            "links": [
                {"a": a, "b": b, "because": "address", "bits": None, "evidence": {}}
                for a, b in pairwise(letters)
            ],
        }
        for name, letters in listings.items()
    ]


def told(before: list[dict], after: list[dict], when: Moment = NEXT) -> list[tuple]:
    return [
        (c["kind"], c["property_id"], "".join(c["from"]), "".join(c["listing_ids"]))
        for c in changes(before, after, when)
    ]


def test_listings_that_meet_are_told_and_lone_ones_are_not() -> None:
    (entry,) = changes([], homes(p="ab", q="c"), FIRST)
    assert (entry["kind"], entry["property_id"], entry["from"]) == ("joined", "p", [])
    assert entry["listing_ids"] == ["a", "b"]
    assert entry["because"] == homes(p="ab")[0]["links"]
    assert entry["logged_at"] == FIRST.at


def test_nothing_is_told_of_what_stays() -> None:
    assert told(homes(p="ab", q="c"), homes(p="ab", q="c")) == []


def test_a_newcomer_is_told_with_its_own_links_only() -> None:
    (entry,) = changes(homes(p="ab"), homes(p="abc"), NEXT)
    assert (entry["kind"], entry["from"], entry["listing_ids"]) == ("joined", ["p"], ["c"])
    assert [(link["a"], link["b"]) for link in entry["because"]] == [("b", "c")]


def test_a_merge_and_its_undoing() -> None:
    apart, together = homes(p="ab", q="c"), homes(p="abc")
    assert told(apart, together) == [("merged", "p", "pq", "abc")]
    (undone,) = changes(together, apart, NEXT)
    assert (undone["kind"], undone["from"], undone["into"]) == ("split", ["p"], ["p", "q"])
    assert undone["listing_ids"] == ["a", "b", "c"]


def test_two_homes_that_exchange_a_listing_tell_both() -> None:
    assert told(homes(p="ab", q="cd"), homes(p="a", q="bcd")) == [
        ("merged", "q", "pq", "bcd"),
        ("split", "p", "p", "abcd"),
    ]


def test_an_older_listing_that_gives_a_new_id_is_a_renaming() -> None:
    assert told(homes(p="a"), homes(o="a")) == [("renamed", "o", "p", "a")]
    assert told(homes(p="a"), homes(o="ab")) == [("joined", "o", "p", "ab")]


def test_the_same_change_told_twice_is_one_entry_and_a_later_one_another() -> None:
    later = Moment(NEXT.at, datetime(2025, 11, 3, 12, tzinfo=UTC))
    again = Moment(datetime(2025, 11, 4, 1, tzinfo=UTC), NEXT.since)
    ids = [changes(homes(p="a", q="b"), homes(p="ab"), w)[0]["_id"] for w in (NEXT, again, later)]
    assert ids[0] == ids[1] != ids[2]


@given(
    st.dictionaries(
        st.sampled_from("abcdefg"), st.tuples(*[st.sampled_from(["p", "q", "r", ""])] * 2)
    )
)
def test_every_listing_whose_home_changed_is_in_an_entry(moves: dict[str, tuple[str, str]]) -> None:
    def world(side: int) -> list[dict]:
        names = sorted({move[side] for move in moves.values()} - {""})
        return homes(**{n: "".join(k for k, m in moves.items() if m[side] == n) for n in names})

    before, after = world(0), world(1)
    entries = changes(before, after, NEXT)
    spoken = {listing for entry in entries for listing in entry["listing_ids"]}
    moved = {k for k, (old, new) in moves.items() if old and new and old != new}
    assert moved <= spoken
    assert len({entry["_id"] for entry in entries}) == len(entries)
