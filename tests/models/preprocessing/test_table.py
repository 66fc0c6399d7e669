import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from kdstudio.core.errors import ModelError
from kdstudio.data.dataset import Part
from kdstudio.data.kinds import Column, TableInputs
from kdstudio.models.preprocessing.table import TablePreprocessing
from kdstudio.models.save import save
from kdstudio.models.source import load
from kdstudio.models.student import student
from kdstudio.recipe.choices import StudentChoice

NAN = float("nan")
COLUMNS = (Column("age"), Column("colour", ("blue", "green", "red")), Column("weight"))


def part(*rows: tuple[float, ...], columns: tuple[Column, ...] = COLUMNS) -> Part:
    array = np.array(rows, dtype=np.float32).reshape(len(rows), len(columns))
    return Part.whole(TableInputs(array, columns), np.zeros(len(rows), np.int64))


@pytest.fixture
def rows() -> Part:
    return part((20, 0, 1.5), (30, 2, NAN), (40, NAN, 2.5), (30, 2, 3.5))


def test_that_numbers_are_scaled_categories_spread_and_missing_values_told(rows: Part) -> None:
    how = TablePreprocessing.of(rows)
    done = how.apply(how.raw(rows.read(np.arange(4))))
    assert how.shape == (5,) == tuple(done.shape[1:])  # age, weight, whether weight is missing, blue, red
    torch.testing.assert_close(done[:, 0], torch.tensor([-1.0, 0.0, 1.0, 0.0]) * 10 / float(np.std([20, 30, 40, 30])))
    assert done[:, 1].tolist() == pytest.approx([-1.2247, 0, 0, 1.2247], abs=1e-4)
    assert done[:, 2].tolist() == [0, 1, 0, 0]
    assert done[:, 3].tolist() == [1, 0, 0, 0]
    assert done[:, 4].tolist() == [0, 1, 0, 1]
    assert how.describe() == "2 numbers scaled, 1 categories as one-hot"


def test_that_other_parts_are_prepared_with_the_scales_of_training_and_outliers_are_held(rows: Part) -> None:
    how = TablePreprocessing.of(rows)
    done = how.apply(how.raw(np.array([[NAN, 1, NAN], [1e30, NAN, -1e30]], np.float32)))
    assert done[0].tolist() == [0, 0, 1, 0, 0]  # green was not in training: it is not known
    assert done[1].tolist() == [10, -10, 0, 0, 0]


def test_that_a_column_that_never_changes_is_zero_however_large_its_number_is() -> None:
    how = TablePreprocessing.of(part((1e9, 0, 0), (1e9, 0, 0)))
    assert how.apply(how.raw(np.array([[1e9, 0, 0]], np.float32))).tolist() == [[0, 0, 1]]


def test_that_a_table_of_categories_alone_or_of_a_column_without_values_is_prepared() -> None:
    only = part((0.0,), (1.0,), columns=(Column("c", ("a", "b")),))
    assert TablePreprocessing.of(only).shape == (2,)
    empty = part((NAN, 1.0), (NAN, 2.0), columns=(Column("c", ("a", "b")), Column("x")))
    how = TablePreprocessing.of(empty)
    assert how.apply(how.raw(empty.read(np.arange(2)))).tolist() == [[-1], [1]]


def test_that_a_model_finds_its_columns_and_categories_by_name_in_other_data(rows: Part) -> None:
    how = TablePreprocessing.of(rows)
    other = part(
        (9, 2.5, 0, 40),
        (9, NAN, 1, 20),
        (9, 1.5, 2, NAN),
        columns=(Column("other"), Column("weight"), Column("colour", ("black", "red", "blue")), Column("age")),
    )
    fitting = how.suited(other.inputs)
    raw = fitting.raw(other.read(np.arange(3)))
    expected = [[40, NAN, 2.5], [20, 2, NAN], [NAN, 0, 1.5]]
    torch.testing.assert_close(raw, torch.tensor(expected), equal_nan=True)
    assert np.array_equal(fitting.feed(other.read(np.arange(3)))["row"], raw.numpy(), equal_nan=True)
    assert fitting.graph_inputs(other.inputs.shape)[0].example.shape == (2, 3)
    assert fitting.suited(rows.inputs) == how


def test_that_data_with_other_columns_is_refused_by_name(rows: Part) -> None:
    how = TablePreprocessing.of(rows)
    with pytest.raises(ModelError, match="lacks columns that the model wants: colour, weight"):
        how.suited(part((1,), columns=(Column("age"),)).inputs)
    with pytest.raises(ModelError, match="knows categories in the column colour, and the data has numbers"):
        how.suited(part((1, 1, 1), columns=(Column("age"), Column("colour"), Column("weight"))).inputs)


def test_that_a_saved_student_prepares_rows_as_before(rows: Part, tmp_path) -> None:
    how = TablePreprocessing.of(rows)
    choice = StudentChoice(architecture="mlp", knobs={"hidden": [4]})
    model = student(choice, rows.inputs, 2, ("a", "b"), how, seed=0)
    save(model, tmp_path / "m.safetensors")
    again = load(tmp_path / "m.safetensors")
    assert again.preprocessing == how
    assert again.spec.input_shape == (5,)
    values = rows.read(np.arange(4))
    assert torch.equal(again.respond(values), model.respond(values))


def test_that_networks_for_pictures_take_no_tables(rows: Part) -> None:
    choice = StudentChoice(architecture="resnet", knobs={"depth": 8})
    with pytest.raises(ModelError, match="does not take rows of a table") as error:
        student(choice, rows.inputs, 2, ("a", "b"), TablePreprocessing.of(rows), seed=0)
    assert "mlp" in error.value.hint


def test_that_a_foreign_mlp_says_that_it_does_not_know_the_columns(rows: Part, tmp_path) -> None:
    generator = torch.Generator().manual_seed(0)
    shapes = {"0.weight": (8, 3), "0.bias": (8,), "2.weight": (2, 8), "2.bias": (2,)}
    save_file(
        {name: torch.rand(shape, generator=generator) for name, shape in shapes.items()}, tmp_path / "m.safetensors"
    )
    with pytest.raises(ModelError, match="does not say which column") as error:
        load(tmp_path / "m.safetensors").suited(rows.inputs)
    assert "predict_proba" in error.value.hint


def test_that_equal_preprocessings_have_equal_hashes_also_where_one_was_suited(rows: Part) -> None:
    how, other = TablePreprocessing.of(rows), part((1, 1, 1, 1), columns=(Column("x"), *COLUMNS))
    hash(how)
    fitting = how.suited(other.inputs)
    fresh = TablePreprocessing.model_validate(fitting.model_dump())
    assert fresh == fitting
    assert hash(fresh) == hash(fitting)
