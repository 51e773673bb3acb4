"""Keeps passwords and tokens out of everything that is shown or kept."""

from __future__ import annotations

import re

__all__ = ["redact", "split_credentials"]

# Up to the last "@" before the path: a password may hold one that is not escaped.
_USER = re.compile(r"\b([a-z][a-z0-9+.-]*://)([^/\s'\"]*)@", re.IGNORECASE)
_HEADER = re.compile(r"(authorization:\s*\w+\s+)\S+", re.IGNORECASE)
_QUERY = re.compile(r"([?&](?:access_|private_)?token=)[^&\s'\"]+", re.IGNORECASE)


def redact(text: str) -> str:
    """Remove the credentials of every URL in some text.

    The user of an ssh URL stays, since it is an address (``git@``) and no secret.
    """
    text = _USER.sub(_without_secret, text)
    return _QUERY.sub(r"\1***", _HEADER.sub(r"\1***", text))


def split_credentials(url: str) -> tuple[str, str]:
    """Return a URL without its credentials, and ``user:password`` as it was written, if any."""
    clean = redact(url)
    match = _USER.match(url)
    return clean, match[2] if match and clean != url else ""


def _without_secret(match: re.Match[str]) -> str:
    scheme, user = match[1], match[2]
    if "ssh" in scheme.lower():
        return f"{scheme}{user.partition(':')[0]}@"
    return scheme
