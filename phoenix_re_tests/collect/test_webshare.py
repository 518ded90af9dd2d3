"""The Webshare client against its stand-in: pages, both modes, and every documented refusal."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from phoenix_re.collect.errors import AuthError, ContractError, PermanentError, TransientError
from phoenix_re.collect.webshare import Webshare, reading
from phoenix_re.sandbox.scene import Scene
from phoenix_re.sandbox.upstreams.webshare import KEY, PATH, UPSTREAM, behaviour, throttled
from phoenix_re.sandbox.world import World
from phoenix_re_tests.fake_clock import FakeClock

BASE = "http://testserver"


@pytest.fixture
def scene() -> Scene:
    scene = Scene(World({}), datetime(2026, 3, 2, tzinfo=UTC), clock=lambda: 0.0)
    scene.proxy_ports = list(range(20_000, 20_012))
    return scene


@pytest.fixture
def client(scene: Scene) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=UPSTREAM.routes(scene)), base_url=BASE) as client:
        yield client


def webshare(client: httpx.Client, key: str = KEY, **rest: Any) -> Webshare:
    return Webshare(client, key, FakeClock(), base_url=BASE, **rest)


def test_all_pages_are_read(scene: Scene, client: TestClient) -> None:
    scene.proxy_ports = list(range(20_000, 20_230))
    proxies = webshare(client).proxies()
    assert [p.port for p in proxies] == scene.proxy_ports
    assert {p.tier for p in proxies} == {"free"}
    assert [p.valid for p in proxies].count(False) == 2
    assert {p.country for p in proxies} == {"US", "DE", "GB"}


def test_a_row_without_an_address_is_reached_at_the_backbone(client: TestClient) -> None:
    proxies = webshare(client, mode="backbone", tier="premium").proxies()
    assert [p.host for p in proxies[:2]] == ["p.webshare.io", "127.0.0.1"]
    assert proxies[0].key == "premium:b-10500"
    other = webshare(client, mode="backbone", backbone_host="127.0.0.1").proxies()
    assert other[0].host == "127.0.0.1"


def test_several_plans_make_one_list(client: TestClient) -> None:
    plans = (webshare(client), webshare(client, mode="backbone", tier="premium"))
    assert len({p.key for p in reading(*plans)()}) == 24


def test_no_secret_is_shown(client: TestClient) -> None:
    proxy = webshare(client).proxies()[0]
    assert proxy.password
    assert proxy.password not in repr(proxy)
    assert proxy.username not in repr(proxy)


def test_a_wrong_key_is_an_auth_error_without_the_key(client: TestClient) -> None:
    with pytest.raises(AuthError, match="WEBSHARE_API_KEY") as error:
        webshare(client, key="hunter2hunter2").proxies()
    assert "Invalid token" in str(error.value)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("2fa_needed", "second factor"),
        ("account_suspended", "suspended"),
        ("account_deleted", "deleted"),
        ("something_new", "cannot use the API"),
    ],
)
def test_403_says_what_to_do(scene: Scene, client: TestClient, code: str, word: str) -> None:
    scene.faults["webshare"] = {"account": code}
    with pytest.raises(AuthError, match=word):
        webshare(client).proxies()


@pytest.mark.parametrize("plain", [True, False])
def test_both_forms_of_a_400_are_read(scene: Scene, client: TestClient, plain: bool) -> None:
    scene.faults["webshare"] = {"plain_errors": plain}
    with pytest.raises(PermanentError, match=r'mode: "sideways" is not a valid choice\.$'):
        webshare(client, mode="sideways").proxies()


def test_a_renamed_field_is_a_contract_error(scene: Scene, client: TestClient) -> None:
    scene.faults["webshare"] = {"field_rename": True}
    with pytest.raises(ContractError, match="proxy_address") as error:
        webshare(client).proxies()
    assert "sandboxpass" not in str(error.value)


def test_the_stand_in_keeps_to_the_document(client: TestClient) -> None:
    headers = {"Authorization": f"Token {KEY}"}
    first = client.get(f"{PATH}?mode=direct&page_size=5", headers=headers)
    assert first.headers["x-request-id"]
    body = first.json()
    assert (body["count"], body["previous"], len(body["results"])) == (12, None, 5)
    assert body["next"] == f"{BASE}{PATH}?mode=direct&page_size=5&page=2"
    assert client.get(body["next"], headers=headers).json()["previous"].endswith("page=1")
    assert client.get(f"{PATH}?mode=direct&page=9", headers=headers).json() == {
        "detail": "Invalid page."
    }
    assert client.get(f"{PATH}?mode=direct").status_code == 401
    missing = client.get(PATH, headers=headers)
    assert missing.status_code == 400
    assert missing.json()["mode"][0]["code"] == "required"
    german = client.get(f"{PATH}?mode=direct&country_code__in=DE,GB&valid=true", headers=headers)
    assert {r["country_code"] for r in german.json()["results"]} == {"DE", "GB"}
    refusal = throttled(first.request, 11.2)  # type: ignore[arg-type]
    assert (refusal.status_code, refusal.headers["retry-after"]) == (429, "12")


def answering(*replies: httpx.Response | Exception) -> tuple[httpx.Client, list[httpx.Request]]:
    """A client whose upstream gives these replies in turn; what it was asked."""
    asked: list[httpx.Request] = []
    left = iter(replies)

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        reply = next(left)
        if isinstance(reply, Exception):
            raise reply
        return reply

    return httpx.Client(transport=httpx.MockTransport(handle)), asked


EMPTY = {"count": 0, "next": None, "previous": None, "results": []}


def test_a_429_is_waited_out() -> None:
    clock = FakeClock()
    throttle = httpx.Response(429, headers={"Retry-After": "12"}, json={"detail": "throttled"})
    client, asked = answering(throttle, httpx.Response(200, json=EMPTY))
    assert Webshare(client, KEY, clock, base_url=BASE).proxies() == []
    assert clock.slept == [12.0]
    assert len(asked) == 2


def test_a_long_429_is_left_to_the_caller() -> None:
    client, _ = answering(httpx.Response(429, headers={"Retry-After": "3000"}))
    with pytest.raises(TransientError) as error:
        webshare(client).proxies()
    assert error.value.retry_after == 3000
    assert error.value.throttled


def test_failures_are_tried_again_and_then_told() -> None:
    down = [httpx.ConnectError("refused"), httpx.Response(502), httpx.ReadTimeout("slow")]
    client, asked = answering(*down, httpx.Response(200, json=EMPTY))
    assert webshare(client).proxies() == []
    assert len(asked) == 4
    client, asked = answering(*[httpx.ConnectError("refused")] * 4)
    with pytest.raises(TransientError, match="no answer from testserver"):
        webshare(client).proxies()


@pytest.mark.parametrize("link", ["https://evil.test/?page=2", "http://testserver:81/x", "//evil"])
def test_the_key_follows_no_link_elsewhere(link: str) -> None:
    client, asked = answering(httpx.Response(200, json={**EMPTY, "next": link}))
    with pytest.raises(ContractError, match="not at testserver"):
        webshare(client).proxies()
    assert len(asked) == 1


def test_a_list_that_became_shorter_or_never_ends() -> None:
    more = {**EMPTY, "next": f"{BASE}{PATH}?mode=direct&page=2"}
    client, _ = answering(
        httpx.Response(200, json=more), httpx.Response(404, json={"detail": "Invalid page."})
    )
    assert webshare(client).proxies() == []
    client, asked = answering(*[httpx.Response(200, json=more)] * 200)
    with pytest.raises(ContractError, match="does not end"):
        webshare(client).proxies()
    assert len(asked) == 100


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"count": 1', b"[]", b'{"count": "1"}'])
def test_what_is_no_list_is_a_contract_error(body: bytes) -> None:
    client, _ = answering(httpx.Response(200, content=body))
    with pytest.raises(ContractError, match="proxy list"):
        webshare(client).proxies()


def test_dead_proxies_are_spread_and_die_in_turn(scene: Scene) -> None:
    of = behaviour(scene)
    assert {of(i) for i in range(30)} == {"ok"}
    scene.faults["webshare"] = {"dead_proxies": 0.1}
    dead = {i: of(i) for i in range(30) if of(i) != "ok"}
    assert dead == {9: "refuse", 19: "hang", 29: "close"}
    scene.faults["webshare"] = {"dead_proxies": 1, "dead_how": "close"}
    assert {of(i) for i in range(30)} == {"close"}
    scene.faults["webshare"] = {"bandwidth_used_up": True}
    assert of(0) == "no_bandwidth"
