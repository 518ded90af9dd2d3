"""Solar electricity: whether there are panels, and whether they are owned or leased.

Screens, tubes, lights, fans, water heaters and wiring are not panels. A power purchase agreement
is a lease. Signs of both leave the ownership unsaid; "no solar" beside panels is not stated.
"""

from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.text import Remarks, phrases

_PANELS: Final = (
    r"solar (?:panels?|arrays?|systems?|electric(?:ity)?|energy system|power system|pv"
    r"|photovoltaics?"
    r"|package|paneled|roof)|solar power(?!ed| company| ready)|photovoltaics?(?: panels?"
    r"| systems?)?"
)
_OWNED: Final = r"(?:owned|paid~off|paid for|fully paid|free and clear)"

_MENTION: Final = phrases(
    [
        (
            "other",
            r"passive solar|solar (?:filter\w{0,4} )?(?:screen\w{0,3}|tubes?|lights?|shades?"
            r"|winds?|lighting"
            r"|tunnels?|film"
            r"|blinds?|curtains?|attic|fans?|vents?|powered|path|landscape|water|hot water|pool"
            r"|heat\w{0,4}"
            r"|ready|prep\w{0,3}|wired|wiring|community|orientation|gain|window\w{0,3}|control"
            r"|exposure|candidate|potential|system ready|panel ready|gates?|thermal|sails?|spots?)"
            r"|solarwinds|(?:pre~wired|wired|prewired|prepped|ready|plumbed|potential|perfect"
            r"|ideal|room|option) (?:for|to add) <gap>solar(?: panels?)?"
            r"|(?:no|without a|not a) solar (?:lease|loan)|(?:add|install"
            r"|adding) solar(?: panels?)?|no lease on (?:the )?solar",
        ),
        ("no", r"(?:no|without|lacks) solar(?: panels?| system)?"),
        (
            "leased",
            r"(?:leased?|leases|assume the|assume) (?:the )?(?:[a-z0-9.]{1,9} )?solar (?:panels?"
            r"|system|lease|array)|solar (?:panels? |system )?(?:lease|ppa)"
            r"|solar (?:panels?|system|array)(?: (?:is|are|currently|that is"
            r"|that are))? (?:under )?(?:a )?leased?|solar~\(?leased\)?"
            r"|(?:power purchase agreement|ppa) (?:on|for) <gap>solar(?: system| panels?)?",
        ),
        (
            "owned",
            rf"(?:seller |owner )?{_OWNED} (?:[a-z0-9.]{{1,9}} ){{0,2}}?(?:solar(?: panels?"
            rf"| arrays?| systems?)?)|owner solar panels"
            rf"|(?:solar|photovoltaic)(?: (?:electric|power|energy|pv)){{0,2}}(?: (?:panels?"
            rf"|arrays?|systems?)){{0,2}}"
            rf"[\s,(~]{{1,4}}(?:(?:is|are|fully|already|all|100%|completely|seller|which"
            rf"|that)[\s~]{{1,3}}){{0,3}}"
            rf"{_OWNED}|\d{{1,2}}(?:\.\d{{1,3}})?~kwh? (?:solar )?system {_OWNED}",
        ),
        (
            "yes",
            rf"{_PANELS}|(?:home|house) (?:has|with) solar(?=~[.,!]| (?:and|installed))"
            r"|save (?:\$ )?with solar|solar(?:~(?:and|&|\+|w/|with)~)(?:battery|powerwall"
            r"|batteries)"
            r"|solar(?=[,.!;*]|$)"
            r"|\d{1,2}(?:\.\d{1,3})?~kwh? solar",
        ),
    ]
)


def solar(remarks: Remarks) -> Fact:
    found: dict[str, tuple[int, int]] = {}
    for match in _MENTION.finditer(remarks.folded):
        found.setdefault(match.lastgroup or "", match.span())
    panels = found.get("owned") or found.get("leased") or found.get("yes")
    if "no" in found:
        return NOT_STATED if panels else remarks.fact("no", found["no"])
    if panels is None:
        return NOT_STATED
    whose = [kind for kind in ("owned", "leased") if kind in found]
    return remarks.fact("yes", panels, whose[0] if len(whose) == 1 else None)
