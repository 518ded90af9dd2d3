"""Where things live on this machine: the data home, the inbox, the markets, Dagster's home.

Every path and environment variable that more than one room needs is read here, at call time and
never at import. No file is created or opened here, except that `ensure` makes a folder.
"""

import os
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]


def home() -> Path:
    """`PHOENIX_RE_HOME`, default `.phoenix_re/` in the project's root; absolute."""
    return Path(os.environ.get("PHOENIX_RE_HOME") or PROJECT_ROOT / ".phoenix_re").resolve()


def inbox() -> Path:
    """The drop folder: `PHOENIX_RE_INBOX`, default `inbox/` in the project's root; absolute."""
    return Path(os.environ.get("PHOENIX_RE_INBOX") or PROJECT_ROOT / "inbox").resolve()


def dagster_home() -> Path:
    """`DAGSTER_HOME`, default `dagster/` under the data home; absolute."""
    return Path(os.environ.get("DAGSTER_HOME") or home() / "dagster").resolve()


def mappings() -> Path:
    """Mapping files that users gave to `phoenix-re import`, kept so that every process has them."""
    return home() / "mappings"


def samples() -> Path:
    return PROJECT_ROOT / "samples"


def ensure(folder: Path, mode: int = 0o755) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=mode)
    return folder
