"""Good payloads made bad at random, and a client that answers with them: for hypothesis."""

import copy
import json
from collections.abc import Callable
from typing import Any

import httpx
from hypothesis import strategies as st

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    children: Any = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        children = enumerate(value[:3])
    for key, child in children:
        found += _places(child, (*path, key))
    return found


def mutate(data: st.DataObject, payload: Any) -> Any:
    """A few values dropped, replaced or renamed, at any depth."""
    changed = copy.deepcopy(payload)
    for _ in range(data.draw(st.integers(1, 4))):
        places = _places(changed)
        if not places:
            return data.draw(JUNK)
        *way, last = data.draw(st.sampled_from(places))
        inner = changed
        for step in way:
            inner = inner[step]
        match data.draw(st.sampled_from(["drop", "replace", "rename"])):
            case "drop":
                del inner[last]
            case "rename" if isinstance(inner, dict):
                inner[str(last).swapcase() + "_"] = inner.pop(last)
            case _:
                inner[last] = data.draw(JUNK)
    return changed


def answering(reply: Callable[[httpx.Request], Any]) -> httpx.Client:
    def answer(request: httpx.Request) -> httpx.Response:
        body = reply(request)
        text = body if isinstance(body, str) else json.dumps(body)
        return httpx.Response(
            200,
            content=text.encode("utf-8", "replace"),
            headers={"content-type": "application/json"},
        )

    return httpx.Client(transport=httpx.MockTransport(answer))
