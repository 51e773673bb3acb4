"""Dotted names as they are written, whatever they are bound to."""

from __future__ import annotations

import ast

__all__ = ["last_name"]


def last_name(node: ast.expr) -> str:
    """Return the last part of a dotted name, "" for anything else."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
