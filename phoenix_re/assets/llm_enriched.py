"""`llm_enriched`: facts found in the remarks of a ZIP's listings, each with its exact words.

Reads `raw_listings`, calls the extractors of `enrich/`, writes `enrichments`. Rules read every
text; a model is asked about it where a server is at hand, ahead of time (`ZipRun.pending`), so that
one ZIP is asked about while the next is collected. With no server the rules alone speak, and the
figures say so.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from phoenix_re.assets.zip_run import ZipOutcome, ZipRun
from phoenix_re.enrich.cascade import Claim, Combined, Finding, combine, served
from phoenix_re.enrich.fair_housing import flags
from phoenix_re.enrich.gate import load_gate
from phoenix_re.enrich.rules import EXTRACTOR_VERSION, extract
from phoenix_re.mongo import Document
from phoenix_re.storage import ENRICHMENTS

if TYPE_CHECKING:
    from phoenix_re.enrich.asking import Read

DESCRIPTION = (
    "Facts found in the remarks (pool, garage, HOA, condition …), each with its evidence: rules "
    "first, a language model for what they leave open, both behind the release gate."
)
CODE_VERSION = EXTRACTOR_VERSION
STAGE = "llm_enriched"


def materialize(run: ZipRun) -> ZipOutcome:
    answers = run.pending.result() if run.pending else {}
    read = [
        _Reading(listing, remarks, run, answers.get(remarks)) for listing, remarks in run.remarks
    ]
    documents = [reading.document() for reading in read]
    written = run.store.replace_partition({ENRICHMENTS: (run.where, documents)})[ENRICHMENTS]
    states = Counter(f["state"] for d in documents for f in d["facts"].values())
    return ZipOutcome(
        {
            "listings": len(run.raw_listings),
            "with_remarks": len(read),
            "facts_yes": states["yes"],
            "facts_no": states["no"],
            "facts_withheld": sum(len(d["withheld"]) for d in documents),
            "disagreements": sum(len(d["disagreements"]) for d in documents),
            "fair_housing_flags": sum(len(d["fair_housing"]) for d in documents),
            "extractor": run.asked.named(EXTRACTOR_VERSION),
            "written": written.changed,
            **_model_figures(run, read),
        }
    )


def _model_figures(run: ZipRun, read: "Sequence[_Reading]") -> dict[str, int | str]:
    """How much of the ZIP a model has read, and what was wrong where it has not."""
    if run.asked.inquiry is None:
        return {"model": f"rules alone: {run.asked.why}"}
    answers = [reading.answer for reading in read if reading.answer is not None]
    by_model = Counter(c.extractor for r in read for c in r.combined.facts.values())
    unread = Counter(answer.why for answer in answers if answer.claims is None)
    rejected = sum((a.claims.rejected for a in answers if a.claims is not None), Counter())
    figures: dict[str, int | str] = {
        "model": run.asked.inquiry.extractor,
        "model_read": sum(answer.claims is not None for answer in answers),
        "model_unread": unread.total(),
        "model_facts_served": by_model[run.asked.inquiry.extractor],
        "model_claims_rejected": rejected.total(),
    }
    figures |= {f"model_rejected_{reason}": n for reason, n in sorted(rejected.items())}
    if unread:
        figures["model_unread_why"] = "; ".join(f"{why} ({n})" for why, n in unread.most_common(3))
    return figures


class _Reading:
    """One listing's remarks as all extractors read them."""

    def __init__(self, listing: Document, remarks: str, run: ZipRun, answer: "Read | None") -> None:
        self.answer = answer
        self._listing = listing
        self._remarks = remarks
        rules = Finding(EXTRACTOR_VERSION, extract(remarks, run.market.terminology))
        model = None
        if answer is not None and answer.claims is not None and run.asked.inquiry is not None:
            model = Finding(run.asked.inquiry.extractor, answer.claims.facts)
        self.combined: Combined = combine(rules, model, load_gate())
        self._extractors = "+".join(f.extractor for f in (rules, model) if f is not None)

    def document(self) -> Document:
        """BSON-ready. Only `facts` are served: a field that is not there is null downstream."""
        content = served(self._remarks, self.combined, self._extractors).to_document()
        content["facts"] = _claims(self.combined.facts)
        content["withheld"] = _claims(self.combined.withheld)
        content["disagreements"] = {
            name: [claim.to_document() for claim in both]
            for name, both in sorted(self.combined.disagreements.items())
        }
        content["fair_housing"] = [
            {"class": flag.protected_class, "evidence": str(flag.evidence)}
            for flag in flags(self._remarks)
        ]
        digest = hashlib.blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=16)
        market, zip_code = self._listing["market"], self._listing["zip"]
        listing_id = self._listing["_id"]
        return {
            # A listing may move: its old ZIP has a document of its own.
            "_id": f"{market}|{zip_code}|{listing_id}",
            "market": market,
            "zip": zip_code,
            "listing_id": listing_id,
            **content,
            "content_hash": digest.hexdigest(),
        }


def _claims(claims: Mapping[str, Claim]) -> dict[str, Any]:
    return {name: claim.to_document() for name, claim in sorted(claims.items())}
