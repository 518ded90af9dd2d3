"""robots.txt (RFC 9309) as this project obeys it, and the name under which it asks.

Once per origin, kept for a day. What the file says of us is final; a site that cannot say it (5xx,
429, no answer) is not asked for anything until it can. Refusing belongs to the metered transport.
"""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

import httpx
from protego import Protego

from phoenix_re.collect.clock import Clock
from phoenix_re.collect.errors import CollectError
from phoenix_re.collect.judging import without_secrets

PRODUCT = "phoenix_re"  # the product token that robots.txt names us by
CONTACT_VARIABLE = "PHOENIX_RE_CONTACT"  # a page or address where a site's owner reaches ours
KEPT_HOURS = 24  # RFC 9309 §2.4
RETRY_MINUTES = 10  # after a site could not say what it allows
ATTEMPTS = 3
PAUSE_SECONDS = 1.0  # before the second attempt; doubled before the third
MOST_REDIRECTS = 5  # RFC 9309 §2.3.1.2
MOST_BYTES = 500 * 1024  # RFC 9309 §2.5
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


def user_agent() -> str:
    """The honest User-Agent: `phoenix_re/0.1.0 (+https://…)`, with the contact where it is set."""
    name = f"{PRODUCT}/{version('phoenix-re')}"
    given = os.environ.get(CONTACT_VARIABLE, "")
    contact = "".join(c for c in given if " " < c <= "~" and c not in "()\\")
    return f"{name} (+{contact})" if contact else name


@dataclass(slots=True)
class _Site:
    """What is known of one origin. `rules` None: it could not say, so nothing is allowed."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    until: datetime = _LONG_AGO  # what is known holds
    rules: Protego | None = None
    trouble: str = ""


class Robots:
    """`fetch` GETs a URL with this project's User-Agent, unjudged: every status is returned, and
    only a failed connection raises (`httpx.HTTPError` or `CollectError`). Redirects are followed
    here if `fetch` does not. Safe among threads; other origins are not held up by a slow one."""

    def __init__(
        self, fetch: Callable[[str], httpx.Response], clock: Clock, user_agent: str
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._product = user_agent.partition("/")[0].strip() or PRODUCT
        self._sites: dict[str, _Site] = {}
        self._lock = threading.Lock()

    def allowed(self, url: str) -> bool:
        """Whether we may ask for the URL."""
        return self.refusal(url) is None

    def refusal(self, url: str) -> str | None:
        """Why we may not ask for the URL, a sentence for the operator; None: we may."""
        place = httpx.URL(url)
        trouble, rules = self._known(place)
        if rules is None:
            return (
                f"{_origin(place)}/robots.txt cannot be had ({trouble}), so nothing of the site is "
                f"asked for (RFC 9309 §2.3.1.4). It is tried again within {RETRY_MINUTES} minutes."
            )
        if rules.can_fetch(str(place.copy_with(fragment=None)), self._product):
            return None
        return (
            f"robots.txt of {place.host} forbids {without_secrets(place)}. Ask the site's owner "
            "for leave, or take another source."
        )

    def crawl_delay(self, url: str) -> float | None:
        """Seconds between two calls that the site asks for; None: it does not say."""
        _, rules = self._known(httpx.URL(url))
        return rules.crawl_delay(self._product) if rules is not None else None

    def _known(self, url: httpx.URL) -> tuple[str, Protego | None]:
        origin = _origin(url)
        with self._lock:
            site = self._sites.setdefault(origin, _Site())
        with site.lock:
            if self._clock.now() >= site.until:
                self._learn(site, origin)
            return site.trouble, site.rules

    def _learn(self, site: _Site, origin: str) -> None:
        trouble = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                self._clock.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
            try:
                response = self._follow(f"{origin}/robots.txt")
            except (httpx.HTTPError, httpx.InvalidURL, CollectError) as error:
                trouble = type(error).__name__
                continue
            trouble = _trouble(response)
            if not trouble:
                site.rules, site.trouble = _rules(response), ""
                site.until = self._clock.now() + timedelta(hours=KEPT_HOURS)
                return
        site.rules, site.trouble = None, trouble
        site.until = self._clock.now() + timedelta(minutes=RETRY_MINUTES)

    def _follow(self, url: str) -> httpx.Response:
        """The reply at the end of at most five redirects, to whatever site; else the last of them,
        which counts as no robots.txt."""
        response = self._fetch(url)
        for _ in range(MOST_REDIRECTS):
            if not response.has_redirect_location:
                break
            target = httpx.URL(url).join(response.headers["location"])
            if target.scheme not in {"http", "https"} or not target.host:
                break
            url = str(target)
            response = self._fetch(url)
        return response


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _trouble(response: httpx.Response) -> str:
    """Why the reply says nothing about what is allowed. A 429 is not read as "all is allowed" as
    other 4xx are: a site that is asked too often already does not mean that."""
    status = response.status_code
    return f"status {status}" if status >= 500 or status == 429 else ""


def _rules(response: httpx.Response) -> Protego:
    """The file's rules; none for 4xx and for redirects that lead nowhere (RFC 9309 §2.3.1.3)."""
    if not response.is_success:
        return Protego.parse("")
    text = response.content[:MOST_BYTES].decode("utf-8-sig", errors="replace")
    return Protego.parse(text.replace("\0", ""))
