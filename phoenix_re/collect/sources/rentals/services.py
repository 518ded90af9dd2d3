"""The services that sell lists of rentals, as data: host, path, parameters, where the rows are.

Much of it is hearsay: a market file's `options.service` overrules any of it. How a service is asked
is in `collecting.py`.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, PositiveInt

from phoenix_re.collect.source import Options

Api = Literal["rentcast", "realty_mole", "rentals_com"]


class Service(Options):
    """One service. Paths into replies are dotted: `data.results`; empty is the body itself."""

    base_url: str
    key: Literal["key", "rapidapi_key"]  # which of the source's credentials it wants
    path: str
    detail_path: str = ""  # of one listing, its id in place of `{id}`; empty: there is none
    zip_param: str = "zipCode"
    limit_param: str = "limit"
    offset_param: str = "offset"
    page_size: PositiveInt = 500
    params: Mapping[str, str] = Field(default_factory=dict)  # of every search
    active: Mapping[str, str] = Field(default_factory=dict)  # what asks for what is on the market
    inactive: Mapping[str, str] = Field(default_factory=dict)  # … for what is not; empty: cannot
    rows: str = ""  # where the list is
    total: str = ""  # where the count of all rows is, or "header:NAME"; empty: not told
    fields: Mapping[str, str] = Field(default_factory=dict)
    """RentCast's name of a field → where this service has it. Where given, exactly these fields
    are kept (a service that we know nothing of may send anybody's telephone number)."""
    format: Literal["rentals_rentcast", "rentals_realty_mole", "rentals_mapped"]


SERVICES: Mapping[Api, Service] = {
    "rentcast": Service(
        base_url="https://api.rentcast.io",
        key="key",
        path="/v1/listings/rental/long-term",
        detail_path="/v1/listings/rental/long-term/{id}",
        params={"includeTotalCount": "true"},
        active={"status": "Active"},
        inactive={"status": "Inactive"},
        total="header:X-Total-Count",
        format="rentals_rentcast",
    ),
    "realty_mole": Service(
        base_url="https://realty-mole-property-api.p.rapidapi.com",
        key="rapidapi_key",
        path="/rentalListings",
        format="rentals_realty_mole",
    ),
    # No service of this name is documented anywhere that we know of. Whoever has found one says in
    # the market file where it is and what its fields are called; these are guesses to begin with.
    "rentals_com": Service(
        base_url="https://rentals-com.p.rapidapi.com",
        key="rapidapi_key",
        path="/listings",
        zip_param="zip",
        rows="results",
        total="total",
        fields={
            "id": "id",
            "formattedAddress": "address.full",
            "addressLine1": "address.street",
            "addressLine2": "address.unit",
            "city": "address.city",
            "state": "address.state",
            "zipCode": "address.zip",
            "latitude": "location.lat",
            "longitude": "location.lng",
            "propertyType": "type",
            "bedrooms": "beds",
            "bathrooms": "baths",
            "squareFootage": "sqft",
            "price": "rent",
            "listedDate": "listed_on",
        },
        format="rentals_mapped",
    ),
}


class RentalsOptions(Options):
    """`sources.rentals.options` of a market file."""

    api: Api = "rentcast"
    service: Mapping[str, Any] = Field(
        default_factory=dict, description="settings of the service that differ from ours"
    )
    pages_per_run: PositiveInt = Field(default=4, description="pages of one ZIP's search")
    ended_calls_per_run: int = Field(
        default=1,
        ge=0,
        description="calls that look for what became of known listings no longer on the market",
    )
    hours_between_looks: float = Field(
        default=0, ge=0, description="a ZIP is not asked again sooner; spreads a small plan"
    )

    def chosen(self) -> Service:
        """The service with the market's own settings laid over ours."""
        return Service.model_validate({**SERVICES[self.api].model_dump(), **self.service})
