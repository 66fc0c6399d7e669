import math

import numpy as np
import pytest

from kdstudio.analysis.agreement import agreement, agrees, js, kl, mean_js, mean_kl


def softened(row, temperature):
    exponentials = [math.exp(z / temperature) for z in row]
    return [e / sum(exponentials) for e in exponentials]


@pytest.mark.parametrize("temperature", [1.0, 4.0, 20.0])
def test_that_kl_and_js_equal_the_formula_written_out(answers, temperature) -> None:
    teacher, student = [[2.0, 1.0, -1.0], [0.5, 3.0, 0.0]], [[1.0, 1.5, 0.0], [0.0, 2.0, 2.5]]
    for row, (t, s) in enumerate(zip(teacher, student, strict=True)):
        p, q = softened(t, temperature), softened(s, temperature)
        expected = sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))
        assert kl(answers(teacher), answers(student), temperature)[row] == pytest.approx(expected, rel=1e-12)
        m = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
        half = sum(a * math.log(a / c) for a, c in zip(p, m, strict=True))
        other = sum(b * math.log(b / c) for b, c in zip(q, m, strict=True))
        expected = (half + other) / 2
        assert js(answers(teacher), answers(student), temperature)[row] == pytest.approx(expected, rel=1e-12)


def test_that_equal_answers_are_at_no_distance(answers) -> None:
    one = answers([[2.0, 1.0, -1.0], [1e4, -1e4, 0.0]])
    assert mean_kl(one, one) == 0
    assert mean_js(one, one, 3.0) == pytest.approx(0, abs=1e-15)
    assert agreement(one, one) == 1


def test_that_js_is_symmetric_and_at_most_ln_2(answers) -> None:
    a, b = answers([[1000.0, 0.0], [1.0, 2.0]]), answers([[0.0, 1000.0], [0.0, 0.5]])
    np.testing.assert_allclose(js(a, b), js(b, a))
    assert js(a, b)[0] == pytest.approx(math.log(2))


def test_that_agreement_compares_top_classes_and_ties_go_to_the_first(answers) -> None:
    a, b = answers([[1, 0], [0, 1], [1, 1]]), answers([[9, 0], [1, 0], [0.1, 0]])
    assert agrees(a, b).tolist() == [True, False, True]
    assert agreement(a, b) == pytest.approx(2 / 3)


def test_that_a_class_without_probability_counts_nothing(answers) -> None:
    teacher, student = answers([[0.0, -np.inf, 0.0]]), answers([[0.0, -np.inf, 0.0]])
    assert kl(teacher, student)[0] == 0
    assert js(teacher, student)[0] == pytest.approx(0, abs=1e-15)
    assert kl(answers([[0.0, 0.0]]), answers([[0.0, -np.inf]]))[0] == np.inf


def test_that_half_precision_and_a_thousand_classes_give_what_float64_gives(answers) -> None:
    generator = np.random.default_rng(0)
    half = generator.normal(size=(600, 1000)).astype(np.float16) * 5
    other = generator.normal(size=(600, 1000)).astype(np.float16) * 5
    values = kl(answers(half), answers(other), 2.0)
    p, q = (np.exp(z.astype(np.float64) / 2) for z in (half, other))
    p, q = p / p.sum(1, keepdims=True), q / q.sum(1, keepdims=True)
    np.testing.assert_allclose(values, (p * np.log(p / q)).sum(1), rtol=1e-10)


def test_that_different_inputs_are_refused(answers) -> None:
    with pytest.raises(ValueError, match="different inputs"):
        agreement(answers([[1, 0]], index=[1]), answers([[1, 0]], index=[2]))
