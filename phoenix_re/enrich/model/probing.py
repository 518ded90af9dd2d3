"""How many requests a server answers at once, found by asking it.

No Ollama endpoint tells OLLAMA_NUM_PARALLEL, and on a processor parallel slots may bring nothing.
So what counts is measured: how many at once make the server answer more in a second.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

AT_ONCE: Final = 8  # requests sent together; more slots than that are not looked for
_GAIN: Final = 1.25  # that many at once must bring over one after the other
_TOGETHER: Final = 0.5  # of one request's time: who ends within it of the first ran beside it


def probe_slots(ask: Callable[[], None]) -> int:
    """Ask once alone (twice, the quicker counts), then several times at once. The server should be
    idle and its model loaded. Whatever `ask` raises leaves here."""
    alone = min(_seconds(ask) for _ in range(2))
    begun = time.perf_counter()

    def finished() -> float:
        ask()
        return time.perf_counter() - begun

    with ThreadPoolExecutor(AT_ONCE) as pool:
        ends = [f.result() for f in [pool.submit(finished) for _ in range(AT_ONCE)]]
    return slots_of(alone, sorted(ends))


def slots_of(alone: float, ends: Sequence[float]) -> int:
    """`alone`: seconds of one request; `ends`: when each of several sent together ended, sorted.

    Those that had a slot end together, the others a turn or more later. One, where all at once take
    nearly as long as one after the other.
    """
    if len(ends) * alone < _GAIN * ends[-1]:
        return 1
    return sum(end <= ends[0] + _TOGETHER * alone for end in ends)


def _seconds(ask: Callable[[], None]) -> float:
    begun = time.perf_counter()
    ask()
    return time.perf_counter() - begun
