"""`phoenix-re demo` as a user runs it: what it prints is what is stored and what the samples hold.

Each run is a process of its own, in a fresh home. What the samples hold is read from the tables of
`samples/README.md`, which `test_samples.py` checks against the files without our readers.
"""

import copy
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

PROJECT = Path(__file__).resolve().parents[2]
SAMPLES = PROJECT / "samples"
COMMAND = Path(sys.executable).with_name("phoenix-re")
FILES = sorted(p for p in SAMPLES.iterdir() if p.suffix in {".csv", ".json"})
ZIPS = ("85031", "85033", "85035")
RULES_OF_DEFECTS = {  # at import; the other defects are found by `validate/`
    "ZIP `-`": "zip.missing",
    "ZIP `00000`": "zip.malformed",
    "3 columns too many": "row.too_many_columns",
}
RULES_OF_LISTINGS = {
    "price unreadable": "price.unreadable",
    "price $1": "price.below_range",
    "year built 2099": "year_built.range",
}
LONG_AGO = 1_600_000_000  # 2020: a clone whose files are older than any freshness target

Collections = dict[str, dict[Any, dict[str, Any]]]

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class Home:
    """A data home and what runs in it."""

    folder: Path

    def run(self, *arguments: str) -> str:
        """Standard output of `phoenix-re …`, which must succeed."""
        done = subprocess.run(
            [COMMAND, *arguments],
            env=self._environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    def stored(self) -> Collections:
        """Every collection: `_id` → document."""
        script = (
            "import sys; from phoenix_re.sandbox import mongo_server; "
            "server = mongo_server.use(); print(server.uri, flush=True); sys.stdin.read()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", script],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as holder:
            assert holder.stdin
            assert holder.stdout
            uri = holder.stdout.readline().strip()
            client: MongoClient[dict[str, Any]] = MongoClient(uri)
            database = client["phoenix_re"]
            found = {
                name: {document["_id"]: document for document in database[name].find()}
                for name in database.list_collection_names()
            }
            client.close()
            holder.stdin.close()
            holder.wait(timeout=30)
        return found

    @property
    def _environment(self) -> dict[str, str]:
        ours = {
            "PHOENIX_RE_HOME": str(self.folder / "home"),
            "PHOENIX_RE_INBOX": str(self.folder / "inbox"),
            "DAGSTER_HOME": str(self.folder / "dagster"),
        }
        return {k: v for k, v in os.environ.items() if k not in {"MONGODB_URI", "COLUMNS"}} | ours


@dataclass(frozen=True)
class Demo:
    """The demo run twice in one home."""

    printed: str
    stored: Collections
    printed_again: str
    stored_again: Collections


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    home = Home(tmp_path_factory.mktemp("demo"))
    printed, stored = home.run("demo", "--samples"), home.stored()
    yield Demo(printed, stored, home.run("demo", "--samples"), home.stored())
    home.run("services", "down")


def _printed_table(printed: str, title: str) -> list[list[str]]:
    """The rows under a title, cells split where at least two blanks are."""
    lines = iter(printed.splitlines())
    next(line for line in lines if line.startswith(title))
    rows = []
    for line in lines:
        if "  " not in line.strip() and "─" not in line:
            break
        rows.append(re.split(r" {2,}", line.strip()))
    return [rows[0], *rows[2:]]  # without the rule under the heading


def _readme_table(first_heading: str) -> dict[str, dict[str, str]]:
    """First cell of each row → heading → cell."""
    lines = iter((SAMPLES / "README.md").read_text().splitlines())
    heading = next(line for line in lines if line.startswith(f"| {first_heading} |"))
    _, *names = (cell.strip() for cell in heading.strip("|").split("|"))
    next(lines)
    table = {}
    for line in lines:
        if not line.startswith("|"):
            break
        first, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        table[first.strip("`")] = dict(zip(names, cells, strict=True))
    return table


def _of_zip(documents: dict[Any, dict[str, Any]], zip_code: str) -> list[dict[str, Any]]:
    return [d for d in documents.values() if (d["market"], d["zip"]) == ("phx", zip_code)]


def _newest_cells(stored: Collections, zip_code: str) -> dict[str, Any]:
    revisions = _of_zip(stored["market_trends"], zip_code)
    return max(revisions, key=lambda revision: revision["revision"])["cells"]


def test_every_row_of_every_file_is_accounted_for(demo: Demo) -> None:
    heading, *rows = _printed_table(demo.printed, "Rows in")
    assert heading == ["file", "read", "new", "changed", "unchanged", "outside", "quarantined"]
    readme = _readme_table("file")
    assert [row[0] for row in rows] == [*(file.name for file in FILES), "all"]
    counts = {row[0]: [int(cell) for cell in row[1:]] for row in rows}
    for file in FILES:
        read, *parts = counts[file.name]
        assert read == sum(parts) == int(readme[file.name]["rows"])
        outside, quarantined = parts[-2:]
        assert outside == int(readme[file.name]["ZIP 86001"])
        assert quarantined == sum(int(readme[file.name][defect]) for defect in RULES_OF_DEFECTS)
    assert counts["all"] == [sum(c) for c in zip(*(counts[f.name] for f in FILES), strict=True)]
    assert counts["all"][1] == len(demo.stored["raw_listings"])
    versions = sum(len(d["versions"]) for d in demo.stored["raw_listings"].values())
    assert counts["all"][1] + counts["all"][2] == versions


def test_each_zip_is_done_and_its_numbers_are_those_stored(demo: Demo) -> None:
    heading, *rows = _printed_table(demo.printed, "ZIPs")
    assert heading[:2] == ["zip", "outcome"]
    assert [row[:2] for row in rows] == [[zip_code, "done"] for zip_code in ZIPS]
    readme = _readme_table("ZIP")
    for zip_code, _, *cells in rows:
        assert dict(zip(heading[2:], map(int, cells), strict=True)) == {
            "listings in": len(_of_zip(demo.stored["raw_listings"], zip_code)),
            "with remarks": len(_of_zip(demo.stored["enrichments"], zip_code)),
            "quarantined": len(_of_zip(demo.stored["quarantine"], zip_code)),
            "properties out": int(readme[zip_code]["homes"]),
        }
        assert len(_of_zip(demo.stored["properties"], zip_code)) == int(readme[zip_code]["homes"])
    assert re.search(r"^3 of 3 ZIPs through 4 stages in \d+\.\d s$", demo.printed, re.MULTILINE)


def test_what_is_quarantined_is_what_the_samples_hold_of_bad_rows(demo: Demo) -> None:
    _, *rows = _printed_table(demo.printed, "Quarantined")
    printed = {rule: [int(cell) for cell in cells] for rule, *cells in rows}
    files = _readme_table("file").values()
    for defect, rule in RULES_OF_DEFECTS.items():
        assert printed[rule] == [sum(int(file[defect]) for file in files), 0, 0, 0]
    stored = Counter(d["rule_id"] for d in demo.stored["quarantine"].values())
    for rule, (unreadable, *listings) in printed.items():
        assert stored[rule] == unreadable + sum(listings)
    assert stored.keys() == printed.keys()
    snapshots = ("mls_status_2025-12-20.csv", "mls_status_2025-12-27.csv")
    for defect, rule in RULES_OF_LISTINGS.items():
        # The snapshots hold the same bad listing twice.
        of_file = {name: int(cells[defect]) for name, cells in _readme_table("file").items()}
        assert stored[rule] == sum(of_file.values()) - of_file[snapshots[0]]


def test_trends_are_those_of_the_readme(demo: Demo) -> None:
    heading, *rows = _printed_table(demo.printed, "Trends as of 2025-12-27")
    assert heading == ["metric", *ZIPS]
    printed = {row[0]: dict(zip(ZIPS, row[1:], strict=True)) for row in rows if len(row) == 4}
    readme = _readme_table("ZIP")
    for zip_code in ZIPS:
        sales = readme[zip_code]["sales in 90 days"]
        cut = int(readme[zip_code]["price cuts in the week"])
        cells = _newest_cells(demo.stored, zip_code)
        inventory = cells["inventory"]["value"]
        assert printed["inventory"][zip_code] == f"{inventory} (n {inventory})"
        assert printed["homes_sold"][zip_code] == f"{sales} (n {sales})"
        low_sample = "*" if int(sales) < 10 else ""
        price = f"{readme[zip_code]['median sale price']}{low_sample} (n {sales})"
        assert printed["median_sale_price_cents"][zip_code] == price
        supply = inventory * 3 / int(sales)
        assert printed["months_of_supply_3m"][zip_code] == f"{supply:.1f}{low_sample} (n {sales})"
        assert cells["months_of_supply_3m"]["value"] == pytest.approx(supply)
        drops = cells["price_drop_share_frac"]
        assert drops["value"] * drops["n"] == pytest.approx(cut)
        assert printed["median_dom_days"][zip_code].startswith("suppressed (n ")
        assert f"{zip_code} median_dom_days: " in demo.printed
    intervals = [row for row in rows if len(row) == 3 and all(" – " in cell for cell in row)]
    assert len(intervals) == 7  # all but inventory, which is counted, and median_dom_days


@pytest.mark.parametrize(
    "zip_code",
    [
        "85031",
        "85033",
        "85035",
    ],
)
def test_inventory_is_what_is_for_sale(demo: Demo, zip_code: str) -> None:
    cell = _newest_cells(demo.stored, zip_code)["inventory"]
    assert cell["value"] == int(_readme_table("ZIP")[zip_code]["for sale"])


def test_kpis_missed_are_named_with_their_targets(demo: Demo) -> None:
    for zip_code in ZIPS:
        kpis = demo.stored["partitions"][f"phx|{zip_code}|validated_properties"]["kpis"]
        missed = [name for name, kpi in kpis.items() if not kpi["passed"]]
        line = next(
            line
            for line in demo.printed.splitlines()
            if line.startswith(f"{zip_code}  {len(kpis) - len(missed)} of {len(kpis)} met")
        )
        assert re.findall(r"(\w+) [\d.,]+%? \(target", line) == missed
    assert "missed: validity" in demo.printed  # the samples' bad rows are meant to show


def test_print_out_is_whole_in_a_pipe(demo: Demo) -> None:
    assert "…" not in demo.printed.replace("FILE…", "")
    assert max(len(line.rstrip()) for line in demo.printed.splitlines()) <= 100
    for name in (*(file.name for file in FILES), "median_list_price_active_cents"):
        assert name in demo.printed
    assert "make dev, then http://127.0.0.1:3000" in demo.printed


def test_a_second_run_changes_nothing_but_timestamps(demo: Demo) -> None:
    """`partitions` is the record of the last run: its time, and how much that run wrote (0)."""
    before, after = copy.deepcopy(demo.stored), copy.deepcopy(demo.stored_again)
    for stamp in after["partitions"].values():
        assert stamp["figures"].get("written", 0) == 0
        assert stamp["figures"].get("homes_changed", 0) == 0
    for stored in (before, after):  # each run has a row of its own
        stored["quality_metrics"] = {
            key: row for key, row in stored["quality_metrics"].items() if row["zip"]
        }
        for stamp in stored["partitions"].values():
            del stamp["materialized_at"]
            for of_the_run in ("written", "homes_changed"):
                stamp["figures"].pop(of_the_run, None)
    assert after == before
    _, *rows = _printed_table(demo.printed_again, "Rows in")
    assert {row[0]: row[2:4] for row in rows} == {row[0]: ["0", "0"] for row in rows}
    for title in ("ZIPs", "Quarantined", "Trends as of"):
        assert _printed_table(demo.printed_again, title) == _printed_table(demo.printed, title)


def test_files_in_another_order_and_of_another_age_give_the_same(
    demo: Demo, tmp_path: Path
) -> None:
    """Only when files were published and properties served may differ; freshness, no more."""
    copies = tmp_path / "files"
    copies.mkdir()
    for file in FILES:
        os.utime(shutil.copy(file, copies), (LONG_AGO, LONG_AGO))
    home = Home(tmp_path)
    try:
        home.run("import", *(str(copies / file.name) for file in reversed(FILES)))
        home.run("materialize", "--market", "phx", *(w for z in ZIPS for w in ("--zip", z)))
        stored = home.stored()
    finally:
        home.run("services", "down")
    for zip_code in ZIPS:
        kpi = stored["partitions"][f"phx|{zip_code}|validated_properties"]["kpis"]
        assert not kpi["freshness_lag_hours"]["passed"]
    assert _without(stored["properties"], "published_at", "served_at", "content_hash") == _without(
        demo.stored["properties"], "published_at", "served_at", "content_hash"
    )
    for zip_code in ZIPS:
        assert _newest_cells(stored, zip_code) == _newest_cells(demo.stored, zip_code)


def _without(documents: dict[Any, dict[str, Any]], *names: str) -> dict[Any, dict[str, Any]]:
    return {
        key: {name: value for name, value in document.items() if name not in names}
        for key, document in documents.items()
    }
