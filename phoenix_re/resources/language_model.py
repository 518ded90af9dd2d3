"""The language model that reads remarks: which servers, which model, and a run's inquiry of it.

OLLAMA_HOSTS names the servers (`http://a:11434,http://b:11434`) and OLLAMA_MODEL the model, else
the market file does. Without OLLAMA_HOSTS the embedded server of this home is asked if it runs
(`phoenix-re dev` starts it where weights were fetched), for a minute a run: it is slow, and there
to run the same code. With neither, the rules read alone. No Dagster here: `ollama.py` wraps it.
"""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from phoenix_re.markets import Market

if TYPE_CHECKING:
    from phoenix_re.enrich.asking import Inquiry
    from phoenix_re.mongo import MongoStore

HOSTS_VARIABLE: Final = "OLLAMA_HOSTS"
MODEL_VARIABLE: Final = "OLLAMA_MODEL"
SLOTS_VARIABLE: Final = "OLLAMA_NUM_PARALLEL"  # as the servers have it; else it is found out
EMBEDDED_SECONDS: Final = 60.0  # of a run
EMBEDDED_NUM_CTX: Final = 2048  # a longer text would take half of that minute to be read
EMBEDDED_NUM_PREDICT: Final = 192  # its good answers are shorter; else it rambles to the limit
EMBEDDED_SLOTS: Final = 1  # two at once on one thread bring nothing

NOBODY: Final = (
    f"{HOSTS_VARIABLE} is not set and no embedded server runs here; set it in .env, or run "
    "`phoenix-re models pull` and `phoenix-re dev`"
)


@dataclass(frozen=True, slots=True)
class ModelInUse:
    """Where which model is asked, and within which bounds.

    `slots`: requests at once of each server; None: it is found out. `seconds`: how long a run may
    ask; None: as long as it takes. `num_ctx`, `num_predict`: Ollama's, in tokens.
    """

    hosts: tuple[str, ...]
    model: str
    slots: int | None = None
    seconds: float | None = None
    num_ctx: int = 4096
    num_predict: int = 1024


def model_in_use(
    market: Market, hosts: str | None = None, model: str | None = None
) -> ModelInUse | None:
    """What the arguments say, else the environment, else the embedded server; None: nobody.

    `ValueError` where the hosts or the number of slots cannot be read.
    """
    from phoenix_re.enrich.model.hosts import parse_hosts

    named = hosts or os.environ.get(HOSTS_VARIABLE)
    wanted = model or os.environ.get(MODEL_VARIABLE)
    if named:
        return ModelInUse(parse_hosts(named), wanted or market.enrichment.model, _slots())
    from phoenix_re.sandbox.language_model import service
    from phoenix_re.sandbox.language_model.known_weights import DEFAULT

    running = service.running()
    if running is None:
        return None
    return ModelInUse(
        (running.url,),
        wanted or DEFAULT.name,
        slots=EMBEDDED_SLOTS,
        seconds=EMBEDDED_SECONDS,
        num_ctx=EMBEDDED_NUM_CTX,
        num_predict=EMBEDDED_NUM_PREDICT,
    )


def _slots() -> int | None:
    said = os.environ.get(SLOTS_VARIABLE, "").strip()
    if said and (not said.isdecimal() or int(said) < 1):
        raise ValueError(f"{SLOTS_VARIABLE} is {said!r}, but it is a whole number from 1")
    return int(said) if said else None


def open_inquiry(
    store: "MongoStore",
    market: Market,
    *,
    in_use: ModelInUse | None,
    terminology: Mapping[str, Sequence[str]] | None = None,
    night: bool | None = None,
) -> "tuple[Inquiry | None, str]":
    """An inquiry of the servers that are ready, or None and why.

    `terminology`: default the market's own. `night`: whether answers of an older prompt are renewed
    now; default: outside the market's business hours.
    """
    if in_use is None:
        return None, NOBODY
    if market.enrichment.calls_per_day == 0:
        return None, f"enrichment.calls_per_day is 0 in {market.code}.yaml"
    from phoenix_re.collect.clock import SystemClock
    from phoenix_re.collect.rate_limit import bulk_share_now
    from phoenix_re.enrich.allowance import Allowance
    from phoenix_re.enrich.answers import Answers, Asked
    from phoenix_re.enrich.asking import Inquiry
    from phoenix_re.enrich.batches import BatchPlans
    from phoenix_re.enrich.model.errors import NoServerError
    from phoenix_re.enrich.model.prompt import load_prompt
    from phoenix_re.enrich.model.servers import Servers
    from phoenix_re.enrich.pacing import Pacing

    clock, prompt = SystemClock(), load_prompt()
    servers = Servers(
        in_use.hosts,
        in_use.model,
        slots=in_use.slots,
        num_ctx=in_use.num_ctx,
        num_predict=in_use.num_predict,
    )
    try:
        servers.warm()
    except NoServerError as none_ready:
        servers.close()
        return None, none_ready.message
    digests = servers.digests()
    if len(digests) > 1:
        servers.close()
        return None, (
            f"the servers hold different weights of {in_use.model} ({', '.join(sorted(digests))}); "
            f"`ollama pull {in_use.model}` on each"
        )
    asked = Asked(prompt.version, prompt.schema_version, in_use.model, next(iter(digests)))
    inquiry = Inquiry(
        Pacing(servers, BatchPlans(store), clock, time.monotonic),
        prompt,
        Answers(store, clock, asked),
        Allowance(store, market, clock),
        clock,
        terminology=market.terminology if terminology is None else terminology,
        night=bulk_share_now(market, clock.now()) is None if night is None else night,
        seconds=in_use.seconds,
    )
    return inquiry, ""
