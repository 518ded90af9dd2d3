"""Listing files that tests write for themselves: a status feed and RESO objects, row by row."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

COLUMNS = (
    *("mls_number", "status", "address", "price", "list_date"),
    *("days_on_market", "market", "snapshot", "zip"),
)
HEADER = ",".join(COLUMNS)


def feed_row(number: int, **changes: str) -> dict[str, str]:
    usual = (
        *(str(6_900_000 + number), "Active", f"{number} W Elm St", f"${200_000 + number}"),
        *("11/10/2025", "3", "Phoenix", "2025-12-25T22-59-25", "85031"),
    )
    return dict(zip(COLUMNS, usual, strict=True)) | changes


def feed_line(number: int, **changes: str) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(feed_row(number, **changes).values())
    return text.getvalue()


def feed(rows: Iterable[str], ending: str = "\n") -> str:
    return ending.join([HEADER, *rows, ""])


def reso(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "ListingKey": f"K{number}",
        "ListingId": str(6_900_000 + number),
        "StandardStatus": "Active",
        "ListPrice": 320_000,
        "PostalCode": "85031",
        "PropertyType": "Residential",
        "City": "Phoenix",
        "StateOrProvince": "AZ",
        **changes,
    }


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
