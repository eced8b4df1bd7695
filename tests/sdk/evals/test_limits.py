"""Rate limits and retries: calls are spaced, refusals slow them down, and none of the waiting is latency."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import openai
import pytest

import assay
from assay.client.limits import (
    CURRENT_STOPWATCH,
    Stopwatch,
    current_rate_limits,
    held_back,
    limiter_of,
    retry_after_of,
    set_rate_limits,
)
from assay.core.errors import ApiError
from assay.evals import CaseTimeout, Eval, EvalHooks, RateLimit, RateLimiter, Reporter, Retries

QUIET = Reporter("quiet", lambda evaluator, result: True)


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def starts(limiter: RateLimiter, clock: Clock, calls: int, tokens: float | None = None) -> list[float]:
    """When each of the calls may start, in seconds from now, when all ask at once."""
    began, found = clock.now, list[float]()
    for _ in range(calls):
        while (step := limiter.wait(tokens))[0] > 0:
            clock.now += step[0] + 1e-9
        found.append(round(clock.now - began, 3))
    return found


def test_requests_are_spaced_after_a_second_s_worth() -> None:
    clock = Clock()
    limiter = RateLimiter(RateLimit(requests_per_minute=120), clock=clock)
    assert starts(limiter, clock, 8) == [0, 0, 0, 0.5, 1.0, 1.5, 2.0, 2.5]
    clock.now += 60
    assert starts(limiter, clock, 120)[-1] == pytest.approx(58.5)


def test_tokens_are_charged_by_estimate_and_corrected() -> None:
    clock = Clock()
    limiter = RateLimiter(RateLimit(tokens_per_minute=6000), clock=clock)  # 100 a second, 1000 at once
    assert starts(limiter, clock, 4, tokens=1000) == [0, 0, 10, 20]
    clock.now += 1000
    charged = limiter.wait(1000)[1]
    limiter.settle(charged, used=3000)
    assert limiter.wait(1000)[0] == pytest.approx(20)
    clock.now += 1000
    assert limiter.wait()[1] == 3000  # the mean so far


def test_a_refusal_stops_everybody_for_as_long_as_it_says_and_slows_what_follows() -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock)
    for _ in range(10):  # ten calls a second, no limit known
        assert limiter.wait() == (0.0, 0.0)
        clock.now += 0.1
    limiter.refuse(7.0)
    limiter.refuse(3.0)  # of the same wave
    slow = starts(limiter, clock, 4)
    assert slow[0] == 7.0
    paces = [round(later - earlier, 3) for earlier, later in itertools.pairwise(slow)]
    assert paces == [0.2, 0.2, 0.2]  # half as fast as before
    for _ in range(200):
        limiter.settle(0.0, None)
    assert starts(limiter, clock, 5) == [0, 0, 0, 0, 0]


def test_limits_by_provider() -> None:
    own = RateLimiter()
    before = current_rate_limits()
    try:
        set_rate_limits({"openai": own, "*": RateLimit(requests_per_minute=5)})
        assert limiter_of("openai") is own
        other = limiter_of("mistral")
        assert other is limiter_of("mistral")
        assert other is not limiter_of("gateway")
        assert other is not None
        assert other.limit.requests_per_minute == 5
    finally:
        set_rate_limits(before)
    assert limiter_of("openai") is None
    with pytest.raises(ValueError, match="requests_per_minute is 0"):
        RateLimit(requests_per_minute=0)


def test_waiting_counts_once_however_many_calls_wait() -> None:
    watch = Stopwatch()
    gate = threading.Barrier(5)

    def wait() -> None:
        with watch.held():
            gate.wait()
            time.sleep(0.05)

    threads = [threading.Thread(target=wait) for _ in range(4)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    gate.wait()
    for thread in threads:
        thread.join()
    assert 0.05 <= watch.seconds <= time.perf_counter() - began


class RefusingApi:
    """An OpenAI-shaped API that answers 429 to every second call until told otherwise."""

    def __init__(self) -> None:
        self.calls = 0
        self.refuse = {1, 3}
        self.status = 429
        self.headers: dict[str, str] = {"Retry-After": "0.2"}
        self._lock = threading.Lock()

    def answer(self) -> tuple[int, dict[str, Any]]:
        with self._lock:
            self.calls += 1
            if self.calls in self.refuse:
                return self.status, {"error": {"message": "slow down"}}
            return 200, {
                "id": "c", "object": "chat.completion", "created": 1, "model": "m",
                "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}}],
                "usage": {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12},
            }  # fmt: skip


@pytest.fixture
def api() -> Iterator[tuple[RefusingApi, str]]:
    refusing = RefusingApi()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = refusing.answer()
            payload = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in refusing.headers.items() if status != 200 else ():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield refusing, f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()
    thread.join()


MESSAGES: list[Any] = [{"role": "user", "content": "hello"}]


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_refused_calls_of_a_wrapped_client_wait_outside_of_latency(
    server: Any, api: tuple[RefusingApi, str], kind: str
) -> None:
    _, url = api

    def call(n: int) -> str:
        with openai.OpenAI(base_url=url, api_key="k") as client:
            answer = assay.wrap_openai(client).chat.completions.create(model="m", messages=MESSAGES)
            assert client.max_retries == 0  # ours take the place of the client's own
            return str(answer.choices[0].message.content)

    async def call_async(n: int) -> str:
        async with openai.AsyncOpenAI(base_url=url, api_key="k") as client:
            answer = await assay.wrap_openai(client).chat.completions.create(model="m", messages=MESSAGES)
            return str(answer.choices[0].message.content)

    limits = {"openai": RateLimiter()}
    result = Eval(
        "demo",
        data=[{"input": 1}],
        task=call if kind == "sync" else call_async,
        scores=[],
        rate_limits=limits,
        timeout=30,
        reporter=QUIET,
    )
    assert limiter_of("openai") is None
    assert limits["openai"].refusals == 1
    (found,) = result.results
    assert (found.output, found.error) == ("hi", None)
    assert found.throttled >= 0.2
    (root,) = server.roots()
    assert root["metrics"]["throttled"] == found.throttled
    wall = root["metrics"]["end"] - root["metrics"]["start"]
    assert found.duration <= wall - 0.2 + 0.05
    failed, fine = server.spans(type="llm")
    assert "429" in failed["error"]
    assert "error" not in fine
    assert fine["metrics"]["start"] - failed["metrics"]["end"] >= 0.19  # the wait is in neither span
    assert result.summary.throttled == found.throttled


def test_other_failures_are_repeated_as_the_client_would_have(api: tuple[RefusingApi, str]) -> None:
    refusing, url = api
    refusing.status, refusing.refuse, refusing.headers = 503, {1, 2, 3, 4}, {"Retry-After": "0"}
    before = current_rate_limits()
    set_rate_limits({"openai": RateLimiter()})
    try:
        with openai.OpenAI(base_url=url, api_key="k", max_retries=1) as client:
            wrapped = assay.wrap_openai(client)
            with pytest.raises(openai.InternalServerError):
                wrapped.chat.completions.create(model="m", messages=MESSAGES)
            assert refusing.calls == 2
            refusing.status, refusing.refuse = 400, {3}
            with pytest.raises(openai.BadRequestError):
                wrapped.chat.completions.create(model="m", messages=MESSAGES)
            assert refusing.calls == 3
    finally:
        set_rate_limits(before)


def test_evaluations_one_after_another_share_what_a_provider_allows() -> None:
    seen: list[tuple[RateLimiter, int]] = []

    def task(number: int) -> int:
        limiter = limiter_of("shared by two")
        assert limiter is not None
        seen.append((limiter, limiter.refusals))
        limiter.refuse(0.0)
        return number

    limits = {"*": RateLimit(requests_per_minute=6001)}
    for rate_limits in (limits, limits, {"*": RateLimit(requests_per_minute=6002)}):
        Eval(
            "demo",
            data=[{"input": 1}],
            task=task,
            scores=[],
            rate_limits=rate_limits,
            no_send_logs=True,
            reporter=QUIET,
        )
    (first, none), (second, one), (other, fresh) = seen
    assert (first is second, first is other, none, one, fresh) == (True, False, 0, 1, 0)
    assert limiter_of("shared by two") is None


def test_judges_keep_to_the_limit_of_the_gateway(
    api: tuple[RefusingApi, str],
) -> None:
    from assay.scorers.gateway import chat_completion

    refusing, url = api
    limiter = RateLimiter(RateLimit(tokens_per_minute=1e6))
    before = current_rate_limits()
    set_rate_limits({"gateway": limiter})
    watch = Stopwatch()
    token = CURRENT_STOPWATCH.set(watch)
    try:
        done = chat_completion({"model": "m", "messages": MESSAGES}, base_url=url, api_key="k", timeout=30)
    finally:
        CURRENT_STOPWATCH.reset(token)
        set_rate_limits(before)
    assert done.message["content"] == "hi"
    assert (limiter.refusals, refusing.calls) == (1, 2)
    assert watch.seconds >= 0.2
    while (step := limiter.wait())[0] > 0:
        time.sleep(step[0])
    assert step[1] == 12  # it learned what a call takes


def test_a_slot_for_code_of_one_s_own() -> None:
    limiter = RateLimiter()
    with contextlib.suppress(ApiError), limiter.slot():
        raise ApiError("no", status=429, retry_after=0.05)
    assert limiter.refusals == 1

    async def main() -> None:
        async with limiter.slot_async() as slot:
            slot.used(5)

    asyncio.run(main())
    with pytest.raises(KeyError), limiter.slot():
        raise KeyError("not a refusal")
    assert limiter.refusals == 1


def test_being_held_back_does_not_use_up_the_timeout() -> None:
    async def task(seconds: float) -> float:
        with held_back():
            await asyncio.sleep(1.5)
        await asyncio.sleep(seconds)
        return seconds

    result = Eval(
        "demo",
        data=[{"input": 0.0}, {"input": 60.0}],
        task=task,
        scores=[],
        timeout=1.2,
        no_send_logs=True,
        reporter=QUIET,
    )
    quick, slow = result.results
    assert (quick.output, quick.error) == (0.0, None)
    assert quick.throttled >= 1.5
    assert isinstance(slow.error, CaseTimeout)
    assert slow.throttled >= 1.5  # the time it may take began again where it had stopped


class Flaky(Exception):
    pass


class Worse(Flaky):
    pass


def test_a_task_is_tried_again_by_what_it_raised(server: Any) -> None:
    tries: dict[str, int] = {}

    def task(name: str, hooks: EvalHooks) -> str:
        tries[name] = tries.get(name, 0) + 1
        hooks.metadata["try"] = tries[name]
        hooks.metadata.setdefault("first", tries[name])
        time.sleep(0.05)
        kind = {"flaky": Flaky, "worse": Worse, "other": KeyError}[name]
        if tries[name] < 3:
            raise kind(name)
        return name

    result = Eval(
        "demo",
        data=[{"input": name} for name in ("flaky", "worse", "other")],
        task=task,
        scores=[],
        retry=Retries(attempts={Flaky: 2, "Worse": 1}, first_delay=0.01),
        max_concurrency=1,
        reporter=QUIET,
    )
    assert tries == {"flaky": 3, "worse": 2, "other": 1}
    flaky, worse, other = result.results
    assert (flaky.output, flaky.attempts, flaky.metadata) == ("flaky", 3, {"try": 3, "first": 3})
    assert isinstance(worse.error, Worse)
    assert isinstance(other.error, KeyError)
    assert flaky.throttled >= 0.1  # two attempts for nothing
    root = server.roots()[0]
    wall = root["metrics"]["end"] - root["metrics"]["start"]
    assert flaky.duration == pytest.approx(wall - flaky.throttled, abs=0.04)
    assert root["metrics"]["retries"] == 2
    assert [("error" in span) for span in server.children(root)] == [True, True, False]
    assert len({span["id"] for span in server.children(root)}) == 3
    assert result.summary.retries == 3
    with pytest.raises(ValueError, match="retry gives Flaky -1"):
        Retries.of({Flaky: -1})


def test_what_servers_ask_is_read_from_their_errors() -> None:
    assert retry_after_of(ApiError("x", status=429, retry_after=3)) == 3
    assert retry_after_of(ValueError("x")) is None

    class Response:
        headers: ClassVar = {"retry-after": "2"}

    error = RuntimeError("x")
    error.response = Response()  # type: ignore[attr-defined]
    assert retry_after_of(error) == 2
    Response.headers = {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}
    assert retry_after_of(error) is None
    assert Retries(attempts={"RuntimeError": 1}).delay(error, 1) is not None
