"""The real file of addresses under two or more MLS numbers, taken as listings and matched.

    python -m phoenix_re_tests.validate.relistings

prints the counts as JSON. What must hold of them is in `test_relistings.py`. The file is read where
it lies; nothing of it is copied. It has no parcels, coordinates or facts: the address decides.
"""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from phoenix_re.validate.address import address_key
from phoenix_re.validate.matching import Identity, Matching, match

from .listings import DATA

FILE = DATA / "duplicates" / "relistings_same_address.csv"
SNAPSHOT = datetime(2025, 12, 25, tzinfo=UTC)
ON_MARKET = {"Active", "Coming Soon"}

Row = dict[str, str]


def rows(path: Path = FILE) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def matched(listings: list[Row]) -> Iterator[tuple[dict[str, Row], Matching]]:
    """Per ZIP, as in production: the rows by MLS number, and their homes."""
    by_zip: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in listings:
        by_zip[row["zip"]][row["mls_number"]] = row
    for zip5, of_zip in sorted(by_zip.items()):
        yield (
            of_zip,
            match(
                Identity(
                    number,
                    address_key(row["address"].partition(", ")[0], zip5),
                    mls_number=f"{row['market']}|{number}",
                    founded_at=SNAPSHOT,
                )
                for number, row in of_zip.items()
            ),
        )


def counts(listings: list[Row]) -> dict[str, int]:
    """What the file holds; see the keys.

    `undecidable`: rows whose address names no house ("0 E …"). `on_market_twice`: homes with two
    rows on the market at once, by two agents or as two parts of a lot; the address cannot tell.
    """
    found: Counter[str] = Counter(rows=len(listings))
    for of_zip, matching in matched(listings):
        units: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for home in matching.homes:
            address = home[0].address
            if address is None:
                found["undecidable"] += len(home)
                continue
            units[tuple(address.building)].add(address.unit)
            found["homes"] += 1
            found["rows_of_relisted_homes"] += len(home) if len(home) > 1 else 0
            found["homes_with_units"] += address.unit != ""
            found["homes_of_two_units"] += len({i.unit for i in home}) > 1
            found["on_market_twice"] += (
                sum(of_zip[i.listing_id]["status"] in ON_MARKET for i in home) > 1
            )
        found["buildings"] += len(units)
        several = [names for names in units.values() if len(names) > 1]
        found["buildings_of_several_units"] += len(several)
        found["units_of_these"] += sum(map(len, several))
        found["asked_of_a_person"] += len(matching.uncertain)
    return dict(found)


if __name__ == "__main__":
    print(json.dumps(counts(rows())))
