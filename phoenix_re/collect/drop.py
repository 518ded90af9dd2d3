"""A listing file from disk into the store, and the drop folder's own habits.

`land_file` is what `phoenix-re import` and the inbox share. How a file is read is in `files.py`,
what becomes of a row in `landing.py`.
"""

import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from phoenix_re.collect.files import open_listing_file
from phoenix_re.collect.landing import Landed, Origin, Store, land

SETTLED_SECONDS = 5  # a file written to more recently may still be growing
ASIDE = ("done", "refused")


def land_file(
    path: Path,
    store: Store,
    market_of_zip: Mapping[str, str],
    *,
    format: str = "auto",  # noqa: A002
    mapping: Path | None = None,
    observed_at: datetime | None = None,
    progress: Callable[[int], None] | None = None,
) -> Landed:
    """Read `path` into the store. Raises `UnrecognisedFile` before anything is written.

    The file's modification time stands for its publication. A row was observed when its own
    column says so, else at `observed_at` (UTC), else on the date in the file's name (Redfin's
    downloads have one), else when the file was written.
    """
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)
    observed_at = observed_at or date_in_name(path.name) or written
    listing_file = open_listing_file(path, format, mapping, observed_at)
    origin = Origin(path.name, listing_file.format, written)
    return land(listing_file, store, market_of_zip, origin, progress)


def date_in_name(name: str) -> datetime | None:
    """`redfin_2025-12-27.csv` → noon UTC of that day; None if the name has no full date."""
    for match in re.finditer(r"(?<!\d)(20\d\d)[-_]?(\d\d)[-_]?(\d\d)(?!\d)", name):
        try:
            year, month, day = map(int, match.groups())
            return datetime(year, month, day, 12, tzinfo=UTC)
        except ValueError:
            continue
    return None


def waiting_files(inbox: Path, now: float) -> list[Path]:
    """Files in the drop folder that nobody has written to for a few seconds, oldest first."""
    if not inbox.is_dir():
        return []
    found = [
        entry
        for entry in os.scandir(inbox)
        if entry.is_file() and not entry.name.startswith((".", "~"))
    ]
    settled = [e for e in found if now - e.stat().st_mtime >= SETTLED_SECONDS]
    return [Path(e.path) for e in sorted(settled, key=lambda e: (e.stat().st_mtime, e.name))]


def set_aside(path: Path, where: str) -> Path:
    """Move a handled file into `done/` or `refused/` beside it, never over another one."""
    folder = path.parent / where
    folder.mkdir(exist_ok=True)
    target = folder / path.name
    n = 1
    while target.exists():
        n += 1
        target = folder / f"{path.stem}.{n}{path.suffix}"
    return path.replace(target)
