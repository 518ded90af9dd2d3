"""A `PlainSession` that keeps downloads as the real one does: asked for conditionally, dated."""

import email.utils
import os
import tempfile
from pathlib import Path
from typing import Any

import httpx

from phoenix_re_tests.plain_session import PlainSession


class FileSession(PlainSession):
    """`disk` is shared by the sessions of a test, as the machine's disk is by runs."""

    def __init__(self, *args: Any, disk: dict[str, tuple[Path, str]], **rest: Any) -> None:
        super().__init__(*args, **rest)
        self.disk = disk  # URL → file, etag

    def download(self, path: str, *, kind: str) -> Path:
        kept = self.disk.get(path)
        headers = {"If-None-Match": kept[1]} if kept else None
        response = self.get(path, kind=kind, headers=headers)
        if kept and response.status_code == httpx.codes.NOT_MODIFIED:
            return kept[0]
        file = Path(tempfile.mkdtemp()) / Path(httpx.URL(path).path).name
        file.write_bytes(response.content)
        modified = response.headers.get("last-modified")
        if modified:
            when = email.utils.parsedate_to_datetime(modified).timestamp()
            os.utime(file, (when, when))
        self.disk[path] = file, response.headers.get("etag", "")
        return file
