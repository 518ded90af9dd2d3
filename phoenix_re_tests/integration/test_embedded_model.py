"""`phoenix-re dev` with the embedded language model: the weights fetched, asked, named, stopped."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from phoenix_re.sandbox.language_model import weights
from phoenix_re.sandbox.language_model.known_weights import DEFAULT
from phoenix_re_tests.dev_server import DevServer, command, database_of, start, state_of
from phoenix_re_tests.enriching_runs import PHX, reso_file
from phoenix_re_tests.integration.test_dagster_sandbox import of_home, told

pytestmark = pytest.mark.integration

ZIP = PHX.zips[30]
REMARKS = [
    "Private pool and 2-car garage. No HOA! New roof in 2021.",
    "Tenant in place, lease ends May 2027. Carport, mountain views.",
    "Remodeled kitchen in 2019. Community pool and spa. HOA $85 a month.",
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the weights, and with a few homes for sale. The download is the session's."""
    home = tmp_path_factory.mktemp("embedded")
    fetched = weights.path(DEFAULT)
    if weights.is_present(DEFAULT):
        (home / "models").mkdir()
        os.link(fetched, home / "models" / fetched.name)
    pulled = command(home, "models", "pull")
    assert pulled.returncode == 0, pulled.stderr
    assert DEFAULT.name in pulled.stdout
    if not weights.is_present(DEFAULT):
        fetched.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(home / "models" / fetched.name, fetched)
    imported = command(home, "import", str(reso_file(home, ZIP, REMARKS)))
    assert imported.returncode == 0, imported.stderr
    return home


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[DevServer]:
    server = start(home, "--no-sandbox")
    yield server
    if server.process.poll() is None:
        server.stop()


def test_a_run_asks_the_embedded_model_and_ctrl_c_stops_it(server: DevServer, home: Path) -> None:
    state = state_of(home, "language_model")
    (row,) = [
        row
        for row in json.loads(server.command("services", "status", "--json").stdout)
        if row["service"] == "language model"
    ]
    assert (row["running"], row["pid"]) == (True, state["pid"])
    assert row["uri"] == f"http://127.0.0.1:{state['port']}"
    assert f"{DEFAULT.name} on {row['uri']}, a minute a run" in (home / "dev.log").read_text()

    done = server.command("materialize", "--market", "phx", "--zip", ZIP)
    assert done.returncode == 0, done.stdout + done.stderr
    of_stage = told(server, [ZIP], "llm_enriched")
    figures = of_stage["zips"][ZIP]
    assert figures["model"].startswith(f"{DEFAULT.name}@{DEFAULT.sha256[:12]} ")
    assert figures["with_remarks"] == figures["model_read"] + figures["model_unread"] == 3
    assert figures["facts_yes"] > 0  # the rules', whatever the model says
    assert figures["model_facts_served"] == 0  # the gate knows no evaluation of it
    run = of_stage["observations"][0]
    assert run["model"] == figures["model"]
    assert 1 <= run["model_calls"] <= 3
    assert run["model_answer_tokens"] > 0
    (asked,) = run["servers"]
    assert (asked["host"], asked["state"]) == (row["uri"], "ready")
    answers = list(database_of(home)["answers"].find())
    assert len(answers) >= 1
    assert {answer["digest"] for answer in answers} == {DEFAULT.sha256}
    assert sum(answer["failure"] is None for answer in answers) == figures["model_read"]

    family = psutil.Process(server.process.pid).children(recursive=True)
    services = [psutil.Process(state_of(home, s)["pid"]) for s in ("mongo", "language_model")]
    assert server.stop() == 0
    _, alive = psutil.wait_procs([*family, *services], timeout=30)
    assert [process.cmdline() for process in alive] == []
    assert of_home(home) == []
