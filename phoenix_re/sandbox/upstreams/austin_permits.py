"""Austin's building permits as Socrata serves them: texts throughout, empty columns left out.

Without `X-App-Token` all callers share a pool of calls, then 429. A column that does not exist is a
400 with `query.soql.no-such-column`. One home in three has had a permit since 2023.
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from phoenix_re.sandbox.scene import Scene
from phoenix_re.sandbox.upstreams.county_layers import chance
from phoenix_re.sandbox.upstreams.county_sql import (
    BadQuery,
    Condition,
    fits,
    may_be_in,
    parse_where,
)
from phoenix_re.sandbox.world import START, House

PATH = "/resource/3syk-w9eu.json"
TOKEN = "sandbox-socrata-token"  # noqa: S105 - of the sandbox, opens nothing else
MARKET = "aus"
ANONYMOUS_CALLS = 300  # a minute, by all without a token
DEFAULT_LIMIT, MOST = 1000, 50_000
_COLUMNS = (
    *("permittype", "permit_type_desc", "permit_number", "permit_class_mapped", "work_class"),
    *("description", "issue_date", "issued_in_last_30_days", "status_current"),
    *("original_address1", "original_city", "original_state", "original_zip", "tcad_id"),
    *("contractor_full_name", "contractor_phone", "latitude", "longitude", "location"),
)
_SYSTEM = (":id", ":updated_at")
_COUNT = re.compile(r"count\((\*|[\w:]+)\)")


class Permits:
    def __init__(self, scene: Scene, upstream: str) -> None:
        self.scene = scene
        self.upstream = upstream
        self.anonymous: deque[float] = deque()

    async def answer(self, request: Request) -> Response:
        if self._is_throttled(request):
            return JSONResponse(
                {"code": "throttled", "error": True, "message": "Too many requests"},
                429,
                headers={"Retry-After": "60"},
            )
        types = dict.fromkeys((*map(self._renamed, _COLUMNS), *_SYSTEM), "text")
        sent = request.query_params
        try:
            conditions = parse_where(sent.get("$where", ""), types)
        except BadQuery as trouble:
            code = "no-such-column" if trouble.field else "could-not-parse"
            return _refused(f"query.soql.{code}", f"{trouble.field or trouble}; {request.url.path}")
        rows = [row for row in self._rows(conditions) if all(fits(row, c) for c in conditions)]
        if sent.get("$select", "*") != "*":
            return self._counts(sent["$select"], rows, types)
        rows.sort(key=lambda row: row[":id"])
        limit = min(MOST, int(sent.get("$limit") or DEFAULT_LIMIT))
        offset = int(sent.get("$offset") or 0)
        shown = [self._shown(row) for row in rows[offset : offset + limit]]
        names = [self._renamed(name) for name in _COLUMNS]
        return JSONResponse(
            shown,
            headers={
                "X-SODA2-Fields": str(names).replace("'", '"'),
                "X-SODA2-Types": str(["text"] * len(names)).replace("'", '"'),
                "X-Socrata-RequestId": "0123456789abcdef",
            },
        )

    def _is_throttled(self, request: Request) -> bool:
        if request.headers.get("x-app-token"):
            return False
        now = self.scene.clock()
        while self.anonymous and self.anonymous[0] <= now - 60:
            self.anonymous.popleft()
        if len(self.anonymous) >= self.scene.fault(
            self.upstream, "anonymous_calls", ANONYMOUS_CALLS
        ):
            return True
        self.anonymous.append(now)
        return False

    def _counts(
        self, select: str, rows: list[dict[str, Any]], types: Mapping[str, str]
    ) -> Response:
        found: dict[str, str] = {}
        for part in select.split(","):
            match = _COUNT.fullmatch(part.strip())
            if match is None:
                return _refused("query.soql.could-not-parse", part)
            if match[1] == "*":
                more = self.scene.fault(self.upstream, "wrong_count", 0)
                found["count"] = str(len(rows) + more)
            elif match[1] not in types:
                return _refused("query.soql.no-such-column", f"No such column: {match[1]}")
            else:
                stated = sum(row.get(match[1]) is not None for row in rows)
                found[f"count_{match[1]}"] = str(stated)
        return JSONResponse([found])

    # ── rows ────────────────────────────────────────────────────────────────────────────────────

    def _rows(self, conditions: list[Condition]) -> Iterator[dict[str, Any]]:
        """A condition on the ZIP saves looking at the whole city."""
        market = self.scene.world.markets.get(MARKET)
        zip_field = self._renamed("original_zip")
        zips = [z for z in (market.zips if market else ()) if may_be_in(z, conditions, zip_field)]
        for zip_code in zips:
            for house in self.scene.world.houses(zip_code):
                issued = START + timedelta(days=chance(house, "issued", 1250), hours=14)
                if chance(house, "permit", 3) == 0 and issued <= self.scene.now:
                    yield {self._renamed(k): v for k, v in self._row(house, issued).items()}

    def _row(self, house: House, issued: datetime) -> dict[str, Any]:
        days = (self.scene.now - issued).days
        number = f"{issued.year}-{house.id.replace('-', '')[-8:]} BP"
        return {
            ":id": f"row-{house.id}",
            ":updated_at": f"{issued:%Y-%m-%dT%H:%M:%S.000}",
            "permittype": "BP",
            "permit_type_desc": "Building Permit",
            "permit_number": number,
            "permit_class_mapped": "Residential",
            "work_class": ("Remodel", "Addition", "Repair")[chance(house, "work", 3)],
            "description": "Remodel of the kitchen" if chance(house, "text", 3) else None,
            "issue_date": f"{issued:%Y-%m-%dT00:00:00.000}",
            "issued_in_last_30_days": "Yes" if days <= 30 else "No",
            "status_current": "Final" if days > 200 else "Active",
            "original_address1": house.street.upper(),
            "original_city": house.city.upper(),
            "original_state": house.state,
            "original_zip": house.zip,
            "tcad_id": house.apn if chance(house, "tcad", 4) else None,
            "contractor_full_name": "BRUNO SALTFEATHER",
            "contractor_phone": "512-555-0100",
            "latitude": str(house.latitude),
            "longitude": str(house.longitude),
            "location": {"latitude": str(house.latitude), "longitude": str(house.longitude)},
        }

    def _renamed(self, name: str) -> str:
        return self.scene.fault(self.upstream, "field_rename", {}).get(name, name)

    @staticmethod
    def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in row.items() if v is not None and not k.startswith(":")}


def _refused(code: str, message: str) -> Response:
    return JSONResponse({"code": code, "error": True, "message": message}, 400)
