"""The student: a new model of an architecture, or one that goes on from a file's weights."""

from dataclasses import replace
from pathlib import Path

from kdstudio.core.errors import ModelError
from kdstudio.core.targets import NEXT_TOKEN
from kdstudio.data.dataset import Inputs
from kdstudio.models.build import ARCHITECTURES, architecture, empty, initialise
from kdstudio.models.chosen import begin_as
from kdstudio.models.loaders.pretrained import is_encoder, with_new_head
from kdstudio.models.model import NAMES, Model, Spec, tappable
from kdstudio.models.preprocessing.base import Preprocessing
from kdstudio.models.preprocessing.image import ImagePreprocessing
from kdstudio.models.preprocessing.rows import RowPreprocessing
from kdstudio.models.preprocessing.table import TablePreprocessing
from kdstudio.models.pruned import pruned
from kdstudio.models.said import NOTHING, load_said
from kdstudio.models.sparse import sparsified
from kdstudio.models.tasks import CLASSES, Answering, answering
from kdstudio.models.weights import read_weights
from kdstudio.models.zoo.base import TOKENS
from kdstudio.recipe.choices import StudentChoice

_WEIGHTS = "For the student choose its weights (a state dict or safetensors)."


def student(
    choice: StudentChoice,
    inputs: Inputs,
    classes: int,
    class_names: tuple[str, ...],
    preprocessing: Preprocessing,
    seed: int,
    answers: Answering = CLASSES,
) -> Model:
    """Return the student for data like `inputs`, prepared as `fitted` found; its first weights depend on `seed` alone.

    torch's default generator is not touched, so this may be called while another model trains.
    """
    if choice.path is not None:
        if not choice.partly:
            return _continued(choice, inputs, classes, class_names, preprocessing, seed, answers)
        path, new = Path(choice.path), StudentChoice(architecture=choice.arch, knobs=choice.knobs)
        like = student(new, inputs, classes, class_names, preprocessing, seed, answers)
        return begin_as(path, read_weights(path), choice.arch, choice.knobs, like)
    name = choice.architecture or ""
    knobs = architecture(name, choice.knobs)
    writes = answers.task == NEXT_TOKEN
    kind = TOKENS if writes else inputs.kind
    if kind not in knobs.takes:
        able = ", ".join(other for other, known in ARCHITECTURES.items() if kind in known.takes)
        what = "is no language model" if writes else f"does not take {NAMES[inputs.kind]}"
        raise ModelError(f"{knobs.title} {what}", hint=f"Choose one of: {able}.")
    module = initialise(empty(knobs, preprocessing.shape, classes), seed)
    return Model(
        module=module,
        spec=Spec(name, knobs.model_dump(mode="json"), preprocessing.shape, classes),
        preprocessing=preprocessing,
        class_names=class_names,
        format="new",
        layers=tuple(tappable(module)),
        label=knobs.label,
        output=answers.output,
        task="classification" if writes else answers.task,
        per_token=writes,
    )


def _continued(
    choice: StudentChoice,
    inputs: Inputs,
    classes: int,
    class_names: tuple[str, ...],
    preprocessing: Preprocessing,
    seed: int,
    answers: Answering,
) -> Model:
    path = Path(choice.path or "")
    model = _opened(choice, classes, class_names, seed, answers)
    if not model.can_train:
        raise ModelError(
            f"a model in the format {model.format} answers and cannot learn",
            hint=f"It can be the teacher. {model.training_note or _WEIGHTS}".strip(),
            where=str(path),
        )
    if model.spec.classes != classes and model.per_token:
        raise ModelError(
            f"the student has {model.spec.classes:,} tokens and the teacher {classes:,}, which are different tokens",
            hint="Choose a student with the teacher's tokenizer, or one that is made here: it takes the teacher's.",
            where=str(path),
        )
    if model.spec.classes != classes:
        raise ModelError(
            f"the student file answers {model.spec.classes} classes and the data has {classes}",
            hint="Choose a student file for this data, or build a new student.",
            where=str(path),
        )
    model = model.suited(inputs)
    if not model.preprocessing_known:
        model = model.with_preprocessing(_like(preprocessing, model.preprocessing))
    model = answering(model, answers.task, classes)
    model = replace(model, class_names=model.class_names or class_names)
    if choice.prune is None:
        return model
    return (sparsified if choice.prune_unit == "weights" else pruned)(model, choice.prune)


def _opened(choice: StudentChoice, classes: int, class_names: tuple[str, ...], seed: int, answers: Answering) -> Model:
    """Open the file that the student goes on from; a pretrained network that has other classes gets a new classifier.

    One that answers numbers, or writes, is taken as it is.
    """
    path = Path(choice.path or "")
    model = None if is_encoder(path) else load_said(path, choice.said)
    if answers.task not in ("classification", "multi_label") or (model is not None and model.spec.classes == classes):
        return load_said(path, choice.said) if model is None else model
    several = answers.task == "multi_label"
    new = None if choice.said != NOTHING else with_new_head(path, class_names, classes, seed, several=several)
    return new or model or load_said(path, choice.said)


def _like(own: Preprocessing, wanted: Preprocessing) -> Preprocessing:
    """Return what a file leaves open, filled in as for a new student of the data."""
    if isinstance(wanted, ImagePreprocessing):
        assert isinstance(own, ImagePreprocessing)  # both are of the data's kind
        return own.with_channels(wanted.channels).model_copy(update={"size": wanted.size})
    if isinstance(wanted, RowPreprocessing) and isinstance(own, TablePreprocessing) and own.shape == wanted.shape:
        return wanted.model_copy(update={"scaling": own})
    return wanted
