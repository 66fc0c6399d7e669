import math

import numpy as np
import pytest
from PySide6.QtCore import Qt

from kdstudio.ui.charts.crosshair import CrosshairGroup
from kdstudio.ui.charts.curve_panel import CurvePanel
from kdstudio.ui.charts.curves import Points, Series, value_words, y_range
from kdstudio.ui.charts.legend import Legend
from kdstudio.ui.widgets.labels import Heading

SERIES = [Series("student", "student"), Series("baseline", "without teacher", "baseline", "ring", 1.6)]


def points(values: list[float]) -> Points:
    epochs = np.arange(1.0, len(values) + 1)
    return Points(np.array(values), epochs * 50, epochs, epochs * 6)


@pytest.fixture
def panel(qtbot) -> CurvePanel:
    made = CurvePanel("Accuracy", SERIES, unit="percent")
    qtbot.addWidget(made)
    made.set_points({"student": points([0.41, 0.7, 0.897]), "baseline": points([0.4, 0.6, 0.879])})
    made.set_level(0.941)
    made.resize(430, 270)
    made.show()
    return made


def test_that_the_panel_can_be_read_as_text(panel: CurvePanel):
    told = panel.accessibleDescription()
    assert told.startswith("Accuracy: student rose from 41.0% to 89.7% over 3 epochs")
    assert told.endswith("teacher 94.1%")
    assert "without teacher rose from 40.0% to 87.9%" in told


def test_that_a_new_title_is_seen_heard_and_saved(panel: CurvePanel):
    panel.set_title("Gap at T 4")
    assert (panel.title(), panel.accessibleName()) == ("Gap at T 4", "Chart: Gap at T 4")
    assert panel.findChild(Heading).text() == "Gap at T 4"
    assert panel.menu.accessibleName() == "More about Gap at T 4"
    assert panel.as_text().startswith("Gap at T 4")


def test_that_a_narrow_panel_shortens_its_legend_and_cuts_nothing(qtbot):
    made = CurvePanel("Accuracy", [Series("baseline", "without teacher", "baseline", "ring", short="without")])
    qtbot.addWidget(made)
    made.set_points({"baseline": points([0.4, 0.6])})
    made.show()
    made.resize(430, 270)
    assert made.findChild(Legend).accessibleName() == "Legend: without teacher 0.60"
    made.resize(290, 270)
    assert made.findChild(Legend).accessibleName() == "Legend: without 0.60"


def test_that_the_numbers_can_be_saved(panel: CurvePanel, tmp_path):
    path = tmp_path / "accuracy.csv"
    panel.menu.save_csv(str(path))
    lines = path.read_text().splitlines()
    assert lines[0] == "series,step,epoch,seconds,value"
    assert lines[1] == "student,50,1,6,0.41"
    assert len(lines) == 7


def test_that_what_cannot_be_saved_is_told(qtbot, panel: CurvePanel, tmp_path):
    (tmp_path / "file").write_text("")
    for save in (panel.menu.save_csv, panel.menu.save_png):
        with qtbot.waitSignal(panel.menu.failed) as failed:
            save(str(tmp_path / "file" / "below"))
        assert "Cannot write" in failed.args[0]


def test_that_a_saved_picture_is_light_and_twice_as_large(qtbot, panel: CurvePanel, dressed, tmp_path):
    with qtbot.waitSignal(panel.menu.saved):
        panel.menu.save_png(str(tmp_path / "accuracy.png"))
    image = panel.picture()
    assert image.width() == 860
    assert image.pixelColor(4, 4).name() == "#ffffff"
    assert dressed.is_dark
    colours = {image.pixelColor(x, y).name().upper() for x in range(0, 860) for y in range(100, 500, 3)}
    assert "#0072B2" in colours


def test_that_keys_move_the_crosshair_from_measurement_to_measurement(qtbot, panel: CurvePanel):
    moved: list[float] = []
    panel.crosshairMoved.connect(moved.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Home, Qt.Key.Key_Left):
        qtbot.keyClick(panel, key)
    assert moved == [1.0, 2.0, 3.0, 1.0, 1.0]
    qtbot.keyClick(panel, Qt.Key.Key_Escape)
    assert math.isnan(moved[-1])


def test_that_panels_of_a_group_share_crosshair_and_zoom(qtbot, panel: CurvePanel):
    other = CurvePanel("Agreement", SERIES[:1], unit="percent")
    qtbot.addWidget(other)
    other.set_points({"student": points([0.5, 0.6, 0.7])})
    group = CrosshairGroup([panel, other])
    qtbot.keyClick(panel, Qt.Key.Key_Right)
    assert other.plot.readings(1.0)[1][0][0] == "50.0%"
    assert other._at == 1.0
    panel.zoomed.emit(1.5, 2.5)
    assert other.plot.viewRange()[0] == pytest.approx([1.5, 2.5])
    group.reset_zoom()
    assert other.plot.viewRange()[0] == pytest.approx([0.0, 3.0])


def test_that_a_log_scale_draws_logarithms_and_labels_values(qtbot):
    panel = CurvePanel("Loss", [Series("total", "total", "text_1", "line", 2, smoothed=True)], log=True)
    qtbot.addWidget(panel)
    panel.set_points({"total": points([100.0, 10.0, 1.0])})
    _, drawn = panel.plot._lines["total"].getData()
    np.testing.assert_allclose(drawn, [2.0, 1.0, 0.0])
    qtbot.keyClick(panel, Qt.Key.Key_Y)
    assert not panel.is_log


def test_that_long_curves_are_drawn_with_few_points_on_items_that_live_on(qtbot):
    panel = CurvePanel("Loss", [Series("total", "total", smoothed=True)])
    qtbot.addWidget(panel)
    items = len(panel.plot.getPlotItem().vb.addedItems)
    for count in (10, 50_000):
        panel.set_points({"total": points(list(np.linspace(3, 1, count)))})
        panel.set_smoothing(0.6)
    x, _ = panel.plot._lines["total"].getData()
    assert len(x) <= 2000
    assert len(panel.plot.getPlotItem().vb.addedItems) <= items + 6  # grid lines only


def test_that_the_axis_runs_to_the_end_of_the_run(panel: CurvePanel):
    panel.set_axis("epoch", 30.0)
    assert panel.plot.viewRange()[0] == pytest.approx([0.0, 30.0])
    panel.set_axis("time", None)
    assert panel.plot.viewRange()[0][1] == pytest.approx(0.3)  # 18 seconds in minutes


def test_that_lines_take_the_colours_of_a_new_theme(panel: CurvePanel, dressed):
    dressed.set_name("light")
    assert panel.plot._lines["student"].opts["pen"].color().name().upper() == "#0072B2"


def test_that_an_empty_panel_is_no_error(qtbot):
    panel = CurvePanel("Accuracy", SERIES, unit="percent")
    qtbot.addWidget(panel)
    qtbot.keyClick(panel, Qt.Key.Key_Right)
    assert panel.as_text() == "Accuracy: nothing measured yet"
    assert panel.as_csv() == ""


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(0.8621, "percent", "86.2%"), (0.42, "number", "0.42"), (0.0123, "number", "0.012"), (None, "number", "–")],
)
def test_that_values_are_short(value, unit, words: str):
    assert value_words(value, unit) == words


def test_that_the_steep_start_may_leave_a_linear_picture():
    steep = np.concatenate([[0.1], np.linspace(0.8, 0.9, 19)])
    low, high = y_range([steep], None, log=False)
    assert 0.75 < low < 0.8
    assert high > 0.9
    assert y_range([], None, log=False) == (0.0, 1.0)


def test_that_other_series_take_the_place_of_those_before(qtbot):
    made = CurvePanel("Terms", [])
    qtbot.addWidget(made)
    made.resize(280, 240)
    made.show()
    names = [f"a rather long term {at}" for at in range(5)]
    made.set_series([Series(name, name) for name in names])
    made.set_points({name: points([1.0, 2.0]) for name in names})
    legend = made.findChild(Legend)
    assert legend.height() == 36  # two lines, the rest is a tooltip
    assert legend.toolTip().count("term") == 5
    line = made.plot._lines[names[0]]
    made.set_series([Series(names[0], names[0])])
    assert made.plot._lines[names[0]] is line
    assert list(made.plot.points) == names[:1]
    assert "term 4" not in made.as_text()
    assert legend.height() == 18
