"""The site: what is asked of it (options), what its replies mean (`judge`), one page at a time.

Which pages are worth asking for is decided in `collecting.py`.
"""

import re
from collections.abc import Mapping, Sequence

import httpx
from pydantic import Field

from phoenix_re.collect import judging
from phoenix_re.collect.errors import (
    CollectError,
    ContractError,
    PermanentError,
    Refused,
    TransientError,
)
from phoenix_re.collect.source import Options, Session
from phoenix_re.collect.sources.phoenix_mls import pages
from phoenix_re.collect.sources.phoenix_mls.pages import PageChanged, ResultsPage

_CHALLENGE = re.compile(r"captcha|verify you are human|just a moment\.\.\.|cf-chl", re.IGNORECASE)
_SERVER_ID = re.compile(r"[?&]m=(\d+)")
_END_OF_PAGE = 2_000  # characters in which </html> must stand; caching plugins write behind it


class PhoenixMlsOptions(Options):
    """What the site is taken to look like (INFERRED or SEEN in the plugin), and how much to ask."""

    search_path: str = "/mls/search/"
    page_size: int = Field(default=25, ge=1, le=25)
    order: str = "-ModificationTimestamp"
    statuses: tuple[str, ...] = ("Active", "Coming Soon", "Active Under Contract", "Pending")
    ended_statuses: tuple[str, ...] = ("Closed",)
    ended_pages_at_first: int = Field(default=4, ge=1)
    """Pages of ended listings on the first look; later looks go back to what is known."""
    ended_digests: int = Field(default=400, ge=100)
    sweep_days: int = Field(default=7, ge=1)
    details_per_run: int = Field(default=20, ge=0)
    """Detail pages per ZIP and run; the rest is remembered for the next."""
    most_pages: int = Field(default=400, ge=1)
    expected_labels: tuple[str, ...] = ("# of Bedrooms", "# of Bathrooms", "Square Footage")
    results: tuple[pages.ResultsTemplate, ...] = pages.RESULTS
    details: tuple[pages.DetailTemplate, ...] = pages.DETAILS


def judge(source: str, response: httpx.Response) -> None:
    """A firewall's page, a page that breaks off, a page that is not the plugin's."""
    if response.status_code == 403:
        raise Refused(
            source,
            f"{response.request.url.host} turns programs away (403, a firewall such as RunCloud "
            "7G). Ask the site's owner to let our User-Agent in, or use the licensed reso_feed; "
            "we do not pass for a browser.",
        )
    if response.status_code != 200:
        judging.general(source, response)
        return
    text, where = response.text, judging.without_secrets(response.request.url)
    if _CHALLENGE.search(text) and "flexmls_connect__" not in text:
        raise Refused(
            source, f"{where} asks for proof of a human. Ask the site's owner for access."
        )
    if "</html>" not in text[-_END_OF_PAGE:].lower():
        raise TransientError(source, f"{where}: the page breaks off after {len(text)} characters")
    if "flexmls-idx-search-unavailable" in text:
        raise TransientError(source, f"{where}: the site's own search is not available")
    if "flexmls" not in text.lower() and "listing not available" not in text.lower():
        raise ContractError(source, f"{where} is no FlexMLS page: {judging.said(response)}", text)


def read_results(
    session: Session, options: PhoenixMlsOptions, statuses: Sequence[str], number: int, kind: str
) -> ResultsPage:
    """A page of results; one that looks changed is asked for once more, past the cache."""
    params = {
        "PostalCode": session.zip,
        "StandardStatus[]": list(statuses),
        "OrderBy": options.order,
        "Limit": options.page_size,
        "pg": number,
    }

    def read(kind: str) -> ResultsPage:
        html = session.get(options.search_path, params, kind=kind).text
        try:
            page = pages.read_results(html, options.results)
            if number == 1 and page.total and not page.rows:
                raise PageChanged(f"{page.total} matches are announced and none is shown")
            if missing := pages.missing_labels(page.rows, options.expected_labels):
                raise PageChanged(f"no row says {', '.join(missing)}: were these renamed?")
        except PageChanged as error:
            raise _drifted(session, f"page {number} of the results", error, html) from error
        return page

    try:
        page = read(kind)
    except ContractError:
        page = read("recheck")
    if page.unnamed:
        session.note(f"{session.zip}: {page.unnamed} rows without an MLS number were passed over")
    return page


def of_this_zip(session: Session, page: ResultsPage) -> list[dict[str, str]]:
    stated = [row["ZIP"] for row in page.rows if "ZIP" in row]
    strangers = [code for code in stated if code != session.zip]
    if strangers and len(strangers) == len(stated):
        raise ContractError(
            session.source,
            f"PostalCode={session.zip} gave only listings of other ZIPs ({strangers[0]} …): the "
            "site no longer obeys the parameter. Do not use the source until it is mended.",
            page.rows[0],
        )
    if strangers:
        session.note(f"{session.zip}: {len(strangers)} listings of other ZIPs were passed over")
    rows = (row for row in page.rows if row.get("ZIP", session.zip) == session.zip)
    return [row if "ZIP" in row else row | {"Searched ZIP": session.zip} for row in rows]


def try_detail(
    session: Session, options: PhoenixMlsOptions, row: Mapping[str, str]
) -> dict[str, str] | CollectError | None:
    """The detail facts, what went wrong, or None: the site says that the listing is gone."""
    try:
        return _detail(session, options, row)
    except CollectError as error:
        return error


def _detail(
    session: Session, options: PhoenixMlsOptions, row: Mapping[str, str]
) -> dict[str, str] | None:
    link = row.get("Link", "")
    number, server = row["MLS#"], _SERVER_ID.search(link)
    path = pages.path_of(link)
    if path is None:
        raise PermanentError(session.source, f"{link[:80]!r} is no link to a listing")
    params = {"ListingId": number} | ({"m": server[1]} if server else {})

    def read(kind: str) -> dict[str, str] | None:
        html = session.get(path, params, kind=kind).text
        try:
            return pages.read_detail(html, options.details, number)
        except PageChanged as error:
            raise _drifted(session, f"the detail page of {number}", error, html) from error

    try:
        return read("detail")
    except ContractError:
        return read("recheck")


def _drifted(session: Session, what: str, error: PageChanged, html: str) -> ContractError:
    return ContractError(
        session.source,
        f"{session.zip}, {what}: {error}. If the site has changed its template, set the selectors "
        f"in sources.{session.source}.options.results or .details.",
        html,
    )
