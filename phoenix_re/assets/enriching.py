"""The model that reads remarks in a run of Dagster: opened from the resource, and what it came to.

Per ZIP the figures of `llm_enriched` speak; here is what the run as a whole tells: an observation
with the servers, the tokens and the cost, and what the batch optimizer has learnt.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg

from phoenix_re import keys
from phoenix_re.assets.zip_run import Reader
from phoenix_re.markets import Market

if TYPE_CHECKING:
    from phoenix_re.mongo import MongoStore

READING_STAGE = "llm_enriched"


@contextmanager
def open_reading(
    resources: Any, store: "MongoStore", market: Market, stages: Sequence[str]
) -> Iterator[Reader]:
    """The run's model, with its threads ended and the model released at the end."""
    if READING_STAGE not in stages:
        yield Reader()
        return
    inquiry, why = resources.ollama.inquiry(store, market)
    if inquiry is None:
        yield Reader(None, why)
        return
    with inquiry:
        yield Reader(inquiry)


def read_told(market: Market, reader: Reader) -> Iterator[dg.AssetObservation]:
    """Nothing where no model was asked."""
    if reader.inquiry is None:
        return
    told = reader.inquiry.report()
    yield dg.AssetObservation(
        dg.AssetKey(keys.asset_key_path(market.code, READING_STAGE)),
        metadata={
            **{f"model_{name}": figure for name, figure in told["figures"].items()},
            "model": reader.inquiry.extractor,
            "servers": _table(told["servers"]),
            "batches": _table(told["batches"]),
            "unasked": dg.MetadataValue.json(told["unasked"]),
        },
    )


def _table(rows: Sequence[dict[str, Any]]) -> dg.MetadataValue:
    """A table of text: what servers say of themselves differs from one to the next."""
    if not rows:
        return dg.MetadataValue.text("none")
    columns = [dg.TableColumn(name, "string") for name in rows[0]]
    records = [
        dg.TableRecord({k: "" if v is None else str(v) for k, v in row.items()}) for row in rows
    ]
    return dg.MetadataValue.table(records, dg.TableSchema(columns=columns))
