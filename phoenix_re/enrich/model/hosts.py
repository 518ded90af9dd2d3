"""`OLLAMA_HOSTS` read: which servers there are."""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

PORT: Final = 11434
_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what servers listen on


def parse_hosts(text: str) -> tuple[str, ...]:
    """`http://a:11434,http://b:11434` → base URLs without a slash at the end, each once.

    Like Ollama's own OLLAMA_HOST: without a scheme it is http on port 11434. Blank text is no host.
    `ValueError` names what cannot be read, never a password.
    """
    hosts = (_host(entry.strip()) for entry in text.replace(";", ",").split(",") if entry.strip())
    return tuple(dict.fromkeys(hosts))


def is_local(host: str) -> bool:
    """Does the server share this machine's memory and processor?"""
    name = urlsplit(host).hostname or ""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _host(entry: str) -> str:
    with_scheme = entry if "://" in entry else f"http://{entry}"
    place = entry.rpartition("@")[2]
    try:
        parts = urlsplit(with_scheme)
        port = parts.port
    except ValueError:  # its own text may quote a password
        raise ValueError(f"OLLAMA_HOSTS: {place!r} is no address like http://host:11434") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"OLLAMA_HOSTS: {place!r} is no address like http://host:11434")
    if parts.username is not None or parts.password is not None:
        raise ValueError(
            f"OLLAMA_HOSTS: no user or password before {place!r}; Ollama knows none. A proxy"
            " in front of it takes a token from OLLAMA_API_KEY"
        )
    if port is None:
        port = PORT if "://" not in entry else {"http": 80, "https": 443}[parts.scheme]
    name = _ANYWHERE.get(parts.hostname, parts.hostname)
    return f"{parts.scheme}://{f'[{name}]' if ':' in name else name}:{port}{parts.path.rstrip('/')}"
