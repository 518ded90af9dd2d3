"""Episodes as one marketing each: sources merged, history dated, relists chained.

Two sources that report the same listing, or the same sale, of a property must count once. This
module turns a ZIP's episodes into `Marketing`s, in which every change knows whether its date is
known, and answers questions about one of them: was it active then, when did it go under contract,
by how much was it cut. What a ZIP makes of many is in `trends.py`, which sales count in
`sales.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import Any

from phoenix_re.validate.episode import ACTIVE, OFF_MARKET, UNDER_CONTRACT, Dated, Episode

RELIST_GAP_DAYS = 90  # metrics.md §11: no longer off the market, no sale between: same marketing
SILENT_DAYS = 30  # an open listing that fell silent may be taken up by another source's report
SAME_SALE_DAYS = 31  # a deed is recorded, and a feed updated, within about a month of the closing
CLOSED = "Closed"
NOT_YET = frozenset({"Coming Soon", "Incomplete"})
LEASE_TYPES = frozenset({"Residential Lease", "Commercial Lease"})


@dataclass(frozen=True, slots=True)
class Spell:
    """A status since a day. `dated` is False where that day is only our first sight of it."""

    since: date
    status: str
    dated: bool = True


@dataclass(frozen=True, slots=True)
class PriceCut:
    on: date
    fraction: float  # 1 - new / old


@dataclass(frozen=True, slots=True)
class Marketing:
    """One marketing of one property, whatever number of sources reported it.

    `started_on` is None where it began at an unknown day before we looked. `earlier` is the
    marketing that this one continues (a relist), if any.
    """

    property_id: str
    episode: Episode
    timeline: tuple[Spell, ...]
    started_on: date | None
    earlier: "Marketing | None" = None

    @property
    def closed(self) -> bool:
        return bool(self.timeline) and self.timeline[-1].status == CLOSED

    @property
    def closed_on(self) -> date | None:
        """The closing's date; None where there is no sale, or no source says when."""
        return self.episode.close_date if self.closed else None

    @property
    def contracts(self) -> tuple[date, ...]:
        """Days on which it went under contract, as far as they are known."""
        before = (None, *(spell.status for spell in self.timeline))
        return tuple(
            spell.since
            for spell, previous in zip(self.timeline, before, strict=False)
            if spell.status in UNDER_CONTRACT and previous not in UNDER_CONTRACT and spell.dated
        )

    @property
    def ever_under_contract(self) -> bool:
        return any(s.status in UNDER_CONTRACT or s.status == CLOSED for s in self.timeline)

    @property
    def fell_through(self) -> tuple[date, ...]:
        """Days on which a contract ended in anything but a closing."""
        return tuple(
            now.since
            for was, now in pairwise(self.timeline)
            if was.status in UNDER_CONTRACT
            and now.status not in UNDER_CONTRACT
            and now.status != CLOSED
        )

    def stands_until(self, as_of: date, stale_after_days: int) -> date:
        """To which day an open listing may be taken to stand: `as_of` unless its sight is stale."""
        seen = self.episode.last_observed_on
        return as_of if seen + timedelta(days=stale_after_days) >= as_of else seen

    def spell_on(self, day: date) -> Spell | None:
        """The spell that holds at the end of the day."""
        current = None
        for spell in self.timeline:
            if spell.since > day:
                break
            current = spell
        return current

    def active_within(self, first: date, last: date, known_until: date) -> bool:
        """Active on at least one day of [first, last], as far as it is known."""
        ends = (*(spell.since for spell in self.timeline[1:]), known_until)
        return any(
            spell.status in ACTIVE and spell.since <= min(last, end) and end >= first
            for spell, end in zip(self.timeline, ends, strict=False)
        )

    def days_in(self, statuses: frozenset[str], until: date) -> int:
        """Days in `statuses` before `until`, over all spells."""
        ends = (*(spell.since for spell in self.timeline[1:]), until)
        return sum(
            max((min(end, until) - spell.since).days, 0)
            for spell, end in zip(self.timeline, ends, strict=False)
            if spell.status in statuses
        )

    def left_market_within(self, first: date, last: date) -> date | None:
        """The first day in [first, last] on which it went under contract or off the market."""
        leaving = [
            spell.since
            for spell in self.timeline
            if spell.dated and (spell.status in OFF_MARKET or spell.status in UNDER_CONTRACT)
        ]
        return next((day for day in leaving if first <= day <= last), None)

    @property
    def price_cuts(self) -> tuple[PriceCut, ...]:
        """Cuts from one day's last price to another's, so that a same-day correction is none."""
        cuts, standing = [], None
        for day, prices in groupby(self.episode.list_prices, key=lambda price: price.since):
            of_day = [price.value for price in prices]
            before = of_day[0] if standing is None else standing
            standing = of_day[-1]
            if standing < before:
                cuts.append(PriceCut(day, 1 - standing / before))
        return tuple(cuts)

    def list_price_on(self, day: date) -> int | None:
        """The last list price known at the end of the day, in cents."""
        return next((p.value for p in reversed(self.episode.list_prices) if p.since <= day), None)

    @property
    def first_list_price(self) -> int | None:
        prices = self.episode.list_prices
        return self.episode.original_list_price_cents or (prices[0].value if prices else None)

    @property
    def last_list_price(self) -> int | None:
        """The list price at which it sold. A price dated on the closing or later is the sale's."""
        prices, closing = self.episode.list_prices, self.timeline[-1].since
        asked = [price.value for price in prices if price.since < closing]
        if asked:
            return asked[-1]
        return prices[0].value if prices else None


def marketings(episodes: Iterable[tuple[str, Episode]], observed_since: date) -> list[Marketing]:
    """All marketings of the (property_id, episode) pairs, by property and time.

    For-sale and lease episodes of one property are different marketings. The order of the input
    and a second, identical report of an episode change nothing.
    """
    by_property: dict[tuple[str, bool], list[Episode]] = {}
    for property_id, episode in episodes:
        key = property_id, episode.property_type in LEASE_TYPES
        by_property.setdefault(key, []).append(episode)
    found: list[Marketing] = []
    for property_id, lease in sorted(by_property):
        before: Marketing | None = None
        for episode in one_per_marketing(by_property[property_id, lease]):
            before = _marketing(property_id, episode, observed_since, before)
            found.append(before)
    return found


def _marketing(
    property_id: str, episode: Episode, observed_since: date, before: Marketing | None
) -> Marketing:
    started_on = _started_on(episode, observed_since)
    earlier = None
    if before and not before.closed:
        gap = (started_on or _span(episode)[0]) - _span(before.episode)[1]
        earlier = before if gap.days <= RELIST_GAP_DAYS else None
    return Marketing(property_id, episode, timeline(episode), started_on, earlier)


def _started_on(episode: Episode, observed_since: date) -> date | None:
    """The day on which it came on the market; None where unknown, or while it is Coming Soon."""
    statuses = {status.value for status in episode.statuses}
    if statuses and statuses <= NOT_YET:
        return None
    appeared = bool(statuses) and episode.statuses[0].value in ACTIVE
    if episode.on_market_date or not (appeared and episode.first_observed_on > observed_since):
        return episode.on_market_date
    reported = timedelta(days=episode.x_days_on_market_reported or 0)
    return min(episode.first_observed_on, episode.last_observed_on - reported)


# --- one marketing out of several reports -------------------------------------------------------


def one_per_marketing(episodes: Sequence[Episode]) -> list[Episode]:
    """Merges the episodes of one property that are reports of the same marketing; in time order.

    Same marketing: their spans share more than a day's touch or begin on the same day (a property
    is on the market once at a time); or the later begins on the very day on which the earlier is
    last seen, still open, or within 30 days of that if it does not say when it began; or both
    closed within 31 days at the same price, an unknown price counting as the same (a deed and an
    MLS row of one sale need not overlap).
    """
    return _merge_same_sales(_merge_overlapping(episodes))


def _merge_overlapping(episodes: Sequence[Episode]) -> list[Episode]:
    groups: list[list[Episode]] = []
    for episode in sorted(episodes, key=lambda e: (_span(e), _rank(e))):
        same = next((group for group in reversed(groups) if _is_same(group, episode)), None)
        if same is None:
            groups.append([episode])
        else:
            same.append(episode)
    return [merged(group) for group in groups]


def _is_same(group: Sequence[Episode], episode: Episode) -> bool:
    """Whether an episode, no earlier than those of the group, reports the group's marketing."""
    if any(_over_before_seen(member) != _over_before_seen(episode) for member in group):
        return False
    begin = min(_span(member)[0] for member in group)
    last = max(group, key=lambda member: _span(member)[1])
    end, its_begin = _span(last)[1], _span(episode)[0]
    if its_begin < end or its_begin == begin:
        return True
    unstated = episode.on_market_date is None and episode.purchase_contract_date is None
    silence = (its_begin - end).days
    return _is_open(last) and (silence == 0 or (unstated and silence <= SILENT_DAYS))


def _over_before_seen(episode: Episode) -> bool:
    """Off the market at first sight: it says nothing of a listing that is or was seen open."""
    return episode.standard_status in OFF_MARKET and len(episode.statuses) == 1


def _is_open(episode: Episode) -> bool:
    return not _is_closed(episode) and episode.standard_status not in OFF_MARKET


def _merge_same_sales(episodes: list[Episode]) -> list[Episode]:
    kept: list[Episode] = []
    last_sold: int | None = None
    for episode in episodes:
        if last_sold is not None and _same_sale(kept[last_sold], episode):
            kept[last_sold] = merged([kept[last_sold], episode])
            continue
        kept.append(episode)
        if _is_closed(episode):
            last_sold = len(kept) - 1
    return kept


def _same_sale(one: Episode, other: Episode) -> bool:
    if not (_is_closed(one) and _is_closed(other) and one.close_date and other.close_date):
        return False
    prices = {one.close_price_cents, other.close_price_cents} - {None}
    return abs((one.close_date - other.close_date).days) <= SAME_SALE_DAYS and len(prices) < 2


def _is_closed(episode: Episode) -> bool:
    if not episode.statuses:
        return episode.close_date is not None
    return episode.standard_status == CLOSED


def _span(episode: Episode) -> tuple[date, date]:
    """From the earliest day known of the episode to its end, or to the last sight while open."""
    known = (
        episode.on_market_date,
        episode.purchase_contract_date,
        episode.off_market_date,
        episode.close_date,
    )
    begin = min(
        [day for day in known if day] + [status.since for status in episode.statuses[:1]],
        default=episode.first_observed_on,
    )
    if _is_closed(episode):
        end = episode.close_date or episode.statuses[-1].since
    elif episode.standard_status in OFF_MARKET:
        end = episode.off_market_date or episode.statuses[-1].since
    else:
        end = episode.last_observed_on
    return begin, max(begin, end)


def merged(reports: Sequence[Episode]) -> Episode:
    """One episode out of several reports of the same marketing.

    The report that was first observed leads: its statuses and prices stand as long as its source
    was watched, changes seen by others later follow; a closing known to any of them is a closing.
    Single facts are the leader's, or the next one's who states them.
    """
    if len(reports) == 1:
        return reports[0]
    ranked = sorted(reports, key=_rank)
    lead = ranked[0]
    statuses, prices, watched_until = lead.statuses, lead.list_prices, lead.last_observed_on
    for report in ranked[1:]:
        statuses += _later(report.statuses, watched_until, statuses)
        prices += _later(report.list_prices, watched_until, prices)
        watched_until = max(watched_until, report.last_observed_on)
    closing = next((report for report in ranked if _is_closed(report)), None)
    stated = {name: _first_stated(ranked, name) for name in _SINGLE_FACTS}
    if closing:
        closed_on = closing.close_date or closing.statuses[-1].since
        stated["close_date"] = closing.close_date or stated["close_date"]
        if not statuses or statuses[-1].value != CLOSED:
            open_until = tuple(status for status in statuses if status.since <= closed_on)
            statuses = (*open_until, Dated(closed_on, CLOSED))
    return replace(
        lead,
        statuses=statuses,
        list_prices=prices,
        last_observed_on=watched_until,
        first_observed_on=min(report.first_observed_on for report in ranked),
        **stated,
    )


_SINGLE_FACTS = tuple(
    name
    for name in Episode.__dataclass_fields__
    if name
    not in {"listing_id", "statuses", "list_prices", "first_observed_on", "last_observed_on"}
)


def _rank(report: Episode) -> tuple[Any, ...]:
    """By first sight, then richness; the content, not the source's name, decides the rest."""
    prices = (
        tuple(price.value for price in report.list_prices),
        report.original_list_price_cents or 0,
        report.close_price_cents or 0,
    )  # as numbers: as text $51,000 would come after $100,000
    rest = replace(
        report,
        listing_id="",
        list_prices=(),
        original_list_price_cents=None,
        close_price_cents=None,
    )
    richness = -len(report.statuses), -len(report.list_prices)
    return report.first_observed_on, richness, prices, repr(rest)


def _first_stated(ranked: Sequence[Episode], name: str) -> object:
    stated = (getattr(report, name) for report in ranked)
    return next((value for value in stated if value is not None), None)


def _later(seen: tuple[Dated, ...], after: date, standing: tuple[Dated, ...]) -> tuple[Dated, ...]:
    """What was `seen` after a day, unless what stands is final or says the same already."""
    if standing and standing[-1].value == CLOSED:
        return ()
    changes = [change for change in seen if change.since > after]
    if changes and standing and changes[0].value == standing[-1].value:
        changes = changes[1:]
    return tuple(changes)


# --- a dated timeline out of one episode --------------------------------------------------------


def timeline(episode: Episode) -> tuple[Spell, ...]:
    """The episode's statuses with the best date that is known for each.

    A stated date (on market, contract, off market, closing) replaces the later day on which we
    noticed. What must have come before the first sight is put in front where both its ends are
    known: Active from `on_market_date` to a stated end, Pending since `purchase_contract_date`.
    """
    spells: list[Spell] = []
    for index, status in enumerate(episode.statuses):
        stated = _stated_begin(episode, status.value, first=index == 0)
        since, dated = status.since, index > 0
        if stated and stated <= since and (not spells or stated >= spells[-1].since):
            since, dated = stated, True
        spells.append(Spell(since, status.value, dated))
    if not spells and episode.close_date:
        spells.append(Spell(episode.close_date, CLOSED))
    contract = episode.purchase_contract_date
    if contract and not any(spell.status in UNDER_CONTRACT for spell in spells):
        spells = _with_contract(spells, contract)
    begin = episode.on_market_date
    first = spells[0] if spells else None
    if begin and first and first.dated and begin < first.since and first.status not in ACTIVE:
        spells.insert(0, Spell(begin, "Active"))
    return tuple(spells)


def _stated_begin(episode: Episode, status: str, *, first: bool) -> date | None:
    if status in ACTIVE:
        return episode.on_market_date if first else None
    if status in UNDER_CONTRACT:
        return episode.purchase_contract_date
    if status in OFF_MARKET:
        return episode.off_market_date
    return episode.close_date if status == CLOSED else None


def _with_contract(spells: list[Spell], contract: date) -> list[Spell]:
    """A closing whose stated contract no source showed as Pending; other cases stay as they are."""
    if not spells or spells[-1].status != CLOSED or contract > spells[-1].since:
        return spells
    before = [spell for spell in spells[:-1] if spell.since <= contract]
    return [*before, Spell(contract, "Pending"), spells[-1]]
