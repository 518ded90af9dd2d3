"""Solar electricity: whether there are panels, and whether they are owned or leased.

Screens, tubes, lights, fans, water heaters and wiring are not panels. A power purchase agreement
is a lease. Signs of both leave the ownership unsaid; "no solar" beside panels is not stated.
"Panels" alone are of the sun only where the sentence says whose they are. What the words around any
thing make of it (denied, planned, the neighbour's) is `setting.py`'s.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.setting import denied, is_doubtful, shared
from phoenix_re.enrich.rules.text import Remarks, near, pattern, phrases

_SOLAR: Final = r"(?:solar|solr|photovoltaics?|photo voltaic|pv)"
_PANELS: Final = (
    r"(?:panels?|panles?|arrays?|systems?|electric(?:ity)?|energy system|power system|pv"
    r"|photovoltaics?|package|paneled|roof|shingles|equipment|setup|plant|installation)"
)
_PAID: Final = (
    r"(?:owned(?! by (?:the )?(?:solar|util|third|power|leas|comp|another|sun))|paid~off|paid for"
    r"|fully paid|paid in full|free and clear|bought outright|bought and paid for"
    r"|purchased outright"
    r"|bought with cash|all paid|completely paid|own(?:ed)? outright|paid cash)"
)
_NO_LEASE: Final = (
    r"(?:no|not|without an?|never) (?:an? )?(?:(?:solar|loan|lien|payment|monthly|ongoing|debt"
    r"|third party|strings?)s?~(?:or|and|nor|,|/)~(?:an? )?)?(?:\w{5,9} )?(?:leased?|ppa)"
)
_LEASE: Final = r"(?:leased?(?! (?:option|back|to own|purchase))|leases|lsd|ppa|power purchase)"

_MENTION: Final = phrases(
    [
        (
            "other",
            r"passive solar|not solar|solar (?:filter\w{0,4} )?(?:screen\w{0,3}|scrns?|tubes?"
            r"|lights?|shades?"
            r"|winds?|lighting|tunnels?|film|lit|blinds?|curtains?|attic|fans?|vents?|powered|path"
            r"|landscape|water|hot water|pool|heat\w{0,4}|oven|fountain|charger|camera|farm|drive"
            r"|street|compan\w{1,3}|co\b|tax|incentives|city|plexus|eclipse|dryer|pump|panel heater"
            r"|ready|prep\w{0,3}|wired|wiring|community|orientation|gain|window\w{0,3}|control"
            r"|exposure|candidate|potential|system ready|panel ready|gates?|thermal|sails?|spots?"
            r"|conduit|skylights?|canopy|plans?|options?|quote|provider|glass|tint)"
            r"|solar panels? (?:on|for|powers?|runs) (?:the |an? )?(?:\w{3,9} )?(?:gate|shed|well"
            r"|rv|pump"
            r"|fountain|lights?|opener|attic)"
            r"|solarwinds|solar panels? (?:ready|heat\w{0,3}|for (?:the )?(?:pool|hot water))"
            r"|solar array ready|(?:pre~wired|wired|prewired|prepped|ready|plumbed|potential"
            r"|perfect|ideal|room|option|conduit|pre~wire|rough in) (?:for|to add) <gap>"
            r"solar(?: panels?)?|(?:add|install|adding) solar(?: panels?)?|no solar (?:lease"
            r"|loan)s?"
            r"|slr(?! (?:panels?|array|system|owned|leased?|lease|paid|pv|\(?ppa))",
        ),
        (
            "panels",
            rf"{_SOLAR}(?: (?:electric|power|energy|pv))?(?: \w{{4,9}})? {_PANELS}"
            rf"|(?:slr|{_SOLAR}) {_PANELS}|slr|solar power(?!ed| company| ready)"
            r"|photovoltaics?|\d{1,2}(?:\.\d{1,3})?~kwh? (?:solar|pv|array|system|photovoltaic)"
            r"(?: (?:panels?|array|system))?"
            r"|(?:home|house) (?:has|with) solar(?=~[.,!]| (?:and|installed))"
            r"|save (?:\$ )?with solar|solar~(?:and|&|\+|w/|with)~(?:battery|powerwall|batteries)"
            r"|(?:roof~top|roof~mounted) solar|solar(?= (?:on the roof|installed|conveys|stays"
            r"|included|up top|overhead))|(?:solar|solr)(?=[\s]{0,3}(?:[,.;!*•|)]|\Z))",
        ),
        (
            "lease",
            r"solar (?:panels? |system )?(?:lease|leases|ppa)|ppa (?=with|runs|at|of|for|expires)"
            r"|power purchase agreement",
        ),
        ("bare", rf"{_SOLAR}"),
        (
            "plain",
            r"(?:the|its|our|my|rooftop|roof|leased|owned|\d{1,2}|these|electric) (?:panels|array)"
            r"|panels(?= (?:are|were)(?: all| fully)? (?:owned|leased|paid|bought|financed))"
            r"|(?<!wall\s)(?<!door\s)(?<!electrical\s)(?<!glass\s)panels(?= (?:on|over|above|up))",
        ),
    ]
)
_ANCHOR: Final = re.compile(r"sol[ar]|photo|\bppa\b|r purch|\bpv\b|panels\b|array|\bslr\b|kwh?\b")
_OWNED_BEFORE: Final = pattern(
    rf"(?<!bank\s)(?<!lender\s)(?<!bank-)(?<!not\s)(?<!not\s\s)\b(?:{_PAID}|(?:owns?|bought"
    rf"|purchased)(?: (?:the"
    r"|their|its|our|his|her|all))?|lease~free|debt~free)"
    r"(?: (?:in|the|and|[a-z]{3,9}|\d{1,2}(?:\.\d{1,3})?~kwh?|\d{1,2})){0,2} \Z"
)
_LEASED_BEFORE: Final = pattern(
    rf"(?<!not\s)(?<!not\s\s)(?<!no\s)(?<!no\s\s)\b(?:{_LEASE}(?: agreement)?(?: (?:on|for"
    rf"|of))?(?: the| these| its)?"
    rf"|assumes? (?:the )?"
    rf"(?:\$?\d{{1,4}}~)?)(?: (?:[a-z]{{3,9}}|\d{{1,2}}(?:\.\d{{1,3}})?~kwh?"
    rf"|\d{{1,2}})){{0,1}} \Z"
)
_GAP: Final = r"(?:[\s,(:\-]{1,4}|[^.,;!?()]{1,60}?[\s(:\-]{1,3}|:? \d{1,2},? (?:panels,? )?)"
_OWNED_AFTER: Final = pattern(
    rf"{_GAP}(?<!not\s)(?<!not\s\s)(?<!n't\s)(?:{_PAID}\b|{_NO_LEASE}\b)|, (?:all |both "
    rf"|and )?{_PAID}\b"
    rf"|[^.;!?]{{1,90}}?\b(?:there's|there is|with|and) no (?:loan|lien|debt) (?:or|nor) lease\b"
)
_LEASED_AFTER: Final = pattern(
    rf"{_GAP}(?<!not\s)(?<!not\s\s)(?<!no\s)(?<!no\s\s)(?<!n't\s)(?<!or\s)(?<!or\s\s){_LEASE}\b"
    rf"|, {_LEASE}\b"
    rf"|[^.;!?]{{0,60}}\b(?:others?|some|rest|half|one)\b[^.;!?]{{0,10}}\b{_LEASE}\b"
)
_UNSETTLED: Final = pattern(r"[^.;!?]{0,60}\b(?:will be|to be|can be|buy~out|bought out|either)\b")
_BILLS: Final = pattern(
    r"[^.;!?]{0,60}\b(?:lease (?:was |has been |is )?(?:paid|bought|prepaid))\b"
)


def solar(remarks: Remarks) -> Fact:
    text = remarks.folded
    found: dict[str, tuple[int, int]] = {}
    for match in near(_ANCHOR, _MENTION, text, 40, 60):
        kind, (start, end) = match.lastgroup or "", match.span()
        if kind == "other":
            continue
        if kind != "plain" and (negation := denied(remarks, start, end)):
            if kind != "lease":
                found.setdefault("no", negation)
            continue
        if is_doubtful(remarks, start, end) or shared(remarks, start, end):
            continue
        for whose, span in _whose(remarks, kind, start, end):
            found.setdefault(whose, span)
        if kind == "panels":
            found.setdefault("yes", (start, end))
    panels = found.get("owned") or found.get("leased") or found.get("yes")
    if "no" in found:
        return NOT_STATED if panels else remarks.fact("no", found["no"])
    if panels is None:
        return NOT_STATED
    whose = [kind for kind in ("owned", "leased") if kind in found]
    return remarks.fact("yes", panels, whose[0] if len(whose) == 1 else None)


def _whose(remarks: Remarks, kind: str, start: int, end: int) -> list[tuple[str, tuple[int, int]]]:
    """ "owned", "leased" or both, with the span from the telling word to the mention."""
    text = remarks.folded
    first = max(remarks.sentence(start)[0], start - 40)
    last = min(len(text), end + 100)
    if kind == "lease":
        paid = _BILLS.match(text, start, last)
        return [] if paid else [("leased", (start, end))]
    if _UNSETTLED.match(text, end, last):
        return [("unsettled", (start, end))]
    told = []
    if owned := _OWNED_BEFORE.search(text, first, start) or _OWNED_AFTER.match(text, end, last):
        told.append(("owned", (min(start, owned.start()), max(end, owned.end()))))
    if leased := _LEASED_BEFORE.search(text, first, start) or _LEASED_AFTER.match(text, end, last):
        told.append(("leased", (min(start, leased.start()), max(end, leased.end()))))
    if len(told) > 1 and kind == "plain":
        return []
    return told
