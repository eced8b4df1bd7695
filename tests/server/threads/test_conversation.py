"""Messages of model calls as one thread, whatever provider they were logged for."""

from __future__ import annotations

from typing import Any

import pytest

from assay_server.features.threads.conversation import conversation, messages_of


def user(text: Any) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def call(asked: Any, answered: Any) -> dict[str, Any]:
    return {"input": asked, "output": answered}


def test_what_was_sent_again_is_not_shown_again() -> None:
    first = call([user("a")], [{"message": {**assistant("b"), "refusal": None}}])
    second = call([user("a"), assistant("b"), user("c")], {"choices": [{"message": assistant("d")}]})
    assert [one["content"] for one in conversation([first, second])] == ["a", "b", "c", "d"]


def test_another_conversation_is_shown_from_where_it_differs() -> None:
    first = call([user("a")], assistant("b"))
    retried = call([user("a"), user("x")], assistant("y"))
    other = call([user("z")], None)
    assert [one["content"] for one in conversation([first, retried, other])] == ["a", "b", "x", "y", "z"]


def test_parts_and_text_of_the_same_words_are_one_message() -> None:
    parts = user([{"type": "text", "text": "a"}])
    picture = user([{"type": "image_url", "image_url": {"url": "x"}}])
    thread = conversation(
        [call([user("a"), picture], "b"), call([parts, picture, assistant("b"), user("c")], None)]
    )
    assert thread == [user("a"), picture, assistant("b"), user("c")]


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        (None, []),
        ("", []),
        ([], []),
        ("text", [assistant("text")]),
        ({"answer": 4}, [assistant('{"answer": 4}')]),
        ([1, 2], [assistant("[1, 2]")]),
        ({"messages": [user("a")]}, [user("a")]),
        ([user("a"), "odd"], [user("a"), assistant("odd")]),
        ({"message": assistant("a"), "index": 0}, [assistant("a")]),
        (
            [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]},
             {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
             {"type": "function_call_output", "call_id": "c", "output": "4"},
             {"type": "reasoning", "summary": []}],
            [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]},
             {"role": "assistant", "content": None,
              "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
             {"role": "tool", "tool_call_id": "c", "content": "4"},
             assistant('{"type": "reasoning", "summary": []}')],
        ),
    ],
)  # fmt: skip
def test_everything_becomes_messages(value: Any, messages: list[dict[str, Any]]) -> None:
    assert messages_of(value, "assistant") == messages
