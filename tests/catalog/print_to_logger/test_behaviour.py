"""Programs before and after the codemod, really run."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path, PurePosixPath
from textwrap import dedent

import pytest

from codemods.catalog.print_to_logger import codemod
from codemods.catalog.print_to_logger.options import Options
from codemods.codemod import Settings
from codemods.engine import MemoryFiles, run

from . import says


def migrated(
    files: dict[str, str],
    options: Options | None = None,
    overrides: tuple[tuple[str, dict[str, object]], ...] = (),
) -> dict[str, str]:
    data = {PurePosixPath(name): dedent(text).encode() for name, text in files.items()}
    settings = Settings(options or Options(), overrides)
    outcome = run(MemoryFiles(data), [codemod], {codemod.name: settings}, jobs=1)
    assert outcome.failures == ()
    for change in outcome.changes:
        for file in change.files:
            assert file.after is not None
            data[file.path] = file.after
    return {str(path): text.decode() for path, text in data.items()}


def written(files: dict[str, str], folder: Path) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), "utf-8")
    return folder


def started(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


SHOP = {
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n',
    "shop/__init__.py": "",
    "shop/__main__.py": """\
        from shop.work import run

        if __name__ == "__main__":
            run()
        """,
    "shop/work.py": """\
        def run():
            print("Schön: 100% of", 3)
            try:
                {}["key"]
            except Exception as error:
                print(f"failed: {error!r}")
        """,
}


@pytest.mark.fact("P44", "P45")
def test_messages_are_still_seen_on_the_console_and_in_the_file(tmp_path: Path) -> None:
    before = started(written(SHOP, tmp_path / "before"), "-m", "shop")
    folder = written(migrated(SHOP), tmp_path / "after")
    after = started(folder, "-m", "shop")
    log = (folder / "logs" / "shop.log").read_text("utf-8")
    assert (before.returncode, after.returncode) == (0, 0)
    assert before.stdout.splitlines() == ["Schön: 100% of 3", "failed: KeyError('key')"]
    for seen in (after.stderr, log):
        messages = [line for line in seen.splitlines() if "shop.work" in line]
        assert [line.split(" shop.work: ")[1] for line in messages] == before.stdout.splitlines()
        assert [line.split(" ")[2] for line in messages] == ["INFO", "ERROR"]
        assert "KeyError: 'key'" in seen
        assert "Traceback" in seen
    assert after.stdout == ""


@pytest.mark.fact("P44")
def test_without_a_configuration_messages_get_lost(tmp_path: Path) -> None:
    folder = written(migrated(SHOP, Options(logging="none")), tmp_path)
    after = started(folder, "-m", "shop")
    assert "100%" not in after.stderr
    assert "failed: KeyError('key')" in after.stderr


@pytest.mark.fact("P46")
def test_a_directory_that_can_not_be_written_does_not_kill_the_program(tmp_path: Path) -> None:
    folder = written(migrated(SHOP), tmp_path)
    (folder / "logs").write_text("a file where the folder should be")
    after = started(folder, "-m", "shop")
    assert after.returncode == 0
    assert "No log file" in after.stderr
    assert "Schön: 100% of 3" in after.stderr


@pytest.mark.fact("P44", "P46")
def test_level_and_file_come_from_the_environment(tmp_path: Path) -> None:
    folder = written(migrated(SHOP), tmp_path)
    after = started(folder, "-m", "shop", LOG_LEVEL="error", LOG_FILE="")
    assert "100%" not in after.stderr
    assert "failed" in after.stderr
    assert not (folder / "logs").exists()
    started(folder, "-m", "shop", LOG_LEVEL="nonsense", LOG_FILE="other/own.log")
    assert "Schön" in (folder / "other" / "own.log").read_text("utf-8")


@pytest.mark.fact("P44")
def test_json_logging_writes_an_object_a_line(tmp_path: Path) -> None:
    folder = written(migrated(SHOP, Options(logging="json")), tmp_path)
    after = started(folder, "-m", "shop")
    first = json.loads(after.stderr.splitlines()[0])
    assert first["message"] == "Schön: 100% of 3"
    assert first["levelname"] == "INFO"


@pytest.mark.fact("P44")
def test_a_script_that_can_not_import_the_module_configures_itself(tmp_path: Path) -> None:
    files = {
        **SHOP,
        "jobs/nightly/sweep.py": """\
            def sweep():
                print("Sweeping")


            if __name__ == "__main__":
                sweep()
            """,
    }
    folder = written(migrated(files), tmp_path)
    after = started(folder, "jobs/nightly/sweep.py")
    assert "Sweeping" in after.stderr


TALKATIVE = """\
    import argparse
    import logging

    DEBUG_WORK = True


    def work(verbose):
        print("Working")
        if verbose:
            print("Working in detail")
        if DEBUG_WORK:
            print("[DEBUG] Always in detail")


    def main():
        parser = argparse.ArgumentParser()
        parser.add_argument("--verbose", action="store_true")
        args = parser.parse_args()
        CONFIGURE
        work(args.verbose)


    if __name__ == "__main__":
        main()
    """


@pytest.mark.fact("P30", "P44")
@pytest.mark.parametrize(
    ("configure", "by_flag", "by_constant"),
    [
        ("pass", "INFO", "INFO"),
        ("logging.basicConfig(level=logging.INFO)", "INFO", "INFO"),
        ("logging.basicConfig(level=str('INFO'))", "INFO", "INFO"),
        ("logging.basicConfig(level=logging.DEBUG)", "DEBUG", "DEBUG"),
        ("logging.basicConfig(level=10 if args.verbose else 20)", "DEBUG", "INFO"),
    ],
)
def test_a_flag_that_asks_for_more_still_shows_more(
    tmp_path: Path, configure: str, by_flag: str, by_constant: str
) -> None:
    files = {"talk.py": TALKATIVE.replace("CONFIGURE", configure)}
    before = written(files, tmp_path / "before")
    after = written(migrated(files, Options(strip_prefix=True)), tmp_path / "after")
    prefix = "" if by_constant == "DEBUG" else "[DEBUG] "
    for flags, expected in [
        ((), [("INFO", "Working"), (by_constant, f"{prefix}Always in detail")]),
        (
            ("--verbose",),
            [
                ("INFO", "Working"),
                (by_flag, "Working in detail"),
                (by_constant, f"{prefix}Always in detail"),
            ],
        ),
    ]:
        printed = started(before, "talk.py", *flags).stdout.splitlines()
        assert len(printed) == len(expected)
        logged = started(after, "talk.py", *flags).stderr.splitlines()
        found = [line.partition("__main__:") for line in logged]
        said = [(re.findall("[A-Z]+", head)[-1], text.strip()) for head, _, text in found]
        assert said == expected


CRUNCH = {
    "crunch/__init__.py": "",
    "crunch/__main__.py": """\
        import multiprocessing

        from crunch.work import Reader, ready, square


        def main():
            print("Crunching")
            context = multiprocessing.get_context("spawn")
            with context.Pool(1, ready) as pool:
                pool.map(square, [7])
            reader = Reader()
            reader.start()
            reader.join()


        if __name__ == "__main__":
            main()
        """,
    "crunch/work.py": """\
        import multiprocessing


        def ready():
            print("Ready")


        def square(n):
            \"\"\"Square a number.\"\"\"
            return _square(n)


        def _square(n):
            print("Squaring", n)
            return n * n


        class Reader(multiprocessing.get_context("spawn").Process):
            def run(self):
                print("Reading")
        """,
}


@pytest.mark.fact("P44", "P46")
def test_spawned_workers_are_heard(tmp_path: Path) -> None:
    printed = started(written(CRUNCH, tmp_path / "before"), "-m", "crunch").stdout.splitlines()
    folder = written(migrated(CRUNCH), tmp_path / "after")
    after = started(folder, "-m", "crunch")
    assert printed == ["Crunching", "Ready", "Squaring 7", "Reading"]
    assert [line.rpartition(": ")[2] for line in after.stderr.splitlines()] == printed
    assert after.stdout == ""
    # Several processes can't rotate one file.
    assert len((folder / "logs" / "crunch.log").read_text("utf-8").splitlines()) == 1


@pytest.mark.fact("P44", "P46")
def test_spawned_workers_of_a_program_that_configures_itself_are_heard(tmp_path: Path) -> None:
    main = dedent(CRUNCH["crunch/__main__.py"])
    configure = "    import logging\n    logging.basicConfig(level=20)\n    main()\n"
    assert main.endswith("    main()\n")
    files = {**CRUNCH, "crunch/__main__.py": main.removesuffix("    main()\n") + configure}
    after = started(written(migrated(files), tmp_path), "-m", "crunch")
    said = [line.rpartition(":")[2] for line in after.stderr.splitlines()]
    assert said == ["Crunching", "Ready", "Squaring 7", "Reading"]


MIXED = {
    "main.py": """\
        from loguru import logger

        import other
        import work

        if __name__ == "__main__":
            logger.info("Starting")
            work.work(3)
            other.work()
        """,
    "work.py": """\
        def work(n):
            print("Working on", n, "{braces}")
            print("[WARNING] slow")
        """,
    "other.py": """\
        import logging

        log = logging.getLogger(__name__)


        def work():
            print("Left")
            print("ERROR: late")
        """,
}


@pytest.mark.fact("P40", "P44")
def test_what_loguru_would_not_show_stays_printed(tmp_path: Path) -> None:
    folder = written(migrated(MIXED), tmp_path)
    after = started(folder, "main.py")
    assert after.returncode == 0
    said = [line.split(" - ")[-1] for line in after.stderr.splitlines()]
    assert said == ["Starting", "Working on 3 {braces}", "[WARNING] slow", "ERROR: late"]
    assert after.stdout == "Left\n"


@pytest.mark.fact("P44")
@pytest.mark.parametrize(
    ("configure", "printed", "logged"),
    [
        ("logging.basicConfig()", ["Working"], ["Slow"]),
        ("logging.basicConfig(level='ERROR')", ["Working"], []),
        ("logging.basicConfig(level='INFO')", [], ["Working", "Slow"]),
        ("logging.basicConfig(); LOG.setLevel(20)", [], ["Working", "Slow"]),
    ],
)
def test_what_the_program_would_not_show_stays_printed(
    tmp_path: Path, configure: str, printed: list[str], logged: list[str]
) -> None:
    text = """\
        import logging

        LOG = logging.getLogger(__name__)
        CONFIGURE

        if __name__ == "__main__":
            print("Working")
            print("[WARNING] Slow")
        """
    files = migrated({"main.py": text.replace("CONFIGURE", configure)}, Options(strip_prefix=True))
    after = started(written(files, tmp_path), "main.py")
    assert after.stdout.splitlines() == printed
    assert [line.rpartition(":")[2] for line in after.stderr.splitlines()] == logged


@pytest.mark.fact("P44")
def test_a_program_whose_names_are_taken_is_heard_or_left(tmp_path: Path) -> None:
    guard = '\n\nif __name__ == "__main__":\n    work()\n'
    work = 'def work():\n    print("Working")\n    print("ERROR: late")\n'
    files = {
        "one.py": f"configure_logging = None\n\n\n{work}{guard}",
        "both.py": f"configure_logging = _configure_logging = None\n\n\n{work}{guard}",
        "shared.py": f"configure_logging = None; _configure_logging = print\n{work}{guard}",
    }
    folder = written(migrated(files), tmp_path)
    one, both = started(folder, "one.py"), started(folder, "both.py")
    assert [line.rpartition("__main__: ")[2] for line in one.stderr.splitlines()] == [
        "Working",
        "ERROR: late",
    ]
    assert (both.stdout, both.stderr) == ("Working\n", "ERROR: late\n")


@pytest.mark.fact("P30")
def test_a_prefix_that_the_level_carries_goes_on_request(tmp_path: Path) -> None:
    text = """\
        if __name__ == "__main__":
            print("[OK] DataFlow initialized")
            print("ERROR: no disk", 3)
            print("Done: kept")
        """
    for strip, said in [
        (False, ["[OK] DataFlow initialized", "ERROR: no disk 3", "Done: kept"]),
        (True, ["DataFlow initialized", "no disk 3", "Done: kept"]),
    ]:
        files = migrated({"flow.py": text}, Options(strip_prefix=strip))
        after = started(written(files, tmp_path / str(strip)), "flow.py")
        lines = [line.split(" ", 2)[2].split(" ", 2) for line in after.stderr.splitlines()]
        assert [level for level, _, _ in lines] == ["INFO", "ERROR", "INFO"]
        assert [text for _, _, text in lines] == said


@pytest.mark.fact("P20")
def test_output_is_kept_or_logged_by_path(tmp_path: Path) -> None:
    command = """\
        def show_rows():
            print("3 rows")


        if __name__ == "__main__":
            show_rows()
        """
    files = {"keep/rows.py": command, "log/rows.py": command}
    after = migrated(files, overrides=(("log/", {"stdout": "log"}),))
    folder = written(after, tmp_path)
    assert started(folder, "keep/rows.py").stdout == "3 rows\n"
    logged = started(folder, "log/rows.py")
    assert (logged.stdout, "3 rows" in logged.stderr) == ("", True)


EARLY = {
    "main.py": """\
        import app.begin

        if __name__ == "__main__":
            app.begin.go()
        """,
    "again.py": "import app.begin\n\napp.begin.go()\n",
    "app/__init__.py": "",
    "app/begin.py": "from app import work\n\n\ndef go():\n    work.work()\n",
    "app/work.py": 'print("Imported")\n\n\ndef work():\n    print("Working")\n',
    "app/own.py": """\
        import logging

        from app import begin


        def main():
            logging.basicConfig(format="own: %(message)s", level=logging.INFO)
            begin.go()


        if __name__ == "__main__":
            main()
        """,
}


@pytest.mark.fact("P44", "R79")
@pytest.mark.parametrize("program", ["main.py", "again.py"])
def test_logging_is_configured_before_the_imports_that_log(tmp_path: Path, program: str) -> None:
    files = {name: text for name, text in EARLY.items() if name != "app/own.py"}
    folder = written(migrated(files), tmp_path)
    after = started(folder, program)
    assert [line.split(": ")[-1] for line in after.stderr.splitlines()] == ["Imported", "Working"]
    assert after.stdout == ""


@pytest.mark.fact("P44", "R79")
def test_each_program_is_judged_by_what_it_reaches(tmp_path: Path) -> None:
    folder = written(migrated(EARLY), tmp_path)
    own = started(folder, "-m", "app.own")
    assert (own.stdout, own.stderr) == ("Imported\n", "own: Working\n")
    other = started(folder, "main.py")
    assert (other.stdout, other.stderr) == ("Imported\n", "INFO:app.work:Working\n")


@pytest.mark.fact("P44")
def test_a_lambda_handler_is_heard_through_the_handler_of_its_runtime(tmp_path: Path) -> None:
    files = {
        "resize.py": 'def lambda_handler(event, context):\n    print("Resizing", event)\n',
        "runtime.py": """\
            import logging, sys

            logging.getLogger().addHandler(logging.StreamHandler(sys.stdout))
            import resize

            resize.lambda_handler(1, 2)
            """,
    }
    runtime = files.pop("runtime.py")
    folder = written({**migrated(files), "runtime.py": runtime}, tmp_path)
    after = started(folder, "runtime.py")
    assert (after.stdout, after.stderr) == ("Resizing 1\n", "")


MODULE = """\
    import sys
    import traceback


    def work(n, fail):
        print("=" * 10)
        print("WARNING: n is", n)
        print("=" * 10)
        print()
        print(f"{n:>5} of {n!r}", "%", sep=" ")
        print("%s of %5.1f%%" % (n, n))
        print("{} of {}".format(n, [n]), end=".\\n")
        print("to stderr", file=sys.stderr)
        try:
            fail()
        except KeyError as e:
            print("expected:", e)
        try:
            fail()
        except KeyError as e:
            print("with traceback")
            traceback.print_exc(file=sys.stdout)
        try:
            fail()
        except Exception as e:
            print("swallowed " + str(e))
        try:
            fail()
        except Exception:
            print("[WARNING] ignored")
    """


def fail() -> None:
    raise KeyError("x")


def records(source: str) -> list[logging.LogRecord]:
    kept: list[logging.LogRecord] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(record)

    logger = logging.getLogger("migrated")
    logger.setLevel(logging.DEBUG)
    handler = Handler()
    logger.addHandler(handler)
    names: dict[str, object] = {"__name__": "migrated"}
    try:
        exec(source, names)
        work = names["work"]
        assert callable(work)
        work(7, fail)
    finally:
        logger.removeHandler(handler)
    return kept


@pytest.mark.fact("P30", "P32")
def test_messages_levels_and_tracebacks() -> None:
    names: dict[str, object] = {}
    stdout, stderr = io.StringIO(), io.StringIO()
    exec(dedent(MODULE), names)
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        names["work"](7, fail)  # type: ignore[operator]
    printed = [
        line
        for line in stdout.getvalue().splitlines()
        if (line and not line.startswith(("Traceback", "  ", "KeyError")))
        or line.startswith("    7")
    ]
    after = migrated({"module.py": MODULE})["module.py"]
    found = records(after)
    assert sorted(one.getMessage() for one in found) == sorted(
        [*printed, *stderr.getvalue().splitlines()]
    )
    assert [(one.levelname, one.getMessage()) for one in found if one.exc_info] == [
        ("ERROR", "with traceback"),
        ("ERROR", "swallowed 'x'"),
    ]
    levels = {one.getMessage(): one.levelname for one in found}
    assert levels["=" * 10] == levels["WARNING: n is 7"] == "WARNING"
    assert levels["to stderr"] == levels["[WARNING] ignored"] == "WARNING"
    assert levels["expected: 'x'"] == "ERROR"
    assert levels["7 of   7.0%"] == "INFO"


@pytest.mark.fact("P1")
def test_passing_operands_on_would_lose_the_message(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.Logger("test")
    handler = logging.StreamHandler(io.StringIO())
    logger.addHandler(handler)
    logger.info("loaded", 3)
    assert handler.stream.getvalue() == ""
    assert "not all arguments converted" in capsys.readouterr().err
    assert says.says_after('logger.info("%s %s", "loaded", 3)') == "loaded 3"
