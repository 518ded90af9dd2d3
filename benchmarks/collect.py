"""How much of the permitted rate the collectors use, beside the seeds' loop and Scrapy.

Sandbox, database, collectors and peers are processes of their own on this machine. Limits are the
seeds' (Maricopa 1,000 requests/hour, Phoenix MLS 60/minute), in windows `--scale` times shorter,
ratios kept; latencies are the recorded ones (130 to 1,100 ms), as much shorter. Figures per hour
are scaled back: what the same collector finds in an hour of the real limits.

    make bench-collect        (or .venv/bin/python benchmarks/collect.py [--scale 30] [--quick])

The last line is JSON. `utilisation`: calls that arrived / calls permitted between the first and
the last, of the source that used least; `http_429`: refused calls of all phases of ours;
`properties_per_hour`: for the three Phoenix ZIPs (`properties_per_hour_all_markets`: for all
markets, every sixth ZIP); `success_rate`, `error_rate`: with 5 % 5xx, 2 % calls never answered, 1 %
bodies cut and 10 % of the proxies dead; `saved_calls_second_run`: over an unchanged world;
`two_processes`: calls in the fullest window / calls permitted, two collectors at once;
`seed_loop_…` and `scrapy_…`: the peers.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

PROJECT = Path(__file__).resolve().parents[1]
ZIPS = ("85031", "85033", "85035")
PAIRS = (("85037", "85043"), ("85301", "85302"))  # of the two processes
FAULTY = ("85303",)
DETAILS = {
    "maricopa_assessor": {"details_per_run": 60},
    "phoenix_mls": {"details_per_run": 10_000},
}
NO_DETAILS = {name: {"details_per_run": 0} for name in DETAILS}
SATURATED = ("maricopa_assessor", "phoenix_mls")
LATENCY_MS = (130, 1100)
EVERY = 6  # of all markets every so many ZIPs
SLOWER = 5  # the utilisation is measured so many times nearer to the real pace: what this machine
# does between two ZIPs (storing, parsing) does not become quicker when the limits do


@dataclass(frozen=True)
class Bench:
    """The sandbox's control address, and how many times faster its limits turn."""

    url: str
    scale: float

    def get(self, path: str) -> Any:
        return httpx.get(self.url + path, timeout=60).raise_for_status().json()

    def stats(self) -> dict[str, Any]:
        return self.get("/stats")

    def clear(self) -> None:
        httpx.delete(f"{self.url}/stats", timeout=60).raise_for_status()

    def faults(self, faults: Mapping[str, Mapping[str, Any]]) -> None:
        httpx.post(f"{self.url}/faults", json=faults, timeout=60).raise_for_status()

    def per_hour(self, found: int, seconds: float) -> float:
        return round(found / seconds / self.scale * 3600, 1) if seconds else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scale", type=float, default=30, help="limits turn so many times faster")
    parser.add_argument("--quick", action="store_true", help="a smaller world, no Scrapy")
    parser.add_argument("--collect", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.collect:
        print(json.dumps(collect(**json.loads(options.collect))))
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        os.environ |= {"PHOENIX_RE_HOME": home, "DAGSTER_HOME": f"{home}/dagster"}
        os.environ.pop("MONGODB_URI", None)
        print(json.dumps(measure(options.scale, quick=options.quick)))


def measure(scale: float, *, quick: bool) -> dict[str, Any]:
    """Peers get a sandbox of their own: the windows of ours are full of our calls."""
    from phoenix_re.mongo import open_store
    from phoenix_re.storage import INDEXES

    open_store(indexes=INDEXES)  # the server lives as long as this process
    houses = 300 if quick else 1200
    result: dict[str, Any] = {"scale": scale, "houses_per_zip": houses}
    with sandbox(scale / SLOWER, houses) as bench:
        result |= three_zips(bench)
        result |= second_run(bench)
    with sandbox(scale, houses) as bench:
        result |= two_processes(bench)
        result |= under_faults(bench)
    with sandbox(scale, houses) as bench:
        result |= seed_loop(bench)
    if not quick:
        with sandbox(scale, houses) as bench:
            result |= scrapy(bench)
    with sandbox(scale, 40) as bench:
        result |= all_markets(bench)
    return result


# ── ours ────────────────────────────────────────────────────────────────────────────────────────


def three_zips(bench: Bench) -> dict[str, Any]:
    bench.clear()
    run = collector(bench, "phx", ZIPS, SATURATED, "bench")
    stats = bench.stats()
    used = {name: utilisation(name, stats[name], bench.scale) for name in SATURATED}
    show("three ZIPs", run, used)
    return {
        "utilisation": min(used.values()),
        "utilisation_by_source": used,
        "http_429": sum(refused(stats[name]) for name in SATURATED),
        "properties_per_hour": bench.per_hour(run["found"], run["seconds"]),
        "first_run_calls": sum(stats[name]["requests"] for name in SATURATED),
    }


def second_run(bench: Bench) -> dict[str, Any]:
    """The same ZIPs, the HTTP cache emptied: what the sources themselves know to leave out."""
    before = sum(bench.stats()[name]["requests"] for name in SATURATED)
    bench.clear()
    run = collector(bench, "phx", ZIPS, SATURATED, "bench", forget_cache=True)
    again = sum(bench.stats()[name]["requests"] for name in SATURATED)
    print(f"second run      {again:5} calls after {before}; {run['seconds']:.1f} s")
    return {"saved_calls_second_run": round(1 - again / before, 4)}


def two_processes(bench: Bench) -> dict[str, Any]:
    """Two collectors of the same source at once, over one database."""
    bench.clear()
    running = [start(bench, "phx", zips, SATURATED[:1], "bench") for zips in PAIRS]
    runs = [finish(process) for process in running]
    stats = bench.stats()[SATURATED[0]]
    fullest = max(limit["peak"] / limit["calls"] for limit in stats["limits"])
    print(f"two processes   fullest window {fullest:.1%}, {refused(stats)} refused")
    return {
        "two_processes": round(fullest, 4),
        "two_processes_utilisation": utilisation(SATURATED[0], stats, bench.scale),
        "two_processes_429": refused(stats),
        "two_processes_seconds": max(run["seconds"] for run in runs),
    }


def under_faults(bench: Bench) -> dict[str, Any]:
    """A call that is never answered times out, proxies of the list are dead."""
    faults = {"error_5xx": 0.05, "hang": 0.02, "truncate": 0.01}
    bench.faults(dict.fromkeys(SATURATED, faults) | {"webshare": {"dead_proxies": 0.1}})
    run = collector(bench, "phx", FAULTY, SATURATED, "bench", proxy="free", timeout=2.0)
    bench.faults({name: dict.fromkeys(faults) for name in (*SATURATED,)})
    asked = run["asked"]
    print(f"under faults    {run['failed']} of {asked} calls failed for good; {run['outcomes']}")
    return {
        "success_rate": round(1 - run["failed"] / asked, 4),
        "error_rate": round(run["failed"] / asked, 4),
        "stored_twice": run["stored_twice"],
    }


def all_markets(bench: Bench) -> dict[str, Any]:
    """Every market with all its sources, one after the other, in every sixth of its ZIPs; detail
    pages wait for later runs."""
    from phoenix_re.markets import load_markets

    found, seconds, refusals = 0, 0.0, 0
    for market in bench.get("/status")["markets"]:
        bench.clear()
        zips = load_markets()[market].zips[::EVERY]
        run = collector(bench, market, zips, None, f"all_{market}")
        found, seconds = found + run["found"], seconds + run["seconds"]
        refusals += sum(refused(stats) for stats in bench.stats().values())
        print(f"  {market}  {run['zips']:4} ZIPs {run['found']:7,} found {run['seconds']:6.1f} s")
    return {
        "properties_per_hour_all_markets": bench.per_hour(found, seconds),
        "http_429_all_markets": refusals,
    }


def collector(bench: Bench, market: str, zips: Sequence[str], *rest: Any, **more: Any) -> Any:
    return finish(start(bench, market, zips, *rest, **more))


def start(
    bench: Bench,
    market: str,
    zips: Sequence[str],
    sources: Sequence[str] | None,
    database: str,
    **more: Any,
) -> subprocess.Popen[str]:
    """`collect` in a process of its own."""
    wanted = {"market": market, "zips": zips, "sources": sources, "database": database, **more}
    return subprocess.Popen(
        [sys.executable, __file__, "--collect", json.dumps(wanted)],
        env={**os.environ, "PHOENIX_RE_SANDBOX": bench.url},
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> Any:
    answer, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"a collector failed ({process.returncode})")
    return json.loads(answer.splitlines()[-1])


def collect(
    market: str,
    zips: Sequence[str],
    sources: Sequence[str] | None,
    database: str,
    *,
    forget_cache: bool = False,
    proxy: str = "none",
    timeout: float = 30.0,
) -> dict[str, Any]:
    """One run as a market's step makes it, without Dagster, bulk work at its full rate."""
    from phoenix_re.assets.collection import outfit_of
    from phoenix_re.build import default_resources
    from phoenix_re.collect.lanes import collecting
    from phoenix_re.collect.sources import specs
    from phoenix_re.markets import load_markets
    from phoenix_re.mongo import open_store
    from phoenix_re.storage import HTTP_CACHE, INDEXES, RAW_LISTINGS

    store = open_store(database=database, indexes=INDEXES)
    source_of = {form.name: name for name, spec in specs().items() for form in spec.formats}
    if forget_cache:
        store.db[HTTP_CACHE].delete_many({})
    markets = load_markets()
    chosen, outfit = outfit_of(default_resources(), store, markets, markets[market], timeout)
    chosen = only(chosen, sources, proxy)
    began = time.monotonic()
    with collecting(outfit, chosen, zips or chosen.zips) as run:
        outcomes = [outcome for zip_code in run.zips for outcome in run.outcomes(zip_code)]
        outcomes += run.market_outcomes()
        reports = run.reports()
    seconds = time.monotonic() - began
    stored = list(store.db[RAW_LISTINGS].find({}, {"source": 1, "source_key": 1}))
    keys = [d["_id"] for d in stored]
    return {
        "zips": len(run.zips),
        "seconds": seconds,
        "found": len({(source_of[d["source"]], d["source_key"]) for d in stored}),
        "asked": sum(report["calls"] for report in reports),
        "failed": sum(sum(report["errors"].values()) for report in reports),
        "stored_twice": len(keys) - len(set(keys)),
        "outcomes": sorted({f"{o.source} {o.state} {o.why}".strip() for o in outcomes}),
    }


def only(market: Any, sources: Sequence[str] | None, proxy: str) -> Any:
    """The market with these sources alone, no quota of a month, bulk work at any hour. Where the
    sources are named, so many details are fetched that the limits bind; else none."""
    from phoenix_re.markets import IntRange

    kept = {
        name: source.model_copy(
            update={
                "requests_per_month": None,
                "use": "always",
                "proxy": proxy,
                "options": {
                    **source.options,
                    **(DETAILS.get(name, {}) if sources else NO_DETAILS.get(name, {})),
                },
            }
        )
        for name, source in market.sources.items()
        if sources is None or name in sources
    }
    never = market.schedule.model_copy(update={"business_hours": IntRange(min=0, max=0)})
    return market.model_copy(update={"sources": kept, "schedule": never})


def utilisation(name: str, stats: Mapping[str, Any], scale: float) -> float:
    """Calls that arrived / calls that the market file permits between the first and the last.

    A limit of N calls in S seconds permits N in less than S, and N / S a second in more.
    """
    from phoenix_re.markets import load_markets

    span = stats["span_seconds"] * scale
    limits = load_markets()["phx"].sources[name].limits
    permitted = min(calls * max(1.0, span / seconds) for calls, seconds in limits)
    return round((stats["requests"] - 1) / permitted, 4)


def refused(stats: Mapping[str, Any]) -> int:
    return sum(limit["refused"] for limit in stats["limits"])


def show(title: str, run: Mapping[str, Any], used: Mapping[str, float]) -> None:
    shares = ", ".join(f"{name} {share:.2%}" for name, share in used.items())
    print(f"{title:15} {run['found']:6,} found in {run['seconds']:5.1f} s; used {shares}")


# ── the peers ───────────────────────────────────────────────────────────────────────────────────


def seed_loop(bench: Bench) -> dict[str, Any]:
    """The seeds' collector: ask, sleep for the limit's interval, ask again, ZIP after ZIP."""
    status = bench.get("/status")
    base = status["bases"][SATURATED[0]]
    token = status["credentials"][SATURATED[0]]["token"]
    interval = 3600 / 1000 / bench.scale
    found: set[str] = set()
    began = time.monotonic()
    with httpx.Client(headers={"AUTHORIZATION": token, "user-agent": "null"}) as client:
        for zip_code in ZIPS:
            for page in range(1, 100):
                params = {"q": zip_code, "page": page}
                rows = client.get(f"{base}/search/property/", params=params).json()["Results"]
                found.update(row["APN"] for row in rows)
                time.sleep(interval)
                if len(rows) < 25:
                    break
    per_hour = bench.per_hour(len(found), time.monotonic() - began)
    print(f"seeds' loop     {len(found):6,} found, {per_hour:,.0f}/hour")
    return {"seed_loop_properties_per_hour": per_hour}


def scrapy(bench: Bench) -> dict[str, Any]:
    """A spider with AutoThrottle over the same search, in Scrapy's own venv."""
    python = PROJECT / ".tools/scrapy/bin/python"
    if not python.exists():
        print("scrapy          not installed: make bench-collect")
        return {"scrapy_properties_per_hour": None}
    status = bench.get("/status")
    wanted = {
        "base": status["bases"][SATURATED[0]],
        "token": status["credentials"][SATURATED[0]]["token"],
        "zips": ZIPS,
        "delay": 3600 / 1000 / bench.scale,
    }
    answer = subprocess.run(
        [str(python), str(PROJECT / "benchmarks/scrapy_spider.py"), json.dumps(wanted)],
        capture_output=True,
        text=True,
        check=True,
        timeout=900,
    )
    said = json.loads(answer.stdout.splitlines()[-1])
    per_hour = bench.per_hour(said["found"], said["seconds"])
    print(
        f"scrapy          {said['found']:6,} found, {per_hour:,.0f}/hour, {said['refused']} × 429"
    )
    return {"scrapy_properties_per_hour": per_hour, "scrapy_429": said["refused"]}


@contextmanager
def sandbox(scale: float, houses: int) -> Iterator[Bench]:
    """A sandbox in a process of its own, as slow as the upstreams are; few homes in the ZIPs that
    the phases do not ask for."""
    rest = [zip_code for pair in (*PAIRS, FAULTY) for zip_code in pair]
    sizes = {"default": 40} | dict.fromkeys(rest, 300) | dict.fromkeys(ZIPS, houses)
    code = (
        "import sys, json; from phoenix_re.sandbox.server import serve\n"
        f"sizes = {sizes!r}\n"
        f"with serve(houses_per_zip=sizes, time_scale={scale!r}) as sandbox:\n"
        "    print(sandbox.url, flush=True); sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        bench = Bench(process.stdout.readline().strip(), scale)
        latency = {"latency_ms": [ms / scale for ms in LATENCY_MS]}
        bench.faults(dict.fromkeys(SATURATED, latency))
        yield bench
    finally:
        process.stdin.close()
        process.wait(30)


if __name__ == "__main__":
    main()
