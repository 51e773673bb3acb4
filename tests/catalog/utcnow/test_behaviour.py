"""What rewritten code gives, run before and after with a still clock on a host that is not in UTC.

The exact form must give the same values, types and text; the aware form the same moment and, where
a verdict says so, the same text.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.catalog.utcnow.run import run

CLOCK = """
import datetime as _real
import time as _time

_STILL = 1710064799.123456  # just before New York's clocks went forward


class _Clock(_real.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(_STILL, tz)

    @classmethod
    def utcnow(cls):
        value = _real.datetime.fromtimestamp(_STILL, _real.timezone.utc)
        return cls(*value.timetuple()[:6], value.microsecond)

    @classmethod
    def today(cls):
        return cls.now()

    @classmethod
    def utcfromtimestamp(cls, stamp):
        value = _real.datetime.fromtimestamp(stamp, _real.timezone.utc)
        return cls(*value.timetuple()[:6], value.microsecond)


_real.datetime = _Clock
"""

HEAD = """
from datetime import date, datetime, time, timedelta, timezone
"""

TAIL = """
import json


def _shown(value):
    if isinstance(value, _Clock):
        return ["datetime", value.isoformat(), str(value.tzinfo)]
    if isinstance(value, (tuple, list)):
        return [type(value).__name__, *map(_shown, value)]
    return [type(value).__name__, str(value)]


cases = sorted(name for name in globals() if name.startswith("case_"))
print(json.dumps([_shown(globals()[name]()) for name in cases]))
"""

#: Cases whose results must be the same, whatever form they got.
SAME = {
    "subtraction": "now = datetime.utcnow(); return now - datetime(2024, 1, 1)",
    "comparison": "return datetime.utcnow() < datetime(2030, 1, 1)",
    "equality": "return datetime.utcnow() == datetime.utcnow()",
    "own_difference": "start = datetime.utcnow(); return datetime.utcnow() - start",
    "membership": "return datetime.utcnow() in {datetime.max}",
    "parts": "return datetime.utcnow().date(), datetime.utcnow().time(), datetime.utcnow().year",
    "week": "now = datetime.utcnow(); return now.isocalendar()[:2], now.weekday()",
    "format": "return datetime.utcnow().strftime('%Y-%m-%dT%H:%M:%S.%fZ')",
    "zone_format": "return datetime.utcnow().strftime('%H:%M %ZGMT')",
    "zulu": "return datetime.utcnow().isoformat() + 'Z'",
    "zulu_template": "return f'{datetime.utcnow().isoformat()}Z'",
    "zulu_variable": "text = datetime.utcnow().isoformat(); return text + 'Z'",
    "zulu_percent": "return '%sZ' % datetime.utcnow().isoformat()",
    "zulu_millis": "return datetime.utcnow().isoformat()[:-3] + 'Z'",
    "zulu_joined": "return ''.join([datetime.utcnow().isoformat(), 'Z'])",
    "utc_suffix": "return datetime.utcfromtimestamp(5).isoformat(' ') + ' UTC'",
    "cut": "return datetime.utcnow().isoformat()[:19]",
    "parsed": "return datetime.strptime(str(datetime.utcnow()), '%Y-%m-%d %H:%M:%S.%f')",
    "timegm": "import calendar; return calendar.timegm(datetime.utcnow().timetuple())",
    "mktime": "import time; return time.mktime(datetime.utcnow().timetuple())",
    "stripped": "return datetime.utcnow().replace(tzinfo=None)",
    "given": "return datetime.utcnow().replace(tzinfo=timezone.utc)",
    "midnight": "return datetime.utcnow() - datetime.combine(date(2024, 1, 1), time.min)",
    "epoch": "return (datetime.utcnow() - datetime.utcfromtimestamp(0)).total_seconds()",
    "negative": "return datetime.utcfromtimestamp(-1.5).strftime('%Y-%m-%d %H:%M:%S.%f')",
    "sorted": "return sorted([datetime.utcnow(), datetime(2030, 1, 1)])[1]",
    "naive_named": "naive = datetime.utcnow(); return naive",
    "nested": "return datetime.utcfromtimestamp(datetime.utcfromtimestamp(9).second).second",
    "round_trip": "now = datetime.utcnow(); return datetime.fromisoformat(now.isoformat()) - now",
    "asserted": "now = datetime.utcnow(); assert now.tzinfo is None; return now",
    "local": "return datetime.now() - datetime.utcnow()",
}


def interpreters() -> list[str]:
    """Return every Python from 3.8 on this machine, this one included."""
    found = {Path(sys.executable)}
    for minor in range(8, 15):
        path = shutil.which(f"python3.{minor}")
        if path:
            found.add(Path(path))
    versions = Path.home() / ".pyenv" / "versions"
    if versions.is_dir():
        for folder in sorted(versions.iterdir()):
            major, _, rest = folder.name.partition(".")
            minor_text = rest.partition(".")[0]
            python = folder / "bin" / "python"
            if major == "3" and minor_text.isdigit() and int(minor_text) >= 8 and python.exists():
                found.add(python)
    return [
        str(path)
        for path in sorted(found)
        if subprocess.run([path, "-c", ""], check=False, capture_output=True).returncode == 0
    ]


def program(cases: Mapping[str, str]) -> str:
    """Return a module with a function for each case."""
    return HEAD + "".join(
        f"\n\ndef case_{name}():\n    {code}\n" for name, code in sorted(cases.items())
    )


def results(python: str, module: str, zone: str = "America/New_York") -> list[object]:
    """Run a module's cases on a host in some zone; return value, type and text of each."""
    environment = {**os.environ, "TZ": zone, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [python, "-"],
        input=CLOCK + module + TAIL,
        text=True,
        capture_output=True,
        env=environment,
        check=True,
    )
    found: list[object] = json.loads(done.stdout)
    return found


@pytest.mark.fact("U1", "U2", "U3", "U8", "U11", "U12", "U14", "U17", "U20", "U21", "U23")
def test_results_are_the_same_before_and_after() -> None:
    before = program(SAME)
    after = run(before).text
    assert "utcnow()" not in after
    for python in interpreters():
        found = results(python, after)
        assert len(found) == len(SAME)
        assert found == results(python, before), python


@pytest.mark.fact("U19", "U22", "U34", "R34")
def test_the_aware_form_repairs_what_took_it_for_local_time() -> None:
    module = program({"x": "return datetime.utcnow().timestamp()"})
    for python in interpreters():
        assert results(python, run(module).text) == [["float", "1710064799.123456"]]


@pytest.mark.fact("U54", "R15")
def test_the_other_side_becomes_aware_with_the_same_results() -> None:
    before = program(
        {
            "epoch": "return (datetime.utcnow() - datetime(1970, 1, 1)).total_seconds()",
            "over": "return datetime.strptime('2024', '%Y') + timedelta(1) < datetime.utcnow()",
            "bounds": "now = datetime.utcnow(); return datetime.min < now < datetime.max",
        }
    )
    result = run(before, "aware")
    assert result.reasons == ["aware"] * 3
    assert result.text.count("tzinfo=timezone.utc") == 4
    assert ".replace(tzinfo=None)" not in result.text
    for python in interpreters():
        assert results(python, before) == results(python, result.text), python


@pytest.mark.fact("U38", "R9")
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
def test_local_time_becomes_aware_and_right_in_every_zone(zone: str) -> None:
    compared = program(
        {
            "a": "return datetime.utcnow() < datetime.today() + timedelta(hours=1)",
            "b": "start = datetime.now(); return start == datetime.utcnow()",
            "c": "return datetime.utcnow() - datetime.fromtimestamp(1710064799.123456)",
        }
    )
    result = run(compared, local_time="aware")
    assert result.reasons == ["aware"] * 3
    right = [["bool", "True"], ["bool", "True"], ["timedelta", "0:00:00"]]
    for python in interpreters():
        assert results(python, compared, zone) != right, python
        assert results(python, result.text, zone) == right, python


@pytest.mark.fact("U38", "R9")
def test_local_time_that_is_read_otherwise_stays_as_it_is() -> None:
    before = program(
        {
            "hour": "at = datetime.now(); return at < datetime.utcnow(), at.hour",
            "offset": "return datetime.now() - datetime.utcnow()",
            "shown": "at = datetime.today(); return at <= datetime.utcnow(), str(at)",
        }
    )
    result = run(before, local_time="aware")
    assert result.reasons == ["local-time"] * 3
    for python in interpreters():
        assert results(python, before) == results(python, result.text), python
