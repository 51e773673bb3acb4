"""Repositories for batches, good and broken, and the program in processes that can be killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codemods.batch.journal import read_rows
from codemods.batch.results import row_document
from tests.commands.conftest import git

DATE = "2024-02-29T12:00:00Z"
GOOD = tuple(f"good{number}" for number in range(7))
BROKEN = ("missing", "empty", "corrupt", "nopython", "hanging")


@dataclass(frozen=True)
class Workshop:
    """A folder with twelve repositories and `list.txt`."""

    root: Path
    environment: dict[str, str]

    @classmethod
    def create(cls, root: Path, environment: dict[str, str]) -> Workshop:
        shop = cls(root, environment)
        for number, name in enumerate(GOOD):
            shop.repository(name, {"a.py": f"import voice\nvoice.shout({number})\n"})
        shop.repository("nopython", {"README": "nothing\n"})
        shop.repository("hanging", {"a.py": "voice.shout(1)\n", ".gitattributes": "* filter=h\n"})
        home = Path(environment["HOME"])
        (home / ".gitconfig").write_text(
            '[filter "h"]\n\tsmudge = sleep 600\n\tclean = sleep 600\n\trequired = true\n'
        )
        shop.repository("corrupt", {"a.py": "voice.shout(1)\n"})
        blob = git(root / "corrupt", environment, "rev-parse", "HEAD:a.py").strip()
        damaged = root / "corrupt" / ".git" / "objects" / blob[:2] / blob[2:]
        damaged.chmod(0o644)
        damaged.write_bytes(b"damaged")
        (root / "empty").mkdir()
        git(root / "empty", environment, "init", "-q", "-b", "main")
        (root / "list.txt").write_text(
            "# all of them\n" + "".join(f"{name}\n" for name in (*GOOD, *BROKEN))
        )
        return shop

    def repository(self, name: str, files: dict[str, str], *, ids: str = "sha1") -> None:
        """Make a repository with one commit."""
        root = self.root / name
        root.mkdir(parents=True)
        git(root, self.environment, "init", "-q", "-b", "main", f"--object-format={ids}")
        for path, text in files.items():
            (root / path).write_text(text)
        plain = ("-c", "filter.h.clean=cat", "-c", "filter.h.required=false")
        git(root, self.environment, *plain, "add", ".")
        git(root, self.environment, "commit", "-q", "-m", "base")

    def command(self, *arguments: str) -> list[str]:
        """Return a command line of the program."""
        return [sys.executable, "-m", "codemods", "batch", *arguments]

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `codemods batch …` to its end."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.root,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    def batch(
        self, *arguments: str, folder: str = "out", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the toy over the list."""
        flags = ("--folder", folder, *self.usual(folder), *arguments)
        return self.run("run", "list.txt", *flags, **variables)

    def shell(self, *command: str) -> None:
        """Run another program to its good end."""
        subprocess.run(command, cwd=self.root, env=self.environment, check=True)

    def usual(self, folder: str) -> tuple[str, ...]:
        """Return the flags of `batch`; every batch has a cache of its own."""
        return ("--only", "toy", "--date", DATE, "--cache", f"cache-{folder}")

    def rows(
        self,
        folder: str = "out",
        key: Callable[[dict[str, Any]], str] = lambda row: os.path.basename(row["repository"]),
    ) -> dict[str, dict[str, Any]]:
        """Return what `batch status --json` shows, by the names of the repositories."""
        rows = read_rows(self.root / folder / "journal.sqlite")
        return {key(row): row for row in map(row_document, rows)}

    def lasting(self, folder: str = "out") -> dict[str, dict[str, Any]]:
        """Return the same without what differs from time to time."""
        return {
            name: {key: value for key, value in row.items() if key != "seconds"}
            for name, row in self.rows(folder).items()
        }
