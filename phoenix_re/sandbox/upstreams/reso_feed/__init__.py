"""RESO Web API as Spark, Bridge, Trestle and MLS Grid serve it, each at its own path of one port.

`hosts.py` has their habits, `odata.py` the query language, `rows.py` the world as RESO's Property,
`serving.py` pages and replies.
"""

from collections.abc import Mapping

from starlette.routing import BaseRoute, Route

from phoenix_re.sandbox.scene import Limit, Scene, Upstream
from phoenix_re.sandbox.upstreams.reso_feed.hosts import (
    CREDENTIALS,
    HOSTS,
    key_of,
    throttled,
    token_route,
)
from phoenix_re.sandbox.upstreams.reso_feed.serving import Served

FAULTS: Mapping[str, str] = {
    "field_rename": "true: ListPrice, or the field named, is called New…",
    "unit_change": "true: areas are in square metres, and LivingAreaUnits says so",
    "wrong_count": "a number added to every @odata.count",
    "moves": "hours that pass between two searches: rows change and move while they are paged",
    "deleted": "share of listings that must be deleted (MlgCanView false, or the status Delete)",
    "hidden": "share of listings with InternetEntireListingDisplayYN false",
    "no_address": "share of listings with InternetAddressDisplayYN false",
    "spark_code": "a code of Spark's (1000 to 3000) that answers every call to Spark",
    "token_seconds": "after so many seconds (more than 0) a token is refused, whatever was told",
}


def routes(scene: Scene) -> list[BaseRoute]:
    asked_zips: set[str] = set()
    found: list[BaseRoute] = [
        Route(path, token_route(scene), methods=["POST"])
        for path in ("/openid/token", "/trestle/oidc/connect/token")
    ]
    for host in HOSTS:
        served = Served(scene, host, asked_zips)
        found += [
            Route(host.root, served.service_document),
            Route(f"{host.root}/$metadata", served.metadata),
            Route(f"{host.root}/Property", served.listings),
            Route(f"{host.root}/Property('{{key}}')", served.one),
            *(
                [Route(host.root + host.replication, served.replication)]
                if host.replication
                else []
            ),
            Route(f"{host.root}/EntityEvent", served.events),
            Route(f"{host.root}/{{resource:path}}", served.unknown),
        ]
    return found


UPSTREAM = Upstream(
    name="reso_feed",
    routes=routes,
    limits=(Limit(120, 60), Limit(7200, 3600)),
    throttled=throttled,
    key_of=key_of,
    faults=FAULTS,
    credentials=CREDENTIALS,
)
