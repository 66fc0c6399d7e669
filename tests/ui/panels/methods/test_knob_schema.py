import pytest

from kdstudio.methods.catalogue import entries
from kdstudio.models.catalogue import students
from kdstudio.recipe.augmenting import AugmentationChoice
from kdstudio.recipe.choices import DataChoice
from kdstudio.recipe.optimizing import OptimizerChoice, ScheduleChoice
from kdstudio.recipe.recipe import Recipe
from kdstudio.ui.panels.methods import knob_schema
from kdstudio.ui.panels.methods.knob_schema import parse_text, problem, words

RECIPE = Recipe.model_json_schema()["properties"]
DATA = DataChoice.model_json_schema()["properties"]
VIEWS = AugmentationChoice.model_json_schema()["properties"]["views"]
RATE = OptimizerChoice.model_json_schema()["properties"]["learning_rate"]
HIDDEN = {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 4096}, "maxItems": 4}


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        (" 30 ", RECIPE["epochs"], 30),
        ("30.0", RECIPE["epochs"], 30),
        ("3.5", RECIPE["epochs"], 3.5),
        ("12,0", RATE, "12,0"),
        ("5e-2", RATE, 0.05),
        ("nan", RATE, "nan"),
        ("Automatic", VIEWS, "auto"),
        ("endless", VIEWS, "endless"),
        ("8", VIEWS, 8),
        ("", DATA["limit"], None),
        ("500", DATA["labelled"], 500),
        ("0.25", DATA["labelled"], 0.25),
        ("32, 64", HIDDEN, [32, 64]),
        ("(32; 64,)", HIDDEN, [32, 64]),
        ("", HIDDEN, []),
        ("32, x", HIDDEN, [32, "x"]),
        ("Shirt, Ankle boot", DATA["omit"], ["Shirt", "Ankle boot"]),
    ],
)
def test_that_typed_text_becomes_the_value_it_means(text: str, schema: dict, value: object):
    assert parse_text(text, schema) == value


@pytest.mark.parametrize(
    ("value", "schema", "said"),
    [
        (0, RECIPE["epochs"], "Use a whole number from 1 to 100000"),
        ("ab", RECIPE["epochs"], "Use a whole number from 1 to 100000"),
        ("12,0", RATE, "Use a number above 0, up to 10"),
        (0, VIEWS, "Use auto or endless or a whole number from 1 to 1000"),
        (0, DATA["limit"], "Use a whole number above 0 or a number above 0 or nothing at all"),
        (1, DATA["validation"], "Use a number from 0, below 1"),
        ([32, "x"], HIDDEN, "Use up to 4 whole numbers from 1 to 4096, with commas between them"),
        (12, {"type": "integer", "minimum": 8, "maximum": 128, "multipleOf": 8}, "Use a multiple of 8 from 8 to 128"),
    ],
)
def test_that_a_wrong_value_is_answered_with_what_to_use(value: object, schema: dict, said: str):
    assert problem(value, schema) == said


def all_knobs() -> list[tuple[str, dict]]:
    parts = (OptimizerChoice, ScheduleChoice, AugmentationChoice)
    own = [knob for part in parts for knob in part.model_json_schema()["properties"].items()]
    return own + [knob for entry in (*entries(), *students()) for knob in entry.knobs["properties"].items()]


@pytest.mark.parametrize(("name", "schema"), all_knobs())
def test_that_every_default_of_every_knob_can_be_shown_and_typed_again(name: str, schema: dict):
    default = schema["default"]
    assert problem(default, schema) == "", name
    if knob_schema.kind(schema) == "text":
        assert parse_text(words(default), schema) == (list(default) if isinstance(default, tuple) else default)
    elif knob_schema.kind(schema) == "choice":
        assert default in knob_schema.choices(schema)


def test_that_small_numbers_are_written_out():
    assert [words(v) for v in (0.0005, 1e-5, 30, 1.0, None, (8, 16))] == ["0.0005", "0.00001", "30", "1", "", "8, 16"]


def test_that_a_value_that_only_a_recipe_can_say_is_shown_beside_the_choices():
    assert knob_schema.choices(RECIPE["teacher_cache"]) == ["auto", True, False]
    assert knob_schema.choice_words({"dtype": "float16", "top_k": None, "threads": "auto"}) == "dtype float16"
