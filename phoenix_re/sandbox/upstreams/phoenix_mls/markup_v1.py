"""The plugin's first template: rows of label and value."""

from collections.abc import Iterator, Sequence
from html import escape

from phoenix_re.sandbox.upstreams.phoenix_mls.wording import (
    FEATURES,
    Look,
    baths_of,
    one_in,
    pager,
    price_of,
    sections_of,
    words_of,
)
from phoenix_re.sandbox.world import Listing

LONGEST_DESCRIPTION = 75


def results(listings: Sequence[Listing], look: Look) -> str:
    rows = "\n".join(_row(listing, look) for listing in listings)
    return (
        "<div class='flexmls_connect__page_content'>\n<div class='flexmls_connect__sr_matches'>"
        f"<span class='flexmls_connect__sr_matches_count'>\n{look.total:,}\n</span> matches found"
        f"</div>\n{rows}\n{pager(look, 'button')}</div>"
    )


def _row(listing: Listing, look: Look) -> str:
    words, link = words_of(listing), look.detail_link(listing)
    photo = f"https://cdn.photos.sparkplatform.com/az/{listing.listing_key}"
    image = f"{photo}-t.jpg" if listing.photos else f"{look.base}/images/nophoto.gif"
    facts = "\n".join(_fact(label, value) for label, value in _facts(listing, look))
    open_house = (
        "<div class='flexmls_connect__sr_openhouse'><em>Open House</em> "
        f"({look.now:%-m/%-d/%Y} - 1:00 PM)</div>"
        if one_in(listing, 11)
        else ""
    )
    return (
        f"<div class='flexmls_connect__sr_result' title='{escape(words.one_line)} - MLS# "
        f"{listing.mls_number}' link='{link}'>\n"
        f"<div class='flexmls_connect__sr_price'>{price_of(listing)}</div>\n"
        f"<div class='flexmls_connect__sr_address'><a href='{link}' title='Click for more details'>"
        f"{escape(words.street)}<br />{escape(words.city_line)}</a></div>\n"
        f"<div class='flexmls_connect__sr_left_column'><a class='photo' href='{photo}-o.jpg'>"
        f"<img class='flexmls_connect__sr_main_photo' src='{image}'/></a>"
        f"<a class='photo_click flexmls_connect__sr_asset_link'>View Photos ({listing.photos})</a>"
        "</div>\n<div class='flexmls_connect__sr_listing_facts_container'>"
        f"{open_house}<div class='flexmls_connect__sr_listing_facts'>\n{facts}\n</div></div></div>"
    )


def _facts(listing: Listing, look: Look) -> Iterator[tuple[str, str]]:
    house = listing.house
    if listing.status != "Active":
        colour = "blue" if listing.status == "Closed" else "orange"
        yield "Status", f"<span style='color:{colour}'>{listing.status}</span>"
    yield "Property Type", "Residential"
    yield "# of Bedrooms", str(house.bedrooms)
    yield "# of Bathrooms", baths_of(listing)
    yield look.area_label, f"{look.area(house.living_area):,}"
    if not one_in(listing, 17):
        yield "Year Built", str(house.year_built)
    yield "Area", f"{house.zip} &amp; Vicinity"
    if not one_in(listing, 19):
        yield "Subdivision", escape(house.subdivision)
    yield "Description", escape(listing.remarks[:LONGEST_DESCRIPTION]) + "..."
    yield "Listing Office", escape(listing.office)
    yield "Listing Agent", escape(listing.agent)


def _fact(label: str, value: str) -> str:
    return (
        f"<div class='flexmls_connect__zebra'><span class='flexmls_connect__field_label'>{label}: "
        f"</span><span class='flexmls_connect__field_value'>{value}</span></div>"
    )


def detail(listing: Listing, look: Look) -> str:
    house, words = listing.house, words_of(listing)
    status = (
        ""
        if listing.status == "Active"
        else f"Status: <span class='flexmls_connect__ld_status'>{listing.status}</span><br />"
    )
    tables = "".join(
        _table(header, [f"<b>{escape(label)}:</b> {escape(value)}" for label, value in pairs])
        for header, pairs in sections_of(listing, look).items()
    )
    features = _table(
        "Property Features", [f"<b>{k}: </b>{escape(v)}" for k, v in FEATURES.items()], across=1
    )
    return (
        f"<div class='flexmls_connect__sr_detail' title='{escape(words.one_line)} - MLS# "
        f"{listing.mls_number}'>\n<div class='flexmls_connect__sr_address'>"
        f"<div class='flexmls_connect__ld_price'><div>{price_of(listing)}</div></div>"
        f"{escape(words.street)}<br />{escape(words.city_line)}<br />"
        f"MLS# {listing.mls_number}<br />{status}"
        f"{house.bedrooms} beds &nbsp;|&nbsp; {baths_of(listing)} baths &nbsp;|&nbsp; "
        f"{look.area(house.living_area)} sqft<br /></div>\n"
        f"<br /><b>Property Description</b><br />{escape(listing.remarks)}<br /><br />\n"
        f"<div class='flexmls_connect__tab_div'></div>{tables}{features}"
        "<div class='flexmls_connect__ld_compliance'>"
        f"Listing Office: {escape(listing.office)}<br />"
        f"Listing Agent: {escape(listing.agent)}, {listing.agent_phone}</div></div>"
    )


def _table(header: str, cells: Sequence[str], across: int = 2) -> str:
    wrapped = [f"<div class='flexmls_connect__ld_property_detail'>{cell}</div>" for cell in cells]
    rows = "".join(
        "<div class='flexmls_connect__ld_property_detail_row'>"
        + "".join(wrapped[i : i + across])
        + "</div>"
        for i in range(0, len(wrapped), across)
    )
    return (
        "<div class='flexmls_connect__ld_detail_table'><div class='flexmls_connect__detail_header'>"
        f"{escape(header)}</div><div class='flexmls_connect__ld_property_detail_body'>{rows}</div>"
        "</div>\n"
    )
