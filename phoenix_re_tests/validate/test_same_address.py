"""Same home or not: the spellings that are one, and the units that never are."""

import pytest

from phoenix_re.validate.address_line import LONGEST, zip5_of
from phoenix_re.validate.same_address import compare


def kind(a: str, b: str, **beside: str) -> str:
    there, back = compare(a, b, **beside), compare(b, a, **_swapped(beside))
    assert there.kind == back.kind
    return there.kind


def _swapped(beside: dict[str, str]) -> dict[str, str]:
    return {name[:-1] + ("b" if name[-1] == "a" else "a"): value for name, value in beside.items()}


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("412 W Larkspur Rd", "412 West Larkspur Road"),
        ("412 W Larkspur Rd", "  412 w. larkspur rd.  "),
        ("412 W Larkspur Rd, Mesa, AZ 85201", "412 W LARKSPUR RD, Mesa, AZ 85201-1234"),
        ("412 W Larkspur Rd, Mesa, AZ 85201", "412 Larkspur Rd, Mesa, AZ 85201"),
        ("412 W Larkspur Rd, Mesa, AZ", "412 Larkspur Rd, Mesa, AZ"),
        ("412 W Larkspur Rd, Mesa, AZ 85201", "412 W Larkspur, Mesa, AZ 85201"),
        ("412 W Larkspur Rd, Laveen, AZ 85339", "412 W Larkspur Rd, Phoenix, AZ 85339"),
        ("412 W Larkspur Rd, Mesa, AZ 85201", "412 w larkspur rd mesa az 85201"),
        ("412 W Larkspur Rd, Mesa, AZ 85201", "412 W Larkspur Rd Mesa 85201"),
        ("412 W Larkspur Rd, Mesa, AZ", "412 W Larkspur Rd Mesa"),
        ("412 W Larkspur Rd, Mesa, Arizona, 85201, USA", "412 W Larkspur Rd, Mesa, AZ 85201"),
        ("412 W Larkspur Rd\nMesa, AZ 85201", "412 W Larkspur Rd, Mesa, AZ 85201"),
        ("412 W Larkspur Rd, 85201", "412 W Larkspur Rd, Mesa, AZ 85201"),
        ("88 Elm St, Newark, NJ 07102", "88 Elm St, Newark, NJ 7102"),
        ("N/A 412 W Larkspur Rd", "412 W Larkspur Rd"),
        ("-- 412 W Larkspur Rd --", "412 W Larkspur Rd"),
        ("412 W Larkspur Rd Unit N/A", "412 W Larkspur Rd # 0"),
        ("2340 Rock Pl S", "2340 S Rock Place"),
        ("855 N Kolb Road N Unit 7103", "855 N Kolb Rd 7103"),
        ("711 S Club Road E 18, Mesa, AZ", "711 S Club Rd 18, Mesa, AZ"),
        ("855 E E Thomas Rd", "855 E Thomas Rd"),
        ("18 N.W. Elm St", "18 Northwest Elm St"),
        ("4406 N 30 Dr", "4406 N 30th Drive"),
        ("4406 N Thirty-First Ave", "4406 N 31st Ave"),
        ("12 First Street", "12 1st St"),
        ("56 Cll Flor", "56 Calle Flor"),
        ("56 Cam Del Monte", "56 Camino Del Monte"),
        ("56 Pso De Amigos", "56 Paseo De Amigos"),
        ("455 S Ave De Las Flores", "455 S Avenida De Las Flores"),
        ("56 Cajeme Ct", "56 Cajeme Corte"),
        ("56 S V√≠a Flor", "56 S Via Flor"),
        ("56 S VÃ­a Flor", "56 S Vía Flor"),
        ("56 N Via Del Rancho Rd", "56 N Via Del Rancho --"),
        ("56 N Avenida Del Lasso", "56 N Avenida Del Lasso Avenue"),
        ("56 N Oro Pkwy", "56 N Oro Pw Parkway N"),
        ("56 N Wash Loop", "56 N Wash Lp"),
        ("56 E Lynx Lk Trl", "56 E Lynx Lake Trail"),
        ("56 N Moon Gaze Dr", "56 N Moongaze Dr"),
        ("56 W St Kateri Dr", "56 W Saint Kateri Dr"),
        ("56 N Mt Hope Rd", "56 N Mount Hope Rd"),
        ("56 Elm St, St. David, AZ", "56 Elm St, Saint David, AZ"),
        ("2050 AZ-89A", "2050 State Route 89-A"),
        ("2050 W SR 89A", "2050 W State Hwy 89A --"),
        ("17 US-60", "17 U.S. Highway 60"),
        ("17 Hwy 60", "17 US Hwy 60"),
        ("17 County Road 12", "17 CR 12"),
        ("17 FM 12", "17 Farm to Market Road 12"),
        ("56 N Ave Ronca", "56 N Avenida Ronca"),
        ("56 Cl Flor", "56 Calle Flor"),
        ("56 W Peak View Rd", "56 W Peakview Rd"),
        ("56 S Clearview Ave 12", "56 S Clear View Ave 12"),
        ("56 E Hilly Pt Pl", "56 E Hilly Pointe Place"),
        ("56 E Sand Crest Dr", "56 E Sand Crest"),
        ("56 E Mountain View Rd", "56 E Mountain View"),
        ("56 MLK Blvd", "56 Dr. Martin Luther King Jr. Blvd"),
        ("56 So. Elm St", "56 S Elm St"),
        ("9 W Sunny Rd Apt5", "9 W Sunny Rd Apt 5"),
        ("9 W Sunny Rd Penthouse 1", "9 W Sunny Rd PH 1"),
        ("9 W Sunny Rd Upstairs", "9 W Sunny Rd, Upper Level"),
        ("9 W Sunny Rd (front)", "9 W Sunny Rd Frnt"),
        ("9 W Sunny Rd Apt 5", "9 W Sunny Rd #5"),
        ("9 W Sunny Rd Apt 005", "9 W Sunny Rd, Ste. 5"),
        ("9 W Sunny Rd lot 49", "9 W Sunny Rd 49"),
        ("9 W Sunny Rd unit c", "9 W Sunny Rd C"),
        ("9 W Sunny Rd 12-B", "9 W Sunny Rd Unit 12B"),
        ("9 W Sunny Rd Unit 12 Bldg 3", "9 W Sunny Rd Bldg 3 # 12"),
        ("Apt 5, 9 W Sunny Rd", "9 W Sunny Rd Apt 5"),
        ("Suite 200, Bldg 17, 9 W Sunny Rd", "9 W Sunny Rd Bldg 17 Ste 200"),
        ("9 W Sunny Rd 2nd Floor", "9 W Sunny Rd, Fl 2"),
        ("109-A Sunny Sq", "109A Sunny Square"),
        ("1234½ Elm St", "1234 1/2 Elm St"),
        ("One Sunny Plz", "1 Sunny Plaza"),
        ("710 &amp; 712 N 11th Avenue", "710-712 N 11th Ave"),
        ("18 Peachtree St, NE", "18 Peachtree St NE"),
        ("18 E North Ln, Mesa, AZ 85201", "18 e north ln mesa az 85201"),
        ("18 Elm Dr, Green Valley, AZ 85614", "18 elm dr green valley az 85614"),
    ],
)
def test_same(a: str, b: str) -> None:
    assert kind(a, b) == "same", compare(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("9 W Sunny Rd Apt 5", "9 W Sunny Rd Apt 6"),
        ("9 W Sunny Rd Apt5", "9 W Sunny Rd Apt 6"),
        ("9 W Sunny Rd Upstairs", "9 W Sunny Rd Downstairs"),
        ("9 W Sunny Rd Rear", "9 W Sunny Rd Front"),
        ("9 W Sunny Rd Basement", "9 W Sunny Rd"),
        ("9 W Sunny Rd Apt 5", "9 W Sunny Rd"),
        ("9 W Sunny Rd 1-11", "9 W Sunny Rd 11-1"),
        ("9 W Sunny Rd A", "9 W Sunny Rd D"),
        ("9 W Sunny Rd LOT", "9 W Sunny Rd Lot 5"),
        ("9 W Sunny Rd LOT", "9 W Sunny Rd"),
        ("9 W Sunny Rd 2nd Floor", "9 W Sunny Rd Third Floor"),
        ("9 W Sunny Rd Lower Level", "9 W Sunny Rd"),
        ("56 S Paseo Flor A", "56 S Paseo Flor Apt D"),
        ("56 N Camino Flor 2110", "56 N Camino Flor"),
        ("52C Bailey Hl", "52D Bailey Hl"),
        ("52C Bailey Hl", "52 Bailey Hl"),
        ("1234 1/2 Elm St", "1234 Elm St"),
        ("2050 AZ-89A 99", "2050 State Route 89A Unit 176"),
        ("9 W Sunny Rd 5, Mesa, AZ 85201", "9 Sunny Rd 6, Mesa, AZ 85201"),
    ],
)
def test_same_building(a: str, b: str) -> None:
    assert kind(a, b) == "same_building", compare(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("412 W Larkspur Rd", "413 W Larkspur Rd"),
        ("412 W Larkspur Rd", "412 W Oleander Rd"),
        ("412 W Larkspur Rd", "412 E Larkspur Rd"),
        ("412 N 30th Dr", "412 N 30th Ave"),
        ("412 N 30th Dr", "412 N 31st Dr"),
        ("412 N Elm St, Mesa, AZ 85201", "412 N Elm St, Peoria, AZ 85345"),
        ("412 N Elm St, Mesa, AZ", "412 N Elm St, Reno, NV"),
        ("17 US Hwy 60", "17 State Hwy 60"),
        ("17 Hwy 60", "17 Hwy 70"),
        ("17 Avenue A", "17 Avenue B"),
        ("56 Sunset Dr", "56 Sunset Dr Ct"),
        ("56 S Paseo Flor C", "56 S Paseo Sol C"),
        ("56 N Sunset Gallery Dr", "56 N Gallery Place"),
        ("18 Elm Rd, NW Atlanta, GA 30331", "18 Elm Rd SE, Atlanta, GA 30331"),
    ],
)
def test_different(a: str, b: str) -> None:
    assert kind(a, b) == "different", compare(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("", ""),
        ("", "412 W Larkspur Rd"),
        ("N/A", "N/A"),
        ("0 E Hopeful Dr", "0 E Hopeful Dr"),
        ("TBD S Camino Flor Lot 80", "TBD S Camino Flor Lot 80"),
        ("PO Box 12, Mesa, AZ 85201", "PO Box 12, Mesa, AZ 85201"),
        ("9 W Sunny Rd LOT", "9 W Sunny Rd LOT"),
        ("412 N Amberwood Dr", "412 N Amberwod Dr"),
        ("412 N Preston Dr", "412 N Creston Dr"),
        ("412 N Larkspur Way", "412 N Larkspur Dr"),
        ("412 N 30th", "412 N 30th Dr"),
        ("409 S 400 W", "409 S 400"),
        ("412 W Larkspur Rd", "412 Larkspur Rd"),  # no ZIP that would make up for it
        ("412 W Larkspur Rd, Mesa, AZ 85201", "412 Larkspur Rd"),
        ("412 W Larkspur Rd, Mesa, AZ 85201", "412 W Larkspur Rd, Mesa, AZ 85202"),
        ("412 W Larkspur Rd, Mesa, AZ", "412 W Larkspur Rd, Gilbert, AZ"),
        ("412 W Larkspur Rd, 13105", "412 W Larkspur Rd"),  # its ZIP, or unit 13105
        ("425 S Paseo Cerro E", "425 S Paseo Cerro"),  # its east end, or unit E
        ("425 S Paseo Cerro E", "425 S Paseo Cerro Unit E"),
        ("9312 S Winter Rd E", "9312 S Winter Rd"),
        ("9 W Sunny Rd 16-101", "9 W Sunny Rd 16101"),
        ("9 W Sunny Rd Bldg 3 Unit 12", "9 W Sunny Rd Unit 12"),
        ("9 W Sunny Rd Bldg 3", "9 W Sunny Rd Unit 3"),
        ("9 W Sunny Rd M180", "9 W Sunny Rd 180"),
        ("52C Bailey Hl", "52 Bailey Hl Unit C"),
        ("77-79 S Grande Ave", "77 S Grande Ave"),
        ("37-12 Grande Ave", "3712 Grande Ave"),
        ("9 N Circle B", "9 N Circle I"),
        ("9 N Calle Pueblo", "9 N Pueblo"),
        ("18 Main St, Casita", "18 Main St"),
        ("18 N Elm St", "18 NE Elm St"),
        ("x" * (LONGEST + 1), "x" * (LONGEST + 1)),
    ],
)
def test_unsure(a: str, b: str) -> None:
    assert kind(a, b) == "unsure", compare(a, b)


def test_zip_and_city_may_stand_beside_and_overrule_the_line() -> None:
    a, b = "412 W Larkspur Rd", "412 Larkspur Rd"
    assert kind(a, b, zip_a="85201", zip_b="85201") == "same"
    assert kind(a, b, zip_a="z85201", zip_b="85201-0012") == "same"
    assert kind(a, b, city_a="Mesa", city_b="MESA") == "same"
    assert kind(a, a, zip_a="85201", zip_b="10001") == "different"
    assert kind(a, a, zip_a="85201", zip_b="85345", city_a="Mesa", city_b="Peoria") == "different"
    assert kind(f"{a}, Mesa, AZ 85201", a, zip_a="10001", zip_b="10001") == "same"
    assert kind("700 E Mesa Rd 13105", "700 E Mesa Rd, 13105", zip_a="85201", zip_b="85201") == (
        "same"
    )


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        ("9 Elm St Apt 5", "9 Elm St Apt 6", "one house and street, other units: 5, 6"),
        ("9 Elm St", "9 Elm St 6", "one house and street, but only one side says a unit (6)"),
        ("9 Elm St", "11 Elm St", "house numbers differ: 9, 11"),
        ("9 Elm St", "9 Oak St", "streets differ: ELM ST, OAK ST"),
        ("", "9 Oak St", "the first address is empty"),
        ("9 Elm St", "Oak St", "the second address has no house number"),
        ("Elm St", "Elm St", "each address has no house number"),
        (
            "9 N Elm St, Mesa, AZ 85201",
            "9 Elm, Mesa, AZ 85201",
            "no part differs; only one side says N; only one side says ST",
        ),
    ],
)
def test_the_reason_is_a_sentence_for_people(a: str, b: str, reason: str) -> None:
    assert compare(a, b).reason == reason


def test_the_parts_say_what_was_compared() -> None:
    verdict = compare("9 N Elm St, Mesa, AZ 85201", "9 Elm Rd # 4, Mesa, AZ 85201")
    assert verdict.kind == "unsure"
    assert verdict.parts == {
        "house_number": "equal",
        "street": "equal",
        "direction": "missing",
        "suffix": "differs",
        "area": "equal",
        "unit": "missing",
    }


@pytest.mark.parametrize(
    ("text", "zip5"),
    [
        ("85201", "85201"),
        ("85201-1234", "85201"),
        ("852011234", "85201"),
        ("85201.0", "85201"),
        ("z95838", "95838"),
        ("7030", "07030"),
        ("00000", ""),
        ("-", ""),
        ("", ""),
        ("852", "00852"),
        ("1234567", ""),
    ],
)
def test_zip(text: str, zip5: str) -> None:
    assert zip5_of(text) == zip5
