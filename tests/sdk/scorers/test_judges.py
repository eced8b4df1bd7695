"""Judges and embeddings against a model server on the loopback: requests, answers, spans, failures."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import assay
from assay.core.errors import ApiError
from assay.core.merge import merge_rows
from assay.core.mustache import TemplateError, variable_names
from assay.evals import Eval, Reporter
from assay.scorers import (
    Battle,
    ClosedQA,
    EmbeddingSimilarity,
    Factuality,
    Humor,
    JudgeError,
    LLMClassifier,
    Moderation,
    Security,
    Sql,
    Summary,
    Translation,
)
from assay.scorers.embedding import cosine
from assay.scorers.judges import load_rubric
from assay.scorers.llm import read_selection

READY = (Factuality, ClosedQA, Summary, Sql, Translation, Battle, Humor, Security, Moderation)
TEMPLATES = (
    "factuality",
    "closed_qa",
    "summary",
    "sql",
    "translation",
    "battle",
    "humor",
    "security",
    "moderation",
)
CONTEXT = {"input": "IN", "criteria": "CRITERIA", "language": "LANGUAGE", "instructions": "INSTRUCTIONS"}

Reply = Callable[[str, dict[str, Any]], tuple[int, dict[str, Any]]]


class ModelServer:
    """What it was asked, and what it answers."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, Any], str | None]] = []
        self.reply: Reply = choose("yes")
        self.headers: dict[str, str] = {}
        self.url = ""


def choose(choice: str, reasons: str = "because") -> Reply:
    """A model that calls the tool it is told to call."""

    def reply(path: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        name = request["tool_choice"]["function"]["name"]
        arguments = json.dumps({"reasons": reasons, "choice": choice})
        call = {"id": "c1", "type": "function", "function": {"name": name, "arguments": arguments}}
        return 200, completion({"role": "assistant", "content": None, "tool_calls": [call]})

    return reply


def completion(message: dict[str, Any]) -> dict[str, Any]:
    usage = {
        "prompt_tokens": 90, "completion_tokens": 10, "total_tokens": 100,
        "prompt_tokens_details": {"cached_tokens": 64}, "completion_tokens_details": {"reasoning_tokens": 4},
    }  # fmt: skip
    return {"model": "judge-1", "choices": [{"index": 0, "message": message}], "usage": usage}


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    """A server in the OpenAI format that the SDK takes for Assay's gateway."""
    served = ModelServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            served.requests.append((self.path, body, self.headers.get("Authorization")))
            status, answer = served.reply(self.path, body)
            payload = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(payload)), **served.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{http.server_port}"
    monkeypatch.setenv("ASSAY_URL", served.url)
    monkeypatch.setenv("ASSAY_API_KEY", "k")
    yield served
    http.shutdown()
    http.server_close()
    thread.join()


def test_a_judge_asks_through_the_gateway_and_scores_the_choice(model: ModelServer) -> None:
    variety = LLMClassifier(
        "Variety",
        "Songs: {{output.songs}} {{metadata.tier}}",
        {"yes": 1.0, "no": 0.0, "unclear": None},
        model="m",
        temperature=0.0,
    )
    score = variety(output={"songs": ["a", "b"]}, expected=None, input="chill", metadata={"tier": "gold"})

    assert (score.name, score.score) == ("Variety", 1.0)
    assert score.metadata == {"choice": "yes", "rationale": "because", "model": "judge-1"}
    path, request, key = model.requests[0]
    assert (path, key) == ("/v1/proxy/chat/completions", "Bearer k")
    assert request["messages"] == [{"role": "user", "content": '[judge: Variety]\nSongs: ["a", "b"] gold'}]
    assert request["tool_choice"] == {"type": "function", "function": {"name": "select_choice"}}
    parameters = request["tools"][0]["function"]["parameters"]
    assert list(parameters["properties"]) == ["reasons", "choice"]
    assert parameters["properties"]["choice"]["enum"] == ["yes", "no", "unclear"]
    assert (request["model"], request["temperature"]) == ("m", 0.0)
    assert "max_tokens" not in request


def test_a_choice_without_a_score_does_not_apply(model: ModelServer) -> None:
    model.reply = choose("unclear")
    assert LLMClassifier("J", "{{output}}", {"yes": 1, "unclear": None})("x").score is None


def test_reasons_can_be_left_out(model: ModelServer) -> None:
    LLMClassifier("J", "{{output}}", {"yes": 1}, use_cot=False)("x")
    assert list(model.requests[0][1]["tools"][0]["function"]["parameters"]["properties"]) == ["choice"]


def test_a_scripted_answer_says_so(model: ModelServer) -> None:
    model.headers["x-assay-scripted"] = "1"
    assert LLMClassifier("J", "{{output}}", {"yes": 1})("x").metadata["provider"] == "scripted model"


def test_another_server_and_the_async_form(model: ModelServer) -> None:
    judge = LLMClassifier("J", "{{output}}", {"yes": 1}, base_url=f"{model.url}/v1/", api_key="other")
    assert asyncio.run(judge.eval_async("x")).score == 1.0
    assert [(path, key) for path, _, key in model.requests] == [("/v1/chat/completions", "Bearer other")]


def test_overload_is_retried_and_refusal_is_not(model: ModelServer) -> None:
    answers = [
        (429, {"error": {"message": "slow down"}}),
        choose("yes")("", {"tool_choice": {"function": {"name": "s"}}}),
    ]
    model.reply = lambda path, request: answers.pop(0)
    assert LLMClassifier("J", "{{output}}", {"yes": 1})("x").score == 1.0
    model.reply = lambda path, request: (400, {"error": {"message": "no such model"}})
    with pytest.raises(ApiError, match="no such model"):
        LLMClassifier("J", "{{output}}", {"yes": 1})("x")
    assert len(model.requests) == 3


def test_a_template_that_asks_for_too_much_never_reaches_the_model(model: ModelServer) -> None:
    with pytest.raises(TemplateError, match="criteria"):
        ClosedQA()(output="x", input="y")
    assert model.requests == []


@pytest.mark.parametrize(
    "message",
    [
        {
            "tool_calls": [
                {"function": {"name": "select_choice", "arguments": '{"choice": "Yes", "reasons": "r"}'}}
            ]
        },
        {"content": '{"choice": "yes", "reasons": "r"}'},
        {"content": " **Yes**. "},
        {"content": "yes", "tool_calls": [{"function": {"name": "x", "arguments": "{broken"}}]},
    ],
)
def test_answers_of_models_that_bend_the_rules(message: dict[str, Any]) -> None:
    assert read_selection(message, ["yes", "no"]).choice == "yes"


@pytest.mark.parametrize(
    "message", [{}, {"content": "maybe"}, {"content": '{"choice": "maybe"}'}, {"content": "yes and no"}]
)
def test_answers_that_name_no_choice(message: dict[str, Any]) -> None:
    with pytest.raises(JudgeError, match="names none of: yes, no"):
        read_selection(message, ["yes", "no"])


@pytest.mark.parametrize(("judge", "template"), list(zip(READY, TEMPLATES, strict=True)))
def test_every_ready_judge_shows_the_model_what_it_needs(
    model: ModelServer, judge: Any, template: str
) -> None:
    rubric = load_rubric(template)
    best = max(rubric.choices, key=lambda choice: rubric.choices[choice])
    model.reply = choose(best)
    score = judge()(output="OUT", expected="EXPECTED", **CONTEXT)

    assert (score.name, score.score) == (judge.__name__, 1.0)
    prompt = model.requests[0][1]["messages"][0]["content"]
    assert prompt.startswith(f"[judge: {judge.__name__}]\n")
    marks = {"output": "OUT", "expected": "EXPECTED", **CONTEXT}
    for name in variable_names(rubric.prompt):
        assert f"\n{marks[name]}\n" in prompt or name == "language"
    assert all(f"- {choice}: " in prompt for choice in rubric.choices)
    assert min(rubric.choices.values()) == 0.0


def test_values_are_fixed_at_construction_or_given_with_the_call(model: ModelServer) -> None:
    judge = ClosedQA(criteria="is short", model="m2")
    judge(output="x", input="y")
    judge(output="x", input="y", criteria="is long")
    prompts = [request["messages"][0]["content"] for _, request, _ in model.requests]
    assert "is short" in prompts[0]
    assert "is long" in prompts[1]


def test_a_judge_without_choices_is_refused() -> None:
    with pytest.raises(ValueError, match="no choices"):
        LLMClassifier("J", "{{output}}", {})
    with pytest.raises(ValueError, match="J: yes"):
        LLMClassifier("J", "{{output}}", {"yes": 2})


def embeddings(vectors: list[list[float]]) -> Reply:
    """A model that answers with these vectors, last first: order is told by `index`."""
    data = [{"index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    return lambda path, request: (200, {"data": data[::-1], "usage": {"prompt_tokens": 4, "total_tokens": 4}})


def test_embedding_similarity_stretches_the_cosine(model: ModelServer) -> None:
    model.reply = embeddings([[1.0, 0.0], [0.85, (1 - 0.85**2) ** 0.5]])
    score = EmbeddingSimilarity(prefix="song: ")("a", "b")
    assert score.score == pytest.approx(0.5)
    path, request, _ = model.requests[0]
    assert (path, request["input"]) == ("/v1/proxy/embeddings", ["song: a", "song: b"])
    model.reply = embeddings([[1.0, 0.0], [0.0, 1.0]])
    assert EmbeddingSimilarity()("a", "b").score == 0.0
    assert EmbeddingSimilarity()("same", "same").score == 1.0
    assert len(model.requests) == 2
    with pytest.raises(ValueError, match="this case has none"):
        EmbeddingSimilarity()("a")


def test_too_few_vectors_are_an_error(model: ModelServer) -> None:
    model.reply = embeddings([[1.0]])
    with pytest.raises(ValueError, match="1 vectors for 2 texts"):
        EmbeddingSimilarity()("a", "b")


def test_cosine() -> None:
    assert cosine([1, 2], [2, 4]) == pytest.approx(1.0)
    assert cosine([0, 0], [1, 1]) == 0.0


def test_the_call_is_an_llm_span_with_usage(model: ModelServer) -> None:
    rows: dict[str, dict[str, Any]] = {}
    judge_reply = choose("yes")

    def reply(path: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if path == "/logs3":
            for row in request["rows"]:
                rows[row["id"]] = merge_rows(rows.get(row["id"], {}), row)
            return 200, {}
        if path == "/v1/proxy/chat/completions":
            return judge_reply(path, request)
        return 200, {"id": "p1", "name": "demo"}

    model.reply = reply
    state = assay.State()
    logger = assay.Logger(state, state.project(name="demo"))
    with logger.start_span("case"):
        LLMClassifier("J", "{{output}}", {"yes": 1}, model="m")("x")
    state.flush()
    state.close()

    (call,) = [row for row in rows.values() if row["span_attributes"]["name"] == "Chat Completion"]
    assert (call["span_attributes"]["type"], call["span_attributes"]["purpose"]) == ("llm", "scorer")
    assert call["input"][0]["content"] == "[judge: J]\nx"
    assert call["output"][0]["message"]["tool_calls"][0]["function"]["name"] == "select_choice"
    assert call["metadata"]["model"] == "judge-1"
    usage = {key: value for key, value in call["metrics"].items() if "tokens" in key}
    assert usage == {
        "prompt_tokens": 90, "completion_tokens": 10, "tokens": 100,
        "prompt_cached_tokens": 64, "completion_reasoning_tokens": 4,
    }  # fmt: skip


def test_judges_run_beside_each_other_in_an_evaluation(model: ModelServer) -> None:
    barrier = threading.Barrier(4, timeout=10)

    def reply(path: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        barrier.wait()  # four judges must be asking at once
        return choose("yes")(path, request)

    model.reply = reply
    first, second = (LLMClassifier(name, "{{output}}", {"yes": 1}) for name in ("First", "Second"))
    result = Eval(
        "p",
        data=[{"input": n} for n in range(4)],
        task=str,
        scores=[first, second],
        max_concurrency=2,
        no_send_logs=True,
        reporter=Reporter("quiet", lambda evaluator, result: True),
    )
    assert {name: item.mean for name, item in result.summary.scores.items()} == {"First": 1.0, "Second": 1.0}
