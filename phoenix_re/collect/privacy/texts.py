"""One text without people: phones, e-mails and names become `[phone]`, `[email]` and `[name]`.

Shapes decide, with care for what looks alike: prices, MLS and parcel numbers, areas, ZIP+4, dates,
coordinates. The shapes are in `phones.py`, `emails.py` and `names.py`; here is the order, what of a
text is looked at, and what URLs lose. Every pattern is bounded: time is linear in the text.
"""

import re
from collections.abc import Collection

from phoenix_re.collect.privacy.emails import MASK as EMAIL
from phoenix_re.collect.privacy.emails import without_emails
from phoenix_re.collect.privacy.names import without_names
from phoenix_re.collect.privacy.phones import MASK as PHONE
from phoenix_re.collect.privacy.phones import looks_dialled, without_phones

_SHORTEST = 6  # "a@b.co"
_ROUNDS = 8  # a mask may show what stood behind it; two rounds are the rule
_URL = re.compile(r"(https?://[^\s<>\"']+)", re.IGNORECASE)
_OPENS = re.compile(  # names of query values that let somebody in, or name somebody
    r"(?:[a-z-]{0,20}[-_])?(?:token|key|apikey|sig|signature|secret|password|pwd|auth|session"
    r"|sessionid|sid|jwt|policy|credentials?|email|phone)|[a-z]{1,20}token|x-(?:amz|goog)-.{1,40}",
    re.IGNORECASE,
)
_CUT = ("...", "…")  # a text of which a site shows the beginning only
_CUT_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{0,64}?(?=(?:\.\.\.|…)$)")
_CUT_PHONE = re.compile(
    r"(?<![\w$(.-])(?:1[-. ])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[-.])"
    r"(?:[0-9]{1,3}|[0-9]{3}[-. ][0-9]{0,3})(?=(?:\.\.\.|…)$)"
)
_LONGEST_CUT = 140
_IDENTIFIERS = re.compile(
    r"(?:id|key|zip|apn|parcel|number|no|num|fips|account|hash|date|time|code)$", re.IGNORECASE
)


def mask(text: str, names: Collection[tuple[str, str]] = (), key: str = "") -> str:
    """The text without phones, e-mails and names; itself where there are none.

    `names`: pairs of words that are a person's name in this payload (`names.names_in`). `key`:
    under which the text stands; identifiers are left as they are.
    """
    if len(text) < _SHORTEST:
        return text
    if "://" not in text:
        return _masked(text, names, key)
    parts = [
        without_tokens(part) if at % 2 else _masked(part, names, key)
        for at, part in enumerate(_URL.split(text))
    ]
    new = "".join(parts)
    return text if new == text else new


def _masked(text: str, names: Collection[tuple[str, str]], key: str) -> str:
    is_prose = len(text.split(None, 1)) > 1
    if not is_prose and "@" not in text:
        is_phone = looks_dialled(text) and not _IDENTIFIERS.search(key)
        return PHONE if is_phone else text
    new = text
    if text.endswith(_CUT):
        tail = _CUT_PHONE.sub(PHONE, _CUT_EMAIL.sub(EMAIL, text[-_LONGEST_CUT:]))
        new = text[:-_LONGEST_CUT] + tail
    for _ in range(_ROUNDS):
        before = new
        new = without_emails(new)
        if is_prose:
            new = without_names(without_phones(new), names)
        if new == before:
            break
    return text if new == text else new


def without_tokens(url: str) -> str:
    """The URL whole, but for user and password and the query values that let somebody in."""
    bare, hash_mark, fragment = url.partition("#")
    path, question, query = bare.partition("?")
    scheme, _, rest = path.partition("://")
    host, slash, below = rest.partition("/")
    path = f"{scheme}://{host.rpartition('@')[2]}{slash}{below}"
    kept = [part for part in query.split("&") if not _OPENS.fullmatch(part.partition("=")[0])]
    return path + (question if kept else "") + "&".join(kept) + hash_mark + fragment
