"""What a shell offers when a person presses the tab key."""

from __future__ import annotations

__all__ = ["codemod_names", "explainable"]


def codemod_names(incomplete: str) -> list[tuple[str, str]]:
    """Return the codemods whose name begins so, with their summaries."""
    from codemods.registry import RegistryError, find_codemods

    try:
        codemods = find_codemods()
    except RegistryError:  # the command itself will say so
        return []
    return [(one.name, one.summary) for one in codemods if one.name.startswith(incomplete)]


def explainable(incomplete: str) -> list[tuple[str, str]]:
    """Return the codemods, and once a name is complete, the reasons that begin so."""
    if "/" not in incomplete:
        return codemod_names(incomplete)
    from codemods.engine.reasons import REASONS
    from codemods.registry import RegistryError, find_codemods

    try:
        own = [reason for codemod in find_codemods() for reason in codemod.reasons]
    except RegistryError:
        own = []
    return [
        (reason.code, reason.sentence)
        for reason in (*REASONS, *own)
        if reason.code.startswith(incomplete)
    ]
