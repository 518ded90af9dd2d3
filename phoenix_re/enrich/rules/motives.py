"""The words for why, or how much, a seller wants to sell; what they prove is `motivation.py`'s.

One `Motive` per reading of a phrase. Most texts hold words such as "quick", "must" or "offers" for
other things, so that each motive is looked for only where its own words occur together, and then
only around its anchor.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from phoenix_re.enrich.rules.text import Remarks, near_words, phrases, word_set

_SELLER: Final = r"(?:sellers?|owners?|slr|homeowners?)"
_ONE: Final = rf"(?:{_SELLER}|we|i|they|family|heirs|both|couple)"
_MODEST: Final = (
    r"(?:very |highly |extremely |super |truly |really |seriously |quite |so |more ){0,2}"
)
_PLACE: Final = (  # where one moves to, not a bigger home around the corner
    r"(?!(?:(?:a|an|the|their|our|my|his|her) )?(?:bigger|larger|smaller|new (?:home|house|build)"
    r"|next|another|different|second|assisted|senior|retirement|care|nursing|condo|apartment|house"
    r"|home|buyer|sell|show|see|make|be\b|keep|closing|accommodate|it\b|one\b|dream|closer)\b)"
)
_EMPLOYER: Final = (
    r"(?:job|work|company|employer|career|army|navy|air force|military|new position|promotion"
    r"|new post|firm|hospital|university|church)"
)
_MOVED_US: Final = (
    r"(?:moved|moving|taking|takes|took|called|calls|calling|sending|sends|sent|transferred"
    r"|transferring|transfers|relocated|relocating|relocates|leads|leading)"
)
_US: Final = (
    r"(?:us|me|him|her|them|the (?:sellers?|owners?|family)|my (?:husband|wife|spouse)|our family"
    rf"|{_SELLER})"
)
_FAST: Final = r"(?:quick|fast|speedy|rapid|swift|prompt|immediate)"
_CLOSING: Final = r"(?:sale|close|closing|escrow|settlement|deal)"
_REASONABLE: Final = r"(?:serious |reasonable |fair |and all |written )?"


class Motive(NamedTuple):
    """What is read from a phrase, and where to look for it."""

    kind: str
    words: frozenset[str]  # one of these is in every phrase of it
    company: frozenset[str]  # and one of these in the text, where there are any
    mention: re.Pattern[str]  # its group "other" is no such motive

    def said(self, remarks: Remarks) -> Iterator[re.Match[str]]:
        if self.company and self.company.isdisjoint(remarks.words):
            return
        yield from near_words(self.words, self.mention, remarks, 70, 90)


def _motive(kind: str, words: str, said: str, other: str = "", company: str = "") -> Motive:
    lookalikes = [("other", other)] if other else []
    return Motive(
        kind,
        word_set(words),
        word_set(company),
        phrases([*lookalikes, ("said", said)]),
    )


_PEOPLE: Final = (
    "we i us me my our seller sellers owner owners slr homeowner homeowners family they he she him"
    " her them"
)

MOTIVES: Final = (
    _motive(
        "no",
        words="hurry rush pressure deadline wait patient timetable timeline desperate",
        other=r"(?:no|not|never|won't|cannot|can't) <gap>(?:rush hour|rush job"
        r"|pressure (?:wash\w{0,3}|loss|drop|cooker|tank|test|valve|water|problem|relief))|(?:hurry"
        r"|rush) (?:to (?:move in|decide|buy)|for (?:you|buyers?))|(?:can't|cannot|can not|couldn't"
        r"|won't|not|don't) wait|wait until",
        said=r"(?:in |under |with |there's |is )?(?:no|zero|not in (?:a|any)|not under (?:a|any)"
        r"|isn't in a(?:ny)?|aren't in a(?:ny)?|without(?: any)?) (?:particular |real |great "
        r"|special |big )?(?:hurry|rush(?! hour| job)|pressure(?! (?:wash|loss|drop|cooker|tank"
        r"|test|valve|water|problem|relief)))(?! (?:to (?:move in|decide|buy)|for (?:you|buyers?)))"
        rf"|{_ONE}(?: (?:is|are|am)|'re|'m)? (?:not|by no means) (?:at all )?desperate"
        rf"|{_ONE} (?:(?:is|are|am|would be|can be) )?(?:happy|willing|content|prepared|able|glad"
        r"|can afford) to (?:wait|be patient)"
        rf"|{_ONE} (?:has|have) no (?:deadline|timetable|timeline|reason to hurry)|{_ONE} (?:can"
        rf"|will) wait(?! (?:until|for (?:an?|the) (?:offer|appraisal|inspection)))",
    ),
    _motive(
        "estate",
        words="estate probate executor executors executrix heir heirs conservatorship"
        " representative administrator testamentary inherited",
        other=r"estate sales? (?:next|this|on|saturday|sunday|weekend|in (?:the )?(?:garage|house)"
        r"|of (?:the )?(?:furniture|contents|furnishings)|starts|finds?|company|was|were|held"
        r"|treasures?|leftovers?|prices)|(?:not an?|no|non|never an?|not|isn't an?|as an?|was an?"
        r"|at an?|previous|former|neighbou?r'?s?|after the|after an?|during the|from an?"
        r"|after) (?:estate sale|probate)|an? estate sale (?:find|across|down|nearby)|real estate",
        said=r"estate sale|(?:court~ordered )?conservatorship(?: sale)?|probate(?: sale| listing)?"
        r"|(?:the )?executor(?:'?s)?(?: of the estate)? (?:sale|sells?|is selling|has|will|is"
        r"|offers?|must|wants?)|executrix|(?:sold|offered|listed) by (?:the |an |its )?executors?"
        r"|personal representative|public administrator|administrator(?:'?s sale| of the estate)"
        r"|the estate (?:sells|is selling|is offering|has (?:priced|decided|never|no)|wants"
        r"|will sell|needs to)|estate of (?:the (?:late|deceased|former|original|owner)|(?:our"
        r"|my) [a-z]{3,14}|(?:mr|mrs|dr)\b)|the estate of [a-z]{3,12} [a-z]{3,12}(?=~[.,;]| (?:is"
        r"|sells?|has))|(?:the |our |my |sole |all |three |two |four )?heirs (?:are|have|is|has"
        r"|want|live|will|say|must|agree|never|would|ready|sell|selling|wish)|sold by (?:the |his "
        r"|her |their )?heirs|(?:heir|estate)~owned|owned by (?:the |an )estate|(?:settle|settling"
        r"|to close) (?:the|an|our|my) (?:[a-z]{4,8}'?s? )?estate|letters testamentary|(?:we|i"
        r"|sellers?|owners?|siblings|sisters?|brothers?|kids|children|family)(?: (?:recently|just"
        r"|have|has|all|both)){0,2} inherited (?:it|this|the (?:home|house|property"
        r"|place))(?! (?:in (?:19|20)\d\d|years|decades))",
    ),
    _motive(
        "relocation",
        words="relocating relocation relocate relocated transfer transfers transferred job jobs"
        " position promotion post company corporate military employer career pcs orders reassigned"
        " deployed stationed",
        other=r"(?:buyers?|relocat\w{2,5}) (?:relocation|buyers?)"
        r"|relocation (?:buyers?|specialist|addend\w{2,3}|company|companies|package|friendly)"
        r"|relocat\w{2,3} (?:the|our|a|to (?:the )?(?:back|side|garage))\b",
        said=rf"{_ONE}(?:,? (?:is|are|has|have|had|will be|being|am|who|both|just|been|must|need to"
        r"|now|suddenly|sadly|got|and|family|job|has been|of this home|they|accepted|taking|a"
        r"|to)){0,6}? relocat(?:ing|ed|e|ion)(?! (?:the|our|a|to (?:the )?(?:back|side|garage))\b)"
        rf"|{_SELLER} (?:\w{{2,9}} ){{0,6}}?relocat(?:ing|ed)(?! the)"
        r"|(?:^|(?<=[.!?;*]\s))relocating (?:out of|to|for|overseas|abroad|sellers?|owners?)"
        r"|(?:due to|because of|by reason of|thanks to)(?: an?)?(?: (?:job|work|corporate|sudden"
        r"|military|company|career|out of state))? (?:relocation|transfer)|relocation sale|(?:job"
        r"|work|company|corporate|military|employer|career|army|navy|air force) (?:transfer"
        r"|relocation|move)(?:s|ed|red)?(?: (?:forces?|takes|means|us|me|him|her|them|seller|owner"
        r"|to|has|is))"
        rf"|{_EMPLOYER}s?(?:,? (?:is|has|are|have|'s|that|now|just"
        rf"|will be))? {_MOVED_US}(?: {_US})? ?~?(?:back |away |abroad|overseas|out of (?:state"
        rf"|town)|to {_PLACE}(?!work|bed)[a-z]{{3,14}}|across the country|elsewhere)|new (?:job"
        rf"|position|post) (?:in [a-z]{{3,12}} )?(?:calls?|takes?|awaits?) {_US}|{_ONE}(?:'re|'m"
        rf"|'ve)?(?:,? (?:is|are|am|was|were|has been|have been|got|been|being|just"
        r"|who)){0,3} (?:transferr?ed|being transferred|reassigned|deployed|stationed)(?=~[,.;!]"
        r"| (?:to|out|overseas|abroad|by|for work|away|and))"
        rf"|{_ONE}(?:'ve)?(?: (?:has|have|just|both|recently)){{0,3}} (?:accepted|took|taken|got"
        r"|landed|takes|been offered|received) (?:an? |the )?(?:new |great |dream )?(?:job|position"
        r"|promotion|post|transfer|assignment|orders)(?: (?:in|to|at|overseas|abroad|out|with"
        r"|elsewhere|for))|pcs(?:'?ing| orders| move)|military orders|orders (?:came|have come"
        r"|are in|in hand)|(?:has|have|with|under|on) orders to (?:report|move|[a-z]{4,12})"
        r"|new (?:job|position|post|assignment) (?:in|awaits?|waits?|waiting|out of state|overseas"
        rf"|abroad)|{_ONE}(?: both| will| have to| must| each)? (?:starts?|begins?"
        rf"|starting) (?:an? |the )?(?:new )?jobs? (?:there|in {_PLACE}|abroad|overseas|out of)"
        r"|starts? (?:an? |the )?new jobs? (?:there|in [a-z]{3,12})|company relocation(?=~[.,!])"
        r"|(?:job|work|new job|position) (?:change|transfer) (?:is )?(?:the |the only )?reason",
    ),
    _motive(
        "relocation",
        words="moving off headed heading bound leaving packing going",
        company=_PEOPLE,
        said=rf"{_ONE}(?:'re|'m)?(?:,? (?:is|are|am|was|were|already|now|packing|slowly|both|all"
        r"|who|will be)){0,4},? ?(?:moving|off|headed|heading|bound|leaving|packing)(?: (?:back"
        r"|home|slowly|up|out|away|north|east|west|south|on))? (?:abroad|overseas|out of (?:state"
        r"|the state|the country|town|the area)|across the country|to (?:be with (?!fam)|take (?:a"
        r"|the|up) (?:job|position|post)|start a (?:job|new job))|(?:to|for) (?:a (?:new )?(?:job"
        rf"|position|post|ranch|farm)|{_PLACE}[a-z]{{3,14}}(?: [a-z]{{3,12}})?(?:,? "
        rf"(?:[a-z]{{1,8}} )"
        r"{0,2}(?:for (?:a )?(?:new )?(?:work|job|position)|where a new)|~[.,;!]|~$| (?:and|after"
        r"|this|next|so))))|(?:moving|off|headed|leaving|going) (?:abroad|overseas"
        r"|to [a-z]{3,12}(?: [a-z]{3,12})?|out of state|away"
        r"|there)?,? ?(?:for (?:an? )?(?:new )?(?:work|jobs?|position|promotion|military orders)"
        r"|because (?:my|our|of (?:my|a|his|her)) (?:new )?(?:job|work|company))",
    ),
    _motive(
        "urgency",
        words="must quick fast speedy rapid swift immediate asap urgent urgently desperate",
        company="sell sold sale sells selling close closing closed escrow settlement deal seller"
        " sellers settle gone go owner",
        other=r"must (?:sell (?:their|his|her|your)|close the (?:gate|door))"
        r"|(?:ready|set|available|perfect|positioned) for (?:an? |your )?"
        rf"{_FAST} {_CLOSING}",
        said=r"must(?: be)?(?: [a-z]{2,8})? (?:sell|sold)(?! (?:or|to(?! (?:settle|pay))|with"
        r"|together|as (?:a|one)|by (?:the )?(?:owner|appointment)))|must (?:be gone|go) (?:now"
        r"|fast|quickly|soon|by|this)"
        rf"|(?:priced|reduced|prcd)(?: [a-z]{{2,8}}){{0,5}} for (?:an? )?{_FAST} (?:sale|close"
        r"|closing)|(?:wants?|needs?|requires?|requests?|asks?(?: for)?|asking(?: for)?|hoping for"
        r"|hopes for|desires?|prefers?|seeks?|seeking|looking for|demands?|desperate for"
        rf"|insists? on) (?:an? |the )?(?:very |really )?{_FAST} {_CLOSING}"
        r"(?! (?:possible|available|if|ok))"
        rf"|{_FAST} {_CLOSING} (?:is |are )?(?:wanted|needed|required|requested|a must|desired"
        r"|essential|necessary|preferred|important|sought)|must (?:close|sell|settle"
        r"|be closed) (?:by|before|within|on|fast|quickly)|(?:needs?|has|have|got"
        r"|forced) to (?:sell|sold|be sold)(?: it| this| the (?:house|home))? (?:fast|quickly|asap)"
        r"|(?:sell|sold|close|gone) asap|urgent(?:ly)? (?:sale|seller|sell|need)|(?:seller|owner"
        r"|sale) (?:is )?(?:urgent|desperate)|desperate (?:seller|owner|to sell)",
    ),
    _motive(
        "urgency",
        words="sell sold gone",
        company="needs need has have got forced wants",
        other=r"no need to sell",
        said=r"(?:needs?|has|have|got|forced) to (?:sell|be (?:sold|gone))(?: it| this"
        r"| the (?:house|home))? (?:now|soon|by|this (?:week|month|year)|right away|before"
        r"|in a hurry)(?! (?:owner|the owner|appointment))|needs? to be gone|(?:wants?"
        r"|needs?) (?:it|this (?:one|house|home)|the (?:house|home|place)) (?:to be )?(?:gone"
        r"|sold) (?:quickly|fast|now|soon|by|asap|yesterday)",
    ),
    _motive(
        "stated",
        words="motivated motiv motvd mot movtivated motivted serious anxious eager",
        other=r"motivated (?:buyers?|purchaser|tenant)",
        said=rf"{_MODEST}motivated,? (?:and (?:flexible|ready|realistic|reasonable) )?(?:{_SELLER}"
        r"|to sell)"
        rf"|(?:{_ONE}|it's|and)(?:'re|'m)?(?: (?:is|are|am|has become|remain|remains|more than|now"
        rf"|seems|just|the)){{0,3}} {_MODEST}(?:motivated|motvd|motiv\.?|mot|movtivated"
        r"|motivted)(?! (?:buyers?|by))"
        rf"|{_MODEST}motivated(?=~[!]| (?:and )?(?:make|bring))"
        r"|(?:anxious|eager) to sell|serious about selling",
    ),
    _motive(
        "offers",
        words="offer offers",
        company="bring all any every reasonable refused turned try submit entertain consider",
        other=r"(?:deadline|due|review\w{0,3}|reviewing|on|any|present\w{0,3}|all) <gap>all offers"
        r"|all offers (?:(?:are |will be )?(?:due|must|to be (?:submitted|sent|in)|by|reviewed"
        r"|should|submitted|subject|presented|contingent|need|require)|on )|offers? (?:of|deadline"
        r"|date|form|instructions|package)|submit all offers (?:by|to|via|with|on)",
        said=r"bring (?:us |me )?(?:(?:all|any|your|an|reasonable|best|every|a|them|and all|or all)"
        r" ){1,4}offers?(?! (?:of|deadline|letter|by|before))|bring (?:all )?offers(?! of)"
        rf"|(?:considering|welcoming|entertaining|open to) (?:all|any|every|most) {_REASONABLE}"
        r"offers?"
        rf"|(?:all|any|every|no reasonable) (?:and all )?{_REASONABLE}offers? (?:(?:is|are|will be"
        r"|gets?|shall be|to be) )?(?:considered|welcome[d]?|entertained|looked at|heard|read"
        r"|answered|refused|turned away|given|taken seriously)|(?:will |happily |would |shall "
        r"|'ll )?(?:look at|consider|entertain|read|listen to|hear"
        rf"|answer|welcomes?|considers?|respond to) (?:all|any|every|each) {_REASONABLE}offers?"
        r"|no (?:reasonable |fair |serious )?offer (?:will be |is |goes )?(?:refused|turned (?:away"
        r"|down)|ignored|too low|rejected)|make (?:us |me )any offer|(?:try|try us with|submit"
        r"|make us) any offer|submit all offers(?=~[.!]|~$)",
    ),
)
