"""The control API of a running sandbox, as an object. What it answers is `control.py`'s."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

import httpx

from phoenix_re.sandbox.scene import SandboxError


class Sandbox:
    """The sandbox whose control API is at `url`. Methods raise `SandboxError`."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        self.url = url.rstrip("/")
        self._client = httpx.Client(timeout=timeout, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the connection go; for those who ask in passing."""
        self._client.close()

    def status(self) -> dict[str, Any]:
        """pid, now, speed, time_scale, seed, bases, credentials, faults, requests …"""
        return self._ask("GET", "/status")

    def now(self) -> datetime:
        """Simulated time, UTC."""
        return datetime.fromisoformat(self.status()["now"])

    @property
    def bases(self) -> dict[str, str]:
        """upstream → base URL, without a slash at its end."""
        return self.status()["bases"]

    @property
    def credentials(self) -> dict[str, dict[str, str]]:
        """upstream → name → value that it accepts."""
        return self.status()["credentials"]

    def advance(self, days: float = 0, hours: float = 0) -> datetime:
        """Let simulated time pass at once; what it is then."""
        answer = self._ask("POST", "/advance", {"days": days, "hours": hours})
        return datetime.fromisoformat(answer["now"])

    def fault(self, upstream: str, **faults: Any) -> dict[str, dict[str, Any]]:
        """Switch faults on (None, 0, False: off); all faults that are on then."""
        return self._ask("POST", "/faults", {upstream: faults})

    def clear_faults(self) -> None:
        self._ask("DELETE", "/faults")

    def known_faults(self) -> dict[str, dict[str, str]]:
        """upstream → fault → what it does."""
        return self._ask("GET", "/faults")

    def stats(self) -> dict[str, dict[str, Any]]:
        """upstream → counters (`Traffic.stats`)."""
        return self._ask("GET", "/stats")

    def clear_stats(self) -> None:
        self._ask("DELETE", "/stats")

    def truth(self, zip_code: str) -> dict[str, Any]:
        """Homes and listings of a ZIP as they are now."""
        return self._ask("GET", f"/truth/{zip_code}")

    def log(self, upstream: str) -> list[dict[str, Any]]:
        """The upstream's newest requests, oldest first."""
        return self._ask("GET", f"/log/{upstream}")

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        try:
            answer = self._client.request(method, self.url + path, json=body)
        except httpx.HTTPError as problem:
            raise SandboxError(
                f"no sandbox answers at {self.url} ({problem}); `phoenix-re sandbox up` starts one"
            ) from problem
        if answer.status_code >= 400:
            is_ours = answer.headers.get("content-type") == "application/json"
            raise SandboxError(answer.json()["error"] if is_ours else answer.text)
        return answer.json()
