"""The proxy list of Webshare, page by page: `GET /api/v2/proxy/list/`.

One `Webshare` is one plan: its key, its mode, and the tier that its proxies are used as. What is
done with the proxies belongs to `proxies.py`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

from phoenix_re.collect import judging
from phoenix_re.collect.clock import Clock
from phoenix_re.collect.errors import AuthError, ContractError, PermanentError, TransientError
from phoenix_re.collect.proxies import Proxy, Tier

SOURCE = "webshare"  # in messages and errors
KEY_VARIABLE = "WEBSHARE_API_KEY"
BASE_URL = "https://proxy.webshare.io"
BACKBONE_HOST = "p.webshare.io"  # where a row has no address of its own
PATH = "/api/v2/proxy/list/"
PAGE_SIZE = 100
MOST_PAGES = 100
ATTEMPTS = 4
LONGEST_WAIT_SECONDS = 60.0

_FORBIDDEN = {
    "2fa_needed": "the account asks for a second factor: sign in at Webshare once",
    "account_suspended": "the account is suspended: sign in at Webshare to see why",
    "account_deleted": f"the account was deleted: set {KEY_VARIABLE} to the key of another",
}


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: StrictStr = Field(min_length=1)
    username: StrictStr
    password: StrictStr = Field(repr=False)
    proxy_address: StrictStr | None
    port: StrictInt = Field(ge=1, le=65_535)
    valid: StrictBool
    country_code: StrictStr | None = None


class _Page(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    count: StrictInt = Field(ge=0)
    next: StrictStr | None
    results: list[_Row]


class Webshare:
    """`client` is any httpx client; the key goes into each request's header, to `base_url` only."""

    def __init__(
        self,
        client: httpx.Client,
        api_key: str,
        clock: Clock,
        *,
        tier: Tier = "free",
        mode: Literal["direct", "backbone"] = "direct",
        base_url: str = BASE_URL,
        backbone_host: str = BACKBONE_HOST,
        plan_id: str | None = None,
    ) -> None:
        self._client = client
        self._headers = {"Authorization": f"Token {api_key}"}
        self._clock = clock
        self._tier: Tier = tier
        self._base = httpx.URL(base_url)
        self._backbone_host = backbone_host
        self._params = {"mode": mode, "page": "1", "page_size": str(PAGE_SIZE)}
        if plan_id is not None:
            self._params["plan_id"] = plan_id

    def proxies(self) -> list[Proxy]:
        """Every proxy of the plan, those marked invalid included.

        Waits out a 429 of up to a minute. Raises `AuthError` (key or account), `PermanentError` (a
        parameter that it does not take), `ContractError`, `TransientError`.
        """
        url = self._base.join(PATH).copy_merge_params(self._params)
        found: dict[str, Proxy] = {}
        for _ in range(MOST_PAGES):
            page = self._page(url)
            found.update((row.id, self._proxy(row)) for row in (page.results if page else ()))
            if page is None or page.next is None:
                return list(found.values())
            url = self._next(page.next)
        raise ContractError(SOURCE, f"the proxy list does not end after {MOST_PAGES} pages")

    def _proxy(self, row: _Row) -> Proxy:
        return Proxy(
            id=row.id,
            host=row.proxy_address or self._backbone_host,
            port=row.port,
            tier=self._tier,
            username=row.username,
            password=row.password,
            country=row.country_code,
            valid=row.valid,
        )

    def _next(self, link: str) -> httpx.URL:
        """The key must not travel to wherever a link points."""
        url = self._base.join(link)
        if (url.scheme, url.netloc) != (self._base.scheme, self._base.netloc):
            raise ContractError(
                SOURCE, f"the next page is said to be at {url.host}, not at {self._base.host}"
            )
        return url

    def _page(self, url: httpx.URL) -> _Page | None:
        """None: past the last page, because the list has become shorter meanwhile."""
        response = self._ask(url)
        if response.status_code == 404 and url.params.get("page", "1") != "1":
            return None
        _judge(response)
        try:
            return _Page.model_validate_json(response.content)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "the body"
            raise ContractError(SOURCE, f"proxy list: {where}: {first['msg']}") from None

    def _ask(self, url: httpx.URL) -> httpx.Response:
        """The reply; 429, 5xx and broken connections are tried again."""
        failed = 0
        while True:
            try:
                return self._ask_once(url)
            except TransientError as error:
                wait = error.retry_after or 2.0**failed
                failed += 1
                if failed == ATTEMPTS or wait > LONGEST_WAIT_SECONDS:
                    raise
            self._clock.sleep(wait)

    def _ask_once(self, url: httpx.URL) -> httpx.Response:
        try:
            response = self._client.get(url, headers=self._headers, follow_redirects=False)
        except httpx.TransportError as error:
            reason = f"no answer from {url.host} ({type(error).__name__})"
            raise TransientError(SOURCE, reason) from error
        status = response.status_code
        if status == 429 or status >= 500:
            wait = judging.retry_after(response, self._clock.now())
            raise TransientError(
                SOURCE, f"the proxy list gave {status}", wait, throttled=status == 429
            )
        return response


def reading(*plans: Webshare) -> Callable[[], list[Proxy]]:
    """The lists of several plans as one, for `ProxyPool`."""
    return lambda: [proxy for plan in plans for proxy in plan.proxies()]


def _judge(response: httpx.Response) -> None:
    status = response.status_code
    if status == 200:
        return
    body = _json(response)
    if status == 401:
        raise AuthError(SOURCE, f"the key is not accepted ({_detail(body)}): set {KEY_VARIABLE}")
    if status == 403:
        what = _FORBIDDEN.get(str(body.get("code"))) or f"not allowed ({_detail(body)})"
        raise AuthError(SOURCE, what)
    if status == 400:
        raise PermanentError(SOURCE, f"the proxy list refuses the question: {_fields(body)}")
    raise PermanentError(SOURCE, f"the proxy list gave {status} ({_detail(body)})")


def _json(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _detail(body: Mapping[str, Any]) -> str:
    return str(body.get("detail", "no reason given"))[: judging.LONGEST_QUOTE]


def _fields(body: Mapping[str, Any]) -> str:
    """`{"mode": [{"message": "…", "code": "…"}]}` or `{"mode": ["…"]}` as "mode: …"."""
    said = []
    for name, problems in body.items():
        for problem in problems if isinstance(problems, list) else [problems]:
            text = problem.get("message", problem) if isinstance(problem, dict) else problem
            said.append(f"{text}" if name == "non_field_errors" else f"{name}: {text}")
    return "; ".join(said)[: judging.LONGEST_QUOTE] or "no reason given"
