"""A student derived from its teacher: the same family, narrower and shallower."""

from kdstudio.core.errors import ModelError
from kdstudio.models.build import ARCHITECTURES, architecture
from kdstudio.models.model import Model
from kdstudio.recipe.choices import Shrink, StudentChoice


def shrunk(teacher: Model, shrink: Shrink) -> StudentChoice:
    """Return the architecture and knobs of a smaller teacher; raises ModelError for a model outside the zoo."""
    if teacher.spec.architecture not in ARCHITECTURES:
        raise ModelError(
            f"a {teacher.format} model cannot be shrunk: how it is built is not known",
            hint="Choose the student's architecture instead.",
        )
    knobs = architecture(teacher.spec.architecture, teacher.spec.knobs).shrunk(shrink.width, shrink.depth)
    return StudentChoice(architecture=teacher.spec.architecture, knobs=knobs.model_dump(mode="json"))
