"""What Maricopa's assessor holds of a house of the world, in its own words and odd types.

Nearly everything is text, some of it padded; a count is the number 0 or a text; "none" is null, "",
`[]`, `false` or `na`, by field. No HTTP here: see `maricopa_assessor.py`.
"""

import zlib
from datetime import UTC, datetime
from typing import Any

from phoenix_re.sandbox.world import House, Listing

_USES = {
    "Single Family Residence": ("Single Family Residence", "0131"),
    "Townhouse": ("Townhouse", "0710"),
    "Condominium": ("Condominium", "0720"),
    "Manufactured Home": ("Manufactured Home", "0810"),
    "Duplex": ("Duplex", "0320"),
}
_PADDED = 12
_YEARS = 5
_ASSESSED_SHARE = 0.85  # full cash value lags the market
_ONE_IN = 5  # parcels without an MCR


def _chance(house: House, what: str, sides: int) -> int:
    """0 to sides - 1, always the same for the house."""
    return zlib.crc32(f"{house.id}|{what}".encode()) % sides


def situs(house: House) -> str:
    unit = f" UNIT {house.unit}" if house.unit else ""
    return f"{house.street}{unit}".upper()


def search_hit(house: House) -> dict[str, Any]:
    """Every field text; `RentalID` null, as in all recordings."""
    section = 1 + _chance(house, "section", 36)
    return {
        "MCR": "" if _chance(house, "mcr", _ONE_IN) == 0 else f"{6000 + _block(house)}",
        "SubdivisonName": f"{house.subdivision}  AMD",  # misspelt upstream
        "SectionTownshipRange": f"{section}2N2E",
        "APN": house.apn,
        "Ownership": f"{house.owner}/{house.owner.split()[0]} TRUST ",
        "SitusAddress": situs(house),
        "SitusCity": house.city.upper(),
        "SitusZip": house.zip,
        "PropertyType": "RESIDENTIAL",
        "RentalID": None,
    }


def _block(house: House) -> int:
    return zlib.crc32(house.subdivision.encode()) % 4000


def rental_registration(house: House) -> dict[str, Any]:
    return {
        "APN": house.apn,
        "Address": situs(house),
        "City": house.city.upper(),
        "Zip": house.zip,
        "Owner": house.owner,
        "Contact": f"{house.owner} 602-555-0100",
        "Agent": f"{house.owner.split()[-1]} PROPERTY MGMT",
        "Property": _USES[house.sub_type][0],
    }


def residential_details(house: House) -> dict[str, Any]:
    """28 keys."""
    patios = _chance(house, "patios", 3)
    garages = house.garage_spaces
    parking = {"ParkingType": "Garage", "ParkingCount": str(garages)} if garages else []
    remodelled = _chance(house, "remodelled", 10) == 0
    return {
        "ConstructionYear": str(house.year_built + (8 if remodelled else 0)),
        "OriginalConstructionYear": str(house.year_built),
        "LotSize": str(house.lot_area),
        "LivableSpace": str(house.living_area),
        "Detached_Livable_sqft": None,
        "AssessorMarket": f"{1 + _chance(house, 'market', 30):02d}",
        "AreaNeighborhood": f"{1 + _chance(house, 'area', 60):03d}",
        "Pool": str(300 + _chance(house, "pool", 200)) if house.pool else False,
        "PEImprovementQualityGrade": "Comparable",
        "ImprovementQualityGrade": "CLASS R3",
        "NumberOfCoveredPatios": 0,
        "NumberOfUncoveredPatios": str(patios) if patios else 0,
        "NumberOfPatios": str(patios) if patios else 0,
        "PatioType": "Uncovered" if patios else "",
        "ExteriorWalls": ('8B - 8" Painted Block', "Fw - Frame Wood")[_chance(house, "walls", 2)],
        "RoofType": ("Ct - Concrete Tile", "As - Asphalt Shingle", "")[_chance(house, "roof", 3)],
        "BathFixtures": str(3 * house.baths_full + 2 * house.baths_half),
        "Cooling": "RF - REFRIGERATION",
        "Heating": "Yes",
        "NumberOfGarages": str(garages) if garages else 0,
        "NumberOfCarports": 0,
        "ParkingDetails": parking,
        "LocationalFactors": "Corner," if _chance(house, "corner", 6) == 0 else "",
        "OtherStructures": "",
        "ParkingType": "Garage" if garages else "",
        "CoveredParking": bool(garages),
        "LocationalCharacteristics": "Corner" if _chance(house, "corner", 6) == 0 else "",
        "PhysicalCondition": None,
    }


def valuations(house: House, now: datetime) -> list[dict[str, Any]]:
    """Newest year first. Next year's notice is out from February on."""
    newest = now.year + (1 if now.month >= 2 else 0)
    use, code = _USES[house.sub_type]
    rows = []
    for year in range(newest, newest - _YEARS, -1):
        full = round(house.value_at(datetime(year - 1, 1, 1, tzinfo=UTC)) * _ASSESSED_SHARE / 100)
        limited = str(round(full * 100 * 0.6))
        rows.append(
            {
                "TaxYear": str(year),
                "FullCashValue": str(full * 100),
                "LimitedPropertyValue": limited.ljust(_PADDED),
                "LegalClassificationCode": "3.1 " if house.owner_occupied else "4.2 ",
                "LegalClassification": "OWNER OCC RES" if house.owner_occupied else "RENTAL RES",
                "AssessmentRatioPercentage": "0.1000",
                "AssessedFCV": "na",
                "AssessedLPV": str(round(int(limited) * 0.1)).ljust(_PADDED),
                "ValuationSource": "Notice",
                "PEPropUseDesc": use,
                "PropertyUseCode": code,
                "TaxAreaCode": "041003",
                "NoticeOfChangeIndc": "N",
            }
        )
    return rows


def map_ids() -> dict[str, Any]:
    names = ("Parcel Maps", "Subdivision Maps", "MCR Maps", "S/T/R Maps", "Book/Map Maps")
    return {name: [] for name in names}


def whole_parcel(house: House, now: datetime, sale: Listing | None) -> dict[str, Any]:
    """`/parcel/{apn}`. Types inside `Owner` are our guess."""
    hit = search_hit(house)
    sold = sale.closed_at if sale is not None else None
    return {
        "MCR": hit["MCR"],
        "PropertyAddress": f"{situs(house)}   {house.city.upper()}, {house.state} {house.zip}",
        "PropertyDescription": hit["SubdivisonName"],
        "PropertyType": hit["PropertyType"],
        "PEPropUseDesc": _USES[house.sub_type][0],
        "LotSize": str(house.lot_area),
        "SubdivisionName": house.subdivision,
        "IsResidential": True,
        "IsRental": not house.owner_occupied,
        "LocalJusidiction": house.city.upper(),  # misspelt upstream
        "NumberOfParcelsInMCR": "1",
        "NumberOfParcelsInSTR": "1",
        "NumberOfParcelsInSubdivision": "1",
        "Owner": {
            "Ownership": hit["Ownership"],
            "FullMailingAddress": f"PO BOX {100 + _chance(house, 'box', 900)} PHOENIX AZ 85001",
            "DeedDate": f"{sold:%m/%d/%Y}" if sold else "",
            "SalePrice": str(sale.close_price) if sale is not None else "",
            "SaleDate": f"{sold:%m/%d/%Y}" if sold else "",
            "DeedType": "WARRANTY DEED" if sold else "",
        },
        "ResidentialPropertyData": residential_details(house),
        "Valuations": valuations(house, now),
        "MapIDs": map_ids(),
    }
