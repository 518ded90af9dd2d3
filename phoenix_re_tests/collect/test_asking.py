"""Trying again and giving up, tokens, parallel calls, redirects, and what no message may say."""

import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.collect.access_token import AccessToken
from phoenix_re.collect.asking import FAILURES_IN_A_ROW, IN_FLIGHT, LONGEST_PAUSE, TRIES
from phoenix_re.collect.errors import (
    AuthError,
    CollectError,
    ContractError,
    PermanentError,
    SourceDown,
    SourceOut,
    TransientError,
)
from phoenix_re.collect.judging import without_secrets
from phoenix_re.mongo import MongoStore
from phoenix_re_tests.collect.askings import BASE, asking, clock_of, counts
from phoenix_re_tests.fake_clock import FakeClock

pytestmark = pytest.mark.integration

OK = httpx.Response(200, text="fine")
BUSY = httpx.Response(503)
REFUSED = httpx.ConnectError("[Errno 111] Connection refused")
SECRET = "s3cret-key-of-ours"  # noqa: S105


# ── trying again ────────────────────────────────────────────────────────────────────────────────


def test_what_is_transient_is_tried_again_with_growing_pauses(
    store: MongoStore, tmp_path: Path
) -> None:
    cut = httpx.RemoteProtocolError("peer closed connection")
    with asking(store, tmp_path, BUSY, cut, httpx.ReadTimeout("late"), OK) as (made, upstream):
        assert made.call("GET", f"{BASE}/x", kind="search").text == "fine"
        assert len(upstream.asked) == 4
        pauses = clock_of(made).slept
        assert [0.5 <= pauses[0] <= 1.5, 1 <= pauses[1] <= 2, 2 <= pauses[2] <= 3] == [True] * 3
        said = counts(made)
        assert (said["calls"], said["requests"], said["retries"]) == (1, 4, 3)
        assert said["errors"] == {}
        assert made.out is None


def test_it_ends_after_so_many_tries(store: MongoStore, tmp_path: Path) -> None:
    with asking(store, tmp_path, BUSY) as (made, upstream):
        with pytest.raises(TransientError, match=r"GET http://homes\.example/x gave 503"):
            made.call("GET", f"{BASE}/x", kind="search")
        assert len(upstream.asked) == TRIES
        assert counts(made)["errors"] == {"TransientError": 1}
        assert made.out is None


def test_retry_after_is_obeyed(store: MongoStore, tmp_path: Path) -> None:
    wait = httpx.Response(503, headers={"Retry-After": "7"})
    with asking(store, tmp_path, wait, OK) as (made, _):
        made.call("GET", f"{BASE}/x", kind="search")
        assert clock_of(made).slept == [7.0]


def test_a_429_stops_the_others_too(store: MongoStore, tmp_path: Path) -> None:
    throttled = httpx.Response(429, headers={"Retry-After": "5"})
    settings = {"requests_per_second": 10}
    with asking(store, tmp_path, throttled, OK, settings=settings) as (made, upstream):
        began = clock_of(made).now()
        made.call("GET", f"{BASE}/x", kind="search")
        assert (clock_of(made).now() - began).total_seconds() >= 5
        assert len(upstream.asked) == 2
        assert counts(made)["throttled"] == 1
        assert made.rules.limiter.state("zillow", "k").rate < 1


def test_who_wants_a_long_rest_is_left_alone(store: MongoStore, tmp_path: Path) -> None:
    wait = httpx.Response(503, headers={"Retry-After": str(int(LONGEST_PAUSE) + 1)})
    with asking(store, tmp_path, wait) as (made, upstream):
        with pytest.raises(SourceOut, match="wants no calls until 2026-03-02 17:01 UTC") as caught:
            made.call("GET", f"{BASE}/x", kind="search")
        assert caught.value.until is not None
        assert made.out is caught.value
        assert clock_of(made).slept == []
        with pytest.raises(SourceOut):
            made.call("GET", f"{BASE}/y", kind="search")
        assert len(upstream.asked) == 1
        assert counts(made)["calls"] == 1


def test_nobody_at_the_address(store: MongoStore, tmp_path: Path) -> None:
    with asking(store, tmp_path, REFUSED) as (made, upstream):
        with pytest.raises(
            SourceDown, match=r"nobody answers: GET http://homes.example/x\?key: .*111"
        ):
            made.call("GET", f"{BASE}/x?key={SECRET}", kind="search")
        assert len(upstream.asked) == TRIES
        assert counts(made)["requests"] == 0
        assert counts(made)["errors"] == {"SourceDown": 1}
        assert SECRET not in str(made.out)


def test_an_outage_of_a_moment_is_survived(store: MongoStore, tmp_path: Path) -> None:
    with asking(store, tmp_path, REFUSED, REFUSED, OK) as (made, _):
        assert made.call("GET", f"{BASE}/x", kind="search").text == "fine"


def test_many_failures_in_a_row_take_it_out(store: MongoStore, tmp_path: Path) -> None:
    with asking(store, tmp_path, BUSY) as (made, upstream):
        for _ in range(FAILURES_IN_A_ROW - 1):
            with pytest.raises(TransientError):
                made.call("GET", f"{BASE}/x", kind="search")
        with pytest.raises(SourceDown, match="8 calls failed one after the other"):
            made.call("GET", f"{BASE}/x", kind="search")
        assert len(upstream.asked) == FAILURES_IN_A_ROW * TRIES


def test_a_good_answer_ends_the_row(store: MongoStore, tmp_path: Path) -> None:
    bad = [BUSY] * TRIES * (FAILURES_IN_A_ROW - 1)
    with asking(store, tmp_path, *bad, OK, BUSY) as (made, _):
        for _ in range(FAILURES_IN_A_ROW - 1):
            with pytest.raises(TransientError):
                made.call("GET", f"{BASE}/x", kind="search")
        made.call("GET", f"{BASE}/x", kind="search")
        with pytest.raises(TransientError):
            made.call("GET", f"{BASE}/x", kind="search")
        assert made.out is None


def test_a_body_that_is_no_json_is_tried_again_and_then_drift(
    store: MongoStore, tmp_path: Path
) -> None:
    half, whole = httpx.Response(200, text='{"a": '), httpx.Response(200, text='{"a": 1}')
    with asking(store, tmp_path, half, whole) as (made, _):
        reply = made.call("GET", f"{BASE}/x", kind="search", expects_json=True)
        assert reply.json() == {"a": 1}
    for body in ('{"a": ', "[" * 200_000, "<html>"):
        broken = httpx.Response(200, text=body)
        with asking(store, tmp_path, broken) as (made, upstream):
            with pytest.raises(ContractError, match=r"gave no JSON: .* \(5 times\)") as caught:
                made.call("GET", f"{BASE}/x", kind="search", expects_json=True)
            assert len(upstream.asked) == TRIES
            assert caught.value.payload == body[:10_000]


def test_a_body_that_cannot_be_unpacked_is_transient(store: MongoStore, tmp_path: Path) -> None:
    broken = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=_Bytes(b"no gzip"))
    with (
        asking(store, tmp_path, broken) as (made, upstream),
        pytest.raises(TransientError, match=r"GET http://homes\.example/x"),
    ):
        made.call("GET", f"{BASE}/x", kind="search")
    assert len(upstream.asked) == TRIES


@pytest.mark.parametrize(("status", "error"), [(404, PermanentError), (401, AuthError)])
def test_what_is_not_transient_is_not_tried_again(
    store: MongoStore, tmp_path: Path, status: int, error: type[CollectError]
) -> None:
    with asking(store, tmp_path, httpx.Response(status)) as (made, upstream):
        with pytest.raises(error):
            made.call("GET", f"{BASE}/x", kind="search")
        assert len(upstream.asked) == 1
        assert (made.out is not None) == issubclass(error, SourceOut)


# ── redirects and addresses ─────────────────────────────────────────────────────────────────────


def _to(place: str) -> httpx.Response:
    return httpx.Response(302, headers={"Location": place})


def test_redirects_are_followed(store: MongoStore, tmp_path: Path) -> None:
    with asking(store, tmp_path, _to("/y"), _to("https://elsewhere.example/"), OK) as (made, up):
        assert made.call("GET", f"{BASE}/x", kind="search").text == "fine"
        assert str(up.asked[-1].url) == "https://elsewhere.example/"
        assert counts(made)["requests"] == 3


@pytest.mark.parametrize("place", ["https://elsewhere.example/", "http://127.0.0.1:1/x"])
def test_a_key_goes_to_no_other_host(store: MongoStore, tmp_path: Path, place: str) -> None:
    with asking(store, tmp_path, _to(place), OK, credentials={"key": SECRET}) as (made, upstream):
        for go in (
            lambda: made.call("GET", f"{BASE}/x", kind="a", headers={"X-Api-Key": SECRET}),
            lambda: made.download(f"{BASE}/file.csv", kind="a"),
        ):
            upstream.asked.clear()
            with pytest.raises(ContractError, match="where our key does not go"):
                go()
            assert len(upstream.asked) == 1


def test_a_key_follows_on_its_own_host(store: MongoStore, tmp_path: Path) -> None:
    moved = _to("https://homes.example/y")
    with asking(store, tmp_path, moved, OK, credentials={"key": SECRET}) as (made, _):
        assert made.call("GET", f"{BASE}/x", kind="search").text == "fine"


@pytest.mark.parametrize("place", ["/x", "http://[", "http://homes.example:port/"])
def test_redirects_without_end_or_sense(store: MongoStore, tmp_path: Path, place: str) -> None:
    for credentials in ({}, {"key": SECRET}):
        with (
            asking(store, tmp_path, _to(place), credentials=credentials) as (made, _),
            pytest.raises((ContractError, PermanentError)),
        ):
            made.call("GET", f"{BASE}/x", kind="search")


@pytest.mark.parametrize("url", ["http://homes.example:port/", f"http://a:{SECRET}/"])
def test_addresses_that_are_none(store: MongoStore, tmp_path: Path, url: str) -> None:
    with asking(store, tmp_path, OK, credentials={"key": SECRET}) as (made, _):
        for go in (made.call, lambda _, url, kind: made.download(url, kind=kind)):
            with pytest.raises(PermanentError, match="is no address") as caught:
                go("GET", url, kind="search")
            assert SECRET not in str(caught.value)


# ── tokens ──────────────────────────────────────────────────────────────────────────────────────


class Issuer:
    """Gives a new token each time, slowly."""

    def __init__(self, seconds: float = 3600) -> None:
        self.seconds = seconds
        self.given = 0

    def __call__(self) -> tuple[str, float]:
        time_to_race = threading.Event()
        time_to_race.wait(0.02)
        self.given += 1
        return f"token {self.given}", self.seconds


def _at_once(n: int, work: Any) -> list[Any]:
    results: list[Any] = [None] * n
    gate = threading.Barrier(n)

    def run(at: int) -> None:
        gate.wait()
        results[at] = work()

    threads = [threading.Thread(target=run, args=(at,)) for at in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_one_of_many_threads_fetches_the_token() -> None:
    token, issuer = AccessToken(FakeClock()), Issuer()
    assert set(_at_once(16, lambda: token.get(issuer, renew=False))) == {"token 1"}
    assert issuer.given == 1


def test_one_of_many_threads_renews_the_refused_token() -> None:
    token, issuer = AccessToken(FakeClock()), Issuer()
    gate = threading.Barrier(16)

    def refused() -> str:
        token.get(issuer, renew=False)
        gate.wait()
        return token.get(issuer, renew=True)

    assert set(_at_once(16, refused)) == {"token 2"}
    assert token.get(issuer, renew=True) == "token 3"


def test_a_token_is_renewed_before_it_expires() -> None:
    clock = FakeClock()
    token, issuer = AccessToken(clock), Issuer(100)
    assert token.get(issuer, renew=False) == "token 1"
    clock.advance(seconds=49)
    assert token.get(issuer, renew=False) == "token 1"
    clock.advance(seconds=1)
    assert token.get(issuer, renew=False) == "token 2"


def test_a_token_that_cannot_be_had_is_asked_for_again() -> None:
    token = AccessToken(FakeClock())

    def fails() -> tuple[str, float]:
        raise TransientError("zillow", "503")

    with pytest.raises(TransientError):
        token.get(fails, renew=False)
    assert token.get(Issuer(), renew=False) == "token 1"
    assert "token 1" not in repr(token)
    assert token.hidden_in("it is token 1") == "it is ***"


# ── calls at once ───────────────────────────────────────────────────────────────────────────────


def test_results_come_in_order(store: MongoStore, tmp_path: Path) -> None:
    with asking(store, tmp_path, OK) as (made, _):
        calls = [lambda n=n: time.sleep(0.002 * (8 - n)) or n for n in range(8)]
        assert list(made.parallel(calls)) == list(range(8))
        assert list(made.parallel([])) == []


def test_the_first_error_is_raised_and_nothing_further_begun(
    store: MongoStore, tmp_path: Path
) -> None:
    begun: list[int] = []

    def call(n: int) -> int:
        begun.append(n)
        time.sleep(0.005)
        if n == 1:
            raise ContractError("zillow", "no")
        return n

    with asking(store, tmp_path, OK) as (made, _):
        calls = [lambda n=n: call(n) for n in range(100)]
        results = made.parallel(calls)
        assert next(results) == 0
        with pytest.raises(ContractError):
            next(results)
    assert len(begun) <= 3 * IN_FLIGHT


def test_many_sessions_at_once_and_calls_within_calls(store: MongoStore, tmp_path: Path) -> None:
    with asking(store, tmp_path, OK) as (made, _):

        def nested() -> list[int]:
            return list(made.parallel([lambda n=n: n for n in range(3)]))

        def session() -> list[list[int]]:
            return list(made.parallel([nested] * 20))

        assert _at_once(12, session) == [[[0, 1, 2]] * 20] * 12


# ── what no message may say ─────────────────────────────────────────────────────────────────────

_WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_.~", min_size=8, max_size=30)


@given(secret=_WORDS.map("S3K".__add__), name=_WORDS, status=st.sampled_from([400, 404, 429, 500]))
def test_no_message_holds_a_secret_of_the_url(secret: str, name: str, status: int) -> None:
    from phoenix_re.collect import judging
    from phoenix_re.collect.metered import _no_answer

    url = httpx.URL(f"https://us:{secret}@homes.example/a", params={name: secret, "key": secret})
    request = httpx.Request("GET", url.copy_with(fragment=secret))
    assert secret not in without_secrets(request.url)
    for error in (httpx.ReadTimeout("timed out"), httpx.ConnectError("refused")):
        assert secret not in _no_answer(request, error)
    with pytest.raises(CollectError) as caught:
        judging.general("zillow", httpx.Response(status, request=request))
    assert secret not in str(caught.value)


def test_credentials_are_hidden_in_texts_and_reprs(store: MongoStore, tmp_path: Path) -> None:
    with asking(store, tmp_path, OK, credentials={"key": SECRET, "n": "ab"}) as (made, _):
        made.token(lambda: ("a-bearer-token", 60), renew=False)
        said = made.hiding_credentials(f"about {SECRET} and a-bearer-token")
        assert said == "about *** and ***"
        assert SECRET not in repr(made.access)


class _Bytes(httpx.SyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Any:
        yield self._content
