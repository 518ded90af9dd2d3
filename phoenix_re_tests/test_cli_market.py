"""`phoenix-re market`: what the operator sees, what is written, and the exit codes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from phoenix_re.cli.market import app
from phoenix_re.markets import Market, load_markets, market_of_zip
from phoenix_re.markets.new import (
    CountyZips,
    UnknownPlaceError,
    find_county,
    market_yaml,
    plan_market,
    zip_list,
)

SHIPPED = Path(__file__).parents[1] / "markets"


ONE_LINE = st.text(min_size=1, max_size=20).filter(lambda t: bool(t.strip()) and t.isprintable())


def run(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, [str(a) for a in arguments], env={"COLUMNS": "100"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in SHIPPED.glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


class TestList:
    def test_shows_every_market_and_the_sums(self):
        result = run("list", "--folder", SHIPPED)
        assert result.exit_code == 0
        for code, market in load_markets(SHIPPED).items():
            assert re.search(
                rf"{code} {market.name}, {market.state}.*\b{len(market.zips)}\b", result.stdout
            )
        assert re.search(r"6 markets\s+518\b", result.stdout)

    def test_json_is_for_machines(self):
        result = run("list", "--folder", SHIPPED, "--json")
        markets = {market["code"]: market for market in json.loads(result.stdout)}
        assert markets["phx"] == {
            "code": "phx",
            "name": "Phoenix",
            "enabled": True,
            "state": "AZ",
            "timezone": "America/Phoenix",
            "counties": ["04013", "04021"],
            "zips": 141,
            "priority_zips": ["85031", "85033", "85035"],
            "sources": ["files"],
            "cron": "0 5 * * *",
            "budget_usd_monthly": "10",
        }

    def test_a_market_that_is_off_says_so(self, folder):
        path = folder / "las.yaml"
        path.write_text(path.read_text().replace("enabled: true", "enabled: false", 1))
        assert "las Las Vegas, NV (off)" in run("list", "--folder", folder).stdout

    def test_a_broken_folder_fails_and_leaves_stdout_empty(self, tmp_path):
        result = run("list", "--folder", tmp_path / "absent", "--json")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "no such folder" in result.stderr


class TestCheck:
    def test_of_good_files(self):
        result = run("check", "--folder", SHIPPED)
        assert result.exit_code == 0
        assert result.stdout.startswith("6 markets, 518 ZIPs: no problems")

    def test_tells_every_problem_of_every_file(self, folder):
        for code, old, new in [
            ("phx", "timezone: America/Phoenix", "timezone: America/Fenix"),
            ("phx", "name:", "nmae:"),
            ("tuc", '"85701"', "85701"),
            ("las", '"89002"', '"80202"'),
        ]:
            path = folder / f"{code}.yaml"
            path.write_text(path.read_text().replace(old, new, 1))
        result = run("check", "--folder", folder)
        assert result.exit_code == 1
        lines = result.stderr.splitlines()
        assert lines[-1] == "5 problems."
        assert {line.split(": ")[1] for line in lines[:-1]} == {
            "timezone",
            "name",
            "nmae",
            "zips[0]",
            "zips",
        }
        assert "las.yaml: zips: 80202 is already in den.yaml" in result.stderr

    def test_json_has_place_and_reason(self, folder):
        path = folder / "sct.yaml"
        path.write_text(path.read_text().replace("chunk", "chunks").replace("state: ", "stat: "))
        result = run("check", "--folder", folder, "--json")
        report = json.loads(result.stdout)
        assert (result.exit_code, report["ok"]) == (1, False)
        assert report["markets"] == ["aus", "den", "las", "phx", "tuc"]
        unknown = [p for p in report["problems"] if p["field"] == "stat"]
        assert len(unknown) == 1
        assert unknown[0]["file"] == "sct.yaml"
        assert path.read_text().splitlines()[unknown[0]["line"] - 1].startswith("stat:")
        assert "did you mean state?" in unknown[0]["message"]

    def test_json_of_good_files(self):
        report = json.loads(run("check", "--folder", SHIPPED, "--json").stdout)
        assert (report["ok"], report["zips"], report["problems"]) == (True, 518, [])


class TestAdd:
    def test_writes_a_file_that_loads_with_all_that_the_tables_know(self, folder):
        result = run(
            "add", "slc", "--county", "Salt Lake, UT", "--name", "Salt Lake City",
            "--folder", folder,
        )  # fmt: skip
        assert result.exit_code == 0, result.output
        market = load_markets(folder)["slc"]
        assert (market.name, market.state) == ("Salt Lake City", "UT")
        assert market.timezone == "America/Denver"
        assert [(c.name, c.fips) for c in market.counties] == [("Salt Lake", "49035")]
        assert len(market.zips) > 30
        assert "84101" in market.zips
        assert list(market.zips) == sorted(market.zips)
        assert market.sources_in_order == ("files",)
        assert not market.disclosure.sale_prices_disclosed
        assert 40.76 in market.validation.latitude
        assert -111.89 in market.validation.longitude
        text = (folder / "slc.yaml").read_text()
        assert text.startswith("# Salt Lake City, UT: ")
        assert "Append only" in text

    def test_works_in_a_new_folder_without_any_defaults(self, tmp_path):
        result = run("add", "slc", "--county", "Salt Lake, UT", "--folder", tmp_path)
        assert result.exit_code == 1
        assert "sources: missing" in result.stderr
        assert list(tmp_path.iterdir()) == []

    def test_starts_a_folder_that_has_only_defaults(self, tmp_path):
        (tmp_path / "_defaults.yaml").write_bytes((SHIPPED / "_defaults.yaml").read_bytes())
        result = run("add", "slc", "--county", "Salt Lake, UT", "--folder", tmp_path)
        assert result.exit_code == 0, result.output
        assert list(load_markets(tmp_path)) == ["slc"]

    def test_leaves_out_zips_of_other_markets_and_says_so(self, folder):
        result = run(
            "add", "saz", "--county", "Santa Cruz, AZ", "--county", "Pima County, AZ",
            "--folder", folder,
        )  # fmt: skip
        assert result.exit_code == 0, result.output
        assert "Left out 39 ZIPs that another market has (39 in tuc)." in result.stdout
        markets = load_markets(folder)
        assert market_of_zip(markets)["85701"] == "tuc"
        assert "85621" in markets["saz"].zips  # Nogales

    def test_does_not_overwrite(self, folder):
        before = (folder / "tuc.yaml").read_bytes()
        result = run("add", "tuc", "--county", "Salt Lake, UT", "--folder", folder)
        assert result.exit_code == 1
        assert "is not overwritten" in result.stderr
        assert (folder / "tuc.yaml").read_bytes() == before

    @pytest.mark.parametrize("code", ["SLC", "sl", "salt", "s-c", "../", "äöü"])
    def test_refuses_a_code_that_is_none(self, folder, code):
        before = sorted(folder.iterdir())
        result = run("add", code, "--county", "Salt Lake, UT", "--folder", folder)
        assert result.exit_code == 1
        assert "three lower-case letters" in result.stderr
        assert sorted(folder.iterdir()) == before

    @pytest.mark.parametrize(
        ("county", "says"),
        [
            ("Salt Lak, UT", "no county 'Salt Lak' in UT; near it: Salt Lake County"),
            ("Maricpoa, AZ", "near it: Maricopa County"),
            ("Salt Lake", 'write the county as "Name, ST"'),
            ("Salt Lake, Utah", 'write the county as "Name, ST"'),
            ("Salt Lake, ZZ", "'ZZ' is no state"),
            ("St. Louis, MO", "may be St. Louis County or St. Louis city: say which"),
            ("Maricopa, AZ", "every ZIP of these counties is already in another market"),
            ("Autauga, AL=1", "not five digits; give it as"),
        ],
    )
    def test_helps_with_a_county_it_cannot_use(self, folder, county, says):
        result = run("add", "new", "--county", county, "--folder", folder)
        assert result.exit_code == 1
        assert says in result.stderr
        assert not (folder / "new.yaml").exists()

    @pytest.mark.parametrize("name", [" ", "two\nlines", "\x1b[31mred"])
    def test_refuses_a_name_that_is_not_one_line_of_text(self, folder, name):
        result = run("add", "slc", "--county", "Salt Lake, UT", "--name", name, "--folder", folder)
        assert result.exit_code == 1
        assert "one line of text is needed" in result.stderr
        assert not (folder / "slc.yaml").exists()

    def test_refuses_counties_of_two_states(self, folder):
        result = run(
            "add", "kcx", "--county", "Jackson, MO", "--county", "Johnson, KS", "--folder", folder
        )
        assert result.exit_code == 1
        assert "the counties lie in KS, MO: a market has one state" in result.stderr

    def test_asks_for_mending_first(self, folder):
        (folder / "las.yaml").write_text("code: las\n")
        result = run("add", "slc", "--county", "Salt Lake, UT", "--folder", folder)
        assert result.exit_code == 1
        assert "Mend these first" in result.stderr
        assert not (folder / "slc.yaml").exists()

    def test_tells_of_a_second_timezone(self, folder):
        result = run("add", "idn", "--county", "Idaho, ID", "--folder", folder)
        assert result.exit_code == 0, result.output
        assert "Some ZIPs keep other time: America/" in result.stdout


class TestHelp:
    @pytest.mark.parametrize("command", ["list", "check", "add"])
    def test_every_command_shows_examples(self, command):
        result = run(command, "--help")
        assert result.exit_code == 0
        assert f"phoenix-re market {command}" in re.sub(r"\s+", " ", result.stdout)

    def test_without_a_command_the_help_is_shown(self):
        assert "Add one by naming its counties" in re.sub(r"[\s│]+", " ", run().output)


class TestTables:
    @pytest.mark.parametrize(
        ("asked", "name", "fips"),
        [
            ("salt lake,ut", "Salt Lake County", "49035"),
            ("Orleans, LA", "Orleans Parish", "22071"),
            ("La Salle, LA", "La Salle Parish", "22059"),
            ("Saint Louis city, MO", "St. Louis city", "29510"),
            ("St Louis County, MO", "St. Louis County", "29189"),
            ("DuPage, IL", "Du Page County", "17043"),
            ("Dona Ana, NM", "Dona Ana County", "35013"),
            ("District of Columbia, DC", "District of Columbia", "11001"),
            ("Autauga, AL=01001", "Autauga County", "01001"),
        ],
    )
    def test_a_county_is_found_however_it_is_spelt(self, asked, name, fips):
        county = find_county(asked)
        assert county.fips == fips
        assert county.name.casefold().replace(" ", "") == name.casefold().replace(" ", "")
        assert county.rows

    def test_only_zips_with_homes_are_taken(self):
        for row in find_county("Clark, NV").rows:
            assert (row["zip_code_type"], row["active"]) == ("STANDARD", True)

    def test_a_county_named_twice_counts_once(self):
        pima = find_county("Pima, AZ")
        assert len(plan_market("pim", [pima, find_county("Pima County, AZ")]).zips) == len(
            pima.rows
        )

    @given(st.text(max_size=30))
    def test_any_text_finds_a_county_or_is_explained(self, asked):
        try:
            answer = find_county(asked).fips
        except UnknownPlaceError as error:
            answer = str(error)
        assert answer

    @given(
        name=ONE_LINE,
        county=ONE_LINE,
        numbers=st.sets(st.integers(0, 99_999), min_size=1, max_size=60),
    )
    def test_whatever_the_names_the_file_is_yaml_and_says_the_same(self, name, county, numbers):
        rows = tuple(
            {
                "zip_code": f"{number:05d}",
                "city": "Somewhere",
                "timezone": "America/Denver",
                "lat": "40.1",
                "long": "-111.9",
            }
            for number in numbers
        )
        new = plan_market("new", [CountyZips(county, "UT", "49035", rows)], name=name)
        values = yaml.safe_load(market_yaml(new))
        market = Market.model_validate(
            {
                **values,
                "owners": ["team:x"],
                "sources": {"files": {"licence_class": "operator_files"}},
            }
        )
        assert market.name == name
        assert market.zips == tuple(sorted(f"{number:05d}" for number in numbers))

    def test_twelve_zips_a_line(self):
        text = zip_list(f"{85000 + i}" for i in range(30))
        assert [line.count('"') // 2 for line in text.splitlines()] == [0, 12, 12, 6, 0]
        assert len(yaml.safe_load(text)) == 30
