"""The stand-in of the assessor against real recordings: each request again, over a real socket.

Compared are status, reason phrase, the headers that a client may rely on, and the structure of the
body: keys and types by path. What cannot be the same:

- counts and values: the world is invented (`TOTAL` of 85031 was 6,632);
- `/search/rental/?q=85031` found nothing on the day; the stand-in knows registrations there, so
  that reading them is tested;
- no parcel of the world lies in Ahwatukee, so the items of `/search/sub/` are compared by another
  subdivision's name;
- a ZIP has fewer property types: the world has only homes;
- `Ownership` is redacted in the recordings, which leaves its type: text;
- `Date`, `Last-Modified`, `CF-RAY`, `Set-Cookie`, `Server` and the transfer's coding belong to the
  moment and to the county's network.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from phoenix_re.collect.errors import AuthError
from phoenix_re.collect.sources.maricopa_assessor import SPEC
from phoenix_re.markets import load_markets, markets_folder
from phoenix_re.sandbox.server import Sandbox, serve
from phoenix_re.sandbox.upstreams.maricopa_assessor import NAME, PAGE_ROWS, UPSTREAM
from phoenix_re_tests.plain_session import PlainSession

pytestmark = pytest.mark.integration

ZIPS = ("85031", "85033", "85035")
HOST = "https://mcassessor.maricopa.gov"
RECORDED = "maricopa_api_recordings_2025-07-23.json"
RECORDED_REFUSALS = "maricopa_api_recordings_no_token.json"
HEADERS = ("content-type", "cache-control", "pragma", "expires", "x-powered-by", "cf-cache-status")
FOUND_NOTHING = ("/search/rental/?q=85031", "/search/sub/?q=Ahwatukee")  # on the day; see above


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    sizes = {**dict.fromkeys(ZIPS, 60), "default": 1}
    with serve(
        markets=load_markets(markets_folder()), houses_per_zip=sizes, upstreams={NAME: UPSTREAM}
    ) as running:
        yield running


def _recorded(shared_data: Path, name: str) -> list[dict[str, Any]]:
    path = shared_data / "assessor" / name
    if not path.is_file():
        pytest.skip(f"no recordings here: {path} is absent")
    return json.loads(path.read_text("utf-8"))["detailed_results"]


def _again(sandbox: Sandbox, recorded: dict[str, Any], token: str | None) -> httpx.Response:
    """The same request, with or without a token, as the recorder sent it."""
    assert recorded["method"] == "GET"
    assert recorded["url"].startswith(HOST)
    headers = {"user-agent": "null"} | ({"AUTHORIZATION": token} if token else {})
    return httpx.get(
        sandbox.bases[NAME] + recorded["url"].removeprefix(HOST), headers=headers, timeout=30
    )


def _structure(value: Any, path: str = "") -> dict[str, set[str]]:
    """path → types there; all items of a list are one path."""
    found: dict[str, set[str]] = {path: {type(value).__name__}}
    inner: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        inner = [(f"{path}.{key}", child) for key, child in value.items()]
    elif isinstance(value, list):
        inner = [(f"{path}[]", child) for child in value]
    for where, child in inner:
        for key, types in _structure(child, where).items():
            found.setdefault(key, set()).update(types)
    return found


def _compare(recorded: dict[str, Any], reply: httpx.Response) -> None:
    where = recorded["endpoint"]
    assert reply.status_code == recorded["status_code"], where
    theirs = {name.lower(): value for name, value in recorded["headers"].items()}
    for name in HEADERS:
        assert reply.headers.get(name) == theirs.get(name), (where, name)
    if not recorded["success"]:
        phrase = recorded["error_message"].removeprefix(f"HTTP {recorded['status_code']}: ")
        assert reply.reason_phrase == phrase, where
    _compare_bodies(where, recorded["response_data"], reply)


def _compare_bodies(where: str, body: Any, reply: httpx.Response) -> None:
    text = body.get("raw_text") if isinstance(body, dict) else None
    if text == "":
        assert reply.content == b"", where
    elif text is not None:
        beginning = "\ufeff<!DOCTYPE html"
        assert text.startswith(beginning)
        assert reply.content.decode("utf-8").startswith(beginning), where
    elif where in FOUND_NOTHING:
        assert set(reply.json()) == set(body), where
    else:
        ours, theirs = _structure(reply.json()), _structure(body)
        assert ours == theirs, where
        if isinstance(body, dict):
            assert len(reply.json()["Results"]) == len(body["Results"]) <= PAGE_ROWS
            assert (reply.json()["TOTAL"] == 0) == (body["TOTAL"] == 0)


def test_each_request_with_a_token_is_answered_as_recorded(
    sandbox: Sandbox, shared_data: Path
) -> None:
    recordings = _recorded(shared_data, RECORDED)
    assert len(recordings) == 32
    for recorded in recordings:
        _compare(recorded, _again(sandbox, recorded, UPSTREAM.credentials["token"]))


@pytest.mark.parametrize("token", [None, "one-that-ran-out"])
def test_each_request_without_a_good_token_is_answered_as_recorded(
    sandbox: Sandbox, shared_data: Path, token: str | None
) -> None:
    recordings = _recorded(shared_data, RECORDED_REFUSALS)
    assert len(recordings) == 32
    assert sum(recorded["status_code"] == 500 for recorded in recordings) == 31
    for recorded in recordings:
        _compare(recorded, _again(sandbox, recorded, token))


def test_items_of_subdivisions_are_as_recorded(sandbox: Sandbox, shared_data: Path) -> None:
    recordings = _recorded(shared_data, RECORDED)
    theirs = next(r for r in recordings if r["endpoint"] == "/search/sub/?q=Ahwatukee")
    name = sandbox.scene.world.houses(ZIPS[0])[0].subdivision.split()[0]
    reply = httpx.get(
        f"{sandbox.bases[NAME]}/search/sub/",
        params={"q": name},
        headers={"AUTHORIZATION": UPSTREAM.credentials["token"]},
        timeout=30,
    )
    assert reply.json()["TOTAL"] > 0
    assert _structure(reply.json()) == _structure(theirs["response_data"])
    assert all(name in item["SubdivisionName"] for item in reply.json()["Results"])


def test_the_collector_reads_the_reason_phrase_from_the_wire(sandbox: Sandbox) -> None:
    with httpx.Client(timeout=30) as client:

        def session(token: str) -> PlainSession:
            return PlainSession(
                SPEC,
                client,
                sandbox.scene.world.markets["phx"],
                ZIPS[1],
                base_url=sandbox.bases[NAME],
                credentials={"token": token},
                options={"details_per_run": 1},
            )

        with pytest.raises(AuthError, match="Unauthorized access"):
            session("one-that-ran-out").collect()
        found = session(UPSTREAM.credentials["token"]).collect()
    let = [house for house in sandbox.scene.world.houses(ZIPS[1]) if not house.owner_occupied]
    assert len(found) == 60 + len(let) + 1
