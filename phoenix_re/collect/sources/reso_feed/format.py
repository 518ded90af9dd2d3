"""How a row of a feed is read, and what of it may be kept at all.

`permitted` applies what a licence demands before anything is stored: a listing that may not be
shown leaves only the fact that it is gone, one whose address may not be shown loses whatever tells
the address. Media are counted, not kept, unless the operator wants them.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from phoenix_re.collect import parse
from phoenix_re.collect.formats.reso import RESO
from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.parse import Unreadable

SQUARE_FEET_PER_SQUARE_METRE = 10.7639
_ADDRESS = frozenset(
    {
        *("UnparsedAddress", "StreetNumber", "StreetNumberNumeric", "StreetDirPrefix"),
        *("StreetName", "StreetSuffix", "StreetSuffixModifier", "StreetDirSuffix"),
        *("StreetAdditionalInfo", "UnitNumber", "PostalCodePlus4", "CrossStreet", "Directions"),
        *("Latitude", "Longitude", "BuildingName", "MapURL", "ListingURL"),
        *("ParcelNumber", "AdditionalParcelsDescription", "TaxLegalDescription", "TaxLot"),
        *("VirtualTourURLBranded", "VirtualTourURLUnbranded", "Media"),
    }
)
_OF_A_GONE_LISTING = (
    *("ListingKey", "ListingKeyNumeric", "ListingId", "OriginatingSystemName"),
    *("SourceSystemName", "PostalCode", "ModificationTimestamp"),
    *("MlgCanView", "InternetEntireListingDisplayYN"),
)


def permitted(row: Mapping[str, Any], *, media: bool) -> dict[str, Any]:
    """The row without what may not be kept. `tombstone` is for rows that are `hidden`."""
    kept = dict(row)
    if is_false(kept.get("InternetAddressDisplayYN")):
        kept = _without_address(kept)
    photos = kept.get("Media")
    if isinstance(photos, list) and kept.get("PhotosCount") is None:
        kept["PhotosCount"] = len(photos)
    if not media:
        kept.pop("Media", None)
    return kept


def hidden(row: Mapping[str, Any]) -> bool:
    """Whether the licence wants the listing gone: `MlgCanView` or `InternetEntireListingDisplayYN`
    false, or the status Delete."""
    return (
        is_false(row.get("MlgCanView"))
        or is_false(row.get("InternetEntireListingDisplayYN"))
        or str(row.get("StandardStatus")).casefold() == "delete"
    )


def tombstone(row: Mapping[str, Any], zip_code: str) -> dict[str, Any]:
    """What is kept of a listing that must go: its name, when, and why. Nothing of what it said."""
    kept = {name: row[name] for name in _OF_A_GONE_LISTING if row.get(name) is not None}
    return {"PostalCode": zip_code, **kept, "StandardStatus": "Delete"}


def withdraws(payload: Mapping[str, Any]) -> bool:
    """Whether what was kept of the listing before must go: it is hidden now, or its address is."""
    return payload.get("StandardStatus") == "Delete" or is_false(
        payload.get("InternetAddressDisplayYN")
    )


def is_false(value: object) -> bool:
    """A flag that says no. Whatever cannot be read forbids: better hidden than shown."""
    try:
        return parse.yes_no(value) is False
    except Unreadable:
        return True


def _without_address(row: Mapping[str, Any]) -> dict[str, Any]:
    """Remarks go too where they name the street or the number."""
    words = [str(row.get(name) or "").strip().casefold() for name in ("StreetNumber", "StreetName")]
    kept = {name: value for name, value in row.items() if name not in _ADDRESS}
    for name in ("PublicRemarks", "SyndicationRemarks"):
        text = str(kept.get(name) or "").casefold()
        if any(word and word in text for word in words) or (text and not all(words)):
            del kept[name]
    return kept


def _refine(record: ListingRecord, payload: Mapping[str, Any]) -> None:
    assert RESO.refine is not None  # noqa: S101 - the type is wider than the format
    RESO.refine(record, payload)
    if record.living_area is not None and _metres(payload.get("LivingAreaUnits")):
        record.living_area = round(record.living_area * SQUARE_FEET_PER_SQUARE_METRE, 2)
    if record.lot_size_square_feet is None and "lot_size_square_feet" not in record.unread:
        _refine_lot(record, payload)
    if record.pool_private_yn is None:
        record.pool_private_yn = _private_pool(payload.get("PoolFeatures"))


def _metres(units: object) -> bool:
    """`SquareMeters` or `Square Meters`."""
    return isinstance(units, str) and units.replace(" ", "").casefold() in {
        "squaremeters",
        "squaremetres",
    }


def _refine_lot(record: ListingRecord, payload: Mapping[str, Any]) -> None:
    units = payload.get("LotSizeUnits")
    in_acres = isinstance(units, str) and units.casefold() == "acres"
    read = parse.acres if in_acres else parse.square_feet
    try:
        area = read(payload.get("LotSizeArea"))
    except Unreadable as error:
        record.unread["lot_size_square_feet"] = parse.shown(error, 200)
        return
    if area is not None and isinstance(units, str):
        factor = SQUARE_FEET_PER_SQUARE_METRE if _metres(units) else 1
        record.lot_size_square_feet = round(area * factor, 2)


def _private_pool(features: object) -> bool | None:
    """From the pool's features, a list or (older hosts) comma-joined; None: they do not say."""
    if isinstance(features, str):
        features = [part.strip() for part in features.split(",")]
    if not isinstance(features, list) or not features:
        return None
    words = {feature.casefold() for feature in features if isinstance(feature, str)}
    if "private" in words:
        return True
    return False if words == {"none"} else None


FORMAT = replace(
    RESO,
    name="reso_feed",
    licence_class="mls_licensed",
    by_name_only=True,
    refine=_refine,
)


def _people() -> frozenset[str]:
    """RESO's fields that name or reach a person, by their systematic names."""
    roles = [
        *("ListAgent", "CoListAgent", "BuyerAgent", "CoBuyerAgent", "Owner", "Occupant", "Tenant"),
        *("Member", "ShowingContact", "ListTeam", "BuyerTeam"),
    ]
    parts = [
        *("Name", "FirstName", "LastName", "MiddleName", "FullName", "NamePrefix", "NameSuffix"),
        *("Phone", "PhoneExt", "DirectPhone", "HomePhone", "MobilePhone", "CellPhone", "Pager"),
        *("OfficePhone", "OfficePhoneExt", "PreferredPhone", "PreferredPhoneExt", "TollFreePhone"),
        *("VoiceMail", "VoiceMailExt", "Fax", "Email", "URL", "Key", "MlsId", "StateLicense"),
        *("KeyNumeric", "NationalAssociationId", "AOR", "Designation"),
    ]
    offices = ["ListOffice", "CoListOffice", "BuyerOffice", "CoBuyerOffice"]
    ways = ["Phone", "PhoneExt", "Fax", "Email"]
    instructions = [
        *("PrivateRemarks", "PrivateOfficeRemarks", "ShowingInstructions", "AccessCode"),
        *("LockBoxLocation", "LockBoxSerialNumber", "LockBoxType"),
        *("ListAgent", "BuyerAgent", "CoListAgent", "CoBuyerAgent"),
    ]
    return frozenset(
        [
            *(role + part for role in roles for part in parts),
            *(office + way for office in offices for way in ways),
            *instructions,
        ]
    )


PRIVATE = _people()
