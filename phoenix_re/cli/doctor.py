"""`phoenix-re doctor`: is everything reachable, what is missing, what to do about it."""

import os
import shutil
import sys
from collections.abc import Callable
from typing import Any

import typer

from phoenix_re import home
from phoenix_re.cli.output import Json, show

Finding = tuple[str, str, str]  # "ok" | "warning" | "error", what is so, what to do


def doctor(json: Json = False) -> None:
    """Look at this machine and the services; exit 1 if something needs mending."""
    rows: list[dict[str, Any]] = []
    for name, look in _LOOKS.items():
        state, finding, remedy = look()
        rows.append({"check": name, "state": state, "finding": finding, "do": remedy})
    show(rows, as_json=json, title="Doctor", empty="")
    if any(row["state"] == "error" for row in rows):
        raise typer.Exit(1)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return "ok", version, ""
    return "error", version, "use Python 3.11 to 3.13: make PYTHON=python3.11 install"


def _markets() -> Finding:
    from phoenix_re.markets import MarketError, load_markets, markets_folder
    from phoenix_re.validate.rules import objections

    try:
        markets = load_markets(markets_folder(), objections)
    except MarketError as problem:
        return "error", str(problem).splitlines()[0], "phoenix-re market check names every problem"
    zips = sum(len(market.zips) for market in markets.values())
    return "ok", f"{len(markets)} markets, {zips} ZIPs", ""


def _mongo() -> Finding:
    from pymongo.errors import PyMongoError

    from phoenix_re.mongo import open_store, without_password
    from phoenix_re.sandbox.mongo_server import EmbeddedServerError
    from phoenix_re.storage import INDEXES

    uri = os.environ.get("MONGODB_URI")
    where = without_password(uri) if uri else "embedded server"
    try:
        store = open_store(indexes=INDEXES)
        milliseconds = store.ping()
        store.transaction(lambda session: store.find_partition("counters", {}, session))
    except EmbeddedServerError as problem:
        return "error", str(problem), "set MONGODB_URI, or make install"
    except PyMongoError as problem:
        remedy = "check MONGODB_URI and the network; a single server must be a replica set"
        return "error", f"{where}: {type(problem).__name__}", remedy
    return "ok", f"{where}, {milliseconds:.0f} ms", ""


def _dagster() -> Finding:
    from phoenix_re.cli.dagster_home import open_instance

    with open_instance() as instance:
        runs = instance.get_runs_count()
    return "ok", f"{home.dagster_home()}, {runs} runs", ""


def _inbox() -> Finding:
    folder = home.inbox()
    if not folder.is_dir():
        return "warning", f"{folder} does not exist", "phoenix-re dev makes it; or mkdir"
    waiting = sum(entry.is_file() for entry in folder.iterdir())
    return "ok", f"{folder}, {waiting} files waiting", ""


def _language_model() -> Finding:
    """Whether the servers answer and have the model."""
    from phoenix_re.enrich.model.servers import Servers
    from phoenix_re.markets import load_markets
    from phoenix_re.resources.language_model import HOSTS_VARIABLE, model_in_use

    try:
        in_use = model_in_use(next(iter(load_markets().values())))
    except ValueError as problem:
        return "error", str(problem), f"mend {HOSTS_VARIABLE}"
    if in_use is None:
        return "ok", f"{HOSTS_VARIABLE} unset: the rules alone read remarks", ""
    servers = Servers(in_use.hosts, in_use.model)
    try:
        problems = [f"{s.host}: {s.problem}" for s in servers.look() if s.problem]
    finally:
        servers.close()
    if problems:
        return "warning", "; ".join(problems), "start it, or mend OLLAMA_HOSTS"
    return "ok", f"{in_use.model} on {len(in_use.hosts)} servers", ""


def _disk() -> Finding:
    folder = home.ensure(home.home())
    free = shutil.disk_usage(folder).free / 1e9
    if free < 1:
        return "error", f"{free:.1f} GB free under {folder}", "make room: writes will fail"
    return "ok", f"{free:.0f} GB free under {folder}", ""


_LOOKS: dict[str, Callable[[], Finding]] = {
    "python": _python,
    "markets": _markets,
    "mongodb": _mongo,
    "dagster home": _dagster,
    "inbox": _inbox,
    "language model": _language_model,
    "disk": _disk,
}
