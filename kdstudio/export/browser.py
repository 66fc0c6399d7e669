"""A page's network as a real browser computes it: served on this machine alone, asked without a window."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from tempfile import mkdtemp
from threading import Thread
from time import monotonic
from typing import Any

import numpy as np

from kdstudio.core.errors import ExportError
from kdstudio.core.paths import resource
from kdstudio.models.preprocessing.base import Feed

PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
OPENING, ANSWERING = 120.0, 300.0  # seconds that a browser may take
_LOOK = 0.5  # seconds between looks whether the browser still runs
_TYPES = {
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".html": "text/html",
    ".onnx": "application/octet-stream",
}


def browser() -> str | None:
    """Return the program of a browser that can be asked without a window, None where there is none."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class InBrowser:
    """Answers of the folder of a page, until nobody holds this any more. Raises ExportError where it does not open.

    `page` is what the browser opens, below the server's root; everything that a page posts below `/check/` is an
    answer.
    """

    def __init__(self, folder: Path, program: str, page: str = "check/check.html") -> None:
        self._asked: Queue[tuple[str, bytes]] = Queue()
        self._told: Queue[tuple[str, bytes]] = Queue()
        handler = partial(_Handler, self._asked, self._told, (folder, resource("web")))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self._home = mkdtemp(prefix="kdstudio-browser-")
        address = f"http://127.0.0.1:{self._server.server_address[1]}/{page}"
        self._browser = subprocess.Popen(
            [program, *_flags(self._home), address],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self.take(OPENING)
        except ExportError:
            self.close()
            raise

    def __call__(self, fed: Feed) -> np.ndarray:
        """Return logits (N, classes) float32."""
        self._ask(fed, 1)
        return np.frombuffer(self.take(ANSWERING), np.float32).reshape(len(next(iter(fed.values()))), -1)

    def times(self, fed: Feed, calls: int) -> list[float]:
        """Return the seconds of so many answers in the browser, as finely as its clock tells them."""
        self._ask(fed, calls)
        return [float(one) for one in np.frombuffer(self.take(ANSWERING), np.float64)]

    def take(self, seconds: float) -> bytes:
        """Return what the page posts next; raises ExportError where it fails, or nothing comes."""
        until = monotonic() + seconds
        while True:
            try:
                path, body = self._told.get(timeout=_LOOK)
            except Empty:
                if self._browser.poll() is not None:
                    raise _refusal("it ended") from None
                if monotonic() > until:
                    raise _refusal(f"nothing came for {seconds:.0f} s") from None
                continue
            if path.endswith("failed"):
                raise _refusal(body.decode(errors="replace"))
            return body

    def close(self) -> None:
        """End browser and server and take their traces away."""
        import psutil

        if self._browser.poll() is None:
            family = psutil.Process(self._browser.pid).children(recursive=True)
            for one in family:
                one.kill()
            self._browser.kill()
        self._browser.wait()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        shutil.rmtree(self._home, ignore_errors=True)

    def __del__(self) -> None:
        if os.path.isdir(self._home):
            self.close()

    def _ask(self, fed: Feed, calls: int) -> None:
        told: list[dict[str, Any]] = []
        parts, start = [], 0
        for name, value in fed.items():
            data = np.ascontiguousarray(value).tobytes()
            end = start + len(data)
            told.append({"name": name, "type": str(value.dtype), "dims": value.shape, "start": start, "end": end})
            parts.append(data)
            start = end
        self._asked.put((json.dumps({"fed": told, "calls": calls}), b"".join(parts)))


class _Handler(SimpleHTTPRequestHandler):
    """Serves the files of several folders, hands out what is asked, and takes what is told."""

    def __init__(
        self,
        asked: "Queue[tuple[str, bytes]]",
        told: "Queue[tuple[str, bytes]]",
        folders: Sequence[Path],
        *request: Any,
    ) -> None:
        self._asked, self._told, self._folders = asked, told, folders
        super().__init__(*request)

    def do_GET(self) -> None:
        """Answer with a file, or with the next question: 204 where there is none yet."""
        if self.path != "/check/next":
            self._send_file()
            return
        try:
            inputs, body = self._asked.get(timeout=1)
        except Empty:
            self.send_response(204)
            self.end_headers()
            return
        self._send(body, "application/octet-stream", inputs)

    def do_POST(self) -> None:
        """Take what the page tells."""
        self._told.put((self.path, self.rfile.read(int(self.headers.get("Content-Length") or 0))))
        self.send_response(204)  # afterwards: what is told next comes after it
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _send_file(self) -> None:
        wanted = self.path.partition("?")[0].lstrip("/")
        for folder in self._folders:
            file = (folder / wanted).resolve()
            if file.is_relative_to(folder.resolve()) and file.is_file():
                self._send(file.read_bytes(), _TYPES.get(file.suffix, "application/octet-stream"))
                return
        self.send_error(404)

    def _send(self, body: bytes, kind: str, inputs: str = "") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if inputs:
            self.send_header("inputs", inputs)
        self.end_headers()
        self.wfile.write(body)


def _flags(home: str) -> list[str]:
    flags = ["--headless=new", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-dev-shm-usage"]
    flags += ["--disable-background-networking", "--remote-debugging-port=0", f"--user-data-dir={home}"]
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*flags, "--no-sandbox"] if is_root else flags  # browsers refuse to build a sandbox for root


def _refusal(why: str) -> ExportError:
    hint = "Export it as ONNX, which ONNX Runtime was asked about here."
    return ExportError(f"The page does not answer in the browser: {why.partition(chr(10))[0][:300]}", hint=hint)
