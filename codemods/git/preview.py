"""Shows a series that is not in the repository as ``git log`` will show it once it is."""

from __future__ import annotations

from codemods.git.commits import Series

__all__ = ["show"]


def show(
    series: Series, *, patch: bool = True, stat: bool = False, color: bool = False, width: int = 80
) -> bytes:
    """Return what ``git log -p --reverse BASE..BRANCH`` prints after publishing.

    ``git apply`` takes it. `width` is the number of columns of the diffstat.
    """
    return series.repository.run(
        "log",
        "--reverse",
        *("--no-ext-diff", "--no-textconv", "--text", "--no-decorate", "--no-notes"),
        "--color=always" if color else "--no-color",
        *((f"--stat={width}",) if stat else ()),
        *(("--patch",) if patch else () if stat else ("--no-patch",)),
        f"{series.base}..{series.tip}",
        "--",
        environment=series.environment,
    )
