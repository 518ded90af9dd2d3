"""RESO lookups (Data Dictionary 2.0, human names): status and kind of property by any word for it.

As in `parse.py`: `None` is "not stated", `Unreadable` is a word that no lookup knows.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from phoenix_re.collect.parse import LONGEST_SCALAR, Unreadable, is_missing, scalar, shown

_NOT_LETTERS = re.compile(r"[\W\d_]+")


def _letters(value: str) -> str:
    return _NOT_LETTERS.sub("", value).casefold()


def _lookup(*names: str) -> dict[str, str]:
    return {_letters(name): name for name in names}


_STATUS_NAMES = _lookup(
    *("Active", "Active Under Contract", "Canceled", "Closed", "Coming Soon", "Delete"),
    *("Expired", "Hold", "Incomplete", "Pending", "Withdrawn"),
)
_STATUSES = {
    **_STATUS_NAMES,
    **dict.fromkeys(("forsale", "forrent", "new", "backonmarket", "pricechange"), "Active"),
    **dict.fromkeys(
        ("contingent", "activecontingent", "ucb", "activeucb", "ccbs", "takingbackups"),
        "Active Under Contract",
    ),
    **dict.fromkeys(("undercontract", "salepending", "pendingsale"), "Pending"),
    **dict.fromkeys(("sold", "recentlysold", "pastsale", "leased", "rented"), "Closed"),
    **dict.fromkeys(("cancelled", "cancel"), "Canceled"),
    **dict.fromkeys(("onhold", "temporarilyoffmarket", "tempoffmarket"), "Hold"),
    **dict.fromkeys(("deleted",), "Delete"),
    **dict.fromkeys(("draft",), "Incomplete"),
}
_TYPES = _lookup(
    *("Residential", "Residential Lease", "Residential Income", "Land", "Farm"),
    *("Commercial Sale", "Commercial Lease", "Business Opportunity", "Manufactured In Park"),
)
_SUB_TYPES = _lookup(
    *("Agriculture", "Apartment", "Boat Slip", "Business", "Cabin", "Condominium"),
    *("Deeded Parking", "Duplex", "Farm", "Hotel/Motel", "Industrial", "Manufactured Home"),
    *("Manufactured On Land", "Mixed Use", "Mobile Home", "Multi Family", "Office"),
    *("Own Your Own", "Quadruplex", "Ranch", "Retail", "Single Family Residence"),
    *("Stock Cooperative", "Timeshare", "Townhouse", "Triplex", "Unimproved Land", "Warehouse"),
)
STANDARD_STATUSES = frozenset(_STATUS_NAMES.values())
PROPERTY_TYPES = frozenset(_TYPES.values())
PROPERTY_SUB_TYPES = frozenset(_SUB_TYPES.values())


def _kinds(property_type: str, sub_type: str | None, *names: str) -> dict[str, Any]:
    return dict.fromkeys(names, (property_type, sub_type))


# What vendors call a home in one word, as the pair (PropertyType, PropertySubType).
_KINDS: dict[str, tuple[str, str | None]] = {
    **_kinds(
        *("Residential", "Single Family Residence", "singlefamily", "singlefamilyresidential"),
        *("singlefamilyresidence", "singlefamilyhome", "singlefamilydetached", "house", "sfr"),
    ),
    **_kinds("Residential", "Condominium", "condo", "condos", "condominium", "condocoop"),
    **_kinds("Residential", "Stock Cooperative", "coop", "cooperative", "stockcooperative"),
    **_kinds("Residential", "Townhouse", "townhouse", "townhome", "townhomes", "townhouses"),
    **_kinds("Residential", "Mobile Home", "mobile", "mobilehome"),
    **_kinds(
        *("Residential", "Manufactured Home", "manufactured", "manufacturedhome"),
        *("mobilemanufactured", "mobilemanufacturedhome"),
    ),
    **_kinds("Residential", "Apartment", "apartment", "apartments"),
    **_kinds("Residential", None, "residential", "res"),
    **_kinds(
        *("Residential Income", "Multi Family", "multifamily", "multifamilyunit"),
        *("multifamilyunits", "multipleoccupancy", "duplextriplex"),
    ),
    **_kinds("Residential Income", "Duplex", "duplex"),
    **_kinds("Residential Income", "Triplex", "triplex"),
    **_kinds("Residential Income", "Quadruplex", "quadruplex", "fourplex"),
    **_kinds("Land", "Unimproved Land", "vacantland", "unimprovedland"),
    **_kinds("Land", None, "land", "lot", "lots", "lotsland"),
    **_kinds("Farm", "Farm", "farm"),
    **_kinds("Farm", "Ranch", "ranch"),
}


def standard_status(value: object) -> str | None:
    """RESO StandardStatus: `Cancelled` is `Canceled`, `Sold` `Closed`, `for_sale` `Active`."""
    return _cached_lookup(value, _status_text)


def property_type(value: object) -> str | None:
    """RESO PropertyType, from RESO's names or from a vendor's word for the home."""
    return _cached_lookup(value, _type_text)


def property_sub_type(value: object) -> str | None:
    """RESO PropertySubType, from RESO's names or from a vendor's word for the home."""
    return _cached_lookup(value, _sub_type_text)


def _cached_lookup(value: object, look_up: Callable[[str], str | None]) -> str | None:
    if isinstance(value, str):
        return look_up(value if len(value) <= LONGEST_SCALAR else value.strip())
    if is_missing(value):
        return None
    raise Unreadable(f"{shown(value)!r} is not the name of a lookup value")


@lru_cache(maxsize=1024)
def _status_text(value: str) -> str | None:
    found = scalar(value)
    if found is None:
        return None
    status = _STATUSES.get(_letters(found))
    if status is None:
        raise Unreadable(f"{found!r} is no RESO StandardStatus that we know")
    return status


@lru_cache(maxsize=1024)
def _type_text(value: str) -> str | None:
    found = scalar(value)
    if found is None:
        return None
    letters = _letters(found)
    if letters in _TYPES:
        return _TYPES[letters]
    if letters in _KINDS:
        return _KINDS[letters][0]
    raise Unreadable(f"{found!r} is no RESO PropertyType that we know")


@lru_cache(maxsize=1024)
def _sub_type_text(value: str) -> str | None:
    found = scalar(value)
    if found is None:
        return None
    letters = _letters(found)
    if letters in _KINDS:
        return _KINDS[letters][1]
    if letters in _SUB_TYPES:
        return _SUB_TYPES[letters]
    raise Unreadable(f"{found!r} is no RESO PropertySubType that we know")
