"""Tables: alignment, width, and text that tries to take over the terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.cli.table import MIN_WIDTH, Column, display_width, printable, render_table, shorten

NAME, COUNT = Column("name"), Column("n", right=True, fixed=True)


def test_numbers_are_right_aligned() -> None:
    assert render_table([NAME, COUNT], [["a", "7"], ["long one", "1234"]]) == [
        "name         n",
        "a            7",
        "long one  1234",
    ]


def test_only_flexible_columns_are_cut_to_the_width() -> None:
    columns = [Column("input"), Column("id", fixed=True)]
    lines = render_table(columns, [["x" * 100, "0123456789"]], width=40)
    assert lines[1] == "x" * 27 + "…  0123456789"
    assert max(map(len, lines)) == 40


def test_columns_share_the_cut() -> None:
    lines = render_table([Column("a"), Column("b")], [["x" * 50, "y" * 50]], width=42)
    assert lines[1] == "x" * 19 + "…  " + "y" * 19 + "…"


def test_without_a_width_nothing_is_cut() -> None:
    assert render_table([NAME], [["x" * 5000]])[1] == "x" * 5000


def test_too_narrow_a_terminal_keeps_some_of_each_column() -> None:
    lines = render_table([Column("a"), Column("b")], [["x" * 50, "y" * 50]], width=4)
    assert lines[1] == "x" * (MIN_WIDTH - 1) + "…  " + "y" * (MIN_WIDTH - 1) + "…"


def test_wide_letters_take_two_cells() -> None:
    assert display_width("日本") == 4
    assert shorten("日本語テキスト", 7) == "日本語…"
    assert render_table([NAME, COUNT], [["日本", "1"], ["abcd", "2"]]) == ["name  n", "日本  1", "abcd  2"]


def test_combining_marks_take_none() -> None:
    assert display_width("e\u0301") == 1


def test_logged_text_cannot_drive_the_terminal() -> None:
    assert printable("\x1b]0;owned\x07red\x1b[31m") == "\\x1b]0;owned\\x07red\\x1b[31m"
    assert printable("two\nlines\tand\r\nmore") == "two⏎lines and⏎more"
    assert printable("\u202eevil") == "\\u202eevil"
    assert printable("lone \ud800 surrogate") == "lone \\ud800 surrogate"


@given(st.lists(st.tuples(st.text(max_size=60), st.text(max_size=60)), max_size=6), st.integers(20, 80))
def test_every_line_fits_and_prints(rows: list[tuple[str, str]], width: int) -> None:
    lines = render_table([Column("a"), Column("b")], rows, width=width)
    assert len(lines) == len(rows) + 1
    for line in lines:
        assert display_width(line) <= width
        assert line.isprintable()
