"""What a method is, what it sees, and what it becomes during a run."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from kdstudio.core.targets import Task
from kdstudio.models.values import Batch, Outputs

Shape = tuple[int, ...]
Ask = Callable[[Tensor, Sequence[str]], Outputs]  # raw images (N, c, H, W) in 0..1, and the layers to be seen
OWN = ("self", "control")  # families of methods that stand in for a teacher
LONGEST_RAMP = 0.1  # of a run: the papers' ramps of 20 epochs are for runs of 240


@dataclass(frozen=True, slots=True)
class Exchange:
    """One batch with everybody's answers.

    `teacher` is the (blended) teacher's answer, None in a run without one; `progress` runs from 0 to 1 over the run
    and `epoch` counts epochs as a float, for methods with a schedule of their own. A method that `asks` finds here how
    to ask both about images that it made itself; gradients go back through both answers, to the images too.
    """

    batch: Batch
    student: Outputs
    teacher: Outputs | None = None
    teachers: tuple[Outputs, ...] = ()
    progress: float = 0.0
    epoch: float = 0.0
    ask_teacher: Ask | None = None
    ask_student: Ask | None = None

    def ramp(self, epochs: float) -> float:
        """Return how far a term has grown that grows linearly over its first `epochs`, or a tenth of a shorter run."""
        if epochs == 0:
            return 1.0
        return min(1.0, max(self.epoch / epochs, self.progress / LONGEST_RAMP))


@dataclass(frozen=True, slots=True)
class Setting:
    """What an objective must know to build its own trainable parts: sizes of the task, of the data and of the layers.

    `inputs` is the number of training inputs, `rows` (inputs,) int64 where in the data set they stand (`Batch.index`);
    without, they are the first. `student` and `teacher` have the shape of what each layer gives for one input:
    (c, h, w), (L, d) or (d,). `image` is the shape (c, H, W) of raw images, None for inputs of other kinds.
    """

    classes: int
    inputs: int
    student: Mapping[str, Shape] = field(default_factory=dict)
    teacher: Mapping[str, Shape] = field(default_factory=dict)
    rows: Tensor | None = None
    image: Shape | None = None


@dataclass(frozen=True, slots=True)
class Needs:
    """What training must serve for a method; a need that cannot be served is refused before the run."""

    teacher: bool = True
    labels: bool = False
    layers: bool = False  # of student and teacher, in pairs
    student_layers: bool = False  # of the student alone
    asks: bool = False  # teacher and student must answer other images than those of the data
    inputs: bool = True  # without, it makes its inputs itself, and the data only counts the steps
    attention: bool = False  # the layers are blocks of transformers, and it looks at what they attend with


class Method(BaseModel, ABC):
    """A distillation method: its knobs (frozen, validated, described) and its loss terms.

    A new method is one file: knobs with bounds and a help sentence each, and `terms`. The registry finds it, the form
    draws itself from the schema, and one contract test checks it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    title: ClassVar[str]
    family: ClassVar[str]
    paper: ClassVar[str]
    help: ClassVar[str]
    needs: ClassVar[Needs] = Needs()
    vanishes_at_teacher: ClassVar[bool] = False  # the loss is 0 when student and teacher answer alike
    tasks: ClassVar[tuple[Task, ...]] = ("classification",)  # those that its loss makes sense for
    fixed: ClassVar[tuple[str, ...]] = (
        "pairs",
        "layers",
    )  # knobs that its own parts are built for: none may change in a run
    draws: ClassVar[bool] = False  # the loss depends on random numbers, so that only its mean is the same

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "inputs"
    """What the loss is a mean over; a batch that does not fit into memory can be split, but for "batch".

    That one is for what compares the inputs of a batch with each other, or uses statistics of all of them.
    """

    weight: float = Field(1.0, ge=0)

    @abstractmethod
    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the named scalar terms of the loss, unweighted; their sum times `weight` is minimised."""

    def build(self, setting: Setting) -> "Objective":
        """Return the method with its trainable parts; a method without any needs not override this."""
        return Objective(self, setting)

    @property
    def reuses(self) -> float | None:
        """How many times narrower than the teacher's embedding the projector is before a classifier taken from it.

        None where the student keeps its own last layer, as with all methods but those that replace it.
        """
        return None

    @property
    def taps(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The layers of the student, and those of the teacher, that it looks at; they are chosen before a run."""
        return (), ()

    def memory(self, setting: Setting) -> int:
        """Return how many bytes the method keeps of the training inputs during a run; it is told before the start."""
        return 0


class Objective(nn.Module):
    """A method during a run, with trainable parts (projectors, banks) that optimizer and checkpoint see."""

    def __init__(self, method: Method, setting: Setting) -> None:
        super().__init__()
        self.method = method
        self.setting = setting

    def forward(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the method's terms for one exchange."""
        return self.method.terms(exchange)


def knobs_schema(method: type[Method]) -> dict[str, Any]:
    """Return the JSON schema of a method's own knobs (the weight belongs to the recipe's choice)."""
    schema = method.model_json_schema()
    schema["properties"].pop("weight")
    return schema
