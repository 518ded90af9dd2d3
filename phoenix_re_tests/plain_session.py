"""A `Session` with nothing but an HTTP client: no limit, price, cache, proxy or store.

For tests of a source against its stand-in (`httpx.Client`, or starlette's `TestClient` over the
upstream's ASGI application). It judges replies and reads JSON as the real one does.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from pydantic import ValidationError

from phoenix_re.collect import judging
from phoenix_re.collect.errors import ContractError, TransientError
from phoenix_re.collect.source import Item, Known, SourceSpec
from phoenix_re.markets import Market


class PlainSession:
    def __init__(
        self,
        spec: SourceSpec,
        client: httpx.Client,
        market: Market,
        zip_code: str = "",
        *,
        zips: Sequence[str] = (),
        base_url: str = "http://testserver",
        credentials: Mapping[str, str] | None = None,
        now: datetime = datetime(2026, 3, 2, 17, tzinfo=UTC),
        known: Mapping[str, Mapping[str, Known]] | None = None,
        options: Mapping[str, Any] | None = None,
        cursor: dict[str, Any] | None = None,
    ) -> None:
        self.spec = spec
        self.source = spec.name
        self.market = market
        self.zip = zip_code
        self.zips: Sequence[str] = tuple(zips) or (zip_code,)
        self.now = now
        self.base_url = base_url
        self.credentials: Mapping[str, str] = dict(credentials or {})
        self.cursor: MutableMapping[str, Any] = cursor if cursor is not None else {}
        self.notes: list[str] = []
        self.calls: list[tuple[str, str]] = []  # (kind, URL)
        self._client = client
        self._token: tuple[str, datetime] | None = None
        self._known = known or {}
        self._options = options

    def collect(self) -> list[Item]:
        return list(self.spec.collect(self))

    def options(self, model: type[Any]) -> Any:
        if self._options is not None:
            return model.model_validate(self._options)
        source = self.market.sources.get(self.source)
        return model.model_validate(dict(source.options) if source else {})

    def get(self, path: str, params: Any = None, *, kind: str, headers: Any = None) -> Any:
        return self._ask("GET", path, kind, params=params, headers=headers)

    def get_json(self, path: str, params: Any = None, *, kind: str, headers: Any = None) -> Any:
        response = self.get(path, params, kind=kind, headers=headers)
        try:
            return response.json()
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise ContractError(self.source, f"no JSON: {error}", response.text) from error

    def post(
        self, path: str, *, kind: str, data: Any = None, json: Any = None, headers: Any = None
    ) -> Any:
        return self._ask("POST", path, kind, data=data, json=json, headers=headers)

    def token(self, fetch: Callable[[], tuple[str, float]], *, renew: bool = False) -> str:
        if renew or self._token is None or self._token[1] - self.now < timedelta(seconds=60):
            text, seconds = fetch()
            self._token = text, self.now + timedelta(seconds=seconds)
        return self._token[0]

    def download(self, path: str, *, kind: str) -> Path:
        file = Path(tempfile.mkdtemp()) / Path(httpx.URL(path).path).name
        file.write_bytes(self.get(path, kind=kind).content)
        return file

    def _ask(self, method: str, path: str, kind: str, **rest: Any) -> httpx.Response:
        url = path if path.startswith("http") else self.base_url + path
        self.calls.append((kind, url))
        try:
            response = self._client.request(method, url, **rest)
        except httpx.TransportError as error:
            raise TransientError(self.source, str(error)) from error
        judge = self.spec.judge or judging.general
        judge(self.source, response)
        return response

    def check(self, contract: type[Any], payload: Any, *, what: str) -> Any:
        try:
            return contract.model_validate(payload)
        except ValidationError as error:
            raise ContractError(self.source, f"{what}: {error}", payload) from error

    def known(self, format: str) -> Mapping[str, Known]:  # noqa: A002
        return self._known.get(format, {})

    def parallel(self, calls: list[Callable[[], Any]]) -> Iterator[Any]:
        return (call() for call in calls)

    def note(self, text: str) -> None:
        self.notes.append(text)
