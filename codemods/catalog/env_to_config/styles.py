"""The two forms of a configuration: with the standard library only, or with pydantic-settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol

from codemods.catalog.env_to_config.conversions import FILLED

if TYPE_CHECKING:
    from codemods.catalog.env_to_config.fields import Field
    from codemods.catalog.env_to_config.options import Options
    from codemods.project.dependencies import Declared
    from codemods.project.project import Project

__all__ = [
    "FILLED_TEXT",
    "LOWEST",
    "REQUIREMENT",
    "Form",
    "fills",
    "form_of",
    "imports_text",
    "sorted_names",
    "used_in",
]

LOWEST = "2.7"
"""The first pydantic-settings with `enable_decoding`; before, `Config()` takes lists for JSON."""

REQUIREMENT = f"pydantic-settings>={LOWEST}"
"""What the pydantic form needs."""

FILLED_TEXT = '''def filled(text: str) -> str:
    """Refuse a variable that is set to nothing."""
    if not text:
        raise ValueError("it is empty")
    return text


'''
"""The function that refuses an empty text, for modules that need it."""

_FILLED = re.compile(rf"\b{FILLED}\b")
_LONGEST_LIST = 48
_ANNOTATED = (3, 9)  #: the first Python with `typing.Annotated`


class Form(Protocol):
    """How a configuration is written."""

    @property
    def reserved(self) -> frozenset[str]:
        """Names that fields can't have."""

    @property
    def require(self) -> str:
        """The method for what some places do without, but a caller can't."""

    def module_text(self, fields: Mapping[str, Field], width: int, *, requires: bool) -> str:
        """Return the whole module.

        Args:
            fields: by name.
            width: characters that a line may have.
            requires: some site calls `require`.
        """

    def field_text(self, name: str, field: Field, width: int) -> str:
        """Return the declaration of a field, with its newline."""

    def field_imports(self, field: Field) -> tuple[str, ...]:
        """Return the import statements that the declaration of a field needs."""

    def fits(self, parse: str, default: str | None, width: int) -> bool:
        """Tell whether a declaration with this parser and default keeps within the width."""


def form_of(
    options: Options, project: Project, root: PurePosixPath, *, pydantic: bool | None
) -> tuple[Form, str]:
    """Return the form of a distribution's configuration, and a remark on it for the commit.

    Args:
        options: what was asked for.
        project: the repository.
        root: the folder of the distribution.
        pydantic: the form of the configuration that is there, None when there is none.
    """
    from codemods.catalog.env_to_config.dataclass_form import DataclassForm
    from codemods.catalog.env_to_config.pydantic_form import PydanticForm
    from codemods.project.dependencies import Role

    distribution = project.distribution_of(root)
    minimum = distribution.minimum_python
    old = minimum is not None and minimum < _ANNOTATED
    remark = ""
    if pydantic is None:
        declared = distribution.dependencies.of("pydantic-settings")
        runtime = [one for one in declared if one.role is Role.RUNTIME]
        recent = bool(runtime) and all(one.admits_from(LOWEST) for one in declared)
        pydantic = options.form == "pydantic" or (options.form == "auto" and recent and not old)
        if pydantic and old:
            assert minimum is not None
            version = ".".join(map(str, minimum))
            return (
                DataclassForm(),
                f"The form is dataclass: on Python {version} pydantic's won't do.",
            )
        older = [str(one.path) for one in runtime if pydantic and _admits_older(one)]
        if older:
            remark = (
                f"{older[0]} admits a pydantic-settings before {LOWEST}; ask for {REQUIREMENT}."
            )
    if pydantic:
        return PydanticForm(optional=minimum is not None and minimum < (3, 10)), remark
    return DataclassForm(), remark


def _admits_older(declared: Declared) -> bool:
    return declared.versions is not None and declared.versions.contains("2.6.1")


def fills(fields: Iterable[Field]) -> bool:
    """Tell whether the parser of some field refuses an empty text."""
    return any(_FILLED.search(field.parse) for field in fields)


def used_in(paths: tuple[PurePosixPath, ...]) -> str:
    """Return a list of files that is not too long."""
    named = [str(paths[0])]
    for path in paths[1:]:
        if len(", ".join((*named, str(path)))) > _LONGEST_LIST:
            break
        named.append(str(path))
    more = len(paths) - len(named)
    return f"{', '.join(named)} and {more} more" if more else ", ".join(named)


def imports_text(statements: set[str]) -> str:
    """Return import statements, sorted as the common tools do it, a block for each kind.

    Those of one module are joined.
    """
    names: dict[str, set[str]] = {}
    plain: set[str] = set()
    for statement in statements:
        if statement.startswith("import "):
            plain.add(statement)
        else:
            module, _, imported = statement.removeprefix("from ").partition(" import ")
            names.setdefault(module, set()).update(imported.split(", "))
    lines = [
        *plain,
        *(f"from {module} import {sorted_names(ones)}" for module, ones in names.items()),
    ]
    blocks = []
    for foreign in (False, True):
        block = [line for line in lines if line.split()[1].startswith("pydantic") is foreign]
        if block:
            ordered = sorted(block, key=lambda line: (not line.startswith("import "), line))
            blocks.append("\n".join(ordered) + "\n")
    return "\n".join(blocks)


def sorted_names(names: Iterable[str]) -> str:
    """Return imported names as isort sorts them: constants, classes, the rest."""

    def kind(name: str) -> int:
        return 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2

    return ", ".join(sorted(names, key=lambda name: (kind(name), name)))
