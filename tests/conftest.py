"""Settings for all tests."""

import signal

import pytest
from hypothesis import HealthCheck, settings

# The same examples on every machine and in every run: a failure is always reproducible.
settings.register_profile(
    "fixed",
    derandomize=True,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("fixed")

pytest_plugins = ["tests.postgres.plugin"]


@pytest.fixture(autouse=True, scope="session")
def _interruptible() -> None:
    """Let Ctrl-C work in what the tests start: a shell's background jobs are told to ignore it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
