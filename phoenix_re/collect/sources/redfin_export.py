"""Redfin's "Download All" of a site search, asked for by robot: only where the market file says so.

It is a feature for people, and the site answers robots with 403. What a person has downloaded is
dropped into the inbox and read by the format `redfin`; the same columns are read here.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace

import httpx
from pydantic import BaseModel, ConfigDict, Field

from phoenix_re.collect import judging
from phoenix_re.collect.errors import ContractError, Refused
from phoenix_re.collect.formats.redfin import REDFIN
from phoenix_re.collect.source import Found, Session
from phoenix_re.collect.sources.published import refuse_page

EXPORT = replace(REDFIN, name="redfin_files_export", by_name_only=True)
MOST_ROWS = 350
BY_HAND = (
    "Open the search on the site, press Download All, and drop the file into the inbox: the format "
    "`redfin` reads it. Leave options.site_export false."
)


class ExportOptions(BaseModel):
    """All of it is undocumented and may move. `region_ids`: ZIP → Redfin's own number of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    site_url: str = "https://www.redfin.com"
    path: str = "/stingray/api/gis-csv"
    region_ids: Mapping[str, int] = {}
    sold_within_days: int = Field(default=0, ge=0, le=1825)  # 0: homes for sale only
    parameters: Mapping[str, str] = {
        "al": "1",
        "ord": "redfin-recommended-asc",
        "page_number": "1",
        "region_type": "2",  # a ZIP
        "sf": "1,2,3,5,6,7",
        "uipt": "1,2,3,4,5,6,7,8",
        "v": "8",
    }


def judge(source: str, response: httpx.Response) -> None:
    if response.status_code in {401, 403, 405}:
        where = judging.without_secrets(response.request.url)
        raise Refused(source, f"{where} turns robots away ({response.status_code}). {BY_HAND}")
    refuse_page(source, response)
    judging.general(source, response)


def listings(session: Session, options: ExportOptions, site_url: str) -> Iterator[Found]:
    """What the site offers for the run's ZIPs. Raises `Refused` until a person is answerable."""
    terms = session.market.sources.get(session.source)
    if terms is None or not (
        terms.terms_accepted and terms.terms_accepted_on and terms.terms_accepted_by
    ):
        raise Refused(
            session.source,
            "options.site_export needs terms_accepted: true, terms_accepted_on and "
            f"terms_accepted_by of a person who has read the site's terms. Or by hand: {BY_HAND}",
        )
    without = [z for z in session.zips if z not in options.region_ids]
    if without:
        session.note(
            f"{len(without)} ZIPs have no number in options.export.region_ids, {without[0]} for "
            "one: not asked for"
        )
    searches = [{"status": "9"}]
    if options.sold_within_days:
        searches.append({"sold_within_days": str(options.sold_within_days)})
    for zip_code in session.zips:
        for search in searches if zip_code in options.region_ids else ():
            params = {
                **options.parameters,
                **search,
                "num_homes": str(MOST_ROWS),
                "region_id": str(options.region_ids[zip_code]),
            }
            response = session.get(f"{site_url}{options.path}", params, kind="export")
            rows = list(_rows(session.source, response.content.decode("utf-8-sig", "replace")))
            if len(rows) >= MOST_ROWS:
                session.note(f"{zip_code}: the export ends at {MOST_ROWS} rows, there may be more")
            yield from (Found(row, EXPORT.name) for row in rows)


def _rows(source: str, text: str) -> Iterator[dict[str, str]]:
    """A row whose cells do not fit the header is handed on as one text: it ends in quarantine."""
    lines = csv.reader(io.StringIO(text), strict=True)
    try:
        header = next(lines, [])
        if not EXPORT.recognises(header):
            missing = ", ".join(EXPORT.missing_from(header))
            raise ContractError(
                source, f"the export lacks the columns {missing}. It begins: {text[:80]!r}", text
            )
        for cells in lines:
            if not any(cells) or cells[0].strip().casefold().startswith("in accordance with"):
                continue
            fits = len(cells) == len(header)
            yield dict(zip(header, cells, strict=True)) if fits else {"row": ",".join(cells)}
    except csv.Error as error:
        raise ContractError(source, f"the export is no CSV: {error}", text) from error
