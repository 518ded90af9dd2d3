"""The markets for commands: as configured, with an error that says what to do."""

from phoenix_re.cli.output import fail
from phoenix_re.markets import Market, MarketError, load_markets, markets_folder


def known_markets(wanted: str | None = None) -> dict[str, Market]:
    """All markets by code; ends the command if a file is wrong or there is no market `wanted`."""
    from phoenix_re.validate.rules import objections

    try:
        markets = load_markets(markets_folder(), objections)
    except MarketError as problem:
        fail(f"{problem}\n`phoenix-re market check` names every problem")
    if wanted is not None and wanted not in markets:
        fail(f"no market {wanted!r}; known: {', '.join(markets)}")
    return markets
