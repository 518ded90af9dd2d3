"""Exact keys: which listings share an MLS number, address or parcel, and may be joined by it.

One MLS number is one listing. One address is one home, unless it leaves out what tells two streets
apart: "12 Elm" where 12 Elm Ct and 12 Elm Dr are known is no key. One parcel is one home where
the addresses say nothing against it: a builder lists a whole tract under the parcel it was cut
from, and two houses may stand on one lot.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from phoenix_re.validate.address import AddressKey
from phoenix_re.validate.matching.clusters import Because, Clusters, Link
from phoenix_re.validate.matching.comparing import directions, facts_compared, profile_of, street_of
from phoenix_re.validate.matching.deciding import LastWord, parties
from phoenix_re.validate.matching.identity import Identity


def with_units(listings: Sequence[Identity], word: LastWord) -> list[Identity]:
    """One MLS number is one listing: where one source names the unit, it holds for the others.

    So does a person's word that a listing of a building is that of a unit, and a parcel that is
    the unit's own.
    """
    known = _with_units_of_own_parcels(listings)
    by_number: dict[tuple[str, AddressKey], list[int]] = defaultdict(list)
    for at, listing in enumerate(known):
        if listing.mls_number and listing.address:
            by_number[listing.mls_number, listing.address.building].append(at)
    of_word = parties(word, [listing.listing_id for listing in listings])
    groups = [group for group in (*of_word.values(), *by_number.values()) if len(group) > 1]
    while _told_their_unit(known, groups):  # what one group tells may be news to another
        pass
    return known


def _with_units_of_own_parcels(listings: Sequence[Identity]) -> list[Identity]:
    """Where each unit of a building has a parcel of its own, a parcel tells the unit.

    So it is where two or more units name parcels and none names another's. The facts must bear it
    out: one at least agrees, none contradicts. A parcel under a whole building tells nothing.
    """
    by_building: dict[AddressKey, list[int]] = defaultdict(list)
    for at, listing in enumerate(listings):
        if listing.address is not None and listing.parcel is not None:
            by_building[listing.address.building].append(at)
    known = list(listings)
    for building, members in by_building.items():
        of_parcel: dict[str, list[Identity]] = defaultdict(list)
        for at in members:
            if listings[at].unit:
                of_parcel[listings[at].parcel or ""].append(listings[at])
        units = [frozenset(i.unit for i in ones) for ones in of_parcel.values()]
        if len(set(units)) < 2 or any(len(unit) > 1 for unit in units):
            continue
        for at in members:
            ones = of_parcel.get(listings[at].parcel or "", [])
            if not listings[at].unit and ones and _borne_out(listings[at], ones, building):
                known[at] = replace(listings[at], address=ones[0].address)
    return known


def _borne_out(listing: Identity, ones: Sequence[Identity], building: AddressKey) -> bool:
    agree, contradict = facts_compared(profile_of([listing], building), profile_of(ones, building))
    return bool(agree) and not contradict


def _told_their_unit(known: list[Identity], groups: Sequence[Sequence[int]]) -> bool:
    """Give the one unit that a group names to its members that name none; whether any got one."""
    told = False
    for group in groups:
        units = {known[at].unit for at in group} - {None, ""}
        if len(units) != 1:
            continue
        for at in group:
            listing = known[at]
            if listing.address is not None and not listing.address.unit:
                unit = min(filter(None, units))
                known[at] = replace(listing, address=listing.address._replace(unit=unit))
                told = True
    return told


def exact_links(clusters: Clusters) -> Iterator[tuple[int, int, Callable[[], Link]]]:
    """Places of two listings to be joined, and the link to be made if they are.

    What comes later looks at what was joined before, so join while iterating.
    """
    listings = clusters.listings
    open_to_two = _open_to_two(listings)
    for because, key_of in _KEYS:
        sharing: dict[str, list[int]] = defaultdict(list)
        for at, listing in enumerate(listings):
            key = key_of(listing)
            if key is not None and (because != "address" or listing.address not in open_to_two):
                sharing[key].append(at)
        for key in sorted(key for key, members in sharing.items() if len(members) > 1):
            members = sharing[key]
            sets = _on_parcel(clusters, members) if because == "parcel" else [members]
            for ones in sets:
                for agreeing in clusters.agreeing(ones):
                    for at in agreeing[1:]:
                        first = agreeing[0]
                        yield first, at, _link(listings, first, at, because)


def _open_to_two(listings: Sequence[Identity]) -> set[AddressKey]:
    """Addresses without direction or suffix that two known addresses, contradictory, fill in."""
    alike: dict[tuple[str, ...], set[AddressKey]] = defaultdict(set)
    for address in {listing.address for listing in listings} - {None}:
        if address is not None:
            street = street_of(address).letters
            alike[address.zip5, address.house_number, address.unit, street].add(address)
    return {
        address
        for addresses in alike.values()
        if len(addresses) > 2
        for address in addresses
        if not _one_street({_way(full) for full in addresses if _fills(full, address)})
    }


def _way(address: AddressKey) -> tuple[str, str]:
    """(direction, suffix)"""
    return directions(address), street_of(address).suffix


def _fills(full: AddressKey, address: AddressKey) -> bool:
    """Whether `full` says all that `address` says of direction and suffix, and perhaps more."""
    said = zip(_way(address), _way(full), strict=True)
    return all(not own or own == fuller for own, fuller in said)


def shared_keys(a: Identity, b: Identity) -> list[Because]:
    """The exact keys that two listings share, strongest first."""
    return [name for name, key_of in _KEYS if key_of(a) is not None and key_of(a) == key_of(b)]


def _link(listings: Sequence[Identity], a: int, b: int, because: Because) -> Callable[[], Link]:
    def made() -> Link:
        return exact_link(listings[min(a, b)], listings[max(a, b)], because)

    return made


def exact_link(a: Identity, b: Identity, because: Because) -> Link:
    said = {
        "mls_number": lambda: f"one MLS number, {(a.mls_number or '').replace('|', ' ')}",
        "address": lambda: f"one address, {a.address.display if a.address else ''}",
        "parcel": lambda: (
            f"one parcel, {(a.parcel or '').rpartition('|')[2]}, "
            "and nothing in their addresses against it"
        ),
    }[because]()
    return Link(a.listing_id, b.listing_id, because, None, {because: said})


def _on_parcel(clusters: Clusters, members: Sequence[int]) -> list[list[int]]:
    """Sets of one parcel's listings whose addresses do not contradict each other.

    Those that a model must judge (names that differ a little) are left alone.
    """
    of_dwelling: dict[tuple[str, ...], list[int]] = defaultdict(list)
    without_address: list[int] = []
    streets: dict[tuple[str, ...], set[tuple[str, str]]] = defaultdict(set)
    for at in members:
        addresses = {clusters.listings[m].address for m in clusters.members(clusters.root(at))}
        stated = sorted(address for address in addresses if address is not None)
        if not stated:
            without_address.append(at)
            continue
        own = clusters.listings[at].address or stated[0]
        dwelling = (own.house_number, own.unit, street_of(own).letters)
        of_dwelling[dwelling].append(at)
        streets[dwelling].add(_way(own))
    if len(of_dwelling) == 1 and without_address:
        next(iter(of_dwelling.values())).extend(without_address)
        without_address = []
    sets = [sorted(of_dwelling[d]) for d in of_dwelling if _one_street(streets[d])]
    return [*sets, without_address] if without_address else sets


def _one_street(said: set[tuple[str, str]]) -> bool:
    return all(len({part[at] for part in said} - {""}) <= 1 for at in (0, 1))


def _mls_number(identity: Identity) -> str | None:
    return identity.mls_number


def _address(identity: Identity) -> str | None:
    return None if identity.address is None else identity.address.text


def _parcel(identity: Identity) -> str | None:
    return identity.parcel


_KEYS: tuple[tuple[Because, Callable[[Identity], str | None]], ...] = (
    ("mls_number", _mls_number),
    ("address", _address),
    ("parcel", _parcel),
)
