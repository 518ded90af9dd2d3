"""The servers as one, over real sockets: dispatch, failover, rest and return."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from phoenix_re.collect.errors import PermanentError, TransientError
from phoenix_re.enrich.model.breaker import Breaker, Rests
from phoenix_re.enrich.model.errors import AnswerError, NoServerError
from phoenix_re.enrich.model.hosts import is_local, parse_hosts
from phoenix_re.enrich.model.probing import probe_slots, slots_of
from phoenix_re.enrich.model.server import Reply, ServerFailure
from phoenix_re.enrich.model.servers import Servers
from phoenix_re_tests.enrich.model.fake_ollama import EMPTY, FakeOllama
from phoenix_re_tests.fake_clock import FakeClock

SCHEMA = {"type": "object"}
QUICK = Rests(first=0.02, longest=0.2)
GONE = "http://127.0.0.1:9"  # nobody listens on the discard port

Start = Callable[..., FakeOllama]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a fake with the arguments given."""
    running: list[FakeOllama] = []

    def begin(**how: object) -> FakeOllama:
        running.append(FakeOllama(**how))  # type: ignore[arg-type]  # as the class has them
        return running[-1]

    yield begin
    for fake in running:
        fake.stop()


@pytest.fixture
def serve() -> Iterator[Callable[..., Servers]]:
    """`Servers` over some fakes, or hosts."""
    made: list[Servers] = []

    def begin(*where: FakeOllama | str, **how: object) -> Servers:
        hosts = [w if isinstance(w, str) else w.host for w in where]
        how = {"slots": 1, "rests": QUICK, "patience_s": 5.0} | how
        made.append(Servers(hosts, "tiny", **how))  # type: ignore[arg-type]
        return made[-1]

    yield begin
    for servers in made:
        servers.close()


def ask(servers: Servers, text: str = "a home", timeout_s: float = 10.0) -> Reply:
    return servers.ask([{"role": "user", "content": text}], SCHEMA, timeout_s)


def ask_all(servers: Servers, texts: list[str], at_once: int) -> list[Reply]:
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda text: ask(servers, text), texts))


def texts(n: int) -> list[str]:
    return [f"home {i}" for i in range(n)]


# ── one server ──────────────────────────────────────────────────────────────────────────────────


def test_an_answer_says_what_it_took(start: Start, serve: Callable[..., Servers]) -> None:
    fake = start(delay_s=0.05, answer=lambda text: f"[{text}]")
    servers = serve(fake)
    reply = ask(servers, "pool")
    assert (reply.content, reply.server, reply.digest) == ("[pool]", fake.host, "a80c4f17")
    assert (reply.prompt_tokens, reply.answer_tokens, reply.load_s) == (26, 14, 0.005)
    assert 0.05 <= reply.seconds < 5
    body = fake.asked[0]
    assert body["format"] == SCHEMA
    assert body["stream"] is False
    assert "keep_alive" not in body  # what others set for the model is not touched
    assert body["options"] == {"temperature": 0, "seed": 7, "num_ctx": 4096, "num_predict": 1024}
    (row,) = servers.status()
    assert (row.state, row.version, row.calls, row.failures) == ("ready", "0.12.0", 1, 0)
    assert row.local
    assert servers.digests() == {"a80c4f17"}


def test_a_cut_answer_and_a_cut_prompt_are_no_answers(
    start: Start, serve: Callable[..., Servers]
) -> None:
    fake = start()
    servers = serve(fake, num_ctx=100)
    fake.faults.append("cut")
    with pytest.raises(AnswerError, match="num_predict") as cut:
        ask(servers)
    assert (cut.value.reason, cut.value.payload) == ("cut_off", '{"cla')
    fake.prompt_tokens = 100
    with pytest.raises(AnswerError, match="raise num_ctx") as long:
        ask(servers)
    assert long.value.reason == "prompt_too_long"
    fake.prompt_tokens = 90  # and 14 of answer: the window slid over the prompt's beginning
    with pytest.raises(AnswerError) as slid:
        ask(servers)
    assert slid.value.reason == "cut_off"
    fake.prompt_tokens = 86
    assert ask(servers).content == EMPTY
    assert servers.status()[0].failures == 0  # none of it speaks against the server


def test_malformed_and_empty_content_is_handed_on(
    start: Start, serve: Callable[..., Servers]
) -> None:
    fake = start()
    servers = serve(fake)
    fake.faults.extend(("malformed", "empty"))
    assert ask(servers).content == '{"claims":[{'
    assert ask(servers).content == ""


def test_a_token_goes_with_every_request(
    start: Start, serve: Callable[..., Servers], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", "secret")
    fake = start()
    ask(serve(fake))
    assert fake.tokens == {"Bearer secret"}


def test_slots_bound_what_is_asked_at_once(start: Start, serve: Callable[..., Servers]) -> None:
    fake = start(slots=8)
    fake.held = True
    servers = serve(fake, slots=3)
    with ThreadPoolExecutor(1) as pool:
        replies = pool.submit(ask_all, servers, texts(18), 12)
        _until(lambda: fake.at_most == 3 and len(servers._line) == 9)
        fake.held = False
        assert len(replies.result(10)) == 18
    assert fake.at_most == 3
    assert servers.status()[0].busy == 0


def test_a_newcomer_passes_nobody(start: Start, serve: Callable[..., Servers]) -> None:
    """Callers that ask again at once do not starve one that waits."""
    fake = start(delay_s=0.02)
    servers = serve(fake)
    done: list[str] = []

    def again(name: str) -> None:
        for _ in range(10):
            ask(servers, name)
            done.append(name)

    callers = [threading.Thread(target=again, args=(n,)) for n in ("a", "b", "c")]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    for turn in range(0, 24, 3):  # in each round everybody has had a turn, give or take one
        counts = Counter(done[: turn + 6])
        assert max(counts.values()) - min(counts.get(n, 0) for n in "abc") <= 2


# ── several servers ─────────────────────────────────────────────────────────────────────────────


def test_unequal_servers_reach_the_sum_of_their_speeds(
    start: Start, serve: Callable[..., Servers]
) -> None:
    quick, middling, slow = start(delay_s=0.15), start(delay_s=0.3), start(delay_s=0.6)
    servers = serve(quick, middling, slow)
    n = 42
    begun = time.perf_counter()
    replies = ask_all(servers, texts(n), 6)
    seconds = time.perf_counter() - begun
    served = Counter(reply.server for reply in replies)
    assert served[quick.host] > 1.3 * served[middling.host] > 1.3 * served[slow.host] > 0
    # the bound leaves room for a loaded machine, yet the quickest alone would be slower
    assert seconds < n * 0.15 < 1.8 * n / (1 / 0.15 + 1 / 0.3 + 1 / 0.6)
    assert sorted(quick.answered + middling.answered + slow.answered) == sorted(texts(n))


def test_a_lone_caller_is_served_by_the_quicker(
    start: Start, serve: Callable[..., Servers]
) -> None:
    quick, slow = start(delay_s=0.01), start(delay_s=0.2)
    servers = serve(slow, quick)
    hosts = [ask(servers).server for _ in range(6)]
    assert hosts[2:] == [quick.host] * 4  # after each was tried once


def test_kill_one_restart_it_kill_the_other(start: Start, serve: Callable[..., Servers]) -> None:
    """Every text is answered once, and none again that had been answered."""
    one, two = start(delay_s=0.03, slots=2), start(delay_s=0.03, slots=2)
    servers = serve(one, two, slots=2)
    n = 90

    def disturb() -> None:
        one.wait_until_pending(1)
        one.kill()
        _until(lambda: len(two.answered) >= 20)
        two.held = True  # so that the rest is not done before the first is back
        one.start()
        _until(lambda: len(one.answered) >= 20)
        two.kill()
        two.held = False

    trouble = threading.Thread(target=disturb)
    trouble.start()
    replies = ask_all(servers, texts(n), 6)
    trouble.join()
    assert len(replies) == n
    # the kill may hit an answer on its way; but for those, each was answered once
    counts = Counter(one.answered + two.answered)
    assert set(counts) == set(texts(n))
    assert sum(counts.values()) <= n + 4
    assert servers.status()[0].state == "ready"
    assert servers.status()[1].failures > 0
    two.start()
    _until(lambda: bool(ask_all(servers, texts(4), 4)) and servers.status()[1].state == "ready")


@pytest.mark.parametrize("fault", ["404", "503", "500", "reset", "html", "400"])
def test_a_call_moves_on(start: Start, serve: Callable[..., Servers], fault: str) -> None:
    bad, good = start(), start()
    bad.always = fault  # type: ignore[assignment]
    servers = serve(bad, good)
    replies = [ask(servers, text) for text in texts(4)]
    assert {reply.server for reply in replies} == {good.host}
    assert Counter(good.answered) == Counter(texts(4))
    (row, _) = servers.status()
    assert (row.failures > 0) == (fault != "400")  # the request's fault, not the server's


def test_a_hang_costs_its_timeout_once(start: Start, serve: Callable[..., Servers]) -> None:
    bad, good = start(), start(delay_s=0.01)
    bad.always = "hang"
    servers = serve(bad, good, rests=Rests(first=30))
    begun = time.perf_counter()
    replies = [ask(servers, text, timeout_s=0.3) for text in texts(8)]
    assert {reply.server for reply in replies} == {good.host}
    assert len(bad.asked) == 1
    assert 0.3 <= time.perf_counter() - begun < 5
    row = servers.status()[0]
    assert row.state == "resting"
    assert "hangs or is overloaded" in row.problem


def test_a_dead_only_server_is_waited_for(start: Start, serve: Callable[..., Servers]) -> None:
    fake = start()
    servers = serve(fake)
    ask(servers)
    fake.kill()
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(ask, servers, text) for text in texts(3)]
        _until(lambda: servers.status()[0].state != "ready")
        fake.start()
        assert {w.result(10).content for w in waiting} == {EMPTY}


def test_a_full_queue_is_a_rest(start: Start, serve: Callable[..., Servers]) -> None:
    fake = start()
    servers = serve(fake)
    fake.faults.extend(("503", "503"))
    assert ask(servers).content == EMPTY
    assert len(fake.asked) == 3
    assert servers.status()[0].failures == 2


# ── nobody left ─────────────────────────────────────────────────────────────────────────────────


def test_nobody_left_says_of_each_what_to_do(start: Start, serve: Callable[..., Servers]) -> None:
    without = start(models=("other:latest",))
    servers = serve(GONE, without, patience_s=0)
    with pytest.raises(NoServerError) as error:
        ask(servers)
    assert isinstance(error.value, TransientError)
    assert "ollama serve" in error.value.servers[GONE]
    hint = f"OLLAMA_HOST={without.host} ollama pull tiny"
    assert hint in error.value.servers[without.host]
    assert hint in str(error.value)


def test_no_hosts_at_all(serve: Callable[..., Servers]) -> None:
    with pytest.raises(NoServerError, match="set OLLAMA_HOSTS"):
        ask(serve())
    with pytest.raises(NoServerError, match="set OLLAMA_HOSTS"):
        serve().warm()


def test_the_dead_are_waited_for_once_not_by_every_call(serve: Callable[..., Servers]) -> None:
    clock = FakeClock()
    servers = serve(GONE, patience_s=0, clock=clock, rests=Rests(first=60))
    for _ in range(50):
        with pytest.raises(NoServerError):
            ask(servers)
    assert servers.status()[0].failures == 1
    clock.advance(seconds=61)
    with pytest.raises(NoServerError):
        ask(servers)
    assert servers.status()[0].failures == 2  # the trial
    clock.advance(seconds=61)
    with pytest.raises(NoServerError):
        ask(servers)
    assert servers.status()[0].failures == 2  # the second rest is twice as long


def test_a_text_that_breaks_every_server_ends(start: Start, serve: Callable[..., Servers]) -> None:
    one, two = start(), start()
    one.always = two.always = "500"
    servers = serve(one, two)
    with pytest.raises(NoServerError, match="llama runner process has terminated"):
        ask(servers)
    assert len(one.asked) == len(two.asked) == 2
    one.always = two.always = None
    assert ask(servers).content == EMPTY


def test_a_request_that_all_refuse_is_permanent(
    start: Start, serve: Callable[..., Servers]
) -> None:
    one, two = start(), start()
    one.always = two.always = "400"
    with pytest.raises(PermanentError, match="does not support chat"):
        ask(serve(one, two))
    assert len(one.asked) == len(two.asked) == 1


def test_close_ends_the_waiting(start: Start, serve: Callable[..., Servers]) -> None:
    fake = start()
    fake.always = "hang"
    servers = serve(fake)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask, servers, "one", 2.0)
        fake.wait_until_pending(1)
        second = pool.submit(ask, servers, "two")
        _until(lambda: len(servers._line) == 1)
        servers.close()
        with pytest.raises(NoServerError, match="closed"):
            second.result(10)
        with pytest.raises(NoServerError):
            first.result(10)


# ── before and after a batch ────────────────────────────────────────────────────────────────────


def test_warm_loads_probes_and_releases(start: Start, serve: Callable[..., Servers]) -> None:
    fake, other = start(delay_s=1.0, slots=4), start(delay_s=1.0)
    other.loaded.add("tiny:latest")
    servers = serve(fake, other, GONE, slots=None)
    rows = {row.host: row for row in servers.warm()}
    assert (rows[fake.host].slots, rows[other.host].slots) == (4, 1)
    assert rows[fake.host].loaded
    assert rows[fake.host].gpu_share == 0.75
    assert rows[GONE].state == "resting"
    assert fake.loads == ["10m"]
    assert other.loads == []  # somebody else's: neither kept longer nor let go
    assert servers.release() == {}
    assert fake.loads == ["10m", "1m"]
    assert other.loads == []
    servers.release()
    assert fake.loads == ["10m", "1m"]


def test_release_does_not_load_what_is_gone(start: Start, serve: Callable[..., Servers]) -> None:
    fake = start()
    servers = serve(fake)
    servers.warm()
    fake.loaded.clear()
    assert servers.release() == {}
    assert fake.loads == ["10m"]
    servers.warm()
    fake.kill()
    assert "no connection" in servers.release()[fake.host]


def test_warm_without_a_server(serve: Callable[..., Servers]) -> None:
    with pytest.raises(NoServerError, match="ollama serve"):
        serve(GONE).warm()


def test_pull_makes_a_server_useful(start: Start, serve: Callable[..., Servers]) -> None:
    fake = start(models=())
    servers = serve(fake, patience_s=0, rests=Rests(first=1000))
    with pytest.raises(NoServerError, match="ollama pull tiny"):
        ask(servers)
    lines = list(servers.pull(fake.host))
    assert [line.status for line in lines][-1] == "success"
    assert (lines[1].completed, lines[1].total) == (50, 100)
    assert ask(servers).content == EMPTY
    with pytest.raises(ServerFailure, match="no connection"):
        list(serve(GONE).pull(GONE))


def test_slots_can_change_while_it_works(start: Start, serve: Callable[..., Servers]) -> None:
    fake = start(slots=8)
    fake.held = True
    servers = serve(fake)
    with ThreadPoolExecutor(6) as pool:
        waiting = [pool.submit(ask, servers, text) for text in texts(8)]
        _until(lambda: fake.at_most == 1 and len(servers._line) == 5)
        servers.use_slots(fake.host, 4)
        _until(lambda: fake.at_most == 4)
        fake.held = False
        assert len([w.result(10) for w in waiting]) == 8
    assert fake.at_most == 4


# ── parts ───────────────────────────────────────────────────────────────────────────────────────


def test_a_dripping_reply_ends_in_time(serve: Callable[..., Servers]) -> None:
    """A byte now and then does not extend the limit."""
    with _dripping() as host, pytest.raises(NoServerError, match="hangs or is overloaded"):
        ask(serve(host, patience_s=0), timeout_s=0.5)


def test_a_breaker_opens_rests_and_tries() -> None:
    clock = FakeClock()
    breaker = Breaker(Rests(first=1, longest=5, failures=3))
    for _ in range(2):
        breaker.failed(clock.now(), trial=False)
    breaker.succeeded(trial=False)
    for _ in range(2):
        breaker.failed(clock.now(), trial=False)
        assert breaker.is_closed
    breaker.failed(clock.now(), trial=False)
    assert not breaker.admits(clock.now())
    breaker.failed(clock.now(), trial=False, at_once=True)  # one that was under way
    breaker.succeeded(trial=False)  # likewise
    went_out = breaker.out_since
    for rest in (1, 2, 4, 5, 5):
        clock.advance(seconds=rest - 0.01)
        assert not breaker.admits(clock.now())
        clock.advance(seconds=0.01)
        assert breaker.admits(clock.now())
        breaker.begin_trial()
        assert not breaker.admits(clock.now())
        breaker.failed(clock.now(), trial=True)
    assert breaker.out_since == went_out
    clock.advance(seconds=5)
    breaker.begin_trial()
    breaker.failed(clock.now(), trial=True, cost_s=4.5)
    clock.advance(seconds=5)
    breaker.begin_trial()
    breaker.end_trial()  # said nothing
    assert breaker.admits(clock.now())
    breaker.begin_trial()
    breaker.succeeded(trial=True)
    assert breaker.is_closed
    assert breaker.out_since is None
    breaker.failed(clock.now(), trial=False, at_once=True)
    assert breaker.wakes_at() == clock.now() + timedelta(seconds=1)  # all is forgotten


def test_a_costly_trial_brings_a_long_rest() -> None:
    clock = FakeClock()
    breaker = Breaker(Rests(first=1, longest=300))
    breaker.failed(clock.now(), trial=False, at_once=True)
    clock.advance(seconds=1)
    breaker.begin_trial()
    breaker.failed(clock.now(), trial=True, cost_s=180)
    clock.advance(seconds=179)
    assert not breaker.admits(clock.now())
    clock.advance(seconds=1)
    assert breaker.admits(clock.now())


@pytest.mark.parametrize(
    ("alone", "ends", "slots"),
    [
        (1.0, [1, 2, 3, 4, 5, 6, 7, 8], 1),  # one after the other
        (1.0, [1, 1, 1, 2, 2, 2, 3, 3], 3),
        (1.0, [1.1, 1.1, 2.0, 2.1, 3.0, 3.1, 4.0, 4.1], 2),
        (1.0, [2.0] * 8, 8),  # slower together, yet four times as much
        (1.0, [8.0] * 8, 1),  # slots that bring nothing
        (1.0, [4, 4, 4, 4, 8, 8, 8, 8], 1),
        (1.0, [1.9, 1.9, 1.9, 2.9, 2.9, 2.9, 3.9, 3.9], 3),  # all were slow to start
        (1.0, [1.3, 1.4, 2.6, 2.7, 4.0, 4.1, 5.3, 5.4], 2),
    ],
)
def test_slots_from_times(alone: float, ends: list[float], slots: int) -> None:
    assert slots_of(alone, ends) == slots


def test_a_failing_probe_says_so() -> None:
    def fail() -> None:
        raise ServerFailure("busy", "full")

    with pytest.raises(ServerFailure, match="full"):
        probe_slots(fail)


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("http://a:11434,http://b:11434", ("http://a:11434", "http://b:11434")),
        (" a , b:1234/ ;a,", ("http://a:11434", "http://b:1234")),
        ("https://gpu.lan/ollama/", ("https://gpu.lan:443/ollama",)),
        ("http://a", ("http://a:80",)),
        ("0.0.0.0:11434,[::1]:1", ("http://127.0.0.1:11434", "http://[::1]:1")),
        ("", ()),
    ],
)
def test_hosts_are_read_as_ollama_reads_them(text: str, hosts: tuple[str, ...]) -> None:
    assert parse_hosts(text) == hosts


@pytest.mark.parametrize("text", ["ftp://a", "http://", "a:port", "http://a?x=1", "a:99999"])
def test_hosts_that_cannot_be_read(text: str) -> None:
    with pytest.raises(ValueError, match="OLLAMA_HOSTS"):
        parse_hosts(text)


def test_a_password_is_refused_and_not_told() -> None:
    for text in ("http://me:hunter2@a:11434", "me:hunter2@a", "http://me:hunter2@a:port"):
        with pytest.raises(ValueError, match="OLLAMA_HOSTS") as error:
            parse_hosts(text)
        assert "hunter2" not in str(error.value)


def test_local_hosts() -> None:
    assert is_local("http://127.0.0.1:11434")
    assert is_local("http://localhost:1")
    assert is_local("http://[::1]:1")
    assert not is_local("http://gpu.lan:11434")
    assert not is_local("http://10.0.0.5:11434")


def _until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for a condition that nobody signals."""
    tick, end = threading.Event(), time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came true"
        tick.wait(0.005)


@contextmanager
def _dripping() -> Iterator[str]:
    """A host that is an Ollama but for chats, which it answers a byte at a time."""
    done = threading.Event()

    class Drip(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = {"/api/version": {"version": "1"}, "/api/tags": {"models": [{"model": "tiny"}]}}
            body = json.dumps(known.get(self.path, {"models": []})).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.send_response(200)
            self.send_header("content-length", "100000")
            self.end_headers()
            with suppress(OSError):  # the client leaves
                while not done.wait(0.05):
                    self.wfile.write(b" ")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Drip)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        done.set()
        server.shutdown()
        server.server_close()
