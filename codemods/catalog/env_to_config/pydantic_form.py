"""The configuration as a class of pydantic-settings, with the same behaviour to the letter.

pydantic's own parsing is not used: its booleans, lists and numbers take other texts than Python's
functions do (E7, E8, E9), and it reads all variables at one time (E21).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from codemods.catalog.env_to_config.conversions import literal
from codemods.catalog.env_to_config.facts import MARKER
from codemods.catalog.env_to_config.fields import Field
from codemods.catalog.env_to_config.styles import FILLED_TEXT, fills, imports_text, used_in

__all__ = ["PydanticForm"]

_DOCSTRING = '''"""What this program reads from the environment.

A variable is read whenever its field of `config` is asked for, so that
`load_dotenv()` and tests can set it after this module is imported; `Config()`
reads all of them at once.
"""
'''

_RUNTIME = '''

class MissingVariableError(KeyError):
    """A variable that must be set is not."""

    def __str__(self) -> str:
        return str(self.args[0])


class MalformedVariableError(ValueError):
    """A variable can't be parsed; the message never shows what it holds."""


class ConfigError(Exception):
    """Some variables are missing or malformed; there is a line for each."""


def parsed(parse: Callable[[str], object]) -> PlainValidator:
    """Parse a variable as Python does it, which is not always pydantic's way."""

    def validate(value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return parse(value)
        except ValueError:  # its message shows the text
            raise ValueError("it is malformed") from None

    return PlainValidator(validate)


'''

_CLASS = '''class Config(BaseSettings):
    """The variables; fields have their names (`validation_alias` says where not)."""

    model_config = SettingsConfigDict(
        case_sensitive=True,
        enable_decoding=False,
        extra="ignore",
        hide_input_in_errors=True,
        validate_default=False,
    )

'''

_REQUIRE = '''    def require(self, name: str) -> str:
        """Return a field that other places do without, but the caller can't.

        Raises:
            MissingVariableError: its variable is not set.
        """
        text = getattr(self, name)
        if text is None:
            raise MissingVariableError(self._problem(name, "is not set"))
        return str(text)

'''

_METHODS = '''    if not TYPE_CHECKING:  # fields are all that there is

        def __getattr__(self, name: str) -> Any:
            """Read a variable, each time that its field is asked for."""
            field = type(self).model_fields.get(name)
            if field is None:
                return super().__getattr__(name)
            value = os.getenv(field.validation_alias or name)
            if value is None and field.is_required():
                raise MissingVariableError(self._problem(name, "is not set"))
            if value is None:
                return field.get_default()
            for parser in field.metadata:
                try:
                    value = parser.func(value)
                except ValueError:
                    message = self._problem(name, "is malformed")
                    raise MalformedVariableError(message) from None
            return value

    def _problem(self, name: str, what: str) -> str:
        """Say what is wrong with a variable, without its value."""
        field = type(self).model_fields[name]
        form = getattr(field.annotation, "__name__", "")
        if not form or hasattr(field.annotation, "__args__"):
            form = str(field.annotation)
        return f"{field.validation_alias or name} ({form}) {what}; {field.description}"

    # pydantic's own `validate` is deprecated, and another thing.
    def validate(self, *names: str) -> None:  # type: ignore[override]
        """Check all fields, or only those that are named.

        Raises:
            ConfigError: some are missing or malformed; it names every one.
            AttributeError: there is no field of a name.
        """
        problems = []
        for name in names or type(self).model_fields:
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
        for name in values.keys() - type(self).model_fields.keys():
            raise AttributeError(f"there is no field {name}")
        before = dict(vars(self))
        vars(self).update(values)
        try:
            yield
        finally:
            self.reload()
            vars(self).update(before)

    def reload(self) -> None:
        """Drop all values that were set by hand, or read at once."""
        vars(self).clear()

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name, field in type(self).model_fields.items():
            if field.repr:
                try:
                    yield name, getattr(self, name)
                except (MissingVariableError, MalformedVariableError) as error:
                    yield name, error


config = Config.model_construct()
config.reload()  # of the defaults as well: a variable may still be set
'''

_IMPORTS = (
    "from collections.abc import Callable, Iterator",
    "from contextlib import contextmanager",
    "from pydantic import Field, PlainValidator",
    "from pydantic_settings import BaseSettings, SettingsConfigDict",
    "from typing import TYPE_CHECKING, Any",
    "import os",
)
_RESERVED = frozenset(
    {"validate", "override", "reload", "require", "construct", "copy", "dict", "from_orm", "json"}
    | {"parse_file", "parse_obj", "parse_raw", "schema", "schema_json", "update_forward_refs"}
    | {"model_config", "model_fields", "model_computed_fields", "model_extra", "model_fields_set"}
)
_OPTIONAL = re.compile(r"(.+) \| None")
_UNION = re.compile(r"(.+) \| (.+)")


@dataclass(frozen=True, slots=True)
class PydanticForm:
    """How it is written; see `codemods.catalog.env_to_config.styles.Form`."""

    optional: bool = False  #: write `Optional[str]`, as Python 3.9 wants it where it is evaluated
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
        needed = [*field.modules]
        if field.parse != "str":
            needed.append("from typing import Annotated")
        type_ = self._type(field)
        needed += [
            f"from typing import {name}"
            for name in ("Optional", "Union")
            if type_.startswith(f"{name}[")
        ]
        return tuple(needed)

    def fits(self, parse: str, default: str | None, width: int) -> bool:
        """Tell whether a declaration keeps within the width."""
        return max(len(f"        parsed({parse}),"), len(f"        default={default},")) <= width

    def field_text(self, name: str, field: Field, width: int) -> str:
        """Return the declaration of a field, with its newline."""
        arguments = []
        if not field.required:
            arguments.append(f"default={field.default}")
        if field.secret:
            arguments.append("repr=False")
        if name != field.variable:
            arguments.append(f"validation_alias={literal(field.variable)}")
        arguments.append(f'description="used in {used_in(field.used_in)}"')
        type_ = self._type(field)
        call = f"Field({', '.join(arguments)})"
        if field.parse == "str":
            head = f"    {name}: {type_} = "
            return f"{_wrapped(head, call, arguments, width)}\n"
        annotation = f"{type_}, parsed({field.parse})"
        head = f"    {name}: Annotated[{annotation}] = "
        if len(f"{head}Field(") <= width:
            return f"{_wrapped(head, call, arguments, width)}\n"
        if len(f"{head}(") <= width and len(f"        {call}") <= width:
            return f"{head}(\n        {call}\n    )\n"
        inside = f"        {annotation}\n"
        if len(inside) > width + 1:
            inside = f"        {type_},\n        parsed({field.parse}),\n"
        tail = _wrapped("    ] = ", call, arguments, width)
        return f"    {name}: Annotated[\n{inside}{tail}\n"

    def _type(self, field: Field) -> str:
        if not self.optional:
            return field.type
        text = _OPTIONAL.sub(r"Optional[\1]", field.type)
        return _UNION.sub(r"Union[\1, \2]", text)


def _wrapped(head: str, call: str, arguments: list[str], width: int) -> str:
    """Return a call after a head, in as many lines as it needs."""
    if len(f"{head}{call}") <= width:
        return f"{head}{call}"
    inside = f"        {', '.join(arguments)}"
    if len(inside) > width:
        inside = "\n".join(f"        {argument}," for argument in arguments)
    return f"{head}Field(\n{inside}\n    )"
