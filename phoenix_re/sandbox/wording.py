"""Remarks of the synthetic listings: sentences written for this project, true of their home.

Some name an agent with phone and e-mail, as real ones do: collectors must not store those.
"""

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phoenix_re.sandbox.world import House


def remarks_of(
    house: "House", kind: str, chance: Random, agent: str, phone: str, email: str
) -> str:
    """What an agent would write; every claim holds for `house`."""
    plural = "" if house.bedrooms == 1 else "s"
    sentences = [
        chance.choice(
            (
                f"{house.bedrooms} bedroom{plural} and about {house.living_area:,} square feet near {house.city}'s best spots.",
                f"Step into this {house.sub_type.lower()} built in {house.year_built}.",
                f"Located in {house.subdivision.title()}, this home has {house.bedrooms} bedroom{plural}.",
            )
        )
    ]
    if house.pool:
        sentences.append(
            chance.choice(
                (
                    "Private pool with a newer pump in the back yard.",
                    "Dive into your own sparkling pool.",
                )
            )
        )
    elif house.unit:
        sentences.append("Residents share a community pool.")
    elif chance.random() < 0.2:
        sentences.append("No pool, but plenty of room for one.")
    if house.hoa_monthly:
        sentences.append(f"HOA dues are ${house.hoa_monthly} a month.")
    elif chance.random() < 0.4:
        sentences.append("No HOA!")
    if house.garage_spaces:
        sentences.append(f"{house.garage_spaces}-car garage.")
    if house.solar:
        sentences.append(
            chance.choice(("Owned solar panels convey.", "Solar lease to be assumed by buyer."))
        )
    if kind == "rent":
        sentences.append("Available now, one-year lease; no smoking.")
    elif chance.random() < 0.1:
        sentences.append("Seller is motivated, bring all offers.")
    if chance.random() < 0.06:
        sentences.append(f"Call {agent} at {phone} or write to {email}.")
    return " ".join(sentences)
