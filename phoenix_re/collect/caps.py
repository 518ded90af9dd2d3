"""Caps of a month: which bear on a call, how full they are, and what is said about them.

Pure: a cap is read out of the month's document (`budget.py`, where amounts are taken and given
back), and limits come from the market files. Amounts are nano-dollars (1e-9 USD), or calls.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any, Literal

from phoenix_re.collect.errors import BudgetExceeded, QuotaExceeded, SourceOut
from phoenix_re.markets import Market

NANO = 10**9  # nano-dollars in a dollar
GIGABYTE = 10**9  # bytes
WARN_AT = 0.8  # share of a cap

Document = Mapping[str, Any]
State = Literal["ok", "warn", "stopped"]


def nano(usd: Decimal) -> int:
    """Nano-dollars; a fraction of one counts as one."""
    return int((usd * NANO).to_integral_value(ROUND_CEILING))


def usd_of_bytes(price_per_gb_usd: Decimal, count: int) -> Decimal:
    """What `count` bytes cost at a price per gigabyte (1e9 bytes)."""
    return price_per_gb_usd * count / GIGABYTE


@dataclass(frozen=True, slots=True)
class Cap:
    """Where an amount is counted, and how much it may become: nano-dollars, or calls."""

    key: str
    title: str
    limit: int
    amount: int
    setting: str  # where the operator raises it

    @property
    def counts_calls(self) -> bool:
        return self.key.startswith("calls:")

    def taken(self, document: Document) -> int:
        return document.get("caps", {}).get(self.key, {}).get("taken", 0)

    def has_room(self, document: Document) -> bool:
        return self.taken(document) + self.amount <= self.limit

    def covers(self, entry: Document) -> bool:
        """Whether an open reservation counts against this cap."""
        kind, *names = self.key.split(":")
        return {
            "calls": names == [entry["source"]],
            "source": names == [entry["source"], entry["market"]],
            "market": names == [entry["market"]],
            "overall": True,
        }[kind]

    def warning(self, document: Document) -> str:
        return (
            f"{self.title}: {self.said(self.taken(document))} of {self.said(self.limit)} a month "
            "is spent or reserved"
        )

    def in_units(self, amount: int) -> Decimal:
        """Calls, or dollars."""
        return Decimal(amount) if self.counts_calls else Decimal(amount) / NANO

    def said(self, amount: int) -> str:
        if self.counts_calls:
            return f"{amount} calls"
        dollars = self.in_units(amount)
        cents = f"{dollars:.2f}"
        return f"${cents if Decimal(cents) == dollars else f'{dollars.normalize():f}'}"


@dataclass(frozen=True, slots=True)
class CapReport:
    """A cap as it stands. All amounts are dollars, or calls where `unit` says so."""

    cap: str  # "zillow in phx", "market phx", "all markets", "calls of zillow"
    unit: Literal["usd", "calls"]
    limit: Decimal
    spent: Decimal  # settled, and fees
    unsettled: Decimal  # reserved by calls under way, or by processes that died
    unsettled_since: datetime | None  # the oldest of them, UTC; long ago: its process died
    fees: Decimal  # of `spent`: fixed monthly fees
    share: float  # of the limit that is spent or unsettled
    state: State


def caps_of_call(source: str, market: Market, amount: int, overall: int) -> list[Cap]:
    """Narrowest first: the first that is full is the one to name."""
    settings = market.sources[source]
    money = Cap(
        key=f"source:{source}:{market.code}",
        title=f"{source} in {market.code}",
        limit=nano(settings.monthly_budget_usd),
        amount=amount,
        setting=f"sources.{source}.monthly_budget_usd of the market file {market.code}.yaml",
    )
    caps = [money, *shared_caps(market, amount, overall)]
    if settings.requests_per_month is None:
        return caps
    quota = Cap(
        key=f"calls:{source}",  # a plan belongs to a key, and the markets share the key
        title=f"calls of {source}",
        limit=settings.requests_per_month,
        amount=1,
        setting=f"sources.{source}.requests_per_month if the plan allows more",
    )
    return [quota, *caps]


def shared_caps(market: Market, amount: int, overall: int) -> list[Cap]:
    return [
        Cap(
            key=f"market:{market.code}",
            title=f"market {market.code}",
            limit=nano(market.budget_usd_monthly),
            amount=amount,
            setting=f"budget_usd_monthly of the market file {market.code}.yaml",
        ),
        Cap(
            key="overall",
            title="all markets",
            limit=overall,
            amount=amount,
            setting="PHOENIX_RE_BUDGET_USD",
        ),
    ]


def row_of(cap: Cap, document: Document, market: str) -> CapReport:
    taken = cap.taken(document)
    pending = [entry for entry in document.get("open", {}).values() if cap.covers(entry)]
    unsettled = sum(entry["calls" if cap.counts_calls else "usd"] for entry in pending)
    fees = 0
    if cap.key == "overall":
        fees = sum(document.get("fees", {}).values())
    elif cap.key == f"market:{market}":
        fees = document.get("fees", {}).get(market, 0)
    share = taken / cap.limit if cap.limit else 1.0
    state: State = "warn" if share >= WARN_AT else "ok"
    if taken >= cap.limit or not cap.has_room(document):
        state = "stopped"
    return CapReport(
        cap=cap.title,
        unit="calls" if cap.counts_calls else "usd",
        limit=cap.in_units(cap.limit),
        spent=cap.in_units(taken - unsettled),
        unsettled=cap.in_units(unsettled),
        unsettled_since=min((entry["at"] for entry in pending), default=None),
        fees=cap.in_units(fees),
        share=share,
        state=state,
    )


def refusal(source: str, cap: Cap, document: Document, until: datetime) -> SourceOut:
    anew = f"It starts anew on {until:%Y-%m-%d} (UTC); to go on before, raise {cap.setting}."
    if cap.counts_calls:
        used = f"the {cap.limit} calls a month of its plan are used up, in all markets together."
        return QuotaExceeded(source, f"{used} {anew}", until)
    return BudgetExceeded(
        source,
        f"the cap of {cap.said(cap.limit)} a month for {cap.title} has no room for a call of "
        f"{cap.said(cap.amount)} ({cap.said(cap.taken(document))} is spent or reserved). {anew}",
        until,
    )


def next_month(now: datetime) -> datetime:
    year, month = divmod(now.year * 12 + now.month, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)
