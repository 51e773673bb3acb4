"""Nothing that a killed process was at stays for long."""

import subprocess
import sys
from pathlib import Path

import pytest

from codemods.batch.workspaces import workspace

HOLDER = """
import sys
from pathlib import Path
from codemods.batch.workspaces import workspace
with workspace(Path(sys.argv[1])) as folder:
    (folder / "half").write_text("x")
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_it_is_gone_at_the_end_however_that_comes(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), workspace(tmp_path) as folder:  # noqa: PT012
        (folder / "a").write_text("x")
        raise ZeroDivisionError
    assert list((tmp_path / "work").iterdir()) == []


def test_the_next_removes_what_the_dead_left_and_nothing_of_the_living(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "ready\n"
        with workspace(tmp_path):
            assert len(list((tmp_path / "work").glob("*/half"))) == 1
        holder.kill()
        holder.wait()
    # A cell that died a moment later wrote a file while its folder was being removed.
    (tmp_path / "work" / "late").mkdir()
    assert len(list((tmp_path / "work").glob("*/half"))) == 1
    with workspace(tmp_path) as folder:
        assert list(folder.parent.glob("*/half")) == []
        assert {path.name for path in folder.parent.iterdir()} == {
            folder.name,
            f"{folder.name}.held",
        }
