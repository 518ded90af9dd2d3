"""A collector in a process of its own, to be killed or to share limits with others.

`python -m phoenix_re_tests.collecting_process '{"uri": …, "zips": […], …}'`; see `Order`.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from phoenix_re.mongo import MongoStore
from phoenix_re.sandbox.server import Sandbox
from phoenix_re.storage import INDEXES
from phoenix_re_tests.collecting_runs import Runner, phoenix


@dataclass(frozen=True)
class Order:
    """What to collect from where into which database, all of it as JSON knows it."""

    uri: str
    database: str
    folder: str
    sources: Sequence[str]
    zips: Sequence[str]
    bases: Mapping[str, str]
    credentials: Mapping[str, Mapping[str, str]]
    time_scale: float
    seen_at: str

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self.seen_at)

    def store(self) -> MongoStore:
        store = MongoStore(self.uri, self.database)
        store.ensure_indexes(INDEXES)
        return store

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", __name__, json.dumps(asdict(self))]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def order(
    sandbox: Sandbox, store: MongoStore, folder: Path, sources: Sequence[str], zips: Sequence[str]
) -> Order:
    return Order(
        store.uri,
        store.db.name,
        str(folder),
        sources,
        zips,
        sandbox.bases,
        sandbox.credentials,
        sandbox.time_scale,
        sandbox.now.isoformat(),
    )


def carry_out(wanted: Order) -> None:
    market = phoenix(*wanted.sources, phoenix_mls={"options": {"details_per_run": 400}})
    run = Runner(wanted, wanted.store(), Path(wanted.folder)).run(market, wanted.zips)
    failed = [outcome for outcome in run.all() if outcome.state in {"failed", "out"}]
    if failed:
        raise SystemExit(f"{failed}")


if __name__ == "__main__":
    carry_out(Order(**json.loads(sys.argv[1])))
