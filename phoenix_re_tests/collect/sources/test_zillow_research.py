"""Zillow Research: every value once, revisions by release, and drift that ends as a sentence."""

import csv
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from phoenix_re.collect.errors import ContractError, PermanentError, TransientError
from phoenix_re.collect.source import Item, Point
from phoenix_re.collect.sources import published, zillow_research
from phoenix_re.collect.sources.zillow_research import SPEC, SeriesFile
from phoenix_re.markets import load_markets
from phoenix_re.sandbox.scene import Scene
from phoenix_re.sandbox.upstreams import object_store as store
from phoenix_re.sandbox.upstreams import zillow_research as stand_in
from phoenix_re.sandbox.world import World
from phoenix_re_tests.collect.sources.file_session import FileSession

START = datetime(2026, 3, 2, 17, tzinfo=UTC)
ZIPS = ("85031", "85033", "85035")
PHX = load_markets()["phx"].model_copy(update={"zips": ("85003", *ZIPS, "85009")})
WORLD = World({"phx": PHX}, houses_per_zip=1)


class Bench:
    """One scene, one disk, one cursor; a session for each run."""

    def __init__(self, **faults: Any) -> None:
        self.scene = Scene(WORLD, START, clock=lambda: 0.0)
        self.scene.faults["zillow_research"] = dict(faults)
        self.disk: dict[str, tuple[Path, str]] = {}
        self.cursor: dict[str, Any] = {}
        self.client = TestClient(Starlette(routes=stand_in.UPSTREAM.routes(self.scene)))

    def session(self, zips: tuple[str, ...] = ZIPS, **options: Any) -> FileSession:
        return FileSession(
            *(SPEC, self.client, PHX),
            zips=zips,
            options=options,
            cursor=self.cursor,
            now=self.scene.now,
            disk=self.disk,
        )


def truth(file: Any, zip_code: str, month: int, release: int) -> float | None:
    if stand_in.is_blank(WORLD, file, zip_code, month):
        return None
    return file.value(WORLD.seed, zip_code, month, release)


def test_every_value_of_the_last_months_is_found_once_and_is_the_truth() -> None:
    session = Bench().session(months=24)
    points = [p for p in session.collect() if isinstance(p, Point)]
    release = store.month_of(date(2026, 2, 14))
    expected = {
        (series, z, store.last_day(month)): value
        for series, file in (("zhvi", stand_in.ZHVI), ("zori", stand_in.ZORI))
        for z in ZIPS
        for month in range(store.month_of(START) - 23, release)
        if (value := truth(file, z, month, release)) is not None
    }
    assert {(p.series, p.zip, p.period_end): p.value for p in points} == expected
    assert len(points) == len(expected) > 100
    assert {p.released_on for p in points} == {date(2026, 2, 14)}
    assert {(p.series, p.unit) for p in points} == {("zhvi", "usd"), ("zori", "usd_per_month")}
    assert session.notes == []


def test_an_unchanged_file_is_asked_for_conditionally_and_says_nothing() -> None:
    bench = Bench()
    assert bench.session().collect()
    before = dict(bench.disk)
    again = bench.session()
    assert again.collect() == []
    assert len(again.calls) == 2
    assert bench.disk == before  # both were 304: neither file was written anew


def test_other_zips_of_an_unchanged_file_are_read() -> None:
    bench = Bench()
    first = bench.session(zips=ZIPS[:1]).collect()
    second = bench.session(zips=ZIPS[1:]).collect()
    assert {p.zip for p in first if isinstance(p, Point)} == {ZIPS[0]}
    assert {p.zip for p in second if isinstance(p, Point)} == set(ZIPS[1:])
    assert bench.session().collect() == []


def test_a_new_release_brings_the_new_month_and_what_was_revised_and_nothing_else() -> None:
    bench = Bench()
    first = {
        p.series + p.zip + str(p.period_end): p
        for p in bench.session().collect()
        if isinstance(p, Point)
    }
    bench.scene.advanced = timedelta(days=20)  # the middle of March has passed
    second = [p for p in bench.session().collect() if isinstance(p, Point)]
    assert {p.released_on for p in second} == {date(2026, 3, 14)}
    assert {
        z for z in ZIPS if any(p.zip == z and p.period_end == date(2026, 2, 28) for p in second)
    }
    for p in second:
        before = first.get(p.series + p.zip + str(p.period_end))
        assert before is None or before.value != p.value
    oldest_revised = min(p.period_end for p in second)
    assert oldest_revised >= date(2025, 2, 28)  # a year and it is settled
    assert any(p.period_end == date(2025, 10, 31) for p in second)
    assert len(second) < len(first) / 3


def test_the_cursor_stays_small() -> None:
    bench = Bench()
    bench.session().collect()
    kept = bench.cursor["files"]["zhvi"]["85031"]
    assert len(str(kept)) < 700


def test_without_last_modified_the_newest_month_dates_the_values() -> None:
    points = Bench(no_last_modified=True).session(months=3).collect()
    assert {p.released_on for p in points if isinstance(p, Point)} == {date(2026, 1, 31)}


@pytest.mark.parametrize("status", [403, 404])
def test_a_missing_file_names_the_research_page(status: int) -> None:
    bench = Bench(missing=status if status == 403 else True)
    with pytest.raises(PermanentError, match=r"zillow\.com/research/data"):
        bench.session().collect()


def test_one_missing_file_does_not_keep_the_other_back() -> None:
    bench = Bench()
    gone = {"path": "/research/public_csvs/zhvi/Zip_old_name.csv", "unit": "usd"}
    zori = zillow_research.ZillowResearchOptions().files["zori"].model_dump()
    session = bench.session(files={"zhvi": gone, "zori": zori})
    found: list[Item] = []
    with pytest.raises(PermanentError, match="Zip_old_name"):
        found.extend(SPEC.collect(session))
    assert {p.series for p in found if isinstance(p, Point)} == {"zori"}


def test_a_renamed_column_is_drift() -> None:
    with pytest.raises(ContractError, match="lacks RegionName"):
        Bench(header_change=True).session().collect()


def test_a_changed_unit_is_drift() -> None:
    with pytest.raises(ContractError, match="has the unit changed"):
        Bench(unit_change=True).session().collect()


def test_a_metro_file_is_refused_by_its_type(tmp_path: Path) -> None:
    bench = Bench()
    session = bench.session()
    path = zillow_research.ZillowResearchOptions().files["zhvi"].path
    file = tmp_path / "Metro.csv"
    file.write_text("RegionID,SizeRank,RegionName,RegionType,2026-01-31\n1,0,85031,msa,300000\n")
    session.download = lambda *_a, **_k: file  # type: ignore[method-assign]
    with pytest.raises(ContractError, match="its Zip_ version is needed"):
        session.collect()
    assert path.startswith("/research/")


def test_zips_that_lost_their_zero_are_found(tmp_path: Path) -> None:
    file = tmp_path / "zips.csv"
    file.write_text("RegionName,2026-01-31\n2139,500000.5\n85031,300000\n")
    points = _points_of(file, ("02139", "85031"))
    assert {(p.zip, p.value) for p in points} == {("02139", 500000.5), ("85031", 300000.0)}


def test_a_zip_that_the_file_lacks_is_told_once(tmp_path: Path) -> None:
    bench = Bench()
    session = bench.session(zips=("85031", "99999"))
    session.collect()
    assert sorted(session.notes) == [
        "Zip_zhvi_uc_sfrcondo_tier_0.33_0.67_sm_sa_month.csv has no row for 99999",
        "Zip_zori_uc_sfrcondomfr_sm_month.csv has no row for 99999",
    ]
    again = bench.session(zips=("85031", "99999"))
    again.collect()
    assert again.notes == []


def test_an_html_page_in_the_files_place_is_transient() -> None:
    request = httpx.Request("GET", "https://files.example/x.csv")
    page = httpx.Response(200, html="\ufeff<html></html>", request=request)
    assert SPEC.judge is not None
    with pytest.raises(TransientError, match="HTML page"):
        SPEC.judge("zillow_research", page)


def _points_of(file: Path, zips: tuple[str, ...] = ZIPS, **options: Any) -> list[Point]:
    """What is read from a file on the disk, as if it had been downloaded for `zhvi`."""
    one = SeriesFile(path="/x.csv", unit="usd", least=0, most=1e12)
    given = {"files": {"zhvi": one.model_dump()}, "months": 600, **options}
    session = Bench().session(zips=zips, **given)
    session.download = lambda *_a, **_k: file  # type: ignore[method-assign]
    return [p for p in session.collect() if isinstance(p, Point)]


# ── damaged and mutated files ───────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def good() -> bytes:
    scene = Scene(WORLD, START, clock=lambda: 0.0)
    return stand_in.table(scene, stand_in.ZORI, datetime(2026, 2, 14, 18, tzinfo=UTC))


@given(data=st.data())
def test_whatever_the_file_holds_ends_as_points_or_drift(good: bytes, data: st.DataObject) -> None:
    lines = good.split(b"\n")
    lines = [lines[0], *(line for line in lines if any(z.encode() in line[:30] for z in ZIPS))]
    text = bytearray(b"\n".join(line[:400] for line in lines))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text) - 1))
        much = data.draw(st.sampled_from([0, 1, 3, 60]))
        text[at : at + much] = data.draw(
            st.binary(max_size=8) | st.sampled_from([b",", b'"', b"\n", b"NA", b"1e999", b"\x00"])
        )
    cut = data.draw(st.integers(0, len(text)))
    file = _write(bytes(text[:cut] if data.draw(st.booleans()) else text))
    try:
        points = _points_of(file)
    except ContractError:
        return
    assert all(p.zip in ZIPS and abs(p.value) < 1e15 for p in points)


@given(st.binary(max_size=300))
def test_garbage_is_no_table(content: bytes) -> None:
    with pytest.raises(ContractError):
        _points_of(_write(content))


_SCRATCH: list[Path] = []


def _write(content: bytes) -> Path:
    import tempfile

    if not _SCRATCH:
        _SCRATCH.append(Path(tempfile.mkdtemp()) / "file.csv")
    _SCRATCH[0].write_bytes(content)
    os.utime(_SCRATCH[0], (1_770_000_000, 1_770_000_000))
    return _SCRATCH[0]


# ── real files ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "series"),
    [
        ("zillow_zori_zip_2014_2021.csv", "zori"),
        ("zillow_median_sale_price_zip_2008_2018.csv", "median_sale_price"),
    ],
)
def test_real_files_of_the_older_shape(shared_data: Path, name: str, series: str) -> None:
    file = shared_data / "series" / name
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    months = [column for column in rows[0] if column[:2] == "20"]
    expected = {
        (row["RegionName"].zfill(5), column): float(row[column])
        for row in rows
        for column in months
        if row[column]
    }
    zips = tuple(sorted({row["RegionName"].zfill(5) for row in rows}))
    points = _points_of(file, zips)
    assert {(p.zip, f"{p.period_end:%Y-%m}"): p.value for p in points} == expected
    assert len(points) == len(expected)
    assert all((p.period_end + timedelta(days=1)).day == 1 for p in points), series


def test_memory_of_what_was_said_survives_a_sliding_window() -> None:
    cursor: dict[str, Any] = {}
    said = published.Said(cursor, "/a/b.csv")
    assert said.news("85031", {10: "aaaaaaaa", 12: "bbbbbbbb"}) == [10, 12]
    said.remember("85031", "one", {10: "aaaaaaaa", 12: "bbbbbbbb"})
    again = published.Said(cursor, "/a/b.csv")
    assert again.news("85031", {12: "bbbbbbbb", 11: "cccccccc", 13: "dddddddd"}) == [11, 13]
    assert again.unread(["85031", "85033"], "one") == {"85033"}
    assert list(cursor["files"]) == ["a_b_csv"]
