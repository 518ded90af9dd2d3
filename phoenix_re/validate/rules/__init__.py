"""What makes a listing wrong or doubtful: one `Rule` per reason, all of them in `RULES`.

An ERROR sends the listing to quarantine, a WARN marks its property. Nothing is corrected here, with
one exception that precedes all rules: a placeholder (0 square feet, 0 bedrooms of a lot) says
nothing and becomes None (`without_placeholders`). A market's file may tune rules and add some of
its own (`rules_of`). Merging and KPIs live elsewhere.
"""

from phoenix_re.validate.rules.catalogue import RULES
from phoenix_re.validate.rules.lookups import LEASES, WITHOUT_HOME
from phoenix_re.validate.rules.placeholders import without_placeholders
from phoenix_re.validate.rules.rule import Breach, Case, Rule, Severity
from phoenix_re.validate.rules.stated import shown_price_cents
from phoenix_re.validate.rules.surroundings import Surroundings, surroundings
from phoenix_re.validate.rules.tuning import breaches, objections, rules_of

__all__ = [
    "LEASES",
    "RULES",
    "WITHOUT_HOME",
    "Breach",
    "Case",
    "Rule",
    "Severity",
    "Surroundings",
    "breaches",
    "objections",
    "rules_of",
    "shown_price_cents",
    "surroundings",
    "without_placeholders",
]
