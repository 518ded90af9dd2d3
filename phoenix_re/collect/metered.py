"""The transport under every call to an upstream: law, limit, money, proxy, then the wire.

It sits below the HTTP cache, so that what the cache answers costs nothing. A reply leaves it read,
judged and paid for; whatever is wrong leaves it as a `CollectError`, which the cache never keeps.
Trying again is the session's business (`asking.py`).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import httpx

from phoenix_re.collect import judging
from phoenix_re.collect.budget import Budget, Reservation
from phoenix_re.collect.caps import nano, usd_of_bytes
from phoenix_re.collect.clock import Clock
from phoenix_re.collect.errors import AuthError, Refused, SourceOut, TransientError
from phoenix_re.collect.proxies import ProxyPool, Tier
from phoenix_re.collect.proxy_transport import ProxyTransports, bytes_of, send_through
from phoenix_re.collect.rate_limit import RateLimiter, WaitTooLong, bulk_share_now
from phoenix_re.collect.robots import Robots
from phoenix_re.collect.source import SourceSpec
from phoenix_re.collect.tally import Tally
from phoenix_re.markets import Market, Source

KIND = "phoenix_re_kind"  # request extensions: the kind of call,
EXPECTS_JSON = "phoenix_re_json"  # whether a body that is no JSON is one that broke off,
STREAMED = "phoenix_re_streamed"  # and whether the caller reads the body itself
BULK = frozenset({"parcels", "series", "posts"})
_EXPECTED_BYTES = 300_000  # of a call through a proxy that is paid by the gigabyte


@dataclass(frozen=True, slots=True)
class Rules:
    """What a source may do in a market, and what counts it."""

    spec: SourceSpec
    source: Source
    market: Market
    limiter: RateLimiter
    limiter_key: str
    budget: Budget
    clock: Clock
    tally: Tally
    robots: Robots | None = None
    pool: ProxyPool | None = None
    proxy_transports: ProxyTransports | None = None

    @property
    def name(self) -> str:
        return self.spec.name


class MeteredTransport(httpx.BaseTransport):
    """`wire` is the direct way, without a proxy. Safe among threads."""

    def __init__(self, rules: Rules, wire: httpx.BaseTransport) -> None:
        self._rules = rules
        self._wire = wire
        self._is_bulk = rules.spec.provides <= BULK

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        rules = self._rules
        if rules.robots is not None and (refusal := rules.robots.refusal(str(request.url))):
            raise Refused(rules.name, refusal)
        tier = self._tier()
        reservation = rules.budget.reserve(rules.name, rules.market, self._expected_price(tier))
        for warning in reservation.warnings:
            rules.tally.note(warning)
        try:  # last, for the call must be made at once when its time has come
            self._wait_for_the_limit(request)
        except BaseException:
            reservation.refund()
            raise
        response = self._send(request, tier, reservation)
        self._judge(request, response)
        return response

    def close(self) -> None:
        self._wire.close()
        if self._rules.proxy_transports is not None:
            self._rules.proxy_transports.close()

    # ── before ──────────────────────────────────────────────────────────────────────────────────

    def _tier(self) -> Tier | None:
        """Which proxies the call goes through. APIs that know us by a key never use one."""
        rules = self._rules
        if rules.source.proxy == "none" or not rules.spec.pages:
            return None
        if rules.pool is None:
            raise AuthError(
                rules.name,
                f"the market file asks for proxy: {rules.source.proxy} and there is no proxy list: "
                "set WEBSHARE_API_KEY in .env, or proxy: none",
            )
        return rules.pool.tier(rules.name, rules.source.proxy)

    def _wait_for_the_limit(self, request: httpx.Request) -> None:
        rules = self._rules
        limits: list[tuple[int, float]] = [(calls, float(s)) for calls, s in rules.source.limits]
        delay = rules.robots.crawl_delay(str(request.url)) if rules.robots is not None else None
        if delay:
            limits.append((1, delay))
        if limits:
            share = bulk_share_now(rules.market, rules.clock.now()) if self._is_bulk else None
            try:
                waited = rules.limiter.wait(rules.name, rules.limiter_key, limits, bulk_share=share)
            except WaitTooLong as error:
                text = (
                    f"its rate limit is used up until {error.until:%Y-%m-%d %H:%M} UTC. "
                    "The rest is asked in the next run."
                )
                raise SourceOut(rules.name, text, error.until) from error
            rules.tally.wait(waited)

    def _expected_price(self, tier: Tier | None) -> Decimal:
        return self._price(tier, _EXPECTED_BYTES)

    def _price(self, tier: Tier | None, size: int) -> Decimal:
        """Dollars of a call that moves `size` bytes: its own price, and the premium proxy's."""
        source = self._rules.source
        price = source.price_per_call_usd or Decimal(0)
        if tier == "premium" and source.price_per_gb_usd is not None:
            price += usd_of_bytes(source.price_per_gb_usd, size)
        return price

    # ── the call ────────────────────────────────────────────────────────────────────────────────

    def _send(
        self, request: httpx.Request, tier: Tier | None, reservation: Reservation
    ) -> httpx.Response:
        rules = self._rules
        start = time.perf_counter()
        try:
            response = self._exchange(request, tier)
        except _NEVER_ARRIVED as error:
            reservation.refund()
            raise Unreachable(rules.name, _no_answer(request, error)) from error
        except httpx.RequestError as error:  # the upstream may have counted it
            rules.tally.request(_kind(request), time.perf_counter() - start, 0)
            self._settle(reservation, self._expected_price(tier))
            raise TransientError(rules.name, _no_answer(request, error)) from error
        except BaseException:
            reservation.refund()
            raise
        size = bytes_of(request, response)
        if request.extensions.get(STREAMED):
            size += int(response.headers.get("content-length", 0))  # its body is still to come
        rules.tally.request(_kind(request), time.perf_counter() - start, size)
        if rules.spec.billed(response):
            self._settle(reservation, self._price(tier, size))
        else:
            reservation.refund()
        return response

    def _exchange(self, request: httpx.Request, tier: Tier | None) -> httpx.Response:
        rules = self._rules
        if tier is not None and rules.pool is not None and rules.proxy_transports is not None:
            return send_through(rules.pool, rules.proxy_transports, request, rules.name, tier)
        response = self._wire.handle_request(request)
        response.request = request
        if not (request.extensions.get(STREAMED) and response.is_success):
            response.read()
        return response

    def _settle(self, reservation: Reservation, usd: Decimal) -> None:
        reservation.settle(usd)
        self._rules.tally.add(nano_usd=nano(usd))

    # ── after ───────────────────────────────────────────────────────────────────────────────────

    def _judge(self, request: httpx.Request, response: httpx.Response) -> None:
        rules = self._rules
        judge: Callable[[str, httpx.Response], None] = rules.spec.judge or judging.general
        if response.status_code == httpx.codes.NOT_MODIFIED:
            rules.tally.add(not_modified=1)
            return
        try:
            judge(rules.name, response)
        except TransientError as error:
            if error.throttled:
                rules.tally.add(throttled=1)
                rules.limiter.throttled(rules.name, rules.limiter_key, error.retry_after)
                if rules.pool is not None:
                    rules.pool.saw_limit(rules.name)
            raise
        if request.extensions.get(EXPECTS_JSON):
            judging.whole_json(rules.name, response)


_NEVER_ARRIVED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)


class Unreachable(TransientError):  # noqa: N818
    """No connection came about: refused, no such host, no way there."""


def _kind(request: httpx.Request) -> str:
    return request.extensions.get(KIND, "other")


def _no_answer(request: httpx.Request, error: httpx.RequestError) -> str:
    """A sentence: what was asked, and how it ended. Never the query, which may hold a key."""
    where = f"{request.method} {judging.without_secrets(request.url)}"
    if isinstance(error, httpx.TimeoutException):
        seconds = request.extensions.get("timeout", {}).get("read")
        return f"{where}: no answer within {seconds} s ({type(error).__name__})"
    return f"{where}: {error or type(error).__name__}"
