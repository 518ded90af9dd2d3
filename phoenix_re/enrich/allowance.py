"""What a market's model may do in a UTC day: calls and dollars, taken before a call.

One document of `model_days` per market and day counts both, so that whoever asks, in whatever
process, takes from the same allowance by one atomic update. Dollars are taken at the most that a
call may cost and given back when it ends; what a killed process had taken stays taken until the
next day. Local servers send no bill: the price is the operator's own (`enrichment` of the market
file), and not counted against the caps of `collect/budget.py`, which are money that leaves.
"""

from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from phoenix_re.collect.caps import nano
from phoenix_re.collect.clock import Clock
from phoenix_re.markets import Market
from phoenix_re.storage import MODEL_DAYS

Document = dict[str, Any]
HOUR = 3600


class Store(Protocol):
    """What this needs of the database (`mongo.MongoStore` has it)."""

    db: Database[Document]


class Allowance:
    """A market's day. Share it among threads."""

    def __init__(self, store: Store, market: Market, clock: Clock) -> None:
        self._days = store.db[MODEL_DAYS]
        self._market = market
        self._clock = clock

    def usd(self, server_seconds: float) -> Decimal:
        """What so many seconds of one server cost, at the market's price."""
        price = self._market.enrichment.usd_per_server_hour
        return price * Decimal(repr(server_seconds)) / HOUR

    def take(self, most_seconds: float) -> "Taken | str":
        """Set a call of at most so many server seconds aside; a sentence where a cap is reached."""
        caps = self._market.enrichment
        most = nano(self.usd(most_seconds))
        day = self._day(self._clock.now())
        room = {
            "_id": day,
            "calls": {"$lt": caps.calls_per_day},
            "nano_usd": {"$lte": nano(caps.usd_per_day) - most},
        }
        change = {"$inc": {"calls": 1, "nano_usd": most}}
        if self._days.update_one(room, change).modified_count:
            return Taken(self, day, most)
        blank = {"_id": day, "calls": 0, "nano_usd": 0, "ms": 0, "tokens_in": 0, "tokens_out": 0}
        with suppress(DuplicateKeyError):  # the day has begun; if just now, by somebody else
            self._days.insert_one(blank)
        if self._days.update_one(room, change).modified_count:
            return Taken(self, day, most)
        return self._refusal(day)

    def today(self) -> Document:
        """What was used so far: `calls, usd, seconds, prompt_tokens, answer_tokens`."""
        found = self._days.find_one({"_id": self._day(self._clock.now())}) or {}
        return {
            "calls": found.get("calls", 0),
            "usd": found.get("nano_usd", 0) / 10**9,
            "seconds": found.get("ms", 0) / 1000,
            "prompt_tokens": found.get("tokens_in", 0),
            "answer_tokens": found.get("tokens_out", 0),
        }

    def settle(self, taken: "Taken", seconds: float, tokens_in: int, tokens_out: int) -> None:
        """A call has ended after so many server seconds."""
        spent = {
            "nano_usd": nano(self.usd(seconds)) - taken.nano_usd,
            "ms": round(seconds * 1000),
            "tokens_in": tokens_in,
            "tokens_out": tokens_out,
        }
        self._days.update_one({"_id": taken.day}, {"$inc": spent})

    def give_back(self, taken: "Taken") -> None:
        """The call was not made."""
        self._days.update_one(
            {"_id": taken.day}, {"$inc": {"calls": -1, "nano_usd": -taken.nano_usd}}
        )

    def _refusal(self, day: str) -> str:
        caps = self._market.enrichment
        found = self._days.find_one({"_id": day}) or {}
        code = self._market.code
        if found.get("calls", 0) >= caps.calls_per_day:
            return (
                f"the day's {caps.calls_per_day} calls of {code} are used "
                f"(enrichment.calls_per_day of {code}.yaml)"
            )
        return (
            f"the day's ${caps.usd_per_day} of {code} are spent "
            f"(enrichment.usd_per_day of {code}.yaml)"
        )

    def _day(self, now: datetime) -> str:
        return f"{self._market.code}|{now:%Y-%m-%d}"


class Taken:
    """A call that may be made; end it by `settle` or `give_back`."""

    __slots__ = ("_allowance", "day", "nano_usd")

    def __init__(self, allowance: Allowance, day: str, nano_usd: int) -> None:
        self._allowance = allowance
        self.day = day
        self.nano_usd = nano_usd

    def settle(self, seconds: float, tokens_in: int, tokens_out: int) -> None:
        self._allowance.settle(self, seconds, tokens_in, tokens_out)

    def give_back(self) -> None:
        self._allowance.give_back(self)
