"""Options: the command line over pyproject.toml over defaults."""

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemods.engine.configuration import (
    Configuration,
    ConfigurationError,
    configure,
    option_fields,
    options_given,
    spelt,
)
from tests.commands.toy import Toy, ToyOptions

TOY = Toy()
OTHER = Toy(name="print-to-logger")


def at(configuration: Configuration, path: str) -> Any:
    return configuration.settings["toy"].at(PurePosixPath(path))


def test_defaults_hold_without_a_file() -> None:
    configuration = configure([TOY], None)
    assert configuration == Configuration(settings=configuration.settings)
    assert at(configuration, "a.py") == ToyOptions()


def test_file_then_command_line() -> None:
    pyproject = b"[tool.codemods.toy]\nname = 'whisper'\nlimit = 3\nwords = ['a', 'b']\n"
    configuration = configure([TOY], pyproject, ["toy.limit=4", "toy.polite=true"])
    assert at(configuration, "a.py") == ToyOptions("whisper", True, 4, ("a", "b"))
    assert options_given(TOY, configuration.settings["toy"]) == {
        "name": "whisper",
        "polite": True,
        "limit": 4,
        "words": ("a", "b"),
    }


def test_overrides_combine_and_yield_to_the_command_line() -> None:
    pyproject = b"""
[[tool.codemods.overrides]]
path = "tests/**"
toy.limit = 1
toy.polite = true
[[tool.codemods.overrides]]
path = ["tests/unit/**", "*.pyi"]
toy.limit = 2
toy.name = "whisper"
"""
    configuration = configure([TOY], pyproject)
    assert at(configuration, "tests/unit/a.py") == ToyOptions("whisper", True, 2)
    assert at(configuration, "tests/a.py") == ToyOptions("say", True, 1)
    assert at(configuration, "deep/a.pyi") == ToyOptions("whisper", False, 2)
    assert at(configuration, "src/a.py") == ToyOptions()
    typed = configure([TOY], pyproject, ["toy.limit=9"])
    assert at(typed, "tests/unit/a.py") == ToyOptions("whisper", True, 9)
    assert at(typed, "src/a.py") == ToyOptions(limit=9)


def test_lists_of_file_and_command_line() -> None:
    pyproject = b"""
[tool.codemods]
only = ["toy"]
skip = ["print-to-logger"]
include = ["bin/*"]
exclude = ["vendor/**"]
"""
    from_file = configure([TOY, OTHER], pyproject)
    assert from_file.only == ("toy",)
    assert from_file.skip == ("print-to-logger",)
    assert from_file.include == ("bin/*",)
    typed = configure(
        [TOY, OTHER], pyproject, only=["print-to-logger"], include=["x"], exclude=["y"]
    )
    assert typed.only == ("print-to-logger",)
    assert typed.skip == ()
    assert typed.include == ("x",)
    assert typed.exclude == ("vendor/**", "y")


@pytest.mark.parametrize(
    ("pyproject", "sentence"),
    [
        ("[tool.codemods", "is not TOML"),
        ("tool.codemods = 1", "[tool.codemods] is not a table"),
        ("[tool.codemods]\nonyl = []", "no key 'onyl'; did you mean 'only'?"),
        ("[tool.codemods]\nonly = 'toy'", "only is 'toy'; it takes a list of strings"),
        ("[tool.codemods]\nskip = ['tyo']", "skip names 'tyo', which is no codemod; did you"),
        ("[tool.codemods]\nmax-file-size = '4 MB'", "is '4 MB'; it takes a number of bytes"),
        ("[tool.codemods]\nmax-file-size = 0", "max-file-size is 0; it takes a number of bytes"),
        ("[tool.codemods]\nmax-file-siez = 1", "did you mean 'max-file-size'?"),
        ("[tool.codemods]\ntoy = 1", "[tool.codemods.toy] is 1; it is a table"),
        ("[tool.codemods.toy]\nnmae = 1", "[tool.codemods.toy] has no option 'nmae'; did you mean"),
        ("[tool.codemods.toy]\nname = 'sya'", "name is 'sya'; it takes 'say' or 'whisper'"),
        ("[tool.codemods.toy]\nlimit = true", "limit is true; it takes a whole number"),
        ("[tool.codemods.toy]\nlimit = '1'", "limit is '1'; it takes a whole number"),
        ("[tool.codemods.toy]\npolite = 1", "polite is 1; it takes true or false"),
        ("[tool.codemods.toy]\nwords = 'a'", "words is 'a'; it takes a list of strings"),
        ("[tool.codemods.toy]\nwords = [1]", "words is [1]; it takes a list of strings"),
        ("[tool.codemods.toy]\nprefix = 1", "prefix is 1; it takes a string or none"),
        ("[tool.codemods]\noverrides = 1", "overrides are a list of tables"),
        ("[[tool.codemods.overrides]]\ntoy.limit = 1", "needs a path"),
        ("[[tool.codemods.overrides]]\npath = []", "needs a path"),
        ("[[tool.codemods.overrides]]\npath = 'a'\nty.a = 1", "no key 'ty'; did you mean 'toy'?"),
        ("[[tool.codemods.overrides]]\npath = 'a'\ntoy.a = 1", "overrides]] toy has no option 'a'"),
    ],
)
def test_what_the_file_gets_wrong(pyproject: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        configure([TOY, OTHER], f"# codemods\n{pyproject}\n".encode())
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("pyproject.toml")


@pytest.mark.parametrize(
    ("assignment", "sentence"),
    [
        ("toy", "written NAME.KEY=VALUE"),
        ("toy=1", "written NAME.KEY=VALUE"),
        ("tyo.name=say", "no codemod 'tyo'; did you mean 'toy'?"),
        ("toy.nam=say", "no option 'nam'; did you mean 'name'?"),
        ("toy.name=Say", "name takes 'say' or 'whisper', not 'Say'"),
        ("toy.polite=yes", "polite takes true or false, not 'yes'"),
        ("toy.limit=1.5", "limit takes a whole number, not '1.5'"),
    ],
)
def test_what_the_command_line_gets_wrong(assignment: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        configure([TOY, OTHER], None, [assignment])
    assert sentence in str(caught.value)
    assert str(caught.value).startswith(f"-o {assignment}")


def test_a_file_that_is_about_something_else_is_not_parsed() -> None:
    assert configure([TOY], b"\xff not TOML").only == ()


@given(
    st.builds(
        ToyOptions,
        name=st.sampled_from(["say", "whisper"]),
        polite=st.booleans(),
        limit=st.integers(),
        words=st.lists(st.from_regex(r"[a-z*/.]{1,5}", fullmatch=True)).map(tuple),
        prefix=st.none()
        | st.text(st.characters(codec="utf-8", exclude_characters=","), min_size=1),
    )
)
def test_what_is_spelt_is_read_back(options: ToyOptions) -> None:
    spelled = [f"toy.{one.name}={spelt(getattr(options, one.name))}" for one in option_fields(TOY)]
    if options.prefix == "none":
        return
    assert configure([TOY], None, spelled).settings["toy"].default == options


@dataclass(frozen=True)
class Patterned:
    word: str = field(
        default="auto", metadata={"help": "x", "pattern": "auto|a.b", "accepts": "'auto' or a?b"}
    )


def test_a_text_must_match_its_pattern_as_a_whole() -> None:
    toy = Toy(options=Patterned)
    assert configure([toy], None, ["toy.word=axb"]).settings["toy"].default == Patterned("axb")
    for pyproject, assignments in (
        (b"[tool.codemods.toy]\nword = 'axbc'", []),
        (None, ["toy.word=axbc"]),
    ):
        with pytest.raises(ConfigurationError, match=r"'auto' or a\?b"):
            configure([toy], pyproject, assignments)
