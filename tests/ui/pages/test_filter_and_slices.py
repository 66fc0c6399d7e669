"""Filters that are typed, and selections that are saved, on a real run of scikit-learn's digits."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from kdstudio.analysis.agreement import kl
from kdstudio.project import slices
from kdstudio.ui.pages.understand import UnderstandPage
from kdstudio.ui.panels.understand.slice_list import SliceList
from kdstudio.ui.panels.understand.slice_name import SliceName
from kdstudio.ui.workspace import Workspace

Type = Callable[[str], None]


@pytest.fixture
def folder(run: Path, tmp_path: Path) -> Path:
    """A copy, since slices are written into it."""
    return Path(shutil.copytree(run, tmp_path / "run"))


@pytest.fixture
def page(qtbot: QtBot, workspace: Workspace, folder: Path) -> UnderstandPage:
    workspace.run.open(folder)
    shown = UnderstandPage(workspace)
    qtbot.addWidget(shown)
    shown.resize(1360, 766)
    shown.show()
    qtbot.waitUntil(lambda: shown.exploration.seen is not None and shown.tiles.shows_numbers)
    return shown


@pytest.fixture
def typed(qtbot: QtBot, page: UnderstandPage, workspace: Workspace) -> Type:
    """Type a filter that can be understood, and wait for what it lets pass."""

    def type_it(text: str) -> None:
        page.filter.editor.clear()
        qtbot.keyClicks(page.filter.editor, text)
        qtbot.waitUntil(lambda: workspace.view.selection.filter == text)

    return type_it


def test_that_typing_narrows_the_inputs_to_exactly_those_meant(page: UnderstandPage, workspace, typed: Type) -> None:
    seen = page.exploration.seen
    gap = kl(seen.teacher, seen.student, workspace.view.lens)
    bound = round(float(np.median(gap)), 4)
    typed(f"class:3,8 -student:1 kl>{bound}")
    meant = np.isin(seen.targets, (3, 8)) & (seen.labels["student"] != 1) & (gap > bound)
    rows = workspace.view.selection.rows
    assert meant.any()
    assert sorted(rows) == sorted(seen.student.index[meant].tolist())
    assert list(rows) == sorted(rows, key=lambda row: int(np.flatnonzero(seen.rows(seen.orders["telling"]) == row)[0]))
    assert page.line.pill.text() == f"{len(rows)} input{'' if len(rows) == 1 else 's'}"
    assert workspace.view.current in rows
    assert set(page.tabs["input"].panel.list.rows()) == set(rows)


def test_that_the_filter_follows_the_lens(qtbot: QtBot, page: UnderstandPage, workspace, typed: Type) -> None:
    typed("kl>0.1")
    seen, before = page.exploration.seen, workspace.view.selection.rows
    workspace.view.set_lens(1.0)
    expected = set(seen.rows(kl(seen.teacher, seen.student, 1.0) > 0.1).tolist())
    assert expected != set(before)
    qtbot.waitUntil(lambda: set(workspace.view.selection.rows) == expected)


def test_that_it_narrows_what_was_selected_and_escape_clears_both(
    qtbot: QtBot, page: UnderstandPage, workspace: Workspace, typed: Type
) -> None:
    page.exploration.choose_outcome("lost")
    lost = set(workspace.view.selection.rows)
    typed("confidence<0.6")
    seen = page.exploration.seen
    unsure = set(seen.rows(seen.confidence < 0.6).tolist())
    assert set(workspace.view.selection.rows) == lost & unsure
    assert lost - unsure
    assert page.line.pill.text().startswith("Lost · ")
    page.exploration.choose_outcome("lost")  # its chip again: all inputs that pass
    assert set(workspace.view.selection.rows) == unsure
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert not workspace.view.selection
    assert page.filter.text() == ""


def test_that_the_selected_outcome_and_the_filter_follow_another_epoch(
    qtbot: QtBot, page: UnderstandPage, workspace: Workspace, typed: Type
) -> None:
    page.exploration.choose_outcome("lost")
    typed("-class:1")
    before = page.exploration.seen
    workspace.view.set_epoch(workspace.run.kept_epochs()[0])
    qtbot.waitUntil(lambda: page.exploration.seen is not before)
    seen = page.exploration.seen
    expected = set(seen.rows(np.array([k for k in seen.outcomes["lost"] if seen.targets[k] != 1])).tolist())
    qtbot.waitUntil(lambda: set(workspace.view.selection.rows) == expected)


def test_that_what_cannot_be_understood_is_told_and_changes_nothing(
    qtbot: QtBot, page: UnderstandPage, workspace: Workspace, typed: Type
) -> None:
    typed("class:3")
    rows = workspace.view.selection.rows
    page.filter.editor.setFocus()
    qtbot.keyClicks(page.filter.editor, " clas:1 kl>x ")
    qtbot.keyClick(page.filter.editor, Qt.Key.Key_Return)
    assert page.filter.help.problems.words() == (
        "Nothing is called “clas”. There are: class, outcome, kl, teacher, student, baseline, confidence, js, "
        "teacher-confidence, baseline-confidence, gap, row, pinned.\nkl needs one number: kl>0.5."
    )
    assert page.filter.editor.property("state") == "error"
    assert workspace.view.selection.rows == rows
    qtbot.keyClick(page, Qt.Key.Key_Escape)  # elsewhere on the page
    assert page.filter.text() == ""
    assert not workspace.view.selection
    typed("class:3")
    page.filter.editor.setText("class:3 clas:1 ")
    qtbot.keyClick(page.filter.editor, Qt.Key.Key_Return)
    assert page.filter.editor.property("state") == "error"
    qtbot.keyClick(page.filter.editor, Qt.Key.Key_Escape)
    assert page.filter.editor.property("state") == ""
    assert not workspace.view.selection


def test_that_keys_take_a_completion(qtbot: QtBot, page: UnderstandPage, workspace: Workspace) -> None:
    page.activateWindow()
    page.filter.focus()
    qtbot.waitUntil(page.filter.help.isVisible)
    assert page.filter.help.rows[0].text() == "class:"
    qtbot.keyClicks(page.filter.editor, "outc")
    qtbot.keyClick(page.filter.editor, Qt.Key.Key_Tab)
    assert page.filter.text() == "outcome:"
    qtbot.keyClicks(page.filter.editor, "los")
    qtbot.keyClick(page.filter.editor, Qt.Key.Key_Down)
    qtbot.keyClick(page.filter.editor, Qt.Key.Key_Return)
    assert page.filter.text() == "outcome:lost "
    qtbot.waitUntil(lambda: workspace.view.selection.filter == "outcome:lost")
    assert set(workspace.view.selection.rows) == set(
        page.exploration.seen.rows(page.exploration.seen.outcomes["lost"]).tolist()
    )


def test_that_nothing_left_says_so_and_the_last_word_can_be_taken_away(
    qtbot: QtBot, page: UnderstandPage, workspace: Workspace, typed: Type
) -> None:
    page.open_tab("disagreements")
    page.exploration.choose_outcome("both_right")
    typed("class:3 student:wrong")
    none = page.tabs["disagreements"].panel.none
    assert none.isVisible()
    assert none.sentence.words() == "No inputs match: Both right ∧ class:3 ∧ student:wrong."
    qtbot.mouseClick(none.action, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: workspace.view.selection.filter == "class:3")
    assert page.filter.text() == "class:3"
    assert not none.isVisible()


def test_that_a_pinned_input_is_found(qtbot: QtBot, page: UnderstandPage, workspace: Workspace, typed: Type) -> None:
    row = workspace.view.current
    workspace.draft.pin(row)
    typed("pinned")
    assert workspace.view.selection.rows == (row,)
    workspace.draft.pin(row, False)
    qtbot.waitUntil(lambda: workspace.view.selection.rows == ())


def test_that_a_selection_is_pinned_as_far_as_there_is_room_in_one_step(page: UnderstandPage, workspace, qtbot) -> None:
    rows = tuple(page.exploration.seen.student.index[:12].tolist())
    workspace.draft.pin(rows[2])
    steps = workspace.draft.undo.count()
    workspace.view.select(rows, "Twelve")
    page.open_tab("input")
    foot = page.tabs["input"].panel.list.foot
    qtbot.waitUntil(foot.pin.isEnabled)
    qtbot.mouseClick(foot.pin, Qt.MouseButton.LeftButton)
    assert workspace.draft.pinned() == (rows[2], *rows[:2], *rows[3:8])
    assert workspace.draft.undo.count() == steps + 1
    assert said(page) == "Pinned the first 7 of 11 inputs: a selection fills up to 8 probes."
    page.pin_selection()
    assert said(page) == "8 probes are pinned already, which is the most: unpin one first (Shift+P)."
    workspace.draft.undo.undo()
    assert workspace.draft.pinned() == (rows[2],)


def test_that_only_selected_validation_inputs_become_probes(page: UnderstandPage, workspace: Workspace) -> None:
    page.pin_selection()
    assert said(page) == "Nothing is selected: select inputs or type a filter first."
    workspace.view.set_split("test")
    workspace.view.select((1, 2), "Two")
    page.pin_selection()
    assert said(page) == "Only validation inputs can be probes: choose that split first."
    assert workspace.draft.pinned() == ()


def said(page: UnderstandPage) -> str:
    return str(page.slicing.toasts.toasts()[-1].accessibleName())


def saved(page: UnderstandPage, name: str) -> None:
    asking = page.slicing.save()
    assert isinstance(asking, SliceName)
    asking.name.set_value(name)
    asking.save()


def listed(page: UnderstandPage) -> SliceList:
    shown = page.slicing.list_all()
    assert isinstance(shown, SliceList)
    return shown


def test_that_s_saves_the_selection_and_it_is_chosen_again_for_another_epoch_and_run(
    qtbot: QtBot, page: UnderstandPage, workspace: Workspace, typed: Type, folder: Path
) -> None:
    typed("student:wrong")
    rows = workspace.view.selection.rows
    qtbot.keyClick(page, Qt.Key.Key_S)
    asking = page.findChild(SliceName)
    assert asking.name.value() == "student:wrong"
    asking.name.set_value("Hard ones")
    qtbot.keyClick(asking.name.editor, Qt.Key.Key_Return)
    assert [(one.name, one.rows) for one in slices.fitting(folder, "validation")] == [("Hard ones", rows)]
    workspace.view.clear()
    workspace.view.set_epoch(workspace.run.kept_epochs()[0])
    qtbot.mouseClick(listed(page).buttons["Hard ones"]["choose"], Qt.MouseButton.LeftButton)
    assert workspace.view.selection.rows == rows
    assert page.line.pill.text() == f"Slice: Hard ones · {len(rows)} inputs"
    other = Path(shutil.copytree(folder, folder.with_name("other")))
    workspace.show_run(other)
    qtbot.waitUntil(lambda: page.exploration.seen is not None)
    typed('-slice:"Hard ones"')
    assert not set(workspace.view.selection.rows) & set(rows)


def test_that_a_name_that_is_taken_is_refused_in_place(page: UnderstandPage, workspace: Workspace) -> None:
    page.exploration.choose_outcome("lost")
    saved(page, "Mine")
    asking = page.slicing.save()
    asking.name.set_value("Mine")
    asking.save()
    assert asking.isVisible()
    assert asking.name.problem.text() == "There is a slice “Mine” already"
    assert len(page.slices.there) == 1


def test_that_slices_are_renamed_deleted_and_brought_back(
    qtbot: QtBot, page: UnderstandPage, workspace: Workspace
) -> None:
    page.exploration.choose_outcome("lost")
    saved(page, "Mine")
    qtbot.mouseClick(listed(page).buttons["Mine"]["rename"], Qt.MouseButton.LeftButton)
    asking = page.findChildren(SliceName)[-1]
    asking.name.set_value("Yours")
    asking.save()
    assert [one.name for one in page.slices.there] == ["Yours"]
    qtbot.mouseClick(listed(page).buttons["Yours"]["delete"], Qt.MouseButton.LeftButton)
    assert page.slices.there == ()
    page.slicing.toasts.toasts()[-1].acted.emit()
    assert [one.name for one in page.slices.there] == ["Yours"]


def test_that_a_slice_is_written_as_a_table(page: UnderstandPage, workspace: Workspace, tmp_path: Path) -> None:
    page.exploration.choose_outcome("inherited")
    rows, seen = workspace.view.selection.rows, page.exploration.seen
    page.slicing.export_selection(rows)
    dialog = page.findChild(QFileDialog)
    assert dialog.selectedFiles()[0].endswith("inherited-mistakes.csv")
    dialog.fileSelected.emit(str(tmp_path / "rows.csv"))
    dialog.close()
    head, *lines = (tmp_path / "rows.csv").read_text().splitlines()
    assert head == "row,truth,teacher,teacher_probability,student,student_probability,baseline,baseline_probability"
    assert len(lines) == len(rows)
    first = lines[0].split(",")
    at = seen.index.position(rows[0])
    assert first[0] == str(rows[0])
    assert first[2] == first[4] != first[1] == seen.class_names[seen.targets[at]]
    assert float(first[5]) == pytest.approx(float(seen.confidence[at]), abs=1e-4)


def test_that_without_a_selection_there_is_nothing_to_save(page: UnderstandPage) -> None:
    assert page.slicing.save() is None
    assert not page.tabs["input"].panel.list.foot.slice.isEnabled()
    shown = listed(page)
    assert not shown.save.isEnabled()
    shown.close()


def test_that_slices_that_cannot_be_read_are_told(page: UnderstandPage, workspace: Workspace, folder: Path) -> None:
    slices.place(folder).write_text("{")
    listed(page).close()
    assert workspace.notices.problems[-1][0].message == "slices.json cannot be read."
