"""Payloads that a source could not read at all, kept for the operator beside the drifted batches.

`drift/` judges batches that were read; here is what a source's own contract threw out: a page whose
template changed, JSON that broke off, a field of another type. One document a place; it has no
fingerprint, so there is nothing to accept. It is over with the place's next good answer.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from phoenix_re.collect.arrivals import Door, put
from phoenix_re.collect.errors import ContractError
from phoenix_re.collect.privacy.replies import People
from phoenix_re.storage import DRIFT

WHAT = "unreadable"
LONGEST_KEPT = 200_000  # characters


def keep_unreadable(
    door: Door, zip_code: str, error: ContractError, hiding: Callable[[str], str]
) -> None:
    """Keep `error.payload`, without personal data and credentials; nothing where there is none."""
    if error.payload is None:
        return
    key = _key(door, zip_code)
    stored = door.store.find_ids(DRIFT, [key])
    goes_on = bool(stored) and stored[0]["state"] == "open"
    document: dict[str, Any] = {
        "_id": key,
        "source": door.spec.name,
        "market": door.market.code,
        "zip": zip_code,
        "format": "",
        "state": "open",
        "reasons": [{"path": "", "what": WHAT, "text": hiding(error.message)}],
        "first_at": stored[0]["first_at"] if goes_on else door.observed_at,
        "last_at": door.observed_at,
        "times": stored[0]["times"] + 1 if goes_on else 1,
        "payloads_in_batch": 1,
        "payloads": [hiding(_text(door, error.payload))],
    }
    put(door.store, DRIFT, [document])


def readable_again(door: Door, zip_code: str) -> None:
    """The place has answered as it should."""
    where = {"_id": _key(door, zip_code), "state": "open"}
    over = {"state": "recovered", "closed_at": door.observed_at}
    door.store.db[DRIFT].update_one(where, {"$set": over})


def _key(door: Door, zip_code: str) -> str:
    return f"{door.spec.name}|{door.market.code}|{zip_code}|{WHAT}"


def _text(door: Door, payload: object) -> str:
    """JSON of the payload; of one that is too long, or no object, JSON of the start of its text."""
    people = People(door.spec.private, door.spec.hashed, door.secret)
    if isinstance(payload, str):
        text = people.out_of_text(payload[:LONGEST_KEPT])
    else:
        # keys that are no texts, and values that are no JSON's, as JSON has them
        reply = json.loads(json.dumps(payload, default=str))
        text = json.dumps(people.out_of_reply(reply), ensure_ascii=True)
        if isinstance(payload, Mapping) and len(text) <= LONGEST_KEPT:
            return text
    return json.dumps({"text": text[:LONGEST_KEPT]}, ensure_ascii=True)
