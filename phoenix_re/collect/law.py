"""Whether a market may ask a source at all: the law's light, the terms, the credentials."""

from collections.abc import Mapping

from phoenix_re.collect.errors import AuthError, Refused, SourceOut
from phoenix_re.collect.source import SourceSpec
from phoenix_re.markets import Source


def objection(spec: SourceSpec, source: Source, credentials: Mapping[str, str]) -> SourceOut | None:
    """Why `spec` is not to be asked; None if it may. Says what the operator can do."""
    if spec.light == "red":
        return Refused(
            spec.name,
            f"{spec.title} has no lawful interface for this: it is never asked, whatever the "
            "market file says. Drop files into the inbox in its place (docs/how-to).",
        )
    if not source.terms_accepted:
        return Refused(spec.name, f"read the terms of {spec.title}, then set terms_accepted: true")
    if spec.light == "amber" and not (source.terms_accepted_on and source.terms_accepted_by):
        return Refused(
            spec.name,
            f"{spec.title} is a grey case: a person must answer for it. Set terms_accepted_on (a "
            "day) and terms_accepted_by (a name) beside terms_accepted in the market file.",
        )
    missing = sorted(spec.required_credentials - credentials.keys())
    if missing:
        names = ", ".join(spec.credentials[name] for name in missing)
        return AuthError(spec.name, f"no credentials: set {names} in .env")
    return None
