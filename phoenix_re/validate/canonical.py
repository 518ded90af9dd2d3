"""The canonical model: what a property is for whoever reads it, after RESO Data Dictionary 2.0.

Parcel, building, unit and listing episode are four things; a `Property` is one home with what is
known of each. Read from a stored document (`read_property`); in JSON the names are RESO's own
(`by_alias`), money is dollars, areas are square feet. What RESO lacks begins with `x_`. How values
were chosen is in `choosing.py`; here every one carries whose it is and the rule that chose it.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

from phoenix_re.collect.formats.reso import pascal_case
from phoenix_re.collect.lookups import PROPERTY_TYPES, STANDARD_STATUSES
from phoenix_re.markets import LicenceClass
from phoenix_re.validate.episode import Dated, Episode

T = TypeVar("T")


def reso_name(name: str) -> str:
    """`list_price` → `ListPrice`; `x_bathrooms_decimal` → `X_BathroomsDecimal`."""
    head, own, tail = name.partition("x_")
    return pascal_case(name) if head or not own else f"X_{pascal_case(tail)}"


def _one_of(names: frozenset[str]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in names:
            raise ValueError(f"{value!r} is not in the RESO lookup: {', '.join(sorted(names))}")
        return value

    return AfterValidator(check)


def _enum(names: frozenset[str]) -> dict[str, Any]:
    return {"enum": sorted(names)}


def _number(amount: Decimal) -> float:
    whole = int(amount)
    return whole if whole == amount else float(amount)


Dollars = Annotated[Decimal, PlainSerializer(_number, return_type=float, when_used="json")]
StandardStatus = Annotated[
    str, _one_of(STANDARD_STATUSES), Field(json_schema_extra=_enum(STANDARD_STATUSES))
]
PropertyType = Annotated[
    str, _one_of(PROPERTY_TYPES), Field(json_schema_extra=_enum(PROPERTY_TYPES))
]
Kind = Literal["parcel", "building", "unit"]


class _Canonical(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=reso_name, populate_by_name=True
    )


class Stated(_Canonical, Generic[T]):
    """A value, whose it is, and the rule that chose it. `stating`: independent voices that state
    the field; `agreeing`: those that agree with the value."""

    value: T
    source: str
    source_key: str
    observed_at: datetime = Field(description="UTC, when the source last looked")
    licence_class: LicenceClass
    rule: str
    stating: int = 1
    agreeing: int = 1


class Parcel(_Canonical):
    """The land, as the county numbers it."""

    parcel_number: Stated[str] | None = None
    county_or_parish: Stated[str] | None = None
    lot_size_square_feet: Stated[float] | None = None
    tax_annual_amount: Stated[Dollars] | None = None


class Dwelling(_Canonical):
    """The rooms of a home: of the unit where a property is one, else of its building."""

    living_area: Stated[float] | None = Field(default=None, description="square feet")
    bedrooms_total: Stated[int] | None = None
    x_bathrooms_decimal: Stated[float] | None = Field(
        default=None, description="full + 0.75 three-quarter + 0.5 half + 0.25 quarter baths"
    )
    garage_spaces: Stated[float] | None = None
    pool_private_yn: Stated[bool] | None = None
    x_rent_estimate: Stated[Dollars] | None = Field(default=None, description="dollars a month")
    x_rent_low: Stated[Dollars] | None = None
    x_rent_high: Stated[Dollars] | None = None


class Building(_Canonical):
    """What stands on the parcel."""

    year_built: Stated[int] | None = None
    stories_total: Stated[float] | None = None
    association_yn: Stated[bool] | None = None
    x_association_fee_monthly: Stated[Dollars] | None = None
    dwelling: Dwelling | None = None


class Unit(_Canonical):
    """A home of a building that has several."""

    unit_number: str = Field(description="upper case, without designator and punctuation")
    dwelling: Dwelling


class Since(_Canonical, Generic[T]):
    """A value and the local date since which it is known to hold."""

    since: date
    value: T


class ListingEpisode(_Canonical):
    """One marketing of the property by one source. Dates are local to the property."""

    listing_key: str = Field(description="source|key of the source")
    standard_status: StandardStatus | None = None
    x_statuses: tuple[Since[StandardStatus], ...] = ()
    x_list_prices: tuple[Since[Dollars], ...] = ()
    x_first_observed_on: date
    x_last_observed_on: date
    x_observed_assumed: bool | None = None
    property_type: PropertyType | None = None
    property_sub_type: str | None = None
    bedrooms_total: int | None = None
    living_area: float | None = None
    list_price: Dollars | None = None
    original_list_price: Dollars | None = None
    close_price: Dollars | None = None
    concessions_amount: Dollars | None = None
    x_rent_estimate: Dollars | None = None
    on_market_date: date | None = None
    purchase_contract_date: date | None = None
    close_date: date | None = None
    off_market_date: date | None = None
    x_days_on_market_reported: int | None = None


class Property(_Canonical):
    """One home, with its present or last marketing."""

    x_property_id: str
    x_market: str
    x_zip: str
    x_kind: Kind = Field(description="which of the things of a property this one is")
    x_address_key: str | None = None
    unparsed_address: Stated[str] | None = None
    city: Stated[str] | None = None
    state_or_province: Stated[str] | None = None
    postal_code: Stated[str] | None = None
    latitude: Stated[float] | None = Field(default=None, description="degrees, WGS 84")
    longitude: Stated[float] | None = None
    parcel: Parcel
    building: Building | None = Field(default=None, description="none of a bare parcel")
    unit: Unit | None = Field(default=None, description="of a property that is one")
    property_type: Stated[PropertyType] | None = None
    property_sub_type: Stated[str] | None = None
    x_mls: Stated[str] | None = None
    listing_id: Stated[str] | None = None
    standard_status: Stated[StandardStatus] | None = None
    list_price: Stated[Dollars] | None = None
    original_list_price: Stated[Dollars] | None = None
    close_price: Stated[Dollars] | None = None
    concessions_amount: Stated[Dollars] | None = None
    listing_contract_date: Stated[date] | None = None
    on_market_date: Stated[date] | None = None
    purchase_contract_date: Stated[date] | None = None
    close_date: Stated[date] | None = None
    x_changed_on: Stated[date] | None = None
    x_days_on_market_reported: Stated[int] | None = None
    public_remarks: Stated[str] | None = None
    modification_timestamp: Stated[datetime] | None = None
    url: Stated[str] | None = None
    x_episodes: tuple[ListingEpisode, ...] = ()
    x_warnings: tuple[str, ...] = Field(default=(), description="ids of rules that mark it")
    x_accepted: tuple[str, ...] = Field(default=(), description="ids of rules overruled for it")


def read_property(document: Mapping[str, Any]) -> Property:
    """A document of `properties` as a `Property`. Raises pydantic's `ValidationError` for one that
    the rules would not have let through."""
    kind: Kind = document["kind"]
    dwelling = Dwelling(**_stated(document, Dwelling))
    of_building = None if kind == "unit" or _is_empty(dwelling) else dwelling
    building = Building(**_stated(document, Building), dwelling=of_building)
    return Property(
        x_property_id=document["_id"],
        x_market=document["market"],
        x_zip=document["zip"],
        x_kind=kind,
        x_address_key=document["address_key"],
        parcel=Parcel(**_stated(document, Parcel)),
        building=None if kind == "parcel" and _is_empty(building) else building,
        unit=Unit(unit_number=document["unit"], dwelling=dwelling) if kind == "unit" else None,
        x_episodes=tuple(_episode(each) for each in document["episodes"]),
        x_warnings=tuple(document["warnings"]),
        x_accepted=tuple(document["accepted"]),
        **_stated(document, Property),
    )


def reso_json(home: Property) -> dict[str, Any]:
    """The plain values under RESO's names, as a RESO Property resource has them: JSON-ready,
    without provenance, episodes and what is not stated."""
    plain: dict[str, Any] = {"PostalCode": home.x_zip, "X_PropertyId": home.x_property_id}
    if home.unit is not None:
        plain["UnitNumber"] = home.unit.unit_number
    for name, stated in _all_stated(home.model_dump(mode="json", by_alias=True)):
        plain[name] = stated["Value"]
    if "LivingArea" in plain:
        plain["LivingAreaUnits"] = "Square Feet"
    return dict(sorted(plain.items()))


def _stated(document: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """The fields of `model` that the document has a value for, each with its provenance."""
    found: dict[str, Any] = {}
    for name in model.model_fields:
        stored = next((n for n in (name, f"{name}_cents") if n in document["fields"]), None)
        if stored is None:
            continue
        chosen = document["fields"][stored]
        source = document["sources"][chosen["from"]]
        found[name] = {
            "value": _in_unit(stored, chosen["value"]),
            **{n: source[n] for n in ("source", "source_key", "observed_at", "licence_class")},
            **{n: chosen[n] for n in ("rule", "stating", "agreeing") if n in chosen},
        }
    return found


def _in_unit(stored: str, value: Any) -> Any:
    return _dollars(value) if stored.endswith("_cents") else value


def _dollars(cents: int | None) -> Decimal | None:
    return None if cents is None else Decimal(cents) / 100


def _episode(document: Mapping[str, Any]) -> ListingEpisode:
    episode = Episode.from_document(document)
    money = ("original_list_price", "close_price", "concessions_amount", "x_rent_estimate")
    same = (
        *("standard_status", "property_type", "property_sub_type", "bedrooms_total"),
        *("living_area", "on_market_date", "purchase_contract_date", "close_date"),
        *("off_market_date", "x_days_on_market_reported"),
    )
    return ListingEpisode(
        listing_key=episode.listing_id,
        x_statuses=tuple(_since(status, status.value) for status in episode.statuses),
        x_list_prices=tuple(_since(p, _dollars(p.value)) for p in episode.list_prices),
        x_first_observed_on=episode.first_observed_on,
        x_last_observed_on=episode.last_observed_on,
        x_observed_assumed=episode.observed_assumed,
        list_price=_dollars(episode.list_price_cents),
        **{name: _dollars(getattr(episode, f"{name}_cents")) for name in money},
        **{name: getattr(episode, name) for name in same},
    )


def _since(dated: Dated[Any], value: Any) -> Since[Any]:
    return Since(since=dated.since, value=value)


def _is_empty(model: Building | Dwelling) -> bool:
    return all(getattr(model, name) is None for name in type(model).model_fields)


def _all_stated(model: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, value in model.items():
        if isinstance(value, dict):
            if "SourceKey" in value:
                yield name, value
            else:
                yield from _all_stated(value)
