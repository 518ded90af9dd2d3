"""The HTTP cache over real sockets and the embedded database."""

import gzip
import json
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from pymongo import MongoClient
from pymongo.database import Database

from phoenix_re.collect.cache import LIFETIME, SWEEP, SWEEP_EVERY, Caching, caching, was_cached
from phoenix_re.collect.clock import SystemClock
from phoenix_re.collect.errors import ContractError
from phoenix_re.mongo import MongoStore
from phoenix_re.storage import HTTP_CACHE
from phoenix_re_tests.fake_clock import FakeClock

pytestmark = pytest.mark.integration
HOUR = 3_600.0


@dataclass
class Upstream:
    """What the server answers to every path, and what it was asked."""

    url: str = ""
    status: int = 200
    body: bytes = b"hello"
    etag: str | None = None
    modified: str | None = None
    headers: dict[str, str] = field(default_factory=lambda: {"Cache-Control": "no-store"})
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)  # method, path, …
    bodies_sent: int = 0


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    state = Upstream()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {k.lower(): v for k, v in self.headers.items()}
            state.asked.append((self.command, self.path, headers))
            unchanged = (state.etag is not None and headers.get("if-none-match") == state.etag) or (
                state.modified is not None and headers.get("if-modified-since") == state.modified
            )
            self.send_response(304 if unchanged else state.status)
            validators = {"ETag": state.etag, "Last-Modified": state.modified}
            for name, value in {**state.headers, **validators}.items():
                if value is not None:
                    self.send_header(name, value)
            if not unchanged:
                self.send_header("Content-Length", str(len(state.body)))
            self.end_headers()
            if not unchanged:
                state.bodies_sent += 1
                self.wfile.write(state.body)

        do_GET = do_POST = answer  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()


def as_received(body: bytes) -> bytes:
    return body


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def cache(store: MongoStore, clock: FakeClock) -> Iterator[Caching]:
    transport = caching(httpx.HTTPTransport(), store, clock, as_received, largest_body=100_000)
    yield transport
    transport.close()


@pytest.fixture
def client(cache: Caching) -> httpx.Client:
    return httpx.Client(transport=cache)


def get(
    client: httpx.Client, url: str, seconds: float | None = HOUR, **headers: str
) -> httpx.Response:
    extensions = {} if seconds is None else {LIFETIME: seconds}
    return client.get(url, headers=headers, extensions=extensions)


def test_a_reply_is_kept_for_our_time_whatever_the_upstream_says(
    client: httpx.Client, upstream: Upstream, clock: FakeClock
) -> None:
    first = get(client, f"{upstream.url}/a")
    assert (first.text, was_cached(first)) == ("hello", False)
    upstream.body = b"changed"
    clock.advance(seconds=HOUR - 1)
    second = get(client, f"{upstream.url}/a")
    assert (second.status_code, second.text, was_cached(second)) == (200, "hello", True)
    assert second.headers["cache-control"] == "no-store"
    clock.advance(seconds=2)
    third = get(client, f"{upstream.url}/a")
    assert (third.text, was_cached(third)) == ("changed", False)
    assert len(upstream.asked) == 2


def test_what_may_not_be_stored_is_handed_on_and_not_kept(
    store: MongoStore, upstream: Upstream, clock: FakeClock
) -> None:
    def without_ada(body: bytes) -> bytes | None:
        return None if body.startswith(b"<") else body.replace(b"Ada", b"")

    upstream.etag = '"1"'
    client = httpx.Client(transport=caching(httpx.HTTPTransport(), store, clock, without_ada))
    upstream.body = b"<p>Ada"
    assert [get(client, f"{upstream.url}/page").text for _ in range(2)] == ["<p>Ada"] * 2
    assert len(upstream.asked) == 2
    upstream.body = b"by Ada, for all"
    assert get(client, f"{upstream.url}/a").text == "by Ada, for all"
    again = get(client, f"{upstream.url}/a")
    assert (again.text, was_cached(again)) == ("by , for all", True)
    clock.advance(seconds=HOUR + 1)  # confirmed by a 304, and kept on as it was
    assert get(client, f"{upstream.url}/a").text == "by , for all"
    assert len(upstream.asked) == 4
    (document,) = store.db[HTTP_CACHE].find()
    assert zlib.decompress(document["body"]) == b"by , for all"


@pytest.mark.parametrize("seconds", [None, 0])
def test_without_a_lifetime_nothing_is_taken_or_kept(
    client: httpx.Client, upstream: Upstream, store: MongoStore, seconds: float | None
) -> None:
    get(client, f"{upstream.url}/a", seconds)
    assert store.db[HTTP_CACHE].estimated_document_count() == 0
    get(client, f"{upstream.url}/a")
    upstream.body = b"new"
    assert get(client, f"{upstream.url}/a", seconds).text == "new"
    assert get(client, f"{upstream.url}/a").text == "hello"


@pytest.mark.parametrize("status", [201, 203, 204, 206, 301, 404, 429, 500])
def test_only_200_is_kept(client: httpx.Client, upstream: Upstream, status: int) -> None:
    upstream.status, upstream.body = status, b""
    for _ in range(2):
        assert get(client, f"{upstream.url}/a").status_code == status
    assert len(upstream.asked) == 2


def test_a_post_never_is(client: httpx.Client, upstream: Upstream) -> None:
    for _ in range(2):
        client.post(f"{upstream.url}/a", json={"a": 1}, extensions={LIFETIME: HOUR})
    assert [method for method, *_ in upstream.asked] == ["POST", "POST"]


def test_what_the_inner_transport_raises_is_not_kept(
    store: MongoStore, clock: FakeClock, upstream: Upstream
) -> None:
    class Judging(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = super().handle_request(request)
            if response.read() == b"hello":
                raise ContractError("s", "drifted", response.text)
            return response

    client = httpx.Client(transport=caching(Judging(), store, clock, as_received))
    with pytest.raises(ContractError):
        get(client, f"{upstream.url}/a")
    upstream.body = b"good"
    assert get(client, f"{upstream.url}/a").text == "good"
    assert was_cached(get(client, f"{upstream.url}/a"))


@pytest.mark.parametrize(
    ("validator", "value", "condition"),
    [
        ("etag", '"v1"', "if-none-match"),
        ("modified", "Mon, 02 Mar 2026 10:00:00 GMT", "if-modified-since"),
    ],
)
def test_once_over_it_is_asked_about_and_a_304_renews_it(
    client: httpx.Client,
    upstream: Upstream,
    clock: FakeClock,
    validator: str,
    value: str,
    condition: str,
) -> None:
    setattr(upstream, validator, value)
    get(client, f"{upstream.url}/a")
    clock.advance(hours=2)
    upstream.headers = {"X-Seen": "again"}
    renewed = get(client, f"{upstream.url}/a")
    assert (renewed.status_code, renewed.text, was_cached(renewed)) == (200, "hello", False)
    assert upstream.asked[1][2][condition] == value
    assert upstream.bodies_sent == 1
    clock.advance(minutes=59)
    again = get(client, f"{upstream.url}/a")
    assert was_cached(again)
    assert again.headers["x-seen"] == "again"
    assert len(upstream.asked) == 2
    assert condition not in renewed.request.headers


def test_once_over_and_changed_the_new_one_is_kept(
    client: httpx.Client, upstream: Upstream, clock: FakeClock
) -> None:
    upstream.etag = '"v1"'
    get(client, f"{upstream.url}/a")
    clock.advance(hours=2)
    upstream.etag, upstream.body = '"v2"', b"changed"
    assert get(client, f"{upstream.url}/a").text == "changed"
    assert get(client, f"{upstream.url}/a").text == "changed"
    clock.advance(hours=2)
    get(client, f"{upstream.url}/a")
    assert [h.get("if-none-match") for _, _, h in upstream.asked] == [None, '"v1"', '"v2"']


def test_a_caller_s_own_condition_is_his(
    client: httpx.Client, upstream: Upstream, clock: FakeClock
) -> None:
    upstream.etag = '"v1"'
    get(client, f"{upstream.url}/a")
    clock.advance(hours=2)
    headers = {"if-none-match": '"v1"'}
    asked = client.get(f"{upstream.url}/a", headers=headers, extensions={LIFETIME: HOUR})
    assert asked.status_code == 304


def test_headers_tell_requests_apart(client: httpx.Client, upstream: Upstream) -> None:
    get(client, f"{upstream.url}/a", authorization="Token one")
    assert not was_cached(get(client, f"{upstream.url}/a", authorization="Token two"))
    assert was_cached(get(client, f"{upstream.url}/a", authorization="Token one"))


def test_no_secret_is_stored(client: httpx.Client, upstream: Upstream, store: MongoStore) -> None:
    upstream.headers = {"Set-Cookie": "session=hunter2-cookie", "X-Other": "kept"}
    get(client, f"{upstream.url}/a?access_token=hunter2-query", authorization="Token hunter2-head")
    documents = list(store.db[HTTP_CACHE].find())
    assert len(documents) == 1
    assert "hunter2" not in repr(documents)
    assert ["x-other", "kept"] in documents[0]["headers"]


def test_a_reply_that_repeats_a_credential_is_not_kept(
    client: httpx.Client, upstream: Upstream, store: MongoStore
) -> None:
    upstream.body = json.dumps({"next": "http://x/?access_token=hunter2-query"}).encode()
    get(client, f"{upstream.url}/a?access_token=hunter2-query")
    upstream.body = gzip.compress(upstream.body)
    upstream.headers = {"Content-Encoding": "gzip"}
    reply = get(client, f"{upstream.url}/a?access_token=hunter2-query")
    assert "hunter2" in reply.text
    assert store.db[HTTP_CACHE].estimated_document_count() == 0


def test_a_compressed_reply_reads_the_same_from_the_cache(
    client: httpx.Client, upstream: Upstream
) -> None:
    upstream.body = gzip.compress("naïve, 5 €".encode())
    upstream.headers = {"Content-Encoding": "gzip", "Content-Type": "text/html; charset=utf-8"}
    first, second = (get(client, f"{upstream.url}/a") for _ in range(2))
    assert first.text == second.text == "naïve, 5 €"
    assert was_cached(second)


def test_a_large_reply_is_passed_on_but_not_kept(client: httpx.Client, upstream: Upstream) -> None:
    upstream.body = b"x" * 100_001
    assert len(get(client, f"{upstream.url}/a").content) == 100_001
    assert not was_cached(get(client, f"{upstream.url}/a"))
    upstream.body = b"x" * 100_000
    get(client, f"{upstream.url}/a")
    assert was_cached(get(client, f"{upstream.url}/a"))


def test_forgetting_makes_the_next_call_ask(
    client: httpx.Client, cache: Caching, upstream: Upstream
) -> None:
    reply = get(client, f"{upstream.url}/a")
    cache.forget(reply.request)
    cache.forget(reply.request)
    assert not was_cached(get(client, f"{upstream.url}/a"))


def test_old_replies_go_in_passing(
    client: httpx.Client, upstream: Upstream, clock: FakeClock, store: MongoStore
) -> None:
    for n in range(2 * SWEEP_EVERY - 1):
        get(client, f"{upstream.url}/old/{n}")
    upstream.etag = '"v"'
    get(client, f"{upstream.url}/with-validator")
    clock.advance(hours=2)
    upstream.etag = None
    for n in range(SWEEP_EVERY):
        get(client, f"{upstream.url}/new/{n}")
    left = {document["url"] for document in store.db[HTTP_CACHE].find()}
    assert not any("/old/" in url for url in left)
    assert len(left) == SWEEP_EVERY + 1
    assert SWEEP >= 2 * SWEEP_EVERY  # else the test above would not have removed all at once
    clock.advance(days=8)
    for n in range(SWEEP_EVERY):
        get(client, f"{upstream.url}/newer/{n}")
    assert store.db[HTTP_CACHE].count_documents({}) == SWEEP_EVERY


def test_what_expires_is_found_by_an_index(store: MongoStore, clock: FakeClock) -> None:
    store.ensure_indexes({HTTP_CACHE: [["expires_at"]]})
    plan = store.db[HTTP_CACHE].find({"expires_at": {"$lte": clock.now()}}).explain()
    assert "IXSCAN" in json.dumps(plan["queryPlanner"]["winningPlan"], default=str)


@dataclass
class Away:
    db: Database[dict[str, Any]]


def test_a_database_out_of_reach_costs_no_reply(upstream: Upstream, clock: FakeClock) -> None:
    mongo: MongoClient[dict[str, Any]] = MongoClient(
        "mongodb://127.0.0.1:1", serverSelectionTimeoutMS=50
    )
    away = Away(mongo["none"])
    client = httpx.Client(transport=caching(httpx.HTTPTransport(), away, clock, as_received))
    assert get(client, f"{upstream.url}/a").text == "hello"


def test_threads_share_it(client: httpx.Client, upstream: Upstream) -> None:
    urls = [f"{upstream.url}/{n % 5}" for n in range(60)]
    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(lambda url: get(client, url), urls))
    assert {r.text for r in replies} == {"hello"}
    assert sum(map(was_cached, replies)) == len(replies) - len(upstream.asked) >= 20
    assert all(was_cached(get(client, url)) for url in urls)


OTHER_PROCESS = """
import sys, httpx
from phoenix_re.collect.cache import LIFETIME, caching, was_cached
from phoenix_re.collect.clock import SystemClock
from phoenix_re.mongo import MongoStore
uri, database, url = sys.argv[1:]
transport = caching(httpx.HTTPTransport(), MongoStore(uri, database), SystemClock(), bytes)
reply = httpx.Client(transport=transport).get(url, extensions={LIFETIME: 3600})
print(reply.text, was_cached(reply))
"""


def test_processes_share_it(store: MongoStore, upstream: Upstream) -> None:
    client = httpx.Client(
        transport=caching(httpx.HTTPTransport(), store, SystemClock(), as_received)
    )
    get(client, f"{upstream.url}/a")
    upstream.body = b"other"
    arguments = [sys.executable, "-c", OTHER_PROCESS, store.uri, store.db.name, f"{upstream.url}/a"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == ["hello", "True"]
    stored = store.db[HTTP_CACHE].find_one()
    assert stored is not None
    assert stored["fresh_until"] - stored["stored_at"] == timedelta(hours=1)
