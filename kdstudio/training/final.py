"""The final report: chosen on validation, measured on test, which nothing has touched before."""

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from kdstudio.analysis.summary import Size, metrics, summary
from kdstudio.analysis.summary import learner as numbers
from kdstudio.analysis.validated import validated
from kdstudio.core.events import Evaluated, Event, Finished
from kdstudio.core.files import write_json
from kdstudio.core.types import Predictions
from kdstudio.models.build import restore
from kdstudio.models.latency import latency
from kdstudio.models.measure import measure
from kdstudio.models.model import Model
from kdstudio.models.outputs import SMALLEST
from kdstudio.recipe.choices import born
from kdstudio.recipe.stages import GENERATION, STUDENT
from kdstudio.training.checkpoint import Past
from kdstudio.training.evaluate import predict
from kdstudio.training.learner import Learner
from kdstudio.training.learners import PEER
from kdstudio.training.observe import lens_temperature, write_predictions
from kdstudio.training.passages import spelled
from kdstudio.training.pieces import Pieces
from kdstudio.training.setup import Setup
from kdstudio.training.teacher_cache import answered

TIMED, ANSWERS = 0.25, 25  # seconds for which each model answers one input after another, and how often at most


def report(
    setup: Setup,
    learners: list[Learner],
    elapsed: dict[str, float],
    past: Sequence[Past] = (),
    cache: dict[str, Any] | None = None,
) -> Generator[Event, object, dict[str, Any] | None]:
    """Answer the test inputs with the teacher and with each learner's best and last weights; write summary.json.

    The learners of the stages `past` answer too. A teacher that came into being with the student is what it is now: the
    average, or the mean of the peers' probabilities. `cache` says what was stored of its answers.
    Returns None where no learner has finished an epoch: there is nothing to report on then.
    """
    if any(not learner.best.weights for learner in learners):
        return None
    chosen = yield from _of_teacher(setup)
    for one in past:
        chosen[one.name] = yield from _answers(setup, one.model, one.name, "best")
    for learner in learners:
        last = {name: value.detach().clone() for name, value in learner.model.module.state_dict().items()}
        yield from _answers(setup, learner.model, learner.name, "last", learner.pieces)
        restore(learner.model.module, learner.best.weights)
        chosen[learner.name] = yield from _answers(setup, learner.model, learner.name, "best", learner.pieces)
        learner.model.module.load_state_dict(last)
    if setup.peers:
        peers = [learner.name for learner in learners if learner.name.startswith(PEER)]
        _together(setup, "teacher", [_kept(setup, name) for name in peers])
        chosen["teacher"] = _together(setup, "teacher", [chosen[name] for name in peers])
    temperature = lens_temperature(setup)
    for name, predictions in chosen.items():
        teacher = chosen.get("teacher") if name != "teacher" else None
        epoch = next((learner.best.epoch for learner in learners if learner.name == name), setup.recipe.epochs)
        epoch = next((one.epoch for one in past if one.name == name), epoch)
        scores = metrics(predictions, teacher, temperature)
        yield Evaluated(step=_steps(setup, learners), epoch=epoch, learner=name, split="test", metrics=scores)
    value = _value(setup, learners, chosen, elapsed, cache) | _over_time(setup, learners[0], past, chosen)
    write_json(setup.folder.summary, value)
    yield Finished(summary=value)
    return value


def _of_teacher(setup: Setup) -> Generator[Event, object, dict[str, Predictions]]:
    """Answer the test inputs with the teacher, and validation too where it came into being in the run; {} without."""
    if setup.teacher is not None:
        keeps, names = setup.keeps_answers, setup.class_names
        found: Predictions = yield from answered(
            setup.teacher, setup.test, names, setup.recipe, split="test", keeps=keeps
        )
    elif "test" in setup.stored:
        found = setup.stored["test"]
    elif setup.average is not None:
        found = yield from predict(setup.average, setup.test, setup.class_names, name="teacher", split="test")
        own = yield from predict(setup.average, setup.validation, setup.class_names, name="teacher", split="validation")
        write_predictions(setup.folder, own, "teacher", "last")
    else:
        return {}
    write_predictions(setup.folder, found, "teacher", "last")
    return {"teacher": found}


def size(model: Model) -> Size:
    """Return how large a model is."""
    costs = measure(model)
    return Size(parameters=costs.parameters, bytes=costs.bytes, macs=costs.macs)


def _answers(
    setup: Setup, model: Model, name: str, checkpoint: str, pieces: Pieces | None = None
) -> Generator[Event, object, Predictions]:
    predictions = yield from predict(model, setup.test, setup.class_names, name=name, split="test", pieces=pieces)
    write_predictions(setup.folder, predictions, name, checkpoint)
    return predictions


def _value(
    setup: Setup,
    learners: list[Learner],
    chosen: dict[str, Predictions],
    elapsed: dict[str, float],
    cache: dict[str, Any] | None,
) -> dict[str, Any]:
    models = {learner.name: learner.model for learner in learners}
    teacher = setup.teacher or setup.average
    if teacher is not None:
        models["teacher"] = teacher
    sizes = {name: size(model) for name, model in models.items()}
    value = summary(chosen.get("teacher"), chosen["student"], chosen.get("baseline"), sizes, lens_temperature(setup))
    if chosen.get("teacher") and (name := born(setup.recipe.teachers)):
        value["teacher"]["name"] = name
    for name in ("teacher", "student", "baseline"):
        if value[name] is not None:
            value[name] |= spelled(setup.test, value[name]["nll"])
    for learner in learners:
        own = value.setdefault(learner.name, numbers(chosen[learner.name], sizes[learner.name]))
        own["epoch"] = learner.best.epoch
    samples = _steps(setup, learners) * setup.recipe.batch
    seconds = max(elapsed["seconds"], 1e-9)
    timing = {
        "seconds": round(seconds, 3),
        "samples_per_second": round(samples / seconds, 1),
        "teacher_seconds": round(elapsed["teacher_seconds"], 3),
        "cache": cache or False,
        # the rounding is only imitated here, which says nothing about the file: its time is measured at the export
        "latency": {name: _latency(model) for name, model in models.items() if model.spec.bits is None},
    }
    chosen_by = {name: dict(validated(setup.folder.path, setup.student.task, name)) for name in chosen}
    value |= {"validation": chosen_by, "timing": timing}
    return {**value, "split": "test", "checkpoint": "best", "epochs": learners[0].judged}


def _latency(model: Model) -> dict[str, Any]:
    """Return how long a model takes for one input, and how that was measured: two runs never say quite the same."""
    found = latency(model, TIMED, ANSWERS)
    return {"milliseconds": found.milliseconds, "note": f"one input at a time, {found.where}"}


def _steps(setup: Setup, learners: list[Learner]) -> int:
    """Return the optimizer steps of all learners of all stages."""
    before = sum(stage.recipe.epochs for stage in setup.stages)
    return before * learners[0].order.steps + sum(learner.step for learner in learners)


def _over_time(setup: Setup, student: Learner, past: Sequence[Past], chosen: dict[str, Predictions]) -> dict[str, Any]:
    """Return `stages`, each learner beside the first teacher, and `ensemble` of the taught generations together.

    Both are absent where the run had one stage. The ensemble is the mean of probabilities (Furlanello et al. 2018).
    """
    if not past:
        return {}
    rows, temperature = [], lens_temperature(setup)
    for name, model, epoch in [
        *((one.name, one.model, one.epoch) for one in past),
        (STUDENT, student.model, student.best.epoch),
    ]:
        is_first = model is setup.teacher  # the first generation is nobody's student
        near = metrics(chosen[name], None if is_first else chosen.get("teacher"), temperature)
        own = numbers(chosen[name], size(model))
        closeness = {"agreement": None, "kl": None} | {key: value for key, value in near.items() if key not in own}
        rows.append({"learner": name, **own, **closeness, "epoch": epoch})
    taught = [one.name for one in past if one.name.startswith(GENERATION) and one.model is not setup.teacher]
    ensemble = _together(setup, "ensemble", [chosen[name] for name in (*taught, STUDENT)]) if taught else None
    return {"stages": rows, "ensemble": None if ensemble is None else numbers(ensemble)}


def _together(setup: Setup, name: str, answers: Sequence[Predictions]) -> Predictions:
    """Write and return the mean of the probabilities, or numbers, that several learners gave to the same inputs."""
    made = replace(answers[0], logits=_mean(answers).astype(np.float32), model=name)
    write_predictions(setup.folder, made, name, "last")
    return made


def _mean(answers: Sequence[Predictions]) -> np.ndarray:
    """Return the logits of the mean probabilities (N, C), or the mean of numbers."""
    if answers[0].task == "regression":
        return np.asarray(np.mean([one.logits for one in answers], axis=0))
    mean = np.mean([one.probabilities(1.0) for one in answers], axis=0)
    least = np.finfo(np.float32).tiny if answers[0].task == "classification" else SMALLEST
    logits = np.log(np.maximum(mean, least))
    return np.asarray(logits if answers[0].task == "classification" else logits - np.log(np.maximum(1 - mean, least)))


def _kept(setup: Setup, learner: str) -> Predictions:
    """Return what a learner answered to the validation inputs at its best."""
    place = setup.folder.split(learner, "validation")
    logits = np.load(setup.folder.logits(learner, "validation", "best"))
    index, targets = np.load(place / "index.npy"), np.load(place / "targets.npy")
    return Predictions(
        index, targets, logits, setup.class_names, model=learner, split="validation", task=setup.student.task
    )
