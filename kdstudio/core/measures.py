"""What is measured of a model, for each task: names, how a value is written, and what it means.

Terminal, window and model card take their words from here. `OWN` is how good a model is by itself, `TRANSFER` how
close it is to its teacher; the first of `OWN` is the measure by which models of the task are compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from kdstudio.core.targets import HEADLINE, Task

_FIGURES = 4  # significant digits of a number in the unit of the data
_WRITTEN_OUT = (1e-4, 1e15)  # outside, a power of ten is easier to read


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: `key` in `summary.json`, `title` in a table, `short` on a tile, `name` within a sentence.

    `form` says how a value is written: a share of 1 as percent, a fraction with three decimals, a number in the unit of
    the data. `{lens}` in `title` and `meaning` stands for the temperature.
    """

    key: str
    title: str
    short: str
    name: str
    form: Literal["percent", "fraction", "value"]
    better: Literal["higher", "lower"]
    meaning: str

    def words(self, value: float | None) -> str:
        """Return a value as it is written: `86.2%`, `0.912`, `12,340`; a dash for what is not known."""
        if value is None:
            return "–"
        return figures(value) if self.form == "value" else f"{value:{'.1%' if self.form == 'percent' else '.3f'}}"

    def told(self, value: float | None) -> str:
        """Return a value that says by itself what it is: `86.2%` of accuracy, `F1 0.890`, `R² 0.912`."""
        return self.words(value) if self.key == "accuracy" else f"{self.short} {self.words(value)}"


def figures(value: float, count: int = _FIGURES) -> str:
    """Return a number with `count` significant digits and no more: `0.03142`, `2.5`, `431,900`."""
    low, high = _WRITTEN_OUT
    if value and not low <= abs(value) < high:
        return f"{value:.{count}g}"
    rounded = float(f"{value:.{count}g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 10 ** (count - 1) else f"{rounded:.{count}g}"


_ECE = "how far the claimed confidence is from how often it is right, in 15 bins of equal mass."
_ACCURACY = Measure(
    "accuracy", "Accuracy", "Accuracy", "accuracy", "percent", "higher",
    "Share of inputs whose top class is the true one.",
)  # fmt: skip
_NLL = Measure(
    "nll", "NLL", "NLL", "NLL", "fraction", "lower", "Mean negative log-likelihood of the true class, in nats."
)
OWN: dict[Task, tuple[Measure, ...]] = {
    "classification": (
        _ACCURACY,
        Measure(
            "ece", "Calibration error (ECE)", "Calibration (ECE)", "calibration error", "fraction", "lower",
            f"Expected calibration error: {_ECE}",
        ),
        _NLL,
    ),
    "multi_label": (
        Measure(
            "f1", "F1", "F1", "F1", "fraction", "higher",
            "Balance of the labels that are given rightly against those given wrongly and those missed, all labels "
            "together (micro average). A label is given above a probability of one half.",
        ),
        Measure(
            "f1_macro", "F1, mean over labels", "Mean F1", "mean F1", "fraction", "higher",
            "F1 of each label, and the mean of them: rare labels count as much as frequent ones.",
        ),
        Measure(
            "average_precision", "Average precision (mAP)", "Mean precision", "average precision", "fraction", "higher",
            "Mean over labels of the precision at each input that has the label, ranked by the model’s answer.",
        ),
        Measure(
            "accuracy", "All labels right", "All labels right", "share with all labels right", "percent", "higher",
            "Share of inputs with every label given that is true, and no other.",
        ),
        Measure(
            "ece", "Calibration error (ECE)", "Calibration (ECE)", "calibration error", "fraction", "lower",
            f"Expected calibration error of all yes-or-no answers: {_ECE}",
        ),
        Measure(
            "nll", "NLL", "NLL", "NLL", "fraction", "lower",
            "Negative log-likelihood of the true yes or no, summed over labels and averaged over inputs, in nats.",
        ),
    ),
    "regression": (
        Measure(
            "r2", "R²", "R²", "R²", "fraction", "higher",
            "Share of the number’s variance that is explained: 1 is perfect, 0 is always answering the mean.",
        ),
        Measure(
            "rmse", "RMSE", "RMSE", "RMSE", "value", "lower",
            "Root of the mean squared error, in the unit of the number.",
        ),
        Measure(
            "mae", "Mean absolute error", "Mean error", "mean error", "value", "lower",
            "Mean size of the error, in the unit of the number.",
        ),
    ),
}  # fmt: skip
_AGREEMENT = Measure(
    "agreement", "Agreement with teacher", "Agreement", "agreement", "percent", "higher",
    "Share of inputs on which student and teacher name the same class.",
)  # fmt: skip
_KL = Measure(
    "kl", "Softness gap, KL at T {lens}", "Softness gap (KL)", "softness gap", "fraction", "lower",
    "Mean KL divergence from the teacher’s to the student’s answers at T {lens}, in nats, without the factor T².",
)  # fmt: skip
_STRUCTURE = Measure(
    "structure", "Similarity structure r", "Similarity structure", "structure", "fraction", "higher",
    "Rank correlation of where teacher and student put their doubt between classes, at T {lens}.",
)  # fmt: skip
_INHERITED = Measure(
    "inherited", "Inherited mistakes", "Inherited mistakes", "inherited mistakes", "percent", "higher",
    "Of the teacher’s mistakes, the share where the student gives the same wrong class.",
)  # fmt: skip
TRANSFER: dict[Task, tuple[Measure, ...]] = {
    "classification": (_AGREEMENT, _KL, _STRUCTURE, _INHERITED),
    "multi_label": (
        replace(_AGREEMENT, meaning="Share of inputs on which student and teacher give exactly the same labels."),
        replace(
            _KL,
            meaning="KL divergence from the teacher’s to the student’s yes or no at T {lens}, summed over labels and "
            "averaged over inputs, in nats, without the factor T².",
        ),
        replace(
            _STRUCTURE, meaning="Rank correlation of which labels go together for teacher and student, at T {lens}."
        ),
        replace(
            _INHERITED,
            meaning="Of the teacher’s wrong sets of labels, the share where the student gives the same wrong set.",
        ),
    ),
    "regression": (
        Measure(
            "correlation", "Correlation with teacher", "Correlation", "correlation", "fraction", "higher",
            "Pearson correlation of the student’s answers with the teacher’s: 1 is rising and falling alike.",
        ),
        Measure(
            "difference", "Difference from teacher (RMS)", "Difference (RMS)", "difference", "value", "lower",
            "Root mean square of student − teacher, in the unit of the number.",
        ),
    ),
}  # fmt: skip
OWN["next_token"], TRANSFER["next_token"] = OWN["classification"], TRANSFER["classification"]  # at each place


def measure(task: Task, key: str) -> Measure:
    """Return one measure of a task; raises KeyError where the task has no such."""
    return {one.key: one for one in (*OWN[task], *TRANSFER[task])}[key]


def headline(task: Task) -> Measure:
    """Return the measure by which a task's models are compared."""
    return measure(task, HEADLINE[task])


def task_of(values: Mapping[str, Any] | None) -> Task:
    """Return whose measures these are: those of a learner in a summary, or of one evaluation."""
    found = values or {}
    return "regression" if "r2" in found else "multi_label" if "f1" in found else "classification"


def score(values: Mapping[str, Any] | None) -> float | None:
    """Return the value of the headline measure among a learner's measures, None where it is not known."""
    found = (values or {}).get(HEADLINE[task_of(values)])
    return float(found) if isinstance(found, int | float) else None


def score_told(values: Mapping[str, Any] | None) -> str:
    """Return the same in words that say what it is: `86.2%`, `F1 0.890`; nothing where it is not known."""
    found = score(values)
    return "" if found is None else headline(task_of(values)).told(found)
