"""Runs of a market's stages, in this process, that ask scripted servers about remarks made here."""

import json
import os
import re
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from phoenix_re import keys
from phoenix_re.assets.landed_files import KEY
from phoenix_re.assets.zip_stages import build_zip_stages, stage_key
from phoenix_re.automation.ranges import range_tags
from phoenix_re.build import default_resources
from phoenix_re.collect.drop import land_file
from phoenix_re.enrich.gate import Gate
from phoenix_re.enrich.model.prompt import load_prompt
from phoenix_re.enrich.rules import EXTRACTOR_VERSION
from phoenix_re.markets import Market, load_markets, market_of_zip
from phoenix_re.mongo import MongoStore
from phoenix_re.resources.mongo import MongoResource
from phoenix_re.resources.ollama import OllamaResource
from phoenix_re.sandbox.language_model.engine import Ask
from phoenix_re.sandbox.language_model.scripted import Scripted
from phoenix_re.sandbox.language_model.server import ThreadedServer
from phoenix_re.storage import ANSWERS, INDEXES
from phoenix_re_tests.importing import uri_of
from phoenix_re_tests.inquiries import MODEL

MARKETS = load_markets()
PHX = MARKETS["phx"]
STREETS = ("Elm", "Oak", "Ash", "Fir", "Yew")
READ_BY_MODEL = f"{MODEL}@{Scripted().models()[0].digest[:12]} {load_prompt().version}"
INVENTED = "a shimmering lagoon"

RULES_MAY = ("pool", "garage", "hoa", "renovation", "hvac", "condition", "rv_parking", "investor")
MODEL_MAY = ("pool", "carport")
GATE = Gate(
    {
        EXTRACTOR_VERSION: dict.fromkeys(RULES_MAY, 0.99) | {"carport": 0.9},
        READ_BY_MODEL: dict.fromkeys(MODEL_MAY, 0.96) | {"solar": 0.5},
    }
)
"""Independent of the committed one, whose figures change with the rules and the labelled set."""


# ── texts and what the scripted model says of them ──────────────────────────────────────────────


def remarks_of(ask: Ask) -> str:
    """The remarks in a question: they stand between marks."""
    return ask.text.rpartition("<remarks>\n")[2].rpartition("\n</remarks>")[0]


def claims_of(ask: Ask) -> str:
    """A model that finds the first word of some fields, and invents one claim in each text."""
    said = remarks_of(ask)
    claims = [_claim("spa", INVENTED, "private")]
    for field, pattern, value in (
        ("pool", r"\bpool\b(?! table)", "private"),
        ("carport", r"[Cc]arport", None),
        ("garage", r"[Gg]arage", None),
        ("solar", r"[Ss]olar", None),
    ):
        if found := re.search(pattern, said):
            claims.append(_claim(field, found[0], value))
    return json.dumps({"claims": claims})


def _claim(field: str, evidence: str, value: str | None) -> dict[str, Any]:
    return {"field": field, "evidence": evidence, "state": "yes", "value": value}


def reader(seconds: float = 0.0) -> Scripted:
    return Scripted(claims_of, seconds=seconds)


def reso_file(folder: Path, zip_code: str, remarks: Sequence[str]) -> Path:
    """A home for sale a text."""
    rows = [
        {
            "ListingKey": f"{zip_code}{n:03}", "PostalCode": zip_code, "StandardStatus": "Active",
            "ListPrice": 300000 + n, "StateOrProvince": "AZ",
            "UnparsedAddress": f"{100 + n} W {STREETS[n % len(STREETS)]} St",
            "PublicRemarks": text, "ModificationTimestamp": "2025-12-28T10:00:00Z",
        }
        for n, text in enumerate(remarks)
    ]  # fmt: skip
    path = folder / f"{zip_code}_2025-12-28.json"
    path.write_text(json.dumps({"value": rows}))
    return path


def land_homes(store: MongoStore, folder: Path, zip_code: str, remarks: Sequence[str]) -> None:
    landed = land_file(reso_file(folder, zip_code, remarks), store, market_of_zip(MARKETS))
    assert landed.new + landed.changed + landed.unchanged == len(remarks), landed


def pools(count: int, first: int = 0) -> list[str]:
    """Texts of which the rules cannot tell whose pool it is; the model says: private."""
    return [f"Home number {n} has a pool." for n in range(first, first + count)]


# ── runs ────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def new_store(mongo_uri: str) -> Iterator[MongoStore]:
    """An empty database with the project's indexes, for longer than a test."""
    store = MongoStore(mongo_uri, f"test_{uuid.uuid4().hex[:12]}")
    store.ensure_indexes(INDEXES)
    yield store
    store.client.drop_database(store.db.name)


def hosts_of(servers: Sequence[ThreadedServer]) -> str:
    return ",".join(server.url for server in servers)


def run_stages(
    store: MongoStore,
    hosts: str | None,
    first: str,
    last: str,
    *,
    market: Market = PHX,
    model: str = MODEL,
    stages: Sequence[str] = keys.STAGES,
) -> dg.ExecuteInProcessResult:
    """The ZIPs from `first` to `last` through the stages."""
    mongo = MongoResource(uri=store.uri, database=store.db.name, indexes=INDEXES)
    with dg.instance_for_test() as instance:
        return dg.materialize(
            [build_zip_stages(market, KEY, MARKETS)],
            instance=instance,
            resources={
                **default_resources(),
                "mongo": mongo,
                "ollama": OllamaResource(hosts=hosts, model=model),
            },
            selection=[stage_key(market.code, stage) for stage in stages],
            tags=range_tags(first, last),
            raise_on_error=False,
        )


@contextmanager
def materializing(
    store: MongoStore, servers: Sequence[ThreadedServer], zips: Sequence[str]
) -> Iterator[subprocess.Popen[bytes]]:
    """`phoenix-re materialize` of phx as a process of its own; killed if it is still there."""
    environment = os.environ | {
        "MONGODB_URI": uri_of(store),
        "OLLAMA_HOSTS": hosts_of(servers),
        "OLLAMA_MODEL": MODEL,
        "OLLAMA_NUM_PARALLEL": "1",
        "PHOENIX_RE_SANDBOX": "off",
    }
    chosen = [word for zip_code in zips for word in ("--zip", zip_code)]
    program = str(Path(sys.executable).parent / "phoenix-re")
    process = subprocess.Popen(
        [program, "materialize", "--market", "phx", "--json", *chosen],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


def figures(
    result: dg.ExecuteInProcessResult, stage: str = "llm_enriched"
) -> dict[str, dict[str, Any]]:
    """ZIP → what its materialization of the stage says."""
    return {
        str(event.partition): {k: v.value for k, v in event.materialization.metadata.items()}
        for event in result.get_asset_materialization_events()
        if event.materialization.asset_key.path[-1] == stage
    }


def observed(result: dg.ExecuteInProcessResult) -> Mapping[str, Any]:
    """What the run's only observation of llm_enriched says; nothing where there is none."""
    found = [
        event.asset_observation_data.asset_observation
        for event in result.get_asset_observation_events()
    ]
    of_stage = [one.metadata for one in found if one.asset_key.path[-1] == "llm_enriched"]
    assert len(of_stage) <= 1
    return {k: v.value for k, v in of_stage[0].items()} if of_stage else {}


# ── watching servers ────────────────────────────────────────────────────────────────────────────


def answered(servers: Sequence[ThreadedServer]) -> Counter[str]:
    """How often each question was answered to its end, over all servers."""
    return sum((server.traffic.answered_by_hash() for server in servers), Counter[str]())


def wait_for(reached: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Look until it is so. Neither a store nor a server gives a signal to wait on."""
    ended = time.monotonic() + seconds
    pause = threading.Event()
    while not reached():
        assert time.monotonic() < ended, f"waited in vain for {what}"
        pause.wait(0.01)


def quiet(engine: Scripted, server: ThreadedServer, store: MongoStore) -> None:
    """Hold its answers, and return when one request is held and all that it answered is stored:
    whoever is killed now takes no answer with him."""
    engine.hold()
    assert engine.wait_until_active(1, 30)

    def stored() -> bool:
        kept = store.db[ANSWERS].count_documents({"server": server.url})
        return kept == server.traffic.answered_by_hash().total()

    wait_for(stored, "the answers in the store")
