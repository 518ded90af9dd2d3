"""An ArcGIS FeatureServer or MapServer layer, read ZIP by ZIP.

The layer's description (`?f=json`) comes first: are the fields there, what type has the ZIP, how
many rows does a page hold. Pages go by object id, as some servers stop early when asked by offset,
and the rows are counted against `returnCountOnly`. Filters are on attributes only: a spatial filter
in another reference than the layer's own finds nothing, without an error.
"""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from pydantic import BaseModel, ConfigDict, StrictInt, StrictStr

from phoenix_re.collect.errors import ContractError
from phoenix_re.collect.source import Found
from phoenix_re.collect.sources.county_open_data.asking import Asking
from phoenix_re.collect.sources.county_open_data.layers import payload_of, require
from phoenix_re.collect.sources.county_open_data.sweep import Sweep

_OID_TYPE = "esriFieldTypeOID"
_NUMBERS = frozenset(
    f"esriFieldType{name}" for name in ("Integer", "SmallInteger", "BigInteger", "Double", "Single")
)
_BEFORE_ALL = -1  # no object id is smaller


class _Reply(BaseModel):
    model_config = ConfigDict(extra="allow")


class LayerField(_Reply):
    name: StrictStr
    type: StrictStr


class Description(_Reply):
    fields: list[LayerField]
    maxRecordCount: StrictInt  # noqa: N815 - as the server spells it
    editingInfo: dict[str, Any] | None = None  # noqa: N815


class Count(_Reply):
    count: StrictInt


class Feature(_Reply):
    attributes: dict[str, Any]
    geometry: dict[str, Any] | None = None


class Page(_Reply):
    features: list[Feature]
    exceededTransferLimit: bool = False  # noqa: N815 - absent or false on the last page


def collect(sweep: Sweep, ask: Asking) -> Iterator[Found]:
    """Every row of the ZIP once; the cursor moves on after each page."""
    session, layer = sweep.session, sweep.layer
    described = session.check(
        Description, ask.json("", {"f": "json"}, kind="layer"), what=f"?f=json of {sweep.name}"
    )
    names = [field.name for field in described.fields]
    require(session.source, sweep.name, layer, names)
    edited = (described.editingInfo or {}).get("lastEditDate")
    edited = edited if type(edited) is int else None
    if sweep.is_unedited(edited):
        sweep.rest()
        return
    object_id = _object_id(session.source, sweep.name, described)
    where = _where(sweep, described)
    place = sweep.resume()
    if place is None:
        counted = _count(sweep, ask, where)
        place = sweep.begin(counted, _BEFORE_ALL, edited)
    size = min(layer.page_size, described.maxRecordCount)
    for _ in range(sweep.options.pages_per_run):
        if place["counted"] == 0:
            break
        page = _page(sweep, ask, where, object_id, size)
        for feature in page.features:
            payload = payload_of(sweep.name, layer, feature.attributes, feature.geometry)
            yield Found(payload, layer.format)
        if page.features:
            place["last"] = _last(session.source, sweep.name, page, object_id, place["last"])
        place["seen"] += len(page.features)
        if not page.features or (
            not page.exceededTransferLimit
            and (len(page.features) < size or place["seen"] >= place["counted"])
        ):
            break
    else:
        sweep.pause()
        return
    sweep.finish()


def _object_id(source: str, name: str, described: Description) -> str:
    for field in described.fields:
        if field.type == _OID_TYPE:
            return field.name
    raise ContractError(
        source,
        f"the layer {name} describes no object id ({_OID_TYPE}): it cannot be paged safely. Choose "
        "the layer of the service that has one.",
        {"fields": [field.name for field in described.fields]},
    )


def _where(sweep: Sweep, described: Description) -> str:
    """The ZIP as the layer's type has it (text may be ZIP+4), edits, and the file's condition."""
    layer, zip_code = sweep.layer, sweep.session.zip
    types = {field.name.casefold(): field.type for field in described.fields}
    number = types[layer.zip_field.casefold()] in _NUMBERS
    parts = [
        f"{layer.zip_field} = {zip_code}" if number else f"{layer.zip_field} LIKE '{zip_code}%'"
    ]
    since = sweep.edited_since
    if since is not None:
        moment = since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        parts.append(f"{layer.modified_field} >= timestamp '{moment}'")
    if layer.where:
        parts.append(f"({layer.where})")
    return " AND ".join(parts)


def _count(sweep: Sweep, ask: Asking, where: str) -> int:
    reply = ask.json(
        "/query", {"where": where, "returnCountOnly": "true", "f": "json"}, kind="count"
    )
    return sweep.session.check(Count, reply, what=f"the count of {sweep.name}").count


def _page(sweep: Sweep, ask: Asking, where: str, object_id: str, size: int) -> Page:
    last = sweep.entry["sweep"]["last"]
    params = {
        "where": f"{where} AND {object_id} > {last}",
        "outFields": "*",
        "orderByFields": object_id,
        "resultRecordCount": size,
        "returnGeometry": "true" if sweep.layer.geometry else "false",
        "f": "json",
    }
    if sweep.layer.geometry:
        params |= {"outSR": 4326, "geometryPrecision": 6}
    reply = ask.json("/query", params, kind="rows")
    page = sweep.session.check(Page, reply, what=f"a page of {sweep.name}")
    if page.features:
        require(sweep.session.source, sweep.name, sweep.layer, page.features[0].attributes)
    return page


def _last(source: str, name: str, page: Page, object_id: str, before: int) -> int:
    """The greatest object id of the page; it must grow, or paging would never end."""
    ids = [feature.attributes.get(object_id) for feature in page.features]
    found = [number for number in ids if type(number) is int]
    if len(found) < len(ids) or min(found) <= before:
        raise ContractError(
            source,
            f"a page of the layer {name} has rows without {object_id} or from before the place "
            "asked for: the server ignores the condition. It cannot be paged safely.",
            {"ids": ids[:20]},
        )
    return max(found)
