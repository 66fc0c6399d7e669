"""The student: a new model of an architecture, or one that goes on from a file's weights."""

from dataclasses import replace
from pathlib import Path

from kdstudio.core.errors import ModelError
from kdstudio.models.build import architecture, empty, initialise
from kdstudio.models.model import Model, Spec, tappable
from kdstudio.models.preprocessing import Preprocessing
from kdstudio.models.source import load
from kdstudio.models.zoo.base import InputShape
from kdstudio.recipe.choices import StudentChoice


def student(
    choice: StudentChoice,
    input_shape: InputShape,
    classes: int,
    class_names: tuple[str, ...],
    preprocessing: Preprocessing,
    seed: int,
) -> Model:
    """Return the student for data of `input_shape` (c, H, W); its first weights depend on `seed` alone.

    torch's default generator is not touched, so this may be called while another model trains.
    """
    if choice.path is not None:
        return _continued(Path(choice.path), input_shape, classes, class_names, preprocessing)
    name = choice.architecture or ""
    knobs = architecture(name, choice.knobs)
    own = preprocessing.with_channels(input_shape[0]).with_size((input_shape[1], input_shape[2]))
    module = initialise(empty(knobs, input_shape, classes), seed)
    return Model(
        module=module,
        spec=Spec(name, knobs.model_dump(mode="json"), input_shape, classes),
        preprocessing=own,
        class_names=class_names,
        format="new",
        layers=tuple(tappable(module)),
        label=knobs.label,
    )


def _continued(
    path: Path, input_shape: InputShape, classes: int, class_names: tuple[str, ...], preprocessing: Preprocessing
) -> Model:
    model = load(path)
    if model.spec.classes != classes:
        raise ModelError(
            f"the student file answers {model.spec.classes} classes and the data has {classes}",
            hint="Choose a student file for this data, or build a new student.",
            where=str(path),
        )
    model = model.sized((input_shape[1], input_shape[2]))
    if not model.preprocessing_known:
        found = preprocessing.with_channels(model.channels)
        model = model.with_preprocessing(found.model_copy(update={"size": model.preprocessing.size}))
    return replace(model, class_names=model.class_names or class_names)
