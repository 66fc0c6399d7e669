"""A sweep folder read back: what was planned, how far each trial is, and what came of it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kdstudio.analysis.validated import Scores, rank, validated
from kdstudio.core.errors import RunError
from kdstudio.project.run import Run, is_run
from kdstudio.recipe.sweep import FILE, Plan, Trial, joined, plan_from


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial. `state` is as in `status.json`, or `waiting`; `message` says more of it.

    `metrics` are the student's on validation at its best epoch. They and `summary` are empty until it is finished.
    """

    trial: Trial
    folder: Path
    state: str
    message: str
    metrics: Scores
    summary: dict[str, Any]

    @property
    def row(self) -> dict[str, Any]:
        """The outcome as a JSON object."""
        student, timing = self.summary.get("student") or {}, self.summary.get("timing") or {}
        return {
            "name": self.trial.name,
            "run": str(self.folder),
            "values": self.trial.values,
            **self.trial.facts,
            "state": self.state,
            "message": self.message,
            "validation": dict(self.metrics) or None,
            "parameters": student.get("parameters"),
            "bytes": student.get("bytes"),
            "seconds": timing.get("seconds"),
        }


def is_sweep(folder: Path) -> bool:
    """Whether a folder holds a sweep, a search or a ladder."""
    return (folder / FILE).is_file()


def read(folder: Path) -> Plan:
    """Read what a sweep folder is for; raises KdStudioError where it is none or is damaged."""
    try:
        return plan_from(json.loads((folder / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        hint = "Begin one: kdstudio sweep RECIPE.json --over KEY.PATH=VALUE,VALUE"
        raise RunError(f"{folder} holds no sweep", hint=hint) from error


def planned(folder: Path, plan: Plan) -> Plan:
    """Return the plan together with the trials that the folder already holds; raises as `joined` does."""
    return joined(read(folder), plan) if is_sweep(folder) else plan


def outcomes(folder: Path, plan: Plan) -> list[Outcome]:
    """Return what came of each trial, the best on validation first and those without a result last."""
    return sorted((outcome(folder, trial) for trial in plan.trials), key=_order)


def outcome(folder: Path, trial: Trial) -> Outcome:
    """Return what came of one trial as far as its run folder tells."""
    place = folder / trial.name
    if not is_run(place):
        return Outcome(trial, place, "waiting", "", {}, {})
    run = Run(place)
    status, summary = run.status, run.summary
    if status.state != "finished" or summary is None:
        return Outcome(trial, place, status.state, status.message, {}, {})
    return Outcome(trial, place, "finished", "", validated(place, run.task), summary)


def _order(one: Outcome) -> tuple[bool, float]:
    value = rank(one.metrics)
    return value is None, -(value or 0.0)
