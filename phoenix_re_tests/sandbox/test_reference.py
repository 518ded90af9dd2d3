"""The sandbox's page of the reference has the tables of the code.

After a change `python -m phoenix_re_tests.sandbox.test_reference` writes them anew. The commands on
the page are run by `integration/test_docs_commands.py`.
"""

import re
from collections.abc import Callable
from pathlib import Path

from phoenix_re.sandbox.scene import GENERAL_FAULTS, Limit
from phoenix_re.sandbox.upstreams import upstreams

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "sandbox.md"
_MADE = re.compile(
    r"(?P<open><!-- from the sandbox: (?P<name>\w+) -->\n)(?P<body>.*?)(?P<close><!-- end -->)",
    re.DOTALL,
)
_PERIODS = {1.0: "second", 60.0: "minute", 3600.0: "hour", 86_400.0: "day"}


def _table(*rows: tuple[str, ...]) -> str:
    cells = ((cell.replace("|", r"\|") for cell in row) for row in rows)
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)


def served() -> str:
    head = ("upstream", "limits", "credentials", "robots.txt"), ("---", "---", "---", "---")
    rows = [
        (
            f"`{name}`",
            ", ".join(map(_limit, upstream.limits)) or "–",
            ", ".join(f"`{credential}`" for credential in upstream.credentials) or "–",
            "–" if upstream.robots is None else "yes",
        )
        for name, upstream in upstreams().items()
    ]
    return _table(*head, *rows)


def _limit(limit: Limit) -> str:
    period = _PERIODS.get(limit.seconds, f"{limit.seconds:g} s")
    return f"{limit.calls:,} a {period}"


def general_faults() -> str:
    head = ("fault", "value and effect"), ("---", "---")
    return _table(*head, *((f"`{name}`", said) for name, said in GENERAL_FAULTS.items()))


def own_faults() -> str:
    head = ("upstream", "fault", "value and effect"), ("---", "---", "---")
    rows = [
        (f"`{name}`", f"`{fault}`", said)
        for name, upstream in upstreams().items()
        for fault, said in upstream.faults.items()
    ]
    return _table(*head, *rows)


TABLES: dict[str, Callable[[], str]] = {
    "upstreams": served,
    "general_faults": general_faults,
    "own_faults": own_faults,
}


def test_the_tables_are_those_of_the_code() -> None:
    found = {made["name"]: made["body"] for made in _MADE.finditer(PAGE.read_text("utf-8"))}
    assert found.keys() == TABLES.keys()
    for name, body in found.items():
        assert body == TABLES[name](), "run python -m phoenix_re_tests.sandbox.test_reference"


def test_no_fault_of_an_upstream_hides_a_general_one() -> None:
    for name, upstream in upstreams().items():
        assert not upstream.faults.keys() & GENERAL_FAULTS.keys(), name
        assert upstream.name == name


if __name__ == "__main__":
    text = PAGE.read_text("utf-8")
    PAGE.write_text(
        _MADE.sub(lambda made: made["open"] + TABLES[made["name"]]() + made["close"], text), "utf-8"
    )
