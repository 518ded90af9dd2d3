"""FlexMLS IDX pages → flat dicts of label → text as received. Template v1 and v2.

What each selector means is data (`ResultsTemplate`, `DetailTemplate`), so that a market file can
follow a site that changes its markup. Nothing is interpreted here beyond what names a listing; a
page that no template fits, or whose selectors find nothing, is a `PageChanged`, never an empty
page.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict
from selectolax.lexbor import LexborHTMLParser, LexborNode

DETAIL = "Detail: "  # before the labels of the detail page, which say the same otherwise
FEW_ROWS = 8  # on fewer rows, that a label is nowhere says nothing

_MLS_NUMBER = re.compile(r"MLS#\s*([A-Za-z0-9-]+)")
_LISTING_LINK = re.compile(r"/[^/?#\s\"']*mls_([A-Za-z0-9-]+)")
_COUNT = re.compile(r"\d[\d,]*")
_ZIP = re.compile(r"\b[A-Z]{2}\s+(\d{5})(?:-\d{4})?\b")
_SHORT = {"BD": "# of Bedrooms", "BA": "# of Bathrooms", "SF": "Square Footage"}
_GONE = re.compile(r"Listing Not Available|This listing is no longer available", re.IGNORECASE)


class PageChanged(Exception):  # noqa: N818 - says what is so
    """The page is not built as any template says. The message names the selector."""


class _Template(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ResultsTemplate(_Template):
    """CSS selectors of a results page; those from `price` on are sought inside a row. Empty: none
    such in this template."""

    name: str
    page: str
    count: str
    row: str
    pager: str = ".flexmls_connect__sr_pagination"
    price: str
    address: str
    fact: str = ""
    label: str = ""
    value: str = ""
    short_facts: str = ""  # "4BD", "3BA", "2,150SF"
    status: str = ""
    modified: str = ""
    open_house: str = ""


class DetailTemplate(_Template):
    """CSS selectors of a detail page. `pair` holds `<b>Label:</b> value`; `label` is followed by
    its value, an element of its own."""

    name: str
    page: str
    price: str
    status: str = ""
    pair: str = ""
    label: str = ""
    remarks: tuple[str, ...] = ()  # the first that is there
    remarks_heading: str = ""  # text of the <b> after which they stand, where nothing encloses them
    map: str = "#flexmls_connect__map_canvas"  # with attributes latitude and longitude


RESULTS = (
    ResultsTemplate(  # first: its rows carry v1's class as well
        name="v2",
        page=".flexmls_connect__search_results_v2",
        count=".flexmls-matches-count",
        row=".flexmls-listing",
        price=".flexmls-price",
        address=".flexmls-address",
        short_facts=".flexmls-detail",
        status=".flexmls-status",
        modified=".flexmls-last-modified-and-label-wrapper",
        open_house=".flexmls-open-house-datetime-wrapper",
    ),
    ResultsTemplate(
        name="v1",
        page=".flexmls_connect__page_content",
        count=".flexmls_connect__sr_matches_count",
        row=".flexmls_connect__sr_result",
        price=".flexmls_connect__sr_price",
        address=".flexmls_connect__sr_address",
        fact=".flexmls_connect__zebra",
        label=".flexmls_connect__field_label",
        value=".flexmls_connect__field_value",
        open_house=".flexmls_connect__sr_openhouse",
    ),
)
DETAILS = (
    DetailTemplate(
        name="v2",
        page=".flexmls-listing-details",
        price=".price-and-actions-wrapper .flexmls-price",
        label=".detail-label",
        remarks=(".flexmls-description-full", ".flexmls-description-teaser"),
    ),
    DetailTemplate(
        name="v1",
        page=".flexmls_connect__sr_detail",
        price=".flexmls_connect__ld_price div",
        status=".flexmls_connect__ld_status",
        pair=".flexmls_connect__ld_property_detail",
        remarks_heading="Property Description",
    ),
)


@dataclass(frozen=True, slots=True)
class ResultsPage:
    """`rows` have at least "MLS#" and "Link"; `total` is how many matches the page claims."""

    total: int
    rows: list[dict[str, str]]
    has_next: bool
    unnamed: int  # rows without an MLS number


def read_results(html: str, templates: Sequence[ResultsTemplate]) -> ResultsPage:
    """A results page. Raises `PageChanged`."""
    tree = LexborHTMLParser(html)
    template = _fitting(tree, templates)
    count = tree.css_first(template.count)
    digits = _COUNT.search(count.text()) if count is not None else None
    if digits is None:
        raise PageChanged(f"template {template.name}: no number of matches in {template.count!r}")
    total = int(digits[0].replace(",", ""))
    nodes = tree.css(template.row)
    if not nodes:
        _must_be_empty(tree, template)
    rows = [_row(node, template) for node in nodes]
    named = [row for row in rows if row.get("MLS#")]
    if nodes:
        _selectors_must_find(named, template)
    return ResultsPage(total, named, _has_next(tree, template), len(rows) - len(named))


def missing_labels(rows: Sequence[dict[str, str]], labels: Sequence[str]) -> list[str]:
    """Those of `labels` that not one home on the page has. Land has no bedrooms; a page of few
    homes proves nothing."""
    homes = [
        row for row in rows if "residential" in row.get("Property Type", "residential").lower()
    ]
    if len(homes) < FEW_ROWS:
        return []
    return [label for label in labels if not any(label in row for row in homes)]


def read_detail(
    html: str, templates: Sequence[DetailTemplate], mls_number: str
) -> dict[str, str] | None:
    """The detail page's facts, their labels after `DETAIL`; None: the listing is gone.

    Raises `PageChanged`, also for the page of another listing.
    """
    tree = LexborHTMLParser(html)
    roots = ((root, t) for t in templates if (root := tree.css_first(t.page)) is not None)
    root, template = next(roots, (None, None))
    if root is None or template is None:
        if _GONE.search(html):
            return None
        raise PageChanged("no template of a detail page fits")
    shown = _MLS_NUMBER.search(root.attributes.get("title") or "") or _MLS_NUMBER.search(
        root.text()
    )
    if shown is None or shown[1] != mls_number:
        raise PageChanged(
            f"template {template.name}: the page of {mls_number} does not bear its MLS number"
        )
    facts = dict(_pairs(root, template))
    if not facts:
        where = template.pair or template.label
        raise PageChanged(f"template {template.name}: {where!r} finds nothing")
    return {DETAIL + label: value for label, value in (_named(root, template) | facts).items()}


def zip_of(row: dict[str, str], title: str) -> str | None:
    """The five digits after the state, in the address or the row's title."""
    found = _ZIP.search(row.get("Address", "")) or _ZIP.search(title)
    return found[1] if found else None


def path_of(link: str) -> str | None:
    """The path of a listing's page in a link, without host and parameters."""
    try:
        path = urlsplit(link).path
    except ValueError:
        return None
    return path if path.startswith("/") and _LISTING_LINK.search(path) else None


def _fitting(tree: LexborHTMLParser, templates: Sequence[ResultsTemplate]) -> ResultsTemplate:
    for template in templates:
        if tree.css_first(template.page) is not None:
            return template
    names = ", ".join(t.name for t in templates)
    raise PageChanged(f"no template of a results page fits (known: {names})")


def _must_be_empty(tree: LexborHTMLParser, template: ResultsTemplate) -> None:
    """A page that links to listings and shows none to `row` has changed."""
    links = [a for a in tree.css("a[href]") if _LISTING_LINK.search(a.attributes["href"] or "")]
    if links:
        raise PageChanged(
            f"template {template.name}: the page links to listings, {template.row!r} finds none"
        )


def _selectors_must_find(rows: Sequence[dict[str, str]], template: ResultsTemplate) -> None:
    if not rows:
        raise PageChanged(f"template {template.name}: no row of {template.row!r} has an MLS number")
    for label, selector in (("Price", template.price), ("Address", template.address)):
        if not any(label in row for row in rows):
            raise PageChanged(f"template {template.name}: {selector!r} finds nothing in any row")


def _row(node: LexborNode, template: ResultsTemplate) -> dict[str, str]:
    title = node.attributes.get("title") or ""
    link = _link(node)
    named = _MLS_NUMBER.search(title) or _LISTING_LINK.search(link)
    row = {"MLS#": named[1] if named else "", "Link": link}
    for label, selector in (
        ("Price", template.price),
        ("Status", template.status),
        ("Open House", template.open_house),
    ):
        if text := _text(node, selector):
            row[label] = text
    if text := _text(node, template.modified):
        row["Last Modified"] = _after_label(text)
    if (address := node.css_first(template.address)) is not None and (lines := _lines(address)):
        row["Address"] = lines
    row |= dict(_labelled(node, template))
    if zip_code := zip_of(row, title):
        row["ZIP"] = zip_code
    return row


def _link(node: LexborNode) -> str:
    if link := node.attributes.get("link"):
        return link
    anchors = (a.attributes.get("href") or "" for a in node.css("a[href]"))
    return next((href for href in anchors if _LISTING_LINK.search(href)), "")


def _labelled(node: LexborNode, template: ResultsTemplate) -> Iterator[tuple[str, str]]:
    if template.fact:
        for fact in node.css(template.fact):
            label = _label(_text(fact, template.label))
            if label:
                yield label, _text(fact, template.value)
    if template.short_facts:
        for fact in node.css(template.short_facts):
            text = _squeezed(fact.text())
            if label := _SHORT.get(text[-2:].upper()):
                yield label, text


def _named(root: LexborNode, template: DetailTemplate) -> dict[str, str]:
    """What the detail page says outside its tables."""
    found = {}
    for label, selector in (("Price", template.price), ("Status", template.status)):
        if text := _text(root, selector):
            found[label] = text
    remarks = next((text for s in template.remarks if (text := _text(root, s))), "")
    remarks = remarks or _text_after(root, template.remarks_heading)
    if remarks:
        found["Description"] = remarks
    place = root.css_first(template.map) if template.map else None
    if place is not None:
        for label, name in (("Latitude", "latitude"), ("Longitude", "longitude")):
            if value := (place.attributes.get(name) or "").strip():
                found[label] = value
    return found


def _pairs(root: LexborNode, template: DetailTemplate) -> Iterator[tuple[str, str]]:
    if template.pair:
        for cell in root.css(template.pair):
            bold = cell.css_first("b")
            if bold is not None and (label := _label(bold.text())):
                yield label, _squeezed(cell.text()).removeprefix(_squeezed(bold.text())).strip()
    if template.label:
        for node in root.css(template.label):
            value = _next_element(node)
            if value is not None and (label := _label(node.text())):
                yield label, _squeezed(value.text())


def _next_element(node: LexborNode) -> LexborNode | None:
    after = node.next
    while after is not None and not after.is_element_node:
        after = after.next
    return after


def _text_after(root: LexborNode, heading: str) -> str:
    """The text that follows `<b>heading</b><br>` up to the next element that is no break."""
    if not heading:
        return ""
    bold = next((b for b in root.css("b") if _squeezed(b.text()) == heading), None)
    if bold is None:
        return ""
    parts: list[str] = []
    node = bold.next
    while node is not None and (node.is_text_node or node.tag in {"br", "p", "i", "em", "span"}):
        parts.append(node.text() if node.tag != "br" else " ")
        node = node.next
    return _squeezed("".join(parts))


def _has_next(tree: LexborHTMLParser, template: ResultsTemplate) -> bool:
    pager = tree.css_first(template.pager)
    if pager is None:
        return False
    return any(_squeezed(node.text()) == "Next" for node in pager.css("a, button"))


def _lines(node: LexborNode) -> str:
    """The text with `<br>` as line breaks, each line without needless white space."""
    for br in node.css("br"):
        br.replace_with("\n")
    return "\n".join(line for raw in node.text().split("\n") if (line := _squeezed(raw)))


def _text(node: LexborNode, selector: str) -> str:
    found = node.css_first(selector) if selector else None
    return _squeezed(found.text()) if found is not None else ""


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _label(text: str) -> str:
    return _squeezed(text).rstrip(":").rstrip()


def _after_label(text: str) -> str:
    return text.partition(":")[2].strip()
