"""Code before and after: the same values, types and text, at a fixed time on a host not in UTC."""

from __future__ import annotations

import datetime as stdlib
import re
import sys
import time
import types
from collections.abc import Iterator
from typing import Any

import pytest

from codemods.catalog.utcnow.options import Style
from tests.catalog.utcnow.run import run

INSTANT = stdlib.datetime(2024, 7, 9, 22, 33, 44, 556677, tzinfo=stdlib.UTC)


class Fixed(stdlib.datetime):
    """The class of the standard library with its clock stopped."""

    @classmethod
    def utcnow(cls) -> Any:
        return cls.now(stdlib.UTC).replace(tzinfo=None)

    @classmethod
    def now(cls, tz: stdlib.tzinfo | None = None) -> Any:
        moment = INSTANT.astimezone(tz)
        fields = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
        return cls(*fields, moment.microsecond, moment.tzinfo if tz else None)


@pytest.fixture(autouse=True)
def _new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    module = types.ModuleType("datetime")
    module.__dict__.update(stdlib.__dict__)
    module.datetime = Fixed  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "datetime", module)
    yield
    monkeypatch.undo()
    time.tzset()


#: The zone shows in these, so only the exact form gives the same.
EXACT = [
    "datetime.utcnow()",
    "datetime.utcfromtimestamp(0)",
    "datetime.utcfromtimestamp(-1.5).replace(hour=3)",
    "datetime.utcnow().replace(microsecond=0)",
    "datetime.utcnow() - timedelta(hours=1)",
    "datetime.utcnow().timetuple()",
    "time.mktime(datetime.utcnow().timetuple())",
    "datetime.utcnow().strftime('%Z%z')",
    "datetime.utcnow().isoformat()",
    "datetime.utcnow().isoformat()[:-3] + 'Z'",
    "f'{datetime.utcnow()} {datetime.utcnow():%H}'",
    "'%sZ' % datetime.utcnow().isoformat()",
    "str(datetime.utcnow()), repr(datetime.utcnow())",
    "datetime.utcnow() == datetime(2024, 7, 9, 22, 33, 44, 556677)",
    "datetime.utcnow() > datetime.min",
    "datetime.now() - datetime.utcnow()",
    "list(map(datetime.utcfromtimestamp, [0, 1e9]))",
    "(None or datetime.utcnow)()",
    "[read() for read in (datetime.utcnow,)]",
    "type('C', (), {'now': staticmethod(datetime.utcnow)})().now()",
    "(lambda clock=datetime.utcnow: clock())()",
]
#: The same with a zone and without.
EITHER = [
    "datetime.utcnow().date(), datetime.utcnow().time(), datetime.utcnow().weekday()",
    "datetime.utcnow().timetuple()[:8]",
    "datetime.utcnow().utctimetuple()",
    "calendar.timegm(datetime.utcnow().timetuple())",
    "datetime.utcnow().strftime('%Y-%m-%dT%H:%M:%S.%fZ')",
    "datetime.utcnow().strftime('%c%x%X%j%U%p')",
    "datetime.utcnow().isoformat()[:19]",
    "datetime.utcnow().isoformat() + 'Z'",
    "datetime.utcnow().replace(microsecond=0).isoformat(' ') + 'Z'",
    "datetime.utcnow().isoformat(timespec='milliseconds') + 'Z'",
    "f'{datetime.utcnow().isoformat()}Z'",
    "datetime.utcnow().replace(tzinfo=timezone.utc)",
    "datetime.utcnow().replace(tzinfo=timezone(timedelta(hours=9)))",
    "datetime.utcfromtimestamp(7).replace(tzinfo=ZoneInfo('UTC'))",
    "datetime.utcnow().replace(tzinfo=None)",
    "datetime.utcnow().replace(tzinfo=timezone.utc).timestamp()",
]

HEAD = """\
import calendar
import time
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

"""


def value(source: str) -> Any:
    names: dict[str, Any] = {}
    exec(compile(source, "<case>", "exec"), names)
    return names["x"]


@pytest.mark.parametrize(
    ("expression", "style"),
    [
        *((expression, "naive") for expression in (*EXACT, *EITHER)),
        *((expression, style) for expression in EITHER for style in ("auto", "careful", "aware")),
    ],
)
@pytest.mark.fact("U2", "U3", "U8", "U11", "U14", "U21", "U23", "U24")
def test_the_same_value(expression: str, style: Style) -> None:
    source = f"{HEAD}x = {expression}\n"
    result = run(source, style)
    assert not re.search(r"\.utc(now|from)", result.text)
    before, after = value(source), value(result.text)
    assert (type(after), repr(after)) == (type(before), repr(before))


@pytest.mark.parametrize("expression", ["timestamp()", "astimezone(timezone.utc)"])
@pytest.mark.fact("U19", "U22")
def test_the_right_value_where_local_time_was_taken(expression: str) -> None:
    source = f"{HEAD}x = datetime.utcnow().{expression}\n"
    before, after = value(source), value(run(source).text)
    right = INSTANT.timestamp() if expression == "timestamp()" else INSTANT
    assert after == right
    assert before != right


@pytest.mark.fact("U61")
def test_class_body_alias() -> None:
    source = HEAD + "class C:\n    now = datetime.utcnow\nx = C().now(), C.now()\n"
    assert value(run(source, "naive").text) == value(source)


@pytest.mark.fact("U62", "U63")
def test_function_of_the_module_has_a_name() -> None:
    source = HEAD + "CLOCKS = {'utc': datetime.utcnow}\nx = CLOCKS['utc']\n"
    after = value(run(source, "naive").text)
    assert after() == value(source)()
    assert after.__qualname__ == "_utcnow"


@pytest.mark.fact("U66")
def test_subclasses_keep_their_type() -> None:
    source = HEAD + "class Stamp(datetime): pass\nx = type(Stamp.utcfromtimestamp(0)).__name__\n"
    assert value(run(source).text) == value(source) == "Stamp"
