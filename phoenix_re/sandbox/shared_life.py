"""The life of a server process that all of phoenix_re's processes of one home share.

Whoever needs the server calls `use()`. A file lock makes "find or start" one act, and each user
holds a shared lock for as long as its process lives. The last user to leave stops the server,
unless `pin` told it to stay. The kernel drops the locks of a killed process, so a crash never
leaves the count wrong. How a server is started and asked is its owner's (`mongo_server.py`,
`service.py`), who hands it in.
"""

import atexit
import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Generic, TypeVar

import psutil
from filelock import FileLock

from phoenix_re.home import ensure

START_SECONDS = 60
STOP_SECONDS = 15


class EmbeddedServerError(RuntimeError):
    """A server of ours is missing, did not start, or did not stop. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server process on a port of 127.0.0.1; `storage` is where its data lie."""

    pid: int
    port: int
    storage: str
    pinned: bool = False


S = TypeVar("S", bound=Server)


@dataclass(frozen=True, slots=True)
class Program(Generic[S]):
    """What makes one kind of server. `folder` is asked each time, since the home may change."""

    name: str  # "embedded server", in messages
    server: type[S]
    folder: Callable[[], Path]
    start: Callable[[], S]
    """Start it and wait until it answers; `EmbeddedServerError` if it does not."""
    answers: Callable[[S], bool]
    """Whether this very server answers now."""
    word: str
    """A word of its command line, by which it is told from a stranger with the same pid."""
    found_alone: Callable[[S], None] = lambda server: None
    """What the first user has to do where a server runs that nobody used."""
    if_stuck: str = ""
    """What killing it costs, for the operator."""


class SharedLife(Generic[S]):
    """One server a home. All methods raise `EmbeddedServerError`."""

    def __init__(self, program: Program[S]) -> None:
        self._program = program
        self._held: IO[str] | None = None  # the shared lock: one per process, until it ends
        self._held_by: int | None = None

    def running(self) -> S | None:
        """The server of this home, if it is alive and really the one that answers."""
        server = self._recorded(self._program.folder())
        return server if server and self._program.answers(server) else None

    def use(self) -> S:
        """Find or start the server and keep it alive while this process lives."""
        folder = self._program.folder()
        with _changing(folder):
            alone = self._hold_shared(folder)
            server = self._patiently_running(folder)
            if server is None:
                return _record(folder, self._program.start())
            if alone:
                self._program.found_alone(server)
            return server

    def pin(self) -> S:
        """Like `use`, and the server stays after the last user has left, until `stop`."""
        server = self.use()
        folder = self._program.folder()
        with _changing(folder):
            return _record(folder, replace(server, pinned=True))

    def stop(self) -> bool:
        """Stop the server now, whoever uses it. Returns whether one was running."""
        folder = self._program.folder()
        with _changing(folder):
            server = self.running()
            if server is None:
                return False
            _terminate(folder, server)
            return True

    def _patiently_running(self, folder: Path) -> S | None:
        """`running`, but a server that lives and does not answer (a laptop asleep) is awaited."""
        server = self._recorded(folder)
        deadline = time.monotonic() + START_SECONDS
        while server is not None and not self._program.answers(server):
            if not _has_word(server.pid, self._program.word):
                return None
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"The {self._program.name} (pid {server.pid}) lives but has not answered for "
                    f"{START_SECONDS} s; see {log_of(folder)}. If it stays so, "
                    f"`kill {server.pid}`{self._program.if_stuck}."
                )
            time.sleep(0.2)
        return server

    def _hold_shared(self, folder: Path) -> bool:
        """Take the shared lock; whether nobody else had it, this process included."""
        path = ensure(folder, 0o700) / "users.lock"
        held = self._held
        if held is not None and self._held_by == os.getpid() and Path(held.name) == path:
            return False
        self._held = held = path.open("a")
        self._held_by = os.getpid()
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = True
        except BlockingIOError:
            alone = False
        fcntl.flock(held, fcntl.LOCK_SH)
        atexit.register(self._leave, folder)
        return alone

    def _leave(self, folder: Path) -> None:
        """At exit: drop the shared lock; if nobody else holds one and nothing is pinned, stop."""
        if self._held is None or self._held_by != os.getpid():
            return
        self._held.close()
        with _changing(folder), (folder / "users.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            server = self._recorded(folder)
            if server and not server.pinned and self._program.answers(server):
                _terminate(folder, server)

    def _recorded(self, folder: Path) -> S | None:
        try:
            return self._program.server(**json.loads(_state_file(folder).read_text()))
        except FileNotFoundError:
            return None


def launch(
    folder: Path,
    name: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    server_of: Callable[[int], S],
    answers: Callable[[S], bool],
    hint: str = "",
) -> S:
    """Start a process of its own session, its output in `server.log`, and wait until it answers.

    `server_of(pid)` is the server to ask; `hint` ends the message if the process ends at once.
    """
    log = log_of(folder)
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = server_of(child.pid)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise EmbeddedServerError(
                f"The {name} ended at once (exit {child.returncode}); {log} says why.{hint}"
            )
        if answers(server):
            return server
        time.sleep(0.05)
    child.kill()
    raise EmbeddedServerError(f"The {name} was not ready in {START_SECONDS} s; see {log}.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def log_of(folder: Path) -> Path:
    return folder / "server.log"


@contextlib.contextmanager
def _changing(folder: Path) -> Iterator[None]:
    with FileLock(str(ensure(folder, 0o700) / "server.lock"), timeout=START_SECONDS * 2):
        yield


def _has_word(pid: int, word: str) -> bool:
    try:
        return any(word in part for part in psutil.Process(pid).cmdline())
    except psutil.Error:
        return False


def _terminate(folder: Path, server: Server) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(server.pid)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()  # safe: what was acknowledged is on disk
            process.wait(STOP_SECONDS)
    _state_file(folder).unlink(missing_ok=True)


def _state_file(folder: Path) -> Path:
    return folder / "server.json"


def _record(folder: Path, server: S) -> S:
    temporary = _state_file(folder).with_suffix(".tmp")
    temporary.write_text(json.dumps(asdict(server)))
    temporary.replace(_state_file(folder))
    return server
