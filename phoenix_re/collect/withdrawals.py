"""Listings that a licence no longer lets us keep as they were: what was stored of them goes.

The one exception to "nothing is ever overwritten": a feed that takes a listing back, or hides its
address, takes back every earlier version with it. What stays is the newest, which says so.
"""

from collections.abc import Iterable

from pymongo import UpdateOne

from phoenix_re.collect.landing import Store
from phoenix_re.storage import LISTING_EVENTS, RAW_LISTINGS

DELETED = "Delete"  # RESO StandardStatus of a listing that was taken back


def forget_earlier(store: Store, listing_ids: Iterable[str]) -> int:
    """Drop all versions but the newest; of a listing taken back, its events too. Safe to repeat.

    Returns how many listings had something to forget.
    """
    listings = [d for d in store.find_ids(RAW_LISTINGS, set(listing_ids)) if len(d["versions"]) > 1]
    if not listings:
        return 0
    store.db[RAW_LISTINGS].bulk_write(
        [UpdateOne({"_id": d["_id"]}, {"$set": {"versions": d["versions"][-1:]}}) for d in listings]
    )
    for listing in listings:
        if listing["versions"][-1].get("standard_status") == DELETED:
            of_it = {n: listing[n] for n in ("market", "zip")} | {"listing_id": listing["_id"]}
            store.db[LISTING_EVENTS].delete_many(of_it)
    return len(listings)
