"""Lift Python 2 syntax, so that the other codemods can work.

What it does: a file that no Python 3 parses, and fissix (the maintained fork of lib2to3) does, gets
Python 3 syntax: print and exec statements, ``except A, e``, ``raise E, "m"``, backticks, ``<>``,
``0777``, ``10L``, ``ur""``, tuple parameters, and tabs mixed with spaces. Nothing else: no library
is renamed, no meaning is looked at.

Why: no tool that works on syntax trees can read such a file.

Fix safety: the result compiles, and says what the old text said to Python 2 where Python 3 has a
spelling for it. Division, text against bytes, and dictionary views change with the interpreter, not
with the syntax; they need a person, and the commit says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from codemods.codemod import (
    AnyOf,
    Circumstances,
    FileEdit,
    Gate,
    MoreNeedles,
    Order,
    Plan,
    Reason,
    Settings,
    Survey,
)

if TYPE_CHECKING:
    from codemods.catalog.py2_syntax.survey import Lifted
    from codemods.project.project import Project
    from codemods.python.source import SourceFile, SourceText

__all__ = ["Options", "codemod"]


@dataclass(frozen=True, slots=True)
class Options:
    """What the codemod can be told."""

    mode: Literal["lift", "leave"] = field(
        default="lift", metadata={"help": "lift files of Python 2, or leave them and say so"}
    )


_REASONS = (
    Reason(
        "py2-syntax/lifted",
        "The construct got its Python 3 spelling.",
        "A file is lifted whole or not at all: half of it would parse under no Python.",
    ),
    Reason(
        "py2-syntax/left-by-option",
        "The file is Python 2, and `py2-syntax.mode=leave` says to leave it.",
    ),
    Reason(
        "py2-syntax/still-unparsable",
        "Python 3 does not parse the file even after its constructs were lifted.",
        "Often a name that is a keyword now (`async`), or a statement that never was Python.",
    ),
    Reason(
        "py2-syntax/comment-in-the-way",
        "A comment stands inside a construct, and lifting it would lose the comment.",
        "Move the comment above the statement and run again.",
    ),
    Reason(
        "py2-syntax/mixed-newlines",
        "The file mixes newlines, and lifting it would not keep each of them.",
    ),
    Reason(
        "py2-syntax/print-chevron",
        "`print >>f, x` parses as Python 3, where it means something else.",
        "It makes a tuple of `print >> f` and `x`, and raises a TypeError when it runs. The file "
        "parses, so nothing proves that Python 2 was meant; write `print(x, file=f)` by hand.",
    ),
)


# A construct that Python 3 does not parse leaves one of these; what matches and parses costs one
# parse, nothing more.
_GATE = AnyOf(
    (
        rb"print(?<![\w.]print)[ \t]+[^\s=(.,:;\[\]){}+*/|&^%<!>-]",
        rb"print(?<![\w.]print)(?:['\"`]|[ \t]+['\"`-]|[ \t]*>>)",
        rb"print(?<![\w.]print)[ \t]*(?:[\r\n;#]|\Z)",
        rb"print(?<![\w.]print)[ \t]*\([^\n]*\)[ \t]*[^\s#;:.,)\]}=]",
        rb"except(?<!\wexcept)[ \t]+[^\n:#()]+,",
        rb"except(?<!\wexcept)[ \t]*\([^\n:#()]*\)[ \t]*,",
        rb"raise(?<!\wraise)[ \t]+[^\n#]+,",
        rb"exec(?<![\w.]exec)[ \t]+[\w'\"(]",
        rb"`(?:(?<=[=(,\[+%{]`)|(?<=[=,+%(] `)|(?<=return `))[^`\n]+`",
        rb"<>",
        rb"ur(?<!\wur)['\"]",
        rb"uR(?<!\wuR)['\"]",
        rb"Ur(?<!\wUr)['\"]",
        rb"UR(?<!\wUR)['\"]",
        rb"0(?<![\w.'\"-]0)[0-7]*[1-7][0-7]*(?![\w.'\":-])",
        rb"L(?<=[0-9]L)\b",
        rb"0x[0-9a-fA-F]+[lL]\b",
        rb"l(?<=[0-9]l)\b",
        rb"def(?<!\wdef)[ \t]+\w+[ \t]*\((?:[^()]*,)?\s*\(",
        rb"lambda(?:[ \t]+[^:\n()]*,)?[ \t]*\(",
        rb"\n *\t",
        rb"\r *\t",
    )
)


@dataclass(frozen=True, slots=True)
class Py2Syntax:
    """The codemod; see the module's documentation."""

    name: str = "py2-syntax"
    summary: str = "lift Python 2 syntax to Python 3"
    after: frozenset[str] = frozenset()
    needles: frozenset[bytes] = frozenset(
        {b"print", b"except", b"raise", b"exec", b"`", b"<>", b"def", b"lambda", b"\t", b"0", b"L"}
    )
    gate: Gate | None = _GATE
    options: type[Options] = Options
    reasons: Sequence[Reason] = _REASONS

    def survey(self, file: SourceFile, options: Options) -> Survey[Lifted | None]:
        """Find `print >>f` in a file that parses."""
        from codemods.catalog.py2_syntax.survey import survey_chevrons

        return survey_chevrons(self.name, file)

    def survey_text(self, file: SourceText, options: Options) -> Survey[Lifted | None]:
        """Lift a file that does not parse, and note what was lifted where."""
        from codemods.catalog.py2_syntax.survey import survey_text

        return survey_text(self.name, file)

    def plan(
        self,
        surveys: Mapping[PurePosixPath, Survey[Lifted | None]],
        project: Project,
        settings: Settings[Options],
        circumstances: Circumstances,
    ) -> Plan | MoreNeedles:
        """Lift each file whole, or leave it with the reason."""
        from codemods.catalog.py2_syntax.plan import plan

        return plan(surveys, project, settings, circumstances)

    def rewrite(self, file: SourceFile, orders: Sequence[Order], options: Options) -> FileEdit:
        """Do nothing: files that parse are left alone."""
        return FileEdit((), frozenset())

    def rewrite_text(self, file: SourceText, orders: Sequence[Order], options: Any) -> FileEdit:
        """Put the lifted lines in place of the old ones."""
        from codemods.catalog.py2_syntax.rewrite import rewrite_text

        return rewrite_text(file, orders)


codemod = Py2Syntax()
