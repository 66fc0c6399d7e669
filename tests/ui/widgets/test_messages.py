import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from kdstudio.ui.widgets.labels import Label, Paragraph
from kdstudio.ui.widgets.messages import EmptyState, ErrorCard
from kdstudio.ui.widgets.toasts import ToastStack


@pytest.fixture
def window(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    return made


def test_that_an_error_offers_its_actions_and_copies_its_details(qtbot):
    card = ErrorCard("The GPU ran out of memory", "Nothing is lost.", [("retry", "Retry"), ("cpu", "Use CPU")], "trace")
    qtbot.addWidget(card)
    with qtbot.waitSignal(card.chosen) as chosen:
        card.buttons["cpu"].click()
    assert chosen.args == ["cpu"]
    card.copy_details()
    assert QGuiApplication.clipboard().text() == "trace"


def test_that_an_empty_place_has_one_action(qtbot):
    empty = EmptyState("Nothing here yet.", "Try the demo")
    qtbot.addWidget(empty)
    with qtbot.waitSignal(empty.acted):
        empty.action.click()
    empty.set_words("No inputs match.")
    assert not empty.action.isVisibleTo(empty)


def test_that_notes_leave_by_themselves_and_errors_stay(qtbot, window):
    stack = ToastStack(window)
    stack.show_message("Saved", seconds=0.02)
    stack.show_message("Cannot write to /runs", "error", seconds=0.02)
    qtbot.waitUntil(lambda: len(stack.toasts()) == 1)
    assert stack.toasts()[0].accessibleName() == "Cannot write to /runs"
    stack.toasts()[0].closed.emit()
    assert not stack.isVisible()


def test_that_toasts_stay_in_the_corner_and_hold_their_text(window):
    stack = ToastStack(window)
    toasts = [stack.show_message("Done: 89.7% (teacher 94.1%, without teacher 87.9%).", "ok", "Look") for _ in range(2)]
    window.resize(1000, 700)
    assert stack.geometry().right() < 1000
    assert stack.geometry().bottom() < 700
    for toast in toasts:
        assert toast.sentence.height() >= toast.sentence.heightForWidth(toast.sentence.width())


def test_that_a_label_without_room_elides_and_tells_all(qtbot):
    label = Label("a rather long name of a model file.safetensors")
    qtbot.addWidget(label)
    label.resize(80, 20)
    label.show()
    assert label.is_elided()
    assert label.toolTip() == label.text()
    label.resize(600, 20)
    assert label.toolTip() == ""


def test_that_a_paragraph_follows_the_theme_and_can_be_heard(qtbot, dressed):
    paragraph = Paragraph()
    qtbot.addWidget(paragraph)
    paragraph.set_html('The student leans to <span class="student">Coat</span>.', "The student leans to Coat.")
    assert dressed.tokens.student_text in paragraph.text()
    dressed.set_name("light")
    assert dressed.tokens.student_text in paragraph.text()
    assert paragraph.accessibleName() == "The student leans to Coat."
