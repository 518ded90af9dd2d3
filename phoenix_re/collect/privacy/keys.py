"""Which keys of a payload speak of people, and what becomes of them.

RESO's, RentCast's, Zillow's, HomeHarvest's and the assessors' names are known without being told;
a source adds its own. Companies (brokerages, offices, MLSs) keep their names, not their phones.
"""

import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache


class What(Enum):
    KEEP = 0
    DROP = 1
    HASH = 2  # of an object: look into it as into a person
    DROP_TEXT = 3  # of an object: look into it as into a person


# Names in lower case without punctuation: OWNER_NAME, OwnerName and "Owner Name" are one.
_PEOPLE = re.compile(
    r"(?:co)?(?:list|listing|buyer|selling)(?:ing)?agents?.*|(?:list|buyer)team.*|agents?|agent[^s].*"
    r"|.*agentnames?"
    r"|owner(?!occupied|occupancy|pays|type|ship|financ|carry|willcarry|s?$).*"
    r"|ownership|ownershipnames?|pyowner.*|pyaddress|pyaddr.*|py(?:city|state|zip).*"
    r"|mail[0-9]+|mailing.*|mailaddr.*|mail(?:city|state|zip|street|name|line|country).*|fullmailing.*"
    r"|incareof|careof|name[12]"
    r"|(?:showing)?contacts?|showingcontact.*|contact(?:name|info|recipients?|person|details).*"
    r"|postingcontact|listedby|listingprovider|advertisers?|occupantname|occupantphone"
    r"|(?:seller|buyer|grantor|grantee|tenant|landlord|taxpayer|deedholder|lessee)s?(?:names?)?[0-9]?"
    r"|username|fullname|firstname|lastname|middlename|surname|author|authorname"
    r"|.*(?:phones?|phoneext|phonenumbers?|emails?|emailaddress(?:es)?|fax|faxnumber)"
)
_ABOUT_PEOPLE = re.compile(r"owners?")  # as a text a name, as an object also deed and price
_OF_A_PERSON = re.compile(
    r".*names?|.*addr.*|.*mail.*|ownership|id|website|url|photo.*|image.*|city|state|zip.*|postal.*"
)
_NOT_ALNUM = re.compile(r"[\W_]+")


@lru_cache(maxsize=64)
def keys_of(private: frozenset[str], hashed: frozenset[str]) -> "Keys":
    return Keys(private, hashed)


class Keys:
    """Decides per key; the decisions are kept, payloads repeat their keys."""

    def __init__(self, private: Iterable[str], hashed: Iterable[str]) -> None:
        self._private = _matching(private)
        self._hashed = _matching(hashed)
        self._decided: dict[tuple[str, bool], What] = {}

    def what(self, key: object, person: bool) -> What:
        """`person`: the key stands in an object that is about a person."""
        known = self._decided.get((key, person)) if isinstance(key, str) else None
        return known if known is not None else self._decide(str(key), person)

    def _decide(self, key: str, person: bool) -> What:
        name = _NOT_ALNUM.sub("", key.casefold())
        if self._private.fullmatch(name):
            what = What.DROP
        elif self._hashed.fullmatch(name):
            what = What.HASH
        elif _ABOUT_PEOPLE.fullmatch(name):
            what = What.DROP_TEXT
        elif _PEOPLE.fullmatch(name) or (person and _OF_A_PERSON.fullmatch(name)):
            what = What.DROP
        else:
            what = What.KEEP
        if len(self._decided) < 10_000:  # keys that are data (dates, hostile ones) do not pile up
            self._decided[key, person] = what
        return what


def _matching(names: Iterable[str]) -> re.Pattern[str]:
    parts = [
        re.escape(_NOT_ALNUM.sub("", name.casefold())) + (".*" if name.endswith("*") else "")
        for name in sorted(names)
    ]
    return re.compile("|".join(parts) if parts else r"(?!)")
