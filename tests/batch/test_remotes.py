"""Far ends that fail, that want a password, or that would run something here."""

import json
import shutil
import uuid
from pathlib import Path

import pytest

from tests.batch.http_remote import Remote, served
from tests.batch.workshop import Workshop
from tests.commands.conftest import git

# A process of this machine that shows them is one of ours; as in a URL, the slash must be decoded.
PASSWORD = f"s3cr/t{uuid.uuid4().hex}"
SECRET = PASSWORD.replace("/", "%2F")


def test_a_password_reaches_git_and_nothing_else(workshop: Workshop) -> None:
    with served(Remote(workshop.root, "ada", PASSWORD)) as remote:
        base = f"http://ada:{SECRET}@{remote.address}"
        wrong = f"http://ada:wr0ng@{remote.address}"
        (workshop.root / "list.txt").write_text(
            f"{base}/good0/.git\n{wrong}/good1/.git\n{base}/nowhere/.git\n"
        )
        done = workshop.batch(GIT_TRACE="1", GIT_CURL_VERBOSE="1")
        assert done.returncode == 3, done.stdout
        causes = {
            name: row["cause"] or row["state"]
            for name, row in workshop.rows(key=lambda row: row["repository"].split("/")[-2]).items()
        }
        assert causes == {"good0": "changed", "good1": "no-access", "nowhere": "missing"}
        push = ("push", "out", "--pace", "0", "--cache", "cache-out")
        without = workshop.run(*push)
        assert without.returncode == 3
        assert "no-access" in without.stdout
        assert "terminal prompts disabled" in without.stdout
        pushed = workshop.run(*push, "--list", "list.txt")
        assert pushed.returncode == 0, pushed.stdout
    assert remote.admitted
    assert remote.shown == set()
    written = [path for path in workshop.root.rglob("*") if path.is_file()]
    kept = {path.name for path in written if _holds(path.read_bytes())}
    assert kept == {"list.txt"}
    said = "".join(one.stdout + one.stderr for one in (done, without, pushed))
    assert not _holds(said.encode())


def _holds(data: bytes) -> bool:
    return any(secret in data for secret in (SECRET.encode(), PASSWORD.encode(), b"wr0ng"))


def test_a_name_without_a_password_is_offered_as_a_token(workshop: Workshop) -> None:
    with served(Remote(workshop.root, "t0ken", "")) as remote:
        (workshop.root / "list.txt").write_text(f"http://t0ken@{remote.address}/good0/.git\n")
        done = workshop.batch()
        assert done.returncode == 0, done.stdout
    assert "t0ken" not in done.stdout + done.stderr + str(workshop.rows())


def test_what_the_network_fails_is_tried_again(workshop: Workshop) -> None:
    with served(Remote(workshop.root, unavailable=1)) as remote:
        (workshop.root / "list.txt").write_text(f"http://{remote.address}/good0/.git\n")
        done = workshop.batch()
    assert done.returncode == 0, done.stdout
    assert remote.unavailable == 0


def test_a_remote_has_ids_of_either_kind(workshop: Workshop) -> None:
    with served(Remote(workshop.root)) as remote:
        (workshop.root / "list.txt").write_text(f"modern\nhttp://{remote.address}/modern/.git\n")
        for ids, length in (("sha256", 64), ("sha1", 40)):
            shutil.rmtree(workshop.root / "modern", ignore_errors=True)
            workshop.repository("modern", {"a.py": "voice.shout(1)\n"}, ids=ids)
            done = workshop.batch(GIT_DEFAULT_HASH="sha256")
            assert done.returncode == 0, done.stdout
            rows = workshop.rows(key=lambda row: row["repository"])
            assert [row["state"] for row in rows.values()] == ["changed", "changed"]
            assert {len(commit) for row in rows.values() for commit in row["commits"]} == {length}
            if ids == "sha256":
                flags = ("--pace", "0", "--cache", "new", "--match", f"{workshop.root}")
                assert workshop.run("push", "out", *flags).returncode == 0
                tips = git(workshop.root / "modern", workshop.environment, "for-each-ref")
                assert rows[str(workshop.root / "modern")]["commits"][-1] in tips


@pytest.mark.parametrize("line", ["-x", "ext::touch% made", "--upload-pack=touch made", "fd::7"])
def test_a_dangerous_address_stops_the_batch_before_it_begins(
    workshop: Workshop, line: str
) -> None:
    (workshop.root / "list.txt").write_text(f"good0\n{line}\n")
    done = workshop.batch()
    assert done.returncode == 2
    assert line.split("=")[0] in done.stderr
    assert not (workshop.root / "out").exists()
    assert not (workshop.root / "made").exists()


def test_no_hook_and_no_filter_runs(workshop: Workshop) -> None:
    """Not even those of the user's own configuration, which a repository can name."""
    hooks = workshop.root / "hooks"
    template = workshop.root / "template" / "hooks"
    for folder in (hooks, template):
        folder.mkdir(parents=True)
        for name in (
            *("applypatch-msg", "commit-msg", "post-checkout", "post-commit", "post-index-change"),
            *("post-merge", "post-rewrite", "pre-auto-gc", "pre-commit", "pre-push"),
            *("prepare-commit-msg", "reference-transaction", "sendemail-validate"),
        ):
            (folder / name).write_text(f"#!/bin/sh\ntouch {workshop.root}/ran-{name}\n")
            (folder / name).chmod(0o755)
    touch = f"touch {workshop.root}/ran-filter && cat"
    (Path(workshop.environment["HOME"]) / ".gitconfig").write_text(
        f'[filter "h"]\n\tsmudge = {touch}\n\tclean = {touch}\n\trequired = true\n'
        f"[core]\n\thooksPath = {hooks}\n\tfsmonitor = touch {workshop.root}/ran-monitor\n"
        f"[init]\n\ttemplateDir = {template.parent}\n[maintenance]\n\tauto = true\n"
        f'[diff "h"]\n\ttextconv = "{touch}"\n\tcommand = "{touch}"\n[gc]\n\tauto = 1\n'
    )
    (workshop.root / "hanging" / ".gitattributes").write_text("* filter=h diff=h\n")
    (workshop.root / "list.txt").write_text("hanging\n")
    assert workshop.batch().returncode == 0
    row = workshop.rows()["hanging"]
    assert (row["state"], len(row["commits"])) == ("changed", 1)
    assert [path.name for path in workshop.root.glob("ran-*")] == []
    # A command needs a checkout, and that is as the user's own filters make it.
    assert workshop.batch("--test", "grep -q . a.py", folder="tested").returncode == 0
    assert [path.name for path in workshop.root.glob("ran-*")] == ["ran-filter"]
    # The trap works: whoever checks the branch out by hand is caught by it.
    clone = next((workshop.root / "cache-out" / "clones").glob("*.git"))
    work = str(workshop.root / "work")
    git(clone, workshop.environment, "worktree", "add", "-q", work, row["branch"])
    assert (workshop.root / "ran-post-checkout").exists()


def test_not_signed_unless_asked(workshop: Workshop) -> None:
    key = workshop.root / "key"
    workshop.shell("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
    (Path(workshop.environment["HOME"]) / ".gitconfig").write_text(
        f"[gpg]\n\tformat = ssh\n[user]\n\tsigningKey = {key}\n[commit]\n\tgpgSign = true\n"
    )
    names = ("--match", "good0")
    assert workshop.batch(*names).returncode == 0
    assert workshop.batch(*names, "--sign", folder="signed").returncode == 0
    signed = {}
    for folder in ("out", "signed"):
        row = workshop.rows(folder)["good0"]
        clone = next((workshop.root / f"cache-{folder}" / "clones").glob("*.git"))
        commit = git(clone, workshop.environment, "cat-file", "commit", row["commits"][-1])
        signed[folder] = "-----BEGIN SSH SIGNATURE-----" in commit
    assert signed == {"out": False, "signed": True}
    ledger = json.loads(next((workshop.root / "signed").rglob("ledger.json")).read_text())
    assert ledger["commits"][0]["id"] == workshop.rows("signed")["good0"]["commits"][0]
