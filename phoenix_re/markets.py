"""What a market is, and how `markets/*.yaml` become `Market` objects.

One file describes one metro: its ZIPs, sources, limits, thresholds, owners, schedule and budget.
Files are merged over `_defaults.yaml`, checked, and every problem is told with file, line, field
and value. No Dagster, no network and no ZIP tables here: what a *new* market's file should say is
`new_market.py`, and how assets are called is `keys.py`.
"""

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, Self, TypeVar, get_args
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    ValidationError,
    field_validator,
    model_validator,
)

DEFAULTS_FILE = "_defaults.yaml"
FOLDER_VARIABLE = "PHOENIX_RE_MARKETS"

# ── values ──────────────────────────────────────────────────────────────────────────────────────


def _matching(pattern: str, allowed: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(allowed)
        return value

    return AfterValidator(check)


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a folder such as "America" raises OSError
        from zoneinfo import available_timezones

        nearest = _nearest(name, available_timezones())
        raise ValueError(
            f"an IANA timezone is expected, such as America/Phoenix{nearest}"
        ) from None
    return name


def _cron(expression: str) -> str:
    from cronsim import CronSim, CronSimError

    allowed = 'five cron fields in the market\'s local time are expected, such as "0 5 * * *"'
    if len(expression.split()) != 5:
        raise ValueError(allowed)  # CronSim would take a sixth field for seconds
    try:
        CronSim(expression, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise ValueError(f"{allowed} ({error})") from None
    return expression


def _dollars(value: object) -> object:
    """`Decimal` of what the file says, so that 0.003 stays 0.003; booleans are no money."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError('dollars are expected, such as 25 or "0.003"')
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        raise ValueError('dollars are expected, such as 25 or "0.003"') from None
    if not amount.is_finite() or amount < 0:
        raise ValueError("dollars must be 0 or more")
    return amount


Code = Annotated[str, _matching(r"[a-z]{3}", "a code is three lower-case letters, such as phx")]
Fips = Annotated[
    str, _matching(r"[0-9]{5}", 'a county FIPS is five digits in quotes, such as "04013"')
]
Zip = Annotated[str, _matching(r"[0-9]{5}", 'a ZIP is five digits in quotes, such as "85031"')]
Name = Annotated[str, _matching(r"(?s).*\S.*", "some text is expected, it is blank")]
Word = Annotated[
    str,
    _matching(r"[a-z][a-z0-9_]*", "a name of lower-case letters, digits and _ is expected"),
]
State = Annotated[str, _matching(r"[A-Z]{2}", "a state is two capital letters, such as AZ")]
Owner = Annotated[
    str,
    _matching(
        r"team:\w[\w-]*|[\w.+-]+@[\w-]+(\.[\w-]+)+",
        "an owner is team:name or an e-mail address",
    ),
]
Timezone = Annotated[str, AfterValidator(_known_timezone)]
Cron = Annotated[str, AfterValidator(_cron)]
Usd = Annotated[Decimal, BeforeValidator(_dollars)]
LicenceClass = Literal[
    "public_record",  # a public authority's records and open data
    "mls_idx",  # display only: never in analytics, training, webhooks or exports
    "mls_licensed",  # a feed under a licence with the MLS
    "vendor_api",  # bought from a company, its terms apply
    "vendor_download",  # a file that a site offers for download
    "operator_files",  # dropped by the operator; the file's own format may know better
]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class County(_Model):
    """A county of the market."""

    name: Name = Field(description='the county\'s name without "County"')
    fips: Fips = Field(description="five digits, state first")


class Source(_Model):
    """One upstream as this market uses it: right to use, order, limits and price."""

    enabled: StrictBool = Field(default=False, description="whether it is asked at all")
    licence_class: LicenceClass = Field(description="what may be done with its data")
    priority: StrictInt = Field(default=50, ge=1, le=99, description="1 is asked first")
    terms_accepted: StrictBool = Field(
        default=False, description="true once a person has read and accepted the source's terms"
    )
    price_per_call_usd: Usd | None = Field(default=None, description="dollars per call")
    price_per_gb_usd: Usd | None = Field(default=None, description="dollars per gigabyte")
    fixed_usd_monthly: Usd = Field(
        default=Decimal(0), description="subscription or licence fee in dollars a month"
    )
    monthly_budget_usd: Usd = Field(
        default=Decimal(0), description="most that calls and traffic may cost in a month"
    )
    requests_per_minute: StrictInt | None = Field(default=None, ge=1, description="or no limit")
    requests_per_hour: StrictInt | None = Field(default=None, ge=1, description="or no limit")
    requests_per_month: StrictInt | None = Field(default=None, ge=1, description="or no limit")
    note: str = Field(default="", description="what the operator should know")

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if self.enabled and not self.terms_accepted:
            raise ValueError("enabled: true needs terms_accepted: true (read the terms first)")
        if self.price_per_call_usd is not None and self.price_per_gb_usd is not None:
            raise ValueError("give price_per_call_usd or price_per_gb_usd, not both")
        return self

    @property
    def committed_usd_monthly(self) -> Decimal:
        """Most dollars this source can cost in a month; 0 where it is not enabled."""
        if not self.enabled:
            return Decimal(0)
        return self.fixed_usd_monthly + self.monthly_budget_usd


N = TypeVar("N", bound=float)


class Range(_Model, Generic[N]):
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


class YearBuiltRange(_Model):
    """From `min` to the current year plus `max_years_ahead` (homes are sold before they stand)."""

    min: StrictInt = Field(ge=1500)
    max_years_ahead: StrictInt = Field(ge=0, le=10)

    def allows(self, year_built: int, *, this_year: int) -> bool:
        return self.min <= year_built <= this_year + self.max_years_ahead


class Ranges(_Model):
    """What a believable value is, by field of `ListingRecord`. Outside means quarantine."""

    list_price_cents: IntRange = IntRange(min=1_000_000, max=10_000_000_000)
    lease_price_cents: IntRange = IntRange(min=20_000, max=10_000_000)
    living_area: FloatRange = FloatRange(min=100, max=50_000)
    lot_size_square_feet: FloatRange = FloatRange(min=100, max=43_560_000)
    year_built: YearBuiltRange = YearBuiltRange(min=1800, max_years_ahead=2)
    bedrooms_total: IntRange = IntRange(min=0, max=20)
    x_bathrooms_decimal: FloatRange = FloatRange(min=0, max=20)
    x_association_fee_monthly_cents: IntRange = IntRange(min=0, max=1_000_000)
    latitude: FloatRange = FloatRange(min=17.5, max=71.5)  # the United States; a market narrows it
    longitude: FloatRange = FloatRange(min=-179.2, max=-64.5)


class Threshold(_Model):
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


class Kpis(_Model):
    """Data-quality targets, metrics.md §10. Rates are fractions, the lag is in hours."""

    completeness: AtLeast = AtLeast(target=0.98, block=0.95)
    validity: AtLeast = AtLeast(target=0.995, block=0.90)
    duplicates: AtMost = AtMost(target=0.01)
    freshness_lag_hours: AtMost = AtMost(target=2)
    row_accounting: AtLeast = AtLeast(target=1.0, block=1.0)
    success: AtLeast = AtLeast(target=0.95)


class Schedule(_Model):
    """When the market's ZIPs are collected, and how many go into one run."""

    cron: Cron = Field(default="0 5 * * *", description="five fields, the market's local time")
    chunk_zips: StrictInt = Field(default=60, ge=1, le=500, description="ZIPs per run")


class Disclosure(_Model):
    """Whether sale prices are public record in the state (Texas: no)."""

    sale_prices_disclosed: StrictBool = Field(description="true or false, by state law")
    note: str = Field(default="", description="which law or form")


class Market(_Model):
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
    disclosure: Disclosure = Field(description="{sale_prices_disclosed: true or false, note}")
    sources: Mapping[Word, Source] = Field(description="a mapping of name to source")
    validation: Ranges = Ranges()
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


# ── problems ────────────────────────────────────────────────────────────────────────────────────

Steps = tuple[str | int, ...]  # where in the file: ("zips", 3)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the market files, and what would be right."""

    file: str  # the file's name, or the folder
    field: str  # "sources.zillow.priority", "zips[3]"; empty for the file as a whole
    message: str
    line: int | None = None  # 1-based

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return (
            f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"
        )


class MarketError(ValueError):
    """The market files cannot be used. `problems` has every reason, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


def markets_folder() -> Path:
    """$PHOENIX_RE_MARKETS, else the `markets/` beside the package."""
    configured = os.environ.get(FOLDER_VARIABLE)
    return Path(configured) if configured else Path(__file__).parents[1] / "markets"


def load_markets(folder: Path | None = None) -> dict[str, Market]:
    """The markets of `folder` (default `markets_folder()`) by code, in the order of file names.

    Raises `MarketError` with every problem of every file.
    """
    markets, problems = read_markets(folder or markets_folder())
    if problems:
        raise MarketError(problems)
    return markets


def read_markets(folder: Path) -> tuple[dict[str, Market], list[Problem]]:
    """The markets that could be read, and all that is wrong. Never raises for a bad file."""
    if not folder.is_dir():
        hint = f"no such folder; set {FOLDER_VARIABLE} to the folder of the market files"
        return {}, [Problem(str(folder), "", hint)]
    problems = [
        Problem(path.name, "", f"rename it to {path.stem}.yaml: .yml files are not read")
        for path in sorted(folder.glob("*.yml"))
    ]
    defaults = _YamlFile.read(folder / DEFAULTS_FILE, problems)
    markets: dict[str, Market] = {}
    paths = sorted(p for p in folder.glob("*.yaml") if not p.name.startswith("_"))
    if not paths:
        hint = "no market file (*.yaml) here; make one with `phoenix-re market add`"
        problems.append(Problem(str(folder), "", hint))
    for path in paths:
        file = _YamlFile.read(path, problems)
        if file is None:
            continue
        market = _market_of(file, defaults, problems)
        if market is not None:
            _admit(market, path, markets, problems)
    # What is wrong in _defaults.yaml is found again under every market.
    return markets, list(dict.fromkeys(problems))


def market_of_zip(markets: Mapping[str, Market]) -> dict[str, str]:
    """ZIP → code of the market that has it."""
    return {zip_: code for code, market in markets.items() for zip_ in market.zips}


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid on `base`: mappings merge key by key, everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            result[key] = merged(below, value)
        else:
            result[key] = value
    return result


def _admit(market: Market, path: Path, markets: dict[str, Market], problems: list[Problem]) -> None:
    """Add `market`, or say why it clashes with its file's name or with another market."""
    if market.code != path.stem:
        text = f"{market.code!r} must be the file's name, {path.stem!r}"
        if market.code in markets:
            text += f"; {market.code!r} is already the code of {market.code}.yaml"
        problems.append(Problem(path.name, "code", text))
        return
    taken = market_of_zip(markets)
    for zip_ in market.zips:
        if zip_ in taken:
            text = f"{zip_} is already in {taken[zip_]}.yaml; a ZIP belongs to one market"
            problems.append(Problem(path.name, "zips", text))
    markets[market.code] = market


def _market_of(
    file: "_YamlFile", defaults: "_YamlFile | None", problems: list[Problem]
) -> Market | None:
    # The models' own defaults lie below, so that a file may override half of a threshold.
    built_in = {
        "schedule": Schedule().model_dump(),
        "validation": Ranges().model_dump(),
        "kpis": Kpis().model_dump(),
    }
    shared = merged(built_in, defaults.values if defaults else {})
    try:
        return Market.model_validate(merged(shared, file.values))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            problems.append(_problem_of(dict(detail), file, defaults))
        return None


@dataclass(frozen=True, slots=True)
class _YamlFile:
    path: Path
    text: str
    values: dict[str, Any]

    @classmethod
    def read(cls, path: Path, problems: list[Problem]) -> "_YamlFile | None":
        """The file, or None with the reason in `problems`. _defaults.yaml may be absent."""
        if path.name == DEFAULTS_FILE and not path.exists():
            return None
        try:
            text = path.read_text(encoding="utf-8")
            values = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(path.name, "", f"cannot be read as UTF-8 text: {error}"))
            return None
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = None if mark is None else mark.line + 1
            reason = getattr(error, "problem", None) or str(error)
            if "mapping values" in reason:
                reason += '; text that has ": " in it needs quotes'
            problems.append(Problem(path.name, "", f"not YAML: {reason}", line))
            return None
        if values is None and path.name == DEFAULTS_FILE:
            values = {}
        if not isinstance(values, dict):
            text = "a mapping of fields is expected (code: …, name: …), see markets/README.md"
            problems.append(Problem(path.name, "", text))
            return None
        return cls(path, text, values)

    def line_of(self, path: Steps) -> int | None:
        """1-based line of the value at `path`, or None where the file does not have it."""
        node = yaml.compose(self.text, Loader=_Loader)
        for step in path:
            if isinstance(node, yaml.MappingNode):
                found = [v for k, v in node.value if k.value == str(step)]
                node = found[-1] if found else None
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
                node = node.value[step] if step < len(node.value) else None
            else:
                return None
        return None if node is None else node.start_mark.line + 1


_FastLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_FastLoader):
    """SafeLoader that refuses a key given twice instead of dropping the first in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"{key.value!r} is given twice", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


# ── pydantic's findings in the operator's words ─────────────────────────────────────────────────


def _problem_of(detail: dict[str, Any], file: _YamlFile, defaults: _YamlFile | None) -> Problem:
    # pydantic adds "[key]" for a bad mapping key; it is no step in the file.
    path: Steps = tuple(step for step in detail["loc"] if step != "[key]")
    place = path[:-1] if detail["type"] == "missing" else path
    line = file.line_of(place) if place else None
    if line is None and place and defaults is not None:
        line = defaults.line_of(place)
        file = defaults if line is not None else file
    return Problem(file.path.name, _dotted(path), _message(detail, path), line)


def _message(detail: dict[str, Any], path: Steps) -> str:
    kind, value = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        allowed = list(_fields_at(path[:-1]))
        nearest = _nearest(str(path[-1]), allowed)
        return f"unknown field{nearest}; allowed here: {', '.join(allowed)}"
    if kind == "missing":
        field = _fields_at(path[:-1]).get(str(path[-1]))
        what = field.description if field and field.description else "a value"
        return f"missing, it must be given: {what}"
    if kind == "string_type" and isinstance(value, int) and not isinstance(value, bool):
        return f"{value} is a number here, put it in quotes (05001 unquoted is not even 5001)"
    reason = str(detail["ctx"]["error"]) if kind == "value_error" else detail["msg"]
    if isinstance(value, str | int | float | None):
        return f"{value!r} is not allowed: {reason}" if value is not None else f"null: {reason}"
    return reason


def _fields_at(path: Steps) -> Mapping[str, Any]:
    """Fields of the model at `path` in a market file, empty where there is no model."""
    node: Any = Market
    for step in path:
        if isinstance(node, type) and issubclass(node, BaseModel):
            if str(step) not in node.model_fields:
                return {}
            node = node.model_fields[str(step)].annotation
        else:  # tuple[Item, ...] or Mapping[Key, Item]
            items = [argument for argument in get_args(node) if argument is not Ellipsis]
            if not items:
                return {}
            node = items[-1]
    return node.model_fields if isinstance(node, type) and issubclass(node, BaseModel) else {}


def _dotted(path: Steps) -> str:
    return "".join(_steps(path)).lstrip(".")


def _steps(path: Steps) -> Iterator[str]:
    for step in path:
        yield f"[{step}]" if isinstance(step, int) else f".{step}"


def _nearest(word: str, allowed: Any) -> str:
    found = difflib.get_close_matches(word, sorted(allowed), n=1)
    return f" (did you mean {found[0]}?)" if found else ""
