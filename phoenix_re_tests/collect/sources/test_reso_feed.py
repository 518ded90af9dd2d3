"""MLS listings through RESO Web APIs: the collector against its four stand-ins."""

import copy
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
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
    SourceOut,
    TransientError,
)
from phoenix_re.collect.listing import ListingRecord, RawListing, Rejected
from phoenix_re.collect.source import Found, Known
from phoenix_re.collect.sources.reso_feed import SPEC, judge
from phoenix_re.collect.sources.reso_feed.format import FORMAT
from phoenix_re.collect.sources.reso_feed.meaning import SPARK_CODES, TokenRefused
from phoenix_re.markets import load_markets
from phoenix_re.sandbox.scene import Scene
from phoenix_re.sandbox.upstreams.reso_feed import UPSTREAM
from phoenix_re.sandbox.world import Listing, World
from phoenix_re_tests.plain_session import PlainSession

START = datetime(2026, 3, 2, 17, tzinfo=UTC)
ZIP = "85031"
MARKETS = load_markets()
WORLD = World(MARKETS, houses_per_zip=40)
KEYS = dict(UPSTREAM.credentials)
PHOENIX = ZoneInfo("America/Phoenix")
VENDORS: Mapping[str, dict[str, Any]] = {
    "spark": {"vendor": "spark"},
    "bridge": {"vendor": "bridge", "dataset": "armls"},
    "trestle": {"vendor": "trestle"},
    "mlsgrid": {"vendor": "mlsgrid", "system": "armls"},
}


def options_of(vendor: str, page_size: int = 10, **more: Any) -> dict[str, Any]:
    overrides = {"page_size": page_size, **more.pop("overrides", {})}
    return {**VENDORS[vendor], "overrides": overrides, **more}


def scene_of(days: float = 0, ticks: list[float] | None = None, /, **faults: Any) -> Scene:
    ticks = ticks or [0.0]
    scene = Scene(WORLD, START, lambda: ticks[0], faults={"reso_feed": faults})
    scene.advanced = timedelta(days=days)
    return scene


def session_of(scene: Scene, **rest: Any) -> PlainSession:
    client = TestClient(Starlette(routes=UPSTREAM.routes(scene)))
    rest = {"credentials": KEYS, "options": options_of("spark"), "now": scene.now, **rest}
    return PlainSession(SPEC, client, MARKETS["phx"], ZIP, **rest)


def found(session: PlainSession) -> list[dict[str, Any]]:
    items = session.collect()
    assert all(isinstance(item, Found) and item.format == "reso_feed" for item in items)
    return [item.payload for item in items if isinstance(item, Found)]


def kinds(session: PlainSession) -> list[str]:
    return [kind for kind, _ in session.calls]


def truth(at: datetime = START, world: World = WORLD) -> dict[str, Listing]:
    listings = [*world.listings(ZIP, at, "sale"), *world.listings(ZIP, at, "rent")]
    return {listing.listing_key: listing for listing in listings}


def read(payload: Mapping[str, Any]) -> ListingRecord:
    return FORMAT.layout(tuple(payload)).record(payload)


def stored(payloads: list[dict[str, Any]]) -> dict[str, dict[str, Known]]:
    records = [(payload, read(payload)) for payload in payloads]
    known = {r.source_key: Known(p, START, r.modification_timestamp) for p, r in records}
    return {"reso_feed": known}


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_listing_is_found_once_and_read_as_it_is(vendor):
    session = session_of(scene_of(), options=options_of(vendor))
    payloads = found(session)
    expected = truth()
    assert len(expected) > 40
    assert [p["ListingKey"] for p in payloads].count(payloads[0]["ListingKey"]) == 1
    assert {p["ListingKey"] for p in payloads} == set(expected)
    assert len(payloads) == len(expected)
    assert session.notes == []
    for record in map(read, payloads):
        assert not record.unread
        assert_true(record, expected[record.source_key], vendor)


def assert_true(record: ListingRecord, listing: Listing, vendor: str) -> None:
    house = listing.house
    rent = listing.kind == "rent"
    assert record.standard_status == listing.status
    assert record.property_type == ("Residential Lease" if rent else "Residential")
    assert record.property_sub_type == house.sub_type
    assert record.list_price_cents == listing.list_price * 100
    assert record.original_list_price_cents == listing.original_list_price * 100
    paid = listing.close_price
    assert record.close_price_cents == (None if paid is None else paid * 100)
    assert record.listing_id == listing.mls_number
    assert record.x_mls == "ARMLS"
    assert record.bedrooms_total == house.bedrooms
    assert record.x_bathrooms_decimal == house.baths
    assert record.living_area == house.living_area
    assert record.year_built == house.year_built
    assert record.parcel_number == house.apn
    assert (record.latitude, record.longitude) == (house.latitude, house.longitude)
    assert record.postal_code == ZIP
    assert record.pool_private_yn == house.pool
    assert record.association_yn == (house.hoa_monthly is not None)
    assert record.listing_contract_date == listing.listed_at.astimezone(PHOENIX).date()
    closed = listing.closed_at
    assert record.close_date == (closed.astimezone(PHOENIX).date() if closed else None)
    assert record.modification_timestamp == listing.modified_at
    fee = house.hoa_monthly
    assert record.x_association_fee_monthly_cents == (fee * 100 if fee else None)
    tax = round(house.value * 0.0062 * 100)
    assert record.tax_annual_amount_cents == (None if vendor == "spark" else pytest.approx(tax))
    assert (record.unparsed_address or "").startswith(house.street)


def test_the_same_listing_is_read_alike_whatever_the_host_calls_things():
    def reading(vendor: str) -> dict[str, tuple[Any, ...]]:
        payloads = found(session_of(scene_of(), options=options_of(vendor)))
        records = map(read, payloads)
        return {
            r.source_key: (r.standard_status, r.property_sub_type, r.pool_private_yn)
            for r in records
        }

    human = reading("spark")
    assert human == reading("bridge") == reading("trestle")


@pytest.mark.parametrize(
    ("line", "unit", "read_as"),
    [
        ("1234 N 55th Ave", "12", "1234 N 55th Ave #12"),
        ("1234 N 55th Ave", "Unit 12", "1234 N 55th Ave Unit 12"),
        ("1234 N 55th Ave", "# 12", "1234 N 55th Ave # 12"),
        ("1234 N 55th Ave", 12, "1234 N 55th Ave #12"),
        ("12 Elm St, Phoenix, AZ 85031", "12", "12 Elm St #12"),
        ("1234 N 55th Ave #12", "12", "1234 N 55th Ave #12"),
        ("1234 N 55th Ave Unit 12", "12", "1234 N 55th Ave Unit 12"),
        ("1234 N 55th Ave", None, "1234 N 55th Ave"),
        ("1234 N 55th Ave", "********", "1234 N 55th Ave"),
        ("1234 N 55th Ave", [], "1234 N 55th Ave"),
    ],
)
def test_a_unit_is_in_the_address_once(line: str, unit: object, read_as: str):
    row = {**found(session_of(scene_of()))[0], "UnparsedAddress": line, "UnitNumber": unit}
    assert read(row).unparsed_address == read_as


def test_a_unit_that_the_row_states_is_honoured():
    for record in map(read, found(session_of(scene_of(unit_change=True)))):
        area = truth()[record.source_key].house.living_area
        assert record.living_area == pytest.approx(area, abs=0.1)


# ── incremental ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_second_look_costs_one_call_and_finds_what_changed_only(vendor):
    first = session_of(scene_of(), options=options_of(vendor, 100))
    payloads = found(first)
    again = session_of(scene_of(), options=options_of(vendor, 100), cursor=dict(first.cursor))
    assert found(again) == []
    assert [kind for kind in kinds(again) if kind != "token"] == ["search"]
    later_scene = scene_of(9)
    later = session_of(
        later_scene,
        options=options_of(vendor, 100),
        cursor=dict(again.cursor),
        known=stored(payloads),
    )
    changed = {k for k, x in truth(later_scene.now).items() if x.modified_at > START}
    assert changed
    assert {p["ListingKey"] for p in found(later)} == changed
    assert [kind for kind in kinds(later) if kind != "token"] == ["search"]


def test_what_is_stored_already_is_not_yielded_again_though_the_cursor_is_lost():
    payloads = found(session_of(scene_of()))
    assert found(session_of(scene_of(), known=stored(payloads))) == []


@pytest.mark.parametrize("vendor", ["trestle", "mlsgrid"])
def test_rows_that_move_while_pages_are_counted_are_not_lost(vendor):
    # The stand-in's own test shows that links by position lose some of just these rows.
    world = World(MARKETS, houses_per_zip={ZIP: 300, "default": 1})
    scene = scene_of(moves=24)
    scene.world = world
    session = session_of(scene, options=options_of(vendor, 20))
    keys = [p["ListingKey"] for p in found(session)]
    assert set(truth(world=world)) <= set(keys)
    twice = {key for key, count in Counter(keys).items() if count > 1}
    last = START + timedelta(hours=24 * len(session.calls))
    assert twice <= {k for k, x in truth(last, world).items() if x.modified_at > START}


def test_a_snapshot_is_not_disturbed_by_what_changes_while_it_is_read():
    session = session_of(scene_of(moves=30))
    assert {p["ListingKey"] for p in found(session)} == set(truth())
    assert session.notes == []


@pytest.mark.parametrize(
    ("vendor", "kept"), [("spark", True), ("trestle", True), ("bridge", False)]
)
def test_a_replication_that_breaks_off_goes_on_where_it_was_if_rows_come_in_order(vendor, kept):
    session = session_of(scene_of(), options=options_of(vendor))
    get, pages = session.get, 0

    def breaking(*args: Any, **rest: Any) -> httpx.Response:
        nonlocal pages
        pages += 1
        if pages == 4:
            raise TransientError("reso_feed", "the connection broke")
        return get(*args, **rest)

    session.get = breaking  # type: ignore[method-assign]
    taken: list[dict[str, Any]] = []
    with pytest.raises(TransientError):
        taken.extend(item.payload for item in SPEC.collect(session) if isinstance(item, Found))
    assert ("at" in session.cursor) is kept
    rest = session_of(scene_of(), options=options_of(vendor), cursor=dict(session.cursor))
    left = {p["ListingKey"] for p in found(rest)}
    if kept:
        assert len(left) <= len(truth()) - 25  # three pages of ten were read
        ended = datetime.fromisoformat(session.cursor["at"])
        assert left == {k for k, x in truth().items() if x.modified_at > ended}
    else:
        assert left == set(truth())


@dataclass
class Canned:
    """A host that says what it is told to, reply by reply; the last one for ever."""

    replies: list[Response]
    asked: list[httpx.URL] = field(default_factory=list)

    def session(self, **rest: Any) -> PlainSession:
        def answer(request: Any) -> Response:
            self.asked.append(httpx.URL(str(request.url)))
            return self.replies[min(len(self.asked), len(self.replies)) - 1]

        routes = [Route("/{path:path}", answer, methods=["GET", "POST"])]
        client = TestClient(Starlette(routes=routes), raise_server_exceptions=False)
        rest = {"credentials": KEYS, "options": options_of("spark"), **rest}
        return PlainSession(SPEC, client, MARKETS["phx"], ZIP, **rest)


def row(key: str, at: str = "2026-01-05T10:00:00.000Z", **more: Any) -> dict[str, Any]:
    return {
        "ListingKey": key,
        "ModificationTimestamp": at,
        "PostalCode": ZIP,
        "StandardStatus": "Active",
        "ListPrice": 300000.0,
        "LivingArea": 1500.0,
        "BedroomsTotal": 3,
        **more,
    }


def reply(*rows: dict[str, Any], **more: Any) -> Response:
    return JSONResponse({"value": list(rows), **{f"@odata.{k}": v for k, v in more.items()}})


def test_of_changes_in_one_moment_none_is_lost_and_none_is_read_twice():
    host = Canned([reply(row("a"), row("b")), reply(row("a"), row("b"), row("c"))])
    first = host.session()
    assert [p["ListingKey"] for p in found(first)] == ["a", "b"]
    second = host.session(cursor=json.loads(json.dumps(first.cursor)))
    assert [p["ListingKey"] for p in found(second)] == ["c"]
    assert second.cursor["keys"] == ["a", "b", "c"]
    condition = host.asked[1].params["$filter"]
    assert (
        condition == f"ModificationTimestamp ge 2026-01-05T10:00:00.000Z and PostalCode eq '{ZIP}'"
    )
    assert host.asked[1].params["$orderby"] == "ModificationTimestamp asc,ListingKey asc"


@pytest.mark.parametrize("kind", ["Land", "ResidentialIncome", "Commercial Sale"])
def test_a_day_on_which_no_dwelling_changed_is_no_drift(kind: str):
    rows = [row(key, PropertyType=kind, BedroomsTotal=None, LivingArea=None) for key in "abcdef"]
    assert len(found(Canned([reply(*rows)]).session())) == 6
    dwellings = [{**one, "PropertyType": "ResidentialLease"} for one in rows]
    with pytest.raises(ContractError, match="none of 6 rows has living_area"):
        found(Canned([reply(*dwellings)]).session())


def test_microseconds_of_a_host_survive_the_cursor():
    at = "2026-01-05T10:00:00.1234567Z"
    host = Canned([reply(row("a", at))])
    first = host.session()
    assert len(found(first)) == 1
    assert found(host.session(cursor=dict(first.cursor))) == []
    assert "2026-01-05T10:00:00.123456Z" in host.asked[1].params["$filter"]


def test_rows_out_of_order_do_not_move_the_cursor_before_the_end():
    link = "http://testserver/Version/3/Reso/OData/Property?$skiptoken=2"
    late, early = "2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z"
    host = Canned(
        [reply(row("a", late), nextLink=link), reply(row("b", early), nextLink=link + "3")]
    )
    session = host.session()
    taken = []
    for item in SPEC.collect(session):
        assert isinstance(item, Found)
        taken.append(item.payload["ListingKey"])
        if taken == ["a", "b"]:
            assert "at" not in session.cursor
            break
    assert taken == ["a", "b"]


def test_an_order_to_forget_older_changes_is_asked_of_the_host():
    host = Canned([reply(row("a"))])
    found(host.session(options=options_of("spark", since="2026-01-01T00:00:00Z")))
    assert "ModificationTimestamp ge 2026-01-01T00:00:00.000Z" in host.asked[0].params["$filter"]


# ── links, counts, drift ─────────────────────────────────────────────────────────────────────────


def test_the_count_may_be_text_and_one_that_does_not_add_up_is_said():
    session = session_of(scene_of(wrong_count=5))
    assert len(found(session)) == len(truth())
    assert f"{len(truth()) + 5} listings were announced" in session.notes[0]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/Property?$skiptoken=1",
        "ftp://testserver/Property",
        "//evil.example/Property",
        "http://[broken",
    ],
)
def test_a_next_link_does_not_take_the_token_elsewhere(link):
    host = Canned([reply(row("a"), nextLink=link)])
    with pytest.raises(ContractError, match="next link"):
        found(host.session())
    assert len(host.asked) == 1


def test_a_relative_next_link_is_followed_from_where_it_was_said():
    host = Canned([reply(row("a"), nextLink="Property?$skiptoken=x"), reply(row("b"))])
    assert len(found(host.session())) == 2
    assert str(host.asked[1]) == "http://testserver/Version/3/Reso/OData/Property?$skiptoken=x"


def test_a_next_link_is_followed_verbatim():
    link = "http://testserver/Version/3/Reso/OData/Property?%24skiptoken=a%2Fb+c&x='1'"
    host = Canned([reply(row("a"), nextLink=link), reply(row("b"))])
    session = host.session()
    found(session)
    assert session.calls[1] == ("search", link)


def test_next_links_without_end_are_drift():
    host = Canned([reply(row("a"), nextLink="/Property?$skiptoken=again")])
    with pytest.raises(ContractError, match="nothing new"):
        found(host.session())
    assert len(host.asked) < 6


@pytest.mark.parametrize("name", ["ListPrice", "StandardStatus", "LivingArea", "PostalCode"])
def test_a_renamed_field_is_drift(name):
    replies = [row(str(n), MlsStatus=None) for n in range(6)]
    renamed = [{f"New{k}" if k == name else k: v for k, v in one.items()} for one in replies]
    with pytest.raises(ContractError, match="none of 6 rows"):
        found(Canned([reply(*renamed)]).session())
    assert len(found(Canned([reply(*replies)]).session())) == 6


@pytest.mark.parametrize("name", ["ListPrice", "ModificationTimestamp", "ListingKey"])
def test_a_field_renamed_by_the_stand_in_is_drift(name):
    with pytest.raises(ContractError):
        found(session_of(scene_of(field_rename=name)))


# ── what may not be shown ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("vendor", "fault"),
    [("spark", "deleted"), ("mlsgrid", "deleted"), ("spark", "hidden"), ("trestle", "hidden")],
)
def test_a_listing_that_may_not_be_shown_leaves_only_that_it_is_gone(vendor, fault):
    first = session_of(scene_of(), options=options_of(vendor, 100))
    known = stored(found(first))
    gone_scene = scene_of(**{fault: 0.3})
    later = session_of(
        gone_scene, options=options_of(vendor, 100), cursor=dict(first.cursor), known=known
    )
    tombstones = found(later)
    assert 3 < len(tombstones) < len(known["reso_feed"])
    for payload in tombstones:
        assert set(payload) <= {
            *("ListingKey", "ListingId", "OriginatingSystemName", "PostalCode", "MlgCanView"),
            *("ModificationTimestamp", "InternetEntireListingDisplayYN", "StandardStatus"),
        }
        record = read(payload)
        assert record.standard_status == "Delete"
        assert record.postal_code == ZIP
        assert record.source_key in known["reso_feed"]
        assert not record.unread
    # Told once: then it is stored, and not said again.
    after = {**known["reso_feed"], **stored(tombstones)["reso_feed"]}
    again = session_of(gone_scene, options=options_of(vendor, 100), known={"reso_feed": after})
    assert found(again) == []


@pytest.mark.parametrize(("vendor", "fault"), [("mlsgrid", "deleted"), ("bridge", "hidden")])
def test_one_that_was_never_stored_leaves_nothing(vendor, fault):
    payloads = found(session_of(scene_of(**{fault: 0.3}), options=options_of(vendor)))
    assert 5 < len(payloads) < len(truth())
    assert all(p["StandardStatus"] != "Delete" for p in payloads)
    assert all(p["InternetEntireListingDisplayYN"] is True for p in payloads)


def test_an_address_that_may_not_be_shown_is_not_kept_in_any_field():
    payloads = found(session_of(scene_of(no_address=1)))
    assert len(payloads) == len(truth())
    for payload in payloads:
        house = truth()[payload["ListingKey"]].house
        said = json.dumps(payload)
        assert house.street not in said
        assert house.street_name not in payload.get("PublicRemarks", "")
        assert house.apn not in said
        assert not {"Latitude", "Longitude", "StreetName", "UnitNumber"} & set(payload)
        assert read(payload).unparsed_address is None
        assert read(payload).postal_code == ZIP


def test_remarks_that_name_the_street_go_with_the_address():
    flag = {"InternetAddressDisplayYN": False, "StreetNumber": "12", "StreetName": "Elm"}
    host = Canned(
        [
            reply(
                row("a", PublicRemarks="Quiet home on ELM street.", **flag),
                row("b", PublicRemarks="A quiet home.", **flag),
                row("c", PublicRemarks="Nobody knows.", InternetAddressDisplayYN="N"),
            )
        ]
    )
    remarks = {p["ListingKey"]: p.get("PublicRemarks") for p in found(host.session())}
    assert remarks == {"a": None, "b": "A quiet home.", "c": None}


@pytest.mark.parametrize("flag", [False, "false", "N", 0, "perhaps", ["?"]])
def test_a_flag_that_forbids_or_cannot_be_read_hides(flag):
    host = Canned([reply(row("a", InternetEntireListingDisplayYN=flag), row("b"))])
    assert [p["ListingKey"] for p in found(host.session())] == ["b"]


def test_people_are_private():
    payload = found(session_of(scene_of()))[0]
    people = {"ListAgentFullName", "ListAgentDirectPhone", "ListAgentEmail", "PrivateRemarks"}
    assert people <= set(payload)
    assert people <= SPEC.private
    # Known names that tell nothing of a person stay.
    assert not {"ListPrice", "PublicRemarks", "ListOfficeName", "OwnerPays"} & SPEC.private


def test_media_are_counted_and_kept_only_where_wanted():
    media = [{"MediaKey": "1", "MediaURL": "https://cdn.example.org/1.jpg"}]
    host = Canned([reply(row("a", Media=media))])
    (payload,) = found(host.session())
    assert "Media" not in payload
    assert payload["PhotosCount"] == 1
    kept = session_of(scene_of(), options=options_of("spark", media=True))
    payloads = found(kept)
    assert all(len(p["Media"]) == p["PhotosCount"] for p in payloads)
    plain = found(session_of(scene_of()))
    assert {FORMAT.layout(tuple(p)).content_hash(p) for p in payloads} == {
        FORMAT.layout(tuple(p)).content_hash(p) for p in plain
    }


# ── signing in ───────────────────────────────────────────────────────────────────────────────────


def test_one_token_serves_a_session_and_an_expired_one_is_renewed_once():
    ticks = [0.0]
    scene = scene_of(0, ticks)
    session = session_of(scene, options=options_of("trestle"))
    found(session)
    assert kinds(session).count("token") == 1
    ticks[0] = 4000.0  # over there it has expired; here nobody noticed
    session.cursor.clear()
    assert len(found(session)) == len(truth())
    assert kinds(session).count("token") == 2


def test_a_new_token_that_is_refused_too_ends_the_source():
    session = session_of(scene_of(token_seconds=0), options=options_of("trestle"))
    with pytest.raises(AuthError):
        found(session)
    assert kinds(session) == ["token", "search", "token", "search"]


def test_spark_by_oauth_renews_on_1020():
    ticks = [0.0]
    oauth = options_of("spark", overrides={"auth": "oauth2"})
    session = session_of(scene_of(0, ticks), options=oauth)
    found(session)
    ticks[0] = 4000.0
    found(session)
    assert kinds(session).count("token") == 2


def test_a_refused_token_does_not_end_the_source_before_it_could_be_renewed():
    response = httpx.Response(401, request=httpx.Request("GET", "http://x/"))
    with pytest.raises(TokenRefused) as caught:
        judge("reso_feed", response)
    assert not isinstance(caught.value, SourceOut)


def test_a_token_that_breaks_off_is_not_in_the_error():
    host = Canned([Response('{"access_token": "half-a-secr', media_type="application/json")])
    with pytest.raises(MalformedBody) as caught:
        found(host.session(options=options_of("trestle")))
    assert "half-a-secr" not in f"{caught.value} {caught.value.body}"


def test_a_bearer_token_that_expired_cannot_be_renewed():
    session = session_of(scene_of(spark_code=1020))
    with pytest.raises(AuthError, match="expired"):
        found(session)
    assert kinds(session) == ["search"]


def test_a_wrong_secret_is_refused_and_not_repeated():
    wrong = {**KEYS, "client_secret": "not-the-secret"}
    session = session_of(scene_of(), options=options_of("trestle"), credentials=wrong)
    with pytest.raises(AuthError, match="RESO_CLIENT_SECRET") as caught:
        found(session)
    assert "not-the-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("vendor", "variable"), [("spark", "RESO_ACCESS_TOKEN"), ("trestle", "RESO_CLIENT_ID")]
)
def test_without_credentials_the_message_names_the_variable(vendor, variable):
    session = session_of(scene_of(), options=options_of(vendor), credentials={})
    with pytest.raises(AuthError, match=variable):
        found(session)
    assert session.calls == []


def test_a_token_may_travel_in_the_query_and_is_in_no_cursor():
    query = options_of("bridge", overrides={"auth": "query_token"})
    session = session_of(scene_of(), options=query)
    assert len(found(session)) == len(truth())
    assert KEYS["token"] not in json.dumps(dict(session.cursor))


@pytest.mark.parametrize(
    "body", [{"token": "x"}, {"access_token": None}, [], {"access_token": 5}, "text"]
)
def test_a_token_reply_without_token_is_drift_and_keeps_nothing(body):
    host = Canned([JSONResponse(body)])
    with pytest.raises(ContractError) as caught:
        found(host.session(options=options_of("trestle")))
    assert caught.value.payload is None


# ── errors ───────────────────────────────────────────────────────────────────────────────────────

BY_CODE: Mapping[int, tuple[type[Exception], str]] = {
    1000: (AuthError, "RESO_ACCESS_TOKEN"),
    1010: (AuthError, "disabled"),
    1015: (AuthError, "not active"),
    1019: (AuthError, "User-Agent"),
    1020: (AuthError, "expired"),
    1021: (AuthError, "replication"),
    1040: (PermanentError, "filter"),
    1041: (PermanentError, "keys_per_call"),
    1050: (PermanentError, "parameter"),
    1053: (PermanentError, "parameter"),
    1500: (AuthError, "service level"),
    1510: (TransientError, "down"),
    1515: (TransientError, "too long"),
    1516: (PermanentError, "page_size"),
    1550: (TransientError, "rate limit"),
    3000: (PermanentError, "Data Dictionary"),
}


@pytest.mark.parametrize("code", BY_CODE)
def test_spark_is_understood_by_its_codes(code):
    error, words = BY_CODE[code]
    with pytest.raises(error, match=words) as caught:
        found(session_of(scene_of(spark_code=code)))
    if code == 1550:
        assert isinstance(caught.value, TransientError)
        assert caught.value.throttled
    assert {str(known) for known in BY_CODE} == set(SPARK_CODES)


def test_codes_may_be_text_or_in_the_older_envelope():
    for body in (
        {"error": {"code": "1550", "message": "?"}},
        {"D": {"Success": False, "Code": 1550, "Message": "?"}},
    ):
        with pytest.raises(TransientError):
            found(Canned([JSONResponse(body, 403)]).session())


def test_a_wrong_token_elsewhere_ends_the_source():
    for vendor in ("bridge", "mlsgrid"):
        session = session_of(
            scene_of(), options=options_of(vendor), credentials={"token": "wrong-token"}
        )
        with pytest.raises(AuthError) as caught:
            found(session)
        assert "wrong-token" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, PermanentError),
        (404, PermanentError),
        (403, AuthError),
        (429, TransientError),
        (500, TransientError),
        (502, TransientError),
        (503, TransientError),
        (504, TransientError),
    ],
)
def test_errors_by_status(status, error):
    with pytest.raises(error):
        found(Canned([Response("no JSON", status)]).session())


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Hour-Quota-ResetTime": "90000"}, 90),
        ({"Hour-Quota-ResetTime": "1772471400000", "Date": "Mon, 02 Mar 2026 17:00:00 GMT"}, 600),
        ({"Hour-Quota-ResetTime": "soon"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait_is_told_by_headers(headers, seconds):
    response = httpx.Response(429, headers=headers, request=httpx.Request("GET", "http://x/"))
    with pytest.raises(TransientError) as caught:
        judge("reso_feed", response)
    assert caught.value.retry_after == seconds
    assert caught.value.throttled


@pytest.mark.parametrize(("vendor", "missing"), [("bridge", "dataset"), ("mlsgrid", "system")])
def test_options_say_what_a_vendor_needs(vendor, missing):
    with pytest.raises(ValueError, match=missing):
        SPEC.options.model_validate({"vendor": vendor})


# ── events ───────────────────────────────────────────────────────────────────────────────────────

EVENTS = options_of("spark", 100, entity_events=True)


def test_events_tell_which_listings_changed():
    first = session_of(scene_of(), options=EVENTS)
    payloads = found(first)
    assert len(payloads) == len(truth())
    assert kinds(first) == ["events", "search"]
    # The log began before the first search: its next reading covers all, and nothing is new.
    second = session_of(
        scene_of(), options=EVENTS, cursor=dict(first.cursor), known=stored(payloads)
    )
    client_scene = scene_of(9)
    assert found(second) == []
    later = session_of(
        client_scene, options=EVENTS, cursor=dict(second.cursor), known=stored(payloads)
    )
    found(session_of_same(later))  # somebody asks about the ZIP: the stand-in's log knows it
    later.calls.clear()
    changed = {k for k, x in truth(client_scene.now).items() if x.modified_at > START}
    assert {p["ListingKey"] for p in found(later)} == changed
    assert kinds(later)[0] == "events"
    assert later.cursor["sequence"] > second.cursor.get("sequence", 0)
    quiet = session_of_same(later, cursor=dict(later.cursor), known=stored(payloads))
    assert found(quiet) == []
    assert kinds(quiet) == ["events"]


def session_of_same(session: PlainSession, **rest: Any) -> PlainSession:
    """Another session at the same stand-in, by time where no cursor is given."""
    rest = {"options": EVENTS if rest else options_of("spark", 100), **rest}
    client = session._client
    return PlainSession(SPEC, client, MARKETS["phx"], ZIP, credentials=KEYS, **rest)


def event(number: int, key: str, resource: str = "Property") -> dict[str, Any]:
    return {"EntityEventSequence": number, "ResourceName": resource, "ResourceRecordKey": key}


def test_changed_keys_are_asked_in_batches_and_quotes_are_doubled():
    events = [event(n, f"k'{n}") for n in range(11, 16)] + [event(16, "m", "Member")]
    host = Canned([reply(*events), reply(row("k'11")), reply(row("k'13")), reply()])
    options = {**EVENTS, "keys_per_call": 2}
    session = host.session(options=options, cursor={"sequence": 10})
    assert [p["ListingKey"] for p in found(session)] == ["k'11", "k'13"]
    assert host.asked[0].params["$filter"] == "EntityEventSequence gt 10"
    assert host.asked[1].params["$filter"] == (
        f"(ListingKey eq 'k''11' or ListingKey eq 'k''12') and PostalCode eq '{ZIP}'"
    )
    assert len(host.asked) == 4
    assert session.cursor["sequence"] == 16


def test_too_many_events_are_replicated_by_time():
    host = Canned([reply(*(event(n, f"k{n}") for n in range(1, 9))), reply(row("k1"))])
    session = host.session(options={**EVENTS, "event_keys_at_most": 5}, cursor={"sequence": 0})
    assert len(found(session)) == 1
    assert "ListingKey" not in host.asked[1].params["$filter"]
    assert session.cursor["sequence"] == 8


def test_a_host_without_events_is_replicated_by_time_and_says_so():
    host = Canned([JSONResponse({"error": {"code": "404"}}, 404), reply(row("a"))])
    session = host.session(options=EVENTS)
    assert len(found(session)) == 1
    assert "EntityEvent" in session.notes[0]
    assert "sequence" not in session.cursor


# ── mutated payloads ─────────────────────────────────────────────────────────────────────────────

_SOME = found(session_of(scene_of()))[:2]
GOOD = {
    "@odata.context": "x",
    "@odata.count": "2",
    "value": [{**one, "Media": [{"MediaKey": "1"}]} for one in _SOME],
}
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=80),
    st.sampled_from(["********", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)


def mutated(draw: Callable[..., Any], good: Any) -> Any:
    """A value with some parts, at any depth, dropped, re-typed or renamed."""
    value = copy.deepcopy(good)
    for _ in range(draw(st.integers(1, 4))):
        at = value
        while at:
            key = draw(st.sampled_from(list(at) if isinstance(at, dict) else list(range(len(at)))))
            if isinstance(at[key], dict | list) and at[key] and draw(st.integers(0, 4)):
                at = at[key]
                continue
            how = draw(st.sampled_from(("drop", "junk", "rename")))
            if how == "junk" or (how == "rename" and isinstance(at, list)):
                at[key] = draw(JUNK)
            elif how == "drop":
                del at[key]
            else:
                at[draw(st.text(max_size=8))] = at.pop(key)
            break
    return value


@given(st.data())
def test_mutated_replies_end_as_result_rejection_or_drift(data):
    body = data.draw(st.composite(mutated)(GOOD))
    try:
        payloads = found(Canned([Response(json.dumps(body)), reply()]).session())
    except ContractError:
        return
    for payload in payloads:
        outcome = FORMAT.layout(tuple(payload)).listing(payload, START, 1)
        assert isinstance(outcome, RawListing | Rejected)


@given(st.one_of(st.text(max_size=200).map(str.encode), st.binary(max_size=200)))
def test_garbage_in_place_of_json_is_asked_again_or_drift(body):
    with pytest.raises((ContractError, MalformedBody)):
        found(Canned([Response(body, media_type="application/json")]).session())


@given(st.data())
def test_mutated_errors_are_still_collect_errors(data):
    status = data.draw(st.sampled_from([400, 401, 403, 404, 429, 503]))
    good = {"error": {"code": 1550, "message": "x"}, "D": {"Code": 1000}}
    body = data.draw(st.composite(mutated)(good))
    with pytest.raises((AuthError, PermanentError, TransientError)):
        found(Canned([Response(json.dumps(body), status)]).session())
