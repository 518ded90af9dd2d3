"""Small upstreams and a clock, for tests of what the sandbox does around any upstream."""

import socket
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from phoenix_re.sandbox.scene import REASON_HEADER, Scene, Upstream

ROBOTS = "User-agent: *\nDisallow: /private\n"
HOMES = [{"id": n, "city": "Phoenix"} for n in range(40)]


def routes(scene: Scene) -> list[BaseRoute]:
    async def home(request: Request) -> Response:
        return JSONResponse({"apn": request.path_params["apn"]})

    async def homes(request: Request) -> Response:
        return JSONResponse(HOMES)

    async def page(request: Request) -> Response:
        return PlainTextResponse("a page of text " * 40)

    async def nothing(request: Request) -> Response:
        return Response(status_code=204)

    async def bad_token(request: Request) -> Response:
        return JSONResponse({"no": "access"}, 500, {REASON_HEADER: "Invalid token: none"})

    async def broken(request: Request) -> Response:
        raise RuntimeError("a defect of the stand-in")

    return [
        Route("/home/{apn:int}", home),
        Route("/homes", homes),
        Route("/page", page),
        Route("/nothing", nothing),
        Route("/bad-token", bad_token),
        Route("/broken", broken),
    ]


def upstream(name: str = "county", **more: Any) -> Upstream:
    return Upstream(name=name, routes=routes, **more)


class HandClock:
    """Seconds that pass only by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def raw_reply(port: int, path: str) -> bytes:
    """What really comes over the wire until the connection ends."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        received = b""
        while piece := connection.recv(65_536):
            received += piece
    return received
