"""What speaks against the aware form, rule by rule, in one file each."""

from __future__ import annotations

import pytest

from tests.catalog.utcnow.run import run

HEAD = "from datetime import date, datetime, time, timedelta, timezone\n"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (
            "from pydantic import BaseModel, Field, NaiveDatetime\n"
            "class M(BaseModel):\n    at: NaiveDatetime = Field(default_factory=datetime.utcnow)\n",
            "naive-sink",
        ),
        (
            "from pydantic import BaseModel, Field\n"
            "class M(BaseModel):\n    at: datetime = Field(default_factory=datetime.utcnow)\n",
            "aware",
        ),
        (
            "from pydantic import BaseModel, NaiveDatetime\n"
            "class M(BaseModel):\n    at: NaiveDatetime\nm = M(at=datetime.utcnow())\n",
            "naive-sink",
        ),
        ("import pandas\npandas.Timestamp(datetime.utcnow())\n", "naive-sink"),
        ("import pandas\npandas.Series([datetime.utcnow()])\n", "naive-sink"),
        ("zone.localize(datetime.utcnow())\n", "naive-sink"),
        ("zone.utcoffset(datetime.utcnow())\n", "naive-sink"),
        ("cursor.execute(sql, [datetime.utcnow()])\n", "naive-sink"),
        ("cursor.fetchrow(sql, datetime.utcnow())\n", "naive-sink"),
        ("seen[datetime.utcnow()]\n", "compared-with-unknown"),
        ("datetime.utcnow() in seen\n", "compared-with-unknown"),
    ],
)
@pytest.mark.fact("U25", "U26", "U30", "U36", "U39")
def test_sinks(code: str, reason: str) -> None:
    assert run(HEAD + code).reasons == [reason]


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ("datetime.min", "compared-with-naive"),
        ("datetime.max", "compared-with-naive"),
        ("datetime(2024, 1, 1, tzinfo=None)", "compared-with-naive"),
        ("datetime(2024, 1, 1, tzinfo=timezone.utc)", "aware"),
        ("datetime(2024, 1, 1, **zone)", "compared-with-unknown"),
        ("datetime.strptime(text, '%Y-%m-%d')", "compared-with-naive"),
        ("datetime.strptime(text, '%Y-%m-%d %z')", "aware"),
        ("datetime.strptime(text, form)", "compared-with-unknown"),
        ("datetime.combine(date.today(), time.min)", "compared-with-naive"),
        ("datetime.combine(date.today(), time.min, timezone.utc)", "aware"),
        ("datetime.combine(day, hour)", "compared-with-unknown"),
        ("datetime.fromordinal(5)", "compared-with-naive"),
        ("datetime.fromisocalendar(2024, 1, 1)", "compared-with-naive"),
        ("datetime.fromisoformat('2024-01-01')", "compared-with-naive"),
        ("datetime.fromisoformat('2024-01-01T00:00:00+00:00')", "aware"),
        ("datetime.fromisoformat(text)", "compared-with-unknown"),
        ("datetime.now()", "local-time"),
        ("datetime.today()", "local-time"),
        ("datetime.fromtimestamp(5)", "local-time"),
        ("datetime.now(timezone.utc)", "aware"),
        ("datetime.fromtimestamp(5, timezone.utc)", "aware"),
        ("when.replace(tzinfo=None)", "compared-with-naive"),
        ("when.astimezone(timezone.utc)", "aware"),
        ("when", "compared-with-unknown"),
        ("5", "aware"),
    ],
)
@pytest.mark.fact("U50", "U53", "U38")
def test_what_it_is_compared_with(other: str, reason: str) -> None:
    code = f"def f(when, text, form, day, hour, zone):\n    return datetime.utcnow() < {other}\n"
    assert run(HEAD + code).reasons == [reason]


def test_a_private_functions_parameter_is_what_its_calls_give() -> None:
    code = "def _f(at):\n    return at < datetime.utcnow()\n\n\nx = _f({})\n"
    assert run(HEAD + code.format("datetime.now(timezone.utc)")).reasons == ["aware"]
    assert run(HEAD + code.format("datetime(2024, 1, 1)")).reasons == ["compared-with-naive"]


@pytest.mark.fact("U37", "R21")
def test_an_unknown_objects_attribute_may_be_a_column_of_that_name() -> None:
    code = (
        "from sqlalchemy import Column, DateTime\nclass Order(Base):\n    placed = Column({})\n"
        "def is_late(order):\n    return order.placed < datetime.utcnow()\n"
    )
    (verdict,) = run(HEAD + code.format("DateTime")).verdicts
    assert verdict.reason == "utcnow/naive-column"
    assert verdict.message == (
        "it is compared with a column without a time zone at app.py:6, made at app.py:4"
    )
    assert run(HEAD + code.format("DateTime(timezone=True)")).reasons == ["compared-with-unknown"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("assert at.tzinfo is None", "asserted-naive"),
        ("assert not at.tzinfo", "asserted-naive"),
        ("assert at.tzinfo", "asserted-naive"),
        ("x = not at.tzinfo", "aware"),
        ("case.assertIsNone(at.tzinfo)", "asserted-naive"),
        ("case.assertEqual(at.tzinfo, None)", "asserted-naive"),
        ("case.assertIsNone(at)", "naive-sink"),
        ("case.assertEqual(at, datetime(2024, 1, 1))", "compared-with-naive"),
        ("case.assertGreater(at, datetime(2024, 1, 1, tzinfo=timezone.utc), text)", "aware"),
        ("case.assertEqual(at.isoformat(), '2024-01-01T00:00:00')", "text-compared"),
        ("mock.assert_called_with(at)", "compared-with-unknown"),
        ("mock.sent.assert_called_once_with(1, at=at)", "compared-with-unknown"),
        ("mock.assert_any_call(at)", "compared-with-unknown"),
    ],
)
@pytest.mark.fact("U32", "U33")
def test_what_is_asserted_of_it(code: str, reason: str) -> None:
    code = f"def test_f(case, mock, text):\n    at = datetime.utcnow()\n    {code}\n"
    assert run(HEAD + code).reasons == [reason]


@pytest.mark.parametrize("text", ["datetime.utcnow().isoformat()", "str(datetime.utcnow())"])
@pytest.mark.parametrize(
    ("use", "reasons"),
    [
        ("at < datetime(2024, 1, 1)", ["compared-with-naive"]),
        ("at < datetime(2024, 1, 1, tzinfo=timezone.utc)", ["aware"]),
        ("assert at.tzinfo is None", ["asserted-naive"]),
    ],
)
@pytest.mark.fact("U28")
def test_what_is_read_back_from_its_text_is_it(text: str, use: str, reasons: list[str]) -> None:
    assert run(HEAD + f"at = datetime.fromisoformat({text})\n{use}\n").reasons == reasons


@pytest.mark.fact("U28")
def test_values_that_are_read_back_meet_as_they_are() -> None:
    code = "at = datetime.fromisoformat(datetime.utcnow().isoformat())\nat < datetime.utcnow()\n"
    assert run(HEAD + code).reasons == ["aware", "aware"]


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ('hasattr(datetime, "utcnow")', "version-gate"),
        ('not hasattr(datetime, "UTC")', "version-gate"),
        ('hasattr(datetime, "name")', "aware"),
    ],
)
@pytest.mark.fact("U46")
def test_a_feature_test_chooses_it(condition: str, reason: str) -> None:
    assert run(HEAD + f"x = datetime.utcnow() if {condition} else 0\n").reasons == [reason]
    assert run(HEAD + f"if {condition}:\n    x = datetime.utcnow()\n").reasons == [reason]


@pytest.mark.parametrize(
    ("old", "new"), [("utcnow()", "now()"), ("utcfromtimestamp(5)", "fromtimestamp(5)")]
)
@pytest.mark.fact("U70", "R51")
def test_a_double_stays_where_the_code_asks_for_local_time_too(old: str, new: str) -> None:
    code = (
        "from unittest.mock import patch\ndef f():\n    return {}, datetime.{}\n"
        "@patch('app.datetime')\ndef test_f(clock):\n"
        "    clock.{}.return_value = datetime(2024, 1, 1)\n    f()\n"
    )
    method = old.partition("(")[0]
    text = HEAD + code.format("1", old, method)
    assert run(text).reasons == ["mocked-together"] * 2
    text = HEAD + code.format(f"datetime.{new}", old, method)
    assert run(text).reasons == ["mocked-clock"] * 2
