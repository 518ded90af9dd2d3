"""`raw_listings`: what each source said of a ZIP, verbatim and versioned.

Waits for the market's sources to be asked about the ZIP (`collect/`), then takes stock of all
listings that it has, those from files (`phoenix-re import`, the inbox) included. A source that did
not answer is told in the figures; the ZIP fails only where every source failed.
"""

from collections.abc import Sequence

from phoenix_re.assets.zip_run import ZipOutcome, ZipRun
from phoenix_re.collect.outcome import Outcome
from phoenix_re.collect.versions import events_of

DESCRIPTION = "What each source said of the ZIP's listings, verbatim, versioned by content hash."
CODE_VERSION = "2"


class SourcesSilentError(Exception):
    """Every source that was asked about the ZIP failed."""


def materialize(run: ZipRun) -> ZipOutcome:
    outcomes = run.collected()
    _refuse_silence(outcomes)
    listings = run.raw_listings
    figures: dict[str, int | float | str] = {
        "listings": len(listings),
        "versions": sum(len(listing["versions"]) for listing in listings),
        "changes": sum(len(events_of(listing)) - 1 for listing in listings),
        "sources": len({listing["source"] for listing in listings}),
    }
    if listings:
        newest = max(listing["versions"][-1]["last_observed_at"] for listing in listings)
        figures["newest_observation"] = newest.isoformat()
    return ZipOutcome(figures | _told(outcomes))


def _refuse_silence(outcomes: Sequence[Outcome]) -> None:
    if outcomes and all(outcome.state in {"failed", "out"} for outcome in outcomes):
        reasons = "; ".join(f"{o.source}: {o.why}" for o in outcomes)
        raise SourcesSilentError(f"no source answered: {reasons}")


def _told(outcomes: Sequence[Outcome]) -> dict[str, int | float | str]:
    """Sums that the UI plots, and a sentence per source."""
    if not outcomes:
        return {}
    sums: dict[str, int | float | str] = {
        f"collected_{name}": sum(getattr(outcome, name) for outcome in outcomes)
        for name in ("found", "new", "changed", "quarantined")
    }
    return sums | {f"source_{outcome.source}": _sentence(outcome) for outcome in outcomes}


def _sentence(outcome: Outcome) -> str:
    if outcome.state != "ok":
        return f"{outcome.state.replace('_', ' ')}: {outcome.why}"
    covering = f", covering for {', '.join(outcome.covers_for)}" if outcome.covers_for else ""
    news = f"{outcome.new} new, {outcome.changed} changed"
    return f"{outcome.found} found, {news}{covering}"
