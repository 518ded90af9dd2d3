"""What was built or altered for access.

Every text here is invented; `test_rules_sale.py` has the longer ones.
"""

from typing import Any, Final

import pytest

from phoenix_re.enrich.rules import extract

NOT: Final = ("not_stated", None)
YES: Final = ("yes", None)

SAID: Final[dict[str, list[tuple[tuple[str, Any], list[str]]]]] = {
    "accessibility": [
        (
            YES,
            [
                "Wheelchair ramp to the front door.",
                "Roll-in shower.",
                "Elevator in the home.",
                "Stair lift.",
                "Grab bars in the bath.",
                "Wide doorways and no-step entry.",
                "ADA compliant bath.",
                "A ramp leads to the side door.",
                "The ramp we built at the back porch stays.",
                "Wheelchair accessible.",
                "36-inch doors throughout.",
                "There is a chairlift on the stairs.",
                "A lift in the foyer serves both levels.",
                "Private elevator to all three floors.",
                "Zero-step entry.",
                "The doors were widened for a wheelchair.",
                "Elev, ramp, grab brs.",
                "Grab brs in hall ba.",
                "A ramp was poured in 2016.",
                "Curbless shower with a bench.",
                "A hydraulic lift raises a chair to the porch.",
                "Handicap-accessible bathroom.",
                "Ramp in the garage to the kitchen door.",
                "Handrails, ramp and roll-under sink.",
            ],
        ),
        (
            NOT,
            [
                "Easily accessible to freeways.",
                "Boat ramp nearby.",
                "Walk-in shower.",
                "Single level.",
                "No steps.",
                "Nothing in it was built for a wheelchair.",
                "Not wheelchair accessible.",
                "Handicap features: None.",
                "Elevator shaft ready for future elevator.",
                "Room for an elevator.",
                "The skate park has ramps.",
                "On-ramp to the 101 is a minute away.",
                "No elevator in the building.",
                "Car lift in the garage.",
                "Wide plank floors.",
                "Wide hallways.",
                "Accessible attic storage.",
                "Grab your keys.",
                "A ramp would be easy to add.",
                "Grain elevator views.",
                "The lift at the ski resort is minutes away.",
                "Face lift in 2020.",
                "There is no ramp and no lift.",
                "The ramp was removed in 2020.",
                "Stairs only, no elevator.",
                "Accessible pricing.",
                "Wide doors open to the patio.",
                "Neighbor's ramp is being taken out.",
                "Barrier-free views.",
                "The wheelchair ramp has been taken out.",
                "Accessible from the alley.",
                "Pre-wired for a stair lift.",
                "Heavy-duty truck lift in shop.",
                "Loading ramp for the dock.",
                "The stair lift goes with the seller.",
                "The ramp to the interstate is near.",
                "A boat lift at the dock.",
                "Elevator music plays in the lobby.",
                "Wide doors to the barn.",
                "Ramp up your life here.",
                "Walker's paradise.",
                "ADA County, Idaho.",
                "Grab a beer.",
                "Handicap parking at the clubhouse.",
                "36 inch range.",
                "Skate ramp in the back yard.",
                "The loading dock ramp serves the shop.",
                "Lift your eyes to the hills.",
                "Wheelchair ramp was removed.",
                "Room to add a lift.",
                "Roll-in island.",
                "Universal remote.",
                "A step-free commute by train.",
                "Golf with a 12 handicap.",
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
