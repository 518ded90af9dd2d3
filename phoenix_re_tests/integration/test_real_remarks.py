"""4,935 real remarks beside the project through all rules: no crash, every contract, exact words.

Skipped where ../shared/data is absent; no row of it is in the project.
"""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from phoenix_re.enrich.facts import FIELDS, Facts
from phoenix_re.enrich.fair_housing import flags
from phoenix_re.enrich.rules import EXTRACTOR_VERSION, extract
from phoenix_re.markets import load_markets

pytestmark = pytest.mark.integration

REMARKS = "text/austin_listings_with_remarks.csv"


@pytest.fixture(scope="module")
def remarks(shared_data: Path) -> list[str]:
    with (shared_data / REMARKS).open(encoding="utf-8", newline="") as file:
        return [row["description"] for row in csv.DictReader(file)]


def test_every_text_is_read_by_all_rules_and_every_claim_holds(remarks: list[str]) -> None:
    terminology = load_markets()["aus"].terminology
    stated: Counter[str] = Counter()
    for text in remarks:
        facts = Facts(text, EXTRACTOR_VERSION, extract(text, terminology))
        stored = json.loads(json.dumps(facts.to_document()))
        assert Facts.from_document(stored, text) == facts
        for name, claim in stored["facts"].items():
            assert claim["evidence"] in text
            assert claim["state"] in ("yes", "no")
            stated[name] += 1
        for flag in flags(text):
            assert flag.evidence in text
    assert len(remarks) == 4935
    silent = FIELDS.keys() - stated.keys()
    assert silent == set(), f"of 4,935 real texts no rule found anything for {silent}"
    assert stated["summary"] > 0.5 * len(remarks)


def test_reading_twice_finds_the_same(remarks: list[str]) -> None:
    for text in remarks[::40]:
        assert extract(text) == extract(text)
