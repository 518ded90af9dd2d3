"""E-mail addresses in a text: plain, spaced ("ada @ gmail.com"), spelt ("ada (at) x dot com")."""

import re
from collections.abc import Iterator

MASK = "[email]"
_LOCAL_MARKS = frozenset("._%+'-")
_LONGEST_LOCAL = 64
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,6}[^\W\d_]{2,24}")
_SPACED = re.compile(  # "Open house @ Elm.St" is none: only the well-known mailers
    r"\s?(?:gmail|yahoo|hotmail|outlook|aol|icloud|msn|comcast|cox|live|proton|protonmail|att|verizon"
    r"|me|mac|ymail)\s?(?:\.|\sdot\s)\s?(?:com|net|org|me)\b",
    re.IGNORECASE,
)
_SPELT = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}"
    r"(?:\s{0,2}[(\[{]\s?at\s?[)\]}]\s{0,2}|\sat\s(?=[\w-]{1,63}\sdot\s))[\w-]{1,63}"
    r"(?:(?:\s{0,2}[(\[{]\s?dot\s?[)\]}]\s{0,2}|\s{0,2}\.|\sdot\s)[\w-]{2,24}){1,4}",
    re.IGNORECASE,
)
_SPELT_CUES = ("(at)", "[at]", "{at}", "( at )", "[ at ]", " dot ")


def without_emails(text: str) -> str:
    if "@" in text:
        text = "".join(_around(text))
    lowered = text.lower()
    if any(cue in lowered for cue in _SPELT_CUES):
        text = _SPELT.sub(MASK, text)
    return text


def _is_local(character: str) -> bool:
    """Whether it may stand before the "@"."""
    return character.isalnum() or character in _LOCAL_MARKS


def _around(text: str) -> Iterator[str]:
    """The text piece by piece. From each "@" outwards, so that no long word is read twice."""
    done = 0
    at = text.find("@")
    while at >= 0:
        end = at
        before = text[at - 1] if at > done else ""
        domain = _DOMAIN.match(text, at + 1) if _is_local(before) else None
        if domain is None:
            domain = _SPACED.match(text, at + 1)
            end -= before == " "
        start = end
        while start > done and end - start < _LONGEST_LOCAL and _is_local(text[start - 1]):
            start -= 1
        if domain is not None and start < end:
            yield text[done:start] + MASK
            done = domain.end()
        at = text.find("@", max(at + 1, done))
    yield text[done:]
