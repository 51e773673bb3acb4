"""The configuration as a data class: needs the standard library only, from Python 3.8 on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from codemods.catalog.env_to_config.conversions import literal
from codemods.catalog.env_to_config.facts import MARKER
from codemods.catalog.env_to_config.fields import Field
from codemods.catalog.env_to_config.styles import FILLED_TEXT, fills, imports_text, used_in

__all__ = ["DataclassForm"]

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


@dataclass(eq=False)  # a default of a data class must have a hash
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
    variable = Variable(
        parse,
        default=None,
        used_in=used_in,
        required=True,
        secret=secret,
        name=name,
    )
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
    variable = Variable(
        parse,
        default=default,
        used_in=used_in,
        required=False,
        secret=secret,
        name=name,
    )
    return cast("T", variable)


'''

_CLASS = '''@dataclass(init=False, repr=False, eq=False)
class Config:
    """The variables; fields have their names (`name` says where not)."""

'''

_REQUIRE = '''    def require(self, name: str) -> str:
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
            AttributeError: there is no field of a name.
        """
        problems = []
        for name in names or [field.name for field in fields(self)]:
            try:
                getattr(self, name)
            except (MissingVariableError, MalformedVariableError) as error:
                problems.append(str(error))
        if problems:
            raise ConfigError("\\n".join(problems))

    @contextmanager
    def override(self, **values: object) -> Iterator[None]:
        """Give fields other values for a while, as tests need it.

        Their variables need not be set, as they must for `mock.patch.object`.

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
    "from typing import Generic, TypeVar, cast",
    "import os",
)
_RESERVED = frozenset({"validate", "override", "reload", "require"})


@dataclass(frozen=True, slots=True)
class DataclassForm:
    """How it is written; see `codemods.catalog.env_to_config.styles.Form`."""

    reserved: frozenset[str] = _RESERVED
    require: str = _REQUIRE

    def module_text(self, fields: Mapping[str, Field], width: int, *, requires: bool) -> str:
        """Return the whole module."""
        statements = set(_IMPORTS).union(*map(self.field_imports, fields.values()))
        declarations = (self.field_text(name, fields[name], width) for name in sorted(fields))
        return (
            f"{MARKER}\n{_DOCSTRING}\nfrom __future__ import annotations\n\n"
            f"{imports_text(statements)}{_RUNTIME}"
            f"{FILLED_TEXT if fills(fields.values()) else ''}{_CLASS}{''.join(declarations)}\n"
            f"{_REQUIRE if requires else ''}{_METHODS}"
        )

    def field_imports(self, field: Field) -> tuple[str, ...]:
        """Return what the declaration of a field needs."""
        return field.modules

    def fits(self, parse: str, default: str | None, width: int) -> bool:
        """Tell whether a declaration keeps within the width."""
        return max(len(f"        {parse},"), len(f"        default={default},")) <= width

    def field_text(self, name: str, field: Field, width: int) -> str:
        """Return the declaration of a field, with its newline."""
        arguments = [field.parse]
        if not field.required:
            arguments.append(f"default={field.default}")
        arguments.append(f'used_in="{used_in(field.used_in)}"')
        if field.secret:
            arguments.append("secret=True")
        if name != field.variable:
            arguments.append(f"name={literal(field.variable)}")
        kind = "required" if field.required else "optional"
        head = f"    {name}: {field.type} = {kind}("
        line = f"{head}{', '.join(arguments)})"
        if len(line) <= width:
            return f"{line}\n"
        inside = f"        {', '.join(arguments)}"
        if len(inside) <= width:
            return f"{head}\n{inside}\n    )\n"
        return "\n".join((head, *(f"        {argument}," for argument in arguments), "    )\n"))
