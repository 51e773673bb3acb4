"""A clone in the cache does not grow with every fetch."""

import os
import time
from pathlib import Path

from codemods.batch.clone import BASE, look_up, opened, refresh
from tests.batch.workshop import Workshop
from tests.commands.conftest import git


def test_what_nothing_refers_to_is_collected(workshop: Workshop) -> None:
    source = workshop.root / "good0"
    folder = workshop.root / "clone.git"
    kept = ""
    bases = []
    for number in range(14):
        # More files than Git would unpack into loose objects: each fetch brings a pack.
        for index in range(110):
            (source / f"f{index}.py").write_text(f"x = {number}, {index}\n")
        git(source, workshop.environment, "add", ".")
        git(source, workshop.environment, "commit", "-q", "-m", "more")
        with opened(folder) as clone:
            commit, branch = look_up(clone, str(source), "")
            refresh(clone, str(source), commit)
            bases.append(commit)
            if number == 3:
                kept = commit
                clone.run("branch", "result", kept)
        assert branch == "main"
        assert len(list((folder / "objects" / "pack").glob("*.pack"))) <= 11
    assert git(folder, workshop.environment, "rev-parse", BASE).strip() == bases[-1]
    known = git(folder, workshop.environment, "cat-file", "--batch-all-objects", "--batch-check")
    commits = {line.split()[0] for line in known.splitlines() if " commit " in line}
    assert {kept, bases[-1]} < commits
    assert len(commits) < 14  # those before the last collection are gone, but for the branch's
    git(folder, workshop.environment, "fsck", "--strict")


def test_what_a_killed_process_left_is_removed(workshop: Workshop, tmp_path: Path) -> None:
    source = str(workshop.root / "good1")
    folder = tmp_path / "clone.git"
    with opened(folder):
        pass
    left = (
        folder / "HEAD.lock",
        folder / "refs" / "heads" / "x.lock",
        folder / "packed-refs.lock",
        folder / "gc.pid.lock",
        folder / "objects" / "pack" / "tmp_pack_x",
        folder / "objects" / "tmp_objdir-x" / "a",
    )
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        os.utime(path, (0, time.time() - 1.8))  # not yet sure to be left by a dead process
    with opened(folder) as clone:
        refresh(clone, source, look_up(clone, source, "")[0])
    assert [path for path in left if path.exists()] == []
