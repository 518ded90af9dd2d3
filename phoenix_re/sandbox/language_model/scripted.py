"""An `Engine` that answers by a script: real sockets, Ollama's behaviour, and no model.

For tests and benchmarks: answers from a table or a function, time that a request takes, and faults
that are switched on and off from the test's own thread. Loading, slots and queue are the API's own,
as with a real model.
"""

import asyncio
import hashlib
import json
import math
import re
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from phoenix_re.sandbox.language_model.engine import Ask, EngineError, Finish, Model, Piece

FAULTS: Mapping[str, str] = {
    "malformed": "the answer is no JSON: it breaks off, but says that it is whole",
    "empty": "the answer is an empty text",
    "length": "the answer is cut in the middle, with done_reason length",
    "language": "the answer is prose in German",
    "mid_stream_error": "after the first piece the model fails: an error line after status 200",
    "hang": "no answer until the client leaves",
    "error_500": "the model fails before its first piece",
    "busy": "503, as if the queue were full",
    "not_found": "404, as if somebody had removed the model",
}

Answer = str | Mapping[str, Any]
Answers = Mapping[str, Answer] | Callable[[Ask], Answer]
_PIECE = re.compile(r"\s*\S{1,12}|\s+")
_GERMAN = "Ein schönes Haus mit Garten, ruhig gelegen und frisch renoviert."
_BUSY = "server busy, please try again.  maximum pending requests exceeded"


@dataclass(slots=True)
class _Fault:
    name: str
    times: int | None  # None: until it is switched off
    when: Callable[[Ask], bool]


class Scripted:
    """`answers`: prompt hash (`engine.prompt_hash`) → answer, or a function of the request.

    A mapping is written as JSON. A prompt that the table lacks is answered by `instance` of the
    request's schema, else by "ok". `seconds`: how long an answer takes; `load_seconds`: a load.
    """

    def __init__(
        self,
        answers: Answers | None = None,
        *,
        models: Sequence[str] = ("scripted:latest",),
        seconds: float | Callable[[Ask], float] = 0.0,
        load_seconds: float = 0.0,
    ) -> None:
        self._answers: Answers = {} if answers is None else answers
        self._models = {name: _model(name) for name in models}
        self._pullable = dict(self._models)
        self.seconds = seconds
        self.load_seconds = load_seconds
        self.loads: list[str] = []  # names of models, in order
        self.unloads: list[str] = []
        self._faults: list[_Fault] = []
        self._is_held = False
        self._active = 0
        self.most_active = 0
        self._changed = threading.Condition()

    # ── switches: from any thread ───────────────────────────────────────────────────────────────

    def fault(
        self,
        name: str,
        *,
        times: int | None = None,
        when: Callable[[Ask], bool] = lambda ask: True,
    ) -> None:
        """Do it `times` times (None: until `clear_faults`) to requests for which `when` is true."""
        if name not in FAULTS:
            raise ValueError(f"no fault {name!r}; known: {', '.join(FAULTS)}")
        with self._changed:
            self._faults.append(_Fault(name, times, when))

    def clear_faults(self) -> None:
        with self._changed:
            self._faults.clear()

    def hold(self) -> None:
        """Keep the answers of all requests back until `release`."""
        with self._changed:
            self._is_held = True

    def release(self) -> None:
        with self._changed:
            self._is_held = False

    def wait_until_active(self, count: int, seconds: float = 10) -> bool:
        """Wait until exactly so many requests have a slot; whether they have."""
        with self._changed:
            return self._changed.wait_for(lambda: self._active == count, seconds)

    def remove(self, name: str) -> None:
        """Uninstall a model; `/api/pull` brings it back."""
        with self._changed:
            self._models = {n: m for n, m in self._models.items() if n != name}

    # ── the engine ──────────────────────────────────────────────────────────────────────────────

    def models(self) -> Sequence[Model]:
        return list(self._models.values())

    async def load(self, model: Model, context: int, slots: int) -> None:
        await asyncio.sleep(self.load_seconds)
        self.loads.append(model.name)

    async def unload(self, model: Model) -> None:
        self.unloads.append(model.name)

    async def answer(self, model: Model, ask: Ask) -> AsyncGenerator[Piece | Finish, None]:
        self._enter(+1)
        try:
            fault = self._fault_of(ask)
            await self._take_time(ask, fault)
            text, reason = self._said(ask, fault)
            for number, piece in enumerate(_PIECE.findall(text)):
                if number and fault == "mid_stream_error":
                    raise EngineError("an error was encountered while running the model: scripted")
                yield Piece(piece, _logprobs(ask, piece))
            yield Finish(
                reason=reason,
                prompt_tokens=_prompt_tokens(ask),
                answer_tokens=_tokens(text),
                prompt_ns=1_000_000,
                answer_ns=round(self._seconds(ask) * 1e9) + 1_000_000,
            )
        finally:
            self._enter(-1)

    async def pull(self, name: str) -> AsyncIterator[Mapping[str, Any]]:
        model = self._pullable.get(name)
        if model is None:
            raise EngineError("pull model manifest: file does not exist")
        step = {"status": f"pulling {model.digest[:12]}", "digest": f"sha256:{model.digest}"}
        for completed in (0, model.size // 2, model.size):
            yield step | {"total": model.size, "completed": completed}
        with self._changed:
            self._models = {**self._models, name: model}
        for status in ("verifying sha256 digest", "writing manifest", "success"):
            yield {"status": status}

    async def delete(self, model: Model) -> None:
        self.remove(model.name)

    def _enter(self, change: int) -> None:
        with self._changed:
            self._active += change
            self.most_active = max(self.most_active, self._active)
            self._changed.notify_all()

    def _fault_of(self, ask: Ask) -> str | None:
        with self._changed:
            for fault in self._faults:
                if fault.times != 0 and fault.when(ask):
                    fault.times = None if fault.times is None else fault.times - 1
                    return fault.name
        return None

    def _seconds(self, ask: Ask) -> float:
        return self.seconds(ask) if callable(self.seconds) else self.seconds

    async def _take_time(self, ask: Ask, fault: str | None) -> None:
        if fault == "hang":
            await asyncio.Event().wait()
        if fault == "error_500":
            raise EngineError("llama runner process has terminated: scripted")
        if fault == "busy":
            raise EngineError(_BUSY, 503)
        if fault == "not_found":
            raise EngineError(f'model "{ask.model}" not found, try pulling it first', 404)
        await asyncio.sleep(self._seconds(ask))
        while self._is_held:  # looked at, since the switch is another thread's
            await asyncio.sleep(0.002)

    def _said(self, ask: Ask, fault: str | None) -> tuple[str, Any]:
        if not ask.truncate and _tokens(_all_of(ask)) > ask.context:
            raise EngineError("the input length exceeds the context length", 400)
        if fault == "empty":
            return "", "stop"
        if fault == "language":
            return _GERMAN, "stop"
        text = self._written(ask)
        if fault in ("malformed", "length"):
            return text[: len(text) // 2], "length" if fault == "length" else "stop"
        most = ask.options.get("num_predict", -1)
        if 0 <= most < _tokens(text):
            return text[: most * _CHARACTERS_A_TOKEN], "length"
        return text, "stop"

    def _written(self, ask: Ask) -> str:
        answers = self._answers
        answer = answers(ask) if callable(answers) else answers.get(ask.hash)
        if answer is None:
            answer = {} if ask.format else "ok"
            if isinstance(ask.format, Mapping):
                return json.dumps(instance(ask.format), ensure_ascii=False)
        return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)


_CHARACTERS_A_TOKEN = 4


def _tokens(text: str) -> int:
    return math.ceil(len(text) / _CHARACTERS_A_TOKEN)


def _all_of(ask: Ask) -> str:
    return ask.raw or "".join(message["content"] for message in ask.messages)


def _prompt_tokens(ask: Ask) -> int:
    """What Ollama evaluates: never more than the context."""
    return min(_tokens(_all_of(ask)), ask.context)


def _logprobs(ask: Ask, piece: str) -> tuple[Mapping[str, Any], ...]:
    if ask.top_logprobs is None:
        return ()
    one = {"token": piece, "logprob": 0.0, "bytes": list(piece.encode())}
    return ({**one, "top_logprobs": [one] if ask.top_logprobs else []},)


def _model(name: str) -> Model:
    return Model(
        name=name,
        digest=hashlib.sha256(name.encode()).hexdigest(),
        size=1_000_000,
        modified_at=datetime(2026, 1, 1, tzinfo=UTC),
        family="scripted",
        parameters=1_000_000,
        quantization="Q4_0",
        context_length=32_768,
        licence="none: a script",
    )


def instance(schema: Mapping[str, Any]) -> Any:
    """The plainest value that a JSON Schema of the usual kind allows; `$ref` within it only."""
    return _instance(schema, schema)


def _instance(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        target: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return _instance(target, root)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return _instance(schema[key][0], root)
    kind = schema.get("type", "object")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            properties = schema.get("properties", {})
            return {n: _instance(properties[n], root) for n in schema.get("required", properties)}
        case "array":
            return [_instance(schema["items"], root)] * schema.get("minItems", 0)
        case "string":
            return "x" * schema.get("minLength", 0)
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return False
    return None
