"""docs/how-to/add-a-source.md, followed to the letter: its two modules run against each other."""

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from phoenix_re.collect import sources
from phoenix_re.collect.asking import Access
from phoenix_re.collect.formats import format_named, read_record, register
from phoenix_re.collect.lanes import Outfit, collecting
from phoenix_re.collect.outcome import Outcome
from phoenix_re.markets import Market, Source, load_markets
from phoenix_re.mongo import MongoStore
from phoenix_re.sandbox.server import Sandbox, serve
from phoenix_re.storage import RAW_LISTINGS
from phoenix_re_tests.conftest import PROJECT

pytestmark = pytest.mark.integration

PAGE = (PROJECT / "docs/how-to/add-a-source.md").read_text("utf-8")
ZIP = "85031"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def module_of(code: str, name: str, folder: Path) -> ModuleType:
    file = folder / f"{name}.py"
    file.write_text(code)
    spec = spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The page's source, known as the real ones are."""
    source_code, _ = blocks("python")
    module = module_of(source_code, "acme_of_the_page", tmp_path)
    known = {**sources.specs(), "acme": module.SPEC}
    monkeypatch.setattr(sources, "specs", lambda: known)
    monkeypatch.setattr("phoenix_re.collect.lanes.specs", lambda: known)
    register(module.ACME)
    yield module
    del sys.modules["acme_of_the_page"]


@pytest.fixture
def market() -> Market:
    (line,) = blocks("yaml")
    acme = Source.model_validate(yaml.safe_load(line)["sources"]["acme"])
    return load_markets()["phx"].model_copy(update={"sources": {"acme": acme}})


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    _, stand_in = blocks("python")
    upstream = module_of(stand_in, "acme_stand_in_of_the_page", tmp_path).UPSTREAM
    started = datetime(2026, 3, 2, 17, tzinfo=UTC)
    with serve(upstreams={"acme": upstream}, started=started, time_scale=60) as running:
        yield running


def ask(sandbox: Sandbox, store: MongoStore, market: Market, folder: Path) -> Outcome:
    outfit = Outfit(
        store=store,
        markets=load_markets(),
        access=lambda name: Access(sandbox.bases[name], sandbox.credentials[name]),
        downloads=folder,
        secret=b"of the test alone",
        overall_usd=Decimal(25),
        observed_now=lambda: sandbox.now,
        time_scale=1 / 60,
        world="sandbox",
    )
    with collecting(outfit, market, [ZIP]) as run:
        (outcome,) = run.outcomes(ZIP)
    return outcome


def test_the_source_of_the_page_collects_what_its_stand_in_has(
    acme: ModuleType, sandbox: Sandbox, store: MongoStore, market: Market, tmp_path: Path
) -> None:
    outcome = ask(sandbox, store, market, tmp_path)
    on_market = {
        x.mls_number: x
        for x in sandbox.scene.world.listings(ZIP, sandbox.now, "rent")
        if x.status == "Active"
    }
    assert (outcome.state, outcome.new) == ("ok", len(on_market))
    for document in store.db[RAW_LISTINGS].find():
        payload = document["versions"][-1]["payload"]
        assert "contact" not in payload
        truth, record = on_market[document["source_key"]], read_record("acme", payload)
        assert record.list_price_cents == truth.list_price * 100
        assert record.bedrooms_total == truth.house.bedrooms
    assert format_named("acme") is acme.ACME

    again = ask(sandbox, store, market, tmp_path)
    assert (again.state, again.found) == ("ok", 0)
    assert sandbox.stats()["acme"]["requests"] == 1


def test_a_renamed_field_is_drift(
    acme: ModuleType, sandbox: Sandbox, store: MongoStore, market: Market, tmp_path: Path
) -> None:
    sandbox.fault("acme", field_rename=True)
    outcome = ask(sandbox, store, market, tmp_path)
    assert (outcome.state, outcome.error) == ("failed", "ContractError")
    assert "rent" in outcome.why
    assert not store.db[RAW_LISTINGS].find_one()
