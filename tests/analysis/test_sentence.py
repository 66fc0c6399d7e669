import math

import numpy as np
import pytest

from kdstudio.analysis.butterfly import butterfly
from kdstudio.analysis.sentence import percent, plain, sentence

NAMES = ("Shirt", "Coat", "Pullover", "Bag")


def said(teacher, student, baseline=None, target=-1, names=NAMES):
    logits = [None if p is None else np.log(np.array(p)) for p in (teacher, student, baseline)]
    return plain(sentence(butterfly(*logits, class_names=names, target=target)))


def test_that_the_second_thought_is_told_with_what_the_baseline_would_answer() -> None:
    text = said([0.6, 0.2, 0.15, 0.05], [0.5, 0.1, 0.3, 0.1], [0.3, 0.1, 0.5, 0.1], target=0)
    assert text == (
        "The teacher’s second thought is Coat 20%. The student leans to Pullover 30% instead. "
        "Without the teacher it would answer Pullover with 50%."
    )


def test_that_a_followed_doubt_is_told() -> None:
    teacher, student = [0.6, 0.2, 0.15, 0.05], [0.6, 0.19, 0.11, 0.1]
    assert said(teacher, student, [0.7, 0.05, 0.15, 0.1]) == (
        "The teacher’s second thought is Coat 20%. The student agrees: 19%. "
        "Without the teacher it would be Pullover 15%."
    )
    assert said(teacher, student, [0.9, 0.05, 0.03, 0.02]).endswith("Without the teacher it would be 5%.")
    assert said(teacher, student).endswith("The student agrees: 19%.")


def test_that_a_shared_mistake_is_told_with_where_it_may_come_from() -> None:
    wrong, right = [0.2, 0.6, 0.1, 0.1], [0.6, 0.2, 0.1, 0.1]
    shared = "Teacher and student share the same mistake: both answer Coat, the label says Shirt."
    assert said(wrong, wrong, right, target=0) == (
        f"{shared} Without the teacher it answers Shirt, so this one may have been passed on."
    )
    assert said(wrong, wrong, wrong, target=0) == (
        f"{shared} Without the teacher it makes the same mistake, so it need not come from the teacher."
    )
    assert said(wrong, wrong, target=0) == shared


def test_that_a_disagreement_says_who_is_right() -> None:
    coat, shirt, bag = [0.2, 0.6, 0.1, 0.1], [0.6, 0.2, 0.1, 0.1], [0.1, 0.1, 0.1, 0.7]
    assert said(coat, shirt, shirt, target=1) == (
        "The teacher answers Coat 60%, the student Shirt 60%. The teacher is right. "
        "Without the teacher it would answer the same."
    )
    assert "The student is right. Without the teacher it would answer Bag with 70%." in said(coat, shirt, bag, target=0)
    assert "Both are wrong, the label says Bag." in said(coat, shirt, target=3)
    assert said(coat, shirt) == "The teacher answers Coat 60%, the student Shirt 60%."


def test_that_two_classes_have_no_second_thought() -> None:
    text = said([0.8, 0.2], [0.7, 0.3], [0.99, 0.01], target=0, names=("cat", "dog"))
    assert text == "The teacher leaves 20% for dog, the student 30%, without the teacher it would be 1%."


def test_that_one_model_alone_is_told() -> None:
    assert said([0.6, 0.2, 0.1, 0.1], None, target=1) == (
        "The teacher answers Shirt 60%, its second thought is Coat 20%. The label says Coat."
    )
    assert said(None, [0.6, 0.2, 0.1, 0.1], [0.1, 0.1, 0.1, 0.7]) == (
        "The student answers Shirt 60%, its second thought is Coat 20%. "
        "Without the teacher it would answer Bag with 70%."
    )


def test_that_pieces_carry_their_role() -> None:
    wrong = np.log(np.array([0.2, 0.6, 0.1, 0.1]))
    spans = sentence(butterfly(wrong, wrong, class_names=NAMES, target=0))
    assert [(span.text, span.role) for span in spans if span.role != "text"] == [("Coat", "class"), ("Shirt", "truth")]


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.16, "16%"), (0.004, "<1%"), (0.0, "0%"), (0.996, ">99%"), (1.0, "100%"), (math.nextafter(1, 0), ">99%")],
)
def test_that_shares_are_rounded_without_claiming_certainty(share, text) -> None:
    assert percent(share) == text
