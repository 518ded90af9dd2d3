"""The question put to a model: instructions, schema and their versions, from files under prompts/.

What an answer depends on has a version: the base instructions, each field's, and the schema. A file
whose content no longer fits the digest committed for its version is refused, because answers are
kept by version (`load_prompt` says what to do). Also here: which texts mention which field, for the
fields decide whom a changed version concerns, and evidence must mention its field.

Not here: asking (`servers.py`), judging (`claims.py`), keeping answers.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from phoenix_re.enrich.facts import FIELDS
from phoenix_re.enrich.model.folding import words
from phoenix_re.enrich.model.schema import SCHEMA_VERSION, answer_format, shown_value

FOLDER: Final = Path(__file__).with_name("prompts")
FILE: Final = FOLDER / "facts-1.yaml"
DIGESTS: Final = FOLDER / "digests.yaml"

Terminology = Mapping[str, Sequence[str]]
Message = dict[str, str]

_BLOT: Final = "\N{BULLET}"  # in place of a lookalike's letters; never in `words`

# What a chat template could take for its own marks is broken up before a server sees it.
_TEMPLATE_MARKS: Final = re.compile(
    r"<(?=\|)|(?<=\|)>|<(?=/?(?:s|bos|eos|start_of_turn|end_of_turn)>)|\[(?=/?INST\])"
)


class PromptError(ValueError):
    """A prompt file that cannot be used, and what to change."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What is asked of one field, and the words that mention it (see the file's head)."""

    name: str
    version: str
    line: str
    stems: tuple[str, ...]
    lookalikes: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    topics: frozenset[str] = frozenset()

    def found_in(self, said: str, local: Sequence[str] = ()) -> list[tuple[int, int]]:
        """Spans of the words (`folding.words`) that mention the field; its lookalikes do not.

        `local`: the market's phrases for it, as words. A span begins with the blank before it.
        """
        if not any(stem in said for stem in (*self.stems, *local)):
            return []
        for phrase in self.lookalikes:
            said = said.replace(f" {phrase}", " " + _BLOT * len(phrase))
        stems = [f" {stem}" for stem in self.stems] + list(local)
        return sorted(m.span() for stem in stems for m in re.finditer(re.escape(stem), said))


@dataclass(frozen=True)
class Prompt:
    """A question that can be put to a model, and its versions."""

    base_version: str
    base: str
    topics: Mapping[str, Topic]

    @property
    def version(self) -> str:
        """Changes with anything in the file: the base's number, and the fields' raises summed."""
        return f"facts-{self.base_version}.{sum(int(t.version) - 1 for t in self.topics.values())}"

    @property
    def schema_version(self) -> str:
        return SCHEMA_VERSION

    @property
    def field_versions(self) -> dict[str, str]:
        return {name: topic.version for name, topic in self.topics.items()}

    @cached_property
    def system(self) -> str:
        lines = [topic.line for topic in self.topics.values()]
        return self.base.strip() + "\n" + "\n".join(lines)

    @cached_property
    def format(self) -> dict[str, Any]:
        """JSON schema for Ollama's `format`."""
        return answer_format()

    def messages(self, remarks: str, terminology: Terminology | None = None) -> list[Message]:
        """System and user message. The remarks go in as they are, as marked data.

        `terminology`: the market's phrases by topic; of them, what the text uses is explained. So
        the user message, normalised, names the question wholly: it is what a cache should hash.
        """
        mark = "remarks"
        while mark in remarks:  # a text cannot end its own quotation
            mark += "-"
        quoted = f"<{mark}>\n{_TEMPLATE_MARKS.sub(_apart, remarks).strip()}\n</{mark}>"
        local = [
            f'"{phrase}" means {name}.'
            for name, phrases in self._local(words(remarks), terminology).items()
            for phrase in phrases
        ]
        user = "\n".join([*local, quoted])
        return [{"role": "system", "content": self.system}, {"role": "user", "content": user}]

    def mentions(self, text: str, terminology: Terminology | None = None) -> frozenset[str]:
        """The fields that the text may say something of; the others' versions do not concern it."""
        said = words(text)
        local = self._local(said, terminology)
        return frozenset(
            name
            for name, topic in self.topics.items()
            if not topic.stems or topic.found_in(said, [words(p) for p in local.get(name, ())])
        )

    def still_serves(
        self,
        text: str,
        prompt_version: str,
        schema_version: str,
        field_versions: Mapping[str, str],
        terminology: Terminology | None = None,
    ) -> bool:
        """Does an answer under those versions stand under the present ones, for this text?

        It does when base and schema are the same and no field that the text mentions has changed.
        """
        base = prompt_version.rpartition(".")[0]
        if (base, schema_version) != (f"facts-{self.base_version}", self.schema_version):
            return False
        now = self.field_versions
        return all(
            field_versions.get(name) == now[name] for name in self.mentions(text, terminology)
        )

    def local_words(self, name: str, terminology: Terminology | None) -> list[str]:
        """A market's phrases for a field, as `folding.words`."""
        topic = self.topics[name]
        given = terminology or {}
        return [words(phrase) for t in given if t in topic.topics for phrase in given[t]]

    def _local(self, said: str, terminology: Terminology | None) -> dict[str, list[str]]:
        """Field → the market's phrases for it that stand in the text."""
        return {
            name: found
            for name, topic in self.topics.items()
            if (
                found := [
                    phrase
                    for t, phrases in (terminology or {}).items()
                    if t in topic.topics
                    for phrase in phrases
                    if words(phrase) in said
                ]
            )
        }


@lru_cache(maxsize=1)
def load_prompt() -> Prompt:
    """The prompt in use; `PromptError` where its file is unsound or changed under a version."""
    return read_prompt(FILE, DIGESTS)


def read_prompt(file: Path, digests: Path) -> Prompt:
    """A prompt file checked against the digests committed for its versions."""
    try:
        document = yaml.safe_load(file.read_text("utf-8"))
        known = yaml.safe_load(digests.read_text("utf-8"))
        prompt = Prompt(
            base_version=file.stem.rpartition("-")[2],
            base=document["base"],
            topics={name: _topic(name, told) for name, told in document["fields"].items()},
        )
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise PromptError(f"{file} is no prompt: {type(error).__name__} {error}") from error
    if list(prompt.topics) != list(FIELDS):
        wrong = sorted(prompt.topics.keys() ^ FIELDS.keys()) or "their order"
        raise PromptError(f"{file}: the fields must be those of enrich/facts.py; see {wrong}")
    for part, digest in content_digests(prompt).items():
        if known.get(part) != digest:
            raise PromptError(
                f"{file}: {part} is not what was committed under that version. After a change,"
                f" raise the version (SCHEMA_VERSION for a schema) and add this line to {digests}:"
                f"\n{part}: {digest}"
            )
    return prompt


def content_digests(prompt: Prompt) -> dict[str, str]:
    """`part-version` → hex SHA-256 of all that an answer to that part depends on."""
    parts: dict[str, Any] = {f"base-{prompt.base_version}": prompt.base}
    for name, topic in prompt.topics.items():
        parts[f"{name}-{topic.version}"] = [
            *(topic.line, topic.stems, topic.lookalikes, topic.denied, topic.values),
            sorted(topic.topics),
        ]
    parts[f"schema-{prompt.schema_version}"] = prompt.format
    return {
        part: hashlib.sha256(json.dumps(content, ensure_ascii=True).encode()).hexdigest()
        for part, content in parts.items()
    }


def _topic(name: str, told: Mapping[str, Any]) -> Topic:
    return Topic(
        name=name,
        version=str(int(told["version"])),
        line=f"{name}{shown_value(name, FIELDS[name])}: {told['asks']}",
        stems=_strings(told["stems"]),
        lookalikes=_strings(told.get("lookalikes", ())),
        denied=_strings(told.get("denied", ())),
        values={value: _strings(stems) for value, stems in told.get("values", {}).items()},
        topics=frozenset(_strings(told.get("topics", ()))),
    )


def _strings(told: Sequence[Any]) -> tuple[str, ...]:
    """YAML reads 1031 as a number and no as false."""
    if wrong := [item for item in told if not isinstance(item, str) or not item.strip()]:
        raise TypeError(f"{wrong} must be words; quote them")
    return tuple(told)


def _apart(mark: re.Match[str]) -> str:
    return f" {mark.group()}" if mark.group() == ">" else f"{mark.group()} "
