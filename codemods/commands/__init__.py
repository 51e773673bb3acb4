"""What a person types."""

from __future__ import annotations

__all__ = ["app"]


def app() -> None:
    """Stand in for the Typer application until the commands arrive."""
    raise SystemExit(2)
