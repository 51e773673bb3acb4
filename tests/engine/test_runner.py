"""The engine on toy codemods: what reaches the ledger, and what happens when things go wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import pytest

from codemods import Action, Bar, Codemod, Position, Settings, Site, Survey
from codemods.engine import Entry, Limits, MemoryFiles, Outcome, Selection, run
from codemods.engine.outcome import Change
from codemods.git.errors import GitError
from codemods.project.project import Project
from codemods.python.names import Names
from codemods.python.source import SourceFile
from tests.engine.toys import (
    Following,
    Helping,
    Lifting,
    Methods,
    Raising,
    Refusing,
    Spinning,
    Toy,
    ToyOptions,
    TwoSteps,
)


def migrate(
    files: dict[str, str | bytes], *codemods: Codemod, new: str = "max", **options: Any
) -> Outcome:
    contents = {
        PurePosixPath(path): data.encode() if isinstance(data, str) else data
        for path, data in files.items()
    }
    settings = {one.name: Settings(ToyOptions(new)) for one in codemods}
    return run(MemoryFiles(contents), codemods or (Toy(),), settings or SETTINGS, **options)


SETTINGS = {"toy": Settings(ToyOptions())}


def results(outcome: Outcome) -> dict[str, str]:
    return {
        str(one.path): (one.after or b"").decode()
        for change in outcome.changes
        for one in change.files
    }


def lines(entries: Sequence[Entry]) -> list[tuple[str, str, str]]:
    return [
        (f"{entry.site.path}:{entry.base}", entry.verdict.action.value, entry.verdict.reason)
        for entry in entries
    ]


def test_every_site_is_in_the_ledger_and_rewritten_once() -> None:
    outcome = migrate({"a.py": "min(1)\nx = [min(min(2))]\n", "b.py": "min = 1\n"})
    assert results(outcome) == {"a.py": "max(1)\nx = [max(max(2))]\n"}
    assert lines(outcome.entries) == [
        ("a.py:1:1", "rewrite", "toy/renamed"),
        ("a.py:2:6", "rewrite", "toy/renamed"),
        ("a.py:2:10", "rewrite", "toy/renamed"),
    ]
    assert not outcome.failures


def test_a_file_without_needles_is_never_parsed() -> None:
    outcome = migrate({"a.py": "this is not Python", "b.py": "x = 1\n"})
    assert outcome.entries == ()
    assert outcome.files_searched == 2
    assert outcome.files_surveyed == 0


def test_unparsable_undecodable_and_huge_files_get_one_line_each() -> None:
    outcome = migrate(
        {
            "bad.py": "min(\n",
            "latin.py": b"min()  # \xe9\n",
            "nul.py": b"min()\0\n",
            "huge.py": "min()\n" * 100,
            "good.py": "min()\n",
        },
        selection=Selection(limits=Limits(size=500)),
    )
    assert lines(outcome.entries)[1:] == [
        ("bad.py:1:1", "leave", "engine/unparsable"),
        ("huge.py:1:1", "leave", "engine/too-large"),
        ("latin.py:1:1", "leave", "engine/undecodable"),
        ("nul.py:1:1", "leave", "engine/unparsable"),
    ]
    assert not outcome.failures
    assert all(entry.site.kind == "file" for entry in outcome.entries[1:])


def test_an_empty_file_is_surveyed_like_any_other() -> None:
    class Everywhere(Toy):
        @property
        def needles(self) -> frozenset[bytes]:
            return frozenset({b""})

    outcome = migrate({"a.py": "min()\n", "empty.py": "", "bom.py": b"\xef\xbb\xbf"}, Everywhere())
    assert outcome.files_surveyed == 3
    assert outcome.counts == {"toy": {"looked at": 3}}
    assert lines(outcome.entries) == [("a.py:1:1", "rewrite", "toy/renamed")]
    assert not outcome.failures


def test_a_file_that_can_not_be_read_gets_one_line() -> None:
    class Locked(MemoryFiles):
        def read(self, paths: Iterable[PurePosixPath]) -> dict[PurePosixPath, bytes]:
            return super().read(path for path in paths if path.name != "locked.py")

    files = Locked({PurePosixPath("locked.py"): b"min()\n", PurePosixPath("a.py"): b"min()\n"})
    outcome = run(files, (Toy(),), SETTINGS)
    assert lines(outcome.entries) == [
        ("a.py:1:1", "rewrite", "toy/renamed"),
        ("locked.py:1:1", "leave", "engine/unreadable"),
    ]


def test_excluded_and_outside_files_are_left_with_the_reason() -> None:
    outcome = migrate(
        {"app/a.py": "min()\n", "vendor/b.py": "min()\n", "lib/c.py": "min()\n"},
        selection=Selection(exclude=("vendor/",), within=(PurePosixPath("app"),)),
    )
    assert lines(outcome.entries) == [
        ("app/a.py:1:1", "rewrite", "toy/renamed"),
        ("lib/c.py:1:1", "leave", "engine/outside-the-paths"),
        ("vendor/b.py:1:1", "leave", "engine/excluded"),
    ]


def test_a_script_without_suffix_is_included_on_request() -> None:
    files: dict[str, str | bytes] = {"bin/tool": "min()\n", "bin/data": "min()\n"}
    assert not migrate(files).entries
    assert lines(migrate(files, selection=Selection(include=("bin/tool",))).entries) == [
        ("bin/tool:1:1", "rewrite", "toy/renamed")
    ]


def test_a_group_with_a_barred_member_is_left_whole() -> None:
    def bar(site: Site, base: Position | None) -> Bar | None:
        return Bar("declined", "you said no") if site.path.name == "b.py" else None

    outcome = migrate({"a.py": "min()  # group=x\nmin()\n", "b.py": "min()  # group=x\n"}, bar=bar)
    assert lines(outcome.entries) == [
        ("a.py:1:1", "leave", "engine/group-of"),
        ("a.py:2:1", "rewrite", "toy/renamed"),
        ("b.py:1:1", "leave", "declined"),
    ]
    assert outcome.entries[0].verdict.message.startswith("it belongs together with b.py:1:1")
    assert results(outcome) == {"a.py": "min()  # group=x\nmax()\n"}


def test_what_a_rewrite_refuses_is_left_and_the_rest_goes_on() -> None:
    outcome = migrate({"a.py": "min()\nmin()\nmin()\n"}, Refusing())
    assert [entry.verdict.reason for entry in outcome.entries] == [
        "toy/renamed",
        "engine/region-not-lossless",
        "toy/renamed",
    ]
    assert not outcome.failures


def test_a_group_whose_result_does_not_compile_is_dropped_and_named() -> None:
    @dataclass(frozen=True)
    class Breaking(Toy):
        def rewrite(self, file: Any, orders: Any, options: Any) -> Any:
            broken = [
                type(order)(order.site, order.span, "max(" if ":2:" in order.site else "max")
                for order in orders
            ]
            return super().rewrite(file, broken, options)

    outcome = migrate({"a.py": "min()\nmin()\nmin()\n", "b.py": "min()\n"}, Breaking(), jobs=1)
    assert [entry.verdict.reason for entry in outcome.entries] == [
        "toy/renamed",
        "engine/proof-compile",
        "toy/renamed",
        "toy/renamed",
    ]
    assert len(outcome.failures) == 1
    assert "a.py" in outcome.failures[0]


def test_a_new_name_without_binding_fails_the_proof() -> None:
    outcome = migrate({"a.py": "min()\n"}, Toy(), new="nowhere")
    assert [entry.verdict.reason for entry in outcome.entries] == ["engine/proof-unresolved"]


def test_an_import_that_becomes_unused_fails_the_proof() -> None:
    outcome = migrate({"a.py": "from lib import min\nmin()\n"}, Toy())
    assert [entry.verdict.reason for entry in outcome.entries] == ["engine/proof-unused-import"]


@pytest.mark.parametrize("panic", [RuntimeError, BaseException])
@pytest.mark.parametrize(
    ("stage", "reason"),
    [("survey", "engine/survey-failed"), ("rewrite", "engine/rewrite-failed")],
)
def test_a_crash_in_one_file_does_not_hurt_the_others(
    stage: str, reason: str, panic: type[BaseException]
) -> None:
    codemod = Raising(stage=stage, panic=panic)
    outcome = migrate({"bad.py": "min()\n", "good.py": "min()\n"}, codemod)
    assert results(outcome) == {"good.py": "max()\n"}
    assert sorted(lines(outcome.entries)) == [
        ("bad.py:1:1", "leave", reason),
        ("good.py:1:1", "rewrite", "toy/renamed"),
    ]
    assert len(outcome.failures) == 1
    assert "bad.py" in outcome.failures[0]


@pytest.mark.parametrize(
    ("stage", "reason"),
    [("survey", "engine/survey-failed"), ("rewrite", "engine/rewrite-failed")],
)
def test_a_file_that_takes_too_long_costs_only_itself(stage: str, reason: str) -> None:
    outcome = migrate(
        {"bad.py": "min()\n", "good.py": "min()\n"},
        Spinning(stage=stage),
        selection=Selection(limits=Limits(seconds=1)),
    )
    assert results(outcome) == {"good.py": "max()\n"}
    assert ("bad.py:1:1", "leave", reason) in lines(outcome.entries)
    (failure,) = outcome.failures
    assert "bad.py" in failure
    assert "more than 1 seconds of work" in failure


@dataclass(frozen=True)
class Keeping(Toy):
    """Keeps the names of the files that it surveys; the first codemod to do so fails."""

    kept: list[Names] = field(default_factory=list)

    def survey(self, file: SourceFile, options: ToyOptions) -> Survey[dict[str, str]]:
        self.kept.append(file.names)
        if len(self.kept) == 1:
            raise TimeoutError
        return super().survey(file, options)


def test_what_was_half_known_is_found_out_again() -> None:
    kept: list[Names] = []
    codemods = Keeping(kept=kept), Keeping(name="second", kept=kept)
    outcome = migrate({"a.py": "min()\n"}, *codemods)
    assert results(outcome) == {"a.py": "max()\n"}
    assert kept[0] is not kept[1]


def test_a_worker_that_dies_costs_only_its_file() -> None:
    padding = f"# {'x' * 240_000}\n"
    files: dict[str, str | bytes] = dict.fromkeys(
        ("a.py", "b.py", "bad.py", "c.py"), "min()\n" + padding
    )
    outcome = migrate(files, Raising(stage="killed"), jobs=2)
    assert sorted(results(outcome)) == ["a.py", "b.py", "c.py"]
    assert ("bad.py:1:1", "leave", "engine/worker-died") in lines(outcome.entries)


def test_a_codemod_that_can_not_plan_leaves_its_sites_and_the_others_go_on() -> None:
    outcome = migrate(
        {"a.py": "min()\nsum()\n"},
        Raising(stage="plan"),
        Toy(old="sum", name="second"),
    )
    assert lines(outcome.entries) == [
        ("a.py:1:1", "leave", "engine/plan-failed"),
        ("a.py:2:1", "rewrite", "toy/renamed"),
    ]
    assert results(outcome) == {"a.py": "min()\nmax()\n"}
    assert len(outcome.failures) == 1


def test_codemods_compose_and_positions_are_followed_both_ways() -> None:
    first = Toy(name="first")
    second = Toy(old="sum", name="second")
    files: dict[str, str | bytes] = {"a.py": "x = 1\nmin(); sum(1)\n"}
    contents = {PurePosixPath(path): str(data).encode() for path, data in files.items()}
    settings = {
        "first": Settings(ToyOptions("enumerate")),
        "second": Settings(ToyOptions("id")),
    }
    outcome = run(MemoryFiles(contents), (first, second), settings)
    assert results(outcome)["a.py"] == "x = 1\nenumerate(); id(1)\n"
    assert [(str(one.base), str(one.final)) for one in outcome.entries] == [
        ("2:1", "2:1"),
        ("2:8", "2:14"),
    ]
    assert outcome.entries[1].site.position.column == 14
    again = {PurePosixPath(path): text.encode() for path, text in results(outcome).items()}
    assert not any(
        change.files for change in run(MemoryFiles(again), (first, second), settings).changes
    )


def test_a_result_with_more_to_rewrite_is_not_adopted() -> None:
    outcome = migrate({"a.py": "min()\n", "b.py": "x = 1\n"}, Toy(), new="min")
    assert not results(outcome)
    assert [entry.verdict.reason for entry in outcome.entries] == ["engine/proof-not-stable"]
    assert len(outcome.failures) == 1


@pytest.fixture
def surveyed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that `Toy` is asked to survey, as they come."""
    texts: list[str] = []
    survey = Toy.survey

    def spy(toy: Toy, file: SourceFile, options: ToyOptions) -> Survey[dict[str, str]]:
        texts.append(file.text)
        return survey(toy, file, options)

    monkeypatch.setattr(Toy, "survey", spy)
    return texts


SETTLED = "min = a.min(min=1)\n# min\n"


def test_a_result_in_which_no_site_can_be_left_is_not_surveyed(surveyed: list[str]) -> None:
    outcome = migrate({"a.py": SETTLED}, Methods())
    assert results(outcome) == {"a.py": "min = a.max(min=1)\n# min\n"}
    assert surveyed == [SETTLED]
    assert outcome.counts == {"toy": {"looked at": 1}}


def test_it_is_surveyed_when_another_plan_is_made(surveyed: list[str]) -> None:
    other = "a.min()\n\na.min()\n"
    outcome = migrate(
        {"a.py": SETTLED, "b.py": other},
        Methods(),
        bar=lambda site, base: Bar("toy/barred", "") if site.position.line == 3 else None,
    )
    assert results(outcome)["b.py"] == "a.max()\n\na.min()\n"
    assert sorted(surveyed) == sorted([SETTLED, other, *results(outcome).values()])
    assert outcome.counts == {"toy": {"looked at": 2}}


def test_a_rewrite_that_writes_as_many_needles_is_surveyed(surveyed: list[str]) -> None:
    outcome = migrate({"a.py": "a.min()\n"}, Methods(), new="least.min")
    assert surveyed == ["a.min()\n", "a.least.min()\n"]
    assert [entry.verdict.reason for entry in outcome.entries] == ["engine/proof-not-stable"]


def test_rounds_survey_more_files_and_common_needles_are_refused() -> None:
    files: dict[str, str | bytes] = {
        "a.py": "min()  # follow: alpha common\n",
        "b.py": "alpha = 1  # follow: beta\n",
        "c.py": "beta = 1\n",
        **{f"x{number}.py": "common = 1\n" for number in range(60)},
    }
    files["a.py"] = "min()\n# follow: alpha common\n"
    files["b.py"] = "alpha = 1\n# follow: beta\n"
    outcome = migrate(files, Following())
    assert outcome.entries[0].verdict.message == "files a.py,b.py,c.py refused common"
    assert outcome.rounds == {"toy": 2}


NEAR: dict[str, str | bytes] = {
    "app/a.py": "min()\n# follow: .alpha\n",
    "app/b.py": "x.alpha\n",
    "app/sub/c.py": "x.alpha\n",
    "other/d.py": "from app.a import x\nx.alpha\n",
    "other/e.py": "from other.d import x\nx.alpha\n",
    "other/f.py": "x.alpha\n",
    "other/g.py": "from app.a import x\nx.beta\n",
}


def test_a_needle_may_concern_the_files_near_its_home_only() -> None:
    codemod = Following()
    outcome = migrate(NEAR, codemod)
    found = "app/a.py,app/b.py,app/sub/c.py,other/d.py,other/e.py"
    assert outcome.entries[0].verdict.message == f"files {found} refused "
    assert outcome.rounds == {"toy": 1}


def test_a_needle_near_another_home_is_followed_there_as_well() -> None:
    files = {**NEAR, "other/d.py": "from app.a import x\nx.alpha\n# follow: .alpha\n"}
    outcome = migrate(files, Following())
    found = "app/a.py,app/b.py,app/sub/c.py,other/d.py,other/e.py,other/f.py"
    assert outcome.entries[0].verdict.message == f"files {found} refused "
    assert outcome.rounds == {"toy": 2}


def test_a_needle_near_its_home_may_be_too_common_too() -> None:
    files = {**NEAR, **{f"x{number}.py": "x.alpha\n" for number in range(60)}}
    outcome = migrate(files, Following())
    assert outcome.entries[0].verdict.message == "files app/a.py refused .alpha"


def test_no_second_plan_is_made_where_nothing_was_found() -> None:
    codemod = Following()
    outcome = migrate({"a.py": "min()\n# follow: nobody .nobody\n"}, codemod)
    assert outcome.entries[0].verdict.message == "files a.py refused "
    assert outcome.rounds == {"toy": 1}
    assert len(codemod.made) == 1
    codemod = Following()
    migrate({"a.py": "min()\n# follow: alpha\n", "b.py": "alpha = 1\n"}, codemod)
    assert len(codemod.made) == 2


def test_a_codemod_may_take_two_steps() -> None:
    outcome = migrate({"a.py": "from helper import max\nmin()\nmax()\n"}, TwoSteps())
    changes: tuple[Change, ...] = outcome.changes
    assert [(one.step, [str(file.path) for file in one.files]) for one in changes] == [
        ("helper", ["helper.py"]),
        ("", ["a.py"]),
    ]
    assert [entry.verdict.action for entry in outcome.entries] == [Action.REWRITE]


def test_what_an_earlier_codemod_wrote_has_no_place_in_the_base() -> None:
    outcome = migrate(
        {"a.py": "from helper import max\nint(min())\n"}, TwoSteps(), Toy(old="int", name="second")
    )
    assert [
        (str(one.site.path), str(one.base), str(one.final))
        for one in outcome.entries
        if one.site.codemod == "second"
    ] == [("a.py", "2:1", "2:1"), ("helper.py", "None", "2:12")]


def test_a_lifted_file_is_seen_by_the_codemods_after_it() -> None:
    lifter = Lifting(old="print", name="lift", after=frozenset())
    files: dict[str, str | bytes] = {"a.py": 'print "x"\nmin()\n', "b.py": "print 1\nmin()\n"}
    outcome = migrate(files, lifter, Toy())
    assert results(outcome) == {"a.py": '# "x"\nmax()\n'}
    assert sorted(lines(outcome.entries)) == [
        ("a.py:1:1", "rewrite", "toy/renamed"),
        ("a.py:2:1", "rewrite", "toy/renamed"),
        ("b.py:1:1", "leave", "engine/unparsable"),
    ]


def test_a_file_that_can_not_be_had_while_planning_ends_the_run() -> None:
    class Gone(MemoryFiles):
        def read(self, paths: Iterable[PurePosixPath]) -> dict[PurePosixPath, bytes]:
            wanted = list(paths)
            if PurePosixPath("setup.cfg") in wanted:
                raise GitError("it is missing from the partial clone")
            return super().read(wanted)

    class Curious(Toy):
        def plan(self, surveys: Any, project: Project, settings: Any, circumstances: Any) -> Any:
            project.read(PurePosixPath("setup.cfg"))
            return super().plan(surveys, project, settings, circumstances)

    files = Gone({PurePosixPath("setup.cfg"): b"", PurePosixPath("a.py"): b"min()\n"})
    with pytest.raises(GitError, match="partial clone"):
        run(files, (Curious(),), SETTINGS)


def test_two_runs_with_different_workers_agree() -> None:
    padding = f"# {'x' * 120_000}\n"
    files: dict[str, str | bytes] = {f"m{n}.py": "min()\n" + padding for n in range(6)}
    one, many = migrate(files, Toy(), jobs=1), migrate(files, Toy(), jobs=3)
    assert one == many


def test_suppressions_leave_sites_and_unused_ones_are_reported() -> None:
    source = """\
min(1)  # codemods: ignore[toy] kept on purpose
min(2)  # codemods: ignore[other] not about us
# codemods: ignore
def f():
    return min(3)
min(4)
x = 1  # codemods: ignore nothing here
"""
    outcome = migrate({"a.py": source})
    assert [
        (str(one.base), one.verdict.action.value, one.verdict.reason) for one in outcome.entries
    ] == [
        ("1:1", "leave", "engine/suppressed"),
        ("2:1", "rewrite", "toy/renamed"),
        ("5:12", "leave", "engine/suppressed"),
        ("6:1", "rewrite", "toy/renamed"),
        ("7:8", "leave", "engine/unused-suppression"),
    ]
    assert outcome.entries[0].verdict.message.endswith("line 1: kept on purpose")


def test_a_whole_file_is_suppressed() -> None:
    outcome = migrate({"a.py": "# codemods: ignore-file[toy]\nmin(1)\nmin(2)\n"})
    assert [one.verdict.reason for one in outcome.entries] == ["engine/suppressed"] * 2


PARTED: dict[str, str | bytes] = {
    "app/a.py": "min(1)  # group=x\nmin(2)\n",
    "app/b.py": "min(3)\n",
    "lib/c.py": "min(4)  # group=x\nmin(5)\n",
}


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("codemod", [""]),
        ("package", ["app", "lib"]),
        ("file", ["app/a.py", "app/b.py", "lib/c.py"]),
        ("group", ["app/a.py:1:1", "app/a.py:2:1", "app/b.py:1:1", "lib/c.py:2:1"]),
    ],
)
def test_smaller_commits_come_to_the_same_and_split_no_group(by: str, names: list[str]) -> None:
    outcome = migrate(PARTED, commit_by=by)
    assert [change.part for change in outcome.changes] == names
    assert results(outcome) == results(migrate(PARTED))
    contents = {PurePosixPath(path): str(data).encode() for path, data in PARTED.items()}
    for change in outcome.changes:
        assert change.files
        for one in change.files:
            assert contents[one.path] == one.before
            contents[one.path] = one.after or b""
        both = [contents[PurePosixPath(path)] for path in ("app/a.py", "lib/c.py")]
        assert len({b"(1)  #" in both[0] and b"max(1)" in both[0], b"max(4)" in both[1]}) == 1
    assert sorted(len(change.entries) for change in outcome.changes) == sorted(
        {"codemod": [5], "package": [4, 1], "file": [3, 1, 1], "group": [2, 1, 1, 1]}[by]
    )


def test_what_helps_comes_with_the_first_of_smaller_commits() -> None:
    files: dict[str, str | bytes] = {**PARTED, "helper.py": "min\n", "notes.txt": "old\n"}
    outcome = migrate(files, Helping(), commit_by="file")
    first = {str(one.path): one.after for one in outcome.changes[0].files}
    assert first["notes.txt"] == b"old\nmax\n"
    assert first["helper.py"] == b"map\n"
    assert len(outcome.changes) == 3


def test_nothing_is_added_to_a_file_that_is_not_there() -> None:
    outcome = migrate({"a.py": "min(1)\n", "helper.py": "min\n"}, Helping())
    assert not any(change.files for change in outcome.changes)
    assert "it can't add to the end of notes.txt" in outcome.failures[0]
