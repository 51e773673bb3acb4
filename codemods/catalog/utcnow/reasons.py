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
        "utcnow/aware",
        "Aware: nothing that the value meets in this repository is naive.",
        "Its uses were followed through variables, attributes, functions and files. Where it goes "
        "out of sight (an unknown call, a response, a log) the note says so.",
    ),
    Reason(
        "utcnow/aware-despite",
        "Aware, as the option `utcnow.style` asks for, although something speaks against it.",
        "The note names it; change that place too.",
    ),
    Reason(
        "utcnow/compared-with-naive",
        "Exact: the value is compared with a naive one.",
        "Ordering a naive and an aware value is a TypeError, and they are never equal (no error "
        "at all). Make the other one aware first.",
    ),
    Reason(
        "utcnow/compared-with-unknown",
        "Exact: the value is compared with one that may be naive.",
        "It comes from a parameter, a row, a decoder or another library. Once that is known to be "
        "aware, the style `aware` for this path finishes the job.",
    ),
    Reason(
        "utcnow/subtracted-from-naive",
        "Exact: the value and a naive one are subtracted, which fails when only one is aware.",
    ),
    Reason(
        "utcnow/subtracted-from-unknown",
        "Exact: the value and one that may be naive are subtracted.",
    ),
    Reason(
        "utcnow/local-time",
        "Exact: the value meets local time, as `datetime.now()` or `fromtimestamp()` give it.",
        "That is wrong by the host's offset before and after; look at what was meant.",
    ),
    Reason(
        "utcnow/naive-column",
        "Exact: the value goes to or meets a database column without a time zone.",
        "Give the column a time zone (with a migration of the stored values) before its values.",
    ),
    Reason(
        "utcnow/naive-sink",
        "Exact: the value goes to something that takes naive values only, or stores them as text.",
    ),
    Reason(
        "utcnow/naive-contract",
        "Exact: a name, or the docstring of a function that returns it, promises a naive value.",
    ),
    Reason(
        "utcnow/doctest",
        "Exact: a function that returns the value has a doctest, whose text would differ.",
    ),
    Reason(
        "utcnow/zone-optional",
        "Exact: the code gives the value a zone on one branch and leaves it naive on another.",
    ),
    Reason("utcnow/asserted-naive", "Exact: code checks that the value has no time zone."),
    Reason("utcnow/zone-in-format", "Exact: a format prints the zone, which is empty when naive."),
    Reason("utcnow/text-extended", "Exact: a zone is appended to the value's text."),
    Reason(
        "utcnow/text-names-file",
        "Exact: the value's text is part of a file's name, which would change.",
        "Programs that look for such files by their names would not find them.",
    ),
    Reason("utcnow/text-sliced", "Exact: the value's text is cut or changed by position."),
    Reason("utcnow/text-parsed", "Exact: the value's text is parsed by something that is strict."),
    Reason("utcnow/text-compared", "Exact: the value's text is compared with another one."),
    Reason(
        "utcnow/meets-exact",
        "Exact: the value meets another site's, which has to stay naive.",
    ),
    Reason(
        "utcnow/out-of-sight",
        "Exact, in the style `careful`: the value goes where it can't be followed.",
    ),
    Reason("utcnow/not-followed", "Exact: the file is nested too deeply to follow its values."),
    Reason(
        "utcnow/time-tuple",
        "Exact: a time tuple's DST flag depends on awareness.",
        "`time.mktime` then shifts by an hour where there is daylight saving time.",
    ),
    Reason(
        "utcnow/needs-python-3.11",
        "Left: the option `utcnow.utc` asks for datetime.UTC, and older Pythons are supported.",
        "Raise requires-python, or leave the option at timezone.utc.",
    ),
    Reason(
        "utcnow/no-helper",
        "Left: it would take a function of the module, which the option `utcnow.helper` rules out.",
    ),
    Reason(
        "utcnow/mocked-together",
        "Exact: a test replaces this clock, and its double changes along with the code.",
        "The double answers `now` with the naive time that it gave for `utcnow`, which the exact "
        "form hands on as it is. Neither is right without the other: they are one group.",
    ),
    Reason(
        "utcnow/mocked-clock",
        "Left: a test replaces this clock with a double that answers `utcnow`.",
        "After a rewrite the double would give a mock, or real time would leak in. Doubles that "
        "are understood as a whole change along with the code; the message says why this one does "
        "not.",
    ),
    Reason(
        "utcnow/replaced-in-test",
        "Exact: a test replaces it by a naive value, or puts it in the place of one.",
        "A helper of the repository and the times with which tests replace it have one kind. Give "
        "the test's values a time zone, and the helper's callers meet aware values only.",
    ),
    Reason(
        "utcnow/offset-clock",
        "Left: a test freezes time with `tz_offset`, under which `now()` with a zone is wrong.",
    ),
    Reason(
        "utcnow/asked-for", "The form that the option `utcnow.style` or `utcnow.helper` asks for."
    ),
    Reason(
        "utcnow/ambiguous-name",
        "The name before the method may mean something other than the datetime class.",
        "Another import, assignment, parameter or loop may have bound it by the time of the call.",
    ),
    Reason(
        "utcnow/unresolved-import",
        "The class `datetime` comes from a module that can't be shown to hand on the standard one.",
        "It is followed through the repository's own modules; other ones are not read.",
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
        "utcnow/star-importer",
        "A new import would replace a name of a file that takes all names of this one with `*`.",
        "Import the names that the other file needs one by one, or give this file an `__all__`.",
    ),
    Reason(
        "utcnow/no-place-for-import", "No line before the first use can hold an import of timezone."
    ),
)
