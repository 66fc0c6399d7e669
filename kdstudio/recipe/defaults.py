"""What a recipe takes where nobody has chosen, as far as it depends on the data."""

from kdstudio.core.errors import Problem
from kdstudio.core.targets import Task
from kdstudio.recipe.optimizing import OptimizerChoice

NEW, PRETRAINED = 0.003, 5e-5  # learning rates of AdamW for texts: a new network, and a transformer with its weights


def usual_optimizer(kind: str, *, task: Task = "classification", is_pretrained: bool = False) -> OptimizerChoice:
    """Return the optimizer that a kind of data begins with: SGD, but AdamW for text, and for numbers to predict.

    Most words are rare, so that SGD hardly ever moves their vectors; AdamW scales each step by what a vector has seen
    (measured: a text CNN on TREC has 80 % after 4 epochs, with SGD at its default 62 %). A squared error has no largest
    gradient as cross-entropy has, so that SGD at its default runs away on scikit-learn's diabetes table.
    """
    if kind not in ("text", "tokens") and task != "regression":
        return OptimizerChoice()
    return OptimizerChoice(name="adamw", learning_rate=PRETRAINED if is_pretrained else NEW)


def optimizer_problem(
    optimizer: OptimizerChoice, kind: str, *, task: Task = "classification", is_pretrained: bool = False
) -> Problem | None:
    """Return a warning where a student of this data hardly learns with the optimizer; its action changes that."""
    usual = usual_optimizer(kind, task=task, is_pretrained=is_pretrained)
    if usual.name in (optimizer.name, "sgd"):
        return None
    slow = "students of text learn slowly with SGD: most words are rare, and their vectors hardly move"
    wild = "SGD easily runs away from numbers to predict: one input that is far off moves all weights"
    return Problem(
        message=slow if kind in ("text", "tokens") else wild,
        hint=f"Use AdamW with a learning rate of {usual.learning_rate:g}.",
        where="optimizer",
        severity="warning",
        action="adamw",
        value=usual.learning_rate,
    )
