"""Requests as Ollama reads them: a JSON body → what is asked, or a refusal in Ollama's own words.

Whether the model exists, and who is next, is decided elsewhere.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from phoenix_re.sandbox.language_model.engine import Ask, EngineError, Format

Body = dict[str, Any]

_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600,
}
_DURATION = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+")
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
FOR_EVER = math.inf


@dataclass(frozen=True, slots=True)
class Request:
    """What `/api/chat` and `/api/generate` have in common."""

    ask: Ask
    stream: bool
    keep_alive: float  # seconds; infinite: for ever
    is_empty: bool  # nothing to answer: load the model, or unload it

    @property
    def unloads(self) -> bool:
        return self.is_empty and self.keep_alive == 0


def body_of(raw: bytes) -> Body:
    if not raw.strip():
        raise EngineError("missing request body", 400)
    try:
        body = json.loads(raw)
    except ValueError as problem:
        raise EngineError(f"invalid character in request body: {problem}", 400) from problem
    if not isinstance(body, dict):
        raise EngineError("json: cannot unmarshal the request body: it is no object", 400)
    return body


def model_name(body: Body) -> str:
    name = body.get("model") or body.get("name") or ""  # `name` is what older clients send
    if not isinstance(name, str) or not name.strip():
        raise EngineError("model is required", 400)
    return name


def chat(body: Body, keep_alive: float, context: int) -> Request:
    """`keep_alive` (seconds) and `context` (tokens) hold where the body says nothing."""
    name = model_name(body)
    messages = _of(body, "messages", list, [])
    for message in messages:
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            raise EngineError(f"invalid message: {_shown(message)}; expected role and content", 400)
        if message.get("images"):
            raise EngineError(f'"{name}" does not support images', 400)
    if body.get("tools"):
        raise EngineError(f'"{name}" does not support tools', 400)
    said = tuple({"role": m["role"], "content": _of(m, "content", str, "")} for m in messages)
    return _request(body, name, keep_alive, context, said, None)


def generate(body: Body, keep_alive: float, context: int) -> Request:
    name = model_name(body)
    prompt, system = _of(body, "prompt", str, ""), _of(body, "system", str, "")
    raw = _of(body, "raw", bool, False)
    if raw and (body.get("template") or system or body.get("context")):
        raise EngineError("raw mode does not support template, system, or context", 400)
    if body.get("suffix"):
        raise EngineError(f'"{name}" does not support insert', 400)
    for field in ("images", "template", "context"):
        if body.get(field):
            raise EngineError(f'"{name}" does not support {field}', 400)
    said = ({"role": "system", "content": system},) if system else ()
    said += ({"role": "user", "content": prompt},) if prompt and not raw else ()
    return _request(
        body, name, keep_alive, context, said if prompt else (), prompt if raw else None
    )


_ROLES = ("system", "user", "assistant", "tool")


def _request(
    body: Body,
    name: str,
    keep_alive: float,
    context: int,
    messages: tuple[Mapping[str, str], ...],
    raw: str | None,
) -> Request:
    top = _of(body, "top_logprobs", int, 0)
    if not 0 <= top <= 20:
        raise EngineError("top_logprobs must be between 0 and 20", 400)
    if body.get("think"):
        raise EngineError(f'"{name}" does not support thinking', 400)
    options = _of(body, "options", dict, {})
    ask = Ask(
        model=name,
        messages=messages,
        raw=raw,
        format=_format(body.get("format")),
        options=options,
        context=_of(options, "num_ctx", int, 0) or context,
        truncate=_of(body, "truncate", bool, True),
        top_logprobs=top if _of(body, "logprobs", bool, False) else None,
    )
    stay = body.get("keep_alive")
    return Request(
        ask=ask,
        stream=_of(body, "stream", bool, True),
        keep_alive=keep_alive if stay is None else seconds(stay),
        is_empty=not messages and not raw,
    )


def _format(given: Any) -> Format:
    if given in (None, ""):
        return None
    if given == "json" or isinstance(given, dict):
        return given
    told = json.dumps(json.dumps(given, ensure_ascii=False), ensure_ascii=False)
    # Ollama finds this out in its runner, so that it is an error of the server's, not a 400.
    raise EngineError(f'invalid format: {told}; expected "json" or a valid JSON Schema object', 500)


def seconds(keep_alive: Any) -> float:
    """Seconds as a number, or Go's duration text ("10m", "1h30m"); negative is for ever."""
    if isinstance(keep_alive, bool) or not isinstance(keep_alive, int | float | str):
        raise EngineError(f"invalid keep_alive: {_shown(keep_alive)}", 400)
    if not isinstance(keep_alive, str):
        return FOR_EVER if keep_alive < 0 else float(keep_alive)
    text = keep_alive.strip()
    if text.lstrip("+-") == "0":
        return 0.0
    if re.fullmatch(r"[+-]?\d+\.?\d*", text):
        raise EngineError(f"time: missing unit in duration {_shown(text)}", 400)
    if not _DURATION.fullmatch(text):
        raise EngineError(f"time: invalid duration {_shown(text)}", 400)
    if text.startswith("-"):
        return FOR_EVER
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def _of(body: Mapping[str, Any], name: str, kind: type, default: Any) -> Any:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise EngineError(f"json: cannot unmarshal {_shown(value)} into field {name}", 400)
    return value


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
