"""The draft of a recipe: every change can be undone, and what is wrong is told before anyone asks."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kdstudio.ui.draft import Draft
from kdstudio.ui.draft_value import EMPTY
from kdstudio.ui.engine_client import EngineClient


@pytest.fixture
def draft(qtbot: QtBot) -> Draft:
    engine = EngineClient()
    engine.quit()  # nothing is asked here
    return Draft(engine)


def test_that_changes_are_undone_and_redone(draft: Draft) -> None:
    draft.change("methods.soft_targets.temperature", 8.0)
    draft.change("epochs", 5)
    assert draft.temperature == 8.0
    draft.undo.undo()
    draft.undo.undo()
    assert draft.value == EMPTY
    draft.undo.redo()
    assert draft.temperature == 8.0


def test_that_a_change_to_the_same_value_is_none(draft: Draft) -> None:
    draft.change("epochs", EMPTY["epochs"])
    assert not draft.undo.canUndo()


def test_that_values_out_of_bounds_are_told_with_their_path(draft: Draft) -> None:
    draft.change("epochs", 0)
    assert [problem.where for problem in draft.problems()] == ["epochs"]


def test_that_teacher_and_student_files_change_places(draft: Draft) -> None:
    draft.set_path("teacher", Path("/a.pt"))
    assert not draft.can_swap()
    draft.set_path("student", Path("/b.pt"))
    draft.swap()
    assert (draft.path("teacher"), draft.path("student")) == ("/b.pt", "/a.pt")


def test_that_probes_are_pinned_and_let_go(draft: Draft) -> None:
    draft.pin(7)
    draft.pin(3)
    assert draft.pinned() == (7, 3)
    draft.pin(7, pinned=False)
    draft.pin(3, pinned=False)
    assert draft.value["probes"] == "auto"


def test_that_starting_anew_leaves_nothing_to_undo(draft: Draft) -> None:
    draft.change("epochs", 5)
    draft.start(EMPTY)
    assert draft.value == EMPTY
    assert not draft.undo.canUndo()
    assert draft.undo.isClean()


def test_that_typing_the_old_value_again_leaves_no_step(draft: Draft) -> None:
    draft.change("epochs", 3, typed=True)
    draft.change("epochs", EMPTY["epochs"], typed=True)
    assert not draft.undo.canUndo()


def test_that_what_is_chosen_is_always_a_step_of_its_own(draft: Draft) -> None:
    for value in (False, True, False):
        draft.change("baseline", value)
    assert draft.undo.count() == 3
