"""The release gate: which extractor may serve which field, by what it got right on labelled texts.

`release_gate.json` is written by `phoenix-re evaluate-extraction --write-gate`, committed, and read
at run time. A field whose precision has a lower bound (95 %, Wilson) under `LEAST_PRECISION` is
served as null; so is every field of an extractor that was never evaluated. How the figures come
about is in `evaluation.py`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from phoenix_re.enrich.facts import SCORED

GATE_FILE: Final = Path(__file__).with_name("release_gate.json")
LEAST_PRECISION: Final = 0.95


@dataclass(frozen=True, slots=True)
class Gate:
    """`bounds`: extractor → field → lower bound of its precision; a field without one has made no
    claim on the labelled texts, and so has proven nothing."""

    bounds: Mapping[str, Mapping[str, float]]

    def knows(self, extractor: str) -> bool:
        """Whether it was ever evaluated."""
        return extractor in self.bounds

    def serves(self, extractor: str, field: str) -> bool:
        """A field without a right answer (`summary`) is served by whoever was evaluated."""
        of_field = self.bounds.get(extractor)
        if of_field is None:
            return False
        return field not in SCORED or of_field.get(field, 0.0) >= LEAST_PRECISION

    def served_by(self, extractor: str) -> list[str]:
        """The scored fields that it may serve."""
        return [name for name in SCORED if self.serves(extractor, name)]


@lru_cache(maxsize=4)
def load_gate(path: Path = GATE_FILE) -> Gate:
    """What the committed file allows."""
    return gate_of(json.loads(path.read_text("utf-8")))


def gate_of(document: Mapping[str, Any]) -> Gate:
    """From the file's content: `{extractors: {name: {fields: {field: {precision_low, …}}}}}`."""
    return Gate(
        {
            extractor: {
                name: figures["precision_low"]
                for name, figures in found["fields"].items()
                if figures["precision_low"] is not None
            }
            for extractor, found in document["extractors"].items()
        }
    )
