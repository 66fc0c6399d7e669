"""What can be exported: the runs with a checkpoint, and what each checkpoint is worth."""

import time

from kdstudio.core.events import Evaluated
from kdstudio.core.measures import Measure, headline, score
from kdstudio.project.run import Run
from kdstudio.ui.panels.run_words import student_label
from kdstudio.ui.shown_run import ShownRun
from kdstudio.ui.workspace import Workspace


def can_export(shown: ShownRun) -> bool:
    """Whether the shown run has ended and left a checkpoint."""
    run = None if shown.is_live else shown.run()
    return run is not None and bool(run.checkpoints)


def run_choices(workspace: Workspace) -> list[tuple[str, str]]:
    """Return (folder, words) of the shown run and of the project's other runs that can be exported."""
    runs: list[Run] = []
    shown = workspace.run.run()
    if shown is not None:
        runs.append(shown)
    if workspace.project is not None:
        runs += [run for run in workspace.project.runs() if run.checkpoints]
    return list({str(run.folder.path): run_label(run) for run in runs}.items())


def run_label(run: Run) -> str:
    """Return a run's student, or its folder where it has no recipe, and its begin: `resnet-8 · 2026-11-22 15:04`."""
    recipe = run.recipe
    name = student_label(recipe.student) if recipe is not None else run.name
    return f"{name} · {time.strftime('%Y-%m-%d %H:%M', time.localtime(run.started))}"


def checkpoint_choices(shown: ShownRun) -> list[tuple[str, str]]:
    """Return (name, words) of the shown run's checkpoints, the best first: `best · epoch 12 · 86.2%`."""
    run = shown.run()
    there = run.checkpoints if run is not None else ()
    scores = _scores(shown)
    best = max(scores, key=lambda epoch: (scores[epoch], -epoch), default=None)
    told = (shown.summary or {}).get("student", {}).get("epoch")
    if (shown.summary or {}).get("checkpoint") == "best" and isinstance(told, int | float):
        best = float(told)
    epochs = {"best": best, "last": max(scores, default=None)}
    return [
        (name, _words(name, epochs[name], scores, headline(shown.task))) for name in ("best", "last") if name in there
    ]


def _scores(shown: ShownRun) -> dict[float, float]:
    """Return the student's score on validation by epoch: accuracy, F1 or R²."""
    found: dict[float, float] = {}
    for event in shown.history:
        if isinstance(event, Evaluated) and event.learner == "student" and event.split == "validation":
            value = score(event.metrics)
            if value is not None:
                found[event.epoch] = value
    return found


def _words(name: str, epoch: float | None, scores: dict[float, float], measure: Measure) -> str:
    parts = [name]
    if epoch is not None:
        parts.append(f"epoch {epoch:g}")
    if epoch in scores:
        parts.append(measure.told(scores[epoch]))
    return " · ".join(parts)
