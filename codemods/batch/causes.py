"""Sorts failures by their cause, so that five hundred of them are read as three."""

from __future__ import annotations

import re
import signal

from codemods.batch.isolation import Ended, Limits

__all__ = ["NETWORK", "NOT_PROVEN", "OUT_OF_MEMORY", "cause_of", "is_network", "lacked_memory"]

NETWORK = "network"  #: it may work when tried again
OUT_OF_MEMORY = "out-of-memory"
NOT_PROVEN = "not-proven"  #: a part of the work failed and was left out

# What is wrong at the far end, or a full disk, ends in a broken connection too.
_OTHER = re.compile(
    r"remote: (fatal|error)|corrupt|unable to read [0-9a-f]{40}|not appear to be a git repository|"
    r"does not exist|Permission denied|Authentication failed|could not read Username|not found|"
    r"No space left on|Disk quota exceeded",
    re.IGNORECASE,
)
_NETWORK = re.compile(
    r"Could not resolve (host|proxy)|Connection (timed out|refused|reset)|Network is unreachable|"
    r"No route to host|Operation timed out|early EOF|hung up unexpectedly|RPC failed|"
    r"returned error: (429|5\d\d)|gnutls_handshake|SSL_(connect|read|ERROR)|TLS connection|"
    r"Empty reply from server|transfer closed|Recv failure|kex_exchange_identification",
    re.IGNORECASE,
)
# How Python, libcst's native parser, the linker and Git end when they get no more memory. An import
# that half happened leaves only the last: it is no sign where memory has no limit.
_MEMORY = re.compile(
    r"MemoryError|out of memory|memory allocation of|Cannot allocate memory|bad_alloc|"
    r"can't start new thread|failed to map segment|cannot allocate memory in static TLS|"
    r"memory exhausted|(malloc|mmap|realloc|calloc) failed|"
    r"(fork|thread)[^\n]*Resource temporarily unavailable",
    re.IGNORECASE,
)
_MEMORY_PERHAPS = re.compile("SystemError: error return without exception set")
_CAUSES = (
    ("disk-full", r"No space left on|Disk quota exceeded"),
    ("no-access", r"Permission denied|Authentication failed|could not read Username"
     r"|returned error: 40[13]\b"),
    ("missing", r"not appear to be a git repository|does not exist|repository .* not found"),
    ("empty", r"has no commit that HEAD names"),
    ("no-branch", r"has no branch "),
    ("corrupt", r"corrupt|unable to read|bad object|missing (blob|tree|commit)|not a valid object"
     r"|early EOF|invalid index-pack|loose object|inflate|bad tree|did not send all necessary"),
    ("configuration", r"pyproject\.toml|^codemods: -o "),
)  # fmt: skip


def is_network(log: str) -> bool:
    """Whether a failed fetch or push may work when tried again."""
    return bool(_NETWORK.search(log)) and not _OTHER.search(log)


def lacked_memory(log: str, limits: Limits) -> bool:
    """Whether something here (not at the far end) got no more memory."""
    own = "\n".join(line for line in log.splitlines() if not line.startswith("remote: "))
    perhaps = bool(limits.memory) and bool(_MEMORY_PERHAPS.search(own))
    return perhaps or bool(_MEMORY.search(own))


def cause_of(ended: Ended, limits: Limits) -> tuple[str, str]:
    """Return why a cell failed: a word to group by, and a sentence."""
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
    if is_network(ended.log):
        return NETWORK, sentence
    for cause, pattern in _CAUSES:
        if re.search(pattern, ended.log, re.IGNORECASE | re.MULTILINE):
            return cause, _damage(ended.log) if cause == "corrupt" else sentence
    if ended.code < 0:
        name = signal.Signals(-ended.code).name
        if ended.code == -signal.SIGKILL:
            return "killed", "it was killed from outside, perhaps for want of memory"
        return "crash", f"it ended with the signal {name}"
    return ("failed" if ended.code != 2 else "refused"), sentence or f"exit code {ended.code}"


def _damage(log: str) -> str:
    """Return which object is damaged; both sides complain, in an order that varies."""
    complaints = re.split(r"\n| / ", log.strip())
    return min(complaints, key=lambda text: (not re.search(r"[0-9a-f]{40}", text), text)).strip()
