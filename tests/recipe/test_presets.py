import pytest

from kdstudio.core.errors import InvalidRecipe
from kdstudio.recipe.presets import PRESETS, preset
from kdstudio.recipe.problems import problems
from kdstudio.recipe.recipe import parse
from kdstudio.recipe.stages import names
from kdstudio.training.opening import catalogue

REST = {"data": {"path": "d"}, "student": {"architecture": "mlp"}}


@pytest.mark.parametrize("name", [preset.name for preset in PRESETS])
def test_that_one_word_is_a_whole_recipe_without_problems(name: str) -> None:
    recipe = parse(REST | {"preset": name, "teachers": [{"path": "t"}]})
    assert problems(recipe, catalogue()) == []
    assert parse(recipe.to_value()) == recipe


def test_that_a_preset_with_its_own_teacher_takes_the_place_of_the_file() -> None:
    recipe = parse(REST | {"preset": "dml", "teachers": [{"path": "t"}]})
    assert [teacher.kind for teacher in recipe.teachers] == ["peer"]
    value = {key: kept for key, kept in recipe.to_value().items() if key != "methods"}
    assert parse(value | {"preset": "kd"}).teachers == ()  # a peer is nobody's file


@pytest.mark.parametrize(
    ("more", "words"),
    [({"preset": "nothing"}, "no preset called 'nothing'"), ({"preset": "kd", "methods": []}, "both")],
)
def test_that_a_wrong_preset_is_told(more: dict, words: str) -> None:
    with pytest.raises(InvalidRecipe, match=words):
        parse(REST | more)


def test_that_consistent_teaching_sets_what_is_its_point_and_keeps_what_a_recipe_says() -> None:
    recipe = parse(REST | {"preset": "consistent", "teachers": [{"path": "t"}]})
    assert (recipe.augmentation.mixup, recipe.augmentation.crop, recipe.epochs) == (1.0, 4, 300)
    said = {"augmentation": {"crop": 1, "flip": True}, "epochs": 40}
    recipe = parse(REST | said | {"preset": "consistent", "teachers": [{"path": "t"}]})
    choice = recipe.augmentation
    assert (choice.mixup, choice.crop, choice.flip, recipe.epochs) == (1.0, 1, True, 40)


def test_that_another_preset_takes_away_what_consistent_teaching_brought_and_nothing_else() -> None:
    mine = REST | {"epochs": 50, "augmentation": {"flip": True}}
    there = preset("consistent").applied(mine)
    assert (there["augmentation"], there["epochs"]) == ({"flip": True, "crop": 4, "mixup": 1.0}, 300)
    back = preset("kd").applied(there)
    assert (back["augmentation"], back["epochs"]) == ({"flip": True}, parse(REST | {"preset": "kd"}).epochs)
    own = there | {"epochs": 70}
    assert preset("kd").applied(own)["epochs"] == 70
    by_hand = mine | {"augmentation": {"mixup": 0.5}}
    assert preset("kd").applied(by_hand) == by_hand | {"methods": list(preset("kd").methods), "teachers": []}


def test_that_a_chain_is_part_of_a_preset_and_may_be_another_one() -> None:
    recipe = parse(REST | {"preset": "born_again", "teachers": [{"path": "t"}]})
    assert ([one.kind for one in recipe.teachers], len(recipe.stages)) == (["past_self"], 4)
    value = {key: kept for key, kept in recipe.to_value().items() if key not in ("methods", "stages")}
    assert parse(value | {"preset": "kd"}).stages == ()
    fewer = parse(REST | {"preset": "born_again", "stages": [{"distil": {}}, {"distil": {}}]})
    assert len(fewer.stages) == 2
    assert preset("kd").applied(recipe.to_value()).get("stages") is None
    assert names(parse(REST | {"preset": "assistant"}).stages) == ("assistant1", "student")
