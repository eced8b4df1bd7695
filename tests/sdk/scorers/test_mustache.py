"""Mustache rendering: what appears, and where an error points."""

from __future__ import annotations

import pytest

from assay.core.mustache import TemplateError, render, variable_names

VALUES = {
    "name": "<Ann & Bob>",
    "none": None,
    "flag": False,
    "zero": 0,
    "empty": [],
    "object": {"k": "ä", "n": 1},
    "items": [{"t": "a"}, {"t": "b"}],
    "words": ["x", "y"],
    "messages": [{"content": "hi"}, {"content": [{"text": "deep"}]}],
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Hello {{name}}!", "Hello <Ann & Bob>!"),
        ("{{{name}}} {{& name }}", "<Ann & Bob> <Ann & Bob>"),
        ("{{none}}|{{flag}}|{{zero}}", "|false|0"),
        ("{{object}}", '{"k": "ä", "n": 1}'),
        ("{{object.k}}", "ä"),
        ("{{messages.1.content[0].text}}", "deep"),
        ("{{#items}}{{t}},{{/items}}", "a,b,"),
        ("{{#words}}{{.}}{{/words}}", "xy"),
        ("{{#object}}{{k}}{{name}}{{/object}}", "ä<Ann & Bob>"),
        ("{{^empty}}none{{/empty}}{{#empty}}some{{/empty}}", "none"),
        ("{{#zero}}zero counts{{/zero}}", "zero counts"),
        ("{{#unknown}}x{{/unknown}}{{^unknown}}absent{{/unknown}}", "absent"),
        ("a{{! a note }}b", "ab"),
        ("one\n{{#flag}}\nhidden\n{{/flag}}\ntwo", "one\ntwo"),
        ("  {{! own line }}  \nnext", "next"),
        ("{ {a} } {}", "{ {a} } {}"),
        ("{{#items}}\n- {{t}}\n{{/items}}\nend", "- a\n- b\nend"),
    ],
)
def test_renders(template: str, text: str) -> None:
    assert render(template, VALUES) == text


@pytest.mark.parametrize(
    ("template", "problem", "line", "column"),
    [
        ("a\nb {{nmae}}", "names nothing; known: empty, flag", 2, 3),
        ("{{object.missing}}", "names nothing", 1, 1),
        ("{{messages.9}}", "names nothing", 1, 1),
        ("{{#items}}x", "never closed", 1, 1),
        ("x{{/items}}", "closes no open section", 1, 2),
        ("{{#items}}{{/words}}", r"\{\{/items\}\} was expected", 1, 11),
        ("{{> part}}", "partials", 1, 1),
        ("{{}}", "without a name", 1, 1),
    ],
)
def test_errors_point_at_the_place(template: str, problem: str, line: int, column: int) -> None:
    with pytest.raises(TemplateError, match=problem) as caught:
        render(template, VALUES)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_lenient_mode_leaves_unknown_names_empty() -> None:
    assert render("[{{nothing}}]", {}, strict=False) == "[]"


def test_values_are_never_templates() -> None:
    assert render("{{a}}", {"a": "{{b}}", "b": "secret"}) == "{{b}}"


def test_variable_names() -> None:
    assert variable_names("{{a.b}} {{#c}}{{d}}{{/c}} {{e[0]}}") == {"a", "c", "e"}
