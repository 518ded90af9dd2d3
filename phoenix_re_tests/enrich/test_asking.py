"""A run's questions against real servers over sockets: nothing asked twice, nothing lost."""

import threading
import time
from collections.abc import Callable, Sequence

import pytest

from phoenix_re.enrich.answers import Answers
from phoenix_re.enrich.batches import BatchPlans
from phoenix_re.enrich.model.prompt import load_prompt
from phoenix_re.sandbox.language_model.scripted import Scripted
from phoenix_re.sandbox.language_model.server import ThreadedServer
from phoenix_re_tests.enriching_runs import quiet
from phoenix_re_tests.inquiries import (
    CLAIM,
    MODEL,
    PHX,
    changed_prompt,
    inquiry,
    scripted,
    serving,
    texts,
)

pytestmark = pytest.mark.integration


def answered(servers: Sequence[ThreadedServer]) -> list[int]:
    """How often each prompt was answered, over all servers."""
    total = sum((server.traffic.answered_by_hash() for server in servers[1:]),
                servers[0].traffic.answered_by_hash())  # fmt: skip
    return sorted(total.values())


def wait_for(reached: Callable[[], bool], seconds: float = 30) -> None:
    ended = time.monotonic() + seconds
    pause = threading.Event()
    while not reached():
        assert time.monotonic() < ended, "waited in vain"
        pause.wait(0.01)


def test_every_text_is_asked_once_and_read(store) -> None:
    with serving(scripted(), slots=2) as servers:
        with inquiry(store, servers, slots=2) as run:
            found = run.ask([*texts(12), texts(1)[0]]).result()
            again = run.ask(texts(12)).result()
        assert found.keys() == again.keys() == set(texts(12))
        assert all(read.claims and read.claims.facts["pool"].value == "private"
                   for read in found.values())  # fmt: skip
        assert answered(servers) == [1] * 12
        assert run.counts["calls"] == 12
        assert run.counts["cached"] == 12


def test_a_second_run_makes_no_call(store) -> None:
    with serving(scripted()) as servers:
        with inquiry(store, servers) as first:
            first.ask(texts(5)).result()
        servers[0].traffic.clear()
        with inquiry(store, servers) as second:
            found = second.ask(texts(5)).result()
        assert second.counts["calls"] == 0
        assert all(read.claims for read in found.values())
        assert servers[0].traffic.answered_by_hash().total() == 0


def test_the_same_words_with_other_blanks_are_one_question(store) -> None:
    with serving(scripted()) as servers, inquiry(store, servers) as run:
        one, other = "A home with a private pool.", "A  home with a private\N{NO-BREAK SPACE}pool."
        found = run.ask([one, other]).result()
        assert run.counts["calls"] == 1
        facts = {text: read.claims.facts["pool"] for text, read in found.items() if read.claims}
        assert facts[one].evidence == "private pool"
        assert facts[other].evidence == "private\N{NO-BREAK SPACE}pool"  # of the very text


def test_two_runs_at_once_ask_each_text_once(store) -> None:
    with (
        serving(scripted(0.02), slots=2) as servers,
        inquiry(store, servers, slots=2) as one,
        inquiry(store, servers, slots=2) as other,
    ):
        both = [one.ask(texts(20)), other.ask(texts(20)[::-1])]
        for pending in both:
            assert all(read.claims for read in pending.result().values())
        assert answered(servers) == [1] * 20
        assert one.counts["calls"] + other.counts["calls"] == 20


def test_one_server_dies_it_comes_back_and_the_other_dies(store) -> None:
    """Every remark enriched once, no call repeated that had answered."""
    engines = [scripted(0.03), scripted(0.03)]
    with serving(*engines) as servers, inquiry(store, servers) as run:
        pending = run.ask(texts(60))
        wait_for(lambda: servers[0].traffic.answered_by_hash().total() >= 5)
        quiet(engines[0], servers[0], store)  # an answer on its way would die with it
        servers[0].kill()
        engines[0].release()
        wait_for(lambda: servers[1].traffic.answered_by_hash().total() >= 15)
        quiet(engines[1], servers[1], store)
        back = servers[0].traffic.answered_by_hash().total()
        servers[0].restart()
        wait_for(lambda: servers[0].traffic.answered_by_hash().total() > back)
        servers[1].kill()
        found = pending.result()
        assert len(found) == 60
        assert all(read.claims for read in found.values())
        assert answered(servers) == [1] * 60
        assert run.counts["calls"] == 60


def test_with_no_server_left_the_rules_serve_and_the_rest_comes_later(store) -> None:
    with serving(scripted(0.02)) as servers:
        with inquiry(store, servers) as run:
            run.servers._patience *= 0  # type: ignore[attr-defined] - do not wait for it to return
            pending = run.ask(texts(30))
            wait_for(lambda: servers[0].traffic.answered_by_hash().total() >= 4)
            servers[0].kill()
            found = pending.result()
        unread = [read for read in found.values() if read.claims is None]
        assert unread
        assert all("no server is left" in read.why for read in unread)
        assert run.counts["unasked"] == len(unread)
        servers[0].restart()
        with inquiry(store, servers) as later:
            assert all(read.claims for read in later.ask(texts(30)).result().values())
        assert answered(servers) == [1] * 30


@pytest.mark.parametrize(
    ("fault", "failure", "calls"),
    [("malformed", "malformed", 2), ("empty", "empty", 2), ("language", "malformed", 2),
     ("length", "cut_off", 1)],
)  # fmt: skip
def test_an_answer_of_no_use_is_a_rule_only_result_and_not_asked_again(
    store, fault: str, failure: str, calls: int
) -> None:
    engine = scripted()
    engine.fault(fault)
    with serving(engine) as servers:
        with inquiry(store, servers) as run:
            (read,) = run.ask(texts(1)).result().values()
        assert (read.claims, read.why) == (None, failure)
        assert run.counts[f"failed_{failure}"] == 1
        assert run.counts["calls"] == calls
        assert run.counts["retried"] == calls - 1
        with inquiry(store, servers) as again:
            again.ask(texts(1)).result()
        assert again.counts["calls"] == 0


def test_a_bad_answer_once_is_asked_once_more(store) -> None:
    engine = scripted()
    engine.fault("malformed", times=1)
    with serving(engine) as servers, inquiry(store, servers) as run:
        (read,) = run.ask(texts(1)).result().values()
        assert read.claims
        assert run.counts["retried"] == 1
        assert run.counts["failed_malformed"] == 0


@pytest.mark.parametrize("fault", ["busy", "error_500", "mid_stream_error"])
def test_a_server_in_trouble_is_waited_for(store, fault: str) -> None:
    engine = scripted()
    engine.fault(fault, times=1)
    with serving(engine) as servers, inquiry(store, servers) as run:
        assert all(read.claims for read in run.ask(texts(3)).result().values())


def test_the_days_calls_are_a_limit_over_all_runs(store) -> None:
    market = PHX.model_copy(
        update={"enrichment": PHX.enrichment.model_copy(update={"calls_per_day": 4})}
    )
    with serving(scripted()) as servers:
        for _ in range(2):
            with inquiry(store, servers, market=market) as run:
                found = run.ask(texts(6)).result()
            assert sum(read.claims is not None for read in found.values()) == 4
            assert sum("4 calls of phx are used" in read.why for read in found.values()) == 2
        assert servers[0].traffic.answered_by_hash().total() == 4


def test_a_run_that_has_so_long_leaves_the_rest_for_the_next(store) -> None:
    with serving(scripted(0.05)) as servers:
        with inquiry(store, servers, seconds=0.3) as run:
            found = run.ask(texts(30)).result()
        read = sum(one.claims is not None for one in found.values())
        assert 0 < read < 30
        assert run.counts["unasked"] == 30 - read


def test_urgent_texts_come_first(store) -> None:
    order: list[int] = []
    engine = Scripted(
        lambda ask: (order.append(int(ask.messages[-1]["content"].split()[3])), CLAIM)[1],
        seconds=0.01,
    )
    with serving(engine) as servers, inquiry(store, servers) as run:
        engine.hold()
        bulk = run.ask(texts(20))
        urgent = run.ask(texts(5, first=100), urgent=True)
        engine.release()
        assert len(bulk.result()) + len(urgent.result()) == 25
    assert max(order.index(n) for n in range(100, 105)) <= 8  # some were under way by then


def test_a_changed_field_concerns_the_texts_that_mention_it_and_waits_for_night(store) -> None:
    """By day the older answer serves; at night the texts concerned, and only they, are asked."""
    pools, others = texts(4), [f"Home number {n} with a carport." for n in range(4)]
    newer = changed_prompt(load_prompt(), "pool")
    with serving(scripted()) as servers:
        with inquiry(store, servers) as run:
            run.ask([*pools, *others]).result()
        with inquiry(store, servers, prompt=newer, night=False) as by_day:
            found = by_day.ask([*pools, *others]).result()
        assert all(found[text].claims for text in pools)
        assert (by_day.counts["calls"], by_day.counts["stale"]) == (0, 4)
        assert by_day.counts["unaffected"] == 4
        with inquiry(store, servers, prompt=newer) as at_night:
            at_night.ask([*pools, *others]).result()
        assert at_night.counts["calls"] == 4
        assert at_night.counts["unaffected"] == 4
        with inquiry(store, servers, prompt=newer) as afterwards:
            afterwards.ask([*pools, *others]).result()
        assert afterwards.counts["calls"] == 0


def test_what_a_call_took_is_counted_and_the_batches_are_remembered(store) -> None:
    with serving(scripted(0.05)) as servers:
        with inquiry(store, servers) as run:
            run.ask(texts(45)).result()
            told = run.report()
        figures = told["figures"]
        assert figures["calls"] == figures["calls_today"] == 45
        assert figures["prompt_tokens"] > 45 * 100
        assert 0 < figures["usd_per_call"] < 0.0002
        assert told["servers"][0]["calls"] == 45
        (known,) = BatchPlans(store).all()
        assert known.model == MODEL
        assert known.batches
        assert known.learnt.throughput


def test_a_store_that_fails_is_raised_where_the_answer_is_awaited(store, monkeypatch) -> None:
    with serving(scripted()) as servers, inquiry(store, servers) as run:

        def broken(*_: object) -> bool:
            raise ConnectionError("the store is gone")

        monkeypatch.setattr(Answers, "take", broken)
        pending = run.ask(texts(2))
        with pytest.raises(ConnectionError, match="the store is gone"):
            pending.result()
