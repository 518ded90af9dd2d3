"""How the assessor's payloads are read: search hits, details of a parcel, rental registrations.

Who asks for them is in `collecting.py`. A parcel has neither a status nor a price; valuations stay
in the payload. There is no bedroom count, and `BathFixtures` are fixtures, not bathrooms.
"""

from collections.abc import Mapping
from typing import Any

from phoenix_re.collect import lookups, parse
from phoenix_re.collect.formats.form import Field, Format
from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.parse import Unreadable

_PLACE = {"state_or_province": "AZ", "county_or_parish": "Maricopa"}
_PROPERTY_TYPES = {  # seen in the search, without trailing spaces
    "RESIDENTIAL": "Residential",
    "COMMERCIAL": "Commercial Sale",
    "WAREHOUSE": "Commercial Sale",
    "AGRICULTURAL": "Farm",
    "VACANT LAND RESIDENTIAL": "Land",
    "VACANT LAND COMMERCIAL": "Land",
}


def plain_apn(value: object) -> str | None:
    """`103-06-005 A` → `10306005A`; None where there is nothing to read."""
    try:
        found = parse.identifier(value)
    except Unreadable:
        return None
    return "".join(filter(str.isalnum, found)).upper() or None if found else None


def _property_type(value: object) -> str | None:
    found = parse.text(value)
    if found is None:
        return None
    known = _PROPERTY_TYPES.get(" ".join(found.upper().split()))
    if known is None:
        raise Unreadable(f"{found[:40]!r} is no PropertyType of the assessor that we know")
    return known


def _pool(value: object) -> bool | None:
    """`false`, or the pool's square feet as text."""
    if isinstance(value, bool):
        return value
    size = parse.square_feet(value)
    return None if size is None else size > 0


def _key(record: ListingRecord, payload: Mapping[str, Any]) -> str | None:
    return plain_apn(payload.get("APN"))


def _refine_details(record: ListingRecord, payload: Mapping[str, Any]) -> None:
    """What the home is, as the newest valuation says. Uses that RESO has no name for stay there."""
    valuations = payload.get("Valuations")
    newest = valuations[0] if isinstance(valuations, list) and valuations else None
    if isinstance(newest, dict):
        try:
            record.property_sub_type = lookups.property_sub_type(newest.get("PEPropUseDesc"))
        except Unreadable:
            record.property_sub_type = None


_SITUS = (
    Field.of("parcel_number", "APN"),
    Field.of("unparsed_address", "SitusAddress"),
    Field.of("city", "SitusCity"),
    Field.of("property_type", "PropertyType", parse=_property_type),
)

PARCEL = Format(
    name="maricopa_assessor_parcel",
    licence_class="public_record",
    by_name_only=True,
    signature=(("APN",), ("SitusAddress",), ("SitusZip",)),
    fields=_SITUS,
    key=_key,
    zip=Field("postal_code", ("SitusZip",), parse.zip5),
    constants=_PLACE,
)

DETAILS = Format(
    name="maricopa_assessor_details",
    licence_class="public_record",
    by_name_only=True,
    signature=(("APN",), ("SitusZip",), ("Valuations",)),
    fields=(
        *_SITUS,
        Field.of("living_area", "LivableSpace"),
        Field.of("lot_size_square_feet", "LotSize"),
        Field.of("year_built", "ConstructionYear"),
        Field.of("year_built", "OriginalConstructionYear"),  # where stated, it wins
        Field.of("garage_spaces", "NumberOfGarages"),
        Field.of("pool_private_yn", "Pool", parse=_pool),
    ),
    key=_key,
    zip=Field("postal_code", ("SitusZip",), parse.zip5),
    constants=_PLACE,
    refine=_refine_details,
)

RENTAL = Format(
    name="maricopa_assessor_rental",
    licence_class="public_record",
    by_name_only=True,
    signature=(("APN",), ("Address",), ("Zip",)),
    fields=(
        Field.of("parcel_number", "APN"),
        Field.of("unparsed_address", "Address"),
        Field.of("city", "City"),
    ),
    key=_key,
    zip=Field("postal_code", ("Zip",), parse.zip5),
    constants=_PLACE,
)
