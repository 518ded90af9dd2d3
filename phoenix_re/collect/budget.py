"""Money and quotas, reserved before a call and settled after it: no cap can be passed.

One document of `spending` per UTC month holds all caps, so that a call is reserved in each of them
or in none by a single atomic update, whoever else spends at that moment:

    {_id: "2026-11",
     caps: {"source:zillow:phx": {taken, told}, "market:phx": …, "overall": …, "calls:zillow": …},
     open: {<reservation>: {source, market, usd, at}},
     fees: {phx: …}}

`taken` is what is spent or reserved, in nano-dollars (1e-9 USD) or calls; `open` are reservations
that nobody has settled, their makers being under way or dead: they stay counted. `told` is the
limit at whose 80 % somebody was warned.

Which caps there are and what is said of them is in `caps.py`; when a source may be asked, in
`rate_limit.py`; what a call cost is the caller's to say.
"""

import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Protocol

from bson.int64 import Int64
from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from phoenix_re.collect.caps import (
    WARN_AT,
    Cap,
    CapReport,
    caps_of_call,
    nano,
    next_month,
    refusal,
    row_of,
    shared_caps,
)
from phoenix_re.collect.clock import Clock
from phoenix_re.markets import Market
from phoenix_re.storage import SPENDING

OVERALL_USD = Decimal(25)
ZERO = Decimal(0)

Document = dict[str, Any]


class Store(Protocol):
    """What the budget needs of the database (`mongo.MongoStore` has it)."""

    db: Database[Document]


class Reservation:
    """Money and a call set aside. End it once, by `settle` or `refund`; else it stays counted.

    `warnings`: sentences for the operator on caps that passed 80 %, each told to one caller only.
    """

    def __init__(self, budget: "Budget", month: str, caps: list[Cap], name: str | None) -> None:
        self.warnings: list[str] = []
        self._budget = budget
        self._month = month
        self._caps = caps
        self._name = name  # None: nothing was to be reserved
        self._ended = False

    def settle(self, usd: Decimal) -> None:
        """The call cost so much. More than reserved is recorded as it is; where that passes a cap,
        no further call is let through."""
        if usd < 0:
            raise ValueError(f"a call cannot cost {usd} dollars")
        self._end(nano(usd), calls=1)

    def refund(self) -> None:
        """The call was not made, or is not billed: neither money nor call is counted."""
        self._end(0, calls=0)

    def _end(self, cost: int, calls: int) -> None:
        if self._ended:
            raise RuntimeError("this reservation has been settled or refunded before")
        changes = {
            cap.key: (calls if cap.counts_calls else cost) - cap.amount for cap in self._caps
        }
        self._budget._end(self._month, self._name, changes)
        self._ended = True


class Budget:
    """All spending of all markets. Share one among threads; processes and machines need no more
    than the same store.

    `markets`: those whose fixed fees count against the overall cap although nobody has used them
    this month. A market that is used always counts.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        overall_usd: Decimal = OVERALL_USD,
        markets: Iterable[Market] = (),
    ) -> None:
        self._spending = store.db[SPENDING]
        self._clock = clock
        self._overall = nano(overall_usd)
        self._markets = [market for market in markets if market.enabled]
        self._posted: set[tuple[str, str, int]] = set()  # (month, market, fee), by this process

    def reserve(self, source: str, market: Market, usd: Decimal) -> Reservation:
        """Set aside `usd` (the most that the call may cost) and one call of the month's quota.

        Raises `BudgetExceeded` or `QuotaExceeded`; then nothing is reserved anywhere. A price of
        zero touches no money cap.
        """
        if usd < 0:
            raise ValueError(f"a call cannot cost {usd} dollars")
        now = self._clock.now()
        month = f"{now:%Y-%m}"
        caps = caps_of_call(source, market, nano(usd), self._overall)
        counted = [cap for cap in caps if cap.amount]
        if not counted:
            return Reservation(self, month, caps, None)
        self._open(month, market)
        name = uuid.uuid4().hex
        entry = {
            "source": source,
            "market": market.code,
            "usd": Int64(nano(usd)),
            "calls": sum(cap.amount for cap in counted if cap.counts_calls),
            "at": now,
        }
        while (document := self._taken(month, counted, name, entry)) is None:
            document = self._document(month)
            if name in document.get("open", {}):  # a write that was sent twice had been done
                break
            if full := next((cap for cap in counted if not cap.has_room(document)), None):
                raise refusal(source, full, document, next_month(now))
            if not document:  # somebody emptied the collection under us
                self._posted.clear()
                self._open(month, market)
        reservation = Reservation(self, month, caps, name)
        reservation.warnings = [
            cap.warning(document) for cap in counted if self._is_news(month, cap, document)
        ]
        return reservation

    def report(self, market: Market) -> list[CapReport]:
        """Every cap that bears on the market this month (UTC): sources, market, all markets."""
        month = f"{self._clock.now():%Y-%m}"
        self._open(month, market)
        document = self._document(month)
        caps: list[Cap] = []
        for name in market.sources_in_order:
            price = nano(market.sources[name].price_per_call_usd or Decimal(0))
            *own, _, _ = caps_of_call(name, market, price, self._overall)
            caps += [cap for cap in own if cap.limit or cap.amount or cap.taken(document)]
        caps += shared_caps(market, 0, self._overall)
        return [row_of(cap, document, market.code) for cap in caps]

    # ── the month's document ────────────────────────────────────────────────────────────────────

    def _document(self, month: str) -> Document:
        return self._spending.find_one({"_id": month}) or {}

    def _taken(self, month: str, caps: list[Cap], name: str, entry: Document) -> Document | None:
        """Take the amounts from all caps at once; None where one has no room: nothing is taken."""
        if any(cap.amount > cap.limit for cap in caps):
            return None
        room = {f"caps.{cap.key}.taken": {"$not": {"$gt": cap.limit - cap.amount}} for cap in caps}
        return self._spending.find_one_and_update(
            {"_id": month, f"open.{name}": {"$exists": False}, **room},
            {
                "$inc": {f"caps.{cap.key}.taken": Int64(cap.amount) for cap in caps},
                "$set": {f"open.{name}": entry},
            },
            return_document=ReturnDocument.AFTER,
        )

    def _end(self, month: str, name: str | None, changes: Mapping[str, int]) -> None:
        where: Document = {"_id": month}
        update: Document = {
            "$inc": {f"caps.{key}.taken": Int64(n) for key, n in changes.items() if n}
        }
        if name is not None:
            where[f"open.{name}"] = {"$exists": True}  # a write that is sent twice counts once
            update["$unset"] = {f"open.{name}": ""}
        update = {operator: fields for operator, fields in update.items() if fields}
        if update:
            self._spending.update_one(where, update, upsert=name is None)

    def _is_news(self, month: str, cap: Cap, document: Document) -> bool:
        """Whether this caller is the one to tell that the cap has passed 80 %."""
        told = document["caps"][cap.key].get("told")
        if cap.taken(document) < WARN_AT * cap.limit or told == cap.limit:
            return False
        field = f"caps.{cap.key}.told"
        news = {"_id": month, field: {"$ne": Int64(cap.limit)}}
        update = {"$set": {field: Int64(cap.limit)}}
        return self._spending.update_one(news, update).modified_count == 1

    def _open(self, month: str, market: Market) -> None:
        """Begin the month, and count the fixed fees of enabled sources: once, or again by the
        difference where a market file was changed. A fee is owed, so it is never refused."""
        for each in (*self._markets, market):
            fee = nano(sum((s.fixed_usd_monthly for s in each.sources.values() if s.enabled), ZERO))
            if (month, each.code, fee) not in self._posted:
                while not self._fee_posted(month, each.code, fee):
                    pass
                self._posted.add((month, each.code, fee))

    def _fee_posted(self, month: str, code: str, fee: int) -> bool:
        """False where another process was faster."""
        document = self._spending.find_one({"_id": month})
        if document is None:
            try:
                self._spending.insert_one({"_id": month, "caps": {}, "open": {}, "fees": {}})
            except DuplicateKeyError:
                return False
            document = {}
        before = document.get("fees", {}).get(code)
        if before == fee:
            return True
        change = Int64(fee - (before or 0))
        seen = {"$exists": False} if before is None else before
        update = {
            "$set": {f"fees.{code}": Int64(fee)},
            "$inc": {f"caps.market:{code}.taken": change, "caps.overall.taken": change},
        }
        where = {"_id": month, f"fees.{code}": seen}
        return self._spending.update_one(where, update).matched_count == 1
