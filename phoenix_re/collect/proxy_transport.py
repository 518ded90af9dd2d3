"""Connections through proxies: a transport per proxy, whose fault a failure is, and the next try.

Which proxy is taken belongs to `proxies.py`.
"""

import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import httpx

from phoenix_re.collect.errors import TransientError
from phoenix_re.collect.judging import without_secrets
from phoenix_re.collect.proxies import Proxy, ProxyPool, Tier
from phoenix_re.collect.proxy_health import Failure

TRIES = 4  # proxies tried for one call
_BLAMED: Mapping[int, Failure] = {407: "refused", 403: "limited", 429: "limited"}


def send_through(
    pool: ProxyPool,
    transports: "ProxyTransports",
    request: httpx.Request,
    source: str,
    tier: Tier,
    *,
    tries: int = TRIES,
) -> httpx.Response:
    """Send by the best proxy, by the next if that one is dead, and so on; the reply, read.

    The target is asked at most once: a call that fails once the request is under way raises httpx's
    error, for the caller to wait for the rate limit again. A 429 of the target is returned, a 403
    is a `TransientError` (a page asks for no key: the proxy's address is blocked); the next call
    takes another proxy. `AuthError` when the proxies refuse us (407), `TransientError` when `tries`
    proxies were dead, and what `ProxyPool.lease` raises.
    """
    tried: set[str] = set()
    failure: httpx.TransportError | None = None
    while len(tried) < tries:
        try:
            lease = pool.lease(source, tier, avoid=tried)
        except TransientError:
            if failure is None:
                raise
            break  # tried all there are
        with lease:
            tried.add(lease.proxy.key)
            under_way = _Watch(request)
            start = time.perf_counter()
            try:
                response = transports.of(lease.proxy).handle_request(request)
                response.request = request
                response.read()
            except httpx.TransportError as error:
                kind = blame(error, asked=under_way.asked)
                lease.failed(kind)
                if kind == "broken":
                    raise
                failure = error
                continue
            kind = _BLAMED.get(response.status_code)
            if kind is None:
                lease.ok(bytes_of(request, response), time.perf_counter() - start)
                return response
            lease.failed(kind, bytes_of(request, response))
        if response.status_code == httpx.codes.FORBIDDEN:
            where = without_secrets(request.url)
            raise TransientError(source, f"{where} gave 403 through a {tier} proxy: it is blocked")
        if kind == "limited":
            return response
    raise TransientError(
        source, f"{len(tried)} {tier} proxies are dead, the last with {type(failure).__name__}"
    ) from failure


def blame(error: httpx.TransportError, *, asked: bool) -> Failure:
    """What a failed call says of its proxy; `asked`: the request itself was under way."""
    if isinstance(error, httpx.ProxyError) and str(error).startswith("407"):
        return "refused"
    return "broken" if asked else "dead"


class _Watch:
    """Sees whether a request was sent, by httpcore's trace: a tunnel's CONNECT does not count."""

    def __init__(self, request: httpx.Request) -> None:
        self.asked = False
        request.extensions = {**request.extensions, "trace": self._trace}

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            self.asked = self.asked or info["request"].method != b"CONNECT"


def bytes_of(request: httpx.Request, response: httpx.Response) -> int:
    """Bytes both ways, about: heads as written here, bodies as on the wire."""
    heads = sum(len(k) + len(v) + 4 for k, v in (*request.headers.raw, *response.headers.raw))
    sent = int(request.headers.get("content-length", 0))
    return heads + len(str(request.url)) + 30 + sent + response.num_bytes_downloaded


class ProxyTransports:
    """A kept connection pool per proxy, at most `most` of them; the least lately used goes first.

    `make` builds one (for tests and other TLS settings). Safe among threads: one that goes while
    calls are under way is closed when the last of them ends.
    """

    def __init__(
        self,
        most: int = 32,
        *,
        verify: ssl.SSLContext | bool = True,
        make: Callable[[Proxy], httpx.BaseTransport] | None = None,
    ) -> None:
        self._most = most
        context = httpx.create_ssl_context() if verify is True else verify
        self._make = make or (lambda proxy: _transport(proxy, context))
        self._kept: OrderedDict[Proxy, _Shared] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, proxy: Proxy) -> httpx.BaseTransport:
        """The transport through `proxy`. Not to be closed by the caller."""
        with self._lock:
            kept = self._kept.pop(proxy, None) or _Shared(partial(self._make, proxy))
            self._kept[proxy] = kept
            gone = self._kept.popitem(last=False)[1] if len(self._kept) > self._most else None
        if gone is not None:
            gone.close()
        return kept

    def close(self) -> None:
        with self._lock:
            kept, self._kept = list(self._kept.values()), OrderedDict()
        for transport in kept:
            transport.close()


def _transport(proxy: Proxy, context: ssl.SSLContext | bool) -> httpx.HTTPTransport:
    host = f"[{proxy.host}]" if ":" in proxy.host else proxy.host
    auth = (proxy.username, proxy.password) if proxy.username else None
    via = httpx.Proxy(f"http://{host}:{proxy.port}", auth=auth)
    return httpx.HTTPTransport(verify=context, proxy=via, trust_env=False)


class _Shared(httpx.BaseTransport):
    """Made at the first call; closed once it was told to and no call is under way. A call that
    comes later still, from a thread that held on to it, opens and closes its own."""

    def __init__(self, make: Callable[[], httpx.BaseTransport]) -> None:
        self._make = make
        self._inner: httpx.BaseTransport | None = None
        self._lock = threading.Lock()
        self._calls = 0
        self._leaving = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self._calls += 1
            inner = self._inner = self._inner or self._make()
        try:
            response = inner.handle_request(request)
        except BaseException:
            self._ended()
            raise
        assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101 - a sync transport's
        response.stream = _Counted(response.stream, self._ended)
        return response

    def close(self) -> None:
        with self._lock:
            self._leaving = True
        self._close_if_done()

    def _ended(self) -> None:
        with self._lock:
            self._calls -= 1
        self._close_if_done()

    def _close_if_done(self) -> None:
        with self._lock:
            if self._calls or not self._leaving or self._inner is None:
                return
            inner, self._inner = self._inner, None
        inner.close()


class _Counted(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream, ended: Callable[[], None]) -> None:
        self._inner = inner
        self._ended: Callable[[], None] | None = ended

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._inner)

    def close(self) -> None:
        self._inner.close()
        ended, self._ended = self._ended, None
        if ended is not None:
            ended()
