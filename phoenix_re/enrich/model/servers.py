"""Several Ollama servers as one: who is asked next, and what happens when one fails.

A call waits in line for a slot, goes to the server whose free share of slots times its speed is the
highest, and moves to another when that one dies, hangs or is busy. A server that fails rests
(`breaker.py`) and is tried again by a look and one call. Nothing is asked twice that was answered.

Not here: what is asked (`prompt.py`), how a server is spoken to (`server.py`), batches, caching.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final

from phoenix_re.collect.clock import Clock, SystemClock
from phoenix_re.collect.errors import PermanentError
from phoenix_re.enrich.model.breaker import Breaker, Rests
from phoenix_re.enrich.model.errors import SOURCE, AnswerError, NoServerError
from phoenix_re.enrich.model.probing import probe_slots
from phoenix_re.enrich.model.prompt import Message
from phoenix_re.enrich.model.seats import Call, Seat, ServerStatus
from phoenix_re.enrich.model.server import Kind, Look, Pulled, Reply, Server, ServerFailure

KEEP_LOADED: Final = "10m"  # after each use, while a batch is under way
LET_GO: Final = "1m"  # after the last
_REST_AT_ONCE: Final[frozenset[Kind]] = frozenset({"refused", "no_model", "busy", "timeout"})


class Servers:
    """The servers of one model. Share it among threads; `close` it after the last call."""

    def __init__(
        self,
        hosts: Sequence[str],
        model: str,
        *,
        slots: int | None = None,
        num_ctx: int = 4096,
        num_predict: int = 1024,
        patience_s: float = 20.0,
        rests: Rests | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`hosts` as of `parse_hosts`. `slots`: the servers' OLLAMA_NUM_PARALLEL; None: `warm`
        finds out, and until then it is one. `patience_s`: a server that went out is waited for that
        long, where no other is left."""
        options = {"temperature": 0, "seed": 7, "num_ctx": num_ctx, "num_predict": num_predict}
        self.model = model
        self._clock = clock or SystemClock()
        self._patience = timedelta(seconds=patience_s)
        self._lock = threading.Lock()
        self._line: list[Call] = []
        self._closed = False
        self._seats = {
            host: Seat(
                Server(host, model, options),
                Breaker(rests or Rests()),
                slots or 1,
                slots_known=slots is not None,
            )
            for host in hosts
        }

    # ── asking ──────────────────────────────────────────────────────────────────────────────────

    def ask(
        self, messages: Sequence[Message], schema: Mapping[str, Any], timeout_s: float
    ) -> Reply:
        """One answer, from whichever server gives it. Blocks until a slot is free.

        `schema`: Ollama's `format`. `timeout_s`: for the answer of each server that is tried.
        `AnswerError` where the answer was cut or the prompt too long, `PermanentError` where every
        server refuses the request, `NoServerError` where none is left.
        """
        call = Call()
        while True:
            seat = self._take_slot(call)
            try:
                reply = self._asked(seat, call, messages, schema, timeout_s)
            except ServerFailure as failure:
                call.note(seat.server.host, failure)
                self._give_back(seat, call, failure=failure)
            except AnswerError:  # the server did what it could
                self._give_back(seat, call)
                raise
            except BaseException:
                self._give_back(seat, call, unknown=True)
                raise
            else:
                self._give_back(seat, call, reply=reply)
                return reply

    def _asked(
        self,
        seat: Seat,
        call: Call,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        timeout_s: float,
    ) -> Reply:
        if call.trial or seat.look is None:
            self._see(seat)
        digest = seat.look.digest if seat.look else ""
        return seat.server.chat(messages, schema, timeout_s, digest)

    def _see(self, seat: Seat) -> Look:
        look = seat.server.look()
        with self._lock:
            seat.look = look
        return look

    # ── the line ────────────────────────────────────────────────────────────────────────────────

    def _take_slot(self, call: Call) -> Seat:
        with self._lock:
            call.woken.clear()
            call.seat, call.trial = None, False
            self._line.append(call)
            self._hand_out()
        try:
            while True:
                with self._lock:
                    if call.seat is not None:
                        return call.seat
                    wait_s = self._wait(call)
                call.woken.wait(wait_s)
                with self._lock:
                    call.woken.clear()
                    self._hand_out()
        except BaseException:
            with self._lock:
                self._leave(call)
            raise

    def _leave(self, call: Call) -> None:
        if call in self._line:
            self._line.remove(call)
        if call.seat is not None:  # it was handed a slot while it was giving up
            call.seat.busy -= 1
            if call.trial:
                call.seat.breaker.end_trial()
            self._hand_out()

    def _hand_out(self) -> None:
        """Free slots to the calls in line, in its order: a newcomer passes nobody."""
        now = self._clock.now()
        for call in [] if self._closed else list(self._line):
            free = [
                s
                for s in call.choice(self._seats.values())
                if s.busy < s.slots and s.breaker.admits(now)
            ]
            if not free:
                continue
            seat = max(free, key=Seat.appeal)
            seat.busy += 1
            call.seat, call.trial = seat, not seat.breaker.is_closed
            if call.trial:
                seat.breaker.begin_trial()
            self._line.remove(call)
            call.woken.set()

    def _wait(self, call: Call) -> float | None:
        """Seconds until something may change by itself; None: somebody will wake it."""
        left = [s for host, s in self._seats.items() if host not in call.out]
        if self._closed or not left:
            raise self._nobody(call)
        now = self._clock.now()
        wakes = [
            at
            for s in left
            if (at := s.breaker.wakes_at()) is not None and (at > now or s.busy < s.slots)
        ]
        if not any(s.breaker.is_closed for s in left):
            gone_at = max(s.breaker.out_since or now for s in left) + self._patience
            if now >= gone_at:
                raise self._nobody(call)
            wakes.append(gone_at)
        return max(0.0, (min(wakes) - now).total_seconds()) if wakes else None

    def _nobody(self, call: Call) -> Exception:
        if self._closed:
            return NoServerError("closed while a call was waiting", {})
        if call.out and len(call.out) == len(self._seats) and call.refused_by_all:
            told = "; ".join(f"{host}: {why}" for host, why in call.out.items())
            return PermanentError(SOURCE, f"every server refuses the request: {told}")
        if not self._seats:
            return NoServerError("no server is named: set OLLAMA_HOSTS; the rules serve alone", {})
        problems = {h: call.out.get(h) or s.problem for h, s in self._seats.items()}
        return NoServerError(f"no server is left for {self.model}; the rules serve alone", problems)

    def _give_back(
        self,
        seat: Seat,
        call: Call,
        *,
        reply: Reply | None = None,
        failure: ServerFailure | None = None,
        unknown: bool = False,
    ) -> None:
        with self._lock:
            seat.busy -= 1
            if reply is not None:
                seat.answered(reply)
            if failure is not None and failure.kind != "rejected":
                self._blame(seat, failure, call.trial, at_once=failure.kind in _REST_AT_ONCE)
            elif not unknown:
                seat.breaker.succeeded(trial=call.trial)
                seat.problem = "" if seat.breaker.is_closed else seat.problem
            elif call.trial:
                seat.breaker.end_trial()
            self._hand_out()

    def _blame(self, seat: Seat, failure: ServerFailure, trial: bool, *, at_once: bool) -> None:
        seat.failures += 1
        seat.problem = failure.message
        cost_s = failure.cost_s if trial else 0.0  # a first hang may be the text's fault
        seat.breaker.failed(self._clock.now(), trial=trial, at_once=at_once, cost_s=cost_s)
        self._wake_all()  # what they wait for may have changed

    def _wake_all(self) -> None:
        for waiting in self._line:
            waiting.woken.set()

    def look(self) -> list[ServerStatus]:
        """Ask every server how it is and whether it has the model; nothing is loaded."""
        for seat in self._seats.values():
            try:
                self._see(seat)
            except ServerFailure as failure:
                with self._lock:
                    self._blame(seat, failure, not seat.breaker.is_closed, at_once=True)
        return self.status()

    # ── before and after a batch ────────────────────────────────────────────────────────────────

    def warm(self) -> list[ServerStatus]:
        """Look at every server, load the model where it is not, and find out the slots.

        Returns `status()`; `NoServerError` where none is ready. Call it before a batch.
        """
        if self._seats:
            with ThreadPoolExecutor(len(self._seats)) as pool:
                list(pool.map(self._warm_one, self._seats.values()))
        with self._lock:
            if not any(s.breaker.is_closed for s in self._seats.values()):
                raise self._nobody(Call(refused_by_all=False))
        return self.status()

    def _warm_one(self, seat: Seat) -> None:
        try:
            look = self._see(seat)
            if not look.loaded:
                seat.server.load(KEEP_LOADED)
                seat.warmed = True
            if not seat.slots_known:
                slots = probe_slots(seat.server.say_little)
                with self._lock:
                    seat.slots, seat.slots_known = slots, True
            self._see(seat)
        except ServerFailure as failure:
            with self._lock:
                self._blame(seat, failure, not seat.breaker.is_closed, at_once=True)
        else:
            with self._lock:
                seat.works()
                self._hand_out()

    def release(self) -> dict[str, str]:
        """After the last call: let the model go soon, where `warm` loaded it and it still is.

        Host → why it could not be told, for those. Not at once (`keep_alive` 0): who else uses the
        server cannot be seen, and would wait for the model to load again; a minute suffices for
        their next request to keep it. Where it was loaded before us, nothing is touched.
        """
        problems: dict[str, str] = {}
        for host, seat in self._seats.items():
            if not seat.warmed:
                continue
            try:
                if self._see(seat).loaded:
                    seat.server.load(LET_GO)
                seat.warmed = False
            except ServerFailure as failure:
                problems[host] = failure.message
        return problems

    def pull(self, host: str) -> Iterator[Pulled]:
        """Fetch the model to a server, with progress; afterwards it is asked again at once.

        `ServerFailure` where it cannot, `KeyError` for a host that is not ours.
        """
        seat = self._seats[host]
        yield from seat.server.pull()
        self._see(seat)
        with self._lock:
            seat.works()
            self._hand_out()

    def use_slots(self, host: str, slots: int) -> None:
        """From now on so many at once, at least one: what a batch's measurements say."""
        with self._lock:
            seat = self._seats[host]
            seat.slots, seat.slots_known = max(1, slots), True
            self._hand_out()

    # ── looking ─────────────────────────────────────────────────────────────────────────────────

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(self._seats)

    def digests(self) -> frozenset[str]:
        """Of the weights that answer; more than one where servers hold different ones."""
        with self._lock:
            return frozenset(s.look.digest for s in self._seats.values() if s.look)

    def status(self) -> list[ServerStatus]:
        """As last seen; nothing is asked."""
        with self._lock:
            return [seat.status() for seat in self._seats.values()]

    def close(self) -> None:
        """Whoever waits in line gets `NoServerError`."""
        with self._lock:
            self._closed = True
            self._wake_all()
        for seat in self._seats.values():
            seat.server.close()
