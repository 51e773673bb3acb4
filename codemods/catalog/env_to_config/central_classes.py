"""Classes that are the configuration already, and how they can take more fields."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.catalog.env_to_config.facts import (
    MARKER,
    Centre,
    CentreField,
    Declares,
    Extension,
)
from codemods.catalog.env_to_config.harmless import is_harmless, is_read, text_read
from codemods.python.dotted import last_name
from codemods.python.names import Names
from codemods.python.source import SourceFile

__all__ = ["centres_of", "is_pydantic"]

_CENTRAL_NAME = re.compile(r"_?(?:[A-Z]\w*)?(?:Config|Settings|Configuration|Env|Environment)")
_PLAIN_BASES = frozenset({"object", "BaseSettings"})
_READS_FILES = frozenset({"env_file", "secrets_dir", "json_file", "yaml_file", "toml_file"})
_RENAMES = frozenset({"env_prefix", "alias_generator", "env_nested_delimiter", "env_ignore_empty"})


class _NotExtensibleError(Exception):
    """Nothing shows that a field added to a class would do what a read does; a clause says why."""


def centres_of(file: SourceFile, names: Names) -> tuple[Centre, ...]:
    """Return the classes of a file that hold configuration from the environment."""
    if file.text.startswith(MARKER):
        return ()
    found = []
    for node in file.tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        pydantic = is_pydantic(node)
        reads = _reads_in_body(node) if _CENTRAL_NAME.fullmatch(node.name) else 0
        if pydantic or reads:
            extension, why = None, ""
            try:
                extension = _extension(node, file, names)
            except _NotExtensibleError as error:
                why = str(error)
            found.append(
                Centre(
                    node.name,
                    node.lineno,
                    pydantic,
                    reads,
                    extension,
                    why,
                    frozenset(_handles(node, file.tree)),
                    frozenset(_mentioned(node.body)),
                    frozenset(map(last_name, node.bases)),
                )
            )
    return tuple(found)


def _handles(node: ast.ClassDef, tree: ast.Module) -> Iterator[str]:
    """Yield a class, its instances, and the functions of its module that mention it."""
    handles = {node.name}
    for statement in tree.body:
        if handles.isdisjoint(_mentioned([statement])):
            continue
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                handles.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                handles.add(name)
    yield from handles


def _mentioned(statements: list[ast.stmt]) -> Iterator[str]:
    for statement in statements:
        for inner in ast.walk(statement):
            if isinstance(inner, ast.Name):
                yield inner.id
            elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                yield inner.value  # an annotation in quotes


def is_pydantic(node: ast.ClassDef) -> bool:
    """Tell whether a class is one of pydantic-settings."""
    return any(last_name(base) in ("BaseSettings", "PydanticBaseSettings") for base in node.bases)


def _reads_in_body(node: ast.ClassDef) -> int:
    """Count the values of a class, or of its instances, that come from the environment."""
    statements: list[ast.stmt] = []
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef):
            if statement.name in ("__init__", "__post_init__"):
                statements += statement.body
        else:
            statements.append(statement)
    return sum(
        any(is_read(inner) for inner in ast.walk(statement))
        for statement in statements
        if isinstance(statement, ast.Assign | ast.AnnAssign)
    )


def _extension(node: ast.ClassDef, file: SourceFile, names: Names) -> Extension:
    """Return how fields are added to a class.

    Raises:
        _NotExtensibleError: they can't be, without changing what the program does.
    """
    if node.keywords or any(last_name(base) not in _PLAIN_BASES for base in node.bases):
        raise _NotExtensibleError("what its base classes do isn't known")
    declares = _declares(node, file.tree, names)
    declared = list(_declared(node, declares))
    if not declared:
        raise _NotExtensibleError("it has no field that reads a variable where it is declared")
    last, _ = declared[-1]
    if (last.end_lineno or 0) >= len(file.line_starts):
        raise _NotExtensibleError("the file ends with its last field")
    at = file.line_starts[last.end_lineno or 0]
    calls = [one for one in _module_values(file.tree) if last_name(one[1].func) == node.name]
    instances = [name for name, _ in calls]
    if any(call.args for _, call in calls):
        raise _NotExtensibleError("its instance is made with positional arguments")
    if len(instances) > 1:
        raise _NotExtensibleError("it has several instances")
    if not instances and declares is not Declares.ASSIGNMENT:
        raise _NotExtensibleError("it has no instance in its module")
    called = sum(
        isinstance(inner, ast.Call) and last_name(inner.func) == node.name
        for inner in ast.walk(file.tree)
    )
    if called > len(instances):
        raise _NotExtensibleError("its module makes more instances of it")
    fields = dict(_texts(declared, declares))
    line = file.text[file.line_starts[last.lineno - 1] :]
    return Extension(
        declares,
        instances[0] if instances else node.name,
        at,
        line[: len(line) - len(line.lstrip(" \t"))],
        _spelling(names, "os.getenv", "os.environ") if declares is not Declares.SETTINGS else "",
        _spelling(names, "dataclasses.field", "") if declares is Declares.FACTORY else "",
        _is_lower(name for name, _ in _names_of(declared)),
        _optional(file, names, evaluated=declares is Declares.SETTINGS),
        frozenset(_taken(node)),
        fields,
        is_harmless(node, file.tree, declares),
    )


def _declares(node: ast.ClassDef, tree: ast.Module, names: Names) -> Declares:
    if is_pydantic(node):
        _check_settings(node)
        return Declares.SETTINGS
    decorators = [one.func if isinstance(one, ast.Call) else one for one in node.decorator_list]
    if not decorators:
        return Declares.ASSIGNMENT
    if any(names.qualified(one).sole != "dataclasses.dataclass" for one in decorators):
        raise _NotExtensibleError("what its decorator does isn't known")
    if any("default_factory" in ast.unparse(value) for value in _values(node)):
        return Declares.FACTORY
    return Declares.ANNOTATION


def _check_settings(node: ast.ClassDef) -> None:
    """Let only a class pass that reads a variable as `os.getenv` does."""
    words: dict[str, ast.expr] = {}
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="model_config")], value=ast.Call(keywords=given)):
                words |= {word.arg or "": word.value for word in given}
            case ast.Assign(targets=[ast.Name(id="model_config")], value=ast.Dict() as table):
                words |= {
                    str(getattr(key, "value", "")): value
                    for key, value in zip(table.keys, table.values, strict=True)
                }
            case ast.ClassDef(name="Config", body=body):
                for one in body:
                    if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
                        words[one.targets[0].id] = one.value
            case ast.FunctionDef(name="settings_customise_sources"):
                raise _NotExtensibleError("it has sources of its own")
            case ast.FunctionDef() if any(
                "validator" in ast.unparse(one) for one in statement.decorator_list
            ):
                if '"*"' in ast.unparse(statement.decorator_list[0]).replace("'", '"'):
                    raise _NotExtensibleError("it has a validator for all fields")
    if words.keys() & _READS_FILES:
        raise _NotExtensibleError("it reads files as well, which `os.getenv` doesn't")
    if words.keys() & _RENAMES:
        raise _NotExtensibleError("it gives variables other names")
    sensitive = words.get("case_sensitive")
    if not (isinstance(sensitive, ast.Constant) and sensitive.value is True):
        raise _NotExtensibleError(
            "it takes variables in upper and lower case alike, which `os.getenv` doesn't"
        )


def _values(node: ast.ClassDef) -> Iterator[ast.expr]:
    for statement in node.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            yield statement.value


def _declared(node: ast.ClassDef, declares: Declares) -> Iterator[tuple[ast.stmt, ast.expr | None]]:
    """Yield the fields that read the environment, with their values."""
    for statement in node.body:
        if not isinstance(statement, ast.Assign | ast.AnnAssign):
            continue
        if declares is Declares.SETTINGS:
            if isinstance(statement, ast.AnnAssign):
                yield statement, statement.value
        elif statement.value is not None and any(map(is_read, ast.walk(statement.value))):
            yield statement, statement.value


def _names_of(
    declared: list[tuple[ast.stmt, ast.expr | None]],
) -> Iterator[tuple[str, ast.expr | None]]:
    for statement, value in declared:
        target = getattr(statement, "target", None) or getattr(statement, "targets", [None])[0]
        if isinstance(target, ast.Name):
            yield target.id, value


def _texts(
    declared: list[tuple[ast.stmt, ast.expr | None]], declares: Declares
) -> Iterator[tuple[str, CentreField]]:
    """Yield the variables that a field holds the plain text of."""
    if declares is Declares.SETTINGS:
        return
    for name, value in _names_of(declared):
        read = text_read(value)
        if read is not None:
            variable, default = read
            yield variable, CentreField(name, repr(default))


def _module_values(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Yield the names of a module that hold the result of a call."""
    for statement in tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call)
            ):
                yield name, call


def _spelling(names: Names, origin: str, owner: str) -> str:
    """Return how a module spells a function that it uses at its top level.

    Raises:
        _NotExtensibleError: it has no name for it there.
    """
    for binding in names.imports:
        if binding.scope is not names.module or binding.stmt not in names.tree.body:
            continue
        if binding.origin == origin:
            return binding.name
        if owner and binding.origin == owner:
            return f"{binding.name}.get"
        module, _, attribute = origin.rpartition(".")
        if binding.origin == module:
            return f"{binding.name}.{attribute}"
    raise _NotExtensibleError(f"its module has no name for {origin}")


def _is_lower(names: Iterator[str]) -> bool:
    found = list(names)
    return sum(name.islower() for name in found) > len(found) / 2


def _optional(file: SourceFile, names: Names, *, evaluated: bool) -> str:
    """Return how the module writes "or None" in annotations; "" when it doesn't."""
    if any(
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.BitOr)
        and isinstance(node.right, ast.Constant)
        and node.right.value is None
        for node in ast.walk(file.tree)
    ):
        return "{} | None"
    for binding in names.imports:
        if binding.origin == "typing.Optional" and binding.scope is names.module:
            return f"{binding.name}[{{}}]"
    return "{} | None" if names.postponed and not evaluated else ""


def _taken(node: ast.ClassDef) -> Iterator[str]:
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name
        for inner in ast.walk(statement):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                yield inner.id
            elif isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
                yield inner.attr
