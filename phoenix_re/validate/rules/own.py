"""The kinds of rules that a market's file may add, as checks over canonical fields. Nothing in a
file is run: a kind is one of these functions, its numbers and names are the file's.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import get_args, get_type_hints

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.lookups import PROPERTY_TYPES
from phoenix_re.markets import RuleSetting
from phoenix_re.validate.rules.rule import Case, Check
from phoenix_re.validate.rules.together import before

NOT_JUDGED = frozenset({"source", "source_key", "unread"})
FIELDS = tuple(name for name in ListingRecord.__dataclass_fields__ if name not in NOT_JUDGED)
_TYPES = {name: frozenset(get_args(of)) for name, of in get_type_hints(ListingRecord).items()}


def _of_type(*types: type) -> frozenset[str]:
    return frozenset(name for name in FIELDS if not _TYPES[name].isdisjoint(types))


NUMBERS = _of_type(int, float)
DATES = _of_type(date)


def own_check(setting: RuleSetting) -> Check:
    """The check of a rule that has a `kind` and names fields that there are."""
    check = _KINDS[str(setting.kind)](setting)
    types = frozenset(setting.property_types)
    if not types:
        return check

    def of_some_types(record: ListingRecord, case: Case) -> str | None:
        return check(record, case) if record.property_type in types else None

    return of_some_types


def own_objections(setting: RuleSetting) -> list[tuple[str, str]]:
    """(entry, what is wrong with it) of a rule that has a `kind`."""
    allowed: Mapping[str, frozenset[str]] = {
        "earlier": DATES,
        "later": DATES,
        "of": NUMBERS,
        "field": NUMBERS if setting.kind in {"range", "ratio"} else frozenset(FIELDS),
    }
    found = [
        (entry, f"{name!r} is not allowed: {_what(names)}")
        for entry, names in allowed.items()
        if (name := getattr(setting, entry)) is not None and name not in names
    ]
    if strange := sorted(set(setting.property_types) - PROPERTY_TYPES):
        found.append(("property_types", f"{', '.join(strange)}: no RESO PropertyType"))
    return found


def _what(names: frozenset[str]) -> str:
    kind = "a field" if len(names) == len(FIELDS) else "a date" if names == DATES else "a number"
    return f"{kind} of a listing is expected: {', '.join(sorted(names))}"


def _range(setting: RuleSetting) -> Check:
    name = str(setting.field)

    def check(record: ListingRecord, case: Case) -> str | None:
        return _outside(name, getattr(record, name), setting)

    return check


def _ratio(setting: RuleSetting) -> Check:
    name, of = str(setting.field), str(setting.of)

    def check(record: ListingRecord, case: Case) -> str | None:
        above, below = getattr(record, name), getattr(record, of)
        if above is None or not below:
            return None
        return _outside(f"{name} / {of}", above / below, setting)

    return check


def _outside(name: str, value: float | None, setting: RuleSetting) -> str | None:
    if value is None:
        return None
    if setting.min is not None and not value >= setting.min:
        return f"{name} {value:g} is below {setting.min:g}"
    if setting.max is not None and not value <= setting.max:
        return f"{name} {value:g} is above {setting.max:g}"
    return None


def _required(setting: RuleSetting) -> Check:
    name = str(setting.field)

    def check(record: ListingRecord, case: Case) -> str | None:
        return f"{name} is not stated" if getattr(record, name) is None else None

    return check


def _one_of(setting: RuleSetting) -> Check:
    name = str(setting.field)

    def check(record: ListingRecord, case: Case) -> str | None:
        value = getattr(record, name)
        if value is None or _plain(value) in setting.values:
            return None
        return f"{name} {_plain(value)!r} is none of {', '.join(map(str, setting.values))}"

    return check


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _order(setting: RuleSetting) -> Check:
    return before(str(setting.earlier), str(setting.later))


_KINDS: Mapping[str, Callable[[RuleSetting], Check]] = {
    "range": _range,
    "required": _required,
    "one_of": _one_of,
    "order": _order,
    "ratio": _ratio,
}
