"""Serves a folder of repositories over HTTP, and behaves as badly as it is told."""

from __future__ import annotations

import base64
import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Remote:
    """What the server does, and what it has seen."""

    root: Path
    user: str = ""  #: with `password`; empty serves everybody
    password: str = ""
    unavailable: int = 0  #: requests that are still to be answered with 503
    requests: int = 0
    admitted: int = 0  #: requests that had the right password
    shown: set[str] = field(default_factory=set)  #: programs that had it in their arguments
    address: str = ""  #: host and port

    @property
    def authorization(self) -> str:
        """The header that opens the door."""
        secret = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return f"Basic {secret}" if self.user else ""


@contextlib.contextmanager
def served(remote: Remote) -> Iterator[Remote]:
    """Serve until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _answer(self, remote)

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    remote.address = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield remote
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(request: BaseHTTPRequestHandler, remote: Remote) -> None:
    remote.requests += 1
    remote.shown |= _programs_that_show(remote.password)
    body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
    if remote.unavailable:
        remote.unavailable -= 1
        request.send_error(503)
        return
    given = request.headers.get("Authorization") or ""
    if remote.user and given != remote.authorization:
        request.send_response(401)
        request.send_header("WWW-Authenticate", 'Basic realm="x"')
        request.send_header("Content-Length", "0")
        request.end_headers()
        return
    remote.admitted += bool(given)
    path, _, query = request.path.partition("?")
    done = subprocess.run(
        ["git", "http-backend"],
        input=body,
        capture_output=True,
        check=True,
        env={
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(remote.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": request.headers.get("Git-Protocol") or "",
            "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding") or "",
            "CONTENT_TYPE": request.headers.get("Content-Type") or "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REMOTE_USER": remote.user or "anybody",
            "REQUEST_METHOD": request.command,
            # Its files belong to whoever runs the tests.
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        },
    ).stdout
    head, _, content = done.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    request.send_response(int(headers.pop("Status", "200").split()[0]))
    for name, value in headers.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(content)


def _programs_that_show(secret: str) -> set[str]:
    """Return the command lines of this machine that hold a secret (Linux)."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline") if secret else ():
        with contextlib.suppress(OSError):
            line = path.read_bytes().decode(errors="replace")
            if secret in line:
                found.add(line)
    return found
