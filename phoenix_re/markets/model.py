"""What a market is: its ZIPs, sources, limits, thresholds, owners, schedule and budget.

Models and what their fields allow; `rules.py` and `choosing.py` have those of validation. How files
become markets is in `reading.py`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Generic, Literal, Self, TypeVar

from pydantic import (
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    field_validator,
    model_validator,
)

from phoenix_re.markets.choosing import Choosing
from phoenix_re.markets.rules import RuleId, RuleSetting
from phoenix_re.markets.values import (
    Code,
    Cron,
    Fips,
    LicenceClass,
    Model,
    Name,
    Owner,
    State,
    Timezone,
    Usd,
    Word,
    Zip,
)


class County(Model):
    """A county of the market."""

    name: Name = Field(description='the county\'s name without "County"')
    fips: Fips = Field(description="five digits, state first")


class Source(Model):
    """One upstream as this market uses it: right to use, order, limits and price."""

    enabled: StrictBool = Field(default=False, description="whether it is asked at all")
    licence_class: LicenceClass = Field(description="what may be done with its data")
    priority: StrictInt = Field(default=50, ge=1, le=99, description="1 is asked first")
    use: Literal["always", "fallback"] = Field(
        default="always",
        description="fallback: only where no source before it gave the same kind of data",
    )
    terms_accepted: StrictBool = Field(
        default=False, description="true once a person has read and accepted the source's terms"
    )
    terms_accepted_on: date | None = Field(default=None, description="the day of it")
    terms_accepted_by: str = Field(default="", description="the person's name")
    base_url: str | None = Field(
        default=None, description="in place of the source's own; the environment may name another"
    )
    price_per_call_usd: Usd | None = Field(default=None, description="dollars per call")
    price_per_gb_usd: Usd | None = Field(
        default=None, description="dollars per gigabyte through premium proxies"
    )
    fixed_usd_monthly: Usd = Field(
        default=Decimal(0), description="subscription or licence fee in dollars a month"
    )
    monthly_budget_usd: Usd = Field(
        default=Decimal(0), description="most that calls and traffic may cost in a month"
    )
    requests_per_second: StrictInt | None = Field(default=None, ge=1, description="or no limit")
    requests_per_minute: StrictInt | None = Field(default=None, ge=1, description="or no limit")
    requests_per_hour: StrictInt | None = Field(default=None, ge=1, description="or no limit")
    requests_per_day: StrictInt | None = Field(default=None, ge=1, description="or no limit")
    requests_per_month: StrictInt | None = Field(default=None, ge=1, description="or no limit")
    proxy: Literal["none", "free", "premium", "premium_when_limited"] = Field(
        default="none", description="proxies for a site's pages; APIs with a key never use one"
    )
    options: Mapping[str, Any] = Field(
        default_factory=dict, description="the source's own settings: layers, host, hashtags …"
    )
    note: str = Field(default="", description="what the operator should know")

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if self.enabled and not self.terms_accepted:
            raise ValueError("enabled: true needs terms_accepted: true (read the terms first)")
        return self

    @property
    def committed_usd_monthly(self) -> Decimal:
        """Most dollars this source can cost in a month; 0 where it is not enabled."""
        if not self.enabled:
            return Decimal(0)
        return self.fixed_usd_monthly + self.monthly_budget_usd

    @property
    def limits(self) -> tuple[tuple[int, int], ...]:
        """(calls, seconds) of each limit, shortest window first; the month's is a quota."""
        windows = (
            (self.requests_per_second, 1),
            (self.requests_per_minute, 60),
            (self.requests_per_hour, 3_600),
            (self.requests_per_day, 86_400),
        )
        return tuple((calls, seconds) for calls, seconds in windows if calls is not None)


N = TypeVar("N", bound=float)


class Range(Model, Generic[N]):
    """Numbers from `min` to `max`, both allowed."""

    min: N
    max: N

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        return self

    def __contains__(self, value: float) -> bool:
        return self.min <= value <= self.max


IntRange = Range[StrictInt]
FloatRange = Range[StrictFloat]


class YearBuiltRange(Model):
    """From `min` to the current year plus `max_years_ahead` (homes are sold before they stand)."""

    min: StrictInt = Field(ge=1500)
    max_years_ahead: StrictInt = Field(ge=0, le=10)

    def allows(self, year_built: int, *, this_year: int) -> bool:
        return self.min <= year_built <= this_year + self.max_years_ahead


class Ranges(Model):
    """What a believable value is, by field of `ListingRecord`. Outside means quarantine."""

    list_price_cents: IntRange = IntRange(min=1_000_000, max=10_000_000_000)
    lease_price_cents: IntRange = IntRange(min=20_000, max=10_000_000)
    living_area: FloatRange = FloatRange(min=100, max=50_000)
    lot_size_square_feet: FloatRange = FloatRange(min=100, max=43_560_000)
    year_built: YearBuiltRange = YearBuiltRange(min=1800, max_years_ahead=2)
    bedrooms_total: IntRange = IntRange(min=0, max=20)
    x_bathrooms_decimal: FloatRange = FloatRange(min=0, max=20)
    x_association_fee_monthly_cents: IntRange = IntRange(min=0, max=1_000_000)
    price_per_square_foot_cents: IntRange = IntRange(min=500, max=500_000)
    lease_price_per_square_foot_cents: IntRange = IntRange(min=5, max=5_000)
    latitude: FloatRange = FloatRange(min=17.5, max=71.5)  # the United States; a market narrows it
    longitude: FloatRange = FloatRange(min=-179.2, max=-64.5)


class Threshold(Model):
    """A KPI's limits. Missing `target` warns; on the wrong side of `block` a ZIP is held back
    from the next stage. `block: null` never holds back."""

    target: StrictFloat
    block: StrictFloat | None = None


class AtLeast(Threshold):
    """A share of 0 to 1 that should be high."""

    target: StrictFloat = Field(ge=0, le=1)
    block: StrictFloat | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="after")
    def _block_is_looser(self) -> Self:
        if self.block is not None and self.block > self.target:
            raise ValueError(f"block {self.block} must not be above target {self.target}")
        return self

    def met(self, value: float) -> bool:
        return value >= self.target

    def holds_back(self, value: float) -> bool:
        return self.block is not None and value < self.block


class AtMost(Threshold):
    """A number that should be low."""

    target: StrictFloat = Field(ge=0)
    block: StrictFloat | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _block_is_looser(self) -> Self:
        if self.block is not None and self.block < self.target:
            raise ValueError(f"block {self.block} must not be below target {self.target}")
        return self

    def met(self, value: float) -> bool:
        return value <= self.target

    def holds_back(self, value: float) -> bool:
        return self.block is not None and value > self.block


class Kpis(Model):
    """Data-quality targets, metrics.md §10. Rates are fractions, the lag is in hours."""

    completeness: AtLeast = AtLeast(target=0.98, block=0.95)
    validity: AtLeast = AtLeast(target=0.995, block=0.90)
    duplicates: AtMost = AtMost(target=0.01)
    freshness_lag_hours: AtMost = AtMost(target=2)
    row_accounting: AtLeast = AtLeast(target=1.0, block=1.0)
    stability: AtLeast = AtLeast(target=0.95)
    distribution_drift: AtMost = AtMost(target=0.2)
    unit_change: AtMost = AtMost(target=0, block=0)
    success: AtLeast = AtLeast(target=0.95)
    error: AtMost = AtMost(target=0.03)
    accuracy: AtLeast = AtLeast(target=0.99)
    check_power: AtLeast = AtLeast(target=0.95)


class Schedule(Model):
    """When the market's ZIPs are collected, and how many go into one run."""

    cron: Cron = Field(default="0 5 * * *", description="five fields, the market's local time")
    chunk_zips: StrictInt = Field(default=60, ge=1, le=500, description="ZIPs per run")
    business_hours: IntRange = Field(
        default=IntRange(min=8, max=18),
        description="local hours in which fresh data come first and bulk work takes a small share",
    )


class Enrichment(Model):
    """Which language model reads the market's remarks, and what it may do in a day."""

    model: Name = Field(
        default="llama3.2", description="a model's name on the servers of OLLAMA_HOSTS"
    )
    calls_per_day: StrictInt = Field(default=20_000, ge=0, description="0: the rules alone")
    usd_per_server_hour: Usd = Field(
        default=Decimal("0.05"), description="dollars that an hour of one server's work costs"
    )
    usd_per_day: Usd = Field(default=Decimal("0.80"), description="dollars a day, at that price")


class Disclosure(Model):
    """Whether sale prices are public record in the state (Texas: no)."""

    sale_prices_disclosed: StrictBool = Field(description="true or false, by state law")
    note: str = Field(default="", description="which law or form")


class Market(Model):
    """A metro: everything about it that is not code. Immutable; `zips` is append-only."""

    code: Code = Field(description="three lower-case letters, the file's name")
    name: Name = Field(description="what people call it")
    enabled: StrictBool = Field(default=True, description="false: its schedule does not exist")
    state: State = Field(description="two capital letters")
    timezone: Timezone = Field(description="IANA name, such as America/Phoenix")
    counties: tuple[County, ...] = Field(description="a list of {name, fips}")
    owners: tuple[Owner, ...] = Field(description="a list of team:name or e-mail addresses")
    priority_zips: tuple[Zip, ...] = Field(default=(), description="some of zips")
    budget_usd_monthly: Usd = Field(description="dollars a month that all of it may cost")
    schedule: Schedule = Schedule()
    enrichment: Enrichment = Enrichment()
    disclosure: Disclosure = Field(description="{sale_prices_disclosed: true or false, note}")
    sources: Mapping[Word, Source] = Field(description="a mapping of name to source")
    validation: Ranges = Ranges()
    rules: Mapping[RuleId, RuleSetting] = Field(
        default_factory=dict, description="a mapping of rule id to how the market judges by it"
    )
    choosing: Choosing = Choosing()
    kpis: Kpis = Kpis()
    terminology: Mapping[Word, tuple[Name, ...]] = Field(
        default_factory=dict, description="a mapping of topic to the phrases that mean it here"
    )
    zips: tuple[Zip, ...] = Field(description="five-digit strings; append only")

    @field_validator("counties", "owners", "zips", "sources")
    @classmethod
    def _not_empty(cls, values: Any) -> Any:
        if not values:
            raise ValueError("it is empty, at least one entry is needed")
        return values

    @field_validator("zips", "priority_zips", "owners")
    @classmethod
    def _no_repeats(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        repeated = sorted({value for value in values if values.count(value) > 1})
        if repeated:
            raise ValueError(f"listed more than once: {', '.join(repeated)}")
        return values

    @field_validator("counties")
    @classmethod
    def _counties_of_one_state(cls, counties: tuple[County, ...]) -> tuple[County, ...]:
        codes = [county.fips for county in counties]
        if len(set(codes)) < len(codes):
            raise ValueError("a county FIPS is listed more than once")
        if len({code[:2] for code in codes}) > 1:
            raise ValueError(
                f"counties of two states ({', '.join(codes)}): the first two digits must agree; "
                "make a market for each state"
            )
        return counties

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        strangers = [z for z in self.priority_zips if z not in set(self.zips)]
        if strangers:
            raise ValueError(f"priority_zips has {', '.join(strangers)}, missing from zips")
        committed = sum((s.committed_usd_monthly for s in self.sources.values()), Decimal(0))
        if committed > self.budget_usd_monthly:
            raise ValueError(
                f"enabled sources may cost ${committed} a month (monthly_budget_usd + "
                f"fixed_usd_monthly), more than budget_usd_monthly {self.budget_usd_monthly}"
            )
        return self

    @property
    def sources_in_order(self) -> tuple[str, ...]:
        """Names of the enabled sources, first to ask first (priority, then name)."""
        enabled = [name for name, source in self.sources.items() if source.enabled]
        return tuple(sorted(enabled, key=lambda name: (self.sources[name].priority, name)))
