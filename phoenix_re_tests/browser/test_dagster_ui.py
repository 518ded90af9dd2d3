"""The Dagster UI in a real browser: lineage, ZIP partitions, KPI checks, automation."""

import pytest
from playwright.sync_api import Page, expect

from phoenix_re import keys
from phoenix_re_tests.browser.conftest import keep
from phoenix_re_tests.dev_server import DevServer

pytestmark = pytest.mark.browser

ZIPS = ["85031", "85033", "85035"]


@pytest.fixture(scope="module")
def server(dev_server: DevServer) -> DevServer:
    zips = [word for zip_code in ZIPS for word in ("--zip", zip_code)]
    done = dev_server.command("materialize", "--market", "phx", *zips)
    assert done.returncode == 0, done.stdout + done.stderr
    return dev_server


def test_the_lineage_of_a_market_is_one_group(server: DevServer, page: Page) -> None:
    page.goto(f"{server.url}/locations/phoenix_re/asset-groups/phx/lineage")
    for stage in keys.STAGES:
        expect(page.get_by_text(stage).first).to_be_visible()
    expect(page.get_by_text("landed_files").first).to_be_visible()
    page.wait_for_timeout(3_000)  # the graph moves into place
    keep(page, "lineage")


def test_the_partitions_page_names_the_materialized_zips(server: DevServer, page: Page) -> None:
    page.goto(f"{server.url}/assets/phx/market_trends?view=partitions")
    page.get_by_text("Missing (138)").click()  # off the list
    expect(page.get_by_text("3 Partitions Selected")).to_be_visible()
    for zip_code in ZIPS:
        expect(page.get_by_text(zip_code).first).to_be_visible()
    keep(page, "partitions")


def test_a_zips_figures_are_shown(server: DevServer, page: Page) -> None:
    page.goto(f"{server.url}/assets/phx/market_trends?view=partitions&partition=85031")
    expect(page.get_by_text("median_sale_price_usd").first).to_be_visible()
    expect(page.get_by_text("as_of").first).to_be_visible()
    keep(page, "zip")


def test_the_checks_carry_the_names_of_the_kpis(server: DevServer, page: Page) -> None:
    page.goto(f"{server.url}/assets/phx/validated_properties?view=checks")
    for kpi in keys.KPI_CHECKS:
        expect(page.get_by_text(f"market_{kpi}").first).to_be_visible()
    keep(page, "checks")


def test_schedules_and_sensors_say_what_they_do(server: DevServer, page: Page) -> None:
    page.goto(f"{server.url}/automation")
    for name in (keys.INBOX_SENSOR, keys.CHANGED_ZIPS_SENSOR, keys.daily_schedule_name("phx")):
        expect(page.get_by_text(name).first).to_be_visible()
    expect(page.get_by_text("At 05:00 AM").first).to_be_visible()
    keep(page, "automation")
