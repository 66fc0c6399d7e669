"""The final report: chosen on validation, measured on test, which nothing has touched before."""

from collections.abc import Generator
from typing import Any

from kdstudio.analysis.summary import Size, metrics, summary
from kdstudio.analysis.summary import learner as numbers
from kdstudio.core.events import Evaluated, Event, Finished
from kdstudio.core.files import write_json
from kdstudio.core.types import Predictions
from kdstudio.models.build import restore
from kdstudio.models.measure import measure
from kdstudio.models.model import Model
from kdstudio.training.evaluate import predict
from kdstudio.training.learner import Learner
from kdstudio.training.observe import lens_temperature, write_predictions
from kdstudio.training.setup import Setup


def report(
    setup: Setup, learners: list[Learner], elapsed: dict[str, float]
) -> Generator[Event, object, dict[str, Any] | None]:
    """Answer the test inputs with the teacher and with each learner's best and last weights; write summary.json.

    Returns None where no learner has finished an epoch: there is nothing to report on then.
    """
    if any(not learner.best.weights for learner in learners):
        return None
    chosen: dict[str, Predictions] = {}
    if setup.teacher is not None:
        chosen["teacher"] = yield from _answers(setup, setup.teacher, "teacher", "last")
    elif "test" in setup.stored:
        chosen["teacher"] = setup.stored["test"]
        write_predictions(setup.folder, chosen["teacher"], "teacher", "last")
    for learner in learners:
        last = {name: value.detach().clone() for name, value in learner.model.module.state_dict().items()}
        yield from _answers(setup, learner.model, learner.name, "last")
        restore(learner.model.module, learner.best.weights)
        chosen[learner.name] = yield from _answers(setup, learner.model, learner.name, "best")
        learner.model.module.load_state_dict(last)
    temperature = lens_temperature(setup)
    for name, predictions in chosen.items():
        teacher = chosen.get("teacher") if name != "teacher" else None
        epoch = next((learner.best.epoch for learner in learners if learner.name == name), setup.recipe.epochs)
        scores = metrics(predictions, teacher, temperature)
        yield Evaluated(step=sum(x.step for x in learners), epoch=epoch, learner=name, split="test", metrics=scores)
    value = _value(setup, learners, chosen, elapsed)
    write_json(setup.folder.summary, value)
    yield Finished(summary=value)
    return value


def size(model: Model) -> Size:
    """Return how large a model is."""
    costs = measure(model)
    return Size(parameters=costs.parameters, bytes=costs.bytes, macs=costs.macs)


def _answers(setup: Setup, model: Model, name: str, checkpoint: str) -> Generator[Event, object, Predictions]:
    predictions = yield from predict(model, setup.test, setup.class_names, name=name, split="test")
    write_predictions(setup.folder, predictions, name, checkpoint)
    return predictions


def _value(
    setup: Setup, learners: list[Learner], chosen: dict[str, Predictions], elapsed: dict[str, float]
) -> dict[str, Any]:
    sizes = {learner.name: size(learner.model) for learner in learners}
    if setup.teacher is not None:
        sizes["teacher"] = size(setup.teacher)
    value = summary(chosen.get("teacher"), chosen["student"], chosen.get("baseline"), sizes, lens_temperature(setup))
    for learner in learners:
        own = value.setdefault(learner.name, numbers(chosen[learner.name], sizes[learner.name]))
        own["epoch"] = learner.best.epoch
    samples = sum(learner.step for learner in learners) * setup.recipe.batch_size
    seconds = max(elapsed["seconds"], 1e-9)
    timing = {
        "seconds": round(seconds, 3),
        "samples_per_second": round(samples / seconds, 1),
        "teacher_seconds": round(elapsed["teacher_seconds"], 3),
        "cache": setup.recipe.teacher_cache,
    }
    return {**value, "timing": timing, "split": "test", "checkpoint": "best", "epochs": setup.recipe.epochs}
