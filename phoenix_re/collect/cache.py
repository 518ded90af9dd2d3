"""Replies that need not be asked for again yet: an HTTP cache in MongoDB, shared by all processes.

hishel's transport does the caching, in the mode in which the lifetime is ours: upstreams send
`no-store`, and 1 to 6 hours, as the kind of data allows, are kept all the same. Here are the
storage (`http_cache`, one document a reply), the key, and what hishel's mode lacks: asking with
`ETag` and `Last-Modified` once a reply's time is over.

A call is cached when its request carries the extension `{LIFETIME: seconds}`, is a GET, and is
answered 200. No credential is stored: the key is a hash, `Set-Cookie` is dropped, and a reply that
repeats a credential of its request is not kept. Nor is a person: `keep` says what of a body may be
stored (`privacy/replies.py`). What the inner transport raises passes through.
"""

import json
import logging
import uuid
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Protocol

import hishel
import httpx
from hishel.httpx import CacheTransport
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, PyMongoError

from phoenix_re.collect.clock import Clock
from phoenix_re.collect.judging import without_secrets
from phoenix_re.storage import HTTP_CACHE

LIFETIME = "phoenix_re_cache_seconds"  # request extension; 0 or absent: asked anew, not kept
LARGEST_BODY = 4 << 20  # bytes as received; a larger reply is not kept
STALE_DAYS = 7  # a reply with a validator is kept so long after its time, to be asked about
SWEEP_EVERY = 16  # replies kept by this process; then
SWEEP = 50  # at most so many that are over are removed
SHORTEST_SECRET = 8  # characters; a shorter one may well stand in a reply by chance
_DROPPED = frozenset({"set-cookie", "connection", "keep-alive"})
_NOT_IN_KEY = frozenset(
    {"host", "user-agent", "accept-encoding", "connection", "if-none-match", "if-modified-since"}
)
_CREDENTIALS = frozenset(
    {
        *("access_token", "token", "key", "api_key", "apikey", "app_token", "$$app_token"),
        *("authorization", "x-api-key", "x-rapidapi-key", "x-app-token", "client_secret"),
    }
)
_log = logging.getLogger(__name__)

Document = dict[str, Any]
Keep = Callable[[bytes], bytes | None]
"""A body as it may be stored; None: it may not. The reply itself is handed on as received."""


class Store(Protocol):
    db: Database[Document]


class Caching(httpx.BaseTransport):
    """`inner` behind a cache; see the module. Safe among threads. Closes `inner` with itself."""

    def __init__(
        self,
        inner: httpx.BaseTransport,
        store: Store,
        clock: Clock,
        keep: Keep,
        *,
        largest_body: int = LARGEST_BODY,
    ) -> None:
        self._inner = inner
        self._replies = _Replies(store, clock, keep, largest_body)
        self._cache = CacheTransport(_Asking(inner, self._replies), self._replies)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        seconds = float(request.extensions.get(LIFETIME) or 0)
        if seconds <= 0 or request.method != "GET":
            return self._inner.handle_request(request)
        caching = {"key": key_of(request), "ttl": seconds}
        request.extensions = {**request.extensions, "caching": caching}
        return self._cache.handle_request(request)

    def forget(self, request: httpx.Request) -> None:
        """Remove what is kept for the request: its reply turned out to be of no use."""
        self._replies.remove_entry(uuid.UUID(key_of(request)))

    def close(self) -> None:
        self._cache.close()


def caching(
    transport: httpx.BaseTransport,
    store: Store,
    clock: Clock,
    keep: Keep,
    *,
    largest_body: int = LARGEST_BODY,
) -> Caching:
    """`transport` behind a cache in `store`."""
    return Caching(transport, store, clock, keep, largest_body=largest_body)


def was_cached(response: httpx.Response) -> bool:
    """Whether the reply came from the cache without asking. One that was confirmed by a 304 did
    not: it is a call like any other."""
    return bool(response.extensions.get("caching", {}).get("from_cache"))


def key_of(request: httpx.Request) -> str:
    """Hex BLAKE2b of method, full URL and every header that may change the answer."""
    headers = sorted(
        (name.lower(), value)
        for name, value in request.headers.multi_items()
        if name.lower() not in _NOT_IN_KEY
    )
    content = json.dumps([request.method, str(request.url), headers])
    return blake2b(content.encode(), digest_size=16).hexdigest()


class _Asking(httpx.BaseTransport):
    """Below hishel's transport: what it found nothing fresh for is asked, conditionally if a stored
    reply has a validator. A 304 becomes that reply, which hishel then stores with a new lifetime.
    """

    def __init__(self, inner: httpx.BaseTransport, replies: "_Replies") -> None:
        self._inner = inner
        self._replies = replies

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        stored = self._replies.find(request.extensions["caching"]["key"])
        if stored is None or request.headers.keys() & _CONDITIONS.keys():
            return self._read(request)
        plain = request.headers
        request.headers = httpx.Headers([*plain.raw, *_conditions(stored)])
        try:
            response = self._read(request)
        finally:
            request.headers = plain
        if response.status_code != 304:
            return response
        return httpx.Response(
            200,
            headers=_renewed(stored["headers"], response.headers),
            content=zlib.decompress(stored["body"]),
            extensions=response.extensions,
        )

    def _read(self, request: httpx.Request) -> httpx.Response:
        """The reply with its body decoded, so that it is stored whole or not at all."""
        response = self._inner.handle_request(request)
        response.read()
        return response

    def close(self) -> None:
        self._inner.close()


_CONDITIONS = {"if-none-match": "etag", "if-modified-since": "last-modified"}


def _conditions(stored: Document) -> list[tuple[bytes, bytes]]:
    headers = dict(stored["headers"])
    return [
        (condition.encode(), headers[validator].encode())
        for condition, validator in _CONDITIONS.items()
        if validator in headers
    ]


def _renewed(stored: list[list[str]], confirmed: httpx.Headers) -> list[tuple[bytes, bytes]]:
    """The stored headers, newer ones of the 304 in their place (RFC 9111 §3.2)."""
    newer = {k: v for k, v in confirmed.items() if k not in {"content-length", *_DROPPED}}
    kept = [(k, v) for k, v in stored if k not in newer]
    return [(k.encode(), v.encode()) for k, v in (*kept, *newer.items())]


class _Replies(hishel.BaseStorage):
    """hishel's storage in MongoDB. An entry's id is its key. As hishel asks, a database that fails
    never fails the call: the upstream is asked, and the reply is not kept."""

    def __init__(self, store: Store, clock: Clock, keep: Keep, largest_body: int) -> None:
        super().__init__(max_stream_size=largest_body)
        self._what_may_stay = keep
        self._documents = store.db[HTTP_CACHE]
        self._clock = clock
        self._largest_body = largest_body
        self._kept = 0

    def get_entries(self, key: str) -> list[hishel.Entry]:
        document = self.find(key, fresh=True)
        if document is None:
            return []
        headers: dict[str, list[str]] = {}
        for name, value in document["headers"]:
            headers.setdefault(name, []).append(value)
        body = iter([zlib.decompress(document["body"])])
        response = hishel.Response(200, hishel.Headers({**headers}), body)
        request = hishel.Request("GET", document["url"])
        return [hishel.Entry(uuid.UUID(key), request, response)]

    def find(self, key: str, *, fresh: bool = False) -> Document | None:
        """The document of a reply, whether or not its time is over."""
        try:
            found = self._documents.find_one({"_id": key})
        except PyMongoError as error:
            _log.warning(
                "the HTTP cache cannot be read (%s); asking upstream", type(error).__name__
            )
            return None
        if found is not None and fresh and found["fresh_until"] <= self._clock.now():
            return None
        return found

    def create_entry(
        self,
        request: hishel.Request,
        response: hishel.Response,
        key: str,
        *,
        ttl: float | None = None,
        tti: float | None = None,
    ) -> hishel.Entry:
        stream = response.stream
        assert isinstance(stream, Iterator)  # noqa: S101 - a sync transport's
        body = b"".join(stream)
        if ttl and self._is_fit(request, response.status_code, body):
            kept = self._what_may_stay(body)
            if kept is not None:
                self._keep(key, request, response.headers, kept, self._clock.now(), ttl)
        return hishel.Entry(uuid.UUID(key), request, replace(response, stream=iter([body])))

    def _is_fit(self, request: hishel.Request, status: int, body: bytes) -> bool:
        return (
            status == 200
            and len(body) <= self._largest_body
            and not any(secret in body for secret in _secrets_of(request))
        )

    def _keep(
        self,
        key: str,
        request: hishel.Request,
        headers: hishel.Headers,
        body: bytes,
        now: datetime,
        seconds: float,
    ) -> None:
        pairs = [
            [name, value]
            for name in headers
            if name not in _DROPPED
            for value in headers.get_list(name) or []
        ]
        fresh_until = now + timedelta(seconds=seconds)
        can_be_asked_about = any(name in _CONDITIONS.values() for name, _ in pairs)
        stale = timedelta(days=STALE_DAYS if can_be_asked_about else 0)
        document = {
            "url": without_secrets(request.url),
            "headers": pairs,
            "body": zlib.compress(body, 1),
            "stored_at": now,
            "fresh_until": fresh_until,
            "expires_at": fresh_until + stale,
        }
        try:
            self._documents.replace_one({"_id": key}, document, upsert=True)
            self._kept += 1
            if self._kept % SWEEP_EVERY == 0:
                self._sweep(now)
        except DuplicateKeyError:
            return  # another process has just stored the same reply
        except PyMongoError as error:
            _log.warning("the HTTP cache cannot be written (%s)", type(error).__name__)

    def _sweep(self, now: datetime) -> None:
        """More go than came since the last sweep, so that the collection does not grow for ever."""
        over = {"expires_at": {"$lte": now}}
        ids = [d["_id"] for d in self._documents.find(over, {"_id": 1}).limit(SWEEP)]
        if ids:
            self._documents.delete_many({"_id": {"$in": ids}, **over})

    def update_headers(self, id: uuid.UUID, headers: hishel.Headers) -> None:  # noqa: A002
        pairs = [[name, value] for name in headers for value in headers.get_list(name) or []]
        kept = [pair for pair in pairs if pair[0] not in _DROPPED]
        try:
            self._documents.update_one({"_id": id.hex}, {"$set": {"headers": kept}})
        except PyMongoError as error:
            _log.warning("the HTTP cache cannot be written (%s)", type(error).__name__)

    def remove_entry(self, id: uuid.UUID) -> None:  # noqa: A002
        try:
            self._documents.delete_one({"_id": id.hex})
        except PyMongoError as error:
            _log.warning("the HTTP cache cannot be written (%s)", type(error).__name__)


def _secrets_of(request: hishel.Request) -> list[bytes]:
    """The credentials that a request carries in its query or headers."""
    query: Mapping[str, str] = httpx.URL(request.url).params
    named = [*query.items(), *request.headers.items()]
    values = [v.rpartition(" ")[2] for name, v in named if name.lower() in _CREDENTIALS]
    return [value.encode() for value in values if len(value) >= SHORTEST_SECRET]
