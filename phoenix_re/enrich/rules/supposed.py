"""What is only asked, supposed or advertised: it says nothing of how things are now.

No topic's statements here.
"""

from typing import Final

from phoenix_re.enrich.rules.text import Remarks, phrases

_ADVERT: Final = phrases(  # the text looks for a tenant
    [
        (
            "x",
            r"security deposit|application fee|pet deposit|\$\s?[\d,]{3,7} deposit|for rent"
            r"|(?:available|available for|home|house|also) (?:to|for) (?:rent|lease)"
            r"|renter pays (?:all|utilities|electric|water|for)|first month'?s?'?|move in special"
            r"|credit score|background check|no evictions|min(?:imum)? lease|lease will be"
            r"|leases will be considered|during the lease|per person on",
        )
    ]
)
_CONDITION: Final = phrases([("x", "if|unless|whether|should|whenever|could|once|when|until")])


def looks_for_a_tenant(remarks: Remarks) -> bool:
    """Whether the text is an advert for tenants: its lease and rent are those to be had."""
    return _ADVERT.search(remarks.folded) is not None


def is_supposed(remarks: Remarks, at: int) -> bool:
    """Whether the sentence at `at` asks, or its clause only supposes."""
    folded = remarks.folded
    start, end = remarks.sentence(at)
    if folded[end - 1 : end] == "?":
        return True
    clause = max(start, at - 60, folded.rfind(",", 0, at) + 1)
    return _CONDITION.search(folded, clause, at) is not None
