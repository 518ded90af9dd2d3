"""What the Dagster UI shows of collecting from the sandbox, on a day on which two sources fail."""

import pytest
from playwright.sync_api import Page, expect

from phoenix_re_tests.browser.conftest import keep
from phoenix_re_tests.dev_server import DevServer, command

pytestmark = pytest.mark.browser

GOOD_DAY = ("85041", "85042", "85043")  # neighbours, so one run
BAD_DAY = ("85044", "85045", "85048")


@pytest.fixture(scope="module")
def server(sandbox_dev: DevServer):
    faults = (("maricopa_assessor", "unauthorized=true"), ("rentals", "quota_used_up=true"))
    for zips, switched in ((GOOD_DAY, ()), (BAD_DAY, faults)):
        for upstream, fault in switched:
            command(sandbox_dev.home, "sandbox", "fault", upstream, fault)
        words = [word for zip_code in zips for word in ("--zip", zip_code)]
        done = sandbox_dev.command("materialize", "--market", "phx", *words)
        assert done.returncode == 0, done.stdout + done.stderr
    yield sandbox_dev
    command(sandbox_dev.home, "sandbox", "fault", "--clear")


def test_the_check_of_the_sources_says_who_failed_and_who_covered(
    server: DevServer, page: Page
) -> None:
    page.goto(f"{server.url}/assets/phx/raw_listings?view=checks")
    expect(page.get_by_text("market_sources").first).to_be_visible()
    in_short = "2 of 9 sources failed (3 ZIPs): maricopa_assessor, rentals."
    expect(page.get_by_text(in_short)).to_be_visible()
    expect(page.get_by_text("covered_by")).to_be_visible()
    expect(page.get_by_text(", ".join(BAD_DAY)).first).to_be_visible()
    expect(page.get_by_text("MARICOPA_API_TOKEN").first).to_be_visible()
    expect(page.get_by_role("cell", name="county_open_data").first).to_be_visible()
    keep(page, "sources")


def test_a_zips_partition_has_a_sentence_per_source(server: DevServer, page: Page) -> None:
    page.goto(f"{server.url}/assets/phx/raw_listings?view=partitions&partition={BAD_DAY[0]}")
    expect(page.get_by_text("source_reso_feed")).to_be_visible()
    expect(page.get_by_text("covering for maricopa_assessor")).to_be_visible()
    expect(page.get_by_text("source_zillow")).to_be_visible()
    page.get_by_text("source_zillow").scroll_into_view_if_needed()
    keep(page, "collected")


def test_runs_are_plotted_over_time(server: DevServer, page: Page) -> None:
    page.goto(f"{server.url}/assets/phx/raw_listings")
    page.get_by_text("Plots", exact=True).click()
    page.get_by_role("button", name="Events").click()
    for figure in ("requests", "bytes", "properties_per_hour", "cost_usd"):
        expect(page.get_by_text(figure, exact=True).first).to_be_visible()
    page.get_by_text("properties_per_hour", exact=True).scroll_into_view_if_needed()
    keep(page, "plots")


def test_a_runs_observation_has_each_sources_report(server: DevServer, page: Page) -> None:
    page.goto(f"{server.url}/assets/phx/raw_listings?view=events")
    expect(page.get_by_text("Observed in run")).to_be_visible()
    for figure in ("requests", "properties_per_hour", "seconds", "reso_feed"):
        expect(page.get_by_text(figure, exact=True).first).to_be_visible()
    expect(page.get_by_text("Loading")).to_have_count(0)
    keep(page, "run")
