"""The embedded MongoDB stand-in: a SecantusDB process shared by all of phoenix_re's processes.

Found, started and stopped here (its life is that of `shared_life.py`); spoken to only over TCP with
PyMongo. The program is GPL-2.0 and stays a separate process: this package never imports it.
`docs/decisions/0002` tells the choices.
"""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from phoenix_re.home import ensure, home
from phoenix_re.sandbox import shared_life
from phoenix_re.sandbox.shared_life import EmbeddedServerError

__all__ = ["EmbeddedServerError", "Server", "folder", "pin", "program", "running", "stop", "use"]

_NAME = "embedded server"


@dataclass(frozen=True, slots=True)
class Server(shared_life.Server):
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
    port = shared_life.free_port()
    return shared_life.launch(
        folder(),
        _NAME,
        [
            *(str(executable), "--config", str(config), "--host", "127.0.0.1"),
            *("--port", str(port), "--storage-path", str(storage), "--cache-size", "256M"),
            *("--oplog-max-entries", "20000", "--log-level", "INFO"),
        ],
        {"SECANTUS_FORCE_DURABLE": "1"},
        lambda pid: Server(pid, port, str(storage)),
        _answers,
        f" If it speaks of another version's store: move {storage} away and import anew.",
    )


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


def _end_sessions_of_the_dead(server: Server) -> None:
    """A killed process leaves its transaction open, and its documents locked, for a minute."""
    client: MongoClient = MongoClient(server.uri)
    try:
        client.admin.command("killAllSessions", [])
    finally:
        client.close()


_life = shared_life.SharedLife(
    shared_life.Program(
        name=_NAME,
        server=Server,
        folder=folder,
        start=_start,
        answers=_answers,
        word="secantusd",
        found_alone=_end_sessions_of_the_dead,
        if_stuck=": no acknowledged write is lost",
    )
)
running, use, pin, stop = _life.running, _life.use, _life.pin, _life.stop
