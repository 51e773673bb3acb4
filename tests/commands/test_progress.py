"""The line of progress on a terminal."""

import io

import pytest

from codemods.commands.progress import ProgressLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("codemods.commands.progress.time.monotonic", lambda: now[0])
    return now


def test_a_short_run_shows_nothing(clock: list[float]) -> None:
    with ProgressLine(terminal := Terminal()) as progress:
        clock[0] += 0.9
        progress("survey", 1, 2)
    assert terminal.getvalue() == ""


def test_a_long_run_shows_one_line_and_removes_it(clock: list[float]) -> None:
    with ProgressLine(terminal := Terminal()) as progress:
        clock[0] += 1.5
        progress("survey", 1200, 4000)
        clock[0] += 0.05  # too soon for the next
        progress("survey", 1201, 4000)
        clock[0] += 0.1
        progress("search", 0, 1)
    assert terminal.getvalue() == (
        "\r\x1b[Kreading 1,200 of 4,000 files …\r\x1b[Ksearching …\r\x1b[K"
    )


def test_a_pipe_gets_nothing(clock: list[float]) -> None:
    with ProgressLine(pipe := io.StringIO()) as progress:
        clock[0] += 5
        progress("survey", 1, 2)
    assert pipe.getvalue() == ""
