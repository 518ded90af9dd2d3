"""What models have answered, kept for ever, and who is asking at this moment.

A question is a text under one prompt, one schema and one model's weights; its key is the hash of
all four, so the same words in another market, listing or process are the same question. An answer
is stored the moment it is there, so a killed process loses at most what was under way. Before
asking, a process takes the question's lease: of two who want the same, one asks and the other waits
for the answer. The lease of a process that died on this machine falls at once, on another one when
its time is over.

Answers of an older prompt are found by their text: whether they still serve is `prompt.py`'s to
say, and when they are asked anew `asking.py`'s.
"""

import hashlib
import os
import socket
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import psutil
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from phoenix_re.collect.clock import Clock
from phoenix_re.storage import ANSWERS, QUESTIONS_OPEN

Document = dict[str, Any]
IN_CHUNK = 50


class Store(Protocol):
    """What this needs of the database (`mongo.MongoStore` has it)."""

    db: Database[Document]


@dataclass(frozen=True, slots=True)
class Asked:
    """Under what a text is asked: the versions of prompt and schema, and the model's weights."""

    prompt: str
    schema: str
    model: str  # its name, for people
    digest: str

    @property
    def extractor(self) -> str:
        """By which the release gate knows it."""
        return f"{self.model}@{self.digest.removeprefix('sha256:')[:12]} {self.prompt}"

    def key(self, text_hash: str) -> str:
        parts = "|".join((text_hash, self.prompt, self.schema, self.digest))
        return hashlib.sha256(parts.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said of a text, as it said it; `failure` where nothing usable came of it."""

    text_hash: str
    content: str
    failure: str | None
    server: str
    seconds: float
    prompt_tokens: int
    answer_tokens: int
    at: datetime
    prompt: str
    schema: str
    fields: Mapping[str, str]  # versions of the fields asked for


class Answers:
    """The answers to one way of asking. Share it among threads."""

    def __init__(self, store: Store, clock: Clock, asked: Asked) -> None:
        self._answers = store.db[ANSWERS]
        self._open = store.db[QUESTIONS_OPEN]
        self._clock = clock
        self.asked = asked
        self._me = f"{_machine()}|{os.getpid()}|{id(self):x}"

    def known(self, text_hashes: Iterable[str]) -> dict[str, Answer]:
        """Text hash → its answer, where there is one."""
        keys = {self.asked.key(text): text for text in text_hashes}
        return {keys[d["_id"]]: _answer(d) for d in self._by_id(list(keys))}

    def older(self, text_hashes: Iterable[str]) -> dict[str, Answer]:
        """Text hash → the same weights' newest answer under another prompt or schema."""
        newest: dict[str, Answer] = {}
        for chunk in _chunks(list(dict.fromkeys(text_hashes))):
            where = {"text_hash": {"$in": chunk}}
            for document in self._answers.find(where):
                answer = _answer(document)
                if document["digest"] != self.asked.digest or answer.failure:
                    continue
                known = newest.get(answer.text_hash)
                if known is None or known.at < answer.at:
                    newest[answer.text_hash] = answer
        return newest

    def take(self, text_hash: str, seconds: float) -> bool:
        """Take the right to ask for so long; False while somebody else has it."""
        now = self._clock.now()
        lease = {"until": now + timedelta(seconds=seconds), "by": self._holder()}
        key = self.asked.key(text_hash)
        try:
            self._open.insert_one({"_id": key, **lease})
        except DuplicateKeyError:
            held = self._open.find_one({"_id": key})
            if held is None or (held["until"] >= now and not _is_dead(held["by"])):
                return False
            return self._open.update_one(held, {"$set": lease}).modified_count == 1
        return True

    def put(self, answer: Answer) -> None:
        """Store an answer and end its lease. An answer that is there stays: the first counts."""
        document = {
            "_id": self.asked.key(answer.text_hash),
            "text_hash": answer.text_hash,
            "model": self.asked.model,
            "digest": self.asked.digest,
            "prompt": answer.prompt,
            "schema": answer.schema,
            "fields": dict(answer.fields),
            "content": answer.content,
            "failure": answer.failure,
            "server": answer.server,
            "seconds": answer.seconds,
            "prompt_tokens": answer.prompt_tokens,
            "answer_tokens": answer.answer_tokens,
            "at": answer.at,
        }
        try:
            self._answers.insert_one(document)
        except DuplicateKeyError:
            self._answers.replace_one({"_id": document["_id"], "failure": {"$ne": None}}, document)
        self.release(answer.text_hash)

    def release(self, text_hash: str) -> None:
        """Give the right to ask back, if it is still ours."""
        self._open.delete_one({"_id": self.asked.key(text_hash), "by": self._holder()})

    def _holder(self) -> str:
        return f"{self._me}|{threading.get_ident()}"

    def _by_id(self, keys: Sequence[str]) -> Iterable[Document]:
        for chunk in _chunks(keys):
            yield from self._answers.find({"_id": {"$in": chunk}})


def _machine() -> str:
    """Where a pid means the same process: a container has pids of its own."""
    namespace = Path("/proc/self/ns/pid")
    return f"{socket.gethostname()} {namespace.readlink() if namespace.is_symlink() else ''}"


def _is_dead(holder: str) -> bool:
    """Whether a lease's process was of this machine and is no more."""
    machine, _, rest = holder.partition("|")
    return machine == _machine() and not psutil.pid_exists(int(rest.partition("|")[0]))


def text_hash(normalised: str) -> str:
    """Hex SHA-256 of a text as it is asked."""
    return hashlib.sha256(normalised.encode("utf-8", "surrogatepass")).hexdigest()


def _answer(document: Mapping[str, Any]) -> Answer:
    return Answer(
        text_hash=document["text_hash"],
        content=document["content"],
        failure=document["failure"],
        server=document["server"],
        seconds=document["seconds"],
        prompt_tokens=document["prompt_tokens"],
        answer_tokens=document["answer_tokens"],
        at=document["at"],
        prompt=document["prompt"],
        schema=document["schema"],
        fields=document["fields"],
    )


def _chunks(items: Sequence[str]) -> Iterable[list[str]]:
    return (list(items[i : i + IN_CHUNK]) for i in range(0, len(items), IN_CHUNK))
