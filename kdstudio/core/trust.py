"""Which files may run code when they are opened: those that the person trusted, by what is in them (contract: "Trust").

A file that is changed has another digest and is asked for again. Trust is remembered in the person's settings, or
lasts as long as this process.
"""

import json
import re
from pathlib import Path

from kdstudio.core.digest import digest_bytes
from kdstudio.core.errors import KdStudioError, Untrusted
from kdstudio.core.files import write_json
from kdstudio.core.paths import settings_folder

FILE = "trusted.json"
_for_now: set[str] = set()  # trusted as long as this process lives


def trust(digest: str, *, remember: bool) -> None:
    """Let the file with this SHA-256 digest (hexadecimal) run code when it is opened, from now on or for this process.

    Raises KdStudioError for what is no such digest.
    """
    digest = digest.strip().lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        hint = "Copy the 64 letters and digits that `kdstudio inspect` shows for the file."
        raise KdStudioError(f"{digest[:80]!r} is no SHA-256 digest of a file", hint=hint)
    _for_now.add(digest)
    if remember:
        write_json(_list(), {"schema": 1, "sha256": sorted({*_remembered(), digest})})


def is_trusted(digest: str) -> bool:
    """Whether the file with this digest may run code."""
    return digest in _for_now or digest in _remembered()


def read_trusted(path: Path, message: str, *, hint: str = "") -> tuple[bytes, str]:
    """Return (content, digest) of a file that is trusted; raises Untrusted with `message` and the digest of any other.

    Open that content and not the path once more: another file may have taken its place since it was hashed. It is held
    in memory as a whole.
    """
    content = path.read_bytes()
    digest = digest_bytes(content)
    if not is_trusted(digest):
        raise Untrusted(message, digest=digest, hint=hint, where=str(path))
    return content, digest


def _list() -> Path:
    return settings_folder() / FILE


def _remembered() -> set[str]:
    """Return the digests in the person's settings; a list that cannot be read trusts nothing."""
    try:
        found = json.loads(_list().read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {digest for digest in found if isinstance(digest, str)} if isinstance(found, list) else set()
