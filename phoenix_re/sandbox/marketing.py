"""Life cycles of listings: appear, change price, go pending, fall through, sell, end, come again.

`lives_of` makes them for one home up to a horizon; `state_at` says how one stands at a moment.
A farther horizon only adds: what began before is the same. Numbers (MLS) are `world.py`'s.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from phoenix_re.sandbox.building import FIRST, LAST, STREETS, pick, random_of
from phoenix_re.sandbox.homes import ENDED, House, Kind, Listing, Status
from phoenix_re.sandbox.wording import remarks_of

START = datetime(2023, 1, 1, tzinfo=UTC)  # no listing is older
MEAN_DAYS_BETWEEN_LISTINGS = 900

_STEP = {"sale": 1000, "rent": 5}  # dollars to which prices are rounded
_OFFICES = tuple(f"{street} Realty" for street in STREETS)


class Agent(NamedTuple):
    name: str
    phone: str
    email: str


_AGENTS = tuple(
    Agent(f"{first} {last}", f"602-555-{100 + at:04d}", f"{first}@{last}.example".lower())
    for at, (first, last) in enumerate((first, last) for first in FIRST for last in LAST)
)


class Change(NamedTuple):
    """What happens at a moment: a new price, a new status, or (a sale) both."""

    at: datetime
    status: Status | None
    price: int | None


@dataclass(slots=True)
class Life:
    """One marketing of one home from its beginning on; what does not change about it."""

    house: House
    kind: Kind
    listed_at: datetime
    status: Status  # at the beginning
    price: int  # at the beginning
    relisting: bool
    remarks: str
    photos: int
    agent: Agent
    office: str
    changes: tuple[Change, ...]
    mls_number: str = field(default="", init=False)
    listing_key: str = field(default="", init=False)


def lives_of(house: House, kind: Kind, seed: int, horizon: datetime) -> list[Life]:
    """The listings of a home that begin before `horizon`, oldest first."""
    chance = random_of(seed, kind, house.id)
    last_day = (horizon - START).total_seconds() / 86_400
    lives: list[Life] = []
    day, relisting = chance.expovariate(1 / MEAN_DAYS_BETWEEN_LISTINGS), False
    while day < last_day:
        life, end, again_after = _life(house, kind, day, relisting, chance)
        lives.append(life)
        relisting = again_after is not None
        pause = 60 + chance.expovariate(1 / MEAN_DAYS_BETWEEN_LISTINGS)
        day = end + (pause if again_after is None else again_after)
    return lives


def state_at(life: Life, at: datetime) -> Listing | None:
    """The listing after its changes up to `at`; None if it has not begun."""
    if at < life.listed_at:
        return None
    status, price = life.status, life.price
    status_changed = modified = life.listed_at
    before = price_changed = pending = closed = off_market = paid = None
    for change in life.changes:
        if change.at > at:
            break
        modified = change.at
        if change.status is None and change.price is not None:
            before, price, price_changed = price, change.price, change.at
            continue
        status, status_changed = change.status or status, change.at
        if status == "Pending":
            pending = change.at
        elif status == "Active":
            pending = None
        elif status == "Closed":
            closed, paid = change.at, change.price
        elif status in ENDED:
            off_market = change.at
    return Listing(
        house=life.house,
        kind=life.kind,
        mls_number=life.mls_number,
        listing_key=life.listing_key,
        status=status,
        list_price=price,
        original_list_price=life.price,
        previous_list_price=before,
        listed_at=life.listed_at,
        status_changed_at=status_changed,
        price_changed_at=price_changed,
        modified_at=modified,
        pending_at=pending,
        closed_at=closed,
        off_market_at=off_market,
        close_price=paid,
        remarks=life.remarks,
        photos=life.photos,
        agent=life.agent.name,
        agent_phone=life.agent.phone,
        agent_email=life.agent.email,
        office=life.office,
        relisting=life.relisting,
    )


def _life(
    house: House, kind: Kind, day: float, relisting: bool, chance: Random
) -> tuple[Life, float, float | None]:
    """A life; the day (since START) on which it ends; after how many days it is listed anew."""
    begin = _moment(day)
    fair = house.value_at(begin) if kind == "sale" else house.rent_at(begin)
    price = _rounded(fair * chance.gauss(1.03, 0.05), kind)
    coming_soon = kind == "sale" and chance.random() < 0.08
    agent = pick(chance, _AGENTS)
    fate, again_after = _fate(kind, day, price, coming_soon, chance)
    life = Life(
        house=house,
        kind=kind,
        listed_at=begin,
        status="Coming Soon" if coming_soon else "Active",
        price=price,
        relisting=relisting,
        remarks=remarks_of(house, kind, chance, *agent),
        photos=1 + int(48 * chance.random()),
        agent=agent,
        office=pick(chance, _OFFICES),
        changes=tuple(Change(_moment(on), status, price) for on, status, price in fate),
    )
    return life, fate[-1][0], again_after


_Fate = list[tuple[float, Status | None, int | None]]  # day, new status, new price


def _fate(
    kind: Kind, day: float, price: int, coming_soon: bool, chance: Random
) -> tuple[_Fate, float | None]:
    """What happens to a listing, in time order; after how many days it is listed anew."""
    fate: _Fate = []
    sale = kind == "sale"
    if coming_soon:
        day += chance.uniform(3, 14)
        fate.append((day, "Active", None))
    while chance.random() < 0.4:  # a cut every few weeks, rarely a raise
        day += chance.uniform(7, 35)
        factor = chance.uniform(0.94, 0.985) if chance.random() < 0.93 else 1.02
        changed = _rounded(price * factor, kind)
        if changed != price:  # a cheap rent may round to what it was
            price = changed
            fate.append((day, None, price))
    day += chance.expovariate(1 / (24 if sale else 15)) + 1
    if chance.random() < 0.16:
        fate.append((day, pick(chance, ("Canceled", "Withdrawn", "Expired")), None))
        return fate, chance.uniform(2, 45) if chance.random() < 0.6 else None
    if sale and chance.random() < 0.15:
        fate.append((day, "Active Under Contract", None))
        day += chance.uniform(1, 6)
    fate.append((day, "Pending", None))
    if chance.random() < 0.05:  # it falls through
        day += chance.uniform(3, 20)
        fate.append((day, "Active", None))
        day += chance.uniform(4, 30)
        fate.append((day, "Pending", None))
    day += chance.uniform(18, 50) if sale else chance.uniform(2, 12)
    fate.append((day, "Closed", _rounded(price * chance.gauss(0.985, 0.02), kind)))
    return fate, None


def _rounded(price: float, kind: Kind) -> int:
    step = _STEP[kind]
    return max(step, round(price / step) * step)


def _moment(day: float) -> datetime:
    """A day since START, as a whole second."""
    return START + timedelta(seconds=int(day * 86_400))
