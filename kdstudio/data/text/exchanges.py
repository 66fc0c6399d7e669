"""Rows of prompts and answers, as chat APIs and collections of instructions write them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kdstudio.core.errors import DataError
from kdstudio.data import magic
from kdstudio.data.text.conversation import ASSISTANT, SYSTEM, USER, Conversation, Turn

PROMPTS = ("prompt", "instruction")
RESPONSES = ("response", "completion", "output", "answer")
TURNS = ("messages", "conversations", "conversation")
_ROLES = {"human": USER, "user": USER, "gpt": ASSISTANT, "assistant": ASSISTANT, "bot": ASSISTANT, "model": ASSISTANT}
_LABELS = ("label", "labels", "class", "target", "chosen", "rejected")  # such rows are for something else
_HEAD = 4 * 1024**2
_LONGEST = 64 * 1024**2  # a line: thousands of tokens, each with its alternatives
_LOOKED_AT = 20
_CUT = "cut off"  # a row whose answer is not whole, in the words of an endpoint
_UNFINISHED = ("length", _CUT)


def conversation(row: Mapping[str, Any]) -> Conversation | None:
    """Return what a row says and answers; None where it has no prompt, or no answer to it.

    A row has a prompt (a text, or messages) and a response, or messages of which all answers are learned.
    """
    turns = _messages(next((row[name] for name in TURNS if name in row), None))
    if turns:
        while turns and turns[-1].role != ASSISTANT:
            turns = turns[:-1]
        turns = [Turn(one.role, one.text, one.role == ASSISTANT) for one in turns]
        return Conversation(turns) if len(turns) > 1 else None
    asked = prompt_of(row)
    said = next((row[name] for name in RESPONSES if isinstance(row.get(name), str)), "")
    if not asked or not said.strip():
        return None
    is_continued = row.get("object") == "text_completion"
    turns = [*asked, Turn(ASSISTANT, said, wanted=True)]
    return Conversation(turns, is_continued=is_continued, ends=row.get("finish_reason") not in _UNFINISHED)


def prompt_of(row: Mapping[str, Any]) -> list[Turn]:
    """Return the turns that a row asks with; none where it has no prompt."""
    system = row.get("system")
    before = [Turn(SYSTEM, system)] if isinstance(system, str) and system.strip() else []
    value = next((row[name] for name in PROMPTS if row.get(name)), None)
    if isinstance(value, str):
        more = row.get("input")
        text = f"{value}\n\n{more}" if isinstance(more, str) and more.strip() else value
        return [*before, Turn(USER, text)]
    if value is None:
        value = next((row[name] for name in TURNS if name in row), None)
    asked = _messages(value)
    return [*before, *asked] if asked else []


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a JSONL, JSON or parquet file. Raises DataError where it is damaged; a torn last line is not.

    Lines are read one by one, because rows with their alternatives can take gigabytes together.
    """
    if magic.head(path, 4) == b"PAR1":
        yield from _parquet(path)
        return
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        first = file.read(64).lstrip()
        file.seek(0)
        if first.startswith("["):
            yield from _list(path, file.read())
            return
        wrong = 0
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            row = _row(line)
            if row is None:
                wrong = wrong or number
                continue
            if wrong:
                hint = "Write one JSON object a line."
                raise DataError(f"line {wrong:,} is no JSON object", hint=hint, where=str(path))
            yield row


def is_exchanges(path: Path) -> bool:
    """Whether a file holds prompts with answers, from its beginning. Never raises."""
    try:
        rows = _beginning(path)
    except (OSError, DataError, ValueError):
        return False
    found = sum(conversation(row) is not None and not any(name in row for name in _LABELS) for row in rows)
    return found > 0 and found * 2 >= len(rows)


def _beginning(path: Path) -> list[dict[str, Any]]:
    if path.is_dir():
        return []
    start = magic.head(path, 64)
    if start.startswith(b"PAR1"):
        return _parquet_head(path)
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in (b"{", b"["):
        return []
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
        text = magic.head(path, _HEAD).decode("utf-8-sig", errors="replace")
        return list(_objects(text.lstrip()[1:]))
    rows: list[dict[str, Any] | None] = []
    read = 0
    with open(path, "rb") as file:
        while read < _HEAD and len(rows) < _LOOKED_AT and (line := file.readline(_LONGEST)):
            rows.append(_row(line.decode("utf-8-sig", errors="replace")))
            read += len(line)
    return [row for row in rows if row is not None]


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield the first objects of a list that may go on."""
    decoder, at = json.JSONDecoder(), 0
    for _ in range(_LOOKED_AT):
        at = len(text) - len(text[at:].lstrip(" \t\r\n,"))
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        if isinstance(value, dict):
            yield value


def _row(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _list(path: Path, text: str) -> Iterator[dict[str, Any]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"it is no JSON: {error}", hint="Save the file again.", where=str(path)) from error
    yield from (row for row in found if isinstance(row, dict))


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=1024):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        message = f"it is cut off or damaged: {str(error).splitlines()[0][:160]}"
        raise DataError(message, hint="Copy or write the file again.", where=str(path)) from error


def _parquet_head(path: Path) -> list[dict[str, Any]]:
    import pyarrow as pa
    from pyarrow import parquet

    names = {*PROMPTS, *RESPONSES, *TURNS}
    try:
        with parquet.ParquetFile(path) as file:
            columns = [name for name in file.schema_arrow.names if name in names or name in _LABELS]
            if not names & set(columns):
                return []
            batch = next(file.iter_batches(batch_size=_LOOKED_AT, columns=columns), None)
            return [] if batch is None else list(batch.to_pylist())
    except (pa.ArrowException, OSError, ValueError):
        return []


def _messages(value: object) -> list[Turn]:
    """Return messages as turns: role and content, or from and value; parts of a content that are text."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    turns = []
    for one in value:
        if not isinstance(one, Mapping):
            return []
        role, text = one.get("role", one.get("from")), _said(one.get("content", one.get("value")))
        if not isinstance(role, str) or text is None:
            return []
        turns.append(Turn(_ROLES.get(role.lower(), role.lower()), text))
    return turns


def _said(content: object) -> str | None:
    if isinstance(content, str):
        return content
    if isinstance(content, Sequence):
        parts = [one.get("text") for one in content if isinstance(one, Mapping) and one.get("type") == "text"]
        return "".join(part for part in parts if isinstance(part, str))
    return None
