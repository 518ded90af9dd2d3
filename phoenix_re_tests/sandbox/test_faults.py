"""General faults: each does to the client what its description says, in a fixed sequence."""

import socket
import struct
import time
from collections.abc import Iterator

import httpx
import pytest

from phoenix_re.sandbox.scene import GENERAL_FAULTS, SandboxError
from phoenix_re.sandbox.server import Sandbox, serve
from phoenix_re_tests.sandbox.stand_ins import HOMES, raw_reply, upstream


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    ups = {"county": upstream(faults={"field_rename": "text"}), "mls": upstream("mls")}
    with serve(upstreams=ups, seed=7) as running:
        yield running


def get(sandbox: Sandbox, path: str = "/homes", timeout: float = 10) -> httpx.Response:
    return httpx.get(sandbox.bases["county"] + path, timeout=timeout)


def port(sandbox: Sandbox) -> int:
    return int(sandbox.bases["county"].rpartition(":")[2])


def struck(sandbox: Sandbox) -> dict[str, int]:
    return sandbox.stats()["county"]["faults"]


def test_a_reset_cuts_the_tcp_connection(sandbox: Sandbox) -> None:
    sandbox.fault("county", reset=1)
    with socket.create_connection(("127.0.0.1", port(sandbox)), timeout=10) as connection:
        connection.sendall(b"GET /homes HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(100)
    assert struck(sandbox) == {"reset": 1}
    assert sandbox.stats()["county"]["by_status"] == {"none": 1}


def test_a_hanging_call_is_never_answered_and_keeps_nothing_from_stopping(
    sandbox: Sandbox,
) -> None:
    sandbox.fault("county", hang=1)
    with pytest.raises(httpx.ReadTimeout):
        get(sandbox, timeout=0.3)
    with socket.create_connection(("127.0.0.1", port(sandbox))) as connection:
        connection.sendall(b"GET /homes HTTP/1.1\r\nHost: x\r\n\r\n")
        begun = time.monotonic()
        sandbox.stop()
        assert time.monotonic() - begun < 5


def test_a_throttle_and_a_5xx_are_replies(sandbox: Sandbox) -> None:
    sandbox.fault("county", throttle=1)
    answer = get(sandbox)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    sandbox.fault("county", throttle=0, error_5xx=1)
    statuses = {get(sandbox).status_code for _ in range(40)}
    assert statuses == {500, 502, 503, 504}


def test_a_truncated_body_is_shorter_than_announced(sandbox: Sandbox) -> None:
    whole = get(sandbox)
    sandbox.fault("county", truncate=1)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        get(sandbox)
    head, _, body = raw_reply(port(sandbox), "/homes").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert f"content-length: {len(whole.content)}".encode() in head
    assert body == whole.content[: len(whole.content) // 2]


def test_a_malformed_body_is_whole_to_http_and_broken_as_json(sandbox: Sandbox) -> None:
    sandbox.fault("county", malformed=1)
    answer = get(sandbox)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|Invalid"):
        answer.json()
    assert get(sandbox, "/page").text.endswith("a page of text ")  # no JSON: left alone
    assert struck(sandbox) == {"malformed": 1}


def test_a_slow_body_trickles_and_is_whole(sandbox: Sandbox) -> None:
    sandbox.fault("county", slow_body=1)
    begun = time.monotonic()
    assert get(sandbox).json() == HOMES
    assert 1 < time.monotonic() - begun < 9


def test_the_page_of_a_bot_wall_begins_with_a_bom(sandbox: Sandbox) -> None:
    sandbox.fault("county", bom_html=1)
    answer = get(sandbox)
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xef\xbb\xbf<!DOCTYPE html>")
    assert answer.headers["content-type"].startswith("text/html")


def test_latency_is_waited_for(sandbox: Sandbox) -> None:
    sandbox.fault("county", latency_ms=[150, 200])
    begun = time.monotonic()
    assert get(sandbox).json() == HOMES
    assert time.monotonic() - begun >= 0.15


def test_down_refuses_cuts_what_is_open_and_comes_back_on_the_same_port(sandbox: Sandbox) -> None:
    with httpx.Client(base_url=sandbox.bases["county"]) as client:
        assert client.get("/homes").json() == HOMES
        for _ in range(3):
            sandbox.fault("county", down=True)
            with pytest.raises(httpx.ConnectError, match="refused"):
                get(sandbox)
            with pytest.raises(httpx.TransportError):
                client.get("/homes")
            assert httpx.get(f"{sandbox.bases['mls']}/homes").status_code == 200
            sandbox.fault("county", down=False)
            assert client.get("/homes").json() == HOMES


def test_an_empty_reply_has_nothing_to_spoil(sandbox: Sandbox) -> None:
    sandbox.fault("county", truncate=1)
    assert get(sandbox, "/nothing").status_code == 204


def test_a_spoilt_reply_keeps_its_reason_phrase(sandbox: Sandbox) -> None:
    sandbox.fault("county", malformed=1)
    assert get(sandbox, "/bad-token").reason_phrase == "Invalid token: none"
    sandbox.fault("county", malformed=0, truncate=1)
    head = raw_reply(port(sandbox), "/bad-token")
    assert head.startswith(b"HTTP/1.1 500 Invalid token: none\r\n")
    assert b"x-sandbox-reason" not in head


def _statuses(sandbox: Sandbox, n: int = 60) -> list[int]:
    with httpx.Client(base_url=sandbox.bases["county"]) as client:
        return [client.get("/homes").status_code for _ in range(n)]


def test_faults_strike_by_their_share_in_a_sequence_that_the_seed_fixes(sandbox: Sandbox) -> None:
    sandbox.fault("county", throttle=0.3)
    first = _statuses(sandbox)
    assert 8 <= first.count(429) <= 28
    sandbox.fault("county", throttle=0.3)
    assert _statuses(sandbox) == first
    with serve(upstreams={"county": upstream()}, seed=7) as same:
        same.fault("county", throttle=0.3)
        assert _statuses(same) == first
    with serve(upstreams={"county": upstream()}, seed=8) as other:
        other.fault("county", throttle=0.3)
        assert _statuses(other) != first


def test_one_fault_does_not_shift_another(sandbox: Sandbox) -> None:
    sandbox.fault("county", throttle=0.3)
    alone = [status == 429 for status in _statuses(sandbox)]
    sandbox.fault("county", throttle=0.3, error_5xx=0.2, latency_ms=[0, 1])
    assert [status == 429 for status in _statuses(sandbox)] == alone


def test_faults_are_switched_off_one_by_one_or_all(sandbox: Sandbox) -> None:
    sandbox.fault("county", throttle=1, error_5xx=1)
    sandbox.fault("county", throttle=None)
    assert sandbox.scene.faults["county"] == {"error_5xx": 1}
    sandbox.clear_faults()
    assert get(sandbox).status_code == 200


@pytest.mark.parametrize(
    ("upstream_name", "faults", "message"),
    [
        ("nobody", {"down": True}, "no upstream 'nobody'; known: county, mls"),
        ("county", {"dwn": True}, "county has no fault 'dwn'; known: .*down.*field_rename"),
        ("county", {"reset": 1.5}, "county.reset is 1.5, but it is: share of"),
        ("county", {"reset": True}, "county.reset is True, but it is: share of"),
        ("county", {"down": 1}, "county.down is 1, but it is: true"),
        ("county", {"latency_ms": [5, 2]}, "county.latency_ms is"),
        ("county", {"latency_ms": "long"}, "county.latency_ms is"),
    ],
)
def test_an_unknown_upstream_or_fault_or_value_is_refused_and_changes_nothing(
    sandbox: Sandbox, upstream_name: str, faults: dict[str, object], message: str
) -> None:
    with pytest.raises(SandboxError, match=message):
        sandbox.fault(upstream_name, **{"throttle": 1, **faults})
    assert not any(sandbox.scene.faults.values())


def test_every_general_fault_is_tried_here() -> None:
    tried = {
        *("latency_ms", "throttle", "error_5xx", "reset", "hang", "slow_body", "truncate"),
        *("malformed", "bom_html", "down"),
    }
    assert tried == set(GENERAL_FAULTS)


def test_linger_is_what_makes_a_reset() -> None:
    """The constant that `wire.py` packs is the kernel's `struct linger`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        said = probe.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
        assert struct.unpack("ii", said) == (1, 0)
