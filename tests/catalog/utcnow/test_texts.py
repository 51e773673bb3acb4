"""utcnow: what becomes of a value's text: shown to people, or part of a file's name."""

import pytest

from tests.catalog.utcnow.run import run

HEAD = "import logging, os\nfrom datetime import datetime\nfrom pathlib import Path\n"


@pytest.mark.parametrize(
    ("code", "note"),
    [
        ('print("at", datetime.utcnow())', "the value is printed, where its text ends in `+00:00`"),
        ('at = datetime.utcnow()\nprint("at %s" % at)', "its printed text ends in `+00:00` now"),
        ('print(f"at {datetime.utcnow()} UTC-ish")', ""),
        ('print(f"at {datetime.utcnow()}: go")', "its printed text has `+00:00` in it now"),
        ('logging.info("at %s", datetime.utcnow())', "the value is logged, where its text ends"),
        ("logging.info(str(datetime.utcnow()))", "its logged text ends in `+00:00` now"),
    ],
)
@pytest.mark.fact("U10", "R7")
def test_text_that_is_shown_is_no_evidence_but_noted(code: str, note: str) -> None:
    verdict = run(HEAD + code).verdicts[0]
    if note:
        assert (verdict.reason, verdict.related != ()) == ("utcnow/aware", True)
        assert note in verdict.note
        assert "app.py:" in verdict.note
    else:
        assert verdict.reason == "utcnow/text-extended"


@pytest.mark.parametrize(
    "code",
    [
        'open(f"job-{datetime.utcnow()}.log")',
        'name = f"job-{datetime.utcnow()}"\nopen(name)',
        'os.path.join("a", "b-" + datetime.utcnow().isoformat() + ".json")',
        'x = datetime.utcnow().isoformat()\n\ndef f():\n    open("%s.txt" % x)',
        'Path("a") / f"{datetime.utcnow()}.sql"',
        'Path("a") / datetime.utcnow().isoformat()',
        'open("{}.txt".format(datetime.utcnow()))',
        "os.makedirs(str(datetime.utcnow()))",
    ],
)
@pytest.mark.fact("U10")
def test_text_in_a_files_name_stays_as_it_is(code: str) -> None:
    verdict = run(HEAD + code).verdicts[0]
    assert verdict.reason == "utcnow/text-names-file"
    assert "app.py:" in verdict.message


def test_text_in_a_file_is_not_its_name() -> None:
    code = 'open("log").write(str(datetime.utcnow()))'
    assert run(HEAD + code).reasons == ["aware"]
