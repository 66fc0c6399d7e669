"""Signs that a term does not teach: told once, while there is time to change it."""

from collections.abc import Iterator, Mapping

import numpy as np

from kdstudio.core.errors import Problem
from kdstudio.core.events import Losses
from kdstudio.core.types import Predictions, softmax
from kdstudio.methods.base import LONGEST_RAMP
from kdstudio.recipe.choices import MethodChoice

_FAR = 100.0  # times stronger or weaker than the strongest other term
_FLAT = 10  # reports in a row without any change
_UNIFORM, _ONE_HOT = 0.999, 0.995


class Signs:
    """Watches one learner's terms; each sign is told once."""

    def __init__(self, learner: str) -> None:
        self.learner = learner
        self._pulled: set[str] = set()  # terms that were strong once: labels that are all learned may fade
        self._told: set[tuple[str, str]] = set()
        self._flat: dict[str, tuple[float, int]] = {}

    def of(self, losses: Losses, progress: float) -> Iterator[Problem]:
        """Yield what a report tells, `progress` (0..1) into the run."""
        yield from self._of_norms(losses.gradient_norms, progress > LONGEST_RAMP)
        yield from self._of_terms(losses.terms)

    def _of_norms(self, norms: Mapping[str, float], has_grown: bool) -> Iterator[Problem]:
        terms = {name: norm for name, norm in norms.items() if name != "total"}
        for name, norm in terms.items():
            strongest = max((other for key, other in terms.items() if key != name), default=0.0)
            if norm >= strongest / _FAR:
                self._pulled.add(name)
            elif has_grown and name not in self._pulled and self._is_new(name, "weak"):
                share = f"1/{strongest / norm:,.0f} of" if norm else "nothing beside"
                yield self._problem(
                    f"{name} hardly moves the student: its gradient is {share} the strongest term's",
                    "Raise its weight, or leave it out.",
                )

    def _of_terms(self, terms: Mapping[str, float]) -> Iterator[Problem]:
        for name, value in terms.items():
            before, count = self._flat.get(name, (float("nan"), 0))
            count = count + 1 if value == before else 0
            self._flat[name] = value, count
            if count >= _FLAT and name != "total" and self._is_new(name, "flat"):
                hint = "It teaches nothing: check what it compares, or leave it out."
                yield self._problem(f"{name} has been {value:.4g} for {count} reports", hint)

    def _is_new(self, name: str, sign: str) -> bool:
        known = (name, sign) in self._told
        self._told.add((name, sign))
        return not known

    def _problem(self, message: str, hint: str) -> Problem:
        return Problem(message=message, hint=hint, where=self.learner, severity="warning")


def of_norms(norms: Mapping[str, float]) -> Iterator[Problem]:
    """Yield a warning for each term whose gradient hardly counts beside another's, before a run."""
    yield from Signs("")._of_norms(norms, has_grown=True)


def of_temperatures(methods: tuple[MethodChoice, ...], teacher: Predictions) -> Iterator[Problem]:
    """Yield a warning for each temperature that leaves only a label of the teacher's answers, or nothing at all."""
    if teacher.task != "classification":
        return
    for i, choice in enumerate(methods):
        temperature = choice.knobs.get("temperature")
        if temperature is None or choice.knobs.get("logits") == "standardized":
            continue
        shares = softmax(np.asarray(teacher.logits, dtype=np.float64), temperature)
        entropy = -(shares * np.log(np.maximum(shares, 1e-300))).sum(1).mean() / np.log(shares.shape[1])
        where = f"methods[{i}].temperature"
        if entropy > _UNIFORM:
            message = f"at temperature {temperature:g} the teacher finds all classes equally likely"
            yield Problem(message=message, hint="Lower the temperature.", where=where, severity="warning")
        elif shares.max(1).mean() > _ONE_HOT:
            message = f"at temperature {temperature:g} the teacher's answers are hardly more than labels"
            yield Problem(message=message, hint="Raise the temperature.", where=where, severity="warning")
