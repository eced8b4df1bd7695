"""Halves of surrogate pairs survive: what is kept is Unicode, what is given back is what was sent."""

from __future__ import annotations

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from assay_server.engines.halves import MARK, has_mark, readable, shield, unicode_only, unshield
from assay_server.engines.ingest.rows import unescape

ANY_TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from(f"\ud800\udbff\udc00\udfff{MARK}\ue000\ue7ff\\u"),
    )
)


def kept(text: str, *, escaped: bool) -> str:
    """JSON text as the store has it."""
    sent = json.dumps(text).encode()
    return unescape(shield(sent if escaped else unescape(sent))).decode()


@given(ANY_TEXT, st.booleans())
def test_any_text_comes_back_as_it_was_sent(text: str, escaped: bool) -> None:
    inside = kept(text, escaped=escaped)
    assert isinstance(msgspec.json.decode(inside), str)  # every decoder takes it
    assert json.loads(unshield(inside)) == json.loads(json.dumps(text))


@given(ANY_TEXT)
def test_what_is_valid_and_has_no_mark_is_left_alone(text: str) -> None:
    sent = json.dumps(text).encode()
    halves = any(0xD800 <= ord(char) <= 0xDFFF for char in json.loads(sent))
    if not halves and not has_mark(sent):
        assert shield(sent) == sent
        assert unshield(sent.decode()) == sent.decode()


@given(ANY_TEXT)
def test_readers_of_unicode_get_the_replacement_character(text: str) -> None:
    said = json.loads(json.dumps(text))  # two halves side by side are a character
    wanted = "".join("\ufffd" if 0xD800 <= ord(char) <= 0xDFFF else char for char in said)
    assert readable(msgspec.json.decode(kept(text, escaped=True))) == wanted
    assert unicode_only(said) == wanted


def test_escaped_backslashes_are_no_escapes() -> None:
    assert not has_mark(b'"\\uFDD1"')
    assert has_mark(b'"\\uFdD0"')
    assert shield(b'"\\\\ud800 \\\\ufdd0"') == b'"\\\\ud800 \\\\ufdd0"'
