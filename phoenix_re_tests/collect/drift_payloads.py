"""Payloads as a listing API gives them, from a seed, and the ways in which such an API drifts."""

import copy
from collections.abc import Callable
from random import Random
from typing import Any

Payload = dict[str, Any]


def payload(chance: Random) -> Payload:
    """One listing: nested, partly empty, with numbers as numbers and as padded texts."""
    area = max(400, round(chance.lognormvariate(7.4, 0.35)))
    price = round(area * 250 * chance.lognormvariate(0, 0.25), -2)
    made: Payload = {
        "id": f"L{chance.randrange(10**8):08d}",
        "zipCode": chance.choice(("85031", "85033", "85035")),
        "status": chance.choices(("Active", "Pending", "Closed"), (70, 20, 10))[0],
        "propertyType": chance.choices(("Single Family", "Condo", "Townhouse"), (80, 12, 8))[0],
        "price": int(price),
        "priceText": f"${int(price):,}",
        "squareFootage": area,
        "lot": {
            "acres": round(chance.lognormvariate(-1.8, 0.3), 3),
            "squareFeet": round(chance.lognormvariate(8.9, 0.3)),
        },
        "bedrooms": chance.randint(1, 6),
        "bathrooms": chance.choice((1, 1.5, 2, 2.5, 3)),
        "yearBuilt": str(chance.randint(1950, 2024)),
        "assessed": f"{round(price * 0.6)}      ",
        "taxRatePercent": round(chance.gauss(0.9, 0.12), 3) + 1,
        "hoa": {"fee": chance.randint(20, 400)} if chance.random() < 0.4 else None,
        "pool": chance.random() < 0.3,
        "listedDate": f"2026-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}T00:00:00Z",
        "modifiedMs": 1_770_000_000_000 + chance.randrange(10**9),
        "photos": [{"url": f"https://x.example/{chance.randrange(10**6)}.jpg"}] * 3,
        "taxes": {str(y): {"total": chance.randint(900, 4000)} for y in (2023, 2024)},
        "remarks": "Bright home. " * chance.randint(3, 9),
    }
    if chance.random() < 0.05:
        made["squareFootage"] = None
    if chance.random() < 0.15:
        del made["lot"]
    return made


def pool(n: int, seed: int) -> list[Payload]:
    chance = Random(seed)
    return [payload(chance) for _ in range(n)]


def _renamed(p: Payload, chance: Random) -> None:
    p["livingArea"] = p.pop("squareFootage")


def _dropped(p: Payload, chance: Random) -> None:
    del p["bedrooms"]


def _nested_dropped(p: Payload, chance: Random) -> None:
    if "lot" in p:
        del p["lot"]["acres"]


def _retyped_to_words(p: Payload, chance: Random) -> None:
    p["bedrooms"] = f"{p['bedrooms']} beds"


def _retyped_to_object(p: Payload, chance: Random) -> None:
    p["price"] = {"amount": p["price"], "currency": "USD"}


def _percent_to_fraction(p: Payload, chance: Random) -> None:
    p["taxRatePercent"] /= 100


def _to_square_metres(p: Payload, chance: Random) -> None:
    if p["squareFootage"]:
        p["squareFootage"] = round(p["squareFootage"] / 10.7639, 1)


def _to_acres(p: Payload, chance: Random) -> None:
    if "lot" in p:
        p["lot"]["squareFeet"] = p["lot"]["squareFeet"] / 43_560


def _to_square_feet(p: Payload, chance: Random) -> None:
    if "lot" in p:
        p["lot"]["acres"] = p["lot"]["acres"] * 43_560


def _to_cents(p: Payload, chance: Random) -> None:
    p["price"] *= 100


def _text_to_cents(p: Payload, chance: Random) -> None:
    p["assessed"] = f"{p['assessed'].strip()}00      "


def _to_seconds(p: Payload, chance: Random) -> None:
    p["modifiedMs"] //= 1000


def _nulls(p: Payload, chance: Random) -> None:
    if chance.random() < 0.7:
        p["price"] = None


def _all_masked(p: Payload, chance: Random) -> None:
    p["yearBuilt"] = "********"


DRIFTS: dict[str, Callable[[Payload, Random], None]] = {
    "rename": _renamed,
    "dropped column": _dropped,
    "nested column dropped": _nested_dropped,
    "number became words": _retyped_to_words,
    "number became object": _retyped_to_object,
    "percent became fraction": _percent_to_fraction,
    "sqft became m²": _to_square_metres,
    "sqft became acres": _to_acres,
    "acres became sqft": _to_square_feet,
    "dollars became cents": _to_cents,
    "padded text became cents": _text_to_cents,
    "milliseconds became seconds": _to_seconds,
    "70 % null": _nulls,
    "all masked": _all_masked,
}


def drifted(payloads: list[Payload], kind: str, chance: Random) -> list[Payload]:
    changed = [copy.deepcopy(one) for one in payloads]
    for one in changed:
        DRIFTS[kind](one, chance)
    return changed
