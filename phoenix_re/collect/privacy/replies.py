"""Whole replies without people: for the HTTP cache, and for bodies that could not be read.

`clean` knows keys; here are lists of records, each cleaned by itself as it will be at the
door, and texts that are no JSON (a page, a body that broke off), in which a label or a key stands
before what it names.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from phoenix_re.collect.privacy import clean
from phoenix_re.collect.privacy.keys import Keys, What, keys_of
from phoenix_re.collect.privacy.names import MASK, names_in
from phoenix_re.collect.privacy.texts import mask

_LONGEST_LABEL = 60
_PIECE = re.compile(r"(?<=>)[^<>]*[^<>\s][^<>]*(?=<|$)")  # what a page shows between two tags
_KEYED = re.compile(r'"(?P<key>(?:[^"\\]|\\.){1,60})"\s*:\s*(?=["\[{])')
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"?')
_STEP = re.compile(r'[\[{]|[\]}]|"(?:[^"\\]|\\.)*"?')


@dataclass(frozen=True)
class People:
    """What a source calls people by (`SourceSpec.private`, `.hashed`), and the key of the hashes.
    Its methods give what may be stored."""

    private: frozenset[str]
    hashed: frozenset[str]
    secret: bytes

    def out_of_body(self, body: bytes) -> bytes | None:
        """A JSON body; the very same where it names nobody. None: it is no JSON object or list, and
        nothing tells for sure where a page made for people names them."""
        try:
            reply = json.loads(body)
        except (ValueError, RecursionError):
            return None
        if not isinstance(reply, dict | list):
            return None
        kept = self.out_of_reply(reply)
        return body if kept == reply else json.dumps(kept).encode()

    def out_of_reply(self, reply: Any) -> Any:
        """A reply as JSON gives it. A name in one record masks nothing in another: what the cache
        gives is read like what the upstream gave. OData's own keys (`@odata.nextLink`) stay."""
        if isinstance(reply, list):
            return self._records("", reply)
        if not isinstance(reply, dict):
            return self._cleaned({"": reply})[""]
        lists = {key for key, value in reply.items() if _holds_records(value)}
        own = {key for key in reply if isinstance(key, str) and key.startswith("@")}
        rest = self._cleaned({k: v for k, v in reply.items() if k not in lists | own})
        kept: dict[str, Any] = {}
        for key, value in reply.items():
            if key in own:
                kept[key] = value
            elif key in lists:
                records = self._records(key, value)
                if records or not value:
                    kept[key] = records
            elif key in rest:
                kept[key] = rest[key]
        return kept

    def out_of_text(self, text: str) -> str:
        """A page, or JSON that broke off: what stands behind a label or key of people is `[name]`,
        and so is its name wherever else it stands."""
        keys = keys_of(self.private, self.hashed)
        spans = sorted({*_behind_labels(text, keys), *_behind_keys(text, keys)})
        names: set[tuple[str, str]] = set()
        parts: list[str] = []
        done = 0
        for start, end in spans:
            if start >= done:
                value = text[start:end]
                quoted = [value] if value[:1] not in '"[{' else _STRING.findall(value)
                names.update(*map(names_in, quoted))
                parts += [text[done:start], MASK if value[:1] not in '"[{' else f'"{MASK}"']
                done = end
        return mask("".join(parts) + text[done:], names)

    def _records(self, key: str, records: list[Any]) -> list[Any]:
        cleaned = (self._cleaned({key: [record]}) for record in records)
        return [one[key][0] for one in cleaned if key in one]

    def _cleaned(self, payload: dict[str, Any]) -> dict[str, Any]:
        return clean(payload, self.private, self.hashed, self.secret)


def _holds_records(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _is_of_people(label: str, keys: Keys) -> bool:
    label = label.strip().rstrip(":").rstrip()
    return 0 < len(label) <= _LONGEST_LABEL and keys.what(label, person=False) is not What.KEEP


def _behind_labels(text: str, keys: Keys) -> Iterator[tuple[int, int]]:
    """In a page: the next piece of text after a label, unless it is a label, too."""
    is_label = False
    for piece in _PIECE.finditer(text):
        was_label, is_label = is_label, _is_of_people(piece[0], keys)
        if was_label and not is_label:
            yield piece.span()


def _behind_keys(text: str, keys: Keys) -> Iterator[tuple[int, int]]:
    """In JSON: the value of a key, whole, or up to where the text breaks off."""
    for found in _KEYED.finditer(text):
        if _is_of_people(found["key"], keys):
            yield found.end(), _end_of_value(text, found.end())


def _end_of_value(text: str, start: int) -> int:
    depth = 0
    for step in _STEP.finditer(text, start):
        if step[0] in "[{":
            depth += 1
        elif step[0] in "]}":
            depth -= 1
        if depth <= 0:
            return step.end()
    return len(text)
