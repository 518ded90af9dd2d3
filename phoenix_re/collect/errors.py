"""What can go wrong when an upstream is asked, as classes that decide what happens next.

`TransientError` is tried again. Everything else is not: `PermanentError` and `ContractError` end
one ZIP's collection from the source; a `SourceOut` ends the source for the rest of the run. In each
case the next source of the fallback covers. Messages say what to do; none holds a secret.
"""

from datetime import datetime


class CollectError(Exception):
    """Base: `source` names the upstream, `message` is a sentence for the operator."""

    def __init__(self, source: str, message: str) -> None:
        super().__init__(f"{source}: {message}")
        self.source = source
        self.message = message


class TransientError(CollectError):
    """5xx, 408, per-second 429, timeouts, resets, bodies that break off: worth another try."""

    def __init__(
        self,
        source: str,
        message: str,
        retry_after: float | None = None,
        *,
        throttled: bool = False,
    ) -> None:
        super().__init__(source, message)
        self.retry_after = retry_after  # seconds, as the upstream said
        self.throttled = throttled  # a 429 or its like: the rate limit shrinks


class MalformedBody(TransientError):  # noqa: N818
    """A body that is no JSON. Worth another try; if it stays so, the upstream's shape drifted."""

    def __init__(self, source: str, message: str, body: str) -> None:
        super().__init__(source, message)
        self.body = body


class PermanentError(CollectError):
    """The upstream answered and will answer the same again: no retry of any kind."""


class ContractError(CollectError):
    """The upstream's shape drifted: a field missing or re-typed, a unit changed, a selector that
    finds nothing. `payload` is what was received, kept for the operator."""

    def __init__(self, source: str, message: str, payload: object = None) -> None:
        super().__init__(source, message)
        self.payload = payload


class SourceOut(CollectError):  # noqa: N818 - says what is so
    """The source is not to be asked again in this run; `until` where the upstream told (UTC)."""

    def __init__(self, source: str, message: str, until: datetime | None = None) -> None:
        super().__init__(source, message)
        self.until = until


class AuthError(SourceOut):
    """Key missing, refused, expired or without rights."""


class BudgetExceeded(SourceOut):
    """The next call would cost more than a cap allows. Nothing was spent on it."""


class QuotaExceeded(SourceOut):
    """The plan's calls of the month are used up."""


class Refused(SourceOut):
    """Law or manners forbid it: robots.txt, terms not accepted, a source without lawful access."""


class SourceDown(SourceOut):
    """Connection refused, no such host, or too many failures in a row."""
