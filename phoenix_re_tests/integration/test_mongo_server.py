"""Life of the embedded server: found or started once, shared, stopped by the last to leave."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.integration

PROGRAM = str(Path(sys.executable).parent / "phoenix-re")

USE = """
import sys
from phoenix_re.sandbox import mongo_server
print(mongo_server.use().pid, flush=True)
sys.stdin.readline()
"""


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "PHOENIX_RE_HOME": str(home)}


def user(home: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", USE],
        env=environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def pid_of(child: subprocess.Popen) -> int:
    assert child.stdout is not None
    return int(child.stdout.readline())


def leave(child: subprocess.Popen) -> None:
    child.communicate("\n", timeout=60)


def test_users_at_once_share_one_server_and_the_last_one_stops_it(tmp_path: Path) -> None:
    users = [user(tmp_path) for _ in range(3)]
    pids = {pid_of(child) for child in users}
    assert len(pids) == 1
    (pid,) = pids
    leave(users[0])
    leave(users[1])
    assert psutil.pid_exists(pid)
    leave(users[2])
    assert not psutil.pid_exists(pid)
    assert not (tmp_path / "mongo" / "server.json").exists()


def test_a_killed_user_does_not_count_and_its_server_is_found_again(tmp_path: Path) -> None:
    first = user(tmp_path)
    pid = pid_of(first)
    first.kill()
    first.wait()
    assert psutil.pid_exists(pid)
    second = user(tmp_path)
    assert pid_of(second) == pid
    leave(second)
    assert not psutil.pid_exists(pid)


def test_a_killed_server_is_replaced_and_what_was_acknowledged_is_there(tmp_path: Path) -> None:
    write = """
from phoenix_re.mongo import open_store
store = open_store()
store.upsert("partitions", [{"_id": i} for i in range(50)])
import os; os._exit(0)
"""
    subprocess.run([sys.executable, "-c", write], env=environment(tmp_path), check=True)
    state = json.loads((tmp_path / "mongo" / "server.json").read_text())
    psutil.Process(state["pid"]).kill()
    read = """
from phoenix_re.mongo import open_store
print(open_store().db["partitions"].count_documents({}))
"""
    answer = subprocess.run(
        [sys.executable, "-c", read],
        env=environment(tmp_path),
        check=True,
        capture_output=True,
        text=True,
    )
    assert answer.stdout.strip() == "50"


def test_the_data_folder_is_the_owners_alone(tmp_path: Path) -> None:
    child = user(tmp_path)
    pid_of(child)
    assert (tmp_path / "mongo").stat().st_mode & 0o077 == 0
    assert (tmp_path / "mongo" / "data").stat().st_mode & 0o077 == 0
    leave(child)


def test_what_a_killed_process_had_locked_is_free_for_the_next(tmp_path: Path) -> None:
    subprocess.run([PROGRAM, "services", "up"], env=environment(tmp_path), check=True)
    lock_and_die = """
from phoenix_re.mongo import open_store
store = open_store()
store.upsert("partitions", [{"_id": "x"}])
session = store.client.start_session()
session.start_transaction()
store.db["partitions"].update_one({"_id": "x"}, {"$set": {"n": 1}}, session=session)
import os; os.kill(os.getpid(), 9)
"""
    died = subprocess.run(
        [sys.executable, "-c", lock_and_die], env=environment(tmp_path), check=False
    )
    assert died.returncode == -9
    write = """
from phoenix_re.mongo import open_store
store = open_store()
change = {"$set": {"n": 2}}
store.transaction(lambda s: store.db["partitions"].update_one({"_id": "x"}, change, session=s))
"""
    subprocess.run([sys.executable, "-c", write], env=environment(tmp_path), check=True, timeout=30)
    subprocess.run([PROGRAM, "services", "down"], env=environment(tmp_path), check=True)


def test_a_server_that_was_asleep_is_waited_for_and_not_doubled(tmp_path: Path) -> None:
    first = user(tmp_path)
    process = psutil.Process(pid_of(first))
    process.suspend()
    second = user(tmp_path)
    threading.Timer(4, process.resume).start()
    assert pid_of(second) == process.pid
    leave(first)
    leave(second)
