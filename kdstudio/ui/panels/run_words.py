"""A run in words: where it stands, how far it is, how long the rest takes, what its best epoch was."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kdstudio.core.events import Checkpointed, Evaluated, Event, Losses, Staged, in_words
from kdstudio.core.measures import TRANSFER, headline, score, score_told, task_of
from kdstudio.recipe.choices import StudentChoice
from kdstudio.ui.shown_run import ShownRun
from kdstudio.ui.widgets.painting import count

_ENDED = {"paused": "Paused at", "stopping": "Stopping at", "stopped": "Stopped at"}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the control card says. `share` is 0 to 1, or None where nobody knows how long it takes."""

    title: str
    note: str = ""
    right: str = ""
    faint: str = ""
    share: float | None = 0.0
    is_moving: bool = True


@dataclass(frozen=True, slots=True)
class Best:
    """The best epoch on validation, and in words the value of the measure that decides."""

    epoch: int
    words: str


def student_label(student: StudentChoice) -> str:
    """Return `small-cnn-16`, or the name of the file that the student goes on from."""
    if student.shrink is not None:
        return "smaller teacher"
    name = (student.architecture or Path(student.path or "").stem).replace("_", "-")
    if student.prune is not None and student.prune_unit == "weights":
        name = f"{name}, {student.prune:.0%} zeros"
    name = f"{name}, 8 bits" if student.quantize == "int8" else name
    width = student.knobs.get("width")
    return f"{name}-{width}" if width else name


def duration(seconds: float) -> str:
    """Return `5 s`, `3 min 10 s`, `2 h 5 min`: two figures are enough."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole < 600 else f"{round(whole / 60)} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def evaluations(history: Iterable[Event], learner: str, split: str = "validation") -> list[Evaluated]:
    """Return a learner's evaluations on a split, oldest first."""
    return [e for e in history if isinstance(e, Evaluated) and e.learner == learner and e.split == split]


def best(history: Iterable[Event]) -> Best | None:
    """Return the epoch that training itself takes for the best: by the task's measure, then the smaller loss or error.

    Without labels it is the one that is closest to the teacher; of equal ones the earlier. In a chain it is about the
    learner of the stage that the run is in.
    """
    chosen: tuple[tuple[float, float], Best] | None = None
    events = list(history)
    learner = next((event.learner for event in reversed(events) if isinstance(event, Staged)), "student")
    for event in evaluations(events, learner):
        task, found = task_of(event.metrics), event.metrics
        near = TRANSFER[task][0]
        value, tie = score(found), found.get("rmse" if task == "regression" else "nll")
        words = score_told(found) if value is not None else f"{near.words(found.get(near.key))} {near.name}"
        value = found.get(near.key) if value is None else value
        key = (value if value is not None else -1.0, -(tie or 0.0))
        if value is not None and (chosen is None or key > chosen[0]):
            chosen = (key, Best(round(event.epoch), words))
    return chosen[1] if chosen is not None else None


def saved_epoch(run: ShownRun) -> float | None:
    """Return up to which epoch a checkpoint stands, or None where nothing was saved."""
    saved = [event.step for event in run.history if isinstance(event, Checkpointed)]
    total = run.advanced.total if run.advanced is not None else 0
    if not saved:
        return None
    if total and run.stage is None:
        return saved[-1] / total * run.epochs
    before = [e.epoch for e in run.history if isinstance(e, Losses | Evaluated) and e.step <= saved[-1]]
    return max(before, default=0.0)


def epoch_words(run: ShownRun) -> str:
    """Return `epoch 17 of 30`: the one that is being worked on; in a chain `assistant 1, epoch 17 of 30`."""
    stage = run.stage
    epochs = stage.epochs if stage is not None else run.epochs
    if run.advanced is None:
        return f"epoch 0 of {epochs}"
    now = -int(-run.advanced.epoch // 1)  # 16.2 epochs done: in the 17th
    words = f"epoch {min(max(now, 1), max(epochs, 1))} of {epochs}"
    return words if stage is None else f"{in_words(stage.learner)}, {words}"


def stage_words(run: ShownRun) -> str:
    """Return `stage 2 of 4`, or nothing for a run of one stage."""
    return f"stage {run.stage.number} of {run.stage.stages}" if run.stage is not None else ""


def standing(run: ShownRun, place: str = "") -> Standing:
    """Return what to say about the run; `place` is that in the queue."""
    if run.state == "waiting":
        return Standing(f"Waits, {place or 'in the queue'}", "nothing of it was trained yet", is_moving=False)
    advanced = run.advanced
    share = advanced.step / advanced.total if advanced is not None and advanced.total else 0.0
    if run.state == "queued" or (run.state == "running" and (advanced is None or share >= 1)):
        return _preparing(run, share)
    if run.state == "finished":
        return _finished(run)
    if run.state in _ENDED:
        kept = " is kept" if run.state == "stopped" and best(run.history) is not None else ""
        return Standing(f"{_ENDED[run.state]} {epoch_words(run)}", best_words(run) + kept, share=share, is_moving=False)
    left, speed = run.seconds_left(), run.steps_per_second()
    words = epoch_words(run)
    return Standing(
        words[:1].upper() + words[1:],
        " · ".join(filter(None, (stage_words(run), best_words(run) or "first results after epoch 1"))),
        "" if left is None else f"{duration(left)} left",
        "" if speed is None else f"{speed:.{0 if speed >= 10 else 1}f} steps/s{_found_batch(run)}",
        share,
    )


def _found_batch(run: ShownRun) -> str:
    """Return `, batch 256`: how many inputs go into a step, where the run itself has found that."""
    is_found = run.recipe is not None and run.recipe.batch_size == "auto"
    return f", batch {count(run.batch)}" if is_found else ""


def best_words(run: ShownRun) -> str:
    """Return `best 86.0% at epoch 16`, or nothing before the first evaluation."""
    found = best(run.history)
    if found is None:
        return ""
    return f"best {found.words} at epoch {found.epoch}"


def _preparing(run: ShownRun, share: float) -> Standing:
    doing = run.doing
    if doing is None:
        words = "Finishing" if share >= 1 else "Starting the engine" if run.state == "queued" else "Starting"
        return Standing(words, best_words(run), share=None)
    known = doing.total > 1
    note = f"{count(doing.done)} of {count(doing.total)}" if known else ""
    return Standing(doing.doing, note, share=doing.done / doing.total if known else None)


def _finished(run: ShownRun) -> Standing:
    summary = run.summary or {}
    epochs = summary.get("epochs", run.epochs)
    early = f" of {run.epochs}, stopped early" if epochs < run.epochs else ""
    title = f"Finished {epochs} epoch{'s' if epochs != 1 else ''}{early}"
    if run.stage is not None:
        title = f"Finished {run.stage.stages} stages"
    known = {name: score(summary.get(name)) for name in ("student", "teacher", "baseline")}
    measure = headline(task_of(summary.get("student")))
    others = [
        f"{words} {measure.words(known[name]).removesuffix('%')}"
        for name, words in (("teacher", "teacher"), ("baseline", "without"))
        if known[name] is not None
    ]
    right = f"{measure.told(known['student'])} on test" if known["student"] is not None else ""
    return Standing(title, best_words(run), right, " · ".join(others), 1.0, is_moving=False)
