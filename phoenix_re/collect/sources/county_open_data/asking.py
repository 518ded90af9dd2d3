"""One layer's address and headers, and what a county's reply means.

ArcGIS says errors with status 200; a county may refuse our User-Agent with a 403, which is the
operator's to solve, not ours to get round.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from phoenix_re.collect import judging
from phoenix_re.collect.errors import (
    AuthError,
    CollectError,
    ContractError,
    PermanentError,
    Refused,
    TransientError,
)
from phoenix_re.collect.source import Session
from phoenix_re.collect.sources.county_open_data.layers import Layer

APP_TOKEN = "X-App-Token"  # noqa: S105 - a header's name
_LONGEST_ERROR = 4096
_TOKEN_CODES = frozenset({401, 403, 498, 499})  # 498, 499: ArcGIS's own


@dataclass(frozen=True)
class Asking:
    """Each layer names its own server. Where the market file or the environment gives another base
    URL than the spec's own (a mirror, the sandbox), the layers' paths are asked for there."""

    session: Session
    layer: Layer
    own_base_url: str

    def json(self, suffix: str, params: Mapping[str, Any], *, kind: str) -> Any:
        elsewhere = self.session.base_url != self.own_base_url
        address = self.layer.path if elsewhere else self.layer.url
        headers = {}
        if self.layer.user_agent:
            headers["User-Agent"] = self.layer.user_agent
        token = self.session.credentials.get("socrata_app_token")
        if token and self.layer.kind == "socrata":
            headers[APP_TOKEN] = token
        return self.session.get_json(address + suffix, params, kind=kind, headers=headers)


def judge(source: str, response: httpx.Response) -> None:
    """See the module. Everything else by the general rules."""
    status = response.status_code
    where = judging.without_secrets(response.request.url)
    if status == 202:
        raise TransientError(source, f"{where} gave 202: the answer is being prepared")
    if status == 403:
        raise _refusal(source, response, where)
    if status == 400 and (trouble := _refused_query(source, response)) is not None:
        raise trouble
    judging.general(source, response)
    if trouble := _error_within(source, response, where):
        raise trouble


def _refusal(source: str, response: httpx.Response, where: str) -> CollectError:
    if APP_TOKEN in response.request.headers:
        return AuthError(
            source, f"{where} gave 403: {judging.said(response)}. Check SOCRATA_APP_TOKEN."
        )
    return Refused(
        source,
        f"{where} gave 403: the server refuses our User-Agent or our address. Ask the county; if "
        "it names a form of User-Agent that it accepts, set it as user_agent of the layer under "
        f"sources.{source}.options.layers in the market file.",
    )


def _error_within(source: str, response: httpx.Response, where: str) -> CollectError | None:
    """An ArcGIS error that came with status 200: `{"error": {"code", "message", "details"}}`."""
    if len(response.content) > _LONGEST_ERROR or b'"error"' not in response.content:
        return None
    try:
        reply = json.loads(response.content)
    except ValueError:
        return None  # cut off: the session's to try again
    error = reply.get("error") if isinstance(reply, dict) else None
    if not isinstance(error, dict):
        return None
    code, message = error.get("code"), str(error.get("message"))[:200]
    details = error.get("details")
    more = "; ".join(str(d) for d in details)[:300] if isinstance(details, list) else ""
    said = f"{where} answered with error {code}: {message} {more}".rstrip()
    if isinstance(code, int) and (code == 429 or code >= 500):
        return TransientError(source, said, throttled=code == 429)
    if code in _TOKEN_CODES:
        return AuthError(source, f"{said}. The layer asks for a token: it is no longer open data.")
    if code == 400:
        return ContractError(
            source, f"{said} Look at the layer's ?f=json, and correct the market file.", reply
        )
    return PermanentError(source, said)


def _refused_query(source: str, response: httpx.Response) -> ContractError | None:
    """What a 400 of Socrata says of the query, if that is what it is."""
    try:
        reply = json.loads(response.content)
    except ValueError:
        return None
    code = (reply.get("errorCode") or reply.get("code")) if isinstance(reply, dict) else None
    if not isinstance(code, str) or "soql" not in code:
        return None
    return ContractError(
        source,
        f"{response.request.url.path} refuses the query ({code}): "
        f"{str(reply.get('message'))[:300]}. If a column has a new name, say so under "
        f"sources.{source}.options.layers in the market file (fields: {{old: new}}).",
        reply,
    )
