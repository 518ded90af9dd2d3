"""Remarks of the synthetic listings: sentences written for this project, true of their home.

Some name an agent with phone and e-mail, as real ones do: collectors must not store those.
"""

from collections.abc import Iterator
from random import Random

from phoenix_re.sandbox.homes import House, Kind


def remarks_of(house: House, kind: Kind, chance: Random, agent: str, phone: str, email: str) -> str:
    """What an agent would write; every claim about the home holds for `house`."""
    sentences = [_opening(house, chance), *_features(house, kind, chance)]
    if kind == "rent":
        sentences.append("Available now, one-year lease; no smoking.")
    elif chance.random() < 0.1:
        sentences.append("Seller is motivated, bring all offers.")
    if chance.random() < 0.06:
        sentences.append(f"Call {agent} at {phone} or write to {email}.")
    return " ".join(sentences)


def _opening(house: House, chance: Random) -> str:
    rooms = "1 bedroom" if house.bedrooms == 1 else f"{house.bedrooms} bedrooms"
    which = chance.random()
    if which < 1 / 3:
        return f"{rooms} and about {house.living_area:,} square feet in {house.city}."
    if which < 2 / 3:
        return f"Step into this {house.sub_type.lower()} built in {house.year_built}."
    return f"Located in {house.subdivision.title()}, this home has {rooms}."


def _features(house: House, kind: Kind, chance: Random) -> Iterator[str]:
    if house.pool:
        yield _either(
            chance,
            "Private pool with a newer pump in the back yard.",
            "Dive into your own sparkling pool.",
        )
    elif house.unit:
        yield "Residents share a community pool."
    elif chance.random() < 0.2:
        yield "No pool, but plenty of room for one."
    if house.hoa_monthly:
        yield f"HOA dues are ${house.hoa_monthly} a month."
    elif chance.random() < 0.4:
        yield "No HOA!"
    if house.garage_spaces:
        yield f"{house.garage_spaces}-car garage."
    if house.solar and kind == "sale":
        yield _either(chance, "Owned solar panels convey.", "Solar lease to be assumed by buyer.")
    elif house.solar:
        yield "Solar panels keep the bills low."


def _either(chance: Random, one: str, other: str) -> str:
    return one if chance.random() < 0.5 else other
