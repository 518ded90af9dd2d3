"""What is kept and told of a reply that broke its contract: enough to mend it, no people."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from phoenix_re.collect.arrivals import Door
from phoenix_re.collect.drift import Drift
from phoenix_re.collect.errors import ContractError, Refused
from phoenix_re.collect.source import Options
from phoenix_re.collect.unreadable import LONGEST_KEPT, keep_unreadable, readable_again
from phoenix_re.collect.zip_session import ZipSession
from phoenix_re.mongo import MongoStore
from phoenix_re.storage import DRIFT
from phoenix_re_tests.collect.askings import asking, spec
from phoenix_re_tests.collect.budgets import market_with

pytestmark = pytest.mark.integration

NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)
KEY = "our-very-own-key"


class Home(BaseModel):
    price: int
    owner: str


class Pages(Options):
    pages: int = 4


def door(store: MongoStore) -> Door:
    market = market_with()
    return Door(
        store=store,
        spec=spec(private=frozenset({"OwnerName"})),
        source=market.sources["zillow"],
        market=market,
        market_of_zip={"85031": "phx"},
        drift=Drift(store),
        secret=b"0123456789abcdef",
        observed_at=NOW,
    )


def hiding(text: str) -> str:
    return text.replace(KEY, "***")


def kept(store: MongoStore) -> dict[str, Any]:
    (document,) = store.db[DRIFT].find()
    return document


@pytest.mark.parametrize(
    ("payload", "whole"),
    [
        ({"OwnerName": "Ada Lovelace", "a": 1, "next": f"http://x/?k={KEY}"}, True),
        (f"<html>a page with {KEY}</html>", True),
        ("x" * LONGEST_KEPT * 2, False),
        ({"a": ["y" * 1000] * LONGEST_KEPT}, False),
        ([1, {"b": KEY}], True),
    ],
)
def test_any_payload_is_kept_as_readable_json(
    store: MongoStore, payload: object, whole: bool
) -> None:
    error = ContractError("zillow", f"the template changed ({KEY})", payload)
    keep_unreadable(door(store), "85031", error, hiding)
    document = kept(store)
    (text,) = document["payloads"]
    assert isinstance(json.loads(text), dict)
    assert whole or len(text) <= 1.1 * LONGEST_KEPT
    assert "Lovelace" not in text
    assert KEY not in repr(document)
    assert document["state"] == "open"


@pytest.mark.parametrize(
    "payload",
    [
        [{"id": 1, "listingAgent": {"name": "Ada Lovelace", "phone": "602-555-0100"}}],
        "<p><span>Listing Agent: </span> <span>Ada Lovelace</span></p><p>by Ada Lovelace</p>",
        '[{"id": 1, "OwnerName": "LOVELACE ADA", "listingAgent": {"name": "Ada Lovelace", "pho',
        {"results": [{"agentName": "Ada Lovelace", "text": "Ask Ada Lovelace about it"}]},
    ],
)
def test_nobody_is_named_in_a_payload_of_whatever_shape(store: MongoStore, payload: object) -> None:
    keep_unreadable(door(store), "85031", ContractError("zillow", "changed", payload), hiding)
    said = repr(kept(store)).lower()
    assert "lovelace" not in said
    assert "id" in said or "listing agent" in said


def test_one_document_a_place_that_ends_with_a_good_answer(store: MongoStore) -> None:
    place = door(store)
    for _ in range(3):
        keep_unreadable(place, "85031", ContractError("zillow", "changed", "<html>"), hiding)
    keep_unreadable(place, "85031", ContractError("zillow", "nothing to keep"), hiding)
    assert kept(store)["times"] == 3
    assert Drift(store).accept("zillow", "phx") == []  # there is no shape to accept
    readable_again(place, "85033")
    assert kept(store)["state"] == "open"
    readable_again(place, "85031")
    assert kept(store)["state"] == "recovered"
    keep_unreadable(place, "85031", ContractError("zillow", "again", "<html>"), hiding)
    assert (kept(store)["times"], kept(store)["state"]) == (1, "open")


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        ({"owner": "Ada Lovelace"}, "home: price: Field required, given an object of owner"),
        ({"price": {"a": 1}, "owner": "x"}, "price: Input should be a valid integer, given an obj"),
        ({"price": [1, 2], "owner": "x"}, "given a list of 2"),
        ({"price": "about 3", "owner": "x"}, "given 'about 3'"),
        ([], "home: the whole: "),
    ],
)
def test_a_broken_contract_names_the_field_and_no_people(
    store: MongoStore, tmp_path: Path, payload: object, says: str
) -> None:
    with asking(store, tmp_path, httpx.Response(200)) as (made, _):
        session = ZipSession(made, "85031", ("85031",), {}, _nothing, NOW)
        with pytest.raises(ContractError) as caught:
            session.check(Home, payload, what="home")
        assert says in str(caught.value)
        assert "Lovelace" not in str(caught.value)
        assert caught.value.payload == payload


def test_options_that_do_not_fit_name_the_market_file(store: MongoStore, tmp_path: Path) -> None:
    settings = {"options": {"pages": "many"}}
    with asking(store, tmp_path, httpx.Response(200), settings=settings) as (made, _):
        session = ZipSession(made, "85031", ("85031",), {}, _nothing, NOW)
        with pytest.raises(Refused, match=r"sources\.zillow\.options of phx\.yaml: pages: "):
            session.options(Pages)


def _nothing(_format: str) -> Mapping[str, Any]:
    return {}
