"""The keyed hash that stands for an owner: same owner, same hash; no way back without the key.

A name has few possible values, so a plain hash could be reversed by trying them all; the key
prevents it. Whoever loses the key loses only the link between old and new hashes.
"""

import os
import re
import secrets
import unicodedata
from hashlib import blake2b
from pathlib import Path
from typing import Any

from phoenix_re.home import ensure, home

VARIABLE = "PHOENIX_RE_HASH_KEY"
SHORTEST_KEY = 16  # characters
_HASH_BYTES = 16
_HASHED = re.compile(r"h:[0-9a-f]{32}")
_WORD = re.compile(r"[^\W_]+")
_JOINING = frozenset({"and", "the"})


def hash_key() -> bytes:
    """The key of this installation: `PHOENIX_RE_HASH_KEY`, else a random one of its own, kept in
    `hash_key` under `PHOENIX_RE_HOME`, readable by its owner only. Safe among processes.

    Raises `ValueError` where the variable is too short to protect anything.
    """
    given = os.environ.get(VARIABLE)
    if given:
        if len(given) < SHORTEST_KEY:
            raise ValueError(
                f"{VARIABLE} has {len(given)} characters; give it at least {SHORTEST_KEY} random "
                "ones, or unset it and a key is made"
            )
        return blake2b(given.encode(), digest_size=32).digest()
    path = ensure(home(), 0o700) / "hash_key"
    if not path.exists():
        _write_once(path)
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    try:
        return bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        raise ValueError(
            f"{path} is not the key that was written there; restore it, or remove it: owners then "
            "get new hashes"
        ) from None


def _write_once(path: Path) -> None:
    """Whole or not at all, and the first process wins."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32))
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def hashed_value(value: Any, secret: bytes) -> Any:
    """ "h:" and 32 hex digits for a text or number; what says nothing, and a hash, stay."""
    if value is None or isinstance(value, bool):
        return value
    text = str(value)
    if not text.strip() or _HASHED.fullmatch(text):
        return value
    said = normalised(text)
    return f"h:{blake2b(said.encode(), key=secret[:64], digest_size=_HASH_BYTES).hexdigest()}"


def normalised(text: str) -> str:
    """One spelling for one owner: no case, accents, punctuation or padding; the words of a name in
    alphabetical order ("DOE JANE" is "Jane Doe"), those of an address as they stand."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = [word for word in _WORD.findall(plain) if word not in _JOINING]
    if not any(c.isdigit() for c in plain):
        words.sort()
    return " ".join(words) or text.strip()
