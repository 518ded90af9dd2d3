"""`phoenix-re sandbox`: stand-ins of every upstream on this machine, steered from here."""

import contextlib
import json as jsons
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from phoenix_re.cli.output import Json, fail, out, print_json, show

if TYPE_CHECKING:
    from phoenix_re.sandbox.client import Sandbox

app = typer.Typer(
    no_args_is_help=True,
    help="Stand-ins of every upstream, with a synthetic world, over real HTTP on this machine.\n\n"
    "Commands that need it start it and the last one to leave stops it; `up` keeps it.",
)


@app.command()
def up(
    seed: Annotated[int | None, typer.Option(help="Another world. At first 85031.")] = None,
    houses_per_zip: Annotated[
        int | None, typer.Option(min=1, max=99_999, help="Homes in every ZIP. At first 400.")
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(min=0, help="Simulated seconds that pass in a second. At first 1."),
    ] = None,
    time_scale: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            help="Rate limits in windows so many times shorter. At first 60; 1: real ones.",
        ),
    ] = None,
    start: Annotated[
        datetime | None, typer.Option(help="Simulated time from now on, UTC. At first the real.")
    ] = None,
    port_base: Annotated[
        int | None,
        typer.Option(
            min=1024, max=65_000, help="Port of the control API; the upstreams follow. Else any."
        ),
    ] = None,
) -> None:
    """Start the sandbox and leave it running until `down`.

    An option that is not given is as it was the last time.
    """
    from phoenix_re.sandbox import service

    try:
        server = service.up(
            start=start.replace(tzinfo=UTC) if start else None,
            seed=seed,
            houses_per_zip=houses_per_zip,
            speed=speed,
            time_scale=time_scale,
            port_base=port_base,
        )
    except service.EmbeddedServerError as problem:
        fail(str(problem))
    out.print(f"sandbox: {server.url} (pid {server.pid})")


@app.command()
def down() -> None:
    """Stop the sandbox, whoever uses it. Its world and its time are kept."""
    from phoenix_re.sandbox import service

    out.print("sandbox: stopped" if service.stop() else "sandbox: was not running")


@app.command()
def status(json: Json = False) -> None:
    """Say whether it runs, its time, and where each upstream is served."""
    from phoenix_re.sandbox import service

    server = service.running()
    told = {"running": server is not None, "control": server.url if server else None}
    told |= server.client.status() if server else {}
    if json:
        print_json(told)
    elif server is None:
        out.print("sandbox: not running; `phoenix-re sandbox up` starts it")
    else:
        rows = [
            {
                "upstream": name,
                "url": url,
                "requests": told["requests"][name],
                "faults": ", ".join(f"{f}={v}" for f, v in told["faults"].get(name, {}).items()),
            }
            for name, url in told["bases"].items()
        ]
        now = datetime.fromisoformat(told["now"])
        title = f"Sandbox, {now:%Y-%m-%d %H:%M} UTC, seed {told['seed']}"
        show(rows, as_json=False, title=title, empty="")


@app.command()
def fault(
    upstream: Annotated[str | None, typer.Argument(help="Whose; see status.")] = None,
    faults: Annotated[
        list[str] | None, typer.Argument(help="NAME=VALUE, such as error_5xx=0.05; 0: off.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="First switch all faults off.")] = False,
    json: Json = False,
) -> None:
    """Switch faults of an upstream on or off; without any, list those that it has."""
    client = _client()
    with _problems():
        if clear:
            client.clear_faults()
        if upstream and faults:
            client.fault(upstream, **dict(_switch(text) for text in faults))
        status, known = client.status(), client.known_faults()
    if upstream and upstream not in known:
        fail(f"no upstream {upstream!r}; known: {', '.join(known)}")
    on = status["faults"]
    rows = [
        {"upstream": name, "fault": one, "value": on.get(name, {}).get(one), "meaning": meaning}
        for name in ([upstream] if upstream else known)
        for one, meaning in known[name].items()
        if one in on.get(name, {}) or not (clear or faults)
    ]
    show(rows, as_json=json, title="Faults", empty="no fault is on")


@app.command()
def advance(
    days: Annotated[float, typer.Option(min=0, help="Simulated days.")] = 0,
    hours: Annotated[float, typer.Option(min=0, help="Simulated hours.")] = 0,
) -> None:
    """Let simulated time pass at once: listings appear, change and sell."""
    client = _client()
    if not days and not hours:
        fail("how far? --days or --hours")
    with _problems():
        now = client.advance(days=days, hours=hours)
    out.print(f"simulated time: {now:%Y-%m-%d %H:%M} UTC", highlight=False)


@app.command()
def truth(
    zip_code: Annotated[str, typer.Argument(metavar="ZIP", help="Of a known market.")],
    json: Json = False,
) -> None:
    """Show what is so in a ZIP, whatever an upstream says: its listings that have not ended.

    As JSON: all of its homes and listings.
    """
    from phoenix_re.sandbox.homes import ENDED

    client = _client()
    with _problems():
        told = client.truth(zip_code)
    if json:
        print_json(told)
        return
    homes = {home["id"]: home for home in told["houses"]}
    rows = [
        {"house": x["house"], "address": _address(homes[x["house"]])}
        | {name: x[name] for name in ("kind", "status", "list_price", "mls_number")}
        for x in told["listings"]
        if x["status"] not in ENDED
    ]
    title = f"{zip_code}: {len(homes):,} homes, {len(rows):,} listings on the market"
    show(rows, as_json=False, title=title, empty=f"nothing is on the market in {zip_code}")


def _client() -> "Sandbox":
    from phoenix_re.sandbox import service

    server = service.running()
    if server is None:
        fail("the sandbox does not run; `phoenix-re sandbox up` starts it")
    return server.client


@contextlib.contextmanager
def _problems() -> Iterator[None]:
    """What the sandbox refuses ends the command with its sentence."""
    from phoenix_re.sandbox.scene import SandboxError

    try:
        yield
    except SandboxError as problem:
        fail(str(problem))


def _switch(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        fail(f"{text!r}: expected NAME=VALUE, such as error_5xx=0.05")
    try:
        return name, jsons.loads(value)
    except ValueError:
        return name, value


def _address(home: dict[str, Any]) -> str:
    parts = ("street_number", "street_dir", "street_name", "street_suffix")
    street = " ".join(home[part] for part in parts if home[part])
    return f"{street} #{home['unit']}" if home["unit"] else street
