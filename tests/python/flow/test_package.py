"""What the package offers is there when it is asked for."""

from __future__ import annotations

import pytest

from codemods.python import flow


@pytest.mark.parametrize("name", flow.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(flow, name).__module__ != flow.__name__


def test_no_other_name_is() -> None:
    with pytest.raises(AttributeError, match="no attribute 'orgins'"):
        flow.orgins  # type: ignore[attr-defined]  # noqa: B018
