"""The student: a new model of an architecture, or one that goes on from a file's weights."""

from dataclasses import replace
from pathlib import Path

from kdstudio.core.errors import ModelError
from kdstudio.data.dataset import Inputs
from kdstudio.models.build import ARCHITECTURES, architecture, empty, initialise
from kdstudio.models.model import NAMES, Model, Spec, tappable
from kdstudio.models.preprocessing.base import Preprocessing
from kdstudio.models.preprocessing.image import ImagePreprocessing
from kdstudio.models.source import load
from kdstudio.recipe.choices import StudentChoice


def student(
    choice: StudentChoice,
    inputs: Inputs,
    classes: int,
    class_names: tuple[str, ...],
    preprocessing: Preprocessing,
    seed: int,
) -> Model:
    """Return the student for data like `inputs`, prepared as `fitted` found; its first weights depend on `seed` alone.

    torch's default generator is not touched, so this may be called while another model trains.
    """
    if choice.path is not None:
        return _continued(Path(choice.path), inputs, classes, class_names, preprocessing)
    name = choice.architecture or ""
    knobs = architecture(name, choice.knobs)
    if inputs.kind not in knobs.takes:
        able = ", ".join(other for other, known in ARCHITECTURES.items() if inputs.kind in known.takes)
        raise ModelError(f"{knobs.title} does not take {NAMES[inputs.kind]}", hint=f"Choose one of: {able}.")
    module = initialise(empty(knobs, preprocessing.shape, classes), seed)
    return Model(
        module=module,
        spec=Spec(name, knobs.model_dump(mode="json"), preprocessing.shape, classes),
        preprocessing=preprocessing,
        class_names=class_names,
        format="new",
        layers=tuple(tappable(module)),
        label=knobs.label,
    )


def _continued(
    path: Path, inputs: Inputs, classes: int, class_names: tuple[str, ...], preprocessing: Preprocessing
) -> Model:
    model = load(path)
    if not model.can_train:
        raise ModelError(
            f"a model in the format {model.format} answers and cannot learn",
            hint="It can be the teacher. For the student choose its weights (a state dict or safetensors).",
            where=str(path),
        )
    if model.spec.classes != classes:
        raise ModelError(
            f"the student file answers {model.spec.classes} classes and the data has {classes}",
            hint="Choose a student file for this data, or build a new student.",
            where=str(path),
        )
    model = model.suited(inputs)
    if isinstance(model.preprocessing, ImagePreprocessing) and not model.preprocessing_known:
        assert isinstance(preprocessing, ImagePreprocessing)  # both are of the data's kind
        found = preprocessing.with_channels(model.preprocessing.channels)
        model = model.with_preprocessing(found.model_copy(update={"size": model.preprocessing.size}))
    return replace(model, class_names=model.class_names or class_names)
