"""Ollama as a Dagster resource. Where it looks for servers: `language_model.py`."""

from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

from phoenix_re.markets import Market
from phoenix_re.resources.language_model import HOSTS_VARIABLE, MODEL_VARIABLE

if TYPE_CHECKING:
    from phoenix_re.enrich.asking import Inquiry
    from phoenix_re.mongo import MongoStore


class OllamaResource(dg.ConfigurableResource):
    """Ollama servers: `inquiry(store, market)` is a run's asking of them.

    Nothing is asked before that; the environment is read then, never at import.
    """

    hosts: str | None = Field(
        default=None,
        description=f"http://a:11434,http://b:11434; empty: {HOSTS_VARIABLE}, else the embedded "
        "server of this home if it runs, else the rules alone.",
    )
    model: str | None = Field(
        default=None,
        description=f"A model's name; empty: {MODEL_VARIABLE}, else enrichment.model of the "
        "market file.",
    )

    def inquiry(self, store: "MongoStore", market: Market) -> "tuple[Inquiry | None, str]":
        """The inquiry, or None and why the rules read alone."""
        from phoenix_re.resources.language_model import model_in_use, open_inquiry

        try:
            in_use = model_in_use(market, self.hosts, self.model)
        except ValueError as unreadable:
            return None, str(unreadable)
        return open_inquiry(store, market, in_use=in_use)
