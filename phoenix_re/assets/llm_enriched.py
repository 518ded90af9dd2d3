"""`llm_enriched`: facts found in the remarks of a ZIP's listings, each with its exact words.

Reads `raw_listings`, calls the extractors of `enrich/`, writes `enrichments`. Rules read every
text; a model is asked about it where a server is at hand, ahead of time (`ZipRun.pending`), so that
one ZIP is asked about while the next is collected. With no server the rules alone speak of what no
model has read, and the figures say so; what one has read of the same remarks before still stands.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from phoenix_re.assets.zip_run import ZipOutcome, ZipRun
from phoenix_re.enrich.cascade import Claim, Combined, Finding, combine, served
from phoenix_re.enrich.facts import Facts, remarks_hash
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
    is_read = all(remarks in answers and answers[remarks].claims for _, remarks in run.remarks)
    stored = [] if is_read else run.store.find_partition(ENRICHMENTS, run.where)
    before = {document["listing_id"]: document for document in stored}
    read = [
        _Reading(listing, remarks, run, answers.get(remarks), before.get(listing["_id"]))
        for listing, remarks in run.remarks
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
    kept = sum(reading.is_kept for reading in read)
    if run.asked.inquiry is None:
        return {"model": f"rules alone: {run.asked.why}", "model_kept": kept}
    answers = [reading.answer for reading in read if reading.answer is not None]
    by_model = Counter(c.extractor for r in read for c in r.combined.facts.values())
    unread = Counter(answer.why for answer in answers if answer.claims is None)
    rejected = sum((a.claims.rejected for a in answers if a.claims is not None), Counter())
    figures: dict[str, int | str] = {
        "model": run.asked.inquiry.extractor,
        "model_read": sum(answer.claims is not None for answer in answers),
        "model_unread": unread.total(),
        "model_kept": kept,
        "model_facts_served": by_model[run.asked.inquiry.extractor],
        "model_claims_rejected": rejected.total(),
    }
    figures |= {f"model_rejected_{reason}": n for reason, n in sorted(rejected.items())}
    if unread:
        figures["model_unread_why"] = "; ".join(f"{why} ({n})" for why, n in unread.most_common(3))
    return figures


def _said_before(document: Document | None, remarks: str) -> Finding | None:
    """What a model said of these very remarks when one was at hand, as stored.

    Where the rules said the same, the rules' claim was stored, and nothing is missed here.
    """
    if document is None or document["remarks_hash"] != remarks_hash(remarks):
        return None
    model = document["extractor"].partition("+")[2]
    if not model:
        return None
    of_both = {name: second for name, (_, second) in document["disagreements"].items()}
    claims = {**document["withheld"], **document["facts"], **of_both}
    said = {name: claim for name, claim in claims.items() if claim["extractor"] == model}
    try:
        facts = Facts.from_document({**document, "facts": said}, remarks)
    except ValueError:  # what a field may hold has changed since: it has to be asked anew
        return None
    return Finding(model, facts.facts)


class _Reading:
    """One listing's remarks as all extractors read them; `before`: the listing's old document.

    `is_kept`: no model has read them in this run, and what one said of them before stands.
    """

    def __init__(
        self,
        listing: Document,
        remarks: str,
        run: ZipRun,
        answer: "Read | None",
        before: Document | None,
    ) -> None:
        self.answer = answer
        self._listing = listing
        self._remarks = remarks
        rules = Finding(EXTRACTOR_VERSION, extract(remarks, run.market.terminology))
        model = None
        if answer is not None and answer.claims is not None and run.asked.inquiry is not None:
            model = Finding(run.asked.inquiry.extractor, answer.claims.facts)
        kept = _said_before(before, remarks) if model is None else None
        self.is_kept = kept is not None
        model = model or kept
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
