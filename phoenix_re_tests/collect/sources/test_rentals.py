"""Rentals from RentCast, Realty Mole and a configured service, against their stand-in."""

import copy
import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from phoenix_re.collect.errors import (
    AuthError,
    ContractError,
    MalformedBody,
    PermanentError,
    QuotaExceeded,
    TransientError,
)
from phoenix_re.collect.listing import RawListing, Rejected
from phoenix_re.collect.source import Found, Known
from phoenix_re.collect.sources.rentals import SPEC, billed
from phoenix_re.collect.sources.rentals.format import FORMATS
from phoenix_re.markets import load_markets
from phoenix_re.sandbox.scene import Scene
from phoenix_re.sandbox.upstreams.rentals import UPSTREAM
from phoenix_re.sandbox.world import Listing, World
from phoenix_re_tests.plain_session import PlainSession

START = datetime(2026, 3, 2, 17, tzinfo=UTC)
ZIP = "85031"
MARKETS = load_markets()
WORLD = World(MARKETS, houses_per_zip={ZIP: 1200, "default": 10})
KEYS = dict(UPSTREAM.credentials)
SMALL = {"service": {"page_size": 11}, "pages_per_run": 50}


def scene_of(**faults) -> Scene:
    return Scene(WORLD, START, lambda: 0.0, faults={"rentals": faults})


def session_of(scene: Scene, **rest) -> PlainSession:
    client = TestClient(Starlette(routes=UPSTREAM.routes(scene)))
    rest = {"credentials": KEYS, "options": {}, "now": scene.now, **rest}
    return PlainSession(SPEC, client, MARKETS["phx"], ZIP, **rest)


def found(session: PlainSession) -> list[Found]:
    items = session.collect()
    assert all(isinstance(item, Found) for item in items)
    return items  # type: ignore[return-value]


def stored(items: list[Found], at: datetime = START) -> dict[str, dict[str, Known]]:
    """As the machinery would keep them."""
    known: dict[str, dict[str, Known]] = {}
    for item in items:
        raw = FORMATS[item.format].layout(tuple(item.payload)).listing(item.payload, at, 1)
        assert isinstance(raw, RawListing)
        known.setdefault(item.format, {})[raw.source_key] = Known(item.payload, at, None)
    return known


def home_of(payload: Mapping[str, Any]) -> tuple[str, str | None]:
    unit = payload["addressLine2"]
    return payload["addressLine1"], unit.removeprefix("Apt ") if unit else None


def on_the_market(at: datetime = START) -> dict[tuple[str, str | None], Listing]:
    """The truth: street and unit → its newest rental listing, where that is on the market."""
    newest: dict[tuple[str, str | None], Listing] = {}
    for listing in WORLD.listings(ZIP, at, "rent"):
        house = listing.house
        newest[(house.street, house.unit)] = listing
    return {k: x for k, x in newest.items() if x.status in {"Active", "Active Under Contract"}}


OF_EACH_API = ("rentcast", "realty_mole", "rentals_com")


@pytest.mark.parametrize("api", OF_EACH_API)
def test_every_rental_on_the_market_is_found_once_and_read_as_it_is(api):
    truth = on_the_market()
    items = found(session_of(scene_of(), options={"api": api}))
    assert len(truth) > 5
    assert len(items) == len(truth)
    records = [FORMATS[i.format].layout(tuple(i.payload)).record(i.payload) for i in items]
    assert all(not record.unread for record in records)
    seen = Counter()
    for record in records:
        street, _, unit = (record.unparsed_address or "").partition(", Apt ")
        listing = truth[street, unit or None]
        house = listing.house
        seen[house.id] += 1
        assert record.list_price_cents == listing.list_price * 100
        assert record.bedrooms_total == house.bedrooms
        assert record.x_bathrooms_decimal == house.baths
        assert record.living_area == house.living_area
        assert record.property_type == "Residential Lease"
        assert record.standard_status == "Active"
        assert record.on_market_date == listing.listed_at.date()
        assert (record.latitude, record.longitude) == (house.latitude, house.longitude)
        assert (record.city, record.state_or_province) == (house.city, house.state)
        assert record.postal_code == ZIP
        if api == "rentcast":
            assert record.year_built == house.year_built
            assert record.x_changed_on is None
    assert max(seen.values()) == 1


def test_a_zip_costs_one_call_and_the_second_look_no_more():
    first = session_of(scene_of())
    items = found(first)
    assert [kind for kind, _ in first.calls] == ["search"]
    again = session_of(scene_of(), known=stored(items), cursor=dict(first.cursor))
    assert len(found(again)) == len(items)
    assert [kind for kind, _ in again.calls] == ["search"]


def test_a_small_plan_is_spread_over_time():
    options = {"hours_between_looks": 72}
    first = session_of(scene_of(), options=options)
    assert found(first)
    scene = scene_of()
    scene.advanced = timedelta(hours=71)
    again = session_of(scene, options=options, cursor=dict(first.cursor))
    assert found(again) == []
    assert again.calls == []
    scene.advanced = timedelta(hours=73)
    later = session_of(scene, options=options, cursor=dict(first.cursor))
    assert found(later)


def test_known_rentals_that_left_the_market_are_followed_to_their_end():
    first = session_of(scene_of())
    known = stored(found(first))
    scene = scene_of()
    scene.advanced = timedelta(days=40)
    later = session_of(scene, known=known, cursor=dict(first.cursor))
    items = found(later)
    assert [kind for kind, _ in later.calls] == ["search", "search"]
    status = {item.payload["id"]: item.payload["status"] for item in items}
    assert set(known["rentals_rentcast"]) <= set(status)
    gone = [key for key in known["rentals_rentcast"] if status[key] == "Inactive"]
    assert gone
    ended = next(i.payload for i in items if i.payload["id"] == gone[0])
    record = FORMATS["rentals_rentcast"].layout(tuple(ended)).record(ended)
    assert record.standard_status == "Withdrawn"
    assert record.x_changed_on == datetime.fromisoformat(ended["removedDate"]).date()
    # All ends are known now: nothing more is asked.
    after = session_of(scene, known=stored(items), cursor=dict(later.cursor))
    found(after)
    assert [kind for kind, _ in after.calls] == ["search"]


def test_one_that_left_is_asked_for_by_its_id_with_commas():
    first = session_of(scene_of())
    known = stored(found(first))["rentals_rentcast"]
    scene, gone = scene_of(), []
    for days in range(1, 60):
        scene.advanced = timedelta(days=days)
        active = on_the_market(scene.now)
        gone = [key for key, was in known.items() if home_of(was.payload) not in active]
        if gone:
            break
    assert gone
    one = {gone[0]: known[gone[0]]}
    later = session_of(scene, known={"rentals_rentcast": one}, cursor=dict(first.cursor))
    items = found(later)
    assert [kind for kind, _ in later.calls] == ["search", "detail"]
    assert "%2C" in later.calls[1][1]
    assert items[-1].payload["id"] == gone[0]
    assert items[-1].payload["status"] == "Inactive"


def test_one_that_is_shown_nowhere_is_asked_for_once():
    payload = {"id": f"1-Nowhere-St,-Phoenix,-AZ-{ZIP}", "status": "Active"}
    known = {"rentals_rentcast": {payload["id"]: Known(payload, START, None)}}
    first = session_of(scene_of(), known=known)
    found(first)
    assert [kind for kind, _ in first.calls] == ["search", "detail"]
    again = session_of(scene_of(), known=known, cursor=dict(first.cursor))
    found(again)
    assert [kind for kind, _ in again.calls] == ["search"]


def test_none_is_followed_where_the_operator_does_not_want_it():
    payload = {"id": f"1-Nowhere-St,-Phoenix,-AZ-{ZIP}", "status": "Active"}
    known = {"rentals_rentcast": {payload["id"]: Known(payload, START, None)}}
    session = session_of(scene_of(), known=known, options={"ended_calls_per_run": 0})
    found(session)
    assert [kind for kind, _ in session.calls] == ["search"]


@pytest.mark.parametrize("faults", [{}, {"moves": 3}, {"no_total": True}])
def test_pages_are_read_to_the_end_whatever_moves(faults):
    session = session_of(scene_of(**faults), options=SMALL)
    items = found(session)
    ids = [item.payload["id"] for item in items]
    assert len(ids) == len(set(ids)) == len(on_the_market())
    assert len(session.calls) > 1
    assert session.notes == []


@pytest.mark.parametrize("off", [7, -2])
def test_a_total_that_does_not_add_up_is_said(off):
    session = session_of(scene_of(total_off=off))
    assert len(found(session)) == len(on_the_market())
    assert "announced" in session.notes[0]
    assert len(session.calls) == (2 if off > 0 else 1)


def test_a_search_that_stops_before_its_end_says_so_and_calls_nothing_gone():
    known = stored(found(session_of(scene_of())))
    session = session_of(
        scene_of(), known=known, options={"service": {"page_size": 11}, "pages_per_run": 1}
    )
    assert len(found(session)) == 11
    assert "there are more" in session.notes[0]
    assert len(session.calls) == 1


@pytest.mark.parametrize("api", OF_EACH_API)
def test_a_renamed_field_is_drift(api):
    with pytest.raises(ContractError, match="price"):
        found(session_of(scene_of(field_rename=True), options={"api": api}))


def test_a_changed_unit_is_read_as_told_for_the_drift_check_to_see():
    items = found(session_of(scene_of(unit_change=True)))
    assert min(item.payload["price"] for item in items) > 10_000


def test_a_zip_without_rentals_is_empty_by_list_or_by_404():
    for faults in ({}, {"empty_is_404": True}):
        session = session_of(scene_of(**faults))
        session.zip = "00501"
        assert found(session) == []


@pytest.mark.parametrize(
    ("api", "faults", "error", "words"),
    [
        ("rentcast", {"subscription_inactive": True}, AuthError, "renew"),
        ("rentcast", {"quota_used_up": True}, QuotaExceeded, "billing"),
        ("realty_mole", {"subscription_inactive": True}, AuthError, "not subscribed"),
        ("realty_mole", {"quota_used_up": True}, QuotaExceeded, "month"),
    ],
)
def test_what_ends_the_source(api, faults, error, words):
    with pytest.raises(error, match=words):
        found(session_of(scene_of(**faults), options={"api": api}))


@pytest.mark.parametrize("api", OF_EACH_API)
def test_without_a_key_nothing_is_asked(api):
    session = session_of(scene_of(), credentials={}, options={"api": api})
    with pytest.raises(AuthError, match="_KEY"):
        found(session)
    assert session.calls == []


def test_a_wrong_key_is_refused_and_not_repeated_in_the_message():
    with pytest.raises(AuthError) as caught:
        found(session_of(scene_of(), credentials={"key": "wrong-secret"}))
    assert "wrong-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (429, {"error": "auth/rate-limit-exceeded"}, TransientError),
        (429, {"message": "Too many requests"}, TransientError),
        (500, {}, TransientError),
        (504, {}, TransientError),
        (405, {}, PermanentError),
        (400, {"error": "resource/bad-request"}, PermanentError),
        (404, {"message": "Endpoint '/x' does not exist"}, PermanentError),
        (401, {"error": "billing/subscription-inactive"}, AuthError),
    ],
)
def test_errors_by_status(status, body, error):
    with pytest.raises(error) as caught:
        found(serving(JSONResponse(body, status)))
    if status == 429:
        assert caught.value.throttled


def serving(response: Response) -> PlainSession:
    client = TestClient(
        Starlette(routes=[Route("/{path:path}", lambda request: response)]),
        raise_server_exceptions=False,
    )
    return PlainSession(SPEC, client, MARKETS["phx"], ZIP, credentials=KEYS, options={})


def test_only_what_rentcast_answers_is_billed_and_all_that_rapidapi_passes_on():
    client = TestClient(Starlette(routes=UPSTREAM.routes(scene_of())))
    path = f"/v1/listings/rental/long-term?zipCode={ZIP}"
    assert billed(client.get(path, headers={"X-Api-Key": KEYS["key"]}))
    assert not billed(client.get(path))
    old = {"X-RapidAPI-Key": KEYS["rapidapi_key"], "X-RapidAPI-Host": "x"}
    assert billed(client.get(f"/rentalListings?zipCode={ZIP}", headers=old))


def test_people_are_private_and_a_mapped_service_keeps_only_what_is_named():
    rentcast = found(session_of(scene_of()))
    people = {"listingAgent", "listingOffice"}
    assert any(people <= set(item.payload) for item in rentcast)
    assert people <= SPEC.private
    mapped = found(session_of(scene_of(), options={"api": "rentals_com"}))
    assert mapped
    assert "555" not in str([item.payload.get("manager") for item in mapped])


def test_days_that_tick_do_not_change_a_listing():
    form = FORMATS["rentals_rentcast"]
    today = {i.payload["id"]: i.payload for i in found(session_of(scene_of()))}
    scene = scene_of()
    scene.advanced = timedelta(days=1)
    tomorrow = {i.payload["id"]: i.payload for i in found(session_of(scene))}
    same = [
        key
        for key in today.keys() & tomorrow.keys()
        if today[key]["price"] == tomorrow[key]["price"]
        and today[key]["listedDate"] == tomorrow[key]["listedDate"]
    ]
    assert same
    for key in same:
        assert today[key] != tomorrow[key]
        hashes = {form.layout(tuple(p)).content_hash(p) for p in (today[key], tomorrow[key])}
        assert len(hashes) == 1


# ── mutated payloads ─────────────────────────────────────────────────────────────────────────────

GOOD = found(session_of(scene_of()))[0].payload
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=80),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)


def mutated(draw: st.DrawFn, value):
    """A value with some part, at any depth, dropped, re-typed or garbled."""
    value = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 4))):
        at = value
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(at[key], dict | list) and at[key] and draw(st.booleans()):
                at = at[key]
                continue
            how = draw(st.sampled_from(("drop", "junk", "rename")))
            if how == "drop":
                del at[key]
            elif how == "junk":
                at[key] = draw(JUNK)
            elif isinstance(at, dict):
                at[draw(st.text(max_size=8))] = at.pop(key)
            break
    return value


@given(st.data())
def test_mutated_rows_end_as_result_rejection_or_drift(data):
    rows = data.draw(st.composite(mutated)([GOOD, {**GOOD, "id": "other"}]))
    try:
        items = found(serving(Response(json.dumps(rows), headers={"X-Total-Count": "2"})))
    except ContractError:
        return
    for item in items:
        form = FORMATS[item.format]
        outcome = form.layout(tuple(item.payload)).listing(item.payload, START, 1)
        assert isinstance(outcome, RawListing | Rejected)


@given(st.one_of(st.text(max_size=200).map(str.encode), st.binary(max_size=200)))
def test_garbage_in_place_of_json_is_asked_again_or_drift(body):
    session = serving(Response(body, media_type="application/json"))
    try:
        items = found(session)
    except (ContractError, MalformedBody):
        return
    assert items == []
