"""The parts of a recipe. Descriptions are full sentences because forms, tool tips and terminal help show them."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Auto = Literal["auto"]
PruneUnit = Literal["channels", "weights"]


class Part(BaseModel):
    """A part of a recipe: its keys are checked, its values do not change."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", allow_inf_nan=False)


class DataChoice(Part):
    """Which data the student learns from, and how it is divided."""

    path: str = Field(title="Data", description="The data set: a folder or a file.")
    parts: dict[Literal["validation", "test"], str] = Field(
        {},
        title="Files of other parts",
        description="Where `path` is a file of training inputs alone: the files of the validation and the test part.",
    )
    target: str = Field(
        "auto",
        title="Class column",
        description="The column of a table that holds the class of each row, or of each image or sound that it names. "
        "Automatic proposes one and says which.",
    )
    validation: float = Field(
        0.1,
        ge=0,
        lt=1,
        title="Validation share",
        description="Share of the training inputs kept aside to choose the best epoch, when the data set ships without "
        "a validation part.",
    )
    test: Auto | Annotated[float, Field(gt=0, lt=1)] = Field(
        "auto",
        title="Test share",
        description="A test part that ships with the data is used as it is. Otherwise this share of the inputs is kept "
        "aside and only touched by the final report; automatic means 0.1.",
    )
    limit: int | float | None = Field(
        None,
        gt=0,
        title="Training inputs",
        description="Use only this many training inputs (or this share, below 1), equally from all classes. Validation "
        "and test are never cut.",
    )
    labelled: int | float | None = Field(
        None,
        ge=0,
        title="Labelled inputs",
        description="The student sees the labels of this many training inputs only (or of this share, below 1). The "
        "rest teaches through the teacher's answers alone; the baseline trains on the labelled ones.",
    )
    transfer: str = Field(
        "",
        title="Transfer set",
        description="More inputs for the teacher to answer and the student to learn from: a folder or a file of inputs "
        "of the same kind. They need no labels, and labels that they have are not used.",
    )
    omit: tuple[str, ...] = Field(
        (), title="Left-out classes", description="Classes that are left out of training, and only of training."
    )

    @property
    def source(self) -> "DataChoice":
        """What decides which inputs and classes there are, without how they are divided."""
        return DataChoice(path=self.path, parts=self.parts, target=self.target, transfer=self.transfer)


class Said(Part):
    """What a person says about weights of a network that they alone know."""

    code: str = Field(
        "",
        title="Python class",
        description="Where only a Python file knows the architecture of the weights: FILE.py:Class. The file is run "
        "once you trust it.",
    )
    arch: str = Field(
        "",
        title="Architecture of the weights",
        description="Where the weights do not tell by their names which network they belong to: the name of an "
        "architecture, or the path of a Hugging Face config.json that lies elsewhere.",
    )
    knobs: dict[str, Any] = Field({}, title="Architecture knobs", description="Width, depth and the like.")

    @property
    def said(self) -> "Said":
        """That alone, without what else is chosen beside it."""
        return Said(code=self.code, arch=self.arch, knobs=self.knobs)

    @model_validator(mode="after")
    def _one_network(self) -> Self:
        if self.code and self.arch:
            raise ValueError("weights belong to one network: give 'code' or 'arch', not both")
        return self


class TeacherChoice(Said):
    """Who teaches."""

    kind: Literal["frozen", "stored", "peer", "ema", "past_self"] = Field(
        "frozen",
        title="Kind",
        description="A trained model whose weights do not change, a file of its answers to the training inputs, a peer "
        "that learns beside the student, the average of what the student was lately, or its past self: the same "
        "network, trained before it in the same run.",
    )
    path: str = Field(
        "", title="Teacher", description="The teacher's model file, or the file of its answers. A peer has none."
    )
    data: str = Field(
        "",
        title="What it sees",
        description="Where the teacher sees the same things in another way than the student (sound and its picture): "
        "the data set of its inputs, with files of the same names or rows in the same order.",
    )
    student: "StudentChoice | None" = Field(
        None, title="Peer", description="What a peer is, where it is another network than the student."
    )
    decay: float = Field(
        0.999, ge=0, lt=1, title="Decay", description="How much of the average of the student a step leaves as it is."
    )
    output: str = Field(
        "auto",
        title="Output",
        description="Which of the teacher's outputs is learned from, by its name or as `output 2`. Automatic takes the "
        "one with a number for each class.",
    )
    class_map: Auto | tuple[Annotated[int, Field(ge=-1)], ...] = Field(
        "auto",
        title="Class map",
        description="The teacher's output for each class of the data, counted from 0; -1 for a class that it does not "
        "know. Automatic matches them by name, or takes them as they are.",
    )

    @model_validator(mode="after")
    def _has_a_file(self) -> "TeacherChoice":
        if (self.kind in ("frozen", "stored")) != bool(self.path):
            raise ValueError(
                f"a {self.kind} teacher " + ("needs a 'path'" if not self.path else "has no file: leave out 'path'")
            )
        if self.data and self.kind != "frozen":
            raise ValueError(f"a {self.kind} teacher sees what the student sees: leave out 'data'")
        return self


_BORN = {"ema": "Average of itself", "peer": "Its peers", "past_self": "Its past self"}


def born(teachers: Sequence[TeacherChoice]) -> str:
    """Return who teaches where that comes into being in the run, in a few words; "" where it is there before."""
    return _BORN.get(teachers[0].kind, "") if teachers else ""


class Shrink(Part):
    """How much smaller than its teacher a student of the same family is."""

    width: float = Field(
        0.5, gt=0, le=1, title="Width", description="Share of the teacher's channels or hidden units that are kept."
    )
    depth: float = Field(1.0, gt=0, le=1, title="Depth", description="Share of the teacher's layers that are kept.")


class StudentChoice(Said):
    """Who learns: a new model of an architecture, one derived from the teacher, or a file that it goes on from."""

    architecture: str | None = Field(None, title="Architecture", description="The student's architecture, by name.")
    path: str | None = Field(None, title="Student file", description="Go on from the weights in this file.")
    partly: bool = Field(
        False,
        title="Begin with the weights that fit",
        description="Where only some weights of the student file fit the chosen architecture, begin with those; all "
        "others are new, and it is said which.",
    )
    prune: float | None = Field(
        None,
        gt=0,
        lt=1,
        title="Prune",
        description="Share of the file’s channels to take out, or of its weights to set to zero, the weakest first.",
    )
    prune_unit: PruneUnit = Field(
        "channels",
        title="Prune what",
        description="Whole channels leave narrower layers: a smaller and faster file. Single weights become zeros that "
        "stay zero: more of them can go, but the file only gets smaller when it is compressed, and not faster.",
    )
    quantize: Literal["int8"] | None = Field(
        None,
        title="Quantize",
        description="Let the file’s network learn with weights and activations rounded to 8 bits, as its exported file "
        "will compute.",
    )
    tokens: str = Field(
        "",
        title="Tokens",
        description="The folder whose tokenizer a new language model takes, where its teacher has recorded answers and "
        "no tokenizer that could be seen.",
    )
    shrink: Shrink | None = Field(
        None, title="Shrink the teacher", description="A new student of the teacher's family, narrower and shallower."
    )

    @model_validator(mode="after")
    def _one_source(self) -> "StudentChoice":
        if sum(source is not None for source in (self.architecture, self.path, self.shrink)) != 1:
            raise ValueError(
                "a student is a new architecture, a file or a smaller teacher: give one of 'architecture', 'path' and "
                "'shrink'"
            )
        if (self.code or self.arch) and self.path is None:
            key = "a Python class" if self.code else "'arch'"
            raise ValueError(f"{key} needs the weights of its network: give their file as 'path'")
        if self.prune is not None and (self.path is None or self.partly):
            raise ValueError("'prune' takes channels or weights out of a finished network: give its file as 'path'")
        if self.quantize is not None and (self.path is None or self.partly):
            raise ValueError("'quantize' rounds a finished network: give its file as 'path'")
        if self.tokens and self.architecture is None:
            raise ValueError("'tokens' are those of a new language model: give its 'architecture'")
        if self.partly and not self.arch:
            raise ValueError("'partly' needs 'arch': the architecture whose other weights are new")
        return self


class MethodChoice(BaseModel):
    """One term of the loss: a method by name, its weight, and its knobs as plain values.

    The knobs stay plain here because the window edits them without knowing the method's class; they are checked
    against the method's JSON schema by `problems`.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="allow", allow_inf_nan=False)

    method: str = Field(title="Method", description="What is matched between teacher and student.")
    weight: float = Field(1.0, ge=0, title="Weight", description="How much this term counts in the loss.")

    @property
    def knobs(self) -> dict[str, Any]:
        """The method's own knobs, without name and weight."""
        return dict(self.model_extra or {})


class Change(Part):
    """A value that was changed while a run went on, from a learner's step on, counted from 0."""

    step: int = Field(ge=0, title="Step", description="The first step of student and baseline that it holds for.")
    stage: int = Field(0, ge=0, title="Stage", description="The stage of the run that it holds for, counted from 0.")
    key: str = Field(title="Key", description="What was changed, as a path in the recipe.")
    value: Any = Field(title="Value", description="The new value.")
    learner: str = Field("", title="Learner", description="Whom it holds for; student and baseline where empty.")


class CacheChoice(Part):
    """How a teacher's answers are stored. What is stored is what the student learns from."""

    dtype: Literal["float32", "float16"] = Field(
        "float32", title="Number format", description="Half precision takes half of the room, and rounds."
    )
    top_k: int | None = Field(
        None,
        ge=1,
        title="Largest classes only",
        description="Store this many of the largest probabilities of each answer; what is left is spread evenly over "
        "the other classes.",
    )
    threads: Auto | Annotated[int, Field(ge=1, le=1024)] = Field(
        "auto",
        title="Threads",
        description="CPU threads for the teacher's answers; automatic takes the run's, or chooses by the teacher's "
        "work where those are automatic.",
    )
