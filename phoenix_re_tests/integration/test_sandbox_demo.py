"""`phoenix-re demo` over the sandbox: what it prints is what is so in the sandbox's world.

Each run is a process of its own, in a fresh home. What is so is asked of the sandbox itself.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from phoenix_re.cli.main import app
from phoenix_re.collect.sources import SOURCES
from phoenix_re.storage import COUNTERS
from phoenix_re_tests.conftest import PROJECT
from phoenix_re_tests.dev_server import command

pytestmark = pytest.mark.integration

ZIPS = ("85031", "85033", "85035")
HOUSES = 60


@dataclass(frozen=True)
class Demo:
    """The demo run twice in one home, and what the sandbox had counted after each run."""

    home: Path
    first: dict[str, Any]
    first_asked: dict[str, int]
    printed: str
    second_asked: dict[str, int]
    stored: dict[str, dict[Any, dict[str, Any]]]
    stored_again: dict[str, dict[Any, dict[str, Any]]]


def run(home: Path, *words: str) -> str:
    done = command(home, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout
