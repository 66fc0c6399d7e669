from kdstudio.models.inspect import count, inspect
from kdstudio.models.save import save


def test_that_a_saved_student_is_described_whole(build, tmp_path):
    file = tmp_path / "x.bin"
    save(build("small_cnn"), file)
    item = inspect(file)
    assert item.title == "Small CNN 16-24-32 · 11 k parameters"
    assert (item.role, item.format, item.architecture) == ("model", "safetensors", "small_cnn")
    assert item.input_shape == (1, 28, 28)
    assert item.classes == 10
    assert item.class_names == tuple("abcdefghij")
    assert item.preprocessing == "28×28 grey · mean .25 · std .5"
    assert item.bytes == file.stat().st_size
    assert item.can_train
    assert item.problems == ()


def test_that_latency_is_measured_where_it_is_asked_for(build, tmp_path):
    save(build("small_cnn"), tmp_path / "x.bin")
    assert inspect(tmp_path / "x.bin").latency_ms is None
    item = inspect(tmp_path / "x.bin", timed=True)
    assert item.latency_ms > 0
    assert item.activation_bytes > 28 * 28 * 4


def test_that_a_real_checkpoint_says_that_its_preprocessing_is_unknown(akamaster):
    item = inspect(akamaster / "resnet20-12fca82f.th")
    assert item.title == "ResNet-20 · 0.27 M parameters"
    assert item.knobs == {"depth": 20, "width": 16, "shortcut": "pad"}
    assert item.preprocessing == "not stored in the file"
    assert [problem.severity for problem in item.problems] == ["note"]


def test_that_a_bad_file_is_an_item_with_its_problem(tmp_path):
    file = tmp_path / "x.pt"
    file.write_text("<html>")
    item = inspect(file)
    (problem,) = item.problems
    assert problem.severity == "error"
    assert problem.hint
    assert problem.where == str(file)
    assert inspect(tmp_path / "absent").problems
    assert inspect(tmp_path).problems


def test_that_numbers_are_written_as_people_do():
    assert [count(n) for n in (512, 10_986, 269_722, 1_276_810)] == ["512", "11 k", "0.27 M", "1.28 M"]
