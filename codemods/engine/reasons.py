"""The reasons that the engine itself gives; each codemod lists its own."""

from __future__ import annotations

from codemods.codemod import Reason

__all__ = ["REASONS"]

_BUG = "This is a bug of the codemod: please report it with the code of the site."

REASONS = (
    Reason(
        "engine/excluded",
        "The file is excluded by --exclude or by [tool.codemods] exclude.",
        "It is still read, because a value may travel through it, but nothing in it is rewritten.",
    ),
    Reason(
        "engine/outside-the-paths",
        "The file is outside the paths that the run was given.",
        "PATH narrows what may be rewritten, never what is read. Run without PATH, or with a PATH "
        "that holds all sites of the group.",
    ),
    Reason(
        "engine/generated",
        "The file is generated, and the next generation would undo the change.",
        "Its first lines say so (`@generated`, `DO NOT EDIT`), or its name does (`_pb2.py`). "
        "Change the generator or its template.",
    ),
    Reason(
        "engine/migration",
        "The file is part of a database's migration history.",
        "Migrations that ran somewhere already are history; Django's and Alembic's are left.",
    ),
    Reason(
        "engine/declined",
        "A person said no to the site's group.",
        "The commit names it in a `Codemod-Without` trailer; run again to be asked again.",
    ),
    Reason(
        "engine/test-failed",
        "The tests fail when the site's group is rewritten.",
        "The command of --test passes without it. The message has the last lines of its output; "
        "the commit names the site in a `Codemod-Without` trailer.",
    ),
    Reason(
        "engine/suppressed",
        "A comment in the code says to leave the site.",
        "`# codemods: ignore[NAME] reason` at the end of a line is about that line, on a line of "
        "its own about the statement below it; `# codemods: ignore-file` about the whole file.",
    ),
    Reason(
        "engine/unused-suppression",
        "A comment says to leave a site, and there is none.",
        "Remove the comment.",
    ),
    Reason(
        "engine/group-of",
        "Another site of the same group is left, and the group is right only as a whole.",
        "The message names that site. What keeps it from being rewritten keeps the whole group.",
    ),
    Reason(
        "engine/unreadable",
        "The operating system does not let us read the file.",
        "Correct its rights, or exclude it.",
    ),
    Reason(
        "engine/undecodable",
        "The bytes of the file are not what its coding line says.",
        "Python itself could not read it either. Correct the coding line, or convert the file.",
    ),
    Reason(
        "engine/unparsable",
        "The file is no Python that this interpreter can parse.",
        "Fix its syntax, or exclude it. Python 2 code is lifted by py2-syntax; code for a newer "
        "Python needs codemods to run on that Python.",
    ),
    Reason(
        "engine/too-deep",
        "The file, or the statement around the site, is nested too deeply to be parsed.",
        "Exclude it; such code is nearly always generated.",
    ),
    *(
        Reason(
            f"engine/needs-python-{version}",
            f"The syntax of the file is that of Python {version}, newer than this interpreter.",
            f"Install codemods for Python {version} and run it there.",
        )
        for version in ("3.12", "3.13", "3.14")
    ),
    Reason(
        "engine/region-not-lossless",
        "The lines around the site would not come out of libcst as they went in.",
        "A form feed in an indentation or a lone carriage return is the usual cause.",
    ),
    Reason("engine/not-located", "libcst shows no node for the site.", _BUG),
    Reason(
        "engine/too-large",
        "The file is larger than the limit, and was not read.",
        "Such files are nearly always data. Exclude it, or set the limit in pyproject.toml: "
        "`max-file-size = 8000000` (bytes) in [tool.codemods].",
    ),
    Reason(
        "engine/worker-died",
        "The process that worked on the file was killed.",
        "It ran out of memory, or native code crashed. Run with --jobs 1, or exclude the file.",
    ),
    Reason("engine/survey-failed", "The codemod failed on this file.", _BUG),
    Reason("engine/plan-failed", "The codemod failed before it had decided.", _BUG),
    Reason("engine/rewrite-failed", "The rewrite failed on this file.", _BUG),
    Reason("engine/not-carried-out", "The rewrite did not find the site again.", _BUG),
    Reason(
        "engine/proof-compile",
        "The result would not compile although the original did.",
        f"The group was dropped. {_BUG}",
    ),
    Reason(
        "engine/proof-region",
        "The result would differ outside the lines that the rewrite is about.",
        f"The group was dropped. {_BUG}",
    ),
    Reason(
        "engine/proof-unresolved",
        "The result would use a name that nothing binds.",
        f"The group was dropped. {_BUG}",
    ),
    Reason(
        "engine/proof-unused-import",
        "The result would no longer use an import that the original used.",
        f"The group was dropped. {_BUG}",
    ),
    Reason(
        "engine/star-import",
        "The rewrite adds a name to the file, and another file that takes all its names with "
        "`import *` has that name already, with another meaning.",
        "Name what that file imports, and run again.",
    ),
    Reason(
        "engine/proof-not-stable",
        "A second run over the result would have rewritten more.",
        f"The group was dropped. {_BUG}",
    ),
)
"""All of them, in the order of a run."""
