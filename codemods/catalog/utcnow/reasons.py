"""Every reason that a verdict of `utcnow` can give."""

from __future__ import annotations

from codemods.codemod import Reason

__all__ = ["REASONS"]

REASONS = (
    Reason(
        "utcnow/parts-only",
        "Aware: only parts of the value are used that are the same with a zone and without.",
        "Fields, date(), time(), weekday(), isocalendar() and the text of a format without %z and "
        "%Z come out the same, and so do the first 19 characters of isoformat().",
    ),
    Reason(
        "utcnow/zone-given",
        "Aware: `.replace(tzinfo=…)` gives the value a zone anyway.",
        "When the zone is UTC and nothing else is replaced, the zone moves into the call and the "
        "replace goes away; otherwise it stays as it is.",
    ),
    Reason(
        "utcnow/zone-stripped",
        "`.replace(tzinfo=None)` is there already, so the value stays naive.",
    ),
    Reason(
        "utcnow/zulu-text",
        'Aware: `isoformat() + "Z"` becomes `isoformat().replace("+00:00", "Z")`, the same text.',
        "Without that the text would end in +00:00Z, which no ISO 8601 parser accepts.",
    ),
    Reason(
        "utcnow/local-time-error",
        "Aware: `timestamp()` and `astimezone()` took the naive value for local time.",
        "On a host that is not in UTC the result changes, from a wrong one to the right one. "
        "Compare what other programs stored.",
    ),
    Reason(
        "utcnow/becomes-text",
        "Exact: the value becomes text, which would gain +00:00.",
    ),
    Reason(
        "utcnow/meets-another",
        "Exact: the value is compared with or subtracted from another one.",
        "A naive and an aware value can't be ordered or subtracted (TypeError), and are never "
        "equal (no error at all).",
    ),
    Reason(
        "utcnow/time-tuple",
        "Exact: a time tuple's DST flag depends on awareness.",
        "`time.mktime` then shifts by an hour where there is daylight saving time.",
    ),
    Reason(
        "utcnow/reference",
        "Exact: the method is passed on without being called; it becomes a lambda or a function.",
        "In a class body it becomes a staticmethod, since a lambda there would become a method; "
        "where the reference is pickled or serialised by name it becomes a function of the module.",
    ),
    Reason(
        "utcnow/value-travels",
        "Exact: the value is stored, passed on or returned, and may meet naive ones there.",
    ),
    Reason("utcnow/asked-for", "The form that the option `utcnow.style` asks for."),
    Reason(
        "utcnow/ambiguous-name",
        "The name before the method may mean something other than the datetime class.",
        "Another import, assignment, parameter or loop may have bound it by the time of the call.",
    ),
    Reason(
        "utcnow/overridden",
        "A subclass of datetime defines the method itself, so its callers must keep calling it.",
    ),
    Reason(
        "utcnow/wrong-arguments",
        "The call raises TypeError today, which a rewrite would hide.",
    ),
    Reason(
        "utcnow/version-gate",
        "A condition on the Python version chooses the call.",
        "Such code has a branch for new Pythons already; drop the other branch when it can go.",
    ),
    Reason(
        "utcnow/deprecation-test", "A test expects the deprecation warning that this call gives."
    ),
    Reason(
        "utcnow/python-2",
        "The distribution supports Python 2, where datetime.timezone does not exist.",
    ),
    Reason(
        "utcnow/replaced",
        "The method itself is assigned to or deleted, as a test double would be.",
    ),
    Reason(
        "utcnow/reference-inspected",
        "The method object itself is compared or inspected.",
    ),
    Reason("utcnow/dynamic-lookup", "The method is looked up by its name, with getattr."),
    Reason(
        "utcnow/name-changes",
        "A function written there would see another object under the same name later.",
    ),
    Reason("utcnow/name-taken", "All names under which timezone could be imported are taken."),
    Reason(
        "utcnow/no-place-for-import", "No line before the first use can hold an import of timezone."
    ),
)
