"""The peer of `collect.py`: the same search pages by a Scrapy spider with AutoThrottle.

Run by Scrapy's own venv (`make bench-collect` builds it from scrapy.lock); prints JSON.
"""

# pyright: reportMissingImports=false

import json
import sys
import time
from typing import ClassVar

import scrapy
from scrapy.crawler import CrawlerProcess

WANTED = json.loads(sys.argv[1])


class Parcels(scrapy.Spider):
    name = "parcels"
    found: ClassVar[set[str]] = set()
    custom_settings: ClassVar[dict[str, object]] = {
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": WANTED["delay"],
        "AUTOTHROTTLE_TARGET_CONCURRENCY": 8,
        "DOWNLOAD_DELAY": WANTED["delay"],
        "RANDOMIZE_DOWNLOAD_DELAY": False,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
        "ROBOTSTXT_OBEY": False,
        "LOG_LEVEL": "ERROR",
        "TELNETCONSOLE_ENABLED": False,
    }

    async def start(self):
        for zip_code in WANTED["zips"]:
            yield self.page(zip_code, 1)

    def page(self, zip_code: str, number: int) -> scrapy.Request:
        return scrapy.Request(
            f"{WANTED['base']}/search/property/?q={zip_code}&page={number}",
            headers={"AUTHORIZATION": WANTED["token"], "User-Agent": "null"},
            cb_kwargs={"zip_code": zip_code, "number": number},
        )

    def parse(self, response, zip_code: str, number: int):
        answer = response.json()
        self.found.update(row["APN"] for row in answer["Results"])
        if number == 1:
            for more in range(2, -(-answer["TOTAL"] // 25) + 1):
                yield self.page(zip_code, more)


process = CrawlerProcess()
began = time.monotonic()
crawler = process.create_crawler(Parcels)
process.crawl(crawler)
process.start()
counts = crawler.stats.get_stats()
print(
    json.dumps(
        {
            "found": len(Parcels.found),
            "seconds": time.monotonic() - began,
            "refused": counts.get("downloader/response_status_count/429", 0),
        }
    )
)
