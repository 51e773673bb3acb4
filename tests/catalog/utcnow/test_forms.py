"""utcnow: which form each use gets, and what it looks like."""

import pytest

from codemods.catalog.utcnow.options import Style
from codemods.codemod import Action, Bar
from tests.catalog.utcnow.run import run

HEAD = "from datetime import datetime, timezone\n"
NOW = "datetime.now(timezone.utc)"
EXACT = f"{NOW}.replace(tzinfo=None)"
AT = "datetime.fromtimestamp(ts, tz=timezone.utc)"


def rewritten(code: str, style: Style = "auto") -> tuple[str, str]:
    result = run(HEAD + code, style)
    assert len(result.verdicts) == 1
    return result.text.removeprefix(HEAD), result.reasons[0]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = datetime.utcnow()", f"x = {EXACT}"),
        ("f(datetime.utcnow())", f"f({EXACT})"),
        ("x = datetime.utcfromtimestamp(ts)", f"x = {AT}.replace(tzinfo=None)"),
        ("x = datetime.utcnow() > y", f"x = {EXACT} > y"),
        ("x = y - datetime.utcnow()", f"x = y - {EXACT}"),
        ("x = datetime.utcnow() in seen", f"x = {EXACT} in seen"),
        ("x = str(datetime.utcnow())", f"x = str({EXACT})"),
        ('x = f"{datetime.utcnow()}"', f'x = f"{{{EXACT}}}"'),
        ('x = "%s" % datetime.utcnow()', f'x = "%s" % {EXACT}'),
        ("x = datetime.utcnow().isoformat()", f"x = {EXACT}.isoformat()"),
        ("x = datetime.utcnow().replace(microsecond=0)",
         f"x = {NOW}.replace(microsecond=0, tzinfo=None)"),
        ("x = datetime.utcnow().replace(*y)", f"x = {EXACT}.replace(*y)"),
        ("x = datetime.utcnow().replace(**y)", f"x = {EXACT}.replace(**y)"),
    ],
)  # fmt: skip
@pytest.mark.fact("U2", "U3", "U10", "R6", "R7", "R8", "R10", "R13")
def test_exact_form(code: str, expected: str) -> None:
    assert rewritten(code, "naive") == (expected, "asked-for")


@pytest.mark.parametrize(
    "use",
    [".date()", ".time()", ".year", ".microsecond", ".weekday()", ".isocalendar()", ".toordinal()",
     ".ctime()", ".utctimetuple()", ".timetuple()[:6]", ".timetuple()[0]", ".timetuple().tm_year",
     '.strftime("%Y-%m-%dT%H:%M:%SZ")', '.strftime("%%Z")', ".isoformat()[:19]",
     ".isoformat()[:10]", ".isoformat()[11:19]", '.isoformat(" ")[:19]', ".replace(hour=0).date()",
     ".replace(hour=0).replace(minute=0).year"],
)  # fmt: skip
@pytest.mark.fact("U1", "U8", "U14", "R5", "R22")
def test_aware_where_only_parts_are_used(use: str) -> None:
    assert rewritten(f"x = datetime.utcnow(){use}") == (f"x = {NOW}{use}", "parts-only")
    assert rewritten(f"x = datetime.utcfromtimestamp(ts){use}") == (f"x = {AT}{use}", "parts-only")


@pytest.mark.parametrize(
    ("use", "reason"),
    [('.strftime("%Z")', "zone-in-format"), ('.strftime("%-z")', "zone-in-format"),
     ('.strftime("%s")', "zone-in-format"), ('.isoformat()[:-3]', "text-sliced"),
     (".isoformat()[:23]", "text-sliced"), (".isoformat()[x:]", "text-sliced"),
     ('.isoformat(timespec="minutes")[:19]', "text-sliced"),
     (".timetuple()[:9]", "time-tuple"), (".timetuple().tm_isdst", "time-tuple")],
)  # fmt: skip
@pytest.mark.fact("U9", "U12", "U16", "R3")
def test_exact_where_the_zone_shows(use: str, reason: str) -> None:
    assert rewritten(f"x = datetime.utcnow(){use}") == (f"x = {EXACT}{use}", reason)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("calendar.timegm(datetime.utcnow().timetuple())",
         f"calendar.timegm({NOW}.timetuple())"),
        ("calendar.timegm((datetime.utcnow() + life).utctimetuple())",
         f"calendar.timegm(({NOW} + life).utctimetuple())"),
        ("datetime.strftime(datetime.utcnow() + life, '%H%M')",
         f"datetime.strftime({NOW} + life, '%H%M')"),
        ("date.strftime(datetime.utcnow(), '%H%M')", f"date.strftime({NOW}, '%H%M')"),
        ("format(datetime.utcnow(), '%H')", f"format({NOW}, '%H')"),
        ("f'{datetime.utcnow():%H%M}'", f"f'{{{NOW}:%H%M}}'"),
        ("(datetime.utcnow() - timedelta(1)).date()", f"({NOW} - timedelta(1)).date()"),
    ],
)  # fmt: skip
@pytest.mark.fact("U8", "U21", "R35", "R36")
def test_aware_behind_known_functions(before: str, after: str) -> None:
    head = "import calendar\nfrom datetime import date, datetime, timedelta, timezone\nx = "
    result = run(head + before)
    assert (result.text, result.reasons) == (head + after, ["parts-only"])


@pytest.mark.fact("U20", "R33")
def test_mktime_is_noted() -> None:
    result = run("import time\n" + HEAD + "x = time.mktime(datetime.utcnow().timetuple())")
    assert result.text.endswith(f"x = time.mktime({EXACT}.timetuple())")
    assert "timegm" in result.verdicts[0].note


@pytest.mark.parametrize("use", [".timestamp()", ".astimezone(tokyo)"])
@pytest.mark.fact("U19", "U22", "R34")
def test_local_time_errors_are_mended_and_noted(use: str) -> None:
    result = run(f"{HEAD}x = datetime.utcnow(){use}")
    assert result.text == f"{HEAD}x = {NOW}{use}"
    assert "not in UTC" in result.verdicts[0].note


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("datetime.utcnow().replace(tzinfo=timezone.utc)", NOW),
        ("datetime.utcnow().replace(tzinfo=pytz.utc).astimezone(z)",
         "datetime.now(pytz.utc).astimezone(z)"),
        ("datetime.utcnow().replace(tzinfo=tz.tzutc())", "datetime.now(tz.tzutc())"),
        ("datetime.utcnow().replace(tzinfo=ZoneInfo('UTC'))", "datetime.now(ZoneInfo('UTC'))"),
        ("datetime.utcfromtimestamp(ts).replace(tzinfo=pytz.UTC)",
         "datetime.fromtimestamp(ts, tz=pytz.UTC)"),
        ("datetime.utcnow().replace(\n    tzinfo=timezone.utc,\n)", NOW),
        ("(datetime.utcnow()).replace(tzinfo=timezone.utc)", f"({NOW})"),
        ("datetime.utcnow().replace(tzinfo=timezone.utc, microsecond=0)",
         f"{NOW}.replace(tzinfo=timezone.utc, microsecond=0)"),
        ("datetime.utcnow().replace(microsecond=0).replace(tzinfo=timezone.utc)",
         f"{NOW}.replace(microsecond=0).replace(tzinfo=timezone.utc)"),
        ("datetime.utcnow().replace(tzinfo=tz.gettz('Asia/Tokyo'))",
         f"{NOW}.replace(tzinfo=tz.gettz('Asia/Tokyo'))"),
        ("datetime.utcnow().replace(tzinfo=zone)", f"{NOW}.replace(tzinfo=zone)"),
        ("datetime.utcnow().replace(  # why\n    tzinfo=timezone.utc\n)",
         f"{NOW}.replace(  # why\n    tzinfo=timezone.utc\n)"),
    ],
)  # fmt: skip
@pytest.mark.fact("U23", "R26", "R27", "R29")
def test_redundant_replace(before: str, after: str) -> None:
    head = HEAD + "import pytz\nfrom dateutil import tz\nfrom zoneinfo import ZoneInfo\nx = "
    result = run(head + before)
    assert (result.text, result.reasons) == (head + after, ["zone-given"])


@pytest.mark.fact("U24")
def test_no_second_strip() -> None:
    code = "x = datetime.utcnow().replace(tzinfo=None)"
    assert rewritten(code) == (f"x = {EXACT}", "zone-stripped")


@pytest.mark.fact("R28")
def test_a_conditional_replace_stays() -> None:
    code = "m = datetime.utcfromtimestamp(ts)\nreturn_ = m.replace(tzinfo=timezone.utc) if a else m"
    assert rewritten(code)[0] == code.replace(
        "datetime.utcfromtimestamp(ts)", f"{AT}.replace(tzinfo=None)"
    )


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ('datetime.utcnow().isoformat() + "Z"',
         f'{NOW}.isoformat().replace("+00:00", "Z")', "zulu-text"),
        ("datetime.utcnow().isoformat() + 'Z'",
         f"{NOW}.isoformat().replace('+00:00', 'Z')", "zulu-text"),
        ('datetime.utcnow().replace(microsecond=0).isoformat("T") + "Z"',
         f'{NOW}.replace(microsecond=0).isoformat("T").replace("+00:00", "Z")', "zulu-text"),
        ('("at " + (datetime.utcnow().isoformat() + "Z"))',
         f'("at " + ({NOW}.isoformat().replace("+00:00", "Z")))', "zulu-text"),
        ('f"{datetime.utcnow().isoformat()}Z"',
         f'{NOW}.isoformat().replace("+00:00", "Z")', "zulu-text"),
        ("F'''{datetime.utcnow().isoformat()}Z'''",
         f"{NOW}.isoformat().replace('+00:00', 'Z')", "zulu-text"),
        ('f"at {datetime.utcnow().isoformat()}Z"', f'f"at {{{EXACT}.isoformat()}}Z"',
         "text-extended"),
        ('f"{datetime.utcnow().isoformat()!s}Z"', f'f"{{{EXACT}.isoformat()!s}}Z"',
         "text-extended"),
        ('f"{datetime.utcnow().isoformat()}" "Z"', f'f"{{{EXACT}.isoformat()}}" "Z"',
         "text-extended"),
        ('"at " + datetime.utcnow().isoformat() + "Z"', f'"at " + {EXACT}.isoformat() + "Z"',
         "text-extended"),
        ('"%sZ" % datetime.utcnow().isoformat()', f'"%sZ" % {EXACT}.isoformat()', "text-extended"),
        ('"{}Z".format(datetime.utcnow().isoformat())', f'"{{}}Z".format({EXACT}.isoformat())',
         "text-extended"),
        ('"".join([datetime.utcnow().isoformat(), "Z"])', f'"".join([{EXACT}.isoformat(), "Z"])',
         "text-extended"),
        ('datetime.utcnow().isoformat()[:-3] + "Z"', f'{EXACT}.isoformat()[:-3] + "Z"',
         "text-sliced"),
        ('datetime.utcnow().isoformat(" ") + " UTC"', f'{EXACT}.isoformat(" ") + " UTC"',
         "text-extended"),
        ('(datetime.utcnow().isoformat()  # c\n + "Z")', f'({EXACT}.isoformat()  # c\n + "Z")',
         "text-extended"),
        ('datetime.utcnow().isoformat() + "" "Z"', f'{EXACT}.isoformat() + "" "Z"',
         "text-extended"),
    ],
)  # fmt: skip
@pytest.mark.fact("U11", "U12", "R2", "R4")
def test_zulu_text_stays_byte_identical(before: str, after: str, reason: str) -> None:
    assert rewritten(f"x = {before}") == (f"x = {after}", reason)


@pytest.mark.fact("U38", "R9")
def test_utc_against_local_time_is_noted() -> None:
    result = run(HEAD + "x = datetime.now() - datetime.utcnow()")
    assert result.text.endswith(f"x = datetime.now() - {EXACT}")
    assert "local time" in result.verdicts[0].note


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = (datetime  # stdlib\n     .utcnow())",
         f"x = (datetime  # stdlib\n     .{EXACT.removeprefix('datetime.')})"),
        ("x = (datetime . utcnow (\n # c\n))",
         "x = (datetime . now (\n # c\ntimezone.utc).replace(tzinfo=None))"),
        ("x = datetime.utcnow( )", f"x = {EXACT}"),
        ("x = datetime.utcnow()  # why\n", f"x = {EXACT}  # why\n"),
        ("x = datetime.utcfromtimestamp( ts )",
         "x = datetime.fromtimestamp( ts, tz=timezone.utc ).replace(tzinfo=None)"),
        ("x = datetime.utcfromtimestamp(\n    ts,  # c\n)",
         "x = datetime.fromtimestamp(\n    ts,  # c\n    tz=timezone.utc,\n)"
         ".replace(tzinfo=None)"),
        ("x = datetime.utcfromtimestamp(\n    ts\n)",
         "x = datetime.fromtimestamp(\n    ts,\n    tz=timezone.utc\n).replace(tzinfo=None)"),
        ("x = datetime.utcfromtimestamp(timestamp=5)",
         "x = datetime.fromtimestamp(timestamp=5, tz=timezone.utc).replace(tzinfo=None)"),
        ("x = datetime.utcfromtimestamp(*args)",
         "x = datetime.fromtimestamp(*args, tz=timezone.utc).replace(tzinfo=None)"),
    ],
)  # fmt: skip
@pytest.mark.fact("U4", "U47")
def test_layout_inside_the_call(before: str, after: str) -> None:
    assert rewritten(before, "naive")[0] == after


@pytest.mark.fact("U48")
def test_nested_sites_in_one_run() -> None:
    result = run(HEAD + "x = datetime.utcfromtimestamp(f(datetime.utcnow()) + 1)", "naive")
    assert result.text == (
        f"{HEAD}x = datetime.fromtimestamp(f({EXACT}) + 1, tz=timezone.utc).replace(tzinfo=None)"
    )


@pytest.mark.parametrize(
    "code",
    ["datetime.utcnow(1)", "datetime.utcnow(tz=z)", "datetime.utcnow(*a)",
     "datetime.utcfromtimestamp()", "datetime.utcfromtimestamp(1, 2)",
     "datetime.utcfromtimestamp(1, tz=z)"],
)  # fmt: skip
@pytest.mark.fact("U5")
def test_wrong_arguments_are_left(code: str) -> None:
    assert rewritten(code) == (code, "wrong-arguments")


@pytest.mark.fact("U64", "R43")
def test_defaults_evaluated_once_are_noted() -> None:
    result = run(HEAD + "def f(since=datetime.utcnow()): pass")
    assert result.text == f"{HEAD}def f(since={NOW}): pass"
    assert "once" in result.verdicts[0].note


@pytest.mark.fact("R31", "R32", "R48")
def test_an_own_helper_keeps_its_callers() -> None:
    code = 'def utcnow():\n    """Naive."""\n    return datetime.utcnow()\n\nx = utcnow().date()\n'
    result = run(HEAD + code)
    assert result.text == HEAD + code.replace("datetime.utcnow()", EXACT)
    assert len(result.verdicts) == 1


def test_styles() -> None:
    code = (
        "a = datetime.utcnow()\nb = datetime.utcnow().date()\n"
        "c = datetime.utcnow().replace(tzinfo=None)\n"
    )
    assert run(HEAD + code, "naive").text == HEAD + code.replace(
        "utcnow()", "now(timezone.utc).replace(tzinfo=None)"
    ).replace("(tzinfo=None).replace(tzinfo=None)", "(tzinfo=None)")
    assert run(HEAD + code, "aware").text == HEAD + code.replace("utcnow()", "now(timezone.utc)")


def test_barred_sites_are_left_with_the_bar() -> None:
    bars = {"app.py:2:5:call": Bar("engine/generated", "a program writes this file")}
    result = run(HEAD + "x = datetime.utcnow()", barred=bars)
    assert result.text == HEAD + "x = datetime.utcnow()"
    assert result.verdicts[0].action is Action.LEAVE
    assert result.verdicts[0].reason == "engine/generated"


def test_notes_name_what_is_out_of_sight_and_nothing_else() -> None:
    known = "def f():\n    at = datetime.utcnow()\n    return isinstance(at, datetime)\n"
    assert run(HEAD + known).verdicts[0].note == ""
    unknown = "def f(queue):\n    queue.publish(datetime.utcnow())\n"
    assert "`publish`" in run(HEAD + unknown).verdicts[0].note
