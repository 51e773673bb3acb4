"""The dry run is what `git log -p` prints afterwards, and `git apply` takes it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from codemods.git.commits import Draft
from codemods.git.preview import show
from tests.git.series import TWO, publish_series, series
from tests.git.workbench import Workbench

ODD = PurePosixPath('new\nl\udce9ne "q".py')


def anonymous(text: bytes) -> bytes:
    """Return a log without hashes and dates."""
    text = re.sub(rb"(?m)^Date: .*$", b"Date:", text)
    return re.sub(rb"\b[0-9a-f]{7,64}\b", b"hash", text)


def drafts() -> tuple[Draft, ...]:
    """Return commits that are hard to show."""
    odd = Draft(
        b"third: diff --git a/x b/x\n\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
        {
            ODD: b"no newline at the end",
            PurePosixPath("crlf.py"): b"a\r\n\r\n\x0cb\r\n",
            PurePosixPath("latin.py"): b"# caf\xe9\n",
            PurePosixPath("empty.py"): b"",
            PurePosixPath("moved.md"): b"read\n",
            PurePosixPath("README.md"): None,
            PurePosixPath("pkg/new.py"): b"new = 2\n",
        },
    )
    return (*TWO, odd)


def test_the_text_is_that_of_git_log(bench: Workbench) -> None:
    with series(bench.path, drafts()) as built:
        text = show(built)
        stat = show(built, patch=False, stat=True)
        both = show(built, stat=True)
        messages = show(built, patch=False)
    publish_series(bench.path, drafts(), date="2025-01-01")
    log = ("log", "--reverse", "main..codemods/x")
    assert anonymous(text) == anonymous(bench.git(*log, "-p"))
    assert anonymous(stat) == anonymous(bench.git(*log, "--stat"))
    assert anonymous(both) == anonymous(bench.git(*log, "-p", "--stat"))
    assert anonymous(messages) == anonymous(bench.git(*log))
    assert text.count(b"\ndiff --git ") == 10
    assert b"rename from README.md" in text


def test_git_applies_it(bench: Workbench) -> None:
    with series(bench.path, drafts()) as built:
        text = show(built)
        tree = built.trees[-1]
    bench.git("apply", "--check", "--index", stdin=text)
    bench.git("apply", "--index", stdin=text)
    assert bench.text("write-tree") == tree


def test_settings_and_attributes_change_nothing(bench: Workbench) -> None:
    bench.commit({".gitattributes": b"*.py diff=x -text\nlatin.py -diff\n"})
    with series(bench.path, drafts()) as built:
        expected = show(built)
    for key, value in (
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("diff.context", "0"),
        ("diff.external", "false"),
        ("diff.x.textconv", "rev"),
        ("diff.x.command", "false"),
        ("diff.renames", "copies"),
        ("diff.orderFile", "README.md"),
        ("diff.suppressBlankEmpty", "true"),
        ("diff.algorithm", "patience"),
        ("diff.submodule", "log"),
        ("log.date", "relative"),
        ("log.showSignature", "true"),
        ("log.decorate", "full"),
        ("log.abbrevCommit", "true"),
        ("format.pretty", "oneline"),
        ("core.abbrev", "20"),
        ("core.quotePath", "false"),
        ("color.ui", "always"),
        ("notes.displayRef", "refs/notes/*"),
        ("core.pager", "false"),
    ):
        bench.git("config", key, value)
    with series(bench.path, drafts()) as built:
        assert show(built) == expected
    assert b"caf\xe9" in expected  # also where an attribute calls the file binary


def test_color(bench: Workbench) -> None:
    with series(bench.path) as built:
        colored = show(built, color=True)
        plain = show(built)
    assert b"\x1b[" not in plain
    assert re.sub(rb"\x1b\[[0-9;]*[mK]", b"", colored) == plain != colored
