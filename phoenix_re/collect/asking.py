"""How a source's calls are made, tried again, and given up.

`Asking` belongs to one source of one market in one run; `zip_session.py` shows it to the source as
its `Session`. A call goes
through the HTTP cache to the metered transport (`metered.py`); what is transient is tried again
with growing pauses, as the upstream asks (`Retry-After`) or by tenacity's own measure. Too many
failures in a row, or an address at which nobody answers, take the source out of the run.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import tenacity

from phoenix_re.collect.cache import LIFETIME, caching, was_cached
from phoenix_re.collect.downloads import Downloads
from phoenix_re.collect.errors import (
    CollectError,
    ContractError,
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
    MalformedBody,
    MeteredTransport,
    Rules,
)
from phoenix_re.collect.robots import user_agent
from phoenix_re.collect.source import SourceSpec

T = TypeVar("T")

TRIES = 5
LONGEST_PAUSE = 60.0  # seconds before another try; who asks for more is asked in the next run
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
    ) -> None:
        self.rules = rules
        self.access = access
        self.downloads = downloads
        metered = MeteredTransport(rules, wire or httpx.HTTPTransport(limits=_LIMITS))
        self._client = httpx.Client(
            transport=caching(metered, store, rules.clock),
            timeout=access.timeout,
            headers={"User-Agent": user_agent()},
            follow_redirects=True,
        )
        self._direct = httpx.Client(
            transport=metered, timeout=access.timeout, headers=self._client.headers
        )
        self._pool = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix=rules.spec.name)
        self._failures = 0
        self._out: SourceOut | None = None
        self._tokens: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    @property
    def spec(self) -> SourceSpec:
        return self.rules.spec

    @property
    def out(self) -> SourceOut | None:
        """Why the source is not asked again in this run, if so."""
        return self._out

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
        request = self._client.build_request(method, url, extensions=extensions, **content)

        def once() -> httpx.Response:
            if self._out is not None:
                raise self._out
            try:
                return self._client.send(request)
            except httpx.TooManyRedirects as error:
                raise ContractError(self.spec.name, f"{error}: the address has moved") from error

        response = self._patiently(once)
        if was_cached(response):
            self.rules.tally.add(cached=1)
        return response

    def _patiently(self, once: Callable[[], T]) -> T:
        def pause(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            told = error.retry_after if isinstance(error, TransientError) else None
            own = tenacity.wait_exponential_jitter(initial=0.5, max=LONGEST_PAUSE / 4)(state)
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
        try:
            result = retrying(once)
        except SourceOut as error:
            self.give_up(error)
            raise
        except TransientError as error:
            self.rules.tally.trouble_with(type(error).__name__)
            self._failed(error)
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
        if isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout):
            why = f"nobody answers: {error.message}. Is the address right and the upstream up?"
        elif failures >= FAILURES_IN_A_ROW:
            why = f"{failures} calls failed one after the other, the last with: {error.message}"
        else:
            return
        down = SourceDown(self.spec.name, f"{why} It is left alone until the next run.")
        self.give_up(down)
        raise down from error

    def give_up(self, error: SourceOut) -> None:
        with self._lock:
            first, self._out = self._out is None, self._out or error
        if first:
            self.rules.tally.trouble_with(type(error).__name__)

    # ── more than one call ──────────────────────────────────────────────────────────────────────

    def parallel(self, calls: Sequence[Callable[[], Any]]) -> Iterator[Any]:
        futures: list[Future[Any]] = [self._pool.submit(call) for call in calls]
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()

    def token(self, fetch: Callable[[], tuple[str, float]], *, renew: bool) -> str:
        """One token per source and run; `fetch` gives it with its seconds of life."""
        with self._lock:
            now = self.rules.clock.now().timestamp()
            known = self._tokens.get(self.spec.name)
            if known is not None and not renew and now < known[1] - 60:
                return known[0]
        text, seconds = fetch()
        with self._lock:
            self._tokens[self.spec.name] = (text, now + seconds)
        return text

    def download(self, url: str, *, kind: str) -> Path:
        """See `Session.download`."""
        hours = self.spec.cache_hours.get(kind, 0.0)

        @contextlib.contextmanager
        def fetch(headers: Mapping[str, str]) -> Iterator[httpx.Response]:
            as_served = {"Accept-Encoding": "identity", **headers}
            request = self._direct.build_request(
                "GET", url, headers=as_served, extensions={KIND: kind, STREAMED: True}
            )
            response = self._direct.send(request, stream=True)
            try:
                yield response
            finally:
                response.close()

        def once() -> Path:
            if self._out is not None:
                raise self._out
            try:
                return self.downloads.get(url, hours * 3600, fetch)
            except httpx.TransportError as error:
                text = f"the download of {without_secrets(url)} broke off: {error}"
                raise TransientError(self.spec.name, text) from error

        return self._patiently(once)


_LIMITS = httpx.Limits(max_connections=2 * IN_FLIGHT, max_keepalive_connections=2 * IN_FLIGHT)
