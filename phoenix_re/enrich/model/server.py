"""One Ollama server: asking it, looking at it, loading and pulling its model.

Over the official client; whatever goes wrong leaves as `ServerFailure` (the server's fault or
state: somebody else may answer) or `AnswerError` (it answered, uselessly). Which server is asked,
and when again, is `servers.py`'s.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

import httpx
import ollama

from phoenix_re.enrich.model.deadlines import DeadlineTransport
from phoenix_re.enrich.model.errors import AnswerError
from phoenix_re.enrich.model.prompt import Message

LOOK_S: Final = 10.0  # for version, models and what is loaded
LOAD_S: Final = 300.0  # Ollama's own limit for loading a model
PULL_READ_S: Final = 600.0  # between two lines of progress
_NANO: Final = 1e9

Kind = Literal["refused", "dropped", "timeout", "busy", "no_model", "broken", "rejected"]
"""refused: no connection. dropped: it broke off. busy: 503. broken: 5xx, or no Ollama at all.
rejected: 4xx, the request is not to its taste."""


class ServerFailure(Exception):  # noqa: N818 - says what is so
    """A call that a server did not answer; `message` says why, and what the operator can do."""

    def __init__(self, kind: Kind, message: str, cost_s: float = 0.0) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.message = message
        self.cost_s = cost_s


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered, and what it took. `digest` names the weights."""

    content: str
    server: str
    seconds: float  # wall time of the call that answered
    prompt_tokens: int
    answer_tokens: int
    load_s: float
    digest: str


@dataclass(frozen=True, slots=True)
class Look:
    """What a server says of itself and of our model. `gpu_share`: 0 to 1, None if not loaded."""

    version: str
    digest: str
    loaded: bool
    gpu_share: float | None


@dataclass(frozen=True, slots=True)
class Pulled:
    """One line of progress. Bytes, 0 where not known."""

    status: str
    completed: int
    total: int


class Server:
    """A connection to one host. Safe among threads."""

    def __init__(self, host: str, model: str, options: Mapping[str, Any]) -> None:
        """`options`: Ollama's, with num_ctx and num_predict: the same in every call, as another
        num_ctx makes the server load the model anew."""
        self.host = host
        self.model = model
        self._options = dict(options)
        self._wire = DeadlineTransport(httpx.HTTPTransport(), PULL_READ_S)
        self._client = ollama.Client(host=host, transport=self._wire)
        # The client has no call for the version. It sends this token by itself where there is one.
        token = os.environ.get("OLLAMA_API_KEY")
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=host, transport=self._wire, headers=headers)

    def chat(
        self, messages: Sequence[Message], schema: Mapping[str, Any], timeout_s: float, digest: str
    ) -> Reply:
        """One question, one answer. Raises `ServerFailure`, `AnswerError`."""
        begun = time.perf_counter()
        with self._call(timeout_s):
            got = self._client.chat(
                self.model, messages, format=dict(schema), options=self._options, stream=False
            )
            content = got.message.content or ""
        reply = Reply(
            content=content,
            server=self.host,
            seconds=time.perf_counter() - begun,
            prompt_tokens=got.prompt_eval_count or 0,
            answer_tokens=got.eval_count or 0,
            load_s=(got.load_duration or 0) / _NANO,
            digest=digest,
        )
        self._check_whole(reply, done=bool(got.done), reason=got.done_reason or "")
        return reply

    def _check_whole(self, reply: Reply, *, done: bool, reason: str) -> None:
        """The installed client cannot send `truncate: false`, and a server cuts silently."""
        context: int = self._options["num_ctx"]
        if reply.prompt_tokens >= context:
            raise AnswerError(
                "prompt_too_long",
                f"{self.host} cut the prompt to {context} tokens: raise num_ctx",
                reply.content,
                reply,
            )
        if reason == "length" or not done or reply.prompt_tokens + reply.answer_tokens > context:
            raise AnswerError(
                "cut_off",
                f"{self.host} stopped after {reply.answer_tokens} tokens of answer (num_predict"
                f" {self._options['num_predict']}, num_ctx {context}): raise them if often",
                reply.content,
                reply,
            )

    def look(self) -> Look:
        """Version, our model's digest, and whether it is loaded. `ServerFailure` if any is not so,
        "no_model" where the server lives without the model."""
        with self._call(LOOK_S):
            answer = self._http.get("/api/version").raise_for_status().json()
            version = str(answer["version"])
            tags = self._client.list().models
            loaded = self._client.ps().models
        ours = next((m for m in tags if same_model(m.model, self.model)), None)
        if ours is None:
            raise ServerFailure("no_model", self._pull_hint())
        here = next((m for m in loaded if same_model(m.model or m.name, self.model)), None)
        return Look(
            version=version,
            digest=ours.digest or "",
            loaded=here is not None,
            gpu_share=(here.size_vram or 0) / here.size if here and here.size else None,
        )

    def load(self, keep_alive: str) -> None:
        """Load the model if it is not, and keep it that long after each use."""
        with self._call(LOAD_S):
            self._client.chat(self.model, [], options=self._options, keep_alive=keep_alive)

    def say_little(self) -> None:
        """A request of a few tokens, to see how long one takes."""
        message = {"role": "user", "content": "Count from one to ten."}
        few = {**self._options, "num_predict": 12}
        with self._call(LOAD_S):
            self._client.chat(self.model, [message], options=few)

    def pull(self) -> Iterator[Pulled]:
        """Fetch the model, line of progress by line."""
        with self._call(None):
            for line in self._client.pull(self.model, stream=True):
                yield Pulled(line.status or "", line.completed or 0, line.total or 0)

    def close(self) -> None:
        self._http.close()
        self._client.close()

    @contextmanager
    def _call(self, timeout_s: float | None) -> Iterator[None]:
        """Every way in which a call fails, told as a `ServerFailure`."""
        begun = time.monotonic()
        try:
            if timeout_s is None:
                yield
            else:
                with self._wire.within(timeout_s):
                    yield
        except httpx.ConnectTimeout as error:
            raise ServerFailure("refused", self._gone_hint()) from error
        except httpx.TimeoutException as error:
            cost = time.monotonic() - begun
            message = f"no answer within {cost:.0f} s: it hangs or is overloaded; look at its log"
            raise ServerFailure("timeout", message, cost) from error
        except (ConnectionError, httpx.ConnectError) as error:
            raise ServerFailure("refused", self._gone_hint()) from error
        except httpx.HTTPStatusError as error:
            raise ServerFailure("broken", f"it answers {error.response.status_code}") from error
        except httpx.HTTPError as error:
            message = f"the connection broke off ({type(error).__name__}); was it restarted?"
            raise ServerFailure("dropped", message) from error
        except ollama.ResponseError as error:
            raise self._judged(error) from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            message = (
                f"what answers is no Ollama server ({type(error).__name__}): check OLLAMA_HOSTS"
            )
            raise ServerFailure("broken", message) from error

    def _judged(self, error: ollama.ResponseError) -> ServerFailure:
        text = str(error.error)[:200]
        match error.status_code:
            case 404 if "model" in text.lower():
                return ServerFailure("no_model", self._pull_hint())
            case 503 | 429:
                return ServerFailure("busy", f"its queue is full ({text}): OLLAMA_MAX_QUEUE")
            case 408 | 499:
                return ServerFailure("dropped", f"it gave the request up ({text})")
            case status if 400 <= status < 500:
                return ServerFailure("rejected", f"it refuses the request: {status} {text}")
            case status:
                return ServerFailure("broken", f"it fails: {status} {text}; look at its log")

    def _pull_hint(self) -> str:
        return (
            f"it has no model {self.model}: run `OLLAMA_HOST={self.host} ollama pull {self.model}`"
        )

    def _gone_hint(self) -> str:
        return "no connection: start it (`ollama serve`), or take it out of OLLAMA_HOSTS"


def same_model(one: str | None, other: str) -> bool:
    """`llama3.2` is `llama3.2:latest`."""
    return one is not None and one.removesuffix(":latest") == other.removesuffix(":latest")
