"""What can be known of one ZIP on one day: its listings, its window, and why something is unknown.

The sets of metrics.md §2 (active, inventory, new, under contract, sold) as the window and the
sources allow them. The numbers made of them are in `trends.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from phoenix_re.analyze.cells import Period
from phoenix_re.analyze.marketing import CLOSED, LEASE_TYPES, Marketing
from phoenix_re.analyze.sales import LEAST_PRICE_CENTS, Closings, closings
from phoenix_re.validate.episode import ACTIVE, UNDER_CONTRACT

NOT_HOMES = frozenset({"Land", "Farm", "Commercial Sale", "Business Opportunity"})


@dataclass(frozen=True)
class ZipView:
    """One ZIP on one day: its marketings, and what of them can be known."""

    marketings: list[Marketing]
    place: str
    as_of: date
    since: date
    through: date
    sales_since: date
    window_days: int
    stale_after_days: int
    prices_disclosed: bool
    reported: frozenset[str] | None

    @cached_property
    def for_sale(self) -> list[Marketing]:
        other = LEASE_TYPES | NOT_HOMES
        return [m for m in self.marketings if m.episode.property_type not in other]

    @cached_property
    def rentals(self) -> list[Marketing]:
        return [m for m in self.marketings if m.episode.property_type == "Residential Lease"]

    @property
    def day(self) -> Period:
        return Period(self.as_of)

    @cached_property
    def window(self) -> Period:
        return self.period(self.window_days, self.since)

    def period(self, days: int, known_since: date) -> Period:
        """The last `days` days, cut where nothing is known."""
        return Period(self.as_of, min(days, (self.as_of - known_since).days + 1))

    @cached_property
    def cut(self) -> str | None:
        """The note on a window that is shorter than asked for."""
        return self.cut_note(self.window, self.window_days, self.since)

    def cut_note(self, period: Period, days: int, since: date) -> str | None:
        if period.window_days == days:
            return None
        return f"observed since {since}: covers {period.window_days} of {days} days"

    @cached_property
    def first(self) -> date:
        return first_day(self.window)

    def in_window(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.as_of

    @cached_property
    def active(self) -> list[Marketing]:
        return self._active(self.for_sale)

    @cached_property
    def active_rentals(self) -> list[Marketing]:
        return self._active(self.rentals)

    def _active(self, among: Iterable[Marketing]) -> list[Marketing]:
        return [
            m
            for m in among
            if m.active_within(
                self.first, self.as_of, m.stands_until(self.as_of, self.stale_after_days)
            )
        ]

    def standing(self, statuses: frozenset[str]) -> list[Marketing]:
        """In one of `statuses` at the end of the day, and seen recently enough to say so."""
        return [m for m in self._open_in(statuses) if not self._stale(m)]

    def stale_note(self, statuses: frozenset[str]) -> str | None:
        stale = sum(self._stale(m) for m in self._open_in(statuses))
        text = f"not seen for more than {self.stale_after_days} days, status unknown, left out"
        return f"{stale} {text}" if stale else None

    def _open_in(self, statuses: frozenset[str]) -> list[Marketing]:
        return [m for m in self.for_sale if (s := m.spell_on(self.as_of)) and s.status in statuses]

    def _stale(self, marketing: Marketing) -> bool:
        return marketing.stands_until(self.as_of, self.stale_after_days) < self.as_of

    @cached_property
    def inventory(self) -> list[Marketing]:
        return self.standing(ACTIVE)

    @cached_property
    def new(self) -> list[Marketing]:
        """N(T), in which a relist is not new."""
        return [m for m in self.for_sale if self.in_window(m.started_on) and not m.earlier]

    @cached_property
    def contracted(self) -> list[tuple[Marketing, date]]:
        """C(T): each with its first contract of the window."""
        found = ((m, next(filter(self.in_window, m.contracts), None)) for m in self.for_sale)
        return [(marketing, day) for marketing, day in found if day]

    @cached_property
    def closings(self) -> Closings:
        return closings(self.for_sale)

    def sold_in(self, period: Period) -> list[Marketing]:
        """S(T)."""
        first = first_day(period)
        valid = self.closings.valid
        return [m for m in valid if m.closed_on and first <= m.closed_on <= self.as_of]

    @cached_property
    def seen_statuses(self) -> frozenset[str]:
        if self.reported is not None:
            return self.reported
        return frozenset(spell.status for m in self.for_sale for spell in m.timeline)

    def unreported(self, statuses: frozenset[str], what: str) -> str | None:
        """Why a 0 would be a lie: no source of the ZIP has ever shown such a status."""
        if self.seen_statuses & statuses:
            return None
        return f"no source of {self.place} has reported {what} so far"

    @cached_property
    def no_contracts(self) -> str | None:
        return self.unreported(UNDER_CONTRACT, "a contract")

    @cached_property
    def no_active(self) -> str | None:
        return self.unreported(ACTIVE, "an active listing")

    @cached_property
    def no_sales(self) -> str | None:
        """Why sales cannot be counted at all."""
        missing = self.unreported(frozenset({CLOSED}), "a closing")
        if missing:
            return missing
        known = self.closings
        if known.undated and not (known.valid or known.invalid):
            return f"{known.undated} listings are Closed, but no source states a close date"
        return None


def first_day(period: Period) -> date:
    return period.as_of - timedelta(days=(period.window_days or 1) - 1)


def note_of(*parts: str | None) -> str | None:
    return "; ".join(part for part in parts if part) or None


def counted(many: int, what: str) -> str | None:
    return f"{many} {what}" if many else None


def asking_price(marketing: Marketing, day: date) -> int | None:
    return marketing.list_price_on(day) or marketing.first_list_price


def known_prices(prices: Iterable[int | None]) -> list[int]:
    """Those that can be the price of a home: feeds hold $1 and $10."""
    return [price for price in prices if price is not None and price > LEAST_PRICE_CENTS]
