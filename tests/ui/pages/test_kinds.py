"""Text, rows of a table and sound on every page: real runs on tiny data, asked through the engine's real desk."""

import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget
from torch import nn

from kdstudio.core import trust
from kdstudio.core.errors import KdStudioError, Problem
from kdstudio.engine.desk import Desk
from kdstudio.export.export import export
from kdstudio.recipe.item import Item
from kdstudio.training.opening import catalogue
from kdstudio.ui.pages.setup import SetupPage
from kdstudio.ui.pages.train import TrainPage
from kdstudio.ui.pages.understand import UnderstandPage
from kdstudio.ui.panels.export.try_exported import TryExported
from kdstudio.ui.shell.dialogs import Confirmation
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.workspace import Workspace
from tests.small_task import result
from tests.ui.kinds import WRITE, distilled

KINDS = ("text", "table", "audio")
WIDE, NARROW = (1360, 766), (968, 550)

Runs = Callable[[str], Path]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """One run of each kind, made when it is first asked for."""
    made: dict[str, Path] = {}

    def run(kind: str) -> Path:
        if kind not in made:
            made[kind] = distilled(tmp_path_factory.mktemp(kind), kind)
        return made[kind]

    return run


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk()


@pytest.fixture
def asked(workspace: Workspace, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Let the window's questions be answered by the desk at once, without a process between them."""
    questions: list[dict[str, Any]] = []

    def ask(what: str, answered: Callable[[Any], object], failed: Any = None, **request: Any) -> int:
        questions.append({"ask": what, **request})
        try:
            answer = desk.answer(questions[-1], is_busy=False)
        except KdStudioError as error:
            failed(error.problems, "")
        else:
            answered(answer)
        return len(questions)

    monkeypatch.setattr(workspace.engine, "ask", ask)
    return questions


@pytest.fixture
def player(qapp) -> Iterator[list[Path]]:
    """A player that remembers what it was given, in the place of the system's."""
    heard: list[Path] = []

    class Player(QObject):
        @Slot(QUrl)
        def play(self, url: QUrl) -> None:
            heard.append(Path(url.toLocalFile()))

    mine = Player()
    QDesktopServices.setUrlHandler("file", mine, "play")
    yield heard
    QDesktopServices.unsetUrlHandler("file")


def understand(qtbot, workspace: Workspace, run: Path, size: tuple[int, int] = WIDE) -> UnderstandPage:
    workspace.run.open(run)
    page = UnderstandPage(workspace)
    qtbot.addWidget(page)
    page.resize(*size)
    page.show()
    qtbot.waitUntil(lambda: page.exploration.seen is not None and workspace.inputs.dataset is not None)
    qtbot.waitUntil(lambda: page.inspector.picture.face is not None)
    return page


def cut(page: UnderstandPage) -> set[str]:
    """The words that do not fit and cannot be read in a tooltip either."""
    shown = [label for label in page.findChildren(Label) if label.isVisible() and label.is_elided()]
    return {label.text() for label in shown if not label.toolTip()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_that_the_inspector_and_the_large_tile_show_the_input(qtbot, workspace: Workspace, runs: Runs, kind, size):
    page = understand(qtbot, workspace, runs(kind), size)
    row = workspace.view.current
    face = workspace.inputs.face("validation", row)
    for tile in (page.inspector.picture, page.tabs["input"].panel.picture):
        assert tile.face.kind == kind
        assert tile.face.line == face.line
        assert tile.is_read == (kind != "audio")
    assert page.inspector.picture.accessibleDescription() == face.whole
    assert page.tabs["input"].panel.picture.height() >= 38
    assert page.grab().width() == size[0]
    qtbot.waitUntil(lambda: not cut(page))


@pytest.mark.parametrize("kind", KINDS)
def test_that_inputs_that_are_read_get_rows_and_sounds_get_squares(qtbot, workspace: Workspace, runs: Runs, kind: str):
    page = understand(qtbot, workspace, runs(kind))
    grid = page.tabs["input"].panel.list.grid
    assert page.pictures.is_read == (kind != "audio")
    assert grid._columns == (2 if kind == "audio" else 1)
    page.open_tab("disagreements")
    shown = page.tabs["disagreements"].panel.grid
    qtbot.waitUntil(lambda: not page.pictures.is_behind)
    assert shown.grab().width() > 0
    page.open_tab("input")
    first, second = grid.rows()[:2]
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=grid._rect(1).center().toPoint())
    assert workspace.view.current == second != first
    assert page.inspector.picture.face.line == workspace.inputs.face("validation", second).line


def test_that_a_typed_text_is_asked_about_and_there_is_a_way_back(
    qtbot, workspace: Workspace, runs: Runs, asked: list[dict[str, Any]]
):
    page = understand(qtbot, workspace, runs("text"))
    place = page.inspector.place.text()
    qtbot.keyClicks(page.inspector.ask.field, "  moss fern deer tree ")
    assert page.inspector.ask.go.isEnabled()
    qtbot.keyClick(page.inspector.ask.field, Qt.Key.Key_Return)
    assert asked[-1]["text"] == "moss fern deer tree"
    assert page.inspector.picture.face.words == "moss fern deer tree"
    assert page.inspector.name.text() == "Your text"
    assert {row.name for row in page.inspector.butterfly.rows()} == {"sea", "wood"}
    qtbot.mouseClick(page.inspector.back, Qt.MouseButton.LeftButton)
    assert page.inspector.place.text() == place
    assert page.inspector.picture.face.words != "moss fern deer tree"


def test_that_a_word_of_the_texts_filters_them(qtbot, workspace: Workspace, runs: Runs):
    page = understand(qtbot, workspace, runs("text"))
    page.filter.editor.setText('text:GULL -text:"number 1"')
    qtbot.waitUntil(lambda: bool(workspace.view.selection))
    part = workspace.inputs.part("validation")
    texts = dict(zip(part.index.tolist(), map(str, part.read(np.arange(len(part)))), strict=True))
    expected = {row for row, text in texts.items() if "gull" in text and "number 1" not in text}
    assert 0 < len(expected) < len(texts)
    assert set(workspace.view.selection.rows) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_that_only_pictures_are_dropped_and_only_texts_are_typed(qtbot, workspace: Workspace, runs: Runs, kind: str):
    inspector = understand(qtbot, workspace, runs(kind)).inspector
    assert inspector.property("takesImages") is False
    assert inspector.ask.isVisible() == (kind == "text")
    assert inspector.hint.isVisible() == (kind != "text")


def test_that_a_sound_is_played_by_the_systems_player(qtbot, workspace: Workspace, runs: Runs, player: list[Path]):
    page = understand(qtbot, workspace, runs("audio"))
    assert page.inspector.picture.player.isVisible()
    qtbot.mouseClick(page.inspector.picture.player, Qt.MouseButton.LeftButton)
    assert len(player) == 1
    face = page.inspector.picture.face
    with wave.open(str(player[0]), "rb") as file:
        assert (file.getframerate(), file.getnframes()) == (8000, len(face.sound))


@pytest.mark.parametrize("kind", KINDS)
def test_that_probes_show_words_above_their_bars(qtbot, workspace: Workspace, runs: Runs, kind: str):
    workspace.run.open(runs(kind))
    page = TrainPage(workspace)
    qtbot.addWidget(page)
    page.resize(*WIDE)
    page.show()
    qtbot.waitUntil(lambda: bool(page.probes.list.rows()) and page.probes.list.rows()[0].probe.face is not None)
    rows = page.probes.list.rows()
    for row in rows:
        assert row.probe.is_read == (kind != "audio")
        assert row.probe.face.line == workspace.inputs.face("validation", row.probe.index).line
        qtbot.waitUntil(lambda row=row: row.height() == row.sizeHint().height())
    assert len(rows) <= page.probes.rows_that_fit()
    assert page.grab().width() == WIDE[0]


# Setup


@pytest.fixture
def setup(qtbot, workspace: Workspace, asked: list[dict[str, Any]]) -> Iterator[SetupPage]:
    workspace.catalogue = workspace.draft.catalogue = catalogue()
    workspace.draft._timer.setInterval(1_000_000)
    page = SetupPage(workspace)
    qtbot.addWidget(page)
    page.resize(1360, 826)
    page.show()
    yield page
    page.hide()


@pytest.mark.parametrize(
    ("kind", "words", "student"),
    [
        ("text", "texts, 9 words on average", "text_cnn"),
        ("table", "3 columns: 2 numbers, 1 category", "mlp"),
        ("audio", "0.2 s at 8 kHz", "small_cnn"),
    ],
)
def test_that_the_data_card_says_what_the_inputs_are_and_a_fitting_student_is_chosen(
    qtbot, setup: SetupPage, workspace: Workspace, tmp_path: Path, kind: str, words: str, student: str
):
    path = WRITE[kind](tmp_path)
    workspace.draft.set_path("data", path)
    assert words in setup.data.format.text()
    assert workspace.draft.kind == kind
    assert workspace.draft.value["student"]["architecture"] == student
    offered = {entry.name for entry in workspace.catalogue.students if entry.fits(kind)}
    assert {setup.student.architecture.editor.itemData(at) for at in range(len(offered))} == offered
    qtbot.waitUntil(lambda: bool(setup.inputs.examples))
    assert setup.data.lines.isVisible() == (kind != "audio")
    assert setup.data.gallery.isVisible() == (kind == "audio")
    assert setup.data.balance.isVisible()
    setup.recipe.set_mode("advanced")
    form = next(form for form in setup.recipe.advanced.forms if form.objectName() == "form-augmentation")
    assert not form.isEnabled()
    assert "images" in setup.recipe.advanced.not_augmented.text()
    workspace.draft.change("augmentation.mixup", 0.5, "Change mixed images")
    assert form.isEnabled()  # an error that can be undone where it was made
    workspace.draft.undo.undo()
    workspace.draft.undo.undo()
    if student != "small_cnn":
        assert workspace.draft.value["student"]["architecture"] == "small_cnn"


def test_that_a_student_that_was_chosen_with_a_recipe_stays(setup: SetupPage, workspace: Workspace, tmp_path: Path):
    value = workspace.draft.value
    workspace.draft.replace({**value, "data": {"path": str(write := WRITE["text"](tmp_path))}})
    assert workspace.draft.path("data") == str(write)
    assert workspace.draft.value["student"]["architecture"] == "small_cnn"


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_that_the_drawer_tells_everything_and_escape_closes_it(
    qtbot, setup: SetupPage, workspace: Workspace, runs: Runs, kind: str
):
    workspace.run.open(runs(kind))
    workspace.draft.replace(workspace.run.recipe.to_value())
    workspace.draft.check_now()
    workspace.draft.preview(0)
    setup.data.details.setFocus()
    qtbot.mouseClick(setup.teacher.details, Qt.MouseButton.LeftButton)
    drawer = setup.drawer
    assert drawer.isVisible()
    told = _told(drawer)
    assert "Labels and outputs" in told
    names = workspace.draft.item("data").class_names
    assert all(f"{at} · {name}" in told for at, name in enumerate(names))
    item = workspace.draft.item("teacher")
    assert item.kind == kind
    assert item.preprocessing in told
    assert any(words.endswith(" at most, for one input") for words in told)
    assert any(" ms (median of " in words and words.endswith(" answers, 1 CPU thread)") for words in told)
    qtbot.keyClick(drawer, Qt.Key.Key_Escape)
    assert not drawer.isVisible()
    qtbot.mouseClick(setup.data.details, Qt.MouseButton.LeftButton)
    told = _told(drawer)
    assert all(problem.message[1:] in " ".join(told) for problem in workspace.draft.item("data").problems)
    assert workspace.draft.item("data").title in told
    qtbot.keyClick(setup, Qt.Key.Key_Escape)
    assert not drawer.isVisible()
    qtbot.mouseClick(setup.student.details, Qt.MouseButton.LeftButton)
    assert "Layers" in (told := _told(drawer))
    assert any(" ms (median of " in words for words in told)


def test_that_the_preview_names_the_kind_and_shows_words_below_its_title(
    qtbot, setup: SetupPage, workspace: Workspace, runs: Runs
):
    workspace.run.open(runs("text"))
    workspace.draft.replace(workspace.run.recipe.to_value())
    workspace.draft.check_now()
    shown = setup.recipe.preview.shown
    qtbot.waitUntil(lambda: shown.noun == "text")
    assert shown.caption.text() == workspace.inputs.face("validation", setup.recipe.preview.row).line
    assert not shown.picture.isVisible()
    assert shown.another.text() == "Another text"
    assert "to this text" in setup.recipe.preview.sentence()


def _told(widget: QWidget) -> list[str]:
    labels = [label.text() for label in widget.findChildren(Label)]
    return labels + [part.accessibleName() for part in widget.findChildren(QWidget) if part.accessibleName()]


# Trust


def test_that_an_untrusted_file_says_what_it_would_run_and_is_opened_when_trusted(
    qtbot, setup: SetupPage, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(trust, "settings_folder", lambda: tmp_path / "settings")
    monkeypatch.setattr(trust, "_for_now", set())
    other, file = tmp_path / "other.safetensors", tmp_path / "whole.pt"
    other.write_bytes(b"nothing")
    torch.save(nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), file)
    workspace.draft.set_path("teacher", other)
    workspace.draft.set_path("teacher", file)
    assert workspace.draft.path("teacher") == str(file)  # it waits for an answer; nothing was put back
    row = setup.teacher.band.rows[0]
    assert "torch.nn.modules.linear.Linear" in row.words
    assert "--trust" not in row.hint
    assert setup.teacher.property("state") == ""
    wanted: list[tuple[str, str, str]] = []
    setup.trustRequested.connect(lambda *about: wanted.append(about))
    button = next(b for b in setup.teacher.findChildren(QWidget) if b.objectName() == "repair-trust")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert wanted[0][0] == "whole.pt"
    dialog = Confirmation("Trust?", wanted[0][1], [("cancel", "Cancel"), ("trust", "Trust and open")], setup)
    dialog.chosen.connect(lambda key: workspace.draft.trust(wanted[0][2]) if key == "trust" else None)
    dialog.open()
    qtbot.mouseClick(dialog.buttons["trust"], Qt.MouseButton.LeftButton)
    assert workspace.draft.item("teacher").parameters == 650
    assert not any(row.repair for row in setup.teacher.band.rows)


def test_that_a_class_map_that_is_proposed_is_used_at_a_click(qtbot, setup: SetupPage, workspace: Workspace):
    workspace.draft.set_path("teacher", Path(__file__))
    told = Problem(message="two maps", severity="warning", action="class_map", value="[2, 0, 1]")
    workspace.draft._cards["teacher"].item = Item(path=__file__, role="model", parameters=3, problems=(told,))
    workspace.draft.itemChanged.emit("teacher")
    button = next(b for b in setup.teacher.findChildren(QWidget) if b.objectName() == "repair-class_map")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert workspace.draft.value["teachers"][0]["class_map"] == [2, 0, 1]


# Export


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.slow) if kind == "audio" else kind for kind in KINDS]
)
def test_that_the_exported_file_is_asked_about_test_inputs(
    qtbot, workspace: Workspace, runs: Runs, asked: list[dict[str, Any]], tmp_path: Path, kind: str
):
    run = runs(kind)
    (report,) = result(export(run, tmp_path / "out", formats=["onnx"]))
    workspace.run.open(run)
    panel = TryExported(workspace)
    qtbot.addWidget(panel)
    panel.resize(560, 140)
    panel.show()
    qtbot.waitUntil(lambda: workspace.inputs.dataset is not None)
    panel.set_report(report)
    test = workspace.inputs.part("test")
    assert asked[-1]["row"] == int(test.index[0])
    assert panel.bars.accessibleName().startswith("Answer: ")
    assert not panel.drop.isVisible()
    assert panel.text.isVisible() == (kind == "text")
    if kind == "text":
        assert panel.text.field.text() == workspace.inputs.face("test", asked[-1]["row"]).line
        panel.text.field.setText("gull ship salt")
        qtbot.keyClick(panel.text.field, Qt.Key.Key_Return)
        assert asked[-1]["text"] == "gull ship salt"
    qtbot.mouseClick(panel.another, Qt.MouseButton.LeftButton)
    assert asked[-1]["row"] == int(test.index[1])
    assert panel.note.text().startswith("answered in")
