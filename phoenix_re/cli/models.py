"""`phoenix-re models`: language models for machines without Ollama: which, fetching, serving."""

from typing import TYPE_CHECKING, Annotated

import typer

from phoenix_re.cli.output import Json, err, fail, out, show

if TYPE_CHECKING:
    from phoenix_re.sandbox.language_model.known_weights import Weights

app = typer.Typer(
    no_args_is_help=True,
    help="Language models that this machine can serve itself, where OLLAMA_HOSTS is unset.\n\n"
    "They speak Ollama's HTTP API. Rules read remarks without any of them.",
)


@app.command(name="list")
def list_models(json: Json = False) -> None:
    """The models whose weights can be fetched, and which are here."""
    from phoenix_re.sandbox.language_model import weights
    from phoenix_re.sandbox.language_model.known_weights import KNOWN

    rows = [
        {
            "model": one.name,
            "size_mb": round(one.size / 1e6),
            "licence": one.licence,
            "present": weights.is_present(one),
            "remark": one.remark,
        }
        for one in KNOWN.values()
    ]
    show(rows, as_json=json, title="Models", empty="")


@app.command()
def pull(
    model: Annotated[
        str | None, typer.Argument(help="Which; see list. Default: the small one.")
    ] = None,
) -> None:
    """Fetch a model's weights, check their hash, and keep them; at once if they are here."""
    import asyncio

    from phoenix_re.sandbox.language_model import weights
    from phoenix_re.sandbox.language_model.known_weights import DEFAULT

    try:
        wanted = weights.known(model) if model else DEFAULT
        asyncio.run(_pull(wanted))
    except weights.WeightsError as problem:
        fail(str(problem))
    out.print(f"{wanted.name}: {weights.path(wanted)}", highlight=False, soft_wrap=True)


async def _pull(wanted: "Weights") -> None:
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TransferSpeedColumn,
    )

    from phoenix_re.sandbox.language_model import weights

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    bar = Progress(
        *columns, TransferSpeedColumn(), console=err, transient=True, disable=not err.is_terminal
    )
    with bar:
        task = bar.add_task(wanted.name, total=wanted.download)
        async for step in weights.pull(wanted):
            bar.update(task, description=f"{wanted.name}: {step.status}")
            if step.total:
                bar.update(task, completed=step.completed)


@app.command()
def serve(
    port: Annotated[
        int, typer.Option(min=1, max=65_535, help="Port of 127.0.0.1; Ollama's own is 11434.")
    ] = 11434,
) -> None:
    """Serve the models that are here until Ctrl-C.

    Of Ollama's variables OLLAMA_NUM_PARALLEL, OLLAMA_MAX_QUEUE, OLLAMA_KEEP_ALIVE and
    OLLAMA_CONTEXT_LENGTH count.
    """
    from phoenix_re.sandbox.language_model.llama import Llama
    from phoenix_re.sandbox.language_model.residency import Settings
    from phoenix_re.sandbox.language_model.server import serve_forever

    try:
        settings = Settings.of()
    except ValueError as problem:
        fail(str(problem))
    out.print(f"Ollama's API on http://127.0.0.1:{port}", highlight=False)
    try:
        serve_forever(Llama(), port, settings)
    except OSError as problem:
        fail(f"port {port} cannot be had ({problem.strerror}); choose another with --port")
