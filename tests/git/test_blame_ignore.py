"""The list of commits for `git blame` keeps the style that it has."""

from __future__ import annotations

import pytest

from codemods.git.blame_ignore import appended

A, B, C = "a" * 40, "b" * 40, "c" * 40


@pytest.mark.parametrize(
    ("before", "added"),
    [
        pytest.param(f"{A}\n", f"{B}\n{C}\n", id="bare"),
        pytest.param(f"# one\n{A}\n", f"# two\n{B}\n# three\n{C}\n", id="comment-above"),
        pytest.param(
            f"# head\n\n# one\n{A}\n", f"\n# two\n{B}\n\n# three\n{C}\n", id="with-empty-lines"
        ),
        pytest.param(f"{A} # one\n", f"{B} # two\n{C} # three\n", id="comment-behind"),
        pytest.param(f"# one\r\n{A}\r\n", f"# two\r\n{B}\r\n# three\r\n{C}\r\n", id="crlf"),
        pytest.param(f"{A}", f"\n{B}\n{C}\n", id="no-last-newline"),
        pytest.param("", f"# two\n{B}\n\n# three\n{C}\n", id="empty"),
        pytest.param("# head\n", f"\n# two\n{B}\n\n# three\n{C}\n", id="no-entry-yet"),
    ],
)
def test_the_style_of_the_last_entry_is_kept(before: str, added: str) -> None:
    made = appended(before.encode(), [(B, "two"), (C, "three")])
    assert made.decode() == before + added


def test_a_new_list_says_what_it_is() -> None:
    made = appended(None, [(B, "two")]).decode()
    assert made.startswith("# Commits that git blame looks through")
    assert made.endswith(f"\n\n# two\n{B}\n")
