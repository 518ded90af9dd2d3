"""How far a layer has been read for a ZIP: one entry of the cursor, and when it is due again.

The entry holds `swept_at`, the `count` of the last full sweep, `edited` (the layer's own edit time,
as the sweep began) and, while a sweep is open, `sweep`: when it `started`, how many rows were
`counted` and `seen`, and the place (`last`) to go on from.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from phoenix_re.collect.errors import ContractError
from phoenix_re.collect.source import Session
from phoenix_re.collect.sources.county_open_data.layers import CountyOptions, Layer

FEW = 20  # rows: of fewer, a great part may well go
OVERLAP = timedelta(days=1)  # edited rows are asked for from so long before the last sweep


@dataclass
class Sweep:
    """A layer's entry in the cursor, read and written in place."""

    session: Session
    options: CountyOptions
    name: str
    layer: Layer
    entry: MutableMapping[str, Any]

    @property
    def is_due(self) -> bool:
        if "sweep" in self.entry or "swept_at" not in self.entry:
            return True
        wait = (
            timedelta(hours=self.options.edited_hours)
            if self.layer.modified_field
            else timedelta(days=self.options.sweep_days)
        )
        return self.session.now - datetime.fromisoformat(self.entry["swept_at"]) >= wait

    @property
    def edited_since(self) -> datetime | None:
        """From when on edits are asked for; None: all rows. The same all through a sweep."""
        swept_at = self.entry.get("swept_at")
        if self.layer.modified_field is None or swept_at is None:
            return None
        return datetime.fromisoformat(swept_at) - OVERLAP

    def is_unedited(self, edited: int | None) -> bool:
        """Whether the layer says that nothing in it was edited since the last sweep."""
        before = self.entry.get("edited")
        return edited is not None and "sweep" not in self.entry and edited == before

    def rest(self) -> None:
        """Nothing to read: the ZIP is as good as swept."""
        self.entry["swept_at"] = self.session.now.isoformat()

    def resume(self) -> MutableMapping[str, Any] | None:
        """The open sweep, unless it is too old for its place to mean anything."""
        found = self.entry.get("sweep")
        if found is None:
            return None
        age = self.session.now - datetime.fromisoformat(found["started"])
        return found if age < timedelta(hours=self.options.resume_hours) else None

    def begin(
        self, counted: int, first: int, edited: int | None = None
    ) -> MutableMapping[str, Any]:
        """A new sweep of `counted` rows. A layer that lost a great part of its rows is cut short
        upstream (it was seen to be, for weeks): `ContractError`."""
        before = self.entry.get("count", 0)
        least = before * (1 - self.options.shrink_tolerance)
        if self.edited_since is None and before >= FEW and counted < least:
            raise ContractError(
                self.session.source,
                f"the layer {self.name} has {counted} rows in {self.session.zip} where it had "
                f"{before}: it may be cut short. If that is right, raise "
                "options.shrink_tolerance for one run.",
                {"counted": counted, "before": before},
            )
        self.entry["sweep"] = {
            "started": self.session.now.isoformat(),
            "counted": counted,
            "seen": 0,
            "last": first,
            "edited": edited,
        }
        return self.entry["sweep"]

    def pause(self) -> None:
        """This run has read its pages."""
        sweep = self.entry["sweep"]
        self.session.note(
            f"{self.name} of {self.session.zip}: {sweep['seen']} of {sweep['counted']} rows are "
            "read; the next run goes on."
        )

    def finish(self) -> None:
        """All pages are read. Missing rows beyond the tolerance are a `ContractError`."""
        full = self.edited_since is None
        sweep = self.entry.pop("sweep")
        counted, seen = sweep["counted"], sweep["seen"]
        said = f"the layer {self.name} counts {counted} rows in {self.session.zip} and gave {seen}"
        if counted - seen > max(1, counted * self.options.count_tolerance):
            raise ContractError(
                self.session.source,
                f"{said}: it stops early, or its count is wrong. The next run reads it anew; if it "
                "stays so, tell the county, or raise options.count_tolerance.",
                dict(sweep),
            )
        if counted != seen:
            self.session.note(f"{said}.")
        self.entry["swept_at"] = sweep["started"]
        self.entry["edited"] = sweep["edited"]
        if full:
            self.entry["count"] = seen
