"""`phoenix-re services`: the embedded services of this machine, up, down and how they are."""

import typer

from phoenix_re.cli.output import Json, fail, out, show

app = typer.Typer(
    no_args_is_help=True,
    help="The embedded database that stands in for MongoDB where MONGODB_URI is unset, and the "
    "language-model server that dev starts.\n\n"
    "Commands start the database when they need it and the last one to leave stops it; `up` keeps "
    "it.",
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
    from phoenix_re.sandbox.language_model import service

    if service.stop():
        out.print("language model: stopped")
    out.print("mongo: stopped" if mongo_server.stop() else "mongo: was not running")


@app.command()
def status(json: Json = False) -> None:
    """Say what runs, where, and with which data."""
    from phoenix_re.home import home
    from phoenix_re.sandbox import mongo_server
    from phoenix_re.sandbox.language_model import service

    mongo, model = mongo_server.running(), service.running()
    rows = [
        {
            "service": "mongo",
            "running": mongo is not None,
            "pid": mongo.pid if mongo else None,
            "uri": mongo.uri.split("?")[0] if mongo else None,
            "stays": mongo.pinned if mongo else None,
            "data": str(mongo_server.folder() / "data"),
        },
        {
            "service": "language model",
            "running": model is not None,
            "pid": model.pid if model else None,
            "uri": model.url if model else None,
            "stays": model.pinned if model else None,
            "data": str(home() / "models"),
        },
    ]
    show(rows, as_json=json, title="Embedded services", empty="")
