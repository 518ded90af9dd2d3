"""`raw_listings`: what each source said of a ZIP, verbatim and versioned.

Reads the listings that have landed (`phoenix-re import`, the inbox) and takes stock of them; the
collectors of other sources will be called here. Writes nothing but its own stamp.
"""

from phoenix_re.assets.zip_run import ZipOutcome, ZipRun
from phoenix_re.collect.versions import events_of

DESCRIPTION = "What each source said of the ZIP's listings, verbatim, versioned by content hash."
CODE_VERSION = "1"


def materialize(run: ZipRun) -> ZipOutcome:
    listings = run.raw_listings
    figures: dict[str, int | float | str] = {
        "listings": len(listings),
        "versions": sum(len(listing["versions"]) for listing in listings),
        "changes": sum(len(events_of(listing)) - 1 for listing in listings),
        "sources": len({listing["source"] for listing in listings}),
    }
    if listings:
        newest = max(listing["versions"][-1]["last_observed_at"] for listing in listings)
        figures["newest_observation"] = newest.isoformat()
    return ZipOutcome(figures)
