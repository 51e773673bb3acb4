"""`codemods explain NAME|REASON`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from codemods.commands.completion import explainable
from codemods.commands.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codemods.codemod import Codemod, Reason

__all__ = ["explain"]


def explain(
    what: Annotated[
        str,
        typer.Argument(
            metavar="NAME|REASON",
            help="A codemod, or a reason of the ledger.",
            autocompletion=explainable,
        ),
    ],
) -> None:
    """Explain a codemod, or the reason why a site was rewritten or left."""
    from codemods.engine.reasons import REASONS
    from codemods.registry import RegistryError, find_codemods
    from codemods.suggestion import closest

    try:
        codemods = {codemod.name: codemod for codemod in find_codemods()}
    except RegistryError as error:
        raise RefusedError(str(error)) from None
    reasons = {
        reason.code: reason
        for known in (REASONS, *(codemod.reasons for codemod in codemods.values()))
        for reason in known
    }
    if what in codemods:
        text = "\n".join(_about_codemod(codemods[what]))
    elif what in reasons:
        text = "\n".join(_about_reason(reasons[what]))
    else:
        possible = reasons if "/" in what else codemods
        raise RefusedError(f"there is nothing called {what!r}{closest(what, possible)}")
    typer.echo(text.rstrip())


def _about_codemod(codemod: Codemod) -> Iterator[str]:
    from codemods.engine.configuration import option_fields, spelt

    yield f"{codemod.name}: {codemod.summary}"
    about = sys.modules[type(codemod).__module__].__doc__
    if about:
        yield f"\n{about.strip()}"
    if codemod.after:
        yield f"\nRuns after {', '.join(sorted(codemod.after))}."
    options = option_fields(codemod)
    if options:
        yield "\nOptions:"
    for option in options:
        yield f"  -o {codemod.name}.{option.name}={spelt(option.default)}"
        yield f"      {option.help} ({option.accepted})"
    yield "\nReasons:"
    for reason in codemod.reasons:
        yield f"  {reason.code}"
        yield f"      {reason.sentence}"


def _about_reason(reason: Reason) -> Iterator[str]:
    yield f"{reason.code}: {reason.sentence}"
    if reason.explanation:
        yield f"\n{reason.explanation}"
