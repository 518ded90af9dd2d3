"""`llm_enriched`: facts found in the remarks of a ZIP's listings, each with its exact words.

Reads `raw_listings`, calls the extractor of `enrich/`, writes `enrichments`. At present the rules
alone speak (`extractor: rules`); the figures say so.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence

from phoenix_re.assets.zip_run import ZipOutcome, ZipRun
from phoenix_re.collect.formats import read_record
from phoenix_re.enrich.facts import Facts
from phoenix_re.enrich.rules import EXTRACTOR_VERSION, extract
from phoenix_re.mongo import Document
from phoenix_re.storage import ENRICHMENTS

DESCRIPTION = "Facts found in the remarks (pool, garage, HOA, condition …), each with its evidence."
CODE_VERSION = EXTRACTOR_VERSION


def materialize(run: ZipRun) -> ZipOutcome:
    enrichments = [
        _enrichment(listing, remarks, run.market.terminology)
        for listing in run.raw_listings
        if (remarks := _remarks(listing))
    ]
    written = run.store.replace_partition({ENRICHMENTS: (run.where, enrichments)})[ENRICHMENTS]
    states = Counter(f["state"] for e in enrichments for f in e["facts"].values())
    return ZipOutcome(
        {
            "listings": len(run.raw_listings),
            "with_remarks": len(enrichments),
            "facts_yes": states["yes"],
            "facts_no": states["no"],
            "extractor": f"rules {EXTRACTOR_VERSION}",
            "written": written.changed,
        }
    )


def _remarks(listing: Document) -> str | None:
    return read_record(listing["source"], listing["versions"][-1]["payload"]).public_remarks


def _enrichment(
    listing: Document, remarks: str, terminology: Mapping[str, Sequence[str]]
) -> Document:
    facts = Facts(remarks, f"rules {EXTRACTOR_VERSION}", extract(remarks, terminology))
    content = facts.to_document()
    digest = hashlib.blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=16)
    market, zip_code, listing_id = listing["market"], listing["zip"], listing["_id"]
    return {
        "_id": f"{market}|{zip_code}|{listing_id}",  # a listing may move: its old ZIP has its own
        "market": market,
        "zip": zip_code,
        "listing_id": listing_id,
        **content,
        "content_hash": digest.hexdigest(),
    }
