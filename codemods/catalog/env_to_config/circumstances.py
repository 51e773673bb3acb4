"""Where reads of the environment stay: files and distributions that need no configuration of ours.

Each function returns the bar, or None.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from codemods.catalog.env_to_config.facts import Centre, FileFacts, Read
from codemods.catalog.env_to_config.variables import is_cgi, is_system
from codemods.codemod import Bar, Survey
from codemods.project import kinds
from codemods.project.project import Project

__all__ = [
    "bar_of_distribution",
    "bar_of_file",
    "bar_of_module",
    "bar_of_variable",
    "central_classes",
    "is_aside",
]

_OUTSIDE = frozenset({"conf.py", "gunicorn.conf.py", "gunicorn_conf.py", "gunicorn_config.py"})
_INTERPRETER = frozenset({"sitecustomize.py", "usercustomize.py"})
_CENTRAL_STEMS = frozenset({"config", "settings", "configuration", "conf", "default_settings"})
#: A class of so many reads, and of such a part of all, is the configuration; a smaller one is not.
_FEWEST = 2
_SMALLEST_SHARE = 0.25


def _own_reads(facts: FileFacts) -> int:
    return sum(read.blocked is None for read in facts.reads.values())


def bar_of_variable(read: Read) -> Bar | None:
    """Say why a variable is none of this program's."""
    assert read.variable is not None
    if is_system(read.variable):
        return Bar(
            "env-to-config/system-variable",
            f"{read.variable} belongs to the system or a tool, not to this program",
        )
    if is_cgi(read.variable):
        return Bar(
            "env-to-config/cgi-variable",
            f"a web server sets {read.variable} for each request",
        )
    return None


def bar_of_file(path: PurePosixPath, facts: FileFacts, project: Project) -> Bar | None:
    """Say why a file is no part of the program."""
    if facts.own is not None:
        return Bar("env-to-config/config-module", "this is the module of the configuration")
    if project.is_test(path):
        return Bar("env-to-config/in-tests", "tests set up and look at the environment itself")
    role = _role(path, project)
    if role:
        return Bar("env-to-config/outside-the-program", f"{path} belongs to {role}")
    return None


def _role(path: PurePosixPath, project: Project) -> str:
    if kinds.is_build_script(path) or (path.name == "tasks.py" and len(path.parts) == 1):
        return "the build"
    if kinds.is_documentation(path):
        return "the documentation"
    if kinds.is_example(path):
        return "the examples"
    if path.name in _INTERPRETER:
        return "the interpreter, which runs it before any program"
    if path.name in _OUTSIDE and (
        path.name != "conf.py" or (path.parent / "index.rst") in project.paths
    ):
        return "the server" if path.name != "conf.py" else "the documentation"
    if project.is_migration(path) or project.is_migration_environment(path):
        return "the migrations"
    return ""


def is_aside(path: PurePosixPath, project: Project) -> bool:
    """Tell whether a file does not belong to the program itself."""
    return bool(_role(path, project)) or kinds.is_vendored(path)


def _of_the_program(
    surveys: Mapping[PurePosixPath, Survey[FileFacts]], project: Project
) -> dict[PurePosixPath, FileFacts]:
    return {
        path: survey.facts
        for path, survey in sorted(surveys.items())
        if not project.is_test(path) and not _role(path, project)
    }


def bar_of_distribution(
    root: PurePosixPath,
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    project: Project,
) -> Bar | None:
    """Say why the program of a distribution has a configuration already, or can have none."""
    if project.distribution_of(root).supports_python2:
        return Bar("env-to-config/python-2", "the code supports Python 2")
    ours = _of_the_program(surveys, project)
    for path, facts in ours.items():
        if facts.libraries:
            library = min(facts.libraries)
            return Bar(
                "env-to-config/config-library", f"{library} reads the configuration, in {path}"
            )
    for path, facts in ours.items():
        if facts.django:
            return Bar("env-to-config/django-settings", f"the settings of Django are in {path}")
    return None


def central_classes(
    surveys: Mapping[PurePosixPath, Survey[FileFacts]], project: Project
) -> list[tuple[PurePosixPath, Centre]]:
    """Return the classes that are the configuration of a distribution, with their files."""
    ours = _of_the_program(surveys, project)
    total = sum(map(_own_reads, ours.values()))
    return [
        (path, centre)
        for path, facts in ours.items()
        for centre in facts.centres
        if centre.pydantic or (centre.reads >= _FEWEST and centre.reads >= total * _SMALLEST_SHARE)
    ]


def bar_of_module(members: Mapping[PurePosixPath, int]) -> Bar | None:
    """Say whether all reads are in one module of settings, given their number by file."""
    if len(members) == 1:
        path, number = next(iter(members.items()))
        if path.stem in _CENTRAL_STEMS and number > 1:
            return Bar("env-to-config/central-module", f"all {number} reads are in {path} already")
    return None
