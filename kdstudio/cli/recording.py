"""`kdstudio record`: the answers of a teacher behind an endpoint, for a student to learn from."""

import os
from pathlib import Path
from typing import Annotated

import typer

from kdstudio.cli.commands import Debug, Json, app


@app.command()
def record(  # noqa: PLR0913, PLR0917  each is a flag
    endpoint: Annotated[str, typer.Option(help="The address of an OpenAI-compatible server. Nothing else is asked.")],
    prompts: Annotated[Path, typer.Option(help="JSON rows with prompt or messages, or a text with one prompt a line.")],
    to: Annotated[Path, typer.Option("--to", help="The JSONL file of answers; one that is there is gone on with.")],
    model: Annotated[str, typer.Option(help="Which of the server's models; its only one where it has one.")] = "",
    top_logprobs: Annotated[int, typer.Option(min=0, help="How many alternatives of each token; 0: none.")] = 20,
    max_tokens: Annotated[int, typer.Option(min=1, help="The most tokens of an answer.")] = 512,
    temperature: Annotated[float, typer.Option(min=0.0, max=5.0, help="0: always the likeliest token.")] = 1.0,
    key_env: Annotated[str, typer.Option(help="The environment variable with the key; it is not written down.")] = "",
    timeout: Annotated[float, typer.Option(min=1.0, help="Seconds to wait for one answer.")] = 300.0,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Record a teacher's answers to prompts, with how it weighed the alternatives, token by token.

    Each answer is on the disk before the next is asked for, and running it again goes on. The file is data and teacher
    of a recipe at once. Only the address that is given is asked: no proxy, no redirect.
    """
    from kdstudio.cli.session import finished, session, steps
    from kdstudio.core.errors import RunError
    from kdstudio.data.recording.endpoint import endpoint as opened
    from kdstudio.data.recording.record import record as recording
    from kdstudio.recipe.asked import Asked
    from kdstudio.training.control import Control, controlled

    with session(as_json=as_json, debug=debug) as answer:
        if key_env and not os.environ.get(key_env):
            raise RunError(f"there is no key in the environment variable {key_env}", hint=f"export {key_env}=…")
        where = opened(endpoint, os.environ.get(key_env, "") if key_env else "", timeout)
        if not model:
            model = _only(where.models())
        asked = Asked(model=model, max_tokens=max_tokens, temperature=temperature, top_logprobs=top_logprobs)
        control = Control()
        counts = finished(
            steps(controlled(recording(where, prompts, to, asked), control), control, onward="the same command")
        )
        told = f"{to}: {counts['answers']:,} answers, {counts['recorded_now']:,} of them recorded now"
        told += f", {counts['refused']:,} refused" if counts["refused"] else ""
        answer({"path": str(to), **counts}, lambda console: console.print(told, markup=False, soft_wrap=True))


def _only(names: list[str]) -> str:
    """Return the name of the only model of a server; raises RunError where a person must choose."""
    from kdstudio.core.errors import RunError

    if len(names) == 1:
        return names[0]
    shown = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
    hint = f"Choose one with --model: {shown}." if names else "Say it with --model."
    raise RunError("which of the server's models shall answer is not said", hint=hint)
