"""From a program that answers (TorchScript, exported program, ONNX, pickled module) to a model.

What it takes and what it answers with is found by handing it a few made-up pictures. torch's default generator is not
touched: they come from a generator of their own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from kdstudio.core.errors import ModelError, Problem
from kdstudio.models.model import PROGRAM, Model, Spec
from kdstudio.models.outputs import choose
from kdstudio.models.preprocessing.image import ImagePreprocessing
from kdstudio.models.programs.inputs import SIZES, Arranged, InputChoice

PROBES = 2  # inputs in one probe


@dataclass(frozen=True, slots=True)
class Program:
    """A module in eval mode with where it came from. `takes` has the inputs to try, the likeliest first.

    `weights` has the count and the bytes of its numbers where they are no parameters of the module.
    """

    module: nn.Module
    takes: Iterable[InputChoice]
    path: Path
    format: str
    digest: str
    can_train: bool = False
    layers: tuple[str, ...] = ()
    label: str = ""
    class_names: tuple[str, ...] = ()
    weights: tuple[int, int] | None = None


def as_model(program: Program) -> Model:
    """Return the model; raises ModelError where the program takes no pictures or is no classifier."""
    takes, answers = _accepted(program)
    output, classes = choose(answers, PROBES)
    again = {PROGRAM: str(program.path.absolute()), "sha256": program.digest} if program.can_train else {}
    names = program.class_names if len(program.class_names) == classes else ()
    notes = [note for note in (output.reason, _taken(takes)) if note]
    return Model(
        module=Arranged(program.module, takes),
        spec=Spec(program.format, again, None if takes.size is None else (takes.channels, *takes.size), classes),
        preprocessing=_preprocessing(takes),
        class_names=names,
        path=program.path,
        format=program.format,
        can_train=program.can_train,
        layers=program.layers,
        digest=program.digest,
        problems=tuple(Problem(message=note, where=str(program.path), severity="note") for note in notes),
        preprocessing_known=takes.is_pixels,
        label=program.label or program.format,
        output=output,
        weights=program.weights,
    )


def with_output(model: Model, wanted: str) -> Model:
    """Return the same model with the output that a person chose; raises ModelError where it has none of that name."""
    if not isinstance(model.preprocessing, ImagePreprocessing):
        raise ModelError("the model has one output alone", hint="Leave the choice automatic.")
    channels, height, width = model.preprocessing.shape
    output, classes = choose(_ask(model.module, InputChoice(channels, (height, width))), PROBES, wanted)
    others = [problem for problem in model.problems if problem.message != model.output.reason]
    note = Problem(message=output.reason, where=str(model.path), severity="note")
    return replace(
        model,
        output=output,
        spec=replace(model.spec, classes=classes),
        class_names=model.class_names if len(model.class_names) == classes else (),
        problems=(*others, note),
    )


def _accepted(program: Program) -> tuple[InputChoice, Sequence[Any]]:
    """Return the first input that the program answers, its size left open where the next one does as well."""
    tried: list[InputChoice] = []
    failure: Exception | None = None
    options = [option for takes in program.takes for option in _sizes(takes)]
    for option, following in zip(options, [*options, None][1:], strict=True):
        try:
            answers = _ask(program.module, option)
        except Exception as error:  # a program of others may raise anything
            tried, failure = [*tried, option], error
            continue
        if following is not None and replace(following, size=option.size) == option and _answers(program, following):
            return replace(option, size=None), answers
        return option, answers
    raise _refused(tried, failure)


def _sizes(takes: InputChoice) -> list[InputChoice]:
    return [takes] if takes.size is not None else [replace(takes, size=(side, side)) for side in SIZES]


def _answers(program: Program, takes: InputChoice) -> bool:
    try:
        _ask(program.module, takes)
    except Exception:
        return False
    return True


def _ask(module: nn.Module, takes: InputChoice) -> list[Any]:
    arranged = module if isinstance(module, Arranged) else Arranged(module, takes)
    with torch.no_grad():
        return [arranged(pictures) for pictures in _pictures(takes)]


def _pictures(takes: InputChoice) -> list[Tensor]:
    """Made-up pictures as different normalisations would give them: 0..1, around 0, 0..255."""
    assert takes.size is not None
    generator = torch.Generator().manual_seed(0)
    shape = (PROBES, takes.channels, *takes.size)
    plain, around = torch.rand(shape, generator=generator), torch.randn(shape, generator=generator)
    return [plain * 255] if takes.is_pixels else [plain, around, plain * 255]


def _preprocessing(takes: InputChoice) -> ImagePreprocessing:
    plain = ImagePreprocessing.plain(takes.channels, takes.size)
    return plain.model_copy(update={"std": (1 / 255,) * takes.channels}) if takes.is_pixels else plain


def _taken(takes: InputChoice) -> str:
    return f"the model takes pictures with {unusual}" if (unusual := takes.describe()) else ""


def _refused(tried: list[InputChoice], failure: Exception | None) -> ModelError:
    if isinstance(failure, ModelError) and len(tried) == 1:
        return failure
    if not tried:
        return ModelError(
            "the model takes no pictures: its first weights belong to no convolution of pictures and no linear layer",
            hint="Choose a model for pictures.",
        )
    sizes = ", ".join(dict.fromkeys(str(option.size[0]) for option in tried if option.size))
    words = str(failure).strip().splitlines()
    return ModelError(
        f"the model answers no picture of the usual sizes (tried {tried[0].channels} channels, {sizes} pixels)"
        + (f"; it says: {words[-1][:160]}" if words else ""),
        hint="Save it in another way: as ONNX, whose file says what it takes, or as weights of a known architecture.",
    )
