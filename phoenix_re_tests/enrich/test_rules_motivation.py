"""Why, and how much, the seller wants to sell.

Every text here is invented; `test_rules_sale.py` has the longer ones.
"""

from typing import Any, Final

import pytest

from phoenix_re.enrich.rules import extract

NOT: Final = ("not_stated", None)
YES: Final = ("yes", None)
NO: Final = ("no", None)

SAID: Final[dict[str, list[tuple[tuple[str, Any], list[str]]]]] = {
    "motivation": [
        (
            ("yes", "estate"),
            [
                "Estate sale.",
                "Probate sale.",
                "The heirs are selling.",
                "Being sold by the executor.",
                "Sold by the personal representative.",
                "The estate of the late owner is selling.",
                "Heirs live out of state and want it sold.",
                "To settle an estate.",
            ],
        ),
        (
            ("yes", "distress"),
            [
                "Short sale.",
                "Bank owned.",
                "Pre-foreclosure.",
                "HUD home.",
                "REO, no disclosures.",
            ],
        ),
        (
            ("yes", "relocation"),
            [
                "Seller is relocating.",
                "Owners are moving to Oregon for work.",
                "Job transfer forces sale.",
                "Military orders: we report to Fort Bragg in May.",
                "We are moving overseas.",
                "Seller got a job in Denver.",
                "PCS orders.",
                "Company relocation.",
                "A new post in Oslo calls the seller away.",
                "Must be sold quickly, since his orders came through for Tampa.",
                "Relocating out of state.",
                "The sellers start new jobs in Reno this month.",
                "Owner transferred, must sell.",
            ],
        ),
        (
            ("yes", "urgency"),
            [
                "Must sell!",
                "Quick sale needed.",
                "Must be sold by Friday.",
                "Seller needs a fast close.",
                "Needs to sell now.",
                "Priced for a quick sale.",
                "Seller wants a quick closing.",
                "It has to be sold this month.",
            ],
        ),
        (
            ("yes", "stated"),
            [
                "Motivated seller.",
                "Sellers are very motivated.",
                "Seller is motivated.",
                "Highly motivated!",
                "Slr mot.",
                "SELLER MOTIVATED",
                "We are motivated.",
            ],
        ),
        (
            ("yes", "offers"),
            [
                "Bring all offers.",
                "All offers considered.",
                "Bring any offer.",
                "All reasonable offers considered.",
                "Try us with any offer!",
                "Seller says bring an offer.",
                "Seller will consider all offers.",
                "Submit all offers!",
            ],
        ),
        (
            NO,
            [
                "Seller is in no hurry.",
                "We are not in a hurry to sell.",
                "No rush to sell.",
                "Owner is happy to wait for the right buyer.",
                "The sellers have no deadline.",
                "There's no hurry on our side.",
                "I can wait a year.",
                "Not desperate, in no rush.",
            ],
        ),
        (
            NOT,
            [
                "Priced to sell.",
                "Price reduced.",
                "Motivated buyers only.",
                "Divorce sale.",
                "All offers due Monday at noon.",
                "Offers will be reviewed Tuesday.",
                "Real estate at its best.",
                "An estate of five acres.",
                "This estate offers a pool.",
                "Move-in ready for a quick close.",
                "Quick access to the freeway.",
                "Must see!",
                "Bring your offer deadline questions.",
                "Relocation specialists nearby.",
                "Perfect for relocating buyers.",
                "Transfer tax paid by buyer.",
                "The previous owner relocated.",
                "The shed was relocated.",
                "We moved the laundry upstairs.",
                "Estate agents: ask for the packet.",
                "Health forces sale.",
                "Quick drive to downtown.",
                "Wait until you see it!",
                "Kitchen island relocated in 2020.",
                "No rush hour traffic.",
                "Must sell their home first? Contingent buyers OK.",
                "Job growth in the area is strong.",
                "Seller retiring.",
                "Downsizing.",
                "This home offers everything.",
                "He transferred the title in 2019.",
                "It will sell fast.",
                "This one must be seen.",
                "Buyers must sell quickly elsewhere.",
                "Not an estate sale.",
                "Is the seller motivated? Ask.",
                "Sellers are moving to a bigger home across town.",
                "Growing family needs more room.",
                "Fast internet and quick commute.",
                "Fire sale prices on furniture at the garage sale.",
                "The seller has offers in hand; highest and best by Friday.",
                "Estate sale Saturday 9-3, furniture and tools.",
                "Estate lots, estate homes.",
                "The home was moved here in 1950.",
                "If you are relocating, this is for you.",
                "Bank offers a lender credit.",
                "Bring your offers of help to the food drive.",
                "Seller not motivated.",
                "Orders of tile came in for the bath.",
                "The transfer station is two miles away.",
                "We moved here from Ohio in 1999.",
                "Relocation of the water heater freed a closet.",
                "You must close the gate.",
                "Offers a motivated agent.",
                "A quick sale of the furniture precedes closing.",
                "Quick closing possible.",
                "Fast closing available with our lender.",
                "Estate planning office nearby.",
                "An estate-like setting.",
                "Heirloom tomatoes in the garden; heirs to a fine tradition.",
                "Bring an offer by Sunday 5 pm.",
                "We will not be rushed.",
                "Jobs nearby at the new chip plant.",
                "Take the job of mowing off your list.",
                "Promotion: builder pays closing costs.",
                "Post office on the corner.",
                "Company picnic space in the yard.",
                "We're off to the lake most weekends.",
                "Heading to the trailhead takes a minute.",
                "Sellers leaving all appliances.",
                "Seller is leaving the piano.",
                "Sellers are moving the fence to the line.",
                "Owner moving to a condo nearby.",
                "They bound the edges in copper.",
                "Must be sold with the adjoining lot.",
                "Must sell with 12 Elm.",
                "The seller must be given 30 days.",
                "Needs to be sold to be believed.",
                "Any offer below list will be ignored.",
                "No offers before Friday.",
                "Do not wait, it will sell by the weekend.",
                "Don't be in a hurry on this street, kids play.",
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
