"""Privacy at the door: what must go, what must stay, and that it takes no time.

All names, numbers and addresses are invented; phones are of the 555-01xx range.
"""

import csv
import os
import stat
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.collect.privacy import clean, hash_key
from phoenix_re.collect.privacy.hashing import hashed_value, normalised
from phoenix_re.collect.privacy.names import names_in
from phoenix_re.collect.privacy.texts import mask
from phoenix_re_tests.collect.drift_payloads import pool

SECRET = b"a key for tests only, 32 bytes!!"
NOBODY: frozenset[str] = frozenset()


def cleaned(payload: dict[str, Any], private: str = "", hashed: str = "") -> dict[str, Any]:
    return clean(payload, frozenset(private.split()), frozenset(hashed.split()), SECRET)


# ── texts: what must go ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "phone",
    [
        *("602-555-0100", "(602) 555-0100", "(602)555-0100", "602.555.0100", "602 555 0100"),
        *("6025550100", "+1 602 555 0100", "+16025550100", "1-602-555-0100", "602-555 0100"),
        *("602/555-0100", "602–555–0100", "602 - 555 - 0100", "( 602 ) 555 - 0100"),
        *("602\u00a0555\u00a00100", "602-555-0100 x12", "602-555-0100 ext. 123"),
        *("(602) 555-0100, ext 4", "602-555-0100 extension 12", "+44 20 7946 0958"),
        *("1-800-EXAMPLE", "602·555·0100", "602_555_0100"),
    ],
)
@pytest.mark.parametrize("around", ["Call {} today.", "{}", "Info: {}", "Pool!{}, spa", "({})."])
def test_phones_are_masked(phone: str, around: str) -> None:
    text = around.format(phone)
    if phone == "6025550100" and around in {"{}", "({})."}:
        assert mask(text) == text  # ten bare digits alone may be any identifier
        return
    masked = mask(text)
    assert "[phone]" in masked
    assert not any(part in masked for part in ("555", "0100", "7946", "EXAMPLE", "12", "ext"))


def test_two_phones_in_a_row_are_both_masked() -> None:
    for gap in (" or ", "/", ", ", " ", "; ", ".", " | "):
        assert mask(f"Call 602-555-0100{gap}480-555-0101 now").count("[phone]") == 2, gap


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Call me at 602-555-01...", "Call me at [phone]..."),
        ("Call me at (602) 5…", "Call me at [phone]…"),
        ("Text 602.555.0...", "Text [phone]..."),
        ("Write to ada@quillmo...", "Write to [email]..."),
        ("Write to ada.q@...", "Write to [email]..."),
        ("Two homes, 1985 and 602...", "Two homes, 1985 and 602..."),
        ("Built in 1985, 1,420 sq...", "Built in 1985, 1,420 sq..."),
        ("Open house @...", "Open house @..."),
    ],
)
def test_what_a_site_cut_in_the_middle_is_masked_too(text: str, masked: str) -> None:
    """Search pages show the first 75 characters of the remarks."""
    assert mask(text) == masked


@pytest.mark.parametrize("text", ["Call 555-0100.", "Text me at 555.0100", "Phone: 555-0100"])
def test_local_numbers_are_masked_after_a_word_that_says_so(text: str) -> None:
    assert mask(text).count("[phone]") == 1


@pytest.mark.parametrize(
    "email",
    [
        *("ada@homes.example.com", "ada.quill+mls@x-y.co", "ADA@EXAMPLE.COM", "a_b%c@example.org"),
        *(
            "ada @ gmail.com",
            "ada@ gmail.com",
            "ada (at) example.com",
            "ada [at] example [dot] com",
        ),
        *("ada at example dot com", "josé@exämple.de"),
    ],
)
@pytest.mark.parametrize("around", ["Write to {} today", "E: {}", "<{}>", "Info,{}."])
def test_emails_are_masked(email: str, around: str) -> None:
    masked = mask(around.format(email))
    assert "[email]" in masked
    assert "example" not in masked.lower()
    assert "@" not in masked


@pytest.mark.parametrize(
    "text",
    [
        "Call Ada Quillmore for a tour.",
        "Text or call Ada M. Quillmore today",
        "Contact listing agent Ada Quillmore with Example Realty",
        "Agent: Ada Quillmore",
        "Listed by Ada Quillmore, Broker, Example Realty",
        "Ask for Ada O'Quillmore-Ferrow!",
        "Ada Quillmore, Realtor: 602-555-0100",
        "ADA QUILLMORE 602-555-0100",
        "Call Ada at 602-555-0100",
        "Please contact Ada, 602-555-0100",
        "Courtesy of: Ada Quillmore",
    ],
)
def test_names_that_a_text_points_at_are_masked(text: str) -> None:
    masked = mask(text)
    assert "[name]" in masked
    assert "ada" not in masked.lower()
    assert "quillmore" not in masked.lower()


def test_names_that_the_payload_gave_are_masked_in_its_texts() -> None:
    payload = {
        "listingAgent": {"name": "Ada M. Quillmore", "phone": "602-555-0100"},
        "Ownership": "OSTERVALE HUGO J/OSTERVALE INES ",
        "remarks": "Ada Quillmore welcomes you. Hugo Ostervale built it; QUILLMORE, ADA sells it.",
        "address": "12 N Ostervale Way",
    }
    assert cleaned(payload) == {
        "remarks": "[name] welcomes you. [name] built it; [name] sells it.",
        "address": "12 N Ostervale Way",
    }


# ── texts: what must stay ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "$1,234,567",
        "Priced at $602 555 0100 pesos",
        "85031-1234",
        "Phoenix, AZ 85031-1234 and 85033",
        "MLS# 6748480",
        "MLS 6025550100 and MLS# 602-555-0100",
        "APN 103-06-005A",
        "APN: 302-555-0100",
        "Parcel number 6025550100",
        "2,239 sqft",
        "602 555 2239 sq ft of space",
        "33.4631,-112.1731",
        "33.463123, -112.173123",
        "+33.4631 -112.1731",
        "2026-01-15 to 2026-02-28",
        "2025-12-25T22-59-25",
        "11/10/2025, 12/25/2025 10:30-12:30",
        "Built in 1992, updated 2019 2020 2021",
        "Lots 200 210 220 and 230",
        "License # 602-555-0100",
        "VIN 1HGCM82633A004352, serial 6025550100",
        "Units 101-104, 12 by 14, 9.2 kW",
        "Call today for details. Contact Listing Agent for access.",
        "Call Your Realtor Today. Text Listing Agent.",
        "Open house @ 4512 Elm St.",
        "Contact Example Realty Group",
        "Hosted by Austin Country Club",
        "The owner is motivated. Seller Financing Available. Agent Remarks Below.",
        "Walk to Ada Park and Quillmore School.",
        "https://photos.example.com/602-555-0100/6025550101.jpg?w=640",
        "See https://x.example/602-555-0100 for more",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert mask(text) is text


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("zpid", "6025550100"),
        ("listingKey", "20260302602555010012345678"),
        ("SCHEDNUM", "0500000001000"),
        ("APN", "602-555-0100"),
        ("mlsNumber", "602-555-0100"),
    ],
)
def test_identifiers_stay(key: str, value: str) -> None:
    assert cleaned({key: value}) == {key: value}


digits = st.integers(0, 9)
money = st.integers(0, 10**9).map(lambda n: f"${n:,}")
areas = st.integers(200, 99_999).map(lambda n: f"{n:,} sqft")
years = st.integers(1900, 2030).map(str)
dates = st.dates().map(str) | st.dates().map(lambda d: d.strftime("%m/%d/%Y"))
points = st.tuples(st.floats(-90, 90), st.floats(-180, 180)).map(
    lambda p: f"{p[0]:.6f}, {p[1]:.6f}"
)
zips = st.tuples(st.integers(501, 99_950), st.integers(0, 9999)).map(
    lambda z: f"{z[0]:05}-{z[1]:04}"
)
numbers = st.integers(0, 9_999_999).map(lambda n: f"MLS# {n:07}")
parcels = st.tuples(
    st.integers(100, 999), st.integers(0, 99), st.integers(0, 999), st.sampled_from(["", "A", "Q"])
).map(lambda p: f"APN {p[0]}-{p[1]:02}-{p[2]:03}{p[3]}")
harmless = money | areas | years | dates | points | zips | numbers | parcels


@given(st.lists(harmless, min_size=1, max_size=6))
def test_figures_of_a_home_are_never_masked(parts: list[str]) -> None:
    text = "; ".join(parts)
    assert mask(text) is text


@st.composite
def phones(draw: st.DrawFn) -> str:
    area, exchange = draw(st.integers(200, 999)), draw(st.integers(200, 999))
    line = draw(st.integers(0, 9999))
    first = draw(st.sampled_from(["{}-", "({}) ", "({})", "{}.", "{} ", "{}/", "{} - "]))
    between = draw(st.sampled_from(["-", ".", " ", " - ", "–"]))
    start = draw(st.sampled_from(["", "+1 ", "1-", "1 ", "+1"]))
    end = draw(st.sampled_from(["", " x12", " ext. 1234", ", ext 7"]))
    return f"{start}{first.format(area)}{exchange}{between}{line:04}{end}"


@given(phones(), st.sampled_from(["Call {}!", "Ring {} or knock", "{} (cell)", "Tel:{}", "({})"]))
def test_every_spelling_of_a_phone_is_masked(phone: str, around: str) -> None:
    masked = mask(around.format(phone))
    assert masked.count("[phone]") == 1
    assert not any(c.isdigit() for c in masked)


# ── URLs ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://x.example/a?id=7&token=abc&w=1", "https://x.example/a?id=7&w=1"),
        ("https://x.example/a?access_token=abc", "https://x.example/a"),
        ("https://x.example/a?X-Amz-Signature=ab&X-Amz-Date=1#top", "https://x.example/a#top"),
        ("https://ada:secret@x.example/a@b?q=1", "https://x.example/a@b?q=1"),
        ("https://x.example/?email=ada@example.com&zip=85031", "https://x.example/?zip=85031"),
        ("https://x.example/a?", "https://x.example/a?"),
    ],
)
def test_urls_lose_what_lets_somebody_in(url: str, kept: str) -> None:
    assert mask(url) == kept
    assert mask(f"See {url} now") == f"See {kept} now"


# ── keys ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "key",
    [
        *("ListAgentFullName", "ListAgentKey", "CoListAgentEmail", "BuyerAgentMlsId"),
        *("CoBuyerAgentFullName", "ListOfficePhone", "ListOfficeEmail", "ShowingContactName"),
        *("OwnerName", "OWNER_NAME", "owner_phone", "OWNER2", "OWNER_ADDRESS_LINE1", "Ownership"),
        *("MAIL1", "MAIL5", "MAIL_ADDR1", "INCAREOF", "py_owner_name", "py_address"),
        *("listingAgent", "agentName", "agentPhoneNumber", "coAgentName", "brokerPhoneNumber"),
        *("agent_name", "agent_email", "agent_phones", "office_phones", "advertisers", "listedBy"),
        *("Contact", "Agent", "GRANTOR", "Grantee", "buyer_name", "tenant", "username"),
    ],
)
def test_keys_of_people_go_without_being_named(key: str) -> None:
    assert cleaned({key: "Ada Quillmore", "deep": [{key: {"x": "Ada Quillmore"}}]}) == {
        "deep": [{}]
    }


@pytest.mark.parametrize(
    "key",
    [
        *("ownerOccupied", "OwnershipType", "OwnerPays", "isNonOwnerOccupied", "ListOfficeName"),
        *("ListPrice", "ListAOR", "BuyerFinancing", "mlsName", "brokerName", "agencyType"),
        *("listingType", "MailboxType", "Telecom", "mobileHome", "sellerType", "contingentListing"),
    ],
)
def test_keys_of_homes_and_companies_stay(key: str) -> None:
    assert cleaned({key: "Example"}) == {key: "Example"}


def test_a_source_names_its_own_keys_at_any_depth_in_any_spelling() -> None:
    payload = {"Labels": {"Office Contact": "x"}, "crm_ref": 1, "CRMnote": 2, "kept": 3}
    assert cleaned(payload, private="officecontact crm*") == {"Labels": {}, "kept": 3}
    assert clean(payload, frozenset({"Office Contact"}), NOBODY, SECRET)["Labels"] == {}


def test_an_owner_object_keeps_its_deed_and_loses_its_person() -> None:
    owner = {
        "Ownership": "QUILLMORE ADA",
        "FullMailingAddress": "12 Elm St",
        "DeedDate": "2020-01-02",
        "SalePrice": "333800",
    }
    deed = {"DeedDate": "2020-01-02", "SalePrice": "333800"}
    assert cleaned({"Owner": owner}) == {"Owner": deed}
    hashed = cleaned({"Owner": owner}, hashed="Ownership Owner")["Owner"]
    assert hashed.pop("Ownership").startswith("h:")
    assert hashed == deed
    rentcast = {"names": ["Ada Quillmore"], "type": "Individual", "mailingAddress": {"city": "X"}}
    assert cleaned({"owner": rentcast}) == {"owner": {"type": "Individual"}}


def test_where_a_key_is_both_private_and_hashed_it_goes() -> None:
    assert cleaned({"Ownership": "ADA"}, private="ownership", hashed="ownership") == {}


# ── hashes ──────────────────────────────────────────────────────────────────────────────────────


def test_the_same_owner_has_the_same_hash_however_spelt() -> None:
    spellings = ["DOE JANE/DOE JOHN ", "Jane Doe & John Doe", "doe, john and doe, jané"]
    hashes = {cleaned({"Ownership": s}, hashed="Ownership")["Ownership"] for s in spellings}
    assert len(hashes) == 1
    assert hashed_value("Jane Doe", SECRET) != hashed_value("Jane Doe", b"another key")
    assert hashed_value("Jane Doe", SECRET) != hashed_value("Jane Roe", SECRET)


def test_words_of_an_address_keep_their_order() -> None:
    assert normalised("123 W 45th St.") != normalised("45th W 123 St")


@pytest.mark.parametrize("nothing", [None, "", "   ", False])
def test_nothing_has_no_hash(nothing: Any) -> None:
    assert cleaned({"Ownership": nothing}, hashed="Ownership") == {"Ownership": nothing}


def test_a_hashed_owner_is_masked_in_texts_as_well() -> None:
    payload = {"Ownership": "QUILLMORE ADA", "note": "Sold by Ada Quillmore in 2020."}
    assert cleaned(payload, hashed="Ownership")["note"] == "Sold by [name] in 2020."


def test_companies_are_no_names() -> None:
    assert names_in("EXAMPLE HOMES LLC") == set()
    assert names_in("CITY OF PHOENIX") == set()
    assert names_in("602-555-0100") == set()


# ── the whole ───────────────────────────────────────────────────────────────────────────────────

words = st.sampled_from(
    [
        *("Call", "Ada", "Quillmore", "602-555-0100", "555-0101", "a@b.co", "@", "(at)", " dot "),
        *("agent", "MLS#", "[phone]", "[name]", "QUILLMORE", "at", "x12", "+1", "\n", "#"),
        "https://x.example/?key=1",
    ]
)
texts = (
    st.lists(words, max_size=12).map(" ".join) | st.text(max_size=60) | st.lists(words).map("".join)
)
keys = st.sampled_from(["remarks", "Owner", "ListAgentFullName", "x", "phone", "Ownership", "id"])
json_like = st.recursive(
    texts | st.none() | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(keys, json_like, max_size=5))
def test_cleaning_twice_is_cleaning_once(payload: dict[str, Any]) -> None:
    once = cleaned(payload, private="x", hashed="Ownership")
    assert cleaned(once, private="x", hashed="Ownership") == once
    assert cleaned(payload, private="x", hashed="Ownership") == once


def test_a_payload_without_people_is_itself_and_unchanged() -> None:
    for payload in pool(20, seed=1):
        before = repr(payload)
        assert clean(payload, NOBODY, NOBODY, SECRET) is payload
        assert repr(payload) == before


def test_what_is_nested_beyond_reason_is_not_taken_in() -> None:
    payload: dict[str, Any] = {"phone": "602-555-0100"}
    for _ in range(900):
        payload = {"a": payload}
    assert "555" not in repr(cleaned(payload))


# ── hostile input and speed ─────────────────────────────────────────────────────────────────────

MEGABYTE = 1_000_000
HOSTILE = [
    *("a", "6", "@", "a@", "@a.", "602-", "602 555 ", "call ", "Call Ada ", "[phone] ", "A ", "( "),
    *(
        "a.a",
        "+1",
        "(at)",
        " at a dot ",
        "https://",
        "https://?key=",
        "Aa Bb Cc ",
        "-.-.",
        "call 5",
    ),
    *("555-0100 ", "a@b.co", "Call Ada 602-555-0100 ", "\u00a0", "x'", "''''", "owner : "),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_megabyte_of_anything_is_read_in_linear_time(piece: str) -> None:
    def cpu(characters: int) -> float:
        text = piece * (characters // len(piece))
        start = time.process_time()
        mask(text, {("ada", "quillmore"), ("aa", "bb")})
        return time.process_time() - start

    small, large = cpu(MEGABYTE // 8), cpu(MEGABYTE)
    assert large < 8
    assert large < 8 * 3 * small + 0.3, (small, large)


def test_payloads_without_people_pass_fast() -> None:
    payloads = pool(2_000, seed=2)
    for payload in payloads:
        payload["remarks"] = "Bright ranch with a pool, near parks; 2,239 sqft, HOA $45. " * 8
    best = 0.0
    for _ in range(3):
        start = time.process_time()
        for payload in payloads:
            clean(payload, frozenset({"contact"}), frozenset({"ownership"}), SECRET)
        best = max(best, len(payloads) / (time.process_time() - start))
    print(f"\n{best:,.0f} payloads of 24 keys and 480 characters of text per CPU second")
    assert best > 5_000


@pytest.mark.parametrize(
    ("file", "column", "most"),
    [
        ("austin_listings_with_remarks.csv", "description", 0.02),
        ("texas_listings_with_remarks_2024.csv", "text", 0.02),
    ],
)
def test_real_remarks_are_hardly_touched(
    shared_data: Path, file: str, column: str, most: float
) -> None:
    """Phones and e-mails are masked there already, so that what is left to mask is names."""
    with (shared_data / "text" / file).open(encoding="utf-8-sig", newline="") as lines:
        remarks = [row[column] for row in csv.DictReader(lines)]
    touched = sum(mask(text) != text for text in remarks)
    print(f"\n{file}: {touched} of {len(remarks):,} texts touched ({touched / len(remarks):.2%})")
    assert touched / len(remarks) < most


# ── the key ─────────────────────────────────────────────────────────────────────────────────────


def test_the_key_is_made_once_and_kept_for_its_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOENIX_RE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PHOENIX_RE_HASH_KEY", raising=False)
    key = hash_key()
    file = tmp_path / "home" / "hash_key"
    assert len(key) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert hash_key() == key
    file.chmod(0o644)
    assert hash_key() == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(file.parent) == ["hash_key"]  # noqa: PTH208 - no draft is left behind
    file.write_text("not hex")
    with pytest.raises(ValueError, match="restore it, or remove it"):
        hash_key()


def test_the_environment_may_give_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOENIX_RE_HASH_KEY", "a long and random enough key")
    given_key = hash_key()
    monkeypatch.setenv("PHOENIX_RE_HASH_KEY", "another long and random key")
    assert hash_key() != given_key
    monkeypatch.setenv("PHOENIX_RE_HASH_KEY", "short")
    with pytest.raises(ValueError, match="at least 16") as error:
        hash_key()
    assert "short" not in str(error.value)


def test_the_order_of_keys_and_the_seed_change_nothing() -> None:
    payload = {"b": "Call Ada Quillmore", "a": {"phone": "1"}, "Ownership": "QUILLMORE ADA"}
    shuffled = list(payload.items())
    Random(1).shuffle(shuffled)
    assert cleaned(dict(shuffled)) == cleaned(payload)
