"""Fingerprints and broken batches in the embedded server: kept, accepted, shared by processes."""

import json
import threading
from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner

from phoenix_re.cli import drift as drift_cli
from phoenix_re.collect.drift import Drift
from phoenix_re.collect.formats.form import Field, Format
from phoenix_re.mongo import MongoStore
from phoenix_re_tests.collect.drift_payloads import Payload, drifted, pool
from phoenix_re_tests.fake_clock import FakeClock

pytestmark = pytest.mark.integration

FORM = Format(
    name="portal",
    licence_class="vendor_api",
    signature=(("price",),),
    fields=(
        Field.of("list_price_cents", "price"),
        Field.of("living_area", "squareFootage"),
        Field.of("property_sub_type", "propertyType"),
    ),
    zip=Field("postal_code", ("zipCode",), str),
    key=lambda record, payload: payload["id"],
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def drift(store: MongoStore, clock: FakeClock) -> Drift:
    return Drift(store, clock)


def learn(drift: Drift, homes: list[Payload], batches: int = 6, size: int = 50) -> None:
    for number in range(batches):
        batch = homes[number * size : (number + 1) * size]
        assert drift.judge("portal", "phx", FORM, batch, zip_code=f"8503{number}").breaks == []


def shape(store: MongoStore) -> dict[str, Any]:
    found = store.db["fingerprints"].find_one({"_id": "portal|phx|portal"})
    assert found is not None
    return found


def test_a_broken_batch_is_kept_and_not_learnt(
    store: MongoStore, drift: Drift, clock: FakeClock
) -> None:
    homes = pool(400, seed=2)
    learn(drift, homes)
    before = shape(store)
    broken = drifted(homes[300:360], "dollars became cents", Random(1))
    clock.advance(hours=1)
    verdict = drift.judge("portal", "phx", FORM, broken, zip_code="85031")
    assert len(verdict.breaks) == 1
    assert "price" in verdict.breaks[0]
    assert shape(store) == before
    (kept,) = store.db["drift"].find({"source": "portal", "market": "phx"})
    assert (kept["state"], kept["zip"], kept["times"]) == ("open", "85031", 1)
    assert kept["reasons"][0]["what"] == "unit"
    assert json.loads(kept["payloads"][0]) == broken[0]
    assert kept["first_at"] == clock.now()

    clock.advance(hours=1)
    drift.judge("portal", "phx", FORM, broken, zip_code="85031")
    (again,) = store.db["drift"].find({"source": "portal", "market": "phx"})
    assert again["times"] == 2
    assert again["first_at"] < again["last_at"]


def test_the_same_batch_is_learnt_once(store: MongoStore, drift: Drift) -> None:
    homes = pool(100, seed=3)
    learn(drift, homes, batches=2)
    before = shape(store)
    learn(drift, homes, batches=2)
    assert shape(store) == before


def test_a_shape_that_comes_back_closes_its_record(store: MongoStore, drift: Drift) -> None:
    homes = pool(500, seed=4)
    learn(drift, homes)
    broken = drifted(homes[300:350], "rename", Random(1))
    assert drift.judge("portal", "phx", FORM, broken, zip_code="85031").breaks
    assert drift.judge("portal", "phx", FORM, broken, zip_code="85033").breaks
    assert not drift.judge("portal", "phx", FORM, homes[350:400], zip_code="85031").breaks
    states = {d["zip"]: d["state"] for d in store.db["drift"].find({})}
    assert states == {"85031": "recovered", "85033": "open"}


def test_an_accepted_shape_is_the_usual_one_from_then_on(store: MongoStore, drift: Drift) -> None:
    homes = pool(600, seed=5)
    learn(drift, homes)
    chance = Random(1)
    for number, zip_code in enumerate(("85031", "85033")):
        batch = drifted(homes[300 + 50 * number :][:50], "dollars became cents", chance)
        assert drift.judge("portal", "phx", FORM, batch, zip_code=zip_code).breaks
    assert drift.accept("portal", "tuc") == []
    assert drift.accept("portal", "phx") == ["portal"]
    assert drift.accept("portal", "phx") == []
    later = drifted(homes[400:450], "dollars became cents", chance)
    assert drift.judge("portal", "phx", FORM, later, zip_code="85035").breaks == []
    assert drift.judge("portal", "phx", FORM, homes[450:500], zip_code="85035").breaks
    assert {d["state"] for d in store.db["drift"].find({"zip": {"$in": ["85031", "85033"]}})} == {
        "accepted"
    }


def test_any_payload_can_be_kept(store: MongoStore, drift: Drift) -> None:
    """Keys that the database would refuse, numbers beyond 64 bits, megabytes."""
    homes = pool(300, seed=6)
    learn(drift, homes)
    odd = [{"$where": 10**40, "a.b": None, "": [], "text": "x" * 90_000} for _ in range(20)]
    assert drift.judge("portal", "phx", FORM, odd, zip_code="85031").breaks
    (kept,) = store.db["drift"].find({})
    assert 1 <= len(kept["payloads"]) <= 5
    assert sum(map(len, kept["payloads"])) <= 200_000
    assert drift.accept("portal", "phx") == ["portal"]


def test_lanes_of_a_process_lose_no_batch(store: MongoStore, clock: FakeClock) -> None:
    """Two `Drift`s as two processes would have them, four threads each."""
    homes = pool(480, seed=7)
    learn(Drift(store, clock), homes, batches=1, size=40)
    judges = [Drift(store, clock), Drift(store, clock)]

    def work(number: int) -> None:
        batch = homes[40 + number * 55 : 40 + (number + 1) * 55]
        judges[number % 2].judge("portal", "phx", FORM, batch, zip_code=f"8504{number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = shape(store)
    assert found["shape"]["payloads"] == 480
    assert found["revision"] == 9


# ── the command ─────────────────────────────────────────────────────────────────────────────────


def test_the_operator_lists_looks_and_accepts(
    store: MongoStore, drift: Drift, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drift_cli, "open_cli_store", lambda: store)
    monkeypatch.setattr(drift_cli, "sources_of", lambda market: ["portal", "zillow"])
    runner = CliRunner()
    empty = runner.invoke(drift_cli.app, ["list", "--market", "phx"])
    assert (empty.exit_code, "No drift" in empty.output) == (0, True)

    homes = pool(400, seed=8)
    learn(drift, homes)
    broken = drifted(homes[300:350], "rename", Random(1))
    drift.judge("portal", "phx", FORM, broken, zip_code="85031")

    listed = runner.invoke(drift_cli.app, ["list", "--market", "phx", "--json"])
    (row,) = json.loads(listed.output)
    assert (row["source"], row["zip"], row["state"]) == ("portal", "85031", "open")
    assert "squareFootage is gone" in row["what"]

    shown = runner.invoke(drift_cli.app, ["show", "portal", "--market", "phx", "--json"])
    (document,) = json.loads(shown.output)
    assert document["payloads"][0]["livingArea"] == broken[0]["livingArea"]

    accepted = runner.invoke(drift_cli.app, ["accept", "portal", "--market", "phx"])
    assert accepted.exit_code == 0
    nothing = runner.invoke(drift_cli.app, ["accept", "portal", "--market", "phx"])
    assert nothing.exit_code == 1
