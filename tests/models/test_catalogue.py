import pytest
from jsonschema import Draft202012Validator

from kdstudio.models.build import ARCHITECTURES
from kdstudio.models.catalogue import students
from kdstudio.recipe.problems import Catalogue


@pytest.mark.parametrize("entry", students(), ids=lambda entry: entry.name)
def test_that_each_knob_has_words_and_a_default_and_unknown_ones_are_refused(entry):
    Draft202012Validator.check_schema(entry.knobs)
    validator = Draft202012Validator(entry.knobs)
    defaults = ARCHITECTURES[entry.name]().model_dump(mode="json")
    assert validator.is_valid(defaults)
    assert validator.is_valid({})
    assert not validator.is_valid({"colour": 1})
    assert entry.knobs["additionalProperties"] is False
    assert entry.help.endswith(".")
    assert entry.paper
    for knob in entry.knobs["properties"].values():
        assert knob["title"]
        assert knob["description"].endswith(".")
        assert "default" in knob
    assert not entry.needs_teacher
    assert not entry.needs_labels


def test_that_the_catalogue_survives_json():
    catalogue = Catalogue(students=students())
    assert Catalogue.model_validate_json(catalogue.model_dump_json(by_alias=True)) == catalogue
    assert {"lenet", "mlp", "mobilenet", "resnet", "small_cnn", "wide_resnet"} <= {e.name for e in catalogue.students}
