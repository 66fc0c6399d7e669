"""How large exported files will be, before they are there."""

from kdstudio.ui.panels.export.export_formats import FORMATS, FormatRows


def test_that_sizes_follow_the_students_bytes() -> None:
    found = {one.name: one.estimate(4000, 1000) for one in FORMATS}
    assert (found["onnx"], found["onnx_fp16"], found["onnx_int8"], found["safetensors"]) == (4000, 2000, 1000, 4000)


def test_that_a_student_of_8_bits_is_small_in_graphs_alone(qtbot) -> None:
    found = {one.name: one.estimate(1100, 1000) for one in FORMATS}
    assert (found["onnx"], found["onnx_fp16"], found["onnx_int8"], found["safetensors"]) == (1100, 0, 1100, 4000)
    rows = FormatRows()
    qtbot.addWidget(rows)
    rows.set_sizes({"bytes": 1100, "parameters": 1000}, ())
    assert not rows._sizes["onnx_fp16"].text()
    assert "1.1 kB" in rows._sizes["onnx"].text()
