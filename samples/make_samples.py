"""Writes the sample files of `make demo`: the invented world in the formats that users have.

    python samples/make_samples.py [FOLDER]      # default: this folder

Same bytes on every machine. What is spelt how, which listing is in which file, and the bad rows
are decided here; homes and histories in `sample_world.py`, remarks in `sample_remarks.py`.
"""

import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from sample_remarks import compose
from sample_world import (
    FIRST_SNAPSHOT,
    SECOND_SNAPSHOT,
    SEED,
    Home,
    Listing,
    build_world,
)

SNAPSHOT_NAMES = {FIRST_SNAPSHOT: "2025-12-20T11-21-07", SECOND_SNAPSHOT: "2025-12-27T11-38-51"}
STATUS_HEADER = [
    "mls_number", "status", "address", "formatted_address", "price", "list_date",
    "days_on_market", "market", "snapshot", "zip",
]  # fmt: skip
REDFIN_HEADER = [
    "SALE TYPE", "SOLD DATE", "PROPERTY TYPE", "ADDRESS", "CITY", "STATE OR PROVINCE",
    "ZIP OR POSTAL CODE", "PRICE", "BEDS", "BATHS", "LOCATION", "SQUARE FEET", "LOT SIZE",
    "YEAR BUILT", "DAYS ON MARKET", "$/SQUARE FEET", "HOA/MONTH", "STATUS",
    "NEXT OPEN HOUSE START TIME", "NEXT OPEN HOUSE END TIME",
    "URL (SEE https://www.redfin.com/buy-a-home/comparative-market-analysis FOR INFO ON PRICING)",
    "SOURCE", "MLS#", "FAVORITE", "INTERESTED", "LATITUDE", "LONGITUDE",
]  # fmt: skip
REDFIN_DISCLAIMER = (
    '"In accordance with local MLS rules, some MLS listings are not included in the download"\n'
)
REDFIN_TYPES = {
    "house": "Single Family Residential",
    "condo": "Condo/Co-op",
    "townhouse": "Townhouse",
}
RESO_SUB_TYPES = {
    "house": "Single Family Residence",
    "condo": "Condominium",
    "townhouse": "Townhouse",
}
LONG_SUFFIX = {
    "St": "Street", "Ave": "Avenue", "Ln": "Lane", "Dr": "Drive", "Rd": "Road", "Ct": "Court",
}  # fmt: skip
ON_REDFIN = {"Active", "Pending", "Coming Soon", "Closed"}
# Fates whose change in the week must be visible, so both snapshots hold them.
ALWAYS_IN_FEED = {
    "closes", "goes_pending", "falls_through", "cut_this_week", "typo_corrected", "new",
    "coming_soon", "coming_soon_opens", "withdrawn_returns", "cancelled", "expired", "relisted",
}  # fmt: skip


def write_samples(folder: Path) -> list[Path]:
    """Writes the four files into `folder`, which exists, and returns their paths."""
    listings = build_world()
    feed, gone, redfin, reso = _distribute(listings)
    contents = {
        "mls_status_2025-12-20.csv": _status_file(feed, FIRST_SNAPSHOT),
        "mls_status_2025-12-27.csv": _status_file(
            [listing for listing in feed if listing not in gone], SECOND_SNAPSHOT
        ),
        "redfin_download_2025-12-27.csv": _redfin_file(redfin),
        "reso_properties_2025-12-27.json": _reso_file(reso),
    }
    paths = []
    for name, text in contents.items():
        path = folder / name
        path.write_bytes(text.encode())
        paths.append(path)
    return paths


def _distribute(
    listings: list[Listing],
) -> tuple[list[Listing], list[Listing], list[Listing], list[Listing]]:
    """Which listings are in the status feed, gone from its second snapshot, on Redfin, in RESO."""
    rng = Random(f"{SEED}:files")
    share_in_feed = {"sold": 0.5, "sold_earlier": 0.0}
    feed = [
        listing
        for listing in listings
        if listing.fate in ALWAYS_IN_FEED or rng.random() < share_in_feed.get(listing.fate, 0.93)
    ]
    gone = [
        *rng.sample([x for x in feed if x.fate == "active"], 3),
        *rng.sample([x for x in feed if x.fate == "sold"], 4),
        *rng.sample([x for x in feed if x.fate in {"withdrawn", "pending"}], 2),
    ]
    redfin = [
        listing
        for listing in listings
        if listing.status_on(SECOND_SNAPSHOT) in ON_REDFIN
        # A home that left the feed is still for sale here: absence was no delisting.
        and (listing.closed_on or listing in gone or listing not in feed or rng.random() < 0.6)
    ]
    reso = [listing for listing in listings if rng.random() < 0.55]
    rng.shuffle(feed)
    rng.shuffle(redfin)
    return feed, gone, redfin, reso


def _spelling(listing: Listing, where: str) -> Random:
    """Decides how one listing is spelt in one file, the same way in every snapshot."""
    return Random(f"{SEED}:{listing.mls_number}:{where}")


def _long_suffix(street: str) -> str:
    head, _, suffix = street.rpartition(" ")
    return f"{head} {LONG_SUFFIX.get(suffix, suffix)}"


# ---- status feed -------------------------------------------------------------------------------


def _status_file(listings: list[Listing], snapshot: date) -> str:
    rows = [_status_row(listing, snapshot) for listing in listings if listing.listed_on <= snapshot]
    for position, bad in enumerate(_bad_status_rows(snapshot)):
        rows.insert(9 + 17 * position, bad)
    return _csv_text([STATUS_HEADER, *rows])


def _status_row(listing: Listing, snapshot: date) -> list[str]:
    status = listing.status_on(snapshot)
    price = listing.shown_price_on(snapshot)
    address = f"{_status_address(listing)}, Phoenix, AZ {listing.home.zip}"
    return [
        listing.mls_number,
        str(status),
        address,
        re.sub(r"[^a-z0-9 ]", "", address.lower()),
        f"${price:,}",
        f"{listing.listed_on:%m/%d/%Y}",
        str(_spelling(listing, f"days {snapshot}").randint(1, 6)),  # as wrong as in the real feed
        "Phoenix",
        SNAPSHOT_NAMES[snapshot],
        listing.home.zip,
    ]


def _status_address(listing: Listing) -> str:
    home, rng = listing.home, _spelling(listing, "feed")
    address = home.street
    if home.unit:
        address += rng.choice((f" Unit {home.unit}", f" #{home.unit}", f" {home.unit}"))
    elif rng.random() < 0.3:
        address = _long_suffix(address)
    return address.upper() if rng.random() < 0.6 else address


def _bad_status_rows(snapshot: date) -> list[list[str]]:
    """Four rows that cannot be read, one that can but makes no sense, two of another market."""

    def row(mls_number: str, address: str, price: str, zip_code: str, place: str) -> list[str]:
        address = f"{address}, {place}"
        return [
            mls_number,
            "Active",
            address,
            re.sub(r"[^a-z0-9 ]", "", address.lower()),
            price,
            "11/18/2025",
            "3",
            "Phoenix",
            SNAPSHOT_NAMES[snapshot],
            zip_code,
        ]

    phoenix, flagstaff = "Phoenix, AZ 850", "Flagstaff, AZ 86001"
    unquoted = row("9990004", "70333 N 57TH DR", "$318,000", "85031", phoenix + "31")
    unquoted[4:5] = unquoted[4].split(",")
    unquoted[2:3] = unquoted[2].split(",")
    return [
        row("9990001", "4418 W EMBERQUAIL WAY", "call agent", "85031", phoenix + "31"),
        row("9990002", "7 Lot Saltmoth Dr", "$289,000", "-", "Phoenix, AZ -"),
        row("9990003", "70905 N 71st Ave", "$301,500", "00000", "Other, AZ 00000"),
        unquoted,
        row("9990005", "4702 W VERDWIND AVE", "$1", "85033", phoenix + "33"),
        row("9990006", "1880 W PINEDRIFT TRL", "$612,000", "86001", flagstaff),
        row("9990007", "2215 S Snowquill Ln", "$548,500", "86001", flagstaff),
    ]


# ---- Redfin download ---------------------------------------------------------------------------


def _redfin_file(listings: list[Listing]) -> str:
    rows = [_redfin_row(listing, 900_000_101 + 7 * n) for n, listing in enumerate(listings)]
    price, zip_code = REDFIN_HEADER.index("PRICE"), REDFIN_HEADER.index("ZIP OR POSTAL CODE")
    for n in (12, 40):  # a person opened the file in a spreadsheet and saved it
        rows[n][price] = f"${int(rows[n][price]):,}"
    rows[25][zip_code] += "-9999"
    for position, bad in enumerate(_bad_redfin_rows()):
        rows.insert(8 + 19 * position, bad)
    header, *body = _csv_text([REDFIN_HEADER, *rows]).splitlines(keepends=True)
    return "".join([header, REDFIN_DISCLAIMER, *body])


def _redfin_row(listing: Listing, redfin_id: int) -> list[str]:
    home, rng = listing.home, _spelling(listing, "redfin")
    sold = listing.closed_on
    price = listing.shown_price_on(SECOND_SNAPSHOT)
    status = "Sold" if sold else str(listing.status_on(SECOND_SNAPSHOT))
    area = home.living_area + (60 if rng.random() < 0.02 else 0)  # sources disagree now and then
    on_market = listing.on_market_on or listing.listed_on
    open_house = status == "Active" and rng.random() < 0.12
    slug = re.sub(r"[^A-Za-z0-9]+", "-", home.street)
    return [
        "PAST SALE" if sold else "MLS Listing",
        f"{sold:%B}-{sold.day}-{sold.year}" if sold else "",
        REDFIN_TYPES[home.kind],
        _redfin_address(home, rng),
        "Phoenix",
        "AZ",
        home.zip,
        str(price),
        str(home.beds),
        f"{home.baths:.1f}",
        "-" if rng.random() < 0.04 else home.subdivision,
        str(area),
        str(home.lot_area or ""),
        str(home.year_built),
        "" if sold else str((SECOND_SNAPSHOT - on_market).days),
        str(round(price / area)),
        str(home.fee_monthly or ""),
        status,
        "December-28-2025 10:00 AM" if open_house else "",
        "December-28-2025 01:00 PM" if open_house else "",
        f"https://www.redfin.com/AZ/Phoenix/{slug}-{home.zip}/home/{redfin_id}",
        "ARMLS",
        listing.mls_number,
        "N",
        "Y",
        f"{home.latitude:.7f}",
        f"{home.longitude:.7f}",
    ]


def _redfin_address(home: Home, rng: Random) -> str:
    if home.unit:
        return home.street + rng.choice((f" #{home.unit}", f" Unit {home.unit}", f", #{home.unit}"))
    return rng.choice((home.street, home.street, _long_suffix(home.street), home.street.lower()))


def _bad_redfin_rows() -> list[list[str]]:
    def row(mls_number: str, address: str, **changed: str) -> list[str]:
        values = dict.fromkeys(REDFIN_HEADER, "") | {
            "SALE TYPE": "MLS Listing",
            "PROPERTY TYPE": "Single Family Residential",
            "ADDRESS": address,
            "CITY": "Phoenix",
            "STATE OR PROVINCE": "AZ",
            "ZIP OR POSTAL CODE": "85033",
            "PRICE": "332000",
            "BEDS": "3",
            "BATHS": "2.0",
            "LOCATION": "LANTERNBRUSH WEST",
            "SQUARE FEET": "1388",
            "LOT SIZE": "6310",
            "YEAR BUILT": "1977",
            "DAYS ON MARKET": "20",
            "STATUS": "Active",
            "SOURCE": "ARMLS",
            "MLS#": mls_number,
            "FAVORITE": "N",
            "INTERESTED": "Y",
            "LATITUDE": "33.4950000",
            "LONGITUDE": "-112.2140000",
        }
        return list((values | changed).values())

    def flagstaff(mls_number: str, address: str, price: str) -> list[str]:
        place = {"CITY": "Flagstaff", "ZIP OR POSTAL CODE": "86001", "LOCATION": "PINEDRIFT"}
        position = {"LATITUDE": "35.1860000", "LONGITUDE": "-111.6620000"}
        return row(mls_number, address, PRICE=price, **place, **position)

    split = row("9990014", "70412 N 73rd Ln", LOCATION="LANTERNBRUSH WEST|LOTS 4|9|12 TR A")
    location = REDFIN_HEADER.index("LOCATION")
    split[location : location + 1] = split[location].split("|")
    return [
        row("9990011", "4519 W Bramblewren Ln", PRICE="TBD"),
        row("9990012", "Lot 12 W Dustlily Ct", **{"ZIP OR POSTAL CODE": "-"}),
        row("9990013", "4633 W Palolark Dr", **{"YEAR BUILT": "2099"}),
        split,
        row("9990015", "70871 N 63rd Ave", PRICE="$1"),
        flagstaff("9990016", "3120 W Snowquill Ln", "574900"),
        flagstaff("9990017", "88 E Pinedrift Trl", "705000"),
    ]


# ---- RESO Web API ------------------------------------------------------------------------------


def _reso_file(listings: list[Listing]) -> str:
    value = [_reso_property(listing) for listing in listings]
    for position, bad in enumerate(_bad_reso_properties(value)):
        value.insert(6 + 15 * position, bad)
    context = "https://api.example.org/reso/odata/$metadata#Property"
    document = {"@odata.context": context, "value": value}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _reso_property(listing: Listing) -> dict[str, Any]:
    home, rng = listing.home, _spelling(listing, "reso")
    status = str(listing.status_on(SECOND_SNAPSHOT))
    changed_on = listing.last_changed_on(SECOND_SNAPSHOT)
    changed_at = f"{rng.randint(15, 23)}:{rng.randint(10, 59)}"  # UTC, the same day in Phoenix
    quarterly = home.fee_monthly is not None and rng.random() < 0.2
    unit = f" {rng.choice(('#', 'Unit '))}{home.unit}" if home.unit else ""
    return {
        "ListingKey": f"20251227{listing.mls_number.zfill(18)}",
        "ListingId": listing.mls_number,
        "OriginatingSystemName": "ARMLS",
        "StandardStatus": "Canceled" if status == "Cancelled" else status,
        "PropertyType": "Residential",
        "PropertySubType": RESO_SUB_TYPES[home.kind],
        "ListPrice": _decimal(listing.asking_price_on(SECOND_SNAPSHOT)),
        "OriginalListPrice": _decimal(listing.original_price),
        "ClosePrice": _decimal(listing.close_price),
        "ConcessionsAmount": _decimal(listing.concessions),
        "ListingContractDate": _day(listing.listed_on),
        "OnMarketDate": _day(listing.on_market_on),
        "PurchaseContractDate": _day(listing.contract_on),
        "CloseDate": _day(listing.closed_on),
        "UnparsedAddress": home.street + unit,
        "City": "Phoenix",
        "StateOrProvince": "AZ",
        "PostalCode": home.zip,
        "CountyOrParish": "Maricopa",
        "ParcelNumber": home.parcel_number,
        "Latitude": home.latitude,
        "Longitude": home.longitude,
        "BedroomsTotal": home.beds,
        "BathroomsTotalInteger": home.baths_full + home.baths_half,
        "BathroomsFull": home.baths_full,
        "BathroomsHalf": home.baths_half,
        "LivingArea": _decimal(home.living_area),
        "LotSizeSquareFeet": _decimal(home.lot_area),
        "YearBuilt": home.year_built,
        # What agents leave blank is often told in the remarks.
        "GarageSpaces": _decimal(home.garage_spaces) if rng.random() < 0.75 else None,
        "PoolPrivateYN": home.pool == "private" if rng.random() < 0.75 else None,
        "AssociationYN": home.fee_monthly is not None if rng.random() < 0.85 else None,
        "AssociationFee": _decimal(home.fee_monthly, 3 if quarterly else 1),
        "AssociationFeeFrequency": ("Quarterly" if quarterly else "Monthly")
        if home.fee_monthly
        else None,
        "PublicRemarks": compose(listing, _spelling(listing, "remarks")),
        "ModificationTimestamp": f"{changed_on}T{changed_at}:00.000Z",
    }


def _decimal(value: int | None, times: int = 1) -> float | None:
    return None if value is None else float(value * times)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _bad_reso_properties(good: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def listing(mls_number: str, address: str, **changed: Any) -> dict[str, Any]:
        return (
            dict.fromkeys(good[0])
            | {
                "ListingKey": f"20251227{mls_number.zfill(18)}",
                "ListingId": mls_number,
                "OriginatingSystemName": "ARMLS",
                "StandardStatus": "Active",
                "PropertyType": "Residential",
                "PropertySubType": "Single Family Residence",
                "ListPrice": 319000.0,
                "OriginalListPrice": 319000.0,
                "ListingContractDate": "2025-12-02",
                "OnMarketDate": "2025-12-02",
                "UnparsedAddress": address,
                "City": "Phoenix",
                "StateOrProvince": "AZ",
                "PostalCode": "85035",
                "BedroomsTotal": 3,
                "BathroomsTotalInteger": 2,
                "LivingArea": 1310.0,
                "LotSizeSquareFeet": 6020.0,
                "YearBuilt": 1971,
                "PublicRemarks": "Remarks to follow.",
                "ModificationTimestamp": "2025-12-02T18:20:00.000Z",
            }
            | changed
        )

    flagstaff = {"City": "Flagstaff", "PostalCode": "86001", "CountyOrParish": "Coconino"}
    return [
        listing("9990021", "4777 W Thistlejack St", PostalCode="85031", ListPrice="unavailable"),
        listing("9990022", "4780 W Saltmoth Dr", PostalCode="-"),
        listing("9990023", "70055 N 54th Ln", PostalCode="00000"),
        listing("9990024", "70066 N 65th Dr", PostalCode="85031", YearBuilt=2099),
        listing("9990025", "4790 W Copperquill St", ListPrice=1.0, OriginalListPrice=1.0),
        listing("9990026", "1414 N Snowquill Ln", ListPrice=655000.0, **flagstaff),
        listing("9990027", "95 W Pinedrift Trl", ListPrice=489000.0, **flagstaff),
    ]


def _csv_text(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for written in write_samples(target):
        print(f"{written}  {written.stat().st_size:,} bytes")
