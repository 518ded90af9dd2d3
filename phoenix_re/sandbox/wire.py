"""Sockets: one listening port, and what only the TCP connection itself can do.

uvicorn speaks HTTP; here is what it does not offer: closing a port and opening it again while the
rest goes on, cutting a connection, a reason phrase of one's own, a body shorter than announced.
What is answered, and when it goes wrong, is `gate.py`'s.
"""

import asyncio
import contextlib
import socket
import struct
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

HOST = "127.0.0.1"
KEEP_ALIVE_SECONDS = 75
_BACKLOG = 512
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, zero seconds

Headers = list[tuple[bytes, bytes]]


class _Protocol(HttpToolsProtocol):
    """uvicorn's own; the application may reach the connection that a request came by."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {"phoenix_re.transport": self.transport}  # type: ignore[dict-item]


class Listener:
    """An ASGI application on a port of 127.0.0.1. `open` and `close` may alternate."""

    def __init__(self, sock: socket.socket, tls: tuple[Path, Path] | None = None) -> None:
        """`sock` is bound already (`bind`); `tls` is certificate and key."""
        self.port: int = sock.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://{HOST}:{self.port}"
        self._bound: socket.socket | None = sock
        self._tls = tls
        self._config: uvicorn.Config | None = None
        self._state = ServerState()
        self._server: asyncio.AbstractServer | None = None

    def answer_with(self, app: ASGIApp) -> None:
        self._config = uvicorn.Config(
            app,
            interface="asgi3",
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            ssl_certfile=str(self._tls[0]) if self._tls else None,
            ssl_keyfile=str(self._tls[1]) if self._tls else None,
        )
        self._config.load()

    async def open(self) -> None:
        """Listen, again on the same port if it was closed."""
        config = self._config
        if self._server is not None or config is None:
            return
        sock, self._bound = self._bound or bind(self.port), None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Protocol(config, self._state, {}, loop),
            sock=sock,
            ssl=config.ssl,
            backlog=_BACKLOG,
        )

    def close(self) -> None:
        """Refuse new connections and cut those that are open."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._bound is not None:
            self._bound.close()
            self._bound = None
        for connection in list(self._state.connections):
            connection.transport.abort()

    def tell_time(self) -> None:
        """Renew the Date header of replies."""
        self._state.default_headers = [(b"date", formatdate(usegmt=True).encode())]

    @property
    def is_open(self) -> bool:
        return self._server is not None


def bind(port: int = 0) -> socket.socket:
    """A socket on 127.0.0.1 that does not listen yet. `OSError` if the port is taken.

    Its protocol is named because asyncio sets TCP_NODELAY on what it accepts only then. Without it
    a reply in two pieces waits 40 ms for the client's delayed acknowledgement.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
    except OSError:
        sock.close()
        raise
    return sock


# ── what a connection can do, given the scope of a request that came by it ──────────────────────


async def reset(scope: Scope, receive: Receive) -> None:
    """Cut the connection so that the client sees a reset, not an end."""
    transport = _transport(scope)
    sock = transport.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):  # the client was faster
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
    await gone(receive)


async def gone(receive: Receive) -> None:
    """Wait until the client has left, or its connection is cut."""
    while (await receive())["type"] != "http.disconnect":
        continue


async def write_and_close(
    scope: Scope, receive: Receive, status: int, reason: str, headers: Headers, body: bytes
) -> None:
    """A reply exactly as given, and the connection ends. `headers` are not completed."""
    lines = [f"HTTP/1.1 {status} {reason}".encode("latin-1", "replace")]
    lines += [b"date: " + formatdate(usegmt=True).encode()]
    lines += [name + b": " + value for name, value in headers]
    lines += [b"connection: close", b"", b""]
    transport = _transport(scope)
    transport.write(b"\r\n".join(lines) + (b"" if scope["method"] == "HEAD" else body))
    transport.close()
    await gone(receive)


def phrase(status: int) -> str:
    """The reason phrase that RFC 9110 gives a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _transport(scope: Scope) -> Any:
    return scope["extensions"]["phoenix_re.transport"]
