"""What one source did for one ZIP in one run, as it is told."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "failed", "out", "not_needed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one source did for one ZIP; `why` is a sentence unless the state is `ok`."""

    source: str
    state: State
    why: str = ""
    error: str = ""  # the class of what went wrong
    found: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    outside: int = 0
    quarantined: int = 0
    points: int = 0
    posts: int = 0
    covers_for: tuple[str, ...] = ()  # the sources that had failed before
    drift_notes: tuple[str, ...] = ()
