"""Bad input through the real command: no traceback, bad rows in quarantine, good rows in.

What a file can be is in `collect/test_files.py`; here the whole way to the store is walked, and
what stands around a file: folders, links, memory, other processes, a server or an import killed.
"""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from phoenix_re.markets import load_markets
from phoenix_re.resources.mongo import MongoStore
from phoenix_re_tests.dump import dump
from phoenix_re_tests.importing import Importer, uri_of
from phoenix_re_tests.listing_files import HEADER, feed, feed_line, reso, write

pytestmark = pytest.mark.integration

PROGRAM = str(Path(sys.executable).parent / "phoenix-re")
DISCLAIMER = "In accordance with local MLS rules, some MLS listings are not included"
CLOCK = frozenset({"detected_at", "landed_at", "quarantined_at", "superseded_at"})


@pytest.fixture
def importer(store: MongoStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    monkeypatch.setenv("MONGODB_URI", uri_of(store))
    monkeypatch.setenv("PHOENIX_RE_HOME", str(tmp_path / "home"))
    return Importer(store)


# ── Rows ─────────────────────────────────────────────────────────────────────────────────────────

ROWS: dict[str, tuple[str, str | None]] = {
    "three columns too many": (feed_line(10) + ",a,b,c", "row.too_many_columns"),
    "too few columns": ("6900011,Active", "row.too_few_columns"),
    "zip -": (feed_line(12, zip="-"), "zip.missing"),
    "zip N/A": (feed_line(13, zip="N/A"), "zip.missing"),
    "zip empty": (feed_line(14, zip=""), "zip.missing"),
    "zip 00000": (feed_line(15, zip="00000"), "zip.malformed"),
    "zip emoji": (feed_line(16, zip="🏠"), "zip.malformed"),
    "zip of four digits": (feed_line(17, zip="8503"), "zip.malformed"),
    "no key": (feed_line(18, mls_number="N/A"), "key.missing"),
    "quote unclosed": (feed_line(19).replace("19 W", '"19 W'), "row.unclosed_quote"),
    "zip+4": (feed_line(30, zip="85031-1234"), None),
    "zip of a spreadsheet": (feed_line(31, zip="85031.0"), None),
    "zip of R": (feed_line(32, zip="z85031"), None),
    "emoji": (feed_line(33, address="33 W Élm St 🏠🌵"), None),
    "price $1": (feed_line(34, price="$1"), None),
    "price N/A": (feed_line(35, price="N/A"), None),
    "price beyond money": (feed_line(36, price="9" * 40), None),
    "dates of other ages": (feed_line(37, list_date="1/1/1066", snapshot="0001-01-01"), None),
    "snapshot of the year 9999": (feed_line(38, snapshot="9999-12-31T23-59-59"), None),
    "snapshot beyond the calendar": (feed_line(39, snapshot="10000-01-01T00-00-00"), None),
}


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_each_bad_row_has_its_rule_and_each_good_row_is_in(
    importer: Importer, tmp_path: Path, ending: str, encoding: str
) -> None:
    lines = [f'"{DISCLAIMER}"', *(line for line, _ in ROWS.values()), "", ",,,", f'"{DISCLAIMER}"']
    path = write(tmp_path / "feed.csv", feed(lines, ending).encode(encoding))
    expected = Counter(rule for _, rule in ROWS.values() if rule)
    (row,) = importer(path).files
    assert (row["read"], row["quarantined"]) == (len(ROWS), expected.total())
    assert row["reasons"] == expected == importer.rules()
    assert importer.keys() == {f"ARMLS:{6_900_000 + n}" for n in range(30, 40)}
    again = importer(path).files[0]
    assert (again["unchanged"], again["quarantined"]) == (10, expected.total())
    assert importer.rules() == expected  # once, however often they come in


def test_a_price_of_one_dollar_lands_and_is_quarantined_by_validation(
    importer: Importer, tmp_path: Path
) -> None:
    from phoenix_re.assets.zip_run import ZipRun
    from phoenix_re.assets.zip_stages import STAGE_MODULES

    importer(write(tmp_path / "feed.csv", feed([feed_line(1, price="$1"), feed_line(2)])))
    run = ZipRun(importer.store, load_markets()["phx"], "85031")
    for stage in ("raw_listings", "llm_enriched", "validated_properties"):
        STAGE_MODULES[stage].materialize(run)
    (bad,) = importer.store.find_partition("quarantine", run.where)
    assert bad["stage"] == "validated_properties"
    assert bad["rule_id"]
    assert "6900001" in json.dumps(bad, default=str)
    assert len(importer.store.find_partition("properties", run.where)) == 1


# ── Files ────────────────────────────────────────────────────────────────────────────────────────

TWO = feed([feed_line(1), feed_line(2)])
WIDE = [f"column{n}" for n in range(3_000)]


@pytest.mark.parametrize(
    ("content", "read", "in_quarantine"),
    [
        (b"", 0, {}),
        (HEADER.encode(), 0, {}),
        (b"\xef\xbb\xbf" + TWO.encode(), 2, {}),
        (feed([feed_line(1, address="5 Cañon")]).encode("cp1252"), 1, {}),
        (gzip.compress(TWO.encode()), 2, {}),
        (f"{HEADER},{','.join(WIDE)}\n{feed_line(1)},{','.join(WIDE)}\n".encode(), 1, {}),
        (f"{HEADER}{',zip' * 40_000}\n{feed_line(1)}{',9' * 40_000}\n".encode(), 1, {}),
        (f"{HEADER},a.b,$c,.,$\n{feed_line(1)},1,2,3,4\n".encode(), 1, {}),
        (f"{HEADER},x\0y\n{feed_line(1)},a\0b\n".encode(), 1, {}),
        (f"{HEADER},\n{feed_line(1)},x\n".encode().replace(b",\n", b",\xed\xa0\x80\n"), 1, {}),
        (f"{HEADER}\n{'x' * 3_000_000}\n{feed_line(1)}\n".encode(), 2, {"row.too_long": 1}),
    ],
    ids=[
        *("empty", "header only", "BOM", "cp1252", "gzip", "very wide", "same names", "dots and $"),
        *("NUL", "surrogates", "a line of 3 MB"),
    ],
)
def test_odd_tables_are_read(
    importer: Importer, tmp_path: Path, content: bytes, read: int, in_quarantine: dict[str, int]
) -> None:
    (row,) = importer(write(tmp_path / "odd.csv", content)).files
    assert (row["read"], row["reasons"]) == (read, in_quarantine)
    assert row["new"] == read - row["quarantined"]
    # A second version goes another way into the store than the first.
    later = content.replace(b"2025-12-25", b"2025-12-27").replace(b"$200001", b"$190001")
    if later != content and content[:2] != b"\x1f\x8b":
        assert importer(write(tmp_path / "later.csv", later)).files[0]["changed"] == 1


def test_a_gzip_file_that_breaks_off(importer: Importer, tmp_path: Path) -> None:
    rows = [feed_line(n, address=random.Random(n).randbytes(9).hex()) for n in range(20_000)]
    packed = gzip.compress(feed(rows).encode())
    (row,) = importer(write(tmp_path / "cut.csv.gz", packed[: len(packed) // 2])).files
    assert row["reasons"] == {"file.truncated": 1} | {
        k: n for k, n in row["reasons"].items() if k != "file.truncated"
    }
    assert row["new"] > 5_000


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"Number": 10**4_000}, None),
        ({"Number": 10**30, "Float": 1e300, "Small": -(2**63)}, None),
        ({"NaN": float("nan"), "Infinity": [float("inf"), -float("inf")]}, None),
        ({"": 1, "a.b": 2, "$set": {"$inc": {"x": 1}}, "_id": 5}, None),
        ({"No\0te": "a\0b", "\ud800": "cut off: \ud83c"}, None),
        ({"ModificationTimestamp": "0001-01-01T00:00:00+14:00"}, None),
        ({"ModificationTimestamp": "9999-12-31T23:59:59-12:00"}, None),
        ({"PostalCode": [1, 2]}, "zip.malformed"),
        ({"PostalCode": float("nan")}, "zip.missing"),
        ({"ListingKey": {}, "ListingId": None}, "key.missing"),
        ({"Deep": json.loads("[" * 90 + "]" * 90)}, "row.too_deep"),
    ],
)
def test_odd_objects_do_not_keep_their_neighbours_out(
    importer: Importer, tmp_path: Path, changes: dict, rule: str | None
) -> None:
    rows = [reso(1), reso(2, **changes), reso(3)]
    (row,) = importer(write(tmp_path / "a.json", json.dumps({"value": rows}))).files
    assert (row["read"], row["reasons"]) == (3, {rule: 1} if rule else {})
    assert importer.keys() == {"K1", "K3"} | (set() if rule else {"K2"})
    cheaper = [r | {"ListPrice": 300_000} for r in rows]
    again = importer(
        write(tmp_path / "b.json", json.dumps(cheaper)), "--observed-at", "2099-01-01"
    ).files[0]
    assert again["changed"] == row["new"]


def test_a_listing_that_no_document_could_hold(importer: Importer, tmp_path: Path) -> None:
    """Its versions together pass 16 MB; the last row is kept apart, and its neighbours go in."""
    swollen = [0] * 700_000  # in the database six times as long as in the file
    for day in (1, 2):
        rows = [reso(1, ListPrice=day, Media=[], Numbers=swollen), reso(2, ListPrice=day)]
        path = write(tmp_path / f"{day}.json", json.dumps(rows, separators=(",", ":")))
        (row,) = importer(path, "--observed-at", f"2025-05-0{day}").files
        assert row["read"] == 2
    assert row["reasons"] == {"listing.too_large": 1}
    (kept,) = importer.store.db["quarantine"].find({}, {"row": 1, "reason": 1})
    assert kept["row"] == 1
    assert row["changed"] == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (bytes(range(256)) * 20, "binary"),
        (b"PK\x03\x04" + bytes(50), "Excel"),
        (b"<html>", "web page"),
        (b"{nonsense}", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"just prose", "--mapping"),
        (b"a," * 100_000, "--mapping"),
        (b"\x1f\x8b", "gzip"),
    ],
)
def test_what_is_no_listing_file_is_named_in_a_sentence(
    importer: Importer, tmp_path: Path, content: bytes, message: str
) -> None:
    started = time.monotonic()
    answer = importer(write(tmp_path / "thing", content))
    assert answer.exit_code == 1
    assert message in answer.files[0]["error"]
    assert "\n" not in answer.files[0]["error"]
    assert time.monotonic() - started < 60  # ends by itself, on a busy machine too


def test_folders_links_and_pipes(importer: Importer, tmp_path: Path) -> None:
    good = write(tmp_path / "good.csv", TWO)
    (link := tmp_path / "link.csv").symlink_to(good)
    (dangling := tmp_path / "dangling.csv").symlink_to(tmp_path / "nowhere")
    (loop := tmp_path / "loop.csv").symlink_to(loop)
    os.mkfifo(pipe := tmp_path / "pipe.csv")
    answer = importer(link, dangling, loop, pipe, tmp_path, tmp_path / ("x" * 300))
    assert [row["new"] for row in answer.files] == [2, 0, 0, 0, 0, 0]
    assert ["error" in row for row in answer.files] == [False, True, True, True, True, True]


def test_a_file_whose_name_is_no_text(importer: Importer, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.csv")
    (row,) = importer(write(path, feed([feed_line(1, zip="-")]))).files
    assert row["file"] == "caf\ufffd.csv"
    (kept,) = importer.store.db["quarantine"].find()
    assert kept["file"] == "caf\ufffd.csv"
    assert importer.text(path).exit_code == 0


def test_a_file_of_1901_and_one_of_the_future(importer: Importer, tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", json.dumps(reso(1)))
    for seconds in (-2_000_000_000, 4_000_000_000, 10**13):
        os.utime(path, (seconds, seconds))
        (row,) = importer(path).files
        assert row["read"] == 1 or "calendar" in row["error"]


def test_a_file_that_grows_while_it_is_read(importer: Importer, tmp_path: Path) -> None:
    path = write(tmp_path / "grows.csv", feed(feed_line(n) for n in range(9_000)))
    child = start_import(path)
    with path.open("a") as file:
        for n in range(9_000, 9_500):
            file.write(feed_line(n) + "\n")
            file.flush()
    rows = finish(child)
    assert rows[0]["new"] >= 9_000
    assert importer(path).files[0]["read"] == 9_500
    assert len(importer.keys()) == 9_500


# ── Other processes ──────────────────────────────────────────────────────────────────────────────


def start_import(*paths: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [PROGRAM, "import", *map(str, paths), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **environment},
    )  # fmt: skip


def finish(child: subprocess.Popen[str], code: int = 0) -> list[dict]:
    stdout, stderr = child.communicate(timeout=240)
    assert "Traceback" not in stderr
    assert child.returncode == code, stderr
    return json.loads(stdout)


def history(folder: Path) -> tuple[Path, Path]:
    """Two files with the same listings at different times; the second is the older one."""
    newer = [feed_line(n, price=f"${300_000 + n}") for n in range(3_000)]  # two batches
    older = [
        feed_line(n, price=f"${310_000 + n}", snapshot="2025-12-20T10-00-00")
        for n in range(1_500, 4_500)
    ]
    bad = [feed_line(n, zip="-") for n in range(20)]
    return (
        write(folder / "newer.csv", feed([*newer, *bad])),
        write(folder / "older.csv", feed([*older, *bad])),
    )


def test_two_imports_at_once_end_where_one_after_the_other_does(
    importer: Importer, tmp_path: Path, mongo_uri: str
) -> None:
    newer, older = history(tmp_path)
    children = [start_import(newer, older), start_import(older, newer), start_import(newer)]
    for child in children:
        for row in finish(child):
            assert row["read"] == 3_020
    at_once = dump(importer.store.db, without=CLOCK | {"seq", "n", "file", "published_at"})
    seqs = sorted(e["seq"] for e in importer.store.db["listing_events"].find())
    assert len(set(seqs)) == len(seqs)

    other = MongoStore(mongo_uri, f"{importer.store.db.name}_b")
    finish(start_import(newer, older, MONGODB_URI=uri_of(other)))
    in_turn = dump(other.db, without=CLOCK | {"seq", "n", "file", "published_at"})
    other.client.drop_database(other.db.name)
    for name in ("raw_listings", "quarantine"):
        assert at_once[name] == in_turn[name], name
    assert standing(importer.store) == {
        (f"ARMLS:{6_900_000 + n}", kind)
        for n in range(4_500)
        for kind in ("listed", *(("price_changed",) if 1_500 <= n < 3_000 else ()))
    }


def standing(store: MongoStore) -> set[tuple[str, str]]:
    events = list(store.db["listing_events"].find({"superseded_at": {"$exists": False}}))
    found = {(e["source_key"], e["kind"]) for e in events}
    assert len(found) == len(events)
    return found


def test_an_import_killed_at_any_moment_is_completed_by_the_next(
    importer: Importer, tmp_path: Path, mongo_uri: str
) -> None:
    """As if nothing had happened, even in the running numbers of events."""
    files = history(tmp_path)
    finish(start_import(*files))
    undisturbed = dump(importer.store.db, without=CLOCK)
    assert len(undisturbed["listing_events"]) > 4_500
    chance = random.Random(5)
    cut_short = 0
    for attempt in range(4):
        other = MongoStore(mongo_uri, f"{importer.store.db.name}_{attempt}")
        child = start_import(*files, MONGODB_URI=uri_of(other))
        stored, least = other.db["raw_listings"], chance.choice((0, 1, 2_001, 3_001))
        wait_until(lambda: stored.estimated_document_count() >= least or child.poll() is not None)  # noqa: B023
        try:
            child.communicate(timeout=chance.uniform(0, 0.8))
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            child.communicate()
            cut_short += 1
            # What the server does by itself to a dead client's transaction, after sixty seconds.
            other.client.admin.command("killAllSessions", [])
        finish(start_import(*files, MONGODB_URI=uri_of(other)))
        assert dump(other.db, without=CLOCK) == undisturbed, attempt
        other.client.drop_database(other.db.name)
    assert cut_short >= 2


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An embedded server that this test may kill."""
    home = tmp_path / "own"
    monkeypatch.setenv("PHOENIX_RE_HOME", str(home))
    monkeypatch.delenv("MONGODB_URI", raising=False)
    yield home
    subprocess.run([PROGRAM, "services", "down"], check=True, capture_output=True)


def test_the_server_killed_in_the_middle_is_told_in_a_sentence(
    own_home: Path, tmp_path: Path
) -> None:
    path = write(tmp_path / "feed.csv", feed(feed_line(n) for n in range(9_000)))
    small = write(tmp_path / "small.csv", TWO)
    child = start_import(path, small)
    state = own_home / "mongo" / "server.json"
    wait_until(lambda: state.exists() and count_listings(state) >= 2_000)
    os.kill(json.loads(state.read_text())["pid"], signal.SIGKILL)
    first, second = finish(child, code=1)
    assert "the database failed" in first["error"]
    assert "rows are stored" in first["error"]
    assert "not tried" in second["error"]
    (row, _) = finish(start_import(path, small))
    assert row["unchanged"] >= 2_000
    assert row["new"] + row["unchanged"] == row["read"] == 9_000


def wait_until(condition: Callable[[], bool], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def count_listings(state: Path) -> int:
    from pymongo import MongoClient

    port = json.loads(state.read_text())["port"]
    with MongoClient(f"mongodb://127.0.0.1:{port}/?directConnection=true") as client:
        return client["phoenix_re"]["raw_listings"].estimated_document_count()


# ── Memory ───────────────────────────────────────────────────────────────────────────────────────

MB = 1 << 20


def test_memory_is_flat_however_long_the_file_or_a_line_is(
    importer: Importer, tmp_path: Path
) -> None:
    """Five times the rows, or one line of 75 MB, take no more memory than 15 MB of rows do."""
    remark = "x" * 600
    block = "".join(feed_line(n, address=f"{n} W Elm St {remark}") + "\n" for n in range(200))
    small = tmp_path / "small.csv"
    large = tmp_path / "large.csv"
    for path, size in ((small, 15 * MB), (large, 75 * MB)):
        with path.open("w") as file:
            file.write(HEADER + "\n")
            for _ in range(size // len(block)):
                file.write(block)
    line = tmp_path / "line.csv"
    with line.open("w") as file:
        file.write(f"{HEADER}\n{feed_line(1)}\n")
        for _ in range(75):
            file.write("y" * MB)
        file.write(f"\n{feed_line(2)}\n")
    base = peak_mb(small, read=15 * MB // len(block) * 200)
    assert peak_mb(large, read=75 * MB // len(block) * 200) < base + 60
    assert peak_mb(line, read=3) < base + 60


def peak_mb(path: Path, read: int) -> float:
    """Peak resident memory of importing `path` in a process of its own."""
    output = path.with_suffix(".out")
    with output.open("w") as stdout:
        child = subprocess.Popen([PROGRAM, "import", str(path), "--json"], stdout=stdout)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    assert json.loads(output.read_text())[0]["read"] == read
    return usage.ru_maxrss / (MB if sys.platform == "darwin" else 1024)
