"""The language-model server as a process of this home, shared by all of phoenix_re's processes.

Its life is that of `shared_life.py`. It starts without a model in memory; the first request loads
one, and `keep_alive` lets it go. Where OLLAMA_HOSTS names servers, this one is not needed.
"""

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from phoenix_re.home import ensure, home
from phoenix_re.sandbox import shared_life
from phoenix_re.sandbox.language_model.api import PID_HEADER
from phoenix_re.sandbox.language_model.residency import Settings
from phoenix_re.sandbox.shared_life import EmbeddedServerError

__all__ = ["EmbeddedServerError", "Server", "folder", "pin", "running", "stop", "use"]

_NAME = "language-model server"
_MODULE = "phoenix_re.sandbox.language_model.service"


@dataclass(frozen=True, slots=True)
class Server(shared_life.Server):
    @property
    def url(self) -> str:
        """As an entry of OLLAMA_HOSTS."""
        return f"http://127.0.0.1:{self.port}"


def folder() -> Path:
    return home() / "language_model"


def _start() -> Server:
    if importlib.util.find_spec("xllamacpp") is None:
        raise EmbeddedServerError(
            "No language model: OLLAMA_HOSTS is unset and xllamacpp is not installed. Set "
            "OLLAMA_HOSTS in .env, or run `make install` "
            "(pip: `pip install 'phoenix-re[embedded]'`)."
        )
    ensure(folder(), 0o700)
    port = shared_life.free_port()
    return shared_life.launch(
        folder(),
        _NAME,
        [sys.executable, "-m", _MODULE, str(port)],
        {},
        lambda pid: Server(pid, port, str(folder())),
        _answers,
    )


def _answers(server: Server) -> bool:
    """A stranger may listen on that port, so the server must name its own pid."""
    if not psutil.pid_exists(server.pid):
        return False
    try:
        with httpx.Client(timeout=10, trust_env=False) as client:
            told = client.get(f"{server.url}/api/version").headers.get(PID_HEADER)
    except httpx.HTTPError:
        return False
    return told == str(server.pid)


_life = shared_life.SharedLife(
    shared_life.Program(
        name=_NAME,
        server=Server,
        folder=folder,
        start=_start,
        answers=_answers,
        word=_MODULE,
        if_stuck=": only requests under way are lost",
    )
)
running, use, pin, stop = _life.running, _life.use, _life.pin, _life.stop


# ── in the server's own process ─────────────────────────────────────────────────────────────────


def _serve_until_told(port: int) -> None:
    from phoenix_re.sandbox.language_model.llama import Llama
    from phoenix_re.sandbox.language_model.server import serve_forever

    serve_forever(Llama(), port, Settings.of())


if __name__ == "__main__":
    try:
        _serve_until_told(int(sys.argv[1]))
    except ValueError as problem:
        sys.exit(str(problem))
