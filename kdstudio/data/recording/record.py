"""Recording a teacher's answers to prompts, one line each, so that a kill at any instant loses the one in flight."""

import json
import os
import threading
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

from kdstudio.core.errors import DataError, Problem, RunError
from kdstudio.core.events import Event, Noticed, Progress
from kdstudio.core.json_lines import line
from kdstudio.data import magic
from kdstudio.data.recording.answered import line_of, messages, question
from kdstudio.data.recording.endpoint import Busy, Endpoint, Refused
from kdstudio.data.text.cells import decoded, lines
from kdstudio.data.text.conversation import ASSISTANT, USER, Turn
from kdstudio.data.text.exchanges import prompt_of, rows_of
from kdstudio.recipe.asked import Asked

_TRIES = 8
_LONGEST_WAIT, _FIRST_WAIT, _LOOK = 60.0, 1.0, 0.25  # seconds
_BAD = 3  # prompts in a row that are refused: then it is the request, and not the prompt
_BLOCK = 1 << 20


def record(
    endpoint: Endpoint, prompts: Path, to: Path, asked: Asked, patience: float = _FIRST_WAIT
) -> Generator[Event, object, dict[str, int]]:
    """Ask `endpoint` about each prompt that `to` has no line of yet, and append a line for each answer.

    Returns how many lines there are, how many are new, and how many prompts were refused. A busy endpoint is asked
    again after `patience` seconds, then after twice as many. Raises RunError and DataError.
    """
    wanted = prompts_in(prompts)
    kept = _kept(to, asked)
    missing = [one for one in wanted if not _taken(kept, _key(one))]
    done = first = len(wanted) - len(missing)
    refused = in_a_row = 0
    told = asked.top_logprobs == 0
    if endpoint.is_overheard:
        yield Noticed(problem=_OVERHEARD)
    yield Progress(done=done, total=len(wanted), doing="Recording answers")
    for turns in missing:
        body = question(asked, turns, is_chat=endpoint.is_chat)
        try:
            answer = yield from _patiently(endpoint, body, patience)
            row = line_of(turns, answer, asked, is_chat=endpoint.is_chat)
            in_a_row = 0
        except Refused as error:
            refused, in_a_row = refused + 1, in_a_row + 1
            if done == 0 or in_a_row == _BAD:
                raise RunError(f"the endpoint refuses ({error.status}): {error}", hint=_hint(str(error))) from error
            row = {"prompt": messages(turns), "refused": str(error), "asked": asked.model_dump(mode="json")}
        _append(to, row)
        done += 1
        if not told and row.get("response") and not row.get("logprobs"):
            told = True
            yield Noticed(problem=_NO_ALTERNATIVES)
        yield Progress(done=done, total=len(wanted), doing="Recording answers")
    return {"answers": done, "recorded_now": done - first, "refused": refused}


def prompts_in(path: Path) -> list[list[Turn]]:
    """Return the prompts in a file: rows with prompt or messages, or a text with one prompt a line. Raises DataError.

    Of messages that end with an answer all but that answer is asked.
    """
    try:
        start = magic.head(path, 64)
        if start.startswith(b"PAR1") or start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
            found = [_asking(prompt_of(row)) for row in rows_of(path)]
        else:
            found = [[Turn(USER, one.strip())] for one in lines(decoded(path.read_bytes())[0])]
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}", hint="Choose another file.") from error
    found = [turns for turns in found if turns]
    if not found:
        hint = "Write one prompt a line, or JSON objects with prompt or messages."
        raise DataError(f"{path.name} holds no prompts", hint=hint, where=str(path))
    return found


def _asking(turns: list[Turn]) -> list[Turn]:
    while turns and turns[-1].role == ASSISTANT:
        turns = turns[:-1]
    return turns


def _patiently(endpoint: Endpoint, body: dict[str, Any], patience: float) -> Generator[Event, object, dict[str, Any]]:
    """Ask until the endpoint has time, a little longer apart each time. Raises Refused, and RunError at last."""
    for attempt in range(_TRIES):
        try:
            return endpoint.ask(body)
        except Refused as error:
            if "max_completion_tokens" not in str(error) or "max_tokens" not in body:
                raise
            most = body["max_tokens"]  # which newer models take by another name
            body = {key: value for key, value in body.items() if key != "max_tokens"} | {"max_completion_tokens": most}
        except Busy as error:
            if attempt == _TRIES - 1:
                hint = "Nothing is lost: run the same command again, and it goes on."
                raise RunError(f"{error}; after {_TRIES} tries it was left at that", hint=hint) from error
            wait = error.after if error.after is not None else patience * 2**attempt
            yield from _waited(min(wait, _LONGEST_WAIT), str(error))
    raise RunError("the endpoint did not answer", hint="Run the same command again.")


def _waited(seconds: float, why: str) -> Iterator[Event]:
    """Wait, and stay able to be stopped."""
    clock = threading.Event()
    while seconds > 0:
        yield Progress(done=0, total=0, doing=f"Waiting {seconds:.0f} s: {why}")
        clock.wait(min(_LOOK, seconds))
        seconds -= _LOOK


def _kept(to: Path, asked: Asked) -> Counter[str]:
    """Return the prompts that a file has lines of, and cut off a line that a kill has torn.

    Raises RunError where it was recorded with other settings: a student would learn from two teachers.
    """
    if not to.exists():
        return Counter()
    _cut(to)
    found: Counter[str] = Counter()
    for number, row in enumerate(rows_of(to), start=1):
        turns = prompt_of(row)
        if not turns or "asked" not in row:
            hint = "Choose another name for the answers."
            raise RunError(f"line {number:,} of {to.name} was not recorded by kdstudio", hint=hint)
        if row["asked"] != asked.model_dump(mode="json"):
            was = ", ".join(
                f"{key} {value}" for key, value in row["asked"].items() if value != getattr(asked, key, None)
            )
            hint = "Use the same, or choose another name for the answers."
            raise RunError(f"{to.name} was recorded with other settings: {was}", hint=hint)
        found[_key(turns)] += 1
    return found


def _cut(to: Path) -> None:
    """Cut off what stands behind the last end of a line."""
    with open(to, "r+b") as file:
        size = end = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - _BLOCK)
            file.seek(start)
            at = file.read(end - start).rfind(b"\n")
            if at >= 0:
                end = start + at + 1
                break
            end = start
        if end < size:
            file.truncate(end)


def _taken(kept: Counter[str], key: str) -> bool:
    if not kept[key]:
        return False
    kept[key] -= 1
    return True


def _key(turns: Sequence[Turn]) -> str:
    return json.dumps(messages(turns))


def _append(to: Path, row: dict[str, Any]) -> None:
    try:
        with open(to, "ab") as file:
            file.write(line(row))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        hint = "Choose another place, or make room. What is recorded stays."
        raise RunError(f"{to} cannot be written: {error.strerror or error}", hint=hint) from error


def _hint(said: str) -> str:
    if "logprob" in said.lower():
        return "Ask for fewer alternatives, or for none: --top-logprobs 0."
    return "Check --model and the other settings."


_OVERHEARD = Problem(
    message="the key goes over the network as it is: others on the way can read it",
    hint="Use https where the server has it.",
    severity="warning",
)
_NO_ALTERNATIVES = Problem(
    message="the endpoint does not tell how it weighs the alternatives (logprobs)",
    hint="The student will learn the answers as they are. Another server may tell more.",
    severity="warning",
)
