"""Which listings of one ZIP are the same home, by exact keys (metrics.md §11).

No fuzzy matching and no reading of fields. The hard rule: a home has at most one unit, and a
listing of a building never joins a listing of one of its units on the strength of an address or a
parcel number. The outcome does not depend on the order of the input.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.markets import Market
from phoenix_re.validate.address import AddressKey, address_key


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """What a listing says about which home it is; listing ids are unique within one call."""

    listing_id: str
    address: AddressKey | None = None
    parcel: str | None = None  # county FIPS and APN without punctuation: "04013|10225019"
    mls_number: str | None = None  # "ARMLS|6748480"

    @property
    def unit(self) -> str | None:
        """`unit*`; "" is the building as a whole, None is unknown."""
        return None if self.address is None else self.address.unit


def identify(listing_id: str, record: ListingRecord, zip5: str, market: Market) -> Identity:
    """The keys of one listing. A parcel number counts only where its county is known."""
    number = (record.listing_id or "").strip()
    return Identity(
        listing_id,
        address_key(record.unparsed_address, zip5),
        _parcel_key(record, market),
        f"{record.x_mls}|{number}" if record.x_mls and number else None,
    )


def _parcel_key(record: ListingRecord, market: Market) -> str | None:
    number = "".join(c for c in (record.parcel_number or "").upper() if c.isalnum())
    if not number.strip("0"):
        return None
    if record.county_or_parish is None and len(market.counties) == 1:
        return f"{market.counties[0].fips}|{number}"
    name = (record.county_or_parish or "").lower().removesuffix(" county").strip()
    fips = {county.name.lower(): county.fips for county in market.counties}.get(name)
    return f"{fips}|{number}" if fips else None


def merge(identities: Iterable[Identity]) -> list[tuple[Identity, ...]]:
    """Homes as sorted groups of identities, themselves sorted; every identity is in exactly one."""
    listings = _with_units_of_same_mls_number(list(identities))
    clusters = _Clusters(listings)
    for of in (_address_text, _parcel, _mls_number):
        sharing: dict[str, list[int]] = defaultdict(list)
        for at, identity in enumerate(listings):
            if (key := of(identity)) is not None:
                sharing[key].append(at)
        for key in sorted(sharing):
            clusters.join_where_units_agree(sharing[key])
    return clusters.groups()


def property_id(market: str, zip5: str, group: Sequence[Identity]) -> str:
    """ "phx-85031-3f2a…": a hash of the strongest key: address, else parcel, else listing id."""
    addresses = [i.address.text for i in group if i.address is not None]
    parcels = [i.parcel for i in group if i.parcel is not None]
    if addresses:
        key = f"address:{min(addresses)}"
    elif parcels:
        key = f"parcel:{min(parcels)}"
    else:
        key = f"listing:{min(i.listing_id for i in group)}"
    return f"{market}-{zip5}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def _address_text(identity: Identity) -> str | None:
    return None if identity.address is None else identity.address.text


def _parcel(identity: Identity) -> str | None:
    return identity.parcel


def _mls_number(identity: Identity) -> str | None:
    return identity.mls_number


def _with_units_of_same_mls_number(listings: Sequence[Identity]) -> list[Identity]:
    """One MLS number is one listing: where one source names the unit, it holds for the others."""
    units: dict[tuple[str, AddressKey], set[AddressKey]] = defaultdict(set)
    for listing in listings:
        if listing.mls_number and listing.address and listing.address.unit:
            units[listing.mls_number, listing.address.building].add(listing.address)

    def completed(listing: Identity) -> Identity:
        if not listing.mls_number or not listing.address or listing.address.unit:
            return listing
        known = units.get((listing.mls_number, listing.address), set())
        return replace(listing, address=min(known)) if len(known) == 1 else listing

    return [completed(listing) for listing in listings]


class _Clusters:
    """Disjoint sets of listings, each with one unit or an unknown one."""

    def __init__(self, listings: Sequence[Identity]) -> None:
        self._listings = listings
        self._parent = list(range(len(listings)))
        self._unit = [listing.unit for listing in listings]

    def join_where_units_agree(self, members: Sequence[int]) -> None:
        """Join those that share a key; where units differ, only those of equal unit."""
        by_unit: dict[str | None, list[int]] = defaultdict(list)
        for root in sorted({self._root(member) for member in members}):
            by_unit[self._unit[root]].append(root)
        known = [unit for unit in by_unit if unit is not None]
        if len(known) <= 1:
            self._join([root for roots in by_unit.values() for root in roots])
        else:
            for roots in by_unit.values():
                self._join(roots)

    def groups(self) -> list[tuple[Identity, ...]]:
        members: dict[int, list[Identity]] = defaultdict(list)
        for at, listing in enumerate(self._listings):
            members[self._root(at)].append(listing)
        return sorted(tuple(sorted(group)) for group in members.values())

    def _join(self, roots: Sequence[int]) -> None:
        first = min(roots)
        for root in roots:
            self._parent[root] = first
            if self._unit[first] is None:
                self._unit[first] = self._unit[root]

    def _root(self, at: int) -> int:
        while self._parent[at] != at:
            self._parent[at] = self._parent[self._parent[at]]
            at = self._parent[at]
        return at
