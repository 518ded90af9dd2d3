"""A run's questions to a model: each text once, the urgent first, many at a time.

An `Inquiry` takes the remarks of one ZIP after the other and hands back a `Pending` at once; its
threads ask the servers while the run goes on with the next ZIP. Texts that were answered before
cost nothing. Texts never asked come first, those of priority ZIPs before all others; texts whose
answer is of an older prompt keep that answer by day and are asked anew at night, and only if the
change concerns them. Nothing here raises because of a model or a server: what cannot be had is
counted, with its reason, and the rules alone serve that text.

How much is asked at once is `batches.py`'s; what an answer is worth is `model/claims.py`'s.
"""

import queue
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import count
from types import TracebackType
from typing import Any, Final, Self

from phoenix_re.collect.clock import Clock
from phoenix_re.collect.errors import PermanentError
from phoenix_re.enrich.allowance import Allowance
from phoenix_re.enrich.answers import Answer, Answers, text_hash
from phoenix_re.enrich.model.claims import Claims, read_claims
from phoenix_re.enrich.model.errors import AnswerError, NoServerError
from phoenix_re.enrich.model.folding import normalised
from phoenix_re.enrich.model.prompt import Prompt
from phoenix_re.enrich.model.servers import Reply, Servers
from phoenix_re.enrich.pacing import Pacing

TRIES: Final = 2  # of a text whose answer cannot be read
WORTH_ANOTHER_TRY: Final = frozenset({"empty", "malformed"})  # else the same would come again
LEASE_MARGIN_S: Final = 60.0  # beyond what a call may take
POLL_S: Final = 0.5  # between two looks at a text that somebody else is asking about
URGENT, NEW, STALE = 0, 1, 2  # order of asking


@dataclass(slots=True)
class _Question:
    hash: str
    remarks: str
    future: "Future[Answer | str]" = field(default_factory=Future)
    """An answer, or a sentence on why there is none."""
    claims: Claims | None = None
    """What the answer proves of `remarks`, read when it came."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the model's answer to one text proves; without `claims`, `why` says why not."""

    claims: Claims | None
    why: str = ""


class Pending:
    """The remarks of one ZIP, being asked about."""

    def __init__(self, inquiry: "Inquiry", futures: "Mapping[str, Future[Answer | str]]") -> None:
        self._inquiry = inquiry
        self._futures = futures  # remarks → answer

    @property
    def is_ready(self) -> bool:
        return all(future.done() for future in self._futures.values())

    def result(self) -> dict[str, Read]:
        """Remarks → what was read, once all are there. Waits."""
        return {
            remarks: self._inquiry.read(remarks, future.result())
            for remarks, future in self._futures.items()
        }


class Inquiry:
    """One run's asking. Use it as a context: leaving it ends the threads and releases the model.

    `terminology`: the market's words. `night`: whether texts whose answer is of an older prompt are
    asked anew. `seconds`: after so many nothing more is asked in this run (None: as long as it
    takes).
    """

    def __init__(
        self,
        pacing: Pacing,
        prompt: Prompt,
        answers: Answers,
        allowance: Allowance,
        clock: Clock,
        *,
        terminology: Mapping[str, Sequence[str]],
        night: bool,
        seconds: float | None = None,
    ) -> None:
        self.servers: Servers = pacing.servers
        self.extractor = answers.asked.extractor
        self.counts: Counter[str] = Counter()
        self.why_unasked: Counter[str] = Counter()
        self.seconds = 0.0  # of all calls
        self.server_seconds = 0.0  # of the servers: calls at once share them
        self._prompt = prompt
        self._answers = answers
        self._pacing = pacing
        self._allowance = allowance
        self._clock = clock
        self._terminology = terminology
        self._night = night
        self._ends_at = None if seconds is None else clock.now().timestamp() + seconds
        self._line: queue.PriorityQueue[tuple[int, int, _Question | None]] = queue.PriorityQueue()
        self._tickets = count()
        self._questions: dict[str, _Question] = {}
        self._unanswered = 0  # of them
        self._threads: list[threading.Thread] = []
        self._is_ending = False
        self._lock = threading.Lock()

    # ── what a run does ─────────────────────────────────────────────────────────────────────────

    def ask(self, remarks: Sequence[str], *, urgent: bool = False) -> Pending:
        """Begin to ask about each text that no answer is known of."""
        hashes = {one: self._hash(one) for one in dict.fromkeys(remarks)}
        known = self._answers.known(set(hashes.values()))
        fresh = {key: one for one, key in hashes.items() if key not in known}
        older = self._answers.older(fresh)
        futures: dict[str, Future[Answer | str]] = {key: _done(a) for key, a in known.items()}
        for key, one in fresh.items():
            futures[key] = self._begin(key, one, older.get(key), urgent=urgent)
        with self._lock:
            self.counts["texts"] += len(hashes)
            self.counts["cached"] += len({h for h in hashes.values() if h in known})
        self._staff()
        return Pending(self, {one: futures[key] for one, key in hashes.items()})

    def read(self, remarks: str, answer: Answer | str) -> Read:
        """What an answer proves of these very remarks."""
        if isinstance(answer, str):
            return Read(None, answer)
        if answer.failure:
            return Read(None, answer.failure)
        asked = self._questions.get(answer.text_hash)
        if asked is not None and asked.claims is not None and asked.remarks == remarks:
            return Read(asked.claims)
        return Read(self._claims(answer.content, remarks))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:  # what is under way is left to its time limit, its lease to its own
            self._drop_the_rest("the run ended before it was asked")
        with self._lock:  # a thread begun later would not be told to end
            self._is_ending = True
        for _ in self._threads:
            self._line.put((STALE + 1, next(self._tickets), None))
        if kind is None:
            for thread in self._threads:
                thread.join()
            self.servers.release()
        self.servers.close()

    def report(self) -> dict[str, Any]:
        """What the asking came to so far: `figures`, a row per server, what was learnt of each, and
        why texts were not asked about."""
        today = self._allowance.today()
        with self._lock:
            figures = {
                **dict(sorted(self.counts.items())),
                "seconds": round(self.seconds, 1),
                "calls_today": today["calls"],
                "usd_today": round(today["usd"], 6),
            }
            if calls := self.counts["calls"]:
                usd = self._allowance.usd(self.server_seconds) / calls
                figures["usd_per_call"] = round(float(usd), 8)
            unasked = dict(self.why_unasked)
        return {
            "figures": figures,
            "servers": [asdict(status) for status in self.servers.status()],
            "batches": self._pacing.rows(),
            "unasked": unasked,
        }

    # ── one question ────────────────────────────────────────────────────────────────────────────

    def _hash(self, remarks: str) -> str:
        """Of what a server is sent of this text: its words, and what the market's words mean."""
        return text_hash(normalised(self._messages(remarks)[-1]["content"]))

    def _messages(self, remarks: str) -> list[dict[str, str]]:
        return self._prompt.messages(remarks, self._terminology)

    def _begin(
        self, key: str, remarks: str, older: Answer | None, *, urgent: bool
    ) -> "Future[Answer | str]":
        if older is not None and not self._is_outdated(older, remarks):
            self._count("unaffected")
            return _done(older)
        if older is not None and not self._night:
            self._count("stale")
            return _done(older)
        with self._lock:
            question = self._questions.get(key)
            if question is None:
                question = self._questions[key] = _Question(key, remarks)
                self._unanswered += 1
                order = STALE if older else URGENT if urgent else NEW
                self._line.put((order, next(self._tickets), question))
        return question.future

    def _is_outdated(self, older: Answer, remarks: str) -> bool:
        return not self._prompt.still_serves(
            remarks, older.prompt, older.schema, older.fields, self._terminology
        )

    def _staff(self) -> None:
        """As many threads as the servers are given requests at once, and as there is work for: the
        questions in line and those that a thread is busy with."""
        with self._lock:
            wanted = 0 if self._is_ending else min(self._unanswered, self._pacing.width)
            for _ in range(wanted - len(self._threads)):
                thread = threading.Thread(target=self._work, daemon=True, name="asking a model")
                self._threads.append(thread)
                thread.start()

    def _work(self) -> None:
        while True:
            order, _, question = self._line.get()
            if question is None:
                return
            try:
                outcome = self._outcome(question)
            except Exception as error:  # noqa: BLE001 - raised where the result is awaited
                self._end()
                question.future.set_exception(error)
                continue
            if outcome is None:
                self._line.put((order, next(self._tickets), question))
            else:
                self._end()
                question.future.set_result(outcome)
            self._staff()

    def _end(self) -> None:
        with self._lock:
            self._unanswered -= 1

    def _outcome(self, question: _Question) -> Answer | str | None:
        """An answer, why there is none, or None: look again later."""
        if self._ends_at is not None and self._clock.now().timestamp() >= self._ends_at:
            return self._unasked("the run's time for the model is over")
        timeout = self._pacing.timeout_s
        if not self._answers.take(question.hash, timeout * TRIES + LEASE_MARGIN_S):
            return self._somebody_elses(question)
        found = self._answers.known([question.hash]).get(question.hash)
        if found is not None:
            self._answers.release(question.hash)
            self._count("cached")
            return found
        taken = self._allowance.take(timeout)
        if isinstance(taken, str):
            self._answers.release(question.hash)
            return self._unasked(taken)
        try:
            answer = self._answer(question, timeout)
        except (NoServerError, PermanentError) as nobody:
            taken.give_back()
            self._answers.release(question.hash)
            return self._unasked(str(nobody))
        at_once = self._pacing.at_once(answer.server)
        taken.settle(answer.seconds / at_once, answer.prompt_tokens, answer.answer_tokens)
        self._answers.put(answer)
        return answer

    def _somebody_elses(self, question: _Question) -> Answer | None:
        found = self._answers.known([question.hash]).get(question.hash)
        if found is None:
            self._clock.sleep(POLL_S)
            return None
        self._count("shared")
        return found

    def _answer(self, question: _Question, timeout: float) -> Answer:
        """Ask, and once more where the server may have been at fault; the last try counts."""
        spent: list[Reply] = []
        messages = self._messages(question.remarks)
        failure, content = self._try(messages, question, timeout, spent)
        while failure in WORTH_ANOTHER_TRY and len(spent) < TRIES:
            self._count("retried")
            failure, content = self._try(messages, question, timeout, spent)
        if failure is not None:
            self._count(f"failed_{failure}")
        return Answer(
            text_hash=question.hash,
            content=content,
            failure=failure,
            server=spent[-1].server,
            seconds=round(sum(reply.seconds for reply in spent), 3),
            prompt_tokens=sum(reply.prompt_tokens for reply in spent),
            answer_tokens=sum(reply.answer_tokens for reply in spent),
            at=self._clock.now(),
            prompt=self._prompt.version,
            schema=self._prompt.schema_version,
            fields=self._prompt.field_versions,
        )

    def _try(
        self,
        messages: list[dict[str, str]],
        question: _Question,
        timeout: float,
        spent: list[Reply],
    ) -> tuple[str | None, str]:
        """(why the answer is of no use, what it says)."""
        failure: str | None = None
        try:
            reply = self._pacing.ask(messages, self._prompt.format, timeout)
        except AnswerError as cut:
            if cut.reply is None:
                raise
            failure, reply = cut.reason, cut.reply
        else:
            failure = self._unreadable(reply.content, question)
        spent.append(reply)
        self._book(reply)
        self._pacing.answered(reply, usable=failure is None)
        return failure, reply.content

    def _unreadable(self, content: str, question: _Question) -> str | None:
        try:
            question.claims = self._claims(content, question.remarks)
        except AnswerError as error:
            return error.reason
        return None

    def _claims(self, content: str, remarks: str) -> Claims:
        return read_claims(content, remarks, prompt=self._prompt, terminology=self._terminology)

    # ── counting ────────────────────────────────────────────────────────────────────────────────

    def _book(self, reply: Reply) -> None:
        with self._lock:
            self.counts["calls"] += 1
            self.counts["prompt_tokens"] += reply.prompt_tokens
            self.counts["answer_tokens"] += reply.answer_tokens
            self.seconds += reply.seconds
            self.server_seconds += reply.seconds / self._pacing.at_once(reply.server)

    def _count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1

    def _unasked(self, why: str) -> str:
        with self._lock:
            self.counts["unasked"] += 1
            self.why_unasked[why] += 1
        return why

    def _drop_the_rest(self, why: str) -> None:
        with suppress(queue.Empty):
            while True:
                *_, question = self._line.get_nowait()
                if question is not None:
                    question.future.set_result(self._unasked(why))


def _done(answer: Answer) -> "Future[Answer | str]":
    future: Future[Answer | str] = Future()
    future.set_result(answer)
    return future
