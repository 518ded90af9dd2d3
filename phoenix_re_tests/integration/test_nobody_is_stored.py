"""No owner, agent, phone or e-mail of the sandbox's world is anywhere in the database."""

import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from phoenix_re.markets import load_markets
from phoenix_re.mongo import MongoStore
from phoenix_re.sandbox.server import Sandbox, serve
from phoenix_re.sandbox.world import World
from phoenix_re.storage import DRIFT, HTTP_CACHE, INDEXES
from phoenix_re_tests.collecting_runs import SCALE, ZIPS, Run, Runner, phoenix, stand_ins

pytestmark = pytest.mark.integration

SOURCES = (
    *("maricopa_assessor", "county_open_data", "phoenix_mls", "zillow", "rentals", "reso_feed"),
)
CHANGED_SHAPES = {
    "maricopa_assessor": {"field_rename": {"SitusZip": "Zip5"}},
    "phoenix_mls": {"template_change": True},
    "zillow": {"field_rename": {"livingArea": "area"}},
    "rentals": {"field_rename": True},
    "reso_feed": {"field_rename": "ListPrice"},
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    started = datetime(2026, 3, 2, 17, tzinfo=UTC)
    with serve(
        upstreams=stand_ins(*SOURCES), houses_per_zip=200, time_scale=SCALE * 10, started=started
    ) as sandbox:
        yield sandbox


@pytest.fixture
def runner(sandbox: Sandbox, store: MongoStore, tmp_path: Path) -> Runner:
    sandbox.clear_faults()
    return Runner(sandbox, store, tmp_path)


def run(runner: Runner) -> Run:
    everything = {name: {"use": "always"} for name in SOURCES}
    return runner.run(phoenix(*SOURCES, **everything), ZIPS[:1])


def people(sandbox: Sandbox) -> set[str]:
    world = World(load_markets(), houses_per_zip=200)
    listings = [x for kind in ("sale", "rent") for x in world.listings(ZIPS[0], sandbox.now, kind)]
    found = {house.owner for house in world.houses(ZIPS[0])}
    for listing in listings:
        found |= {listing.agent, listing.agent_phone, listing.agent_email}
    return {one.casefold() for one in found}


def stored(store: MongoStore) -> dict[str, str]:
    """All that there is, by collection, as text."""
    texts = {}
    for name in INDEXES.keys() | set(store.db.list_collection_names()):
        documents = list(store.db[name].find())
        if name == HTTP_CACHE:
            documents = [d | {"body": zlib.decompress(d["body"]).decode()} for d in documents]
        texts[name] = json.dumps(documents, default=str, ensure_ascii=False).casefold()
    return texts


def test_nobody_is_in_any_collection_and_the_cache_says_what_the_upstream_said(
    runner: Runner,
) -> None:
    first = run(runner)
    assert {outcome.state for outcome in first.all()} == {"ok"}
    named = people(runner.sandbox)
    assert len(named) > 100
    texts = stored(runner.store)
    assert [(name, one) for name, text in texts.items() for one in named if one in text] == []
    assert "listings/rental" in texts[HTTP_CACHE]
    again = run(runner)
    for source in ("zillow", "rentals"):
        assert again.reports[source]["cached"] > 0
        assert sum(outcome.changed for outcome in again.of(source)) == 0


def test_nobody_is_in_what_is_kept_of_replies_that_changed_their_shape(runner: Runner) -> None:
    for source, fault in CHANGED_SHAPES.items():
        runner.sandbox.fault(source, **fault)
    outcomes = run(runner).by_zip[ZIPS[0]]
    assert {s for s, outcome in outcomes.items() if outcome.state == "failed"} == {*CHANGED_SHAPES}
    texts = stored(runner.store)
    assert all(f"{source}|phx" in texts[DRIFT] for source in CHANGED_SHAPES)
    named = people(runner.sandbox)
    assert [(name, one) for name, text in texts.items() for one in named if one in text] == []
