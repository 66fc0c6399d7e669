"""From the weights of a file to a model: identify, rename, build on `meta`, fill, and say what is worth knowing."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from torch import Tensor, nn

from kdstudio.core.digest import digest_file
from kdstudio.core.errors import InvalidRecipe, ModelError, Problem, UnknownArchitecture, WeightsMismatch
from kdstudio.core.targets import Task
from kdstudio.models.build import architecture, empty, fill, name_of
from kdstudio.models.head import Reused
from kdstudio.models.identify import identify, verify
from kdstudio.models.model import PROGRAM, Model, Spec, tappable
from kdstudio.models.outputs import PLAIN, OutputChoice
from kdstudio.models.preprocessing.fit import Stored
from kdstudio.models.preprocessing.image import USUAL_SIZE, ImagePreprocessing
from kdstudio.models.programs.python_class import CODE, load_with_class
from kdstudio.models.programs.vision import family, open_known
from kdstudio.models.rounding import labelled
from kdstudio.models.source import load
from kdstudio.models.sparse import kept_sparse
from kdstudio.models.zoo.base import Fit, InputShape
from kdstudio.models.zoo.joints import Bits

METADATA = "kdstudio"  # the key in a safetensors file's metadata


class Description(BaseModel):
    """What kdstudio writes beside the weights of its own files, so that they open without guessing."""

    model_config = ConfigDict(frozen=True, extra="ignore")  # a newer writer may add fields

    architecture: str
    knobs: dict[str, int | float | str | bool | list[int]]
    input_shape: InputShape | None
    classes: int
    class_names: tuple[str, ...] = ()
    preprocessing: Stored | None = None
    reused: Reused | None = None
    bits: Bits | None = None
    sparse: bool = False
    task: Task = "classification"
    scale: tuple[float, ...] = ()  # of numbers to predict: the network answers in deviations from their mean
    shift: tuple[float, ...] = ()

    @property
    def output(self) -> OutputChoice:
        """How the network's answer is read."""
        return OutputChoice(kind="values", scale=self.scale, shift=self.shift) if self.task == "regression" else PLAIN


@dataclass(frozen=True, slots=True)
class Weights:
    """What a loader read: tensors by name in the order of the file, and its own description where it has one."""

    tensors: dict[str, Tensor]
    format: str
    description: str | None = None
    problems: tuple[Problem, ...] = ()


def assemble(weights: Weights, path: Path) -> Model:
    """Return the model, on the CPU in float32 and in eval mode; raises ModelError where the weights fit nothing."""
    tensors, problems = clean(weights.tensors, path)
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    description = _description(weights.description)
    if description is not None and PROGRAM in description.knobs:
        learned = replace(_learned(description, tensors, path), format=weights.format)
        return kept_sparse(learned) if description.sparse else learned
    try:
        fit = identify(shapes) if description is None else _stated(description, shapes)
    except UnknownArchitecture:
        if (known := family(shapes)) is None:
            raise
        return open_known(tensors, known, path)
    module = fill(
        empty(fit.architecture, fit.input_shape or (fit.channels, *USUAL_SIZE), fit.classes, fit.reused, fit.bits),
        {fit.renamed.get(name, name): tensor for name, tensor in tensors.items()},
    )
    stored = None if description is None else description.preprocessing
    model = of_fit(module, fit, path, weights.format, (*weights.problems, *problems), stored)
    if description is None:
        return model
    model = replace(model, class_names=description.class_names, output=description.output, task=description.task)
    return kept_sparse(model) if description.sparse else model


def of_fit(
    module: nn.Module, fit: Fit, path: Path, form: str, problems: tuple[Problem, ...], stored: Stored | None = None
) -> Model:
    """Return a filled network as the model of a file, with the preprocessing that was `stored` in it."""
    knobs = fit.architecture
    notes = [Problem(message=note, where=str(path), severity="note") for note in fit.notes]
    return Model(
        module=module,
        spec=Spec(name_of(knobs), knobs.model_dump(mode="json"), fit.input_shape, fit.classes, fit.reused, fit.bits),
        preprocessing=stored or _unknown(fit),
        path=path,
        format=form,
        layers=tuple(tappable(module)),
        digest=digest_file(path),
        problems=(*problems, *notes),
        preprocessing_known=stored is not None,
        label=labelled(knobs.label, fit.bits),
        per_token=knobs.per_token,
    )


def describe(model: Model) -> str:
    """Return the JSON text that a file of this model carries."""
    description = Description(
        architecture=model.spec.architecture,
        knobs=model.spec.knobs,
        input_shape=model.spec.input_shape,
        classes=model.spec.classes,
        class_names=model.class_names,
        preprocessing=model.preprocessing if model.preprocessing_known else None,
        task=model.task,
        scale=model.output.scale,
        shift=model.output.shift,
        reused=model.spec.reused,
        bits=model.spec.bits,
        sparse=model.spec.sparse,
    )
    unsaid = {name for name in ("reused", "bits", "sparse") if not getattr(description, name)}
    return description.model_dump_json(exclude=unsaid)


def _description(text: str | None) -> Description | None:
    if text is None:
        return None
    try:
        return Description.model_validate(json.loads(text))
    except (ValidationError, json.JSONDecodeError) as error:
        raise ModelError(
            f"the file's description of its model cannot be read: {error}",
            hint="The file was changed, or a newer kdstudio wrote it: save it again, or update kdstudio.",
        ) from error


def _stated(description: Description, shapes: dict[str, tuple[int, ...]]) -> Fit:
    try:
        knobs = architecture(description.architecture, description.knobs)
    except InvalidRecipe as error:
        raise ModelError(
            f"the file describes a network that cannot be built: {error.problems[0]}",
            hint="A newer kdstudio may have written it: update kdstudio.",
        ) from error
    stored, channels = description.preprocessing, 0
    if description.input_shape is None:
        channels = stored.channels if isinstance(stored, ImagePreprocessing) else identify(shapes).channels
    fit = Fit(
        knobs, description.input_shape, channels, description.classes, {}, (), description.reused, description.bits
    )
    verify(fit, shapes)
    return fit


def _learned(description: Description, tensors: dict[str, Tensor], path: Path) -> Model:
    """Return a student that went on from a program: it is not built here, so its own file is opened again."""
    file = Path(str(description.knobs[PROGRAM]))
    if code := description.knobs.get(CODE):  # the class is filled with what was learned
        own = {name.removeprefix("net."): values for name, values in tensors.items()}
        model = load_with_class(own, file, str(code))
    else:
        model = load(file)
    if model.digest != description.knobs.get("sha256"):
        message = f"the program that these weights belong to, {file}, was changed"
        raise ModelError(message, hint="Put the program that the student was trained from back there.")
    if not model.can_train:
        raise ModelError("the program that these weights belong to cannot learn here", hint=model.training_note)
    if description.preprocessing is not None:
        model = model.taking(description.preprocessing.takes)
    try:
        model.module.load_state_dict(tensors)
    except RuntimeError as error:
        hint = "The file is damaged or was changed: save it again."
        raise WeightsMismatch(f"the weights do not fit the program {file}", hint=hint) from error
    return replace(
        model,
        spec=replace(model.spec, input_shape=description.input_shape),
        preprocessing=description.preprocessing or model.preprocessing,
        preprocessing_known=description.preprocessing is not None,
        class_names=description.class_names,
        task=description.task,
        output=replace(
            model.output,
            kind="values" if description.task == "regression" else model.output.kind,
            scale=description.scale,
            shift=description.shift,
        ),
        path=path,
        digest=digest_file(path),
        others=(),
    )


def _unknown(fit: Fit) -> ImagePreprocessing:
    """Return what stands in until the right normalisation is found: weights that say nothing of it are for images.

    Raises ModelError for weights of text: nothing but the file can tell which number stands for which word.
    """
    if "image" not in fit.architecture.takes:
        hint = "Open the file that kdstudio exported, which has the words in it."
        raise ModelError(f"the weights are those of {fit.architecture.label}, but the words are not stored", hint=hint)
    size = None if fit.input_shape is None else (fit.input_shape[1], fit.input_shape[2])
    return ImagePreprocessing.plain(fit.channels, size)


def clean(tensors: dict[str, Tensor], path: Path) -> tuple[dict[str, Tensor], list[Problem]]:
    """Give each tensor memory of its own (files may share it between weights), in float32, and look for NaN."""
    problems: list[Problem] = []
    floating = {tensor.dtype for tensor in tensors.values() if tensor.is_floating_point()}
    if floating - {torch.float32}:
        kinds = ", ".join(sorted(str(kind).removeprefix("torch.") for kind in floating - {torch.float32}))
        message = f"the weights are stored as {kinds} and are used as float32"
        problems.append(Problem(message=message, where=str(path), severity="note"))
    cleaned = {
        name: tensor.to(torch.float32 if tensor.is_floating_point() else tensor.dtype, copy=True).contiguous()
        for name, tensor in tensors.items()
    }
    broken = [name for name, tensor in cleaned.items() if not bool(torch.isfinite(tensor).all())]
    if broken:
        message = f"{len(broken)} of {len(cleaned)} weights have values that are no numbers (first: {broken[0]})"
        hint = "The training that made this file diverged; use an earlier checkpoint."
        problems.append(Problem(message=message, hint=hint, where=str(path), severity="warning"))
    return cleaned, problems
