"""How the weights move: the optimizer, and how its learning rate changes over a run."""

from typing import Literal

from pydantic import Field

from kdstudio.recipe.choices import Part


class OptimizerChoice(Part):
    """How the weights move."""

    name: Literal["sgd", "adamw"] = Field("sgd", title="Optimizer", description="SGD with momentum, or AdamW.")
    learning_rate: float = Field(
        0.05, gt=0, le=10, title="Learning rate", description="The size of a step, at its peak in the schedule."
    )
    momentum: float = Field(0.9, ge=0, lt=1, title="Momentum", description="Only used by SGD.")
    weight_decay: float = Field(
        5e-4, ge=0, title="Weight decay", description="Pulls the weights towards zero; 0 switches it off."
    )
    max_norm: float = Field(
        0.0,
        ge=0,
        title="Largest norm",
        description="After each step, the weights that lead into a unit or channel are made shorter where their length "
        "is more than this; 0 switches it off. Goes well with dropout (Srivastava et al. 2014).",
    )


class ScheduleChoice(Part):
    """How the learning rate changes over the run."""

    name: Literal["cosine", "step", "constant"] = Field(
        "cosine", title="Schedule", description="Cosine falls smoothly to zero; step divides by `factor` at each mark."
    )
    warmup_epochs: float = Field(
        1.0, ge=0, title="Warm-up epochs", description="The learning rate climbs from zero over this many epochs."
    )
    milestones: tuple[float, ...] = Field(
        (0.5, 0.75), title="Marks", description="Where step divides the learning rate, as shares of the run."
    )
    factor: float = Field(10.0, gt=1, title="Factor", description="What step divides the learning rate by.")
