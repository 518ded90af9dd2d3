"""Inquiries of scripted language-model servers over real sockets, and the texts they are about."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from phoenix_re.collect.clock import Clock, SystemClock
from phoenix_re.enrich.allowance import Allowance
from phoenix_re.enrich.answers import Answers, Asked
from phoenix_re.enrich.asking import Inquiry
from phoenix_re.enrich.batches import BatchPlans
from phoenix_re.enrich.model.prompt import Prompt, load_prompt
from phoenix_re.enrich.model.servers import Servers
from phoenix_re.enrich.pacing import Pacing
from phoenix_re.markets import load_markets
from phoenix_re.sandbox.language_model.residency import Settings
from phoenix_re.sandbox.language_model.scripted import Scripted
from phoenix_re.sandbox.language_model.server import ThreadedServer, serve_in_thread

PHX = load_markets()["phx"]
MODEL = "scripted:latest"
CLAIM = json.dumps(
    {"claims": [{"field": "pool", "evidence": "private pool", "state": "yes", "value": "private"}]}
)


def texts(count: int, first: int = 0) -> list[str]:
    return [f"Home number {n} with a private pool." for n in range(first, first + count)]


def scripted(seconds: float = 0.0) -> Scripted:
    return Scripted(lambda ask: CLAIM, seconds=seconds)


@contextmanager
def inquiry(
    store,
    servers: Sequence[ThreadedServer],
    *,
    slots: int = 1,
    prompt: Prompt | None = None,
    clock: Clock | None = None,
    night: bool = True,
    seconds: float | None = None,
    market=PHX,
) -> Iterator[Inquiry]:
    prompt, clock = prompt or load_prompt(), clock or SystemClock()
    pool = Servers([server.url for server in servers], MODEL, slots=slots, patience_s=20)
    pool.warm()
    asked = Asked(prompt.version, prompt.schema_version, MODEL, next(iter(pool.digests())))
    with Inquiry(
        Pacing(pool, BatchPlans(store), clock, time.monotonic),
        prompt,
        Answers(store, clock, asked),
        Allowance(store, market, clock),
        clock,
        terminology={},
        night=night,
        seconds=seconds,
    ) as opened:
        yield opened


@contextmanager
def serving(*engines: Scripted, slots: int = 1) -> Iterator[list[ThreadedServer]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(serve_in_thread(engine, Settings(slots=slots)))
            for engine in engines
        ]


def changed_prompt(prompt: Prompt, field: str) -> Prompt:
    topic = prompt.topics[field]
    newer = replace(topic, version=str(int(topic.version) + 1))
    return replace(prompt, topics={**prompt.topics, field: newer})
