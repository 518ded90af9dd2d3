"""The world's listings as rows of RESO's Property, in the habits of one host."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from phoenix_re.sandbox.scene import Scene
from phoenix_re.sandbox.world import MLS_NAME, Listing

_TEXT, _COUNT, _MONEY = "Edm.String", "Edm.Int64", "Edm.Decimal"
_TIME, _DATE, _FLAG = "Edm.DateTimeOffset", "Edm.Date", "Edm.Boolean"
_MANY = "Collection(Edm.String)"

FIELDS: Mapping[str, str] = {
    **dict.fromkeys(("ListingKey", "ListingId", "OriginatingSystemName", "StandardStatus"), _TEXT),
    **dict.fromkeys(("MlsStatus", "PropertyType", "PropertySubType", "UnparsedAddress"), _TEXT),
    **dict.fromkeys(("StreetNumber", "StreetDirPrefix", "StreetName", "StreetSuffix"), _TEXT),
    **dict.fromkeys(("UnitNumber", "City", "StateOrProvince", "PostalCode"), _TEXT),
    **dict.fromkeys(("CountyOrParish", "SubdivisionName", "ParcelNumber"), _TEXT),
    **dict.fromkeys(("PublicRemarks", "PrivateRemarks", "AssociationFeeFrequency"), _TEXT),
    **dict.fromkeys(("LivingAreaUnits", "LotSizeUnits", "ListOfficeName"), _TEXT),
    **dict.fromkeys(("ListAgentFullName", "ListAgentDirectPhone", "ListAgentEmail"), _TEXT),
    **dict.fromkeys(("ListPrice", "OriginalListPrice", "PreviousListPrice", "ClosePrice"), _MONEY),
    **dict.fromkeys(("LivingArea", "LotSizeSquareFeet", "LotSizeAcres"), _MONEY),
    **dict.fromkeys(("GarageSpaces", "AssociationFee", "TaxAnnualAmount"), _MONEY),
    **dict.fromkeys(("Latitude", "Longitude"), _MONEY),
    **dict.fromkeys(("BedroomsTotal", "BathroomsTotalInteger", "BathroomsFull"), _COUNT),
    **dict.fromkeys(("BathroomsHalf", "YearBuilt", "Stories", "DaysOnMarket"), _COUNT),
    **dict.fromkeys(("PhotosCount",), _COUNT),
    **dict.fromkeys(("ListingContractDate", "OnMarketDate", "PurchaseContractDate"), _DATE),
    **dict.fromkeys(("CloseDate", "OffMarketDate"), _DATE),
    **dict.fromkeys(("ModificationTimestamp", "StatusChangeTimestamp"), _TIME),
    **dict.fromkeys(("PriceChangeTimestamp", "OriginalEntryTimestamp"), _TIME),
    **dict.fromkeys(("AssociationYN", "PoolPrivateYN", "GarageYN"), _FLAG),
    **dict.fromkeys(("InternetEntireListingDisplayYN", "InternetAddressDisplayYN"), _FLAG),
    **dict.fromkeys(("MlgCanView",), _FLAG),
    **dict.fromkeys(("Cooling", "PoolFeatures", "Appliances", "MlgCanUse"), _MANY),
}
MLS_GRID_ONLY = frozenset({"MlgCanView", "MlgCanUse"})
SQUARE_FEET_PER_SQUARE_METRE = 10.7639


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a host writes: lookups in human words or by name, several joined, what it masks."""

    human: bool = True
    joined: bool = False  # several lookup values as one text
    masked: frozenset[str] = frozenset()  # fields that the key may not see: `********`
    mls_grid: bool = False

    def lookup(self, value: str) -> str:
        return value if self.human else value.replace(" ", "")

    def lookups(self, *values: str) -> str | list[str]:
        words = [self.lookup(value) for value in values]
        return ",".join(words) if self.joined else words


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def chosen(scene: Scene, fault: str, key: str) -> bool:
    """Whether the listing is of the share that a fault names."""
    return Random(f"{fault}{key}").random() < (scene.fault("reso_feed", fault) or 0)


def modified_at(scene: Scene, listing: Listing) -> datetime:
    """What is withheld by a fault changed when the sandbox started."""
    faults = ("deleted", "hidden", "no_address")
    touched = any(chosen(scene, fault, listing.listing_key) for fault in faults)
    return max(listing.modified_at, scene.started) if touched else listing.modified_at


def property_row(
    scene: Scene, listing: Listing, spelling: Spelling, at: datetime
) -> dict[str, Any]:
    """The listing as it stands; unmasked (filters see what the caller may not)."""
    key = listing.listing_key
    system = MLS_NAME.get(listing.house.market, "MLS")
    row = {
        "@odata.id": f"Property('{key}')",
        "ListingKey": key,
        "ListingId": listing.mls_number,
        "OriginatingSystemName": system.lower() if spelling.mls_grid else system,
        **_of_house(listing, spelling),
        **_of_marketing(listing, spelling, at),
        "ModificationTimestamp": stamp(modified_at(scene, listing)),
        "InternetEntireListingDisplayYN": not chosen(scene, "hidden", key),
        "InternetAddressDisplayYN": not chosen(scene, "no_address", key),
    }
    if spelling.mls_grid:
        row["MlgCanView"] = not chosen(scene, "deleted", key)
        row["MlgCanUse"] = ["IDX", "VOW", "BO"]
    elif chosen(scene, "deleted", key):
        row["StandardStatus"] = row["MlsStatus"] = "Delete"
    return row


def _of_house(listing: Listing, spelling: Spelling) -> dict[str, Any]:
    house = listing.house
    rent = listing.kind == "rent"
    detached = house.unit is None
    return {
        "PropertyType": spelling.lookup("Residential Lease" if rent else "Residential"),
        "PropertySubType": spelling.lookup(house.sub_type),
        "UnparsedAddress": f"{house.street} #{house.unit}" if house.unit else house.street,
        "StreetNumber": house.street_number,
        "StreetDirPrefix": house.street_dir,
        "StreetName": house.street_name,
        "StreetSuffix": house.street_suffix,
        "UnitNumber": house.unit,
        "City": house.city,
        "StateOrProvince": house.state,
        "PostalCode": house.zip,
        "CountyOrParish": house.county,
        "SubdivisionName": house.subdivision.title(),
        "ParcelNumber": house.apn,
        "Latitude": house.latitude,
        "Longitude": house.longitude,
        "BedroomsTotal": house.bedrooms,
        "BathroomsTotalInteger": house.baths_full + house.baths_half,
        "BathroomsFull": house.baths_full,
        "BathroomsHalf": house.baths_half,
        "LivingArea": float(house.living_area),
        "LivingAreaUnits": spelling.lookup("Square Feet"),
        "LotSizeSquareFeet": float(house.lot_area) if detached else None,
        "LotSizeAcres": round(house.lot_area / 43_560, 4) if detached else None,
        "LotSizeUnits": spelling.lookup("Square Feet"),
        "YearBuilt": house.year_built,
        "Stories": house.stories,
        "GarageSpaces": float(house.garage_spaces),
        "GarageYN": house.garage_spaces > 0,
        "AssociationYN": house.hoa_monthly is not None,
        "AssociationFee": float(house.hoa_monthly) if house.hoa_monthly else None,
        "AssociationFeeFrequency": "Monthly" if house.hoa_monthly else None,
        "TaxAnnualAmount": round(house.value * 0.0062, 2),
        "PoolPrivateYN": None if spelling.joined else house.pool,
        "PoolFeatures": spelling.lookups("Private" if house.pool else "None"),
        "Cooling": spelling.lookups("Central Air", "Ceiling Fans"),
        "Appliances": spelling.lookups("Dishwasher", "Gas Range"),
    }


def _of_marketing(listing: Listing, spelling: Spelling, at: datetime) -> dict[str, Any]:
    zone = ZoneInfo(_ZONES.get(listing.house.state, "UTC"))

    def day(moment: datetime | None) -> str | None:
        return moment.astimezone(zone).date().isoformat() if moment else None

    def money(dollars: int | None) -> float | None:
        return None if dollars is None else float(dollars)

    changed = listing.price_changed_at
    return {
        "StandardStatus": spelling.lookup(listing.status),
        "MlsStatus": "UCB" if listing.status == "Active Under Contract" else listing.status,
        "ListPrice": money(listing.list_price),
        "OriginalListPrice": money(listing.original_list_price),
        "PreviousListPrice": money(listing.previous_list_price),
        "ClosePrice": money(listing.close_price),
        "ListingContractDate": day(listing.listed_at),
        "OnMarketDate": day(listing.listed_at),
        "PurchaseContractDate": day(listing.pending_at),
        "CloseDate": day(listing.closed_at),
        "OffMarketDate": day(listing.off_market_at or listing.closed_at),
        "OriginalEntryTimestamp": stamp(listing.listed_at),
        "StatusChangeTimestamp": stamp(listing.status_changed_at),
        "PriceChangeTimestamp": stamp(changed) if changed else None,
        "DaysOnMarket": listing.days_on_market(at),
        "PublicRemarks": listing.remarks,
        "PrivateRemarks": f"Lockbox on the door. Owner: {listing.house.owner}.",
        "PhotosCount": listing.photos,
        "ListAgentFullName": listing.agent,
        "ListAgentDirectPhone": listing.agent_phone,
        "ListAgentEmail": listing.agent_email,
        "ListOfficeName": listing.office,
    }


_ZONES = {
    "AZ": "America/Phoenix",
    "NV": "America/Los_Angeles",
    "CO": "America/Denver",
    "TX": "America/Chicago",
}


def media(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`$expand=Media`."""
    key = row["ListingKey"]
    return [
        {
            "MediaKey": f"{key}{order:03d}",
            "MediaURL": f"https://cdn.example.org/{key}/{order}.jpg",
            "Order": order,
            "MediaCategory": "Photo",
            "PreferredPhotoYN": order == 0,
        }
        for order in range(row["PhotosCount"] or 0)
    ]


def shown(scene: Scene, rows: Sequence[dict[str, Any]], spelling: Spelling) -> list[dict[str, Any]]:
    """The rows as they leave: masked, and as the faults want them."""
    rows = [
        {n: "********" if n in spelling.masked and x is not None else x for n, x in row.items()}
        for row in rows
    ]
    if scene.fault("reso_feed", "unit_change"):
        for row in rows:
            if isinstance(row.get("LivingArea"), float):
                row["LivingArea"] = round(row["LivingArea"] / SQUARE_FEET_PER_SQUARE_METRE, 2)
                row["LivingAreaUnits"] = spelling.lookup("Square Meters")
    renamed = scene.fault("reso_feed", "field_rename")
    if renamed:
        old = renamed if isinstance(renamed, str) else "ListPrice"
        rows = [{f"New{n}" if n == old else n: x for n, x in row.items()} for row in rows]
    return rows
