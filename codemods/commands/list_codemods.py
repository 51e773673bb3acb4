"""`codemods list`."""

from __future__ import annotations

from typing import Annotated

import typer

from codemods.commands.errors import RefusedError

__all__ = ["list_codemods"]


def list_codemods(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the codemods in the order in which they run."""
    from codemods.registry import RegistryError, find_codemods

    try:
        codemods = find_codemods()
    except RegistryError as error:
        raise RefusedError(str(error)) from None
    if as_json:
        import json

        from codemods.engine.configuration import option_fields, spelt

        document = [
            {
                "name": codemod.name,
                "summary": codemod.summary,
                "after": sorted(codemod.after),
                "options": [
                    {
                        "name": option.name,
                        "default": spelt(option.default),
                        "accepts": option.accepted,
                        "help": option.help,
                    }
                    for option in option_fields(codemod)
                ],
                "reasons": [
                    {"code": reason.code, "sentence": reason.sentence} for reason in codemod.reasons
                ],
            }
            for codemod in codemods
        ]
        typer.echo(json.dumps({"schema": 1, "codemods": document}, indent=2))
        return
    width = max((len(codemod.name) for codemod in codemods), default=0)
    for codemod in codemods:
        typer.echo(f"{codemod.name.ljust(width)}  {codemod.summary}")
