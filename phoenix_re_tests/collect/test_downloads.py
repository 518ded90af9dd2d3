"""Downloads: once, conditionally, whole or not at all, whoever else wants them."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from phoenix_re.collect.downloads import Downloads
from phoenix_re.collect.errors import PermanentError, TransientError
from phoenix_re.mongo import MongoStore
from phoenix_re_tests.collect.askings import BASE, asking, counts
from phoenix_re_tests.fake_clock import FakeClock

pytestmark = pytest.mark.integration

URL = f"{BASE}/data/zhvi.csv"
MODIFIED = "Mon, 02 Mar 2026 10:00:00 GMT"
HOUR = {"series": 1.0}


def reply(content: bytes, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(200, headers=named, stream=Body(content))


@dataclass
class Body(httpx.SyncByteStream):
    content: bytes
    cut: bool = False

    def __iter__(self) -> Iterator[bytes]:
        half = len(self.content) // 2
        yield self.content[:half]
        if self.cut:
            raise httpx.RemoteProtocolError("peer closed connection without sending complete body")
        yield self.content[half:]


def test_a_file_is_asked_for_once_and_then_conditionally(store: MongoStore, tmp_path: Path) -> None:
    answers = [
        reply(b"first", etag='"1"', last_modified=MODIFIED),
        httpx.Response(304),
        reply(b"second", etag='"2"'),
    ]
    with asking(store, tmp_path, *answers, cache_hours=HOUR) as (made, upstream):
        file = made.download(URL, kind="series")
        assert (file.name, file.read_bytes()) == ("zhvi.csv", b"first")
        assert file.stat().st_mtime == 1772445600  # the upstream's Last-Modified
        assert made.download(URL, kind="series") == file
        assert len(upstream.asked) == 1
        for content in (b"first", b"second"):
            made.rules.clock.sleep(3601)
            assert made.download(URL, kind="series").read_bytes() == content
        assert [r.headers.get("if-none-match") for r in upstream.asked] == [None, '"1"', '"1"']
        assert upstream.asked[1].headers["if-modified-since"] == MODIFIED
        assert {r.headers["accept-encoding"] for r in upstream.asked} == {"identity"}
        said = counts(made)
        assert (said["requests"], said["not_modified"], said["calls"]) == (3, 1, 4)
        assert made.download(f"{BASE}/other/zhvi.csv", kind="series") != file


def test_a_file_is_as_served(store: MongoStore, tmp_path: Path) -> None:
    packed = reply(b"\x1f\x8bpacked", content_encoding="gzip")
    with asking(store, tmp_path, packed) as (made, _):
        assert made.download(URL, kind="series").read_bytes() == b"\x1f\x8bpacked"


def test_one_that_breaks_off_is_tried_again_and_leaves_the_old(
    store: MongoStore, tmp_path: Path
) -> None:
    cut = httpx.Response(200, stream=Body(b"new and whole", cut=True))
    answers = [reply(b"old"), cut, cut, reply(b"new and whole"), cut]
    with asking(store, tmp_path, *answers) as (made, upstream):
        file = made.download(URL, kind="series")
        assert made.download(URL, kind="series").read_bytes() == b"new and whole"
        assert len(upstream.asked) == 4
        with pytest.raises(TransientError, match=r"download of http://.*zhvi\.csv broke off"):
            made.download(URL, kind="series")
        assert file.read_bytes() == b"new and whole"
        assert len(upstream.asked) == 9


def test_an_error_page_is_no_file(store: MongoStore, tmp_path: Path) -> None:
    missing = httpx.Response(404, text="nothing here")
    with asking(store, tmp_path, reply(b"old"), missing) as (made, _):
        file = made.download(URL, kind="series")
        with pytest.raises(PermanentError, match=r"gave 404: nothing here"):
            made.download(URL, kind="series")
        assert file.read_bytes() == b"old"


def test_a_disk_that_takes_nothing(store: MongoStore, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with (
        asking(store, blocked, reply(b"x")) as (made, _),
        pytest.raises(PermanentError, match="Make room there"),
    ):
        made.download(URL, kind="series")


@pytest.mark.parametrize("note", ["", "{", "[1]", '{"etag": 5}', "\x00", '{"checked_at": null}'])
def test_a_note_that_cannot_be_read_costs_another_call(
    store: MongoStore, tmp_path: Path, note: str
) -> None:
    with asking(store, tmp_path, reply(b"a"), reply(b"b"), cache_hours=HOUR) as (made, _):
        file = made.download(URL, kind="series")
        (file.parent / ".note.json").write_text(note)
        assert made.download(URL, kind="series").read_bytes() == b"b"


def test_a_date_that_is_none_harms_nothing(store: MongoStore, tmp_path: Path) -> None:
    with asking(store, tmp_path, reply(b"a", last_modified="yesterday")) as (made, _):
        assert made.download(URL, kind="series").read_bytes() == b"a"


# ── other processes ─────────────────────────────────────────────────────────────────────────────

_CHILD = """
import sys, httpx, contextlib
from pathlib import Path
from phoenix_re.collect.clock import SystemClock
from phoenix_re.collect.downloads import Downloads
url, folder = sys.argv[1:]
@contextlib.contextmanager
def fetch(headers):
    with httpx.stream("GET", url, headers=headers) as response:
        yield response
print(Downloads(Path(folder), SystemClock()).get(url, 3600, fetch).read_text())
"""


@dataclass
class Site:
    url: str = ""
    asked: int = 0
    half_sent: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving() -> Iterator[Site]:
    """A file of which the second half waits for `go_on`."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked += 1
            self.send_response(200)
            self.send_header("Content-Length", "8")
            self.end_headers()
            self.wfile.write(b"new ")
            self.wfile.flush()
            site.half_sent.set()
            site.go_on.wait(20)
            self.wfile.write(b"file")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            return  # the child was killed

    server = Server(("127.0.0.1", 0), Handler)
    site.url = f"http://127.0.0.1:{server.server_port}/big.csv"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield site
    site.go_on.set()
    server.shutdown()
    server.server_close()


def child(site: Site, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _CHILD, site.url, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_process_killed_in_the_middle_leaves_the_old_file(tmp_path: Path) -> None:
    @contextmanager
    def old(_headers: object) -> Iterator[httpx.Response]:
        yield reply(b"old")

    with serving() as site:
        clock = FakeClock()
        file = Downloads(tmp_path, clock).get(site.url, 0, old)
        note = file.parent / ".note.json"
        note.write_text(json.dumps(json.loads(note.read_text()) | {"checked_at": 0}))
        killed = child(site, tmp_path)
        assert site.half_sent.wait(20)
        _until(lambda: any(file.parent.glob(".*.part")))
        killed.kill()
        killed.wait()
        assert file.read_bytes() == b"old"
        site.go_on.set()
        assert child(site, tmp_path).communicate()[0] == "new file\n"
        assert file.read_bytes() == b"new file"
        assert {p.name for p in file.parent.iterdir()} == {"big.csv", ".lock", ".note.json"}


def test_two_processes_fetch_it_once(tmp_path: Path) -> None:
    with serving() as site:
        children = [child(site, tmp_path) for _ in range(2)]
        assert site.half_sent.wait(20)
        site.go_on.set()
        assert [c.communicate()[0] for c in children] == ["new file\n"] * 2
        assert site.asked == 1


def _until(is_so: object) -> None:
    assert callable(is_so)
    ends = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < ends
        threading.Event().wait(0.01)
