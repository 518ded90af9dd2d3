"""Facebook Marketplace: a source that is never asked. What a person exports comes by file drop.

The format of those files is `collect/formats/facebook_marketplace.py`.
"""

from collections.abc import Iterator

from phoenix_re.collect.errors import Refused
from phoenix_re.collect.source import Item, Session, SourceSpec

WHY = (
    "there is no lawful way to collect Marketplace listings by machine: Meta's Graph API has no "
    "call that reads other people's listings, its partner feed only uploads, and its terms (3.2.3) "
    "forbid automated access without prior written permission. Type what you have seen into a CSV "
    "and drop it into the inbox (docs/how-to/facebook-marketplace.md). Set enabled: false."
)


def collect(session: Session) -> Iterator[Item]:
    """Raises `Refused`, whatever the market file says."""
    raise Refused(session.source, WHY)


SPEC = SourceSpec(
    name="facebook_marketplace",
    title="Facebook Marketplace",
    light="red",
    provides=frozenset({"sale_listings", "rental_listings"}),
    base_url="https://www.facebook.com",
    formats=(),
    collect=collect,
    robots=True,
)
