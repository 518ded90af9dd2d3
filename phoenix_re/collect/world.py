"""Which world a database holds: real listings, or a sandbox's invented ones. Never both.

The first run that collects marks the database; one that holds listings from files and no mark is of
the real world, whoever made the files.
"""

import contextlib

from pymongo.errors import DuplicateKeyError

from phoenix_re.collect.landing import Store
from phoenix_re.storage import COUNTERS, RAW_LISTINGS

REAL = "real"
_MARK = "world"


def world_of(store: Store) -> str | None:
    """The world's name; None: the database holds nothing yet."""
    mark = store.db[COUNTERS].find_one({"_id": _MARK})
    if mark is not None:
        return mark["name"]
    return REAL if store.db[RAW_LISTINGS].estimated_document_count() else None


def claim(store: Store, world: str) -> str | None:
    """Mark the database as of `world`; why not, as a sentence, if it is of another."""
    if world_of(store) is None:
        with contextlib.suppress(DuplicateKeyError):  # another process began with it just now
            name = {"$setOnInsert": {"name": world}}
            store.db[COUNTERS].update_one({"_id": _MARK}, name, upsert=True)
    there = world_of(store)
    if there == world:
        return None
    return (
        f"this database holds data of the {there} world and this run asks the {world} one; "
        "invented and real listings are not mixed. Use another PHOENIX_RE_HOME, or MONGODB_URI."
    )
