"""Phoenix MLS Search against its stand-in: both templates, few calls, every kind of bad page."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protego import Protego
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from phoenix_re.collect.errors import CollectError, ContractError, Refused, TransientError
from phoenix_re.collect.listing import ListingRecord, RawListing, Rejected
from phoenix_re.collect.privacy import clean
from phoenix_re.collect.source import Found, Known
from phoenix_re.collect.sources.phoenix_mls import SPEC
from phoenix_re.collect.sources.phoenix_mls.pages import missing_labels
from phoenix_re.collect.sources.phoenix_mls.reading import PHOENIX_MLS
from phoenix_re.markets import load_markets
from phoenix_re.sandbox.scene import Scene
from phoenix_re.sandbox.upstreams.phoenix_mls import DEFAULT_SHOWN, UPSTREAM
from phoenix_re.sandbox.world import Listing, World
from phoenix_re.validate.address import address_key
from phoenix_re_tests.plain_session import PlainSession

START = datetime(2026, 3, 2, 17, tzinfo=UTC)
ZIP, EMPTY_ZIP = "85031", "85033"
PHOENIX = ZoneInfo("America/Phoenix")
MARKETS = load_markets()
WORLD = World(MARKETS, houses_per_zip={ZIP: 500, EMPTY_ZIP: 0, "default": 3})
ALL_DETAILS = {"details_per_run": 1000}
NO_DETAILS = {"details_per_run": 0}


def scene_of(at: datetime = START, **faults: Any) -> Scene:
    return Scene(WORLD, at, lambda: 0.0, faults={"phoenix_mls": faults})


def client_of(scene: Scene) -> TestClient:
    return TestClient(Starlette(routes=UPSTREAM.routes(scene)))


def session_of(scene: Scene, zip_code: str = ZIP, **rest: Any) -> PlainSession:
    rest = {"options": {}, "now": scene.now, **rest}
    return PlainSession(SPEC, client_of(scene), MARKETS["phx"], zip_code, **rest)


def found(session: PlainSession) -> list[Found]:
    items = session.collect()
    assert all(isinstance(item, Found) for item in items)
    return items  # type: ignore[return-value]


def record_of(item: Found) -> ListingRecord:
    return PHOENIX_MLS.layout(tuple(item.payload)).record(item.payload)


def raw_of(item: Found) -> RawListing:
    raw = PHOENIX_MLS.layout(tuple(item.payload)).listing(item.payload, START, 1)
    assert isinstance(raw, RawListing)
    return raw


def stored(items: list[Found], before: Mapping[str, Known] | None = None) -> dict[str, Known]:
    """As the machinery would keep them: the newest payload of each key."""
    fresh = {raw_of(item).source_key: Known(item.payload, START, None) for item in items}
    return {**(before or {}), **fresh}


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


def kinds(session: PlainSession) -> Counter[str]:
    return Counter(kind for kind, _ in session.calls)


def offered(at: datetime = START) -> dict[str, Listing]:
    return {x.mls_number: x for x in WORLD.listings(ZIP, at) if x.status in DEFAULT_SHOWN}


def closed(at: datetime = START) -> list[Listing]:
    """Newest change first."""
    listings = (x for x in WORLD.listings(ZIP, at) if x.status == "Closed")
    return sorted(listings, key=lambda x: (x.modified_at, x.mls_number), reverse=True)


# ── what is found, and what it says ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("template", ["v1", "v2"])
def test_every_listing_is_found_once_and_read_as_it_is(template):
    session = session_of(scene_of(template=template), options=ALL_DETAILS)
    items = found(session)
    truth = offered() | {x.mls_number: x for x in closed()[:100]}
    numbers = [item.payload["MLS#"] for item in items]
    assert len(truth) > 60
    assert Counter(numbers) == Counter(truth.keys())
    for item in items:
        record, listing = record_of(item), truth[item.payload["MLS#"]]
        house = listing.house
        assert record.unread == {}
        assert record.source_key == f"ARMLS:{listing.mls_number}"
        assert (record.x_mls, record.listing_id) == ("ARMLS", listing.mls_number)
        assert record.standard_status == listing.status
        if listing.close_price is None or template == "v1":  # v2 does not repeat what it asked
            assert record.list_price_cents == listing.list_price * 100
        if listing.close_price is not None:
            assert record.close_price_cents == listing.close_price * 100
            assert record.close_date == (listing.closed_at or START).astimezone(PHOENIX).date()
        assert record.bedrooms_total == house.bedrooms
        assert record.x_bathrooms_decimal == house.baths
        assert record.living_area == house.living_area
        assert record.lot_size_square_feet == house.lot_area
        assert record.year_built == house.year_built
        assert record.pool_private_yn is house.pool
        assert record.garage_spaces == house.garage_spaces
        assert record.x_association_fee_monthly_cents == (
            house.hoa_monthly * 100 if house.hoa_monthly else None
        )
        assert record.property_type == "Residential"
        assert record.property_sub_type == house.sub_type
        assert (record.city, record.state_or_province) == (house.city, house.state)
        assert record.postal_code == ZIP
        assert record.county_or_parish == house.county
        assert record.public_remarks == listing.remarks
        assert (record.parcel_number or "").replace("-", "") in {house.apn, ""}
        line = f"{house.street} # {house.unit}" if house.unit else house.street
        assert address_key(record.unparsed_address, ZIP) == address_key(line, ZIP)
        assert raw_of(item).licence_class == "mls_idx"
        if template == "v2":
            assert record.modification_timestamp == listing.modified_at.replace(second=0)
            assert (record.latitude, record.longitude) == (house.latitude, house.longitude)
        assert record.on_market_date == listing.listed_at.astimezone(PHOENIX).date()
    assert session.notes == []


def test_a_zip_without_listings_is_truly_empty():
    session = session_of(scene_of(), EMPTY_ZIP)
    assert found(session) == []
    assert kinds(session) == {"search": 2}


def test_what_names_a_person_sits_under_labels_that_are_dropped_at_the_door():
    agents = {x.mls_number: x.agent for x in WORLD.listings(ZIP, START)}
    named = 0
    for item in found(session_of(scene_of(), options=ALL_DETAILS)):
        agent = agents[item.payload["MLS#"]]
        named += agent in item.payload.values()
        kept = {k: v for k, v in item.payload.items() if k not in SPEC.private}
        free_text = ("Description", "Detail: Description")
        assert not any(agent in v for k, v in kept.items() if k not in free_text)
    assert named > 60


def test_the_search_form_and_its_suggestions():
    client = client_of(scene_of())
    assert "Zip or MLS#" in client.get("/simple-search/").text
    reply = client.get(
        "/quick_launch/omni", params={"_q": "85031", "_lo": "false", "callback": "f"}
    )
    assert reply.text.startswith('f({"D": {"Results": [{"Type": "Field"')
    assert "PostalCode Eq '85031'" in reply.text
    assert client.get("/quick_launch/omni", params={"_q": "85"}).text == (
        'callback({"D": {"Results": []}});'
    )


def test_robots_txt_lets_our_pages_be_read():
    rules = Protego.parse(UPSTREAM.robots or "")
    for path in ("/mls/search/?PostalCode=85031", "/mls/1-N-A-St-mls_6900001"):
        assert rules.can_fetch(f"https://phoenixmlssearch.com{path}", "phoenix_re")


# ── few calls ───────────────────────────────────────────────────────────────────────────────────


def test_an_unchanged_site_costs_one_page_a_look():
    first = session_of(scene_of(), options=ALL_DETAILS)
    items = found(first)
    pages = -(-len(offered()) // 25) + 4
    assert kinds(first) == {"search": pages, "detail": len(items)}
    again = session_of(
        scene_of(), options=ALL_DETAILS, cursor=first.cursor, known={"phoenix_mls": stored(items)}
    )
    seen = found(again)
    assert kinds(again) == {"search": 2}
    hashes = {raw_of(item).content_hash for item in items}
    assert {raw_of(item).content_hash for item in seen} <= hashes


def test_only_what_changed_is_read_again():
    first = session_of(scene_of(), options=ALL_DETAILS)
    known = stored(found(first))
    later = START + timedelta(days=2)
    changed = {
        x.mls_number for x in [*offered(later).values(), *closed(later)] if x.modified_at > START
    }
    again = session_of(
        scene_of(later), options=ALL_DETAILS, cursor=first.cursor, known={"phoenix_mls": known}
    )
    items = found(again)
    assert changed
    assert changed <= {item.payload["MLS#"] for item in items}
    details = {url.rpartition("mls_")[2] for kind, url in again.calls if kind == "detail"}
    assert details == changed
    assert kinds(again)["search"] <= 4


def test_known_listings_are_followed_to_their_end():
    first = session_of(scene_of(), options=NO_DETAILS)
    known = stored(found(first))
    later = START + timedelta(days=45)
    again = session_of(
        scene_of(later), options=NO_DETAILS, cursor=first.cursor, known={"phoenix_mls": known}
    )
    records = {record.listing_id: record for record in map(record_of, found(again))}
    sold = {x.mls_number: x for x in closed(later) if x.mls_number in offered()}
    assert len(sold) > 20
    for number, listing in sold.items():
        assert records[number].standard_status == "Closed"
        assert records[number].close_price_cents == (listing.close_price or 0) * 100


def cleaned(items: list[Found]) -> list[Found]:
    """As the machinery stores them: without people."""
    return [
        Found(clean(item.payload, SPEC.private, SPEC.hashed, b"secret"), item.format)
        for item in items
    ]


@pytest.mark.parametrize("template", ["v1", "v2"])
def test_details_kept_without_people_make_no_new_version(template):
    first = session_of(scene_of(template=template), options=ALL_DETAILS)
    items = cleaned(found(first))
    hashes = {raw_of(item).source_key: raw_of(item).content_hash for item in items}
    known = {"phoenix_mls": stored(items)}
    for options in (ALL_DETAILS, NO_DETAILS):
        again = session_of(scene_of(template=template), options=options, known=known)
        seen = {raw_of(i).source_key: raw_of(i).content_hash for i in cleaned(found(again))}
        assert seen == hashes
    unchanged = session_of(
        scene_of(template=template), options=ALL_DETAILS, known=known, cursor=first.cursor
    )
    found(unchanged)
    assert kinds(unchanged) == {"search": 2}


def test_a_listing_hashes_alike_whether_or_not_its_detail_page_was_read_again():
    first = session_of(scene_of(), options=ALL_DETAILS)
    items = found(first)
    known = {"phoenix_mls": stored(items)}
    hashes = {raw_of(item).source_key: raw_of(item).content_hash for item in items}
    for options in (ALL_DETAILS, NO_DETAILS):
        again = session_of(scene_of(), options=options, known=known)  # no cursor: all is read
        seen = found(again)
        assert (kinds(again)["detail"] > 0) is (options is ALL_DETAILS)
        assert {raw_of(item).source_key: raw_of(item).content_hash for item in seen} == hashes


def test_a_day_older_says_the_same():
    one, other = (
        {
            item.payload["MLS#"]: raw_of(item).content_hash
            for item in found(session_of(scene_of(at), options=ALL_DETAILS))
        }
        for at in (START, START + timedelta(days=1))
    )
    truth = {
        x.mls_number
        for x in WORLD.listings(ZIP, START + timedelta(days=1))
        if x.modified_at < START
    }
    same = one.keys() & other.keys() & truth
    assert len(same) > 60
    assert {n: one[n] for n in same} == {n: other[n] for n in same}


@pytest.mark.parametrize("a_run", [7, 40])
def test_detail_pages_are_spread_over_runs_until_all_are_read(a_run):
    cursor: dict[str, Any] = {}
    known: dict[str, Known] = {}
    everything = len(offered()) + 100
    for run in range(-(-everything // a_run)):
        session = session_of(
            scene_of(),
            options={"details_per_run": a_run},
            cursor=cursor,
            known={"phoenix_mls": known},
        )
        items = found(session)
        assert max(Counter(item.payload["MLS#"] for item in items).values()) == 1
        known = stored(items, known)
        assert kinds(session)["detail"] == min(a_run, everything - run * a_run)
        assert run == 0 or kinds(session)["search"] == 2
    assert cursor["details_due"] == []
    assert all("Detail: # Bedrooms" in k.payload for k in known.values())
    first_read = "Detail: # Bedrooms"
    assert sum(first_read in k.payload for k in known.values()) == everything


def test_homes_on_the_market_get_their_detail_pages_first():
    items = found(session_of(scene_of(), options={"details_per_run": 10}))
    read = [item for item in items if "Detail: # Bedrooms" in item.payload]
    assert len(read) == 10
    assert all(item.payload.get("Status") != "Closed" for item in read)


class BreaksOff(PlainSession):
    """Whose `at`-th search fails for good."""

    at = 0

    def _ask(self, method: str, path: str, kind: str, **rest: Any) -> httpx.Response:
        if kind == "search" and kinds(self)["search"] + 1 == self.at:
            raise TransientError(self.source, "503 after five tries")
        return super()._ask(method, path, kind, **rest)


def test_a_run_that_broke_off_hides_nothing_from_the_next():
    scene = scene_of()
    broken = BreaksOff(
        SPEC, client_of(scene), MARKETS["phx"], ZIP, now=scene.now, options=NO_DETAILS
    )
    broken.at = 6  # the second page of what is offered
    landed, error = until_it_breaks(broken)
    assert isinstance(error, TransientError)
    assert len(landed) == 125
    again = session_of(
        scene, options=NO_DETAILS, cursor=broken.cursor, known={"phoenix_mls": stored(landed)}
    )
    seen = {item.payload["MLS#"] for item in found(again)}
    assert offered().keys() <= seen
    assert kinds(again)["search"] == 1 + -(-len(offered()) // 25)


def test_after_sweep_days_a_look_goes_to_the_end():
    first = session_of(scene_of(), options=NO_DETAILS)
    known = {"phoenix_mls": stored(found(first))}
    later = START + timedelta(days=8)
    again = session_of(scene_of(later), options=NO_DETAILS, cursor=first.cursor, known=known)
    assert offered(later).keys() <= {item.payload["MLS#"] for item in found(again)}
    assert again.cursor["offered"]["swept_at"] == later.isoformat()


# ── what can go wrong ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("template", ["v1", "v2"])
def test_a_changed_template_is_drift_and_never_an_empty_result(template):
    session = session_of(scene_of(template=template, template_change=True))
    with pytest.raises(ContractError, match=r"finds none|no template") as caught:
        session.collect()
    assert "options.results" in caught.value.message
    assert isinstance(caught.value.payload, str)


def test_a_renamed_label_is_drift():
    with pytest.raises(ContractError, match="no row says Square Footage"):
        session_of(scene_of(field_rename=True)).collect()


def test_land_has_no_bedrooms_and_is_no_drift():
    land = [{"Property Type": "Land/Lots", "Price": "$1"}] * 25
    assert missing_labels(land, ["# of Bedrooms"]) == []


def test_a_changed_detail_page_costs_no_listing():
    scene = scene_of()
    other = scene_of(template_change=True)

    class Site(PlainSession):
        def _ask(self, method: str, path: str, kind: str, **rest: Any) -> httpx.Response:
            changed = kind != "search"
            self._client = client_of(other) if changed else client_of(scene)
            return super()._ask(method, path, kind, **rest)

    session = Site(SPEC, client_of(scene), MARKETS["phx"], ZIP, now=START, options=ALL_DETAILS)
    items, error = until_it_breaks(session)
    assert isinstance(error, ContractError)
    assert "options.results or .details" in error.message
    assert len(items) == len(offered()) + 100
    assert len(session.cursor["details_due"]) == len(items)


@pytest.mark.parametrize("more", [3, -2])
def test_totals_that_disagree_are_a_note(more):
    session = session_of(scene_of(wrong_totals=more), options=NO_DETAILS)
    seen = {item.payload["MLS#"] for item in found(session)}
    assert offered().keys() <= seen
    assert any("matches, its pages show" in note for note in session.notes)


def test_listings_that_move_between_pages_are_found_once_all_the_same():
    session = session_of(scene_of(moving_items=True), options=NO_DETAILS)
    numbers = Counter(item.payload["MLS#"] for item in found(session))
    assert offered().keys() <= numbers.keys()
    assert max(numbers.values()) == 1
    assert kinds(session)["recheck"] >= 1


def test_a_listing_that_is_gone_is_a_note_and_no_status():
    session = session_of(scene_of(gone=True), options=ALL_DETAILS)
    items = found(session)
    assert len(items) == len(offered()) + 100
    truth = offered() | {x.mls_number: x for x in closed()}
    assert all(record_of(i).standard_status == truth[i.payload["MLS#"]].status for i in items)
    assert sum("no longer available" in note for note in session.notes) == len(items)
    assert session.cursor["details_due"] == []


def test_metres_for_feet_are_read_as_written_for_the_drift_check_to_see():
    items = found(session_of(scene_of(unit_change=True), options=NO_DETAILS))
    truth = {x.mls_number: x.house.living_area for x in WORLD.listings(ZIP, START)}
    for item in items:
        area = record_of(item).living_area
        assert area == pytest.approx(truth[item.payload["MLS#"]] / 10.7639, abs=1)


def test_a_firewall_is_a_refusal_that_says_what_to_do():
    with pytest.raises(Refused, match="do not pass for a browser"):
        session_of(scene_of(browsers_only=True)).collect()
    with pytest.raises(Refused, match="proof of a human"):
        session_of(scene_of(bot_check=True)).collect()


def answered(status: int, html: str, **headers: str) -> httpx.Response:
    request = httpx.Request("GET", "https://phoenixmlssearch.com/mls/search/?PostalCode=85031")
    return httpx.Response(status, html=html, headers=headers, request=request)


def test_busy_pages_and_broken_ones_are_worth_another_try():
    assert SPEC.judge is not None
    page = "<html><body>Too many</body></html>"
    with pytest.raises(TransientError) as busy:
        SPEC.judge("phoenix_mls", answered(429, page, **{"retry-after": "7"}))
    assert (busy.value.throttled, busy.value.retry_after) == (True, 7)
    good = client_of(scene_of()).get("/mls/search/", params={"PostalCode": ZIP}).text
    for status, html in (
        (503, page),
        (200, good[: len(good) // 2]),
        (200, "<html><div class='flexmls_connect__page_content flexmls-idx-search-unavailable'>"
              "</div></html>"),
    ):  # fmt: skip
        with pytest.raises(TransientError) as caught:
            SPEC.judge("phoenix_mls", answered(status, html))
        assert not caught.value.throttled
    SPEC.judge("phoenix_mls", answered(200, good))


def test_a_page_of_somebody_else_is_drift():
    assert SPEC.judge is not None
    with pytest.raises(ContractError, match="no FlexMLS page"):
        SPEC.judge("phoenix_mls", answered(200, "\ufeff<html><body>Welcome</body></html>"))


def test_one_foreign_page_in_between_is_asked_for_again():
    scene = scene_of()

    class Site(PlainSession):
        def _ask(self, method: str, path: str, kind: str, **rest: Any) -> httpx.Response:
            response = super()._ask(method, path, kind, **rest)
            if len(self.calls) == 3:
                raise ContractError(self.source, "an HTML page that begins with a BOM")
            return response

    session = Site(SPEC, client_of(scene), MARKETS["phx"], ZIP, now=START, options=NO_DETAILS)
    assert offered().keys() <= {item.payload["MLS#"] for item in found(session)}
    assert kinds(session)["recheck"] == 1


# ── fixed pages ─────────────────────────────────────────────────────────────────────────────────


def fixed(results: str, detail: str = "") -> PlainSession:
    """A site that says the same whatever it is asked."""
    site = Starlette(
        routes=[
            Route("/mls/search/", lambda request: HTMLResponse(results)),
            Route("/{rest:path}", lambda request: HTMLResponse(detail)),
        ]
    )
    options = {"details_per_run": 3, "most_pages": 3}
    return PlainSession(SPEC, TestClient(site), MARKETS["phx"], ZIP, options=options)


GOOD = {
    template: client_of(scene_of(template=template))
    .get("/mls/search/", params={"PostalCode": ZIP, "Limit": "10"})
    .text
    for template in ("v1", "v2")
}


def test_a_site_that_ignores_the_zip_is_drift():
    session = fixed(GOOD["v1"].replace(f"AZ {ZIP}", "AZ 85999"))
    with pytest.raises(ContractError, match="only listings of other ZIPs"):
        session.collect()


def test_a_page_that_announces_matches_and_shows_none_is_drift():
    head, _, rest = GOOD["v1"].partition("<div class='flexmls_connect__sr_result'")
    empty = head + rest[rest.index("</body>") :]
    with pytest.raises(ContractError, match="announced and none is shown"):
        fixed(empty).collect()


def payload(**changes: str) -> dict[str, str]:
    base = {"MLS#": "6900001", "Price": "$320,000", "Address": "1 N A St\nPhoenix, AZ 85031"}
    return base | {"ZIP": ZIP} | changes


def test_a_hidden_value_is_not_stated_and_a_hidden_status_not_active():
    record = record_of(Found(payload(Status="********", Price="********"), "phoenix_mls"))
    assert (record.standard_status, record.list_price_cents) == (None, None)
    assert record.unread == {}
    assert record_of(Found(payload(), "phoenix_mls")).standard_status == "Active"


def test_words_of_armls():
    record = record_of(
        Found(
            payload(**{"Property Type": "Land/Lots", "Detail: Dwelling Type": "Patio Home"}),
            "phoenix_mls",
        )
    )
    assert (record.property_type, record.property_sub_type) == ("Land", "Single Family Residence")
    record = record_of(Found(payload(**{"Property Type": "Residential Rental"}), "phoenix_mls"))
    assert record.property_type == "Residential Lease"


# ── anything at all ─────────────────────────────────────────────────────────────────────────────

junk = st.text(max_size=30) | st.sampled_from(["********", "", "<div>", "\x00", "'", "$", "½"])


@st.composite
def broken_pages(draw: st.DrawFn) -> str:
    """A good page with parts cut out, doubled and overwritten; its end is left in place."""
    html = GOOD[draw(st.sampled_from(["v1", "v2"]))]
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(html)))
        end = min(len(html), start + draw(st.integers(0, 3000)))
        html = html[:start] + draw(junk | st.just(html[start:end] * 2)) + html[end:]
    return html + draw(st.sampled_from(["", "</html>"]))


@settings(max_examples=50)
@given(broken_pages(), broken_pages())
def test_a_mutated_page_gives_results_or_a_collect_error(results, detail):
    items, error = until_it_breaks(fixed(results, detail))
    assert error is None or isinstance(error, ContractError | TransientError | Refused)
    for item in items:
        row = PHOENIX_MLS.layout(tuple(item.payload)).listing(item.payload, START, 1)
        assert isinstance(row, RawListing | Rejected)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | junk,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@settings(max_examples=100)
@given(st.data())
def test_a_mutated_payload_is_a_listing_or_rejected(data):
    full = {name: "1" for f in PHOENIX_MLS.fields for name in f.columns} | payload()
    full |= {"Status": "Closed", "Detail: HOA Fee": "$1", "Detail: HOA Paid Frequency": "Monthly"}
    for name in data.draw(st.lists(st.sampled_from(sorted(full)), max_size=6)):
        if data.draw(st.booleans()):
            full.pop(name, None)
        else:
            full[name] = data.draw(values)
    row = PHOENIX_MLS.layout(tuple(full)).listing(full, START, 1)
    assert isinstance(row, RawListing | Rejected)
