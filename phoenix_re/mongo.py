"""MongoDB without Dagster: one client per process, indexes once, partitions replaced whole.

`MongoStore` is the plain object that assets and commands work with; `resources/mongo.py` wraps it
for Dagster. It knows nothing of listings: collections and indexes come from the caller
(`storage.py`), what a document means belongs to the rooms. Works alike on MongoDB or Atlas (a
replica set, because transactions need one) and on the embedded server.
"""

import functools
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pymongo import ASCENDING, MongoClient, ReplaceOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.uri_parser import parse_uri
from pymongo.write_concern import WriteConcern

Document = dict[str, Any]
T = TypeVar("T")

DATABASE = "phoenix_re"  # unless the URI or the caller names another
TIMEOUT_MS = 10_000
BATCH = 1_000  # documents a reply; the default begins with 101 and asks again
IN_CHUNK = 50  # `$in` longer than this is slow on the embedded server and no faster on MongoDB


@dataclass(frozen=True, slots=True)
class Replaced:
    """What `replace_partition` did to one collection, in documents."""

    inserted: int
    updated: int
    deleted: int
    unchanged: int

    @property
    def changed(self) -> int:
        return self.inserted + self.updated + self.deleted


class MongoStore:
    """One database. Cheap to make: the client behind it is shared by the whole process."""

    def __init__(self, uri: str, database: str | None = None) -> None:
        self.uri = uri
        self.client = _client(uri, os.getpid())
        name = database or self.client.get_default_database(DATABASE).name
        self.db: Database[Document] = self.client.get_database(
            name, write_concern=WriteConcern(w="majority", j=True)
        )

    def ping(self) -> float:
        """Milliseconds for one round trip. Raises `ConnectionFailure` when out of reach."""
        start = time.perf_counter()
        self.client.admin.command("ping")
        return (time.perf_counter() - start) * 1000

    def ensure_indexes(self, indexes: Mapping[str, Sequence[Sequence[str]]]) -> None:
        """Create each `{collection: [[field, …], …]}` once per process and database."""
        frozen = tuple((name, tuple(map(tuple, keys))) for name, keys in indexes.items())
        _ensure_indexes(self.uri, self.db.name, os.getpid(), frozen)

    def transaction(self, work: Callable[[ClientSession], T]) -> T:
        """Run `work(session)` as one transaction, again on a conflict: all of it or nothing."""
        with self.client.start_session() as session:
            return session.with_transaction(work, read_concern=ReadConcern("snapshot"))

    def find_partition(
        self,
        collection: str,
        where: Mapping[str, Any],
        session: ClientSession | None = None,
        *,
        fields: Sequence[str] | None = None,
    ) -> list[Document]:
        """All documents that match the equality filter `where`, as of one moment.

        `fields` narrows what is read of each; `_id` always comes along.
        """
        if session is not None:
            found = self.db[collection].find(dict(where), fields, session=session)
            return list(found.batch_size(BATCH))
        return self.transaction(lambda s: self.find_partition(collection, where, s, fields=fields))

    def find_ids(
        self, collection: str, ids: Iterable[Any], session: ClientSession | None = None
    ) -> list[Document]:
        """The documents with these `_id`s, in no particular order; absent ones are left out."""
        return [
            document
            for chunk in _chunks(list(ids), IN_CHUNK)
            for document in self.db[collection].find({"_id": {"$in": chunk}}, session=session)
        ]

    def upsert(
        self,
        collection: str,
        documents: Sequence[Document],
        session: ClientSession | None = None,
    ) -> None:
        """Insert or replace each document by its `_id`. Safe to repeat."""
        if documents:
            self.db[collection].bulk_write(
                [ReplaceOne({"_id": d["_id"]}, d, upsert=True) for d in documents],
                ordered=False,
                session=session,
            )

    def replace_partition(
        self,
        contents: Mapping[str, tuple[Mapping[str, Any], Sequence[Document]]],
        log: Mapping[str, Sequence[Document]] | None = None,
    ) -> dict[str, Replaced]:
        """Make each collection hold exactly these documents where its filter matches.

        `contents` maps a collection to `(where, documents)`; `where` is an equality filter served
        by an index, and every document must match it and carry `_id` and `content_hash`. A document
        whose hash is stored already is not written. `log` maps collections to documents that tell
        of the change; they are written by their `_id`, and none is taken away. All collections
        change in one transaction: a reader with a snapshot (`find_partition`) sees the old
        partition or the new one, and a process killed in the middle leaves the old one.
        """

        def replace_all(session: ClientSession) -> dict[str, Replaced]:
            for name, entries in (log or {}).items():
                self.upsert(name, entries, session)
            return {
                name: _replace(self.db[name], where, documents, session)
                for name, (where, documents) in contents.items()
            }

        return self.transaction(replace_all)


def _replace(
    collection: Collection[Document],
    where: Mapping[str, Any],
    documents: Sequence[Document],
    session: ClientSession,
) -> Replaced:
    stored = {
        d["_id"]: d.get("content_hash")
        for d in collection.find(dict(where), {"content_hash": 1}, session=session)
    }
    new = [d for d in documents if d["_id"] not in stored]
    changed = [d for d in documents if d["_id"] in stored and stored[d["_id"]] != d["content_hash"]]
    gone = list(stored.keys() - {d["_id"] for d in documents})
    for chunk in _chunks(gone, IN_CHUNK):
        collection.delete_many({"_id": {"$in": chunk}}, session=session)
    if changed:
        collection.bulk_write(
            [ReplaceOne({"_id": d["_id"]}, d) for d in changed], ordered=False, session=session
        )
    if new:
        collection.insert_many(new, ordered=False, session=session)
    return Replaced(
        inserted=len(new),
        updated=len(changed),
        deleted=len(gone),
        unchanged=len(documents) - len(new) - len(changed),
    )


def open_store(
    uri: str | None = None,
    database: str | None = None,
    indexes: Mapping[str, Sequence[Sequence[str]]] | None = None,
) -> MongoStore:
    """A store on `uri`, else on MONGODB_URI, else on the embedded server; indexes in place."""
    uri = uri or os.environ.get("MONGODB_URI")
    if not uri:
        from phoenix_re.sandbox import mongo_server

        uri = mongo_server.use().uri
    store = MongoStore(uri, database)
    store.ensure_indexes(indexes or {})
    return store


def without_password(uri: str) -> str:
    """`uri`'s hosts, for messages: never user, password or options."""
    if uri.startswith("mongodb+srv://"):  # its hosts are only known to DNS
        return uri.rsplit("@", 1)[-1].removeprefix("mongodb+srv://").partition("/")[0]
    try:
        hosts = parse_uri(uri, validate=False, warn=False)["nodelist"]
    except (PyMongoError, ValueError):
        return "an unreadable URI (mongodb://USER:PASSWORD@HOST:PORT/DATABASE is expected)"
    return ", ".join(f"{host}:{port}" for host, port in hosts)


@functools.lru_cache(maxsize=8)
def _client(uri: str, _pid: int) -> MongoClient[Document]:
    """One client per process and URI; the pid keeps a forked child from sharing sockets."""
    return MongoClient(
        uri,
        appname="phoenix_re",
        tz_aware=True,
        serverSelectionTimeoutMS=TIMEOUT_MS,
        connectTimeoutMS=TIMEOUT_MS,
        socketTimeoutMS=120_000,
    )


@functools.lru_cache(maxsize=64)
def _ensure_indexes(
    uri: str, database: str, pid: int, indexes: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]
) -> None:
    db = _client(uri, pid)[database]
    for name, keys in indexes:
        for fields in keys:
            db[name].create_index([(field, ASCENDING) for field in fields])


def _chunks(items: Sequence[T], size: int) -> Iterable[list[T]]:
    return (list(items[i : i + size]) for i in range(0, len(items), size))
