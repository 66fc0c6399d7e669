"""What can be filtered by for each task, and without teacher or labels."""

from collections.abc import Callable

import numpy as np

from kdstudio.analysis.filtering.matching import misunderstood, passing
from kdstudio.analysis.filtering.offered import Asked, offered
from kdstudio.analysis.filtering.terms import terms
from kdstudio.core.types import Predictions, sigmoid


def found(asked: Asked, text: str) -> list[int]:
    fields = offered(asked, 2.0)
    assert misunderstood(terms(text), fields) == ()
    return np.flatnonzero(passing(terms(text), fields, len(asked.student.index))).tolist()


def test_that_without_teacher_and_labels_only_the_student_is_offered(answers: Callable[..., Predictions]) -> None:
    student = answers([[2.0, 0.0], [0.0, 1.0]])
    asked = Asked({"student": student}, {"student": student.labels}, student.truth, student.targets, {})
    assert set(offered(asked, 1.0)) == {"", "class", "student", "confidence", "row", "labelled"}
    assert found(asked, 'student:"class 1"') == [1]
    assert found(asked, "labelled") == []
    assert misunderstood(terms("student:right"), offered(asked, 1.0))


def test_that_several_labels_are_had_one_by_one() -> None:
    targets = np.array([[1, 0], [1, 1], [0, 0], [np.nan, np.nan]], dtype=np.float32)
    logits = np.array([[1, -1], [1, 1], [2, -3], [-1, 4]], dtype=np.float32)
    student = Predictions(np.arange(4), targets, logits, ("sunny", "windy"), task="multi_label")
    teacher = Predictions(np.arange(4), targets, -logits, ("sunny", "windy"), task="multi_label")
    models = {"student": student, "teacher": teacher}
    labels = {who: one.labels for who, one in models.items()}
    asked = Asked(models, labels, student.truth, targets, {})
    assert found(asked, "class:sunny") == [0, 1]
    assert found(asked, "-class:sunny") == [2, 3]
    assert found(asked, "student:windy") == [1, 3]
    assert found(asked, "teacher:windy,sunny") == [0, 2, 3]
    assert found(asked, "student:right") == [0, 1]
    assert found(asked, "windy") == [0, 1, 2, 3]
    p = sigmoid(logits)
    assert found(asked, "confidence>0.75") == np.flatnonzero(np.maximum(p, 1 - p).min(axis=1) > 0.75).tolist()
    assert "js" not in offered(asked, 1.0)


def test_that_numbers_are_compared_as_numbers() -> None:
    targets = np.array([[1.0], [2.0], [np.nan]], dtype=np.float32)
    student = Predictions(np.arange(3), targets, np.array([[1.5], [5.0], [0.0]]), ("price",), task="regression")
    teacher = Predictions(np.arange(3), targets, np.array([[1.0], [3.0], [0.0]]), ("price",), task="regression")
    asked = Asked(
        {"student": student, "teacher": teacher}, {}, student.truth, targets, {}, errors=np.array([0.5, 3.0, 0.0])
    )
    assert set(offered(asked, 1.0)) == {"error", "truth", "student", "teacher", "difference", "row", "labelled"}
    assert found(asked, "student>1.2 error<1") == [0]
    assert found(asked, "difference>=0.5") == [0, 1]
    assert found(asked, "truth>0") == [0, 1]
    assert found(asked, "-truth>0") == [2]
    told = misunderstood(terms("cheap"), offered(asked, 1.0))
    assert told[0].words.startswith("“cheap” needs a key before it. There are: error")
