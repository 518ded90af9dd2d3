"""Upstreams over real sockets: bases, robots, phrases, limits, log, TLS, proxies, time."""

import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import trustme
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from phoenix_re.sandbox.proxy_server import PASSWORD, USERNAME
from phoenix_re.sandbox.scene import Limit, SandboxError
from phoenix_re.sandbox.server import serve
from phoenix_re.sandbox.upstreams import webshare
from phoenix_re_tests.sandbox.stand_ins import ROBOTS, HandClock, upstream

START = datetime(2026, 3, 2, 17, tzinfo=UTC)


def test_each_upstream_has_a_base_and_its_credentials() -> None:
    one, other = upstream("county", credentials={"token": "t"}), upstream("mls")
    with serve(upstreams={"county": one, "mls": other}) as sandbox:
        assert sandbox.bases.keys() == {"county", "mls"}
        assert sandbox.bases["county"] != sandbox.bases["mls"]
        assert sandbox.scene.bases == sandbox.bases
        assert sandbox.credentials == {"county": {"token": "t"}, "mls": {}}
        bases = list(sandbox.bases.values())
        for base in bases:
            assert httpx.get(f"{base}/home/7").json() == {"apn": 7}
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{bases[0]}/home/7")


def test_robots_are_served_where_there_are_some_and_use_no_calls() -> None:
    ups = {
        "mls": upstream("mls", robots=ROBOTS, limits=(Limit(1, 60),)),
        "api": upstream("api"),
    }
    with serve(upstreams=ups) as sandbox:
        for _ in range(3):
            assert httpx.get(f"{sandbox.bases['mls']}/robots.txt").text == ROBOTS
        assert httpx.get(f"{sandbox.bases['mls']}/home/7").status_code == 200
        assert httpx.get(f"{sandbox.bases['api']}/robots.txt").status_code == 404


def test_a_reply_may_have_a_reason_phrase_of_its_own() -> None:
    with serve(upstreams={"county": upstream()}) as sandbox:
        answer = httpx.get(f"{sandbox.bases['county']}/bad-token")
        assert (answer.status_code, answer.reason_phrase) == (500, "Invalid token: none")
        assert answer.json() == {"no": "access"}
        assert "x-sandbox-reason" not in answer.headers
        assert sandbox.stats()["county"]["by_status"] == {"500": 1}


def test_replies_have_a_date_and_no_server() -> None:
    with serve(upstreams={"county": upstream()}) as sandbox:
        headers = httpx.get(f"{sandbox.bases['county']}/home/1").headers
        assert "date" in headers
        assert "server" not in headers


def test_a_defect_of_a_stand_in_is_a_500_and_the_rest_goes_on() -> None:
    with serve(upstreams={"county": upstream()}) as sandbox:
        assert httpx.get(f"{sandbox.bases['county']}/broken").status_code == 500
        assert httpx.get(f"{sandbox.bases['county']}/home/1").status_code == 200


# ── limits ──────────────────────────────────────────────────────────────────────────────────────


def test_a_limit_slides_and_says_how_long_to_wait() -> None:
    clock = HandClock()
    limited = upstream(limits=(Limit(2, 60),))
    with serve(upstreams={"county": limited}, clock=clock) as sandbox:
        url = f"{sandbox.bases['county']}/home/1"
        assert httpx.get(url).status_code == 200
        clock.seconds += 40
        assert httpx.get(url).status_code == 200
        refused = httpx.get(url)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "20")
        clock.seconds += 19.5
        assert httpx.get(url).status_code == 429
        clock.seconds += 0.5
        assert httpx.get(url).status_code == 200
        assert httpx.get(url).status_code == 429
        (limit,) = sandbox.stats()["county"]["limits"]
        assert limit == {"calls": 2, "seconds": 60, "keys": 1, "peak": 5, "refused": 3}


def test_time_scale_shortens_windows_and_keeps_their_ratios() -> None:
    clock = HandClock()
    limited = upstream(limits=(Limit(1, 1), Limit(3, 3600)))
    with serve(upstreams={"county": limited}, clock=clock, time_scale=100) as sandbox:
        assert [x["seconds"] for x in sandbox.stats()["county"]["limits"]] == [0.01, 36]
        url = f"{sandbox.bases['county']}/home/1"
        statuses = []
        for _ in range(5):
            statuses.append(httpx.get(url).status_code)
            clock.seconds += 0.01
        assert statuses == [200, 200, 200, 429, 429]
        clock.seconds += 36
        assert httpx.get(url).status_code == 200


def test_keys_have_limits_of_their_own_and_an_upstream_its_own_429() -> None:
    def throttled(request: Request, seconds: float) -> Response:
        return JSONResponse({"wait": seconds, "who": request.headers["x-key"]}, 429)

    limited = upstream(
        limits=(Limit(1, 60),), key_of=lambda r: r.headers.get("x-key", ""), throttled=throttled
    )
    with serve(upstreams={"county": limited}, clock=HandClock()) as sandbox:
        url = f"{sandbox.bases['county']}/home/1"
        statuses = [httpx.get(url, headers={"x-key": key}).status_code for key in "abab"]
        assert statuses == [200, 200, 429, 429]
        refused = httpx.get(url, headers={"x-key": "a"})
        assert refused.json() == {"wait": 60, "who": "a"}
        assert sandbox.stats()["county"]["limits"][0]["keys"] == 2


# ── log and counters ────────────────────────────────────────────────────────────────────────────


def test_requests_are_counted_by_status_and_kind_and_logged() -> None:
    with serve(upstreams={"county": upstream()}) as sandbox:
        base = sandbox.bases["county"]
        for path in ("/home/1", "/home/22?full=1", "/homes", "/elsewhere/9"):
            httpx.get(base + path)
        stats = sandbox.stats()["county"]
        assert stats["requests"] == 4
        assert stats["by_status"] == {"200": 3, "404": 1}
        assert stats["by_kind"] == {
            "/home/{apn}": {"200": 2},
            "/homes": {"200": 1},
            "(no route)": {"404": 1},
        }
        assert [entry["path"] for entry in sandbox.log("county")] == [
            *("/home/1", "/home/22", "/homes", "/elsewhere/9")
        ]
        assert sandbox.log("county")[1]["query"] == "full=1"
        sandbox.clear_stats()
        assert sandbox.stats()["county"]["requests"] == 0
        assert sandbox.log("county") == []


# ── time ────────────────────────────────────────────────────────────────────────────────────────


def test_time_runs_at_its_speed_and_can_be_advanced_but_not_turned_back() -> None:
    clock, told = HandClock(), []
    with serve(
        upstreams={"county": upstream()},
        clock=clock,
        started=START,
        speed=60,
        on_advance=told.append,
    ) as sandbox:
        assert sandbox.now == START
        clock.seconds += 2
        assert sandbox.now == START + timedelta(minutes=2)
        sandbox.advance(timedelta(days=3))
        assert sandbox.now == START + timedelta(days=3, minutes=2)
        assert told == [timedelta(days=3)]
        with pytest.raises(SandboxError, match="does not go back"):
            sandbox.advance(timedelta(hours=-1))


# ── ports, TLS, proxies ─────────────────────────────────────────────────────────────────────────


def test_a_port_may_be_chosen_and_a_taken_one_is_named() -> None:
    with serve(upstreams={"county": upstream()}) as sandbox:
        port = int(sandbox.bases["county"].rpartition(":")[2])
        with (
            pytest.raises(SandboxError, match=f"port {port} for mls is not free"),
            serve(upstreams={"mls": upstream("mls")}, ports={"mls": port}),
        ):
            pass
    with serve(upstreams={"mls": upstream("mls")}, ports={"mls": port}) as sandbox:
        assert sandbox.bases["mls"] == f"http://127.0.0.1:{port}"


def test_a_chosen_upstream_speaks_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    ups = {"safe": upstream("safe"), "open": upstream("open")}
    with serve(upstreams=ups, tls={"safe": (cert, key)}) as sandbox:
        assert sandbox.bases["safe"].startswith("https://127.0.0.1:")
        assert sandbox.bases["open"].startswith("http://127.0.0.1:")
        url = f"{sandbox.bases['safe']}/home/3"
        assert httpx.get(url, verify=context).json() == {"apn": 3}
        with pytest.raises(httpx.ConnectError, match="certificate"):
            httpx.get(url)
        sandbox.fault("safe", reset=1)
        with pytest.raises(httpx.TransportError):
            httpx.get(url, verify=context)


def test_the_proxies_of_the_list_lead_to_the_upstreams() -> None:
    ups = {"county": upstream(), "webshare": webshare.UPSTREAM}
    with serve(upstreams=ups, proxies=3) as sandbox:
        key = sandbox.credentials["webshare"]["key"]
        listed = httpx.get(
            f"{sandbox.bases['webshare']}{webshare.PATH}",
            params={"mode": "direct"},
            headers={"authorization": f"Token {key}"},
        ).json()
        assert [row["port"] for row in listed["results"]] == list(sandbox.scene.proxy_ports)
        assert listed["count"] == 3
        proxy = f"http://{USERNAME}:{PASSWORD}@127.0.0.1:{listed['results'][0]['port']}"
        with httpx.Client(proxy=proxy) as client:
            assert client.get(f"{sandbox.bases['county']}/home/5").json() == {"apn": 5}
        sandbox.fault("webshare", dead_proxies=1, dead_how="refuse")
        with httpx.Client(proxy=proxy) as client, pytest.raises(httpx.TransportError):
            client.get(f"{sandbox.bases['county']}/home/5")


def test_every_stand_in_of_the_project_is_served() -> None:
    with serve(houses_per_zip=5) as sandbox:
        assert {"maricopa_assessor", "phoenix_mls", "reso_feed", "webshare"} <= set(sandbox.bases)
        for name, base in sandbox.bases.items():
            assert httpx.get(f"{base}/no/such/path/here", timeout=30).status_code < 600, name


def test_a_certificate_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    nothing = tmp_path / "none.pem"
    with (
        pytest.raises(FileNotFoundError),
        serve(upstreams={"safe": upstream("safe")}, tls={"safe": (nothing, nothing)}),
    ):
        pass


def test_counters_may_be_read_while_requests_come_in() -> None:
    with serve(upstreams={"county": upstream()}) as sandbox, ThreadPoolExecutor(4) as threads:
        base = sandbox.bases["county"]

        def ask(n: int) -> int:
            with httpx.Client(base_url=base) as client:
                return sum(client.get(f"/home/{n * 100 + i}").status_code for i in range(40))

        asked = [threads.submit(ask, n) for n in range(4)]
        counted = [0]
        while not all(one.done() for one in asked):
            counted.append(sandbox.stats()["county"]["requests"])
            sandbox.log("county")
        assert counted == sorted(counted)
        assert [one.result() for one in asked] == [40 * 200] * 4
        assert sandbox.stats()["county"]["requests"] == 160
