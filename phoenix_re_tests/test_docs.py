"""The README and the docs say what the code says: links, tables, commands, variables.

Tables that follow from the code stand between `<!-- from the code: NAME -->` and `<!-- end -->`.
After a change of the code `python -m phoenix_re_tests.test_docs` writes them anew. What the shown
commands print is tested in `integration/test_docs_commands.py`.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from phoenix_re import keys, storage
from phoenix_re.analyze.cells import Cell
from phoenix_re.checks.kpis import KPI_STAGE
from phoenix_re.cli.main import app
from phoenix_re.collect.files import REJECTION_RULES
from phoenix_re.collect.formats.form import FIELD_PARSERS
from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.sources import specs
from phoenix_re.enrich.facts import FIELDS, MONTH_TO_MONTH, RENOVATED, Field
from phoenix_re.enrich.model.claims import REASONS
from phoenix_re.markets import Kpis
from phoenix_re.validate.canonical import Property
from phoenix_re.validate.judging import MACHINERY
from phoenix_re.validate.quality import CRITICAL, JUDGED_FROM_N
from phoenix_re.validate.rules import RULES, Rule

PROJECT = Path(__file__).resolve().parents[1]
DOCS = PROJECT / "docs"
PAGES = [PROJECT / "README.md", *sorted(DOCS.rglob("*.md"))]
SCREENSHOTS = DOCS / "screenshots"

_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_MADE = re.compile(
    r"(?P<open><!-- from the code: (?P<name>[a-z_]+) -->\n)(?P<body>.*?)(?P<close><!-- end -->)",
    re.DOTALL,
)
_INDEX_HOSTS = re.compile(r"pypi\.|pythonhosted|/simple/|anaconda\.org|npmjs", re.IGNORECASE)
_BADGE = re.compile(r"shields\.io|badge", re.IGNORECASE)

every_page = pytest.mark.parametrize(
    "page", [pytest.param(p, id=str(p.relative_to(PROJECT))) for p in PAGES]
)


# ── pages and links ─────────────────────────────────────────────────────────────────────────────


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    text = _FENCED.sub("", page.read_text("utf-8"))
    for target in _LINK.findall(text):
        if re.match(r"https?:|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if file.parent == SCREENSHOTS and not any(SCREENSHOTS.glob("*")):
            continue  # the pictures are taken from a running UI, later
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in _anchors(file), f"{page.name} links to {target}"


def _anchors(page: Path) -> set[str]:
    titles = _HEADING.findall(_FENCED.sub("", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@every_page
def test_no_package_index_and_no_badge(page: Path) -> None:
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        assert not _INDEX_HOSTS.search(line), f"{page.name}:{number}: {line}"
        assert not _BADGE.search(line), f"{page.name}:{number}: {line}"


def test_the_readme_is_short_and_links_to_every_folder_of_the_docs() -> None:
    text = (PROJECT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) < 120
    for folder in ("tutorial", "how-to", "reference", "explanation", "decisions"):
        assert f"(docs/{folder}/" in text


def test_the_readme_opens_with_the_three_commands_that_the_makefile_has() -> None:
    opening = (PROJECT / "README.md").read_text("utf-8").split("```")[1]
    makefile = (PROJECT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^make ([a-z-]+)", opening, re.MULTILINE):
        assert f"\n{target}:" in makefile
    assert re.findall(r"^make ([a-z-]+)", opening, re.MULTILINE) == ["demo", "test", "dev"]


def test_the_readme_names_folders_that_exist() -> None:
    text = (PROJECT / "README.md").read_text("utf-8")
    named = re.findall(r"^((?:[a-z_]+/)+(?: [a-z]+/)*)", text, re.MULTILINE)
    assert len(named) >= 10
    for line in named:
        first, *beside = line.split()
        parent = (PROJECT / first).parent
        assert all(folder.is_dir() for folder in (PROJECT / first, *(parent / b for b in beside)))


def test_decisions_are_numbered_short_and_listed() -> None:
    listed = (DOCS / "decisions" / "README.md").read_text("utf-8")
    records = sorted((DOCS / "decisions").glob("0*.md"))
    assert [int(p.name[:4]) for p in records] == list(range(1, len(records) + 1))
    for record in records:
        assert f"({record.name})" in listed
        assert len(record.read_text("utf-8").splitlines()) <= 20


# ── tables from the code ────────────────────────────────────────────────────────────────────────


def test_tables_are_those_of_the_code() -> None:
    used = set()
    for page in PAGES:
        for made in _MADE.finditer(page.read_text("utf-8")):
            used.add(made["name"])
            hint = f"{page.name}: run python -m phoenix_re_tests.test_docs"
            assert made["body"] == TABLES[made["name"]](), hint
    assert used == set(TABLES)


def commands() -> str:
    return "".join(_command(path, command) for path, command in _walk("phoenix-re", _root()))


def _root() -> Any:
    return get_command(app)


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for name, child in command.commands.items():
            yield from _walk(f"{path} {name}", child)
    else:
        yield path, command


def _command(path: str, command: Any) -> str:
    lines = [f"\n## {path}\n", _first_paragraph(command.help), ""]
    parameters = [p for p in command.params if p.name != "help"]
    if parameters:
        lines += ["| option | default | meaning |", "|---|---|---|"]
    for parameter in parameters:
        is_argument = parameter.param_type_name == "argument"
        argument = (parameter.metavar or parameter.name.upper()).strip("[]")
        named = argument if is_argument else parameter.opts[0]
        often = " …" if parameter.multiple or parameter.nargs == -1 else ""
        meaning = _plain(getattr(parameter, "help", None) or "").replace("|", r"\|")
        lines.append(f"| `{named}`{often} | {_default(parameter)} | {meaning} |")
    return "\n".join(lines) + "\n"


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    if parameter.default is None or parameter.default is False or parameter.default == ():
        return ""
    return f"`{parameter.default}`"


def _first_paragraph(text: str) -> str:
    return " ".join(_plain(text.split("\n\n", maxsplit=1)[0]).split())


def _plain(text: str) -> str:
    return re.sub(r"\[/?[a-z]+\]", "", text)


def _table(*rows: tuple[str, ...]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def rules() -> str:
    head = ("rule", "severity", "what must hold", "parameters"), ("---",) * 4
    rows = [
        (f"`{r.id}`", f"{r.severity}{', fixed' if r.fixed else ''}", r.sentence, _parameters(r))
        for r in RULES
    ]
    return _table(*head, *rows)


def _parameters(rule: Rule) -> str:
    return ", ".join(f"`{name}` {value:g}" for name, value in rule.parameters.items()) or "–"


def machinery() -> str:
    head = ("rule", "what must hold"), ("---", "---")
    return _table(*head, *((f"`{rule}`", said) for rule, said in MACHINERY.items()))


def rejections() -> str:
    head = ("rule", "the row or file"), ("---", "---")
    return _table(*head, *((f"`{rule}`", said) for rule, said in REJECTION_RULES.items()))


def facts() -> str:
    head = ("fact", "meaning", "value of yes", "no", "RESO target"), ("---",) * 5
    rows = [
        (f"`{n}`", f.meaning, _value(f), "yes" if f.can_be_denied else "–", f"`{f.reso}`")
        for n, f in FIELDS.items()
    ]
    return _table(*head, *rows)


def _value(field: Field) -> str:
    of_kind = {
        "word": ", ".join(field.values),
        "words": f"a list of {', '.join(field.values)}",
        "whole": "a whole number",
        "month": f"`YYYY-MM`, {MONTH_TO_MONTH}",
        "age": "`{year}` or `{years}`",
        "renovation": f"`{{year, what}}`, `what` a list of {', '.join(RENOVATED)}",
        "sentence": "the sentence",
        "none": "–",
    }
    return of_kind[field.kind]


def claim_rejections() -> str:
    head = ("reason", "the claim"), ("---", "---")
    return _table(*head, *((f"`{reason}`", said) for reason, said in REASONS.items()))


def kpis() -> str:
    head = ("KPI", "default `target`", "default `block`"), ("---", "---", "---")
    thresholds = {name: getattr(Kpis(), name) for name in keys.KPI_CHECKS}
    rows = [
        (f"`{n}`", f"{t.target:g}", "never" if t.block is None else f"{t.block:g}")
        for n, t in thresholds.items()
    ]
    return _table(*head, *rows)


def critical() -> str:
    head = ("critical field", "stated by"), ("---", "---")
    rows = [
        (f"`{c.name}`", (" or " if c.any_of else " and ").join(f"`{f}`" for f in c.fields))
        for c in CRITICAL
    ]
    return _table(*head, *rows)


def indexes() -> str:
    head = ("collection", "index"), ("---", "---")
    rows = [
        (f"`{name}`", "; ".join(", ".join(f"`{f}`" for f in fields) for fields in of))
        for name, of in storage.INDEXES.items()
    ]
    return _table(*head, *rows)


def listing_fields() -> str:
    head = ("field", "type"), ("---", "---")
    types = {n: str(f.type) for n, f in ListingRecord.__dataclass_fields__.items()}
    rows = [
        (f"`{name}`", re.sub(r" \| None|<class '|'>|datetime\.(?=date)", "", types[name]))
        for name in types
        if name in FIELD_PARSERS
    ]
    return _table(*head, *rows)


TABLES: dict[str, Callable[[], str]] = {
    "claim_rejections": claim_rejections,
    "commands": commands,
    "critical": critical,
    "facts": facts,
    "indexes": indexes,
    "kpis": kpis,
    "listing_fields": listing_fields,
    "machinery": machinery,
    "rejections": rejections,
    "rules": rules,
}


SCHEMA = DOCS / "reference" / "property.schema.json"


def schema() -> str:
    """The JSON schema of a property under RESO's names."""
    made = Property.model_json_schema(by_alias=True, mode="serialization")
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def test_the_schema_is_that_of_the_code() -> None:
    hint = "run python -m phoenix_re_tests.test_docs"
    assert SCHEMA.read_text("utf-8") == schema(), hint


# ── what else the reference must name ───────────────────────────────────────────────────────────


def _reference(name: str) -> str:
    return (DOCS / "reference" / f"{name}.md").read_text("utf-8")


def test_environment_names_the_variables_of_the_example_and_no_other() -> None:
    example = (PROJECT / ".env.example").read_text("utf-8")
    variables = re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE)
    assert re.findall(r"^\| `([A-Z_]+)` \|", _reference("environment"), re.MULTILINE) == variables


def test_every_variable_that_the_code_reads_is_in_the_example() -> None:
    example = (PROJECT / ".env.example").read_text("utf-8")
    read = set()
    for module in (PROJECT / "phoenix_re").rglob("*.py"):
        code = module.read_text("utf-8")
        read |= set(re.findall(r'environ(?:\.get)?[(\[]"([A-Z_]+)"', code))
        read |= set(re.findall(r'"((?:PHOENIX_RE|WEBSHARE)_[A-Z_]+)"', code))  # by a constant
    for spec in specs().values():
        read |= set(spec.credentials.values())
    assert read >= {"MONGODB_URI", "PHOENIX_RE_HOME", "PHOENIX_RE_SANDBOX", "RAPIDAPI_KEY"}
    assert read - {"COLUMNS"} <= set(re.findall(r"[A-Z_]+", example))


def test_the_data_model_has_every_collection() -> None:
    collections = {v for n, v in vars(storage).items() if n.isupper() and isinstance(v, str)}
    titles = set(_HEADING.findall(_reference("data-model")))
    assert len(collections) >= 8
    assert collections <= titles


def test_the_data_model_has_every_field_of_a_cell() -> None:
    for name in Cell.__dataclass_fields__:
        assert f"`{name}`" in _reference("data-model") or f'"{name}"' in _reference("data-model")


def test_the_kpi_page_has_a_section_for_every_kpi_and_its_figures() -> None:
    page = _reference("kpis")
    for kpi in keys.KPI_CHECKS:
        assert f"\n## {kpi}\n" in page
    assert KPI_STAGE in page
    assert f"fewer than {JUDGED_FROM_N}" in page


def test_the_import_page_has_every_built_in_format() -> None:
    page = (DOCS / "how-to" / "import-files.md").read_text("utf-8")
    shipped = {p.stem for p in (PROJECT / "phoenix_re/collect/mappings").glob("*.yaml")}
    names = (
        "from phoenix_re.collect.formats import known_formats as f; print(*[x.name for x in f()])"
    )
    fresh = subprocess.run(
        [sys.executable, "-c", names], capture_output=True, text=True, check=True
    )
    built_in = set(fresh.stdout.split()) - shipped  # without what other tests have registered
    of_sources = {form.name for spec in specs().values() for form in spec.formats}
    files = built_in - of_sources
    assert files >= {"redfin", "mls_status_feed", "homeharvest", "reso", "facebook_marketplace"}
    for name in files:
        assert f"| `{name}` |" in page


def write_tables() -> None:
    SCHEMA.write_text(schema(), encoding="utf-8")
    for page in PAGES:
        text = page.read_text("utf-8")
        fresh = _MADE.sub(lambda m: m["open"] + TABLES[m["name"]]() + m["close"], text)
        if fresh != text:
            page.write_text(fresh, encoding="utf-8")
            print("rewritten", page)


if __name__ == "__main__":
    write_tables()
