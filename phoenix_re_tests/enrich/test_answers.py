"""Answers in the embedded server: asked once, whoever wants them; a dead asker is replaced."""

import threading
from dataclasses import replace

import pytest

from phoenix_re.enrich.answers import Answer, Answers, Asked, text_hash
from phoenix_re.storage import ANSWERS, QUESTIONS_OPEN
from phoenix_re_tests.fake_clock import FakeClock

pytestmark = pytest.mark.integration

ASKED = Asked("facts-1", "schema-1", "llama3.2", "sha256:aa")


def answer(text: str, clock: FakeClock, **changes: object) -> Answer:
    known = Answer(
        text_hash=text,
        content='{"claims": []}',
        failure=None,
        server="http://a:11434",
        seconds=7.0,
        prompt_tokens=700,
        answer_tokens=120,
        at=clock.now(),
        prompt="facts-1",
        schema="schema-1",
        fields={"pool": "1"},
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def test_an_answer_is_found_by_all_that_was_asked(store) -> None:
    clock = FakeClock()
    answers = Answers(store, clock, ASKED)
    text = text_hash("A pool.")
    answers.put(answer(text, clock))
    assert answers.known([text, text_hash("Another.")]) == {text: answer(text, clock)}
    for other in (
        replace(ASKED, prompt="facts-2"),
        replace(ASKED, schema="schema-2"),
        replace(ASKED, digest="sha256:bb"),
    ):
        assert Answers(store, clock, other).known([text]) == {}


def test_of_two_who_want_the_same_one_asks(store) -> None:
    clock = FakeClock()
    first, second = Answers(store, clock, ASKED), Answers(store, clock, ASKED)
    text = text_hash("A pool.")
    assert first.take(text, 60)
    assert not second.take(text, 60)
    assert not first.take(text, 60)  # another thread of the same process is no exception
    first.put(answer(text, clock))
    assert store.db[QUESTIONS_OPEN].estimated_document_count() == 0
    assert second.known([text])


def test_the_lease_of_a_dead_process_runs_out(store) -> None:
    clock = FakeClock()
    dead, heir = Answers(store, clock, ASKED), Answers(store, clock, ASKED)
    assert dead.take("t", 60)
    clock.advance(seconds=59)
    assert not heir.take("t", 60)
    clock.advance(seconds=2)
    assert heir.take("t", 60)
    dead.release("t")  # it comes back late: the lease is not its own any more
    assert not dead.take("t", 60)


def test_many_threads_take_a_question_once(store) -> None:
    answers = [Answers(store, FakeClock(), ASKED) for _ in range(8)]
    begin, taken = threading.Barrier(8), []

    def want(mine: Answers) -> None:
        begin.wait()
        taken.append(mine.take("t", 60))

    threads = [threading.Thread(target=want, args=(mine,)) for mine in answers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(taken) == [False] * 7 + [True]


def test_the_first_answer_stays_unless_it_was_a_failure(store) -> None:
    clock = FakeClock()
    answers = Answers(store, clock, ASKED)
    answers.put(answer("good", clock))
    answers.put(answer("good", clock, content="later"))
    answers.put(answer("bad", clock, content="", failure="empty"))
    answers.put(answer("bad", clock))
    assert {text: a.content for text, a in answers.known(["good", "bad"]).items()} == {
        "good": '{"claims": []}',
        "bad": '{"claims": []}',
    }
    assert store.db[ANSWERS].estimated_document_count() == 2


def test_an_older_prompts_newest_answer_of_the_same_weights(store) -> None:
    clock = FakeClock()
    for version in ("facts-1", "facts-2"):
        clock.advance(days=1)
        old = Answers(store, clock, replace(ASKED, prompt=version))
        old.put(answer("t", clock, prompt=version))
        old.put(answer("failed", clock, prompt=version, failure="empty"))
    other = Answers(store, clock, replace(ASKED, digest="sha256:bb"))
    other.put(answer("t", clock, prompt="facts-9"))
    found = Answers(store, clock, replace(ASKED, prompt="facts-3")).older(["t", "failed", "u"])
    assert {text: a.prompt for text, a in found.items()} == {"t": "facts-2"}
