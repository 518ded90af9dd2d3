"""The status feed of ARMLS (Phoenix) and MLSSAZ (Tucson): status, price and one date per listing.

The two MLSs fill `list_date` differently, which was measured on real snapshots; `CONVENTIONS` says
how. A market that is not in it keeps its rows, with `x_mls` unread, so that a rule can hold them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from phoenix_re.collect import parse
from phoenix_re.collect.formats.form import Field, Format
from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.parse import Unreadable


@dataclass(frozen=True, slots=True)
class Convention:
    """How one MLS fills the feed."""

    mls: str
    list_date_moves: bool  # it is the date of the last status or price change, not of the contract
    days_on_market_is_right: bool


CONVENTIONS = {
    "phoenix": Convention("ARMLS", list_date_moves=False, days_on_market_is_right=False),
    "tucson": Convention("MLSSAZ", list_date_moves=True, days_on_market_is_right=True),
}
_BY_MLS = {convention.mls: convention for convention in CONVENTIONS.values()}

SNAPSHOT_ZONE = ZoneInfo("America/Phoenix")  # snapshots are local times without an offset


def _mls_of_market(value: object) -> str | None:
    market = parse.text(value)
    if market is None:
        return None
    convention = CONVENTIONS.get(market.casefold())
    if convention is None:
        raise Unreadable(f"no MLS is known for the market {market[:40]!r}")
    return convention.mls


def _refine(record: ListingRecord, _payload: Mapping[str, Any]) -> None:
    if record.unparsed_address:
        street, city, state = parse.split_address(record.unparsed_address)
        record.unparsed_address, record.city, record.state_or_province = street, city, state
    closed = record.standard_status == "Closed"
    if closed:
        _move(record, "list_price_cents", "close_price_cents")
    convention = _BY_MLS.get(record.x_mls or "")
    if convention is None or not convention.days_on_market_is_right:
        record.x_days_on_market_reported = None
    if convention is None:  # what its date means is not known
        record.listing_contract_date = None
    elif convention.list_date_moves:
        _move(record, "listing_contract_date", "x_changed_on")
        if closed:
            record.close_date = record.x_changed_on


def _move(record: ListingRecord, old: str, new: str) -> None:
    setattr(record, new, getattr(record, old))
    setattr(record, old, None)
    if old in record.unread:
        record.unread[new] = record.unread.pop(old)


def _key(record: ListingRecord, payload: Mapping[str, Any]) -> str | None:
    mls = record.x_mls or payload.get("market")
    return f"{mls}:{record.listing_id}" if mls and record.listing_id else None


MLS_STATUS_FEED = Format(
    name="mls_status_feed",
    licence_class="mls_idx",
    statuses=frozenset(
        {"Active", "Canceled", "Closed", "Coming Soon", "Expired", "Pending", "Withdrawn"}
    ),
    signature=tuple(
        (name,)
        for name in ("mls_number", "status", "address", "price", "list_date", "market", "zip")
    ),
    fields=(
        Field.of("listing_id", "mls_number"),
        Field.of("standard_status", "status"),
        Field.of("unparsed_address", "address"),
        Field.of("list_price_cents", "price"),
        Field.of("listing_contract_date", "list_date"),
        Field.of("x_days_on_market_reported", "days_on_market"),
        Field.of("x_mls", "market", parse=_mls_of_market),
    ),
    key=_key,
    zip=Field("postal_code", ("zip",), parse.zip5),
    volatile=frozenset({"snapshot", "days_on_market"}),  # both move while the listing rests
    observed_at=Field("observed_at", ("snapshot",), partial(parse.timestamp, zone=SNAPSHOT_ZONE)),
    refine=_refine,
)
