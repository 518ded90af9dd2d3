"""What of a model's answer is believed: each claim against the remarks it was made from.

`read_claims` takes an answer as received and lets through what the text proves: a known field, a
legal state and value, and evidence that is a piece of these remarks, speaks of the field, holds the
value, and was not written for machines. All else is dropped and counted by its reason; nothing
is repaired but the evidence's case and spacing, which are cut anew from the text.

What gets through may still be wrong, as reading is judgement: whether a field is served at all is
the release gate's to say. Nothing is asked here.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from phoenix_re.enrich.facts import FIELDS, SUMMARY_LIMIT, Fact, Quote, Value, read_value
from phoenix_re.enrich.model.errors import AnswerError
from phoenix_re.enrich.model.folding import Folded, whole_words, words
from phoenix_re.enrich.model.injection import Span, injected
from phoenix_re.enrich.model.money import MONEY_FIELDS, monthly_cents
from phoenix_re.enrich.model.prompt import Prompt, Terminology, Topic, load_prompt
from phoenix_re.enrich.model.support import proven

MOST_CLAIMS: Final = 200  # of one answer; more is no list of claims
MOST_PLACES: Final = 50  # where a piece of evidence is looked at; what stands oftener proves little

Reason = Literal[
    "wrong_shape",
    "unknown_field",
    "illegal_state",
    "illegal_value",
    "no_evidence",
    "not_in_text",
    "injected",
    "off_topic",
    "negated",
    "not_denied",
    "not_proven",
    "duplicate",
    "contradiction",
]
REASONS: Final[Mapping[Reason, str]] = {
    "wrong_shape": "no object of field, evidence, state and value",
    "unknown_field": "a field that was not asked for",
    "illegal_state": "no state, or a denial of what cannot be denied",
    "illegal_value": "a value that the field cannot have",
    "no_evidence": "nothing quoted, or more than a sentence",
    "not_in_text": "the evidence is not in the remarks: invented, reworded or translated",
    "injected": "the evidence is addressed to a machine",
    "off_topic": "the evidence does not mention the field",
    "negated": "the text denies what the claim asserts",
    "not_denied": "the evidence of a denial denies nothing",
    "not_proven": "the value does not follow from the evidence",
    "duplicate": "the same claim again",
    "contradiction": "claims of one field that exclude each other; all of them are dropped",
}

_NEGATORS: Final = frozenset(
    {"no", "not", "never", "without", "zero", "non", "lacks", "t", "nor", "neither"}
)
_BETWEEN: Final = frozenset({"a", "an", "the", "any", "have", "has", "of", "been", "is", "be"})
_DENIED_ANYWHERE: Final = (" none ", " nonexistent ", " n a ", " 0 ")


@dataclass(frozen=True, slots=True)
class Claims:
    """What got through, by field, and how many claims fell for which reason."""

    facts: dict[str, Fact] = field(default_factory=dict)
    rejected: Counter[Reason] = field(default_factory=Counter)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    claims: list[Any] = Field(max_length=MOST_CLAIMS)


class _Claim(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    field: str
    evidence: str
    state: str
    value: Any = None


class _RejectedError(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def read_claims(
    content: str,
    remarks: str,
    *,
    prompt: Prompt | None = None,
    terminology: Terminology | None = None,
) -> Claims:
    """The claims of an answer that these remarks prove; `content` is the model's text as received.

    An answer that was given for another copy of the text (`folding.normalised` alike) may be read
    against this one. `AnswerError` ("empty", "malformed", "wrong_shape") where there is no list of
    claims; no other exception, whatever the model wrote.
    """
    judge = _Judge(remarks, prompt or load_prompt(), terminology)
    rejected: Counter[Reason] = Counter()
    stated: dict[str, list[Fact]] = {}
    for raw in _parsed(content):
        try:
            name, fact = judge.fact(raw)
        except _RejectedError as error:
            rejected[error.reason] += 1
        else:
            if fact is not None:
                stated.setdefault(name, []).append(fact)
    facts = {name: fact for name in FIELDS if (fact := _one(stated.get(name, []), rejected))}
    return Claims(facts, rejected)


def _parsed(content: str) -> list[Any]:
    if not content.strip():
        raise AnswerError("empty", "the model answered nothing")
    try:
        return _Answer.model_validate_json(content).claims
    except ValidationError as error:
        broken = error.errors()[0]["type"] in ("json_invalid", "string_unicode")
        what = "is no JSON" if broken else 'is not {"claims": [...]}'
        raise AnswerError(
            "malformed" if broken else "wrong_shape",
            f"the model's answer {what}; if it stays so, the model is too small for the prompt"
            f" or the server ignores `format`: {content[:120]!r}",
            content,
        ) from error


def _one(facts: list[Fact], rejected: Counter[Reason]) -> Fact | None:
    """The field's only claim; repetitions are dropped, and all of several that differ."""
    if len({(fact.state, fact.value) for fact in facts}) > 1:
        rejected["contradiction"] += len(facts)
        return None
    if len(facts) > 1:
        rejected["duplicate"] += len(facts) - 1
    return facts[0] if facts else None


class _Judge:
    """One text, and what is needed of it for every claim."""

    def __init__(self, remarks: str, prompt: Prompt, terminology: Terminology | None) -> None:
        self._remarks = remarks
        self._folded = Folded(remarks)
        self._injected = injected(remarks)
        self._prompt = prompt
        self._terminology = terminology

    def fact(self, raw: Any) -> tuple[str, Fact | None]:
        """Field and fact; None where the claim takes itself back. `_RejectedError` else."""
        claim = _claim(raw)
        if claim.field not in FIELDS:
            raise _RejectedError("unknown_field")
        if claim.state == "not_stated":
            return claim.field, None
        if claim.state not in ("yes", "no") or (
            claim.state == "no" and not FIELDS[claim.field].can_be_denied
        ):
            raise _RejectedError("illegal_state")
        value = _value(claim) if claim.state == "yes" else None
        topic = self._prompt.topics[claim.field]
        failure: Reason = "not_in_text"
        for span in self._places(claim.evidence):
            try:
                return claim.field, self._proven(topic, claim.state, value, span)
            except _RejectedError as error:
                failure = error.reason
        raise _RejectedError(failure)

    def _places(self, evidence: str) -> Iterator[Span]:
        if not evidence.strip() or len(evidence) > 2 * SUMMARY_LIMIT:
            raise _RejectedError("no_evidence")
        seen: set[Span] = set()
        for span in islice(self._folded.places(evidence), MOST_PLACES):
            whole = whole_words(self._remarks, *span)
            if whole not in seen:
                seen.add(whole)
                yield whole

    def _proven(
        self, topic: Topic, state: Literal["yes", "no"], value: Value | None, span: Span
    ) -> Fact:
        if any(start < span[1] and span[0] < end for start, end in self._injected):
            raise _RejectedError("injected")
        quote = Quote(self._remarks, *span)
        if FIELDS[topic.name].kind == "sentence":
            if len(quote) > SUMMARY_LIMIT:
                raise _RejectedError("no_evidence")
            return Fact("yes", str(quote), quote)
        local = self._prompt.local_words(topic.name, self._terminology)
        self._speaks_of(topic, local, state, span)
        if value is None:
            return Fact(state, None, quote)
        uses_local = any(phrase in words(quote) for phrase in local)
        try:
            return Fact(state, proven(topic, value, quote, local=uses_local), quote)
        except ValueError as error:
            raise _RejectedError("not_proven") from error

    def _speaks_of(
        self, topic: Topic, local: list[str], state: Literal["yes", "no"], span: Span
    ) -> None:
        """The evidence mentions the field, and in the sense of the claim, as its clause has it."""
        context, (start, end) = self._context(span)
        places = [at for at, to in topic.found_in(context, local) if start <= at and to <= end + 1]
        if not places:
            raise _RejectedError("off_topic")
        denials = [_is_negated(context, at) for at in places]
        evidence = context[start : end + 1]
        if state == "yes" and all(denials):
            raise _RejectedError("negated")
        if state == "no" and not (
            any(denials)
            or any(word in evidence for word in _DENIED_ANYWHERE)
            or any(f" {stem}" in evidence for stem in topic.denied)
        ):
            raise _RejectedError("not_denied")

    def _context(self, span: Span) -> tuple[str, Span]:
        """The evidence's words with up to three of its clause around, and where it stands."""
        start, end = span
        said = words(self._remarks[start:end]).split()
        before = words(self._remarks[max(0, start - 60) : start]).rpartition(" , ")[2].split()[-3:]
        behind = words(self._remarks[end : end + 60]).partition(" , ")[0].split()[:3]
        ahead = "".join(f" {word}" for word in before)
        quoted = "".join(f" {word}" for word in said)
        rest = "".join(f" {word}" for word in behind)
        return f"{ahead}{quoted}{rest} ", (len(ahead), len(ahead) + len(quoted))


def _is_negated(context: str, at: int) -> bool:
    """Is one of the two words before a place, articles and the like aside, a "no"?"""
    clause = context[:at].rpartition(" , ")[2]
    clause = clause.replace(" not only", "").replace(" w o", " no").replace(" w out", " no").split()
    return any(word in _NEGATORS for word in [w for w in clause if w not in _BETWEEN][-2:])


def _claim(raw: Any) -> _Claim:
    try:
        return _Claim.model_validate(raw)
    except ValidationError as error:
        raise _RejectedError("wrong_shape") from error


def _value(claim: _Claim) -> Value | None:
    stored = claim.value
    if stored is None or FIELDS[claim.field].kind == "sentence":
        return None
    try:
        if claim.field in MONEY_FIELDS and isinstance(stored, Mapping):
            stored = _cents(stored)
        return read_value(claim.field, stored)
    except ValueError as error:
        raise _RejectedError("illegal_value") from error


def _cents(stored: Mapping[str, Any]) -> int:
    amount, period = stored.get("amount"), stored.get("period")
    if isinstance(amount, bool) or not isinstance(amount, int | float) or len(stored) != 2:
        raise ValueError(f"an amount is a number a period, not {dict(stored)}")
    return monthly_cents(Decimal(str(amount)), str(period))
