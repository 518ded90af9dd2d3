"""Large files of an upstream on this machine's disk: fetched once, shared, asked for conditionally.

One folder for all markets and processes. A file is streamed beside its place and moved there whole,
so that a killed process leaves the old one (and scraps, which the next removes); its modification
time is the upstream's `Last-Modified` where given. Which calls may be made, and what they cost, is
the caller's `fetch`.
"""

import contextlib
import email.utils
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import httpx
from filelock import FileLock

from phoenix_re.collect.clock import Clock

Fetch = Callable[[Mapping[str, str]], AbstractContextManager[httpx.Response]]
"""Asks for the file with these headers; the reply is 200, to be read, or 304."""

LOCK_SECONDS = 3600
_SCRAP = ".part"  # of a file that is being written; only who holds the lock has any


@dataclass(frozen=True, slots=True)
class Downloads:
    folder: Path
    clock: Clock

    def get(self, url: str, lifetime_seconds: float, fetch: Fetch) -> Path:
        """The file behind `url`: as kept if younger than `lifetime_seconds`, else asked for.

        Raises what `fetch` does, httpx's errors while reading, and `OSError` where this machine
        fails (a full disk; `filelock.Timeout` is one too).
        """
        place = self.folder / hashlib.blake2b(url.encode(), digest_size=8).hexdigest()
        place.mkdir(parents=True, exist_ok=True)
        file = place / (Path(httpx.URL(url).path).name or "file")
        with FileLock(place / ".lock", timeout=LOCK_SECONDS):
            kept = self._read_note(place) if file.exists() else {}
            age = self.clock.now().timestamp() - float(kept.get("checked_at") or 0)
            if not kept or not 0 <= age < lifetime_seconds:
                _remove_scraps(place)
                now = self.clock.now().timestamp()
                with fetch(_conditions(kept)) as response:
                    if response.status_code != httpx.codes.NOT_MODIFIED:
                        _stream(response, file)
                        kept = {n: response.headers.get(n) for n in ("etag", "last-modified")}
                self._write_note(place, kept | {"checked_at": now})
        return file

    @staticmethod
    def _read_note(place: Path) -> dict[str, float | str | None]:
        """{} where there is none that can be read: then the file is asked for anew."""
        try:
            note = json.loads((place / ".note.json").read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return note if isinstance(note, dict) else {}

    @staticmethod
    def _write_note(place: Path, note: Mapping[str, float | str | None]) -> None:
        new = place / f".note{_SCRAP}"
        new.write_text(json.dumps(note))
        new.replace(place / ".note.json")


def _conditions(kept: Mapping[str, float | str | None]) -> dict[str, str]:
    named = {"If-None-Match": kept.get("etag"), "If-Modified-Since": kept.get("last-modified")}
    return {name: str(value) for name, value in named.items() if value}


def _remove_scraps(place: Path) -> None:
    for scrap in place.glob(f".*{_SCRAP}"):
        scrap.unlink(missing_ok=True)


def _stream(response: httpx.Response, file: Path) -> None:
    """As served: a body that is itself a `.gz` stays one."""
    new = file.with_name(f".{file.name}{_SCRAP}")
    with new.open("wb") as out:
        out.writelines(response.iter_raw())
    modified = response.headers.get("last-modified")
    if modified:
        with contextlib.suppress(ValueError):  # then it is as old as its download
            when = email.utils.parsedate_to_datetime(modified).timestamp()
            os.utime(new, (when, when))
    new.replace(file)
