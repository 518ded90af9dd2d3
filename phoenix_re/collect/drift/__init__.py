"""Drift: what a source's payloads usually look like, and whether a batch still looks so.

`fingerprints.py` sums up payloads, path by path; `comparing.py` and `units.py` tell what changed;
`judging.py` keeps fingerprints and broken payloads in the store. Whether one payload has the shape
that its source needs is the source's own contract (pydantic) and not checked here.
"""

from phoenix_re.collect.drift.comparing import Change, compare
from phoenix_re.collect.drift.fingerprints import Fingerprint, fingerprint, merge
from phoenix_re.collect.drift.judging import Drift, Verdict, matters

__all__ = [
    "Change",
    "Drift",
    "Fingerprint",
    "Verdict",
    "compare",
    "fingerprint",
    "matters",
    "merge",
]
