"""Which listings are one home (metrics.md §11): exact keys, a model for the rest, people's word.

`match` is a pure function: the same listings and decisions, in any order, give the same homes,
links and ids. Here nothing is read from a payload but keys and facts (`identity.py`), no field of
a property is chosen (`properties.py`), and nothing is stored.
"""

from phoenix_re.validate.matching.deciding import Decision
from phoenix_re.validate.matching.homes import Link, Matching, match
from phoenix_re.validate.matching.identity import Identity, identify, property_id

__all__ = ["Decision", "Identity", "Link", "Matching", "identify", "match", "property_id"]
