"""Payloads that a source could not read at all, kept for the operator beside the drifted batches.

`drift/` judges batches that were read; here is what a source's own contract threw out: a page whose
template changed, JSON that broke off, a field of another type. One document a place, the newest.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from phoenix_re.collect.arrivals import Door, put
from phoenix_re.collect.errors import ContractError
from phoenix_re.collect.privacy import clean
from phoenix_re.storage import DRIFT

STATE = "unreadable"  # nothing of it can be accepted; it is over with the next good answer
LONGEST_KEPT = 200_000  # characters


def keep_unreadable(
    door: Door, zip_code: str, error: ContractError, hiding: Callable[[str], str]
) -> None:
    """Keep `error.payload`, without personal data and credentials; nothing where there is none."""
    if error.payload is None:
        return
    whole = error.payload if isinstance(error.payload, Mapping) else {"text": error.payload}
    key = f"{door.spec.name}|{door.market.code}|{zip_code}|{STATE}"
    stored = door.store.find_ids(DRIFT, [key])
    document: dict[str, Any] = {
        "_id": key,
        "source": door.spec.name,
        "market": door.market.code,
        "zip": zip_code,
        "format": "",
        "state": STATE,
        "reasons": [{"path": "", "what": STATE, "text": hiding(error.message)}],
        "first_at": stored[0]["first_at"] if stored else door.observed_at,
        "last_at": door.observed_at,
        "times": stored[0]["times"] + 1 if stored else 1,
        "payloads_in_batch": 1,
        "payloads": [hiding(_text(door, whole))],
    }
    put(door.store, DRIFT, [document])


def _text(door: Door, payload: Mapping[str, Any]) -> str:
    cleaned = clean(dict(payload), door.spec.private, door.spec.hashed, door.secret)
    return json.dumps(cleaned, default=str, ensure_ascii=True)[:LONGEST_KEPT]
