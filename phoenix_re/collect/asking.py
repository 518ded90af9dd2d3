"""How a source's calls are made, tried again, and given up.

`Asking` belongs to one source of one market in one run; `zip_session.py` shows it to the source as
its `Session`. A call goes through the HTTP cache to the metered transport (`metered.py`); what is
transient is tried again with growing pauses, as the upstream asks (`Retry-After`) or by tenacity's
own measure. Too many failures in a row, an address at which nobody answers, or an upstream that
wants to be left alone for longer than a run can wait, take the source out of the run.
"""

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import httpx
import tenacity

from phoenix_re.collect.access_token import AccessToken
from phoenix_re.collect.cache import LIFETIME, caching, was_cached
from phoenix_re.collect.downloads import Downloads
from phoenix_re.collect.errors import (
    CollectError,
    ContractError,
    MalformedBody,
    PermanentError,
    SourceDown,
    SourceOut,
    TransientError,
)
from phoenix_re.collect.judging import without_secrets
from phoenix_re.collect.landing import Store
from phoenix_re.collect.metered import (
    EXPECTS_JSON,
    KIND,
    STREAMED,
    MeteredTransport,
    Rules,
    Unreachable,
)
from phoenix_re.collect.privacy import hash_key
from phoenix_re.collect.privacy.replies import People
from phoenix_re.collect.robots import user_agent
from phoenix_re.collect.source import SourceSpec

T = TypeVar("T")

TRIES = 5
LONGEST_PAUSE = 60.0  # seconds before another try; who wants more is asked in the next run
SHORTEST_SECRET = 6  # characters; a shorter credential may well stand in a text by chance
FAILURES_IN_A_ROW = 8  # calls that failed for good: the source is down
IN_FLIGHT = 8  # calls of one source at once
TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Access:
    """Where a source is asked and with which credentials; `timeout` bounds each call."""

    base_url: str
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: httpx.Timeout = field(default_factory=lambda: bounded(None))


def bounded(seconds: float | None) -> httpx.Timeout:
    """Every step of a call ends in `seconds` (default 30), making the connection in a third."""
    seconds = TIMEOUT_SECONDS if seconds is None else seconds
    return httpx.Timeout(seconds, connect=seconds / 3)


class Asking:
    """One source in one run. Close it at the end; safe among threads."""

    def __init__(
        self,
        rules: Rules,
        access: Access,
        store: Store,
        downloads: Downloads,
        wire: httpx.BaseTransport | None = None,
        *,
        secret: bytes | None = None,  # of the keyed hashes; None: this installation's
    ) -> None:
        self.rules = rules
        self.access = access
        self.downloads = downloads
        metered = MeteredTransport(rules, wire or _wire())
        people = People(rules.spec.private, rules.spec.hashed, secret or hash_key())
        self._client = self._over(caching(metered, store, rules.clock, people.out_of_body))
        self._direct = self._over(metered)
        self._here = threading.local()  # whether a thread is one of the pool's
        self._pool = ThreadPoolExecutor(
            IN_FLIGHT, rules.spec.name, lambda: setattr(self._here, "is_ours", True)
        )
        self._token = AccessToken(rules.clock)
        self._failures = 0
        self._out: SourceOut | None = None
        self._lock = threading.Lock()

    @property
    def spec(self) -> SourceSpec:
        return self.rules.spec

    @property
    def out(self) -> SourceOut | None:
        """Why the source is not asked again in this run, if so."""
        return self._out

    def hiding_credentials(self, text: str) -> str:
        """`text` without what the source identifies us by."""
        for value in self.access.credentials.values():
            if len(value) >= SHORTEST_SECRET:
                text = text.replace(value, "***")
        return self._token.hidden_in(text)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._client.close()
        self._direct.close()

    # ── one call ────────────────────────────────────────────────────────────────────────────────

    def call(
        self, method: str, url: str, *, kind: str, expects_json: bool = False, **content: Any
    ) -> httpx.Response:
        """The reply, judged; raises `CollectError`s only."""
        hours = self.spec.cache_hours.get(kind, 0.0) if method == "GET" else 0.0
        extensions = {KIND: kind, EXPECTS_JSON: expects_json, LIFETIME: hours * 3600}
        with self._readable_address(url):
            request = self._client.build_request(method, url, extensions=extensions, **content)
        response = self._patiently(lambda: self._sent(self._client, request))
        if was_cached(response):
            self.rules.tally.add(cached=1)
        return response

    def _over(self, transport: httpx.BaseTransport) -> httpx.Client:
        return httpx.Client(
            transport=transport,
            timeout=self.access.timeout,
            headers={"User-Agent": user_agent()},
            follow_redirects=True,
            event_hooks={"response": [self._keep_the_key_here]},
        )

    def _sent(
        self, client: httpx.Client, request: httpx.Request, *, stream: bool = False
    ) -> httpx.Response:
        try:
            return client.send(request, stream=stream)
        except httpx.RequestError as error:  # the wire's own came as `CollectError`s
            where = without_secrets(request.url)
            text = f"{where} sends us on, and no way leads there ({type(error).__name__})"
            raise ContractError(self.spec.name, f"{text}. Has it moved? Set base_url.") from error

    def _keep_the_key_here(self, response: httpx.Response) -> None:
        """httpx follows redirects anywhere, and takes along keys in headers unknown to it."""
        if not (response.has_redirect_location and self.access.credentials):
            return
        asked = response.request.url
        with self._readable_address(response.headers["location"]):
            there = asked.join(response.headers["location"])
        if there.host != asked.host or (asked.scheme, there.scheme) == ("https", "http"):
            response.close()
            raise ContractError(
                self.spec.name,
                f"{without_secrets(asked)} sends us on to {there.scheme}://{there.host}, where our "
                "key does not go. If the upstream has moved, set its new base_url.",
            )

    @contextlib.contextmanager
    def _readable_address(self, url: str) -> Iterator[None]:
        try:
            yield
        except httpx.InvalidURL as error:
            text = f"{url[:60]!r} is no address ({error}). Look at base_url and the options."
            raise PermanentError(self.spec.name, self.hiding_credentials(text)) from error

    def _patiently(self, once: Callable[[], T]) -> T:
        """`once`, again while what it raises is transient. Raises nothing but `CollectError`s."""

        def attempt() -> T:
            if self._out is not None:
                raise self._out.with_traceback(None)
            return once()

        def pause(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            told = error.retry_after if isinstance(error, TransientError) else None
            own = tenacity.wait_exponential_jitter(multiplier=0.5, max=LONGEST_PAUSE / 4)(state)
            return own if told is None else max(told, 0.05)

        def too_long(state: tenacity.RetryCallState) -> bool:
            return state.attempt_number >= TRIES or state.upcoming_sleep > LONGEST_PAUSE

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TransientError),
            wait=pause,
            stop=too_long,
            sleep=self.rules.clock.sleep,
            before_sleep=lambda _state: self.rules.tally.add(retries=1),
            reraise=True,
        )
        if self._out is None:
            self.rules.tally.add(calls=1)
        try:
            result = retrying(attempt)
        except SourceOut as error:
            self.give_up(error)
            raise
        except TransientError as error:
            self._failed(error)
            self.rules.tally.trouble_with(type(error).__name__)
            if isinstance(error, MalformedBody):
                text = f"{error.message} ({TRIES} times)"
                raise ContractError(self.spec.name, text, error.body) from error
            raise
        except CollectError as error:
            self.rules.tally.trouble_with(type(error).__name__)
            raise
        with self._lock:
            self._failures = 0
        return result

    def _failed(self, error: TransientError) -> None:
        with self._lock:
            self._failures += 1
            failures = self._failures
        out: SourceOut | None = None
        if isinstance(error, Unreachable):
            why = f"nobody answers: {error.message}. Is the address right and the upstream up?"
            out = SourceDown(self.spec.name, f"{why} {_ALONE}")
        elif error.retry_after is not None and error.retry_after > LONGEST_PAUSE:
            until = self.rules.clock.now() + timedelta(seconds=error.retry_after)
            why = f"{error.message} and wants no calls until {until:%Y-%m-%d %H:%M} UTC."
            out = SourceOut(self.spec.name, f"{why} {_ALONE}", until)
        elif failures >= FAILURES_IN_A_ROW:
            why = f"{failures} calls failed one after the other, the last with: {error.message}."
            out = SourceDown(self.spec.name, f"{why} {_ALONE}")
        if out is not None:
            self.give_up(out)
            raise out from error

    def give_up(self, error: SourceOut) -> None:
        with self._lock:
            first, self._out = self._out is None, self._out or error
        if first:
            self.rules.tally.trouble_with(type(error).__name__)

    # ── more than one call ──────────────────────────────────────────────────────────────────────

    def parallel(self, calls: Sequence[Callable[[], Any]]) -> Iterator[Any]:
        """See `Session.parallel`. Calls that make further calls so do not wait for each other."""
        if getattr(self._here, "is_ours", False):
            yield from (call() for call in calls)
            return
        futures: list[Future[Any]] = [self._pool.submit(call) for call in calls]
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()

    def token(self, fetch: Callable[[], tuple[str, float]], *, renew: bool) -> str:
        """See `Session.token`."""
        return self._token.get(fetch, renew=renew)

    def download(self, url: str, *, kind: str) -> Path:
        """See `Session.download`."""
        with self._readable_address(url):
            httpx.URL(url)
        hours = self.spec.cache_hours.get(kind, 0.0)

        @contextlib.contextmanager
        def fetch(headers: Mapping[str, str]) -> Iterator[httpx.Response]:
            as_served = {"Accept-Encoding": "identity", **headers}
            extensions = {KIND: kind, STREAMED: True}
            request = self._direct.build_request(
                "GET", url, headers=as_served, extensions=extensions
            )
            response = self._sent(self._direct, request, stream=True)
            try:
                yield response
            finally:
                response.close()

        def once() -> Path:
            try:
                return self.downloads.get(url, hours * 3600, fetch)
            except httpx.RequestError as error:
                text = f"the download of {without_secrets(url)} broke off: {error}"
                raise TransientError(self.spec.name, text) from error
            except OSError as error:
                where = self.downloads.folder
                text = f"{without_secrets(url)} cannot be kept in {where}: {error}. Make room there"
                raise PermanentError(self.spec.name, f"{text}, or let it be written.") from error

        return self._patiently(once)


_LIMITS = httpx.Limits(max_connections=2 * IN_FLIGHT, max_keepalive_connections=2 * IN_FLIGHT)
_ALONE = "It is left alone until the next run."


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # takes longer than a call; the same for all sources


def _wire() -> httpx.HTTPTransport:
    return httpx.HTTPTransport(verify=_certificates(), limits=_LIMITS)
