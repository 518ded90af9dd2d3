"""`phoenix-re import` as tests call it: through the command line, in this process."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from phoenix_re.resources.mongo import MongoStore

COUNTS = ("new", "changed", "unchanged", "outside", "quarantined")


@dataclass(frozen=True)
class Answer:
    exit_code: int
    files: list[dict[str, Any]]
    stderr: str


class Importer:
    """Imports into `store`; each answer is checked for what holds of any import."""

    def __init__(self, store: MongoStore) -> None:
        self.store = store

    def __call__(self, *arguments: str | Path) -> Answer:
        """The answer with `--json`."""
        result = self.text(*arguments, "--json")
        assert result.stdout.startswith("["), result.output
        answer = Answer(result.exit_code, json.loads(result.stdout), result.stderr)
        for row in answer.files:
            assert sum(row[name] for name in COUNTS) == row["read"], row
            assert sum(row["reasons"].values()) == row["quarantined"], row
        assert answer.exit_code == int(any("error" in row for row in answer.files))
        return answer

    def text(self, *arguments: str | Path) -> Any:
        from phoenix_re.cli.main import app

        result = CliRunner().invoke(app, ["import", *map(str, arguments)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        assert "Traceback" not in result.output
        return result

    def rules(self) -> Counter[str]:
        return Counter(d["rule_id"] for d in self.store.db["quarantine"].find())

    def keys(self) -> set[str]:
        return {d["source_key"] for d in self.store.db["raw_listings"].find()}


def uri_of(store: MongoStore) -> str:
    address, _, options = store.uri.partition("?")
    return f"{address.rstrip('/')}/{store.db.name}?{options}"
