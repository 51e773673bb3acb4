"""Regions on all the Python that this interpreter can import: run with `make evidence-regions`.

Renames one attribute everywhere, through regions, and compares with the same edit made by hand.
Prints what a region costs.
"""

from __future__ import annotations

import ast
import sysconfig
import time
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import libcst as cst

from codemods.codemod import Span
from codemods.python.regions import RegionEdit, edit_regions
from codemods.python.source import SourceError, SourceFile, apply_replacements, read_source

NAME = "get"


class Rename(cst.CSTTransformer):
    """Renames located attributes."""

    def __init__(self, located: Mapping[cst.CSTNode, None]) -> None:
        super().__init__()
        self.located = located

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.Attribute:
        if original_node in self.located:
            return updated_node.with_changes(attr=cst.Name("renamed"))
        return updated_node


def files() -> Iterator[SourceFile]:
    for path in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")):
        try:
            yield read_source(PurePosixPath(path), path.read_bytes())
        except SourceError:
            continue


def by_hand(file: SourceFile, edit: RegionEdit) -> bytes:
    pieces: list[str] = []
    at = 0
    for end in sorted(span.end for span in edit.carried_out):
        pieces += (file.text[at : end - len(NAME)], "renamed")
        at = end
    return "".join([*pieces, file.text[at:]]).encode(file.encoding)


def test_only_the_located_nodes_change() -> None:
    sites = regions = lines = 0
    spent = 0.0
    refused: list[str] = []
    for file in files():
        targets: dict[Span, None] = {
            file.span(node): None
            for node in ast.walk(file.tree)
            if isinstance(node, ast.Attribute) and node.attr == NAME
        }
        if not targets:
            continue
        started = time.perf_counter()
        edit = edit_regions(file, targets, [Rename])
        spent += time.perf_counter() - started
        assert not edit.unchanged, file.path
        assert apply_replacements(file, edit.replacements) == by_hand(file, edit), file.path
        sites += len(targets)
        lines += len(file.line_starts)
        regions += len(edit.replacements)
        refused += (
            f"{file.path}:{file.position(span).line} {bar.reason}"
            for span, bar in edit.refused.items()
        )
    print(f"\n{sites} sites in {regions} regions; {len(refused)} refused", *refused, sep="\n")
    print(
        f"{spent / regions * 1e6:.0f} µs a region, {spent / lines * 1e6:.1f} µs a line of the files"
    )
    assert regions
    assert len(refused) < sites / 1000
