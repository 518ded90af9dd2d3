"""All that is stored, without the moments at which we stored it: what two runs are compared by."""

from typing import Any

from pymongo.database import Database

OUR_CLOCK = frozenset(
    {"materialized_at", "served_at", "landed_at", "published_at", "detected_at", "quarantined_at"}
    | {"logged_at", "freshness_lag_hours", "kpi_freshness_lag_hours"}
)
"""When we did something, and the lag made of it. What sources say of time is compared."""


def dump(database: Database, *, without: frozenset[str] = OUR_CLOCK) -> dict[str, list[Any]]:
    """collection → its documents by `_id`, without those fields at any depth."""
    return {
        name: [
            _stripped(d, without)
            for d in sorted(database[name].find(), key=lambda document: str(document["_id"]))
        ]
        for name in sorted(database.list_collection_names())
    }


def _stripped(value: Any, without: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {k: _stripped(v, without) for k, v in value.items() if k not in without}
    if isinstance(value, list):
        return [_stripped(item, without) for item in value]
    return value
