"""robots.txt as RFC 9309 has it: what is allowed, for how long it is known, what garbage does."""

from collections.abc import Mapping

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from phoenix_re.collect.errors import TransientError
from phoenix_re.collect.robots import ATTEMPTS, MOST_BYTES, Robots, user_agent
from phoenix_re_tests.fake_clock import FakeClock

SITE = "http://homes.test"
AGENT = "phoenix_re/1.0 (+https://owner.test/bot)"


class Web:
    """Replies by URL, changeable; anything else is 404."""

    def __init__(self, replies: Mapping[str, httpx.Response | Exception] | None = None) -> None:
        self.replies = dict(replies or {})
        self.asked: list[str] = []

    def __call__(self, url: str) -> httpx.Response:
        self.asked.append(url)
        reply = self.replies.get(url, httpx.Response(404))
        if isinstance(reply, Exception):
            raise reply
        return reply


def robots_of(body: bytes | str, clock: FakeClock | None = None) -> Robots:
    web = Web({f"{SITE}/robots.txt": httpx.Response(200, content=body)})
    return Robots(web, clock or FakeClock(), AGENT)


def test_the_rules_for_our_name_are_obeyed_and_the_longest_match_wins() -> None:
    robots = robots_of(
        "User-agent: *\nDisallow: /\n\n"
        "User-agent: Phoenix_RE\nDisallow: /private\nAllow: /private/open$\nCrawl-delay: 2.5\n"
    )
    assert robots.allowed(f"{SITE}/homes?page=2")
    assert not robots.allowed(f"{SITE}/private/x")
    assert robots.allowed(f"{SITE}/private/open")
    assert not robots.allowed(f"{SITE}/private/open/more")
    assert robots.crawl_delay(f"{SITE}/homes") == 2.5


def test_the_contact_in_our_name_is_nobodys_product_token() -> None:
    robots = robots_of("User-agent: https\nDisallow: /\n")
    assert robots.allowed(f"{SITE}/homes")


def test_each_origin_is_asked_once_a_day() -> None:
    clock, web = FakeClock(), Web()
    robots = Robots(web, clock, AGENT)
    for _ in range(3):
        assert robots.allowed(f"{SITE}/a")
        assert robots.allowed("https://homes.test:8443/a")
    assert web.asked == [f"{SITE}/robots.txt", "https://homes.test:8443/robots.txt"]
    clock.advance(hours=23, minutes=59)
    robots.allowed(f"{SITE}/a")
    assert len(web.asked) == 2
    clock.advance(minutes=2)
    robots.allowed(f"{SITE}/a")
    assert len(web.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418])
def test_a_4xx_allows_all(status: int) -> None:
    web = Web({f"{SITE}/robots.txt": httpx.Response(status, content=b"User-agent: *\nDisallow: /")})
    assert Robots(web, FakeClock(), AGENT).allowed(f"{SITE}/x")
    assert len(web.asked) == 1


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(503),
        httpx.Response(500),
        httpx.Response(429),
        httpx.ConnectError("no such host"),
        TransientError("s", "timed out"),
    ],
)
def test_a_site_that_cannot_say_is_left_alone_until_it_can(
    reply: httpx.Response | Exception,
) -> None:
    clock, web = FakeClock(), Web({f"{SITE}/robots.txt": reply})
    robots = Robots(web, clock, AGENT)
    assert not robots.allowed(f"{SITE}/x")
    assert robots.crawl_delay(f"{SITE}/x") is None
    assert "cannot be had" in (robots.refusal(f"{SITE}/x") or "")
    assert len(web.asked) == ATTEMPTS
    assert clock.slept == [1.0, 2.0]
    web.replies[f"{SITE}/robots.txt"] = httpx.Response(200, text="User-agent: *\nDisallow: /no")
    clock.advance(minutes=9)
    assert not robots.allowed(f"{SITE}/x")
    clock.advance(minutes=1)
    assert robots.allowed(f"{SITE}/x")
    assert not robots.allowed(f"{SITE}/no")


def test_one_hiccup_costs_nothing() -> None:
    good = httpx.Response(200, text="User-agent: *\nDisallow: /no")
    replies = iter([httpx.Response(502), good])
    robots = Robots(lambda url: next(replies), FakeClock(), AGENT)
    assert robots.allowed(f"{SITE}/yes")
    assert not robots.allowed(f"{SITE}/no")


def chain(length: int) -> Web:
    """robots.txt behind `length` redirects, each to another host."""
    web = Web()
    url = f"{SITE}/robots.txt"
    for i in range(length):
        target = f"http://host{i}.test/robots.txt"
        web.replies[url] = httpx.Response(301, headers={"location": target})
        url = target
    web.replies[url] = httpx.Response(200, text="User-agent: *\nDisallow: /")
    return web


def test_five_redirects_are_followed_and_a_sixth_is_no_robots_txt() -> None:
    assert not Robots(chain(5), FakeClock(), AGENT).allowed(f"{SITE}/x")
    web = chain(6)
    assert Robots(web, FakeClock(), AGENT).allowed(f"{SITE}/x")
    assert len(web.asked) == 6


@pytest.mark.parametrize("location", ["/moved.txt", "//other.test/r", "file:///etc/passwd", "??"])
def test_redirects_lead_to_the_web_only(location: str) -> None:
    web = Web({f"{SITE}/robots.txt": httpx.Response(302, headers={"location": location})})
    assert Robots(web, FakeClock(), AGENT).allowed(f"{SITE}/x")
    assert all(url.startswith("http://") for url in web.asked)


def test_a_bom_does_not_hide_the_first_line() -> None:
    assert not robots_of(b"\xef\xbb\xbfUser-agent: *\nDisallow: /").allowed(f"{SITE}/x")


def test_no_more_than_500_kib_are_read() -> None:
    body = b"User-agent: *\nDisallow: /a\n" + b"#" * MOST_BYTES + b"\nDisallow: /b\n"
    robots = robots_of(body)
    assert not robots.allowed(f"{SITE}/a")
    assert robots.allowed(f"{SITE}/b")


def test_robots_txt_itself_is_always_allowed() -> None:
    assert robots_of("User-agent: *\nDisallow: /").allowed(f"{SITE}/robots.txt")


def test_a_refusal_says_no_secret() -> None:
    text = robots_of("User-agent: *\nDisallow: /").refusal(f"{SITE}/x?token=hunter2")
    assert text is not None
    assert "/x" in text
    assert "hunter2" not in text


LINES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            *(
                b"User-agent: *",
                b"User-agent:",
                b"Disallow: /*a*$",
                b"Allow: /%zz",
                b"Crawl-delay: x",
            ),
            *(b"Request-rate: 1/0", b"Visit-time: 9999-1", b"Disallow: http://[", b"<html>", b"\0"),
            *(b"Disallow: $$*$", b"Sitemap: //[", b"Crawl-delay: 1e999", b"Disallow: \xed\xa0\x80"),
        ]
    ),
)


@given(st.lists(LINES, max_size=12), st.sampled_from(["/", "/a?b=[", "/%zz", "//x", "/é"]))
@example([b"User-agent: *", b"Disallow: /", b"\xff\xfe\x00"], "/")
def test_garbage_is_read_as_far_as_it_goes(lines: list[bytes], path: str) -> None:
    robots = robots_of(b"\n".join(lines))
    assert robots.allowed(f"{SITE}{path}") in {True, False}
    delay = robots.crawl_delay(f"{SITE}{path}")
    assert delay is None or 0 <= delay < float("inf")


def test_our_name_is_honest_and_names_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PHOENIX_RE_CONTACT", raising=False)
    assert user_agent().startswith("phoenix_re/")
    assert "Mozilla" not in user_agent()
    monkeypatch.setenv("PHOENIX_RE_CONTACT", "https://owner.test/b(o)t\r\nX: é")
    assert user_agent().endswith(" (+https://owner.test/botX:)")
    httpx.Request("GET", SITE, headers={"user-agent": user_agent()})
