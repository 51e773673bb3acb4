"""Which pager Git would use."""

import pytest

from codemods.commands.paging import pager_for


@pytest.mark.parametrize(
    ("config", "environment", "pager"),
    [
        ({}, {}, "less"),
        ({}, {"PAGER": "more"}, "more"),
        ({"core.pager": "delta"}, {"PAGER": "more"}, "delta"),
        ({"core.pager": "delta"}, {"GIT_PAGER": "most"}, "most"),
        ({"core.pager": "cat"}, {}, ""),
        ({"core.pager": ""}, {"PAGER": "more"}, ""),
        ({"pager.log": "false", "core.pager": "delta"}, {}, ""),
        ({"pager.log": "true", "core.pager": "delta"}, {}, "delta"),
        ({"pager.log": "diff-so-fancy", "core.pager": "delta"}, {}, "diff-so-fancy"),
    ],
)
def test_pager(config: dict[str, str], environment: dict[str, str], pager: str) -> None:
    assert pager_for(config, environment) == pager
