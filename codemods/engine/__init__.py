"""One repository, in memory: from files to changes and their ledger."""

from codemods.engine.files import Files, MemoryFiles
from codemods.engine.outcome import Change, Entry, FileChange, Outcome
from codemods.engine.runner import Progress, run
from codemods.engine.selection import Limits, Selection

__all__ = [
    "Change",
    "Entry",
    "FileChange",
    "Files",
    "Limits",
    "MemoryFiles",
    "Outcome",
    "Progress",
    "Selection",
    "run",
]
