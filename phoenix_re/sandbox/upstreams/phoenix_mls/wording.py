"""How the site writes a listing, whatever the template: addresses, prices, links, what it hides."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams

from phoenix_re.sandbox.world import Listing

NAME = "phoenix_mls"
ARMLS_ID = "20070913202326493241000000"
SAVED_SEARCH = "20251204120000000000000000"
HIDDEN = "********"
ZONE = ZoneInfo("America/Phoenix")
_SQUARE_METRE = 10.7639
_SUFFIXES = {
    "St": "Street",
    "Ave": "Avenue",
    "Dr": "Drive",
    "Ln": "Lane",
    "Rd": "Road",
    "Way": "Way",
    "Ct": "Court",
    "Pl": "Place",
    "Blvd": "Boulevard",
    "Cir": "Circle",
}
_DWELLINGS = {
    "Single Family Residence": "Single Family - Detached",
    "Townhouse": "Townhouse",
    "Condominium": "Condo",
    "Manufactured Home": "Mfg/Mobile Housing",
    "Duplex": "Duplex",
}


@dataclass(frozen=True, slots=True)
class Look:
    """What is being looked at: the search, or (without totals) one listing."""

    base: str
    query: QueryParams
    now: datetime
    total: int = 0
    page: int = 1
    pages: int = 1
    area_label: str = "Square Footage"
    metric: bool = False

    def area(self, square_feet: int) -> int:
        return round(square_feet / _SQUARE_METRE) if self.metric else square_feet

    def page_link(self, number: int) -> str:
        pairs = [(k, v) for k, v in self.query.multi_items() if k != "pg"]
        return escape(f"{self.base}/mls/search/?{QueryParams([*pairs, ('pg', str(number))])}")

    def detail_link(self, listing: Listing) -> str:
        """With the search's own parameters, `p`, `n` and the MLS, as the plugin builds it."""
        pairs = [("SavedSearch", SAVED_SEARCH), ("ListingId", listing.mls_number)]
        pairs += [("pg", str(self.page)), ("OrderBy", self.query.get("OrderBy", "-ListPrice"))]
        pairs += [("p", "n" if self.page == 1 else "y"), ("m", ARMLS_ID), ("n", "y")]
        words = re.sub(r"[\W_]+", "-", words_of(listing).one_line).strip("-")
        return escape(f"{self.base}/mls/{words}-mls_{listing.mls_number}?{QueryParams(pairs)}")


@dataclass(frozen=True, slots=True)
class Words:
    street: str
    city_line: str  # "Phoenix, AZ 85031"; now and then the ZIP is not there

    @property
    def one_line(self) -> str:
        return f"{self.street}, {self.city_line}"


def words_of(listing: Listing) -> Words:
    house = listing.house
    suffix = _SUFFIXES[house.street_suffix]
    parts = (house.street_number, house.street_dir, house.street_name, suffix)
    unit = f" #{house.unit}" if house.unit else ""
    code = "" if one_in(listing, 29) else f" {house.zip}"
    return Words(" ".join(parts) + unit, f"{house.city}, {house.state}{code}")


def one_in(listing: Listing, many: int) -> bool:
    """A steady choice of listings that lack or hide something."""
    return int(listing.mls_number) % many == 0


def price_of(listing: Listing) -> str:
    """What it sold for, once it has."""
    paid = listing.close_price if listing.status == "Closed" else None
    return f"${paid if paid is not None else listing.list_price:,}"


def baths_of(listing: Listing) -> str:
    return f"{listing.house.baths:g}"


def sections_of(listing: Listing, look: Look) -> dict[str, list[tuple[str, str]]]:
    """The tables of a detail page."""
    house = listing.house
    day = listing.listed_at.astimezone(ZONE)
    apn = house.apn if len(house.apn) != 8 else f"{house.apn[:3]}-{house.apn[3:5]}-{house.apn[5:]}"
    contract = [
        ("List Price", f"${listing.list_price:,}"),
        ("List Date", f"{day.month}/{day.day:02}/{day.year}"),
        ("Days on Market", str(listing.days_on_market(look.now))),
    ]
    if listing.closed_at is not None:
        closed = listing.closed_at.astimezone(ZONE)
        contract.append(("Close of Escrow Date", f"{closed.month}/{closed.day:02}/{closed.year}"))
    general = [
        ("Dwelling Type", _DWELLINGS[house.sub_type]),
        ("# Bedrooms", str(house.bedrooms)),
        ("Full Bathrooms", str(house.baths_full)),
        ("Approx SQFT", f"{look.area(house.living_area):,}"),
        ("Approx Lot SqFt", f"{look.area(house.lot_area):,}"),
        ("Year Built", str(house.year_built)),
        ("# of Interior Levels", str(house.stories)),
        ("Garage Spaces", f"{house.garage_spaces:.1f}"),
        ("Private Pool Y/N", "Y" if house.pool else "N"),
    ]
    legal = [
        ("County Code", house.county),
        ("Assessor Number", HIDDEN if one_in(listing, 13) else apn),
        ("Subdivision", house.subdivision),
        ("HOA Y/N", "Y" if house.hoa_monthly else "N"),
    ]
    if house.hoa_monthly:
        legal += [("HOA Fee", f"${house.hoa_monthly}"), ("HOA Paid Frequency", "Monthly")]
    return {
        "Contract Information": contract,
        "Location, Tax & Legal": legal,
        "General Property Description": general,
    }


FEATURES = {
    "Sewer": "Sewer in & Cnctd; Public",
    "Water Source": "City Water",
    "Association Fee Incl": "Roof Repair; Maintenance Grounds",
}


def pager(look: Look, arrow: str) -> str:
    """±5 pages around this one with gaps; the first and the last always. `arrow`: the element of
    Previous and Next."""
    parts = []
    if look.page > 1:
        parts.append(f"<{arrow} href='{look.page_link(look.page - 1)}'>Previous</{arrow}>")
    for number in _numbers(look.page, look.pages):
        if number is None:
            parts.append("...")
        elif number == look.page:
            parts.append(f"<span>{number}</span>")
        else:
            parts.append(f"<a href='{look.page_link(number)}'>{number}</a>")
    if look.page < look.pages:
        parts.append(f"<{arrow} href='{look.page_link(look.page + 1)}'>Next</{arrow}>")
    inside = " ".join(parts)
    return f"<div class='flexmls_connect__sr_pagination'>{inside}</div><!-- pagination -->"


def _numbers(page_number: int, pages: int) -> Sequence[int | None]:
    near = range(max(1, page_number - 5), min(pages, page_number + 5) + 1)
    numbers: list[int | None] = list(near)
    if near.start > 1:
        numbers = [1, *([None] if near.start > 2 else []), *numbers]
    if near.stop <= pages:
        numbers = [*numbers, *([None] if near.stop < pages else []), pages]
    return numbers


def page(title: str, content: str) -> str:
    """The theme's page around the plugin's content, with a caching plugin's last word."""
    return (
        f"<!DOCTYPE html>\n<html lang='en-US'><head><meta charset='UTF-8'>"
        f"<title>{escape(title)} - Phoenix MLS Search</title></head>\n"
        f"<body class='page flexmls'>\n{content}\n"
        "<div class='flexmls_connect__idx_disclosure_text'>&copy; ARMLS. All information should be "
        "verified by the recipient and none is guaranteed as accurate by ARMLS.</div>\n"
        "</body></html>\n<!-- page cached -->\n"
    )
