"""What `llm.py` measures with: servers as slow as a model, a bare client, invented remarks.

Each server is `sandbox/language_model` with a scripted engine, in a process of its own. The bare
client is the floor's other side: what the same server gives when its queue is never empty. Nothing
of the pipeline is timed here.
"""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import httpx

MODEL = "scripted:latest"
MARKET = "phx"
OPTIONS = {"temperature": 0, "seed": 7, "num_ctx": 4096, "num_predict": 1024}  # as `Servers` sends

SAID: dict[str, dict[str, Any]] = {
    "Private pool in the back yard.": {"field": "pool", "value": "private"},
    "Two car garage with cabinets.": {"field": "garage", "value": 2},
    "There is no HOA.": {"field": "hoa", "state": "no", "value": None},
    "New roof in 2021.": {"field": "roof", "value": {"year": 2021}},
    "Mountain views from the deck.": {"field": "view", "value": ["mountain"]},
    "Solar panels are owned.": {"field": "solar", "value": "owned"},
    "Tenant in place, please do not disturb.": {"field": "occupancy", "value": "tenant"},
    "Seller will consider owner carry.": {"field": "terms", "value": ["owner_may_carry"]},
}
FILLING = (
    "Formal dining room and a great room with vaulted ceilings.",
    "The kitchen has granite counters, an island and a walk-in pantry.",
    "Primary suite with two closets and a separate shower.",
    "Close to schools, shopping and the freeway.",
    "Easy care desert landscaping in front, mature citrus behind.",
    "Freshly painted inside, ceiling fans throughout.",
)


@dataclass(frozen=True)
class Timed:
    """Seconds of a phase, and at which of them (from its start) each answer was there."""

    seconds: float
    ends: list[float]

    @property
    def per_second(self) -> float:
        return len(self.ends) / self.seconds

    @property
    def edges(self) -> float:
        """The share of the time that all answers at the middle 80 %'s pace had not needed."""
        ends = sorted(self.ends)
        cut = len(ends) // 10
        middle = ends[cut : len(ends) - cut]
        pace = (middle[-1] - middle[0]) / (len(middle) - 1)
        return 1 - pace * len(ends) / self.seconds


# ── the bare client ─────────────────────────────────────────────────────────────────────────────


def saturate(url: str, remarks: Sequence[str], at_once: int) -> Timed:
    """The same requests by httpx, so many at once; 1 is the seeds' loop."""
    from phoenix_re.enrich.model.prompt import load_prompt
    from phoenix_re.markets import load_markets

    prompt, words = load_prompt(), load_markets()[MARKET].terminology
    bodies = [
        {
            "model": MODEL,
            "messages": prompt.messages(text, words),
            "format": prompt.format,
            "options": OPTIONS,
            "stream": False,
        }
        for text in remarks
    ]
    with httpx.Client(base_url=url, timeout=60) as client, ThreadPoolExecutor(at_once) as pool:

        def post(body: dict[str, Any]) -> float:
            answer = client.post("/api/chat", json=body).raise_for_status().json()
            assert answer["done"]
            return time.perf_counter() - began

        client.post("/api/chat", json={"model": MODEL}).raise_for_status()  # loads it
        began = time.perf_counter()
        ends = list(pool.map(post, bodies))
        return Timed(time.perf_counter() - began, ends)


def saturate_all(servers: "Sequence[Server]", seconds: float) -> list[Timed]:
    """Each at its own speed, all at the same time."""

    def one(server: Server) -> Timed:
        remarks = invented(enough(seconds, server.delay, server.slots), first=300_000)
        return saturate(server.url, remarks, server.slots + 1)

    with ThreadPoolExecutor(len(servers)) as pool:
        return list(pool.map(one, servers))


def joined(parts: Iterable[Timed]) -> Timed:
    """Two phases as one after the other."""
    first, second = parts
    ends = [*first.ends, *(first.seconds + end for end in second.ends)]
    return Timed(first.seconds + second.seconds, ends)


def enough(seconds: float, delay: float, slots: int) -> int:
    """Requests that keep a server busy so long, a whole number for each slot."""
    return slots * max(2, round(seconds / delay))


# ── servers in processes of their own ───────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Server:
    """Where it is, how long a request takes, how many it answers at once."""

    url: str
    delay: float
    slots: int
    says: IO[str]
    hears: IO[str]

    def arrived(self) -> int:
        """Questions that reached it, as it counts them itself."""
        print(file=self.hears, flush=True)
        return int(self.says.readline())


@contextmanager
def serving(delay: float, slots: int) -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, __file__, str(delay), str(slots)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Server(process.stdout.readline().strip(), delay, slots, process.stdout, process.stdin)
    finally:
        process.stdin.close()
        process.wait(30)


def serve(delay: float, slots: int) -> None:
    """In the server's own process: its address, then its count of questions for every line."""
    from phoenix_re.sandbox.language_model.engine import Ask
    from phoenix_re.sandbox.language_model.residency import Settings
    from phoenix_re.sandbox.language_model.scripted import Scripted
    from phoenix_re.sandbox.language_model.server import serve_in_thread

    def answer(asked: Ask) -> str:
        claims = [
            {"evidence": said, "state": "yes"} | claim
            for said, claim in SAID.items()
            if said in asked.text
        ]
        return json.dumps({"claims": claims})

    engine = Scripted(answer, models=(MODEL,), seconds=delay)
    with serve_in_thread(engine, Settings(slots=slots)) as server:
        print(server.url, flush=True)
        for _ in sys.stdin:
            print(server.traffic.asked_by_hash().total(), flush=True)


# ── texts ───────────────────────────────────────────────────────────────────────────────────────


def invented(count: int, first: int = 0) -> list[str]:
    """Remarks of some 400 characters, no two alike; the same for the same numbers."""
    return [_invented(number) for number in range(first, first + count)]


def _invented(number: int) -> str:
    draw = random.Random(number)
    sentences = [*draw.sample(list(SAID), 4), *draw.sample(FILLING, 4)]
    draw.shuffle(sentences)
    return " ".join([f"Home number {number} of the neighborhood.", *sentences])


if __name__ == "__main__":
    serve(float(sys.argv[1]), int(sys.argv[2]))
