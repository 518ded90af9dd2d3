"""What the API asks of whatever answers prompts, and the words in which they talk.

Nothing here knows HTTP; nothing here loads anything.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

Format = Literal["json"] | Mapping[str, Any] | None


class EngineError(Exception):
    """A model cannot answer. `status` is the HTTP status that Ollama gives it, the text its own."""

    def __init__(self, text: str, status: int = 500) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Model:
    """An installed model, as `/api/tags` and `/api/show` tell it."""

    name: str  # with its tag: "smollm2:135m-instruct-q4_1"
    digest: str  # sha256 of its weights, hex
    size: int  # bytes
    modified_at: datetime  # UTC
    family: str
    parameters: int
    quantization: str
    context_length: int  # the most tokens that it was made for
    licence: str

    @property
    def parameter_size(self) -> str:
        billions = self.parameters / 1e9
        return f"{billions:.1f}B" if billions >= 1 else f"{self.parameters / 1e6:.2f}M"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to a loaded model."""

    model: str
    messages: tuple[Mapping[str, str], ...]  # role, content
    raw: str | None = None  # a prompt that no template is put around; `messages` is empty then
    format: Format = None
    options: Mapping[str, Any] = field(default_factory=dict)  # Ollama's names
    context: int = 4096  # num_ctx, tokens
    truncate: bool = True
    top_logprobs: int | None = None  # None: no logprobs

    @property
    def text(self) -> str:
        """What the user said last."""
        if self.raw is not None:
            return self.raw
        return next((m["content"] for m in reversed(self.messages) if m["role"] == "user"), "")

    @property
    def hash(self) -> str:
        return prompt_hash(self.messages or ({"role": "raw", "content": self.raw or ""},))


def prompt_hash(messages: Iterable[Mapping[str, Any]]) -> str:
    """The key of a prompt in tables and logs: sha256 (hex) of roles and contents in order.

    A prompt of `/api/generate` is its `system`, if any, and the prompt as the user's message.
    """
    said = [[message["role"], message.get("content") or ""] for message in messages]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of the answer."""

    text: str
    logprobs: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of an answer, and what it took."""

    reason: Literal["stop", "length"]
    prompt_tokens: int
    answer_tokens: int
    prompt_ns: int
    answer_ns: int


class Engine(Protocol):
    """All of it is called in the server's own event loop; what takes long is awaited."""

    def models(self) -> Sequence[Model]:
        """Those that could be loaded now."""
        ...

    async def load(self, model: Model, context: int, slots: int) -> None:
        """Make it ready for `slots` requests at once of `context` tokens each. `EngineError`."""
        ...

    async def unload(self, model: Model) -> None: ...

    def answer(self, model: Model, ask: Ask) -> AsyncIterator[Piece | Finish]:
        """Pieces, then one `Finish`. Closing the iterator ends the work. `EngineError`."""
        ...

    def pull(self, name: str) -> AsyncIterator[Mapping[str, Any]]:
        """Lines as of `/api/pull`, the last one `{"status": "success"}`. `EngineError`."""
        ...

    async def delete(self, model: Model) -> None: ...


def same_name(one: str, other: str) -> bool:
    """Ollama's rule: case does not matter, and no tag is the tag `latest`."""
    return _full(one) == _full(other)


def _full(name: str) -> str:
    name = name.strip().casefold()
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"
