"""The control API, through its client and as plain HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from phoenix_re.markets import load_markets, markets_folder
from phoenix_re.sandbox import server, upstreams
from phoenix_re.sandbox.client import Sandbox
from phoenix_re.sandbox.scene import GENERAL_FAULTS, SandboxError
from phoenix_re.sandbox.server import serve
from phoenix_re_tests.sandbox.stand_ins import HandClock, upstream

START = datetime(2026, 3, 2, 17, tzinfo=UTC)


@pytest.fixture
def running() -> Iterator[server.Sandbox]:
    ups = {
        "county": upstream(credentials={"token": "t"}, faults={"field_rename": "old: new"}),
        "mls": upstream("mls"),
    }
    with serve(
        upstreams=ups, started=START, clock=HandClock(), houses_per_zip=25, time_scale=60
    ) as sandbox:
        yield sandbox


@pytest.fixture
def client(running: server.Sandbox) -> Iterator[Sandbox]:
    with Sandbox(running.url) as client:
        yield client


def test_status_says_what_runs(client: Sandbox, running: server.Sandbox) -> None:
    status = client.status()
    assert status["bases"] == client.bases == running.bases
    assert status["credentials"] == client.credentials == {"county": {"token": "t"}, "mls": {}}
    assert (status["seed"], status["time_scale"], status["speed"]) == (85031, 60, 1)
    assert status["houses_per_zip"] == 25
    assert status["markets"]["phx"] == len(load_markets(markets_folder())["phx"].zips)
    assert status["faults"] == {}
    assert status["requests"] == {"county": 0, "mls": 0}
    assert client.now() == START


def test_time_is_advanced(client: Sandbox) -> None:
    assert client.advance(days=2, hours=3) == START + timedelta(days=2, hours=3)
    client.advance(hours=0.5)
    assert client.now() == START + timedelta(days=2, hours=3.5)
    assert client.status()["advanced_seconds"] == timedelta(days=2, hours=3.5).total_seconds()
    with pytest.raises(SandboxError, match="does not go back"):
        client.advance(days=-1)


@pytest.mark.parametrize(
    "body",
    ["{}", "[]", "no json", '{"weeks": 1}', '{"days": "1"}', '{"days": 1e300}', '{"days": 1e6}'],
)
def test_a_body_that_says_no_time_is_refused(running: server.Sandbox, body: str) -> None:
    answer = httpx.post(f"{running.url}/advance", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert running.now == START


def test_faults_are_set_seen_and_cleared(client: Sandbox) -> None:
    on = client.fault("county", throttle=1, field_rename={"price": "rent"})
    assert on == {"county": {"throttle": 1, "field_rename": {"price": "rent"}}}
    assert client.status()["faults"] == on
    assert httpx.get(f"{client.bases['county']}/homes").status_code == 429
    assert httpx.get(f"{client.bases['mls']}/homes").status_code == 200
    client.clear_faults()
    assert client.status()["faults"] == {}
    assert httpx.get(f"{client.bases['county']}/homes").status_code == 200


def test_down_by_the_control_api_is_down_and_up_again(client: Sandbox) -> None:
    client.fault("county", down=True)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{client.bases['county']}/homes")
    client.fault("county", down=False)
    assert httpx.get(f"{client.bases['county']}/homes").status_code == 200


def test_unknown_names_are_answered_by_the_known_ones(client: Sandbox) -> None:
    with pytest.raises(SandboxError, match="no upstream 'nobody'; known: county, mls"):
        client.fault("nobody", down=True)
    with pytest.raises(SandboxError, match=r"mls has no fault 'field_rename'; known: .*throttle"):
        client.fault("mls", field_rename="a: b")
    with pytest.raises(SandboxError, match="no upstream 'nobody'"):
        client.log("nobody")
    answer = httpx.post(f"{client.url}/faults", json={"county": ["down"]})
    assert answer.status_code == 400
    known = client.known_faults()
    assert set(known["mls"]) == set(GENERAL_FAULTS)
    assert known["county"]["field_rename"] == "old: new"


def test_counters_and_log(client: Sandbox) -> None:
    for _ in range(3):
        httpx.get(f"{client.bases['county']}/home/8")
    assert client.stats()["county"]["by_kind"] == {"/home/{apn}": {"200": 3}}
    assert [entry["path"] for entry in client.log("county")] == ["/home/8"] * 3
    client.clear_stats()
    assert client.stats()["county"]["requests"] == 0


def test_the_truth_of_a_zip(client: Sandbox, running: server.Sandbox) -> None:
    told = client.truth("85031")
    assert len(told["houses"]) == 25
    world = running.scene.world
    assert [x["mls_number"] for x in told["listings"] if x["kind"] == "sale"] == [
        x.mls_number for x in world.listings("85031", START)
    ]
    with pytest.raises(SandboxError, match="no market has the ZIP '00501'"):
        client.truth("00501")


def test_no_sandbox_is_said_with_what_to_do(running: server.Sandbox) -> None:
    running.stop()
    with (
        Sandbox(running.url) as client,
        pytest.raises(SandboxError, match=r"no sandbox answers at .* `phoenix-re sandbox up`"),
    ):
        client.status()


def test_a_stand_in_that_is_listed_and_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstreams, "_MODULES", ("webshare", "realtor_dot_moon"))
    with pytest.raises(ModuleNotFoundError, match="'realtor_dot_moon' is listed in"):
        upstreams.upstreams()
