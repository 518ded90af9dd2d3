"""The scripted engine's faults and its server's death, as a client sees them."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import ollama
import pytest

from phoenix_re.sandbox.language_model.engine import prompt_hash
from phoenix_re.sandbox.language_model.residency import Settings
from phoenix_re.sandbox.language_model.scripted import FAULTS, Scripted
from phoenix_re.sandbox.language_model.server import ThreadedServer, serve_in_thread

ANSWER = {"pool": "yes", "beds": 3}


def said(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


@pytest.fixture
def engine() -> Scripted:
    return Scripted(lambda ask: ANSWER)


@pytest.fixture
def server(engine: Scripted) -> Iterator[ThreadedServer]:
    with serve_in_thread(engine, Settings(slots=2)) as server:
        yield server


@pytest.fixture
def client(server: ThreadedServer) -> ollama.Client:
    return ollama.Client(server.url, timeout=20)


@pytest.mark.parametrize(
    ("fault", "reason", "is_json"),
    [("malformed", "stop", False), ("length", "length", False), ("language", "stop", False)],
)
def test_bad_answers(
    client: ollama.Client, engine: Scripted, fault: str, reason: str, is_json: bool
) -> None:
    engine.fault(fault, times=1)
    bad = client.chat("scripted", said("x"), format="json")
    assert bad.done_reason == reason
    assert bad.message.content
    with pytest.raises(json.JSONDecodeError):
        json.loads(bad.message.content)
    assert json.loads(client.chat("scripted", said("x")).message.content or "") == ANSWER


def test_an_empty_answer(client: ollama.Client, engine: Scripted) -> None:
    engine.fault("empty", times=1)
    empty = client.chat("scripted", said("x"))
    assert (empty.message.content, empty.done_reason, empty.eval_count) == ("", "stop", 0)


@pytest.mark.parametrize(
    ("fault", "status"), [("error_500", 500), ("busy", 503), ("not_found", 404)]
)
@pytest.mark.parametrize("stream", [False, True])
def test_failures_before_the_first_piece(
    client: ollama.Client, engine: Scripted, fault: str, status: int, stream: bool
) -> None:
    engine.fault(fault)
    with pytest.raises(ollama.ResponseError) as failed:
        list(client.chat("scripted", said("x"), stream=stream))
    assert failed.value.status_code == status
    engine.clear_faults()
    assert client.chat("scripted", said("x")).done_reason == "stop"


def test_a_failure_in_mid_stream_is_the_last_line(
    server: ThreadedServer, client: ollama.Client, engine: Scripted
) -> None:
    engine.fault("mid_stream_error")
    body = {"model": "scripted", "messages": said("x")}
    reply = httpx.post(f"{server.url}/api/chat", json=body)
    lines = [json.loads(line) for line in reply.text.splitlines()]
    assert reply.status_code == 200
    assert lines[0]["message"]["content"]
    assert lines[-1].keys() == {"error"}
    assert not any(line.get("done") for line in lines)
    with pytest.raises(ollama.ResponseError, match="an error was encountered"):
        list(client.chat("scripted", said("x"), stream=True))
    with pytest.raises(ollama.ResponseError) as at_once:
        client.chat("scripted", said("x"))
    assert at_once.value.status_code == 500


def test_a_hang_ends_with_the_client(
    server: ThreadedServer, engine: Scripted, client: ollama.Client
) -> None:
    engine.fault("hang", when=lambda ask: "bad" in ask.text)
    with pytest.raises(httpx.ReadTimeout):
        ollama.Client(server.url, timeout=0.3).chat("scripted", said("bad"))
    assert engine.wait_until_active(0)
    assert client.chat("scripted", said("good")).done_reason == "stop"
    assert server.traffic.by_status() == {499: 1, 200: 1}


def test_a_fault_that_nobody_knows() -> None:
    with pytest.raises(ValueError, match="known: malformed"):
        Scripted().fault("no such")
    assert set(FAULTS) >= {"malformed", "empty", "length", "language", "hang", "error_500"}


def test_an_answer_takes_the_seconds_that_it_is_told() -> None:
    engine = Scripted(seconds=lambda ask: 0.2 if "slow" in ask.text else 0.0)
    with serve_in_thread(engine, Settings(slots=2)) as server:
        client = ollama.Client(server.url, timeout=20)
        client.chat("scripted", [])
        began = time.monotonic()
        client.chat("scripted", said("slow"))
        assert time.monotonic() - began >= 0.2


def test_killed_and_started_again_on_the_same_port(
    server: ThreadedServer, client: ollama.Client, engine: Scripted
) -> None:
    url = server.url
    client.chat("scripted", said("before"))
    engine.hold()
    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(client.chat, "scripted", said("lost"))
        assert engine.wait_until_active(1)
        server.kill()
        assert isinstance(lost.exception(), httpx.HTTPError | ConnectionError)
    engine.release()
    assert engine.wait_until_active(0)
    with pytest.raises(ConnectionError):
        client.chat("scripted", said("dead"))
    with pytest.raises(httpx.ConnectError):
        list(client.chat("scripted", said("dead"), stream=True))
    server.restart()
    assert server.url == url
    assert client.ps().models == []
    assert client.chat("scripted", said("lost")).done_reason == "stop"
    asked, answered = server.traffic.asked_by_hash(), server.traffic.answered_by_hash()
    assert asked == {prompt_hash(said("before")): 1, prompt_hash(said("lost")): 2}
    assert answered == {prompt_hash(said("before")): 1, prompt_hash(said("lost")): 1}


def test_two_servers_at_once_have_ports_and_logs_of_their_own(engine: Scripted) -> None:
    with serve_in_thread(engine) as one, serve_in_thread(Scripted()) as other:
        ollama.Client(one.url).chat("scripted", said("x"))
        assert one.port != other.port
        assert (len(one.traffic.asked), len(other.traffic.asked)) == (1, 0)
