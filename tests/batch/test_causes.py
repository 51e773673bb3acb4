"""Failures are sorted by what a person must do about them."""

import signal

import pytest

from codemods.batch.causes import cause_of, is_network
from codemods.batch.isolation import Ended, Limits

LIMITED = Limits(9, 1 << 30)


def cause(log: str, code: int = 1, limits: Limits = LIMITED) -> str:
    return cause_of(Ended(code, "", log, 1.0), limits)[0]


@pytest.mark.parametrize(
    "line",
    [
        "MemoryError",
        "json.decoder.JSONDecodeError: x\nMemoryError: Out of memory interning an attribute name",
        "ImportError: /x/_csv.so: failed to map segment from shared object",
        "ImportError: libz.so.1: cannot allocate memory in static TLS block",
        "SystemError: error return without exception set",
        "RuntimeError: can't start new thread",
        "OSError: [Errno 12] Cannot allocate memory",
        "memory allocation of 1048576 bytes failed",
        "terminate called after throwing an instance of 'std::bad_alloc'",
        "fatal: Out of memory, malloc failed (tried to allocate 1048577 bytes)",
        "fatal: mmap failed: Cannot allocate memory",
        "error: inflateInit: out of memory (no message)\nfatal: early EOF",
        "fatal: unable to create thread: Resource temporarily unavailable",
        "error: cannot fork() for index-pack: Resource temporarily unavailable",
    ],
)
@pytest.mark.parametrize("code", [1, 3, -signal.SIGABRT, -signal.SIGSEGV])
def test_no_more_memory(line: str, code: int) -> None:
    ended = Ended(code, "", f"begun\n{line}\n", 1.0)
    assert cause_of(ended, LIMITED) == (
        "out-of-memory",
        "it needed more memory than 1,073,741,824 bytes",
    )


@pytest.mark.parametrize(
    "name",
    ["corrupt", "missing", "not found", "403", "Permission denied", "early EOF", "MemoryError"],
)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fatal: unable to access 'https://x/{}/': Could not resolve host: x", "network"),
        ("codemods: git fetch failed: '/a/{}.git' is what it is", "failed"),
        ("fatal: repository 'http://x:1/{}/' not found", "missing"),
        ("12:00:00.123456 http.c:1 <= Recv header: {}\nfatal: Connection reset by peer", "network"),
        ("12:00:00.123456 git.c:1 trace: built-in: git {} / error: bad tree object 1", "corrupt"),
        ("* {}\n> {}\n< {}\nfatal: the remote said no", "failed"),
    ],
)
def test_names_and_traces_are_no_complaints(name: str, text: str, expected: str) -> None:
    assert cause(f"begun\n{text.replace('{}', name)}\n") == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("error: gpg failed: Permission denied", "failed"),
        ("codemods: x.py: Connection refused", "failed"),
        ("codemods: path a does not exist", "failed"),
        ("codemods: x has no branch y", "failed"),
        ("fatal: bad object HEAD", "corrupt"),
        ("OSError: [Errno 28] No space left on device", "disk-full"),
        ("codemods: pyproject.toml: [tool.codemods] has no key 'x'", "configuration"),
        ("codemods: src/pyproject.toml is a link", "failed"),
    ],
)
def test_once_all_is_there_nothing_is_the_fault_of_the_remote(line: str, expected: str) -> None:
    assert cause_of(Ended(3, "", line, 1.0), LIMITED, fetched=True)[0] == expected


def test_a_long_line_takes_no_long_time() -> None:
    assert cause("remote: " + "'a b/" * 200_000) == "failed"


def test_whose_memory() -> None:
    assert cause("remote: fatal: Out of memory, malloc failed\nfatal: early EOF") != "out-of-memory"
    assert cause("SystemError: error return without exception set", limits=Limits()) == "failed"
    assert cause_of(Ended(1, "", "MemoryError", 1.0), Limits())[1].endswith("the machine has")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("fatal: unable to access 'https://x/': Could not resolve host: x", "network"),
        ("ssh: connect to host x port 22: Connection refused", "network"),
        ("fatal: unable to access 'http://x/': Failed to connect to x port 80 after 0 ms: "
         "Couldn't connect to server", "network"),
        ("fatal: unable to connect to x:\nx[0: 1.2.3.4]: errno=Connection timed out", "network"),
        ("ssh: Could not resolve hostname x: Name or service not known", "network"),
        ("kex_exchange_identification: Connection closed by remote host", "network"),
        ("fatal: unable to access 'http://x/': The requested URL returned error: 408", "network"),
        ("error: RPC failed; curl 56 Recv failure: Connection reset by peer", "network"),
        ("fatal: unable to access 'http://x/': The requested URL returned error: 503", "network"),
        ("fatal: unable to access 'http://x/': The requested URL returned error: 429", "network"),
        ("fatal: unable to access 'http://x/': The requested URL returned error: 403", "no-access"),
        ("fatal: Authentication failed for 'https://x/'", "no-access"),
        ("git@x: Permission denied (publickey).\nfatal: Connection reset", "no-access"),
        ("fatal: could not read Username for 'https://x': terminal prompts disabled", "no-access"),
        ("remote: Repository not found.\nfatal: repository 'https://x/' not found", "missing"),
        ("fatal: '/x' does not appear to be a git repository", "missing"),
        ("* Connected to x port 40312\nfatal: repository 'http://x:40312/' not found", "missing"),
        ("codemods: /x has no commit that HEAD names", "empty"),
        ("codemods: /x has no branch y", "no-branch"),
        ("error: object file .git/objects/ab/cd is empty\nfatal: loose object is bad", "corrupt"),
        ("remote: fatal: unable to read 0123\nfatal: early EOF", "corrupt"),
        ("fatal: write error: No space left on device\nfatal: early EOF", "disk-full"),
        ("codemods: pyproject.toml: [tool.codemods] has an unknown key", "configuration"),
        ("codemods: something unheard of", "failed"),
    ],
)  # fmt: skip
def test_the_texts_of_git_and_of_the_tool(line: str, expected: str) -> None:
    assert cause(line) == expected
    assert is_network(line) == (expected == "network")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (-signal.SIGSEGV, "crash"),
        (-signal.SIGABRT, "crash"),
        (-signal.SIGKILL, "killed"),
        (-signal.SIGINT, "interrupted"),
        (130, "interrupted"),
        (2, "refused"),
        (1, "failed"),
    ],
)
def test_how_a_process_ended(code: int, expected: str) -> None:
    assert cause("", code) == expected


def test_a_timeout_is_one_whatever_was_said_before() -> None:
    ended = Ended(-signal.SIGKILL, "", "MemoryError", 9.0, timed_out=True)
    assert cause_of(ended, LIMITED) == (
        "timeout",
        "it was not done after 9 seconds and was killed",
    )


def test_a_damaged_object_is_named_in_the_same_words_each_time() -> None:
    name = "0123456789" * 4
    both = [f"error: unable to read {name}", "fatal: early EOF: corrupt pack"]
    said = {cause_of(Ended(1, "", "\n".join(order), 1.0), LIMITED) for order in (both, both[::-1])}
    assert said == {("corrupt", f"error: unable to read {name}")}
