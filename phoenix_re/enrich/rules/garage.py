"""Garage: one that still serves cars, and its whole spaces.

"2.5 car" is two spaces. Differing counts in one text leave the count unsaid. A converted garage is
a denial; beside a count of cars, or where only part was converted, all that is certain is that
there is a garage; beside a bare mention of one it is a contradiction, and not stated. A carport, a
parking garage, a garage door or an apartment over a garage asserts nothing.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.text import NUMBER, Remarks, near, phrases, whole_number

_CAR: Final = r"(?:car|bay|stall|vehicle)s?"
_ADJECTIVES: Final = r"(?:[~,/()]{1,8}(?!carport|apart|driveway|park)[a-z]{3,12}){0,4}?"
_BARE: Final = (
    r"attached|detached|oversized|tandem|insulated|finished|deep|side entry|rear entry|side load"
    r"|extended|extra deep|air conditioned|epoxied|huge|spacious|private"
)

_GONE: Final = r"(?:converted|turned|enclosed|closed|finished|made|used|now)"

_MENTION: Final = phrases(
    [
        (
            "other",
            r"(?:could|can|may|might|should|would|easily|easy to|to|potential(?:ly)?|plans?|room"
            r"|space|option(?:al)?|build|add|adding) (?:\w{2,12} ){0,3}?"
            rf"(?:{NUMBER}~{_CAR} )?(?:converted )?(?:detached |attached )?garage"
            r"|plans for <gap>(?:and )?<gap>garages?"
            rf"|(?:{NUMBER}~{_CAR}~)?garage (?:apartment|apt|doors?|sales?|conversion will)"
            r"|(?:parking|above|over|from|shared|common) (?:the )?garages?"
            r"|not an? converted garage|appliance garage|(?:in|off|to|into|inside|behind|through"
            r"|near|by"
            r") (?:the |your |an? |its )?garage(?! (?:conversion|that|which|was|is|has))",
        ),
        (
            "no",
            r"(?:no|without a|lacks a|not have a) (?:attached |detached )?garage"
            r"|converted(?: (?:single|one|two|\d) car)?(?: attached| detached)? garage"
            r"|garage (?:that |which )?(?:was |has been |is "
            r"|is currently |was previously )?converted"
            r"|(?<!simple\s)garage conversion",
        ),
        (
            "counted",
            rf"(?:(?P<n1><n>)\)?~{_CAR}{_ADJECTIVES}[~,/()]{{1,8}}(?:garages?|gar|grg)"
            rf"|(?P<n2><n>) garage (?:spaces|bays|stalls)"
            rf"|garage (?:fits|holds|for|with room for|parks) (?:up to )?(?P<n3><n>) {_CAR}"
            rf"|garage~\((?P<n4><n>) {_CAR}\)|(?P<n5>double|dbl|single|triple"
            rf"|\d(?:\.5)?)(?: (?:attached"
            r"|detached|oversized))? garage(?!s| doors?| ap)|(?P<n6>\d(?:\.5)?)~c~(?:gar(?:age)?"
            r"|grg"
            r"|g))(?P<turned> (?:was |has been |is )?"
            r"(?:currently |partially |previously )?converted)?",
        ),
        (
            "bare",
            rf"(?:{_BARE})(?:,? (?:{_BARE})){{0,2}} garage"
            r"(?! doors?| mat| (?:that |which )?(?:was|has been|is) (?:currently )?converted)"
            r"|garage (?:with|w/)"
            rf"|(?:an?|the|your|with|w/|plus|and|&|large|big|finished out|immaculate|separate|dual"
            rf"|over~sized) garages?(?=~[,.!;*+]|~$| (?:and|&|plus|has|is|features|for your"
            rf"|includes))"
            rf"(?! (?:that |which )?(?:was|has been|is)(?: [a-z]{{3,10}})? {_GONE})"
            rf"(?! (?:and|&) (?:workshop )?(?:apartment|door))",
        ),
    ]
)
_ANCHOR: Final = re.compile(r"gar|grg|\dc")
_POTENTIAL: Final = phrases([("x", r"could|can|may|might|easily|simple|back|potential")])
_PART: Final = phrases([("x", r"part of(?: the| my| our)?~")])
_SEVERAL: Final = phrases(
    [("x", rf"(?:two|2|three|3|multiple)(?: \w{{3,9}})? {NUMBER}~{_CAR}~garages")]
)


def garage(remarks: Remarks) -> Fact:
    counts: dict[int, tuple[int, int]] = {}
    first: dict[str, tuple[int, int]] = {}
    for match in near(_ANCHOR, _MENTION, remarks.folded, 90, 60):
        kind = "no" if match["no"] else next(k for k in ("other", "counted", "bare") if match[k])
        if match["turned"] or kind == "no":
            kind = "bare" if _before(remarks, match, _PART) else "no"
        if kind == "no" and _before(remarks, match, _POTENTIAL):
            continue
        first.setdefault(kind, match.span())
        if kind == "counted":
            said = next(filter(None, match.group(*(f"n{i}" for i in range(1, 7)))))
            spaces = 2 if said == "dbl" else whole_number(said)
            if spaces is not None and spaces <= 20:
                counts.setdefault(spaces, match.span())
    if len(counts) == 1 and "no" not in first and not _SEVERAL.search(remarks.folded):
        spaces, span = counts.popitem()
        return remarks.fact("yes", span, spaces)
    if "counted" in first:
        return remarks.fact("yes", first["counted"])
    if "no" in first:
        return NOT_STATED if "bare" in first else remarks.fact("no", first["no"])
    if "bare" in first:
        return remarks.fact("yes", first["bare"])
    return NOT_STATED


def _before(remarks: Remarks, match: re.Match[str], words: re.Pattern[str]) -> bool:
    return bool(words.search(remarks.folded, max(0, match.start() - 14), match.start()))
