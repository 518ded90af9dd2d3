"""Proxies for real: sockets, tunnels with TLS, dead ones, processes that die, leases that hold."""

import asyncio
import contextlib
import dataclasses
import json
import os
import ssl
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import trustme
import uvicorn
from starlette.applications import Starlette

from phoenix_re.collect.errors import AuthError, SourceDown, TransientError
from phoenix_re.collect.proxies import OUT_MINUTES, Proxy, ProxyPool
from phoenix_re.collect.proxy_transport import ProxyTransports, send_through
from phoenix_re.collect.webshare import Webshare
from phoenix_re.mongo import MongoStore
from phoenix_re.sandbox import proxy_server
from phoenix_re.sandbox.proxy_server import PASSWORD, USERNAME, Behaviour, LocalProxy
from phoenix_re.sandbox.scene import Scene
from phoenix_re.sandbox.upstreams.webshare import KEY, UPSTREAM, behaviour
from phoenix_re.sandbox.world import World
from phoenix_re.storage import PROXIES
from phoenix_re_tests.fake_clock import FakeClock

pytestmark = pytest.mark.integration
TIMEOUT = {"connect": 0.5, "read": 0.5, "write": 5.0, "pool": 5.0}


# ── what is there: an event loop with proxies, targets with and without TLS ─────────────────────


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


StartProxies = Callable[..., list[LocalProxy]]


@pytest.fixture
def start(loop: asyncio.AbstractEventLoop) -> Iterator[StartProxies]:
    started: list[LocalProxy] = []

    def run(n: int, how: Callable[[int], Behaviour] = lambda index: "ok") -> list[LocalProxy]:
        coroutine = proxy_server.start_proxies(n, behaviour=how)
        proxies = asyncio.run_coroutine_threadsafe(coroutine, loop).result(10)
        started.extend(proxies)
        return proxies

    yield run
    asyncio.run_coroutine_threadsafe(proxy_server.stop(started), loop).result(10)


@dataclass
class Target:
    url: str = ""
    status: int = 200
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextlib.contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Target]:
    target = Target()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            target.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            body = b"a home at " + self.path.encode()
            self.send_response(target.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            return  # a tunnel that was cut

    server = Server(("127.0.0.1", 0), Handler)
    scheme = "http"
    if tls is not None:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        scheme = "https"
    target.url = f"{scheme}://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield target
    server.shutdown()
    server.server_close()


@pytest.fixture
def target() -> Iterator[Target]:
    with serving() as target:
        yield target


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls_target(authority: trustme.CA) -> Iterator[Target]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with serving(context) as target:
        yield target


@pytest.fixture
def transports(authority: trustme.CA) -> Iterator[ProxyTransports]:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    transports = ProxyTransports(verify=context)
    yield transports
    transports.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime.now(UTC))


def listed(proxies: Sequence[LocalProxy], **rest: Any) -> list[Proxy]:
    facts = {"tier": "free", "username": USERNAME, "password": PASSWORD, **rest}
    return [Proxy(f"d-{p.index:03}", "127.0.0.1", p.port, **facts) for p in proxies]


def a_get(url: str) -> httpx.Request:
    return httpx.Request("GET", url, extensions={"timeout": TIMEOUT})


def pool_of(store: MongoStore, clock: FakeClock, proxies: list[Proxy], **rest: Any) -> ProxyPool:
    return ProxyPool(store, clock, lambda: proxies, **rest)


# ── the wire ─────────────────────────────────────────────────────────────────────────────────────


def test_http_goes_forward_and_https_through_a_tunnel(
    store: MongoStore,
    clock: FakeClock,
    start: StartProxies,
    transports: ProxyTransports,
    target: Target,
    tls_target: Target,
) -> None:
    (proxy,) = start(1)
    pool = pool_of(store, clock, listed([proxy]))
    for where, kind in ((target, "requests"), (tls_target, "tunnels")):
        reply = send_through(pool, transports, a_get(f"{where.url}/a?b=1"), "mls", "free")
        assert (reply.status_code, reply.text) == (200, "a home at /a?b=1")
        assert getattr(proxy, kind) == 1
        assert where.seen[0][0] == "/a?b=1"
        assert not any("proxy" in name for name in where.seen[0][1])
    assert 200 < pool.traffic()["free"] < 2_000
    assert proxy.bytes > 200


def test_a_client_may_read_the_reply_as_any_other(
    store: MongoStore,
    clock: FakeClock,
    start: StartProxies,
    transports: ProxyTransports,
    target: Target,
) -> None:
    pool = pool_of(store, clock, listed(start(1)))

    class Through(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return send_through(pool, transports, request, "mls", "free")

    with httpx.Client(transport=Through()) as client:
        assert client.get(f"{target.url}/x").text == "a home at /x"


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("how", ["wrong password", "no_bandwidth"])
def test_407_takes_the_tier_out_for_a_while(
    store: MongoStore,
    clock: FakeClock,
    start: StartProxies,
    transports: ProxyTransports,
    target: Target,
    tls_target: Target,
    tls: bool,
    how: str,
) -> None:
    state: list[Behaviour] = ["no_bandwidth" if how == "no_bandwidth" else "ok"]
    local = start(3, lambda index: state[0])
    wrong = {"password": "hunter2"} if how == "wrong password" else {}
    pool = pool_of(store, clock, listed(local, **wrong))
    url = (tls_target if tls else target).url
    with pytest.raises(AuthError, match="bandwidth is used up") as error:
        send_through(pool, transports, a_get(url), "mls", "free")
    assert "hunter2" not in str(error.value)
    assert error.value.until is not None
    assert sum(p.refused for p in local) == 1
    with pytest.raises(AuthError):
        pool.lease("other", "free")
    assert pool_of(store, clock, listed(local, tier="premium")).lease("mls", "premium")
    clock.advance(minutes=OUT_MINUTES, seconds=1)
    state[0] = "ok"
    mended = pool_of(store, clock, listed(local))
    assert send_through(mended, transports, a_get(url), "mls", "free").status_code == 200


def test_the_proxies_reach_nothing_but_this_machine(
    start: StartProxies, transports: ProxyTransports
) -> None:
    (proxy,) = listed(start(1))
    for url in ("http://192.0.2.1/", "http://homes.example/"):
        assert transports.of(proxy).handle_request(a_get(url)).status_code == 403
    with pytest.raises(httpx.ProxyError, match="403"):
        transports.of(proxy).handle_request(a_get("https://192.0.2.1/"))


@pytest.mark.parametrize("how", ["refuse", "hang", "close"])
def test_a_dead_proxy_costs_another_try_and_then_rests(
    store: MongoStore,
    clock: FakeClock,
    start: StartProxies,
    transports: ProxyTransports,
    tls_target: Target,
    how: Behaviour,
) -> None:
    local = start(2, lambda index: how if index == 0 else "ok")
    pool = pool_of(store, clock, listed(local))
    for _ in range(8):
        reply = send_through(pool, transports, a_get(tls_target.url), "mls", "free")
        assert reply.status_code == 200
        clock.advance(seconds=2)
    dead = store.db[PROXIES].find_one({"_id": "free:d-000"})
    assert dead is not None
    assert dead["failures"] == 1
    assert dead["rests_until"] > clock.now()
    assert dead["leases"] == []
    assert local[0].connections == 1
    assert len(tls_target.seen) == 8


@pytest.mark.parametrize("how", ["refuse", "hang", "close"])
def test_a_call_that_breaks_off_under_way_is_not_sent_twice(
    store: MongoStore,
    clock: FakeClock,
    start: StartProxies,
    transports: ProxyTransports,
    target: Target,
    how: Behaviour,
) -> None:
    """A plain http request is in the proxy's hands at once; the target may have been asked."""
    local = start(2, lambda index: how if index == 0 else "ok")
    pool = pool_of(store, clock, listed(local))
    outcomes = []
    for _ in range(8):
        try:
            reply = send_through(pool, transports, a_get(target.url), "mls", "free")
            outcomes.append(reply.status_code)
        except httpx.TransportError as error:
            outcomes.append(type(error).__name__)
        clock.advance(seconds=2)
    assert outcomes[0] != 200
    assert outcomes[1] == 200
    assert 4 >= 8 - outcomes.count(200) == local[0].connections  # the sound one is preferred
    broken = store.db[PROXIES].find_one({"_id": "free:d-000"})
    assert broken is not None
    assert broken["failures"] == local[0].connections
    assert broken["success"] < 1


def test_a_closed_port_and_then_nothing_left(
    store: MongoStore, clock: FakeClock, start: StartProxies, transports: ProxyTransports
) -> None:
    gone = [Proxy("gone", "127.0.0.1", 1, "free", USERNAME, PASSWORD)]
    pool = pool_of(store, clock, gone)
    with pytest.raises(TransientError, match="1 free proxies are dead, the last with ConnectError"):
        send_through(pool, transports, a_get("http://127.0.0.1:9/"), "mls", "free")
    rest = store.db[PROXIES].find_one({"_id": "free:gone"})
    assert rest is not None
    assert rest["rests_until"] - clock.now() <= timedelta(seconds=30)


def test_a_limit_of_the_target_turns_to_another_proxy_and_to_premium(
    store: MongoStore,
    clock: FakeClock,
    start: StartProxies,
    transports: ProxyTransports,
    target: Target,
) -> None:
    local = start(3)
    pool = pool_of(store, clock, listed(local[:2]) + listed(local[2:], tier="premium"))
    assert pool.tier("mls", "premium_when_limited") == "free"
    target.status = 429
    for _ in range(2):
        reply = send_through(pool, transports, a_get(target.url), "mls", "free")
        assert reply.status_code == 429
    assert [p.requests for p in local] == [1, 1, 0]
    assert pool.tier("mls", "premium_when_limited") == "premium"
    assert pool.tier("other", "premium_when_limited") == "free"
    assert pool.lease("other", "free").proxy.id == "d-000"
    target.status = 403
    with pytest.raises(TransientError, match=r"gave 403 through a premium proxy"):
        send_through(pool, transports, a_get(target.url), "mls", "premium")
    clock.advance(minutes=5)
    target.status = 200
    send_through(pool, transports, a_get(target.url), "mls", "premium")
    assert pool.traffic()["premium"] > 0
    clock.advance(minutes=31)
    assert pool.tier("mls", "premium_when_limited") == "free"
    pool.saw_limit("mls")
    assert pool.tier("mls", "premium_when_limited") == "premium"


# ── the list ─────────────────────────────────────────────────────────────────────────────────────


def test_ten_percent_dead_proxies_cost_no_property(
    store: MongoStore,
    clock: FakeClock,
    loop: asyncio.AbstractEventLoop,
    start: StartProxies,
    transports: ProxyTransports,
    tls_target: Target,
) -> None:
    """The whole way: list over a socket, twelve proxies of which two are invalid and one dead."""
    scene = Scene(World({}), datetime.now(UTC), clock=lambda: 0.0)
    scene.faults["webshare"] = {"dead_proxies": 0.1}
    local = start(12, behaviour(scene))
    scene.proxy_ports = [p.port for p in local]
    application = Starlette(routes=UPSTREAM.routes(scene))
    config = uvicorn.Config(application, port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    asyncio.run_coroutine_threadsafe(_start(server), loop).result(10)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client() as client:
        plan = Webshare(client, KEY, clock, base_url=f"http://127.0.0.1:{port}")
        pool = ProxyPool(store, clock, plan.proxies)
        replies = []
        for n in range(60):
            url = f"{tls_target.url}/{n}"
            replies.append(send_through(pool, transports, a_get(url), "mls", "free"))
            clock.advance(seconds=1)
    asyncio.run_coroutine_threadsafe(server.shutdown(), loop).result(10)
    assert [r.text for r in replies] == [f"a home at /{n}" for n in range(60)]
    used = [p.requests + p.tunnels for p in local]
    assert used[9:] == [0, 0, 0]
    assert 1 <= local[9].connections <= 3
    assert [p.connections for p in local[10:]] == [0, 0]
    assert min(used[:9]) >= 1  # tunnels are kept and used again
    assert len(tls_target.seen) == 60


async def _start(server: uvicorn.Server) -> None:
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()


def test_no_password_reaches_the_database(store: MongoStore, clock: FakeClock) -> None:
    pool = pool_of(store, clock, [Proxy("1", "127.0.0.1", 1, "free", "hunter", "hunter2-pass")])
    lease = pool.lease("mls", "free")
    assert "hunter" not in repr(list(store.db[PROXIES].find()))
    assert "hunter" not in repr(lease)


class Provider:
    """A list that can change or fail; how often it was read."""

    def __init__(self, *ids: str) -> None:
        self.ids = list(ids)
        self.error: Exception | None = None
        self.read = 0

    def __call__(self) -> list[Proxy]:
        self.read += 1
        if self.error:
            raise self.error
        return [Proxy(i, "127.0.0.1", 1, "free", "u", "p", valid=i != "bad") for i in self.ids]


def test_the_list_is_read_once_in_a_while_and_once_for_all_processes(
    store: MongoStore, clock: FakeClock
) -> None:
    first, second = Provider("a", "bad"), Provider("a", "bad")
    pools = [ProxyPool(store, clock, p, refresh_seconds=600) for p in (first, second)]
    for pool in pools * 3:
        with pool.lease("mls", "free") as lease:
            assert lease.proxy.id == "a"
    assert (first.read, second.read) == (1, 1)
    clock.advance(seconds=601)
    for pool in pools * 3:
        pool.lease("mls", "free").release()
    assert (first.read, second.read) == (2, 1)
    first.ids = second.ids = ["b"]
    clock.advance(seconds=601)
    for pool in pools:
        with pool.lease("mls", "free") as lease:
            assert lease.proxy.id == "b"
    assert (first.read, second.read) == (3, 2)


def test_a_list_that_cannot_be_had_leaves_the_old_one(store: MongoStore, clock: FakeClock) -> None:
    provider = Provider("a")
    pool = ProxyPool(store, clock, provider)
    provider.error = TransientError("webshare", "down")
    with pytest.raises(TransientError, match="down"):
        pool.lease("mls", "free")
    provider.error = None
    pool.lease("mls", "free").release()
    provider.error = TransientError("webshare", "down")
    clock.advance(hours=1)
    pool.lease("mls", "free").release()
    assert provider.read == 3
    provider.error = AuthError("webshare", "key expired")
    clock.advance(hours=1)
    with pytest.raises(AuthError, match="key expired"):
        pool.lease("mls", "free")


def test_a_proxy_that_moved_begins_anew(store: MongoStore, clock: FakeClock) -> None:
    here = Proxy("a", "127.0.0.1", 1, "free", "u", "p")
    pool_of(store, clock, [here]).lease("mls", "free").failed("dead", 50)
    there = dataclasses.replace(here, port=2)
    pool = pool_of(store, clock, [there], patience=0)
    assert pool.lease("mls", "free").proxy.port == 2
    assert pool.traffic()["free"] == 50


def test_an_empty_or_invalid_list_is_said(store: MongoStore, clock: FakeClock) -> None:
    with pytest.raises(SourceDown, match="no usable free proxy"):
        ProxyPool(store, clock, Provider("bad")).lease("mls", "free")
    with pytest.raises(SourceDown, match="no usable premium proxy"):
        ProxyPool(store, clock, Provider("a")).lease("mls", "premium")
    assert ProxyPool(store, clock, Provider()).tier("mls", "premium_when_limited") is None


def test_a_process_killed_while_reading_blocks_nobody_for_long(
    store: MongoStore, clock: FakeClock
) -> None:
    store.db[PROXIES].insert_one(
        {
            "_id": "list",
            "reading_until": clock.now() + timedelta(seconds=100),
            "fetched_at": clock.now() - timedelta(days=1),
        }
    )
    began = clock.now()
    assert ProxyPool(store, clock, Provider("a")).lease("mls", "free")
    assert timedelta(seconds=99) < clock.now() - began < timedelta(seconds=102)


# ── leases ───────────────────────────────────────────────────────────────────────────────────────


def test_leases_are_spread_limited_and_given_back(store: MongoStore, clock: FakeClock) -> None:
    pool = ProxyPool(store, clock, Provider("a", "b"), per_proxy=2, patience=5)
    leases = [pool.lease("mls", "free") for _ in range(4)]
    assert Counter(lease.proxy.id for lease in leases) == {"a": 2, "b": 2}
    began = clock.now()
    with pytest.raises(TransientError, match="all 2 free proxies rest or are in use"):
        pool.lease("mls", "free")
    assert timedelta(seconds=4) < clock.now() - began <= timedelta(seconds=5)
    leases[0].ok(100, 0.5)
    leases[0].ok(100, 0.5)
    leases[0].failed("dead")
    assert pool.traffic()["free"] == 100
    assert pool.lease("mls", "free").proxy == leases[0].proxy


def test_a_rest_shorter_than_our_patience_is_waited_for(
    store: MongoStore, clock: FakeClock
) -> None:
    pool = ProxyPool(store, clock, Provider("a"), patience=40)
    pool.lease("mls", "free").failed("dead")
    assert pool.lease("mls", "free").proxy.id == "a"
    assert 29 < sum(clock.slept) < 31
    with pytest.raises(TransientError) as error:
        pool.lease("mls", "free", avoid={"free:a"})
    assert error.value.retry_after


HOLD = """
import sys, time
from datetime import UTC, datetime
from phoenix_re.collect.clock import SystemClock
from phoenix_re.collect.proxies import Proxy, ProxyPool
from phoenix_re.mongo import MongoStore
uri, database = sys.argv[1:]
rows = [Proxy("a", "127.0.0.1", 1, "free", "u", "p")]
pool = ProxyPool(MongoStore(uri, database), SystemClock(), lambda: rows, per_proxy=1)
lease = pool.lease("mls", "free")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_killed_process_frees_its_proxy(store: MongoStore, clock: FakeClock) -> None:
    arguments = [sys.executable, "-c", HOLD, store.uri, store.db.name]
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.kill()
    pool = ProxyPool(store, clock, Provider("a"), per_proxy=1, patience=1)
    with pytest.raises(TransientError, match="in use"):
        pool.lease("mls", "free")
    clock.advance(seconds=130)
    assert pool.lease("mls", "free").proxy.id == "a"


WORK = """
import json, sys, threading, time
from phoenix_re.collect.clock import SystemClock
from phoenix_re.collect.proxies import Proxy, ProxyPool
from phoenix_re.mongo import MongoStore
uri, database, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
rows = [Proxy(i, "127.0.0.1", 1, "free", "u", "p") for i in "ab"]
pool = ProxyPool(MongoStore(uri, database), SystemClock(), lambda: rows, per_proxy=2)
held = []
def work():
    for n in range(rounds):
        with pool.lease("mls", "free") as lease:
            start = time.monotonic()
            time.sleep(0.03)  # what is leased is in use for so long
            end = time.monotonic()
            held.append((lease.proxy.id, start, end))
            lease.ok(10, end - start) if n % 3 else lease.release()
threads = [threading.Thread(target=work) for _ in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
print(json.dumps(held))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="one monotonic clock for all processes")
def test_processes_never_hold_more_than_they_may(store: MongoStore) -> None:
    arguments = [sys.executable, "-c", WORK, store.uri, store.db.name, "12"]
    workers = [
        subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=os.environ.copy())
        for _ in range(2)
    ]
    held = [tuple(h) for w in workers for h in json.loads(w.communicate(timeout=120)[0])]
    assert len(held) == 2 * 4 * 12
    for proxy in "ab":
        changes = sorted(
            change
            for name, start, end in held
            if name == proxy
            for change in ((start, 1), (end, -1))
        )
        now = most = 0
        for _, step in changes:
            now += step
            most = max(most, now)
        assert most == 2
    documents = [store.db[PROXIES].find_one({"_id": f"free:{p}"}) for p in "ab"]
    assert [d and d["leases"] for d in documents] == [[], []]
    assert sum(d["bytes"] for d in documents if d) == 2 * 4 * 8 * 10
