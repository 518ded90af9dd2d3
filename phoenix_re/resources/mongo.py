"""MongoDB as a Dagster resource. What it hands out, and what that can do: `phoenix_re/mongo.py`."""

import dagster as dg
from pydantic import Field, PrivateAttr

from phoenix_re.mongo import DATABASE, MongoStore, open_store


class MongoResource(dg.ConfigurableResource):
    """MongoDB for assets: `mongo: MongoResource`, then `mongo.get()`.

    With no `uri`, here or in the environment's MONGODB_URI, the embedded server of this machine is
    found or started. The environment is read when the store is first used, never at import.
    """

    uri: str | None = Field(
        default=None,
        description="mongodb:// or mongodb+srv:// of a replica set; empty: MONGODB_URI, else the "
        "embedded server.",
    )
    database: str | None = Field(
        default=None, description=f"Database name; empty: the URI's, else {DATABASE}."
    )
    indexes: dict[str, list[list[str]]] = Field(
        default_factory=dict, description="{collection: [[field, …], …]}, created once."
    )
    _store: MongoStore | None = PrivateAttr(default=None)

    def get(self) -> MongoStore:
        if self._store is None:
            self._store = open_store(self.uri, self.database, self.indexes)
        return self._store
