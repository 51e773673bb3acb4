"""Sorts failures by their cause, so that five hundred of them are read as three."""

from __future__ import annotations

import re
import signal

from codemods.batch.isolation import Ended, Limits

__all__ = ["NETWORK", "NOT_PROVEN", "OUT_OF_MEMORY", "cause_of", "is_network", "lacked_memory"]

NETWORK = "network"  #: it may work when tried again
OUT_OF_MEMORY = "out-of-memory"
NOT_PROVEN = "not-proven"  #: a part of the work failed and was left out

# A log tells more than complaints: names, which may hold any word, and with GIT_TRACE or
# GIT_CURL_VERBOSE whole conversations. Git says all of its part on one line, with slashes between.
_LINES = re.compile(r"\n| / ")
_TRACE = re.compile(r"\d\d:\d\d:\d\d\.\d|[*<>{}] |[<=]= |=> |debug\d: ")
_NAME = re.compile(r"(?<!\w)(['\"`])(?!std::bad_alloc).{0,400}?\1(?!\w)|(?<!\S)\S*/\S*")

# What is wrong at the far end, or a full disk, ends in a broken connection too.
_OTHER = re.compile(
    r"remote: (fatal|error)|(?<!\S)corrupt(ed)?\b(?![\w.-])|unable to read [0-9a-f]{40}|"
    r"not appear to be a git repository|(?<!\S)does not exist|Permission denied|"
    r"Authentication failed|could not read Username|repository .*not found|"
    r"No space left on|Disk quota exceeded",
    re.IGNORECASE,
)
_NETWORK = re.compile(
    r"Could not resolve (host|proxy)|Could(n't| not) connect to|Network is unreachable|"
    r"Connection (timed out|timeout|refused|reset|closed)|Operation timed out|"
    r"No route to host|Operation too slow|early EOF|hung up unexpectedly|unexpected disconnect|"
    r"RPC failed|returned error: (408|429|5\d\d)\b|gnutls_handshake|SSL_(connect|read|ERROR)|"
    r"SSL connection|TLS connection|Empty reply from server|transfer closed|"
    r"(Recv|Send) failure|not closed cleanly|kex_exchange_identification|"
    r"Temporary failure in name resolution",
    re.IGNORECASE,
)
# How Python, libcst's native parser, the linker and Git end when they get no more memory. An import
# that half happened leaves only the last: it is no sign where memory has no limit.
_MEMORY = re.compile(
    r"\bMemoryError\b|out of memory|memory allocation of|Cannot allocate memory|bad_alloc|"
    r"can't start new thread|failed to map segment|cannot allocate memory in static TLS|"
    r"memory exhausted|(malloc|mmap|realloc|calloc) failed|"
    r"(fork|thread).*Resource temporarily unavailable",
    re.IGNORECASE,
)
_MEMORY_PERHAPS = re.compile("SystemError: error return without exception set")
_CONFIGURATION = re.compile(r"^codemods: (pyproject\.toml\b|-o )", re.MULTILINE)
_CAUSES = (
    ("disk-full", r"No space left on|Disk quota exceeded"),
    ("no-access", r"Permission denied|Authentication failed|could not read Username"
     r"|returned error: 40[13]\b"),
    ("missing", r"not appear to be a git repository|(?<!\S)does not exist|repository .*not found"),
    ("empty", r"has no commit that HEAD names$"),
    ("no-branch", r"has no branch \S*$"),
    ("corrupt", r"(?<!\S)corrupt(ed)?\b(?![\w.-])|unable to read|bad object|object file\s+is empty"
     r"|missing (blob|tree|commit)|not a valid object|invalid index-pack|loose object|inflate"
     r"|bad tree|did not send all necessary|early EOF"),
)  # fmt: skip
_OF_THE_REMOTE = frozenset({"no-access", "missing", "empty", "no-branch"})


def is_network(log: str) -> bool:
    """Whether a failed fetch or push may work when tried again."""
    complaints = _complaints(log)
    return bool(_NETWORK.search(complaints)) and not _OTHER.search(complaints)


def lacked_memory(log: str, limits: Limits) -> bool:
    """Whether something here (not at the far end) got no more memory."""
    lines = _complaints(log).splitlines()
    own = "\n".join(line for line in lines if not line.startswith("remote: "))
    perhaps = bool(limits.memory) and bool(_MEMORY_PERHAPS.search(own))
    return perhaps or bool(_MEMORY.search(own))


def cause_of(ended: Ended, limits: Limits, *, fetched: bool = False) -> tuple[str, str]:
    """Return why a cell failed: a word to group by, and a sentence.

    Where all was `fetched` before, no complaint is about the remote.
    """
    lines = [line for line in ended.log.strip().splitlines() if line.strip()]
    said = next((line for line in lines if line.startswith("codemods: ")), "")
    sentence = said.removeprefix("codemods: ") or (lines[-1].strip() if lines else "")
    if ended.timed_out:
        return "timeout", f"it was not done after {limits.timeout:g} seconds and was killed"
    if ended.code in (130, -signal.SIGINT):
        return "interrupted", "somebody interrupted this job"
    # A fetch that gets no more memory complains of a broken connection and of a bad pack, too.
    if lacked_memory(ended.log, limits):
        limit = f"{limits.memory:,} bytes" if limits.memory else "what the machine has"
        return OUT_OF_MEMORY, f"it needed more memory than {limit}"
    if not fetched and is_network(ended.log):
        return NETWORK, sentence
    complaints = _complaints(ended.log)
    for cause, pattern in _CAUSES:
        if not (fetched and cause in _OF_THE_REMOTE) and re.search(
            pattern, complaints, re.IGNORECASE | re.MULTILINE
        ):
            return cause, _damage(ended.log) if cause == "corrupt" else sentence
    if _CONFIGURATION.search(ended.log):
        return "configuration", sentence
    if ended.code < 0:
        name = signal.Signals(-ended.code).name
        if ended.code == -signal.SIGKILL:
            return "killed", "it was killed from outside, perhaps for want of memory"
        return "crash", f"it ended with the signal {name}"
    return ("failed" if ended.code != 2 else "refused"), sentence or f"exit code {ended.code}"


def _complaints(log: str) -> str:
    """Return the lines of a log that are no trace, without names."""
    lines = (line.strip() for line in _LINES.split(log))
    return "\n".join(_NAME.sub("", line).strip() for line in lines if not _TRACE.match(line))


def _damage(log: str) -> str:
    """Return which object is damaged; both sides complain, in an order that varies."""
    lines = (line.strip() for line in _LINES.split(log))
    complaints = [line for line in lines if line and not _TRACE.match(line)]
    return min(complaints, key=lambda text: (not re.search(r"[0-9a-f]{40}", text), text))
