"""Instagram's hashtag search: each post once, 30 hashtags in 7 days, errors by their code."""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.testclient import TestClient

from phoenix_re.collect.errors import (
    AuthError,
    CollectError,
    ContractError,
    PermanentError,
    QuotaExceeded,
    TransientError,
)
from phoenix_re.collect.source import Post
from phoenix_re.collect.sources import instagram
from phoenix_re.collect.sources.instagram import SPEC, InstagramOptions
from phoenix_re.markets import load_markets
from phoenix_re.sandbox.scene import Scene
from phoenix_re.sandbox.upstreams import instagram as stand_in
from phoenix_re.sandbox.world import World
from phoenix_re_tests.plain_session import PlainSession

START = datetime(2026, 3, 2, 17, tzinfo=UTC)
PHX = load_markets()["phx"]
WORLD = World({"phx": PHX}, houses_per_zip=1)


class Bench:
    """One scene and one cursor; a session for each run."""

    def __init__(self, **faults: Any) -> None:
        self.scene = Scene(WORLD, START, clock=lambda: 0.0)
        self.scene.faults["instagram"] = dict(faults)
        self.cursor: dict[str, Any] = {}
        self.client = TestClient(Starlette(routes=stand_in.UPSTREAM.routes(self.scene)))

    def session(self, *hashtags: str, **options: Any) -> PlainSession:
        return PlainSession(
            *(SPEC, self.client, PHX),
            options={"hashtags": hashtags, **options},
            cursor=self.cursor,
            credentials=stand_in.UPSTREAM.credentials,
            now=self.scene.now,
        )

    def posts(self, *hashtags: str, **options: Any) -> list[Post]:
        return [p for p in self.session(*hashtags, **options).collect() if isinstance(p, Post)]

    def offered(self, hashtag: str) -> dict[str, dict[str, Any]]:
        return {p["id"]: p for p in stand_in.posts(self.scene, stand_in.hashtag_id(hashtag))}


def kinds(session: PlainSession) -> list[str]:
    return [kind for kind, _ in session.calls]


def test_every_post_of_the_day_with_a_caption_is_found_once() -> None:
    bench = Bench()
    session = bench.session("PhoenixHomes", "#justlisted")
    posts = [p for p in session.collect() if isinstance(p, Post)]
    offered = bench.offered("phoenixhomes") | bench.offered("justlisted")
    written = {key: post for key, post in offered.items() if "caption" in post}
    assert len(written) < len(offered)
    assert sorted(p.key for p in posts) == sorted(written)
    for post in posts:
        source = written[post.key]
        assert post.text == source["caption"]
        assert post.url == source["permalink"]
        assert f"{post.posted_at:%Y-%m-%dT%H:%M:%S%z}" == source["timestamp"]
        assert START - timedelta(days=1) <= post.posted_at <= START
    assert sum("have no caption" in note for note in session.notes) == 2


def test_pages_of_fifty_by_a_cursor_that_never_changes() -> None:
    session = Bench().session("phoenixhomes")
    session.collect()
    assert kinds(session) == ["ledger", "hashtag", "recent_media", "recent_media", "recent_media"]
    assert stand_in.POSTS_A_DAY == 130


def test_nothing_of_a_person_is_asked_for_or_kept() -> None:
    requests: list[httpx.Request] = []
    bench = Bench()
    bench.client.event_hooks["request"].append(requests.append)
    posts = bench.posts("phoenixhomes")
    asked = {r.url.params["fields"] for r in requests if "fields" in r.url.params}
    assert asked == {InstagramOptions().fields}
    assert not {"username", "owner", "media_url", "children"} & set(asked.pop().split(","))
    assert all(not {"caption", "media_url", "children"} & p.payload.keys() for p in posts)
    assert any("like_count" not in p.payload for p in posts)


def test_a_second_run_finds_only_what_is_new_and_asks_one_page() -> None:
    bench = Bench()
    first = bench.posts("phoenixhomes")
    again = bench.session("phoenixhomes")
    assert again.collect() == []
    assert kinds(again) == ["recent_media"]  # id and ledger are remembered; a known page ends it
    bench.scene.advanced = timedelta(hours=6)
    later = bench.posts("phoenixhomes")
    assert {p.key for p in later}.isdisjoint(p.key for p in first)
    fresh = {k for k, p in bench.offered("phoenixhomes").items() if "caption" in p}
    assert {p.key for p in later} == fresh - {p.key for p in first}


def test_posts_are_forgotten_after_two_days_and_ids_never() -> None:
    bench = Bench()
    bench.posts("phoenixhomes")
    bench.scene.advanced = timedelta(days=3)
    bench.posts("phoenixhomes")
    assert len(bench.cursor["seen"]) == stand_in.POSTS_A_DAY
    bench.scene.advanced = timedelta(days=30)
    session = bench.session("phoenixhomes")
    session.collect()
    assert "hashtag" not in kinds(session)
    json.dumps(bench.cursor)


def test_without_hashtags_there_is_a_note_and_no_call() -> None:
    session = Bench().session()
    assert session.collect() == []
    assert session.calls == []
    assert "options.hashtags" in session.notes[0]


# ── 30 hashtags in 7 days ───────────────────────────────────────────────────────────────────────

MANY = tuple(f"homes{number}" for number in range(31))


def test_the_31st_hashtag_is_not_asked_for() -> None:
    bench = Bench()
    session = bench.session(*MANY, pages_per_hashtag=1)
    session.collect()
    assert kinds(session).count("hashtag") == 30
    assert sum("#homes30 was not asked for" in note for note in session.notes) == 1
    assert len(bench.cursor["asked"]) == 30


def test_asking_again_is_free_and_does_not_set_the_clock_back() -> None:
    bench = Bench()
    bench.posts(*MANY[:30], pages_per_hashtag=1)
    bench.scene.advanced = timedelta(days=6)
    again = bench.session(*MANY, pages_per_hashtag=1)
    again.collect()
    assert kinds(again) == ["recent_media"] * 30
    bench.scene.advanced = timedelta(days=7, minutes=1)
    later = bench.session(MANY[30], pages_per_hashtag=1)
    assert later.collect()
    assert kinds(later) == ["ledger", "hashtag", "recent_media"]


def test_hashtags_that_others_asked_for_with_the_account_count_too() -> None:
    bench = Bench()
    bench.posts(*MANY[:30], pages_per_hashtag=1)
    bench.cursor = {}  # another market: its cursor knows nothing of them
    session = bench.session("somethingelse", MANY[3], pages_per_hashtag=1)
    session.collect()
    assert "#somethingelse was not asked for" in session.notes[0]
    assert kinds(session) == ["ledger"]  # without an id we cannot tell that homes3 would be free
    bench.cursor = {"ids": {MANY[3]: stand_in.hashtag_id(MANY[3])}}
    known = bench.session(MANY[3], pages_per_hashtag=1)
    assert known.collect()


def test_a_hashtag_that_instagram_refuses_is_told_and_not_asked_for_again() -> None:
    bench = Bench()
    session = bench.session("nsfwhomes", "phoenixhomes")
    assert session.collect()
    assert any("#nsfwhomes" in note and "error 24" in note for note in session.notes)
    again = bench.session("nsfwhomes", "phoenixhomes")
    again.collect()
    assert kinds(again) == ["recent_media"]
    assert any("#nsfwhomes was refused" in note for note in again.notes)


@pytest.mark.parametrize("hashtag", ["two words", "🌵", "", "a-b"])
def test_what_is_no_hashtag_is_told_at_once(hashtag: str) -> None:
    with pytest.raises(ValidationError, match="is no hashtag"):
        InstagramOptions(hashtags=(hashtag,))


# ── errors ──────────────────────────────────────────────────────────────────────────────────────


def test_an_expired_token_ends_the_source() -> None:
    with pytest.raises(AuthError, match="INSTAGRAM_ACCESS_TOKEN"):
        Bench(token_expired=True).session("phoenixhomes").collect()


def test_missing_permission_names_app_review() -> None:
    with pytest.raises(AuthError, match="App Review"):
        Bench(no_permission=True).session("phoenixhomes").collect()


@pytest.mark.parametrize("code", [4, 17, 32, 613])
def test_throttles_are_transient_and_tell_how_long(code: int) -> None:
    with pytest.raises(TransientError) as caught:
        Bench(throttled=code, regain_minutes=7).session("phoenixhomes").collect()
    assert caught.value.throttled
    assert caught.value.retry_after == 420


def test_a_renamed_field_is_drift() -> None:
    with pytest.raises(ContractError, match="timestamp"):
        Bench(renamed_field=True).session("phoenixhomes").collect()


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 190, AuthError),
        (403, 200, AuthError),
        (400, 100, PermanentError),
        (400, 18, QuotaExceeded),
        (500, 2, TransientError),
        (400, 1, TransientError),
        (200, 190, AuthError),  # an error as success
        (503, 999, TransientError),
        (400, None, PermanentError),
    ],
)
def test_codes_decide(status: int, code: int | None, expected: type[CollectError]) -> None:
    body = {"error": {"message": "said", "code": code}}
    with pytest.raises(expected):
        instagram.judge("instagram", _response(status, body))


def test_no_message_holds_the_token() -> None:
    bench = Bench()
    session = bench.session("phoenixhomes")
    session.credentials = {"token": "wrong-secret", "user_id": stand_in.USER_ID}
    with pytest.raises(AuthError) as caught:
        session.collect()
    assert "wrong-secret" not in str(caught.value)
    request = httpx.Request("GET", "https://graph.example/x?access_token=wrong-secret")
    said = httpx.Response(400, json={"error": {"code": 100}}, request=request)
    with pytest.raises(PermanentError) as refused:
        instagram.judge("instagram", said)
    assert "wrong-secret" not in str(refused.value)


@pytest.mark.parametrize(
    "header", ["", "[]", "{", '{"1": [{"estimated_time_to_regain_access": 0}]}']
)
def test_odd_usage_headers_do_no_harm(header: str) -> None:
    headers = {"x-business-use-case-usage": header}
    with pytest.raises(TransientError) as caught:
        instagram.judge("instagram", _response(400, {"error": {"code": 4}}, headers))
    assert caught.value.retry_after is None


def _response(status: int, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
    request = httpx.Request("GET", "https://graph.example/v1/x")
    return httpx.Response(status, json=body, headers=headers, request=request)


# ── mutated replies ─────────────────────────────────────────────────────────────────────────────

_JUNK = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.text(max_size=5), st.integers(), max_size=2)
)


def _places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in inner:
        yield (*at, key)
        if isinstance(one, dict | list):
            yield from _places(one, (*at, key))


_GOOD: list[Any] = []


def _good_page() -> Any:
    if not _GOOD:
        bench = Bench()
        bench.posts("phoenixhomes")
        params = {
            "user_id": stand_in.USER_ID,
            "access_token": stand_in.TOKEN,
            "fields": InstagramOptions().fields,
            "limit": 3,
        }
        path = f"/v23.0/{stand_in.hashtag_id('phoenixhomes')}/recent_media"
        _GOOD.append(bench.client.get(path, params=params).json())
    return copy.deepcopy(_GOOD[0])


@given(data=st.data())
def test_whatever_a_page_holds_ends_as_posts_or_drift(data: st.DataObject) -> None:
    page = _good_page()
    for _ in range(data.draw(st.integers(1, 3))):
        *parents, key = data.draw(st.sampled_from(list(_places(page))))
        holder = page
        for parent in parents:
            holder = holder[parent]
        if data.draw(st.booleans()):
            holder[key] = data.draw(_JUNK)
        else:
            holder.pop(key)
        if not isinstance(page, dict) or not list(_places(page)):
            break
    text = json.dumps(page)
    cut = data.draw(st.none() | st.integers(0, len(text)))
    body = text if cut is None else text[:cut]
    try:
        posts = _session_over(body).collect()
    except ContractError:
        return
    assert all(isinstance(p, Post) and p.key and p.posted_at.tzinfo for p in posts)


def _session_over(body: str) -> PlainSession:
    """Every page of `recent_media` is `body`; ids are known."""
    client = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, text=body)))
    cursor = {"ids": {"a": "1"}, "asked": {"a": START.isoformat()}}
    return PlainSession(
        *(SPEC, client, PHX),
        options={"hashtags": ["a"], "pages_per_hashtag": 3},
        cursor=cursor,
        credentials=stand_in.UPSTREAM.credentials,
        now=START,
    )
