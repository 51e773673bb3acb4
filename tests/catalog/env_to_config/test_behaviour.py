"""What programs do before and after, under many environments."""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from itertools import product

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


@settings(max_examples=60)
@pytest.mark.fact("E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8", "E9", "E10", "E15", "R165")
@given(st.sampled_from(READS), st.sampled_from(AROUND), st.sampled_from(("", "y = 0\n")))
def test_every_idiom_keeps_its_value_in_every_environment(
    read: str, around: str, more: str
) -> None:
    if read.startswith("os.getenv('A'") and "f'" in around:
        read = read.replace("'A'", '"A"')
    if '"\\"' in read and "f'" in around:
        return
    source = f"{HEAD}{more}VALUE = {around.format(read)}\n"
    files = {"app/__init__.py": "", "app/main.py": source, "app/other.py": "import app.main\n"}
    afters = [migrate(files, form=form).files for form in FORMS]
    assert not any("os.getenv" in after["app/main.py"] for after in afters)
    for after in afters:
        check(files, ENVIRONMENTS, after)


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
