"""Reports as files; the suffix of the name says which kind."""

from __future__ import annotations

from pathlib import Path

from codemods.reports.report import Report

__all__ = ["SUFFIXES", "as_file"]

SUFFIXES = (".json", ".sarif", ".md", ".html")


def as_file(report: Report, path: Path, exit_code: int) -> bytes:
    """Return what a report file holds.

    Raises:
        ValueError: the suffix is none of `SUFFIXES`.
    """
    match path.suffix.lower():
        case ".json":
            from codemods.reports.json_report import as_json

            text = as_json(report, exit_code)
        case ".sarif":
            from codemods.reports.sarif import as_sarif

            text = as_sarif(report)
        case ".md":
            from codemods.reports.markdown import as_markdown

            text = as_markdown(report)
        case ".html":
            from codemods.reports.html_report import as_html

            text = as_html(report)
        case _:
            raise ValueError(f"{path}: a report ends in {', '.join(SUFFIXES)}")
    return text.encode("utf-8")
