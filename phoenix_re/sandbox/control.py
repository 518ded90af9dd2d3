"""The control API: how the sandbox is asked and steered over HTTP. JSON in and out.

Errors are `{"error": "a sentence"}` with status 400 or 404. What it does is `Sandbox`'s.
"""

import json
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from phoenix_re.sandbox.scene import SandboxError

if TYPE_CHECKING:
    from phoenix_re.sandbox.server import Sandbox


def control(sandbox: "Sandbox") -> Starlette:
    """The ASGI application that steers `sandbox`."""

    async def status(request: Request) -> Response:
        return JSONResponse(_status(sandbox))

    async def advance(request: Request) -> Response:
        by = _duration(await _body(request))
        now = sandbox.advance(by)
        return JSONResponse({"now": now.isoformat(), "advanced_seconds": _advanced(sandbox)})

    async def known_faults(request: Request) -> Response:
        return JSONResponse(sandbox.known_faults)

    async def set_faults(request: Request) -> Response:
        wanted = await _body(request)
        for upstream, faults in wanted.items():
            if not isinstance(faults, dict):
                raise SandboxError(f"{upstream}: expected {{fault: value}}, not {faults!r}")
        await sandbox.set_faults(wanted)
        return JSONResponse(_faults(sandbox))

    async def clear_faults(request: Request) -> Response:
        await sandbox.drop_faults()
        return JSONResponse({})

    async def stats(request: Request) -> Response:
        return JSONResponse(sandbox.stats())

    async def clear_stats(request: Request) -> Response:
        sandbox.clear_stats()
        return JSONResponse({})

    def truth(request: Request) -> Response:  # in a thread: a ZIP may have to be built
        zip_code = request.path_params["zip"]
        world = sandbox.scene.world
        if world.market_of(zip_code) is None:
            return _problem(f"no market has the ZIP {zip_code!r}", 404)
        return JSONResponse(world.truth(zip_code, sandbox.now))

    async def log(request: Request) -> Response:
        return JSONResponse(sandbox.log(request.path_params["upstream"]))

    async def refused(request: Request, problem: Exception) -> Response:
        return _problem(str(problem), 400)

    return Starlette(
        routes=[
            Route("/status", status),
            Route("/advance", advance, methods=["POST"]),
            Route("/faults", known_faults),
            Route("/faults", set_faults, methods=["POST"]),
            Route("/faults", clear_faults, methods=["DELETE"]),
            Route("/stats", stats),
            Route("/stats", clear_stats, methods=["DELETE"]),
            Route("/truth/{zip}", truth),
            Route("/log/{upstream}", log),
        ],
        exception_handlers={SandboxError: refused, ValueError: refused},
    )


def _status(sandbox: "Sandbox") -> dict[str, Any]:
    scene = sandbox.scene
    return {
        "pid": os.getpid(),
        "now": scene.now.isoformat(),
        "speed": scene.speed,
        "time_scale": sandbox.time_scale,
        "advanced_seconds": _advanced(sandbox),
        "seed": scene.world.seed,
        "houses_per_zip": scene.world.houses_per_zip,
        "markets": {code: len(market.zips) for code, market in scene.world.markets.items()},
        "bases": sandbox.bases,
        "credentials": sandbox.credentials,
        "faults": _faults(sandbox),
        "requests": {name: stats["requests"] for name, stats in sandbox.stats().items()},
    }


def _advanced(sandbox: "Sandbox") -> float:
    return sandbox.scene.advanced.total_seconds()


def _faults(sandbox: "Sandbox") -> dict[str, dict[str, Any]]:
    return {name: dict(faults) for name, faults in sandbox.scene.faults.items() if faults}


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError as problem:
        raise ValueError(f"the body is not JSON: {problem}") from problem
    if not isinstance(body, dict):
        raise ValueError(f"expected a JSON object, not {body!r}")
    return body


def _duration(body: dict[str, Any]) -> timedelta:
    """{"days": 1, "hours": 6}"""
    strangers = set(body) - {"days", "hours"}
    if strangers or not body:
        raise ValueError(f'expected {{"days": number, "hours": number}}, not {body!r}')
    for name, value in body.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{name} is {value!r}, not a number")
    try:
        return timedelta(**body)
    except OverflowError as problem:
        raise ValueError(f"{body!r} is too long: {problem}") from problem


def _problem(text: str, status: int) -> JSONResponse:
    return JSONResponse({"error": text}, status)
