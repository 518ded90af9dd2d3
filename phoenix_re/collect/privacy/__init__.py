"""Privacy at the door: what names a person leaves a payload before anything is stored.

`clean` drops keys of people (`keys.py`), replaces owners by a keyed hash (`hashing.py`), and masks
phones, e-mails and names in every text that is left (`texts.py`). A pure function of payload,
rules and secret; what is allowed to be stored at all (licences) is not decided here.
"""

from collections.abc import Mapping
from typing import Any

from phoenix_re.collect.privacy.hashing import hash_key, hashed_value
from phoenix_re.collect.privacy.keys import Keys, What, keys_of
from phoenix_re.collect.privacy.names import names_in
from phoenix_re.collect.privacy.texts import mask

__all__ = ["clean", "hash_key"]

DEEPEST = 100
"""Levels of nesting that are walked; what lies deeper is not taken in (no real payload has it)."""


def clean(
    payload: Mapping[str, Any], private: frozenset[str], hashed: frozenset[str], secret: bytes
) -> dict[str, Any]:
    """The payload without people; the very same object where there was nothing to take out.

    `private` and `hashed` name keys at any depth, whatever their case and punctuation, `*` at the
    end for a prefix; the keys that every source calls people by are private without being named,
    unless they are `hashed`. `secret` is `hash_key()`. Cleaning twice is cleaning once.
    """
    walk = _Walk(keys_of(private, hashed), secret)
    kept = walk.stripped(payload, person=False, depth=0)
    return walk.masked(kept)


class _Walk:
    """One payload's cleaning: the names that were taken out are searched for in what stays."""

    def __init__(self, keys: Keys, secret: bytes) -> None:
        self._keys = keys
        self._secret = secret
        self._names: set[tuple[str, str]] = set()

    def stripped(self, value: Any, *, person: bool, depth: int) -> Any:
        """Without the keys of people; `person`: inside an object that is about one."""
        if depth > DEEPEST:
            return None
        if isinstance(value, dict):
            kept = {}
            changed = False
            for key, item in value.items():
                what = self._keys.what(key, person)
                if what is What.KEEP:
                    new = (
                        self.stripped(item, person=person, depth=depth + 1)
                        if isinstance(item, dict | list)
                        else item
                    )
                elif what is What.DROP or (what is What.DROP_TEXT and not _holds_objects(item)):
                    self._remember(item, depth)
                    changed = True
                    continue
                elif _holds_objects(item):
                    new = self.stripped(item, person=True, depth=depth + 1)
                else:
                    self._remember(item, depth)
                    new = self._hashed(item)
                changed = changed or new is not item
                kept[key] = new
            return kept if changed else value
        if isinstance(value, list):
            items = [
                self.stripped(item, person=person, depth=depth + 1)
                if isinstance(item, dict | list)
                else item
                for item in value
            ]
            same = all(new is old for new, old in zip(items, value, strict=True))
            return value if same else items
        return value

    def masked(self, value: Any, key: str = "") -> Any:
        if isinstance(value, str):
            return mask(value, self._names, key)
        if isinstance(value, dict):
            changed = {
                key: new
                for key, item in value.items()
                if (new := self.masked(item, key)) is not item
            }
            return value | changed if changed else value
        if isinstance(value, list):
            items = [self.masked(item, key) for item in value]
            same = all(new is old for new, old in zip(items, value, strict=True))
            return value if same else items
        return value

    def _hashed(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._hashed(item) for item in value]
        return hashed_value(value, self._secret)

    def _remember(self, value: Any, depth: int) -> None:
        """The names in a value that is taken out."""
        if isinstance(value, str):
            self._names |= names_in(value)
        elif isinstance(value, dict | list) and depth <= DEEPEST:
            for item in value.values() if isinstance(value, dict) else value:
                self._remember(item, depth + 1)


def _holds_objects(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(item, dict | list) for item in value)
    )
