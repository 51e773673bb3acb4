"""Operators and statements that use a value."""

from __future__ import annotations

from typing import Final

from codemods.python.flow import summary as op
from codemods.python.flow.following.walker import Handlers, Visit, Walker
from codemods.python.flow.uses import Follow, Path, Step

__all__ = ["OPERATORS"]


def attribute(walker: Walker, visit: Visit) -> None:
    """An attribute of it is read."""
    walker.tell("attribute", visit, name=visit.operation[6])


def either(walker: Walker, visit: Visit) -> None:
    """An operand of ``and`` and ``or`` may be the result; all but the last are tested."""
    if not visit.path and visit.operation[5][-1] != visit.here:
        walker.use("truth", visit)
    walker.carry(visit, visit.path)


def choice(walker: Walker, visit: Visit) -> None:
    """A branch of ``a if test else b``."""
    if visit.here in visit.operation[6:8]:
        walker.carry(visit, visit.path)


def binary(walker: Walker, visit: Visit) -> None:
    """An operand; what ``+`` and the like make of containers holds what these held."""
    operation = visit.operation
    for index in (0, 1):
        if operation[6 + index] != visit.here:
            continue
        other = walker.graph.beside(visit.value, operation[7 - index])
        answer = walker.use("binary", visit, name=operation[5], others=(other,), index=index)
        if visit.path and operation[5] in ("+", "|", "*"):
            walker.carry(visit, visit.path)
        elif not visit.path and answer is Follow.YES:
            walker.carry(visit, ())


def unary(walker: Walker, visit: Visit) -> None:
    """The operand of ``-`` or ``not``."""
    name = visit.operation[5]
    if not visit.path:
        walker.tell("truth" if name == "not" else "unary", visit, name=name)


def compare(walker: Walker, visit: Visit) -> None:
    """An operand of a chain of comparisons."""
    operators, operands = visit.operation[5:7]
    for index, operand in enumerate(operands):
        if operand == visit.here:
            others = tuple(
                walker.graph.beside(visit.value, other)
                for position, other in enumerate(operands)
                if position != index
            )
            walker.use("compare", visit, name=" ".join(operators), others=others, index=index)


def text(walker: Walker, visit: Visit) -> None:
    """A hole of an f-string."""
    holes = [part for part in visit.operation[5] if not isinstance(part, str)]
    others = tuple(walker.graph.beside(visit.value, place) for place, _, _ in holes)
    for index, (place, conversion, spec) in enumerate(holes):
        if place == visit.here:
            name = conversion if spec is None else spec
            walker.tell("text", visit, name=name, others=others, index=index)


def awaited(walker: Walker, visit: Visit) -> None:
    """It is awaited."""
    if visit.path and visit.path[0] is Step.AWAIT:
        walker.carry(visit, visit.path[1:])
    else:
        walker.tell("await", visit)


def entered(walker: Walker, visit: Visit) -> None:
    """``with`` enters it."""
    if visit.path and visit.path[0] is Step.ENTER:
        walker.carry(visit, visit.path[1:])
    else:
        walker.tell("enter", visit)


def starred(walker: Walker, visit: Visit) -> None:
    """It is unpacked into a call or display."""
    walker.use("star", visit)
    walker.carry(visit, visit.path)


def raised(walker: Walker, visit: Visit) -> None:
    """It is raised."""
    walker.use("raise", visit)


def truth(walker: Walker, visit: Visit) -> None:
    """It is a condition."""
    if not visit.path:
        walker.use("truth", visit)


def returned(walker: Walker, visit: Visit) -> None:
    """A function returns it: its calls give it."""
    walker.use("return", visit)
    function = visit.operation[6]
    if function >= 0:
        facts = walker.graph.file(visit.user).functions[function]
        path = visit.path
        inner: Path = (Step.AWAIT, *path) if facts.is_async and not facts.yields else path
        place = walker.graph.beside(visit.user, facts.place)
        walker.push(place, (Step.CALL, *inner), visit.sure)


def yielded(walker: Walker, visit: Visit) -> None:
    """A generator yields it: it is an element of what its calls give."""
    walker.use("yield", visit)
    function, is_from = visit.operation[6:8]
    if function >= 0:
        inner = visit.path if is_from else (Step.ELEMENT, *visit.path)
        facts = walker.graph.file(visit.user).functions[function]
        place = walker.graph.beside(visit.user, facts.place)
        walker.push(place, (Step.CALL, *inner), visit.sure)


OPERATORS: Final[Handlers] = {
    op.ATTRIBUTE: attribute,
    op.EITHER: either,
    op.CHOICE: choice,
    op.BINARY: binary,
    op.UNARY: unary,
    op.COMPARE: compare,
    op.TEXT: text,
    op.AWAIT: awaited,
    op.ENTER: entered,
    op.STAR: starred,
    op.RAISE: raised,
    op.TRUTH: truth,
    op.RETURN: returned,
    op.YIELD: yielded,
}
