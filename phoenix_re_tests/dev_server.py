"""`phoenix-re dev` in a home of its own, driven over GraphQL as the UI does."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

T = TypeVar("T")


@dataclass(frozen=True)
class DevServer:
    port: int
    home: Path
    process: subprocess.Popen

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return _environment(self.home)

    def command(self, *words: str) -> subprocess.CompletedProcess:
        """`phoenix-re …` in the same home."""
        program = Path(sys.executable).parent / "phoenix-re"
        return subprocess.run(
            [str(program), *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def graphql(self, query: str, **variables: Any) -> dict[str, Any]:
        question = {"query": query, "variables": variables}
        result = httpx.post(f"{self.url}/graphql", json=question, timeout=60).json()
        assert "errors" not in result, result["errors"]
        return result["data"]

    def stop(self) -> int:
        """Ctrl-C, and its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


def start(home: Path) -> DevServer:
    program = Path(sys.executable).parent / "phoenix-re"
    port = _free_port()
    log = (home / "dev.log").open("wb")
    # As a shell starts a job in the background: with SIGINT ignored.
    ignoring = ["sh", "-c", 'trap "" INT; exec "$@"', "sh"]
    process = subprocess.Popen(
        [*ignoring, str(program), "dev", "--port", str(port)],
        env=_environment(home),
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    server = DevServer(port, home, process)

    def answers() -> bool | None:
        assert process.poll() is None, (home / "dev.log").read_text()[-3000:]
        try:
            return httpx.get(f"{server.url}/server_info", timeout=5).is_success or None
        except httpx.TransportError:
            return None

    wait_for(answers, 180, "the web server")
    return server


def wait_for(look: Callable[[], T | None], seconds: float, what: str) -> T:
    """What `look` returns as soon as it is not None. The servers give no signal to wait on."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        time.sleep(0.25)
    raise AssertionError(f"{what} did not come in {seconds} s")


def _environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in {"MONGODB_URI", "OLLAMA_HOSTS"}}
    return kept | {
        "PHOENIX_RE_HOME": str(home),
        "PHOENIX_RE_INBOX": str(home / "inbox"),
        "DAGSTER_HOME": str(home / "dagster"),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
