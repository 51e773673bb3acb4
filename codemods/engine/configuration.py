"""The options of a run: the command line over `[tool.codemods]` over the codemods' defaults.

[tool.codemods]
skip = ["py2-syntax"]
exclude = ["vendor/**"]
max-file-size = 4000000

[tool.codemods.utcnow]
style = "naive"

[[tool.codemods.overrides]]
path = "tests/**"
utcnow.style = "aware"
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, NamedTuple

from codemods.codemod import Settings
from codemods.suggestion import closest

if typing.TYPE_CHECKING:
    from codemods.codemod import Codemod

__all__ = [
    "Configuration",
    "ConfigurationError",
    "OptionField",
    "configure",
    "option_fields",
    "options_given",
    "spelt",
]

_LISTS = ("only", "skip", "include", "exclude")
_LARGEST = "max-file-size"
_OWN = (*_LISTS, _LARGEST, "overrides")


class ConfigurationError(Exception):
    """An option that does not exist or can't have the value given; the text is one sentence."""


class OptionField(NamedTuple):
    """One option of one codemod, as `explain` shows it."""

    name: str
    type: Any
    default: object
    help: str
    pattern: str = ""  #: that a text must match as a whole
    shown: str = ""  #: what such a text is, in words

    @property
    def accepted(self) -> str:
        """What the option accepts, in words."""
        return self.shown or _accepted(self.type)

    def accepts(self, value: object) -> bool:
        """Tell whether a value of the option's type is one that it takes."""
        return not (
            self.pattern and isinstance(value, str) and not re.fullmatch(self.pattern, value)
        )


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a repository's configuration and the command line say together."""

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    largest: int | None = None  #: bytes of a file that is still read; None for the default
    settings: Mapping[str, Settings[Any]] = field(default_factory=dict)  #: by codemod


def configure(
    codemods: Sequence[Codemod],
    pyproject: bytes | None,
    assignments: Sequence[str] = (),
    *,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Configuration:
    """Combine the command line with the bytes of a pyproject.toml (None when there is none).

    `only` and `include` of the command line stand instead of the file's; `skip` and `exclude` add
    to them, but a codemod that the command line names is not skipped by the file. An assignment
    (``utcnow.style=naive``) holds for every path, whatever the file overrides.

    Raises:
        ConfigurationError: an unknown key, a bad value, or a file that is not TOML.
    """
    table = _tool_table(pyproject)
    typed = _assigned(codemods, assignments)
    lists = {key: _strings(table, key) for key in _LISTS}
    known = {codemod.name: codemod for codemod in codemods}
    for key in ("only", "skip"):
        for name in lists[key]:
            if name not in known:
                raise ConfigurationError(
                    f"pyproject.toml: [tool.codemods] {key} names {name!r}, which is no codemod"
                    f"{closest(name, known)}"
                )
    tables = {key: value for key, value in table.items() if key not in _OWN}
    for key in tables:
        if key not in known:
            raise ConfigurationError(
                f"pyproject.toml: [tool.codemods] has no key {key!r}{closest(key, [*_OWN, *known])}"
            )
    overrides = _overrides(table, known)
    settings: dict[str, Settings[Any]] = {}
    for name, codemod in known.items():
        base = _checked(codemod, tables.get(name, {}), f"[tool.codemods.{name}]")
        base |= typed.get(name, {})
        parts = []
        for path, by_codemod in overrides:
            part = {
                option: value
                for option, value in by_codemod.get(name, {}).items()
                if option not in typed.get(name, {})
            }
            if part:
                parts.append((path, part))
        settings[name] = Settings(codemod.options(**base), tuple(parts))
    return Configuration(
        only=tuple(only) or lists["only"],
        skip=(*skip, *(name for name in lists["skip"] if name not in only)),
        include=tuple(include) or lists["include"],
        exclude=(*lists["exclude"], *exclude),
        largest=_largest(table),
        settings=settings,
    )


def option_fields(codemod: Codemod) -> tuple[OptionField, ...]:
    """Return the options of a codemod in the order of their declaration."""
    hints = typing.get_type_hints(codemod.options)
    return tuple(
        OptionField(
            option.name,
            hints[option.name],
            option.default if option.default_factory is MISSING else option.default_factory(),
            str(option.metadata.get("help", "")),
            str(option.metadata.get("pattern", "")),
            str(option.metadata.get("accepts", "")),
        )
        for option in fields(codemod.options)
    )


def options_given(codemod: Codemod, settings: Settings[Any]) -> dict[str, object]:
    """Return the options that differ from their defaults, the paths' overrides aside."""
    return {
        option.name: getattr(settings.default, option.name)
        for option in option_fields(codemod)
        if getattr(settings.default, option.name) != option.default
    }


def spelt(value: object) -> str:
    """Return an option's value as the command line spells it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(spelt(item) for item in value)
    return "none" if value is None else str(value)


def _tool_table(pyproject: bytes | None) -> dict[str, Any]:
    if pyproject is None or b"codemods" not in pyproject:
        return {}
    import tomllib

    try:
        document = tomllib.loads(pyproject.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"pyproject.toml is not TOML: {error}") from None
    tool = document.get("tool", {})
    table = tool.get("codemods", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ConfigurationError("pyproject.toml: [tool.codemods] is not a table")
    return table


def _strings(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigurationError(
            f"pyproject.toml: [tool.codemods] {key} is {_shown(value)}; it takes a list of strings"
        )
    return tuple(value)


def _largest(table: Mapping[str, Any]) -> int | None:
    value = table.get(_LARGEST)
    if value is None or (type(value) is int and value > 0):
        return value
    raise ConfigurationError(
        f"pyproject.toml: [tool.codemods] {_LARGEST} is {_shown(value)}; it takes a number of bytes"
    )


def _overrides(
    table: Mapping[str, Any], known: Mapping[str, Codemod]
) -> list[tuple[str, dict[str, dict[str, object]]]]:
    value = table.get("overrides", [])
    where = "[[tool.codemods.overrides]]"
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ConfigurationError(
            f"pyproject.toml: overrides are a list of tables, each headed {where}"
        )
    found: list[tuple[str, dict[str, dict[str, object]]]] = []
    for item in value:
        path = item.get("path")
        paths = [path] if isinstance(path, str) else path
        if (
            not isinstance(paths, list)
            or not paths
            or not all(isinstance(one, str) and one for one in paths)
        ):
            raise ConfigurationError(
                f'pyproject.toml: {where} needs a path, such as path = "tests/**"'
            )
        by_codemod: dict[str, dict[str, object]] = {}
        for name, options in item.items():
            if name == "path":
                continue
            if name not in known:
                raise ConfigurationError(
                    f"pyproject.toml: {where} has no key {name!r}{closest(name, ['path', *known])}"
                )
            by_codemod[name] = _checked(known[name], options, f"{where} {name}")
        found += ((one, by_codemod) for one in paths)
    return found


def _checked(codemod: Codemod, table: object, where: str) -> dict[str, object]:
    """Return the values of a TOML table of options, each of the type that its option has."""
    if not isinstance(table, dict):
        raise ConfigurationError(f"pyproject.toml: {where} is {_shown(table)}; it is a table")
    values: dict[str, object] = {}
    for key, raw in table.items():
        option = _option(codemod, key, f"pyproject.toml: {where}")
        accepts, value = _from_toml(option.type, raw)
        if not (accepts and option.accepts(value)):
            raise ConfigurationError(
                f"pyproject.toml: {where} {key} is {_shown(raw)}; it takes {option.accepted}"
            )
        values[option.name] = value
    return values


def _assigned(
    codemods: Sequence[Codemod], assignments: Sequence[str]
) -> dict[str, dict[str, object]]:
    known = {codemod.name: codemod for codemod in codemods}
    values: dict[str, dict[str, object]] = {}
    for assignment in assignments:
        left, equals, text = assignment.partition("=")
        name, dot, key = left.strip().rpartition(".")
        if not equals or not dot or not name:
            raise ConfigurationError(
                f"-o {assignment}: an option is written NAME.KEY=VALUE, such as utcnow.style=naive"
            )
        if name not in known:
            raise ConfigurationError(
                f"-o {assignment}: there is no codemod {name!r}{closest(name, known)}"
            )
        option = _option(known[name], key, f"-o {assignment}: {name}")
        accepts, value = _from_text(option.type, text)
        if not (accepts and option.accepts(value)):
            raise ConfigurationError(
                f"-o {assignment}: {option.name} takes {option.accepted}, not {text!r}"
            )
        values.setdefault(name, {})[option.name] = value
    return values


def _option(codemod: Codemod, key: str, where: str) -> OptionField:
    options = {option.name: option for option in option_fields(codemod)}
    option = options.get(key.replace("-", "_"))
    if option is None:
        rest = closest(key, options) if options else f"; {codemod.name} has no options"
        raise ConfigurationError(f"{where} has no option {key!r}{rest}")
    return option


def _from_toml(kind: Any, value: object) -> tuple[bool, object]:
    """Return whether a TOML value is one of a type, and the option's value."""
    items = _item_type(kind)
    if items is not None:
        if not isinstance(value, list):
            return False, None
        parsed = [_from_toml(items, item) for item in value]
        return all(accepts for accepts, _ in parsed), tuple(item for _, item in parsed)
    if typing.get_origin(kind) is typing.Literal:
        accepts = any(type(value) is type(item) and value == item for item in typing.get_args(kind))
        return accepts, value
    if kind is float and type(value) is int:
        return True, float(value)
    if _is_union(kind):
        choices = [_from_toml(part, value) for part in typing.get_args(kind)]
        return next((choice for choice in choices if choice[0]), (False, None))
    return type(value) is kind, value


def _from_text(kind: Any, text: str) -> tuple[bool, object]:
    """Return whether a text spells a value of a type, and that value."""
    items = _item_type(kind)
    if items is not None:
        parsed = [_from_text(items, item.strip()) for item in text.split(",")] if text else []
        return all(accepts for accepts, _ in parsed), tuple(item for _, item in parsed)
    if typing.get_origin(kind) is typing.Literal:
        for item in typing.get_args(kind):
            if spelt(item) == text:
                return True, item
        return False, None
    if _is_union(kind):
        # A string accepts every text, "none" included, so that it is asked last.
        parts = sorted(typing.get_args(kind), key=lambda part: part is str)
        choices = [_from_text(part, text) for part in parts]
        return next((choice for choice in choices if choice[0]), (False, None))
    if kind is type(None):
        return text == "none", None
    if kind is bool:
        return text in ("true", "false"), text == "true"
    parse: Callable[[str], object] = kind
    try:
        return True, parse(text)
    except ValueError:
        return False, None


def _accepted(kind: Any) -> str:
    items = _item_type(kind)
    if items is not None:
        one = _accepted(items)
        return f"a list of {one[2:]}s" if one.startswith("a ") else f"a list of {one}"
    if typing.get_origin(kind) is typing.Literal:
        *first, last = (repr(spelt(item)) for item in typing.get_args(kind))
        return f"{', '.join(first)} or {last}" if first else last
    if _is_union(kind):
        return " or ".join(_accepted(part) for part in typing.get_args(kind))
    names = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        str: "a string",
        type(None): "none",
    }
    return names[kind]


def _item_type(kind: Any) -> Any:
    """Return T of ``tuple[T, ...]``, None for other types."""
    return typing.get_args(kind)[0] if typing.get_origin(kind) is tuple else None


def _is_union(kind: Any) -> bool:
    return typing.get_origin(kind) in (typing.Union, types.UnionType)


def _shown(value: object) -> str:
    text = spelt(value) if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
