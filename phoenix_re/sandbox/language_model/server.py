"""The API on a port of 127.0.0.1: in a thread of this process, or in the foreground.

In a thread (`serve_in_thread`) it can be killed and started again on the same port, as a process
could, and tests see what was asked of it. The process that a home shares is in `service.py`.
"""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from typing import Any

import uvicorn

from phoenix_re.sandbox.language_model.api import Api
from phoenix_re.sandbox.language_model.engine import Engine
from phoenix_re.sandbox.language_model.residency import Settings
from phoenix_re.sandbox.language_model.traffic import Traffic
from phoenix_re.sandbox.wire import Listener, bind

_START_SECONDS = 30
_LAST_WORDS_SECONDS = 2  # for requests under way when it is told to stop


def serve_forever(engine: Engine, port: int, settings: Settings) -> None:
    """Until SIGTERM or Ctrl-C, which end the process. `OSError` if the port is taken."""
    with contextlib.closing(bind(port)) as sock:
        config = uvicorn.Config(
            Api(engine, settings, Traffic()).app,
            lifespan="off",
            ws="none",
            log_level="warning",
            timeout_graceful_shutdown=_LAST_WORDS_SECONDS,
        )
        uvicorn.Server(config).run([sock])


class ThreadedServer:
    """A server in a thread. Its methods may be called from any thread but its own.

    `traffic` is the same through `kill` and `restart`; what was loaded is lost, as with a process.
    """

    def __init__(self, engine: Engine, settings: Settings, port: int) -> None:
        self.traffic = Traffic()
        self._engine = engine
        self._settings = settings
        self._listener = Listener(bind(port))
        self._loop = asyncio.new_event_loop()
        self._api: Api | None = None
        self._thread = threading.Thread(target=self._run, name="language model", daemon=True)

    @property
    def url(self) -> str:
        return self._listener.url

    @property
    def port(self) -> int:
        return self._listener.port

    def kill(self) -> None:
        """Cut every connection and refuse new ones; requests under way are lost."""
        self._do(self._kill())

    def restart(self) -> None:
        """Listen again on the same port, with nothing loaded. Kills it first if need be."""
        self._do(self._restart())

    def start(self) -> None:
        self._thread.start()
        self._do(self._restart())

    def stop(self) -> None:
        self._do(self._kill())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_START_SECONDS)

    async def _restart(self) -> None:
        await self._kill()
        self._api = Api(self._engine, self._settings, self.traffic)
        self._listener.answer_with(self._api.app)
        await self._listener.open()

    async def _kill(self) -> None:
        if self._api is None:
            return
        self._listener.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        if rest:  # with their connections gone, requests end of themselves
            _, rest = await asyncio.wait(rest, timeout=1)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await self._api.close()
        self._api = None


@contextlib.contextmanager
def serve_in_thread(
    engine: Engine, settings: Settings | None = None, port: int = 0
) -> Iterator[ThreadedServer]:
    """A running server until the `with` ends. `port` 0: any that is free. `OSError` if taken."""
    server = ThreadedServer(engine, settings or Settings(), port)
    server.start()
    try:
        yield server
    finally:
        server.stop()
