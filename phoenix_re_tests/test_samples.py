"""The sample files of `make demo`: same bytes when regenerated, and just what the README counts.

The files are read here with csv and json alone, not with the project's own readers.
"""

import csv
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median

import pytest

SAMPLES = Path(__file__).parents[1] / "samples"
FIRST, SECOND = "mls_status_2025-12-20.csv", "mls_status_2025-12-27.csv"
REDFIN, RESO = "redfin_download_2025-12-27.csv", "reso_properties_2025-12-27.json"
FILES = (FIRST, SECOND, REDFIN, RESO)
ZIPS = ("85031", "85033", "85035")
STATUS_FIELDS = ("status", "STATUS", "StandardStatus")
DEFECTS = (
    "price unreadable",
    "ZIP `-`",
    "ZIP `00000`",
    "3 columns too many",
    "price $1",
    "year built 2099",
    "ZIP 86001",
)


def _rows(name: str) -> list[dict]:
    """All records; a row with too many columns keeps the surplus under the key None."""
    if name == RESO:
        return json.loads((SAMPLES / name).read_text())["value"]
    lines = (SAMPLES / name).read_text().splitlines()
    if name == REDFIN:
        assert lines.pop(1).startswith('"In accordance with local MLS rules')
    return list(csv.DictReader(lines))


def _zip(row: dict) -> str:
    return next(
        row[k] for k in ("zip", "ZIP OR POSTAL CODE", "PostalCode") if k in row
    ).removesuffix("-9999")


def _price(row: dict) -> str:
    price = next(row[k] for k in ("price", "PRICE", "ListPrice") if k in row)
    return str(price).replace("$", "").replace(",", "").removesuffix(".0")


def _number(row: dict) -> str:
    return next(row[k] for k in ("mls_number", "MLS#", "ListingId") if k in row)


def _day(text: str, written: str) -> date:
    return datetime.strptime(text, written).replace(tzinfo=UTC).date()


def _defect(row: dict) -> str | None:
    if None in row:
        return "3 columns too many" if len(row[None]) == 3 else "other width"
    if not _price(row).isdigit():
        return "price unreadable"
    if _zip(row) in {"-", "00000", "86001"}:
        return "ZIP 86001" if _zip(row) == "86001" else f"ZIP `{_zip(row)}`"
    if _price(row) == "1":
        return "price $1"
    if str(row.get("YEAR BUILT", row.get("YearBuilt"))) == "2099":
        return "year built 2099"
    return None


def _good(name: str) -> list[dict]:
    return [row for row in _rows(name) if _defect(row) is None]


def _readme_table(first_heading: str) -> dict[str, list[str]]:
    """The table of the README whose first column is headed so: first cell → other cells."""
    lines = iter((SAMPLES / "README.md").read_text().splitlines())
    next(line for line in lines if line.startswith(f"| {first_heading} |"))
    next(lines)  # the rule under the heading
    table = {}
    for line in lines:
        if not line.startswith("|"):
            break
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        table[name.strip("`")] = cells
    return table


def test_regenerating_gives_the_committed_bytes(tmp_path):
    script = SAMPLES / "make_samples.py"
    subprocess.run([sys.executable, script, tmp_path], check=True, capture_output=True, timeout=60)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(FILES)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (SAMPLES / name).read_bytes(), (
            f"{name} is behind its generator: run `python samples/make_samples.py`"
        )
    assert sum((SAMPLES / name).stat().st_size for name in FILES) < 450_000


@pytest.mark.parametrize("name", FILES)
def test_readme_counts_each_file(name):
    rows = _rows(name)
    defects = Counter(_defect(row) for row in rows)
    zips = Counter(_zip(row) for row in rows if _defect(row) is None)
    assert set(zips) == set(ZIPS)
    counted = [len(rows), *(zips[z] for z in ZIPS), *(defects.pop(d, 0) for d in DEFECTS)]
    assert set(defects) == {None}
    assert [int(cell) for cell in _readme_table("file")[name]] == counted


def _home(row: dict) -> str:
    """The address without the spelling that the files differ in."""
    text = next(row[k] for k in ("address", "ADDRESS", "UnparsedAddress") if k in row).lower()
    text = re.sub(r", phoenix, az \d{5}$", "", text)
    text = re.sub(r",? (unit |#)", " ", text)
    for long, short in (("street", "st"), ("avenue", "ave"), ("lane", "ln"), ("drive", "dr")):
        text = re.sub(rf"\b{long}$", short, text)
    return re.sub(r"\bcourt$", "ct", re.sub(r"\broad$", "rd", text))


def _days_since_sale(row: dict) -> int:
    return (date(2025, 12, 27) - _day(row["SOLD DATE"], "%B-%d-%Y")).days


def test_readme_counts_each_zip():
    numbers, homes, prices = defaultdict(set), defaultdict(set), defaultdict(list)
    for_sale = defaultdict(set)
    for name in FILES:
        for row in _good(name):
            numbers[_zip(row)].add(_number(row))
            homes[_zip(row)].add(_home(row))
            if name != FIRST and "Active" in (row.get(k) for k in STATUS_FIELDS):
                for_sale[_zip(row)].add(_number(row))
    sold, before = Counter(), Counter()
    for row in _good(REDFIN):
        if row["SALE TYPE"] == "PAST SALE":
            if _days_since_sale(row) >= 90:
                before[_zip(row)] += 1
                continue
            sold[_zip(row), row["PROPERTY TYPE"]] += 1
            prices[_zip(row)].append(int(_price(row)))
    cuts = Counter(zip_code for zip_code, old, new in _price_changes() if 1 - new / old > 0.01)
    for zip_code in ZIPS:
        *counts, middle = _readme_table("ZIP")[zip_code]
        assert [int(count) for count in counts] == [
            len(numbers[zip_code]),
            len(homes[zip_code]),
            len(for_sale[zip_code]),
            len(prices[zip_code]),
            sold[zip_code, "Condo/Co-op"],
            sold[zip_code, "Townhouse"],
            before[zip_code],
            cuts[zip_code],
        ]
        assert middle == f"${median(prices[zip_code]):,.0f}"
    assert len(prices["85031"]) >= 20
    assert len(prices["85033"]) >= 20
    assert 5 <= len(prices["85035"]) < 10  # a median is served, as a low sample
    assert max(sold["85035", "Condo/Co-op"], sold["85035", "Townhouse"], cuts["85035"]) < 5


def _matched() -> list[tuple[dict, dict]]:
    before = {row["mls_number"]: row for row in _good(FIRST)}
    return [(before[r["mls_number"]], r) for r in _good(SECOND) if r["mls_number"] in before]


def _price_changes() -> list[tuple[str, int, int]]:
    return [
        (row["zip"], int(_price(old)), int(_price(row)))
        for old, row in _matched()
        if old["price"] != row["price"] and row["status"] != "Closed"
    ]


def test_readme_counts_what_changed_between_the_snapshots():
    changes = Counter(
        f"{old['status']} → {new['status']}"
        for old, new in _matched()
        if old["status"] != new["status"]
    )
    for _, old, new in _price_changes():
        changes["price cut" if new < old else "price corrected back"] += 1
    numbers = [{row["mls_number"] for row in _good(name)} for name in (FIRST, SECOND)]
    changes["new in the second"] = len(numbers[1] - numbers[0])
    changes["gone from the second"] = len(numbers[0] - numbers[1])
    assert {what: int(n) for what, (n, *_) in _readme_table("change").items()} == changes


def test_snapshots_agree_on_what_never_moves():
    fixed = ("address", "formatted_address", "list_date", "market", "zip")
    pairs = _matched()
    assert len(pairs) > 100
    for old, new in pairs:
        assert [old[f] for f in fixed] == [new[f] for f in fixed]
    for name, snapshot in ((FIRST, "2025-12-20T11-21-07"), (SECOND, "2025-12-27T11-38-51")):
        assert {row["snapshot"] for row in _good(name)} == {snapshot}
        listed = [_day(row["list_date"], "%m/%d/%Y") for row in _good(name)]
        assert max(listed) <= date.fromisoformat(snapshot[:10])


def test_absence_from_the_feed_is_no_delisting():
    gone = {r["mls_number"] for r in _good(FIRST)} - {r["mls_number"] for r in _good(SECOND)}
    still_for_sale = {r["MLS#"] for r in _good(REDFIN) if r["STATUS"] == "Active"}
    assert len(gone & still_for_sale) >= 3


def test_sales_reach_back_six_months_in_every_zip():
    ages = defaultdict(list)
    for row in _good(REDFIN):
        if row["SALE TYPE"] == "PAST SALE":
            assert _day(row["SOLD DATE"], "%B-%d-%Y").weekday() < 5
            assert row["STATUS"] == "Sold"
            ages[_zip(row)].append(_days_since_sale(row))
        else:
            assert row["SOLD DATE"] == ""
    for zip_code in ZIPS:
        assert min(ages[zip_code]) > 0
        assert 170 <= max(ages[zip_code]) <= 180


def test_one_listing_tells_one_story_in_every_file():
    redfin = {row["MLS#"]: row for row in _good(REDFIN)}
    feed = {row["mls_number"]: row for row in _good(SECOND)}
    shared = redfin.keys() & feed.keys()
    assert len(shared) > 60
    for number in shared:
        assert _price(redfin[number]) == _price(feed[number])
        assert redfin[number]["STATUS"].replace("Sold", "Closed") == feed[number]["status"]
    spelt_apart = [n for n in shared if not feed[n]["address"].startswith(redfin[n]["ADDRESS"])]
    assert len(spelt_apart) > len(shared) / 2
    reso = {row["ListingId"]: row for row in _good(RESO)}
    for number in reso.keys() & redfin.keys():
        assert reso[number]["BedroomsTotal"] == int(redfin[number]["BEDS"])
        if reso[number]["ClosePrice"] is not None:
            assert int(reso[number]["ClosePrice"]) == int(_price(redfin[number]))


def test_reso_dates_are_in_order_and_statuses_have_their_dates():
    order = ("ListingContractDate", "OnMarketDate", "PurchaseContractDate", "CloseDate")
    for row in _good(RESO):
        dates = [row[name] for name in order if row[name]]
        assert dates == sorted(dates)
        assert (row["StandardStatus"] == "Closed") == bool(row["CloseDate"] and row["ClosePrice"])
        assert max(dates) <= row["ModificationTimestamp"] < "2025-12-27"


def test_prices_are_plausible_and_follow_size():
    bounds = {
        "Single Family Residential": (250_000, 480_000),
        "Condo/Co-op": (130_000, 260_000),
        "Townhouse": (180_000, 330_000),
    }
    houses = []
    for row in _good(REDFIN):
        lowest, highest = bounds[row["PROPERTY TYPE"]]
        assert lowest <= int(_price(row)) <= highest, row
        if row["PROPERTY TYPE"] == "Single Family Residential":
            houses.append((int(row["SQUARE FEET"]), int(_price(row))))
    houses.sort()
    third = len(houses) // 3
    small, large = (median(p for _, p in part) for part in (houses[:third], houses[-third:]))
    assert large > 1.15 * small


def test_remarks_are_varied_and_do_not_contradict_the_fields():
    rows = _good(RESO)
    sentences = {s for r in rows for s in re.split(r"(?<=[.!:]) ", r["PublicRemarks"])}
    assert len(sentences) >= 60
    assert len({row["PublicRemarks"] for row in rows}) == len(rows)
    assert not any(re.search(r"[{}]|\bNone\b|  ", row["PublicRemarks"]) for row in rows)
    subjects = ("community pool", "No pool", "garage", "HOA", "emodeled in", "wned solar", "eased")
    for subject in (*subjects, "casita", "motivated", "Handyman"):
        assert any(subject in row["PublicRemarks"] for row in rows), subject
    for row in rows:
        if row["AssociationFee"]:
            assert "No HOA" not in row["PublicRemarks"]
        if row["PoolPrivateYN"]:
            assert "No pool" not in row["PublicRemarks"]
        if row["GarageSpaces"] == 2:
            assert not re.search("no garage|one-car|three-car", row["PublicRemarks"])
    told_only_in_words = [r for r in rows if r["PoolPrivateYN"] is None and "pool" in str(r)]
    assert len(told_only_in_words) >= 5


def test_no_mls_number_or_house_number_could_be_real():
    """MLS numbers start with 99 (none issued); avenues carry numbers that none there has."""
    for name in FILES:
        for row in _rows(name):
            if _defect(row) == "3 columns too many":
                continue  # its values stand under the wrong headings
            assert re.fullmatch(r"99\d{5}", _number(row))
            address = next(row[k] for k in ("address", "ADDRESS", "UnparsedAddress") if k in row)
            if re.search(r" N \d", address, re.IGNORECASE):
                assert 70_000 <= int(address.split()[0]) <= 70_999
