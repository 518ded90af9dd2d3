"""`phoenix-re services`: the embedded services of this machine, up, down and how they are."""

import typer

from phoenix_re.cli.output import Json, fail, out, show

app = typer.Typer(
    no_args_is_help=True,
    help="The embedded database that stands in for MongoDB where MONGODB_URI is unset.\n\n"
    "Commands start it when they need it and the last one to leave stops it; `up` keeps it.",
)


@app.command()
def up() -> None:
    """Start the embedded services and leave them running until `down`."""
    from phoenix_re.sandbox import mongo_server

    try:
        server = mongo_server.pin()
    except mongo_server.EmbeddedServerError as problem:
        fail(str(problem))
    out.print(f"mongo: {server.uri.split('?')[0]} (pid {server.pid}, data in {server.storage})")


@app.command()
def down() -> None:
    """Stop the embedded services, whoever uses them."""
    from phoenix_re.sandbox import mongo_server

    out.print("mongo: stopped" if mongo_server.stop() else "mongo: was not running")


@app.command()
def status(json: Json = False) -> None:
    """Say what runs, where, and with which data."""
    from phoenix_re.sandbox import mongo_server

    server = mongo_server.running()
    row = {
        "service": "mongo",
        "running": server is not None,
        "pid": server.pid if server else None,
        "uri": server.uri.split("?")[0] if server else None,
        "stays": server.pinned if server else None,
        "data": str(mongo_server.folder() / "data"),
    }
    show([row], as_json=json, title="Embedded services", empty="")
