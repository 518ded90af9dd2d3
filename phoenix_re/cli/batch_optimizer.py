"""`phoenix-re batch-optimizer`: what each language-model server was found to do best at."""

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

import typer

from phoenix_re.cli.output import Json, out, print_json, show

if TYPE_CHECKING:
    from phoenix_re.enrich.batches import Batch, Remembered

BAR_WIDTH = 30  # columns
NEWEST = 20  # batches that the chart over time shows

Apply = Annotated[
    bool,
    typer.Option(
        "--apply-recommendations", help="Begin the next run of each server as recommended."
    ),
]


def batch_optimizer(apply_recommendations: Apply = False, json: Json = False) -> None:
    """What the batches of each server and model came to, and how the next should be.

    Runs learn by themselves while they go. The recommendation looks at all batches that are kept:
    the number of requests at once whose median throughput is highest (of equal ones the lowest),
    and a time limit of six times their 95th percentile.

    \b
      phoenix-re batch-optimizer
      phoenix-re batch-optimizer --apply-recommendations
    """
    from phoenix_re.cli.store import open_cli_store
    from phoenix_re.enrich.batches import BatchPlans, recommended

    plans = BatchPlans(open_cli_store())
    known = plans.all()
    if json:
        print_json([_told(one) for one in known])
    elif not known:
        out.print(
            "No batch was measured yet: materialize ZIPs with OLLAMA_HOSTS set, then look again."
        )
    for one in known:
        if not json:
            _show(one)
        if apply_recommendations:
            plans.apply(one.server, one.digest, recommended(one))
            if not json:
                out.print("applied: the next run begins so", highlight=False)


def _told(one: "Remembered") -> dict[str, Any]:
    from dataclasses import asdict

    from phoenix_re.enrich.batches import recommended

    return {
        "server": one.server,
        "model": one.model,
        "digest": one.digest,
        "plan": asdict(one.learnt.plan),
        "why": one.learnt.why,
        "recommended": asdict(recommended(one)),
        "batches": [asdict(batch) | {"per_second": batch.per_second} for batch in one.batches],
    }


def _show(one: "Remembered") -> None:
    from phoenix_re.enrich.batches import recommended

    plan, advice = one.learnt.plan, recommended(one)
    out.print(f"\n[bold]{one.model}[/] on {one.server}  ({one.digest[:12]})", highlight=False)
    out.print(
        f"next batch   {plan.size} remarks, {plan.concurrent} at once, {plan.timeout_s:.0f} s each"
        f": {one.learnt.why}\n"
        f"recommended  {advice.size} remarks, {advice.concurrent} at once, "
        f"{advice.timeout_s:.0f} s each",
        highlight=False,
    )
    show(_by_width(one.batches), as_json=False, title="Remarks an hour, by requests at once",
         empty="")  # fmt: skip
    show(_over_time(one.batches), as_json=False, title=f"The last {NEWEST} batches", empty="")


def _by_width(batches: "Sequence[Batch]") -> list[dict[str, Any]]:
    widths = sorted({batch.concurrent for batch in batches})
    speed = {w: median(b.per_second for b in batches if b.concurrent == w) * 3600 for w in widths}
    return [
        {
            "at once": width,
            "batches": sum(batch.concurrent == width for batch in batches),
            "an hour": round(speed[width]),
            "p95 s": round(median(b.p95_s for b in batches if b.concurrent == width), 2),
            "": _bar(speed[width], max(speed.values())),
        }
        for width in widths
    ]


def _over_time(batches: "Sequence[Batch]") -> list[dict[str, Any]]:
    newest = batches[-NEWEST:]
    most = max(batch.per_second for batch in newest)
    return [
        {
            "ended": batch.at,
            "remarks": batch.texts,
            "at once": batch.concurrent,
            "failed": batch.errors,
            "an hour": round(batch.per_second * 3600),
            "": _bar(batch.per_second, most),
            "short of": batch.pressure,
        }
        for batch in newest
    ]


def _bar(value: float, most: float) -> str:
    return "█" * round(BAR_WIDTH * value / most) if most > 0 else ""
