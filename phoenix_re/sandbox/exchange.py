"""One request and what becomes of it: handed on, held back, spoilt; written down once.

When a fault strikes is `gate.py`'s; here is how a reply leaves, whole or not.
"""

import asyncio
import math
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from phoenix_re.sandbox import wire
from phoenix_re.sandbox.scene import REASON_HEADER
from phoenix_re.sandbox.traffic import Entry, Traffic, now_utc

SLOW_PIECES = 20
SLOW_SECONDS = 2.0  # from the first piece of a trickling body to the last

_REASON = REASON_HEADER.encode()


class Exchange:
    """A request, and the way back to its client. It is entered in the log before its last byte
    goes out, so that whoever has the answer finds it there."""

    __slots__ = (
        *("_arrived", "_at", "_is_entered", "_send", "_traffic"),
        *("fault", "key", "kind", "receive", "scope", "size", "status"),
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send, traffic: Traffic) -> None:
        self.scope = scope
        self.receive = receive
        self.key = ""
        self.kind = ""
        self.fault: str | None = None
        self.status: int | None = None
        self.size = 0
        self._send = send
        self._traffic = traffic
        self._at = now_utc()
        self._arrived = traffic.arrive()
        self._is_entered = False

    @property
    def arrived(self) -> float:
        return self._arrived

    @property
    def path(self) -> str:
        return self.scope["path"]

    @property
    def request(self) -> Request:
        return Request(self.scope, self.receive)

    async def send(self, message: Message) -> None:
        """Hand a message of the reply on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.size += len(message.get("body", b""))
            if not message.get("more_body"):
                self.enter()
        await self._send(message)

    async def reply(self, response: Response) -> None:
        await response(self.scope, self.receive, self.send)

    async def reset(self) -> None:
        """Cut the connection."""
        self.enter()
        await wire.reset(self.scope, self.receive)

    async def never(self) -> None:
        """No answer; until the client has left."""
        await wire.gone(self.receive)

    def enter(self) -> None:
        """Into log and counters, once."""
        if self._is_entered:
            return
        self._is_entered = True
        entry = Entry(
            at=self._at,
            key=self.key,
            method=self.scope["method"],
            path=self.path,
            query=self.scope["query_string"].decode("latin-1"),
            kind=self.kind or kind_of(self.scope),
            status=self.status,
            seconds=self._traffic.seconds_since(self._arrived),
            sent_bytes=self.size,
            fault=self.fault,
        )
        self._traffic.leave(entry)


@dataclass(slots=True)
class HeldReply:
    """A reply that an application gives (it is its `send`), held back."""

    status: int = 0
    headers: wire.Headers = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message["headers"])
        else:
            self.body += message.get("body", b"")

    @property
    def is_json(self) -> bool:
        return any(name == b"content-type" and b"json" in value for name, value in self.headers)

    async def go(self, exchange: Exchange, body: bytes | None = None) -> None:
        """Whole, as HTTP sees it; with another `body` if one is given."""
        headers = self.headers if body is None else self._headers_for(len(body))
        body = bytes(self.body) if body is None else body
        if self._reason is not None:
            await self._go_raw(exchange, headers, body)
            return
        await exchange.send(self._start(headers))
        await exchange.send({"type": "http.response.body", "body": body})

    async def go_in_part(self, exchange: Exchange) -> None:
        """Half of the body that the headers announce, and the connection ends."""
        headers = self._headers_for(len(self.body))
        await self._go_raw(exchange, headers, bytes(self.body[: len(self.body) // 2]))

    async def trickle(self, exchange: Exchange) -> None:
        await exchange.send(self._start(self.headers))
        step = math.ceil(len(self.body) / SLOW_PIECES)
        for begin in range(0, len(self.body), step):
            piece = bytes(self.body[begin : begin + step])
            await exchange.send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(SLOW_SECONDS / SLOW_PIECES)
        await exchange.send({"type": "http.response.body", "body": b""})

    async def _go_raw(self, exchange: Exchange, headers: wire.Headers, body: bytes) -> None:
        exchange.status, exchange.size = self.status, len(body)
        exchange.enter()
        reason = wire.phrase(self.status) if self._reason is None else self._reason
        await wire.write_and_close(
            exchange.scope, exchange.receive, self.status, reason, _sendable(headers), body
        )

    def _headers_for(self, length: int) -> wire.Headers:
        others = [header for header in self.headers if header[0] != b"content-length"]
        return [*others, (b"content-length", str(length).encode())]

    @property
    def _reason(self) -> str | None:
        reasons = (value.decode("latin-1") for name, value in self.headers if name == _REASON)
        return next(reasons, None)

    def _start(self, headers: wire.Headers) -> Message:
        return {
            "type": "http.response.start",
            "status": self.status,
            "headers": _sendable(headers),
        }


def has_own_reason(message: Message) -> bool:
    return any(name == _REASON for name, _ in message["headers"])


def kind_of(scope: Scope) -> str:
    """The path with its variables named, once the routes have seen it."""
    path: str = scope["path"]
    if "endpoint" not in scope:
        return "(no route)"
    for name, value in scope.get("path_params", {}).items():
        path = path.replace(str(value), f"{{{name}}}")
    return path


def _sendable(headers: wire.Headers) -> wire.Headers:
    return [header for header in headers if header[0] != _REASON]
