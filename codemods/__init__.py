"""Migrate Python repositories in small, reviewable commits.

What the author of a codemod imports is here; everything else is internal.
"""

from codemods.codemod import (
    Action,
    Addendum,
    AnyOf,
    Bar,
    Circumstances,
    Codemod,
    DependencyEdit,
    FileEdit,
    Gate,
    Lifter,
    MoreNeedles,
    Near,
    NewFile,
    Order,
    Place,
    Plan,
    Position,
    Reason,
    Replacement,
    Settings,
    Site,
    Span,
    Survey,
    Verdict,
)

__all__ = [
    "Action",
    "Addendum",
    "AnyOf",
    "Bar",
    "Circumstances",
    "Codemod",
    "DependencyEdit",
    "FileEdit",
    "Gate",
    "Lifter",
    "MoreNeedles",
    "Near",
    "NewFile",
    "Order",
    "Place",
    "Plan",
    "Position",
    "Reason",
    "Replacement",
    "Settings",
    "Site",
    "Span",
    "Survey",
    "Verdict",
]

__version__ = "0.1.0"
