"""Why all prints of a file, or those of some of its lines, stay."""

from __future__ import annotations

import re

from codemods.catalog.print_to_logger.configuring import Configurations
from codemods.catalog.print_to_logger.facts import Why
from codemods.codemod import Span
from codemods.python.names import Names
from codemods.python.source import SourceFile

__all__ = ["deliberate_lines", "why_whole"]

_NOQA = re.compile(r"#\s*noqa\s*:[^#\n]*\bT20[13]?\b", re.IGNORECASE)
_NOQA_FILE = re.compile(
    r"^\s*#\s*(?:ruff|flake8)\s*:\s*noqa\s*:[^#\n]*\bT20[13]?\b", re.IGNORECASE | re.MULTILINE
)
_NOTEBOOK = re.compile(r"^# (?:In\s?\[[ \d]*\]:|%%|<codecell>)", re.MULTILINE)
_LOGGING_MODULE = re.compile(
    r"(?:\w+_)?(?:logging|logger|loggers|log)(?:_(?:config\w*|setup|utils?|enforcer|handlers?|init))?"
)
#: ``# print instead of the logger, which may block``
_INSTEAD = re.compile(
    r"#[^\n]*\bprint\w*\b[^\n]*\b(?:instead of|rather than|not)\b[^\n]*\blogg?(?:er|ing)?\b",
    re.IGNORECASE,
)


def deliberate_lines(file: SourceFile) -> frozenset[int]:
    """Return the lines whose comment says that they print on purpose (R82)."""
    return frozenset(
        file.position(Span(match.start(), match.start())).line
        for pattern in (_NOQA, _INSTEAD)
        for match in pattern.finditer(file.text)
    )


def why_whole(file: SourceFile, names: Names, configurations: Configurations) -> Why | None:
    """Return why every print of a file stays."""
    if _NOQA_FILE.search(file.text):
        return Why("deliberate", "the file tells its linter that it prints on purpose")
    if _NOTEBOOK.search(file.text):
        return Why("not-the-program", "the file is a notebook saved as a script")
    named_so = _LOGGING_MODULE.fullmatch(file.path.stem.lower())
    if named_so and configurations.found:
        return Why("inside-logging", "the module sets logging up")
    if any(binding.origin in ("cgi", "cgitb") for binding in names.imports):
        return Why("parent-process", "a CGI script prints its response")
    return None
