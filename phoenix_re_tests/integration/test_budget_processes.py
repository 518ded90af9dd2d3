"""Caps on a real server: one caller against a model, and eight processes against one cap."""

import itertools
import json
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phoenix_re.collect.budget import Budget, Reservation
from phoenix_re.collect.caps import CapReport
from phoenix_re.collect.clock import SystemClock
from phoenix_re.collect.errors import BudgetExceeded, QuotaExceeded
from phoenix_re.mongo import MongoStore
from phoenix_re.storage import SPENDING
from phoenix_re_tests.collect.budgets import market_with
from phoenix_re_tests.fake_clock import FakeClock

pytestmark = pytest.mark.integration

CENT = Decimal("0.01")
NOVEMBER = datetime(2026, 11, 30, 23, 59, 30, tzinfo=UTC)


@contextmanager
def fresh(uri: str) -> Iterator[MongoStore]:
    store = MongoStore(uri, f"test_{uuid.uuid4().hex[:12]}")
    yield store
    store.client.drop_database(store.db.name)


def row(budget: Budget, market, title: str) -> CapReport:
    return next(row for row in budget.report(market) if row.cap == title)


# ── one caller ──────────────────────────────────────────────────────────────────────────────────


def test_a_call_is_reserved_then_settled_by_what_it_cost(store: MongoStore) -> None:
    market = market_with(zillow={"monthly_budget_usd": 1, "price_per_call_usd": "0.01"})
    budget = Budget(store, FakeClock(NOVEMBER))
    reservation = budget.reserve("zillow", market, CENT)
    before = row(budget, market, "zillow in phx")
    assert (before.spent, before.unsettled, before.unsettled_since) == (0, CENT, NOVEMBER)
    reservation.settle(Decimal("0.007"))
    after = row(budget, market, "zillow in phx")
    assert (after.spent, after.unsettled, after.unsettled_since) == (Decimal("0.007"), 0, None)
    assert row(budget, market, "all markets").spent == Decimal("0.007")


def test_a_refunded_call_costs_neither_money_nor_quota(store: MongoStore) -> None:
    market = market_with(rentals={"monthly_budget_usd": 1, "requests_per_month": 1})
    budget = Budget(store, FakeClock())
    budget.reserve("rentals", market, CENT).refund()
    assert {r.spent + r.unsettled for r in budget.report(market)} == {Decimal(0)}
    budget.reserve("rentals", market, CENT)


def test_a_reservation_ends_once(store: MongoStore) -> None:
    market = market_with(zillow={"monthly_budget_usd": 1})
    reservation = Budget(store, FakeClock()).reserve("zillow", market, CENT)
    with pytest.raises(ValueError, match="cannot cost -1"):
        reservation.settle(Decimal(-1))
    reservation.settle(CENT)
    with pytest.raises(RuntimeError, match="settled or refunded before"):
        reservation.refund()
    assert row(Budget(store, FakeClock()), market, "zillow in phx").spent == CENT


def test_a_free_call_needs_no_round_trip_and_no_cap(store: MongoStore) -> None:
    market = market_with(budget=0)
    budget = Budget(store, FakeClock())
    budget.reserve("zillow", market, Decimal(0)).settle(Decimal(0))
    assert store.db[SPENDING].find_one() is None


def test_a_free_call_that_cost_something_is_recorded(store: MongoStore) -> None:
    market = market_with(zillow={"monthly_budget_usd": 1})
    budget = Budget(store, FakeClock())
    budget.reserve("zillow", market, Decimal(0)).settle(CENT)
    assert row(budget, market, "zillow in phx").spent == CENT


def test_a_free_call_still_counts_against_the_plan(store: MongoStore) -> None:
    market = market_with(rentals={"requests_per_month": 2})
    other = market_with("tuc", rentals={"requests_per_month": 2})  # the same key
    budget = Budget(store, FakeClock(NOVEMBER))
    budget.reserve("rentals", market, Decimal(0)).settle(Decimal(0))
    budget.reserve("rentals", other, Decimal(0))
    with pytest.raises(QuotaExceeded, match="2 calls a month") as caught:
        budget.reserve("rentals", market, Decimal(0))
    assert caught.value.until == datetime(2026, 12, 1, tzinfo=UTC)
    calls = row(budget, market, "calls of rentals")
    assert (calls.unit, calls.spent, calls.unsettled, calls.state) == ("calls", 1, 1, "stopped")


def test_a_source_without_a_budget_may_not_cost_anything(store: MongoStore) -> None:
    with pytest.raises(BudgetExceeded, match=r"the cap of \$0.00 a month for zillow in phx"):
        Budget(store, FakeClock()).reserve("zillow", market_with(), CENT)


def test_a_cap_that_refuses_leaves_the_others_as_they_were(store: MongoStore) -> None:
    market = market_with(zillow={"monthly_budget_usd": 5, "requests_per_month": 50})
    budget = Budget(store, FakeClock(), overall_usd=Decimal("0.015"))
    budget.reserve("zillow", market, CENT).settle(CENT)
    with pytest.raises(BudgetExceeded, match=r"for all markets.*PHOENIX_RE_BUDGET_USD"):
        budget.reserve("zillow", market, CENT)
    rows = {r.cap: r.spent + r.unsettled for r in budget.report(market)}
    assert rows.pop("calls of zillow") == 1
    assert set(rows.values()) == {CENT}


def test_an_overrun_is_recorded_and_stops_the_source(store: MongoStore) -> None:
    market = market_with(zillow={"monthly_budget_usd": 1})
    budget = Budget(store, FakeClock())
    budget.reserve("zillow", market, CENT).settle(Decimal("1.20"))
    assert row(budget, market, "zillow in phx").spent == Decimal("1.20")
    assert row(budget, market, "zillow in phx").state == "stopped"
    with pytest.raises(BudgetExceeded, match=r"\$1.20 is spent"):
        budget.reserve("zillow", market, CENT)


def test_each_cap_that_passes_80_percent_is_told_once(store: MongoStore) -> None:
    market = market_with(zillow={"monthly_budget_usd": 1})
    clock = FakeClock()
    tenth = Decimal("0.1")
    made = [Budget(store, clock).reserve("zillow", market, tenth) for _ in range(10)]
    told = [reservation.warnings for reservation in made]
    assert [len(warnings) for warnings in told] == [0] * 7 + [1, 0, 0]
    assert told[7] == ["zillow in phx: $0.80 of $1.00 a month is spent or reserved"]
    made[-1].refund()
    raised = market_with(zillow={"monthly_budget_usd": "1.1"})
    assert Budget(store, clock).reserve("zillow", raised, tenth).warnings  # 80 % of another cap


def test_fees_count_from_the_start_also_of_markets_that_nobody_uses(store: MongoStore) -> None:
    phx = market_with(zillow={"monthly_budget_usd": 5, "fixed_usd_monthly": 4})
    tuc = market_with("tuc", zillow={"fixed_usd_monthly": 10})
    off = market_with("las", zillow={"fixed_usd_monthly": 9, "enabled": False})
    budget = Budget(store, FakeClock(), overall_usd=Decimal(15), markets=[tuc, off])
    budget.reserve("zillow", phx, Decimal(1)).settle(Decimal(1))
    assert row(budget, phx, "market phx").spent == Decimal(5)
    assert row(budget, phx, "market phx").fees == Decimal(4)
    assert row(budget, phx, "all markets").fees == Decimal(14)
    with pytest.raises(BudgetExceeded, match="for all markets"):
        Budget(store, FakeClock(), Decimal(15), [tuc, off]).reserve("zillow", phx, CENT)
    cheaper = market_with("tuc", zillow={"fixed_usd_monthly": 3})
    Budget(store, FakeClock(), Decimal(15), [cheaper]).reserve("zillow", phx, CENT)
    assert row(budget, phx, "all markets").fees == Decimal(7)


def test_a_month_starts_anew_and_what_began_in_the_old_one_ends_there(store: MongoStore) -> None:
    market = market_with(zillow={"monthly_budget_usd": "0.01"})
    clock = FakeClock(NOVEMBER)
    budget = Budget(store, clock)
    late = budget.reserve("zillow", market, CENT)
    with pytest.raises(BudgetExceeded):
        budget.reserve("zillow", market, CENT)
    clock.advance(minutes=1)
    budget.reserve("zillow", market, CENT)
    late.settle(Decimal("0.004"))
    spent = {d["_id"]: d["caps"]["overall"]["taken"] for d in store.db[SPENDING].find()}
    assert spent == {"2026-11": 4_000_000, "2026-12": 10_000_000}


# ── a model ─────────────────────────────────────────────────────────────────────────────────────

MODEL_MARKETS = (
    market_with(
        "phx",
        budget="0.05",
        zillow={"monthly_budget_usd": "0.03", "requests_per_month": 9},
        rentals={"monthly_budget_usd": "0.02"},
    ),
    market_with(
        "tuc",
        budget="0.04",
        zillow={"monthly_budget_usd": "0.02", "requests_per_month": 9, "fixed_usd_monthly": "0.01"},
        rentals={"monthly_budget_usd": "0.01"},
    ),
)
MODEL_OVERALL = Decimal("0.06")
PRICES = [Decimal(p) for p in ("0", "0.000000001", "0.0033", "0.005", "0.01", "0.05")]


@dataclass
class Model:
    """The same rules, with sets and sums over every call ever made."""

    calls: list[dict] = field(default_factory=list)  # source, market, usd, calls
    fees: dict[str, Decimal] = field(default_factory=dict)

    def taken(self, **where: str) -> Decimal:
        fits = [c for c in self.calls if all(c[k] == v for k, v in where.items())]
        return sum((c["usd"] for c in fits), Decimal(0))

    def room(self, source: str, market, usd: Decimal) -> bool:
        code, quota = market.code, market.sources[source].requests_per_month
        made = sum(c["calls"] for c in self.calls if c["source"] == source)
        if quota is not None and made + 1 > quota:
            return False
        if not usd:
            return True
        fees = self.fees | {code: sum(s.fixed_usd_monthly for s in market.sources.values())}
        return (
            self.taken(source=source, market=code) + usd
            <= market.sources[source].monthly_budget_usd
            and self.taken(market=code) + fees[code] + usd <= market.budget_usd_monthly
            and self.taken() + sum(fees.values()) + usd <= MODEL_OVERALL
        )


STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("reserve"),
            st.sampled_from(["zillow", "rentals"]),
            st.sampled_from(MODEL_MARKETS),
            st.sampled_from(PRICES),
        ),
        st.tuples(st.just("settle"), st.integers(0, 9), st.sampled_from(PRICES)),
        st.tuples(st.just("refund"), st.integers(0, 9)),
        st.tuples(st.just("kill"), st.integers(0, 9)),
        st.tuples(st.just("restart")),
    ),
    max_size=25,
)


@settings(max_examples=60)
@given(steps=STEPS)
def test_whatever_happens_the_books_agree_with_a_model(mongo_uri: str, steps: list) -> None:
    model = Model()
    pending: list[tuple[Reservation, dict]] = []
    killed: list[dict] = []
    with fresh(mongo_uri) as store:
        budget = Budget(store, FakeClock(), MODEL_OVERALL)
        for name, *what in steps:
            if name == "reserve":
                source, market, usd = what
                fits = model.room(source, market, usd)
                if usd or market.sources[source].requests_per_month:
                    model.fees[market.code] = sum(
                        (s.fixed_usd_monthly for s in market.sources.values()), Decimal(0)
                    )
                try:
                    reservation = budget.reserve(source, market, usd)
                except (BudgetExceeded, QuotaExceeded):
                    assert not fits
                    continue
                assert fits
                quota = market.sources[source].requests_per_month
                call = {"source": source, "market": market.code, "usd": usd}
                call["calls"] = 0 if quota is None else 1
                model.calls.append(call)
                pending.append((reservation, call))
            elif name == "restart":
                budget = Budget(store, FakeClock(), MODEL_OVERALL)
            elif pending:
                reservation, call = pending.pop(what[0] % len(pending))
                if name == "settle":
                    reservation.settle(what[1])
                    call["usd"] = what[1]
                elif name == "refund":
                    reservation.refund()
                    model.calls.remove(call)
                else:
                    killed.append(call)
        unsettled = [*killed, *(call for _, call in pending)]
        for market in MODEL_MARKETS:
            model.fees[market.code] = sum(
                (s.fixed_usd_monthly for s in market.sources.values()), Decimal(0)
            )
            budget.report(market)  # counts the fees of both
        for market in MODEL_MARKETS:
            rows = {r.cap: r for r in budget.report(market)}
            code = market.code
            overall, own = rows["all markets"], rows[f"market {code}"]
            assert overall.spent + overall.unsettled == model.taken() + sum(model.fees.values())
            assert overall.unsettled == sum(c["usd"] for c in unsettled)
            assert own.spent + own.unsettled == model.taken(market=code) + model.fees[code]
            for source in market.sources:
                found = rows[f"{source} in {code}"]
                assert found.spent + found.unsettled == model.taken(market=code, source=source)
            calls = rows["calls of zillow"]
            assert calls.spent + calls.unsettled == sum(
                c["calls"] for c in model.calls if c["source"] == "zillow"
            )


# ── processes ───────────────────────────────────────────────────────────────────────────────────


def spend(uri: str, database: str, sources: list[str], codes: list[str], dies: bool) -> None:
    """A process: calls at $0.01 until it is refused. Writes how many calls it made, then why."""
    markets = [market_with(code, **MANY_SOURCES) for code in codes]
    budget = Budget(MongoStore(uri, database), SystemClock(), Decimal(1))
    print("ready", flush=True)
    sys.stdin.readline()
    for made in itertools.count():
        source, market = sources[made % len(sources)], markets[made % len(markets)]
        try:
            reservation = budget.reserve(source, market, CENT)
        except BudgetExceeded as error:
            print(json.dumps({"made": made, "why": str(error)}), flush=True)
            return
        print(made + 1, flush=True)
        if dies and made + 1 == 3:
            time.sleep(600)  # under way when it is killed
        reservation.settle(CENT)


MANY_SOURCES: dict[str, Any] = {
    name: {"monthly_budget_usd": 3, "price_per_call_usd": "0.01"}
    for name in ("zillow", "rentals", "reso_feed")
}


def started(store: MongoStore, sources: list[str], codes: list[str], dies: bool = False):
    call = f"spend({store.uri!r}, {store.db.name!r}, {sources}, {codes}, {dies})"
    return subprocess.Popen(
        [sys.executable, "-c", f"from {__name__} import spend; {call}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def line_of(process: subprocess.Popen) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def let_go(processes: list[subprocess.Popen]) -> None:
    for process in processes:
        assert line_of(process) == "ready"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def outcome(process: subprocess.Popen) -> dict:
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return json.loads(output.strip().splitlines()[-1])


def test_eight_processes_and_a_dollar_make_exactly_100_calls_of_a_cent(store: MongoStore) -> None:
    processes = [started(store, ["zillow"], ["phx"]) for _ in range(8)]
    let_go(processes)
    outcomes = [outcome(process) for process in processes]
    assert sum(found["made"] for found in outcomes) == 100
    assert all("for all markets" in found["why"] for found in outcomes)
    assert sum(found["made"] > 0 for found in outcomes) >= 2, "they did not spend side by side"
    rows = Budget(store, SystemClock(), Decimal(1)).report(market_with("phx", **MANY_SOURCES))
    assert rows[-1].spent == Decimal(1)
    assert rows[-1].unsettled == 0
    assert rows[-1].state == "stopped"


def test_one_overall_cap_holds_over_several_sources_and_markets(store: MongoStore) -> None:
    plans = [
        (["zillow", "rentals"], ["phx", "tuc"]),
        (["rentals"], ["phx"]),
        (["reso_feed", "zillow"], ["las"]),
        (["zillow"], ["tuc", "las"]),
    ]
    processes = [started(store, *plans[n % len(plans)]) for n in range(8)]
    let_go(processes)
    assert sum(outcome(process)["made"] for process in processes) == 100
    markets = [market_with(code, **MANY_SOURCES) for code in ("phx", "tuc", "las")]
    budget = Budget(store, SystemClock(), Decimal(1))
    assert sum(row(budget, m, f"market {m.code}").spent for m in markets) == Decimal(1)


def test_killed_processes_leave_what_they_reserved_counted_and_visible(store: MongoStore) -> None:
    processes = [started(store, ["zillow"], ["phx"], dies=n < 3) for n in range(8)]
    let_go(processes)
    doomed, others = processes[:3], processes[3:]
    under_way = 0
    for process in doomed:
        made = 0
        while made < 3:  # refused before, where the others were quicker
            said = line_of(process)
            if not said.isdigit():
                break
            made = int(said)
        under_way += made == 3
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert sum(outcome(process)["made"] for process in others) <= 100
    rows = Budget(store, SystemClock(), Decimal(1)).report(market_with("phx", **MANY_SOURCES))
    assert under_way > 0, "no process died in the middle of a call"
    assert rows[-1].unsettled == under_way * CENT
    assert rows[-1].unsettled_since is not None
    assert rows[-1].spent + rows[-1].unsettled == Decimal(1)
