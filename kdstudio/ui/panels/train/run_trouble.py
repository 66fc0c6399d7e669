"""What went wrong with a run, in words a person can act on, and what can be done about it."""

from dataclasses import dataclass

from kdstudio.core.errors import Problem
from kdstudio.ui.panels.run_words import saved_epoch
from kdstudio.ui.shown_run import ShownRun

_MEMORY = ("ran out of memory", "no memory is left")
_DIVERGED = "no longer a number"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happened, what of the run is safe, what can be done (key and words, the first is the main one)."""

    title: str
    words: str
    actions: tuple[tuple[str, str], ...]
    details: str


def trouble(run: ShownRun) -> Trouble:
    """Return what to tell about a run that failed or was interrupted."""
    problem = run.problem or Problem(message="The run was interrupted.")
    if any(words in problem.message for words in _MEMORY):
        title, words, actions = _out_of_memory(run)
    elif _DIVERGED in problem.message:
        title, words, actions = _diverged(run, problem)
    elif problem.action == "device":
        title, words, actions = _device_lost(run, problem)
    elif run.state == "interrupted":
        title, words = problem.message.rstrip("."), _safe(run)
        actions = (("resume", "Resume" if saved_epoch(run) is not None else "Start again"),)
    else:
        title = str(problem).rstrip(".")
        words = " ".join(part for part in (problem.hint, _safe(run) if run.advanced is not None else "") if part)
        actions = (("edit", "Edit the recipe"), ("resume", "Try again"))
        if saved_epoch(run) is not None:
            actions = (("resume", "Resume"), ("edit", "Edit the recipe"))
    return Trouble(title, words, actions, _details(run, problem))


def _out_of_memory(run: ShownRun) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    batch = run.batch
    device = run.recipe.device if run.recipe is not None else "cpu"
    where = "computer" if device == "cpu" else "GPU" if device.startswith(("cuda", "mps")) else "device"
    actions: list[tuple[str, str]] = [("retry", f"Retry with batch {batch // 2}")] if batch > 1 else []
    if device != "cpu":
        actions.append(("cpu", "Start again on the CPU"))
    actions.append(("edit", "Edit the recipe"))
    return f"The {where} ran out of memory", f"Batch {batch} did not fit. {_safe(run)}", tuple(actions)


def _device_lost(run: ShownRun, problem: Problem) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    saved = saved_epoch(run) is not None
    first = "Continue on the CPU from the last checkpoint" if saved else "Start again on the CPU"
    actions = (("elsewhere", first), ("resume", "Try the same device again"))
    return problem.message.rstrip("."), _safe(run), actions


def _diverged(run: ShownRun, problem: Problem) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    actions: list[tuple[str, str]] = [("edit", "Edit the recipe")]
    if problem.action == "slower" and problem.value is not None:
        begins = "Go on" if saved_epoch(run) is not None else "Start again"
        actions.insert(0, ("onward", f"{begins} with learning rate {problem.value:g}"))
    return problem.message.rstrip("."), f"{problem.hint} {_safe(run)}".strip(), tuple(actions)


def _safe(run: ShownRun) -> str:
    epoch = saved_epoch(run)
    if epoch is None:
        return "Nothing was saved yet: it starts from the beginning."
    reached = run.advanced.epoch if run.advanced is not None else epoch
    place = f"{epoch:.1f}".removesuffix(".0")
    if reached - epoch < 1:
        return f"Nothing is lost: the run is saved up to epoch {place}."
    return f"The run is saved up to epoch {place}; what came after is trained again."


def _details(run: ShownRun, problem: Problem) -> str:
    parts = [str(problem), problem.hint, f"Run: {run.folder}", run.details]
    return "\n\n".join(part for part in parts if part)
