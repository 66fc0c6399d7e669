import numpy as np

from kdstudio.core.events import Changed, Evaluated, Losses, Paused, Resumed, Started
from kdstudio.project.curves import curves
from kdstudio.recipe.problems import Catalogue, Entry
from kdstudio.recipe.recipe import parse
from kdstudio.ui.panels.train.run_curves import Stopwatch, charts, term_series


def entry(name: str, needs_teacher: bool) -> Entry:
    return Entry(name=name, family="f", title=name, paper="", help="", schema={}, needs_teacher=needs_teacher)


CATALOGUE = Catalogue(methods=(entry("labels", False), entry("soft", True)))
RECIPE = parse(
    {
        "data": {"path": "d"},
        "teachers": [{"path": "t"}],
        "student": {"architecture": "mlp"},
        "methods": [
            {"method": "labels", "weight": 0.25},
            {"method": "soft", "weight": 2.0},
            {"method": "soft", "weight": 4.0},
            {"method": "strange", "weight": 8.0},
        ],
    }
)
TERMS = {"total": 9.0, "labels/a": 1.0, "soft/a": 1.0, "soft/b": 0.5, "soft#2/a": 0.25, "strange/a": 0.1}


def losses(step: int, time: float = 0.0, learner: str = "student") -> Losses:
    return Losses(step=step, epoch=step / 10, learner=learner, terms=TERMS, learning_rate=0.1, time=time)


def test_that_each_part_is_the_weighted_sum_of_its_methods_terms() -> None:
    history = [losses(10), losses(20), losses(25, learner="baseline")]
    loss = charts(curves(history), RECIPE, CATALOGUE, Stopwatch(history))["loss"]
    assert loss["total"].values.tolist() == [9.0, 9.0]
    assert loss["label"].values.tolist() == [0.25, 0.25]
    assert loss["teacher"].values.tolist() == [4.0, 4.0]  # 2 · (1 + 0.5) + 4 · 0.25
    assert loss["teacher"].steps.tolist() == [10, 20]


def test_that_each_part_has_the_weights_that_held_at_its_step() -> None:
    change = Changed(step=15, key="methods[1].weight", old=2.0, new=10.0)
    history = [losses(10), change, losses(20)]
    found = charts(curves(history), RECIPE, CATALOGUE, Stopwatch(history), made=[change])["loss"]
    assert found["teacher"].values.tolist() == [4.0, 16.0]  # 10 · (1 + 0.5) + 4 · 0.25 after the change
    assert found["label"].values.tolist() == [0.25, 0.25]


def test_that_an_unknown_method_is_in_no_part() -> None:
    history = [losses(10)]
    assert list(charts(curves(history), RECIPE, Catalogue(), Stopwatch(history))["loss"]) == ["total"]


def test_that_only_validation_is_drawn() -> None:
    history = [
        Evaluated(step=10, epoch=1, learner="student", split=split, metrics={"accuracy": value, "kl": 0.2})
        for split, value in (("validation", 0.5), ("test", 0.9))
    ]
    found = charts(curves(history), RECIPE, CATALOGUE, Stopwatch(history))
    assert found["accuracy"]["student"].values.tolist() == [0.5]
    assert found["gap"]["student"].values.tolist() == [0.2]
    assert not found["agreement"]


def test_that_waiting_is_no_time_of_work() -> None:
    history = [
        Started(task="train", time=1000.0),
        losses(10, 1010.0),
        Paused(step=10, time=1012.0),
        Resumed(step=10, time=1500.0),
        losses(20, 1508.0),
        Started(task="train", time=9000.0),  # killed, and resumed the next day
        Resumed(step=20, time=9001.0),
        losses(30, 9011.0),
    ]
    seconds = Stopwatch(history).seconds(np.array([1010.0, 1508.0, 9011.0]))
    assert seconds.tolist() == [10.0, 20.0, 30.0]


def test_that_gradients_are_the_students_and_above_zero() -> None:
    history = [losses(10), losses(20), losses(30, learner="baseline")]
    norms = (
        {"total": 3.0, "labels/a": 0.5, "soft/a": 0.0},
        {"total": 2.0, "labels/a": 0.0, "soft/a": 0.0},
        {"total": 9},
    )
    history = [one.model_copy(update={"gradient_norms": n}) for one, n in zip(history, norms, strict=True)]
    found = charts(curves(history), RECIPE, CATALOGUE, Stopwatch(history))["teaching"]
    assert found["total"].values.tolist() == [3.0, 2.0]
    assert found["labels/a"].steps.tolist() == [10]  # a log scale has no place for 0
    assert "soft/a" not in found


def test_that_each_term_has_a_line_of_its_own_with_words_for_people() -> None:
    terms = ["soft/b", "total", "labels/a", "soft/a", "soft#2/a", "strange/a"]
    series = term_series(terms, RECIPE, CATALOGUE)
    assert [one.words for one in series] == ["total", "soft b", "labels", "soft a", "soft 2", "Strange"]
    assert len({(one.token, one.shape) for one in series}) == len(series)
    assert next(one.token for one in series if one.key == "labels/a") == "student"


def test_that_the_loss_is_of_the_stage_and_the_metrics_are_of_all_of_them() -> None:
    judged = Evaluated(step=10, epoch=1, learner="assistant1", split="validation", metrics={"accuracy": 0.5})
    history = [losses(10, learner="assistant1"), judged, losses(30), losses(40)]
    watch = Stopwatch(history)
    found = charts(curves(history), RECIPE, CATALOGUE, watch, "assistant1", ["assistant1"])
    assert found["loss"]["total"].steps.tolist() == [10]
    assert found["accuracy"]["assistant1"].values.tolist() == [0.5]
    assert "student" not in found["accuracy"]
    assert charts(curves(history), RECIPE, CATALOGUE, watch)["loss"]["total"].steps.tolist() == [30, 40]
