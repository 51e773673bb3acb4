"""What programs do before and after, under many environments."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from types import ModuleType
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.catalog.env_to_config.run import FORMS, Files, migrate, program, values_of

TEXTS: tuple[str, ...] = (
    "",
    " ",
    "0",
    "1",
    "true",
    "True",
    " true ",
    "yes",
    "on",
    "false",
    "no",
    "2",
    "5.0",
    "1_000",
)
TEXTS += (
    "-1",
    " 5 ",
    "a,b",
    "a, b ,",
    ",",
    "1,2",
    "[1, 2]",
    '{"a": 1}',
    "nan",
    "x/y/",
    "0x1F",
    "ß",
)
ENVIRONMENTS = [{}, *({"A": text} for text in TEXTS)]

READS = (
    'os.getenv("A")',
    'os.getenv("A", "1")',
    'os.getenv("A", default="")',
    'os.getenv(key="A", default="true")',
    'os.environ.get("A", None)',
    'os.environ.get("A", "a,b")',
    'os.environ["A"]',
    "os.getenv('A', 5)",
    "os.getenv('A', False)",
    'os.getenv("A", 60 * 15)',
    'os.getenv("A", DEFAULT)',
    'os.getenv("A", "\\"quoted\\" \\u00df")',
)
AROUND = (
    "{}",
    "int({})",
    "float({})",
    "int({}, 16)",
    "bool({})",
    "bool(int({}))",
    "{} == '1'",
    "{} != '0'",
    "{} == 'production'",
    "{}.lower() == 'true'",
    "{}.strip().lower() in ('1', 'true', 'yes')",
    "{} in ['', '1', 'yes']",
    "{}.lower() not in {{'0', 'false'}}",
    "not {}",
    "{} or 'x'",
    "int({} or 3)",
    "float({} or '2')",
    "({} or 'false').lower() == 'true'",
    "({} or 'a,b').split(',')",
    "{}.split(',')",
    "{}.split()",
    "[one.strip() for one in {}.split(',') if one.strip()]",
    "[int(one) for one in {}.split(',')]",
    "list(map(int, {}.split(',')))",
    "tuple(one for one in {}.split(','))",
    "set({}.split(','))",
    "list(filter(None, {}.split(',')))",
    "json.loads({})",
    "Path({})",
    "{}.rstrip('/')",
    "str({})[:3]",
    "f'{{{}}}/x'",
    "({},)",
    "own({})",
    "Path({} or '/srv') / 'x'",
    "max(1, int({}))",
    "int({}) * 60",
    "-float({})",
    "{}[:2]",
    "{} is None",
    "{} in (None, '')",
    "len({} or '')",
    "(found := {})",
    "[found := {}, found]",
    "{0} if {0} else 'x'",
    "dict(a={})['a']",
    "'%s/x' % {}",
    "'x' + ({} or '')",
    "[float(one) for one in ({} or '1').split(',') if one]",
    "{{one.strip().lower() for one in {}.split(',')}}",
    "{}.strip().split(';', 1)",
    "{}.splitlines()",
    "json.loads({} or '[]')",
    "{0} and {0}.upper()",
    "(lambda: {})()",
    "[{} for _ in range(2)]",
)
HEAD = "import json\nimport os\nfrom pathlib import Path\nDEFAULT = '7'\ndef own(x): return x\n"


def kind_of(error: object) -> type[Exception]:
    """Return what a caller that expects the error of the original may be given now.

    An unset variable is a `KeyError` now, where `None` made some conversion fail before; a text
    that can't be parsed is a `ValueError`, whose subclasses keep the text.
    """
    if isinstance(error, ValueError):
        return ValueError
    if isinstance(error, TypeError | AttributeError):
        return KeyError
    assert isinstance(error, Exception)
    return type(error)


def check(
    files: Files, environments: Sequence[dict[str, str]], after: Files, module: str = "app.main"
) -> None:
    """Compare what a module's `VALUE` is before and after, or how the module fails."""
    befores = values_of(files, module, environments)
    afters = values_of(after, module, environments)
    for environment, (how, before), (how_after, found) in zip(
        environments, befores, afters, strict=True
    ):
        assert how_after == how, (environment, before, found)
        if how == "value":
            same = found == before or (found != found and before != before)
            assert (type(found), same) == (type(before), True), (environment, before, found)
        elif isinstance(before, TypeError | AttributeError):
            assert isinstance(found, KeyError | type(before))
        else:
            assert isinstance(found, kind_of(before))


def repository(bodies: Sequence[str]) -> Files:
    """Return a program with a module for each body, in which A is a variable of its own."""
    head = f"{HEAD}from contextlib import suppress\nfrom os import environ, getenv as ask\n\n"
    files = {"app/__init__.py": ""}
    for number, body in enumerate(bodies):
        own = re.sub(r"""(["'])A\1""", rf"\1A{number}\1", body)
        files[f"app/m{number}.py"] = f"{head}{own}"
    return files


def ends(files: Files, number: int, environments: Iterable[Mapping[str, str]]) -> list[object]:
    """Run one module of such a program in each environment; return its values, or errors."""
    path = f"app/m{number}.py"
    code = compile(files[path], path, "exec")
    found: list[object] = []
    for environment in environments:
        own = {
            f"{name}{number}" if name == "A" else name: environment[name] for name in environment
        }
        namespace: dict[str, object] = {"__name__": "app.main"}
        with mock.patch.dict(os.environ, own, clear=True):
            try:
                exec(code, namespace)
            except Exception as error:
                found.append(error)
            else:
                found.append(namespace["VALUE"])
    return found


def same(before: object, after: object) -> bool:
    """Tell whether a program ends the same, but for errors that stand for each other."""
    if isinstance(before, TypeError | AttributeError):
        return isinstance(after, KeyError | type(before))
    if isinstance(before, Exception):
        return isinstance(after, kind_of(before))
    return type(after) is type(before) and (repr(after) == repr(before))


TEXT = st.one_of(
    st.sampled_from(TEXTS),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    st.integers().map(str),
    st.floats().map(str),
    st.lists(st.sampled_from(["a", " b ", "", "7", "TRUE", "ß"])).map(",".join),
)


class Programs:
    """A program before and after, in both forms; its configuration is loaded once."""

    def __init__(self, bodies: Sequence[str]) -> None:
        self.before = repository(bodies)
        self.afters = [migrate(self.before, form=form) for form in FORMS]
        self.loaded: list[dict[str, ModuleType]] = []
        for after in self.afters:
            with program(after.files, {}):
                importlib.import_module("app.config")
                self.loaded.append({name: sys.modules[name] for name in ("app", "app.config")})

    def check(self, number: int, environments: Sequence[Mapping[str, str]]) -> None:
        befores = ends(self.before, number, environments)
        for after, loaded in zip(self.afters, self.loaded, strict=True):
            with mock.patch.dict(sys.modules, loaded):
                founds = ends(after.files, number, environments)
            for environment, before, found in zip(environments, befores, founds, strict=True):
                source = self.before[f"app/m{number}.py"].partition("\n\n")[2]
                assert same(before, found), (source, environment, before, found)


PAIRS = [
    around.format(read)
    for around, read in product(AROUND, READS)
    if not ("f'" in around and ("'A'" in read or "\\" in read))
]


@pytest.fixture(scope="module")
def idioms() -> Programs:
    return Programs([f"VALUE = {one}\n" for one in PAIRS])


IDIOMS = ("E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8", "E9", "E10", "E11", "E15", "R150", "R165")


@pytest.mark.fact(*IDIOMS)
def test_every_idiom_keeps_its_value_in_every_environment(idioms: Programs) -> None:
    for after in idioms.afters:
        assert set(after.reasons) <= {"field", "raw-field"}
    for number in range(len(PAIRS)):
        idioms.check(number, ENVIRONMENTS[number % 3 :: 3])


@settings(max_examples=400)
@pytest.mark.fact(*IDIOMS)
@given(st.sampled_from(range(len(PAIRS))), TEXT)
def test_any_idiom_keeps_its_value_for_any_text(idioms: Programs, number: int, text: str) -> None:
    idioms.check(number, [{"A": text}])


@settings(max_examples=25)
@pytest.mark.fact("E14", "R150", "R151", "R156")
@given(st.lists(st.tuples(st.sampled_from(READS), st.sampled_from(AROUND)), min_size=2, max_size=4))
def test_several_reads_of_one_variable_keep_what_each_does(idioms: list[tuple[str, str]]) -> None:
    files = {"app/__init__.py": "", "app/main.py": "VALUE = 0\n"}
    for number, (read, around) in enumerate(idioms):
        if "f'" in around:
            continue
        files[f"app/m{number}.py"] = f"{HEAD}VALUE = {around.format(read)}\n"
    afters = [migrate(files, form=form).files for form in FORMS]
    for after, path in product(afters, sorted(files.keys() - {"app/__init__.py"})):
        check(files, ENVIRONMENTS[::3], after, path.removesuffix(".py").replace("/", "."))


STATEMENTS = (
    *(
        f"try:\n    VALUE = {{}}\nexcept {expected}:\n    VALUE = 'caught'\n"
        for expected in (
            *("KeyError", "LookupError", "ValueError", "TypeError", "AttributeError", "Exception"),
            *("(TypeError, ValueError)", "(KeyError, ValueError) as error"),
        )
    ),
    "try:\n    VALUE = {}\nexcept (KeyError, AttributeError):\n    VALUE = ask('A', 'again')\n",
    "VALUE = 'x'\nwith suppress(KeyError, TypeError):\n    VALUE = {}\n",
    "VALUE = 'x'\nif (found := {}):\n    VALUE = found\n",
    "VALUE = {} if 'A' in os.environ else 'x'\n",
    "VALUE = 'x'\nif 'A' not in os.environ:\n    VALUE = 'y'\nelif {}:\n    VALUE = 'z'\n",
    "VALUE = os.environ.setdefault('A', '1'), {}\n",
    "VALUE = os.environ.copy().get('A'), {}\n",
    "VALUE = {{**os.environ}}.get('A'), {}\n",
    "VALUE = os.environ.pop('A', 'gone'), {}\n",
    "os.environ['A'] = 'set'\nVALUE = {}\n",
    "VALUE = 'x'\nif os.environ.get('A') is None:\n    os.environ['A'] = '8'\nVALUE = {}\n",
    "def get():\n    return {}\n\n\nVALUE = get()\n",
    "def get(given={}):\n    return given\n\n\nVALUE = get()\n",
    "class Kept:\n    A = {}\n\n\nVALUE = Kept.A\n",
    "VALUE = ask('A'), ask('A', 'y'), environ.get('A'), {}\n",
    "mapping = os.environ\nVALUE = mapping.get('A', 'y'), {}\n",
    "VALUE = [os.environ.get(name) for name in ('A', 'B')], {}\n",
    "VALUE = os.environ.get('A', {})\n",
    "VALUE = os.environ.get('B') or os.environ.get('A') or {}\n",
    "match {}:\n    case '1':\n        VALUE = 'one'\n    case other:\n        VALUE = other\n",
    "for VALUE in ({},):\n    pass\n",
    "assert 'B' not in os.environ, {0}\nVALUE = {0}\n",
)


PASSED_ON = tuple(one for one in STATEMENTS if "**" in one or "copy" in one)
USUAL = tuple(one for one in STATEMENTS if one not in PASSED_ON)


@pytest.mark.fact("E1", "E12", "E13", "E16", "E20", "E22", "E30", "E31", "E32", "R148", "R149")
@pytest.mark.parametrize("statements", [USUAL, PASSED_ON], ids=["usual", "passed on"])
def test_every_statement_keeps_what_it_does(statements: Sequence[str]) -> None:
    reads = ('os.getenv("A")', 'os.getenv("A", "1")', 'os.environ["A"]', 'os.getenv("A", 5)')
    bodies = [
        statement.format(around.format(read))
        for statement, read, around in product(
            statements, reads, ("{}", "int({})", "{}.lower() == 'true'", "{} or 'x'")
        )
    ]
    programs = Programs(bodies)
    for number in range(len(bodies)):
        programs.check(number, ENVIRONMENTS[:1] + ENVIRONMENTS[1 + number % 4 :: 4])


FALLBACKS = (
    "os.getenv('A') or 'x'",
    "os.getenv('A', '') or 'x'",
    "os.getenv('A', 'x')",
    "int(os.getenv('A') or 8000)",
    "int(os.getenv('A', '5'))",
    "(os.environ.get('A') or 'a,b').split(',')",
    "Path(os.getenv('A') or '/srv')",
    "own(os.getenv('A') or 'x')",
    "(os.getenv('A') or 'no').lower() in ('1', 'true')",
    'f\'{os.getenv("A") or "x"}/y\'',
)


@pytest.mark.fact("E5", "E23")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("read", FALLBACKS)
def test_strict_only_takes_the_fallbacks_away(form: str, read: str) -> None:
    files = {"app/__init__.py": "", "app/main.py": f"{HEAD}VALUE = {read}\n"}
    result = migrate(files, form=form, strict=True)
    assert result.reasons == ["no-fallback"]
    assert " or " not in result.files["app/main.py"]
    check(files, [one for one in ENVIRONMENTS if one.get("A")], result.files)
    ((_, unset), (how, empty)) = values_of(result.files, "app.main", [{}, {"A": ""}])
    assert isinstance(unset, KeyError)
    if " or " in read:
        assert isinstance(empty, ValueError)
    else:
        assert how == ("error" if "int" in read else "value")


GUARDED = """
import os
import json
from contextlib import suppress

VALUE = []
try:
    VALUE.append(os.environ["A"])
except KeyError:
    VALUE.append("none")
try:
    VALUE.append(int(os.getenv("B")))
except (TypeError, ValueError) as error:
    VALUE.append(type(error).__name__)
try:
    VALUE.append(int(os.getenv("C", "0")))
except ValueError:
    VALUE.append("bad")
try:
    VALUE.append(os.environ["D"])
except KeyError:
    try:
        VALUE.append(os.environ["E"])
    except KeyError as error:
        VALUE.append("neither")
with suppress(KeyError):
    VALUE.append(os.environ["F"])
if "A" in os.environ and "B" not in os.environ:
    VALUE.append(os.environ["A"])
VALUE.append(os.environ["A"] if "A" in os.environ else "default")
VALUE.append(os.environ.get("A", os.environ.get("B", "c")))
VALUE.append(os.environ.get("A") or os.environ.get("B") or "c")
"""


@pytest.mark.fact("E12", "E13", "E16", "R149", "R151", "R158")
@pytest.mark.parametrize("form", FORMS)
def test_errors_that_are_expected_are_still_raised(form: str) -> None:
    files = {"app/__init__.py": "", "app/main.py": GUARDED}
    after = migrate(files, form=form).files
    assert "environ" not in after["app/main.py"]
    environments = [
        {
            name: text
            for names, text in zip(("AD", "BE", "CF"), chosen, strict=True)
            for name in names
            if text is not None
        }
        for chosen in product((None, "", "7", "x"), repeat=3)
    ]
    check(files, environments, after)


LATE = """
import os

LIMIT = int(os.getenv("LIMIT", "10"))


def stage():
    return os.environ.get("STAGE", "dev")


class Settings:
    BATCH = int(os.environ["BATCH"])
    TOP = 500
"""


@pytest.mark.fact("E20", "E21", "E22", "E24", "R146", "R155", "R160", "R161", "R164")
@pytest.mark.parametrize("form", FORMS)
def test_the_time_of_reading_is_kept(form: str) -> None:
    files = {"app/__init__.py": "", "app/main.py": LATE, "app/b.py": "from app import main\n"}
    after = migrate(files, form=form).files
    with program(after, {}):
        config = importlib.import_module("app.config").config
        # What is read while a module is loaded fails while it is loaded, no sooner.
        with pytest.raises(KeyError, match="BATCH"):
            importlib.import_module("app.main")
        os.environ["BATCH"] = "3"  # as load_dotenv() does after the import of the configuration
        main = importlib.import_module("app.main")
        assert (main.LIMIT, main.Settings.BATCH) == (10, 3)
        assert main.stage() == "dev"
        os.environ["STAGE"] = "live"
        assert main.stage() == "live"
        os.environ["LIMIT"] = "11"
        assert main.LIMIT == 10  # a constant of the module, which tests may replace
        with config.override(STAGE="test"):
            assert main.stage() == "test"
        assert main.stage() == "live"
        config.STAGE = "set by hand"
        assert main.stage() == "set by hand"
        config.reload()
        assert main.stage() == "live"


@pytest.mark.fact("E13")
@pytest.mark.parametrize(
    ("default", "reason"),
    [
        ('os.getenv("B")', "raw-field"),
        ('os.getenv("B") or "x"', "raw-field"),
        ("f\"{os.getenv('B')}/x\"", "raw-field"),
        ('str(os.getenv("B"))', "raw-field"),
        ('os.getenv("B", "x").lower()', "raw-field"),
        ('os.path.join(os.getenv("B", "x"), "y")', "raw-field"),
        ("int(DEFAULT)", "raw-field"),
        ('int(os.getenv("B", "1"))', "computed-default"),
        ('os.getenv("B").lower()', "computed-default"),
        ('os.getenv("B") + "/x"', "computed-default"),
        ('os.path.join(os.getenv("B"), "y")', "computed-default"),
        ('os.getenv("C", os.getenv("B").lower())', "computed-default"),
        ('os.environ["B"]', "computed-default"),
        ("own('x')", "computed-default"),
    ],
)
def test_a_default_that_may_fail_is_evaluated_in_any_case(default: str, reason: str) -> None:
    files = {"app/__init__.py": "", "app/main.py": f'{HEAD}VALUE = os.getenv("A", {default})\n'}
    result = migrate(files)
    assert result.reasons[0] == reason
    environments = [{}, {"A": "a"}, {"B": "b"}, {"A": "a", "B": "b"}, {"A": "", "B": ""}]
    check(files, environments, result.files)
