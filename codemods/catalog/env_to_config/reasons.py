"""Every reason that a verdict of `env-to-config` can give."""

from __future__ import annotations

from codemods.codemod import Reason

__all__ = ["REASONS"]

REASONS = (
    Reason(
        "env-to-config/field",
        "The read becomes a field of the configuration.",
        "All reads of the variable agree on what they make of it. What they agree on (default, "
        "cast, test for a word) is in the field; what surrounds that stays at the site.",
    ),
    Reason(
        "env-to-config/raw-field",
        "The field holds the text or None; each site keeps its own default or demand.",
        "The reads of the variable disagree, or its default only means something where it stands. "
        "The note lists who does what: decide which of them is right, and give the field that.",
    ),
    Reason(
        "env-to-config/extended",
        "The read becomes a field of the class that is the configuration already.",
        "The field is declared as the class declares its own, and holds the text alone: casts and "
        "tests stay at the site.",
    ),
    Reason(
        "env-to-config/no-fallback",
        "The variable becomes required and its default goes, as the option `strict` asks for.",
    ),
    Reason(
        "env-to-config/dynamic-name",
        "Left: the name of the variable is worked out at run time, so that no field can stand "
        "for it.",
    ),
    Reason(
        "env-to-config/removed", "Left: `pop` takes the variable out of the environment as well."
    ),
    Reason(
        "env-to-config/written",
        "Left: `setdefault` is a write, which others read.",
    ),
    Reason(
        "env-to-config/written-and-passed-on",
        "Left: the program sets the variable itself and hands the whole environment on.",
        "Whoever overrides the field of a configuration would expect the child process to see it.",
    ),
    Reason(
        "env-to-config/system-variable",
        "Left: the variable belongs to the system, a shell or a tool, not to this program.",
    ),
    Reason(
        "env-to-config/cgi-variable",
        "Left: a web server sets the variable for each request (RFC 3875).",
    ),
    Reason(
        "env-to-config/computed-default",
        "Left: the default calls something, or may fail, whether it is needed or not.",
        "`getenv(name, f())` always calls f, and `getenv(name, int(getenv(b)))` always fails for "
        "a bad `b`. Write the default as a literal, or read the variable without a default and "
        "work it out only when that is None.",
    ),
    Reason("env-to-config/comment-inside", "Left: a comment inside the read would be lost."),
    Reason(
        "env-to-config/unsure",
        "Left: it is not certain that this is the environment of `os`.",
    ),
    Reason("env-to-config/in-tests", "Left: tests set up and look at the environment itself."),
    Reason(
        "env-to-config/outside-the-program",
        "Left: the file belongs to the build, the documentation, the migrations or the server.",
        "setup.py, noxfile.py, a Sphinx conf.py, gunicorn.conf.py, Alembic's env.py and the like "
        "run where the program's package may not be importable.",
    ),
    Reason(
        "env-to-config/cannot-import",
        "Left: nothing shows that this file can import the module of the configuration.",
        "Python starts a script with the script's own folder on sys.path.",
    ),
    Reason(
        "env-to-config/no-place",
        "Left: there is no place for the module of the configuration.",
    ),
    Reason(
        "env-to-config/name-taken",
        "Left: `config` and its other names are all taken where the read stands.",
    ),
    Reason(
        "env-to-config/no-place-for-import",
        "Left: no line before the read can hold the import of the configuration.",
    ),
    Reason(
        "env-to-config/patched-in-tests",
        "Left: a test replaces `os`, `environ` or `getenv` by the name of this module.",
        "`mock.patch('app.main.os.environ', …)` needs `os` in app.main.",
    ),
    Reason(
        "env-to-config/config-module",
        "Left: this is the module of the configuration.",
    ),
    Reason(
        "env-to-config/field-differs",
        "Left: the configuration has a field for the variable that does something else.",
        "Change the field or the read, whichever is wrong.",
    ),
    Reason(
        "env-to-config/django-settings",
        "Left: the program's configuration is its Django settings module.",
    ),
    Reason(
        "env-to-config/config-library",
        "Left: decouple, environs, django-environ or dynaconf reads the configuration.",
    ),
    Reason(
        "env-to-config/central-class",
        "Left: the program has a class for its configuration already, and needs no second one.",
        "The message names it, and says what speaks against a field in it: such a class reads its "
        "variables once, when its module is loaded, and may read them in another way.",
    ),
    Reason(
        "env-to-config/central-module",
        "Left: all reads of the program are in one module of settings already.",
    ),
    Reason(
        "env-to-config/python-2",
        "Left: the code supports Python 2, for which the configuration can't be written.",
    ),
)
