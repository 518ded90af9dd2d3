"""Ollama's official client against the API over a real socket; a script in place of a model."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import httpx
import jsonschema
import ollama
import pytest

from phoenix_re.sandbox.language_model.engine import prompt_hash
from phoenix_re.sandbox.language_model.residency import Settings
from phoenix_re.sandbox.language_model.scripted import Scripted
from phoenix_re.sandbox.language_model.server import ThreadedServer, serve_in_thread

MODEL = "scripted"
BUSY = "server busy, please try again.  maximum pending requests exceeded"
SCHEMA = {
    "type": "object",
    "properties": {
        "pool": {"enum": ["yes", "no", "not_stated"]},
        "beds": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
        "words": {"type": "array", "items": {"type": "string"}, "minItems": 1},
    },
    "required": ["pool", "beds", "words"],
    "additionalProperties": False,
}


def said(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


@pytest.fixture
def engine() -> Scripted:
    return Scripted(lambda ask: f"you said: {ask.text}")


@pytest.fixture
def server(engine: Scripted) -> Iterator[ThreadedServer]:
    with serve_in_thread(engine, Settings(slots=2, max_queue=2)) as server:
        yield server


@pytest.fixture
def client(server: ThreadedServer) -> ollama.Client:
    return ollama.Client(server.url, timeout=20)


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about within 10 s"
        Event().wait(0.01)


def loaded(client: ollama.Client) -> list[str | None]:
    return [one.model for one in client.ps().models]


# ── what there is ───────────────────────────────────────────────────────────────────────────────


def test_root_and_version(server: ThreadedServer) -> None:
    assert httpx.get(server.url).text == "Ollama is running"
    assert httpx.head(server.url).status_code == 200
    version = httpx.get(f"{server.url}/api/version").json()["version"]
    assert version.startswith("0.")


def test_list_and_show(client: ollama.Client) -> None:
    (model,) = client.list().models
    assert model.model == "scripted:latest"
    assert model.size == 1_000_000
    assert model.details is not None
    assert model.details.quantization_level == "Q4_0"
    assert model.digest is not None
    assert len(model.digest) == 64
    shown = client.show("SCRIPTED")
    assert shown.capabilities == ["completion"]
    assert shown.modelinfo is not None
    assert shown.modelinfo["scripted.context_length"] == 32_768
    assert client.ps().models == []


def test_pull_brings_a_model_back_and_delete_takes_it_away(
    client: ollama.Client, engine: Scripted
) -> None:
    client.delete("scripted")
    assert client.list().models == []
    steps = list(client.pull("scripted:latest", stream=True))
    assert steps[0].status == "pulling manifest"
    assert steps[-1].status == "success"
    assert [s.completed for s in steps if s.total] == [0, 500_000, 1_000_000]
    assert client.pull("scripted:latest").status == "success"
    assert [m.model for m in client.list().models] == ["scripted:latest"]
    with pytest.raises(ollama.ResponseError, match="file does not exist"):
        client.pull("llama9")
    with pytest.raises(ollama.ResponseError, match="file does not exist"):
        list(client.pull("llama9", stream=True))
    engine.remove("scripted:latest")
    with pytest.raises(ollama.ResponseError) as missing:
        client.delete("scripted")
    assert missing.value.status_code == 404


def test_embed_says_that_it_cannot(client: ollama.Client) -> None:
    with pytest.raises(ollama.ResponseError) as refused:
        client.embed(MODEL, "three beds")
    assert refused.value.status_code == 400
    assert refused.value.error == '"scripted:latest" does not support embedding'


# ── answers ─────────────────────────────────────────────────────────────────────────────────────


def test_chat_at_once(client: ollama.Client) -> None:
    answer = client.chat(MODEL, said("three beds"))
    assert answer.message.role == "assistant"
    assert answer.message.content == "you said: three beds"
    assert answer.model == MODEL
    assert (answer.done, answer.done_reason) == (True, "stop")
    assert answer.prompt_eval_count == 3
    assert answer.eval_count == 5
    assert answer.total_duration is not None
    assert answer.load_duration is not None
    assert answer.total_duration > answer.load_duration > 0
    assert answer.created_at is not None
    told = datetime.fromisoformat(answer.created_at)
    assert abs(datetime.now(UTC) - told) < timedelta(minutes=1)


def test_chat_in_a_stream(client: ollama.Client) -> None:
    parts = list(client.chat(MODEL, said("three beds"), stream=True))
    assert len(parts) > 2
    assert "".join(p.message.content or "" for p in parts) == "you said: three beds"
    assert [p.done for p in parts] == [False] * (len(parts) - 1) + [True]
    assert parts[-1].eval_count == 5
    assert parts[0].eval_count is None


def test_stream_is_the_default_and_ndjson(server: ThreadedServer) -> None:
    body = {"model": MODEL, "messages": said("x")}
    reply = httpx.post(f"{server.url}/api/chat", json=body)
    assert reply.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in reply.text.splitlines()]
    assert lines[-1]["done"] is True
    assert lines[0].keys() == {"model", "created_at", "message", "done"}


def test_generate_at_once_and_in_a_stream(client: ollama.Client) -> None:
    answer = client.generate(MODEL, "three beds", system="be short")
    assert answer.response == "you said: three beds"
    parts = list(client.generate(MODEL, "three beds", stream=True))
    assert "".join(p.response or "" for p in parts) == "you said: three beds"
    assert parts[-1].done_reason == "stop"
    assert client.generate(MODEL, "raw beds", raw=True).response == "you said: raw beds"


def test_logprobs(client: ollama.Client) -> None:
    answer = client.chat(MODEL, said("x"), logprobs=True, top_logprobs=1)
    assert answer.logprobs
    assert "".join(one.token for one in answer.logprobs) == answer.message.content
    assert client.chat(MODEL, said("x")).logprobs is None


def test_format_is_a_schema_or_json() -> None:
    with serve_in_thread(Scripted()) as server:
        client = ollama.Client(server.url, timeout=20)
        answer = client.chat(MODEL, said("x"), format=SCHEMA)
        jsonschema.validate(json.loads(answer.message.content or ""), SCHEMA)
        assert json.loads(client.generate(MODEL, "x", format="json").response or "") == {}


def test_answers_come_from_a_table_by_prompt_hash() -> None:
    prompt = [{"role": "system", "content": "JSON."}, *said("a pool")]
    table = {prompt_hash(prompt): {"pool": "yes"}}
    with serve_in_thread(Scripted(table)) as server:
        client = ollama.Client(server.url, timeout=20)
        assert client.chat(MODEL, prompt).message.content == '{"pool": "yes"}'
        by_generate = client.generate(MODEL, "a pool", system="JSON.")
        assert by_generate.response == '{"pool": "yes"}'
        assert client.chat(MODEL, said("else")).message.content == "ok"
        assert server.traffic.answered_by_hash()[prompt_hash(prompt)] == 2


def test_num_predict_cuts_with_done_reason_length(client: ollama.Client) -> None:
    answer = client.chat(MODEL, said("three beds and a pool"), options={"num_predict": 3})
    assert answer.done_reason == "length"
    assert answer.message.content == "you said: th"


def test_a_prompt_beyond_the_context_is_cut_or_refused(client: ollama.Client) -> None:
    long = said("x" * 4 * 500)
    answer = client.chat(MODEL, long, options={"num_ctx": 100})
    assert answer.prompt_eval_count == 100
    body = {"model": MODEL, "messages": long, "options": {"num_ctx": 100}, "truncate": False}
    refused = httpx.post(f"{client._client.base_url}/api/chat", json=body)
    assert refused.status_code == 400
    assert refused.json() == {"error": "the input length exceeds the context length"}


# ── refusals ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("chat", {"model": "llama9"}, 404, "model 'llama9' not found"),
        ("generate", {"model": "llama9", "prompt": "x"}, 404, "model 'llama9' not found"),
        ("show", {"model": "llama9"}, 404, "model 'llama9' not found"),
        ("embed", {"model": "llama9"}, 404, "model 'llama9' not found"),
        ("chat", {"messages": said("x")}, 400, "model is required"),
        ("generate", {"model": ""}, 400, "model is required"),
        ("show", {}, 400, "model is required"),
        ("pull", {}, 400, "model is required"),
        (
            "chat",
            {"model": MODEL, "messages": said("x"), "format": "yaml"},
            500,
            'invalid format: "\\"yaml\\""; expected "json" or a valid JSON Schema object',
        ),
        (
            "chat",
            {"model": MODEL, "messages": said("x"), "think": True},
            400,
            '"scripted" does not support thinking',
        ),
        (
            "chat",
            {"model": MODEL, "messages": said("x"), "tools": [{"type": "function"}]},
            400,
            '"scripted" does not support tools',
        ),
        (
            "chat",
            {"model": MODEL, "messages": said("x"), "top_logprobs": 21},
            400,
            "top_logprobs must be between 0 and 20",
        ),
        (
            "generate",
            {"model": MODEL, "prompt": "x", "raw": True, "system": "y"},
            400,
            "raw mode does not support template, system, or context",
        ),
        (
            "chat",
            {"model": MODEL, "messages": said("x"), "keep_alive": "10"},
            400,
            'time: missing unit in duration "10"',
        ),
        (
            "chat",
            {"model": MODEL, "messages": said("x"), "keep_alive": "soon"},
            400,
            'time: invalid duration "soon"',
        ),
        ("chat", {"model": MODEL, "messages": "x"}, 400, None),
        ("chat", {"model": MODEL, "messages": ["x"]}, 400, None),
        ("chat", {"model": MODEL, "messages": said("x"), "options": []}, 400, None),
    ],
)
def test_refusals(
    server: ThreadedServer,
    path: str,
    body: dict[str, Any],
    status: int,
    error: str | None,
    stream: bool,
) -> None:
    reply = httpx.post(f"{server.url}/api/{path}", json=body | {"stream": stream})
    assert reply.status_code == status
    assert reply.json().keys() == {"error"}
    if error is not None:
        assert reply.json()["error"] == error


@pytest.mark.parametrize("path", ["chat", "generate", "show", "pull", "embed"])
def test_no_body_and_broken_body(server: ThreadedServer, path: str) -> None:
    empty = httpx.post(f"{server.url}/api/{path}")
    assert (empty.status_code, empty.json()) == (400, {"error": "missing request body"})
    for content in ("{", "[]"):
        assert httpx.post(f"{server.url}/api/{path}", content=content).status_code == 400


def test_the_client_sees_status_and_text(client: ollama.Client) -> None:
    with pytest.raises(ollama.ResponseError) as missing:
        client.chat("llama9", said("x"))
    assert (missing.value.status_code, missing.value.error) == (404, "model 'llama9' not found")


# ── loading and letting go ──────────────────────────────────────────────────────────────────────


def test_an_empty_request_loads_and_unloads(client: ollama.Client, engine: Scripted) -> None:
    answer = client.chat(MODEL, [])
    assert (answer.done_reason, answer.message.content) == ("load", "")
    assert loaded(client) == ["scripted:latest"]
    assert client.generate(MODEL, keep_alive=0).done_reason == "unload"
    until(lambda: loaded(client) == [])
    assert (engine.loads, engine.unloads) == (["scripted:latest"], ["scripted:latest"])


def test_a_model_is_loaded_once_and_tells_how_long_it_stays(
    client: ollama.Client, engine: Scripted
) -> None:
    client.chat(MODEL, said("x"))
    client.chat(MODEL, said("y"), keep_alive="10m")
    (one,) = client.ps().models
    assert engine.loads == ["scripted:latest"]
    assert one.expires_at is not None
    left = one.expires_at - datetime.now(UTC)
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    assert (one.size_vram, one.context_length) == (0, 4096)


def test_keep_alive_nothing_seconds_and_for_ever(client: ollama.Client) -> None:
    client.chat(MODEL, said("x"), keep_alive=0)
    until(lambda: loaded(client) == [])
    client.chat(MODEL, said("x"), keep_alive=0.2)
    assert loaded(client) == ["scripted:latest"]
    until(lambda: loaded(client) == [])
    client.chat(MODEL, said("x"), keep_alive=-1)
    (one,) = client.ps().models
    assert one.expires_at is not None
    assert one.expires_at > datetime.now(UTC) + timedelta(days=36_500)


def test_a_model_that_is_in_use_is_not_let_go(client: ollama.Client, engine: Scripted) -> None:
    engine.hold()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.chat, MODEL, said("x"))
        assert engine.wait_until_active(1)
        assert client.generate(MODEL, keep_alive=0).done_reason == "unload"
        assert loaded(client) == ["scripted:latest"]
        engine.release()
        assert answer.result().message.content == "you said: x"
    until(lambda: loaded(client) == [])


def test_a_larger_context_loads_the_model_anew(client: ollama.Client, engine: Scripted) -> None:
    client.chat(MODEL, said("x"))
    client.chat(MODEL, said("x"), options={"num_ctx": 8192})
    client.chat(MODEL, said("x"), options={"num_ctx": 1024})
    assert engine.loads == ["scripted:latest"] * 2
    assert [one.context_length for one in client.ps().models] == [8192]


# ── many at once ────────────────────────────────────────────────────────────────────────────────


def test_six_at_once_on_two_slots(engine: Scripted) -> None:
    with (
        serve_in_thread(engine, Settings(slots=2)) as server,
        ThreadPoolExecutor(6) as pool,
    ):
        client = ollama.Client(server.url, timeout=20)
        client.chat(MODEL, [])
        engine.hold()
        asked = [pool.submit(client.chat, MODEL, said(str(n))) for n in range(6)]
        assert server.traffic.wait_for_status(None, times=6)
        assert engine.wait_until_active(2)
        engine.release()
        answers = {one.result().message.content for one in asked}
    assert answers == {f"you said: {n}" for n in range(6)}
    assert engine.most_active == 2
    assert set(server.traffic.asked_by_hash().values()) == {1}


def test_a_full_queue_is_refused_with_two_spaces(
    client: ollama.Client, engine: Scripted, server: ThreadedServer
) -> None:
    client.chat(MODEL, [])
    engine.hold()
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(client.chat, MODEL, said(str(n))) for n in range(4)]
        assert server.traffic.wait_for_status(None, times=4)
        assert engine.wait_until_active(2)
        for stream in (False, True):
            with pytest.raises(ollama.ResponseError) as refused:
                list(client.chat(MODEL, said("5"), stream=stream))
            assert (refused.value.status_code, refused.value.error) == (503, BUSY)
        engine.release()
        assert len([one.result() for one in asked]) == 4
    assert server.traffic.by_status() == {200: 5, 503: 2}


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_ends_the_work(
    server: ThreadedServer, engine: Scripted, stream: bool
) -> None:
    engine.hold()
    hasty = ollama.Client(server.url, timeout=0.3)
    with pytest.raises(httpx.ReadTimeout):
        list(hasty.chat(MODEL, said("x"), stream=stream))
    assert server.traffic.wait_for_status(499)
    assert engine.wait_until_active(0)
    engine.release()
    patient = ollama.Client(server.url, timeout=20)
    assert patient.chat(MODEL, said("y")).message.content == "you said: y"


def test_a_client_that_leaves_the_queue_makes_room(
    server: ThreadedServer, client: ollama.Client, engine: Scripted
) -> None:
    client.chat(MODEL, [])
    engine.hold()
    hasty = ollama.Client(server.url, timeout=0.5)
    with ThreadPoolExecutor(4) as pool:
        held = [pool.submit(client.chat, MODEL, said(str(n))) for n in range(2)]
        assert engine.wait_until_active(2)
        gone = [pool.submit(hasty.chat, MODEL, said(f"gone {n}")) for n in range(2)]
        assert all(isinstance(one.exception(), httpx.ReadTimeout) for one in gone)
        assert server.traffic.wait_for_status(499, times=2)
        waiting = pool.submit(client.chat, MODEL, said("next"))
        assert server.traffic.wait_for_status(None, times=3)
        engine.release()
        assert waiting.result().message.content == "you said: next"
        assert len([one.result() for one in held]) == 2
