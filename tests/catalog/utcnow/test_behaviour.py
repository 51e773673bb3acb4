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
        return [_shown(one) for one in value]
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


def results(python: str, program: str) -> dict[str, object]:
    environment = {**os.environ, "TZ": "America/New_York", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [python, "-"], input=program, text=True, capture_output=True, env=environment, check=True
    )
    return dict(zip(sorted(SAME), json.loads(done.stdout), strict=True))


@pytest.mark.fact("U1", "U2", "U3", "U8", "U11", "U12", "U14", "U17", "U20", "U21", "U23")
def test_results_are_the_same_before_and_after() -> None:
    cases = "".join(f"\n\ndef case_{name}():\n    {code}\n" for name, code in sorted(SAME.items()))
    before = HEAD + cases
    after = run(before).text
    assert "utcnow()" not in after
    for python in interpreters():
        assert results(python, CLOCK + after + TAIL) == results(python, CLOCK + before + TAIL), (
            python
        )


@pytest.mark.fact("U19", "U22", "U34", "R34")
def test_the_aware_form_repairs_what_took_it_for_local_time() -> None:
    code = f"{HEAD}\n\ndef case_x():\n    return datetime.utcnow().timestamp()\n"
    program = CLOCK + run(code).text + TAIL
    environment = {**os.environ, "TZ": "America/New_York"}
    done = subprocess.run(
        [sys.executable, "-"], input=program, text=True, capture_output=True, env=environment
    )
    assert json.loads(done.stdout) == [["float", "1710064799.123456"]]


@pytest.mark.fact("U54", "R15")
def test_the_other_side_becomes_aware_with_the_same_results() -> None:
    cases = {
        "epoch": "return (datetime.utcnow() - datetime(1970, 1, 1)).total_seconds()",
        "over": "return datetime.strptime('2024', '%Y') + timedelta(1) < datetime.utcnow()",
        "bounds": "now = datetime.utcnow(); return datetime.min < now < datetime.max",
    }
    code = HEAD + "".join(f"\n\ndef case_{name}():\n    {cases[name]}\n" for name in sorted(cases))
    result = run(code, "aware")
    assert result.reasons == ["aware"] * 3
    assert result.text.count("tzinfo=timezone.utc") == 4
    assert ".replace(tzinfo=None)" not in result.text
    environment = {**os.environ, "TZ": "America/New_York", "PYTHONWARNINGS": "ignore"}
    for python in interpreters():
        before, after = (
            subprocess.run(
                [python, "-"],
                input=CLOCK + text + TAIL,
                text=True,
                capture_output=True,
                env=environment,
                check=True,
            ).stdout
            for text in (code, result.text)
        )
        assert before == after, python
