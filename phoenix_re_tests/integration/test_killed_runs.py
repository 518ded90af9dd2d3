"""`kill -9` of a run at random moments: the re-run ends where an undisturbed run does."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from phoenix_re_tests.conftest import PROJECT
from phoenix_re_tests.dev_server import wait_for
from phoenix_re_tests.dump import OUR_CLOCK, dump

pytestmark = pytest.mark.integration

PROGRAM = str(Path(sys.executable).parent / "phoenix-re")
ZIPS = ["85031", "85033", "85035"]
MATERIALIZE = [PROGRAM, "materialize", "--market", "phx", "--json"]
MATERIALIZE += [word for z in ZIPS for word in ("--zip", z)]
STAGE_COLLECTIONS = (
    *("enrichments", "properties", "quarantine", "market_trends", "partitions"),
    *("match_reviews", "property_changes", "quality_metrics", "value_shapes"),
)
ROUNDS = 4
# Figures of the run itself, not of the data: how many documents it had to write, how many homes
# were others before.
NOT_COMPARED = OUR_CLOCK | {"written", "homes_changed"}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[dict[str, str]]:
    ours = {"PHOENIX_RE_HOME": str(tmp_path), "DAGSTER_HOME": str(tmp_path / "dagster")}
    environment = {k: v for k, v in os.environ.items() if k != "MONGODB_URI"} | ours
    subprocess.run([PROGRAM, "services", "up"], env=environment, check=True, capture_output=True)
    yield environment
    subprocess.run([PROGRAM, "services", "down"], env=environment, check=True, capture_output=True)


def run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, env=environment, check=False, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


def database(environment: dict[str, str]) -> Database:
    import json

    state = json.loads((Path(environment["PHOENIX_RE_HOME"]) / "mongo/server.json").read_text())
    uri = f"mongodb://127.0.0.1:{state['port']}/?directConnection=true&w=1&journal=true"
    return MongoClient(uri, tz_aware=True)["phoenix_re"]


def state(db: Database) -> dict[str, list]:
    """What is stored of the ZIPs; each run has a row of its own in `quality_metrics`.

    The hash of a row of quality is left out: it covers freshness, which is of our clock.
    """
    stored = dump(db, without=NOT_COMPARED)
    rows = [row for row in stored["quality_metrics"] if row["zip"]]
    stored["quality_metrics"] = [
        {name: value for name, value in row.items() if name != "content_hash"} for row in rows
    ]
    return stored


def test_a_killed_run_leaves_nothing_that_the_next_run_does_not_mend(home: dict[str, str]) -> None:
    samples = sorted(p for p in (PROJECT / "samples").iterdir() if p.suffix in {".csv", ".json"})
    run([PROGRAM, "import", *map(str, samples)], home)
    db = database(home)
    imported = list(db["quarantine"].find())
    run(MATERIALIZE, home)
    undisturbed = state(db)
    assert len(undisturbed["properties"]) > 100

    chance = random.Random(20251227)
    half_done = 0
    for _ in range(ROUNDS):
        for name in STAGE_COLLECTIONS:
            db[name].delete_many({})
        db["quarantine"].insert_many(imported)
        child = subprocess.Popen(
            MATERIALIZE, env=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        stamps_to_see = chance.randrange(12)  # of four stages in three ZIPs

        def far_enough(child: subprocess.Popen = child, n: int = stamps_to_see) -> bool | None:
            ended = child.poll() is not None
            return ended or db["partitions"].estimated_document_count() >= n or None

        wait_for(far_enough, 120, "the run's progress")
        child.send_signal(signal.SIGKILL)
        child.wait()
        half_done += 0 < db["partitions"].estimated_document_count() < 12
        run(MATERIALIZE, home)
        assert state(db) == undisturbed
    assert half_done >= ROUNDS // 3, "the kills did not hit the middle of the runs"
