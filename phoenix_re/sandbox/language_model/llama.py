"""An `Engine` over llama.cpp, by way of `xllamacpp`, which is imported when a model is loaded.

Each model runs in llama.cpp's own HTTP server, inside this process, on a port of 127.0.0.1 that
only this module has the key to: closing a request there is what ends its work, also while the
prompt is still being read. Prompts go as tokens, since Ollama's rules for what passes the context
are not llama.cpp's.
"""

import asyncio
import importlib
import importlib.util
import json
import os
import re
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from phoenix_re.sandbox.language_model import weights
from phoenix_re.sandbox.language_model.engine import (
    Ask,
    EngineError,
    Finish,
    Model,
    Piece,
)
from phoenix_re.sandbox.language_model.known_weights import KNOWN

THREADS = 1  # on two cores two threads were half as fast, and far slower with others at work
_BATCH_TOKENS = 128  # what is read before it is looked whether the client is still there
_SPARE_TOKENS = 256  # beyond the context, so that a prompt that fills it can still be answered
_KEPT_AT_START = 4  # Ollama's num_keep
_OPTIONS = {
    "num_predict": "n_predict",
    **{name: name for name in ("temperature", "top_k", "top_p", "min_p", "typical_p", "seed")},
    **{name: name for name in ("stop", "repeat_last_n", "repeat_penalty")},
    **{name: name for name in ("presence_penalty", "frequency_penalty")},
}
_DEFAULTS = {"temperature": 0.8, "top_k": 40, "top_p": 0.9, "repeat_penalty": 1.1}  # Ollama's


@dataclass(slots=True)
class _Running:
    server: Any  # xllamacpp.Server: it ends when nothing refers to it
    client: httpx.AsyncClient


class Llama:
    def __init__(self) -> None:
        self._running: dict[str, _Running] = {}

    def models(self) -> Sequence[Model]:
        return [
            Model(
                name=one.name,
                digest=one.sha256,
                size=one.size,
                modified_at=datetime.fromtimestamp(weights.path(one).stat().st_mtime, UTC),
                family=one.family,
                parameters=one.parameters,
                quantization=one.quantization,
                context_length=one.context_length,
                licence=one.licence,
            )
            for one in KNOWN.values()
            if weights.is_present(one)
        ]

    async def load(self, model: Model, context: int, slots: int) -> None:
        if importlib.util.find_spec("xllamacpp") is None:
            raise EngineError(
                "xllamacpp is not installed: run `make install` "
                "(pip: `pip install 'phoenix-re[embedded]'`)"
            )
        self._running[model.name] = await asyncio.to_thread(_start, model, context, slots)

    async def unload(self, model: Model) -> None:
        running = self._running.pop(model.name)
        await _until_idle(running.client)  # its end would hold the interpreter lock until then
        await running.client.aclose()
        await asyncio.to_thread(_end, running)

    async def answer(self, model: Model, ask: Ask) -> AsyncGenerator[Piece | Finish, None]:
        running = self._running[model.name]
        tokens = await _prompt(running.client, ask)
        body = {**_sampling(ask), "prompt": tokens, "stream": True, "cache_prompt": True}
        try:
            async with running.client.stream("POST", "/completion", json=body) as reply:
                if reply.status_code != httpx.codes.OK:
                    raise _failure(reply.status_code, await reply.aread(), ask)
                async for line in reply.aiter_lines():
                    part = _part(line)
                    if part is not None:
                        yield part
                    if isinstance(part, Finish):
                        return
        except httpx.HTTPError as problem:
            raise EngineError(f"llama runner process no longer running: {problem}") from problem

    async def pull(self, name: str) -> AsyncIterator[Mapping[str, Any]]:
        try:
            wanted = weights.known(name)
            async for step in weights.pull(wanted):
                line: dict[str, Any] = {"status": step.status}
                if step.status.startswith("pulling"):
                    line["digest"] = f"sha256:{wanted.sha256}"
                    line |= {"total": step.total, "completed": step.completed}
                yield line
        except weights.WeightsError as problem:
            raise EngineError(f"pull model manifest: {problem}") from problem

    async def delete(self, model: Model) -> None:
        weights.remove(weights.known(model.name))


def _start(model: Model, context: int, slots: int) -> _Running:
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # read when the library is loaded
    xllamacpp: Any = importlib.import_module("xllamacpp")
    key = secrets.token_hex(16)
    params = xllamacpp.CommonParams()
    params.model.path = str(weights.path(weights.known(model.name)))
    params.n_parallel = slots
    params.n_batch = params.n_ubatch = _BATCH_TOKENS
    params.n_ctx = (context + _SPARE_TOKENS) * slots
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = THREADS
    params.cache_ram_mib = 0  # else it keeps the states of old prompts, up to 8 GB
    params.n_threads_http = slots + 2
    params.api_keys = [key]
    params.ui = False
    params.verbosity = 0
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as problem:
        raise EngineError(f"llama runner could not load {model.name}: {problem}") from problem
    client = httpx.AsyncClient(
        base_url=server.listening_address,
        headers={"authorization": f"Bearer {key}"},
        timeout=httpx.Timeout(
            None, connect=10
        ),  # a client that has waited enough leaves, and that ends it
        limits=httpx.Limits(max_keepalive_connections=0),  # it closes them without a word
        trust_env=False,
    )
    return _Running(server, client)


async def _until_idle(client: httpx.AsyncClient) -> None:
    """Requests that were closed end with the batch that they are in.

    llama.cpp looks for a closed connection after a second in which nothing else was answered.
    """
    try:
        while any(slot["is_processing"] for slot in (await client.get("/slots")).json()):
            await asyncio.sleep(1.5)
    except httpx.HTTPError as problem:
        raise EngineError(f"llama runner process no longer running: {problem}") from problem


def _end(running: _Running) -> None:
    running.server = None


# ── what is asked ───────────────────────────────────────────────────────────────────────────────


async def _prompt(client: httpx.AsyncClient, ask: Ask) -> list[int]:
    """Tokens that fit the context: without the oldest messages, else without the beginning."""
    messages = list(ask.messages)
    while True:
        tokens = await _tokens(client, ask, messages)
        if len(tokens) <= ask.context:
            return tokens
        if not ask.truncate:
            raise EngineError("the input length exceeds the context length", 400)
        oldest = next((at for at, m in enumerate(messages[:-1]) if m["role"] != "system"), None)
        if oldest is None:
            break
        del messages[oldest]
    return tokens[:_KEPT_AT_START] + tokens[_KEPT_AT_START - ask.context :]


async def _tokens(
    client: httpx.AsyncClient, ask: Ask, messages: Sequence[Mapping[str, str]]
) -> list[int]:
    text = ask.raw
    if text is None:
        text = (await _post(client, "/apply-template", {"messages": messages}, ask))["prompt"]
    body = {"content": text, "add_special": True, "parse_special": True}
    return (await _post(client, "/tokenize", body, ask))["tokens"]


async def _post(client: httpx.AsyncClient, path: str, body: Any, ask: Ask) -> Any:
    try:
        reply = await client.post(path, json=body)
    except httpx.HTTPError as problem:
        raise EngineError(f"llama runner process no longer running: {problem}") from problem
    if reply.status_code != httpx.codes.OK:
        raise _failure(reply.status_code, reply.content, ask)
    return reply.json()


def _sampling(ask: Ask) -> dict[str, Any]:
    given = {_OPTIONS[name]: v for name, v in ask.options.items() if name in _OPTIONS}
    body = _DEFAULTS | given
    if ask.top_logprobs is not None:
        body["n_probs"] = max(1, ask.top_logprobs)
    if ask.format == "json":
        body["json_schema"] = {"type": "object"}
    elif ask.format is not None:
        body["json_schema"] = enforceable(ask.format)
    return body


def enforceable(schema: Any) -> Any:
    """The same schema with patterns that llama.cpp enforces: `\\d` and `\\w` it ignores."""
    if isinstance(schema, Mapping):
        return {
            name: _spelt_out(value)
            if name == "pattern" and isinstance(value, str)
            else enforceable(value)
            for name, value in schema.items()
        }
    return [enforceable(one) for one in schema] if isinstance(schema, list) else schema


def _spelt_out(pattern: str) -> str:
    within = False
    parts: list[str] = []
    for part in re.findall(r"\\.|.", pattern, re.DOTALL):
        within = (within or part == "[") and part != "]"
        members = {r"\d": "0-9", r"\w": "A-Za-z0-9_"}.get(part)
        parts.append(part if members is None else members if within else f"[{members}]")
    return "".join(parts)


# ── what comes back ─────────────────────────────────────────────────────────────────────────────


def _part(line: str) -> Piece | Finish | None:
    kind, _, content = line.partition(": ")
    if kind not in ("data", "error") or not content.startswith("{"):
        return None
    told = json.loads(content)
    if told.get("stop"):
        timings = told["timings"]
        return Finish(
            reason="length" if told["stop_type"] == "limit" else "stop",
            prompt_tokens=told["tokens_evaluated"],
            answer_tokens=told["tokens_predicted"],
            prompt_ns=round(timings["prompt_ms"] * 1e6),
            answer_ns=round(timings["predicted_ms"] * 1e6),
        )
    if "error" in told:
        raise EngineError(str(told["error"].get("message", told["error"])))
    logprobs = tuple(
        {name: one.get(name) for name in ("token", "logprob", "bytes", "top_logprobs")}
        for one in told.get("completion_probabilities", ())
    )
    return Piece(told["content"], logprobs) if told["content"] or logprobs else None


def _failure(status: int, body: bytes, ask: Ask) -> EngineError:
    try:
        told = json.loads(body)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        told = body.decode(errors="replace")[:500]
    if status == httpx.codes.BAD_REQUEST and isinstance(ask.format, Mapping):
        return EngineError(f"invalid JSON schema in format: {told}")
    return EngineError(f"llama runner: {told}")
