"""Which kinds of input a program may take: what its file declares, else what its weights let suppose."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from kdstudio.core.errors import ModelError
from kdstudio.models.programs import pictures, sounds, tables, texts
from kdstudio.models.programs.inputs import Takes, Value, words

_HINT = (
    "Choose a model that takes one batch of pictures (N, channels, height, width), of waveforms (N, samples), of rows "
    "of a table (N, numbers), or tokens of texts."
)


def declared(values: Sequence[Value], path: Path) -> list[Takes]:
    """Return all that may be handed to a program that declares these inputs, the likeliest first.

    Rows of numbers may be small grey pictures, sound or a table: the data decides. Raises ModelError where there is
    nothing, and where there is no tokenizer for a program for texts.
    """
    if values and texts.is_text(values):
        return [texts.declared(values, path)]
    if len(values) != 1:
        names = ", ".join(value.describe() for value in values) or "nothing"
        raise ModelError(f"the model takes {len(values)} inputs ({names}); a classifier takes one", hint=_HINT)
    value = values[0]
    if value.dtype is None:
        raise ModelError(f"the input {value.name!r} is no tensor of numbers", hint=_HINT)
    picture, sound, rows = pictures.declared(value), sounds.declared(value), tables.declared(value)
    found: list[Takes] = [*sound, *picture, *rows] if sounds.is_named(value) else [*picture, *sound, *rows]
    if not found:
        raise ModelError(
            f"the model takes {words(value)} ({value.name!r}): no pictures, sound, rows or texts", hint=_HINT
        )
    return found


def guessed(names: Sequence[str], masks: Sequence[str], shapes: Iterable[tuple[int, ...]], path: Path) -> list[Takes]:
    """Return all that a program may take whose file only names its inputs, from the shapes of its weights.

    `masks` are inputs that may be left out, where it takes no texts. Raises ModelError for several inputs that are no
    tokens of texts, or without a tokenizer.
    """
    text = texts.guessed([*names, *masks], path)
    if len(names) != 1:
        if text is None:
            what = f"the model takes {len(names)} inputs ({', '.join(names) or 'nothing'})"
            raise ModelError(
                f"{what}; a classifier takes one, or tokens of texts with a tokenizer beside it", hint=_HINT
            )
        return [text]
    known = list(shapes)
    found: list[Takes] = [] if text is None else [text]
    return [*found, *pictures.guesses(known), *sounds.guesses(known), *tables.guesses(known)]
