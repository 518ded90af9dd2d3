"""Searches of Property and EntityEvent, paged: by a token bound to a moment, or by position.

A `$skiptoken` holds the search, the moment of its first page and how far it got, so that what
changes meanwhile moves nothing. A `$skip` link counts rows of the world as it then is.
"""

import base64
import binascii
import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import quoteattr

from starlette.requests import Request
from starlette.responses import Response

from phoenix_re.sandbox.scene import Scene
from phoenix_re.sandbox.upstreams.reso_feed import odata, rows
from phoenix_re.sandbox.upstreams.reso_feed.hosts import Host, door, refusal
from phoenix_re.sandbox.upstreams.reso_feed.odata import ODataError
from phoenix_re.sandbox.world import Listing

_KNOWN = frozenset({"$filter", "$select", "$orderby", "$top", "$skip", "$count", "$expand"})
EVENT_FIELDS = {
    "EntityEventSequence": "Edm.Int64",
    "ResourceName": "Edm.String",
    "ResourceRecordKey": "Edm.String",
}
_SEQUENCES_PER_SECOND = 100_000


@dataclass(frozen=True, slots=True)
class Search:
    """A search as asked, and where it stands."""

    params: Mapping[str, str]
    at: datetime
    offset: int

    def number(self, name: str, default: int) -> int:
        text = self.params.get(name, str(default))
        if not (text.isascii() and text.isdecimal()):
            raise ODataError(f"{name} must be a number, not '{text}'")
        return int(text)


class Served:
    """One host over a scene."""

    def __init__(self, scene: Scene, host: Host, asked_zips: set[str]) -> None:
        self._scene = scene
        self._host = host
        self._asked_zips = asked_zips  # of all hosts: what the log of events speaks of
        self._calls = 0

    # ── routes ──────────────────────────────────────────────────────────────────────────────────

    def listings(self, request: Request) -> Response:
        return self._answered(request, self._listings_page, replication=False)

    def replication(self, request: Request) -> Response:
        return self._answered(request, self._listings_page, replication=True)

    def events(self, request: Request) -> Response:
        if not self._host.events:
            return self.unknown(request)
        return self._answered(request, self._events_page, replication=False)

    def one(self, request: Request) -> Response:
        """One row by its key, of the ZIPs that anybody has asked about."""
        refused = door(self._scene, self._host, request)
        if refused is not None:
            return refused
        key = request.path_params["key"]
        for row in self._rows(frozenset(self._asked_zips), self._scene.now):
            if row["ListingKey"] == key:
                return self._reply(rows.shown(self._scene, [row], self._host.spelling)[0])
        return refusal(404, "404", f"Property('{key}') was not found")

    def service_document(self, request: Request) -> Response:
        refused = door(self._scene, self._host, request)
        names = ["Property", *(["EntityEvent"] if self._host.events else [])]
        value = [{"name": name, "kind": "EntitySet", "url": name} for name in names]
        return refused or self._reply({"@odata.context": "$metadata", "value": value})

    def metadata(self, request: Request) -> Response:
        refused = door(self._scene, self._host, request)
        return refused or Response(self._schema(), media_type="application/xml")

    def unknown(self, request: Request) -> Response:
        refused = door(self._scene, self._host, request)
        return refused or refusal(404, "404", f"There is no resource {request.url.path}")

    # ── searching ───────────────────────────────────────────────────────────────────────────────

    def _answered(self, request: Request, page: Any, *, replication: bool) -> Response:
        refused = door(self._scene, self._host, request)
        if refused is not None:
            return refused
        try:
            return page(request, self._search(request), replication)
        except ODataError as error:
            return refusal(400, "400", str(error))

    def _search(self, request: Request) -> Search:
        params = {k: v for k, v in request.query_params.items() if k != "access_token"}
        token = params.pop("$skiptoken", None)
        if token is not None:
            return _opened(token)
        strangers = [name for name in params if name.startswith("$") and name not in _KNOWN]
        if strangers:
            raise ODataError(f"{strangers[0]} is not supported")
        hours = self._scene.fault("reso_feed", "moves") or 0
        at = self._scene.now + timedelta(hours=hours * self._calls)
        self._calls += 1
        found = Search(params, at, 0)
        return Search(params, at, found.number("$skip", 0))

    def _listings_page(self, request: Request, search: Search, replication: bool) -> Response:
        host, params, fields = self._host, search.params, self._fields()
        text = params.get("$filter", "")
        if host.needs_system and "OriginatingSystemName eq" not in text:
            raise ODataError("OriginatingSystemName must be in the filter")
        if "$orderby" in params and (replication or not host.orders):
            raise ODataError("$orderby is not supported here")
        expand = params.get("$expand")
        if expand not in {None, "Media"} or (expand and (replication or not host.expands)):
            raise ODataError(f"$expand={expand} is not supported here")
        wanted = odata.condition(text, fields) if text else odata.Condition(lambda row: True)
        found = [row for row in self._rows(wanted.values, search.at) if wanted.allows(row)]
        default = "ListingKey" if replication else "ModificationTimestamp,ListingKey"
        found = odata.ordered(found, params.get("$orderby", default), fields)
        most = host.replication_most_top if replication else host.most_top
        if expand and host.most_top_expanded:
            most = host.most_top_expanded
        return self._page(request, search, found, most, replication)

    def _events_page(self, request: Request, search: Search, _replication: bool) -> Response:
        text = search.params.get("$filter", "")
        found = self._log(search.at)
        if text:
            found = list(filter(odata.condition(text, EVENT_FIELDS).allows, found))
        order = search.params.get("$orderby", "EntityEventSequence")
        return self._page(
            request, search, odata.ordered(found, order, EVENT_FIELDS), self._host.most_top, False
        )

    def _page(
        self,
        request: Request,
        search: Search,
        found: list[dict[str, Any]],
        most: int,
        replication: bool,
    ) -> Response:
        host, params, scene = self._host, search.params, self._scene
        top = search.number("$top", host.default_top)
        if top > most:
            raise ODataError(f"$top may be at most {most}")
        page = found[search.offset : search.offset + top]
        if params.get("$expand"):
            page = [{**row, "Media": rows.media(row)} for row in page]
        page = rows.shown(scene, page, host.spelling)
        if "$select" in params:
            page = odata.selected(page, params["$select"], self._fields())
        body: dict[str, Any] = {
            "@odata.context": f"{request.url.replace(query='')}/$metadata#Property"
        }
        if params.get("$count") == "true":
            count = len(found) + (scene.fault("reso_feed", "wrong_count") or 0)
            body["@odata.count"] = str(count) if host.counts_as_text else count
        body["value"] = page
        end = search.offset + len(page)
        if end >= len(found) or not page:
            return self._reply(body)
        link = self._next_link(request, search, end)
        if replication:
            return self._reply(body, {"Link": f'<{link}>; rel="next"'})
        return self._reply({**body, "@odata.nextLink": link})

    def _next_link(self, request: Request, search: Search, end: int) -> str:
        if self._host.skip_links:
            query = urlencode({**search.params, "$skip": end}, safe="$")
        else:
            query = urlencode({"$skiptoken": _sealed(search, end)}, safe="$")
        return str(request.url.replace(query=query))

    # ── rows ────────────────────────────────────────────────────────────────────────────────────

    def _fields(self) -> Mapping[str, str]:
        if self._host.spelling.mls_grid:
            return rows.FIELDS
        return {n: kind for n, kind in rows.FIELDS.items() if n not in rows.MLS_GRID_ONLY}

    def _listed(self, zip_code: str, at: datetime) -> list[Listing]:
        world = self._scene.world
        return [*world.listings(zip_code, at, "sale"), *world.listings(zip_code, at, "rent")]

    def _rows(self, zips: frozenset[Any] | None, at: datetime) -> list[dict[str, Any]]:
        asked = self._scene.world.zips if zips is None else sorted(map(str, zips))
        self._asked_zips.update(asked)
        return [
            rows.property_row(self._scene, listing, self._host.spelling, at)
            for zip_code in asked
            for listing in self._listed(zip_code, at)
        ]

    def _log(self, at: datetime) -> list[dict[str, Any]]:
        """The newest change of every listing, numbered by its moment, in the ZIPs that anybody
        has asked about (to make the whole world for its log alone would take minutes)."""
        found = []
        for zip_code in sorted(self._asked_zips):
            for listing in self._listed(zip_code, at):
                moment = rows.modified_at(self._scene, listing)
                digest = hashlib.sha256(listing.listing_key.encode()).digest()
                within = int.from_bytes(digest[:4], "big") % _SEQUENCES_PER_SECOND
                found.append(
                    {
                        "EntityEventSequence": int(moment.timestamp()) * _SEQUENCES_PER_SECOND
                        + within,
                        "ResourceName": "Property",
                        "ResourceRecordKey": listing.listing_key,
                    }
                )
        return found

    # ── replies ─────────────────────────────────────────────────────────────────────────────────

    def _reply(self, body: Any, headers: Mapping[str, str] | None = None) -> Response:
        content = json.dumps(body).encode()
        told = {"OData-Version": "4.0", **(headers or {})}
        if self._host.needs_gzip:
            content = gzip.compress(content)
            told["Content-Encoding"] = "gzip"
        if self._host.quota_headers:
            now = self._scene.now.timestamp()
            told |= {
                "Minute-Quota-Limit": "120",
                "Hour-Quota-Limit": "7200",
                "Hour-Quota-ResetTime": str(round((now // 3600 + 1) * 3600 * 1000)),
            }
        return Response(content, headers=told, media_type="application/json")

    def _schema(self) -> str:
        """CSDL of the resources."""
        entities = {"Property": self._fields(), "EntityEvent": EVENT_FIELDS}
        types = "".join(
            f"<EntityType Name={quoteattr(name)}>"
            f"<Key><PropertyRef Name={quoteattr(next(iter(fields)))}/></Key>"
            + "".join(
                f"<Property Name={quoteattr(field)} Type={quoteattr(kind)}/>"
                for field, kind in fields.items()
            )
            + "</EntityType>"
            for name, fields in entities.items()
        )
        sets = "".join(
            f'<EntitySet Name="{name}" EntityType="org.reso.metadata.{name}"/>' for name in entities
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?>'
            '<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">'
            '<edmx:DataServices><Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" '
            f'Namespace="org.reso.metadata">{types}'
            f'<EntityContainer Name="Container">{sets}</EntityContainer>'
            "</Schema></edmx:DataServices></edmx:Edmx>"
        )


def _sealed(search: Search, offset: int) -> str:
    said = {"params": dict(search.params), "at": search.at.isoformat(), "offset": offset}
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def _opened(token: str) -> Search:
    try:
        said = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return Search(said["params"], datetime.fromisoformat(said["at"]), int(said["offset"]))
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise ODataError("The skip token is not valid") from error
