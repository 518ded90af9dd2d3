"""`phoenix-re dev` in a home of its own, driven over GraphQL as the UI does."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pymongo import MongoClient
from pymongo.database import Database

from phoenix_re import keys

BACKFILL = """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(
  backfillParams: $params) { __typename ... on LaunchBackfillSuccess { backfillId }
  ... on PythonError { message } } }"""
STATUS = """query($id: String!) { partitionBackfillOrError(backfillId: $id) {
  ... on PartitionBackfill { id status runs { id status } } } }"""

UNSET = {"MONGODB_URI", "OLLAMA_HOSTS", "PHOENIX_RE_SANDBOX", "COLUMNS"}

T = TypeVar("T")


@dataclass(frozen=True)
class DevServer:
    port: int
    home: Path
    process: subprocess.Popen

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *words: str) -> subprocess.CompletedProcess:
        """`phoenix-re …` in the same home."""
        return command(self.home, *words)

    def materialize(self, zips: Sequence[str]) -> dict[str, Any]:
        """All stages of phx for the ZIPs, as the UI launches it; the backfill when it has ended."""
        selection = [{"path": keys.asset_key_path("phx", stage)} for stage in keys.STAGES]
        launched = self.graphql(
            BACKFILL, params={"assetSelection": selection, "partitionNames": list(zips)}
        )["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        return self.end_of(launched["backfillId"])

    def end_of(self, backfill_id: str) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            backfill = self.graphql(STATUS, id=backfill_id)["partitionBackfillOrError"]
            ended = backfill["status"].startswith("COMPLETED") or backfill["status"] == "FAILED"
            return backfill if ended else None

        return wait_for(ended, 300, f"the end of backfill {backfill_id}")

    def graphql(self, query: str, **variables: Any) -> dict[str, Any]:
        question = {"query": query, "variables": variables}
        result = httpx.post(f"{self.url}/graphql", json=question, timeout=60).json()
        assert "errors" not in result, result["errors"]
        return result["data"]

    def stop(self) -> int:
        """Ctrl-C, and its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


def command(home: Path, *words: str) -> subprocess.CompletedProcess:
    """`phoenix-re …` in a home, to its end."""
    program = Path(sys.executable).parent / "phoenix-re"
    return subprocess.run(
        [str(program), *words],
        env=_environment(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def state_of(home: Path, service: str) -> dict[str, Any]:
    """pid and port of the `mongo` or `sandbox` that runs in a home."""
    return json.loads((home / service / "server.json").read_text())


def database_of(home: Path) -> Database[dict[str, Any]]:
    """What its embedded server holds."""
    port = state_of(home, "mongo")["port"]
    uri = f"mongodb://127.0.0.1:{port}/?directConnection=true&w=1&journal=true"
    return MongoClient[dict[str, Any]](uri, tz_aware=True)["phoenix_re"]


def start(home: Path, *options: str) -> DevServer:
    """`phoenix-re dev OPTIONS`; back when its web server answers."""
    program = Path(sys.executable).parent / "phoenix-re"
    port = _free_port()
    log = (home / "dev.log").open("wb")
    # As a shell starts a job in the background: with SIGINT ignored.
    ignoring = ["sh", "-c", 'trap "" INT; exec "$@"', "sh"]
    process = subprocess.Popen(
        [*ignoring, str(program), "dev", "--port", str(port), *options],
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
    kept = {k: v for k, v in os.environ.items() if k not in UNSET}
    return kept | {
        "PHOENIX_RE_HOME": str(home),
        "PHOENIX_RE_INBOX": str(home / "inbox"),
        "DAGSTER_HOME": str(home / "dagster"),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
