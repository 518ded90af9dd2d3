"""The canonical model reads every stored property and loses nothing of it."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.validate.canonical import (
    Building,
    Dwelling,
    Parcel,
    Property,
    read_property,
    reso_json,
    reso_name,
)
from phoenix_re.validate.choosing import EITHER_FIELDS, HOME_FIELDS, LISTING_FIELDS

from .listings import stored, version
from .test_properties import HOUSE, RAW, build, only

FULL = {
    "unparsed_address": f"{HOUSE} # 7",
    "postal_code": "85031",
    "property_type": "Residential",
    "property_sub_type": "Condominium",
    "parcel_number": "102-25-019",
    "list_price_cents": 31_500_050,
    "living_area": 1_450.0,
    "x_bathrooms_decimal": 2.5,
    "on_market_date": date(2025, 10, 1),
    "latitude": 33.49,
    "longitude": -112.17,
}


def home(**stated: Any) -> Property:
    return read_property(only(build(stored("K1", version(0, **(FULL | stated))))))


def test_a_unit_has_its_building_and_its_parcel() -> None:
    flat = home()
    assert (flat.x_kind, flat.x_zip) == ("unit", "85031")
    assert flat.unit is not None
    assert flat.building is not None
    assert flat.unit.unit_number == "7"
    assert flat.unit.dwelling.living_area is not None
    assert flat.unit.dwelling.living_area.value == 1_450.0
    assert flat.building.dwelling is None  # the rooms are the unit's
    assert flat.latitude is not None
    assert flat.parcel.parcel_number is not None
    assert flat.parcel.parcel_number.value == "102-25-019"


def test_a_detached_home_is_a_building_and_land_a_parcel() -> None:
    house = home(unparsed_address=HOUSE)
    assert (house.x_kind, house.unit) == ("building", None)
    assert house.building is not None
    assert house.building.dwelling is not None
    land = read_property(
        only(build(stored("K1", version(0, property_type="Land", parcel_number="1022501"))))
    )
    assert (land.x_kind, land.building, land.unit) == ("parcel", None, None)
    garage = home(unparsed_address=None, property_type="Land", living_area=None, garage_spaces=2.0)
    assert garage.x_kind == "parcel"
    assert reso_json(garage)["GarageSpaces"] == 2.0  # what is said of it is not lost
    assert home(unparsed_address=HOUSE, property_type="Farm").x_kind == "building"


def test_every_value_carries_whose_it_is_and_its_rule() -> None:
    flat = home()
    assert flat.list_price is not None
    told = flat.list_price.model_dump()
    assert told["source"] == "feed"
    assert told["source_key"] == "K1"
    assert told["licence_class"] == "mls_licensed"
    assert told["rule"] == "lead_listing"
    assert str(told["value"]) == "315000.5"


def test_in_json_the_names_are_resos_and_money_is_dollars() -> None:
    told = json.loads(home().model_dump_json(by_alias=True))
    assert told["ListPrice"]["Value"] == 315000.5
    assert told["Unit"]["Dwelling"]["X_BathroomsDecimal"]["Value"] == 2.5
    (episode,) = told["X_Episodes"]
    assert episode["OnMarketDate"] == "2025-10-01"
    assert episode["X_ListPrices"] == [{"Since": "2025-11-03", "Value": 315000.5}]
    assert Property.model_validate(told) == home()


def test_the_plain_reso_property() -> None:
    plain = reso_json(home())
    json.dumps(plain)
    assert plain["ListPrice"] == 315000.5
    assert plain["StandardStatus"] == "Active"
    assert (plain["UnitNumber"], plain["PostalCode"]) == ("7", "85031")
    assert plain["LivingAreaUnits"] == "Square Feet"
    assert plain["ParcelNumber"] == "102-25-019"
    assert "CloseDate" not in plain


@pytest.mark.parametrize(
    ("ours", "resos"),
    [
        ("list_price", "ListPrice"),
        ("pool_private_yn", "PoolPrivateYN"),
        ("x_bathrooms_decimal", "X_BathroomsDecimal"),
        ("lot_size_square_feet", "LotSizeSquareFeet"),
        ("tax_annual_amount", "TaxAnnualAmount"),
    ],
)
def test_names(ours: str, resos: str) -> None:
    assert reso_name(ours) == resos


def test_every_field_that_is_chosen_has_a_place_in_one_of_the_four() -> None:
    places = [
        name
        for model in (Property, Parcel, Building, Dwelling)
        for name in model.model_fields
        if name in ListingRecord.__dataclass_fields__
        or f"{name}_cents" in ListingRecord.__dataclass_fields__
    ]
    assert len(places) == len(set(places))
    chosen = {name.removesuffix("_cents") for name in HOME_FIELDS | LISTING_FIELDS | EITHER_FIELDS}
    assert set(places) == chosen


def test_a_status_that_is_none_is_refused() -> None:
    document = only(build(stored("K1", version(0))))
    document["fields"]["standard_status"]["value"] = "For Sale"
    with pytest.raises(ValidationError, match="not in the RESO lookup"):
        read_property(document)


@given(RAW)
def test_every_property_that_is_built_can_be_read_and_says_the_same(raw) -> None:
    for document in build(*raw).properties:
        canonical = read_property(document)
        assert Property.model_validate_json(canonical.model_dump_json(by_alias=True)) == canonical
        plain = reso_json(canonical)
        for name, chosen in document["fields"].items():
            value = plain[reso_name(name.removesuffix("_cents"))]
            cents = name.endswith("_cents")
            assert (round(value * 100) if cents else value) == chosen["value"]
