"""The summary on a terminal and in a pipe."""

import io

from codemods.engine.outcome import Outcome
from codemods.reports.report import State
from codemods.reports.terminal import show, summary
from codemods.reports.text import count, listed, one_line, printable, unicode_text
from tests.reports.sample import report


def plain(**options: bool) -> str:
    stream = io.StringIO()
    show(summary(report(), **options), stream, colour=False)
    return stream.getvalue()


def test_summary_in_a_pipe() -> None:
    assert plain() == (
        """\
note: look <here>
failed: the group g9 was dropped <script>

codemod  sites  rewritten  left  files  commit
toy         17          1    16      2  fedcba9876
idle         0          0     0      0  -

Rewritten: 1 site
  toy/rewritten (1)  message of [bold]3[/bold]

To look at in the diff: 1 site
  src/caf\\xe9 \\x1b[31m|`<b>.py:3:5  check \\x1b[2J the `caller`

Left: 16 sites
  toy/kept (15)  The line says so.
"""
        + "".join(f"    src/app.py:{line}:5  x.shout(1)\n" for line in range(10, 20))
        + """\
    and 5 more (--verbose shows all)
  toy/odd (1)  message of [bold]30[/bold]
    src/app.py:30:5  first( …

Still to do by hand:
  Bring the locks up to date with: `uv lock`

Branch codemods/toy-0123456 has 1 commit on top of 0123456789. Searched 1,234 files, read 2 files.
  git log -p 0123456789..codemods/toy-0123456
  git switch codemods/toy-0123456
Not everything worked; the lines marked failed above say what was left out.
"""
    )


def test_everything_and_the_changed_files_on_request() -> None:
    text = plain(everything=True, stat=True)
    assert "src/app.py:24:5" in text
    assert "more (--verbose" not in text
    assert "\nfedcba9876 toy: call say()\n  src/caf\\xe9 \\x1b[31m|`<b>.py  1 site\n" in text
    assert "\n  new.py  new file\n" in text


def test_colours_hold_the_same_text_and_no_control_character_of_the_repository() -> None:
    stream = io.StringIO()
    show(summary(report()), stream, colour=True)
    coloured = stream.getvalue()
    assert "\x1b[1;32mcodemods/toy-0123456\x1b[0m" in coloured
    assert "\x1b[2J" not in coloured
    assert "message of [bold]30[/bold]" in coloured


def test_endings() -> None:
    nothing = Outcome(base="", changes=(), entries=(), files_searched=1, files_surveyed=0)
    ending = {
        state: "".join(text for text, _ in summary(report(state=state, outcome=nothing))[-1])
        for state in State
        if state is not State.CREATED
    }
    assert ending == {
        State.NOTHING_TO_DO: "Nothing to do. Searched 1 file, read 0 files.",
        State.ALREADY_DONE: "Already done: branch codemods/toy-0123456 holds these commits. "
        "Searched 1 file, read 0 files.",
        State.PENDING: "This would be 1 commit; nothing was written. "
        "Searched 1 file, read 0 files.",
        State.WRITTEN: "Changed 0 files in place. Searched 1 file, read 0 files.",
    }


def test_texts() -> None:
    assert printable("a\u202eb\x7f\U000e0001 é") == "a\\u202eb\\x7f\\U000e0001 é"
    assert unicode_text("a\udce9b") == "a\ufffdb"
    assert one_line("  x(\n y)\n") == "x( …"
    assert one_line("\tabcdef", 5) == "abcd…"
    assert one_line("") == ""
    assert (count(1, "site"), count(1000, "site")) == ("1 site", "1,000 sites")
    assert (listed("a"), listed("ab"), listed("abc")) == ("a", "a and b", "a, b and c")
