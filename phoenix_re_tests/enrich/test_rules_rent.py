"""For what rent the home is let, and what the text tells an investor.

Every text here is invented; `test_rules_sale.py` has the longer ones.
"""

from typing import Any, Final

import pytest

from phoenix_re.enrich.rules import extract

NOT: Final = ("not_stated", None)
YES: Final = ("yes", None)

SAID: Final[dict[str, list[tuple[tuple[str, Any], list[str]]]]] = {
    "rent": [
        (
            ("yes", 150000),
            [
                "Rented at $1,500 a month.",
                "Tenant pays $1,500/mo.",
                "Current rent is $1,500 per month.",
                "Rent: $1,500/mo.",
                "Leased through May 2027 at $1,500 monthly.",
                "Brings in $1,500 a month.",
                "Tenants pay $1,500 on the first of each month.",
                "Rents for $1,500 monthly.",
                "Duplex, unit A rents at $800/mo and unit B at $700/mo.",
                "Annual rent of $18,000.",
                "Gross rents total $1,500/month.",
                "Our renter pays fifteen hundred dollars a month.",
                "Tnt pays 1500/mo.",
                "Each side rents for $750 a month in this duplex.",
                "Currently collecting $1,500/mo in rent.",
                "Lsd @ 1,500/mo.",
                "Rental income is $1,500 per month.",
                "MTM tenant at $1,500/month.",
            ],
        ),
        (
            YES,
            [
                "Rent is $1,500.",
                "Casita rents for $900 a month.",
                "One side is rented at $900/mo, the other is vacant.",
                "Rents range from $900 to $1,100 a month.",
                "The guest house brings $900 a month.",
                "Basement apartment is leased at $1,150/mo.",
            ],
        ),
        (
            NOT,
            [
                "Market rent is $1,500 a month.",
                "Could rent for $1,500 a month.",
                "Former tenant paid $1,500 a month.",
                "HOA is $150 a month.",
                "Similar homes rent for $1,500 a month.",
                "Prev rent 1500/mo.",
                "Pro forma rent $1,500/mo.",
                "Rent to own at $1,500 a month.",
                "Seller will rent back at $100 a day.",
                "Space rent is $650 a month.",
                "Lot rent $450/mo.",
                "Tenant pays $60 a month for water.",
                "Tenants pay utilities, about $200 a month.",
                "Payment would be $1,500 a month.",
                "Assume the loan with payments of $1,500 a month.",
                "Zillow says it would rent for $1,500 a month.",
                "The neighbors rent theirs for $1,500 a month.",
                "It rented for $1,500 a month until June.",
                "Cheaper than rent: $1,500 a month.",
                "The association collects $412 each quarter.",
                "Solar lease is $150 a month.",
                "Security deposit $1,500, rent $1,500 per month, no pets, application fee $40.",
                "Estimated rent $1,500/mo.",
                "Potential rental income of $1,500 per month.",
                "Earnest money $1,500, tenant occupied.",
                "The tenant's deposit is $1,500.",
                "Tenant occupied. Offered at $315,000.",
                "Tenants pay HOA dues of $85 a month.",
                "Leased solar at $98 a month.",
                "Taxes are $1,500 a year and the tenant stays.",
                "Storage unit rents for $90 a month.",
                "When it was rented, it brought $1,500 a month.",
                "Should bring $1,500 a month once fixed.",
                "Ask 255k, tenant in place, roof $9,000 in 2021.",
                "Rented furniture staging at $1,500 a month.",
                "Rent a boat for $90 a day at the marina.",
                "The tenant next door pays $2,000 a month.",
                "Utilities run $250 a month.",
                "Monthly payments from $1,500 a month with 5% down.",
                "Rents in the area have climbed to $2,100 a month.",
                "A comparable rents for $1,900 a month.",
                "The old lease was $1,200 a month.",
                "Tenants used to pay $1,200 a month.",
                "Solar lease payment of $112 a month, tenant-free home.",
                "The lease on the panels is $98 monthly.",
                "Ground lease $300 a month.",
                "Tenant pays the HOA of $140 a month.",
                "Leased water softener $35 a month.",
                "If rented, expect $1,800 a month.",
                "Dues $310 monthly; leases of 30 days allowed.",
                "Propane tank rents for $12 a month.",
                "You could house hack and collect $900 a month.",
                "Income of $90,000 qualifies.",
                "Rent savings of $400 a month versus downtown.",
            ],
        ),
    ],
    "investor": [
        (
            ("yes", ("tenant_in_place",)),
            [
                "Tenant in place.",
                "Tenant occupied.",
                "The renters would like to stay.",
            ],
        ),
        (
            ("yes", ("rental_income", "tenant_in_place")),
            [
                "Tenant pays $1,500 a month.",
                "Leased at $1,800/mo through May 2027.",
                "A section 8 tenant pays $1,710 monthly.",
                "Rented month to month at $1,250 a month.",
            ],
        ),
        (
            ("yes", ("arv",)),
            [
                "ARV $410,000.",
                "ARV: 390k.",
                "After repair value of $525,000.",
                "Worth $400,000 once renovated.",
                "ARV est. $385K.",
                "After-repair value is about 500,000 per appraiser.",
            ],
        ),
        (
            ("yes", ("fix_up",)),
            [
                "Handyman special.",
                "Investor special!",
                "Perfect flip.",
                "Fix and flip opportunity.",
                "Fixer for investors.",
                "Needs full rehab.",
                "Attention investors: fixer-upper priced low.",
                "Contractor special.",
                "Bring your contractor, great flip.",
                "Calling all flippers!",
                "A rehabber's dream.",
            ],
        ),
        (
            ("yes", ("rental_income",)),
            [
                "7.2% cap rate.",
                "NOI $42,000.",
                "Grossed $48,000 as a short term rental last year.",
                "Airbnb income of $52,000 in 2024.",
            ],
        ),
        (
            NOT,
            [
                "Great investment.",
                "Investors welcome.",
                "Perfect rental.",
                "Not a flip.",
                "This is no investor special.",
                "Bring your flip flops.",
                "The flip across the street sold in a week.",
                "Flippers keep calling, and we keep hanging up.",
                "Tired of flips? This is not one.",
                "Market rents of $2,000.",
                "Projected cap rate of 7%.",
                "Would make a great rental.",
                "Not your typical flip.",
                "Was a fixer when we bought it.",
                "No investors, please.",
                "A handyman's workshop in the garage.",
                "The house was flipped in 2019.",
                "Cash flow potential.",
                "Pro forma cap rate 8%.",
                "Tenants moved out.",
                "Household income limits of $80,000 apply.",
                "Rehab hospital nearby.",
                "Flip a switch and the fireplace glows.",
                "Never a rental, never a flip.",
                "Seller bought it as a handyman special and made it a home.",
                "Comps at $410,000.",
                "Appraised at $410,000.",
                "Investor owned homes are few here.",
                "ARV unknown.",
                "Investors: please do not call.",
                "A flip phone signal at best.",
                "The investor next door flipped his.",
                "Cash flow was never our aim.",
                "Cap rates in this area hover at 6%.",
                "Insurance income was $9,000 after the hail.",
                "Gross living area 2,400.",
                "Worth every penny at $400,000.",
                "Worth $400,000 after the neighborhood was updated? We think so.",
                "Appraised at $410,000 when finished in 2020.",
                "Contractor owned and cared for.",
                "Built by a contractor for himself.",
                "Handyman lived here and it shows.",
                "The fixer next door sold to an investor.",
                "Investor loan must be paid off at closing.",
                "Yield signs at both ends of the street.",
                "NOI is for offices; this is a home.",
                "Rehabbed in 2022, no flip.",
                "A flipper bought it in 2018 and we bought from him.",
                "Comps support $500,000.",
            ],
        ),
    ],
}
CASES: Final = [
    (field, said, text)
    for field, groups in SAID.items()
    for said, texts in groups
    for text in texts
]


@pytest.mark.parametrize(("field", "said", "text"), CASES)
def test_what_the_text_says(field: str, said: tuple[str, Any], text: str) -> None:
    fact = extract(text)[field]
    assert (fact.state, fact.value) == said, fact
    assert fact.evidence is None or fact.evidence in text
