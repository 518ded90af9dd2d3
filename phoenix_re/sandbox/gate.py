"""What stands before every upstream: its limits, its robots.txt, the general faults.

One `Gate` is the ASGI application of one port. What only one upstream can do wrong is in its own
module; how a reply leaves is in `exchange.py`, what a connection can do in `wire.py`.
"""

import asyncio
import math
from collections.abc import Mapping
from random import Random
from typing import Any

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Match
from starlette.types import Message, Receive, Scope, Send

from phoenix_re.sandbox.exchange import Exchange, HeldReply, has_own_reason, kind_of
from phoenix_re.sandbox.scene import Scene, Upstream
from phoenix_re.sandbox.traffic import Traffic

ROBOTS = "/robots.txt"
THROTTLE_FAULT_SECONDS = 1.0

_BROKEN = (500, 502, 503, 504)
_BEFORE = ("reset", "hang", "throttle", "error_5xx", "bom_html")  # in place of an answer
_AFTER = ("truncate", "malformed", "slow_body")  # what befalls an answer's body
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
        exchange = Exchange(scope, receive, send, self.traffic)
        try:
            wait = self._seconds_to_wait(exchange)
            if wait > 0:
                exchange.fault, exchange.kind = "limit", self._kind_of_unasked(scope)
                await exchange.reply(self._throttled(exchange, wait))
            else:
                await self._answer(exchange)
        finally:
            exchange.enter()

    def _seconds_to_wait(self, exchange: Exchange) -> float:
        if exchange.path == ROBOTS:
            exchange.kind = ROBOTS
            return 0.0  # asking what is allowed uses no one's calls
        if self._upstream.key_of:
            exchange.key = self._upstream.key_of(exchange.request)
        return self.traffic.judge(exchange.key, exchange.arrived)

    def _throttled(self, exchange: Exchange, seconds: float) -> Response:
        if self._upstream.throttled:
            return self._upstream.throttled(exchange.request, seconds)
        headers = {"retry-after": str(math.ceil(seconds))}
        return PlainTextResponse("Too Many Requests", 429, headers)

    async def _answer(self, exchange: Exchange) -> None:
        """Answer, or do what the faults say."""
        faults = self._scene.faults.get(self._upstream.name)
        if not faults:
            await self._without_faults(exchange)
            return
        if latency := faults.get("latency_ms"):
            exchange.fault = "latency_ms"
            await asyncio.sleep(self._seconds(latency))
        # All are asked, though one strikes: a sequence goes on with every call.
        struck = [name for name in (*_BEFORE, *_AFTER) if self._strikes(name, faults)]
        if not struck:
            await self._without_faults(exchange)
        elif struck[0] in _BEFORE:
            exchange.fault, exchange.kind = struck[0], self._kind_of_unasked(exchange.scope)
            await self._instead(struck[0], exchange)
        else:
            await self._spoilt(struck[0], exchange)

    def _seconds(self, latency: Any) -> float:
        if isinstance(latency, int | float):
            return latency / 1000
        least, most = latency
        return self._chance["latency_ms"].uniform(least, most) / 1000

    def _strikes(self, name: str, faults: Mapping[str, Any]) -> bool:
        share = faults.get(name, 0)
        return bool(share) and self._chance[name].random() < share

    async def _instead(self, fault: str, exchange: Exchange) -> None:
        match fault:
            case "reset":
                await exchange.reset()
            case "hang":
                await exchange.never()
            case "throttle":
                await exchange.reply(self._throttled(exchange, THROTTLE_FAULT_SECONDS))
            case "error_5xx":
                status = self._chance[fault].choice(_BROKEN)
                page = f"<html><body><h1>{status}</h1></body></html>"
                await exchange.reply(HTMLResponse(page, status))
            case "bom_html":
                await exchange.reply(HTMLResponse(_BLOCKED_PAGE))

    async def _spoilt(self, fault: str, exchange: Exchange) -> None:
        """The upstream's answer, spoilt if there is something to spoil."""
        held = HeldReply()
        await self._ask(exchange, held.take)
        if len(held.body) < 2 or (fault == "malformed" and not held.is_json):
            await held.go(exchange)
            return
        exchange.fault = fault
        match fault:
            case "malformed":
                await held.go(exchange, bytes(held.body[: len(held.body) // 2]))
            case "truncate":
                await held.go_in_part(exchange)
            case "slow_body":
                await held.trickle(exchange)

    async def _without_faults(self, exchange: Exchange) -> None:
        """The fast road: a reply is handed on piece by piece, unless it has a phrase of its own."""
        held: HeldReply | None = None

        async def send(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and has_own_reason(message):
                held = HeldReply()
            await (exchange.send if held is None else held.take)(message)

        await self._ask(exchange, send)
        if held is not None:
            await held.go(exchange)

    async def _ask(self, exchange: Exchange, send: Send) -> None:
        if exchange.path == ROBOTS and self._upstream.robots is not None:
            await PlainTextResponse(self._upstream.robots)(exchange.scope, exchange.receive, send)
        else:
            await self._app(exchange.scope, exchange.receive, send)

    def _kind_of_unasked(self, scope: Scope) -> str:
        """`kind_of`, where the upstream is not asked."""
        for route in self._app.routes:
            match, found = route.matches(scope)
            if match is Match.FULL:
                return kind_of({**scope, **found})
        return kind_of(scope)
