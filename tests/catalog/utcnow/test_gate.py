"""The gate of utcnow lets every site through, in linear time."""

import pytest

from codemods.catalog.utcnow import codemod


def passes(data: bytes) -> bool:
    assert codemod.gate is not None
    return codemod.gate.search(data) is not None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"datetime.utcnow()", True),
        (b"datetime . utcfromtimestamp", True),
        (b"datetime.  # why # so\r\n  # then\n\t utcnow()", True),
        (b"datetime.\\\n  utcnow()", True),
        (b"getattr(datetime, 'utcnow')", True),
        (b"def utcnow(): utcnow()", False),
        (b"datetime.utcnow_ish, x.my_utcnow", False),
    ],
)
def test_passes(data: bytes, expected: bool) -> None:
    assert passes(data) is expected


def test_hashes_do_not_take_exponential_time() -> None:
    assert not passes(b"." + b"#" * 5000 + b"\n. " * 5000 + b"# utcnow\n")
