"""`phoenix-re check-power`: what the quality checks would find, tried on copies with faults."""

from typing import Annotated, Any

import typer

from phoenix_re.cli.markets import known_markets
from phoenix_re.cli.output import Json, fail, out, print_json, show
from phoenix_re.cli.store import open_cli_store

MarketOption = Annotated[str, typer.Option(help="Market code.")]
Zips = Annotated[
    list[str] | None, typer.Option("--zip", help="A ZIP; default: those with the most listings.")
]
Seed = Annotated[int, typer.Option(help="The same seed tries the same.")]


def check_power(
    market: MarketOption, zips: Zips = None, seed: Seed = 1, json: Json = False
) -> None:
    """Put known faults into copies of ZIPs' data and see which ones the checks find.

    Nulls, swaps, units, stale news, duplicates and a join that slipped, each at a stated strength;
    and sound copies, for false alarms. Nothing of a copy is stored. Ends with exit code 1 where
    fewer are found than the market's target, 0.95 unless its file says otherwise.

    \b
      phoenix-re check-power --market phx
      phoenix-re check-power --market phx --zip 85031 --seed 7 --json
    """
    from phoenix_re.assets.check_power import try_checks
    from phoenix_re.validate.power import LEAST_LISTINGS

    known = known_markets(market)[market]
    for zip_code in zips or ():
        if zip_code not in known.zips:
            fail(f"ZIP {zip_code} is not in {market}")
    told = try_checks(open_cli_store(), known, seed, zips or ())
    target = known.kpis.check_power
    if json:
        print_json(told)
    elif not told["n"]:
        fail(
            f"nothing to try: no ZIP of {market} with {LEAST_LISTINGS} listings is validated; "
            f"`phoenix-re materialize --market {market} --all`"
        )
    else:
        show(_rows(told), as_json=False, title=f"Faults found in {market}", empty="")
        show(told["missed"], as_json=False, title="Missed", empty="No fault was missed.")
        out.print(
            f"{len(told['false_alarms'])} false alarms on {told['sound_copies']} sound copies "
            f"(ZIPs {', '.join(told['zips'])})"
        )
    if told["value"] is None or not target.met(told["value"]):
        raise typer.Exit(1)


def _rows(told: dict[str, Any]) -> list[dict[str, Any]]:
    named = {**told["by_kind"], "all": told}
    return [
        {
            "fault": kind,
            "found": f"{share['k']}/{share['n']}",
            "share": share["value"],
            "95 % interval": f"{share['ci_low']:.3f}–{share['ci_high']:.3f}",
        }
        for kind, share in named.items()
    ]
