"""Phone numbers in a text: US forms with or without extension, and numbers that begin with "+".

What stands beside a number decides where its shape does not: after "MLS#" or "APN" it names a
listing or a parcel, before "sq ft" it is an area.
"""

import re

MASK = "[phone]"
_MAYBE = re.compile(r"[0-9]{3}[^0-9A-Za-z]{0,3}[0-9]{4}(?![0-9])|1[-. ]8[0-9]{2}[-.]|\+[1-9]")
_SEP = r"[\s.\-‐‑‒–—/·_]{0,3}"
_NUMBER = re.compile(
    # (602) 555-0100, 602.555.0100, +1 602 555 0100 ext. 12, 6025550100
    rf"(?<![0-9$])(?<!\$\s)(?:\+?1{_SEP})?"
    rf"(?:\(\s?[2-9][0-9]{{2}}\s?\)|[2-9][0-9]{{2}}\)?){_SEP}[2-9][0-9]{{2}}{_SEP}[0-9]{{4}}"
    r"(?![0-9])(?![.,][0-9]{1,2}(?![0-9]))"
    r"(?:[\s,]{0,2}(?:x|ext\.?|extension)[\s.:#]{0,2}[0-9]{1,6}(?![0-9]))?"
    # +44 20 7946 0958
    r"|(?<![\w.])\+[1-9][0-9]{0,2}(?:[\s()-]{0,2}[0-9]){7,12}(?![0-9])"
    # 1-800-EXAMPLE
    r"|(?<![0-9-])1[-. ]8(?:00|33|44|55|66|77|88)[-.](?=[A-Z0-9-]{0,6}[A-Z])[A-Z0-9-]{7,12}"
    r"(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_LOCAL_NUMBER = re.compile(  # without area code only after a word such as "call"
    r"(\b(?:call|text|txt|phone|ph|cell|tel|mobile|fax|contact|reach|dial)\b\W{0,3}"
    r"(?:(?:at|me|us|no|number)\b\W{0,3}){0,2})[2-9][0-9]{2}[-.][0-9]{4}(?![0-9-])",
    re.IGNORECASE,
)
_IDENTIFIER_BEFORE = re.compile(
    r"(?:\b(?:mls|apn|parcel|pin|id|lic|license|licence|roc|permit|account|acct|zpid|deed|docket"
    r"|instrument|recording|serial|schedule|case|loan|tax|key|listing|nmls|dre|sku|order)"
    r"\b[\s.:#]{0,3}(?:(?:no|num|number|id|key|code)\b[\s.:#]{0,3})?)$",
    re.IGNORECASE,
)
_REACH = 32  # characters before a number that are looked at
_UNIT_AFTER = re.compile(
    r"\s?-?(?:sq|sf\b|s\.f|square|feet|ft\b|acres?\b|ac\b|%|beds?\b|baths?\b|miles?\b|usd|dollars)",
    re.IGNORECASE,
)
_BARE = re.compile(r"[0-9 ]+")
_IN_FIGURES = re.compile(r"#\s{0,2}$|[0-9]\.$")
_DIALLED = re.compile(  # a whole value without white space
    r"[(<\[]?(?:(?:tel|sms|phone|ph|cell|call):)?"
    r"(?:(?:\+?1[.\-/·_–]?)?(?:\([2-9][0-9]{2}\)[.\-]?|[2-9][0-9]{2}[.\-/·_–])"
    r"[2-9][0-9]{2}[.\-·_–][0-9]{4}(?:(?:x|ext)\.?[0-9]{1,6})?"
    r"|(?<=:)\+?[0-9.()\-]{7,20}|\+[1-9][0-9()\-]{8,16}|1-8[0-9]{2}-[A-Z0-9\-]{7,12})"
    r"[)>\].,;!]{0,3}",
    re.IGNORECASE,
)


def looks_dialled(text: str) -> bool:
    """Whether a value without spaces can only be a phone: ten bare digits may be any identifier."""
    return _DIALLED.fullmatch(text.strip()) is not None


def without_phones(text: str) -> str:
    if _MAYBE.search(text) is None:
        return text
    return _LOCAL_NUMBER.sub(rf"\1{MASK}", _NUMBER.sub(_replaced, text))


def _replaced(found: re.Match[str]) -> str:
    text = found.string
    start, end = found.span()
    before = text[max(0, start - _REACH) : start]
    if _IDENTIFIER_BEFORE.search(before) or _UNIT_AFTER.match(text, end):
        return found[0]
    if _BARE.fullmatch(found[0]) and _IN_FIGURES.search(before):
        return found[0]
    return MASK
