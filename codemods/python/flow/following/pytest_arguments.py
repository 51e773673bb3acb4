"""What pytest hands to tests: parameters and fixtures."""

from __future__ import annotations

from codemods.python.flow import summary as op
from codemods.python.flow.following.walker import Visit, Walker
from codemods.python.flow.nodes import SHIFT
from codemods.python.flow.uses import Step

__all__ = ["fixture", "parametrized"]


def parametrized(walker: Walker, visit: Visit) -> None:
    """A test's parameters get the elements of pytest's list of arguments."""
    graph = walker.graph
    user, operation, path = visit.user, visit.operation, visit.path
    names = graph.constant(graph.beside(user, operation[-2][0])) if operation[-2] else ...
    if not isinstance(names, str) or not path or path[0] is not Step.ELEMENT:
        walker.escape("unknown-call", user, "pytest.mark.parametrize")
        return
    words = [word.strip() for word in names.split(",")]
    rest = path[1:]
    if len(words) > 1:
        if not rest or not isinstance(rest[0], int) or rest[0] >= len(words):
            walker.escape("unknown-call", user, "pytest.mark.parametrize")
            return
        words, rest = [words[rest[0]]], rest[1:]
    for outer in graph.users(user):
        for function in graph.definitions(outer):
            if graph.operation(function)[0] == op.FUNCTION:
                for word, place, _, _ in graph.function(function).parameters:
                    if word in words:
                        walker.push(graph.beside(function, place), rest, visit.sure, far=True)


def fixture(walker: Walker, visit: Visit) -> None:
    """What a pytest fixture gives comes in as the parameter of its name, in its folder."""
    graph = walker.graph
    functions = [
        graph.function(function).name
        for function in graph.definitions(visit.user)
        if graph.operation(function)[0] == op.FUNCTION
    ]
    inner = visit.path[1:]
    if inner[:1] == (Step.ELEMENT,):
        inner = inner[1:]
    home = graph.file(visit.user).path
    for number, file in enumerate(graph.files):
        near = (
            file.path == home
            if home.name != "conftest.py"
            else file.path.is_relative_to(home.parent)
        )
        if not near:
            continue
        for facts in file.functions:
            for word, place, _, _ in facts.parameters:
                if word in functions and facts.name not in functions:
                    walker.push(number << SHIFT | place, inner, visit.sure, far=True)
