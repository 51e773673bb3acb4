"""Lists are read strictly: nothing in them can become an option or a command of Git."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemods.batch.errors import BatchError
from codemods.batch.places import short_name
from codemods.batch.redaction import redact, split_credentials
from codemods.batch.targets import Target, choose, read_targets, write_targets

HERE = Path("/lists")


@pytest.mark.parametrize(
    "line",
    [
        "--upload-pack=touch /tmp/x",
        "-u",
        "ext::sh -c touch% x",
        "fd::17",
        "https://-oProxyCommand=x/y",
        "ssh://git@-oProxyCommand=x/y",
        "git@-host:x",
        "host:-x",
        "gopher://host/x",
        "https://host/\x1b[2J",
    ],
)
def test_what_git_would_take_for_more_than_an_address_is_refused(line: str) -> None:
    with pytest.raises(BatchError):
        read_targets(line, HERE, manifest=False)


def test_a_plain_list() -> None:
    text = "# comment\n\nhttps://u:secret@host/a.git\ngit@host:b/c.git\nlocal/x\n/abs/y\nlocal/x\n"
    targets = read_targets(text, HERE, manifest=False)
    assert [target.id for target in targets] == [
        "https://host/a.git",
        "git@host:b/c.git",
        "/lists/local/x",
        "/abs/y",
    ]
    assert targets[0].url == "https://u:secret@host/a.git"
    assert [one.id for one in choose(targets, ["*/x", "host:b"], 1)] == ["git@host:b/c.git"]


@pytest.mark.parametrize(
    ("globs", "chosen"),
    [
        ([], ["https://host/shop/a1", "https://host/shop/b1", "/x/[a]1"]),
        (["shop"], ["https://host/shop/a1", "https://host/shop/b1"]),
        (["a?"], ["https://host/shop/a1"]),
        (["[ab]1"], ["https://host/shop/a1", "https://host/shop/b1"]),
        (["[a]1"], ["https://host/shop/a1", "/x/[a]1"]),
        (["shop/a*", "/x/*"], ["https://host/shop/a1", "/x/[a]1"]),
        (["*/shop"], []),
        (["?1"], ["https://host/shop/a1", "https://host/shop/b1"]),
    ],
)
def test_a_glob_is_about_the_whole_or_what_follows_a_slash(
    globs: list[str], chosen: list[str]
) -> None:
    text = "https://host/shop/a1\nhttps://host/shop/b1\n/x/[a]1\n"
    targets = read_targets(text, HERE, manifest=False)
    assert [one.id for one in choose(targets, globs, None)] == chosen


def test_a_manifest() -> None:
    text = """
    [defaults]
    only = ["utcnow"]
    base = "main"
    [[repositories]]
    url = "https://host/a"
    [[repositories]]
    url = "https://host/a"
    base = "develop"
    options = ["utcnow.style=naive"]
    """
    first, second = read_targets(text, HERE, manifest=True)
    assert (first.id, first.only) == ("https://host/a#main", ("utcnow",))
    assert (second.id, second.only) == ("https://host/a#develop", ("utcnow",))
    assert second.options == ("utcnow.style=naive",)


_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs", "Cf", "Co", "Cn"]))
_LISTS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=2).map(tuple)


@given(
    st.lists(
        st.builds(
            Target,
            url=_TEXTS.map(lambda text: f"https://host/{text}"),
            base=_TEXTS.filter(lambda text: not text.startswith("-")),
            branch=_TEXTS.filter(lambda text: not text.startswith("-")),
            only=_LISTS,
            skip=_LISTS,
            options=_LISTS,
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda target: target.id,
    )
)
def test_a_manifest_is_read_as_it_was_written(targets: list[Target]) -> None:
    assert list(read_targets(write_targets(targets), HERE, manifest=True)) == targets


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "unknown key 'x'"),
        ("[[repositories]]\nurl = 'a'\nonyl = ['x']", "did you mean 'only'"),
        ("[[repositories]]\nurl = 'a'\nonly = 'x'", "must be a list"),
        ("[[repositories]]\nurl = 'a'\nbase = '-x'", "no name for a branch"),
        ("[[repositories]]\nbase = 'a'", "has no url"),
        ("[[repositories", "no TOML"),
        ("", "names no repository"),
        ("[[repositories]]\nurl='a'\n[[repositories]]\nurl='a'\nbranch='b'", "twice"),
    ],
)
def test_a_wrong_manifest_is_refused(text: str, said: str) -> None:
    with pytest.raises(BatchError) as caught:
        read_targets(text, HERE, manifest=True)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fatal: https://user:pa@ss@host/x failed", "fatal: https://host/x failed"),
        ("https://token@host/x", "https://host/x"),
        ("ssh://git@host/x", "ssh://git@host/x"),
        ("ssh://git:secret@host/x", "ssh://git@host/x"),
        ("git@host:x and ada@example.org", "git@host:x and ada@example.org"),
        ("Authorization: Basic c2VjcmV0", "Authorization: Basic ***"),
        ("https://host/x?private_token=abc", "https://host/x?private_token=***"),
    ],
)
def test_no_credentials_are_shown(text: str, shown: str) -> None:
    assert redact(text) == shown


@given(
    st.text("abc:@%!$&", min_size=1, max_size=20),
    st.sampled_from(["https", "http", "HTTPS", "git"]),
)
def test_a_secret_never_survives(secret: str, scheme: str) -> None:
    assert split_credentials(f"{scheme}://{secret}@host.example/x") == (
        f"{scheme}://host.example/x",
        secret,
    )


@given(st.lists(st.text(min_size=1, max_size=40), min_size=2, max_size=2, unique=True))
def test_two_repositories_never_share_a_folder(ids: list[str]) -> None:
    first, second = (short_name(one) for one in ids)
    assert first != second
    assert "/" not in first
    assert not first.startswith(".")
