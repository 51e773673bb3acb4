"""What the reports are drawn from."""

from codemods.reports.report import by_reason
from tests.reports.sample import entry


def test_reasons_come_codemod_by_codemod_and_frequent_ones_first() -> None:
    first = [entry(1, reason="a/rare"), entry(2, reason="a/often"), entry(3, reason="a/often")]
    later = [entry(line, reason="b/most") for line in range(4, 9)]
    later = [one._replace(site=one.site._replace(codemod="b")) for one in later]
    assert {code: len(found) for code, found in by_reason([*first, *later]).items()} == {
        "a/often": 2,
        "a/rare": 1,
        "b/most": 5,
    }
    assert list(by_reason([*first, *later])) == ["a/often", "a/rare", "b/most"]
