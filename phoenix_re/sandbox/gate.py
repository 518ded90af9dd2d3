"""What stands before every upstream: its limits, its robots.txt, the general faults, the log.

One `Gate` is the ASGI application of one port. What only one upstream can do wrong is in its own
module; what a connection can do is in `wire.py`.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import Message, Receive, Scope, Send

from phoenix_re.sandbox import wire
from phoenix_re.sandbox.scene import REASON_HEADER, Scene, Upstream
from phoenix_re.sandbox.traffic import Entry, Traffic, now_utc

SLOW_PIECES = 20
SLOW_SECONDS = 2.0  # from the first piece of a trickling body to the last
THROTTLE_FAULT_SECONDS = 1.0

_BROKEN = (500, 502, 503, 504)
_BEFORE = ("reset", "hang", "throttle", "error_5xx", "bom_html")  # in place of an answer
_AFTER = ("truncate", "malformed", "slow_body")  # what befalls an answer's body
_REASON = REASON_HEADER.encode()
_BLOCKED_PAGE = (
    "\ufeff<!DOCTYPE html>\n<html><head><title>One moment</title></head>"
    "<body><h1>Checking your browser</h1><p>Please come back in a moment.</p></body></html>\n"
)


class Gate:
    """ASGI application: `upstream` with all that the sandbox adds."""

    def __init__(self, upstream: Upstream, scene: Scene, traffic: Traffic, seed: int) -> None:
        self.traffic = traffic
        self._upstream = upstream
        self._scene = scene
        self._seed = seed
        self._app = Starlette(routes=upstream.routes(scene))
        self.begin_faults_anew()

    def begin_faults_anew(self) -> None:
        """Each fault has a sequence of its own, so that one does not shift another."""
        name = f"{self._seed}|{self._upstream.name}"
        self._chance = {f: Random(f"{name}|{f}") for f in (*_BEFORE, *_AFTER, "latency_ms")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        arrived = self.traffic.arrive()
        at = now_utc()
        sent = _Sent(send)
        key, fault = "", None
        try:
            if scope["path"] == "/robots.txt":
                wait = 0.0  # asking what is allowed uses no one's calls
            else:
                key = self._key(scope, receive)
                wait = self.traffic.judge(key, arrived)
            if wait > 0:
                fault = "limit"
                await self._throttled(Request(scope, receive), wait)(scope, receive, sent)
            else:
                fault = await self._answer(scope, receive, sent)
        finally:
            self.traffic.leave(
                Entry(
                    at,
                    key,
                    scope["method"],
                    scope["path"],
                    scope["query_string"].decode("latin-1"),
                    _kind(scope, self._app.routes),
                    sent.status,
                    self.traffic.seconds_since(arrived),
                    sent.size,
                    fault,
                )
            )

    def _key(self, scope: Scope, receive: Receive) -> str:
        key_of = self._upstream.key_of
        return key_of(Request(scope, receive)) if key_of else ""

    def _throttled(self, request: Request, seconds: float) -> Response:
        if self._upstream.throttled:
            return self._upstream.throttled(request, seconds)
        headers = {"retry-after": str(math.ceil(seconds))}
        return PlainTextResponse("Too Many Requests", 429, headers)

    async def _answer(self, scope: Scope, receive: Receive, sent: "_Sent") -> str | None:
        """Answer, or do what the faults say; which fault struck."""
        faults = self._scene.faults.get(self._upstream.name, {})
        if not faults:
            await self._without_faults(scope, receive, sent)
            return None
        if latency := self._latency(faults.get("latency_ms", 0)):
            await asyncio.sleep(latency)
        struck = {name for name in (*_BEFORE, *_AFTER) if self._strikes(name, faults)}
        before = next((name for name in _BEFORE if name in struck), None)
        if before:
            await self._instead(before, scope, receive, sent)
            return before
        after = next((name for name in _AFTER if name in struck), None)
        if after and await self._spoilt(after, scope, receive, sent):
            return after
        if not after:
            await self._without_faults(scope, receive, sent)
        return "latency_ms" if latency else None

    def _latency(self, value: Any) -> float:
        """Seconds."""
        if isinstance(value, int | float):
            return value / 1000
        least, most = value
        return self._chance["latency_ms"].uniform(least, most) / 1000

    def _strikes(self, name: str, faults: Mapping[str, Any]) -> bool:
        share = faults.get(name, 0)
        return bool(share) and self._chance[name].random() < share

    async def _instead(self, fault: str, scope: Scope, receive: Receive, sent: "_Sent") -> None:
        match fault:
            case "reset":
                await wire.reset(scope, receive)
            case "hang":
                await wire.gone(receive)
            case "throttle":
                reply = self._throttled(Request(scope, receive), THROTTLE_FAULT_SECONDS)
                await reply(scope, receive, sent)
            case "error_5xx":
                status = self._chance[fault].choice(_BROKEN)
                page = f"<html><body><h1>{status}</h1></body></html>"
                await HTMLResponse(page, status)(scope, receive, sent)
            case "bom_html":
                await HTMLResponse(_BLOCKED_PAGE)(scope, receive, sent)

    async def _spoilt(self, fault: str, scope: Scope, receive: Receive, sent: "_Sent") -> bool:
        """The upstream's answer, spoilt; False if the answer gave no occasion (and was sent)."""
        reply = _Reply()
        await self._inner(scope, receive, reply)
        body = bytes(reply.body)
        is_json = any(n == b"content-type" and b"json" in v for n, v in reply.headers)
        if len(body) < 2 or (fault == "malformed" and not is_json):
            await reply.send_by(scope, receive, sent)
        elif fault == "malformed":
            half = body[: len(body) // 2]
            await reply.with_body(half).send_by(scope, receive, sent)
            return True
        elif fault == "truncate":
            half = body[: len(body) // 2]
            sent.status, sent.size = reply.status, len(half)
            reason = wire.phrase(reply.status)
            await wire.write_and_close(scope, receive, reply.status, reason, reply.headers, half)
            return True
        else:
            await reply.trickle(sent)
            return True
        return False

    async def _without_faults(self, scope: Scope, receive: Receive, sent: "_Sent") -> None:
        """The fast road: a reply is handed on piece by piece, unless it has a phrase of its own."""
        held: _Reply | None = None

        async def send(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _has_reason(message):
                held = _Reply()
            await (sent if held is None else held)(message)

        await self._inner(scope, receive, send)
        if held is not None:
            await held.send_by(scope, receive, sent)

    async def _inner(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/robots.txt" and self._upstream.robots is not None:
            await PlainTextResponse(self._upstream.robots)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class _Sent:
    """Hands messages on and remembers what went out."""

    __slots__ = ("_send", "size", "status")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None
        self.size = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.size += len(message.get("body", b""))
        await self._send(message)


class _Reply:
    """A whole reply, held back."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: wire.Headers = []
        self.body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message["headers"])
        else:
            self.body += message.get("body", b"")

    def with_body(self, body: bytes) -> "_Reply":
        other = _Reply()
        other.status = self.status
        length = (b"content-length", str(len(body)).encode())
        other.headers = [h for h in self.headers if h[0] != b"content-length"] + [length]
        other.body = bytearray(body)
        return other

    async def send_by(self, scope: Scope, receive: Receive, sent: _Sent) -> None:
        reasons = [value for name, value in self.headers if name == _REASON]
        if not reasons:
            await sent(self._start())
            await sent({"type": "http.response.body", "body": bytes(self.body)})
            return
        sent.status, sent.size = self.status, len(self.body)
        headers = [h for h in self.with_body(bytes(self.body)).headers if h[0] != _REASON]
        reason = reasons[0].decode("latin-1")
        await wire.write_and_close(scope, receive, self.status, reason, headers, bytes(self.body))

    async def trickle(self, sent: _Sent) -> None:
        await sent(self._start())
        step = math.ceil(len(self.body) / SLOW_PIECES)
        for begin in range(0, len(self.body), step):
            piece = bytes(self.body[begin : begin + step])
            await sent({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(SLOW_SECONDS / SLOW_PIECES)
        await sent({"type": "http.response.body", "body": b""})

    def _start(self) -> Message:
        headers = [h for h in self.headers if h[0] != _REASON]
        return {"type": "http.response.start", "status": self.status, "headers": headers}


def _has_reason(message: Message) -> bool:
    return any(name == _REASON for name, _ in message["headers"])


def _kind(scope: Scope, routes: Sequence[BaseRoute]) -> str:
    """The path with its variables named; what no route answers is one kind."""
    path: str = scope["path"]
    if path == "/robots.txt":
        return path
    values = scope.get("path_params")
    if "endpoint" not in scope:  # it never came to the routes
        found = (
            child for match, child in (r.matches(scope) for r in routes) if match is Match.FULL
        )
        values = next(found, {}).get("path_params")
    if values is None:
        return "(no route)"
    for name, value in values.items():
        path = path.replace(str(value), f"{{{name}}}")
    return path
