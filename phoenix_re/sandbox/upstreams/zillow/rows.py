"""A listing as each reseller writes it. Absent keys come as often as in the recorded replies."""

from random import Random
from typing import Any

from phoenix_re.sandbox.scene import Scene
from phoenix_re.sandbox.world import Listing

SQUARE_FEET_PER_ACRE = 43_560
_SQUARE_METRE = 10.7639
_TYPES = {
    "Single Family Residence": "SINGLE_FAMILY",
    "Townhouse": "TOWNHOUSE",
    "Condominium": "CONDO",
    "Manufactured Home": "MANUFACTURED",
    "Duplex": "MULTI_FAMILY",
}
_SITE = "https://photos.zillowstatic.com/fp"


def zpid_of(listing: Listing) -> int:
    """The home's, whatever it is offered for."""
    zip_code, _, number = listing.house.id.partition("-")
    return int(f"{zip_code}{number}")


def price_of(listing: Listing) -> int:
    return listing.close_price if listing.close_price is not None else listing.list_price


def _chance(listing: Listing) -> Random:
    return Random(zpid_of(listing))


def _street(listing: Listing) -> str:
    """With the unit, that `unit` tells once more."""
    unit = f" {_unit(listing)}" if listing.house.unit else ""
    return f"{listing.house.street}{unit}"


def _unit(listing: Listing) -> str:
    number = listing.house.unit
    return f"Apt {number}" if zpid_of(listing) % 2 else f"# {number}"


def _area(listing: Listing, metric: bool) -> int:
    area = listing.house.living_area
    return round(area / _SQUARE_METRE) if metric else area


def _lot(listing: Listing) -> tuple[float, str]:
    """Acres for large lots, square feet for others; whole or not as it falls."""
    lot = listing.house.lot_area
    return (round(lot / SQUARE_FEET_PER_ACRE, 4), "acres") if lot > 9_000 else (lot, "sqft")


def _status(listing: Listing) -> str:
    if listing.status == "Closed":
        return "RECENTLY_SOLD"
    return "FOR_RENT" if listing.kind == "rent" else "FOR_SALE"


def _days(listing: Listing, scene: Scene) -> int:
    """-1 where Zillow does not know."""
    return -1 if zpid_of(listing) % 23 == 0 else listing.days_on_market(scene.now)


def _milliseconds(moment: Any) -> int:
    return int(moment.timestamp() * 1000)


def _estimates(listing: Listing, scene: Scene) -> dict[str, int]:
    """They move from day to day by themselves."""
    drift = 1 + (scene.now.toordinal() % 7 - 3) / 1000
    rent = listing.house.value * 0.065 / 12
    return {"zestimate": round(listing.house.value * drift), "rentZestimate": round(rent * drift)}


def _flags(
    listing: Listing, scene: Scene, coming: str, by_agent: str, opened: str
) -> dict[str, bool]:
    """Only those that are so. An open house is announced for a day, and over on the next."""
    zpid = zpid_of(listing)
    return {
        name: True
        for name, is_so in (
            (coming, listing.status == "Coming Soon"),
            (by_agent, True),
            (opened, zpid % 5 == 0 and (zpid // 5 + scene.now.toordinal()) % 3 == 0),
        )
        if is_so
    }


def _common(listing: Listing, scene: Scene, metric: bool) -> dict[str, Any]:
    house, chance = listing.house, _chance(listing)
    row: dict[str, Any] = {
        "bathrooms": house.baths,
        "bedrooms": house.bedrooms,
        "country": "USA",
        "currency": "USD",
        "daysOnZillow": _days(listing, scene),
        "imgSrc": f"{_SITE}/{listing.listing_key}-p_e.jpg",
        "latitude": house.latitude,
        "livingArea": _area(listing, metric),
        "longitude": house.longitude,
        "price": price_of(listing),
    }
    if chance.random() < 39 / 41:
        row["lotAreaValue"], row["lotAreaUnit"] = _lot(listing)
    estimates = _estimates(listing, scene)
    if chance.random() < 39 / 41:
        row["rentZestimate"] = estimates["rentZestimate"]
    if chance.random() < 36 / 41:
        row["zestimate"] = estimates["zestimate"]
    if listing.price_changed_at is not None and listing.previous_list_price is not None:
        change = listing.list_price - listing.previous_list_price
        row["datePriceChanged"] = _milliseconds(listing.price_changed_at)
        row["priceChange"] = change
    if house.unit:
        row["unit"] = _unit(listing)
    if listing.closed_at is not None:
        row["dateSold"] = _milliseconds(listing.closed_at)
    return row


def zillow56(listing: Listing, scene: Scene, metric: bool) -> dict[str, Any]:
    house = listing.house
    row = _common(listing, scene, metric) | {
        "city": house.city,
        "homeStatus": _status(listing),
        "homeStatusForHDP": _status(listing),
        "homeType": _TYPES[house.sub_type],
        "isFeatured": scene.now.day % 2 == 0,
        "isNonOwnerOccupied": not house.owner_occupied,
        "isPreforeclosureAuction": False,
        "isPremierBuilder": False,
        "isShowcaseListing": False,
        "isUnmappable": False,
        "isZillowOwned": False,
        "listing_sub_type": _flags(listing, scene, "is_comingSoon", "is_FSBA", "is_openHouse"),
        "priceForHDP": price_of(listing),
        "shouldHighlight": False,
        "state": house.state,
        "streetAddress": _street(listing),
        "timeOnZillow": int((scene.now - listing.listed_at).total_seconds() * 1000),
        "zipcode": house.zip,
        "zpid": zpid_of(listing),
    }
    if "priceChange" in row and listing.price_changed_at is not None:
        day = listing.price_changed_at
        row["priceReduction"] = f"${abs(row['priceChange']):,} ({day:%b} {day.day})"
    if _chance(listing).random() < 3 / 41:
        row["openHouse"] = "Sat. 1-4pm"
    return row


def com1(listing: Listing, scene: Scene, metric: bool) -> dict[str, Any]:
    house = listing.house
    row = _common(listing, scene, metric) | {
        "address": f"{_street(listing)}, {house.city}, {house.state} {house.zip}",
        "carouselPhotos": None,
        "comingSoonOnMarketDate": None,
        "contingentListingType": (
            "UNDER_CONTRACT" if listing.status == "Active Under Contract" else None
        ),
        "detailUrl": f"/homedetails/{zpid_of(listing)}_zpid/",
        "hasImage": listing.photos > 0,
        "listingStatus": _status(listing),
        "listingSubType": _flags(listing, scene, "is_comingSoon", "is_FSBA", "is_openHouse"),
        "newConstructionType": None,
        "propertyType": _TYPES[house.sub_type],
        "variableData": None,
        "zpid": str(zpid_of(listing)),
    }
    if listing.kind == "rent" and zpid_of(listing) % 5 == 0:
        row["price"] = f"${price_of(listing):,}/mo"
    if listing.kind == "rent" and _is_in_building(listing):
        row |= {"price": None, "units": [{"price": f"${price_of(listing):,}+", "beds": "2"}]}
    return row


def _is_in_building(listing: Listing) -> bool:
    return listing.house.unit is not None and zpid_of(listing) % 3 == 0


def zllw(listing: Listing, scene: Scene, metric: bool) -> dict[str, Any]:
    house = listing.house
    place = {
        "zpid": zpid_of(listing),
        "location": {"latitude": house.latitude, "longitude": house.longitude},
        "address": {
            "streetAddress": _street(listing),
            "zipcode": house.zip,
            "city": house.city,
            "state": house.state,
        },
        "media": {
            "propertyPhotoLinks": {"mediumSizeLink": f"{_SITE}/{listing.listing_key}-p_c.jpg"},
            "allPropertyPhotos": {"medium": [], "highResolution": []},
        },
    }
    if listing.kind == "rent" and house.unit:
        building = {
            "listingStatus": "forRent",
            "title": f"{house.subdivision.title()} Apartments",
            "matchingHomeCount": 3,
            "groupType": "apartmentComplex",
        }
        return {"property": place | building, "resultType": "propertyGroup"}
    inside = place | _zllw_home(listing, scene, metric)
    if zpid_of(listing) % 2:
        return {"property": inside | {"resultType": "property"}}
    return {"property": inside, "resultType": "property"}


def _zllw_home(listing: Listing, scene: Scene, metric: bool) -> dict[str, Any]:
    house, common = listing.house, _common(listing, scene, metric)
    words = _TYPES[house.sub_type].lower().split("_")
    lot, unit = _lot(listing)
    status = {"RECENTLY_SOLD": "recentlySold", "FOR_RENT": "forRent", "FOR_SALE": "forSale"}
    marketing = {"Coming Soon": "comingSoon", "Active Under Contract": "contingent"}
    price: dict[str, Any] = {
        "value": price_of(listing),
        "pricePerSquareFoot": round(price_of(listing) / house.living_area),
    }
    if "priceChange" in common:
        price |= {
            "changedDate": common["datePriceChanged"],
            "priceChange": common["priceChange"],
        }
    home = {
        "bathrooms": house.baths,
        "bedrooms": house.bedrooms,
        "livingArea": _area(listing, metric),
        "yearBuilt": house.year_built,
        "lotSizeWithUnit": {
            "lotSize": lot,
            "lotSizeUnit": "acres" if unit == "acres" else "squareFeet",
        },
        "propertyType": words[0] + "".join(word.capitalize() for word in words[1:]),
        "listing": {
            "listingStatus": status[_status(listing)],
            "marketingStatus": marketing.get(listing.status, "active"),
            "palsId": f"sandbox_{listing.listing_key}",
            "listingSubType": _flags(listing, scene, "isComingSoon", "isFSBA", "isOpenHouse"),
            "daysOnZillow": _days(listing, scene),
        },
        "price": price,
        "estimates": {k: common[k] for k in ("zestimate", "rentZestimate") if k in common},
        "listingDateTimeOnZillow": _milliseconds(listing.listed_at),
        "hdpView": {"hdpUrl": f"/homedetails/{zpid_of(listing)}_zpid/"},
        "region": {},
    }
    if listing.closed_at is not None:
        home["lastSoldDate"] = _milliseconds(listing.closed_at)
    return home


def single(listing: Listing, scene: Scene) -> dict[str, Any]:
    """Zillow's own large object, in the place of a list of one."""
    house = listing.house
    lot, unit = _lot(listing)
    return {
        "zpid": zpid_of(listing),
        "homeStatus": _status(listing),
        "homeType": _TYPES[house.sub_type],
        "price": price_of(listing),
        "bedrooms": house.bedrooms,
        "bathrooms": house.baths,
        "livingArea": f"{house.living_area:,} sqft",
        "lotAreaValue": lot,
        "lotAreaUnit": unit,
        "yearBuilt": house.year_built,
        "latitude": house.latitude,
        "longitude": house.longitude,
        "address": {
            "streetAddress": _street(listing),
            "city": house.city,
            "state": house.state,
            "zipcode": house.zip,
        },
        "resoFacts": {"livingArea": f"{house.living_area:,} sqft", "propertySubType": []},
        "priceHistory": [],
        "attributionInfo": {"agentName": listing.agent, "agentPhoneNumber": listing.agent_phone},
        "daysOnZillow": _days(listing, scene),
        "isUndisclosedAddress": False,
    }
