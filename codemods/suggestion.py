"""What to say about a word that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["closest"]


def closest(word: str, possible: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown word.

    ``; did you mean 'utcnow'?`` when something known resembles it, otherwise the whole choice.
    Dashes and underscores count as the same.
    """
    import difflib

    known = {_folded(name): name for name in possible}
    similar = difflib.get_close_matches(_folded(word), known, n=1)
    if similar:
        return f"; did you mean {known[similar[0]]!r}?"
    return f"; there are {', '.join(known.values())}" if known else ""


def _folded(word: str) -> str:
    return word.lower().replace("_", "-")
