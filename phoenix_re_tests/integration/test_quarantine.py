"""One listing for each rule through the store: quarantined or marked, and back after a change.

The records of `validate/breaking.py` lie in `raw_listings` of the embedded server and go through
the `validated_properties` stage itself; refused rows come from real files.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from phoenix_re.assets import validated_properties
from phoenix_re.assets.zip_run import ZipRun
from phoenix_re.collect import formats
from phoenix_re.collect.drop import land_file
from phoenix_re.collect.formats import Format, load_mapping, register
from phoenix_re.collect.formats.form import FIELD_PARSERS, Field
from phoenix_re.collect.parse import day
from phoenix_re.collect.replaying import replay_rows
from phoenix_re.markets import Market, RuleSetting, Source
from phoenix_re.mongo import MongoStore
from phoenix_re.storage import OVERRIDES, PROPERTIES, QUARANTINE, RAW_LISTINGS
from phoenix_re.validate.overrides import Override
from phoenix_re.validate.rules import RULES, Rule, Severity, catalogue
from phoenix_re_tests.validate.breaking import BREAKING, Breaking
from phoenix_re_tests.validate.listings import START, ZIP, a_market, stored, version

pytestmark = pytest.mark.integration

LISTING = "as_stated|K1"


@pytest.fixture(scope="module", autouse=True)
def as_stated() -> Iterator[Format]:
    """A format whose payload is the record itself, dates as text, so that any record can lie in
    the store: no reader of ours would let an unknown lookup value through."""

    def unread(record: Any, payload: Any) -> None:
        record.unread.update(payload.get("unread", {}))

    form = Format(
        name="as_stated",
        licence_class="mls_licensed",
        signature=(("source_key",),),
        fields=tuple(
            Field.of(name, name, parse=day if name.endswith(("_date", "_on")) else lambda v: v)
            for name in FIELD_PARSERS
        ),
        key=lambda record, payload: payload["source_key"],
        zip=Field("postal_code", ("postal_code",), lambda v: v),
        refine=unread,
        by_name_only=True,
    )
    register(form)
    yield form
    formats._registry().pop(form.name)


def payload(stated: Any) -> dict[str, Any]:
    said = {"source_key": "K1", "postal_code": ZIP} | dict(stated)
    return {n: v.isoformat() if isinstance(v, date) else v for n, v in said.items()}


def documents(example: Breaking) -> list[dict[str, Any]]:
    told = [example.stated] if example.earlier is None else [example.earlier, example.stated]
    versions = [version(at - len(told) + 1, **payload(said)) for at, said in enumerate(told)]
    for each in versions:
        each["licence_class"] = example.licence_class
    others = [
        stored(said["source_key"], version(0, **payload(said)), source="as_stated")
        for said in example.neighbours
    ]
    return [stored("K1", *versions, source="as_stated"), *others]


class Zip:
    """The ZIP in the store, materialized under one market after the other."""

    def __init__(self, store: MongoStore, example: Breaking) -> None:
        self.store = store
        self.example = example
        store.db[RAW_LISTINGS].insert_many(documents(example))

    def materialize(self, **rules: Any) -> None:
        settings = {i: RuleSetting.model_validate(r) for i, r in rules.items()}
        market = self.example.market.model_copy(update={"rules": settings})
        validated_properties.materialize(ZipRun(self.store, market, ZIP))

    @property
    def held(self) -> dict[str, list[str]]:
        found = self.store.find_partition(QUARANTINE, {"market": "phx", "zip": ZIP})
        return {d["listing_id"]: d["rule_ids"] for d in found}

    @property
    def home(self) -> dict[str, Any] | None:
        found = self.store.find_partition(PROPERTIES, {"market": "phx", "zip": ZIP})
        homes = [p for p in found if LISTING in p["listing_ids"]]
        return homes[0] if homes else None


def test_there_is_an_example_for_every_rule() -> None:
    assert set(BREAKING) == {rule.id for rule in RULES}


@pytest.mark.parametrize("rule", [r for r in RULES if not r.fixed], ids=lambda rule: rule.id)
def test_each_lands_under_its_rule_and_comes_back_after_a_change(
    store: MongoStore, rule: Rule
) -> None:
    place = Zip(store, BREAKING[rule.id])
    place.materialize()
    if rule.severity is Severity.WARN:
        assert place.held == {}
        assert place.home is not None
        assert place.home["warnings"] == [rule.id]
    place.materialize(**{rule.id: {"severity": "ERROR"}})
    assert place.held == {LISTING: [rule.id]}
    assert place.home is None
    place.materialize(**{rule.id: {"enabled": False}})
    assert place.held == {}
    assert place.home is not None
    assert place.home["warnings"] == []


@pytest.mark.parametrize("rule", [r for r in RULES if r.fixed], ids=lambda rule: rule.id)
def test_what_breaks_a_fixed_rule_comes_back_only_with_the_code(
    store: MongoStore, rule: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Zip(store, BREAKING[rule.id])
    place.materialize()
    assert list(place.held.values()) == [[rule.id]]
    accepting(store, rule.id)  # by a hand in the database: the command refuses
    place.materialize()
    assert list(place.held.values()) == [[rule.id]]
    monkeypatch.setattr(catalogue, "RULES", tuple(r for r in RULES if r is not rule))
    place.materialize()
    assert place.held == {}


def test_the_raw_value_is_in_the_quarantine_as_received(store: MongoStore) -> None:
    place = Zip(store, BREAKING["price.unreadable"])
    place.materialize()
    (document,) = store.find_partition(QUARANTINE, {"market": "phx", "zip": ZIP})
    assert document["payload"]["unread"] == {"list_price_cents": "call"}
    assert "'call'" in document["reason"]


def accepting(store: MongoStore, *rule_ids: str, **undone: Any) -> None:
    document = store.db[RAW_LISTINGS].find_one({"_id": LISTING})
    assert document is not None
    said = document["versions"][-1]["content_hash"]
    for rule_id in rule_ids:
        word = Override(LISTING, said, rule_id, "ada", datetime(2026, 1, 2, tzinfo=UTC), "seen")
        store.upsert(OVERRIDES, [word.to_document("phx", ZIP) | undone])


@pytest.mark.parametrize("rule", [r for r in RULES if not r.fixed], ids=lambda rule: rule.id)
def test_an_operator_overrules_each_for_this_version_and_takes_it_back(
    store: MongoStore, rule: Rule
) -> None:
    place = Zip(store, BREAKING[rule.id])
    accepting(store, rule.id)
    place.materialize(**{rule.id: {"severity": "ERROR"}})
    assert place.held == {}
    assert place.home is not None
    assert (place.home["warnings"], place.home["accepted"]) == ([], [rule.id])
    place.materialize()
    assert place.home["accepted"] == [rule.id]
    accepting(store, rule.id, undone={"by": "ada", "at": START, "why": "mistaken"})
    place.materialize(**{rule.id: {"severity": "ERROR"}})
    assert place.held == {LISTING: [rule.id]}


def test_a_changed_payload_is_judged_again(store: MongoStore) -> None:
    place = Zip(store, BREAKING["price.below_range"])
    accepting(store, "price.below_range")
    place.materialize()
    assert place.held == {}
    newer = version(1, **payload({"list_price_cents": 200}))
    store.db[RAW_LISTINGS].update_one({"_id": LISTING}, {"$push": {"versions": newer}})
    place.materialize()
    assert place.held == {LISTING: ["price.below_range"]}


def test_accepting_one_of_two_leaves_the_other(store: MongoStore) -> None:
    both = Breaking({"list_price_cents": 100, "bedrooms_total": 33})
    place = Zip(store, both)
    place.materialize()
    assert place.held == {LISTING: ["price.below_range", "bedrooms.range"]}
    accepting(store, "price.below_range")
    place.materialize()
    assert place.held == {LISTING: ["bedrooms.range"]}
    accepting(store, "bedrooms.range")
    place.materialize()
    assert place.home is not None
    assert place.home["accepted"] == ["bedrooms.range", "price.below_range"]


# ── rows that the import refused ────────────────────────────────────────────────────────────────

MARKETS: dict[str, Market] = {"phx": a_market()}
MAPPING = """\
name: odd_table
licence_class: operator_files
key: [{key}]
zip: {zip}
columns:
  listing_id: number
  list_price_cents: price
  unparsed_address: street
"""
TABLE = """\
number,price,street,place,postal
1,"$300,000",1 W Elm St,85031,
2,"$310,000",2 W Elm St,85031,
,"$320,000",3 W Elm St,85031,
4,"$330,000",4 W Elm St,99999,
5,"$340,000",5 W Elm St,85031,,,surplus
"""


def mapped(folder: Path, **columns: str) -> Path:
    path = folder / "odd_table.yaml"
    path.write_text(MAPPING.format(**({"key": "number", "zip": "postal"} | columns)), "utf-8")
    return path


@pytest.fixture
def refused(store: MongoStore, tmp_path: Path) -> Iterator[MongoStore]:
    """A table whose ZIP was looked for in the wrong column."""
    table = tmp_path / "odd_2025-11-03.csv"
    table.write_text(TABLE, encoding="utf-8")
    landed = land_file(table, store, {ZIP: "phx"}, mapping=mapped(tmp_path))
    assert (landed.read, landed.quarantined) == (5, 5)
    yield store
    formats._registry().pop("odd_table")


def rows_held(store: MongoStore) -> list[dict[str, Any]]:
    found = store.find_partition(QUARANTINE, {"market": None, "zip": None})
    return sorted(found, key=lambda d: d["row"])


def test_rows_come_back_when_the_mapping_is_mended(refused: MongoStore, tmp_path: Path) -> None:
    replay = partial(replay_rows, store=refused, markets=MARKETS)
    assert [r.listing_id for r in replay(rows_held(refused))] == [None] * 5
    register(load_mapping(mapped(tmp_path, zip="place")))
    replayed = replay(rows_held(refused))
    assert [r.listing_id for r in replayed] == ["odd_table|1", "odd_table|2", None, None, None]
    stays = [r.stays or "" for r in replayed]
    assert "key.missing" in stays[2]
    assert "99999 is in no market" in stays[3]
    assert "mend its file" in stays[4]
    assert [d["row"] for d in rows_held(refused)] == [3, 4, 5]
    listing = refused.db[RAW_LISTINGS].find_one({"_id": "odd_table|1"})
    assert listing is not None
    (said,) = listing["versions"]
    assert said["observed_at"] == datetime(2025, 11, 3, 12, tzinfo=UTC)  # of the file's name
    assert said["payload"]["price"] == "$300,000"
    assert not said["observed_assumed"]


def test_replayed_rows_are_those_that_an_import_would_have_stored(
    refused: MongoStore, tmp_path: Path
) -> None:
    register(load_mapping(mapped(tmp_path, zip="place")))
    replay_rows(rows_held(refused), refused, MARKETS)
    table = tmp_path / "odd_2025-11-03.csv"
    landed = land_file(table, refused, {ZIP: "phx"}, mapping=mapped(tmp_path, zip="place"))
    assert (landed.new, landed.changed, landed.unchanged) == (0, 0, 2)


def test_a_row_stored_by_a_replay_that_was_killed_leaves_with_the_next(
    refused: MongoStore, tmp_path: Path
) -> None:
    register(load_mapping(mapped(tmp_path, zip="place")))
    before = rows_held(refused)
    replay_rows(before[:1], refused, MARKETS)
    refused.upsert(QUARANTINE, before[:1])  # as if it had not been taken out
    (again,) = replay_rows(before[:1], refused, MARKETS)
    assert again.listing_id == "odd_table|1"
    assert len(rows_held(refused)) == 4
    assert refused.db[RAW_LISTINGS].count_documents({"_id": "odd_table|1"}) == 1


def test_a_reply_of_a_source_comes_back_under_the_markets_licence(store: MongoStore) -> None:
    """As after a parser is mended: the payload that was refused can be read now."""
    said = {"ListingKey": "7", "PostalCode": ZIP, "StandardStatus": "Active", "ListPrice": 300_000}
    held = {
        "_id": "r1",
        "market": None,
        "zip": None,
        "stage": "raw_listings",
        "rule_id": "zip.malformed",
        "reason": "of the parser that was",
        "format": "reso_feed",
        "file": "reso_feed",
        "row": 0,
        "payload": said,
        "published_at": START,
        "observed_at": START,
        "observed_assumed": False,
        "quarantined_at": START,
    }
    store.upsert(QUARANTINE, [held])
    market = a_market(sources={"reso_feed": Source(licence_class="mls_idx")})
    (replayed,) = replay_rows(rows_held(store), store, {"phx": market})
    assert (replayed.listing_id, replayed.market, replayed.zip) == ("reso_feed|7", "phx", ZIP)
    assert rows_held(store) == []
    listing = store.db[RAW_LISTINGS].find_one({"_id": "reso_feed|7"})
    assert listing is not None
    (stored_version,) = listing["versions"]
    assert stored_version["licence_class"] == "mls_idx"
    assert stored_version["observed_at"] == stored_version["published_at"] == START


def test_a_record_of_the_store_reads_as_it_was_stated() -> None:
    for example in BREAKING.values():
        read = formats.read_record("as_stated", payload(a_like(example)))
        record = example.record()
        record.source = read.source
        assert read == record


def a_like(example: Breaking) -> dict[str, Any]:
    return {"list_price_cents": 31_500_000, "standard_status": "Active"} | dict(example.stated)
