"""Small HTTP proxies on loopback: absolute-URI requests for http, CONNECT tunnels for https.

They ask for Basic credentials, count, can be told to be dead or out of bandwidth, and connect to
nothing but this machine. Which proxies are listed and when they fail is `upstreams/webshare.py`'s.
"""

import asyncio
import base64
import contextlib
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

USERNAME = "sandboxuser"
PASSWORD = "sandboxpass"  # noqa: S105 - the sandbox's own, published
LARGEST_HEAD = 64 << 10
CHUNK = 64 << 10
HEAD_SECONDS = 30

Behaviour = Literal["ok", "refuse", "hang", "close", "no_bandwidth"]
"""refuse: the connection is reset at once. hang: nothing is ever answered. close: the tunnel is
opened, then cut; a plain request is cut. no_bandwidth: 407, as once a plan's traffic is used up."""

_REASONS = {
    400: "Bad Request",
    403: "Forbidden",
    407: "Proxy Authentication Required",
    502: "Bad Gateway",
}


@dataclass(slots=True)
class LocalProxy:
    """One running proxy. Counters since its start; bytes are those of targets, both ways."""

    index: int
    port: int = 0
    connections: int = 0
    tunnels: int = 0
    requests: int = 0  # absolute-URI ones
    refused: int = 0  # 407s
    bytes: int = 0
    _server: asyncio.Server | None = field(default=None, repr=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, repr=False)


def _always_ok(index: int) -> Behaviour:
    return "ok"


async def start_proxies(
    n: int,
    *,
    username: str = USERNAME,
    password: str = PASSWORD,
    behaviour: Callable[[int], Behaviour] = _always_ok,
    host: str = "127.0.0.1",
) -> list[LocalProxy]:
    """Start `n` proxies on free ports of the running loop. `behaviour(index)` is asked at each
    connection, so that a proxy may die and come back."""
    token = base64.b64encode(f"{username}:{password}".encode()).decode()
    proxies = [LocalProxy(index) for index in range(n)]
    for proxy in proxies:
        proxy._server = await asyncio.start_server(
            _handler(proxy, token, behaviour), host, 0, limit=LARGEST_HEAD
        )
        proxy.port = proxy._server.sockets[0].getsockname()[1]
    return proxies


async def stop(proxies: list[LocalProxy]) -> None:
    """Close the ports and cut what is under way."""
    for proxy in proxies:
        if proxy._server is not None:
            proxy._server.close()
    tasks = [task for proxy in proxies for task in proxy._tasks]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _handler(
    proxy: LocalProxy, token: str, behaviour: Callable[[int], Behaviour]
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        proxy.connections += 1
        task = asyncio.ensure_future(_serve(proxy, token, behaviour(proxy.index), reader, writer))
        proxy._tasks.add(task)
        task.add_done_callback(proxy._tasks.discard)

    return accepted


async def _serve(
    proxy: LocalProxy,
    token: str,
    how: Behaviour,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    try:
        if how == "refuse":
            writer.transport.abort()
            return
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_SECONDS)
        if how == "hang":
            await reader.read()  # until the client gives up
            return
        await _answer(proxy, token, how, head, reader, writer)
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return  # the other side left, or sent no request
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _answer(
    proxy: LocalProxy,
    token: str,
    how: Behaviour,
    head: bytes,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    lines = head.decode("latin-1").split("\r\n")
    method, _, rest = lines[0].partition(" ")
    target, _, protocol = rest.rpartition(" ")
    parts = (line.partition(":") for line in lines[1:] if line)
    headers = [(name, value) for name, _, value in parts]
    given = [v.strip() for k, v in headers if k.lower() == "proxy-authorization"]
    if how == "no_bandwidth" or given != [f"Basic {token}"]:
        proxy.refused += 1
        _refuse(writer, 407, 'Proxy-Authenticate: Basic realm="proxy"\r\n')
        return
    is_tunnel = method == "CONNECT"
    place = urlsplit(f"//{target}" if is_tunnel else target)
    try:
        port = place.port or 80
    except ValueError:
        port = 0
    if not protocol.startswith("HTTP/1.") or not place.hostname or not port:
        _refuse(writer, 400)
        return
    if not _is_loopback(place.hostname):
        _refuse(writer, 403)
        return
    if how == "close" and not is_tunnel:
        writer.transport.abort()
        return
    try:
        upstream = await asyncio.open_connection(place.hostname, port)
    except OSError:
        _refuse(writer, 502)
        return
    if is_tunnel:
        proxy.tunnels += 1
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        first = b""
    else:
        proxy.requests += 1
        path = place._replace(scheme="", netloc="", fragment="").geturl() or "/"
        first = _rewritten(f"{method} {path} {protocol}", headers)
    if how == "close":
        await writer.drain()
        upstream[1].close()
        return
    await _relay(proxy, (reader, writer), upstream, first)


def _rewritten(request_line: str, headers: list[tuple[str, str]]) -> bytes:
    """The request in origin form, without what was for the proxy; one request a connection."""
    kept = [
        f"{name}:{value}"
        for name, value in headers
        if not name.lower().startswith("proxy-") and name.lower() != "connection"
    ]
    return "\r\n".join([request_line, *kept, "Connection: close", "", ""]).encode("latin-1")


async def _relay(
    proxy: LocalProxy,
    client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    first: bytes,
) -> None:
    """Pass bytes both ways until the target has said all, or both have left."""
    upstream[1].write(first)
    proxy.bytes += len(first)
    sending = asyncio.ensure_future(_pass_on(proxy, client[0], upstream[1]))
    try:
        await _pass_on(proxy, upstream[0], client[1])
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        upstream[1].close()


async def _pass_on(
    proxy: LocalProxy, source: asyncio.StreamReader, sink: asyncio.StreamWriter
) -> None:
    while data := await source.read(CHUNK):
        proxy.bytes += len(data)
        sink.write(data)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()


def _refuse(writer: asyncio.StreamWriter, status: int, more: str = "") -> None:
    head = f"HTTP/1.1 {status} {_REASONS[status]}\r\n{more}Content-Length: 0\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode("latin-1"))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
