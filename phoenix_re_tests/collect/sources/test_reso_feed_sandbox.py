"""The stand-in of the RESO hosts by itself: its query language, its pages, its refusals."""

import operator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from phoenix_re.markets import load_markets
from phoenix_re.sandbox.scene import Scene
from phoenix_re.sandbox.upstreams.reso_feed import UPSTREAM
from phoenix_re.sandbox.upstreams.reso_feed.odata import ODataError, condition, ordered
from phoenix_re.sandbox.upstreams.reso_feed.rows import FIELDS
from phoenix_re.sandbox.world import World

START = datetime(2026, 3, 2, 17, tzinfo=UTC)
ZIP = "85031"
WORLD = World(load_markets(), houses_per_zip=40)
SIGNED = {"Authorization": f"Bearer {UPSTREAM.credentials['token']}"}
SPARK, BRIDGE, TRESTLE, MLS_GRID = (
    "/Version/3/Reso/OData", "/api/v2/OData/armls", "/trestle/odata", "/v2",
)  # fmt: skip
IN_ZIP = f"PostalCode eq '{ZIP}'"


def client_of(world: World = WORLD, /, **faults: Any) -> tuple[TestClient, Scene]:
    scene = Scene(world, START, lambda: 0.0, faults={"reso_feed": faults})
    return TestClient(Starlette(routes=UPSTREAM.routes(scene)), headers=SIGNED), scene


def test_the_schema_names_every_field_with_its_type():
    client, _ = client_of()
    root = ElementTree.fromstring(client.get(f"{MLS_GRID}/$metadata").content)  # noqa: S314 - ours
    edm = "{http://docs.oasis-open.org/odata/ns/edm}"
    found = {
        p.get("Name"): p.get("Type")
        for entity in root.iter(f"{edm}EntityType")
        if entity.get("Name") == "Property"
        for p in entity.iter(f"{edm}Property")
    }
    assert found == dict(FIELDS)


@pytest.mark.parametrize("root", [SPARK, BRIDGE, TRESTLE, MLS_GRID])
def test_every_row_has_fields_of_the_schema_only(root):
    client, _ = client_of()
    system = "OriginatingSystemName eq 'armls' and " if root == MLS_GRID else ""
    rows = client.get(f"{root}/Property", params={"$filter": system + IN_ZIP}).json()["value"]
    assert rows
    assert {name for row in rows for name in row} <= {"@odata.id", *FIELDS}
    assert client.get(f"{root}/").status_code == 404
    assert "Property" in client.get(root).text


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        (f"{SPARK}/Property", {"$filter": "NoSuchField eq 1"}, 400),
        (f"{SPARK}/Property", {"$filter": "ListPrice eq 'x'"}, 400),
        (f"{SPARK}/Property", {"$select": "NoSuchField", "$filter": IN_ZIP}, 400),
        (f"{SPARK}/Property", {"$orderby": "NoSuchField", "$filter": IN_ZIP}, 400),
        (f"{SPARK}/Property", {"$top": "1001", "$filter": IN_ZIP}, 400),
        (f"{SPARK}/Property", {"$top": "many", "$filter": IN_ZIP}, 400),
        (f"{SPARK}/Property", {"$skiptoken": "forged"}, 400),
        (f"{SPARK}/Property", {"$apply": "x"}, 400),
        (f"{SPARK}/Property", {"$expand": "Office", "$filter": IN_ZIP}, 400),
        (f"{BRIDGE}/Property", {"$top": "201", "$filter": IN_ZIP}, 400),
        (f"{BRIDGE}/Property/replication", {"$expand": "Media", "$filter": IN_ZIP}, 400),
        (f"{BRIDGE}/Property/replication", {"$orderby": "ListPrice", "$filter": IN_ZIP}, 400),
        (f"{BRIDGE}/EntityEvent", {}, 404),
        (f"{MLS_GRID}/Property", {"$filter": IN_ZIP}, 400),
        (f"{SPARK}/Nonsense", {}, 404),
        (f"{SPARK}/Property('nobody')", {}, 404),
        (f"{SPARK}/Property", {"$filter": IN_ZIP}, 200),
    ],
)
def test_what_is_wrong_is_refused(path, params, status):
    client, _ = client_of()
    response = client.get(path, params=params)
    assert response.status_code == status
    assert response.headers["OData-Version"] == "4.0"
    assert ("error" in response.json()) is (status != 200)


def test_compression_is_looked_at_before_the_token_and_replies_are_compressed():
    client, _ = client_of()
    path = f"{MLS_GRID}/Property"
    refused = client.get(path, headers={"Accept-Encoding": "identity", "Authorization": "Bearer x"})
    assert (refused.status_code, "COMPRESSION REQUIRED" in refused.text) == (400, True)
    assert client.get(path, headers={"Authorization": "Bearer x"}).status_code == 401
    params = {"$filter": f"OriginatingSystemName eq 'armls' and {IN_ZIP}"}
    served = client.get(path, params=params)
    assert served.headers["Content-Encoding"] == "gzip"
    assert served.json()["value"]


def test_a_skip_token_is_bound_to_the_moment_of_its_first_page():
    client, scene = client_of()
    params = {"$filter": IN_ZIP, "$top": 20, "$count": "true"}
    first = client.get(f"{SPARK}/Property", params=params).json()
    assert first["@odata.count"] == str(len(keys_at(START)))
    scene.advanced = timedelta(days=30)
    keys, link = [r["ListingKey"] for r in first["value"]], first.get("@odata.nextLink")
    while link:
        page = client.get(link).json()
        keys += [r["ListingKey"] for r in page["value"]]
        link = page.get("@odata.nextLink")
    assert sorted(keys) == sorted(keys_at(START))


def test_links_by_position_lose_rows_when_the_world_moves():
    world = World(WORLD.markets, houses_per_zip={ZIP: 300, "default": 1})
    client, _ = client_of(world, moves=24)
    link: str | None = f"{TRESTLE}/Property?$filter={IN_ZIP}&$orderby=ModificationTimestamp&$top=20"
    keys: set[str] = set()
    while link:
        page = client.get(link).json()
        keys |= {r["ListingKey"] for r in page["value"]}
        link = page.get("@odata.nextLink")
    assert set(keys_at(START, world)) - keys


def keys_at(moment: datetime, world: World = WORLD) -> list[str]:
    kinds = ("sale", "rent")
    return [x.listing_key for kind in kinds for x in world.listings(ZIP, moment, kind)]


def test_bridge_tells_the_next_page_in_a_header():
    client, _ = client_of()
    path, params = f"{BRIDGE}/Property/replication", {"$filter": IN_ZIP, "$top": 50}
    first = client.get(path, params=params)
    assert "@odata.nextLink" not in first.json()
    rest = client.get(first.links["next"]["url"])
    assert "next" not in rest.links
    assert len(first.json()["value"] + rest.json()["value"]) == len(keys_at(START))


def test_trestle_tells_its_quota_and_media_are_expanded_on_demand():
    client, _ = client_of()
    params = {"$filter": IN_ZIP, "$expand": "Media", "$select": "ListingKey,PhotosCount"}
    response = client.get(f"{TRESTLE}/Property", params=params)
    assert response.headers["Hour-Quota-Limit"] == "7200"
    reset = int(response.headers["Hour-Quota-ResetTime"]) / 1000 - START.timestamp()
    assert 0 < reset <= 3600
    assert set(response.json()["value"][0]) == {"@odata.id", "ListingKey", "PhotosCount"}
    expanded = client.get(f"{TRESTLE}/Property", params={"$filter": IN_ZIP, "$expand": "Media"})
    row = expanded.json()["value"][0]
    assert len(row["Media"]) == row["PhotosCount"] > 0


def test_words_and_masks_differ_between_hosts():
    client, _ = client_of()
    params = {"$filter": IN_ZIP, "$top": 200, "$orderby": "ListingKey"}
    spark = client.get(f"{SPARK}/Property", params=params).json()["value"]
    bridge = client.get(f"{BRIDGE}/Property", params=params).json()["value"]
    assert spark[0]["Cooling"] == ["Central Air", "Ceiling Fans"]
    assert bridge[0]["Cooling"] == "CentralAir,CeilingFans"
    assert {r["TaxAnnualAmount"] for r in spark} == {"********"}
    assert {r["PropertySubType"] for r in bridge} >= {"SingleFamilyResidence"}
    one = client.get(f"{SPARK}/Property('{spark[0]['ListingKey']}')").json()
    assert one == spark[0]


def test_the_log_of_events_is_in_order_and_speaks_of_what_was_asked_about():
    client, scene = client_of()
    assert client.get(f"{SPARK}/EntityEvent").json()["value"] == []
    client.get(f"{SPARK}/Property", params={"$filter": IN_ZIP})
    params = {"$top": 1000, "$orderby": "EntityEventSequence asc"}
    log = client.get(f"{SPARK}/EntityEvent", params=params).json()["value"]
    numbers = [entry["EntityEventSequence"] for entry in log]
    assert numbers == sorted(set(numbers))
    assert {entry["ResourceRecordKey"] for entry in log} == set(keys_at(START))
    scene.advanced = timedelta(days=9)
    newer = client.get(
        f"{SPARK}/EntityEvent", params={"$filter": f"EntityEventSequence gt {numbers[-1]}"}
    ).json()["value"]
    assert newer


@pytest.mark.parametrize("vendor", [SPARK, BRIDGE, TRESTLE, MLS_GRID])
def test_too_many_calls_are_refused_in_the_host_s_own_way(vendor):
    assert UPSTREAM.throttled is not None
    scope = {"type": "http", "path": f"{vendor}/Property", "headers": [], "query_string": b""}
    request = Request({**scope, "server": ("host", 80), "scheme": "http"})
    response = UPSTREAM.throttled(request, 12.5)
    assert response.status_code == 429
    if vendor == SPARK:
        assert b"1550" in response.body
    elif vendor == TRESTLE:
        assert response.headers["Hour-Quota-ResetTime"] == "12500"
    else:
        assert response.headers["Retry-After"] == "12"


# ── $filter ──────────────────────────────────────────────────────────────────────────────────────

TYPES = {
    "n": "Edm.Int64",
    "PostalCode": "Edm.String",
    "t": "Edm.DateTimeOffset",
    "d": "Edm.Date",
    "b": "Edm.Boolean",
}
OPERATORS = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt,
    "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip
ROW = st.fixed_dictionaries(
    {
        "n": st.one_of(st.none(), st.integers(0, 4)),
        "PostalCode": st.one_of(st.none(), st.sampled_from(["a", "b", "it's"])),
        "t": st.one_of(
            st.none(), st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"])
        ),
        "d": st.one_of(st.none(), st.sampled_from(["2026-01-01", "2026-01-02"])),
        "b": st.one_of(st.none(), st.booleans()),
    }
)


def compared(name: str, word: str, value: Any) -> Any:
    """(the text of a comparison, what it means in Python)"""
    if value is None:
        text = "null"
    elif name == "PostalCode":
        text = "'" + value.replace("'", "''") + "'"
    else:
        text = str(value).lower() if name == "b" else str(value)

    def means(row: dict[str, Any]) -> bool:
        has = row[name]
        if word in {"eq", "ne"}:
            return OPERATORS[word](has, value)
        return has is not None and value is not None and OPERATORS[word](has, value)

    return (f"{name} {word} {text}", means)


WORDS = st.sampled_from(list(OPERATORS))
SAME = st.sampled_from(["eq", "ne"])
DAYS = st.sampled_from(["2026-01-01", "2026-01-02"])
TEXTS = st.sampled_from(["a", "b", "it's", None])
LEAF = st.one_of(
    st.builds(compared, st.just("n"), WORDS, st.one_of(st.none(), st.integers(0, 4))),
    st.builds(compared, st.just("PostalCode"), SAME, TEXTS),
    st.builds(compared, st.just("d"), WORDS, DAYS),
    st.builds(compared, st.just("b"), SAME, st.booleans()),
)
TREE = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(
            lambda p: (f"({p[0][0]} and {p[1][0]})", lambda r: p[0][1](r) and p[1][1](r))
        ),
        st.tuples(inner, inner).map(
            lambda p: (f"({p[0][0]} or {p[1][0]})", lambda r: p[0][1](r) or p[1][1](r))
        ),
        inner.map(lambda p: (f"not ({p[0]})", lambda r: not p[1](r))),
    ),
    max_leaves=6,
)


@given(TREE, st.lists(ROW, max_size=6))
def test_a_filter_means_what_it_says_and_its_bounds_leave_nothing_out(tree, rows):
    text, means = tree
    read = condition(text, TYPES)
    for row in rows:
        assert read.allows(row) == means(row), text
        if means(row) and read.values is not None:
            assert row["PostalCode"] in read.values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n eq 1 or n eq 2 and PostalCode eq 'x'", True),  # and binds closer than or
        ("(n eq 1 or n eq 2) and PostalCode eq 'x'", False),
        ("PostalCode in ('a','b')", True),
        ("t ge 2026-01-01T02:00:00+02:00", True),  # the same moment in another zone
        ("t gt 2026-01-01T02:00:00+02:00", False),
        ("t lt 2026-01-01T00:00:00.001Z", True),
        ("b eq true", True),
    ],
)
def test_what_binds_and_what_is_equal(text, expected):
    row = {"n": 1, "PostalCode": "a", "t": "2026-01-01T00:00:00.000Z", "d": None, "b": True}
    assert condition(text, TYPES).allows(row) is expected


@pytest.mark.parametrize(
    "text",
    [
        *("n", "n eq", "n is 1", "(n eq 1", "n eq 1)", "n eq 1 and", "n eq 'x'", "x eq 1"),
        *("n eq true", "n eq #", "t eq 2026-13-01T00:00:00Z", "PostalCode in ('a' 'b')"),
    ],
)
def test_what_cannot_be_read_is_said(text):
    with pytest.raises(ODataError):
        condition(text, TYPES)


@given(st.text(max_size=40))
def test_no_filter_breaks_the_reader(text):
    try:
        condition(text, TYPES)
    except ODataError:
        return
    assert text.strip()


def test_rows_are_ordered_by_several_fields_null_first():
    rows = [{"n": 1, "d": "b"}, {"n": None, "d": "a"}, {"n": 1, "d": "c"}]
    assert [r["d"] for r in ordered(rows, "n asc, d desc", TYPES)] == ["a", "c", "b"]
