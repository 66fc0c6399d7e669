from kdstudio.core.events import Changed, Event, Losses, Resumed, Staged, append
from kdstudio.recipe.problems import Catalogue
from kdstudio.recipe.recipe import parse
from kdstudio.ui.panels.train.run_dials import changes, dials, present

OWN = {"distil": {"student": "auto", "methods": [{"method": "dist", "weight": 3.0}]}}
RECIPE = parse(
    {
        "data": {"path": "d"},
        "teachers": [{"path": "t"}],
        "student": {"architecture": "mlp"},
        "methods": [{"method": "hard_labels", "weight": 0.25}],
        "stages": [OWN, {"distil": {}}],
    }
)


def staged(learner: str, number: int, teacher: str = "teacher") -> Staged:
    return Staged(step=0, number=number, stages=2, learner=learner, teacher=teacher, epochs=3)


def test_that_each_stage_has_the_values_of_its_own_methods() -> None:
    found = [dials(RECIPE, stage, Catalogue()) for stage in (staged("assistant1", 1), staged("student", 2), None)]
    assert [[(dial.key, dial.start) for dial in known[1:]] for known in found] == [
        [("methods[0].weight", 3.0)],
        [("methods[0].weight", 0.25)],
        [("methods[0].weight", 0.25)],
    ]


def test_that_a_generation_that_learns_from_labels_has_its_learning_rate_alone() -> None:
    born = RECIPE.model_copy(update={"stages": ()})
    assert len(dials(born, staged("generation0", 1, teacher=""), Catalogue())) == 1


def test_that_a_change_holds_in_its_stage_alone() -> None:
    history: list[Event] = [Changed(learner="assistant1", key="methods[0].weight", old=3.0, new=1.0)]
    dial = dials(RECIPE, staged("student", 2), Catalogue())[1]
    assert present(dial, changes(history, "assistant1")) == 1.0
    assert present(dial, changes(history, "student")) == 0.25


def test_that_a_change_outlives_a_resume_from_before_it() -> None:
    change = Changed(step=50, key="optimizer.learning_rate", new=0.1)
    history: list[Event] = [Losses(step=45, epoch=1, terms={}, learning_rate=0.1), change]
    append(history, Resumed(step=40))
    assert changes(history) == [change]
    assert len(history) == 2
