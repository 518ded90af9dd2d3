"""Dagster's home on this machine: made once, with a link to the project's dagster.yaml."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
from filelock import FileLock

from phoenix_re.home import PROJECT_ROOT, dagster_home, ensure


def prepare() -> Path:
    """Make DAGSTER_HOME, link dagster.yaml there, and name it in the environment.

    The database is created here, once and under a lock: web server and daemon starting together
    on an empty home can break it for good.
    """
    folder = ensure(dagster_home())
    os.environ["DAGSTER_HOME"] = str(folder)
    with FileLock(str(folder / ".prepare.lock"), timeout=120):
        ours = PROJECT_ROOT / "dagster.yaml"
        theirs = folder / "dagster.yaml"
        if ours.exists() and not theirs.exists():
            theirs.unlink(missing_ok=True)  # a link to where the project was
            theirs.symlink_to(ours)  # who wants other settings puts a file in its place
        dg.DagsterInstance.get().dispose()
    return folder


@contextlib.contextmanager
def open_instance() -> Iterator[dg.DagsterInstance]:
    prepare()
    with dg.DagsterInstance.get() as instance:
        yield instance
