"""One repository, in memory: from files to changes and their ledger."""

from codemods.engine.files import Files, MemoryFiles
from codemods.engine.outcome import Change, Entry, FileChange, Outcome
from codemods.engine.parts import CommitBy
from codemods.engine.runner import Written, run
from codemods.engine.selection import Limits, Selection
from codemods.engine.state import BarSite, Progress

__all__ = [
    "BarSite",
    "Change",
    "CommitBy",
    "Entry",
    "FileChange",
    "Files",
    "Limits",
    "MemoryFiles",
    "Outcome",
    "Progress",
    "Selection",
    "Written",
    "run",
]
