"""A small Ollama over a real socket: answers as told, as slowly and as badly as told.

Slots, queue, delay, loading and the error texts are those of `upstreams/09-ollama.md`. It runs on a
loop of its own thread; `kill` cuts every connection and closes the port, `start` opens the same one
again. What it answers is the test's.
"""

import asyncio
import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from phoenix_re.sandbox import wire

BUSY = "server busy, please try again.  maximum pending requests exceeded"
EMPTY = '{"claims":[]}'
Fault = Literal["malformed", "empty", "404", "503", "500", "400", "hang", "cut", "reset", "html"]
Answer = Callable[[str], str]


class FakeOllama:
    """`faults` are met by the next chats, in turn; `always` by every one. Attributes may be set
    while it runs."""

    def __init__(
        self,
        *,
        delay_s: float = 0.0,
        slots: int = 1,
        queue: int = 512,
        models: tuple[str, ...] = ("tiny:latest",),
        answer: Answer = lambda text: EMPTY,
    ) -> None:
        self.delay_s = delay_s
        self.models = list(models)
        self.answer = answer
        self.faults: deque[Fault] = deque()
        self.always: Fault | None = None
        self.asked: list[dict[str, Any]] = []  # bodies of chats with messages, as they arrive
        self.answered: list[str] = []  # user messages that got a whole answer
        self.at_most = 0  # chats worked on at once
        self.tokens: set[str | None] = set()  # that requests for version and models came with
        self.loads: list[Any] = []  # keep_alive of chats without messages
        self.loaded: set[str] = set()
        self.prompt_tokens = 26
        self.held = False  # while it is, no chat is answered
        self._slots, self._queue = slots, queue
        self._working = self._pending = 0
        self.pending_now = threading.Condition()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._free: asyncio.Semaphore = self._on_loop(self._semaphore())
        self._listener = self._listening(0)
        self.host = self._listener.url
        self.start()

    def start(self) -> None:
        if not self._listener.is_open:
            self._on_loop(self._listener.open())

    def _listening(self, port: int) -> wire.Listener:
        sock = wire.bind(port)
        # asyncio leaves Nagle on where a socket does not name its protocol: 40 ms a call
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener = wire.Listener(sock)
        listener.answer_with(self._app())
        return listener

    def kill(self) -> None:
        """The port is closed and every connection cut; what was loaded is forgotten."""
        self._on_loop(self._closed())
        self._listener = self._listening(self._listener.port)
        self.loaded.clear()

    def stop(self) -> None:
        self._on_loop(self._closed())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def wait_until_pending(self, n: int, seconds: float = 10.0) -> None:
        """Until so many chats are in the house, waiting or worked on."""
        with self.pending_now:
            assert self.pending_now.wait_for(lambda: self._pending >= n, seconds)

    # ── inside ──────────────────────────────────────────────────────────────────────────────────

    def _on_loop(self, doing: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(10)

    async def _semaphore(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(self._slots)

    async def _closed(self) -> None:
        self._listener.close()

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/version", self._version),
                Route("/api/tags", self._tags),
                Route("/api/ps", self._ps),
                Route("/api/chat", self._chat, methods=["POST"]),
                Route("/api/pull", self._pull, methods=["POST"]),
            ]
        )

    async def _version(self, request: Request) -> Response:
        self.tokens.add(request.headers.get("authorization"))
        return JSONResponse({"version": "0.12.0"})

    async def _tags(self, request: Request) -> Response:
        self.tokens.add(request.headers.get("authorization"))
        return JSONResponse({"models": [_model(name) for name in self.models]})

    async def _ps(self, request: Request) -> Response:
        models = [{**_model(n), "size_vram": 750} for n in self.loaded]
        return JSONResponse({"models": models})

    async def _pull(self, request: Request) -> Response:
        self.models.append((await request.json())["model"])
        lines = [
            {"status": "pulling manifest"},
            {"status": "pulling a80c", "total": 100, "completed": 50},
            {"status": "success"},
        ]
        return PlainTextResponse("".join(json.dumps(line) + "\n" for line in lines))

    async def _chat(self, request: Request) -> Response:
        body = await request.json()
        name = body["model"]
        if name.removesuffix(":latest") not in {m.removesuffix(":latest") for m in self.models}:
            return JSONResponse({"error": f"model '{name}' not found"}, 404)
        if self._pending >= self._slots + self._queue:
            return JSONResponse({"error": BUSY}, 503)
        with self._in_the_house():
            if not body["messages"]:
                self.loads.append(body.get("keep_alive"))
                self.loaded.add(name)
                return JSONResponse(self._reply(name, "", "load"))
            self.asked.append(body)
            fault = self.always or (self.faults.popleft() if self.faults else None)
            text = body["messages"][-1]["content"]
            if early := await self._early_fault(fault, name, request):
                return early
            async with self._free:
                self._working += 1
                self.at_most = max(self.at_most, self._working)
                try:
                    await asyncio.sleep(self.delay_s)
                    while self.held:
                        await asyncio.sleep(0.002)
                finally:
                    self._working -= 1
            self.loaded.add(name)
            content = {"malformed": '{"claims":[{', "empty": "", "cut": '{"cla'}.get(
                fault or "", self.answer(text)
            )
            if fault is None:
                self.answered.append(text)
            return JSONResponse(self._reply(name, content, "length" if fault == "cut" else "stop"))

    async def _early_fault(
        self, fault: Fault | None, name: str, request: Request
    ) -> Response | None:
        match fault:
            case "404":
                text = f'model "{name}" not found, try pulling it first'
                return JSONResponse({"error": text}, 404)
            case "503":
                return JSONResponse({"error": BUSY}, 503)
            case "500":
                return JSONResponse({"error": "llama runner process has terminated"}, 500)
            case "400":
                return JSONResponse({"error": f'"{name}" does not support chat'}, 400)
            case "html":
                return PlainTextResponse("<html>It works!</html>")
            case "hang":
                await wire.gone(request.receive)
            case "reset":
                await wire.reset(request.scope, request.receive)
            case _:
                return None
        return Response(status_code=499)

    @contextmanager
    def _in_the_house(self) -> Iterator[None]:
        self._count(+1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        with self.pending_now:
            self._pending += change
            self.pending_now.notify_all()

    def _reply(self, name: str, content: str, reason: str) -> dict[str, Any]:
        return {
            "model": name,
            "created_at": "2026-08-21T18:48:22.123456Z",
            "message": {"role": "assistant", "content": content},
            "done_reason": reason,
            "done": True,
            "load_duration": 5_000_000,
            "prompt_eval_count": self.prompt_tokens,
            "eval_count": 14,
        }


def _model(name: str) -> dict[str, Any]:
    details = {"family": "llama", "families": None, "parameter_size": "3.2B"}
    return {"name": name, "model": name, "size": 1000, "digest": "a80c4f17", "details": details}
