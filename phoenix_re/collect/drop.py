"""A listing file from disk into the store, and the drop folder's own habits.

`land_file` is what `phoenix-re import` and the inbox share. How a file is read is in `files.py`,
what becomes of a row in `landing.py`.
"""

import calendar
import contextlib
import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from phoenix_re import home
from phoenix_re.collect.files import modified_at, open_listing_file
from phoenix_re.collect.formats import keep_mapping, register_mappings
from phoenix_re.collect.landing import Landed, Origin, Store, land

SETTLED_SECONDS = 5  # a file written to more recently may still be growing


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
    """Read `path` into the store. Raises `UnrecognisedFile`, `MappingError` or `UnknownFormat`
    before anything is written.

    A `mapping` is kept under the data home: every later process reads the rows through it, and the
    inbox recognises further files of its shape.

    The file's modification time stands for its publication. A row was observed when its own
    column says so, else at `observed_at` (UTC), else on the date in the file's name (Redfin's
    downloads have one), else, for want of better, when the file was written (`observed_assumed`).
    """
    written = modified_at(path).replace(microsecond=0)
    stated_at = observed_at or date_in_name(path.name)
    register_mappings(home.mappings())
    listing_file = open_listing_file(path, format, mapping, stated_at or written)
    if mapping is not None:
        keep_mapping(mapping, home.mappings(), listing_file.header)
    assumed_at = written if stated_at is None else None
    observed = stated_at or written
    origin = Origin(storable_name(path), listing_file.format, written, assumed_at, observed)
    return land(listing_file, store, market_of_zip, origin, progress)


def storable_name(path: Path) -> str:
    """The file's name as text that can be stored and printed, even if it is not UTF-8 on disk."""
    return os.fsencode(path.name).decode("utf-8", "replace")


def date_in_name(name: str) -> datetime | None:
    """`redfin_2025-12-27.csv` → noon UTC of that day; `phoenix_2025-05.csv` → of the month's last.

    None if the name has neither.
    """
    for match in re.finditer(r"(?<!\d)(20\d\d)[-_]?(\d\d)[-_]?(\d\d)(?!\d)", name):
        try:
            year, month, day = map(int, match.groups())
            return datetime(year, month, day, 12, tzinfo=UTC)
        except ValueError:
            continue
    month = re.search(r"(?<!\d)(20\d\d)[-_](0[1-9]|1[0-2])(?![-_]?\d)", name)
    if month is None:
        return None
    year, number = map(int, month.groups())
    return datetime(year, number, calendar.monthrange(year, number)[1], 12, tzinfo=UTC)


def waiting_files(inbox: Path, now: float) -> dict[Path, float]:
    """Files in the drop folder that nobody has written to for a few seconds, oldest first.

    Path → time of the last writing. A name that is not UTF-8 cannot be handed on, so such a file is
    renamed.
    """
    if not inbox.is_dir():
        return {}
    settled = []
    for entry in os.scandir(inbox):
        with contextlib.suppress(FileNotFoundError):  # handled by a run since the folder was read
            written = entry.stat().st_mtime
            # A clock that was wrong where the file comes from must not keep it waiting for ever.
            if (
                entry.is_file()
                and not entry.name.startswith((".", "~"))
                and abs(now - written) >= SETTLED_SECONDS
            ):
                path = Path(entry.path)
                if storable_name(path) != path.name:
                    path = path.rename(path.with_name(storable_name(path)))
                settled.append((written, path.name, path))
    return {path: written for written, _, path in sorted(settled)}


def set_aside(path: Path, where: str) -> Path:
    """Move a handled file into `done/` or `refused/` beside it, never over another one."""
    folder = path.parent / where
    folder.mkdir(exist_ok=True)
    target = folder / path.name
    n = 1
    while os.path.lexists(target):
        n += 1
        target = folder / f"{path.stem}.{n}{path.suffix}"
    return path.rename(target)
