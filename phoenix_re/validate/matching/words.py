"""What a comparison found, in sentences with their weights: for `properties why` and the review."""

from phoenix_re.validate.address import AddressKey
from phoenix_re.validate.matching.comparing import (
    Answers,
    Profile,
    Weights,
    directions,
    facts_compared,
    metres,
    street_of,
)


def in_words(a: Profile, b: Profile, answers: Answers, by: Weights) -> dict[str, str]:
    """question → what was found, with its weight; "before": the odds such a pair starts with."""
    one, other = a.address, b.address
    said = {
        "name": _name_words(one, other, answers.name),
        "direction": _stated_words(
            "direction", answers.direction, directions(one), directions(other)
        ),
        "suffix": _stated_words(
            "suffix", answers.suffix, street_of(one).suffix, street_of(other).suffix
        ),
        "distance": f"{metres(a, b) or 0:,.0f} m apart",
        "facts": _fact_words(a, b),
        "price": f"prices {_dollars(a)} and {_dollars(b)}",
        "parcel": f"parcels {_numbers(a.parcels)} and {_numbers(b.parcels)}"
        if answers.parcel == "differs"
        else f"one parcel, {_numbers(a.parcels & b.parcels)}",
    }
    words = {"before": f"one house number, unit and ZIP ({by.prior:+.1f} bits)"}
    for question, answer in zip(Answers._fields, answers, strict=True):
        if answer:
            words[question] = f"{said[question]} ({by.bits[question][answer]:+.1f} bits)"
    return words


def _name_words(one: AddressKey, other: AddressKey, answer: str) -> str:
    if answer == "equal":
        return f"one street name, {one.street}"
    how = {"slip": "one letter apart", "similar": "alike"}[answer]
    return f"street names {how}: {one.street}, {other.street}"


def _stated_words(what: str, answer: str | None, one: str, other: str) -> str:
    if answer == "differs":
        return f"another {what}: {one}, {other}"
    if answer == "equal":
        return f"one {what}, {one}"
    return f"only one side says {one or other}"


def _fact_words(a: Profile, b: Profile) -> str:
    agree, contradict = facts_compared(a, b)
    parts = [f"agree: {', '.join(agree)}"] if agree else []
    parts += [f"contradict: {', '.join(contradict)}"] if contradict else []
    return "; ".join(parts)


def _dollars(profile: Profile) -> str:
    return ", ".join(f"${cents / 100:,.0f}" for cents in sorted({c for _, c in profile.prices}))


def _numbers(parcels: frozenset[str]) -> str:
    return ", ".join(sorted(parcel.rpartition("|")[2] for parcel in parcels))
