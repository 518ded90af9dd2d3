"""Proxies without a database: health, turns, whose fault a failure is, kept connections."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.collect.proxies import Proxy
from phoenix_re.collect.proxy_health import (
    LEAST_SCORE,
    Document,
    Failure,
    Rests,
    after_failure,
    after_success,
    live_leases,
    newcomer,
    rank,
    score,
    wakes_at,
)
from phoenix_re.collect.proxy_transport import ProxyTransports, blame

NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)
RESTS = Rests(first=30, longest=3_600, from_source=300)


def proxy_document(id_: str, **fields: object) -> Document:
    return {"_id": id_, **newcomer(), **fields}


def failed(document: Document, kind: Failure, times: int = 1) -> Document:
    for _ in range(times):
        document = {**document, **after_failure(document, kind, "mls", 7, NOW, RESTS)}
    return document


@pytest.mark.parametrize(("times", "seconds"), [(1, 30), (2, 60), (3, 120), (7, 1920), (9, 3600)])
def test_a_dead_proxy_rests_twice_as_long_each_time_up_to_a_cap(times: int, seconds: int) -> None:
    document = failed(proxy_document("a"), "dead", times)
    assert document["rests_until"] == NOW + timedelta(seconds=seconds)
    assert document["bytes"] == 7 * times
    assert rank([document], "mls", (), 2, NOW) == []
    later = document["rests_until"]
    assert rank([document], "mls", (), 2, later) == [document]


def test_calls_that_break_off_rest_a_proxy_from_the_third_in_a_row() -> None:
    assert failed(proxy_document("a"), "broken", 2)["rests_until"] is None
    assert failed(proxy_document("a"), "broken", 3)["rests_until"] == NOW + timedelta(seconds=30)
    between = failed(proxy_document("a"), "broken", 2)
    between |= after_success(between, 1, 0.1)
    assert failed(between, "broken", 2)["rests_until"] is None


def test_a_limit_rests_it_from_that_source_only() -> None:
    document = failed(proxy_document("a"), "limited")
    assert wakes_at(document, "mls", NOW) == NOW + timedelta(seconds=300)
    assert wakes_at(document, "other", NOW) == NOW
    assert document["success"] == 1.0


def test_success_heals_and_counts() -> None:
    ill = failed(proxy_document("a"), "dead", 3)
    well = {**ill, **after_success(ill, 1_000, 2.0)}
    assert (well["failures"], well["rests_until"], well["bytes"]) == (0, None, 1_021)
    assert ill["success"] < well["success"] < 1
    assert well["latency"] == pytest.approx(1.2)


@given(st.lists(st.sampled_from(["ok", "dead", "broken", "limited", "refused"]), max_size=60))
def test_health_stays_within_its_bounds(calls: list[str]) -> None:
    document = proxy_document("a")
    for call in calls:
        if call == "ok":
            document |= after_success(document, 10, 0.5)
        else:
            document |= after_failure(document, call, "mls", 10, NOW, RESTS)  # type: ignore[arg-type]
        assert 0 <= document["success"] <= 1
        assert LEAST_SCORE <= score(document) <= 1
        assert NOW <= wakes_at(document, "mls", NOW) <= NOW + timedelta(hours=1)
    assert document["bytes"] == 10 * len(calls)


def test_each_comes_round_and_the_better_ones_more_often() -> None:
    documents = {
        "good": proxy_document("good", latency=0.0),
        "slow": proxy_document("slow", latency=1.0),
        "bad": proxy_document("bad", latency=0.0, success=0.1),
    }
    turns: Counter[str] = Counter()
    now = NOW
    for _ in range(600):
        now += timedelta(seconds=1)
        first = rank(documents.values(), "mls", (), 2, now)[0]
        first["used_at"] = now
        turns[first["_id"]] += 1
    assert turns["good"] > 1.4 * turns["slow"] > 2 * turns["bad"] > 0


def test_full_and_tried_ones_are_left_out_and_past_leases_do_not_count() -> None:
    past, present = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)
    full = proxy_document("full", leases=[{"id": "1", "until": present}] * 2)
    freed = proxy_document(
        "freed", leases=[{"id": "1", "until": present}, {"id": "2", "until": past}]
    )
    tried = proxy_document("tried")
    assert [d["_id"] for d in rank([full, freed, tried], "mls", {"tried"}, 2, NOW)] == ["freed"]
    assert len(live_leases(freed, NOW)) == 1


REQUEST = httpx.Request("GET", "http://homes.test/")


@pytest.mark.parametrize(
    ("error", "asked", "kind"),
    [
        (httpx.ProxyError("407 Proxy Authentication Required"), False, "refused"),
        (httpx.ProxyError("502 Bad Gateway"), False, "dead"),
        (httpx.ConnectTimeout("slow"), False, "dead"),
        (httpx.ReadTimeout("no tunnel"), False, "dead"),
        (httpx.ReadTimeout("slow"), True, "broken"),
        (httpx.RemoteProtocolError("cut"), True, "broken"),
    ],
)
def test_whose_fault_it_is(error: httpx.TransportError, asked: bool, kind: str) -> None:
    assert blame(error, asked=asked) == kind


class Wire(httpx.BaseTransport):
    """Answers, and tells whether it was closed."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        self.closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert not self.closed
        return httpx.Response(200, stream=Body())

    def close(self) -> None:
        self.closed = True


class Body(httpx.SyncByteStream):
    def __iter__(self):
        yield b"x"


def numbered(n: int) -> Proxy:
    return Proxy(str(n), "127.0.0.1", 1 + n, "free", "user", "hunter2")


def kept(most: int) -> tuple[ProxyTransports, list[Wire]]:
    wires: list[Wire] = []

    def make(proxy: Proxy) -> Wire:
        wires.append(Wire(proxy))
        return wires[-1]

    return ProxyTransports(most, make=make), wires


def call(transports: ProxyTransports, n: int) -> httpx.BaseTransport:
    transport = transports.of(numbered(n))
    transport.handle_request(REQUEST).read()
    return transport


def test_a_transport_is_kept_per_proxy_and_the_least_lately_used_goes() -> None:
    transports, wires = kept(2)
    first = call(transports, 0)
    call(transports, 1)
    assert call(transports, 0) is first
    call(transports, 2)
    assert [w.closed for w in wires] == [False, True, False]
    transports.close()
    assert all(w.closed for w in wires)


def test_new_credentials_make_a_new_transport() -> None:
    transports, wires = kept(4)
    call(transports, 0)
    transports.of(Proxy("0", "127.0.0.1", 1, "free", "user", "changed")).handle_request(REQUEST)
    assert [w.proxy.password for w in wires] == ["hunter2", "changed"]


def test_one_in_use_is_closed_when_its_reply_is() -> None:
    transports, wires = kept(1)
    reply = transports.of(numbered(0)).handle_request(REQUEST)
    transports.of(numbered(1))
    assert not wires[0].closed
    reply.read()
    assert wires[0].closed
    reply.close()


def test_one_held_on_to_serves_still_and_leaves_nothing_open() -> None:
    transports, wires = kept(1)
    held = call(transports, 0)
    call(transports, 1)
    assert wires[0].closed
    assert held.handle_request(REQUEST).read() == b"x"
    assert [w.closed for w in wires] == [True, False, True]


def test_among_threads_no_call_meets_a_closed_transport() -> None:
    transports, wires = kept(2)
    errors: list[BaseException] = []

    def many(start: int) -> None:
        try:
            for n in range(200):
                call(transports, (start + n) % 5)
        except AssertionError as error:
            errors.append(error)

    threads = [threading.Thread(target=many, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    transports.close()
    assert errors == []
    assert all(w.closed for w in wires)
