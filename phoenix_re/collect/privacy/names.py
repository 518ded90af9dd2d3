"""Names of people in a text, where something points at them.

A name is masked where the payload gave it as an agent's or owner's, where the text says "Call Name
Surname", and where it stands right before a masked phone or e-mail. A name that nothing points at
cannot be told from a street, a school or a builder, and stays.
"""

import re
from collections.abc import Collection
from itertools import permutations

from phoenix_re.collect.privacy.words import NOT_NAMES, ORGANISATION, SUFFIXES

MASK = "[name]"
_LETTER = r"[^\W\d_]"
_WORD = rf"{_LETTER}(?:{_LETTER}|['’-](?={_LETTER})){{1,24}}"
_GAP = rf"[^\S\n]{{1,2}}(?:{_LETTER}\.?[^\S\n]{{1,2}})?"  # white space, perhaps an initial
_FULL_NAME = rf"{_WORD}(?:{_GAP}{_WORD}){{1,2}}"
_ANY_WORD = re.compile(rf"{_LETTER}(?:{_LETTER}|['’-](?={_LETTER}))*")
_CUES = (
    *("call", "text", "txt", "contact", "agent", "ask for", "realtor", "broker", "landlord"),
    *("listed by", "presented by", "hosted by", "courtesy of", "reach", "mail", "owner", "seller"),
)
_OR = r"(?:(?:\sor\s|\s?/\s?|\s?&\s?)(?:call|text|e-?mail))?"
_AFTER_CUE = re.compile(
    r"(?P<cue>\b(?i:(?:call|text|txt|contact|e-?mail|reach|ask\sfor|listed\sby|presented\sby"
    rf"|hosted\sby|courtesy\sof){_OR}"
    r"(?:\s(?:the\s|your\s)?(?:co-?)?(?:listing\s)?(?:agent|realtor|broker|owner|seller))?"
    r"|(?:listing\s)?(?:agent|realtor|broker|landlord)s?(?:\sis)?|(?:owner|seller)(?=\s?:))"
    rf"[\s:,–-]{{1,3}})(?P<name>{_FULL_NAME})"
)
_FIRST_NAME = re.compile(
    rf"(?P<cue>\b(?i:(?:call|text|txt|contact|e-?mail|reach|ask\sfor){_OR}\s{{1,2}}))"
    rf"(?P<name>{_WORD})"
    r"(?P<rest>[\s,:–@-]{0,3}(?i:at|on|now|directly|direct|cell)?[\s:,–-]{0,3}\[(?:phone|email)\])"
)
_BEFORE_MASK = re.compile(
    rf"(?<!{_LETTER})(?P<name>{_WORD}{_GAP}{_WORD})(?P<rest>[\s,:;(–-]{{0,3}}"
    r"(?:(?i:at|realtor|agent|broker|cell|direct|phone|ph|tel|text|call|or)\W{1,3}){0,3})$"
)
_REACH = 120  # characters before a mask that are looked at
_CONTACT = re.compile(r"(\[phone\]|\[email\])")
_BETWEEN_OWNERS = re.compile(r"[/&;|]|\band\b|\bor\b", re.IGNORECASE)
_LONGEST_VALUE = 120


def names_in(value: str) -> set[tuple[str, str]]:
    """Pairs of words, casefolded, by which the people named in a value may be called.

    ("ada", "quillmore") and its reverse for "Ada M. Quillmore" or "QUILLMORE ADA M/…"; nothing for
    companies, phones and e-mails.
    """
    if len(value) > _LONGEST_VALUE or any(c.isdigit() or c in "@:" for c in value):
        return set()
    pairs: set[tuple[str, str]] = set()
    for part in _BETWEEN_OWNERS.split(value):
        words = [word for word in _ANY_WORD.findall(part.casefold()) if word not in SUFFIXES]
        if not ORGANISATION.intersection(words) and 2 <= len(words) <= 4:
            pairs.update(permutations([word for word in words if len(word) > 1], 2))
    return pairs


def without_names(text: str, names: Collection[tuple[str, str]]) -> str:
    """`names` as `names_in` gives them; the text's own pointers are followed as well."""
    folded = text.casefold()
    for first, last in sorted(names):
        if first in folded and last in folded:
            text = _known(first, last).sub(MASK, text)
    if "[phone]" in text or "[email]" in text:
        text = _FIRST_NAME.sub(_first_name, _named_before_masks(text))
    if any(cue in folded for cue in _CUES):
        text = _AFTER_CUE.sub(_after_cue, text)
    return text


def _known(first: str, last: str) -> re.Pattern[str]:
    gap = rf"(?:\s{{1,3}}|,\s{{0,2}})(?:{_LETTER}{{1,20}}\.?\s{{1,2}})?"
    return re.compile(rf"\b{re.escape(first)}{gap}{re.escape(last)}\b", re.IGNORECASE)


def _is_name(word: str, *, capitals: bool) -> bool:
    """Written as a name is, and no word that begins sentences or stands on signs."""
    if not word[0].isupper() or word.casefold() in NOT_NAMES:
        return False
    return capitals or not word.isupper()


def _after_cue(found: re.Match[str]) -> str:
    name, end, counted = found["name"], 0, 0
    for word in _ANY_WORD.finditer(name):
        if len(word[0]) > 1:
            if word[0][0].isupper() and word[0].casefold() in ORGANISATION:
                return found[0]
            if not _is_name(word[0], capitals=False):
                break
            end, counted = word.end(), counted + 1
    return f"{found['cue']}{MASK}{name[end:]}" if counted >= 2 else found[0]


def _first_name(found: re.Match[str]) -> str:
    if not _is_name(found["name"], capitals=True):
        return found[0]
    return f"{found['cue']}{MASK}{found['rest']}"


def _named_before_masks(text: str) -> str:
    """`Ada Quillmore, Realtor: [phone]` without the name."""
    parts = _CONTACT.split(text)
    for at in range(0, len(parts) - 1, 2):
        part = parts[at]
        tail = part[-_REACH:]
        found = _BEFORE_MASK.search(tail)
        if found is not None and all(
            _is_name(word, capitals=True)
            for word in _ANY_WORD.findall(found["name"])
            if len(word) > 1
        ):
            head = part[: len(part) - len(tail) + found.start("name")]
            parts[at] = f"{head}{MASK}{found['rest']}"
    return "".join(parts)
