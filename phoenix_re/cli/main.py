"""`phoenix-re`: the commands, one module each. Imports of heavy packages wait for their command."""

from pathlib import Path

import typer

from phoenix_re.cli import (
    audit,
    drift,
    market,
    models,
    properties,
    quarantine,
    sandbox,
    services,
    show,
    sources,
)
from phoenix_re.cli.batch_optimizer import batch_optimizer
from phoenix_re.cli.check_power import check_power
from phoenix_re.cli.demo import demo
from phoenix_re.cli.dev import dev
from phoenix_re.cli.doctor import doctor
from phoenix_re.cli.extraction import evaluate_extraction
from phoenix_re.cli.files import import_files
from phoenix_re.cli.match_addresses import match_addresses
from phoenix_re.cli.materialize import materialize
from phoenix_re.cli.quality_monitor import quality_monitor
from phoenix_re.home import PROJECT_ROOT

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Real-estate data, market by market and ZIP by ZIP.\n\n"
    "Start with [bold]phoenix-re demo[/], then [bold]phoenix-re dev[/] and the Dagster UI. "
    "Your own listings: [bold]phoenix-re import FILE[/], then "
    "[bold]phoenix-re materialize --market phx --all[/].",
)


@app.callback()
def environment() -> None:
    """Read `.env` of the working folder, else of the project; the environment itself wins."""
    from dotenv import load_dotenv

    for folder in (Path.cwd(), PROJECT_ROOT):
        if (folder / ".env").exists():
            load_dotenv(folder / ".env", override=False)
            return


app.command("demo")(demo)
app.command("dev")(dev)
app.command("import")(import_files)
app.command("materialize")(materialize)
app.command("match-addresses")(match_addresses)
app.command("doctor")(doctor)
app.command("evaluate-extraction")(evaluate_extraction)
app.command("batch-optimizer")(batch_optimizer)
app.command("quality-monitor")(quality_monitor)
app.command("check-power")(check_power)
app.add_typer(show.app, name="show")
app.add_typer(properties.app, name="properties")
app.add_typer(services.app, name="services")
app.add_typer(market.app, name="market")
app.add_typer(sources.app, name="sources")
app.add_typer(drift.app, name="drift")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(audit.app, name="audit")
app.add_typer(models.app, name="models")
app.add_typer(sandbox.app, name="sandbox")
