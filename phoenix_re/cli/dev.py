"""`phoenix-re dev`: embedded services, Dagster web server and daemon, until Ctrl-C."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phoenix_re.cli.output import fail, out
from phoenix_re.home import PROJECT_ROOT, ensure, inbox
from phoenix_re.resources.sandbox import VARIABLE as SANDBOX_VARIABLE

if TYPE_CHECKING:
    from phoenix_re.mongo import MongoStore


def dev(
    port: Annotated[int, typer.Option(help="Port of the Dagster UI.")] = 3000,
    host: Annotated[
        str, typer.Option(help="Bind address; the UI has no login, so keep it local.")
    ] = "127.0.0.1",
    sandbox: Annotated[
        bool | None,
        typer.Option(
            help="Stand-ins of the upstreams. Default: unless MONGODB_URI is set or this home "
            "holds listings of your own.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        bool | None,
        typer.Option(
            help="The embedded language model. Default: where its weights are "
            "(phoenix-re models pull) and OLLAMA_HOSTS names no server.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Run everything on this machine and stop all of it on Ctrl-C.

    With the sandbox, every source of every market is asked, and all that they say is invented;
    without, those that the market files enable. A database holds the one or the other.
    """
    from phoenix_re.cli.dagster_home import prepare
    from phoenix_re.cli.store import open_cli_store

    store = open_cli_store()
    folder = prepare()
    ensure(inbox())
    if _with_sandbox(sandbox, store):
        from phoenix_re.cli.store import open_cli_sandbox

        url = open_cli_sandbox().url
        os.environ[SANDBOX_VARIABLE] = url  # if it stops, runs must fail, not ask the real ones
        out.print(f"sandbox      {url}/status   (phoenix-re sandbox --help)")
    else:
        os.environ[SANDBOX_VARIABLE] = "off"
    out.print(f"model        {_language_model(model)}", highlight=False)
    out.print(f"Dagster UI   http://{host}:{port}   (Ctrl-C stops everything)")
    out.print(f"drop files   {inbox()}")
    out.print(
        f"data         {store.db.name} on {', '.join(f'{h}:{p}' for h, p in store.client.nodes)}"
    )
    out.print(f"Dagster home {folder}")
    dagster = Path(sys.executable).parent / "dagster"
    if not dagster.exists():
        fail(f"{dagster} is missing: make install")
    children: list[subprocess.Popen[bytes]] = []

    def pass_on(_signum: int, _frame: object) -> None:
        for child in children:
            child.send_signal(signal.SIGINT)

    # Before the start: a child inherits an ignored signal, as shells set it for background jobs.
    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, pass_on)
    children.append(
        subprocess.Popen(
            [
                *(str(dagster), "dev", "-w", str(PROJECT_ROOT / "workspace.yaml")),
                *("--host", host, "--port", str(port)),
            ],
            cwd=PROJECT_ROOT,
            env=dict(os.environ),
            start_new_session=True,  # so that Ctrl-C reaches it once, through us
        )
    )
    code = children[0].wait()
    out.print("stopped")
    raise typer.Exit(0 if code in (0, -signal.SIGINT, -signal.SIGTERM, 130, 143) else code)


def _language_model(asked: bool | None) -> str:
    """Start the embedded one where it is wanted; what reads remarks now."""
    from phoenix_re.resources.language_model import HOSTS_VARIABLE
    from phoenix_re.sandbox.language_model import known_weights, service, weights

    if hosts := os.environ.get(HOSTS_VARIABLE):
        return f"{hosts} ({HOSTS_VARIABLE})"
    name = known_weights.DEFAULT.name
    if asked is False:
        service.stop()
        return "none (--no-model): the rules alone read remarks"
    if not weights.is_present(known_weights.DEFAULT):
        if asked:
            fail(f"the weights of {name} are not here: phoenix-re models pull")
        return f"none: the rules alone read remarks (phoenix-re models pull fetches {name})"
    try:
        return f"{name} on {service.use().url}, a minute a run"
    except service.EmbeddedServerError as problem:
        fail(str(problem))


def _with_sandbox(asked: bool | None, store: "MongoStore") -> bool:
    """As asked for; else unless the database is MONGODB_URI's or holds listings of one's own."""
    from phoenix_re.collect.world import REAL, world_of

    if asked is not None:
        return asked
    if os.environ.get("MONGODB_URI"):
        return False
    if world_of(store) == REAL:
        out.print("sandbox      off: this home holds listings of your own; --sandbox asks it")
        return False
    return True
