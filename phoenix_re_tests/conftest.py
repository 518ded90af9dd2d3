"""What every test stands on: fixed hypothesis seeds, a home of its own, the embedded server."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

PROJECT = Path(__file__).resolve().parents[1]
SHARED_DATA = PROJECT.parent / "shared" / "data"

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first: what is short fills up the workers at the end (with xdist's own order,
    which is by number of tests, the longest would begin last)."""
    items.sort(
        key=lambda item: not {"browser", "integration"} & {m.name for m in item.iter_markers()}
    )


@pytest.fixture(scope="session", autouse=True)
def _home_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test touches the developer's data, inbox or Dagster home."""
    home = tmp_path_factory.mktemp("home")
    ours = {
        "PHOENIX_RE_HOME": str(home),
        "PHOENIX_RE_INBOX": str(home / "inbox"),
        "DAGSTER_HOME": str(home / "dagster"),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    before = {name: os.environ.get(name) for name in (*ours, "MONGODB_URI")}
    os.environ.update(ours)
    os.environ.pop("MONGODB_URI", None)
    yield home
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.fixture(scope="session")
def mongo_uri(_home_of_the_tests: Path) -> Iterator[str]:
    """The embedded server, one for the whole session."""
    from phoenix_re.sandbox import mongo_server

    yield mongo_server.use().uri
    mongo_server.stop()


@pytest.fixture
def store(mongo_uri: str):
    """An empty database with the project's indexes."""
    from phoenix_re.mongo import MongoStore
    from phoenix_re.storage import INDEXES

    store = MongoStore(mongo_uri, f"test_{uuid.uuid4().hex[:12]}")
    store.ensure_indexes(INDEXES)
    yield store
    store.client.drop_database(store.db.name)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real public listings beside the project; not part of it."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no real data here: {SHARED_DATA} is absent")
    return SHARED_DATA


@pytest.fixture(scope="session")
def dev_server(tmp_path_factory: pytest.TempPathFactory):
    """A real `phoenix-re dev` with the sample listings imported; stopped as by Ctrl-C."""
    from phoenix_re_tests import dev_server

    server = dev_server.start(tmp_path_factory.mktemp("dev"), "--no-sandbox")
    samples = sorted(p for p in (PROJECT / "samples").iterdir() if p.suffix in {".csv", ".json"})
    imported = server.command("import", *map(str, samples))
    assert imported.returncode == 0, imported.stderr
    yield server
    if server.process.poll() is None:
        server.stop()


@pytest.fixture(scope="module")
def sandbox_dev(tmp_path_factory: pytest.TempPathFactory):
    """A real `phoenix-re dev` that asks a sandbox of 60 homes a ZIP; nothing is collected yet."""
    from phoenix_re_tests import dev_server

    home = tmp_path_factory.mktemp("sandbox_dev")
    for words in (["up", "--houses-per-zip", "60"], ["down"]):  # `up` would outlive dev
        done = dev_server.command(home, "sandbox", *words)
        assert done.returncode == 0, done.stderr
    server = dev_server.start(home)
    yield server
    if server.process.poll() is None:
        server.stop()
