"""The assessor's collector against its stand-in: what is found, at what cost, what goes wrong."""

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
from starlette.applications import Starlette
from starlette.testclient import TestClient

from phoenix_re.collect.errors import AuthError, CollectError, ContractError, TransientError
from phoenix_re.collect.formats.form import Format
from phoenix_re.collect.listing import ListingRecord, RawListing, Rejected
from phoenix_re.collect.source import Found, Known
from phoenix_re.collect.sources.maricopa_assessor import SPEC, judge
from phoenix_re.collect.sources.maricopa_assessor.formats import DETAILS, PARCEL, RENTAL
from phoenix_re.markets import load_markets, markets_folder
from phoenix_re.sandbox.scene import REASON_HEADER, Scene
from phoenix_re.sandbox.upstreams.maricopa_assessor import STRANGERS, UPSTREAM
from phoenix_re.sandbox.world import House, World
from phoenix_re_tests.collect.sources.mutating import answering, mutate
from phoenix_re_tests.plain_session import PlainSession

NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)
ZIP = "85031"
HOUSES = 110  # 5 pages, the last one short
MARKETS = load_markets(markets_folder())
WORLD = World(MARKETS, houses_per_zip={ZIP: HOUSES, "default": 3})
FORMATS: Mapping[str, Format] = {form.name: form for form in SPEC.formats}


def _with_phrase(response: httpx.Response) -> None:
    """The sandbox's gate puts the header on the status line; TestClient has no such line."""
    if REASON_HEADER in response.headers:
        response.extensions["reason_phrase"] = response.headers[REASON_HEADER].encode()


class Upstream:
    """The stand-in, and the state that sessions leave behind, as the store keeps it."""

    def __init__(self, world: World = WORLD, **faults: Any) -> None:
        self.scene = Scene(world, started=NOW, clock=lambda: 0.0, faults={SPEC.name: faults})
        self.client = TestClient(Starlette(routes=UPSTREAM.routes(self.scene)))
        self.client.event_hooks = {"response": [_with_phrase]}
        self.cursor: dict[str, Any] = {}
        self.stored: dict[str, dict[str, Known]] = {}
        self.now = NOW

    def session(self, token: str | None = None, **options: Any) -> PlainSession:
        return PlainSession(
            SPEC,
            self.client,
            MARKETS["phx"],
            ZIP,
            credentials={"token": token or UPSTREAM.credentials["token"]},
            now=self.now,
            options=options,
            cursor=self.cursor,
            known=self.stored,
        )

    def run(self, **options: Any) -> tuple[list[Found], PlainSession]:
        """Collect, and keep what was found as the machinery does."""
        session = self.session(**options)
        found = [item for item in session.collect() if isinstance(item, Found)]
        self.keep(found)
        return found, session

    def keep(self, found: list[Found]) -> None:
        for item in found:
            row = _read(item)
            assert isinstance(row, RawListing)
            kept = self.stored.setdefault(item.format, {})
            kept[row.source_key] = Known(item.payload, self.now, None)


def _read(item: Found) -> RawListing | Rejected:
    form = FORMATS[item.format]
    return form.layout(tuple(item.payload)).listing(item.payload, NOW, 1)


def _record(item: Found) -> ListingRecord:
    return FORMATS[item.format].layout(tuple(item.payload)).record(item.payload)


def _of(found: list[Found], form: Format) -> list[Found]:
    return [item for item in found if item.format == form.name]


def _kinds(session: PlainSession) -> Counter[str]:
    return Counter(kind for kind, _ in session.calls)


def _truth() -> dict[str, House]:
    return {house.apn: house for house in WORLD.houses(ZIP)}


# ── what is found ───────────────────────────────────────────────────────────────────────────────


def test_every_parcel_is_found_once_and_reads_as_the_world_has_it() -> None:
    found, session = Upstream().run()
    records = [_record(item) for item in _of(found, PARCEL)]
    truth = _truth()
    assert Counter(r.source_key for r in records) == Counter(list(truth))
    for record in records:
        house = truth[record.source_key]
        assert record.unparsed_address is not None
        assert record.unparsed_address.startswith(house.street.upper())
        assert (record.city, record.postal_code) == (house.city.upper(), ZIP)
        assert record.county_or_parish == "Maricopa"
        assert record.property_type == "Residential"
        assert record.standard_status is record.list_price_cents is None
        assert record.unread == {}
    assert _kinds(session)["search"] == 5
    assert not session.notes


def test_details_read_as_the_world_has_them() -> None:
    found, _ = Upstream().run(details_per_run=HOUSES)
    details = _of(found, DETAILS)
    assert len(details) == HOUSES
    truth = _truth()
    for item in details:
        record, house = _record(item), truth[item.payload["APN"]]
        assert record.unread == {}
        assert record.living_area == house.living_area
        assert record.lot_size_square_feet == house.lot_area
        assert record.year_built == house.year_built
        assert (record.garage_spaces or 0) == house.garage_spaces
        assert record.pool_private_yn is house.pool
        assert record.property_sub_type == house.sub_type
        assert record.bedrooms_total is None
        years = [int(v["TaxYear"]) for v in item.payload["Valuations"]]
        assert years == sorted(years, reverse=True)


def test_rentals_are_those_whose_owners_live_elsewhere() -> None:
    found, _ = Upstream().run()
    let = {house.apn for house in WORLD.houses(ZIP) if not house.owner_occupied}
    assert {_record(item).source_key for item in _of(found, RENTAL)} == let
    assert {_record(item).postal_code for item in _of(found, RENTAL)} == {ZIP}


def test_hits_of_other_zips_are_left_to_them() -> None:
    upstream = Upstream()
    page = upstream.client.get(
        "/search/property/",
        params={"q": ZIP, "page": 5},
        headers={"authorization": UPSTREAM.credentials["token"]},
    ).json()
    assert page["TOTAL"] == HOUSES + STRANGERS
    assert {hit["SitusZip"] for hit in page["Results"]} > {ZIP}
    found, _ = upstream.run()
    assert {item.payload["SitusZip"] for item in _of(found, PARCEL)} == {ZIP}


def test_names_of_persons_are_declared() -> None:
    found, _ = Upstream().run()
    owners = {house.owner for house in WORLD.houses(ZIP)}
    hidden = SPEC.private | SPEC.hashed
    for item in found:
        shown = json.dumps({k: v for k, v in item.payload.items() if k not in hidden})
        assert not any(owner in shown for owner in owners)


# ── what it costs ───────────────────────────────────────────────────────────────────────────────


def test_a_second_run_asks_nothing_until_something_is_due() -> None:
    upstream = Upstream()
    upstream.run(details_per_run=10)
    upstream.now += timedelta(hours=1)
    found, session = upstream.run(details_per_run=10)
    assert session.calls == []
    assert found == []

    upstream.now += timedelta(days=1)
    found, session = upstream.run(details_per_run=10)
    assert _kinds(session) == {"detail": 20}

    upstream.now += timedelta(days=7)
    found, session = upstream.run(details_per_run=0)
    assert _kinds(session) == {"search": 5, "rental_search": 2}
    assert len(_of(found, PARCEL)) == HOUSES


def test_details_go_to_parcels_that_have_none_and_then_to_the_oldest() -> None:
    upstream = Upstream()
    done: list[str] = []
    for _ in range(4):
        found, _ = upstream.run(details_per_run=40, sweep_days=1000)
        done += [item.payload["APN"] for item in _of(found, DETAILS)]
        upstream.now += timedelta(days=1)
    assert sorted(done) == sorted(_truth())

    upstream.now += timedelta(days=87)  # the first forty are 91 days old, the next 90
    found, _ = upstream.run(details_per_run=50, sweep_days=1000)
    again = [item.payload["APN"] for item in _of(found, DETAILS)]
    assert again[:40] == done[:40]
    assert set(again[40:]) < set(done[40:80])


def test_a_sweep_goes_on_where_the_run_before_stopped() -> None:
    upstream = Upstream()
    found, session = upstream.run(pages_per_run=2, rentals=False, details_per_run=0)
    assert len(found) == 50
    assert "the next run goes on" in session.notes[0]
    more, session = upstream.run(pages_per_run=2, rentals=False, details_per_run=0)
    assert [url for _, url in session.calls] == ["http://testserver/search/property/"] * 2
    last, session = upstream.run(pages_per_run=9, rentals=False, details_per_run=0)
    assert _kinds(session)["search"] == 1
    keys = [_record(item).source_key for item in (*found, *more, *last)]
    assert sorted(keys) == sorted(_truth())
    assert "sweep" not in upstream.cursor["parcels"]


def test_a_run_that_is_cut_off_loses_nothing() -> None:
    upstream = Upstream()
    session = upstream.session(pages_at_once=1)
    items = SPEC.collect(session)
    landed = [item for item, _ in zip(items, range(60), strict=False) if isinstance(item, Found)]
    items.close()  # type: ignore[attr-defined]
    assert upstream.cursor["parcels"]["sweep"]["page"] == 3
    upstream.keep(landed)
    rest, session = upstream.run()
    keys = [_record(item).source_key for item in (*landed, *_of(rest, PARCEL))]
    assert sorted(keys) == sorted(_truth())
    assert _kinds(session)["search"] == 3


def test_a_parcel_without_details_is_remembered() -> None:
    upstream = Upstream()
    stranger = {
        **_of(upstream.run(details_per_run=0)[0], PARCEL)[0].payload,
        "APN": "99999999",
    }
    upstream.stored = {PARCEL.name: {"99999999": Known(stranger, NOW, None)}}
    upstream.cursor.pop("detailed_at")
    found, session = upstream.run()
    assert [item.payload["APN"] for item in found] == ["99999999"]
    assert found[0].payload["Valuations"] == []
    assert _kinds(session) == {"detail": 2}
    upstream.now += timedelta(days=2)
    assert upstream.run()[1].calls == []


# ── what goes wrong ─────────────────────────────────────────────────────────────────────────────


def test_a_refused_token_takes_the_source_out_and_is_not_shown() -> None:
    with pytest.raises(AuthError) as caught:
        Upstream().session("not-the-token").collect()
    assert "MARICOPA_API_TOKEN" in str(caught.value)
    assert "not-the-token" not in str(caught.value)
    with pytest.raises(AuthError):
        Upstream(unauthorized=True).session().collect()


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (500, {}, TransientError),
        (503, {"content-type": "text/html"}, TransientError),
        (429, {"retry-after": "7"}, TransientError),
        (200, {"content-type": "text/html;charset=UTF-8"}, TransientError),
    ],
)
def test_other_replies_are_judged(
    status: int, headers: dict[str, str], error: type[CollectError]
) -> None:
    request = httpx.Request("GET", "https://assessor.example/search/property/?q=85031")
    reply = httpx.Response(status, headers=headers, request=request)
    with pytest.raises(error):
        judge(SPEC.name, reply)


def test_a_path_that_is_gone_is_a_page_and_says_where_to_correct_it() -> None:
    with pytest.raises(TransientError, match=r"sources\.maricopa_assessor\.options"):
        Upstream().session(property_path="/search/properties/").collect()


def test_a_renamed_field_is_a_broken_contract() -> None:
    with pytest.raises(ContractError, match="SitusZip"):
        Upstream(field_rename={"SitusZip": "SitusPostal"}).session().collect()


def test_a_changed_unit_is_a_broken_contract() -> None:
    upstream = Upstream(unit_change=True)
    session, found = upstream.session(), []
    with pytest.raises(ContractError, match="LotSize"):
        found.extend(SPEC.collect(session))
    assert len(_of(found, PARCEL)) == HOUSES  # what came before it stands


@pytest.mark.parametrize("wrong", [7, 60, -40])
def test_a_wrong_total_loses_nothing_and_is_noted_if_too_high(wrong: int) -> None:
    upstream = Upstream(wrong_totals=wrong)
    found, session = upstream.run(rentals=False, details_per_run=0)
    assert sorted(_record(i).source_key for i in found) == sorted(_truth())
    assert bool(session.notes) == (wrong > 0)
    first = len(session.calls)
    assert first <= 14

    upstream.now += timedelta(days=8)  # the same shortfall again: no second look
    _, session = upstream.run(rentals=False, details_per_run=0)
    assert len(session.calls) <= (first if wrong < 0 else first // 2)


def test_parcels_that_move_between_pages_are_found_at_the_second_look() -> None:
    upstream = Upstream(moving_items=3)
    found, session = upstream.run(rentals=False, details_per_run=0)
    assert Counter(_record(item).source_key for item in found) == Counter(list(_truth()))
    assert _kinds(session)["search"] == 10
    assert not session.notes
    assert "search" not in SPEC.cache_hours  # or the second look would be the first again


def test_an_unknown_zip_has_no_parcels() -> None:
    upstream = Upstream()
    session = upstream.session()
    session.zip = "99999"
    assert session.collect() == []
    assert _kinds(session) == {"search": 1, "rental_search": 1}


# ── whatever comes ──────────────────────────────────────────────────────────────────────────────


def _good_replies() -> dict[str, Any]:
    upstream = Upstream()
    headers = {"authorization": UPSTREAM.credentials["token"]}
    apn = WORLD.houses(ZIP)[0].apn

    def ask(path: str) -> Any:
        return upstream.client.get(path, headers=headers).json()

    return {
        "property": {**ask(f"/search/property/?q={ZIP}"), "TOTAL": 20},
        "rental": {**ask(f"/search/rental/?q={ZIP}"), "TOTAL": 20},
        "residential-details": ask(f"/parcel/{apn}/residential-details"),
        "valuations": ask(f"/parcel/{apn}/valuations"),
    }


GOOD = _good_replies()


@given(data=st.data())
def test_whatever_a_reply_says_ends_as_result_or_collect_error(data: st.DataObject) -> None:
    spoilt = data.draw(st.sampled_from(sorted(GOOD)))
    garbage = data.draw(st.booleans()) and data.draw(st.booleans())
    changed = data.draw(st.text()) if garbage else mutate(data, GOOD[spoilt])

    def reply(request: httpx.Request) -> Any:
        name = request.url.path.strip("/").rpartition("/")[2]
        return changed if name == spoilt else GOOD[name]

    session = PlainSession(
        SPEC,
        answering(reply),
        MARKETS["phx"],
        ZIP,
        credentials={"token": "t"},
        options={"pages_per_run": 4, "details_per_run": 2},
    )
    found: list[Any] = []
    with contextlib.suppress(CollectError):
        found.extend(SPEC.collect(session))
    for item in found:
        assert isinstance(_read(item), RawListing | Rejected)
        assert isinstance(_record(item), ListingRecord)


@given(data=st.data())
def test_whatever_a_payload_says_it_is_read(data: st.DataObject) -> None:
    payload = data.draw(st.sampled_from([g for g in GOOD if g != "valuations"]))
    good = GOOD[payload]
    row = good["Results"][0] if "Results" in good else {"APN": "1", "SitusZip": ZIP, **good}
    changed = mutate(data, {**row, "Valuations": GOOD["valuations"]})
    if not isinstance(changed, dict):
        return
    for form in SPEC.formats:
        layout = form.layout(tuple(changed))
        assert isinstance(layout.listing(changed, NOW, 1), RawListing | Rejected)
