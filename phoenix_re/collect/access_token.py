"""An access token that the threads of one source share: fetched once, renewed once.

How it is fetched is the source's; here is only who fetches it when. It is never stored nor logged.
"""

import threading
from collections.abc import Callable

from phoenix_re.collect.clock import Clock

EARLY_SECONDS = 60.0  # before its expiry; half its life if that is shorter


class AccessToken:
    """Safe among threads: one of them fetches, the others wait for what it gets."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._text: str | None = None
        self._good_until = 0.0  # seconds since 1970
        self._turn = threading.Lock()
        self._given = threading.local()  # what this thread was given last

    def get(self, fetch: Callable[[], tuple[str, float]], *, renew: bool) -> str:
        """`fetch` gives the token and its seconds of life. `renew`: the one given to this thread
        was refused; if another thread has renewed it meanwhile, that one is given."""
        with self._turn:
            now = self._clock.now().timestamp()
            refused = renew and getattr(self._given, "text", self._text) == self._text
            if self._text is None or refused or now >= self._good_until:
                text, seconds = fetch()
                self._text = text
                self._good_until = now + seconds - min(EARLY_SECONDS, seconds / 2)
            self._given.text = self._text
            return self._text

    def __repr__(self) -> str:
        return "AccessToken()"

    def hidden_in(self, text: str) -> str:
        """`text` without the token."""
        return text.replace(self._text, "***") if self._text else text
