"""The sandbox: every upstream's stand-in on a port of its own, and one port to steer them all.

`serve()` runs it in a thread of this process (tests, benchmarks); `service.py` runs the same in a
process of its own (`phoenix-re sandbox up`). What stands around an upstream is in `gate.py`, what
the steering port answers in `control.py`.
"""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from phoenix_re.markets import Market, load_markets, markets_folder
from phoenix_re.sandbox import proxy_server
from phoenix_re.sandbox.control import control
from phoenix_re.sandbox.gate import Gate
from phoenix_re.sandbox.scene import GENERAL_FAULTS, SandboxError, Scene, Upstream
from phoenix_re.sandbox.traffic import Traffic, as_json
from phoenix_re.sandbox.wire import Listener, bind
from phoenix_re.sandbox.world import HOUSES_PER_ZIP, World

SEED = 85031
PROXY_LIST = "webshare"  # the upstream that lists the sandbox's own proxies
PROXIES = 10
START_SECONDS = 60
LONGEST_ADVANCE = timedelta(days=36_525)


class Sandbox:
    """A running sandbox. All methods may be called from any thread but its own."""

    def __init__(
        self,
        scene: Scene,
        upstreams: Mapping[str, Upstream],
        *,
        time_scale: float,
        proxies: int,
        ports: Mapping[str, int],
        tls: Mapping[str, tuple[Path, Path]],
        on_advance: Callable[[timedelta], None],
    ) -> None:
        self.scene = scene
        self.upstreams = dict(upstreams)
        self.time_scale = time_scale
        self._on_advance = on_advance
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._is_serving = False
        self._proxies = proxies if PROXY_LIST in self.upstreams else 0
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._listeners: dict[str, Listener] = {}
        with contextlib.ExitStack() as unless_all_bind:
            for name in (*self.upstreams, "control"):
                listener = Listener(_bound(name, ports.get(name, 0)), tls.get(name))
                unless_all_bind.callback(listener.close)
                self._listeners[name] = listener
            self._control = self._listeners.pop("control")
            scene.bases.update({name: one.url for name, one in self._listeners.items()})
            self._gates = {name: self._gate(upstream) for name, upstream in upstreams.items()}
            for name, gate in self._gates.items():
                self._listeners[name].answer_with(gate)
            self._control.answer_with(control(self))
            unless_all_bind.pop_all()

    def _gate(self, upstream: Upstream) -> Gate:
        traffic = Traffic(upstream.limits, self.time_scale, self.scene.clock)
        return Gate(upstream, self.scene, traffic, self.scene.world.seed)

    # ── what it is ──────────────────────────────────────────────────────────────────────────────

    @property
    def url(self) -> str:
        """Of the control API."""
        return self._control.url

    @property
    def bases(self) -> dict[str, str]:
        """upstream → base URL, without a slash at its end."""
        return dict(self.scene.bases)

    @property
    def credentials(self) -> dict[str, dict[str, str]]:
        """upstream → name → value that it accepts."""
        return {name: dict(values) for name, values in self.scene.credentials.items()}

    @property
    def now(self) -> datetime:
        return self.scene.now

    @property
    def known_faults(self) -> dict[str, dict[str, str]]:
        """upstream → fault → what it does."""
        return {n: {**GENERAL_FAULTS, **up.faults} for n, up in self.upstreams.items()}

    def stats(self) -> dict[str, dict[str, Any]]:
        """upstream → counters (`Traffic.stats`)."""
        return {name: gate.traffic.stats() for name, gate in self._gates.items()}

    def log(self, upstream: str) -> list[dict[str, Any]]:
        """The upstream's newest requests, oldest first."""
        self._known(upstream)
        return [as_json(entry) for entry in list(self._gates[upstream].traffic.log)]

    def clear_stats(self) -> None:
        for gate in self._gates.values():
            gate.traffic.clear()

    # ── steering ────────────────────────────────────────────────────────────────────────────────

    def advance(self, by: timedelta) -> datetime:
        """Let simulated time pass at once; what it is then. Never backwards."""
        if by < timedelta(0):
            raise SandboxError(f"time does not go back: {by} is negative")
        if by > LONGEST_ADVANCE:
            raise SandboxError(f"{by.days:,} days are too long, at most {LONGEST_ADVANCE.days:,}")
        self.scene.advanced += by
        self._on_advance(self.scene.advanced)
        return self.scene.now

    def fault(self, upstream: str, **faults: Any) -> None:
        """Switch faults of one upstream on; None or 0 or False switches one off."""
        asyncio.run_coroutine_threadsafe(self.set_faults({upstream: faults}), self._loop).result()

    def clear_faults(self) -> None:
        asyncio.run_coroutine_threadsafe(self.drop_faults(), self._loop).result()

    async def set_faults(self, wanted: Mapping[str, Mapping[str, Any]]) -> None:
        """As `fault`, for several upstreams, from within the sandbox's own loop. All or nothing."""
        for upstream, faults in wanted.items():
            self._known(upstream)
            known = self.known_faults[upstream]
            for name, value in faults.items():
                _check_fault(upstream, name, value, known)
        for upstream, faults in wanted.items():
            merged = {**self.scene.faults.get(upstream, {}), **faults}
            self.scene.faults[upstream] = {
                n: v for n, v in merged.items() if v not in (None, False)
            }
            await self._faults_changed(upstream)

    async def drop_faults(self) -> None:
        for upstream in list(self.scene.faults):
            self.scene.faults[upstream] = {}
            await self._faults_changed(upstream)

    def _known(self, upstream: str) -> None:
        if upstream not in self.upstreams:
            known = ", ".join(self.upstreams)
            raise SandboxError(f"no upstream {upstream!r}; known: {known}")

    async def _faults_changed(self, upstream: str) -> None:
        self._gates[upstream].begin_faults_anew()
        listener = self._listeners[upstream]
        if self.scene.fault(upstream, "down"):
            listener.close()
            await asyncio.sleep(0)  # the loop closes the socket in its next turn
            return
        try:
            await listener.open()
        except OSError as problem:
            raise SandboxError(f"{upstream} cannot have its port again: {problem}") from problem

    # ── its thread ──────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        self._thread.start()
        if not self._ready.wait(START_SECONDS) or not self._is_serving:
            raise SandboxError("the sandbox did not start; what its thread printed says why")

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def _run(self) -> None:
        self._loop = _new_loop()
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._ready.set()
            self._loop.close()

    async def _serve(self) -> None:
        listeners = [*self._listeners.values(), self._control]
        proxies: list[proxy_server.LocalProxy] = []
        try:
            proxies = await _start_proxies(self._proxies, self.scene)
            for listener in listeners:
                await listener.open()
            self._is_serving = True
            self._ready.set()
            while not self._stop.is_set():
                for listener in listeners:
                    listener.tell_time()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), 1)
        finally:
            for listener in listeners:
                listener.close()
            await proxy_server.stop(proxies)
            await _cancel_the_rest()


@contextlib.contextmanager
def serve(
    *,
    markets: Mapping[str, Market] | None = None,
    seed: int = SEED,
    houses_per_zip: int | Mapping[str, int] = HOUSES_PER_ZIP,
    started: datetime | None = None,
    advanced: timedelta = timedelta(0),
    speed: float = 1.0,
    time_scale: float = 1.0,
    proxies: int = PROXIES,
    clock: Callable[[], float] = time.monotonic,
    upstreams: Mapping[str, Upstream] | None = None,
    faults: Mapping[str, Mapping[str, Any]] | None = None,
    ports: Mapping[str, int] | None = None,
    tls: Mapping[str, tuple[Path, Path]] | None = None,
    on_advance: Callable[[timedelta], None] = lambda advanced: None,
) -> Iterator[Sandbox]:
    """A sandbox in a thread of this process, until the `with` ends.

    `markets`: default those of the markets folder. `started`: simulated time at the beginning
    (UTC; default the real one), which then runs `speed` times as fast as `clock`. `time_scale`:
    limits hold in windows so many times shorter. `proxies`: how many run and are listed by the
    upstream "webshare", if it is among the upstreams. `ports`: upstream (or "control") → port,
    default any free one. `tls`: upstream → files of certificate and key; its base is https then.
    `on_advance` is told the whole `advanced` whenever it grows.
    Raises `SandboxError`.
    """
    if upstreams is None:
        from phoenix_re.sandbox.upstreams import upstreams as all_of_them

        upstreams = all_of_them()
    scene = Scene(
        world=World(
            load_markets(markets_folder()) if markets is None else markets, seed, houses_per_zip
        ),
        started=started or datetime.now(UTC),
        clock=clock,
        speed=speed,
        advanced=advanced,
        credentials={name: upstream.credentials for name, upstream in upstreams.items()},
    )
    sandbox = Sandbox(
        scene,
        upstreams,
        time_scale=time_scale,
        proxies=proxies,
        ports=ports or {},
        tls=tls or {},
        on_advance=on_advance,
    )
    try:
        sandbox.start()
        for upstream, values in (faults or {}).items():
            sandbox.fault(upstream, **values)
        yield sandbox
    finally:
        sandbox.stop()


def _check_fault(upstream: str, name: str, value: Any, known: Mapping[str, str]) -> None:
    if name not in known:
        raise SandboxError(f"{upstream} has no fault {name!r}; known: {', '.join(sorted(known))}")
    if value is None or name not in GENERAL_FAULTS:
        return
    if name == "down":
        fits = isinstance(value, bool)
    elif name == "latency_ms" and isinstance(value, list | tuple):
        fits = len(value) == 2 and all(map(_is_number, value)) and 0 <= value[0] <= value[1]
    elif name == "latency_ms":
        fits = _is_number(value) and value >= 0
    else:
        fits = _is_number(value) and 0 <= value <= 1
    if not fits:
        raise SandboxError(f"{upstream}.{name} is {value!r}, but it is: {GENERAL_FAULTS[name]}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bound(name: str, port: int) -> socket.socket:
    try:
        return bind(port)
    except OSError as problem:
        raise SandboxError(f"port {port} for {name} is not free; choose another") from problem


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def _start_proxies(count: int, scene: Scene) -> list[proxy_server.LocalProxy]:
    if count == 0:
        return []
    from phoenix_re.sandbox.upstreams.webshare import behaviour

    proxies = await proxy_server.start_proxies(count, behaviour=behaviour(scene))
    scene.proxy_ports = [proxy.port for proxy in proxies]
    return proxies


async def _cancel_the_rest() -> None:
    """Requests that hang still; their connections are cut already."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
