import numpy as np

from kdstudio.ui.charts.histogram import HistogramChart


def test_that_every_value_is_counted_zeros_too(qtbot):
    chart = HistogramChart("Largest logit difference")
    qtbot.addWidget(chart)
    values = np.concatenate([np.zeros(5), 10 ** np.random.default_rng(0).normal(-3, 0.3, 995)])
    chart.set_values(values, limit=0.03)
    edges, counts = chart.bins()
    assert counts.sum() == 1000
    assert counts[0] >= 5
    assert edges[-1] > np.log10(0.03)
    assert "limit 0.03" in chart.accessibleDescription()
    assert not chart.grab().isNull()


def test_that_identical_answers_are_a_picture_too(qtbot):
    chart = HistogramChart("Largest logit difference")
    qtbot.addWidget(chart)
    chart.set_values(np.zeros(10))
    assert chart.bins()[1].sum() == 10
    assert not chart.grab().isNull()
