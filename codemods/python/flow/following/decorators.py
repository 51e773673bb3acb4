"""What a function gives, the decorated one gives too."""

from __future__ import annotations

from typing import Final

from codemods.python.flow.following.pytest_arguments import fixture
from codemods.python.flow.following.walker import Visit, Walker
from codemods.python.flow.questions.callables import is_property
from codemods.python.flow.uses import Step

__all__ = ["decorator"]

_TRANSPARENT: Final = frozenset(
    {
        "builtins.staticmethod",
        "builtins.classmethod",
        "functools.lru_cache",
        "functools.cache",
        "functools.wraps",
        "abc.abstractmethod",
        "typing.overload",
        "typing.final",
        "typing_extensions.override",
        "typing.override",
    }
)
_MANAGERS: Final = frozenset({"contextlib.contextmanager", "contextlib.asynccontextmanager"})


def decorator(walker: Walker, visit: Visit, name: str) -> bool:
    """Follow a function through the call `name` if that is its decorator's; return whether."""
    graph = walker.graph
    user, path = visit.user, visit.path
    if graph.decorated(user) != visit.value:
        return False
    if name in _MANAGERS:
        if path[:2] == (Step.CALL, Step.ELEMENT):
            walker.carry(visit, (Step.CALL, Step.ENTER, *path[2:]))
        return True
    if is_property(name):
        if path[:1] == (Step.CALL,):
            walker.carry(visit, (Step.PROPERTY, *path[1:]))
        return True
    walker.carry(visit, path)
    if name not in _TRANSPARENT:
        inner = graph.beside(user, visit.operation[5])
        factory = graph.called(inner) if graph.is_call(inner) else ""
        if "pytest.fixture" in (name, factory):
            if path[:1] == (Step.CALL,):
                fixture(walker, visit)
            return True
        if factory.startswith("pytest.mark."):
            return True
        called = factory if graph.is_call(inner) else name
        if called not in _TRANSPARENT:
            walker.use("argument", visit, name=called or name, position=0)
            walker.escape("decorator", user, called or name)
    return True
