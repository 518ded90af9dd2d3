"""Zillow's three resellers against their stand-in: one interface, few calls, both kinds of 429."""

import copy
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from phoenix_re.collect.errors import (
    AuthError,
    CollectError,
    ContractError,
    PermanentError,
    QuotaExceeded,
    TransientError,
)
from phoenix_re.collect.formats.form import Format
from phoenix_re.collect.listing import ListingRecord, RawListing, Rejected
from phoenix_re.collect.source import Found, Known
from phoenix_re.collect.sources.zillow import SPEC
from phoenix_re.collect.sources.zillow.hosts import ADAPTERS, HOSTS, missing_keys
from phoenix_re.markets import load_markets
from phoenix_re.sandbox.scene import Scene
from phoenix_re.sandbox.upstreams.zillow import UPSTREAM, offered
from phoenix_re.sandbox.upstreams.zillow.rows import price_of, zpid_of
from phoenix_re.sandbox.world import Listing, World
from phoenix_re.validate.address import address_key
from phoenix_re_tests.plain_session import PlainSession

START = datetime(2026, 3, 2, 17, tzinfo=UTC)
ZIP = "85031"
MARKETS = load_markets()
WORLD = World(MARKETS, houses_per_zip={ZIP: 1200, "85033": 0, "default": 3})
KEYS = dict(UPSTREAM.credentials)
OF_EACH_HOST = pytest.mark.parametrize("host", ["zillow56", "com1", "zllw"])
FORMATS: dict[str, Format] = {form.name: form for form in SPEC.formats}
FORMAT_OF = {"zillow56": "zillow_zillow56", "com1": "zillow_com1", "zllw": "zillow_zllw"}


def scene_of(at: datetime = START, **faults: Any) -> Scene:
    return Scene(WORLD, at, lambda: 0.0, faults={"zillow": faults})


def session_of(scene: Scene, zip_code: str = ZIP, **rest: Any) -> PlainSession:
    client = TestClient(Starlette(routes=UPSTREAM.routes(scene)))
    rest = {"credentials": KEYS, "options": {}, "now": scene.now, **rest}
    return PlainSession(SPEC, client, MARKETS["phx"], zip_code, **rest)


def found(session: PlainSession) -> list[Found]:
    items = session.collect()
    assert all(isinstance(item, Found) for item in items)
    return items  # type: ignore[return-value]


def record_of(item: Found) -> ListingRecord:
    return FORMATS[item.format].layout(tuple(item.payload)).record(item.payload)


def raw_of(item: Found) -> RawListing:
    raw = FORMATS[item.format].layout(tuple(item.payload)).listing(item.payload, START, 1)
    assert isinstance(raw, RawListing)
    return raw


def stored(items: list[Found], at: datetime = START) -> dict[str, dict[str, Known]]:
    known: dict[str, dict[str, Known]] = {}
    for item in items:
        known.setdefault(item.format, {})[raw_of(item).source_key] = Known(item.payload, at, None)
    return known


def truth(offer: str, at: datetime = START) -> dict[str, Listing]:
    return {str(zpid_of(x)): x for x in offered(scene_of(at), ZIP, offer)}


def until_it_breaks(session: PlainSession) -> tuple[list[Found], CollectError | None]:
    """What a source gave before its error, and the error."""
    items: list[Found] = []
    try:
        for item in SPEC.collect(session):
            assert isinstance(item, Found)
            items.append(item)
    except CollectError as error:
        return items, error
    return items, None


def zpid(item: Found) -> str:
    return str(item.payload["zpid"])


# ── what is found, and what it says ─────────────────────────────────────────────────────────────


@OF_EACH_HOST
@pytest.mark.parametrize("offer", ["sale", "sold"])
def test_every_home_is_found_once_and_read_as_it_is(host, offer):
    session = session_of(scene_of(), options={"host": host, "offers": [offer]})
    items, homes = found(session), truth(offer)
    assert len(homes) > 41
    assert Counter(map(zpid, items)) == Counter(homes.keys())
    for item in items:
        record, listing = record_of(item), homes[zpid(item)]
        house = listing.house
        assert item.format == FORMAT_OF[host]
        assert record.unread == {}
        assert record.source_key == f"zpid:{zpid(item)}"
        if offer == "sold":
            assert record.standard_status == "Closed"
            assert (record.close_price_cents, record.list_price_cents) == (
                price_of(listing) * 100,
                None,
            )
            assert record.close_date == (listing.closed_at or START).date()
        else:
            assert record.list_price_cents == listing.list_price * 100
            contingent = listing.status == "Active Under Contract" and host == "zillow56"
            assert record.standard_status == ("Active" if contingent else listing.status)
        assert record.bedrooms_total == house.bedrooms
        assert record.x_bathrooms_decimal == house.baths
        assert record.living_area == house.living_area
        lot = record.lot_size_square_feet
        assert lot is None or lot == pytest.approx(house.lot_area, abs=3)
        assert (record.latitude, record.longitude) == (house.latitude, house.longitude)
        assert (record.city, record.state_or_province) == (house.city, house.state)
        assert record.postal_code == ZIP
        assert record.property_type == (
            "Residential Income" if house.sub_type == "Duplex" else "Residential"
        )
        wanted = "Multi Family" if house.sub_type == "Duplex" else house.sub_type
        assert record.property_sub_type == wanted
        line = f"{house.street} # {house.unit}" if house.unit else house.street
        assert address_key(record.unparsed_address, ZIP) == address_key(line, ZIP)
        days = record.x_days_on_market_reported
        assert days is None or days == listing.days_on_market(START)
        assert raw_of(item).licence_class == "vendor_api"
    assert session.notes == []


@OF_EACH_HOST
def test_homes_for_rent_are_leases_and_buildings_without_a_price_are_a_note(host):
    session = session_of(scene_of(), options={"host": host, "offers": ["rent"]})
    items, homes = found(session), truth("rent")
    buildings = {
        "zillow56": set(),
        "com1": {z for z, x in homes.items() if x.house.unit and int(z) % 3 == 0},
        "zllw": {z for z, x in homes.items() if x.house.unit},
    }[host]
    assert {zpid(item) for item in items} == homes.keys() - buildings
    for item in items:
        record = record_of(item)
        assert record.unread == {}
        assert record.property_type == "Residential Lease"
        assert record.source_key == f"zpid:{zpid(item)}:rent"
        assert record.list_price_cents == homes[zpid(item)].list_price * 100
        assert record.standard_status == homes[zpid(item)].status or host == "zillow56"
    notes = [f"{ZIP}: {len(buildings)} rental buildings without a price were passed over"]
    assert session.notes == (notes if buildings else [])


def test_a_home_that_is_for_sale_and_for_rent_is_two_listings():
    session = session_of(scene_of(), options={"offers": ["sale", "sold", "rent"]})
    items = found(session)
    both = truth("rent").keys() & truth("sale").keys()
    assert both
    keys = Counter(raw_of(item).source_key for item in items)
    assert max(keys.values()) == 1
    assert {f"zpid:{z}" for z in both} | {f"zpid:{z}:rent" for z in both} <= keys.keys()


@OF_EACH_HOST
def test_an_unchanged_home_says_the_same_a_day_later(host):
    later = START + timedelta(days=1)
    one, other = (
        {zpid(i): raw_of(i).content_hash for i in found(session_of(s, options={"host": host}))}
        for s in (scene_of(), scene_of(later))
    )
    same = {z for z, x in truth("sale", later).items() if x.modified_at < START}
    assert len(same) > 41
    assert {z: one[z] for z in same} == {z: other[z] for z in same}


@OF_EACH_HOST
def test_an_open_house_comes_and_goes_without_the_home_having_changed(host):
    said: list[dict[str, str]] = []
    open_houses: list[set[str]] = []
    for day in range(3):  # some homes have one, each on another day
        session = session_of(scene_of(START + timedelta(days=day)), options={"host": host})
        items = {zpid(item): item for item in found(session)}
        said.append({key: raw_of(item).content_hash for key, item in items.items()})
        open_houses.append({k for k, item in items.items() if "openhouse': true" in plain(item)})
    still = {key for key in said[0] if unchanged(key, START, START + timedelta(days=2))}
    assert len(still & (open_houses[0] ^ open_houses[1])) > 5
    assert {key for key in still if len({day[key] for day in said}) > 1} == set()


def plain(item: Found) -> str:
    return repr(item.payload).lower().replace("_", "")


def unchanged(key: str, before: datetime, after: datetime) -> bool:
    one, other = (truth("sale", at).get(key) for at in (before, after))
    return one is not None and other is not None and one.modified_at == other.modified_at


LAND = {
    "zillow56": {"zpid": 1, "price": 90_000, "homeType": "LOT", "homeStatus": "FOR_SALE"},
    "com1": {"zpid": "1", "price": 90_000, "propertyType": "LOT", "listingStatus": "FOR_SALE"},
    "zllw": {"zpid": 1, "price/value": 90_000, "propertyType": "lot"},
}
PLACE = {
    "zillow56": {"streetAddress": "1 Elm St", "zipcode": ZIP},
    "com1": {"address": f"1 Elm St, Phoenix, AZ {ZIP}"},
    "zllw": {"address/zipcode": ZIP},
}


@OF_EACH_HOST
def test_a_page_of_nothing_but_lots_lacks_no_bedrooms(host):
    adapter = ADAPTERS[host]
    lots = [{**LAND[host], **PLACE[host], "zpid": number} for number in range(6)]
    assert not missing_keys(adapter, lots)
    homes = [{**lot, "homeType": "HOUSE", "propertyType": "HOUSE"} for lot in lots]
    assert missing_keys(adapter, homes) == ["bedrooms", "bathrooms", "livingArea"]
    nameless = [{k: v for k, v in lot.items() if k != "zpid"} for lot in lots]
    assert missing_keys(adapter, nameless) == ["zpid"]


@OF_EACH_HOST
def test_a_zip_without_homes_is_truly_empty(host):
    session = session_of(scene_of(), "85033", options={"host": host})
    assert found(session) == []
    assert len(session.calls) == 1


def test_one_match_may_come_as_the_home_itself():
    session = session_of(scene_of(single_match=True), options={"host": "com1"})
    (item,) = found(session)
    record, listing = record_of(item), truth("sale")[zpid(item)]
    assert record.unread == {}
    assert record.living_area == listing.house.living_area
    assert record.list_price_cents == listing.list_price * 100
    assert record.postal_code == ZIP
    assert (record.unparsed_address or "").startswith(listing.house.street)
    assert "attributionInfo" in SPEC.private  # it names the agent


def row_56(**changes: Any) -> Found:
    row = {
        "zpid": 1,
        "price": 320_000,
        "homeType": "SINGLE_FAMILY",
        "homeStatus": "FOR_SALE",
        "streetAddress": "1 N A St",
        "city": "Phoenix",
        "state": "AZ",
        "zipcode": ZIP,
    }
    return Found(row | changes, "zillow_zillow56")


@pytest.mark.parametrize(
    ("value", "unit", "square_feet"),
    [
        (6098.4, "sqft", 6098.4),
        (0.25, "acres", 10_890),
        (871.2, "squareFeet", 871.2),
        ("1,133 sqft", None, 1133),
        (None, None, None),
    ],
)
def test_the_lot_s_unit_is_told_row_by_row(value, unit, square_feet):
    record = record_of(row_56(lotAreaValue=value, lotAreaUnit=unit))
    assert record.lot_size_square_feet == square_feet
    assert record.unread == {}


def test_a_lot_in_an_unknown_unit_is_not_guessed():
    record = record_of(row_56(lotAreaValue=3, lotAreaUnit="hectares"))
    assert record.lot_size_square_feet is None
    assert record.unread == {"lot_size_square_feet": "3 hectares"}


@pytest.mark.parametrize(
    ("street", "unit", "line"),
    [
        ("5100 N 12th St Apt 15", "Apt 15", "5100 N 12th St Apt 15"),
        ("5100 N 12th St # 15", "Apt 15", "5100 N 12th St # 15"),
        ("5100 N 12th St", "# 34", "5100 N 12th St # 34"),
        ("15 N 12th St", "Apt 15", "15 N 12th St Apt 15"),
        ("5100 N 12th St", None, "5100 N 12th St"),
    ],
)
def test_a_unit_is_in_the_address_once(street, unit, line):
    assert record_of(row_56(streetAddress=street, unit=unit)).unparsed_address == line


def test_a_monthly_price_is_a_lease():
    record = record_of(row_56(price="$9,500/mo", homeStatus="FOR_RENT"))
    assert (record.list_price_cents, record.property_type) == (950_000, "Residential Lease")


def test_days_on_zillow_of_minus_one_are_not_stated():
    assert record_of(row_56(daysOnZillow=-1)).x_days_on_market_reported is None


# ── few calls ───────────────────────────────────────────────────────────────────────────────────


@OF_EACH_HOST
def test_between_sweeps_a_zip_costs_one_call(host):
    options = {"host": host}
    first = session_of(scene_of(), options=options)
    items = found(first)
    assert len(first.calls) == -(-len(truth("sale")) // HOSTS[host].page_size)
    again = session_of(scene_of(), options=options, cursor=first.cursor, known=stored(items))
    seen = found(again)
    assert len(again.calls) == 1
    hashes = {raw_of(item).content_hash for item in items}
    assert {raw_of(item).content_hash for item in seen} <= hashes


def test_new_homes_are_found_between_sweeps_and_all_of_them_at_the_next():
    first = session_of(scene_of(), options={})
    known = stored(found(first))
    later = START + timedelta(days=3)
    again = session_of(scene_of(later), cursor=first.cursor, known=known)
    seen = {zpid(item) for item in found(again)}
    new = truth("sale", later).keys() - truth("sale").keys()
    assert new
    assert new <= seen
    assert len(again.calls) <= 2
    later = START + timedelta(days=14)
    sweep = session_of(scene_of(later), cursor=again.cursor, known=known)
    assert {zpid(item) for item in found(sweep)} == truth("sale", later).keys()


def test_what_a_broken_off_look_left_proves_nothing():
    scene = scene_of(page_size=5)
    first = session_of(scene, options={})
    complete = stored(found(first))
    later = START + timedelta(hours=1)
    fresh = {k: Known(v.payload, later, None) for k, v in complete["zillow_zillow56"].items()}
    again = session_of(
        scene_of(later, page_size=5), cursor=first.cursor, known={"zillow_zillow56": fresh}
    )
    found(again)
    assert len(again.calls) == -(-len(truth("sale", later)) // 5) > 2


def small(host: str) -> dict[str, Any]:
    """Options of a host that gives two pages of five."""
    shape = HOSTS[host].model_dump() | {"page_size": 5, "most_pages": 2}  # type: ignore[index]
    return {"host": host, "hosts": {host: shape}}


@OF_EACH_HOST
def test_a_zip_with_more_hits_than_reachable_is_split_by_price(host):
    session = session_of(scene_of(page_size=5), options=small(host))
    items, homes = found(session), truth("sale")
    assert len(homes) > 10
    assert Counter(map(zpid, items)) == Counter(homes.keys())
    assert session.notes == []


def test_more_homes_at_one_price_than_reachable_are_a_note():
    options = small("zillow56") | {"smallest_band": 1e9}
    session = session_of(scene_of(page_size=5), options=options)
    assert len(found(session)) == 10
    assert session.notes == [f"{ZIP}: {len(truth('sale'))} homes at one price, only 10 can be had"]


def test_each_reseller_is_asked_at_its_own_address_in_earnest():
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"props": [], "totalResultCount": 0, "totalPages": 0})

    client = httpx.Client(transport=httpx.MockTransport(handler))
    session = PlainSession(
        SPEC,
        client,
        MARKETS["phx"],
        ZIP,
        base_url=SPEC.base_url,
        credentials=KEYS,
        options={"host": "com1"},
    )
    assert session.collect() == []
    (request,) = asked
    assert request.url.host == "zillow-com1.p.rapidapi.com"
    assert request.headers["X-RapidAPI-Host"] == "zillow-com1.p.rapidapi.com"
    assert request.headers["X-RapidAPI-Key"] == KEYS["key"]
    assert KEYS["key"] not in str(request.url)


# ── what can go wrong ───────────────────────────────────────────────────────────────────────────


def answered(status: int, message: str, **headers: str) -> httpx.Response:
    request = httpx.Request(
        "GET",
        "https://zillow56.p.rapidapi.com/search?location=85031",
        headers={"X-RapidAPI-Key": "very-secret", "X-RapidAPI-Host": "zillow56.p.rapidapi.com"},
    )
    return httpx.Response(status, json={"message": message}, headers=headers, request=request)


TOO_FAST = "You have exceeded the rate limit per {} for your plan, BASIC, by the API provider"


@pytest.mark.parametrize(
    ("message", "wait"),
    [
        ("Too many requests", 1),
        (TOO_FAST.format("second"), 1),
        (TOO_FAST.format("minute"), 60),
        (TOO_FAST.format("hour"), 3600),
    ],
)
def test_too_fast_is_a_matter_of_waiting(message, wait):
    assert SPEC.judge is not None
    with pytest.raises(TransientError) as caught:
        SPEC.judge("zillow", answered(429, message))
    assert (caught.value.throttled, caught.value.retry_after) == (True, wait)
    with pytest.raises(TransientError) as caught:
        SPEC.judge("zillow", answered(429, message, **{"retry-after": "9"}))
    assert caught.value.retry_after == 9


def test_a_used_up_month_is_the_end_until_the_reset():
    session = session_of(scene_of(monthly_quota=2, page_size=5))
    with pytest.raises(QuotaExceeded, match="used up") as caught:
        session.collect()
    assert len(session.calls) == 3
    until = caught.value.until
    assert until is not None
    real_seconds = (until - datetime.now(UTC)).total_seconds()
    simulated = (datetime(2026, 4, 1, tzinfo=UTC) - START).total_seconds()
    assert real_seconds == pytest.approx(simulated, abs=60)


def test_the_quota_is_counted_in_the_headers():
    scene = scene_of(monthly_quota=3)
    client = TestClient(Starlette(routes=UPSTREAM.routes(scene)))
    headers = {"X-RapidAPI-Key": KEYS["key"], "X-RapidAPI-Host": "zillow56.p.rapidapi.com"}
    left = [
        client.get("/search", params={"location": ZIP}, headers=headers).headers[
            "x-ratelimit-requests-remaining"
        ]
        for _ in range(4)
    ]
    assert left == ["2", "1", "0", "0"]


@pytest.mark.parametrize(
    ("status", "message", "error", "advice"),
    [
        (401, "Invalid API key.", AuthError, "RAPIDAPI_KEY"),
        (403, "You are not subscribed to this API.", AuthError, "subscribed to zillow56.p"),
        (404, "Endpoint '/x' does not exist", ContractError, r"options\.hosts"),
        (404, "API doesn't exists", ContractError, r"options\.host\b"),
        (404, "nothing for this location", PermanentError, "404"),
        (400, "location is required", PermanentError, "400"),
        (504, "The request timed out", TransientError, "504"),
    ],
)
def test_what_the_gateway_s_sentences_mean(status, message, error, advice):
    assert SPEC.judge is not None
    with pytest.raises(error, match=advice) as caught:
        SPEC.judge("zillow", answered(status, message))
    assert type(caught.value) is error
    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "error"),
    [("not_subscribed", AuthError), ("endpoint_gone", ContractError), ("api_gone", ContractError)],
)
@OF_EACH_HOST
def test_the_stand_in_says_so_too(host, fault, error):
    with pytest.raises(error):
        session_of(scene_of(START, **{fault: True}), options={"host": host}).collect()


@pytest.mark.parametrize("credentials", [{"key": "stranger"}, {}])
def test_an_unknown_key_is_refused(credentials):
    with pytest.raises(AuthError):
        session_of(scene_of(), credentials=credentials).collect()


@OF_EACH_HOST
def test_a_renamed_field_is_drift(host):
    with pytest.raises(ContractError, match="no row has livingArea"):
        session_of(scene_of(field_rename=True), options={"host": host}).collect()


@OF_EACH_HOST
@pytest.mark.parametrize("more", [7, -7])
def test_totals_that_disagree_are_a_note(host, more):
    session = session_of(scene_of(wrong_totals=more), options={"host": host})
    items = found(session)
    assert {zpid(item) for item in items} == truth("sale").keys()
    assert ["hits are announced" in note for note in session.notes] == [True]


def test_homes_that_move_between_pages_are_given_once_and_those_missed_are_a_note():
    session = session_of(scene_of(moving_items=True))
    items = found(session)
    assert max(Counter(map(zpid, items)).values()) == 1
    missed = len(truth("sale")) - len(items)
    assert missed > 0
    assert any(f"{len(items)} different ones" in note for note in session.notes)


def test_metres_for_feet_are_read_as_written_for_the_drift_check_to_see():
    for item in found(session_of(scene_of(unit_change=True))):
        house = truth("sale")[zpid(item)].house
        assert record_of(item).living_area == pytest.approx(house.living_area / 10.7639, abs=1)


# ── anything at all ─────────────────────────────────────────────────────────────────────────────


def reply_of(host: str, offer: str) -> dict[str, Any]:
    shape = HOSTS[host]  # type: ignore[index]
    client = TestClient(Starlette(routes=UPSTREAM.routes(scene_of(page_size=8))))
    headers = {"X-RapidAPI-Key": KEYS["key"], "X-RapidAPI-Host": shape.address}
    params = {"location": ZIP, shape.status: shape.offers[offer]}  # type: ignore[index]
    return client.get(shape.path, params=params, headers=headers).json()


REPLIES = {(h, o): reply_of(h, o) for h in FORMAT_OF for o in ("sale", "rent", "sold")}


def test_a_location_that_is_ignored_is_drift():
    session = fixed(REPLIES["zillow56", "sale"], {"host": "zillow56"}, "85035")
    with pytest.raises(ContractError, match="only homes outside 85035"):
        session.collect()


def test_hits_without_a_row_are_drift():
    reply = REPLIES["zillow56", "sale"] | {"results": []}
    with pytest.raises(ContractError, match="hits and not one row"):
        fixed(reply, {"host": "zillow56"}).collect()


def fixed(reply: object, options: Mapping[str, Any], zip_code: str = ZIP) -> PlainSession:
    site = Starlette(routes=[Route("/{rest:path}", lambda request: JSONResponse(reply))])
    return PlainSession(
        SPEC, TestClient(site), MARKETS["phx"], zip_code, credentials=KEYS, options=options
    )


scalars = st.none() | st.booleans() | st.integers(-(10**20), 10**20)
scalars |= st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
scalars |= st.sampled_from(["", "$9,500/mo", "1,133 sqft", "FOR_RENT", "sold", -1, {}, []])
junk = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value at any depth."""
    here = [path] if path else []
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    return here + [p for key, inner in pairs for p in places(inner, (*path, key))]


PLACES = {key: places(reply) for key, reply in REPLIES.items()}


@st.composite
def mutated(draw: st.DrawFn) -> tuple[dict[str, Any], object]:
    host, offer = draw(st.sampled_from(sorted(REPLIES)))
    reply = copy.deepcopy(REPLIES[host, offer])
    for path in draw(st.lists(st.sampled_from(PLACES[host, offer]), min_size=1, max_size=8)):
        *way, last = path
        inside: Any = reply
        try:
            for key in way:
                inside = inside[key]
            if isinstance(inside, dict) and draw(st.booleans()):
                inside.pop(last, None)
            else:
                inside[last] = draw(junk)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier mutation took the place away
    whole = draw(st.sampled_from([reply] * 9 + [[], None, "text", {"zpid": 1}]))
    return {"host": host, "offers": [offer]}, whole


@settings(max_examples=120)
@given(mutated())
def test_a_mutated_reply_gives_listings_or_a_contract_error(case):
    options, reply = case
    session = fixed(reply, options)
    items, error = until_it_breaks(session)
    assert error is None or isinstance(error, ContractError)
    for item in items:
        layout = FORMATS[item.format].layout(tuple(item.payload))
        assert isinstance(layout.listing(item.payload, START, 1), RawListing | Rejected)
