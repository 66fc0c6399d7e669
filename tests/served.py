"""A real language model behind a real server on 127.0.0.1, which answers as OpenAI-compatible endpoints do."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import torch

from kdstudio.core.passages import is_special
from kdstudio.models.model import Model
from kdstudio.models.next_token import tokens_of
from kdstudio.models.source import load


@dataclass
class Teller:
    """A model that answers; `faults` are statuses that come first, `seen` the headers and bodies of all requests."""

    model: Model
    key: str = ""
    faults: list[int] = field(default_factory=list)
    seen: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    tells: bool = True  # how it weighed the alternatives
    to: str = ""  # where it redirects
    url: str = ""

    def spelled(self, token: int) -> bytes:
        """Return a token as it stands in a text."""
        word = tokens_of(self.model).word(token) or ""
        if len(word) == 6 and word.startswith("<0x"):
            return bytes([int(word[3:5], 16)])
        if word.startswith("##") or "▁" in word or is_special(word) or "▁the" in self.words:
            return word.removeprefix("##").replace("▁", " ").encode()
        return f" {word}".encode()

    @property
    def words(self) -> set[str]:
        return set(tokens_of(self.model).description["model"]["vocab"])

    def answer(self, prompt: str, most: int, temperature: float, top: int) -> tuple[str, str, list[dict[str, Any]]]:
        """Return a text that depends on the prompt alone, why it ended, and each token with its alternatives."""
        generator = torch.Generator().manual_seed(crc32(prompt.encode()))
        (row,) = tokens_of(self.model).apply(np.array([prompt], dtype=object)).tolist()
        while is_special(tokens_of(self.model).word(row[-1]) or "") and len(row) > 1:
            row.pop()
        said, content = b"", []
        for _ in range(most):
            with torch.inference_mode():
                logits = self.model.module(torch.tensor([row]))[0, -1].double()
            known = logits.log_softmax(0)
            token = (
                int(known.argmax())
                if temperature == 0
                else int(torch.multinomial((logits / temperature).softmax(0), 1, generator=generator))
            )
            if is_special(tokens_of(self.model).word(token) or ""):
                return said.decode(errors="replace"), "stop", content
            best = known.topk(top) if top else None
            likely = [] if best is None else zip(best.indices.tolist(), best.values.tolist(), strict=True)
            content.append(
                self._entry(token, float(known[token])) | {"top_logprobs": [self._entry(*one) for one in likely]}
            )
            said += self.spelled(token)
            row.append(token)
        return said.decode(errors="replace"), "length", content

    def _entry(self, token: int, logprob: float) -> dict[str, Any]:
        spelled = self.spelled(token)
        return {"token": spelled.decode(errors="replace"), "logprob": logprob, "bytes": list(spelled)}

    def respond(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return what stands in a response."""
        is_chat = path.endswith("/chat/completions")
        prompt = "\n\n".join(one["content"] for one in body["messages"]) if is_chat else body["prompt"]
        top = body.get("top_logprobs", 0) if is_chat else body.get("logprobs", 0)
        most = body.get("max_tokens", body.get("max_completion_tokens", 16))
        said, why, content = self.answer(prompt, most, body["temperature"], top)
        shown: Any = {"content": content} if is_chat else _of_completions(content)
        choice = {"index": 0, "finish_reason": why, "logprobs": shown if self.tells and top else None}
        choice |= {"message": {"role": "assistant", "content": said}} if is_chat else {"text": said}
        kind = "chat.completion" if is_chat else "text_completion"
        return {"object": kind, "model": body["model"], "choices": [choice]}


def _of_completions(content: list[dict[str, Any]]) -> dict[str, Any]:
    """Write the same in the older shape."""
    return {
        "tokens": [one["token"] for one in content],
        "token_logprobs": [one["logprob"] for one in content],
        "top_logprobs": [{other["token"]: other["logprob"] for other in one["top_logprobs"]} for one in content],
    }


@contextmanager
def served(path: Path, **how: Any) -> Iterator[Teller]:
    """Serve the model at `path` until the end of the block."""
    model = load(path)
    model.module.eval()
    teller = Teller(model, **how)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(200, {"data": [{"id": "teller"}]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            teller.seen.append((dict(self.headers), body))
            if teller.to:
                self.send_response(307)
                self.send_header("Location", teller.to)
                self.end_headers()
            elif teller.key and self.headers.get("Authorization") != f"Bearer {teller.key}":
                self._send(401, {"error": {"message": "no such key"}})
            elif teller.faults:
                self._send(teller.faults.pop(0), {"error": {"message": "not now"}})
            else:
                self._send(200, teller.respond(self.path, body))

        def _send(self, status: int, value: dict[str, Any]) -> None:
            content = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        teller.url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield teller
        finally:
            server.shutdown()
            thread.join()
