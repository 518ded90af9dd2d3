"""How rows of the counties' layers are read: a format for each layer that we know, one for others.

A payload is the row's attributes as received, and beside them what the source adds: `x_layer` (the
layer's name in the market file), `x_geometry` (as received, degrees) where the layer gives one, and
copies under the names that the format reads (`Layer.fields`). Sale dates and prices, values and
uses stay in the payload: a parcel has neither a status nor a list price.
"""

from collections.abc import Callable, Mapping
from typing import Any

from phoenix_re.collect import lookups, parse
from phoenix_re.collect.formats.form import Field, Format
from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.parse import Parser, Unreadable

LICENCE = "public_record"
VOLATILE = frozenset({"OBJECTID", "OBJECTID_1", "FID", "ESRI_OID", "GlobalID"})
DENVER_DIGITS = 13
Refine = Callable[[ListingRecord, Mapping[str, Any]], None]


# ── values ──────────────────────────────────────────────────────────────────────────────────────


def _none_at_zero(reads: Parser) -> Parser:
    """Counties write 0 for years and areas that they do not know."""

    def parse_value(value: object) -> Any:
        return reads(value) or None

    return parse_value


def _padded(digits: int) -> Parser:
    """A number of so many digits whose leading zeros a spreadsheet may have eaten."""

    def parse_value(value: object) -> str | None:
        found = parse.identifier(value)
        return found.zfill(digits) if found is not None and found.isdecimal() else found

    return parse_value


def _home(words: Mapping[str, str]) -> Parser:
    """RESO PropertySubType by the county's word for the use; uses that RESO has no name for are not
    stated, and stay in the payload."""

    def parse_value(value: object) -> str | None:
        found = parse.text(value)
        if found is None:
            return None
        try:
            return words.get(found.upper()) or lookups.property_sub_type(found)
        except Unreadable:
            return None

    return parse_value


def _coordinate(limit: float) -> Parser:
    """Degrees; 0 and whatever lies beyond (feet of a projection) are not stated."""

    def parse_value(value: object) -> float | None:
        found = parse.number(value)
        return found if found is not None and 0 < abs(found) <= limit else None

    return parse_value


def _place_of(payload: Mapping[str, Any]) -> tuple[float, float] | None:
    """Longitude and latitude of the parcel's middle, in degrees, from `x_geometry`."""
    geometry = payload.get("x_geometry")
    if not isinstance(geometry, Mapping):
        return None
    rings = geometry.get("rings")
    outline = (
        rings[0] if isinstance(rings, list) and rings else [[geometry.get("x"), geometry.get("y")]]
    )
    points = [_degrees(point) for point in outline] if isinstance(outline, list) else []
    good = [point for point in points if point is not None]
    if not good or len(good) < len(points):
        return None
    xs, ys = zip(*good, strict=True)
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def _degrees(point: object) -> tuple[float, float] | None:
    if not isinstance(point, list) or len(point) < 2:
        return None
    x, y = point[:2]
    if isinstance(x, bool) or isinstance(y, bool):
        return None
    if not isinstance(x, int | float) or not isinstance(y, int | float):
        return None
    return (float(x), float(y)) if -180 <= x <= 180 and -90 <= y <= 90 else None


# ── formats ─────────────────────────────────────────────────────────────────────────────────────


def _joined(payload: Mapping[str, Any], names: tuple[str, ...], unit: str = "") -> str | None:
    """An address that comes in parts; blanks and a number 0 are left out."""
    found = []
    for name in (*names, unit):
        try:
            part = parse.text(payload.get(name))
        except Unreadable:
            continue
        if part is not None and part != "0":
            found.append(f"UNIT {part}" if name == unit else part)
    return " ".join(found) or None


def _refining(parts: tuple[str, ...], unit: str) -> Refine:
    def refine(record: ListingRecord, payload: Mapping[str, Any]) -> None:
        if record.unparsed_address is None and parts:
            record.unparsed_address = _joined(payload, parts, unit)
        place = _place_of(payload)
        if place is not None and record.latitude is None and record.longitude is None:
            record.longitude, record.latitude = place

    return refine


def _key(record: ListingRecord, payload: Mapping[str, Any]) -> str | None:
    return record.parcel_number


def _format(
    name: str,
    fields: tuple[Field, ...],
    *,
    zip_field: str,
    state: str,
    county: str | None,
    key: Callable[[ListingRecord, Mapping[str, Any]], str | None] = _key,
    parts: tuple[str, ...] = (),
    unit: str = "",
    volatile: frozenset[str] = frozenset(),
) -> Format:
    place = {"state_or_province": state, "county_or_parish": county}
    return Format(
        name=f"county_open_data_{name}",
        licence_class=LICENCE,
        by_name_only=True,
        signature=((zip_field,),),
        fields=fields,
        key=key,
        zip=Field("postal_code", (zip_field,), parse.zip5),
        constants={field: value for field, value in place.items() if value},
        volatile=VOLATILE | volatile,
        refine=_refining(parts, unit),
    )


_LATITUDE, _LONGITUDE = _coordinate(90), _coordinate(180)
_YEAR, _AREA = _none_at_zero(parse.integer), _none_at_zero(parse.square_feet)
_ACRES = _none_at_zero(parse.acres)

MARICOPA = _format(
    "maricopa",
    (
        Field.of("parcel_number", "APN"),
        Field.of("unparsed_address", "PHYSICAL_ADDRESS"),
        Field.of("city", "PHYSICAL_CITY"),
        Field.of("lot_size_square_feet", "LAND_SIZE", parse=_AREA),
        Field.of("latitude", "LATITUDE", parse=_LATITUDE),
        Field.of("longitude", "LONGITUDE", parse=_LONGITUDE),
    ),
    zip_field="PHYSICAL_ZIP",
    state="AZ",
    county="Maricopa",
)

PIMA = _format(
    "pima",
    (
        Field.of("parcel_number", "PARCEL"),
        Field.of("unparsed_address", "ADDRESS_OL"),
        Field.of("lot_size_square_feet", "GISACRES", parse=_ACRES),
        Field.of("latitude", "LAT", parse=_LATITUDE),
        Field.of("longitude", "LON", parse=_LONGITUDE),
    ),
    zip_field="ZIP",
    state="AZ",
    county="Pima",
)

CLARK = _format(
    "clark",
    (
        Field.of("parcel_number", "APN"),
        Field.of("city", "City"),
        Field.of("lot_size_square_feet", "LANDACRES", parse=_ACRES),
        Field.of("year_built", "CONSTYR", parse=_YEAR),
    ),
    zip_field="ZIP",  # the field notes on the layer name none: `Layer.fields` tells the real one
    state="NV",
    county="Clark",
    parts=("strno", "strfrac", "strdir", "strname", "strtype"),
    unit="strunit",
)

DENVER = _format(
    "denver",
    (
        Field.of("parcel_number", "SCHEDNUM", parse=_padded(DENVER_DIGITS)),
        Field.of("unparsed_address", "SITUS_ADDRESS_LINE1"),
        Field.of("city", "SITUS_CITY"),
        Field.of("living_area", "RES_ABOVE_GRADE_AREA", parse=_AREA),
        Field.of("lot_size_square_feet", "LAND_AREA", parse=_AREA),
        Field.of("year_built", "RES_ORIG_YEAR_BUILT", parse=_YEAR),
        Field.of(
            "property_sub_type",
            "D_CLASS_CN",
            parse=_home({"ROWHOUSE": "Townhouse", "CONDOMINIUM": "Condominium"}),
        ),
    ),
    zip_field="SITUS_ZIP",
    state="CO",
    county="Denver",
)

TRAVIS = _format(
    "travis",
    (
        Field.of("parcel_number", "geo_id"),
        Field.of("unparsed_address", "situs_address"),
        Field.of("city", "situs_city"),
        Field.of("lot_size_square_feet", "tcad_acres", parse=_ACRES),
    ),
    zip_field="situs_zip",
    state="TX",
    county="Travis",
    parts=("situs_num", "situs_street_prefx", "situs_street", "situs_street_suffix"),
)


def _permit_key(record: ListingRecord, payload: Mapping[str, Any]) -> str | None:
    try:
        return parse.identifier(payload.get("permit_number"))
    except Unreadable:
        return None


AUSTIN_PERMITS = _format(
    "austin_permits",
    (Field.of("unparsed_address", "original_address1"), Field.of("city", "original_city")),
    zip_field="original_zip",
    state="TX",
    county=None,
    key=_permit_key,
    volatile=frozenset({"issued_in_last_30_days"}),
)


def _table_key(record: ListingRecord, payload: Mapping[str, Any]) -> str | None:
    """With the layer's name: a market may have tables of two counties."""
    number = record.parcel_number
    return f"{payload.get('x_layer')}:{number}" if number else None


_PLAIN = (
    *("parcel_number", "unparsed_address", "city", "state_or_province", "county_or_parish"),
    *("bedrooms_total", "x_bathrooms_decimal", "stories_total", "garage_spaces"),
)
TABLE = Format(
    name="county_open_data_table",
    licence_class=LICENCE,
    by_name_only=True,
    signature=(("parcel_number",), ("postal_code",)),
    fields=(
        *(Field.of(name, name) for name in _PLAIN),
        Field.of("living_area", "living_area", parse=_AREA),
        Field.of("lot_size_square_feet", "lot_size_acres", parse=_ACRES),
        Field.of("lot_size_square_feet", "lot_size_square_feet", parse=_AREA),
        Field.of("year_built", "year_built", parse=_YEAR),
        Field.of("latitude", "latitude", parse=_LATITUDE),
        Field.of("longitude", "longitude", parse=_LONGITUDE),
    ),
    key=_table_key,
    zip=Field("postal_code", ("postal_code",), parse.zip5),
    volatile=VOLATILE,
    refine=_refining((), ""),
)
"""A county that no other format knows: `Layer.fields` names its fields in our words. Only the
parcel number, the ZIP and what `fields` maps is expected of the layer."""

FORMATS = (MARICOPA, PIMA, CLARK, DENVER, TRAVIS, AUSTIN_PERMITS, TABLE)
BY_NAME: Mapping[str, Format] = {form.name: form for form in FORMATS}

_ALSO_READ = {
    CLARK.name: ("strno", "strfrac", "strdir", "strname", "strtype", "strunit"),
    AUSTIN_PERMITS.name: ("permit_number",),
}


def columns_read(form: Format) -> tuple[str, ...]:
    """Every column that the format reads, each in its first spelling; for a plain table those that
    no parcel is known without."""
    if form is TABLE:
        return ("parcel_number", "postal_code")
    names = [f.columns[0] for f in (*form.fields, form.zip)]
    return tuple(dict.fromkeys((*names, *_ALSO_READ.get(form.name, ()))))
