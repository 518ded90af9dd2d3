"""Ollama's HTTP API over an `Engine`: paths, shapes, errors, streams.

Paths that Ollama has and this server has not (create, copy, push, `/v1`) are 404. What a request
may say is in `asking.py`, when it is served in `residency.py`, where it is served in `server.py`.
"""

import asyncio
import contextlib
import json
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from phoenix_re.sandbox.language_model import asking
from phoenix_re.sandbox.language_model.engine import (
    Ask,
    Engine,
    EngineError,
    Finish,
    Model,
    Piece,
    same_name,
)
from phoenix_re.sandbox.language_model.residency import Residency, Settings
from phoenix_re.sandbox.language_model.traffic import Traffic

VERSION = "0.12.0-phoenix-re"  # the API's as of which this is written, and that it is not Ollama
PID_HEADER = "x-phoenix-re-pid"

Line = dict[str, Any]
Lines = AsyncGenerator[Line, None]
Shape = Callable[[str], Line]


class Api:
    """The application is `app`; `close` unloads what is loaded."""

    def __init__(self, engine: Engine, settings: Settings, traffic: Traffic) -> None:
        self._engine = engine
        self._traffic = traffic
        self._residency = Residency(engine, settings)
        self.app = Starlette(
            routes=[
                Route("/", _says_that_it_runs),
                Route("/api/version", _version),
                Route("/api/tags", self._tags),
                Route("/api/ps", self._ps),
                Route("/api/show", self._show, methods=["POST"]),
                Route("/api/chat", self._chat, methods=["POST"]),
                Route("/api/generate", self._generate, methods=["POST"]),
                Route("/api/embed", self._embed, methods=["POST"]),
                Route("/api/embeddings", self._embed, methods=["POST"]),
                Route("/api/pull", self._pull, methods=["POST"]),
                Route("/api/delete", self._delete, methods=["DELETE"]),
            ],
            exception_handlers={EngineError: _error},
        )

    async def close(self) -> None:
        await self._residency.close()

    # ── models ──────────────────────────────────────────────────────────────────────────────────

    async def _tags(self, request: HttpRequest) -> Response:
        return JSONResponse({"models": [_listed(model) for model in self._engine.models()]})

    async def _ps(self, request: HttpRequest) -> Response:
        rows = [
            _named(one.model)
            | {
                "expires_at": _moment(one.expires_at),
                "size_vram": 0,
                "context_length": one.context,
            }
            for one in self._residency.loaded()
        ]
        return JSONResponse({"models": rows})

    async def _show(self, request: HttpRequest) -> Response:
        model = self._model(asking.model_name(await _body(request)))
        info = {
            "general.architecture": model.family,
            "general.parameter_count": model.parameters,
            f"{model.family}.context_length": model.context_length,
        }
        return JSONResponse(
            {
                "license": model.licence,
                "modelfile": f"FROM {model.name}\n",
                "parameters": "",
                "template": "",  # the one inside the weights; it is none of Ollama's language
                "system": "",
                "details": _details(model),
                "model_info": info,
                "capabilities": ["completion"],
                "modified_at": _moment(model.modified_at),
            }
        )

    async def _embed(self, request: HttpRequest) -> Response:
        model = self._model(asking.model_name(await _body(request)))
        raise EngineError(f'"{model.name}" does not support embedding', 400)

    async def _pull(self, request: HttpRequest) -> "Reply":
        body = await _body(request)
        name = asking.model_name(body)
        return Reply(self._pulling(name), stream=body.get("stream") is not False)

    async def _pulling(self, name: str) -> Lines:
        yield {"status": "pulling manifest"}
        async with contextlib.aclosing(_generator(self._engine.pull(name))) as lines:
            async for line in lines:
                yield dict(line)

    async def _delete(self, request: HttpRequest) -> Response:
        model = self._model(asking.model_name(await _body(request)))
        self._residency.unload(model)
        await self._engine.delete(model)
        return Response()

    def _model(self, name: str) -> Model:
        for model in self._engine.models():
            if same_name(model.name, name):
                return model
        raise EngineError(f"model '{name}' not found", 404)

    # ── answers ─────────────────────────────────────────────────────────────────────────────────

    async def _chat(self, request: HttpRequest) -> Response:
        def shape(text: str) -> Line:
            return {"message": {"role": "assistant", "content": text}}

        return await self._answer(request, asking.chat, shape)

    async def _generate(self, request: HttpRequest) -> Response:
        return await self._answer(request, asking.generate, lambda text: {"response": text})

    async def _answer(
        self,
        request: HttpRequest,
        read: Callable[[asking.Body, float, int], asking.Request],
        shape: Shape,
    ) -> Response:
        settings = self._residency.settings
        asked = read(await _body(request), settings.keep_alive, settings.context)
        noted = self._traffic.arrived(asked.ask, request.url.path)
        try:
            model = self._model(asked.ask.model)
        except EngineError as problem:
            self._traffic.ended(noted, problem.status)
            raise
        if asked.is_empty:
            lines = self._resting(model, asked, shape)
        else:
            lines = self._answering(model, asked, shape)
        return Reply(lines, asked.stream, lambda status: self._traffic.ended(noted, status))

    async def _resting(self, model: Model, asked: asking.Request, shape: Shape) -> Lines:
        """No prompt: only load the model, or let it go."""
        if asked.unloads:
            self._residency.unload(model)
        else:
            async with self._residency.serving(model, asked.ask.context, asked.keep_alive):
                pass
        reason = "unload" if asked.unloads else "load"
        yield _head(asked.ask) | shape("") | {"done_reason": reason, "done": True}

    async def _answering(self, model: Model, asked: asking.Request, shape: Shape) -> Lines:
        ask = asked.ask
        began = time.perf_counter_ns()
        finish: Finish | None = None
        gathered: list[Piece] = []
        async with (
            self._residency.serving(model, ask.context, asked.keep_alive) as load_ns,
            contextlib.aclosing(_generator(self._engine.answer(model, ask))) as parts,
        ):
            async for part in parts:
                if isinstance(part, Finish):
                    finish = part
                elif asked.stream:
                    yield _head(ask) | shape(part.text) | {"done": False} | _logprobs([part])
                else:
                    gathered.append(part)
        if finish is None:
            raise EngineError("the model stopped without an end")
        yield {
            **_head(ask),
            **shape("".join(piece.text for piece in gathered)),
            **_logprobs(gathered),
            "done_reason": finish.reason,
            "done": True,
            "total_duration": time.perf_counter_ns() - began,
            "load_duration": load_ns,
            "prompt_eval_count": finish.prompt_tokens,
            "prompt_eval_duration": finish.prompt_ns,
            "eval_count": finish.answer_tokens,
            "eval_duration": finish.answer_ns,
        }


class Reply(Response):
    """Lines as NDJSON while they come, or the last one alone; a client that leaves ends the work.

    What fails before the first line has a status of its own; after it, the status is out, and the
    error is the last line. `ended` is told the status before the last byte goes out: 499 where the
    client left first.
    """

    def __init__(
        self, lines: Lines, stream: bool, ended: Callable[[int], None] = lambda status: None
    ) -> None:
        super().__init__()
        self._lines = lines
        self._streams = stream
        self._ended: Callable[[int], None] | None = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        work = asyncio.ensure_future(self._reply(scope, receive, send))
        watch = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        finally:
            has_failed = work.done() and not work.cancelled() and work.exception() is not None
            watch.cancel()
            work.cancel()
            await asyncio.gather(work, watch, return_exceptions=True)
            await self._lines.aclose()
            self._end(500 if has_failed else 499)

    async def _reply(self, scope: Scope, receive: Receive, send: Send) -> None:
        line: Line = {}
        started = False
        try:
            async for line in self._lines:
                if self._streams:
                    await (self._more(send, line) if started else self._start(send, line))
                    started = True
        except EngineError as problem:
            self._end(500 if started else problem.status)
            if not started:
                await _error_reply(problem)(scope, receive, send)
                return
            await self._more(send, {"error": str(problem)})
        else:
            self._end(200)
        if self._streams:
            await send({"type": "http.response.body", "body": b""})
        else:
            await JSONResponse(line)(scope, receive, send)

    def _end(self, status: int) -> None:
        """Only the first one counts."""
        ended, self._ended = self._ended, None
        if ended is not None:
            ended(status)

    async def _start(self, send: Send, line: Line) -> None:
        headers = [(b"content-type", b"application/x-ndjson")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._more(send, line)

    async def _more(self, send: Send, line: Line) -> None:
        body = json.dumps(line, ensure_ascii=False).encode() + b"\n"
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _generator(items: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
    """The same items, and closing it closes where they come from."""
    try:
        async for item in items:
            yield item
    finally:
        if isinstance(items, AsyncGenerator):
            await items.aclose()


async def _says_that_it_runs(request: HttpRequest) -> Response:
    return PlainTextResponse("Ollama is running")


async def _version(request: HttpRequest) -> Response:
    return JSONResponse({"version": VERSION}, headers={PID_HEADER: str(os.getpid())})


async def _body(request: HttpRequest) -> asking.Body:
    return asking.body_of(await request.body())


def _error(request: HttpRequest, problem: Any) -> Response:
    return _error_reply(problem)


def _error_reply(problem: EngineError) -> Response:
    return JSONResponse({"error": str(problem)}, problem.status)


def _head(ask: Ask) -> Line:
    return {"model": ask.model, "created_at": _moment(datetime.now(UTC))}


def _logprobs(pieces: list[Piece]) -> Line:
    told = [logprob for piece in pieces for logprob in piece.logprobs]
    return {"logprobs": told} if told else {}


def _named(model: Model) -> Line:
    return {
        "name": model.name,
        "model": model.name,
        "size": model.size,
        "digest": model.digest,
        "details": _details(model),
    }


def _listed(model: Model) -> Line:
    return _named(model) | {"modified_at": _moment(model.modified_at)}


def _details(model: Model) -> Line:
    return {
        "parent_model": "",
        "format": "gguf",
        "family": model.family,
        "families": [model.family],
        "parameter_size": model.parameter_size,
        "quantization_level": model.quantization,
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
