"""How busy the pipeline keeps servers of language models, beside a bare client; what rules manage.

The servers are `sandbox/language_model` with an engine that answers after a fixed time, each in a
process of its own: as slow as a model, without its appetite for the processor. They stand for
machines of their own, so what this machine is short of does not narrow what they are given. The
pipeline is what a run does with a market's remarks: `Inquiry.ask` ZIP by ZIP, the answers awaited
in that order; each question's lease, allowance and answer go to the embedded MongoDB, journaled,
and each claim is judged against its text. The bare client sends the same requests by httpx, as many
at once as the server has slots and one more, so that its queue is never empty.

    make bench-llm        (or .venv/bin/python benchmarks/llm.py [--json] [--seconds 18])

Both are timed from before the first request until the last answer is read, the bare client before
and after the pipeline, so that what else the machine does falls on both. `edges` is the share of a
time that the middle 80 % of the answers, at their own pace, would not have needed: the start, and
the tail in which a slow server still has its last requests. It counts against the ratio.

`ratio_one_server`, `ratio_three_servers`: the pipeline's answers a second / the bare client's (of
three servers, their sum). `calls_second_run`: requests that reached the server when the same
remarks were asked about again. `rules_remarks_per_s`: of one core, by its process time. `details`:
the rounds, the seeds' loop (one request after the other), a server that needs 7 s a request (run
ten times faster; its time and money scaled back), the database's share, what the batches taught.
"""

import argparse
import csv
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any

import psutil
from llm_peers import (
    MARKET,
    MODEL,
    SAID,
    Timed,
    enough,
    invented,
    joined,
    saturate,
    saturate_all,
    serving,
)

if TYPE_CHECKING:
    from phoenix_re.enrich.asking import Inquiry
    from phoenix_re.mongo import MongoStore

PROJECT = Path(__file__).resolve().parents[1]
AUSTIN = PROJECT.parent / "shared/data/text/austin_listings_with_remarks.csv"
IN_ZIP = 40  # remarks
THREE = ((0.25, 2), (0.5, 1), (1.0, 3))  # seconds a request, slots
SCALE = 10  # the server of 7 s a request runs so many times faster
FLOOR_PER_HOUR = 500
RULES_PASSES = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    parser.add_argument("--seconds", type=float, default=18, help="length of the shortest phase")
    parser.add_argument("--delay", type=float, default=0.25, help="seconds a request, one server")
    parser.add_argument("--slots", type=int, default=2, help="requests at once, one server")
    parser.add_argument("--remarks", type=Path, default=AUSTIN, help="CSV with a `description`")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        os.environ |= {"PHOENIX_RE_HOME": home, "DAGSTER_HOME": f"{home}/dagster"}
        os.environ.pop("MONGODB_URI", None)
        figures = measure(options)
    if options.json:
        print(json.dumps(figures))
    else:
        show(figures)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from phoenix_re.mongo import open_store
    from phoenix_re.sandbox import mongo_server
    from phoenix_re.storage import INDEXES

    began = time.monotonic()
    store = open_store(indexes=INDEXES)
    rules = measure_rules(options.remarks)
    one = one_server(store, options.delay, options.slots, options.seconds)
    three = three_servers(store, options.seconds)
    slow = slow_server(store, 2 * options.seconds)
    store.client.close()
    mongo_server.stop()
    return {
        "ratio_one_server": one.pop("ratio"),
        "ratio_three_servers": three["ratio"],
        "calls_second_run": one.pop("calls_second_run"),
        "rules_remarks_per_s": rules.pop("remarks_per_s"),
        "details": {
            "one_server": one,
            "three_servers": three,
            "server_of_7_s": slow,
            "rules": rules,
            "seconds": round(time.monotonic() - began, 1),
            "cores": os.cpu_count(),
        },
    }


# ── the phases ──────────────────────────────────────────────────────────────────────────────────


def one_server(store: "MongoStore", delay: float, slots: int, seconds: float) -> dict[str, Any]:
    """Two rounds, the second in turned order; then the second run, then the seeds' loop."""
    count = enough(seconds, delay, slots)
    rounds: list[dict[str, Any]] = []
    with serving(delay, slots) as server:

        def ours(remarks: Sequence[str]) -> Asking:
            return ask(store, [server.url], remarks, slots)

        def bare(remarks: Sequence[str]) -> Timed:
            return saturate(server.url, remarks, slots + 1)

        first, other = invented(count), invented(count, first=count)
        plain, told = bare(first), ours(first)
        rounds.append(compared("one server, round 1", told, [plain]))
        told, plain = ours(other), bare(other)
        rounds.append(compared("one server, round 2", told, [plain]))
        arrived = server.arrived()
        again = ours([*first, *other])
        repeated = server.arrived() - arrived
        loop = saturate(server.url, first[: enough(seconds / 2, delay, 1)], 1)
    assert again.calls == repeated, "our count of calls is not the server's"
    say(f"second run: {repeated} calls for {2 * count} texts; seeds' loop {loop.per_second:.2f}/s")
    return {
        "ratio": overall(rounds),
        "calls_second_run": repeated,
        "second_run_texts": 2 * count,
        "second_run_seconds": round(again.timed.seconds, 2),
        "delay_s": delay,
        "slots": slots,
        "rounds": rounds,
        "seed_loop_per_s": round(loop.per_second, 3),
    }


def three_servers(store: "MongoStore", seconds: float) -> dict[str, Any]:
    """Bare, ours three times as long, bare. Slots are found out by the pipeline itself."""
    count = round(3 * seconds * sum(slots / delay for delay, slots in THREE))
    remarks = invented(count, first=100_000)
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(*kind)) for kind in THREE]
        before = saturate_all(servers, seconds)
        told = ask(store, [server.url for server in servers], remarks, None)
        after = saturate_all(servers, seconds)
    bare = [joined(pair) for pair in zip(before, after, strict=True)]
    drift = [b.per_second / a.per_second for a, b in zip(before, after, strict=True)]
    row = compared("three servers", told, bare)
    return {
        "kinds": [{"delay_s": delay, "slots": slots} for delay, slots in THREE],
        **row,
        "bare_each_per_s": [round(one.per_second, 3) for one in bare],
        "bare_after_to_before": [round(ratio, 4) for ratio in drift],
    }


def slow_server(store: "MongoStore", seconds: float) -> dict[str, Any]:
    """One server that needs 7 s a request and takes one at a time, ten times faster.

    Only then is it quick enough to be sent a request ahead (`pacing.AHEAD_BELOW_S`): its latencies
    are of two turns, and the way there and back weighs ten times as much as at 7 s.
    """
    delay = 7 / SCALE
    remarks = invented(enough(seconds, delay, 1), first=200_000)
    with serving(delay, 1) as server:
        told = ask(store, [server.url], remarks, 1)
    per_hour = told.timed.per_second * 3600 / SCALE
    most = 3600 / 7
    say(f"7 s a request: {per_hour:.0f}/hour of {most:.0f}, floor {FLOOR_PER_HOUR}")
    return {
        "run_at_delay_s": delay,
        "scaled_by": SCALE,
        "requests_per_hour": round(per_hour, 1),
        "floor": FLOOR_PER_HOUR,
        "most_possible": round(most, 1),
        "usd_per_property": round(told.told["usd_per_call"] * SCALE, 8),
        **told.told,
    }


def measure_rules(path: Path) -> dict[str, Any]:
    """Every remark through the rules, and each result through the contract of `Facts`."""
    from phoenix_re.enrich.facts import Facts
    from phoenix_re.enrich.rules import EXTRACTOR_VERSION, extract
    from phoenix_re.markets import load_markets

    remarks = read_remarks(path) if path.exists() else invented(5000)
    words = load_markets()["aus"].terminology
    times: list[float] = []
    for _ in range(RULES_PASSES):
        began = time.process_time()
        for text in remarks:
            extract(text, words)
        times.append(time.process_time() - began)
    stated = exact = invalid = 0
    for text in remarks:
        found = extract(text, words)
        try:
            Facts(text, EXTRACTOR_VERSION, found)
        except ValueError as problem:  # state, value or evidence break the contract of a field
            invalid += 1
            say(f"invalid: {problem}")
        quotes = [fact.evidence for fact in found.values() if fact.evidence is not None]
        stated += len(quotes)
        exact += sum(str(quote) in text for quote in quotes)
    speeds = sorted(len(remarks) / seconds for seconds in times)
    say(f"rules: {speeds[1]:,.0f} remarks/s of {len(remarks):,}; {exact:,}/{stated:,} exact")
    return {
        "remarks_per_s": round(speeds[1], 1),
        "of_three_passes": [round(speed, 1) for speed in speeds],
        "source": path.name if path.exists() else "invented",
        "remarks": len(remarks),
        "invalid": invalid,
        "facts_stated": stated,
        "evidence_exact": exact,
    }


def read_remarks(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["description"] for row in csv.DictReader(file) if row["description"].strip()]


# ── ours ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Asking:
    """One inquiry. `told` is for `details`."""

    timed: Timed
    calls: int
    told: dict[str, Any]


def ask(
    store: "MongoStore", urls: Sequence[str], remarks: Sequence[str], slots: int | None
) -> Asking:
    """The pipeline's way, ZIP by ZIP. Every answer must have been read, with all its claims."""
    from phoenix_re.sandbox import mongo_server

    server = mongo_server.running()
    assert server is not None
    database = psutil.Process(server.pid)
    opening = time.perf_counter()
    with inquiry(store, urls, slots) as run:
        opened = time.perf_counter()
        at, cpu, db_cpu = datetime.now(UTC), time.process_time(), busy_seconds(database)
        pending = [run.ask(remarks[i : i + IN_ZIP]) for i in range(0, len(remarks), IN_ZIP)]
        read = {text: one for zip_code in pending for text, one in zip_code.result().items()}
        seconds = time.perf_counter() - opened
        cpu, db_cpu = time.process_time() - cpu, busy_seconds(database) - db_cpu
        report = run.report()
    for text, one in read.items():
        assert one.claims, one.why
        assert len(one.claims.facts) == sum(said in text for said in SAID), one.claims
    answers = list(store.db["answers"].find({"at": {"$gte": at}}, {"at": 1, "seconds": 1}))
    took = [one["seconds"] for one in answers] or [0.0]
    cuts = quantiles([*took, took[0]], n=20, method="inclusive")
    calls = report["figures"].get("calls", 0)
    return Asking(
        Timed(seconds, [(one["at"] - at).total_seconds() for one in answers]),
        calls,
        {
            "texts": len(read),
            "calls": calls,
            "p50_s": round(cuts[9], 4),
            "p95_s": round(cuts[18], 4),
            "warm_up_s": round(opened - opening, 2),
            "our_cpu_ms_per_text": round(1000 * cpu / len(read), 2),
            "mongo_cpu_ms_per_text": round(1000 * db_cpu / len(read), 2),
            "usd_per_call": report["figures"].get("usd_per_call", 0.0),
            "batches": report["batches"],
            "calls_by_server": [status["calls"] for status in report["servers"]],
        },
    )


@contextmanager
def inquiry(store: "MongoStore", urls: Sequence[str], slots: int | None) -> "Iterator[Inquiry]":
    """As `resources/language_model.open_inquiry` opens it, of machines that are not this one."""
    from phoenix_re.collect.clock import SystemClock
    from phoenix_re.enrich.allowance import Allowance
    from phoenix_re.enrich.answers import Answers, Asked
    from phoenix_re.enrich.asking import Inquiry
    from phoenix_re.enrich.batches import BatchPlans
    from phoenix_re.enrich.model.prompt import load_prompt
    from phoenix_re.enrich.model.servers import Servers
    from phoenix_re.enrich.pacing import Pacing
    from phoenix_re.markets import load_markets

    market, clock, prompt = load_markets()[MARKET], SystemClock(), load_prompt()
    servers = Servers(urls, MODEL, slots=slots)
    servers.warm()
    asked = Asked(prompt.version, prompt.schema_version, MODEL, next(iter(servers.digests())))
    with Inquiry(
        Pacing(servers, BatchPlans(store), clock, time.monotonic, pressure=lambda: ""),
        prompt,
        Answers(store, clock, asked),
        Allowance(store, market, clock),
        clock,
        terminology=market.terminology,
        night=True,
    ) as opened:
        yield opened


def busy_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def compared(name: str, ours: Asking, bare: Sequence[Timed]) -> dict[str, Any]:
    """The pipeline beside the bare client; where several were measured, beside their sum."""
    most = sum(one.per_second for one in bare)
    row = {
        "ratio": round(ours.timed.per_second / most, 4),
        "pipeline_per_s": round(ours.timed.per_second, 3),
        "bare_per_s": round(most, 3),
        "pipeline_seconds": round(ours.timed.seconds, 2),
        "edges": round(ours.timed.edges, 4),
        "load": round(os.getloadavg()[0], 2),
        **ours.told,
    }
    say(f"{name}: {row['pipeline_per_s']}/s of {row['bare_per_s']}/s, ratio {row['ratio']:.4f}")
    return row


def overall(rounds: Sequence[dict[str, Any]]) -> float:
    """As if all rounds were one: each of the same requests."""
    ours = sum(1 / one["pipeline_per_s"] for one in rounds)
    bare = sum(1 / one["bare_per_s"] for one in rounds)
    return round(bare / ours, 4)


# ── what is printed ────────────────────────────────────────────────────────────────────────────


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def show(figures: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    details = figures["details"]
    one, three, slow = details["one_server"], details["three_servers"], details["server_of_7_s"]
    table = Table("", "pipeline/s", "bare/s", "ratio", "edges", "load")
    names = ("one server, first round", "one server, second round", "three servers")
    for name, row in zip(names, [*one["rounds"], three], strict=True):
        rates = [f"{row[key]:.2f}" for key in ("pipeline_per_s", "bare_per_s")]
        table.add_row(name, *rates, f"{row['ratio']:.4f}", f"{row['edges']:.1%}", f"{row['load']}")
    table.add_row("one server, seeds' loop", f"{one['seed_loop_per_s']:.2f}")
    console = Console()
    console.print(table)
    rules = details["rules"]
    kinds = ", ".join(f"{kind['delay_s']} s × {kind['slots']}" for kind in three["kinds"])
    for line in (
        f"seconds a request × at once: {one['delay_s']} s × {one['slots']}; three: {kinds}",
        f"ratio: one server {figures['ratio_one_server']}, three {figures['ratio_three_servers']}",
        f"second run over {one['second_run_texts']} texts: {figures['calls_second_run']} calls",
        f"7 s a request: {slow['requests_per_hour']:.0f} an hour (floor {slow['floor']}), "
        f"${slow['usd_per_property']:.6f} a property",
        f"CPU a text: ours {three['our_cpu_ms_per_text']} ms, embedded MongoDB's "
        f"{three['mongo_cpu_ms_per_text']} ms",
        f"rules: {figures['rules_remarks_per_s']:,.0f} remarks/s of one core",
        f"rules: {rules['invalid']} of {rules['remarks']:,} invalid, evidence exact in "
        f"{rules['evidence_exact']:,} of {rules['facts_stated']:,} ({rules['source']})",
        f"{details['seconds']:.0f} s in all",
    ):
        console.print(line, highlight=False)


if __name__ == "__main__":
    main()
