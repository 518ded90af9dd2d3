"""The sandbox as a process of this home, shared by all of phoenix_re's processes.

Its life is that of `shared_life.py`; what it serves is `server.py`'s; it is asked with `client.py`.
Its world and its time are kept in `settings.json`, so that a sandbox that is started anew, or was
killed, goes on where it would be: simulated time passes while it is down as well.
"""

import contextlib
import json
import signal
import sys
import threading
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from phoenix_re.home import ensure, home
from phoenix_re.sandbox import shared_life
from phoenix_re.sandbox.client import Sandbox
from phoenix_re.sandbox.scene import SandboxError
from phoenix_re.sandbox.shared_life import EmbeddedServerError
from phoenix_re.sandbox.world import HOUSES_PER_ZIP

_NAME = "sandbox"
SEED = 85031


@dataclass(frozen=True, slots=True)
class Server(shared_life.Server):
    @property
    def url(self) -> str:
        """Of the control API."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def client(self) -> Sandbox:
        return Sandbox(self.url)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a sandbox of this home is. `began` is real, `started` simulated: the same moment."""

    began: str
    started: str
    advanced_seconds: float = 0.0
    speed: float = 1.0  # simulated seconds a second
    time_scale: float = 60.0  # limits hold in windows so many times shorter
    seed: int = SEED
    houses_per_zip: int = HOUSES_PER_ZIP
    port_base: int | None = None  # control API; the upstreams follow. None: any that are free

    def simulated(self, real: datetime) -> datetime:
        """Simulated time at a real one, without what was advanced."""
        passed = real - datetime.fromisoformat(self.began)
        return datetime.fromisoformat(self.started) + passed * self.speed

    def with_options(self, start: datetime | None, given: dict[str, Any]) -> "Settings":
        """Other options from now on. Time goes on, unless `start` says what it is."""
        real = datetime.now(UTC)
        if start is not None:
            return replace(
                self, **given, began=_text(real), started=_text(start), advanced_seconds=0.0
            )
        return replace(self, **given, began=_text(real), started=_text(self.simulated(real)))


def folder() -> Path:
    return home() / "sandbox"


def settings() -> Settings:
    """Those of this home; at first, the real time and the defaults."""
    try:
        return Settings(**json.loads(_settings_file().read_text()))
    except FileNotFoundError:
        now = _text(datetime.now(UTC))
        return Settings(began=now, started=now)


def up(*, start: datetime | None = None, **options: Any) -> Server:
    """Start the sandbox and leave it running until `stop`.

    `options` are fields of `Settings`; None leaves one as it is. Raises `EmbeddedServerError`,
    also if a sandbox runs that was started with others.
    """
    given = {name: value for name, value in options.items() if value is not None}
    before = settings()
    differing = {n: getattr(before, n) for n, v in given.items() if getattr(before, n) != v}
    if running() is None:
        if differing or start is not None or not _settings_file().exists():
            _keep(before.with_options(start, given))
    elif differing or start is not None:
        told = ", ".join(f"{name} {value}" for name, value in differing.items())
        raise EmbeddedServerError(
            f"A sandbox runs already, with {told or 'a time of its own'}. `phoenix-re sandbox "
            "down` stops it; then start it with the options that you want."
        )
    return pin()


def _start() -> Server:
    ensure(folder(), 0o700)
    kept = settings()
    _keep(kept)
    port = kept.port_base or _remembered_ports().get("control") or shared_life.free_port()
    return shared_life.launch(
        folder(),
        _NAME,
        [sys.executable, "-m", "phoenix_re.sandbox.service", str(port)],
        {},
        lambda pid: Server(pid, port, str(folder())),
        _answers,
    )


def _answers(server: Server) -> bool:
    """A stranger may listen on that port, so the sandbox must name its own pid."""
    if not psutil.pid_exists(server.pid):
        return False
    try:
        with Sandbox(server.url, timeout=10) as client:
            return client.status().get("pid") == server.pid
    except (SandboxError, ValueError):
        return False


_life = shared_life.SharedLife(
    shared_life.Program(
        name=_NAME,
        server=Server,
        folder=folder,
        start=_start,
        answers=_answers,
        word="phoenix_re.sandbox.service",
        if_stuck=": its world and its time are kept",
    )
)
running, use, pin, stop = _life.running, _life.use, _life.pin, _life.stop


# ── in the sandbox's own process ────────────────────────────────────────────────────────────────


def _serve_until_told(control_port: int) -> None:
    from phoenix_re.sandbox.server import serve

    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    kept = settings()
    with serve(
        seed=kept.seed,
        houses_per_zip=kept.houses_per_zip,
        started=kept.simulated(datetime.now(UTC)),
        advanced=timedelta(seconds=kept.advanced_seconds),
        speed=kept.speed,
        time_scale=kept.time_scale,
        ports=_ports(kept, control_port),
        on_advance=lambda advanced: _keep(replace(kept, advanced_seconds=advanced.total_seconds())),
    ) as sandbox:
        ports = {name: int(base.rpartition(":")[2]) for name, base in sandbox.bases.items()}
        _write(folder() / "ports.json", ports | {"control": control_port})
        told.wait()


def _ports(kept: Settings, control_port: int) -> dict[str, int]:
    """As asked for; else those of the last time, as far as they are free."""
    if kept.port_base is None:
        return _remembered_ports() | {"control": control_port}
    from phoenix_re.sandbox.upstreams import upstreams

    return {name: kept.port_base + at for at, name in enumerate(("control", *upstreams()))}


def _remembered_ports() -> dict[str, int]:
    from phoenix_re.sandbox.wire import bind

    free: dict[str, int] = {}
    with contextlib.suppress(FileNotFoundError):
        for name, port in json.loads((folder() / "ports.json").read_text()).items():
            with contextlib.suppress(OSError):
                bind(port).close()
                free[name] = port
    return free


def _settings_file() -> Path:
    return folder() / "settings.json"


def _keep(kept: Settings) -> None:
    _write(ensure(folder(), 0o700) / "settings.json", asdict(kept))


def _write(path: Path, content: dict[str, Any]) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(content, indent=2))
    temporary.replace(path)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


if __name__ == "__main__":
    try:
        _serve_until_told(int(sys.argv[1]))
    except SandboxError as problem:
        sys.exit(str(problem))
