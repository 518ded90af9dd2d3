"""The real weights, fetched, loaded and asked; and the process that a home shares."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import ollama
import psutil
import pytest

from phoenix_re.sandbox.language_model import weights
from phoenix_re.sandbox.language_model.known_weights import DEFAULT
from phoenix_re.sandbox.language_model.llama import Llama
from phoenix_re.sandbox.language_model.residency import Settings
from phoenix_re.sandbox.language_model.server import serve_in_thread

pytestmark = pytest.mark.integration

SCHEMA = {
    "type": "object",
    "properties": {
        "pool": {"enum": ["yes", "no", "not_stated"]},
        "year": {"type": "string", "pattern": r"^\d{4}$"},
    },
    "required": ["pool", "year"],
    "additionalProperties": False,
}
_USER = (
    "from phoenix_re.sandbox.language_model import service\n"
    "print(service.use().pid, flush=True)\ninput()"
)


@pytest.fixture(scope="module")
def fetched() -> str:
    async def pull() -> None:
        async for _ in weights.pull(DEFAULT):
            pass

    asyncio.run(pull())
    return DEFAULT.name


def test_a_real_model_keeps_to_the_schema_and_to_the_context(fetched: str) -> None:
    with serve_in_thread(Llama(), Settings(context=512)) as server:
        client = ollama.Client(server.url, timeout=240)
        assert [m.model for m in client.list().models] == [fetched]
        answer = client.chat(
            fetched,
            [{"role": "user", "content": "Built 1998, private pool. Answer in JSON."}],
            format=SCHEMA,
            options={"temperature": 0, "seed": 7, "num_predict": 64},
        )
        told = json.loads(answer.message.content or "")
        jsonschema.validate(told, SCHEMA)
        assert re.fullmatch("[0-9]{4}", told["year"])
        assert answer.done_reason == "stop"
        assert answer.prompt_eval_count
        assert answer.eval_duration

        cut = list(
            client.generate(
                fetched, "a pool and " * 60, stream=True, options={"num_ctx": 48, "num_predict": 3}
            )
        )
        assert cut[-1].done_reason == "length"
        assert (cut[-1].prompt_eval_count, cut[-1].eval_count) == (48, 3)
        assert [m.model for m in client.ps().models] == [fetched]


def test_processes_share_one_server_and_the_last_stops_it(tmp_path: Path) -> None:
    users = [_user(tmp_path) for _ in range(2)]
    try:
        pids = {int(user.stdout.readline()) for user in users if user.stdout}
        (pid,) = pids
        server = psutil.Process(pid)
        state = json.loads((tmp_path / "language_model" / "server.json").read_text())
        assert state["pid"] == pid
        version = ollama.Client(f"http://127.0.0.1:{state['port']}", timeout=20)
        assert version.list().models == []
        users[0].send_signal(signal.SIGKILL)
        users[0].wait(20)
        assert server.is_running()
        users[1].communicate("\n", timeout=30)
        server.wait(20)
        assert not (tmp_path / "language_model" / "server.json").exists()
    finally:
        for user in users:
            user.kill()


def _user(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _USER],
        env={**os.environ, "PHOENIX_RE_HOME": str(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
