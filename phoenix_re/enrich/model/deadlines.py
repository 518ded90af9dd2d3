"""HTTP to a server with a time limit of each call's own, on the whole reply.

httpx limits every read by itself, so a server that sends a byte now and then would hold a caller
for ever; and the `ollama` client fixes its limits once, at the start. No meaning of replies here.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

CONNECT_S = 5.0  # a server of ours is near: who does not answer the door in that time is gone


class _Limited(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream, until: float) -> None:
        self._inner = inner
        self._until = until

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._inner:
            if time.monotonic() > self._until:
                raise httpx.ReadTimeout("the reply took too long")
            yield chunk

    def close(self) -> None:
        self._inner.close()


class DeadlineTransport(httpx.BaseTransport):
    """Safe among threads; each thread sets its calls' limit with `within`."""

    def __init__(self, inner: httpx.BaseTransport, otherwise_s: float) -> None:
        self._inner = inner
        self._otherwise_s = otherwise_s
        self._limit = threading.local()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """The calls of this thread inside end within so long, or raise `httpx.TimeoutException`."""
        self._limit.seconds = seconds
        try:
            yield
        finally:
            del self._limit.seconds

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        seconds = getattr(self._limit, "seconds", None)
        each = self._otherwise_s if seconds is None else seconds
        request.extensions["timeout"] = {
            "connect": min(CONNECT_S, each),
            "read": each,
            "write": each,
            "pool": each,
        }
        until = time.monotonic() + each
        response = self._inner.handle_request(request)
        if seconds is not None and isinstance(response.stream, httpx.SyncByteStream):
            response.stream = _Limited(response.stream, until)
        return response

    def close(self) -> None:
        self._inner.close()
