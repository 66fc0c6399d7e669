"""The field into which a filter is typed; it narrows what is shown while one types."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from kdstudio.analysis.filtering.completion import Completion, completions
from kdstudio.analysis.filtering.terms import without_last
from kdstudio.ui import icons
from kdstudio.ui.panels.understand.filter_help import FilterHelp
from kdstudio.ui.panels.understand.filtering import Filtering
from kdstudio.ui.theme import apply_role, restyle, theme
from kdstudio.ui.view import View

TYPED_MS = 80
LONGEST = 2000  # letters
EXAMPLE = "For example: class:shirt outcome:inherited kl>0.5. A minus before a word means all others."


class FilterField(QWidget):
    """Filters as far as what stands in it can be understood; `help` says what can be typed, and what is wrong."""

    def __init__(self, filtering: Filtering, view: View, over: QWidget) -> None:
        super().__init__()
        self._filtering, self._view = filtering, view
        self.editor, self.help = QLineEdit(), FilterHelp(over)
        self.editor.setObjectName("filterInputs")
        self.editor.setAcceptDrops(False)  # files are dropped on the window, not into a field
        self.editor.setPlaceholderText("Filter inputs")
        self.editor.setAccessibleName("Filter inputs")
        self.editor.setToolTip(f"{EXAMPLE} (Ctrl+F)")
        self.editor.setClearButtonEnabled(True)
        self.editor.setMaxLength(LONGEST)
        self.editor.setProperty("role", "small")
        self.editor.setProperty("compact", True)
        apply_role(self.editor)
        self.editor.installEventFilter(self)
        self.setFocusProxy(self.editor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._glass = self.editor.addAction(icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.editor)
        self._typed = QTimer(self, singleShot=True, interval=TYPED_MS)
        self._typed.timeout.connect(self._apply)
        self.editor.textChanged.connect(self._edited)
        self.editor.cursorPositionChanged.connect(lambda *_: self._offer())
        self.help.taken.connect(self._take)
        filtering.fieldsChanged.connect(self._apply)
        view.filterChanged.connect(self._follow)
        theme().changed.connect(self._dress)

    def text(self) -> str:
        """What stands in the field."""
        return self.editor.text()

    def focus(self) -> None:
        """Put the keyboard here."""
        self.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.editor.selectAll()

    def clear(self) -> None:
        """Take everything away, also what cannot be understood."""
        self.editor.clear()
        self._apply()

    def clear_last(self) -> None:
        """Take away the last term."""
        self.editor.setText(without_last(self.text()))
        self._apply()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Offer help while the keyboard is here; take the keys that choose."""
        if event.type() == QEvent.Type.FocusIn:
            QTimer.singleShot(0, self, self._offer)
        elif event.type() == QEvent.Type.FocusOut:
            self.help.hide()
            self.editor.home(False)  # a long filter is read from its beginning
            self._mark()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._take_key(event.key())
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what is offered below the field."""
        super().resizeEvent(event)
        if self.help.isVisible():
            QTimer.singleShot(0, self, self._offer)

    def _dress(self) -> None:
        self._glass.setIcon(icons.icon("search"))

    def _take_key(self, key: int) -> bool:
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._offer() if self.help.isHidden() else self.help.move_choice(1 if key == Qt.Key.Key_Down else -1)
        elif key == Qt.Key.Key_Tab and self._would_complete():
            self._take(self.help.chosen or self.help.first)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.help.chosen is not None:
                self._take(self.help.chosen)
            else:
                self._apply()
                self._tell(all_of_it=True)
        elif key == Qt.Key.Key_Escape:
            if self.text():
                self.clear()
            elif (page := self.help.parentWidget()) is not None:
                page.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            return False
        return True

    def _would_complete(self) -> bool:
        """Whether Tab completes: a word has been begun, or a completion was marked; otherwise it goes on."""
        first = self.help.first
        if self.help.isHidden() or first is None:
            return False
        return self.help.chosen is not None or (
            first.start < first.end and self.text()[first.start : first.end] != first.words
        )

    def _edited(self, text: str) -> None:
        self._typed.start()
        self._offer()

    def _apply(self) -> None:
        self._typed.stop()
        self._filtering.take(self.text())
        self._mark()

    def _take(self, one: Completion | None) -> None:
        if one is not None:
            text, cursor = one.applied(self.text())
            self.editor.setText(text)
            self.editor.setCursorPosition(cursor)
            self._offer()

    def _offer(self) -> None:
        if self.editor.hasFocus():
            self._tell(all_of_it=False)

    def _tell(self, *, all_of_it: bool) -> None:
        """Offer completions, and say what is wrong; of the word that is being typed only when `all_of_it` is asked."""
        cursor = self.editor.cursorPosition()
        found = () if all_of_it else completions(self.text(), cursor, self._filtering.fields)
        wrong = [
            one.words
            for one in self._filtering.misunderstood(self.text())
            if not (found and one.term.start < cursor <= one.term.end)
        ]
        self.help.show_below(self.editor, found, "\n".join(wrong))

    def _mark(self) -> None:
        """Mark the field while something in it cannot be understood."""
        wrong = [one.words for one in self._filtering.misunderstood(self.text())] if self._filtering.fields else []
        told = self.help.problems.isVisibleTo(self.help) or self.help.isHidden() or not self.editor.hasFocus()
        restyle(self.editor, state="error" if wrong and told else "")
        self.editor.setAccessibleDescription("\n".join(wrong) or EXAMPLE)
        self.editor.setToolTip("\n".join(wrong) or f"{EXAMPLE} (Ctrl+F)")

    def _follow(self) -> None:
        """The filter was cleared or set from elsewhere."""
        if self._view.filter != self.text().strip() and not self._typed.isActive():
            self.editor.setText(self._view.filter)
            self._typed.stop()
            self._mark()
