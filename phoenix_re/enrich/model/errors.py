"""What can go wrong between us and a language model, in the kinds of `collect/errors.py`."""

from typing import TYPE_CHECKING, Final, Literal

from phoenix_re.collect.errors import ContractError, TransientError

if TYPE_CHECKING:
    from phoenix_re.enrich.model.server import Reply

SOURCE: Final = "ollama"

Reason = Literal["malformed", "empty", "wrong_shape", "cut_off", "prompt_too_long"]


class AnswerError(ContractError):
    """A server answered, and nothing can be read from it: the rules alone serve this text.

    At temperature 0 the same question brings the same answer, so asking again pays only where the
    server was at fault; `payload` is the answer as received, `reply` the call that brought it.
    """

    def __init__(
        self, reason: Reason, message: str, content: str = "", reply: "Reply | None" = None
    ) -> None:
        super().__init__(SOURCE, message, content)
        self.reason: Reason = reason
        self.reply = reply


class NoServerError(TransientError):
    """No server is left for a call. `servers`: per host what is wrong, and what to do about it."""

    def __init__(self, message: str, servers: dict[str, str]) -> None:
        lines = "".join(f"\n  {host}: {why}" for host, why in servers.items())
        super().__init__(SOURCE, message + lines)
        self.servers = servers
