"""`resources/mongo.py` against the embedded server: partitions replaced whole, or not at all."""

import threading

import pytest

from phoenix_re.mongo import MongoStore, without_password

pytestmark = pytest.mark.integration

WHERE = {"market": "phx", "zip": "85031"}


def documents(n: int, hash_: str = "a") -> list[dict]:
    return [{"_id": f"p{i}", **WHERE, "content_hash": hash_, "n": i} for i in range(n)]


def stored(store: MongoStore) -> dict[str, str]:
    return {d["_id"]: d["content_hash"] for d in store.find_partition("properties", WHERE)}


def test_replace_inserts_updates_deletes_and_leaves_the_unchanged_alone(store: MongoStore) -> None:
    first = store.replace_partition({"properties": (WHERE, documents(4))})["properties"]
    assert (first.inserted, first.updated, first.deleted, first.unchanged) == (4, 0, 0, 0)

    wanted = [*documents(2), {"_id": "p2", **WHERE, "content_hash": "b"}, documents(6)[5]]
    second = store.replace_partition({"properties": (WHERE, wanted)})["properties"]
    assert (second.inserted, second.updated, second.deleted, second.unchanged) == (1, 1, 1, 2)
    assert stored(store) == {"p0": "a", "p1": "a", "p2": "b", "p5": "a"}


def test_replace_touches_no_other_partition(store: MongoStore) -> None:
    other = {"market": "phx", "zip": "85033"}
    store.replace_partition({"properties": (other, [{"_id": "x", **other, "content_hash": "a"}])})
    store.replace_partition({"properties": (WHERE, documents(3))})
    store.replace_partition({"properties": (WHERE, [])})
    assert [d["_id"] for d in store.find_partition("properties", other)] == ["x"]
    assert stored(store) == {}


def test_a_failure_in_the_middle_leaves_the_old_partition(store: MongoStore) -> None:
    store.replace_partition({"properties": (WHERE, documents(3))})
    broken = [{"_id": "q", **WHERE, "content_hash": "a"}, {"_id": "p0", **WHERE}]
    with pytest.raises(KeyError):
        store.replace_partition(
            {"quarantine": (WHERE, documents(2)), "properties": (WHERE, broken)}
        )
    assert set(stored(store)) == {"p0", "p1", "p2"}
    assert store.find_partition("quarantine", WHERE) == []


def test_readers_never_see_a_half_written_partition(store: MongoStore) -> None:
    store.replace_partition({"properties": (WHERE, documents(150, "v0"))})
    done = threading.Event()
    seen: list[tuple[int, frozenset[str]]] = []

    def read() -> None:
        while not done.is_set():
            found = stored(store)
            seen.append((len(found), frozenset(found.values())))

    reader = threading.Thread(target=read)
    reader.start()
    for version in range(1, 6):
        store.replace_partition({"properties": (WHERE, documents(150, f"v{version}"))})
    done.set()
    reader.join()
    assert len(seen) > 5
    assert {(n, len(hashes)) for n, hashes in seen} == {(150, 1)}


def test_the_log_is_written_with_the_partition_or_not_at_all(store: MongoStore) -> None:
    entry = {"_id": "merged", "market": "phx"}
    for _ in range(2):  # told twice, kept once
        store.replace_partition(
            {"properties": (WHERE, documents(2))}, log={"property_changes": [entry]}
        )
    assert store.find_ids("property_changes", ["merged"]) == [entry]

    torn = [{"_id": "p9"}]  # without a hash: the partition cannot be replaced
    with pytest.raises(KeyError):
        store.replace_partition(
            {"properties": (WHERE, [*documents(1), {"_id": "p0", **WHERE}])},
            log={"property_changes": torn},
        )
    assert store.find_ids("property_changes", ["p9"]) == []
    assert stored(store) == {"p0": "a", "p1": "a"}


def test_two_writers_of_one_partition_end_as_one(store: MongoStore) -> None:
    errors: list[BaseException] = []

    def write() -> None:
        try:
            store.replace_partition({"properties": (WHERE, documents(120))})
        except BaseException as error:  # noqa: BLE001 - reported by the assertion
            errors.append(error)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert errors == []
    assert stored(store) == {f"p{i}": "a" for i in range(120)}


def test_upsert_is_repeatable(store: MongoStore) -> None:
    store.upsert("partitions", documents(3))
    store.upsert("partitions", documents(3, "b"))
    found = store.find_ids("partitions", ["p0", "p1", "p2", "absent"])
    assert {(d["_id"], d["content_hash"]) for d in found} == {(f"p{i}", "b") for i in range(3)}


def test_one_client_per_process_and_a_quick_ping(store: MongoStore) -> None:
    assert MongoStore(store.uri, "another").client is store.client
    assert store.ping() < 1000


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("mongodb://user:secret@db.example:27017/x?replicaSet=a", "db.example:27017"),
        ("mongodb+srv://user:secret@cluster.example/x", "cluster.example"),
    ],
)
def test_messages_never_hold_a_password(uri: str, shown: str) -> None:
    assert without_password(uri) == shown
