"""A synthetic world of homes and listings: every market, ZIP by ZIP, a pure function of its seed.

Nothing here knows an upstream or HTTP; `upstreams/` show the world in each upstream's shape.
The state at a moment is computed from (seed, ZIP, moment), so that there is nothing to store: a
restarted sandbox, at the same time, says the same. All of it is invented.
"""

import gc
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from phoenix_re.markets import Market
from phoenix_re.sandbox.building import houses_of
from phoenix_re.sandbox.homes import ENDED, House, Kind, Listing, Status
from phoenix_re.sandbox.marketing import START, Life, lives_of, state_at

__all__ = ["ENDED", "HOUSES_PER_ZIP", "MLS_NAME", "START", "House", "Listing", "Status", "World"]

HOUSES_PER_ZIP = 400
MLS_NAME = {
    "phx": "ARMLS",
    "sct": "ARMLS",
    "tuc": "MLSSAZ",
    "las": "GLVAR",
    "den": "RECOLORADO",
    "aus": "ACTRIS",
}
_KINDS: tuple[Kind, ...] = ("sale", "rent")
_YEAR = timedelta(days=365)
_KEPT_ZIPS = 1024

# Seven-digit MLS numbers, scattered as real ones look: k times a constant, modulo a prime.
_PRIME, _FACTOR, _FIRST_NUMBER = 8_999_993, 5_640_131, 1_000_000
_NO_PUNCTUATION = str.maketrans("", "", "-:T")
_SLOTS = 1000  # ZIPs in one MLS


class World:
    """Homes and their listings. `at` is a moment in UTC; a ZIP outside the markets is empty.

    `houses_per_zip`: one number for all, or a mapping with "default" for the ZIPs not named.
    May be asked from several threads.
    """

    def __init__(
        self,
        markets: Mapping[str, Market],
        seed: int = 85031,
        houses_per_zip: int | Mapping[str, int] = HOUSES_PER_ZIP,
    ) -> None:
        self.markets = dict(markets)
        self.seed = seed
        self.houses_per_zip = houses_per_zip
        self._market_of = {z: market for market in self.markets.values() for z in market.zips}
        self._slots = _slots(self.markets)
        self._listings: dict[str, _ZipListings] = {}
        self.houses = lru_cache(maxsize=_KEPT_ZIPS)(self._houses)

    @property
    def zips(self) -> Sequence[str]:
        return list(self._market_of)

    def market_of(self, zip_code: str) -> Market | None:
        return self._market_of.get(zip_code)

    def listings(self, zip_code: str, at: datetime, kind: str = "sale") -> list[Listing]:
        """Every listing of the ZIP that has begun by `at`, ended ones included, as it then stands.

        In the order of their beginning.
        """
        if at < START:
            return []
        found = self._listings.get(zip_code)
        if found is None or at >= found.horizon:
            horizon = START + _YEAR * ((at - START) // _YEAR + 1)
            with _nothing_thrown_away():
                found = _ZipListings(self._lives(zip_code, horizon), horizon)
            self._listings[zip_code] = found
        return found.at(at, kind)

    def rent_of(self, house: House, at: datetime) -> int:
        """Dollars a month that the house would let for."""
        return house.rent_at(at)

    def truth(self, zip_code: str, at: datetime) -> dict[str, Any]:
        """What is so, as JSON, for scoring: homes under their own ids, and their listings."""
        return {
            "zip": zip_code,
            "at": at.isoformat(),
            "houses": [asdict(house) for house in self.houses(zip_code)],
            "listings": [
                _plain(listing) for kind in _KINDS for listing in self.listings(zip_code, at, kind)
            ],
        }

    def _houses(self, zip_code: str) -> tuple[House, ...]:
        market = self._market_of.get(zip_code)
        sizes = self.houses_per_zip
        if market is None:
            return ()
        if not isinstance(sizes, int):
            sizes = sizes.get(zip_code, sizes.get("default", HOUSES_PER_ZIP))
        with _nothing_thrown_away():
            return houses_of(market, zip_code, sizes, self.seed)

    def _lives(self, zip_code: str, horizon: datetime) -> list[Life]:
        """All listings that begin before `horizon`, in the order of their beginning, numbered."""
        lives = [
            life
            for house in self.houses(zip_code)
            for kind in (_KINDS if not house.owner_occupied else ("sale",))
            for life in lives_of(house, kind, self.seed, horizon)
        ]
        lives.sort(key=lambda life: (life.listed_at, life.house.id, life.kind))
        for at, life in enumerate(lives):
            life.mls_number = _mls_number(at, self._slots[zip_code])
            begin = life.listed_at.isoformat()[:19].translate(_NO_PUNCTUATION)
            life.listing_key = f"{begin}{life.house.county_fips}{life.mls_number}"
        return lives


class _ZipListings:
    """A ZIP's listings up to a horizon. Only what changed since the moment last asked for, before
    or after it, is computed anew."""

    def __init__(self, lives: Sequence[Life], horizon: datetime) -> None:
        self.horizon = horizon
        self._lives = lives
        moments = sorted(
            (moment, index)
            for index, life in enumerate(lives)
            for moment in (life.listed_at, *(change.at for change in life.changes))
        )
        self._moments = [moment for moment, _ in moments]
        self._touched = [index for _, index in moments]
        # (how many moments have passed, how each listing then stands), replaced as one: threads
        self._last: tuple[int, list[Listing | None]] = (0, [None] * len(lives))
        self._of_kind: tuple[int, dict[str, list[Listing]]] = (-1, {})

    def at(self, at: datetime, kind: str) -> list[Listing]:
        passed = bisect_right(self._moments, at)
        version, of_kind = self._of_kind
        if version != passed:
            of_kind = self._moved_to(passed, at)
            self._of_kind = (passed, of_kind)
        return list(of_kind.get(kind, ()))

    def _moved_to(self, passed: int, at: datetime) -> dict[str, list[Listing]]:
        before, states = self._last
        states = list(states)
        for index in set(self._touched[min(before, passed) : max(before, passed)]):
            states[index] = state_at(self._lives[index], at)
        self._last = (passed, states)
        begun = [state for state in states if state is not None]
        return {kind: [state for state in begun if state.kind == kind] for kind in _KINDS}


def _slots(markets: Mapping[str, Market]) -> dict[str, int]:
    """ZIP → a number that no other ZIP of its MLS has; ZIPs appended later change no slot."""
    slots: dict[str, int] = {}
    taken: dict[str, set[int]] = {}
    for market in markets.values():
        of_mls = taken.setdefault(MLS_NAME.get(market.code, market.code), set())
        for zip_code in market.zips:
            slot = int(zip_code) % _SLOTS
            while slot in of_mls:
                slot = (slot + 1) % _SLOTS
            of_mls.add(slot)
            slots[zip_code] = slot
            if len(of_mls) == _SLOTS:
                raise ValueError(f"market {market.code}: an MLS has fewer than {_SLOTS} ZIPs here")
    return slots


def _mls_number(at: int, slot: int) -> str:
    """Of the ZIP's listing number `at`."""
    ordinal = at * _SLOTS + slot + 1
    if ordinal < _PRIME:
        return str(_FIRST_NUMBER + ordinal * _FACTOR % _PRIME)
    return str(10_000_000 + ordinal)


@contextmanager
def _nothing_thrown_away() -> Iterator[None]:
    """While only what stays is made, looking for garbage costs as much as all the rest."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _plain(listing: Listing) -> dict[str, Any]:
    values = asdict(listing) | {"house": listing.house.id}
    return {n: v.isoformat() if isinstance(v, datetime) else v for n, v in values.items()}
