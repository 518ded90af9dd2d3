"""The counties' collector against its stand-in: each layer, its cost, and what goes wrong."""

import contextlib
import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.testclient import TestClient

from phoenix_re.collect.errors import (
    AuthError,
    CollectError,
    ContractError,
    PermanentError,
    Refused,
    TransientError,
)
from phoenix_re.collect.listing import ListingRecord, RawListing, Rejected
from phoenix_re.collect.source import Found
from phoenix_re.collect.sources.county_open_data import BASE_URL, SPEC, judge
from phoenix_re.collect.sources.county_open_data.formats import BY_NAME
from phoenix_re.collect.sources.county_open_data.layers import Layer
from phoenix_re.markets import Market, load_markets, markets_folder
from phoenix_re.sandbox.scene import Scene
from phoenix_re.sandbox.upstreams.austin_permits import TOKEN
from phoenix_re.sandbox.upstreams.county_open_data import UPSTREAM
from phoenix_re.sandbox.world import House, World
from phoenix_re_tests.collect.sources.mutating import answering, mutate
from phoenix_re_tests.plain_session import PlainSession

NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)
MARKETS = load_markets(markets_folder())
BROWSER = "Mozilla/5.0 (compatible; phoenix-re; +mailto:operator@example.org)"
COUNTIES = {  # market → ZIP wholly in the county, the county's format
    "phx": ("85031", "county_open_data_maricopa"),
    "sct": ("85251", "county_open_data_maricopa"),
    "tuc": ("85705", "county_open_data_pima"),
    "las": ("89108", "county_open_data_clark"),
    "den": ("80219", "county_open_data_denver"),
    "aus": ("78741", "county_open_data_travis"),
}
HOUSES = 60
PAGE = 25
WORLD = World(MARKETS, houses_per_zip={**{z: HOUSES for z, _ in COUNTIES.values()}, "default": 2})


class Upstream:
    """The stand-in, and the cursor that sessions leave behind."""

    def __init__(self, market: str = "den", **faults: Any) -> None:
        self.scene = Scene(WORLD, started=NOW, clock=lambda: 0.0, faults={SPEC.name: faults})
        self.client = TestClient(Starlette(routes=UPSTREAM.routes(self.scene)))
        self.market: Market = MARKETS[market]
        self.zip = COUNTIES[market][0]
        self.cursor: dict[str, Any] = {}
        self.now = NOW

    def set_faults(self, **faults: Any) -> None:
        self.scene.faults[SPEC.name] = faults

    def pass_time(self, **parts: float) -> None:
        self.now += timedelta(**parts)
        self.scene.advanced += timedelta(**parts)

    def session(
        self, token: str | None = None, layer: Mapping[str, Any] | None = None, **options: Any
    ) -> PlainSession:
        """With the market file's layers, each laid over by `layer`."""
        described = dict(self.market.sources[SPEC.name].options)
        more = {"page_size": PAGE, **(layer or {})}
        if self.market.code == "tuc":
            more = {"user_agent": BROWSER, **more}
        layers = {name: {**one, **more} for name, one in described["layers"].items()}
        return PlainSession(
            SPEC,
            self.client,
            self.market,
            self.zip,
            now=self.now,
            credentials={"socrata_app_token": token} if token else {},
            options={"layers": layers, **options},
            cursor=self.cursor,
        )

    def run(self, **options: Any) -> tuple[list[Found], PlainSession]:
        session = self.session(**options)
        return [item for item in session.collect() if isinstance(item, Found)], session


def _record(item: Found) -> ListingRecord:
    return BY_NAME[item.format].layout(tuple(item.payload)).record(item.payload)


def _read(item: Found) -> RawListing | Rejected:
    return BY_NAME[item.format].layout(tuple(item.payload)).listing(item.payload, NOW, 1)


def _keys(found: list[Found]) -> Counter[str]:
    return Counter(_record(item).source_key for item in found)


def _kinds(session: PlainSession) -> Counter[str]:
    return Counter(kind for kind, _ in session.calls)


def _only(found: list[Found], form: str) -> list[Found]:
    return [item for item in found if item.format == form]


def _truth(market: str) -> dict[str, House]:
    houses = WORLD.houses(COUNTIES[market][0])
    assert len({house.county for house in houses}) == 1
    return {house.apn: house for house in houses}


# ── what is found ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("market", COUNTIES)
def test_every_parcel_is_found_once_and_reads_as_the_world_has_it(market: str) -> None:
    zip_code, form = COUNTIES[market]
    found = _only(Upstream(market).run()[0], form)
    truth = _truth(market)
    assert _keys(found) == Counter(list(truth))
    for item in found:
        record = _record(item)
        house = truth[record.source_key]
        assert record.unread == {}
        assert record.parcel_number == house.apn
        assert record.postal_code == zip_code
        assert (record.state_or_province, record.county_or_parish) == (house.state, house.county)
        assert record.unparsed_address is not None
        assert record.unparsed_address.startswith(house.street.upper())
        assert record.lot_size_square_feet == pytest.approx(house.lot_area, abs=0.1)
        assert record.latitude == pytest.approx(house.latitude, abs=1e-5)
        assert record.longitude == pytest.approx(house.longitude, abs=1e-5)
        assert record.year_built in {None, house.year_built}
        assert record.living_area in {None, house.living_area}
        assert record.standard_status is record.list_price_cents is None
        listing = _read(item)
        assert isinstance(listing, RawListing)
        assert (listing.licence_class, listing.price_cents) == ("public_record", None)


def test_denver_says_what_a_home_is_how_large_and_how_old() -> None:
    found, _ = Upstream("den").run()
    truth = _truth("den")
    for item in found:
        record, house = _record(item), truth[_record(item).source_key]
        assert record.living_area == house.living_area
        assert record.year_built == house.year_built
        assert record.property_sub_type == house.sub_type


def test_units_and_blanks_of_an_address_in_parts() -> None:
    found, _ = Upstream("las").run()
    truth = _truth("las")
    for item in found:
        record, house = _record(item), truth[_record(item).source_key]
        unit = f" UNIT {house.unit}" if house.unit else ""
        assert record.unparsed_address == house.street.upper() + unit


def test_sales_and_values_stay_in_the_payload() -> None:
    found, _ = Upstream("den").run()
    prices = [item.payload["SALE_PRICE"] for item in found]
    assert 0 in prices
    assert max(prices) > 0
    dates = [item.payload["SALE_DATE"] for item in found if item.payload["SALE_DATE"]]
    assert min(dates) < 0 < max(dates)  # as received, the absurd ones too


def test_permits_are_texts_with_columns_left_out() -> None:
    found = _only(Upstream("aus").run()[0], "county_open_data_austin_permits")
    assert found
    assert any("description" not in item.payload for item in found)
    streets = {house.street.upper() for house in WORLD.houses("78741")}
    for item in found:
        record = _record(item)
        assert record.unparsed_address in streets
        assert record.postal_code == "78741"
        assert record.source_key == item.payload["permit_number"]


@pytest.mark.parametrize("market", COUNTIES)
def test_a_parcel_that_was_not_sold_says_the_same_until_the_next_roll(market: str) -> None:
    """An assessor values once a year; a row that ticked by itself would be a change every week."""
    upstream = Upstream(market)
    said = []
    for days in (0, 8, 100, 300):  # March, March, June, the next January
        upstream.pass_time(days=days)
        found, _ = upstream.run()
        parcels = [item for item in found if not item.format.endswith("permits")]
        said.append({_record(i).source_key: i for i in parcels})
    unsold = [
        key
        for key, item in said[0].items()
        if all(_sale(look[key].payload) == _sale(item.payload) for look in said)
    ]
    assert len(unsold) > HOUSES / 3
    first, week, summer, next_year = ({k: _hash(look[k]) for k in unsold} for look in said)
    assert first == week == summer
    assert (next_year != first) is (market not in {"aus", "las"})  # these two state no value


def _sale(payload: Mapping[str, Any]) -> list[Any]:
    return [payload.get(name) for name in ("SALE_DATE", "SALEDATE", "RECORDDATE", "DEED_DATE")]


def _hash(item: Found) -> str:
    raw = _read(item)
    assert isinstance(raw, RawListing)
    return raw.content_hash


@pytest.mark.parametrize("market", COUNTIES)
def test_nothing_of_persons_is_handed_on_but_owners_to_be_hashed(market: str) -> None:
    owners = {house.owner for house in WORLD.houses(COUNTIES[market][0])}
    for item in Upstream(market).run()[0]:
        shown = json.dumps({k: v for k, v in item.payload.items() if k not in SPEC.hashed})
        assert not any(owner in shown for owner in owners)
        assert "555-0100" not in shown
        assert "PO BOX" not in shown


# ── how the market file describes layers ────────────────────────────────────────────────────────


def test_a_renamed_field_is_mapped_in_the_market_file() -> None:
    upstream = Upstream("den", field_rename={"SCHEDNUM": "SCHEDULE_NO", "SITUS_ZIP": "SITUS_ZIP5"})
    fields = {"SCHEDNUM": "SCHEDULE_NO", "SITUS_ZIP": "SITUS_ZIP5"}
    found, _ = upstream.run(layer={"fields": fields})
    assert _keys(found) == Counter(list(_truth("den")))
    payload = found[0].payload
    assert payload["SCHEDULE_NO"] == payload["SCHEDNUM"]


def test_a_field_that_a_layer_never_had_is_left_out() -> None:
    upstream = Upstream("den", field_rename={"RES_ABOVE_GRADE_AREA": "SOMETHING_ELSE"})
    found, _ = upstream.run(layer={"without": ["RES_ABOVE_GRADE_AREA"]})
    assert _keys(found) == Counter(list(_truth("den")))
    assert {_record(item).living_area for item in found} == {None}


def test_an_unknown_county_is_described_without_code() -> None:
    fields = {
        "parcel_number": "SCHEDNUM",
        "postal_code": "SITUS_ZIP",
        "unparsed_address": "SITUS_ADDRESS_LINE1",
        "living_area": "RES_ABOVE_GRADE_AREA",
    }
    layer = {"format": "county_open_data_table", "fields": fields}
    found, _ = Upstream("den").run(layer=layer)
    truth = _truth("den")
    assert len(found) == HOUSES
    for item in found:
        record = _record(item)
        house = truth[str(record.parcel_number)]
        assert record.source_key == f"denver_parcels:{house.apn}"
        assert (record.postal_code, record.living_area) == (house.zip, house.living_area)


def test_a_condition_of_the_market_file_is_kept_to() -> None:
    year = sorted(house.year_built for house in _truth("den").values())[HOUSES // 2]
    found, _ = Upstream("den").run(layer={"where": f"RES_ORIG_YEAR_BUILT >= {year}"})
    young = [house.apn for house in _truth("den").values() if house.year_built >= year]
    assert 0 < len(young) < HOUSES
    assert _keys(found) == Counter(young)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"format": "county_open_data_denvr"}, "county_open_data_denver"),
        ({"url": "/arcgis/rest/services/0"}, "a whole URL is expected"),
        ({"page_sice": 10}, "page_sice"),
    ],
)
def test_a_layer_badly_described_is_told(wrong: dict[str, Any], said: str) -> None:
    good = {"url": "https://county.example/x/0", "format": "county_open_data_denver"}
    assert Layer.model_validate(good).path == "/x/0"
    with pytest.raises(ValidationError, match=said):
        Layer.model_validate({**good, **wrong})


def test_without_a_mirror_each_layer_is_asked_at_its_own_server() -> None:
    asked: list[str] = []

    def reply(request: httpx.Request) -> Any:
        asked.append(str(request.url.copy_with(query=None)))
        return {"error": {"code": 404, "message": "not here", "details": []}}

    session = Upstream("aus").session()
    session.base_url, session._client = BASE_URL, answering(reply)
    with pytest.raises((PermanentError, ContractError)):
        session.collect()
    layers = MARKETS["aus"].sources[SPEC.name].options["layers"]
    assert asked == [layer["url"] for layer in layers.values()]


def test_a_market_without_layers_says_so() -> None:
    session = PlainSession(SPEC, Upstream().client, MARKETS["den"], "80219", options={})
    assert session.collect() == []
    assert "den.yaml describes no layers" in session.notes[0]


# ── what it costs ───────────────────────────────────────────────────────────────────────────────


def test_a_zip_costs_its_pages_and_two_calls_and_then_nothing_until_it_is_due() -> None:
    upstream = Upstream("den")
    _, session = upstream.run()
    assert _kinds(session) == {"layer": 1, "count": 1, "rows": 3}
    upstream.pass_time(days=6)
    found, session = upstream.run()
    assert (found, session.calls) == ([], [])
    upstream.pass_time(days=1)
    found, _ = upstream.run()
    assert _keys(found) == Counter(list(_truth("den")))


def test_a_zip_outside_the_county_costs_two_calls() -> None:
    upstream = Upstream("den")
    upstream.zip = "99999"
    found, session = upstream.run()
    assert found == []
    assert _kinds(session) == {"layer": 1, "count": 1}
    assert upstream.run()[1].calls == []


def test_only_edited_rows_are_asked_for_where_the_layer_knows_them() -> None:
    upstream = Upstream("aus")
    first = _only(upstream.run()[0], "county_open_data_austin_permits")
    assert upstream.run()[1].calls == []

    upstream.pass_time(days=5)
    later = _only(upstream.run(sweep_days=1000)[0], "county_open_data_austin_permits")
    assert len(later) < len(first)
    again, session = upstream.run(sweep_days=1000)
    assert (again, session.calls) == ([], [])

    fresh = Upstream("aus")
    fresh.pass_time(days=5)
    everything = _only(fresh.run()[0], "county_open_data_austin_permits")
    assert _keys(first).keys() | _keys(later).keys() == _keys(everything).keys()


def test_a_sweep_goes_on_where_the_run_before_stopped() -> None:
    upstream = Upstream("den")
    found, session = upstream.run(pages_per_run=1)
    assert "the next run goes on" in session.notes[0]
    upstream.pass_time(hours=1)
    more, session = upstream.run(pages_per_run=1)
    assert _kinds(session) == {"layer": 1, "rows": 1}
    last, _ = upstream.run(pages_per_run=5)
    assert _keys([*found, *more, *last]) == Counter(list(_truth("den")))


def test_a_sweep_left_open_too_long_begins_again() -> None:
    upstream = Upstream("den")
    upstream.run(pages_per_run=1)
    upstream.pass_time(days=2)  # object ids may have been given anew
    found, _ = upstream.run()
    assert _keys(found) == Counter(list(_truth("den")))


@pytest.mark.parametrize("market", ["den", "aus"])
def test_a_run_that_is_cut_off_loses_nothing(market: str) -> None:
    upstream = Upstream(market)
    items = SPEC.collect(upstream.session(layer={"page_size": 4}))
    landed = [item for item, _ in zip(items, range(30), strict=False) if isinstance(item, Found)]
    items.close()  # type: ignore[attr-defined]
    assert 0 < next(iter(upstream.cursor.values()))["sweep"]["seen"] < 30
    rest, _ = upstream.run(layer={"page_size": 4})
    form = COUNTIES[market][1]
    keys = set(_keys(_only([*landed, *rest], form)))
    assert keys == set(_truth(market))


def test_a_layer_that_was_not_edited_is_not_read_again() -> None:
    described = {
        "fields": [{"name": "OBJECTID", "type": "esriFieldTypeOID"}]
        + [{"name": n, "type": "esriFieldTypeString"} for n in ("P", "Z")],
        "maxRecordCount": 10,
        "editingInfo": {"lastEditDate": 1_772_000_000_000},
    }

    def reply(request: httpx.Request) -> Any:
        if not request.url.path.endswith("/query"):
            return described
        if request.url.params.get("returnCountOnly"):
            return {"count": 1}
        return {"features": [{"attributes": {"OBJECTID": 7, "P": "1-2", "Z": "80219"}}]}

    layer = {
        "url": "https://county.example/0",
        "format": "county_open_data_table",
        "fields": {"parcel_number": "P", "postal_code": "Z"},
    }
    upstream = Upstream("den")
    upstream.client = answering(reply)  # type: ignore[assignment]
    assert len(upstream.run(layer=layer)[0]) == 1
    upstream.pass_time(days=8)
    found, session = upstream.run(layer=layer)
    assert (found, _kinds(session)) == ([], {"layer": 1})
    described["editingInfo"] = {"lastEditDate": 1_772_600_000_000}
    upstream.pass_time(days=8)
    assert len(upstream.run(layer=layer)[0]) == 1


# ── what goes wrong ─────────────────────────────────────────────────────────────────────────────


def test_pima_refuses_our_user_agent_and_the_operator_is_told_what_to_do() -> None:
    with pytest.raises(Refused, match="user_agent"):
        Upstream("tuc").session(layer={"user_agent": None}).collect()
    found, _ = Upstream("tuc").run()
    assert len(found) == HOUSES


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (500, TransientError),
        (503, TransientError),
        (498, AuthError),
        (499, AuthError),
        (400, ContractError),
        (404, PermanentError),
    ],
)
def test_an_error_with_status_200_is_one(code: int, error: type[CollectError]) -> None:
    with pytest.raises(error, match=f"error {code}"):
        Upstream("den", query_error=code).session().collect()


@pytest.mark.parametrize(
    ("status", "body", "headers", "error"),
    [
        (202, "", {}, TransientError),
        (429, "{}", {}, TransientError),
        (500, "", {}, TransientError),
        (403, "Forbidden", {}, Refused),
        (403, '{"message":"Invalid app_token specified"}', {"X-App-Token": "t"}, AuthError),
        (400, '{"code":"query.soql.type-mismatch","message":"m"}', {}, ContractError),
        (400, '{"errorCode":"query.soql.no-such-column"}', {}, ContractError),
        (400, "no JSON", {}, PermanentError),
        (400, "[1]", {}, PermanentError),
        (404, "", {}, PermanentError),
    ],
)
def test_statuses_are_judged(
    status: int, body: str, headers: dict[str, str], error: type[CollectError]
) -> None:
    request = httpx.Request("GET", "https://data.example/resource/a.json", headers=headers)
    with pytest.raises(error):
        judge(SPEC.name, httpx.Response(status, text=body, request=request))


def test_a_row_that_speaks_of_errors_is_none() -> None:
    request = httpx.Request("GET", "https://data.example/resource/a.json")
    for body in ('[{"error": "kitchen"}]', '{"features": [], "error": null}', '{"error'):
        judge(SPEC.name, httpx.Response(200, text=body, request=request))


@pytest.mark.parametrize("field", ["SCHEDNUM", "SITUS_ZIP", "RES_ABOVE_GRADE_AREA"])
def test_a_field_that_is_gone_is_named_with_what_to_write(field: str) -> None:
    upstream = Upstream("den", field_rename={field: "SOMETHING"})
    with pytest.raises(ContractError, match=f"no field {field}") as caught:
        upstream.session().collect()
    assert f"fields: {{{field}: " in caught.value.message
    assert "SOMETHING" in caught.value.message


def test_a_column_of_socrata_that_is_gone_is_named_and_other_layers_are_read() -> None:
    upstream = Upstream("aus", field_rename={"original_address1": "original_address"})
    session, found = upstream.session(), []
    with pytest.raises(ContractError, match="original_address1"):
        found.extend(SPEC.collect(session))
    assert _keys(found) == Counter(list(_truth("aus")))

    mapped = MARKETS["aus"].sources[SPEC.name].options["layers"]["austin_permits"]
    layers = {"permits": {**mapped, "fields": {"original_address1": "original_address"}}}
    session = PlainSession(
        SPEC, upstream.client, MARKETS["aus"], upstream.zip, options={"layers": layers}
    )
    permits = [item for item in session.collect() if isinstance(item, Found)]
    assert permits
    assert all(_record(item).unparsed_address for item in permits)


def test_socrata_throttles_who_has_no_token() -> None:
    with pytest.raises(TransientError) as caught:
        Upstream("aus", anonymous_calls=1).session().collect()
    assert caught.value.throttled
    assert caught.value.retry_after == 60
    found, session = Upstream("aus", anonymous_calls=1).run(token=TOKEN)
    assert _only(found, "county_open_data_austin_permits")
    assert TOKEN not in str(session.calls)


def test_paging_does_not_stop_where_offsets_would() -> None:
    upstream = Upstream("den", early_stop=30)
    path = MARKETS["den"].sources[SPEC.name].options["layers"]["denver_parcels"]["url"]
    query = {"where": "SITUS_ZIP LIKE '80219%'", "f": "json", "resultRecordCount": PAGE}
    by_offset = [
        len(
            upstream.client.get(
                httpx.URL(path).path + "/query", params={**query, "resultOffset": offset}
            ).json()["features"]
        )
        for offset in (0, 25, 50)
    ]
    assert by_offset == [25, 5, 0]
    found, _ = upstream.run(layer={"page_size": 20})
    assert _keys(found) == Counter(list(_truth("den")))


@pytest.mark.parametrize("market", ["den", "aus"])
def test_a_count_that_is_a_little_off_is_noted_and_one_far_off_breaks(market: str) -> None:
    form = COUNTIES[market][1]
    found, session = Upstream(market, wrong_count=1).run()
    assert _keys(_only(found, form)) == Counter(list(_truth(market)))
    assert "counts 61 rows" in session.notes[0]

    found, session = Upstream(market, wrong_count=-10).run()  # a count too low loses nothing
    assert _keys(_only(found, form)) == Counter(list(_truth(market)))

    upstream, found = Upstream(market, wrong_count=20), []
    with pytest.raises(ContractError, match="counts"):
        found.extend(SPEC.collect(upstream.session()))
    assert _keys(_only(found, form)) == Counter(list(_truth(market)))
    upstream.set_faults()
    assert len(_only(upstream.run()[0], form)) == HOUSES  # the next run reads it anew


def test_object_ids_that_change_while_paging_are_noticed() -> None:
    upstream = Upstream("den", moving_items=5)
    with pytest.raises(ContractError, match="stops early"):
        upstream.session().collect()


def test_a_layer_cut_short_upstream_is_noticed() -> None:
    upstream = Upstream("den")
    upstream.run()
    upstream.pass_time(days=8)
    upstream.set_faults(cut_short=0.1)
    with pytest.raises(ContractError, match="6 rows in 80219 where it had 60"):
        upstream.session().collect()
    found, _ = upstream.run(shrink_tolerance=1)
    assert len(found) == 6


def test_leading_zeros_that_were_lost_are_put_back() -> None:
    found, _ = Upstream("den", lost_zeros=True).run()
    assert any(len(item.payload["SCHEDNUM"]) < 13 for item in found)
    assert _keys(found) == Counter(list(_truth("den")))


def test_a_changed_unit_shows_in_what_is_read() -> None:
    """The rows alone cannot tell acres from feet; drift's ranges do."""
    good = [_record(item).lot_size_square_feet for item in Upstream("las").run()[0]]
    bad = [
        _record(item).lot_size_square_feet for item in Upstream("las", unit_change=True).run()[0]
    ]
    assert min(filter(None, bad)) > 100 * max(filter(None, good))


def test_a_spatial_filter_in_another_reference_would_find_nothing() -> None:
    """Why the collector filters by attribute."""
    layer = MARKETS["aus"].sources[SPEC.name].options["layers"]["travis_parcels"]
    reply = Upstream("aus").client.get(
        httpx.URL(layer["url"]).path + "/query",
        params={"where": "1=1", "geometry": "-98,30,-97,31", "inSR": "4326", "f": "json"},
    )
    assert reply.json()["features"] == []


def test_a_server_that_ignores_the_place_to_go_on_from_is_no_endless_loop() -> None:
    upstream = Upstream("den")
    good = _good_replies()

    def reply(request: httpx.Request) -> Any:
        page = json.loads(json.dumps(good["rows"]))
        page["exceededTransferLimit"] = True
        return page if _name_of(request) == "rows" else good[_name_of(request)]

    upstream.client = answering(reply)  # type: ignore[assignment]
    with pytest.raises(ContractError, match="cannot be paged safely"):
        upstream.session().collect()


# ── whatever comes ──────────────────────────────────────────────────────────────────────────────


def _name_of(request: httpx.Request) -> str:
    if request.url.path.endswith(".json"):
        return "permit_count" if "$select" in request.url.params else "permits"
    if not request.url.path.endswith("/query"):
        return "layer"
    return "count" if "returnCountOnly" in request.url.params else "rows"


def _good_replies(market: str = "den") -> dict[str, Any]:
    """One good reply of each kind, as the stand-in gave it: a few rows."""
    seen: dict[str, Any] = {}
    for name in (market, "aus"):
        upstream = Upstream(name)

        def keep(response: httpx.Response) -> None:
            response.read()
            seen.setdefault(_name_of(response.request), response.json())

        upstream.client.event_hooks = {"response": [keep]}
        upstream.run()
    seen["rows"]["features"] = seen["rows"]["features"][:4]
    seen["rows"].pop("exceededTransferLimit", None)
    return seen | {
        "count": {"count": 4},
        "permits": seen["permits"][:4],
        "permit_count": [{**seen["permit_count"][0], "count": "4"}],
    }


GOOD = _good_replies()


@given(data=st.data())
def test_whatever_a_reply_says_ends_as_result_or_collect_error(data: st.DataObject) -> None:
    spoilt = data.draw(st.sampled_from(sorted(GOOD)))
    garbage = data.draw(st.booleans()) and data.draw(st.booleans())
    changed = data.draw(st.text()) if garbage else mutate(data, GOOD[spoilt])

    def reply(request: httpx.Request) -> Any:
        name = _name_of(request)
        return changed if name == spoilt else GOOD[name]

    socrata = spoilt.startswith("permit")
    upstream = Upstream("aus" if socrata else "den")
    described = dict(upstream.market.sources[SPEC.name].options["layers"])
    described.pop("travis_parcels", None)
    upstream.client = answering(reply)  # type: ignore[assignment]
    session = PlainSession(
        SPEC,
        upstream.client,
        upstream.market,
        upstream.zip,
        options={"layers": described, "pages_per_run": 4},
    )
    found: list[Any] = []
    with contextlib.suppress(CollectError):
        found.extend(SPEC.collect(session))
    for item in found:
        assert isinstance(_read(item), RawListing | Rejected)
        assert isinstance(_record(item), ListingRecord)
    json.dumps(session.cursor)  # stays what a store can keep


@given(data=st.data())
def test_whatever_a_payload_says_it_is_read(data: st.DataObject) -> None:
    rows = {name: _row_of(name) for name in ("rows", "permits")}
    changed = mutate(data, rows[data.draw(st.sampled_from(sorted(rows)))])
    if not isinstance(changed, dict):
        return
    for form in SPEC.formats:
        layout = form.layout(tuple(changed))
        assert isinstance(layout.listing(changed, NOW, 1), RawListing | Rejected)


def _row_of(name: str) -> dict[str, Any]:
    if name == "permits":
        return {**GOOD["permits"][0], "x_layer": "permits"}
    feature = GOOD["rows"]["features"][0]
    clark = {"APN": "1", "strno": 12, "strdir": "N", "strunit": " ", "ZIP": 89108, "LANDACRES": 0.2}
    return {**feature["attributes"], **clark, "x_layer": "l", "x_geometry": feature["geometry"]}
