"""Small written worlds for the tests of analyze/: listings in plain words, as episodes."""

from datetime import date, timedelta

from phoenix_re.analyze.cells import Cell
from phoenix_re.analyze.trends import zip_trends
from phoenix_re.validate.episode import Dated, Episode

AS_OF = date(2026, 3, 31)  # the 90-day window begins on 2026-01-01
SINCE = date(2025, 1, 1)


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def listing(
    on: date,
    *,
    price: int = 400_000,
    cuts: dict[date, int] | None = None,
    contract: date | None = None,
    closed: date | None = None,
    sold_for: int | None = None,
    off: date | None = None,
    off_status: str = "Canceled",
    key: str = "mls|1",
    seen_until: date = AS_OF,
    **facts: object,
) -> Episode:
    """One listing in dollars, watched from its first day on; Active until told otherwise."""
    changes = [(on, "Active"), (contract, "Pending"), (closed, "Closed"), (off, off_status)]
    prices = {on: price} | (cuts or {})
    stated = {
        "on_market_date": on,
        "purchase_contract_date": contract,
        "close_date": closed,
        "close_price_cents": None if sold_for is None else sold_for * 100,
        "off_market_date": off,
        "original_list_price_cents": price * 100,
    }
    return Episode(
        listing_id=key,
        statuses=tuple(Dated(day, status) for day, status in changes if day),
        list_prices=tuple(Dated(day, dollars * 100) for day, dollars in sorted(prices.items())),
        first_observed_on=on,
        last_observed_on=seen_until,
        **(stated | facts),  # pyright: ignore[reportArgumentType] -- names are checked by Episode
    )


def homes(*episodes: Episode) -> list[tuple[str, Episode]]:
    """Each episode on a property of its own."""
    return [(f"home-{number:03}", episode) for number, episode in enumerate(episodes)]


def sales(*dollars: int, price: int = 400_000, **facts: object) -> list[tuple[str, Episode]]:
    """Sales 60 days ago after 30 days on the market and 20 under contract."""
    return homes(
        *(
            listing(
                ago(110),
                price=price,
                contract=ago(80),
                closed=ago(60),
                sold_for=amount,
                **facts,  # pyright: ignore[reportArgumentType] -- handed through to listing()
            )
            for amount in dollars
        )
    )


def trends(pairs: list[tuple[str, Episode]], **options: object) -> dict[str, Cell]:
    settings = {
        "market": "phx",
        "zip": "85031",
        "as_of": AS_OF,
        "sale_prices_disclosed": True,
        "observed_since": SINCE,
    }
    cells = zip_trends(pairs, **(settings | options))  # pyright: ignore[reportArgumentType] -- test options
    return {cell.metric: cell for cell in cells}
