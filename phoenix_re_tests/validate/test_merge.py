"""Merging: exact keys, at most one unit per home, and no dependence on the order of the input."""

from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.markets import County
from phoenix_re.validate.address import address_key
from phoenix_re.validate.merge import Identity, identify, merge, property_id

from .listings import ZIP, a_market, a_record


def an_identity(
    key: str, line: str | None = None, parcel: str | None = None, mls: str | None = None
) -> Identity:
    return Identity(key, address_key(line, ZIP), parcel, mls)


def homes(*identities: Identity) -> list[list[str]]:
    return [[i.listing_id for i in group] for group in merge(identities)]


def test_spellings_of_one_address_are_one_home() -> None:
    assert homes(
        an_identity("a", "4812 W Osborn Rd"), an_identity("b", "4812 West Osborn Road")
    ) == [["a", "b"]]


def test_units_are_homes_and_the_building_is_none_of_them() -> None:
    assert homes(
        an_identity("a", "4812 W Osborn Rd"),
        an_identity("b", "4812 W Osborn Rd 1"),
        an_identity("c", "4812 W Osborn Rd # 1"),
        an_identity("d", "4812 W Osborn Rd 2"),
    ) == [["a"], ["b", "c"], ["d"]]


def test_one_parcel_is_one_home_unless_units_differ() -> None:
    assert homes(
        an_identity("a", "4812 W Osborn Rd", parcel="04013|1"),
        an_identity("b", "4812 Osborn Rd", parcel="04013|1"),
        an_identity("c", None, parcel="04013|1"),
    ) == [["a", "b", "c"]]
    assert homes(
        an_identity("a", "4812 W Osborn Rd 1", parcel="04013|1"),
        an_identity("b", "4812 W Osborn Rd 2", parcel="04013|1"),
        an_identity("c", None, parcel="04013|1"),
        an_identity("d", None, parcel="04013|1"),
    ) == [["a"], ["b"], ["c", "d"]]


def test_one_mls_number_is_one_listing() -> None:
    assert homes(
        an_identity("a", "4812 W Osborn Rd", mls="ARMLS|1"), an_identity("b", mls="ARMLS|1")
    ) == [["a", "b"]]
    assert homes(
        an_identity("a", "4812 W Osborn Rd 1", mls="ARMLS|1"),
        an_identity("b", "4812 W Osborn Rd 2", mls="ARMLS|1"),
    ) == [["a"], ["b"]]


def test_a_source_that_omits_the_unit_is_completed_by_the_same_mls_number() -> None:
    assert homes(
        an_identity("a", "4812 W Osborn Rd", mls="ARMLS|1"),
        an_identity("b", "4812 W Osborn Rd 1", mls="ARMLS|1"),
        an_identity("c", "4812 W Osborn Rd", mls="ARMLS|2"),
        an_identity("d", "4812 W Osborn Rd 2", mls="ARMLS|2"),
    ) == [["a", "b"], ["c", "d"]]


def test_nothing_known_is_a_home_of_its_own() -> None:
    assert homes(an_identity("a"), an_identity("b")) == [["a"], ["b"]]


def test_the_id_hangs_on_the_strongest_key() -> None:
    by_address = property_id("phx", ZIP, [an_identity("a", "4812 W Osborn Rd", "04013|1")])
    assert by_address == property_id("phx", ZIP, [an_identity("z", "4812 West Osborn Road")])
    assert by_address.startswith("phx-85031-")
    assert len(by_address) == len("phx-85031-") + 12
    by_parcel = property_id("phx", ZIP, [an_identity("a", None, "04013|1")])
    assert by_parcel == property_id("phx", ZIP, [an_identity("b", None, "04013|1")])
    assert len({by_address, by_parcel, property_id("phx", ZIP, [an_identity("a")])}) == 3


def test_identify() -> None:
    market = a_market(
        counties=(County(name="Pima", fips="04019"), County(name="Pinal", fips="04021"))
    )

    def parcel(**stated: str | None) -> str | None:
        return identify("x", a_record(**stated), ZIP, market).parcel

    assert parcel(parcel_number="102-25-019A", county_or_parish="Pima County") == "04019|10225019A"
    assert parcel(parcel_number="102 25 019a", county_or_parish="PIMA") == "04019|10225019A"
    assert parcel(parcel_number="10225019", county_or_parish=None) is None
    assert parcel(parcel_number="10225019", county_or_parish="Cochise") is None
    assert parcel(parcel_number="000-00-000", county_or_parish="Pima") is None
    alone = identify("x", a_record(parcel_number="102-25-019"), ZIP, a_market())
    assert alone.parcel == "04013|10225019"
    numbered = identify("x", a_record(x_mls="ARMLS", listing_id="67"), ZIP, market)
    assert numbered.mls_number == "ARMLS|67"
    assert identify("x", a_record(listing_id="67"), ZIP, market).mls_number is None


LINES = [None, "1 Elm St", "1 Elm Street", "1 Elm St 1", "1 Elm St # 2", "2 Elm St", "2 N Elm St"]
IDENTITIES = st.lists(
    st.tuples(
        st.sampled_from(LINES),
        st.sampled_from([None, "04013|1", "04013|2"]),
        st.sampled_from([None, "ARMLS|1", "ARMLS|2", "ARMLS|3"]),
    ),
    max_size=10,
).map(lambda rows: [an_identity(f"k{at}", *row) for at, row in enumerate(rows)])


@given(IDENTITIES, st.randoms(use_true_random=False))
def test_any_order_gives_the_same_homes_and_loses_none(identities, random) -> None:
    groups = merge(identities)
    shuffled = list(identities)
    random.shuffle(shuffled)
    assert merge(shuffled) == groups
    ids = [identity.listing_id for group in groups for identity in group]
    assert sorted(ids) == sorted(identity.listing_id for identity in identities)


@given(IDENTITIES)
def test_no_home_has_two_units_and_no_two_homes_one_id_or_address(identities) -> None:
    groups = merge(identities)
    for group in groups:
        assert len({i.unit for i in group if i.unit is not None}) <= 1
    ids = [property_id("phx", ZIP, group) for group in groups]
    assert len(ids) == len(set(ids))
    addresses = [a for group in groups for a in {i.address for i in group if i.address}]
    assert len(addresses) == len(set(addresses))
