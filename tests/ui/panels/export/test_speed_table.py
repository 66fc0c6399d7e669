"""The table of an exported file's speed."""

from PySide6.QtWidgets import QLabel

from kdstudio.recipe.report import Speed
from kdstudio.ui.panels.export.speed_table import SpeedTable


def test_that_each_batch_size_is_a_column_and_each_number_of_threads_a_line(qtbot):
    table = SpeedTable()
    qtbot.addWidget(table)
    speeds = [Speed(threads=n, batch=b, p50=b / n, p95=2 * b, p99=20.0 * b) for n in (1, 4) for b in (1, 8)]
    table.set_speeds(tuple(speeds))
    words = [label.text() for label in table.findChildren(QLabel)]
    assert words[1:3] == ["batch 1", "batch 8"]
    assert "1 thread" in words
    assert "4 threads" in words
    assert "0.25 · 2.0 · 20" in words
    assert "batch 8 on 4: 2.0 ms" in table.accessibleName()
    table.set_speeds(())
    assert table.isHidden()
    assert not table.findChildren(QLabel)
