"""The commands that the README and the docs show, run as they stand, and what they print.

How a page is written so that it can be run:

- ```` ```sh ```` is run by bash, in a folder that has `.venv` and `samples` of the project and a
  copy of `markets`; blocks of one page in their order, each page in a fresh home. `sh exit=1`
  expects that exit code, `sh no-run` is only read.
- ```` ```csv file=NAME ```` (any language) is written to that file first.
- ```` ```text output ```` after a run block is what the block prints; blank lines and seconds may
  differ, and a line `…` stands for any lines. Where outputs have changed for good reason, rewrite
  them with `python -m phoenix_re_tests.integration.test_docs_commands`, and read the difference.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from phoenix_re.collect.sources import specs

pytestmark = pytest.mark.integration

PROJECT = Path(__file__).resolve().parents[2]
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
_FENCE = re.compile(r"^```(?P<info>[a-z]+[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_SECONDS = re.compile(r"\d+\.\d s\b")


@dataclass(frozen=True, slots=True)
class Block:
    words: list[str]
    body: str
    start: int  # of the body in the page
    end: int

    @property
    def file(self) -> str | None:
        return self._option("file")

    @property
    def exit_code(self) -> int:
        return int(self._option("exit") or 0)

    @property
    def is_run(self) -> bool:
        return self.words[0] == "sh" and "no-run" not in self.words

    @property
    def is_output(self) -> bool:
        return self.words == ["text", "output"]

    def _option(self, name: str) -> str | None:
        given = [w.removeprefix(f"{name}=") for w in self.words if w.startswith(f"{name}=")]
        return given[0] if given else None


def blocks(page: str) -> Iterator[Block]:
    for found in _FENCE.finditer(page):
        yield Block(found["info"].split(), found["body"], found.start("body"), found.end("body"))


def runnable(path: Path) -> bool:
    return any(block.is_run for block in blocks(path.read_text("utf-8")))


@pytest.mark.parametrize("page", [pytest.param(p, id=p.name) for p in PAGES if runnable(p)])
def test_the_page_says_what_happens(page: Path, tmp_path: Path) -> None:
    for command, printed, shown in play(page.read_text("utf-8"), tmp_path):
        if shown is not None:
            assert fits(printed, shown.body), f"{command}\nprints\n{printed}\nnot\n{shown.body}"


def test_a_line_of_dots_stands_for_any_lines_and_nothing_else_does() -> None:
    assert fits("a\nb\nc\ndone in 3.1 s\n", "a\n…\ndone in 0.2 s\n")
    assert fits("a   \n", "a\n")
    assert not fits("a\nb\n", "a\n")
    assert not fits("ab\n", "a\n…\nb\n")


def play(page: str, folder: Path) -> Iterator[tuple[str, str, Block | None]]:
    """Run a page's blocks: (command, what it printed, the block that shows it)."""
    environment = _environment(folder)
    work = folder / "work"
    work.mkdir()
    (work / ".venv").symlink_to(PROJECT / ".venv")
    for sample in (PROJECT / "samples").iterdir():  # as in a clone of this minute:
        os.utime(sample)  # freshness is measured from the time of the files
    shutil.copytree(PROJECT / "samples", work / "samples")
    shutil.copytree(PROJECT / "markets", work / "markets")
    found = list(blocks(page))
    try:
        for block, following in zip(found, [*found[1:], None], strict=True):
            if block.file:
                (work / block.file).write_text(block.body, encoding="utf-8")
            if block.is_run:
                run = _run(block.body, work, environment)
                assert run.returncode == block.exit_code, f"{block.body}\n{run.stdout}"
                shown = following if following is not None and following.is_output else None
                yield block.body, run.stdout, shown
    finally:
        _run("phoenix-re sandbox down; phoenix-re services down", work, environment)


def fits(printed: str, shown: str) -> bool:
    pieces = [
        r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line) + "\n" for line in _lines(shown)
    ]
    return (
        re.fullmatch("".join(pieces), "".join(f"{line}\n" for line in _lines(printed))) is not None
    )


def _lines(text: str) -> list[str]:
    lines = [_SECONDS.sub("0.0 s", line).rstrip() for line in text.strip("\n").split("\n")]
    return [line for line in lines if line]


def _environment(folder: Path) -> dict[str, str]:
    """Nobody's credentials: a page must print the same on every machine, and ask nobody real."""
    home = folder / "home"
    credentials = (name for spec in specs().values() for name in spec.credentials.values())
    return (
        os.environ
        | dict.fromkeys(credentials, "")
        | {
            "PATH": f"{PROJECT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "PHOENIX_RE_HOME": str(home),
            "PHOENIX_RE_INBOX": str(home / "inbox"),
            "PHOENIX_RE_MARKETS": "markets",
            "DAGSTER_HOME": str(home / "dagster"),
        }
    )


def _run(
    command: str, folder: Path, environment: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-e", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )


def rewrite(path: Path) -> bool:
    """Put what the commands print now into the page; what still fits stays. True if changed."""
    page = path.read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        played = list(play(page, Path(folder)))
    fresh = page
    for _, printed, shown in reversed(played):
        if shown is not None and not fits(printed, shown.body):
            text = "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").split("\n"))
            fresh = fresh[: shown.start] + text + fresh[shown.end :]
    path.write_text(fresh, encoding="utf-8")
    return fresh != page


if __name__ == "__main__":
    import sys

    os.environ.pop("MONGODB_URI", None)
    for page in [Path(name).resolve() for name in sys.argv[1:]] or PAGES:
        if runnable(page):
            print("rewritten" if rewrite(page) else "as it was", page)
