"""Which models are loaded, for how long still, and whose turn it is.

As Ollama does it: the first request loads a model; `keep_alive` counts from the end of its last
request; each loaded model serves `slots` requests at once, the rest wait in one queue that has an
end. Everything here runs in one event loop.
"""

import asyncio
import contextlib
import math
import os
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from phoenix_re.sandbox.language_model.asking import seconds
from phoenix_re.sandbox.language_model.engine import Engine, EngineError, Model

_BUSY = "server busy, please try again.  maximum pending requests exceeded"
_LONGEST = timedelta(days=365 * 292)  # what Go's longest duration amounts to


@dataclass(frozen=True, slots=True)
class Settings:
    slots: int = 1
    max_queue: int = 512
    keep_alive: float = 300.0  # seconds
    context: int = 4096  # tokens, where a request does not say

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """From the variables that Ollama reads. `ValueError` names the one that is wrong."""

        def number(name: str, default: int) -> int:
            text = environment.get(name, "").strip()
            if text and (not text.isdecimal() or int(text) < 1):
                raise ValueError(f"{name} is {text!r}, but it is a whole number from 1")
            return int(text) if text else default

        usual = cls()
        keep_alive = environment.get("OLLAMA_KEEP_ALIVE", "").strip()
        try:
            stay = seconds(float(keep_alive) if _is_number(keep_alive) else keep_alive or "5m")
        except EngineError as problem:
            raise ValueError(f"OLLAMA_KEEP_ALIVE: {problem}") from problem
        return cls(
            slots=number("OLLAMA_NUM_PARALLEL", usual.slots),
            max_queue=number("OLLAMA_MAX_QUEUE", usual.max_queue),
            keep_alive=stay,
            context=number("OLLAMA_CONTEXT_LENGTH", usual.context),
        )


@dataclass(slots=True, eq=False)
class Loaded:
    model: Model
    context: int
    keep_alive: float
    slots: asyncio.Semaphore
    users: int = 0  # requests that have it or wait for it
    is_leaving: bool = False  # takes nobody new, and goes when the last user has left
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    timer: asyncio.TimerHandle | None = None
    left_at: datetime | None = None  # when its last request ended

    @property
    def expires_at(self) -> datetime:
        since = self.left_at if self.left_at and not self.users else datetime.now(UTC)
        return since + (
            _LONGEST if math.isinf(self.keep_alive) else timedelta(seconds=self.keep_alive)
        )


class Residency:
    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.settings = settings
        self._engine = engine
        self._loaded: dict[str, Loaded] = {}
        self._changing = asyncio.Lock()  # one load or unload at a time
        self._waiting = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def loaded(self) -> list[Loaded]:
        """Those that stay longest first."""
        return sorted(self._loaded.values(), key=lambda one: one.expires_at, reverse=True)

    @contextlib.asynccontextmanager
    async def serving(self, model: Model, context: int, keep_alive: float) -> AsyncIterator[int]:
        """A slot of the loaded model; yields the nanoseconds that loading took.

        `EngineError`: 503 where the queue is full, or what loading says.
        """
        began = time.perf_counter_ns()
        context = min(context, model.context_length)
        if self._waiting >= self.settings.max_queue and not self._has_room(model, context):
            raise EngineError(_BUSY, 503)
        self._waiting += 1
        loaded: Loaded | None = None
        has_slot = False
        try:
            try:
                loaded = await self._join(model, context)
                loaded.keep_alive = keep_alive
                load_ns = time.perf_counter_ns() - began
                await loaded.slots.acquire()
                has_slot = True
            finally:
                self._waiting -= 1
            yield load_ns
        finally:
            if loaded is not None:
                if has_slot:
                    loaded.slots.release()
                self._part(loaded)

    def unload(self, model: Model) -> None:
        """At once, or when the last request that it serves has ended."""
        loaded = self._loaded.get(model.name)
        if loaded is not None:
            loaded.keep_alive = 0
            if not loaded.users:
                self._begin(self._drop_if_idle(loaded))

    async def close(self) -> None:
        """Unload everything, whoever uses it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        async with self._changing:
            for loaded in list(self._loaded.values()):
                await self._drop(loaded)

    def _has_room(self, model: Model, context: int) -> bool:
        loaded = self._loaded.get(model.name)
        return loaded is not None and _fits(loaded, context) and not loaded.slots.locked()

    async def _join(self, model: Model, context: int) -> Loaded:
        """The loaded model with this request among its users; loads it if need be."""
        while True:
            loaded = self._loaded.get(model.name)
            if loaded is not None and _fits(loaded, context):
                loaded.users += 1
                loaded.idle.clear()
                if loaded.timer is not None:
                    loaded.timer.cancel()
                return loaded
            if loaded is not None:  # too small: it is loaded anew when it is not in use
                loaded.is_leaving = True
                await loaded.idle.wait()
                await self._drop_if_idle(loaded)
                continue
            # A client that leaves meanwhile does not end it: half a load can't be taken back.
            await asyncio.shield(self._begin(self._load(model, context)))

    async def _load(self, model: Model, context: int) -> None:
        async with self._changing:
            if model.name in self._loaded:
                return
            context = min(max(context, self.settings.context), model.context_length)
            slots = asyncio.Semaphore(self.settings.slots)
            await self._engine.load(model, context, self.settings.slots)
            loaded = Loaded(model, context, self.settings.keep_alive, slots)
            self._loaded[model.name] = loaded
            self._rest(loaded)

    def _part(self, loaded: Loaded) -> None:
        loaded.users -= 1
        if not loaded.users:
            self._rest(loaded)

    def _rest(self, loaded: Loaded) -> None:
        """Nobody uses it: now its time runs."""
        loaded.left_at = datetime.now(UTC)
        loaded.idle.set()
        if loaded.keep_alive == 0 or loaded.is_leaving:
            self._begin(self._drop_if_idle(loaded))
        elif not math.isinf(loaded.keep_alive):
            loaded.timer = asyncio.get_running_loop().call_later(
                loaded.keep_alive, lambda: self._begin(self._drop_if_idle(loaded))
            )

    async def _drop_if_idle(self, loaded: Loaded) -> None:
        async with self._changing:
            if not loaded.users and self._loaded.get(loaded.model.name) is loaded:
                await self._drop(loaded)

    async def _drop(self, loaded: Loaded) -> None:
        if loaded.timer is not None:
            loaded.timer.cancel()
        del self._loaded[loaded.model.name]  # first, so that nobody joins it while it goes
        await self._engine.unload(loaded.model)

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _fits(loaded: Loaded, context: int) -> bool:
    return not loaded.is_leaving and loaded.context >= context


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
