"""Lens, tie, epoch, split and selection."""

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from kdstudio.ui.view import Selection, View


@pytest.fixture
def view(qtbot: QtBot) -> View:
    return View()


def test_that_the_lens_follows_the_training_temperature_until_it_is_moved(view: View) -> None:
    view.set_training_temperature(6.0)
    assert view.lens == 6.0
    view.set_lens(2.0)
    assert not view.is_tied
    view.set_training_temperature(8.0)
    assert view.lens == 2.0
    view.tie(True)
    assert view.lens == 8.0


def test_that_the_lens_stays_in_its_range(view: View) -> None:
    view.set_lens(1000)
    assert view.lens == 20.0
    view.set_lens(0)
    assert view.lens == 0.5


def test_that_a_selection_brings_its_first_input_and_steps_stop_at_its_ends(view: View) -> None:
    view.select([30, 10, 20], "Lost")
    assert view.current == 30
    view.step(1)
    assert view.current == 10
    view.step(5)
    assert view.current == 20
    view.step(1)
    assert view.current == 20
    view.step(-9)
    assert view.current == 30


def test_that_another_split_clears_the_selection(view: View, qtbot: QtBot) -> None:
    view.select([1], "one")
    with qtbot.waitSignal(view.splitChanged):
        view.set_split("test")
    assert view.selection.rows == ()


def test_that_a_filter_narrows_what_is_chosen_and_is_cleared_with_it(view: View, qtbot: QtBot) -> None:
    view.select([30, 10, 20], "Lost")
    with qtbot.waitSignal(view.filterChanged):
        view.set_filter("kl>1")
    assert view.selection.rows == (30, 10, 20)  # until it is known what passes
    view.narrow(np.array([5, 20, 10]))
    assert view.selection == Selection((10, 20), "Lost", "kl>1")
    assert view.current == 10
    view.choose_all()
    assert view.selection == Selection((5, 20, 10), "", "kl>1")
    view.select([7], "One")
    assert view.selection.rows == ()
    assert view.selection
    with qtbot.waitSignal(view.filterChanged):
        view.clear()
    assert not view.selection
    assert view.filter == ""


def test_that_a_filter_stays_for_another_split_but_not_what_it_let_pass(view: View) -> None:
    view.set_filter("kl>1")
    view.narrow(np.array([1, 2]))
    view.set_split("test")
    assert view.filter == "kl>1"
    assert view.selection.rows == ()
    assert not view.selection
