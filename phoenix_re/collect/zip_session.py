"""The `Session` that a source is handed: one source, one ZIP (or the market), one run."""

import json
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from phoenix_re.collect.asking import Asking
from phoenix_re.collect.errors import ContractError, Refused
from phoenix_re.collect.source import Known

M = TypeVar("M", bound=BaseModel)


class ZipSession:
    """`known(format)` is read when it is first asked for. The methods: `source.Session`."""

    def __init__(
        self,
        asking: Asking,
        zip_code: str,
        zips: Sequence[str],
        cursor: MutableMapping[str, Any],
        known: Callable[[str], Mapping[str, Known]],
        observed_at: datetime,
    ) -> None:
        self._asking = asking
        self._known = known
        self.source = asking.spec.name
        self.market = asking.rules.market
        self.zip = zip_code
        self.zips = zips
        self.now = observed_at
        self.base_url = asking.access.base_url.rstrip("/")
        self.credentials = asking.access.credentials
        self.cursor = cursor

    def options(self, model: type[M]) -> M:
        try:
            return model.model_validate(dict(self._asking.rules.source.options))
        except ValidationError as error:
            where = f"sources.{self.source}.options of {self.market.code}.yaml"
            raise Refused(self.source, f"{where}: {_first(error)}") from error

    def get(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        kind: str,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        return self._asking.call("GET", self._url(path), kind=kind, params=params, headers=headers)

    def get_json(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        kind: str,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        response = self._asking.call(
            "GET", self._url(path), kind=kind, params=params, headers=headers, expects_json=True
        )
        return json.loads(response.content)

    def post(
        self,
        path: str,
        *,
        kind: str,
        data: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        return self._asking.call(
            "POST", self._url(path), kind=kind, data=data, json=json, headers=headers
        )

    def download(self, path: str, *, kind: str) -> Path:
        return self._asking.download(self._url(path), kind=kind)

    def check(self, contract: type[M], payload: Any, *, what: str) -> M:
        try:
            return contract.model_validate(payload)
        except ValidationError as error:
            raise ContractError(self.source, f"{what}: {_first(error)}", payload) from error

    def known(self, format: str) -> Mapping[str, Known]:  # noqa: A002
        return self._known(format)

    def parallel(self, calls: list[Callable[[], Any]]) -> Iterator[Any]:
        return self._asking.parallel(calls)

    def token(self, fetch: Callable[[], tuple[str, float]], *, renew: bool = False) -> str:
        return self._asking.token(fetch, renew=renew)

    def note(self, text: str) -> None:
        self._asking.rules.tally.note(text)

    def _url(self, path: str) -> str:
        return path if path.startswith(("http://", "https://")) else f"{self.base_url}{path}"


def _first(error: ValidationError) -> str:
    """The first problem as a phrase: `fields.PARCEL: Field required, given an object of a, b`. Of
    an object its keys only: a payload may speak of people."""
    problem = error.errors(include_url=False)[0]
    place = ".".join(map(str, problem["loc"])) or "the whole"
    more = f" and {error.error_count() - 1} more" if error.error_count() > 1 else ""
    return f"{place}: {problem['msg']}, given {_given(problem['input'])}{more}"


def _given(value: object) -> str:
    if isinstance(value, Mapping):
        return f"an object of {', '.join(map(str, value))[:80] or 'nothing'}"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    return f"{value!r:.40}"
