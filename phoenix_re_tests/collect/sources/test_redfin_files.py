"""Redfin: the Data Center's files in both layouts, their drift, and the export that is off."""

import gzip
import os
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from phoenix_re.collect.errors import ContractError, PermanentError, Refused, TransientError
from phoenix_re.collect.formats.redfin import REDFIN
from phoenix_re.collect.listing import RawListing, Rejected
from phoenix_re.collect.source import Found, Item, Point
from phoenix_re.collect.sources import redfin_export, redfin_tracker
from phoenix_re.collect.sources.redfin_files import LEGACY_FILE, SPEC, RedfinFilesOptions
from phoenix_re.markets import Market, load_markets
from phoenix_re.sandbox.scene import Scene
from phoenix_re.sandbox.upstreams import object_store as store
from phoenix_re.sandbox.upstreams import redfin_files as stand_in
from phoenix_re.sandbox.upstreams.redfin_figures import DROPS, HOUSING, figures
from phoenix_re.sandbox.world import World
from phoenix_re_tests.collect.sources.file_session import FileSession

START = datetime(2026, 3, 2, 17, tzinfo=UTC)
ZIPS = ("85031", "85033", "85035")
PHX = load_markets()["phx"].model_copy(update={"zips": ("85003", *ZIPS, "85009")})
WORLD = World({"phx": PHX}, houses_per_zip=150)
BROWSER = {"user-agent": "Mozilla/5.0 (a person's browser)"}
IDS = {z: stand_in.region_id(z) for z in ZIPS}


def accepted(**changes: Any) -> Market:
    """The market whose operator has accepted the terms by name and date."""
    terms = {
        "terms_accepted": True,
        "terms_accepted_on": date(2026, 1, 5),
        "terms_accepted_by": "A. Person",
    }
    source = PHX.sources["redfin_files"].model_copy(update=terms | changes)
    return PHX.model_copy(update={"sources": {**PHX.sources, "redfin_files": source}})


class Bench:
    """One scene, one disk, one cursor; a session for each run."""

    def __init__(self, headers: Mapping[str, str] | None = None, **faults: Any) -> None:
        self.scene = Scene(WORLD, START, clock=lambda: 0.0)
        self.scene.faults["redfin_files"] = dict(faults)
        self.disk: dict[str, tuple[Path, str]] = {}
        self.cursor: dict[str, Any] = {}
        application = Starlette(routes=stand_in.UPSTREAM.routes(self.scene))
        self.client = TestClient(application, headers=dict(headers) if headers else None)

    def session(
        self, zips: tuple[str, ...] = ZIPS, market: Market = PHX, **options: Any
    ) -> FileSession:
        return FileSession(
            *(SPEC, self.client, market),
            zips=zips,
            options=options,
            cursor=self.cursor,
            now=self.scene.now,
            disk=self.disk,
        )

    def points(self, **options: Any) -> list[Point]:
        return [p for p in self.session(**options).collect() if isinstance(p, Point)]


def keyed(points: list[Point]) -> dict[tuple[str, str, date], float]:
    found = {(p.series, p.zip, p.period_end): p.value for p in points}
    assert len(found) == len(points)  # nothing twice
    return found


RELEASE = store.month_of(date(2026, 2, 14))
MONTHS = range(RELEASE - 11, RELEASE)  # of 13 the newest two are not out yet


def test_every_level_of_the_new_files_is_found_once_percents_as_fractions() -> None:
    session = Bench().session(months=13)
    found = keyed([p for p in session.collect() if isinstance(p, Point)])
    by_figure = {  # where our name differs from the stand-in's figure
        "price_drops": "redfin_active_with_price_drops",
    }
    expected = {
        (by_figure.get(name, f"redfin_{name}"), z, store.last_day(month)): value
        for z in ZIPS
        for month in MONTHS
        for _, name in (*HOUSING, *DROPS)
        if (value := figures(WORLD.seed, z, month, RELEASE).values[name]) is not None
    }
    assert found.keys() == expected.keys()
    for key, value in found.items():
        assert value == pytest.approx(expected[key], abs=1e-6), key
    assert session.notes == []
    assert len(session.calls) == 2


def test_units_and_dates_of_the_new_files() -> None:
    points = Bench().points(months=3)
    units = {p.series: p.unit for p in points}
    assert units["redfin_median_sale_price"] == "usd"
    assert units["redfin_homes_sold"] == "count"
    assert units["redfin_median_dom"] == "days"
    assert units["redfin_avg_sale_to_list"] == "frac"
    assert set(units.values()) <= {"usd", "usd_per_sqft", "count", "days", "months", "frac"}
    assert {p.released_on for p in points} == {date(2026, 2, 14)}
    assert max(p.period_end for p in points) == date(2026, 1, 31)


def test_the_legacy_tracker_is_a_gzip_of_tabs_with_fractions() -> None:
    found = keyed(Bench().points(files=[LEGACY_FILE], months=13))
    truth = figures(WORLD.seed, "85033", RELEASE - 3, RELEASE).values
    end = store.last_day(RELEASE - 3)
    assert len({series for series, _, _ in found}) == 14
    for name in ("median_sale_price", "median_list_price", "avg_sale_to_list", "sold_above_list"):
        assert found[f"redfin_{name}", "85033", end] == pytest.approx(truth[name])


def test_the_redefined_series_of_the_new_files_have_names_of_their_own() -> None:
    old = {p.series for p in Bench().points(files=[LEGACY_FILE])}
    new = {p.series for p in Bench().points()}
    assert {"redfin_median_list_price", "redfin_sold_above_list"} <= old - new
    assert {"redfin_median_new_listing_price", "redfin_sold_above_original_list"} <= new - old
    assert {"redfin_median_sale_price", "redfin_homes_sold", "redfin_median_dom"} <= new & old


def test_kinds_other_than_all_are_series_of_their_own() -> None:
    kinds = ["all", "single_family"]
    found = keyed(Bench().points(files=[LEGACY_FILE], kinds=kinds, months=6))
    end = store.last_day(RELEASE - 2)
    of_all = found["redfin_median_sale_price", "85031", end]
    assert found["redfin_median_sale_price_single_family", "85031", end] == pytest.approx(
        of_all * 1.08
    )


def test_an_unchanged_file_is_asked_for_conditionally_and_not_read_again() -> None:
    bench = Bench()
    assert bench.points()
    before = dict(bench.disk)
    again = bench.session()
    assert again.collect() == []
    assert len(again.calls) == 2
    assert bench.disk == before
    assert bench.points(zips=("85031", "85009"))  # a ZIP that was not among the first
    assert bench.points(zips=("85031", "85009")) == []


def test_a_new_release_brings_the_new_month_and_the_revised_one_only() -> None:
    bench = Bench()
    bench.points()
    bench.scene.advanced = timedelta(days=20)
    second = bench.points()
    assert {p.released_on for p in second} == {date(2026, 3, 14)}
    assert {p.period_end for p in second} <= {date(2026, 2, 28), date(2026, 1, 31)}
    assert date(2026, 2, 28) in {p.period_end for p in second}


def test_a_file_that_is_no_longer_renewed_is_told() -> None:
    bench = Bench()
    bench.scene.advanced = timedelta(days=200)  # September: the old tracker ended in June
    session = bench.session(files=[LEGACY_FILE])
    session.collect()
    assert any("no longer renewed" in note for note in session.notes)


def test_lower_case_headers_are_read() -> None:
    assert keyed(Bench(header_change="lower").points()) == keyed(Bench().points())
    legacy = {"files": [LEGACY_FILE]}
    assert keyed(Bench(header_change="lower").points(**legacy)) == keyed(Bench().points(**legacy))


def test_renamed_columns_are_drift_that_lists_what_is_missing_and_new() -> None:
    with pytest.raises(ContractError) as caught:
        Bench(header_change=True).session().collect()
    assert "missing: median sale price nsa ($); new: median sale price ($)" in caught.value.message
    with pytest.raises(ContractError, match="missing: median sale price; new: median price sold"):
        Bench(header_change=True).session(files=[LEGACY_FILE]).collect()


def test_renamed_columns_are_read_once_the_options_say_so() -> None:
    renamed = {
        "Median Sale Price ($)": "MEDIAN SALE PRICE NSA ($)",
        "PRICE CUTS": "PRICE DROPS",
    }
    assert keyed(Bench(header_change=True).points(renamed=renamed)) == keyed(Bench().points())


def test_a_new_column_and_one_that_we_do_not_read_are_notes() -> None:
    file = _changed(lambda text: text.replace(b"DAYS ON MARKET MOM (DAYS)", b"DAYS ON MARKET MOM"))
    session = _over(file)
    assert session.collect()
    [note] = session.notes
    assert "missing: median days on market mom (days)" in note
    assert "new: median days on market mom" in note


def test_percent_and_fraction_changing_places_is_drift() -> None:
    with pytest.raises(ContractError, match="average sale to list ratio"):
        Bench(unit_change=True).session().collect()
    with pytest.raises(ContractError, match="has the unit changed"):
        Bench(unit_change=True).session(files=[LEGACY_FILE]).collect()


def test_other_windows_are_drift() -> None:
    with pytest.raises(ContractError, match="frequency is monthly, rolling 3 months is expected"):
        Bench(window_change=True).session().collect()


def test_two_rows_that_contradict_each_other_are_drift() -> None:
    with pytest.raises(ContractError, match="two rows for 85031"):
        Bench(contradiction=True).session().collect()


@pytest.mark.parametrize("missing", [True, 404])
def test_a_missing_file_names_the_downloads_page(missing: Any) -> None:
    with pytest.raises(PermanentError, match=r"redfin\.com/news/data-center/downloads"):
        Bench(missing=missing).session().collect()


def test_one_drifted_file_does_not_keep_the_other_back() -> None:
    bench = Bench()
    found: list[Item] = []
    files = ["/redfin_data_center/gone.csv", stand_in.DROPS_PATH]
    with pytest.raises(PermanentError):
        found.extend(SPEC.collect(bench.session(files=files)))
    assert {p.series for p in found if isinstance(p, Point)} >= {"redfin_price_drop_count"}


def test_the_documented_headers_have_58_and_50_columns() -> None:
    assert len(redfin_tracker.LEGACY.header) == 58
    assert len(redfin_tracker.HOUSING_MARKET.header) == 50


def test_a_gzip_that_breaks_off_says_what_to_do() -> None:
    whole = stand_in.legacy_tracker(_scene(), datetime(2026, 2, 14, 18, tzinfo=UTC))
    file = _write(whole[: len(whole) // 2], "tracker.tsv000.gz")
    with pytest.raises(ContractError, match=r"breaks off after line .* Delete"):
        _over(file).collect()


def test_memory_does_not_follow_the_size_of_the_file() -> None:
    import tracemalloc

    rows = _rows_of_other_zips(60_000)
    file = _write(gzip.compress(rows, compresslevel=1), "big.tsv000.gz")
    assert len(rows) > 15_000_000
    del rows
    tracemalloc.start()
    session = _over(file)
    assert session.collect() == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def _rows_of_other_zips(count: int) -> bytes:
    header, row, *_ = gzip.decompress(
        stand_in.legacy_tracker(_scene(), datetime(2026, 2, 14, 18, tzinfo=UTC))
    ).split(b"\n")
    other = row.replace(b"Zip Code: 85003", b"Zip Code: 10001")
    assert other != row
    return header + b"\n" + (other + b"\n") * count


# ── damaged and mutated files ───────────────────────────────────────────────────────────────────


def _scene() -> Scene:
    return Scene(WORLD, START, clock=lambda: 0.0)


_FOLDER: list[Path] = []


def _write(content: bytes, name: str = "all_zips.csv") -> Path:
    if not _FOLDER:
        _FOLDER.append(Path(tempfile.mkdtemp()))
    file = _FOLDER[0] / name
    file.write_bytes(content)
    os.utime(file, (1_770_000_000, 1_770_000_000))
    return file


def _over(file: Path, **options: Any) -> FileSession:
    """A session to which every download gives `file`."""
    session = Bench().session(files=["/one"], **options)
    session.download = lambda *_a, **_k: file  # type: ignore[method-assign]
    return session


_OURS: list[bytes] = []


def _our_lines() -> bytes:
    """The housing market file, cut to a few rows of our ZIPs."""
    if not _OURS:
        whole = stand_in.housing_market(_scene(), datetime(2026, 2, 14, 18, tzinfo=UTC))
        header, *lines = whole.split(b"\n")
        ours = [line for line in lines if any(f'"{z}"'.encode() in line for z in ZIPS)]
        _OURS.append(b"\n".join([header, *ours[:12]]) + b"\n")
    return _OURS[0]


def _changed(change: Any) -> Path:
    return _write(change(_our_lines()))


@given(data=st.data())
def test_whatever_the_file_holds_ends_as_points_or_drift(data: st.DataObject) -> None:
    text = bytearray(_our_lines())
    start = text.index(b"\n") if data.draw(st.booleans()) else 0
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(min(start, len(text) - 1), len(text) - 1))
        much = data.draw(st.sampled_from([0, 1, 3, 40]))
        text[at : at + much] = data.draw(
            st.binary(max_size=8)
            | st.sampled_from([b",", b'"', b"\n", b"NA", b"1e999", b"-nan", b"\x00", b"0000-13-99"])
        )
    content = bytes(text)
    if data.draw(st.booleans()):
        content = gzip.compress(content)
        content = content[: data.draw(st.integers(1, len(content)))]
    try:
        points = _over(_write(content)).collect()
    except ContractError:
        return
    assert all(isinstance(p, Point) and p.zip in ZIPS and abs(p.value) < 1e15 for p in points)


# ── the site's export ───────────────────────────────────────────────────────────────────────────

EXPORTING: dict[str, Any] = {
    "files": [],
    "site_export": True,
    "export": {"region_ids": IDS, "sold_within_days": 365},
}


def test_the_export_is_off_unless_the_market_file_says_so() -> None:
    assert RedfinFilesOptions().site_export is False
    bench = Bench(BROWSER)
    session = bench.session(files=[], market=accepted())
    assert session.collect() == []
    assert session.calls == []


@pytest.mark.parametrize(
    "lacking", [{"terms_accepted": False}, {"terms_accepted_on": None}, {"terms_accepted_by": ""}]
)
def test_the_export_needs_a_person_who_accepted_the_terms(lacking: dict[str, Any]) -> None:
    session = Bench(BROWSER).session(market=accepted(**lacking), **EXPORTING)
    with pytest.raises(Refused, match="terms_accepted_by"):
        session.collect()
    assert session.calls == []


def test_every_home_of_the_export_is_found_once_and_is_the_truth() -> None:
    bench = Bench(BROWSER)
    session = bench.session(market=accepted(), **EXPORTING)
    found = [item for item in session.collect() if isinstance(item, Found)]
    assert len(session.calls) == 2 * len(ZIPS)
    expected = {
        f"ARMLS:{x.mls_number}": x
        for z in ZIPS
        for sold in (None, "365")
        for x in stand_in.shown(bench.scene, z, sold)
    }
    assert {item.format for item in found} == {redfin_export.EXPORT.name}
    assert len(found) == len(expected) > 20
    for item in found:
        record = redfin_export.EXPORT.layout(tuple(item.payload)).record(item.payload)
        listing = expected.pop(record.source_key)
        house = listing.house
        assert record.unread == {}
        assert record.postal_code == house.zip
        assert record.unparsed_address == stand_in.address(house)
        assert record.bedrooms_total == house.bedrooms
        assert record.x_bathrooms_decimal == house.baths
        assert record.living_area == house.living_area
        assert record.year_built == house.year_built
        assert record.property_sub_type in {house.sub_type, "Multi Family"}
        if listing.closed_at:
            assert record.standard_status == "Closed"
            assert record.close_price_cents == (listing.close_price or 0) * 100
            assert record.close_date == listing.closed_at.date()
        else:
            assert record.standard_status == listing.status
            assert record.list_price_cents == listing.list_price * 100
    assert expected == {}


def test_the_same_home_unchanged_hashes_alike_the_next_day() -> None:
    bench = Bench(BROWSER)
    options = {**EXPORTING, "export": {"region_ids": IDS}}

    def hashes() -> dict[str, str]:
        found = {}
        for item in bench.session(market=accepted(), **options).collect():
            assert isinstance(item, Found)
            layout = redfin_export.EXPORT.layout(tuple(item.payload))
            listing = layout.listing(item.payload, START, 1)
            assert isinstance(listing, RawListing)
            found[listing.source_key] = listing.content_hash
        return found

    today = hashes()
    bench.scene.advanced = timedelta(days=1)
    tomorrow = hashes()
    still = today.keys() & tomorrow.keys()
    assert len(still) > 10
    assert sum(today[key] == tomorrow[key] for key in still) >= len(still) - 2  # few change a day


def test_our_own_user_agent_is_turned_away_with_advice() -> None:
    session = Bench().session(market=accepted(), **EXPORTING)
    with pytest.raises(Refused, match="drop the file into the inbox"):
        session.collect()
    assert len(session.calls) == 1


def test_zips_without_a_region_id_are_told_and_not_asked_for() -> None:
    bench = Bench(BROWSER)
    options = {**EXPORTING, "export": {"region_ids": {"85031": IDS["85031"]}}}
    session = bench.session(market=accepted(), **options)
    session.collect()
    assert len(session.calls) == 1
    assert any("2 ZIPs have no number" in note for note in session.notes)


def test_an_export_of_350_rows_may_not_be_all() -> None:
    header = ",".join(stand_in._COLUMNS)
    row = "MLS Listing,,Townhouse,1 N Way,Phoenix,AZ,85031" + "," * 20
    body = "\n".join([header, '"In accordance with local MLS rules"', *[row] * 350])
    session = _answered(httpx.Response(200, text=body, headers={"content-type": "text/csv"}))
    assert len(session.collect()) == 350
    assert any("350 rows" in note for note in session.notes)


def test_a_row_that_does_not_fit_the_header_ends_in_quarantine() -> None:
    header = ",".join(stand_in._COLUMNS)
    row = "MLS Listing,,Townhouse,1 N Way, Unit 5,Phoenix,AZ,85031" + "," * 20
    session = _answered(httpx.Response(200, text=f"{header}\n{row}\n"))
    [item] = session.collect()
    assert isinstance(item, Found)
    layout = redfin_export.EXPORT.layout(tuple(item.payload))
    assert isinstance(layout.listing(item.payload, START, 1), Rejected)
    assert "1 N Way" in item.payload["row"]


@pytest.mark.parametrize("text", ["", "a,b,c\n1,2,3\n", 'SALE TYPE,"PRICE\n'])
def test_an_export_with_other_columns_is_drift(text: str) -> None:
    with pytest.raises(ContractError):
        _answered(httpx.Response(200, text=text)).collect()


def test_an_html_page_with_status_200_is_transient() -> None:
    with pytest.raises(TransientError, match="HTML page"):
        _answered(httpx.Response(200, html="\ufeff<html></html>")).collect()


@given(text=st.text(max_size=200) | st.binary(max_size=200))
def test_any_body_of_the_export_ends_as_rows_or_drift(text: str | bytes) -> None:
    header = ",".join(stand_in._COLUMNS).encode()
    content = text.encode("utf-8", "replace") if isinstance(text, str) else text
    for body in (content, header + b"\n" + content):
        try:
            found = _answered(httpx.Response(200, content=body)).collect()
        except ContractError:
            continue
        for item in found:
            assert isinstance(item, Found)
            listing = redfin_export.EXPORT.layout(tuple(item.payload)).listing(
                item.payload, START, 1
            )
            assert isinstance(listing, RawListing | Rejected)


def _answered(response: httpx.Response) -> FileSession:
    client = httpx.Client(transport=httpx.MockTransport(lambda _request: response))
    options = {**EXPORTING, "export": {"region_ids": {"85031": 1}}}
    return FileSession(
        *(SPEC, client, accepted()), zips=("85031",), options=options, disk={}, now=START
    )


def test_a_file_downloaded_by_hand_is_read_by_the_format_redfin() -> None:
    assert REDFIN.recognises(stand_in._COLUMNS)
    assert redfin_export.EXPORT.by_name_only
    assert redfin_export.EXPORT.fields == REDFIN.fields


def test_the_real_download_has_the_columns_of_the_export(shared_data: Path) -> None:
    file = shared_data / "listings" / "redfin_download_phoenix_2025-05.csv"
    body = file.read_bytes()
    found = _answered(httpx.Response(200, content=body)).collect()
    assert len(found) >= 110
    layout = redfin_export.EXPORT.layout(tuple(found[0].payload))  # type: ignore[union-attr]
    listings = [layout.listing(f.payload, START, 1) for f in found if isinstance(f, Found)]
    assert sum(isinstance(one, RawListing) for one in listings) >= 110
