"""Only what the network fails is tried again, after waits that differ."""

from pathlib import Path

import pytest

from codemods.batch import retrying
from codemods.batch.isolation import Ended, Limits
from codemods.batch.retrying import run_patiently
from tests.batch.clock import Clock

NETWORK = "fatal: unable to access 'https://x/': Could not resolve host: x\n"
CORRUPT = "fatal: loose object 0123 is corrupt\n"


def run(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, ends: list[tuple[int, str]], work: Path | None
) -> Ended:
    """Let cells end in the given ways, one after the other."""
    left = iter(ends)

    def cell(*_: object) -> Ended:
        code, log = next(left)
        return Ended(code, "", log, 1.0)

    monkeypatch.setattr(retrying, "run_cell", cell)
    ended = run_patiently({}, Limits(), {}, clock, work=work)
    assert not list(left)
    return ended


def test_four_times_with_growing_waits_by_lot(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = []
    for _ in range(20):
        clock = Clock()
        ended = run(monkeypatch, clock, [(3, NETWORK)] * 4, None)
        assert (ended.code, ended.seconds, ended.log) == (3, 4.0, NETWORK)
        assert ended.earlier == NETWORK * 3
        waits.append(clock.waits)
    for number, lots in enumerate(zip(*waits, strict=True), 1):
        assert len(set(lots)) > 10
        assert all(0.5 <= lot <= 2**number for lot in lots)
    assert max(lot for _, _, lot in waits) > 4


def test_it_goes_on_when_the_network_does(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    ended = run(monkeypatch, clock, [(3, NETWORK), (3, NETWORK), (0, "")], None)
    assert (ended.code, len(clock.waits)) == (0, 2)


@pytest.mark.parametrize("end", [(3, CORRUPT), (3, "MemoryError\n"), (0, NETWORK), (-9, "")])
def test_nothing_else_is_tried_again(monkeypatch: pytest.MonkeyPatch, end: tuple[int, str]) -> None:
    clock = Clock()
    assert run(monkeypatch, clock, [end], None).code == end[0]
    assert clock.waits == []


def test_the_network_of_the_tests_is_not_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begun = tmp_path / "ledger.json"
    begun.write_text("")
    clock = Clock()
    assert run(monkeypatch, clock, [(3, NETWORK)], begun).code == 3
    assert clock.waits == []


def test_an_interruption_ends_the_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    clock.set()
    assert run(monkeypatch, clock, [(3, NETWORK)], None).stopped
