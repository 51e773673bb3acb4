"""Write the module that holds the configuration, and single fields of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from codemods.catalog.env_to_config.centres import MARKER
from codemods.catalog.env_to_config.fields import Field

__all__ = ["REQUIRE", "field_text", "imports_text", "module_text"]

_LONGEST_LIST = 48

_DOCSTRING = '''"""What this program reads from the environment.

A variable is read whenever its field is asked for, so that `load_dotenv()`
and tests can set it after this module is imported.
"""
'''

_RUNTIME = '''
T = TypeVar("T")
D = TypeVar("D")


class MissingVariableError(KeyError):
    """A variable that must be set is not."""

    def __str__(self) -> str:
        return str(self.args[0])


class MalformedVariableError(ValueError):
    """A variable can't be parsed; the message never shows what it holds."""


class ConfigError(Exception):
    """Some variables are missing or malformed; there is a line for each."""


@dataclass(eq=False)
class Variable(Generic[T]):
    """How a field is read; `default` is its value for an unset variable."""

    parse: Callable[[str], T]
    default: object
    used_in: str
    required: bool
    secret: bool
    name: str

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = self.name or name
        self.form = str(owner.__annotations__[name])

    def __get__(self, config: object, owner: type) -> object:
        if config is None:
            return self
        text = os.getenv(self.name)
        if text is None:
            if self.required:
                raise MissingVariableError(self.problem("is not set"))
            return deepcopy(self.default)
        try:
            return self.parse(text)
        except ValueError:
            message = self.problem("is malformed")
            raise MalformedVariableError(message) from None

    def problem(self, what: str) -> str:
        """Say what is wrong, without the value."""
        return f"{self.name} ({self.form}) {what}; used in {self.used_in}"


def required(
    parse: Callable[[str], T],
    *,
    used_in: str,
    secret: bool = False,
    name: str = "",
) -> T:
    """Declare a field whose variable must be set."""
    variable = Variable(parse, None, used_in, True, secret, name)
    return cast("T", variable)


def optional(
    parse: Callable[[str], T],
    *,
    default: D,
    used_in: str,
    secret: bool = False,
    name: str = "",
) -> T | D:
    """Declare a field whose variable may be unset."""
    variable = Variable(parse, default, used_in, False, secret, name)
    return cast("T", variable)


@dataclass(init=False, repr=False, eq=False)
class Config:
    """The variables; fields have their names (`name` says where not)."""

'''

REQUIRE = '''    def require(self, name: str) -> str:
        """Return a field that other places do without, but the caller can't.

        Raises:
            MissingVariableError: its variable is not set.
        """
        text = getattr(self, name)
        if text is None:
            variable = vars(type(self))[name]
            raise MissingVariableError(variable.problem("is not set"))
        return str(text)

'''

_METHODS = '''    def validate(self, *names: str) -> None:
        """Check all fields, or only those that are named.

        Raises:
            ConfigError: some are missing or malformed; it names every one.
        """
        problems = []
        for field in fields(self):
            if not names or field.name in names:
                try:
                    getattr(self, field.name)
                except (MissingVariableError, MalformedVariableError) as error:
                    problems.append(str(error))
        if problems:
            raise ConfigError("\\n".join(problems))

    @contextmanager
    def override(self, **values: object) -> Iterator[None]:
        """Give fields other values for a while, as tests need it.

        Raises:
            AttributeError: there is no field of a name.
        """
        for name in values.keys() - {field.name for field in fields(self)}:
            raise AttributeError(f"there is no field {name}")
        before = dict(vars(self))
        vars(self).update(values)
        try:
            yield
        finally:
            self.reload()
            vars(self).update(before)

    def reload(self) -> None:
        """Drop all values that were set by hand."""
        vars(self).clear()

    def __repr__(self) -> str:
        shown = []
        for field in fields(self):
            try:
                value = repr(getattr(self, field.name))
            except (MissingVariableError, MalformedVariableError) as error:
                value = f"<{type(error).__name__}>"
            if vars(type(self))[field.name].secret:
                value = "<secret>"
            shown.append(f"{field.name}={value}")
        return f"Config({', '.join(shown)})"


config = Config()
'''

_IMPORTS = (
    "from collections.abc import Callable, Iterator",
    "from contextlib import contextmanager",
    "from copy import deepcopy",
    "from dataclasses import dataclass, fields",
    "import os",
)
_TYPING = ("Generic", "TypeVar", "cast")


def module_text(fields: Mapping[str, Field], width: int, *, requires: bool) -> str:
    """Return the whole module.

    Args:
        fields: by name.
        width: characters that a line may have.
        requires: some site calls `require`.
    """
    declarations = "".join(field_text(name, fields[name], width) for name in sorted(fields))
    return (
        f"{MARKER}\n{_DOCSTRING}\nfrom __future__ import annotations\n\n"
        f"{imports_text(fields.values())}{_RUNTIME}{declarations}\n"
        f"{REQUIRE if requires else ''}{_METHODS}"
    )


def imports_text(fields: Iterable[Field]) -> str:
    """Return the import statements, sorted."""
    typing = set(_TYPING)
    statements = set(_IMPORTS)
    for field in fields:
        statements.update(field.modules)
        if "Any" in field.type.replace("[", " ").replace("]", " ").split():
            typing.add("Any")
    statements.add(f"from typing import {', '.join(sorted(typing))}")
    ordered = sorted(statements, key=lambda one: (not one.startswith("import "), one))
    return "\n".join(ordered) + "\n"


def field_text(name: str, field: Field, width: int) -> str:
    """Return the declaration of a field, with its newline."""
    arguments = [field.parse]
    if not field.required:
        arguments.append(f"default={field.default}")
    arguments.append(f'used_in="{_used_in(field.used_in)}"')
    if field.secret:
        arguments.append("secret=True")
    if name != field.variable:
        arguments.append(f"name={field.variable!r}".replace("'", '"'))
    kind = "required" if field.required else "optional"
    head = f"    {name}: {field.type} = {kind}("
    line = f"{head}{', '.join(arguments)})"
    if len(line) <= width:
        return f"{line}\n"
    inside = f"        {', '.join(arguments)}"
    if len(inside) <= width:
        return f"{head}\n{inside}\n    )\n"
    return "\n".join((head, *(f"        {argument}," for argument in arguments), "    )\n"))


def _used_in(paths: tuple[PurePosixPath, ...]) -> str:
    named = [str(paths[0])]
    for path in paths[1:]:
        if len(", ".join((*named, str(path)))) > _LONGEST_LIST:
            break
        named.append(str(path))
    more = len(paths) - len(named)
    return f"{', '.join(named)} and {more} more" if more else ", ".join(named)
