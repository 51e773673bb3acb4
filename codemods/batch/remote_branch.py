"""Pushes one branch of a clone, in a cell."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from codemods.batch.clone import fetch_bundle, look_up, opened, refresh, remote
from codemods.git.errors import CommandFailedError

__all__ = ["push"]


def push(request: Mapping[str, Any]) -> dict[str, str]:
    """Push a commit as a branch, unless the base has moved or somebody else moved the branch.

    Returns:
        ``{"state": "pushed"}``, or ``unchanged`` (it is there already), ``base-moved``, or
        ``rejected`` with Git's reason as ``message``.

    Raises:
        GitError: the remote can't be reached or asked.
    """
    url, tip, branch = request["url"], request["tip"], request["branch"]
    address, environment = remote(url)
    reference = f"refs/heads/{branch}"
    with opened(Path(request["clone"]), request["base"]) as repository:
        commit, _ = look_up(repository, url, request["base_branch"])
        if commit != request["base"] and not request["moved_too"]:
            return {"state": "base-moved"}
        answer = repository.run(
            "ls-remote", "--end-of-options", address, reference, environment=environment
        )
        there = os.fsdecode(answer).partition("\t")[0].strip()
        if there == tip:
            return {"state": "unchanged"}
        refresh(repository, url, request["base"])
        fetch_bundle(repository, Path(request["bundle"]), tip)
        # Only what we pushed last may be replaced; empty means that there is no such branch.
        lease = f"--force-with-lease={reference}:{request['pushed']}"
        try:
            repository.run(
                *("push", "--quiet", "--no-verify", lease, "--end-of-options"),
                *(address, f"{tip}:{reference}"),
                environment=environment,
            )
        except CommandFailedError as error:
            if "stale info" in error.stderr or "[rejected]" in error.stderr:
                return {
                    "state": "rejected",
                    "message": f"somebody else has made or moved the branch {branch}",
                }
            raise
    return {"state": "pushed"}
