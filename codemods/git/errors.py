"""What can go wrong with history, in one sentence that names the thing and the remedy."""

from __future__ import annotations

__all__ = ["CommandFailedError", "GitError"]


class GitError(Exception):
    """Something about a repository stops the run.

    The text is one sentence for a person: what it is about, and what to do.
    `exit_code` is 2 where the person asked for something impossible or must set something up,
    and 3 where something failed.
    """

    def __init__(self, message: str, *, exit_code: int = 2) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code


class CommandFailedError(GitError):
    """A Git command ended with a status that nobody expected."""

    def __init__(self, command: str, status: int, stderr: str) -> None:
        super().__init__(f"git {command} failed: {_complaint(stderr, status)}", exit_code=3)
        self.command = command
        self.status = status
        self.stderr = stderr

    @property
    def complaint(self) -> str:
        """The line of Git's answer that says most."""
        return _complaint(self.stderr, self.status)

    @property
    def details(self) -> str:
        """All of Git's answer, and of the programs it called, on one line."""
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        return " / ".join(lines) or self.complaint


def _complaint(stderr: str, status: int) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    for prefix in ("fatal: ", "error: "):
        for line in lines:
            if line.startswith(prefix):
                return line.removeprefix(prefix)
    return lines[-1] if lines else f"it ended with status {status} and said nothing"
