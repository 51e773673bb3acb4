"""The registry: order, selection, and codemods of other distributions."""

import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import Distribution, DistributionFinder, MetadataPathFinder
from pathlib import Path
from types import ModuleType

import pytest

from codemods.registry import RegistryError, find_codemods, in_order, select
from codemods.suggestion import closest
from tests.commands.toy import Toy

A = Toy(name="a")
B = Toy(name="b")
C = Toy(name="c", after=frozenset({"z"}))
Z = Toy(name="z", after=frozenset({"b", "not-installed"}))


def test_order_follows_from_after_and_then_from_the_name() -> None:
    assert [codemod.name for codemod in in_order([C, Z, B, A])] == ["a", "b", "z", "c"]


def test_a_circle_is_named() -> None:
    with pytest.raises(RegistryError, match="each other: c, z"):
        in_order([A, C, replace(Z, after=frozenset({"c"}))])


def test_the_order_of_names_on_the_command_line_changes_nothing() -> None:
    codemods = in_order([A, B, Z, C])
    chosen = select(codemods, ["c", "a", "b"], ["b"])
    assert [codemod.name for codemod in chosen] == ["a", "c"]


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(RegistryError, match=r"no codemod 'utc_now'; did you mean 'utcnow'\?"):
        select([Toy(name="utcnow")], ["utc_now"], [])


def test_skipping_everything_is_refused() -> None:
    with pytest.raises(RegistryError, match="no codemod is left"):
        select([A, B], ["a"], ["a"])


def test_suggestion_ignores_the_kind_of_dash() -> None:
    assert closest("print_to_loger", ["print-to-logger", "utcnow"]) == (
        "; did you mean 'print-to-logger'?"
    )
    assert closest("qqq", ["a", "b"]) == "; there are a, b"
    assert closest("qqq", []) == ""


def _offer(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, body: str) -> None:
    monkeypatch.delitem(sys.modules, f"offered_{name}", raising=False)
    (folder / f"offered_{name}.py").write_text(body)
    information = folder / f"offered_{name}-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: offered-{name}\nVersion: 1\n"
    )
    (information / "entry_points.txt").write_text(f"[codemods]\n{name} = offered_{name}:codemod\n")
    monkeypatch.syspath_prepend(str(folder))


def test_another_distribution_offers_a_codemod(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _offer(
        tmp_path,
        monkeypatch,
        "extra",
        "from tests.commands.toy import Toy\ncodemod = Toy(name='extra')\n",
    )
    assert "extra" in [codemod.name for codemod in find_codemods()]


_EVERYWHERE = DistributionFinder.Context()


def _archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(folder / "packed.zip", "w") as packed:
        for path in sorted(folder.rglob("*")):
            packed.write(path, path.relative_to(folder))
    monkeypatch.setattr(sys, "path", [str(folder / "packed.zip"), *sys.path[1:]])


def _egg(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    egg = folder.parent / f"{folder.name}.egg"
    folder.rename(egg)
    (egg / "offered_extra-1.dist-info").rename(egg / "EGG-INFO")
    (egg / "EGG-INFO" / "METADATA").rename(egg / "EGG-INFO" / "PKG-INFO")
    monkeypatch.setattr(sys, "path", [str(egg), *sys.path[1:]])


def _finder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder(DistributionFinder):
        def find_spec(
            self, name: str, path: Sequence[str] | None, target: ModuleType | None = None, /
        ) -> ModuleSpec | None:
            return PathFinder.find_spec(name, [str(folder)])

        def find_distributions(
            self, context: DistributionFinder.Context = _EVERYWHERE
        ) -> Iterable[Distribution]:
            where = DistributionFinder.Context(path=[str(folder)])
            return MetadataPathFinder.find_distributions(where)

    monkeypatch.setattr(sys, "path", sys.path[1:])
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])


@pytest.mark.parametrize("move", [_archive, _egg, _finder])
def test_codemods_are_found_wherever_python_finds_distributions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, move: Callable[..., None]
) -> None:
    folder = tmp_path / "offered"
    folder.mkdir()
    body = "from tests.commands.toy import Toy\ncodemod = Toy(name='extra')\n"
    _offer(folder, monkeypatch, "extra", body)
    move(folder, monkeypatch)
    assert "extra" in [codemod.name for codemod in find_codemods()]


def test_where_nothing_is_offered_no_metadata_is_read() -> None:
    code = "import codemods.registry as r, sys; r.find_codemods(); print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "codemods.catalog.utcnow" in shown.stdout.split()
    assert "importlib.metadata" not in shown.stdout.split()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("raise RuntimeError('no luck')\n", "does not load (RuntimeError: no luck)"),
        ("codemod = object()\n", "lacks name, summary"),
        (
            "from tests.commands.toy import Toy\ncodemod = Toy(name='other')\n",
            "calls itself 'other'",
        ),
        (
            "from tests.commands.toy import Toy\ncodemod = Toy(name='faulty', options=int)\n",
            "are no dataclass",
        ),
    ],
)
def test_a_faulty_codemod_is_named_with_its_distribution(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, sentence: str
) -> None:
    _offer(tmp_path, monkeypatch, "faulty", body)
    with pytest.raises(RegistryError) as caught:
        find_codemods()
    assert sentence in str(caught.value)
    assert "offered-faulty" in str(caught.value)


def test_two_codemods_of_one_name_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from codemods import registry

    monkeypatch.setattr(registry, "_built_in", lambda: [(Toy(name="extra"), "codemods")])
    _offer(
        tmp_path,
        monkeypatch,
        "extra",
        "from tests.commands.toy import Toy\ncodemod = Toy(name='extra')\n",
    )
    with pytest.raises(RegistryError, match="one of codemods, one of offered-extra"):
        find_codemods()


def test_every_built_in_codemod_is_named_as_its_folder() -> None:
    for codemod in find_codemods():
        assert codemod.name == codemod.name.lower().replace("_", "-")
        assert len(codemod.summary) <= 50
