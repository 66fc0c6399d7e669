"""An OpenAI-compatible endpoint: one address that a person gave, and nothing else on the network."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException
from typing import IO, Any
from urllib.parse import urlsplit, urlunsplit

from kdstudio.core.errors import RunError

_CHAT, _PLAIN = "/chat/completions", "/completions"
_BUSY = (408, 409, 425, 429)  # what passes; and all from 500 on
_LARGEST = 256 * 1024**2
_HINT = "Give the address of the server, as http://127.0.0.1:8000/v1, or of its …/chat/completions or …/completions."


class Busy(Exception):
    """The endpoint cannot answer just now; `after` are the seconds that it asks to wait for, where it says."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Refused(Exception):
    """The endpoint does not answer this request, with its `status` and its own words."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask. The `key` is sent to this address alone, and is written nowhere."""

    url: str
    key: str = field(default="", repr=False)
    timeout: float = 300.0

    @property
    def is_chat(self) -> bool:
        """Whether it takes messages; otherwise it continues a text."""
        return self.url.endswith(_CHAT)

    @property
    def is_overheard(self) -> bool:
        """Whether others on the way could read the key: it goes over a network as it is."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        return bool(self.key) and parts.scheme == "http" and host not in ("localhost", "::1") and host[:4] != "127."

    def ask(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return what it answers to one request. Raises Busy, Refused, or RunError where it is no such endpoint."""
        return self._sent(self.url, json.dumps(body).encode())

    def models(self) -> list[str]:
        """Return the names of the models that it has; none where it does not tell."""
        base = self.url.removesuffix(_CHAT).removesuffix(_PLAIN)
        try:
            found = self._sent(f"{base}/models", None).get("data")
        except (Busy, Refused):
            return []
        named = [one.get("id") for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        return [name for name in named if isinstance(name, str)]

    def _sent(self, url: str, data: bytes | None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "kdstudio"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        # no proxies of the environment, and no redirect: what is asked is for this address alone
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Staying)
        try:
            with opener.open(urllib.request.Request(url, data, headers), timeout=self.timeout) as answer:
                content = answer.read(_LARGEST)
        except urllib.error.HTTPError as error:
            with error:
                raise _told(error, url) from error
        except (urllib.error.URLError, OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise Busy(f"{_host(url)} cannot be reached: {reason or type(error).__name__}") from error
        try:
            value = json.loads(content)
        except ValueError as error:
            raise RunError(f"{url} answers with something that is no JSON", hint=_HINT) from error
        if not isinstance(value, dict):
            raise RunError(f"{url} answers with something that is no JSON object", hint=_HINT)
        return value


def endpoint(address: str, key: str = "", timeout: float = 300.0) -> Endpoint:
    """Return the endpoint at an address; that of a server, or of its `v1`, means its chats. Raises RunError."""
    try:
        parts = urlsplit(address.strip())
        is_usable = (
            parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        is_usable = False
    if not is_usable:
        raise RunError(f"{address!r} is no address of a server", hint=_HINT)
    if parts.username or parts.password:
        hint = "Put the key into an environment variable, and name that with --key-env."
        raise RunError("a key in the address would be seen by others", hint=hint)
    path = parts.path.rstrip("/")
    if not path.endswith(_PLAIN):
        path = f"{path or '/v1'}{_CHAT}"
    return Endpoint(urlunsplit((parts.scheme, parts.netloc, path, parts.query, "")), key, timeout)


class _Staying(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: it would carry prompts, and the key, to another address."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Say where it was sent to."""
        fp.close()
        hint = f"If you trust it, give that address instead: {newurl}"
        raise RunError(f"{_host(req.full_url)} sends the request on to {_host(newurl)}", hint=hint)


def _told(error: urllib.error.HTTPError, url: str) -> Exception:
    """Return what an answer with a bad status means."""
    said = _message(error.read(65_536)) or error.reason
    if error.code in _BUSY or error.code >= 500:
        return Busy(f"{_host(url)} says {error.code}: {said}", _seconds(error.headers.get("Retry-After")))
    if error.code in (401, 403):
        hint = "Put your key into an environment variable, and name that with --key-env."
        return RunError(f"{_host(url)} does not let you in ({error.code}): {said}", hint=hint)
    if error.code in (404, 405):
        return RunError(f"{_host(url)} has nothing like this ({error.code}): {said}", hint=_HINT)
    return Refused(error.code, str(said))


def _message(content: bytes) -> str:
    """Return the words of an error as these endpoints write it."""
    text = content.decode("utf-8", errors="replace").strip()
    try:
        value = json.loads(text)
    except ValueError:
        return text[:200]
    found = value.get("error", value) if isinstance(value, dict) else value
    found = found.get("message", found) if isinstance(found, dict) else found
    return str(found)[:400]


def _seconds(header: str | None) -> float | None:
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:  # a date: then it waits as long as it would without
        return None


def _host(url: str) -> str:
    return urlsplit(url).netloc
