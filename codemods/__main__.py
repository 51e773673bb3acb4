"""``python -m codemods`` and the installed command."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line; exits the process."""
    from codemods.commands.app import main as run_program

    run_program()


if __name__ == "__main__":
    main()
