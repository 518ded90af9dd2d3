"""`markets/*.yaml` to `Market` objects, and what is wrong with them in the operator's words.

Files are merged over `_defaults.yaml` and checked; every problem of every file is told with file,
line, field, value and what is allowed. What a field means is in `model.py`.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from phoenix_re.home import PROJECT_ROOT
from phoenix_re.markets.choosing import Choosing
from phoenix_re.markets.model import Enrichment, Kpis, Market, Ranges, Schedule
from phoenix_re.markets.values import nearest

DEFAULTS_FILE = "_defaults.yaml"
FOLDER_VARIABLE = "PHOENIX_RE_MARKETS"

Steps = tuple[str | int, ...]  # where in the file: ("zips", 3)
Objections = Callable[[Market], Iterable[tuple[Steps, str]]]
"""What a room has against a market of which it knows more than its shape: where, and what."""


def no_objections(market: Market) -> Iterable[tuple[Steps, str]]:
    """Of a caller who only needs the market's shape."""
    return ()


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
    return Path(configured) if configured else PROJECT_ROOT / "markets"


def load_markets(
    folder: Path | None = None, objections: Objections = no_objections
) -> dict[str, Market]:
    """The markets of `folder` (default `markets_folder()`) by code, in the order of file names.

    Raises `MarketError` with every problem of every file.
    """
    markets, problems = read_markets(folder or markets_folder(), objections)
    if problems:
        raise MarketError(problems)
    return markets


def read_markets(
    folder: Path, objections: Objections = no_objections
) -> tuple[dict[str, Market], list[Problem]]:
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
            for steps, text in objections(market):
                problems.append(_problem_at(steps, text, file, defaults))
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
        "enrichment": Enrichment().model_dump(),
        "validation": Ranges().model_dump(),
        "choosing": Choosing().model_dump(),
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
    found = _problem_at(place, _message(detail, path), file, defaults)
    return replace(found, field=_dotted(path))


def _problem_at(place: Steps, text: str, file: _YamlFile, defaults: _YamlFile | None) -> Problem:
    """In the market's file, or in the defaults where the value stands there."""
    line = file.line_of(place) if place else None
    if line is None and place and defaults is not None:
        line = defaults.line_of(place)
        file = defaults if line is not None else file
    return Problem(file.path.name, _dotted(place), text, line)


def _message(detail: dict[str, Any], path: Steps) -> str:
    kind, value = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        allowed = list(_fields_at(path[:-1]))
        close = nearest(str(path[-1]), allowed)
        return f"unknown field{close}; allowed here: {', '.join(allowed)}"
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
