"""The plugin's newer template: cards, and definition lists on the detail page."""

from collections.abc import Sequence
from html import escape

from phoenix_re.sandbox.upstreams.phoenix_mls.wording import (
    FEATURES,
    ZONE,
    Look,
    baths_of,
    one_in,
    pager,
    price_of,
    sections_of,
    words_of,
)
from phoenix_re.sandbox.world import Listing

_SHOWN_ABOVE = {"List Price", "List Date"}  # not repeated in the tables
LONGEST_TEASER = 1000


def results(listings: Sequence[Listing], look: Look) -> str:
    cards = "\n".join(_card(listing, look) for listing in listings)
    return (
        '<div class="flexmls_connect__search_results_v2 flexmls-v2-widget flexmls-body-font">\n'
        '<div class="flexmls-count-wrapper"><span class="flexmls-matches-count">'
        f"{look.total:,} Matches Found</span></div>\n"
        f'<div class="flexmls-listings-list-wrapper">\n{cards}\n</div>\n{pager(look, "a")}</div>'
    )


def _card(listing: Listing, look: Look) -> str:
    house, words, link = listing.house, words_of(listing), look.detail_link(listing)
    without_zip = f"{words.street}, {house.city}, {house.state}"
    modified = listing.modified_at.astimezone(ZONE)
    half = "am" if modified.hour < 12 else "pm"
    stated = f"{modified:%-I:%M}{half}, {modified:%B} {modified.day}, {modified.year}"
    short = [f"{house.bedrooms}BD", f"{baths_of(listing)}BA"]
    if not one_in(listing, 17):
        short.append(f"{look.area(house.living_area):,}SF")
    details = "\n".join(f'<span class="flexmls-detail">{text}</span>' for text in short)
    return (
        '<div\n class="flexmls-listing flexmls_connect__sr_result"\n'
        f' title="{escape(words.one_line)} - MLS# {listing.mls_number}"\n link="{link}"\n>\n'
        f'<div class="flexmls-image-wrapper"><a href="{link}" class="flexmls-listing-photo-link">'
        f'<img class="flexmls-listing-card__photo" src="/{listing.listing_key}.jpg"/></a>'
        f'<span class="flexmls-price">{price_of(listing)}</span></div>\n'
        f'<a href="{link}" class="flexmls-content-wrapper flexmls-listing-content-link">\n'
        f'<div class="flexmls-address">\n\t{escape(without_zip)}\n</div>\n'
        '<div class="flexmls-quick-details"><span class="flexmls-status">'
        f'{listing.status}</span>\n<div class="flexmls-details">\n{details}\n</div></div>\n'
        '<div class="flexmls-last-modified-and-label-wrapper"><span class="flexmls-bold-label">'
        f"Last Modified:</span> {stated}</div>\n"
        '<span class="flexmls-office-name"><span class="flexmls-bold-label">Listing Office: </span>'
        f"{escape(listing.office)}</span>\n"
        '<span class="flexmls-agent-name"><span class="flexmls-bold-label">Listing Agent: </span>'
        f"{escape(listing.agent)}<br/>{listing.agent_phone}</span>\n</a></div>"
    )


def detail(listing: Listing, look: Look) -> str:
    house, words = listing.house, words_of(listing)
    listed = listing.listed_at.astimezone(ZONE)
    above = {
        "Property Type": "Residential",
        "Bedrooms": str(house.bedrooms),
        "Baths": baths_of(listing),
        "Square Footage": f"{look.area(house.living_area):,}",
        "Lot Size (sq. ft.)": f"{look.area(house.lot_area):,}",
        "Status": listing.status,
        "List Date": f"{listed.month}/{listed.day:02}/{listed.year}",
    }
    heads = "".join(
        f'<span class="flexmls-detail"><span class="detail-label">{label}:</span>\n'
        f'<span class="detail-value">{value}</span></span>'
        for label, value in above.items()
    )
    sections = "".join(
        f'<div class="details-section"><h3 class="detail-section-header">{escape(header)}</h3>'
        f'<dl class="property-details-wrapper">{_pairs(pairs)}</dl></div>'
        for header, pairs in sections_of(listing, look).items()
    )
    features = "".join(
        f'<span class="detail-label">{k}:</span> <span class="detail-value">{escape(v)}</span>'
        for k, v in FEATURES.items()
    )
    teaser = listing.remarks[:LONGEST_TEASER]
    return (
        '<div class="flexmls-listing-details flexmls-v2-widget">\n'
        f'<h2 class="property-title">{escape(words.one_line)}</h2>'
        '<div class="price-and-actions-wrapper"><span class="flexmls-price">'
        f"{price_of(listing)}</span></div>\n"
        f'<div class="main-details-section"><div class="flexmls-details">{heads}</div></div>\n'
        '<div class="flexmls-description"><span class="flexmls-description-teaser">'
        f"{escape(teaser)}</span></div>\n"
        f'<h2>Listing Details <span class="mls-id">MLS# {listing.mls_number}</span></h2>\n'
        f"{sections}{features}\n"
        f"<div id='flexmls_connect__map_canvas' latitude='{house.latitude}' "
        f"longitude='{house.longitude}'></div>\n"
        '<span class="flexmls-agent-name"><span class="flexmls-bold-label">Listing Agent: </span>'
        f"{escape(listing.agent)} | {listing.agent_email}</span></div>"
    )


def _pairs(pairs: Sequence[tuple[str, str]]) -> str:
    return "".join(
        f'<dt class="detail-label">{escape(label)}</dt>\n'
        f'<dd class="detail-value">{escape(value)}</dd>'
        for label, value in pairs
        if label not in _SHOWN_ABOVE
    )
