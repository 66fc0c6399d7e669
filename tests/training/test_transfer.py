"""What is said of blends and noise before a run."""

import pytest

from kdstudio.recipe.recipe import Recipe, parse
from kdstudio.training.opening import open_recipe
from kdstudio.training.transfer import of_transfer


def changed(soft: Recipe, **changes: object) -> Recipe:
    return parse(soft.to_value() | changes)


@pytest.mark.parametrize("kind", ["text", "table", "audio"])
def test_that_only_images_are_mixed_or_replaced_by_noise(soft: Recipe, kind) -> None:
    for choice in ({"mixup": 0.5}, {"noise": 0.5}):
        (problem,) = of_transfer(changed(soft, augmentation=choice), kind)
        assert (problem.severity, problem.where) == ("error", "augmentation")
        assert "only images" in problem.message
        assert problem.hint
    assert of_transfer(soft, kind) == []


def test_that_a_method_which_needs_one_class_says_how_much_it_skips(soft: Recipe) -> None:
    methods = [{"method": "hard_labels"}, {"method": "decoupled"}, {"method": "soft_targets"}]
    some = of_transfer(changed(soft, methods=methods, augmentation={"mixup": 0.5, "noise": 0.2}), "image")
    assert [(one.where, one.severity) for one in some] == [("methods[0]", "note"), ("methods[1]", "note")]
    assert "20 %" in some[0].message
    assert "60 %" in some[1].message
    (none,) = of_transfer(changed(soft, methods=methods, augmentation={"mixup": 1}), "image")
    assert (none.where, none.severity) == ("methods[1]", "error")


def test_that_noise_without_a_teacher_is_told(soft: Recipe) -> None:
    alone = changed(soft, methods=[{"method": "hard_labels"}], augmentation={"noise": 0.1})
    assert [one.severity for one in of_transfer(alone, "image")] == ["note", "warning"]


def test_that_it_is_told_when_a_recipe_is_opened(soft: Recipe) -> None:
    opened = open_recipe(changed(soft, augmentation={"noise": 1}))
    assert [(one.where, one.severity) for one in opened.errors] == [("methods[0]", "error")]
