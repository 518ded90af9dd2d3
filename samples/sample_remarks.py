"""Sentences for the remarks of the sample listings, all written for this project.

What a sentence claims is true of the home it is put under. A home can also say nothing on a
subject: readers must be able to answer "not stated". Homes and prices belong to
`sample_world.py`, file formats to `make_samples.py`.
"""

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sample_world import Home, Listing

OPENING = {
    "house": (
        "Single-level block home on a quiet interior street.",
        "Here is the west side {beds}-bedroom you have been waiting for.",
        "Come see this {beds} bed, {baths} bath ranch with a shaded front porch.",
        "Slump block construction and a layout that just works.",
        "Corner lot with mature citrus and room to park the boat.",
        "{beds} bedrooms, {baths} baths and about {sqft} square feet under roof.",
        "Pulling up, you notice the low-water front yard and the fresh walkway.",
        "A split floor plan puts the primary suite on its own side of the house.",
        "Bienvenidos! Solid {year_built} build close to shopping and the freeway.",
        "Wide lot, deep setback, no neighbor directly behind.",
    ),
    "condo": (
        "Ground-floor condo steps from the mailboxes and guest parking.",
        "Lock-and-leave living in a gated west Phoenix community.",
        "Upstairs end unit with morning light and a covered balcony.",
        "Tidy {beds} bedroom condo, about {sqft} sq ft, all on one level.",
        "Low-maintenance home with an inside laundry closet.",
        "Quiet courtyard unit, stacked stone entry, vaulted living room.",
    ),
    "townhouse": (
        "Two-story townhome with every bedroom upstairs.",
        "Townhome with a private patio and only one shared wall.",
        "Attached {beds}-bedroom home, {sqft} sq. ft., with storage under the stairs.",
    ),
}

POOL = {
    "private": (
        "Out back, a sparkling play pool with a newer variable-speed pump.",
        "Dive into your own pebble-finish pool, fenced for safety.",
        "The pool was replastered and the deck recoated.",
        "Backyard has a diving pool and a built-in grill under the ramada.",
        "In-ground pool sold as-is; the heater does not run.",
    ),
    "community": (
        "Residents share a heated community pool and spa.",
        "Cool off in the association's pool, just past the clubhouse.",
        "No private pool to clean: the complex has two of them.",
        "Community amenities include a swimming pool, ramadas and a tot lot.",
    ),
    "none": (
        "No pool, but the deep yard has plenty of room to add one.",
        "The old pool was filled in by permit and is now a level lawn.",
        "A pool-sized lot is ready for your plans.",
        "There is no pool here, just low-care gravel and a lime tree.",
        "The pool table in the den conveys; the yard is an easy desert scape.",
    ),
}

CAR = {
    "garage": (
        "The {garage_words} garage has built-in cabinets and an EV-ready outlet.",
        "Oversized {garage_words} garage with side entry to the yard.",
        "{garage_words_cap} garage, plus an RV gate and a slab alongside.",
        "Attached garage parks {garage_number}, with a new opener.",
    ),
    "carport": (
        "Two-car carport with a locked storage room.",
        "Covered carport parking right at the kitchen door.",
        "The garage was converted years ago, so parking is the extended drive.",
    ),
    "space": (
        "One assigned covered space; there is no garage.",
        "Reserved covered parking by the front steps, open spaces for a second car.",
    ),
}

FEE = {
    "yes": (
        "HOA of ${fee} a month covers water, trash and the roof.",
        "The ${fee}/mo association fee takes care of front yards and the private street.",
        "Monthly dues are ${fee} and include blanket insurance and exterior paint.",
        "Association dues run ${fee} per month.",
    ),
    "no": (
        "No HOA!",
        "There is no homeowners association, so bring the trailer.",
        "Zero HOA fees and zero HOA rules.",
        "Not in an association.",
    ),
}

CONDITION = {
    "original": (
        "Kitchen and baths are original and spotless.",
        "Time capsule interior, lovingly cared for by one owner since the 1980s.",
        "Everything works; the finishes are from when it was built.",
    ),
    "kept": (
        "Move-in ready with neutral paint throughout.",
        "Well kept, with dual-pane windows and tile in the traffic areas.",
        "Clean, bright and freshly painted inside and out.",
        "The air conditioner is recent and serviced every spring.",
    ),
    "remodeled": (
        "Fully remodeled in {renovated}: shaker cabinets, quartz counters, plank tile.",
        "Taken to the studs in {renovated} with new wiring, plumbing and drywall.",
        "The {renovated} renovation opened the kitchen to the great room.",
        "Kitchen and bath were redone in {renovated}, and the roof is from the same year.",
        "Updated top to bottom ({renovated}) with permits on file.",
    ),
    "fixer": (
        "Handyman special: needs flooring, paint and a kitchen.",
        "Come with a contractor: the roof leaks over the hallway.",
        "Priced for the work it needs; cash or renovation loan only.",
        "Investors take note, this one is a true fixer.",
    ),
}

SOLAR = {
    "owned": (
        "The rooftop solar is paid off and stays with the home.",
        "Owned solar panels keep summer bills low.",
        "Seller owns the 6 kW solar array free and clear.",
    ),
    "leased": (
        "Solar lease to be assumed by the buyer, about $118 a month.",
        "Panels are leased; buyer must qualify to take over the agreement.",
        "Leased solar with twelve years remaining.",
    ),
}

CASITA = (
    "A detached casita with its own bath and mini-split sits behind the main house.",
    "The permitted guest house out back has a kitchenette and separate entrance.",
    "Bonus casita, ideal for visitors or a home office.",
    "Mother-in-law quarters off the patio with a private door.",
)

MOTIVATED = (
    "Seller is motivated and will look at every offer.",
    "Owner has already moved out of state and wants it sold before year end.",
    "Bring an offer, seller will contribute toward closing costs.",
    "Job relocation forces the sale; quick close welcome.",
    "Seller has priced it to go and says: try me.",
)

CLOSING = (
    "Buyer to verify all facts and figures.",
    "Refrigerator, washer and dryer convey.",
    "Minutes from the canal path and two bus lines.",
    "Shown by appointment with two hours' notice.",
    "Tenant in place through spring at market rent.",
    "Square footage is per county records.",
    "Alarm panel is wired but not monitored.",
    "Ceiling fans in every room and blinds on every window.",
    "Two wall shelves in the hall are excluded from the sale.",
)

GARAGE_WORDS = {1: "one-car", 2: "two-car", 3: "three-car"}


def compose(listing: "Listing", rng: Random) -> str:
    """The public remarks of a listing: five to nine sentences, order varied in the middle.

    Solar, a casita and a motivated seller are always told; pool, garage and association only
    most of the time, as in real remarks.
    """
    home = listing.home
    middle = [rng.choice(CONDITION[home.condition])]
    if home.pool == "private" or rng.random() < 0.6:
        middle.append(rng.choice(POOL[home.pool]))
    if rng.random() < 0.75:
        middle.append(rng.choice(CAR[_parking(home)]))
    if rng.random() < 0.7:
        middle.append(rng.choice(FEE["yes" if home.fee_monthly else "no"]))
    if home.solar:
        middle.append(rng.choice(SOLAR[home.solar]))
    if home.casita:
        middle.append(rng.choice(CASITA))
    rng.shuffle(middle)
    ending = [rng.choice(MOTIVATED)] if listing.motivated else []
    ending += rng.sample(CLOSING, rng.choice((1, 1, 2)))
    garage_words = GARAGE_WORDS.get(home.garage_spaces, "")
    return " ".join([rng.choice(OPENING[home.kind]), *middle, *ending]).format(
        beds=home.beds,
        baths=f"{home.baths:g}",
        sqft=f"{home.living_area:,}",
        year_built=home.year_built,
        renovated=home.renovated,
        fee=home.fee_monthly,
        garage_words=garage_words,
        garage_words_cap=garage_words.capitalize(),
        garage_number={1: "one", 2: "two", 3: "three"}.get(home.garage_spaces, ""),
    )


def _parking(home: "Home") -> str:
    if home.garage_spaces:
        return "garage"
    return "carport" if home.kind == "house" else "space"
