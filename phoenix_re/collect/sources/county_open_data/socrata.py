"""A Socrata dataset (SODA), read ZIP by ZIP.

All values are texts, empty columns are left out of a row, and a page shorter than asked for is the
last. The first question counts the rows and, by counting its columns, proves that they are there:
a column that is gone is a 400 that names it (`judge`). Rows come in the order of `:id`.
"""

from collections.abc import Iterator
from datetime import UTC
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, RootModel

from phoenix_re.collect.errors import ContractError
from phoenix_re.collect.source import Found
from phoenix_re.collect.sources.county_open_data.asking import Asking
from phoenix_re.collect.sources.county_open_data.layers import payload_of
from phoenix_re.collect.sources.county_open_data.sweep import Sweep


def _count_text(value: object) -> object:
    if isinstance(value, str) and value.isdecimal() and value.isascii() and len(value) < 16:
        return int(value)
    raise ValueError("a whole number as text is expected")


class Count(BaseModel):
    count: Annotated[int, BeforeValidator(_count_text)]


class Counts(RootModel[list[Count]]):
    pass


class Rows(RootModel[list[dict[str, Any]]]):
    pass


def collect(sweep: Sweep, ask: Asking) -> Iterator[Found]:
    """Every row of the ZIP once; the cursor moves on after each page."""
    session, layer = sweep.session, sweep.layer
    where = _where(sweep)
    place = sweep.resume()
    if place is None:
        place = sweep.begin(_count(sweep, ask, where), 0)
    for _ in range(sweep.options.pages_per_run):
        if place["counted"] == 0:
            break
        params = {
            "$where": where,
            "$order": ":id",
            "$limit": layer.page_size,
            "$offset": place["last"],
        }
        reply = ask.json("", params, kind="rows")
        rows = session.check(Rows, reply, what=f"a page of {sweep.name}").root
        for row in rows:
            yield Found(payload_of(sweep.name, layer, row), layer.format)
        place["last"] += len(rows)
        place["seen"] += len(rows)
        if len(rows) < layer.page_size:
            break
    else:
        sweep.pause()
        return
    sweep.finish()


def _where(sweep: Sweep) -> str:
    layer = sweep.layer
    parts = [f"{layer.zip_field} like '{sweep.session.zip}%'"]
    since = sweep.edited_since
    if since is not None:
        moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        parts.append(f"{layer.modified_field} >= '{moment}'")
    if layer.where:
        parts.append(f"({layer.where})")
    return " AND ".join(parts)


def _count(sweep: Sweep, ask: Asking, where: str) -> int:
    columns = ",".join(f"count({name})" for name in sweep.layer.expected)
    reply = ask.json("", {"$select": f"count(*),{columns}", "$where": where}, kind="count")
    counts = sweep.session.check(Counts, reply, what=f"the count of {sweep.name}").root
    if len(counts) != 1:
        raise ContractError(
            sweep.session.source, f"the count of {sweep.name} has {len(counts)} rows", reply
        )
    return counts[0].count
