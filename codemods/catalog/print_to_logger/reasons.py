"""All reasons that the verdicts of this codemod give."""

from __future__ import annotations

from codemods.codemod import Reason

__all__ = ["PREFIX", "REASONS"]

PREFIX = "print-to-logger/"

_SENTENCES = {
    "log-message": "The print is a message about the program's work and becomes a logging call.",
    "blank-line": "An empty line between messages that become log records goes.",
    "said-already": "A logging call right beside it says the same, and the print goes.",
    "lone-blank-line": "An empty line stands where no message is rewritten and stays.",
    "partial-line": "Several prints make one visual line (progress, prompts), which no record is.",
    "dynamic-arguments": "Its keyword arguments are known only at run time.",
    "other-stream": "It writes to a file or to a stream that is known only at run time.",
    "own-print": "The name is not Python's own print here.",
    "reference": "The function is passed on, and a logger's method takes other arguments.",
    "used-for-value": "The value None of the call is used.",
    "command-output": "It is the result of a command-line program, which others read.",
    "data-output": "It is data (JSON, a table, a bare value) on standard output.",
    "printing-function": "The function exists to print: its callers want to see its output.",
    "prompt": "The function talks with its user through the terminal.",
    "redirected": "Other code captures what is printed here.",
    "asserted-in-tests": "Tests read what is printed here.",
    "doctest": "The doctests of the function expect what it prints.",
    "parent-process": "Another process reads standard output.",
    "django-command": "A Django command writes to self.stdout, which its callers can capture.",
    "in-tests": "Tests and their configuration are never edited.",
    "not-the-program": "Examples, documentation and build scripts are not the program.",
    "script": "A stand-alone script talks to the person that runs it.",
    "before-logging": "It runs before logging is configured, so that a record would be lost.",
    "inside-logging": "It is part of logging and must not log itself.",
    "unsafe-place": "It runs in a signal handler or a finalizer, where logging may be locked.",
    "secret": "It shows a secret, which must not reach a log.",
    "deliberate": "A linter comment says that it prints on purpose.",
    "foreign-logger": "The module's logger can't be called with positional values.",
    "not-shown": "The logging of its program would not show the message.",
    "no-place": "No logger can be defined, or logging configured, before it runs.",
    "unplaced": "It stands inside of a string that this Python can't look into.",
}
_EXPLANATIONS = {
    "log-message": "The message says what print said, byte for byte; values are lazy arguments.",
    "command-output": "`-o print-to-logger.stdout=log` rewrites it, for a path by an override.",
    "data-output": "`-o print-to-logger.stdout=log` rewrites it, for a path by an override.",
    "printing-function": "`-o print-to-logger.stdout=log` rewrites it.",
    "asserted-in-tests": "With `-o print-to-logger.stdout=log` it is rewritten, and the tests that"
    " need `caplog` instead of `capsys` are named.",
    "script": "`-o print-to-logger.stdout=log` rewrites it, for a path by an override.",
}

REASONS = tuple(
    Reason(PREFIX + code, sentence, _EXPLANATIONS.get(code, ""))
    for code, sentence in _SENTENCES.items()
)
