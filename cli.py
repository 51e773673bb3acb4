"""Launcher for a checkout: ``python cli.py …`` is the installed command ``codemods …``."""

import sys


def _launch() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - it is started with any Python
        sys.exit(f"codemods: this is Python {sys.version.split()[0]}, and 3.11 is needed")
    try:
        from codemods.__main__ import main

        main()
    except ModuleNotFoundError as error:
        if (error.name or "codemods").partition(".")[0] == "codemods":
            raise
        sys.exit(
            f"codemods: this Python has no {error.name}; run `pip install .` in a virtual "
            "environment, or `make env` and then `.venv/bin/python cli.py`"
        )


if __name__ == "__main__":
    _launch()
