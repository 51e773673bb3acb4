"""Why all prints of a file stay, for where it lies: tests, documentation, scripts."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from codemods.catalog.print_to_logger.facts import Why
from codemods.project import kinds
from codemods.project.project import Project

__all__ = ["is_script_folder", "why_there"]

#: Folders at the top of a distribution whose files are run by hand.
_SCRIPTS = frozenset(
    {"scripts", "script", "bin", "tools", "benchmarks", "benchmark", "contrib", "hack", "utils.d"}
    | {"devtools", "dev", "ci", ".ci", ".github", "notebooks", "notebook", "perf", "profiling"}
    | {"analyse", "analyze", "analysis", "research", "playground", "sandbox", "experiments"}
)
_SCRIPT_FOLDER = re.compile(r"(?:^|[-_ ])scripts?(?:$|[-_ ])")
#: First words of the names of files that somebody runs by hand, and whose output they read.
_CHORE = re.compile(
    r"(?:build|setup|force|debug|diagnos\w+|check|verify|validate|inspect|audit|fix|quick|rebuild|kill|seed|reset"
    r"|clean|cleanup|clear|demo|bench|benchmark|profile|analy[sz]e|compare|dump|backfill"
    r"|examples?|samples?|experiments?|tutorial)(?:[-_]|$)"
    r"|\w+[-_](?:smoke|probe|demo|script)$"
)


def why_there(project: Project, path: PurePosixPath, has_guard: bool) -> Why | None:
    """Return why the prints of a file stay, None if its place says nothing against them.

    Args:
        project: the repository.
        path: of the file.
        has_guard: whether the file can be started by itself.
    """
    if project.is_test(path):
        return Why("in-tests", "tests are never edited")
    if kinds.is_documentation(path) or kinds.is_example(path) or kinds.is_build_script(path):
        return Why("not-the-program", f"{path} is no part of the program", overridable=True)
    if kinds.is_vendored(path):
        return Why("not-the-program", f"{path} is a copy of somebody else's code")
    chore = has_guard and _CHORE.match(path.stem.lower()) is not None
    if chore or is_script_folder(project, path):
        return Why("script", f"{path} is a script that talks to whoever runs it", overridable=True)
    return None


def is_script_folder(project: Project, path: PurePosixPath) -> bool:
    """Tell whether a file lies among those that somebody runs by hand."""
    inside = path.relative_to(project.distribution_of(path).root).parts
    first = inside[0].lower()
    return len(inside) > 1 and (first in _SCRIPTS or _SCRIPT_FOLDER.search(first) is not None)
