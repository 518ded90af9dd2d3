"""The sandbox of a home: one process, shared, whose time and ports survive it."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

pytestmark = pytest.mark.integration

PROGRAM = str(Path(sys.executable).parent / "phoenix-re")
SMALL = ("--houses-per-zip", "20")

USE = """
import sys
from phoenix_re.sandbox import service
print(service.use().pid, flush=True)
sys.stdin.readline()
"""


class Home:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "PHOENIX_RE_HOME": str(folder), "COLUMNS": "140"}

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [PROGRAM, "sandbox", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def status(self) -> dict[str, Any]:
        return json.loads(self.command("status", "--json").stdout)

    def user(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", USE],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def home(tmp_path: Path):
    home = Home(tmp_path)
    yield home
    home.command("down")


def pid_of(user: subprocess.Popen[str]) -> int:
    assert user.stdout is not None
    return int(user.stdout.readline())


def seconds_between(one: str, other: str) -> float:
    return (datetime.fromisoformat(other) - datetime.fromisoformat(one)).total_seconds()


def test_users_share_one_and_the_last_one_stops_it(home: Home) -> None:
    users = [home.user() for _ in range(2)]
    (pid,) = {pid_of(user) for user in users}
    users[0].communicate("\n", timeout=60)
    assert psutil.pid_exists(pid)
    users[1].communicate("\n", timeout=60)
    assert not psutil.pid_exists(pid)


def test_up_stays_until_down(home: Home) -> None:
    assert home.command("up", *SMALL).returncode == 0
    status = home.status()
    assert status["running"]
    assert status["houses_per_zip"] == 20
    user = home.user()
    assert pid_of(user) == status["pid"]
    user.communicate("\n", timeout=60)
    assert psutil.pid_exists(status["pid"])
    assert home.command("down").stdout == "sandbox: stopped\n"
    assert home.status() == {"running": False, "control": None}
    assert home.command("down").stdout == "sandbox: was not running\n"


def test_a_killed_sandbox_comes_back_with_its_world_its_time_and_its_ports(home: Home) -> None:
    home.command("up", *SMALL, "--seed", "11", "--start", "2026-03-02T17:00:00")
    home.command("advance", "--days", "30")
    before = home.status()
    assert before["now"].startswith("2026-04-01T17:0")
    psutil.Process(before["pid"]).kill()
    assert not home.status()["running"]
    assert home.command("up").returncode == 0
    after = home.status()
    assert after["pid"] != before["pid"]
    assert (after["seed"], after["houses_per_zip"]) == (11, 20)
    assert after["advanced_seconds"] == timedelta(days=30).total_seconds()
    assert 0 <= seconds_between(before["now"], after["now"]) < 300
    assert after["bases"] == before["bases"]


def test_time_passes_at_another_speed_from_where_it_was(home: Home) -> None:
    home.command("up", *SMALL, "--start", "2026-03-02")
    home.command("advance", "--days", "1")
    home.command("down")
    home.command("up", "--speed", "3600", "--time-scale", "50")
    first, second = home.status(), home.status()
    assert (first["speed"], first["time_scale"]) == (3600, 50)
    assert "2026-03-03" < first["now"] < "2026-04"
    assert seconds_between(first["now"], second["now"]) > 360  # a tenth of a second at least


def test_other_options_than_those_of_the_running_one_are_refused(home: Home) -> None:
    home.command("up", *SMALL)
    refused = home.command("up", "--seed", "12")
    assert refused.returncode == 1
    assert "runs already, with seed 85031" in " ".join(refused.stderr.split())
    assert home.command("up", *SMALL).returncode == 0
    assert home.status()["seed"] == 85031


def test_ports_may_be_chosen(home: Home) -> None:
    from phoenix_re.sandbox.shared_life import free_port

    base = free_port()
    up = home.command("up", *SMALL, "--port-base", str(base))
    if up.returncode == 0:  # else a neighbour has one of the ports, and is named
        status = home.status()
        ports = sorted(int(url.rpartition(":")[2]) for url in status["bases"].values())
        assert status["control"] == f"http://127.0.0.1:{base}"
        assert ports == list(range(base + 1, base + 1 + len(ports)))
    else:
        assert "is not free" in (home.folder / "sandbox" / "server.log").read_text()


def test_faults_and_truth_from_the_command_line(home: Home) -> None:
    home.command("up", *SMALL)
    url = home.status()["bases"]["redfin_files"]
    assert home.command("fault", "redfin_files", "throttle=1", "latency_ms=[1,2]").returncode == 0
    assert home.status()["faults"] == {"redfin_files": {"throttle": 1, "latency_ms": [1, 2]}}
    assert httpx.get(url).status_code == 429
    home.command("fault", "--clear")
    assert home.status()["faults"] == {}
    wrong = home.command("fault", "redfin_files", "dwn=true")
    assert wrong.returncode == 1
    assert "no fault 'dwn'" in wrong.stderr
    truth = json.loads(home.command("truth", "85031", "--json").stdout)
    assert len(truth["houses"]) == 20
    assert "85031: 20 homes" in home.command("truth", "85031").stdout


def test_without_a_sandbox_commands_say_how_to_start_one(home: Home) -> None:
    for words in (("advance", "--days", "1"), ("fault",), ("truth", "85031")):
        run = home.command(*words)
        assert run.returncode == 1
        assert "phoenix-re sandbox up" in run.stderr
