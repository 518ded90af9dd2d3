"""The cache's key and what it takes for a secret; the rest is `integration/test_cache_store.py`."""

import hishel
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.collect.cache import _secrets_of, key_of, was_cached


def get(url: str = "http://homes.test/a?b=1", **headers: str) -> httpx.Request:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Request("GET", url, headers=names)


def test_the_key_tells_apart_what_may_be_answered_differently() -> None:
    different = [
        get(),
        get("http://homes.test/a?b=2"),
        get("http://homes.test:81/a?b=1"),
        get("https://homes.test/a?b=1"),
        get(authorization="Token a"),
        get(authorization="Token b"),
        get(accept="text/html"),
        get(x_rapidapi_host="other"),
        get("http://homes.test/a?b=1&access_token=s3cretvalue"),
    ]
    assert len({key_of(request) for request in different}) == len(different)


def test_the_key_is_the_same_for_the_same_question() -> None:
    assert key_of(get(accept="a", x_b="c")) == key_of(get(x_b="c", accept="a"))
    assert key_of(get(user_agent="one")) == key_of(get(user_agent="two"))
    assert key_of(get(if_none_match='"e"')) == key_of(get())


@given(st.text(st.characters(codec="ascii", exclude_categories=["C", "Z"]), min_size=8))
def test_no_key_shows_a_secret(secret: str) -> None:
    request = httpx.Request("GET", "http://homes.test/", params={"access_token": secret})
    assert secret not in key_of(request)
    assert len(key_of(request)) == 32


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("http://x.test/?access_token=abcdefgh1", {}),
        ("http://x.test/?%24%24app_token=abcdefgh1", {}),
        ("http://x.test/", {"authorization": "Bearer abcdefgh1"}),
        ("http://x.test/", {"X-RapidAPI-Key": "abcdefgh1"}),
    ],
)
def test_a_request_s_secrets_are_known(url: str, headers: dict[str, str | list[str]]) -> None:
    request = hishel.Request("GET", url, hishel.Headers(headers))
    assert _secrets_of(request) == [b"abcdefgh1"]


def test_a_reply_that_never_met_the_cache_was_not_cached() -> None:
    assert not was_cached(httpx.Response(200))
