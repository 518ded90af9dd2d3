"""The kinds of single values in a market file, and what each allows. Models are in `model.py`,
`rules.py` and `choosing.py`.
"""

import difflib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict


def nearest(word: str, allowed: Iterable[str]) -> str:
    """` (did you mean …?)`, or nothing where no allowed word is near."""
    found = difflib.get_close_matches(word, sorted(allowed), n=1)
    return f" (did you mean {found[0]}?)" if found else ""


def matching(pattern: str, allowed: str) -> AfterValidator:
    """Texts that the whole of `pattern` fits; `allowed` says so to people."""
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

        close = nearest(name, available_timezones())
        raise ValueError(f"an IANA timezone is expected, such as America/Phoenix{close}") from None
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


Code = Annotated[str, matching(r"[a-z]{3}", "a code is three lower-case letters, such as phx")]
Fips = Annotated[
    str, matching(r"[0-9]{5}", 'a county FIPS is five digits in quotes, such as "04013"')
]
Zip = Annotated[str, matching(r"[0-9]{5}", 'a ZIP is five digits in quotes, such as "85031"')]
Name = Annotated[str, matching(r"(?s).*\S.*", "some text is expected, it is blank")]
Word = Annotated[
    str,
    matching(r"[a-z][a-z0-9_]*", "a name of lower-case letters, digits and _ is expected"),
]
State = Annotated[str, matching(r"[A-Z]{2}", "a state is two capital letters, such as AZ")]
Owner = Annotated[
    str,
    matching(
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


class Model(BaseModel):
    """What all models of a market file share: immutable, no unknown field, no infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
