"""What each county's layer says of a house of the world: fields, types, spellings, oddities.

Dates are epoch milliseconds, some negative or far in the future; blanks may be " "; Clark gives the
address in parts, Denver ZIP+4 and thirteen digits. No HTTP here: see `county_open_data.py`. Clark's
ZIP is our guess: the field notes on that layer name none.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from phoenix_re.sandbox.world import House, Listing

OBJECT_ID = "OBJECTID"
SQUARE_FEET_PER_ACRE = 43_560
_LONG_AGO = -2_208_988_800_000  # 1900
_TO_COME = 2_524_608_000_000  # 2050
_TYPES = {
    "T": "esriFieldTypeString",
    "N": "esriFieldTypeDouble",
    "I": "esriFieldTypeInteger",
    "D": "esriFieldTypeDate",
}

Row = Callable[[House, Listing | None, datetime], dict[str, Any]]


@dataclass(frozen=True)
class CountyLayer:
    """One layer. `fields` are "NAME:T" with T text, N number, I integer, D date."""

    path: str
    title: str
    fips: str
    zip_field: str
    fields: str
    row: Row
    most_rows: int = 2000
    wants_browser: bool = False
    wkid: int = 102100
    acres: tuple[str, ...] = ()

    @property
    def types(self) -> Mapping[str, str]:
        pairs = (field.split(":") for field in self.fields.split())
        return {OBJECT_ID: "esriFieldTypeOID", **{name: _TYPES[kind] for name, kind in pairs}}


def chance(house: House, what: str, sides: int) -> int:
    """0 to sides - 1, always the same for the house."""
    return zlib.crc32(f"{house.id}|{what}".encode()) % sides


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _street(house: House) -> str:
    return house.street.upper()


def _with_unit(house: House, word: str = "UNIT") -> str:
    return f"{_street(house)} {word} {house.unit}" if house.unit else _street(house)


def _acres(house: House) -> float:
    return round(house.lot_area / SQUARE_FEET_PER_ACRE, 6)


def _sold(sale: Listing | None) -> tuple[int | None, int | None]:
    """Milliseconds and dollars of the last sale."""
    if sale is None or sale.closed_at is None:
        return None, None
    return milliseconds(sale.closed_at), sale.close_price


def _valued(house: House, now: datetime) -> int:
    """Dollars: the roll of the year, which values all homes as of its first day."""
    return house.value_at(datetime(now.year, 1, 1, tzinfo=UTC))


def _odd_date(house: House, date: int | None) -> int | None:
    return (_TO_COME, _LONG_AGO, date, date, date, date)[chance(house, "date", 6)]


def _maricopa(house: House, sale: Listing | None, now: datetime) -> dict[str, Any]:
    date, price = _sold(sale)
    return {
        "APN": house.apn,
        "OWNER_NAME": house.owner,
        "INCAREOF": " ",
        "MAIL_ADDRESS": "PO BOX 1",
        "MAIL_CITY": house.city.upper(),
        "MAIL_STATE": house.state,
        "MAIL_ZIP": house.zip,
        "PHYSICAL_ADDRESS": _with_unit(house),
        "PHYSICAL_CITY": house.city.upper(),
        "PHYSICAL_ZIP": house.zip,
        "JURISDICTION": house.city.upper(),
        "SUBNAME": house.subdivision,
        "LAND_SIZE": float(house.lot_area),
        "FCV_CUR": str(round(_valued(house, now) * 0.85)),
        "DEED_NUMBER": str(20_200_000_000 + chance(house, "deed", 10**8)),
        "DEED_DATE": _odd_date(house, date),
        "SALE_DATE": date,
        "SALE_PRICE": str(price) if price is not None else " ",
        "LATITUDE": house.latitude,
        "LONGITUDE": house.longitude,
        "CITY_ZONING": "R1-6",
    }


def _pima(house: House, sale: Listing | None, now: datetime) -> dict[str, Any]:
    date, _ = _sold(sale)
    return {
        "PARCEL": house.apn,
        "ADDRESS_OL": _with_unit(house, "#"),
        "JURIS_OL": house.city.upper(),
        "ZIP": house.zip,
        "CURZONE_OL": "R-1",
        "GISACRES": _acres(house),
        "PARCEL_USE": "0131",
        "LON": house.longitude,
        "LAT": house.latitude,
        **{f"MAIL{n}": line for n, line in enumerate((house.owner, "PO BOX 1", " ", " ", " "), 1)},
        **{f"LEGAL{n}": line for n, line in enumerate((house.subdivision, " ", " ", " ", " "), 1)},
        "FCV": round(_valued(house, now) * 0.85),
        "TAXYR": now.year,
        "RECORDDATE": _odd_date(house, date),
        "LINK": "https://assessor.example/parcel",
    }


def _clark(house: House, sale: Listing | None, now: datetime) -> dict[str, Any]:
    date, price = _sold(sale)
    uses = {"Single Family Residence": "20", "Condominium": "21", "Townhouse": "24"}
    use = uses.get(house.sub_type, "22")
    return {
        "PARCEL": house.apn,
        "APN": house.apn,
        "LANDUSE": f"{use}.110",
        "strno": int(house.street_number),
        "strfrac": " ",
        "strdir": house.street_dir.upper(),
        "strname": house.street_name.upper(),
        "strtype": house.street_suffix.upper(),
        "strunit": house.unit or " ",
        "subname": house.subdivision,
        "City": house.city.upper(),
        "ZIP": int(house.zip),
        "TAXDIST": "200",
        "STATELANDUSE": use,
        "NBRHOOD": "1234.56",
        "LEGAL_DESCR3": " ",
        "CONSTYR": house.year_built if chance(house, "year", 12) else 0,
        "LANDACRES": _acres(house),
        "OWNER": house.owner,
        "OWNER2": " ",
        "SALEPRICE": price or 0,
        "SALEDATE": date,
    }


def _denver(house: House, sale: Listing | None, now: datetime) -> dict[str, Any]:
    date, price = _sold(sale)
    uses = {"Single Family Residence": "SINGLE FAMILY", "Townhouse": "ROWHOUSE"}
    return {
        "SCHEDNUM": house.apn,
        "OWNER_NAME": house.owner,
        "OWNER_ADDRESS_LINE1": "PO BOX 1",
        "OWNER_ADDRESS_LINE2": None,
        "OWNER_CITY": house.city.upper(),
        "OWNER_STATE": house.state,
        "OWNER_ZIP": house.zip,
        "SITUS_ADDRESS_LINE1": _with_unit(house),
        "SITUS_CITY": house.city.upper(),
        "SITUS_ZIP": f"{house.zip}-{1000 + chance(house, 'plus4', 8999)}",
        "SALE_DATE": _odd_date(house, date),
        "SALE_PRICE": price or 0,
        "RECEPTION_NUM": str(2_020_000_000 + chance(house, "reception", 10**6)),
        "ASAL_INSTR": "WD",
        "APPRAISED_TOTAL_VALUE": round(_valued(house, now) * 0.9),
        "ASSESSED_TOTAL_VALUE_LOCAL": round(_valued(house, now) * 0.06),
        "D_CLASS": "112",
        "D_CLASS_CN": uses.get(house.sub_type, house.sub_type.upper()),
        "RES_ORIG_YEAR_BUILT": house.year_built,
        "RES_ABOVE_GRADE_AREA": house.living_area,
        "COM_ORIG_YEAR_BUILT": None,
        "COM_GROSS_AREA": None,
        "LAND_AREA": house.lot_area,
        "TOT_UNITS": 1,
    }


def _travis(house: House, sale: Listing | None, now: datetime) -> dict[str, Any]:
    """No owner, no value: Texas discloses no prices. The centroid is in feet."""
    return {
        "PROP_ID": 100_000 + chance(house, "prop", 900_000),
        "geo_id": house.apn,
        "situs_address": _with_unit(house) if chance(house, "line", 8) else " ",
        "situs_num": house.street_number,
        "situs_street_prefx": house.street_dir.upper(),
        "situs_street": house.street_name.upper(),
        "situs_street_suffix": house.street_suffix.upper(),
        "situs_city": house.city.upper() if chance(house, "city", 8) else " ",
        "situs_zip": house.zip,
        "tcad_acres": _acres(house),
        "legal_desc": house.subdivision,
        "CENTROID_X": 3_100_000.0 + 250_000 * (house.longitude + 97.7),
        "CENTROID_Y": 10_070_000.0 + 364_000 * (house.latitude - 30.3),
    }


LAYERS = (
    CountyLayer(
        path="/arcgis/rest/services/Parcels/MapServer/0",
        title="Parcels",
        fips="04013",
        zip_field="PHYSICAL_ZIP",
        fields="APN:T OWNER_NAME:T INCAREOF:T MAIL_ADDRESS:T MAIL_CITY:T MAIL_STATE:T MAIL_ZIP:T"
        " PHYSICAL_ADDRESS:T PHYSICAL_CITY:T PHYSICAL_ZIP:T JURISDICTION:T SUBNAME:T LAND_SIZE:N"
        " FCV_CUR:T DEED_NUMBER:T DEED_DATE:D SALE_DATE:D SALE_PRICE:T LATITUDE:N LONGITUDE:N"
        " CITY_ZONING:T",
        row=_maricopa,
        most_rows=1000,
        wkid=2868,
    ),
    CountyLayer(
        path="/arcgis1/rest/services/GISOpenData/LandRecords/MapServer/12",
        title="Parcels",
        fips="04019",
        zip_field="ZIP",
        fields="PARCEL:T ADDRESS_OL:T JURIS_OL:T ZIP:T CURZONE_OL:T GISACRES:N PARCEL_USE:T LON:N"
        " LAT:N MAIL1:T MAIL2:T MAIL3:T MAIL4:T MAIL5:T LEGAL1:T LEGAL2:T LEGAL3:T LEGAL4:T"
        " LEGAL5:T FCV:N TAXYR:I RECORDDATE:D LINK:T",
        row=_pima,
        wants_browser=True,
        wkid=2868,
        acres=("GISACRES",),
    ),
    CountyLayer(
        path="/arcgis/rest/services/GISMO/Address/MapServer/2",
        title="AOEXT_V",
        fips="32003",
        zip_field="ZIP",
        fields="PARCEL:T APN:T LANDUSE:T strno:I strfrac:T strdir:T strname:T strtype:T strunit:T"
        " subname:T City:T ZIP:I TAXDIST:T STATELANDUSE:T NBRHOOD:T LEGAL_DESCR3:T CONSTYR:I"
        " LANDACRES:N OWNER:T OWNER2:T SALEPRICE:N SALEDATE:D",
        row=_clark,
        wkid=3421,
        acres=("LANDACRES",),
    ),
    CountyLayer(
        path="/zdB7qR0BtYrg0Xpl/arcgis/rest/services/ODC_PROP_PARCELS_A/FeatureServer/245",
        title="ODC_PROP_PARCELS_A",
        fips="08031",
        zip_field="SITUS_ZIP",
        fields="SCHEDNUM:T OWNER_NAME:T OWNER_ADDRESS_LINE1:T OWNER_ADDRESS_LINE2:T OWNER_CITY:T"
        " OWNER_STATE:T OWNER_ZIP:T SITUS_ADDRESS_LINE1:T SITUS_CITY:T SITUS_ZIP:T SALE_DATE:D"
        " SALE_PRICE:N RECEPTION_NUM:T ASAL_INSTR:T APPRAISED_TOTAL_VALUE:N"
        " ASSESSED_TOTAL_VALUE_LOCAL:N D_CLASS:T D_CLASS_CN:T RES_ORIG_YEAR_BUILT:I"
        " RES_ABOVE_GRADE_AREA:N COM_ORIG_YEAR_BUILT:I COM_GROSS_AREA:N LAND_AREA:N TOT_UNITS:I",
        row=_denver,
    ),
    CountyLayer(
        path="/server1/rest/services/Boundaries_and_Jurisdictions/TCAD_public/MapServer/0",
        title="TCAD_public",
        fips="48453",
        zip_field="situs_zip",
        fields="PROP_ID:I geo_id:T situs_address:T situs_num:T situs_street_prefx:T situs_street:T"
        " situs_street_suffix:T situs_city:T situs_zip:T tcad_acres:N legal_desc:T CENTROID_X:N"
        " CENTROID_Y:N",
        row=_travis,
        wkid=2277,
        acres=("tcad_acres",),
    ),
)
